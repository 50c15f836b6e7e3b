// What the server answers, word for word as doc/api.md has it. Amounts are decimal strings.
import type { Unit } from '../format'
import type { Level } from '../ui/Status'

export type Amount = string
export type Role = 'owner' | 'admin' | 'viewer'
export type Period = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'lifetime'
export type Enforcement = 'open' | 'block' | 'strict' | 'shadow'

export interface Me {
  account: { id: number; name: string; time_zone: string; billing_day: number; week_start: number; usd_per_credit: Amount | null; paths: number; calls: boolean; keys: number }
  member: { id: number; email: string; name: string | null; role: Role }
  csrf: string
  now: string
  version: string
}

export interface Headline {
  policy_id: number
  unit: Unit
  period: Period
  rolling: boolean
  enforcement: Enforcement
  limit: Amount
  used: Amount
  held: Amount
  percent: number
  percent_held: number
  resets_at: string | null
}

export interface TreeNode {
  path: string
  service: string | null
  tags: string[]
  status: Level
  policies: number
  frozen: boolean
  archived: boolean
  headline: Headline | null
  today_usd: Amount
  today_requests: number
}

export interface Unplaced {
  root: string
  events: number
  known_usd: Amount | null
  events_of_unknown_cost: number | null
  reasons: Record<string, number>
  newest_at: string
}
export interface UnplacedEvent {
  id: number
  received_at: string
  code: string
  reason: string
  path: string | null
  known_usd: Amount | null
  known_credits: Amount | null
}
/** Code and reason of a rejected one say why now. */
export interface ReplayedEvent extends UnplacedEvent {
  outcome: 'recorded' | 'rejected'
}

export interface Tree {
  account: string
  paths: number
  nodes: TreeNode[]
  sql: string
}

export interface Sparks {
  days: string[]
  paths: Record<string, { usd: Amount[]; month_usd: Amount }>
}

export interface Usage {
  calls: number
  failed: number
  unpriced: number
  requests: number
  tokens: number
  input_tokens: number
  cached_input_tokens: number
  cache_write_tokens: number
  output_tokens: number
  reasoning_tokens: number
  cost_usd: Amount
  cost_credits: Amount
  usd_per_request: Amount | null
}

export interface Policy {
  id: number
  path: string
  unit: Unit
  period: Period
  rolling: boolean
  service: string | null
  model: string | null
  enforcement: Enforcement
  limit: Amount
  base_limit: Amount
  boost: { amount: Amount; until: string } | null
  used: Amount
  held: Amount
  free: Amount
  percent: number
  percent_held: number
  status: Level
  window_start: string | null
  resets_at: string | null
  pace_per_hour: Amount | null
  projected: Amount | null
  projected_percent: number | null
  trips_at: string | null
  created_at: string
}

