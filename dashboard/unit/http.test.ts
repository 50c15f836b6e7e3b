import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ApiProblem,
  forget,
  get,
  isNotFound,
  problemText,
  send,
  setCsrf,
  whenSignedOut,
  withQuery,
} from '../src/api/http'

const asked = vi.fn<(url: string, options: RequestInit) => Promise<Response>>()
beforeEach(() => {
  forget()
  asked.mockReset()
  vi.stubGlobal('fetch', asked)
})
afterEach(() => void vi.unstubAllGlobals())

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })

describe('get', () => {
  it('gives back the same object for a 304', async () => {
    asked.mockResolvedValueOnce(json({ a: 1 }, 200, { ETag: '"x"' }))
    asked.mockResolvedValueOnce(new Response(null, { status: 304 }))
    const first = await get('/api/tree')
    expect(await get('/api/tree')).toBe(first)
    expect(asked.mock.calls[1][1].headers).toEqual({ 'If-None-Match': '"x"' })
  })

  it('asks without a tag for what it has not kept', async () => {
    asked.mockImplementation((url) => Promise.resolve(json({ url }, 200, { ETag: url })))
    for (let i = 0; i < 41; i++) await get('/api/node', { path: `p${i}` })
    await get('/api/node', { path: 'p0' })
    expect(asked.mock.lastCall?.[1].headers).toEqual({})
  })
})

describe('send', () => {
  it('carries the CSRF value, and a body as JSON', async () => {
    setCsrf('token')
    asked.mockResolvedValueOnce(json({ ok: true }, 201))
    await send('POST', '/api/node', { path: 'a' })
    expect(asked.mock.lastCall?.[1]).toMatchObject({
      method: 'POST',
      headers: { 'X-CSRF': 'token', 'Content-Type': 'application/json' },
      body: '{"path":"a"}',
    })
  })

  it('gives nothing for a 204', async () => {
    asked.mockResolvedValueOnce(new Response(null, { status: 204 }))
    expect(await send('DELETE', '/api/keys/1')).toBeUndefined()
  })
})

describe('problems', () => {
  it('are errors with their code, hint and field', async () => {
    asked.mockResolvedValueOnce(
      json({ code: 'out_of_range', detail: 'limit is out of range', hint: 'Take less.', field: 'amount' }, 422),
    )
    const error = await get('/api/tree').catch((problem: unknown) => problem)
    expect(error).toMatchObject({ status: 422, code: 'out_of_range', field: 'amount' })
    expect(problemText(error)).toBe('Limit is out of range. Take less.')
  })

  it('are told also when they are no JSON', async () => {
    asked.mockResolvedValueOnce(new Response('<html>', { status: 502 }))
    expect(problemText(await get('/api/tree').catch((problem: unknown) => problem))).toBe('The server answered 502.')
    expect(problemText(new TypeError('fetch failed'))).toBe('The server could not be reached. Nothing was changed.')
  })

  it('end the session with a 401, but not for a wrong password', async () => {
    const signedOut = vi.fn()
    whenSignedOut(signedOut)
    asked.mockResolvedValueOnce(json({ code: 'bad_credentials' }, 401))
    await send('POST', '/api/signin', {}).catch(() => {})
    expect(signedOut).not.toHaveBeenCalled()
    asked.mockResolvedValueOnce(json({ code: 'signed_out' }, 401))
    await get('/api/me').catch(() => {})
    expect(signedOut).toHaveBeenCalledOnce()
  })

  it('tell what is not there', () => {
    expect(isNotFound(new ApiProblem(404, 'not_found', ''))).toBe(true)
    expect(isNotFound(new Error())).toBe(false)
  })
})

it('a query leaves out what is not given', () => {
  expect(withQuery('/api/x', { a: 1, b: '', c: null, d: undefined, e: false })).toBe('/api/x?a=1&e=false')
  expect(withQuery('/api/x')).toBe('/api/x')
})
