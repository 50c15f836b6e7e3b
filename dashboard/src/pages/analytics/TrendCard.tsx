import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect } from 'react'
import { type UsageQuery, api } from '../../api'
import { problemText } from '../../api/http'
import { useParam } from '../../router'
import { Card } from '../../ui/Card'
import { Segmented } from '../../ui/Choices'
import { Filter } from '../../ui/Field'
import { Icon } from '../../ui/Icon'
import { later } from '../../ui/later'
import { Empty, Problem } from '../../ui/Notice'
import { SeriesTable } from './SeriesTable'
import type { Range } from './range'
import type { Measure } from './steps'

const TrendChart = later(() => import('./TrendChart'))

export const measures: { value: Measure; label: string }[] = [
  { value: 'cost_usd', label: 'Spend' },
  { value: 'requests', label: 'Requests' },
  { value: 'tokens', label: 'Tokens' },
]

export function TrendCard({ query, range }: { query: UsageQuery; range: Range }) {
  const [measure, setMeasure] = useParam('measure', 'cost_usd')
  const [stack, setStack] = useParam('stack', 'service')
  const [view, setView] = useParam('view', 'chart')
  const by = stack === 'none' ? '' : stack
  // The chart's code comes beside the numbers, not after them.
  useEffect(() => TrendChart.afterPaint(), [])
  const series = useQuery({
    queryKey: ['series', query, range.step, by],
    queryFn: () => api.series(query, range.step, by),
    refetchInterval: 15_000,
    placeholderData: (old) => old,
  })
  const empty = series.data?.keys.every(
    (key) => key.requests.every((n) => n === 0) && key.cost_usd.every((n) => Number(n) === 0),
  )
  const chosen = measures.some(({ value }) => value === measure) ? (measure as Measure) : 'cost_usd'
  return (
    <Card
      title="Trend"
      sql={series.data?.sql}
      actions={
        <>
          <Segmented<Measure>
            label="Measure"
            value={chosen}
            onChange={(value) => setMeasure(value)}
            options={measures}
          />
          <Filter
            label="Stacked by"
            value={stack}
            onChange={(value) => setStack(value)}
            options={[
              { value: 'none', label: 'Not stacked' },
              { value: 'service', label: 'By service' },
              { value: 'model', label: 'By model' },
              { value: 'child', label: 'By child path' },
            ]}
          />
          <Segmented
            label="View"
            value={view === 'table' ? 'table' : 'chart'}
            onChange={(value) => setView(value)}
            options={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Table' },
            ]}
          />
          <a
            className="button quiet small"
            href={api.seriesCsv(query, range.step, by)}
            download
            aria-label="Trend as CSV"
          >
            <Icon name="download" size={13} />
            CSV
          </a>
        </>
      }
    >
      <div className="trend">
        {series.isError ? (
          <Problem>{problemText(series.error)}</Problem>
        ) : !series.data ? null : empty ? (
          <Empty title="Nothing was used">
            <p>No call counts in this range with these filters.</p>
          </Empty>
        ) : view === 'table' ? (
          <SeriesTable series={series.data} measure={chosen} step={range.step} />
        ) : (
          <Suspense fallback={null}>
            <TrendChart series={series.data} measure={chosen} step={range.step} />
          </Suspense>
        )}
      </div>
    </Card>
  )
}
