/** A line without axes, beside a number that says the same in words. */
export function Sparkline({ values, width = 88, height = 24 }: { values: number[]; width?: number; height?: number }) {
  if (values.length < 2 || values.every((value) => value === 0))
    return <svg width={width} height={height} aria-hidden="true" />
  const top = Math.max(...values)
  const step = width / (values.length - 1)
  const points = values.map(
    (value, i) => `${(i * step).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`,
  )
  return (
    <svg className="sparkline" width={width} height={height} aria-hidden="true">
      <path className="area" d={`M0,${height}L${points.join('L')}L${width},${height}Z`} />
      <path d={`M${points.join('L')}`} />
    </svg>
  )
}
