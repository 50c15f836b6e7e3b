import { afterEach, describe, expect, it, vi } from 'vitest'
import { readRange } from '../src/pages/analytics/range'
import { measured, measuredShort, stepName } from '../src/pages/analytics/steps'
import { isTokens, meterName, PRICE, priceChange, priceText, shift } from '../src/pages/services/meters'

describe('the range of days', () => {
  afterEach(() => void vi.useRealTimers())
  const read = (query: string, zone = 'UTC') => {
    vi.useFakeTimers({ now: new Date('2026-03-10T23:30:00Z') })
    return readRange(new URLSearchParams(query), zone)
  }

  it('is thirty days unless said otherwise', () =>
    expect(read('')).toEqual({ name: '30d', since: '2026-02-09', until: '2026-03-10', days: 30, step: 'day' }))
  it('takes today from the zone of the account', () =>
    expect(read('range=today', 'Asia/Tokyo')).toMatchObject({ since: '2026-03-11', until: '2026-03-11', step: 'hour' }))
  it('is as good in a zone that the browser does not know', () =>
    expect(read('range=7d', 'Not/AZone')).toMatchObject({ since: '2026-03-04', until: '2026-03-10', days: 7 }))
  it('turns round what is the wrong way round', () =>
    expect(read('range=custom&since=2026-02-10&until=2026-02-01')).toMatchObject({ since: '2026-02-01', days: 10 }))
  it('does not believe what is no day', () =>
    expect(read('range=custom&since=2026-02-31x&until=drop')).toMatchObject({
      since: '2026-02-09',
      until: '2026-03-10',
    }))
  it.each([
    ['2026-03-01', '2026-03-02', 'hour'],
    ['2026-03-01', '2026-05-31', 'day'],
    ['2026-01-01', '2026-12-31', 'week'],
    ['2024-01-01', '2026-03-01', 'month'],
  ])('%s to %s goes by the %s', (since, until, step) =>
    expect(read(`range=custom&since=${since}&until=${until}`).step).toBe(step),
  )
})

describe('steps and measures', () => {
  it('are named in the zone of the account', () => {
    expect(stepName('2026-03-10T23:30:00Z', 'day', 'Asia/Tokyo')).toBe('11 Mar')
    expect(stepName('2026-03-10T23:30:00Z', 'month', 'UTC')).toBe('Mar 2026')
    expect(stepName('2026-03-10T23:30:00Z', 'hour', 'UTC')).toBe('10 Mar, 23:30')
    expect(stepName('2026-03-10T12:00:00Z', 'week', 'Not/AZone')).toBe('10 Mar')
  })
  it('are written as money or as a count', () => {
    expect(measured('1.5', 'cost_usd')).toBe('$1.50')
    expect(measured(1500, 'tokens')).toBe('1,500')
    expect(measuredShort(1500, 'tokens')).toBe('1.5K')
  })
})

describe('prices', () => {
  it.each([
    ['0.0000025', 6, '2.5'],
    ['2.5', -6, '0.0000025'],
    ['0', 6, '0'],
    ['10', 0, '10'],
    ['0.000000000001', 6, '0.000001'],
    ['123456789.123456789012', 3, '123456789123.456789012'],
  ])('shift moves the point of %s by %s', (value, places, text) => expect(shift(value, places)).toBe(text))

  it('are by the million for tokens and by the piece for the rest', () => {
    expect(priceText({ meter: 'input_tokens', usd: '0.0000025' })).toBe('$2.50 / M')
    expect(priceText({ meter: 'image', usd: '0.04' })).toBe('$0.04 / image')
    expect(priceText({ meter: 'image', usd: null, credits: '2' })).toBe('2 credits / image')
    expect(priceText({ meter: 'image', usd: null })).toBe('free')
  })
  it('before and after have as many places as it takes to tell them apart', () => {
    expect(priceChange('image', '0.04', '0.05')).toBe('$0.04 → $0.05 / image')
    expect(priceChange('image', '1.001', '1.002')).toBe('$1.001 → $1.002 / image')
    expect(priceChange('image', '1.00000000001', '1.00000000002')).toBe('$1.00000000001 → $1.00000000002 / image')
  })
  it('know tokens by their meter, and its name', () => {
    expect([isTokens('input_tokens'), isTokens('tokens'), isTokens('image')]).toEqual([true, true, false])
    expect(meterName('cached_input_tokens')).toBe('cached input')
  })
  it('are typed as the database takes them', () => {
    expect(['0', '12.5', '999999999.123456789012'].every((text) => PRICE.test(text))).toBe(true)
    expect(['', '-1', '1.', '1e3', '1.1234567890123', '1,5'].some((text) => PRICE.test(text))).toBe(false)
  })
})
