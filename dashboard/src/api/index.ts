// Every call the dashboard makes, by its name in doc/api.md. Routes, fields and answers are held to the server's table.
import type { AlertKind, Channel, Delivery, Enforcement, Period, Role, Unit } from '../vocabulary'
import { type Query, get as read, send as write, withQuery } from './http'
import type { Routes } from './routes'
import type { Settings } from './types'

export type * from './types'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type RouteOf<M extends Method> = { [K in keyof Routes]: K extends `${M} ${infer R}` ? R : never }[keyof Routes]
type Row<M extends Method, R extends RouteOf<M>> = Routes[`${M} ${R}` & keyof Routes]

/** The URL of a route: {id} and {month} are fields of the query that stand in the path. */
function address(route: string, query: object = {}): string {
  const rest: Query = { ...query }
  const path = route.replace(/\{(\w+)\}/, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return withQuery(path, rest)
}

/** Fields that the route has, and no others. */
type Only<T, Fields> = T & Record<Exclude<keyof T, keyof Fields>, never>

function get<R extends RouteOf<'GET'>, Q extends Row<'GET', R>['query']>(
  route: R,
  query?: Only<Q, Row<'GET', R>['query']>,
) {
  return read<Row<'GET', R>['answer']>(address(route, query))
}

function send<M extends Exclude<Method, 'GET'>, R extends RouteOf<M>, B extends Row<M, R>['body']>(
  method: M,
  route: R,
  body?: Only<B, Row<M, R>['body']> | null,
  query?: Row<M, R>['query'],
) {
  return write<Row<M, R>['answer']>(method, address(route, query), body ?? undefined)
}

export interface UsageQuery {
  path?: string
  since: string
  until?: string
  service?: string
  model?: string
  tag?: string
}

export interface NewPolicy {
  path: string
  amount: string
  unit: Unit
  period: Period
  rolling: boolean
  service: string | null
  model: string | null
  enforcement: Enforcement
}

export interface NewPrice {
  service: string
  model?: string
  meter: string
  usd?: string
  credits?: string
  tier?: string
  above_tokens?: number
  valid_from?: string
  replace?: boolean
}

export const api = {
  signupOpen: () => get('/api/signup'),
  signUp: (body: { account: string; email: string; password: string; name?: string; time_zone?: string }) =>
    send('POST', '/api/signup', body),
  signIn: (body: { email: string; password: string }) => send('POST', '/api/signin', body),
  signOut: () => send('POST', '/api/signout', {}),
  changePassword: (body: { old: string; new: string }) => send('POST', '/api/password', body),
  me: () => get('/api/me'),
  rename: (name: string) => send('PATCH', '/api/me', { name }),
  invitation: (token: string) => get('/api/invitation', { token }),
  join: (body: { token: string; password: string; name?: string }) => send('POST', '/api/join', body),

  tree: () => get('/api/tree'),
  unplaced: () => get('/api/unplaced'),
  unplacedEvents: (root: string, before?: number | null) => get('/api/unplaced/events', { root, before }),
  replay: (body: { id?: number; root?: string; after?: number }) => send('POST', '/api/unplaced/replay', body),
  sparks: () => get('/api/sparks', { days: 14 }),
  node: (path: string) => get('/api/node', { path }),
  createNode: (body: { path: string; service?: string; notes?: string; tags?: string[] }) =>
    send('POST', '/api/node', body),
  changeNode: (body: { path: string; service?: string; notes?: string; tags?: string[] }) =>
    send('PATCH', '/api/node', body),
  archive: (path: string) => send('POST', '/api/node/archive', { path }),
  restore: (path: string) => send('POST', '/api/node/restore', { path }),
  freeze: (path: string, reason: string) => send('POST', '/api/node/freeze', { path, reason }),
  thaw: (path: string) => send('POST', '/api/node/thaw', { path }),

  createPolicy: (body: NewPolicy) => send('POST', '/api/policies', body),
  changePolicy: (id: number, body: { amount?: string; enforcement?: Enforcement }) =>
    send('PATCH', '/api/policies/{id}', body, { id }),
  removePolicy: (id: number) => send('DELETE', '/api/policies/{id}', null, { id }),
  boost: (body: { policy_id: number; amount: string; until: string }) => send('POST', '/api/boost', body),
  simulate: (body: NewPolicy) => send('POST', '/api/simulate', body),

  refusals: (path: string, before?: number | null) => get('/api/refusals', { path, before }),
  why: (id: number) => get('/api/refusals/{id}', { id }),
  reservations: (path: string) => get('/api/reservations', { path, limit: 100 }),
  audit: (path: string, before?: number | null) => get('/api/audit', { path, before }),

  usage: (query: UsageQuery, compare: boolean) => get('/api/usage', { ...query, compare: compare ? 1 : undefined }),
  series: (query: UsageQuery, step: string, by: string) => get('/api/usage/series', { ...query, step, by }),
  breakdown: (query: UsageQuery, by: string) => get('/api/usage/breakdown', { ...query, by }),
  seriesCsv: (query: UsageQuery, step: string, by: string) =>
    address('/api/usage/series', { ...query, step, by, format: 'csv' }),
  breakdownCsv: (query: UsageQuery, by: string) => address('/api/usage/breakdown', { ...query, by, format: 'csv' }),

  reconciliation: (query: Pick<UsageQuery, 'since' | 'until' | 'service' | 'model'>) =>
    get('/api/reconciliation', { ...query }),

  services: () => get('/api/services'),
  createService: (body: { service: string; title?: string }) => send('POST', '/api/services', body),
  models: (service: string) => get('/api/models', { service }),
  prices: (service: string, model?: string) => get('/api/prices', { service, model }),
  setPrice: (body: NewPrice) => send('POST', '/api/prices', body),
  importPrices: (body: { file: object; valid_from?: string; service?: string; replace?: boolean; dry_run: boolean }) =>
    send('POST', '/api/prices/import', body),
  unpriced: () => get('/api/prices/unpriced'),
  reprice: (body: { since: string; until: string; service?: string; model?: string; dry_run: boolean }) =>
    send('POST', '/api/reprice', body),

  keys: () => get('/api/keys'),
  createKey: (name: string) => send('POST', '/api/keys', { name }),
  revokeKey: (id: number) => send('DELETE', '/api/keys/{id}', null, { id }),

  members: () => get('/api/members'),
  invite: (body: { email: string; role: Role }) => send('POST', '/api/members', body),
  changeMember: (id: number, role: Role) => send('PATCH', '/api/members/{id}', { role }, { id }),
  removeMember: (id: number) => send('DELETE', '/api/members/{id}', null, { id }),
  withdrawInvitation: (id: number) => send('DELETE', '/api/invitations/{id}', null, { id }),
  settings: () => get('/api/settings'),
  changeSettings: (body: Partial<Omit<Settings, 'sealed_until' | 'time_zones' | 'sql'>>) =>
    send('PATCH', '/api/settings', body),
  statements: () => get('/api/statements'),
  statement: (month: string) => get('/api/statements/{month}', { month }),
  statementCsv: (month: string) => address('/api/statements/{month}', { month, format: 'csv' }),
  exportUrl: (query: { what: 'config' | 'usage'; since?: string; until?: string }) => address('/api/export', query),

  alerts: (path: string) => get('/api/alerts', { path }),
  createAlert: (body: {
    policy_id: number
    kind: AlertKind
    threshold?: string
    recipients: string[]
    delivery: Delivery
  }) => send('POST', '/api/alerts', body),
  changeAlert: (id: number, body: { recipients?: string[]; delivery?: Delivery; muted_until?: string | null }) =>
    send('PATCH', '/api/alerts/{id}', body, { id }),
  testAlert: (id: number) => send('POST', '/api/alerts/test', { id }),
  alertLog: (path: string, before?: number | null) => get('/api/alerts/log', { path, before, limit: 20 }),
  notifications: (before?: number | null) => get('/api/notifications', { before }),
  resendNotification: (id: number) => send('POST', '/api/notifications/resend', { id }),
  removeAlert: (id: number) => send('DELETE', '/api/alerts/{id}', null, { id }),
  confirm: (token: string) => send('POST', '/api/confirm', { token }),
  recipients: () => get('/api/recipients'),
  createRecipient: (body: { channel: Channel; name: string; url?: string }) => send('POST', '/api/recipients', body),
  removeRecipient: (id: number) => send('DELETE', '/api/recipients/{id}', null, { id }),
}
