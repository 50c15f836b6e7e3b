import { useQuery } from '@tanstack/react-query'
import { type ReconciliationRow, type UsageQuery, api } from '../../api'
import { problemText } from '../../api/http'
import { percent, plural, usd } from '../../format'
import { withParams } from '../../router'
import { Card } from '../../ui/Card'
import { Link } from '../../ui/Link'
import { Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'

/** To whom the provider billed it, where the bill says so. */
function billedTo(row: ReconciliationRow): string {
  return Object.entries(row.billed_by)
    .map(([payer, amount]) => `${payer} ${usd(amount)}`)
    .join(', ')
}

function Model({ row }: { row: ReconciliationRow }) {
  if (row.model === null) return <span className="muted">(all)</span>
  if (!row.model) return <span className="muted">(none)</span>
  return <Link href={withParams({ model: row.model })}>{row.model}</Link>
}

/** What the providers bill beside what is recorded. Bills are of the account: a path or a tag does not change them. */
export function CaptureCard({ query: { since, until, service, model } }: { query: UsageQuery }) {
  const query = { since, until, service, model }
  const books = useQuery({
    queryKey: ['reconciliation', query],
    queryFn: () => api.reconciliation(query),
    refetchInterval: 60_000,
    placeholderData: (old) => old,
  })
  const total = books.data?.total
  const figures: [string, string][] = [
    ['Captured', total && total.capture_rate !== null ? percent(total.capture_rate, 2) : '–'],
    ['Billed', total ? usd(total.billed_usd) : '–'],
    ['Recorded', total ? usd(total.recorded_usd) : '–'],
    ['of it booked', total ? usd(total.booked_usd) : '–'],
    ['Missing', total ? usd(total.difference_usd) : '–'],
  ]
  return (
    <Card
      title="Capture rate"
      flush
      sql={books.data?.sql}
      actions={
        <span className="muted small">
          {total && total.days > 0 ? `${plural(total.days, 'billed day')} (UTC), all paths` : 'by bills, all paths'}
        </span>
      }
    >
      <div className="capture">
        {books.isError ? (
          <div className="body">
            <Problem>{problemText(books.error)}</Problem>
          </div>
        ) : (
          <>
            <dl className="capture-figures">
              {figures.map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd data-figure={name}>{value}</dd>
                </div>
              ))}
            </dl>
            <Table<ReconciliationRow>
              label="Billed and recorded"
              rows={books.data?.rows ?? []}
              rowKey={(row) => `${row.day} ${row.service} ${row.model ?? '*'}`}
              empty={books.data && 'No bill of these days was imported. An admin does that with import_bill().'}
              columns={[
                { name: 'Day', cell: (row) => row.day },
                { name: 'Service', cell: (row) => row.service },
                { name: 'Model', cell: (row) => <Model row={row} /> },
                { name: 'Billed', number: true, cell: (row) => usd(row.billed_usd) },
                { name: 'Recorded', number: true, cell: (row) => usd(row.recorded_usd) },
                { name: 'Missing', number: true, cell: (row) => usd(row.difference_usd) },
                {
                  name: 'Captured',
                  number: true,
                  cell: (row) => (row.capture_rate === null ? '–' : percent(row.capture_rate, 2)),
                },
                { name: 'Billed to', cell: (row) => <span className="muted">{billedTo(row)}</span> },
              ]}
            />
          </>
        )}
      </div>
    </Card>
  )
}
