import { useQuery } from '@tanstack/react-query'
import { type BreakdownRow, type UsageQuery, api } from '../../api'
import { problemText } from '../../api/http'
import { compact, count, percent, usd, usdFine } from '../../format'
import { navigate, useParam, withParams } from '../../router'
import { Card } from '../../ui/Card'
import { Segmented } from '../../ui/Choices'
import { Icon } from '../../ui/Icon'
import { Link } from '../../ui/Link'
import { Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'
import type { Split } from '../../vocabulary'

const names: Readonly<Record<Split, string>> = {
  child: 'Child',
  path: 'Path',
  service: 'Service',
  model: 'Model',
  day: 'Day',
}
const choices = (Object.keys(names) as Split[]).map((value) => ({ value, label: names[value] }))

/** A row's name filters the page by it. */
function Key({ row, by }: { row: BreakdownRow; by: Split }) {
  if (!row.key) return <span className="muted">(none)</span>
  if (by === 'day') return <span>{row.key}</span>
  return <Link href={withParams({ [by === 'child' ? 'path' : by]: row.key })}>{row.key}</Link>
}

function Share({ share }: { share: number }) {
  return (
    <span className="share">
      <span className="bar" aria-hidden="true">
        <svg preserveAspectRatio="none" viewBox="0 0 100 10">
          <rect className="share-fill" width={Math.max(0, Math.min(100, share))} height="10" />
        </svg>
      </span>
      {percent(share, 1)}
    </span>
  )
}

export function BreakdownCard({ query }: { query: UsageQuery }) {
  const [asked] = useParam('by', 'child')
  const by = choices.some(({ value }) => value === asked) ? (asked as Split) : 'child'
  const breakdown = useQuery({
    queryKey: ['breakdown', query, by],
    queryFn: () => api.breakdown(query, by),
    refetchInterval: 15_000,
    placeholderData: (old) => old,
  })
  return (
    <Card
      title="Breakdown"
      flush
      sql={breakdown.data?.sql}
      actions={
        <>
          <Segmented<Split>
            label="By"
            value={by}
            onChange={(value) => navigate(withParams({ by: value === 'child' ? null : value }))}
            options={choices}
          />
          <a className="button quiet small" href={api.breakdownCsv(query, by)} download aria-label="Breakdown as CSV">
            <Icon name="download" size={13} />
            CSV
          </a>
        </>
      }
    >
      {breakdown.isError ? (
        <div className="body">
          <Problem>{problemText(breakdown.error)}</Problem>
        </div>
      ) : (
        <Table<BreakdownRow>
          label="Breakdown"
          rows={breakdown.data?.rows ?? []}
          rowKey={(row) => row.key ?? ''}
          empty={breakdown.data && 'Nothing was used in this range.'}
          columns={[
            { name: choices.find(({ value }) => value === by)!.label, cell: (row) => <Key row={row} by={by} /> },
            { name: 'Spend', number: true, cell: (row) => usd(row.cost_usd) },
            { name: 'Share', number: true, cell: (row) => <Share share={row.share} /> },
            { name: 'Requests', number: true, cell: (row) => count(row.requests) },
            {
              name: 'Tokens',
              number: true,
              cell: (row) => <span title={count(row.tokens)}>{compact(row.tokens)}</span>,
            },
            {
              name: 'Per request',
              number: true,
              cell: (row) => (row.usd_per_request === null ? '–' : usdFine(row.usd_per_request)),
            },
          ]}
        />
      )}
    </Card>
  )
}
