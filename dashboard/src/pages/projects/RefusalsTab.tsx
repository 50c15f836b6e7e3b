import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Refusal, api } from '../../api'
import { problemText } from '../../api/http'
import { amountOf, dateTime, plural } from '../../format'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Problem } from '../../ui/Notice'
import { StatusIcon } from '../../ui/Status'
import type { RefusalReason } from '../../vocabulary'

const reasons: Readonly<Record<RefusalReason, string>> = {
  quota: 'quota',
  unpriced: 'its cost is not known',
  unmeasured: 'it gave no usage',
  frozen: 'frozen',
  window_ended: 'its id was of a window that is over',
}

function Why({ id }: { id: number }) {
  const query = useQuery({ queryKey: ['why', id], queryFn: () => api.why(id), staleTime: Infinity })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  return <div className="why">{query.data?.why.join('\n') ?? 'Replaying the arithmetic…'}</div>
}

function Entry({ refusal }: { refusal: Refusal }) {
  const { account } = useSession()
  const [open, setOpen] = useState(false)
  const { unit } = refusal
  return (
    <li>
      <div className="row between">
        <span className="status over">
          <StatusIcon level="over" />
          {plural(refusal.count, 'call')} refused
        </span>
        <span className="muted small">{dateTime(refusal.last_at, account.time_zone)}</span>
      </div>
      <div>
        <code>{refusal.call_path}</code>
        {refusal.reason === 'quota' && unit ? (
          <>
            {' '}
            by the {refusal.enforcement} quota on <code>{refusal.policy_path}</code>: {amountOf(refusal.used, unit)}{' '}
            used and {amountOf(refusal.held, unit)} held of {amountOf(refusal.limit, unit)}
            {Number(refusal.asked) > 0 && <>; {amountOf(refusal.asked, unit)} asked</>}.
          </>
        ) : (
          <>: {reasons[refusal.reason]}.</>
        )}
      </div>
      <div className="row">
        <Button kind="quiet small" aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? 'Hide why' : 'Why?'}
        </Button>
        {refusal.source === 'sdk' && <span className="badge">stopped by the SDK</span>}
      </div>
      {open && <Why id={refusal.id} />}
    </li>
  )
}

export function RefusalsTab({ path }: { path: string }) {
  const query = useInfiniteQuery({
    queryKey: ['refusals', path],
    queryFn: ({ pageParam }) => api.refusals(path, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 3000,
  })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  const list = query.data?.pages.flatMap((page) => page.refusals) ?? []
  return (
    <div className="stack">
      <div className="row between">
        <h3>Refusals here and below</h3>
        <SqlButton sql={query.data?.pages[0]?.sql} of="Refusals" />
      </div>
      {query.data && list.length === 0 && <p className="muted">No call has been refused.</p>}
      <ul className="feed">
        {list.map((refusal) => (
          <Entry key={refusal.id} refusal={refusal} />
        ))}
      </ul>
      {query.hasNextPage && <Button onPress={() => void query.fetchNextPage()}>Older</Button>}
    </div>
  )
}
