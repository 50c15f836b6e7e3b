import { describe, expect, it } from 'vitest'
import * as f from '../src/format'
import { periods, units } from '../src/vocabulary'

// Exact decimal strings and whole amounts without cents came to Intl in 2022: every browser has them, Node 18 has not.
const modern =
  new Intl.NumberFormat('en-US').format('9007199254740993' as unknown as number) === '9,007,199,254,740,993'
const itModern = it.skipIf(!modern)

describe('money', () => {
  it.each([
    ['0', '$0.00'],
    ['12.5', '$12.50'],
    ['1234567.891', '$1,234,567.89'],
    ['0.005', '$0.005'],
    ['0.000000001', '$0.000000001'],
    ['-3.2', '-$3.20'],
    [null, '$0.00'],
    [undefined, '$0.00'],
  ])('usd writes %j', (value, text) => expect(f.usd(value)).toBe(text))

  itModern('keeps every digit of an amount that a binary fraction would not', () => {
    expect(f.amountExact('9007199254740993.123456789', 'usd')).toBe('$9,007,199,254,740,993.123456789')
    expect(f.amountExact('0.1', 'credits')).toBe('0.1')
    expect(f.count('12345678901234567890')).toBe('12,345,678,901,234,567,890')
  })

  it('writes what one request costs with four digits below ten cents', () => {
    expect(f.usdFine('0.012345')).toBe('$0.01235')
    expect(f.usdFine('0.5')).toBe('$0.50')
  })
})

describe('amounts with their unit', () => {
  it.each([
    ['5', 'usd', '$5.00'],
    ['1', 'requests', '1 request'],
    ['2', 'requests', '2 requests'],
    ['1', 'credits', '1 credit'],
    ['1500000', 'tokens', '1,500,000 tokens'],
  ] as const)('amountOf writes %j', (value, unit, text) => expect(f.amountOf(value, unit)).toBe(text))

  itModern.each([
    ['5000', 'usd', '$5,000'],
    ['0.5', 'usd', '$0.50'],
    ['2000000', 'tokens', '2M tokens'],
    ['1', 'requests', '1 request'],
  ] as const)('limitOf writes %j', (value, unit, text) => expect(f.limitOf(value, unit)).toBe(text))

  itModern.each([
    ['1234', 'usd', '$1.2K'],
    ['12', 'usd', '$12'],
    ['0.004', 'usd', '$0.004'],
    ['1234', 'tokens', '1.2K'],
  ] as const)('amountShort writes %j', (value, unit, text) => expect(f.amountShort(value, unit)).toBe(text))

  it('knows every unit', () => {
    for (const unit of units) expect(f.amountOf('3', unit)).toMatch(/^\$3\.00$|^3 [a-z]+s$/)
  })
})

describe('percents', () => {
  it.each([
    ['0', 0, '0%'],
    ['0.4', 0, '0.4%'],
    ['71.25', 0, '71%'],
    ['71.25', 1, '71.3%'],
  ] as const)('percent writes %j', (value, digits, text) => expect(f.percent(value, digits)).toBe(text))

  it('a change has no percent without a base', () => {
    expect(f.change('3', '2')).toBe(50)
    expect(f.change('1', '2')).toBe(-50)
    expect(f.change('3', '0')).toBeNull()
    expect(f.change('3', null)).toBeNull()
  })
})

describe('times', () => {
  it('are shown in the zone asked for', () => {
    expect(f.dateTime('2026-11-22T15:04:05Z', 'Asia/Tokyo')).toBe('23 Nov 2026, 00:04')
    expect(f.date('2026-11-22T15:04:05Z', 'Asia/Tokyo')).toBe('23 Nov 2026')
    expect(f.dateTime(null)).toBe('–')
    expect(f.date('')).toBe('–')
  })

  it('are shown all the same in a zone that the browser does not know', () => {
    expect(f.date('2026-06-15T12:00:00Z', 'Not/AZone')).toBe('15 Jun 2026')
  })

  it.each([
    [3_000, 'now'],
    [59_000, 'in 59 s'],
    [-120_000, '2 min ago'],
    [89 * 60_000, 'in 89 min'],
    [3 * 3_600_000, 'in 3 h'],
    [-40 * 3_600_000, '2 days ago'],
  ])('%s ms from now is %s', (ms, text) => expect(f.relative(new Date(1e12 + ms).toISOString(), 1e12)).toBe(text))

  it('the value of an input is local time without a zone', () => {
    const at = new Date(2026, 10, 22, 9, 5, 30)
    expect(f.localInput(at)).toBe('2026-11-22T09:05')
  })
})

describe('words', () => {
  it('names every period, rolling and not', () => {
    expect(f.periodName('month', false)).toBe('per month')
    expect(f.periodName('month', true)).toBe('last 30 days')
    expect(f.periodName('lifetime', false)).toBe('lifetime')
    expect(new Set(periods.map((period) => f.periodName(period, true))).size).toBe(periods.length)
  })

  it('names a scope by its narrowest part', () => {
    expect(f.scopeName(null, null)).toBe('any service')
    expect(f.scopeName('openai', null)).toBe('openai')
    expect(f.scopeName('openai', 'gpt-4o')).toBe('openai / gpt-4o')
  })

  it('counts one and many', () => {
    expect(f.plural(1, 'call')).toBe('1 call')
    expect(f.plural(0, 'call')).toBe('0 calls')
    expect(f.plural(1200, 'entry', 'entries')).toBe('1,200 entries')
  })
})
