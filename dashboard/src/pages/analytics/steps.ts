import { amountShort, compact, count, usd } from '../../format'
import type { Step } from '../../vocabulary'

/** What a trend shows. */
export type Measure = 'cost_usd' | 'requests' | 'tokens'

/** The name of one step, in the account's time. */
export function stepName(iso: string, step: Step, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions =
    step === 'hour'
      ? { hour: '2-digit', minute: '2-digit', day: 'numeric', month: 'short' }
      : step === 'month'
        ? { month: 'short', year: 'numeric' }
        : { day: 'numeric', month: 'short' }
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(new Date(iso))
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso))
  }
}

export function measured(value: string | number | null | undefined, measure: Measure): string {
  return measure === 'cost_usd' ? usd(value) : count(value)
}

export function measuredShort(value: string | number, measure: Measure): string {
  return measure === 'cost_usd' ? amountShort(value, 'usd') : compact(value)
}
