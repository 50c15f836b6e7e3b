import { useQuery } from '@tanstack/react-query'
import { type Statement, type StatementMonth, api } from '../../api'
import { problemText } from '../../api/http'
import { compact, count, date, usd } from '../../format'
import { useParam } from '../../router'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Icon } from '../../ui/Icon'
import { Problem } from '../../ui/Notice'
import { Table } from '../../ui/Table'

function monthName(month: string): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
}

function Months({ onOpen }: { onOpen: (month: string) => void }) {
  const query = useQuery({ queryKey: ['statements'], queryFn: api.statements })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  return (
    <Card title="Monthly statements" flush sql={query.data?.sql}>
      <Table<StatementMonth>
        label="Statements"
        rows={query.data?.months ?? []}
        rowKey={(entry) => entry.month}
        empty={query.data && 'The first statement comes with the first call.'}
        columns={[
          {
            name: 'Month',
            cell: (entry) => (
              <>
                <span className="strong">{monthName(entry.month)}</span>{' '}
                {!entry.final && <span className="badge">still running</span>}
              </>
            ),
          },
          { name: 'Spend', number: true, cell: (entry) => usd(entry.cost_usd) },
          { name: 'Credits', number: true, cell: (entry) => count(entry.cost_credits) },
          { name: 'Requests', number: true, cell: (entry) => count(entry.requests) },
          {
            name: 'Actions',
            quiet: true,
            number: true,
            cell: (entry) => (
              <Button kind="small" aria-label={`View ${monthName(entry.month)}`} onPress={() => onOpen(entry.month)}>
                View
              </Button>
            ),
          },
        ]}
      />
    </Card>
  )
}

function Sheet({ statement }: { statement: Statement }) {
  const { account } = useSession()
  const { total } = statement
  return (
    <div className="statement">
      <div className="row wrap between">
        <div>
          <div className="strong">{statement.account}</div>
          {statement.contact_name && <div>{statement.contact_name}</div>}
          {statement.billing_address && <div className="address muted">{statement.billing_address}</div>}
        </div>
        <dl className="keyvalues">
          <dt>From</dt>
          <dd>{date(statement.since, account.time_zone)}</dd>
          <dt>To before</dt>
          <dd>{date(statement.until, account.time_zone)}</dd>
          <dt>State</dt>
          <dd>{statement.final ? 'final' : 'still running'}</dd>
          <dt>Total</dt>
          <dd className="strong">{usd(total.cost_usd)}</dd>
        </dl>
      </div>
      <Table
        label="Lines"
        rows={statement.lines}
        rowKey={(line) => `${line.path} ${line.service} ${line.model}`}
        empty="Nothing was used."
        columns={[
          { name: 'Path', cell: (line) => <span className="wrap-anywhere">{line.path}</span> },
          { name: 'Service', cell: (line) => line.service ?? '–' },
          { name: 'Model', cell: (line) => <span className="wrap-anywhere">{line.model || '–'}</span> },
          { name: 'Requests', number: true, cell: (line) => count(line.requests) },
          { name: 'Tokens', number: true, cell: (line) => compact(line.tokens) },
          { name: 'Credits', number: true, cell: (line) => count(line.cost_credits) },
          { name: 'Spend', number: true, cell: (line) => usd(line.cost_usd) },
        ]}
        footer={
          <tr>
            <td colSpan={3}>Total</td>
            <td className="number">{count(total.requests)}</td>
            <td className="number">{compact(total.tokens)}</td>
            <td className="number">{count(total.cost_credits)}</td>
            <td className="number">{usd(total.cost_usd)}</td>
          </tr>
        }
      />
    </div>
  )
}

export function StatementsTab() {
  const [month, setMonth] = useParam('month')
  const query = useQuery({ queryKey: ['statement', month], queryFn: () => api.statement(month), enabled: month !== '' })
  if (!month) return <Months onOpen={(which) => setMonth(which)} />
  return (
    <div className="stack">
      <div className="row wrap no-print">
        <Button onPress={() => setMonth(null)}>All statements</Button>
        <span className="grow" />
        <a className="button" href={api.statementCsv(month)} download>
          <Icon name="download" />
          CSV
        </a>
        <Button onPress={() => window.print()}>Print</Button>
      </div>
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {query.data && (
        <Card title={`Statement, ${monthName(month)}`} sql={query.data.sql}>
          <Sheet statement={query.data} />
        </Card>
      )}
    </div>
  )
}
