import { useMemo } from 'react'
import type { BreakdownRow } from '../../api'
import { usd } from '../../format'
import { navigate, withParams } from '../../router'
import { palette, useChartTheme } from './palette'
import { tooltipNode } from './tooltip'
import { useChart } from './useChart'

interface Leaf {
  name: string
  path: string
  value: number
  children?: Leaf[]
}

/** Puts the paths' own spend into their tree; a path with children gets a leaf for what is its own. */
export function treeOf(rows: BreakdownRow[]): Leaf[] {
  const roots: Leaf[] = []
  const byPath = new Map<string, Leaf>()
  const place = (path: string): Leaf => {
    const known = byPath.get(path)
    if (known) return known
    const cut = path.lastIndexOf('/')
    const leaf: Leaf = { name: path.slice(cut + 1), path, value: 0 }
    byPath.set(path, leaf)
    if (cut < 0) roots.push(leaf)
    else (place(path.slice(0, cut)).children ??= []).push(leaf)
    return leaf
  }
  const own = rows.map((row) => ({ leaf: place(row.key!), value: Number(row.cost_usd) }))
  for (const { leaf, value } of own) {
    if (leaf.children) leaf.children.push({ name: leaf.name, path: leaf.path, value })
    else leaf.value = value
  }
  const sum = (leaf: Leaf): number =>
    (leaf.value = leaf.children ? leaf.children.reduce((total, child) => total + sum(child), 0) : leaf.value)
  roots.forEach(sum)
  return roots
}

export default function Treemap({ rows }: { rows: BreakdownRow[] }) {
  const theme = useChartTheme()
  const option = useMemo(
    () => ({
      aria: {
        enabled: true,
        label: { description: 'Spend by path as areas. The numbers are in the breakdown by path.' },
      },
      textStyle: { fontFamily: theme.font },
      color: palette,
      tooltip: {
        confine: true,
        transitionDuration: 0,
        className: 'chart-tooltip',
        formatter: ({ data, color }: { data: Partial<Leaf>; color: string }) =>
          data.path ? tooltipNode(data.path, [{ color, name: 'Spend', value: usd(data.value) }]) : '',
      },
      series: [
        {
          type: 'treemap',
          data: treeOf(rows),
          left: 0,
          right: 0,
          top: 0,
          bottom: 0,
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          label: { color: '#fff', fontSize: 12, overflow: 'truncate' },
          upperLabel: { show: true, height: 20, color: theme.text, fontSize: 11 },
          itemStyle: { borderColor: theme.surface, borderWidth: 1, gapWidth: 1 },
          levels: [
            { upperLabel: { show: false }, itemStyle: { borderWidth: 0, gapWidth: 3 } },
            {
              color: palette,
              colorMappingBy: 'index',
              itemStyle: { borderColor: theme.line, borderWidth: 2, gapWidth: 1 },
            },
            { colorSaturation: [0.3, 0.55], itemStyle: { borderColor: theme.line, borderWidth: 1, gapWidth: 1 } },
          ],
          emphasis: { disabled: true },
        },
      ],
    }),
    [rows, theme],
  )
  const box = useChart(option, (data) => {
    const { path } = data as Partial<Leaf>
    if (path) navigate(withParams({ path }))
  })
  return <div ref={box} className="chart" />
}
