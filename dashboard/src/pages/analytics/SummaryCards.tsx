import type { UsageSummary } from '../../api'
import { change, compact, count, percent, plural, usd, usdFine } from '../../format'
import { SqlButton } from '../../ui/Copy'

interface Figure {
  name: string
  value: string
  exact?: string
  now?: string | number | null
  before?: string | number | null
  /** Which query of the answer's `sql` gives it. */
  sql: keyof UsageSummary['sql']
  note?: string
}

function Change({
  now,
  before,
}: {
  now: string | number | null | undefined
  before: string | number | null | undefined
}) {
  const by = change(now, before)
  if (by === null) return <span className="muted small">nothing before</span>
  const word = by > 0 ? 'up' : by < 0 ? 'down' : 'unchanged'
  return (
    <span className="small change">
      <span aria-hidden="true">{by > 0 ? '▲' : by < 0 ? '▼' : '='}</span>{' '}
      <span className="visually-hidden">{word}</span> {percent(Math.abs(by), 1)}
    </span>
  )
}

function figures(summary: UsageSummary): Figure[] {
  const { usage } = summary
  const before = summary.before?.usage
  return [
    {
      name: 'Spend',
      value: usd(usage.cost_usd),
      now: usage.cost_usd,
      before: before?.cost_usd,
      sql: 'usage',
      note: Number(usage.cost_credits) > 0 ? `and ${count(usage.cost_credits)} credits` : undefined,
    },
    {
      name: 'Requests',
      value: count(usage.requests),
      now: usage.requests,
      before: before?.requests,
      sql: 'usage',
      note: usage.failed > 0 ? `${count(usage.failed)} failed` : undefined,
    },
    {
      name: 'Tokens',
      value: compact(usage.tokens),
      exact: count(usage.tokens),
      now: usage.tokens,
      before: before?.tokens,
      sql: 'usage',
      note: usage.unpriced > 0 ? `${plural(usage.unpriced, 'call')} unpriced` : undefined,
    },
    {
      name: 'Refusals',
      value: count(summary.refusals),
      now: summary.refusals,
      before: summary.refusals_before,
      sql: 'refusals',
    },
    {
      name: 'Cost per request',
      value: usage.usd_per_request === null ? '–' : usdFine(usage.usd_per_request),
      now: usage.usd_per_request,
      before: before?.usd_per_request,
      sql: 'usage',
    },
    {
      name: 'Month forecast',
      value: summary.forecast_month_usd === null ? '–' : usd(summary.forecast_month_usd),
      sql: 'forecast',
      note: summary.month_usd === null ? undefined : `${usd(summary.month_usd)} so far`,
    },
  ]
}

const names = ['Spend', 'Requests', 'Tokens', 'Refusals', 'Cost per request', 'Month forecast']

export function SummaryCards({ summary }: { summary: UsageSummary | undefined }) {
  const list: Figure[] = summary ? figures(summary) : names.map((name) => ({ name, value: '', sql: 'usage' }))
  return (
    <div className="summary">
      {list.map((figure) => (
        <section key={figure.name} className="card figure" aria-label={figure.name}>
          <div className="row between">
            <h2>{figure.name}</h2>
            <SqlButton sql={summary?.sql[figure.sql]} of={figure.name} />
          </div>
          <div className="value" title={figure.exact} data-figure={figure.name}>
            {summary ? figure.value : <span className="skeleton">loading</span>}
          </div>
          <div className="foot">
            {summary?.before && figure.now !== undefined && <Change now={figure.now} before={figure.before} />}
            {figure.note && <span className="muted small">{figure.note}</span>}
          </div>
        </section>
      ))}
    </div>
  )
}