export interface NodeDetail {
  path: string
  service: string | null
  notes: string | null
  tags: string[]
  status: Level
  created_at: string
  archived_at: string | null
  archived_by: string | null
  frozen_reason: string | null
  frozen_by: string | null
  policies: Policy[]
  inherited: Policy[]
  children: number
  today: Usage
  month: Usage
  refusals_24h: number
  sql: { policies: string; usage: string }
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

export interface SimulatedWindow {
  start: string
  end: string
  asked: number
  granted: number
  refused: number
  amount_asked: Amount
  amount_granted: Amount
  amount_refused: Amount
  first_refusal_at: string | null
}

export interface Simulation {
  windows: SimulatedWindow[]
  total: Omit<SimulatedWindow, 'start' | 'end'>
  since: string
  until: string
  sql: string
}

export interface Refusal {
  id: number
  minute: string
  reason: string
  source: string
  policy_id: number | null
  policy_path: string | null
  call_path: string | null
  unit: Unit | null
  enforcement: Enforcement | null
  count: number
  asked: Amount | null
  limit: Amount | null
  used: Amount | null
  held: Amount | null
  first_at: string
  last_at: string
}

export interface Reservation {
  id: string
  path: string
  service: string | null
  model: string | null
  at: string
  expires_at: string
  usd: Amount
  credits: Amount
  requests: number
  tokens: number
  steps: number
}

export interface AuditEntry {
  id: number
  at: string
  actor: string
  object: string
  action: string
  path: string | null
  changes: Record<string, [unknown, unknown]>
}

export interface UsageSummary {
  since: string
  until: string
  usage: Usage
  before: { since: string; until: string; usage: Usage } | null
  refusals: number
  refusals_before: number | null
  forecast_month_usd: Amount | null
  month_usd: Amount | null
  sql: string | Record<string, string>
}

export type Measure = 'cost_usd' | 'requests' | 'tokens'
export interface Series {
  steps: string[]
  keys: { key: string | null; cost_usd: Amount[]; cost_credits: Amount[]; requests: number[]; tokens: number[] }[]
  sql: string
}
export type BreakdownRow = Usage & { key: string | null; share: number }
export interface Breakdown {
  rows: BreakdownRow[]
  sql: string
}

export interface Service {
  service: string
  title: string | null
  own: boolean
  models: number
  prices: number
  paths: number
}
export interface Price {
  version: number
  service: string
  model: string | null
  meter: string
  tier: string
  above_tokens: number
  valid_from: string
  valid_until: string | null
  usd: Amount | null
  credits: Amount | null
  own: boolean
}
export interface Model {
  model: string
  own: boolean
  max_input_tokens: number | null
  max_output_tokens: number | null
  deprecated_on: string | null
  prices: Price[]
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
export interface ImportRow {
  service: string
  model: string
  meter: string | null
  tier: string | null
  above_tokens: number | null
  /** In force before; null for none. */
  old_usd: Amount | null
  usd: Amount | null
  action: string
  note: string | null
  key: string
}
export interface ImportResult {
  counts: Record<string, number>
  rows: ImportRow[]
  more: number
}
export interface UnpricedModel {
  service: string
  model: string
  calls: number
  tokens: number
  first_seen: string
  last_seen: string
  has_price_now: boolean
}
interface RepriceAmounts {
  events: number
  changed: number
  old_usd: Amount
  new_usd: Amount
  difference_usd: Amount
}
export interface RepriceResult {
  rows: (RepriceAmounts & { path: string; service: string; model: string })[]
  total: RepriceAmounts
  sql: string
}

export interface ApiKey {
  id: number
  name: string
  created_at: string
  created_by: string
  revoked_at: string | null
  last_used: string | null
}
export interface Member {
  id: number
  email: string
  name: string | null
  role: Role
  created_at: string
  last_seen: string | null
}
export interface Invitation {
  id: number
  email: string
  role: Role
  invited_by: string
  created_at: string
  expires_at: string
}
export interface Settings {
  name: string
  time_zone: string
  billing_day: number
  week_start: number
  usd_per_credit: Amount | null
  contact_name: string | null
  contact_email: string | null
  billing_address: string | null
  on_unknown_path: 'reject' | 'create'
  retention_days: number
  sealed_until: string | null
  mail_statements: boolean
  digest_hour: number
  time_zones: string[]
}
export interface StatementMonth {
  month: string
  since: string
  until: string
  final: boolean
  cost_usd: Amount
  cost_credits: Amount
  requests: number
}
export interface Statement {
  month: string
  since: string
  until: string
  final: boolean
  account: string
  billing_address: string | null
  contact_name: string | null
  lines: (Usage & { path: string; service: string | null; model: string | null })[]
  total: Usage
  sql: string
}

export type AlertKind = 'percent' | 'amount' | 'forecast' | 'refusal'
export type Delivery = 'each' | 'daily' | 'weekly'
export interface Alert {
  id: number
  policy_id: number
  path: string
  kind: AlertKind
  threshold: Amount | null
  delivery: Delivery
  muted_until: string | null
  /** Addresses, names of webhooks, and "contact": the account's own address. */
  recipients: string[]
  last_fired: string | null
}
/** One threshold that was crossed, and what became of its messages. */
export interface FiredAlert {
  id: number
  fired_at: string
  path: string
  policy_id: number
  unit: Unit
  period: Period
  alert_id: number | null
  kind: AlertKind
  percent: Amount | null
  threshold: Amount | null
  used: Amount
  limit: Amount
  state: 'told' | 'muted' | 'waiting' | 'digested'
  sent: number
  pending: number
  dead: number
}
export interface Notification {
  id: number
  created_at: string
  kind: 'alert' | 'test' | 'digest' | 'statement' | 'confirmation'
  channel: Recipient['channel']
  recipient: string
  subject: string
  state: 'pending' | 'sending' | 'sent' | 'dead' | 'cancelled'
  attempts: number
  /** It may have been delivered twice. */
  uncertain: boolean
  ended_at: string | null
  last_error: string | null
  next_try: string | null
}
export interface Recipient {
  id: number
  channel: 'email' | 'webhook' | 'slack'
  name: string
  confirmed_at: string | null
  disabled_at: string | null
  disabled_reason: string | null
  secret?: string
}
