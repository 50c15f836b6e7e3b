import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect } from 'react'
import { type UsageQuery, api } from '../../api'
import { Card } from '../../ui/Card'
import { later } from '../../ui/later'
import { Empty } from '../../ui/Notice'

const Treemap = later(() => import('./Treemap'))

export function TreemapCard({ query }: { query: UsageQuery }) {
  const breakdown = useQuery({
    queryKey: ['breakdown', query, 'path'],
    queryFn: () => api.breakdown(query, 'path'),
    refetchInterval: 30_000,
    placeholderData: (old) => old,
  })
  useEffect(() => Treemap.afterPaint(), [])
  const rows = breakdown.data?.rows.filter((row) => row.key && Number(row.cost_usd) > 0) ?? []
  return (
    <Card title="Spend by path" sql={breakdown.data?.sql}>
      <div className="treemap">
        {rows.length > 0 ? (
          <Suspense fallback={null}>
            <Treemap rows={rows} />
          </Suspense>
        ) : (
          breakdown.data && <Empty title="Nothing was spent" />
        )}
      </div>
    </Card>
  )
}
