import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type ReplayedEvent, type Unplaced as UnplacedRoot, type UnplacedEvent, api } from '../../api'
import { problemText } from '../../api/http'
import { amountOf, count, dateTime, plural, usd } from '../../format'
import { useCanEdit, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Notice, Problem } from '../../ui/Notice'
import { Status } from '../../ui/Status'
import { Table } from '../../ui/Table'

const SHOWN = 200

const words = (code: string) => code.replaceAll('_', ' ')

function costOf({ known_usd, known_credits }: UnplacedEvent): string {
  return (
    [known_usd !== null && usd(known_usd), known_credits !== null && amountOf(known_credits, 'credits')]
      .filter(Boolean)
      .join(' + ') || 'unknown'
  )
}

/** As long as it is not replayed, why it was rejected; then what became of it. */
function Outcome({
  event,
  replayed,
  busy,
  onReplay,
}: {
  event: UnplacedEvent
  replayed?: ReplayedEvent
  busy: boolean
  onReplay?: () => void
}) {
  if (replayed?.outcome === 'recorded') return <Status level="healthy">Recorded</Status>
  return (
    <>
      {replayed && (
        <div>
          <Status level="over">Still rejected</Status>
        </div>
      )}
      <div className={replayed ? 'small' : undefined}>{words((replayed ?? event).code)}</div>
      <div className="small muted wrap-anywhere">{(replayed ?? event).reason}</div>
      {onReplay && (
        <div className="replay">
          <Button kind="small" isDisabled={busy} aria-label={`Replay call ${event.id}`} onPress={onReplay}>
            Replay
          </Button>
        </div>
      )}
    </>
  )
}

/** Recorded ones last where not all are shown: they need nobody any more. */
function shown(events: UnplacedEvent[], replayed: Map<number, ReplayedEvent>): UnplacedEvent[] {
  const rows = [...new Map([...events, ...replayed.values()].map((event) => [event.id, event])).values()].sort(
    (a, b) => b.id - a.id,
  )
  if (rows.length > SHOWN)
    rows.sort(
      (a, b) => Number(replayed.get(a.id)?.outcome === 'recorded') - Number(replayed.get(b.id)?.outcome === 'recorded'),
    )
  return rows.slice(0, SHOWN)
}

function UnplacedDialog({ root, onClose }: { root: string; onClose: () => void }) {
  const canEdit = useCanEdit()
  const { account } = useSession()
  const client = useQueryClient()
  const query = useInfiniteQuery({
    queryKey: ['unplaced-events', root],
    queryFn: ({ pageParam }) => api.unplacedEvents(root, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    // What was replayed stays in sight with its outcome until the dialog is closed.
    staleTime: Infinity,
    gcTime: 0,
  })
  const [replayed, setReplayed] = useState<Map<number, ReplayedEvent>>(new Map())
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const replay = async (what: { id: number } | { root: string }) => {
    setBusy(true)
    setProblem(null)
    try {
      let after: number | undefined
      do {
        const answer = await api.replay({ ...what, after })
        setReplayed((old) => new Map([...old, ...answer.events.map((event) => [event.id, event] as const)]))
        after = answer.next ?? undefined
      } while (after !== undefined)
    } catch (error) {
      setProblem(problemText(error))
    } finally {
      setBusy(false)
      // The button may be gone with its reason, or be off: on with the list.
      document
        .querySelector<HTMLElement>('[role="group"][aria-label="Calls that could not be placed"]')
        ?.focus({ preventScroll: true })
      // What was recorded moves the tree and all that counts it; only this list stays as it is.
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'unplaced-events' })
    }
  }

  const events = query.data?.pages.flatMap((page) => page.events) ?? []
  const rows = shown(events, replayed)
  const recorded = [...replayed.values()].filter((event) => event.outcome === 'recorded').length
  const rejected = replayed.size - recorded
  const open = rows.some((event) => replayed.get(event.id)?.outcome !== 'recorded')
  return (
    <Dialog wide title={`Calls below ${root} that could not be placed`} onClose={onClose}>
      <div className="content">
        <p className="muted">
          They happened, and all that was sent is kept. Put right what was wrong, such as a path that is missing; then
          replay them: they are recorded at their own time, once.
        </p>
        {query.isError && <Problem>{problemText(query.error)}</Problem>}
        {problem && <Problem>{problem}</Problem>}
        <div className="row between">
          <div role="status" className="strong">
            {replayed.size > 0 && `${count(recorded)} recorded, ${count(rejected)} still rejected.`}
          </div>
          <SqlButton sql={query.data?.pages[0]?.sql} of="Unplaced calls" />
        </div>
        <div className="unplaced-table">
          <Table<UnplacedEvent>
            label="Calls that could not be placed"
            rows={rows}
            rowKey={(event) => event.id}
            empty={query.data && 'Nothing is unplaced here any more.'}
            columns={[
              {
                name: 'Path',
                cell: (event) => (
                  <>
                    <div className="strong wrap-anywhere">{event.path ?? 'none that can be read'}</div>
                    <div className="small muted">
                      call {event.id}, {dateTime(event.received_at, account.time_zone)}
                    </div>
                  </>
                ),
              },
              {
                name: 'Why',
                cell: (event) => (
                  <Outcome
                    event={event}
                    replayed={replayed.get(event.id)}
                    busy={busy}
                    onReplay={canEdit ? () => void replay({ id: event.id }) : undefined}
                  />
                ),
              },
              { name: 'Known cost', number: true, cell: costOf },
            ]}
          />
        </div>
        {query.hasNextPage && rows.length < SHOWN && (
          <div>
            <Button kind="small" isDisabled={busy} onPress={() => void query.fetchNextPage()}>
              Older
            </Button>
          </div>
        )}
      </div>
      <footer>
        <Button onPress={onClose}>Done</Button>
        {canEdit && (
          <Button kind="primary" isDisabled={busy || !open} onPress={() => void replay({ root })}>
            {busy ? 'Replaying…' : 'Replay all'}
          </Button>
        )}
      </footer>
    </Dialog>
  )
}

function UnplacedNotice({ entry, onShow }: { entry: UnplacedRoot; onShow: () => void }) {
  const reasons = Object.entries(entry.reasons).map(([code, n]) => `${words(code)} ${n}`)
  return (
    <Notice kind="warning" icon="warning">
      <div className="row between">
        <span>
          <strong>{plural(entry.events, 'call')}</strong> below <code>{entry.root}</code> could not be placed (
          {reasons.join(', ')}): {usd(entry.known_usd)} of known cost is kept, but counts nowhere yet.
        </span>
        <Button
          kind="small"
          aria-label={`Show them: calls below ${entry.root} that could not be placed`}
          onPress={onShow}
        >
          Show them
        </Button>
      </div>
    </Notice>
  )
}

/** Spend that has no place in the tree: what it is, and for who may, how it gets there. */
export function Unplaced() {
  const unplaced = useQuery({ queryKey: ['unplaced'], queryFn: api.unplaced, refetchInterval: 60_000 })
  const [open, setOpen] = useState<string | null>(null)
  return (
    <>
      {unplaced.data?.unplaced.map((entry) => (
        <UnplacedNotice key={entry.root} entry={entry} onShow={() => setOpen(entry.root)} />
      ))}
      {open !== null && <UnplacedDialog root={open} onClose={() => setOpen(null)} />}
    </>
  )
}
