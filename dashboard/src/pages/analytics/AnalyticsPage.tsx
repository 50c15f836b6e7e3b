import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type UsageQuery, api } from '../../api'
import { problemText } from '../../api/http'
import { navigate, useLocation, withParams } from '../../router'
import { useSession } from '../../session'
import { Button } from '../../ui/Button'
import { Check } from '../../ui/Choices'
import { Problem } from '../../ui/Notice'
import { BreakdownCard } from './BreakdownCard'
import { CaptureCard } from './CaptureCard'
import { Filters } from './Filters'
import { RangePicker } from './RangePicker'
import { SummaryCards } from './SummaryCards'
import { TreemapCard } from './TreemapCard'
import { TrendCard } from './TrendCard'
import './analytics.css'
import { readRange } from './range'

const REFRESH_MS = 15_000
const filterNames = ['path', 'service', 'model', 'tag'] as const

/** Asks in its own place: effects run from the top down but a parent's last, and the first to ask is the first to be answered. */
function Summary({ query, compare }: { query: UsageQuery; compare: boolean }) {
  const summary = useQuery({
    queryKey: ['usage', query, compare],
    queryFn: () => api.usage(query, compare),
    refetchInterval: REFRESH_MS,
    placeholderData: (old) => old,
  })
  return (
    <>
      {summary.isError && <Problem>{problemText(summary.error)}</Problem>}
      <SummaryCards summary={summary.data} />
    </>
  )
}

export default function AnalyticsPage() {
  const { account } = useSession()
  const { search, href } = useLocation()
  const range = useMemo(
    () => readRange(new URL(href, location.origin).searchParams, account.time_zone),
    [href, account.time_zone],
  )
  const compare = search.get('compare') === '1'
  const query: UsageQuery = { since: range.since, until: range.until }
  for (const name of filterNames) query[name] = search.get(name) ?? undefined
  const filtered = filterNames.some((name) => query[name])

  const clear = () => {
    navigate(withParams({ path: null, service: null, model: null, tag: null }))
    // The button goes away; whoever pressed it by keyboard stays at the filters.
    document.querySelector<HTMLElement>('.filters select')?.focus({ preventScroll: true })
  }

  return (
    <div className="page analytics">
      <div className="page-head">
        <h1>Analytics</h1>
        <Check isSelected={compare} onChange={(on) => navigate(withParams({ compare: on ? '1' : null }))}>
          Compare with the period before
        </Check>
        <RangePicker range={range} />
      </div>
      <div className="row wrap filters">
        <Filters query={query} />
        {filtered && (
          <Button kind="quiet small" onPress={clear}>
            Clear filters
          </Button>
        )}
        <span className="grow" />
        <span className="muted small">
          {range.since} to {range.until}, {account.time_zone}
        </span>
      </div>
      <Summary query={query} compare={compare} />
      <TrendCard query={query} range={range} />
      <div className="two-columns">
        <BreakdownCard query={query} />
        <TreemapCard query={query} />
      </div>
      <CaptureCard query={query} />
    </div>
  )
}
