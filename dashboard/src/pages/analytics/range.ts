// The range of days on show. Days are the account's own: the server cuts them in its time zone.
import type { Step } from '../../vocabulary'

export type RangeName = 'today' | '7d' | '30d' | 'custom'

export interface Range {
  name: RangeName
  since: string
  until: string
  days: number
  step: Step
}

const DAY_MS = 86_400_000

function today(timeZone: string): string {
  try {
    // Put together here: a locale that writes it so in one version of a browser's data need not in the next.
    const parts = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
      .formatToParts(new Date())
      .map(({ type, value }) => [type, value])
    const { year, month, day } = Object.fromEntries(parts) as Record<string, string>
    return `${year}-${month}-${day}`
  } catch {
    return new Date().toISOString().slice(0, 10)
  }
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}

const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

export function readRange(search: URLSearchParams, timeZone: string): Range {
  const end = today(timeZone)
  const asked = search.get('range')
  const name: RangeName = asked === 'today' || asked === '7d' || asked === 'custom' ? asked : '30d'
  let since = addDays(end, name === 'today' ? 0 : name === '7d' ? -6 : -29)
  let until = end
  if (name === 'custom') {
    const from = search.get('since')
    const to = search.get('until')
    if (isDay(from)) since = from
    if (isDay(to)) until = to
    if (since > until) [since, until] = [until, since]
  }
  const days = Math.round((Date.parse(until) - Date.parse(since)) / DAY_MS) + 1
  const step = days <= 2 ? 'hour' : days <= 92 ? 'day' : days <= 400 ? 'week' : 'month'
  return { name, since, until, days, step }
}
