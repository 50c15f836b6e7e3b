import { useQuery } from '@tanstack/react-query'
import { api } from '../../api'
import { problemText } from '../../api/http'
import { compact, count, plural, relative, usd } from '../../format'
import { SqlButton } from '../../ui/Copy'
import { Problem } from '../../ui/Notice'

export function ReservationsTab({ path }: { path: string }) {
  const query = useQuery({
    queryKey: ['reservations', path],
    queryFn: () => api.reservations(path),
    refetchInterval: 3000,
  })
  if (query.isError) return <Problem>{problemText(query.error)}</Problem>
  const list = query.data?.reservations ?? []
  return (
    <div className="stack">
      <div className="row between">
        <h3>{plural(list.length, 'open reservation')}</h3>
        <SqlButton sql={query.data?.sql} of="Reservations" />
      </div>
      {query.data && list.length === 0 && (
        <p className="muted">
          Nothing is held here or below. Calls under a strict quota hold their estimate until they settle.
        </p>
      )}
      <ul className="feed">
        {list.map((entry) => (
          <li key={entry.id}>
            <div className="row between">
              <span className="strong">{usd(entry.usd)} held</span>
              <span className="muted">ends {relative(entry.expires_at)}</span>
            </div>
            <div className="muted small">
              {entry.path} · {entry.service}
              {entry.model && ` / ${entry.model}`} · {count(entry.requests)} requests, {compact(entry.tokens)} tokens ·
              since {relative(entry.at)}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
