// Every call the dashboard makes, by its name in doc/api.md.
import { get, send, withQuery } from './http'
import type { AlertKind, Channel, Delivery, Enforcement, Role } from '../vocabulary'
import type * as T from './types'

export type * from './types'

export interface UsageQuery {
  path?: string
  since?: string
  until?: string
  service?: string
  model?: string
  tag?: string
  [name: string]: string | number | undefined
}

export const api = {
  signupOpen: () => get<{ open: boolean }>('/api/signup'),
  signUp: (body: { account: string; email: string; password: string; name?: string; time_zone?: string }) => send<T.Me>('POST', '/api/signup', body),
  signIn: (body: { email: string; password: string }) => send<T.Me>('POST', '/api/signin', body),
  signOut: () => send<void>('POST', '/api/signout', {}),
  changePassword: (body: { old: string; new: string }) => send<T.Me>('POST', '/api/password', body),
  me: () => get<T.Me>('/api/me'),
  rename: (name: string) => send<T.Me>('PATCH', '/api/me', { name }),
  invitation: (token: string) => get<{ account: string; email: string; role: Role; expires_at: string }>('/api/invitation', { token }),
  join: (body: { token: string; password: string; name?: string }) => send<T.Me>('POST', '/api/join', body),

  tree: () => get<T.Tree>('/api/tree'),
  unplaced: () => get<{ unplaced: T.Unplaced[]; sql: string }>('/api/unplaced'),
  unplacedEvents: (root: string, before?: number | null) => get<{ events: T.UnplacedEvent[]; next: number | null; sql: string }>('/api/unplaced/events', { root, before }),
  replay: (body: { id: number } | { root: string; after?: number }) => send<{ events: T.ReplayedEvent[]; next: number | null }>('POST', '/api/unplaced/replay', body),
  sparks: () => get<T.Sparks>('/api/sparks', { days: 14 }),
  node: (path: string) => get<T.NodeDetail>('/api/node', { path }),
  createNode: (body: { path: string; service?: string; notes?: string; tags?: string[] }) => send<T.NodeDetail>('POST', '/api/node', body),
  changeNode: (body: { path: string; service?: string; notes?: string; tags?: string[] }) => send<T.NodeDetail>('PATCH', '/api/node', body),
  archive: (path: string) => send<T.NodeDetail>('POST', '/api/node/archive', { path }),
  restore: (path: string) => send<T.NodeDetail>('POST', '/api/node/restore', { path }),
  freeze: (path: string, reason: string) => send<T.NodeDetail>('POST', '/api/node/freeze', { path, reason }),
  thaw: (path: string) => send<T.NodeDetail>('POST', '/api/node/thaw', { path }),

  createPolicy: (body: T.NewPolicy) => send<T.Policy>('POST', '/api/policies', body),
  changePolicy: (id: number, body: { amount?: string; enforcement?: Enforcement }) => send<T.Policy>('PATCH', `/api/policies/${id}`, body),
  removePolicy: (id: number) => send<void>('DELETE', `/api/policies/${id}`),
  boost: (body: { policy_id: number; amount: string; until: string }) => send<T.Policy>('POST', '/api/boost', body),
  simulate: (body: T.NewPolicy) => send<T.Simulation>('POST', '/api/simulate', body),

  refusals: (path: string, before?: number | null) => get<{ refusals: T.Refusal[]; next: number | null; sql: string }>('/api/refusals', { path, before }),
  why: (id: number) => get<{ id: number; why: string[]; sql: string }>(`/api/refusals/${id}`),
  reservations: (path: string) => get<{ reservations: T.Reservation[]; sql: string }>('/api/reservations', { path, limit: 100 }),
  audit: (path: string, before?: number | null) => get<{ entries: T.AuditEntry[]; next: number | null; sql: string }>('/api/audit', { path, before }),

  usage: (query: UsageQuery, compare: boolean) => get<T.UsageSummary>('/api/usage', { ...query, compare: compare ? 1 : undefined }),
  series: (query: UsageQuery, step: string, by: string) => get<T.Series>('/api/usage/series', { ...query, step, by }),
  breakdown: (query: UsageQuery, by: string) => get<T.Breakdown>('/api/usage/breakdown', { ...query, by }),
  seriesCsv: (query: UsageQuery, step: string, by: string) => withQuery('/api/usage/series', { ...query, step, by, format: 'csv' }),
  breakdownCsv: (query: UsageQuery, by: string) => withQuery('/api/usage/breakdown', { ...query, by, format: 'csv' }),

  services: () => get<{ services: T.Service[]; sql: string }>('/api/services'),
  createService: (body: { service: string; title?: string }) => send<{ service: string }>('POST', '/api/services', body),
  models: (service: string) => get<{ models: T.Model[]; sql: string }>('/api/models', { service }),
  prices: (service: string, model?: string) => get<{ prices: T.Price[]; sql: string }>('/api/prices', { service, model }),
  setPrice: (body: T.NewPrice) => send<{ version: number }>('POST', '/api/prices', body),
  importPrices: (body: { file: object; valid_from?: string; service?: string; replace?: boolean; dry_run: boolean }) => send<T.ImportResult>('POST', '/api/prices/import', body),
  unpriced: () => get<{ models: T.UnpricedModel[]; sql: string }>('/api/prices/unpriced'),
  reprice: (body: { since: string; until: string; service?: string; model?: string; dry_run: boolean }) => send<T.RepriceResult>('POST', '/api/reprice', body),

  keys: () => get<{ keys: T.ApiKey[]; sql: string }>('/api/keys'),
  createKey: (name: string) => send<{ id: number; name: string; key: string }>('POST', '/api/keys', { name }),
  revokeKey: (id: number) => send<void>('DELETE', `/api/keys/${id}`),

  members: () => get<{ members: T.Member[]; invitations: T.Invitation[] }>('/api/members'),
  invite: (body: { email: string; role: Role }) => send<T.Invitation & { token: string }>('POST', '/api/members', body),
  changeMember: (id: number, role: Role) => send<T.Member>('PATCH', `/api/members/${id}`, { role }),
  removeMember: (id: number) => send<void>('DELETE', `/api/members/${id}`),
  withdrawInvitation: (id: number) => send<void>('DELETE', `/api/invitations/${id}`),
  settings: () => get<T.Settings>('/api/settings'),
  changeSettings: (body: Partial<T.Settings>) => send<T.Settings>('PATCH', '/api/settings', body),
  statements: () => get<{ months: T.StatementMonth[]; sql: string }>('/api/statements'),
  statement: (month: string) => get<T.Statement>(`/api/statements/${month}`),
  statementCsv: (month: string) => `/api/statements/${month}?format=csv`,
  exportUrl: (query: { what: 'config' | 'usage'; since?: string; until?: string }) => withQuery('/api/export', query),

  alerts: (path: string) => get<{ alerts: T.Alert[]; sql: string }>('/api/alerts', { path }),
  createAlert: (body: { policy_id: number; kind: AlertKind; threshold?: string; recipients: string[]; delivery: Delivery }) => send<T.Alert>('POST', '/api/alerts', body),
  changeAlert: (id: number, body: { recipients?: string[]; delivery?: Delivery; muted_until?: string | null }) => send<T.Alert>('PATCH', `/api/alerts/${id}`, body),
  testAlert: (id: number) => send<{ notifications: number }>('POST', '/api/alerts/test', { id }),
  alertLog: (path: string, before?: number | null) => get<{ fired: T.FiredAlert[]; next: number | null; sql: string }>('/api/alerts/log', { path, before, limit: 20 }),
  notifications: (before?: number | null) => get<{ notifications: T.Notification[]; next: number | null; sql: string }>('/api/notifications', { before }),
  resendNotification: (id: number) => send<T.Notification>('POST', '/api/notifications/resend', { id }),
  removeAlert: (id: number) => send<void>('DELETE', `/api/alerts/${id}`),
  confirm: (token: string) => send<{ address: string }>('POST', '/api/confirm', { token }),
  recipients: () => get<{ recipients: T.Recipient[]; sql: string }>('/api/recipients'),
  createRecipient: (body: { channel: Channel; name: string; url?: string }) => send<T.Recipient>('POST', '/api/recipients', body),
  removeRecipient: (id: number) => send<void>('DELETE', `/api/recipients/${id}`),
}
