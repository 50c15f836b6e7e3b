import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Notification, api } from '../../api'
import { isNotFound, problemText } from '../../api/http'
import { dateTime, plural, relative } from '../../format'
import { useCanEdit, useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Problem } from '../../ui/Notice'
import { type Level, Status } from '../../ui/Status'
import { Table } from '../../ui/Table'
import { toast } from '../../ui/Toasts'

const states: Record<Notification['state'], { level: Level; name: string }> = {
  sent: { level: 'healthy', name: 'Delivered' },
  pending: { level: 'none', name: 'Waiting' },
  sending: { level: 'none', name: 'Being sent' },
  dead: { level: 'over', name: 'Given up' },
  cancelled: { level: 'none', name: 'Cancelled' },
}

/** Neither delivered nor about to be. */
const ended = ({ state }: Notification) => state === 'dead' || state === 'cancelled'

/** The state, and below it what a person would ask next: when, how often, why not. */
function State({ message, onResend, busy }: { message: Notification; onResend?: () => void; busy: boolean }) {
  const { state, attempts, last_error, next_try, uncertain, ended_at } = message
  const name = state === 'pending' && attempts > 0 ? 'Tries again' : states[state].name
  const level = state === 'pending' && attempts > 0 ? 'warning' : states[state].level
  const notes = [
    state === 'pending' && attempts > 0 && next_try && `next try ${relative(next_try)}`,
    state !== 'pending' && ended_at && relative(ended_at),
    attempts > 1 && plural(attempts, 'attempt'),
    uncertain && 'may have arrived twice',
  ].filter(Boolean)
  return (
    <>
      <Status level={level}>{name}</Status>
      {notes.length > 0 && <div className="small muted">{notes.join(', ')}</div>}
      {last_error && state !== 'sent' && (
        <div className={`small wrap-anywhere ${state === 'cancelled' ? 'muted' : 'problem'}`}>{last_error}</div>
      )}
      {onResend && ended(message) && (
        <div className="resend">
          <Button
            kind="small"
            isDisabled={busy}
            aria-label={`Send again: ${message.subject}, to ${message.recipient}`}
            onPress={onResend}
          >
            Send again
          </Button>
        </div>
      )}
    </>
  )
}

/** Every message to a person or a webhook, and how far it has come. */
export function NotificationsTab() {
  const { account } = useSession()
  const query = useInfiniteQuery({
    queryKey: ['notifications'],
    queryFn: ({ pageParam }) => api.notifications(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  })
  const canEdit = useCanEdit()
  const client = useQueryClient()
  const [busy, setBusy] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const resend = async (message: Notification) => {
    setBusy(message.id)
    setProblem(null)
    try {
      await api.resendNotification(message.id)
      toast(`The message to ${message.recipient} is on its way again`)
    } catch (error) {
      setProblem(problemText(error))
    } finally {
      // Also after a refusal: then it is no longer what the page shows.
      await client.invalidateQueries({ queryKey: ['notifications'] })
      setBusy(null)
      // The button is gone with its reason: on with the list that it stood in.
      document.querySelector<HTMLElement>('[role="group"][aria-label="Messages"]')?.focus({ preventScroll: true })
    }
  }
  if (isNotFound(query.error)) return <p className="muted">This server does not send alerts.</p>
  const list = query.data?.pages.flatMap((page) => page.notifications) ?? []
  return (
    <div className="stack">
      {query.isError && <Problem>{problemText(query.error)}</Problem>}
      {problem && <Problem>{problem}</Problem>}
      <Card title="Messages" flush sql={query.data?.pages[0]?.sql}>
        <Table<Notification>
          label="Messages"
          rows={list}
          rowKey={(message) => message.id}
          empty={
            query.data && (
              <>
                <h2>No messages yet</h2>
                <p>Alerts, digests, statements and confirmations are listed here, with whether they arrived.</p>
              </>
            )
          }
          columns={[
            {
              name: 'Message',
              cell: (message) => (
                <>
                  <div className="strong wrap-anywhere">{message.subject}</div>
                  <div className="small muted">{message.kind}</div>
                </>
              ),
            },
            {
              name: 'To',
              cell: (message) => (
                <>
                  <div className="wrap-anywhere recipient">{message.recipient}</div>
                  <div className="small muted">{message.channel}</div>
                </>
              ),
            },
            {
              name: 'State',
              cell: (message) => (
                <State
                  message={message}
                  busy={busy !== null}
                  onResend={canEdit ? () => void resend(message) : undefined}
                />
              ),
            },
            {
              name: 'Made',
              cell: (message) => <span className="nowrap">{dateTime(message.created_at, account.time_zone)}</span>,
            },
          ]}
        />
      </Card>
      {query.hasNextPage && (
        <div>
          <Button onPress={() => void query.fetchNextPage()}>Older</Button>
        </div>
      )}
    </div>
  )
}
