import { expect, it } from 'vitest'
import { statusFrom, statuses } from '../src/vocabulary'
import { alertKindOptions, enforcementOptions, statusLegend, statusOf } from '../src/words'

it('a status begins where the vocabulary says', () => {
  for (const status of statuses) {
    const from = statusFrom[status]
    if (from !== null) expect(statusOf(from)).toBe(status)
    if (from) expect(statusOf(from - 0.01)).not.toBe(status)
  }
  expect(statusOf(0)).toBe('healthy')
  expect(statusOf(250)).toBe('over')
})

it('the legend says the same thresholds in words', () => {
  expect(statusLegend.map(({ meaning }) => meaning)).toEqual([
    'below 70 %',
    '70 to 90 %',
    '90 to 100 %',
    '100 % and more',
    'no policy of its own',
  ])
})

it('choices keep the order of the vocabulary and have their words', () => {
  expect(enforcementOptions.map(({ value }) => value)).toEqual(['open', 'block', 'strict', 'shadow'])
  for (const { label, hint } of alertKindOptions) expect(label && hint).toBeTruthy()
})
