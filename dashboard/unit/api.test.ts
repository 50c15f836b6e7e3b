import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { api } from '../src/api'

const asked = vi.fn<(url: string, options: RequestInit) => Promise<Response>>()
beforeEach(() => {
  asked.mockReset()
  asked.mockImplementation(() =>
    Promise.resolve(new Response('{}', { headers: { 'Content-Type': 'application/json' } })),
  )
  vi.stubGlobal('fetch', asked)
})
afterEach(() => void vi.unstubAllGlobals())

it('a number or a month stands in the path, not in the query', async () => {
  await api.why(5)
  expect(asked.mock.lastCall?.[0]).toBe('/api/refusals/5')
  await api.changePolicy(7, { amount: '1' })
  expect(asked.mock.lastCall).toMatchObject(['/api/policies/7', { method: 'PATCH', body: '{"amount":"1"}' }])
  expect(api.statementCsv('2026-11')).toBe('/api/statements/2026-11?format=csv')
})

it('what is removed is named in the path, without a body', async () => {
  await api.revokeKey(3)
  expect(asked.mock.lastCall?.[0]).toBe('/api/keys/3')
  expect(asked.mock.lastCall?.[1].body).toBeUndefined()
})

it('fields that are not given are left out', async () => {
  await api.usage({ since: '2026-11-01', path: 'acme' }, false)
  expect(asked.mock.lastCall?.[0]).toBe('/api/usage?since=2026-11-01&path=acme')
})
