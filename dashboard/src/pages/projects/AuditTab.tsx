import { useInfiniteQuery } from '@tanstack/react-query'
import { type AuditEntry, api } from '../../api'
import { problemText } from '../../api/http'
import { dateTime } from '../../format'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { SqlButton } from '../../ui/Copy'
import { Problem } from '../../ui/Notice'

const verbs: Record<string, string> = { insert: 'added', update: 'changed', delete: 'removed' }
const quiet = new Set(['account_id', 'node_id', 'policy_id', 'created_at', 'counts_from', 'slot'])

function written(value: unknown): string {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a new thing starts with anyway need not be told. */
const isUnset = (value: unknown) => value === false || value === 0 || value === '0' || written(value) === '–'

const things: Record<string, string> = { node: 'the path', policy: 'a quota', alert: 'an alert' }

function Entry({ entry }: { entry: AuditEntry }) {
  const { account } = useSession()
  const changes = Object.entries(entry.changes ?? {}).filter(
    ([name, values]) => !quiet.has(name) && (entry.action === 'update' || values.some((value) => !isUnset(value))),
  )
  return (
    <li>
      <div className="row between">
        <span>
          <span className="strong">{entry.actor}</span> {verbs[entry.action] ?? entry.action}{' '}
          {things[entry.object] ?? `a ${entry.object.replaceAll('_', ' ')}`}
        </span>
        <span className="muted small">{dateTime(entry.at, account.time_zone)}</span>
      </div>
      {changes.length > 0 && (
        <dl className="keyvalues small">
          {changes.map(([name, [before, after]]) => (
            <div key={name} className="contents">
              <dt>{name.replaceAll('_', ' ')}</dt>
              <dd>
                {entry.action === 'update' ? (
                  <>
                    {written(before)} → {written(after)}
                  </>
                ) : (
                  written(entry.action === 'delete' ? before : after)
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}

export function AuditTab({ path }: { path: string }) {
  const query = useInfiniteQuery({
    queryKey: ['audit', path],
    queryFn: ({ pageParam }) => api.audit(path, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  const list = query.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <div className="stack">
      <div className="row between">
        <h3>Who changed what</h3>
        <SqlButton sql={query.data?.pages[0]?.sql} of="Audit" />
      </div>
      {query.data && list.length === 0 && <p className="muted">Nothing has been changed yet.</p>}
      <ul className="feed">
        {list.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      {query.hasNextPage && <Button onPress={() => void query.fetchNextPage()}>Older</Button>}
    </div>
  )
}
