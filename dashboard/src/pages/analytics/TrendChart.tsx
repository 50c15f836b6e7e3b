import { useMemo } from 'react'
import type { Series } from '../../api'
import { useSession } from '../../session'
import type { Step } from '../../vocabulary'
import { palette, useChartTheme } from './palette'
import { type Measure, measured, measuredShort, stepName } from './steps'
import { tooltipNode } from './tooltip'
import { useChart } from './useChart'

interface Props {
  series: Series
  measure: Measure
  step: Step
}

interface Point {
  dataIndex: number
  seriesIndex: number
  color: string
}

/** Bars for up to two months of steps, stacked areas for more. */
export default function TrendChart({ series, measure, step }: Props) {
  const { account } = useSession()
  const theme = useChartTheme()
  const option = useMemo(() => {
    const names = series.steps.map((at) => stepName(at, step, account.time_zone))
    const bars = series.steps.length <= 62
    return {
      aria: { enabled: true, label: { description: 'The numbers of this chart are in the table view.' } },
      textStyle: { fontFamily: theme.font },
      grid: { left: 4, right: 8, top: 14, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      xAxis: {
        type: 'category',
        data: names,
        boundaryGap: bars,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: theme.line } },
        axisLabel: { color: theme.text, fontSize: 11, hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        splitNumber: 4,
        splitLine: { lineStyle: { color: theme.line } },
        axisLabel: { color: theme.text, fontSize: 11, formatter: (value: number) => measuredShort(value, measure) },
      },
      tooltip: {
        trigger: 'axis',
        confine: true,
        transitionDuration: 0,
        className: 'chart-tooltip',
        axisPointer: { type: bars ? 'shadow' : 'line' },
        formatter: (points: Point[]) =>
          tooltipNode(
            names[points[0].dataIndex],
            points
              .map((point) => ({ point, value: series.keys[point.seriesIndex][measure][point.dataIndex] }))
              .filter(({ value }) => Number(value) !== 0)
              .reverse()
              .map(({ point, value }) => ({
                color: point.color,
                name: series.keys[point.seriesIndex].key ?? 'All',
                value: measured(value, measure),
              })),
          ),
      },
      series: series.keys.map((key, i) => ({
        type: bars ? 'bar' : 'line',
        name: key.key ?? 'All',
        stack: 'all',
        data: key[measure].map(Number),
        color: palette[i % palette.length],
        barMaxWidth: 34,
        barCategoryGap: '28%',
        symbol: 'none',
        lineStyle: { width: 1 },
        areaStyle: bars ? undefined : { opacity: 0.75 },
        emphasis: { disabled: true },
      })),
    }
  }, [series, measure, step, theme, account.time_zone])
  const box = useChart(option)
  return (
    <>
      <div ref={box} className="chart" />
      {series.keys.length > 1 && (
        <ul className="chart-legend" aria-label="Colours">
          {series.keys.map((key, i) => (
            <li key={key.key}>
              <span className="dot" style={{ background: palette[i % palette.length] }} />
              {key.key || '(none)'}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
