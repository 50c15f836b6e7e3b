import type { Price } from '../../api'
import { amountExact, count, usd } from '../../format'
import { tokenClasses } from '../../vocabulary'

export const meters: readonly string[] = [...tokenClasses, 'requests']
export const tiers = ['standard', 'batch', 'priority', 'flex']

/** An amount as people write it, within what the database takes. */
export const PRICE = /^\d{1,9}(\.\d{1,12})?$/

export const isTokens = (meter: string) => meter.endsWith('_tokens') || meter === 'tokens'

export function meterName(meter: string): string {
  return meter.replace(/_tokens$/, '').replaceAll('_', ' ')
}

/** Moves the decimal point of a decimal string; amounts never pass through a binary fraction. */
export function shift(value: string, places: number): string {
  const [whole, fraction = ''] = value.split('.')
  const digits = whole + fraction
  const point = whole.length + places
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const at = Math.max(1, point)
  const text = `${padded.slice(0, at)}.${padded.slice(at)}`
  return text.replace(/^0+(?=\d)/, '').replace(/\.?0*$/, '') || '0'
}

/** A price in words: tokens by the million, everything else by the piece. */
export function priceText(price: Pick<Price, 'meter' | 'usd'> & { credits?: string | null }): string {
  const tokens = isTokens(price.meter)
  const per = tokens ? 'M' : price.meter
  const parts = []
  if (price.usd !== null) parts.push(`${usd(tokens ? shift(price.usd, 6) : price.usd)} / ${per}`)
  if (price.credits) parts.push(`${count(tokens ? shift(price.credits, 6) : price.credits)} credits / ${per}`)
  return parts.join(' + ') || 'free'
}

/** A price before and after; with as many places as it takes to tell them apart. */
export function priceChange(meter: string, before: string, after: string): string {
  const tokens = isTokens(meter)
  const [old, now] = [before, after].map((value) => (tokens ? shift(value, 6) : value))
  const write =
    [usd, (value: string) => amountExact(value, 'usd')].find((write) => write(old) !== write(now)) ??
    ((value: string) => `$${value}`)
  return `${write(old)} → ${write(now)} / ${tokens ? 'M' : meter}`
}
