// How amounts and times are written. Amounts come as decimal strings and are formatted
// as such: no amount ever passes through a binary fraction.

import { type Period, periodSeconds, type Unit } from './vocabulary'

export type Decimal = string | number | null | undefined

const exact = (value: Decimal) => (value ?? 0).toString() as `${number}`

function formatter(options: Intl.NumberFormatOptions) {
  const format = new Intl.NumberFormat('en-US', options)
  return (value: Decimal) => format.format(exact(value))
}

const usdCents = formatter({ style: 'currency', currency: 'USD' })
const usdSmall = formatter({ style: 'currency', currency: 'USD', maximumSignificantDigits: 3 })
const usdExact = formatter({ style: 'currency', currency: 'USD', maximumFractionDigits: 9 })
const usdWhole = formatter({ style: 'currency', currency: 'USD', trailingZeroDisplay: 'stripIfInteger' })
const usdShort = formatter({ style: 'currency', currency: 'USD', notation: 'compact', maximumFractionDigits: 1 })
const plain = formatter({ maximumFractionDigits: 2 })
const plainExact = formatter({ maximumFractionDigits: 9 })
const short = formatter({ notation: 'compact', maximumFractionDigits: 1 })

/** Money to the cent; amounts below a cent keep three significant digits. */
export function usd(value: Decimal): string {
  const size = Math.abs(Number(value ?? 0))
  return size > 0 && size < 0.01 ? usdSmall(value) : usdCents(value)
}

const usdFour = formatter({ style: 'currency', currency: 'USD', maximumSignificantDigits: 4, minimumFractionDigits: 2 })

/** What one request costs: mostly parts of a cent. */
export function usdFine(value: Decimal): string {
  const size = Math.abs(Number(value ?? 0))
  return size > 0 && size < 0.1 ? usdFour(value) : usdCents(value)
}

export const count = plain
export const compact = short

export function amount(value: Decimal, unit: Unit): string {
  return unit === 'usd' ? usd(value) : plain(value)
}

/** With its unit's name, for sentences. */
export function amountOf(value: Decimal, unit: Unit): string {
  return unit === 'usd' ? usd(value) : `${plain(value)} ${unitOf(value, unit)}`
}

/** "1 request", "2 requests". */
function unitOf(value: Decimal, unit: Unit): string {
  return Number(value ?? 0) === 1 ? unit.slice(0, -1) : unit
}

export function amountExact(value: Decimal, unit: Unit): string {
  return unit === 'usd' ? usdExact(value) : plainExact(value)
}

/** A limit, which is mostly a round number: $5,000, 2M tokens. */
export function limitOf(value: Decimal, unit: Unit): string {
  if (unit === 'usd') return usdWhole(value)
  return `${Number(value ?? 0) >= 1e6 ? short(value) : plain(value)} ${unitOf(value, unit)}`
}

/** For axes and narrow places. */
export function amountShort(value: Decimal, unit: Unit): string {
  if (unit !== 'usd') return short(value)
  const size = Math.abs(Number(value ?? 0))
  return size >= 1000 ? usdShort(value) : size > 0 && size < 0.01 ? usdSmall(value) : usdWhole(value)
}

export function percent(value: Decimal, digits = 0): string {
  const number = Number(value ?? 0)
  return `${number.toFixed(number > 0 && number < 1 && digits === 0 ? 1 : digits)}%`
}

/** The change from one amount to another in percent; nothing when there is no base. */
export function change(now: Decimal, before: Decimal): number | null {
  const base = Number(before ?? 0)
  return base === 0 ? null : (100 * (Number(now ?? 0) - base)) / base
}

export function dateTime(iso: string | null | undefined, timeZone?: string): string {
  if (!iso) return '–'
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone(timeZone),
  }).format(new Date(iso))
}

export function date(iso: string | null | undefined, timeZone?: string): string {
  if (!iso) return '–'
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone(timeZone),
  }).format(new Date(iso))
}

function zone(name?: string) {
  if (!name) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch {
    return undefined // PostgreSQL knows names that the browser does not
  }
}

/** The value of a datetime-local input: the browser's time without a zone. */
export function localInput(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** "in 3 h", "2 min ago". */
export function relative(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return '–'
  const seconds = (new Date(iso).getTime() - now) / 1000
  const size = Math.abs(seconds)
  const [value, unit] =
    size < 60
      ? [seconds, 's']
      : size < 5400
        ? [seconds / 60, 'min']
        : size < 129600
          ? [seconds / 3600, 'h']
          : [seconds / 86400, 'days']
  const text = `${Math.round(Math.abs(value))} ${unit}`
  return size < 5 ? 'now' : seconds > 0 ? `in ${text}` : `${text} ago`
}

function rollingName(period: Period): string {
  const seconds = periodSeconds[period]
  if (seconds === null) return period
  if (seconds <= 60) return `last ${seconds} s`
  return seconds <= 3600 ? 'last hour' : seconds <= 86400 ? 'last 24 h' : `last ${seconds / 86400} days`
}

export function periodName(period: Period, rolling: boolean): string {
  return rolling || period === 'lifetime' ? rollingName(period) : `per ${period}`
}

/** What a policy counts, in words. */
export function scopeName(service: string | null, model: string | null): string {
  return model ? `${service} / ${model}` : (service ?? 'any service')
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${plain(n)} ${n === 1 ? one : many}`
}
