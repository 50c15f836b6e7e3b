import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type NewPolicy, type Simulation, api } from '../../api'
import { problemText } from '../../api/http'
import { amountOf, date, dateTime, plural } from '../../format'
import { SqlButton } from '../../ui/Copy'
import { Status } from '../../ui/Status'

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

function Verdict({ simulation, draft }: { simulation: Simulation; draft: NewPolicy }) {
  const { total, windows } = simulation
  if (total.asked === 0) return <p>No call in the last 30 days would have counted on this quota.</p>
  if (total.refused === 0)
    return (
      <p>
        <Status level="healthy">Nothing</Status> would have been refused: {plural(total.asked, 'call')},{' '}
        {amountOf(total.amount_asked, draft.unit)} in all.
      </p>
    )
  const worst = windows
    .filter((entry) => entry.refused > 0)
    .sort((a, b) => b.refused - a.refused)
    .slice(0, 4)
  return (
    <>
      <p>
        <Status level="over">{plural(total.refused, 'call')}</Status> of {plural(total.asked, 'call')} would have been
        refused, worth {amountOf(total.amount_refused, draft.unit)} of {amountOf(total.amount_asked, draft.unit)}
        {total.first_refusal_at && <>; the first on {dateTime(total.first_refusal_at)}</>}.
      </p>
      <ul className="small muted">
        {worst.map((entry) => (
          <li key={entry.start}>
            {date(entry.start)}: {plural(entry.refused, 'call')} refused of {entry.asked}
          </li>
        ))}
      </ul>
    </>
  )
}

/** What a policy would have refused in the last 30 days, before it is saved. */
export function WhatIf({ draft, valid }: { draft: NewPolicy; valid: boolean }) {
  const settled = useSettled(draft, 500)
  const enabled = valid && settled === draft
  const query = useQuery({
    queryKey: ['simulate', settled],
    queryFn: () => api.simulate(settled),
    enabled,
    retry: false,
    staleTime: 60_000,
  })
  return (
    <section className="what-if" aria-label="What it would have done" aria-live="polite">
      <div className="row between">
        <h3>In the last 30 days</h3>
        <SqlButton sql={query.data?.sql} of="What if" />
      </div>
      {!valid ? (
        <p className="muted">Enter a limit to see what it would have refused.</p>
      ) : query.isError ? (
        <p className="muted">{problemText(query.error)}</p>
      ) : query.data && enabled ? (
        <Verdict simulation={query.data} draft={draft} />
      ) : (
        <p className="muted">Replaying the ledger…</p>
      )}
    </section>
  )
}
