// One way to the server: JSON in, JSON out, problems as errors (RFC 9457).
import type { ErrorCode } from '../vocabulary'

/** What the server says is wrong, as application/problem+json. */
interface Problem {
  code: ErrorCode
  title: string
  detail: string
  hint: string
  field: string
}

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    /** 'error' for what is no problem of ours. */
    readonly code: ErrorCode | 'error',
    message: string,
    readonly hint?: string,
    readonly field?: string,
  ) {
    super(message)
  }
}

export function problemText(error: unknown): string {
  if (error instanceof ApiProblem)
    return error.hint ? `${sentence(error.message)} ${error.hint}` : sentence(error.message)
  return 'The server could not be reached. Nothing was changed.'
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(upper) ? upper : `${upper}.`
}

/** The server knows no such route or thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404
}

let csrf = ''
export function setCsrf(token: string) {
  csrf = token
}

let onSignedOut = () => {}
export function whenSignedOut(handler: () => void) {
  onSignedOut = handler
}

export type Query = Record<string, string | number | boolean | null | undefined>

export function withQuery(path: string, query?: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value != null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

// What the live pages poll is mostly unchanged: the last answer is kept with its ETag,
// and the same object is given back for a 304, so that nothing is drawn again.
const kept = new Map<string, { etag: string; answer: unknown }>()
const KEPT_MAX = 40

export function forget() {
  kept.clear()
}

export async function get<T>(path: string, query?: Query): Promise<T> {
  const url = withQuery(path, query)
  const known = kept.get(url)
  const response = await fetch(url, { headers: known ? { 'If-None-Match': known.etag } : {}, cache: 'no-store' })
  if (response.status === 304 && known) return known.answer as T
  const answer = await read<T>(response)
  const etag = response.headers.get('ETag')
  kept.delete(url)
  if (etag) kept.set(url, { etag, answer })
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value as string)
  return answer
}

export async function send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { 'X-CSRF': csrf }
  if (body) headers['Content-Type'] = 'application/json'
  return read<T>(await fetch(path, { method, headers, body: body && JSON.stringify(body) }))
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T
  const body = (await response.json().catch(() => null)) as unknown
  if (response.ok) return body as T
  const problem = (body ?? {}) as Partial<Problem>
  if (response.status === 401 && problem.code !== 'bad_credentials') onSignedOut()
  throw new ApiProblem(
    response.status,
    problem.code ?? 'error',
    problem.detail ?? problem.title ?? `the server answered ${response.status}`,
    problem.hint,
    problem.field,
  )
}
