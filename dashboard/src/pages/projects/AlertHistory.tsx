import { useInfiniteQuery } from '@tanstack/react-query'
import { type FiredAlert, api } from '../../api'
import { isNotFound, problemText } from '../../api/http'
import { amountOf, dateTime, plural } from '../../format'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Problem } from '../../ui/Notice'
import { Status, type Level } from '../../ui/Status'

function what({ kind, percent, threshold, unit }: FiredAlert): string {
  if (kind === 'percent') return `${Number(percent)} % of the limit used`
  if (kind === 'amount') return `${amountOf(threshold, unit)} used`
  return kind === 'forecast' ? 'Will trip before the window ends' : 'A call was refused'
}

const levels: Record<FiredAlert['kind'], Level> = {
  percent: 'warning',
  amount: 'warning',
  forecast: 'critical',
  refusal: 'over',
}

/** What became of it, in words: whom it reached counts more than how it is stored. */
function told({ state, sent, pending, dead }: FiredAlert): string {
  if (state === 'muted') return 'muted: nobody was told'
  if (state === 'waiting') return 'waits for the next digest'
  const parts = [
    sent > 0 && `${plural(sent, 'message')} delivered`,
    pending > 0 && `${pending} on the way`,
    dead > 0 && `${dead} given up`,
  ].filter(Boolean)
  if (parts.length > 0) return parts.join(', ')
  return state === 'digested' ? 'told in a digest' : 'nobody could be told: there is no confirmed recipient'
}

function Entry({ fired, path }: { fired: FiredAlert; path: string }) {
  const { account } = useSession()
  return (
    <li>
      <div className="row between">
        <Status level={levels[fired.kind]}>{what(fired)}</Status>
        <span className="muted small">{dateTime(fired.fired_at, account.time_zone)}</span>
      </div>
      <div>
        {fired.path !== path && (
          <>
            <code>{fired.path}</code>:{' '}
          </>
        )}
        {amountOf(fired.used, fired.unit)} of {amountOf(fired.limit, fired.unit)} per {fired.period}
      </div>
      <div className={fired.dead > 0 ? 'small problem' : 'small muted'}>{told(fired)}</div>
    </li>
  )
}

/** What fired here and below, and whether the messages arrived. */
export function AlertHistory({ path }: { path: string }) {
  const query = useInfiniteQuery({
    queryKey: ['alert-log', path],
    queryFn: ({ pageParam }) => api.alertLog(path, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
  })
  if (isNotFound(query.error)) return null
  const list = query.data?.pages.flatMap((page) => page.fired) ?? []
  return (
    <section className="stack tight" aria-label="Alert history">
      <div className="row between">
        <h3>Fired here and below</h3>
        <SqlButton sql={query.data?.pages[0]?.sql} of="Alert history" />
      </div>
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {query.data && list.length === 0 && <p className="muted">No alert has fired.</p>}
      <ul className="feed">
        {list.map((fired) => (
          <Entry key={fired.id} fired={fired} path={path} />
        ))}
      </ul>
      {query.hasNextPage && (
        <div>
          <Button kind="small" onPress={() => void query.fetchNextPage()}>
            Older
          </Button>
        </div>
      )}
    </section>
  )
}
