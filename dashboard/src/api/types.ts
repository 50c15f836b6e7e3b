// Made by tests/test_api_types.py --write from quotakit._api_routes() and _api_shapes(): change those.
import type {
  AlertKind,
  AuditAction,
  Channel,
  Delivery,
  Enforcement,
  FiredState,
  ImportAction,
  NotificationKind,
  NotificationState,
  Period,
  RefusalReason,
  RefusalSource,
  Role,
  Status,
  Unit,
  UnknownPathChoice,
} from '../vocabulary'

export type Amount = string

export type Time = string

export type Day = string

export type Month = string

export interface Me {
  account: {
    id: number
    name: string
    time_zone: string
    billing_day: number
    week_start: number
    usd_per_credit: Amount | null
    paths: number
    calls: boolean
    keys: number
  }
  member: {
    id: number
    email: string
    name: string | null
    role: Role
  }
  csrf: string
  now: Time
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
  resets_at: Time | null
}

export interface TreeNode {
  path: string
  service: string | null
  tags: string[]
  status: Status
  policies: number
  frozen: boolean
  archived: boolean
  headline: Headline | null
  today_usd: Amount
  today_requests: number
}

export interface Tree {
  account: string
  paths: number
  nodes: TreeNode[]
  sql: string
}

export interface Sparks {
  days: Day[]
  paths: Record<string, {
    usd: Amount[]
    month_usd: Amount
  }>
  sql: string
}

export interface Unplaced {
  root: string
  events: number
  known_usd: Amount | null
  known_credits: Amount | null
  events_of_unknown_cost: number | null
  reasons: Record<string, number>
  oldest_at: Time
  newest_at: Time
}

export interface UnplacedEvent {
  id: number
  received_at: Time
  code: string
  reason: string
  path: string | null
  known_usd: Amount | null
  known_credits: Amount | null
}

export type ReplayedEvent = UnplacedEvent & {
  outcome: 'recorded' | 'rejected'
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
  boost: {
    amount: Amount
    until: Time
  } | null
  used: Amount
  held: Amount
  free: Amount
  percent: number
  status: Status
  window_start: Time | null
  resets_at: Time | null
  pace_per_hour: Amount | null
  projected: Amount | null
  projected_percent: number | null
  trips_at: Time | null
  created_at: Time
}

export interface NodeDetail {
  path: string
  service: string | null
  notes: string | null
  tags: string[]
  status: Status
  created_at: Time
  archived_at: Time | null
  archived_by: string | null
  frozen_reason: string | null
  frozen_by: string | null
  policies: Policy[]
  inherited: Policy[]
  children: number
  today: Usage
  month: Usage
  refusals_24h: number
  sql: {
    policies: string
    usage: string
  }
}

export interface SimulatedCalls {
  asked: number
  granted: number
  refused: number
  amount_asked: Amount
  amount_granted: Amount
  amount_refused: Amount
  first_refusal_at: Time | null
}

export type SimulatedWindow = SimulatedCalls & {
  start: Time
  end: Time
}

export interface Simulation {
  windows: SimulatedWindow[]
  total: SimulatedCalls & {
    windows: number
    windows_refused: number
  }
  since: Time
  until: Time
  sql: string
}

export interface Explained {
  path: string
  policy_id: number | null
  unit: Unit | null
  period: Period | null
  rolling: boolean | null
  enforcement: string
  limit: Amount | null
  used: Amount | null
  held: Amount | null
  asked: Amount | null
  headroom: Amount | null
  exceeds: boolean | null
  would_refuse: boolean
  first_to_trip: boolean | null
  resets_at: Time | null
}

export interface Refusal {
  id: number
  minute: Time
  reason: RefusalReason
  source: RefusalSource
  policy_id: number | null
  policy_path: string | null
  call_path: string | null
  unit: Unit | null
  period: Period | null
  enforcement: Enforcement | null
  count: number
  asked: Amount | null
  limit: Amount | null
  used: Amount | null
  held: Amount | null
  first_at: Time
  last_at: Time
}

export interface Reservation {
  id: string
  path: string
  service: string | null
  model: string | null
  at: Time
  expires_at: Time
  usd: Amount
  credits: Amount
  requests: number
  tokens: number
  steps: number
}

export interface AuditEntry {
  id: number
  at: Time
  actor: string
  object: string
  action: AuditAction
  path: string | null
  changes: Record<string, [unknown, unknown]>
}

export interface UsageSummary {
  since: Time
  until: Time
  usage: Usage
  before: {
    since: Time
    until: Time
    usage: Usage
  } | null
  refusals: number
  refusals_before: number | null
  forecast_month_usd: Amount | null
  month_usd: Amount | null
  sql: {
    usage: string
    refusals: string
    forecast: string
  }
}

export interface Series {
  steps: Time[]
  keys: {
    key: string | null
    cost_usd: Amount[]
    cost_credits: Amount[]
    requests: number[]
    tokens: number[]
  }[]
  sql: string
}

export type BreakdownRow = Usage & {
  key: string | null
  share: number
}

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
  valid_from: Time | null
  valid_until: Time | null
  usd: Amount | null
  credits: Amount | null
  own: boolean
}

export interface Model {
  model: string
  own: boolean
  max_input_tokens: number | null
  max_output_tokens: number | null
  deprecated_on: Day | null
  prices: Price[]
}

export interface ImportRow {
  service: string
  model: string
  meter: string | null
  tier: string | null
  above_tokens: number | null
  old_usd: Amount | null
  usd: Amount | null
  action: ImportAction
  note: string | null
  key: string
}

export interface ImportResult {
  counts: Partial<Record<ImportAction, number>>
  rows: ImportRow[]
  more: number
}

export interface UnpricedModel {
  service: string
  model: string
  calls: number
  tokens: number
  first_seen: Time
  last_seen: Time
  has_price_now: boolean
}

export interface RepriceAmounts {
  events: number
  changed: number
  old_usd: Amount
  new_usd: Amount
  difference_usd: Amount
  difference_credits: Amount
}

export type RepriceRow = RepriceAmounts & {
  path: string
  service: string
  model: string
  old_credits: Amount
  new_credits: Amount
}

export interface RepriceResult {
  rows: RepriceRow[]
  total: RepriceAmounts
  sql: string
}

export interface ApiKey {
  id: number
  name: string
  created_at: Time
  created_by: string
  revoked_at: Time | null
  last_used: Time | null
}

export interface Member {
  id: number
  email: string
  name: string | null
  role: Role
  created_at: Time
  last_seen: Time | null
}

export interface Invitation {
  id: number
  email: string
  role: Role
  invited_by: string
  created_at: Time
  expires_at: Time
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
  on_unknown_path: UnknownPathChoice
  retention_days: number
  sealed_until: Time | null
  mail_statements: boolean
  digest_hour: number
  time_zones: string[]
  sql: string
}

export interface StatementMonth {
  month: Month
  since: Time
  until: Time
  final: boolean
  cost_usd: Amount
  cost_credits: Amount
  requests: number
}

export interface Statement {
  month: Month
  since: Time
  until: Time
  final: boolean
  account: string
  billing_address: string | null
  contact_name: string | null
  lines: (Usage & {
    path: string
    service: string | null
    model: string | null
  })[]
  total: Usage
  sql: string
}

export interface Alert {
  id: number
  policy_id: number
  path: string
  unit: Unit
  period: Period
  rolling: boolean
  kind: AlertKind
  threshold: Amount | null
  delivery: Delivery
  muted_until: Time | null
  recipients: string[]
  last_fired: Time | null
}

export interface FiredAlert {
  id: number
  fired_at: Time
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
  state: FiredState
  sent: number
  pending: number
  dead: number
}

export interface Notification {
  id: number
  created_at: Time
  kind: NotificationKind
  channel: Channel
  recipient: string
  subject: string
  state: NotificationState
  attempts: number
  uncertain: boolean
  ended_at: Time | null
  last_error: string | null
  next_try: Time | null
}

export interface Recipient {
  id: number
  channel: Channel
  name: string
  host: string | null
  confirmed_at: Time | null
  disabled_at: Time | null
  disabled_reason: string | null
  secret?: string
}

/** What a field of a query or a body may be given. */
export type Given = string | number | boolean | object | null | undefined

/** Every route: its answer, and the fields of its query and its body. */
export interface Routes {
  'GET /api/signup': {
    answer: {
      open: boolean
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/signup': {
    answer: Me
    query: Record<string, never>
    body: { account: Given; email: Given; password: Given; name?: Given; time_zone?: Given }
  }
  'POST /api/signin': {
    answer: Me
    query: Record<string, never>
    body: { email: Given; password: Given }
  }
  'POST /api/signout': {
    answer: void
    query: Record<string, never>
    body: { everywhere?: Given }
  }
  'POST /api/password': {
    answer: Me
    query: Record<string, never>
    body: { old: Given; new: Given }
  }
  'GET /api/me': {
    answer: Me
    query: Record<string, never>
    body: Record<string, never>
  }
  'PATCH /api/me': {
    answer: Me
    query: Record<string, never>
    body: { name?: Given }
  }
  'GET /api/invitation': {
    answer: {
      account: string
      email: string
      role: Role
      expires_at: Time
    }
    query: { token: Given }
    body: Record<string, never>
  }
  'POST /api/join': {
    answer: Me
    query: Record<string, never>
    body: { token: Given; password: Given; name?: Given }
  }
  'GET /api/tree': {
    answer: Tree
    query: Record<string, never>
    body: Record<string, never>
  }
  'GET /api/unplaced': {
    answer: {
      unplaced: Unplaced[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'GET /api/unplaced/events': {
    answer: {
      events: UnplacedEvent[]
      next: number | null
      sql: string
    }
    query: { root?: Given; before?: Given; limit?: Given }
    body: Record<string, never>
  }
  'POST /api/unplaced/replay': {
    answer: {
      events: ReplayedEvent[]
      next: number | null
    }
    query: Record<string, never>
    body: { id?: Given; root?: Given; after?: Given }
  }
  'GET /api/sparks': {
    answer: Sparks
    query: { days?: Given }
    body: Record<string, never>
  }
  'GET /api/node': {
    answer: NodeDetail
    query: { path: Given }
    body: Record<string, never>
  }
  'POST /api/node': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given; service?: Given; notes?: Given; tags?: Given }
  }
  'PATCH /api/node': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given; service?: Given; notes?: Given; tags?: Given }
  }
  'POST /api/node/archive': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given }
  }
  'POST /api/node/restore': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given }
  }
  'POST /api/node/freeze': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given; reason: Given }
  }
  'POST /api/node/thaw': {
    answer: NodeDetail
    query: Record<string, never>
    body: { path: Given }
  }
  'GET /api/policies': {
    answer: {
      policies: Policy[]
      sql: string
    }
    query: { path?: Given }
    body: Record<string, never>
  }
  'GET /api/policies/{id}': {
    answer: Policy
    query: { id?: Given }
    body: Record<string, never>
  }
  'POST /api/policies': {
    answer: Policy
    query: Record<string, never>
    body: { path: Given; amount: Given; unit?: Given; period?: Given; rolling?: Given; service?: Given; model?: Given; enforcement?: Given }
  }
  'PATCH /api/policies/{id}': {
    answer: Policy
    query: { id?: Given }
    body: { amount?: Given; enforcement?: Given }
  }
  'DELETE /api/policies/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'POST /api/boost': {
    answer: Policy
    query: Record<string, never>
    body: { policy_id: Given; amount: Given; until?: Given }
  }
  'POST /api/simulate': {
    answer: Simulation
    query: Record<string, never>
    body: { path: Given; amount: Given; unit?: Given; period?: Given; rolling?: Given; service?: Given; model?: Given; enforcement?: Given; since?: Given; until?: Given }
  }
  'GET /api/explain': {
    answer: {
      policies: Explained[]
      sql: string
    }
    query: { path: Given; model?: Given; usd?: Given; requests?: Given; tokens?: Given; credits?: Given }
    body: Record<string, never>
  }
  'GET /api/refusals': {
    answer: {
      refusals: Refusal[]
      next: number | null
      sql: string
    }
    query: { path?: Given; before?: Given; limit?: Given }
    body: Record<string, never>
  }
  'GET /api/refusals/{id}': {
    answer: {
      id: number
      why: string[]
      sql: string
    }
    query: { id?: Given }
    body: Record<string, never>
  }
  'GET /api/reservations': {
    answer: {
      reservations: Reservation[]
      sql: string
    }
    query: { path?: Given; limit?: Given }
    body: Record<string, never>
  }
  'GET /api/audit': {
    answer: {
      entries: AuditEntry[]
      next: number | null
      sql: string
    }
    query: { path?: Given; before?: Given; limit?: Given }
    body: Record<string, never>
  }
  'GET /api/usage': {
    answer: UsageSummary
    query: { path?: Given; since: Given; until?: Given; service?: Given; model?: Given; tag?: Given; compare?: Given }
    body: Record<string, never>
  }
  'GET /api/usage/series': {
    answer: Series
    query: { path?: Given; since: Given; until?: Given; service?: Given; model?: Given; tag?: Given; step: Given; by?: Given; format?: Given }
    body: Record<string, never>
  }
  'GET /api/usage/breakdown': {
    answer: Breakdown
    query: { path?: Given; since: Given; until?: Given; service?: Given; model?: Given; tag?: Given; by: Given; format?: Given }
    body: Record<string, never>
  }
  'GET /api/services': {
    answer: {
      services: Service[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/services': {
    answer: {
      service: string
      title: string | null
    }
    query: Record<string, never>
    body: { service: Given; title?: Given }
  }
  'GET /api/models': {
    answer: {
      models: Model[]
      sql: string
    }
    query: { service: Given }
    body: Record<string, never>
  }
  'POST /api/models': {
    answer: {
      service: string
      model: string
    }
    query: Record<string, never>
    body: { service: Given; model: Given; max_input_tokens?: Given; max_output_tokens?: Given }
  }
  'GET /api/prices': {
    answer: {
      prices: Price[]
      sql: string
    }
    query: { service: Given; model?: Given }
    body: Record<string, never>
  }
  'POST /api/prices': {
    answer: {
      version: number
    }
    query: Record<string, never>
    body: { service: Given; model?: Given; meter: Given; usd?: Given; credits?: Given; tier?: Given; above_tokens?: Given; valid_from?: Given; replace?: Given }
  }
  'POST /api/prices/import': {
    answer: ImportResult
    query: Record<string, never>
    body: { file: Given; valid_from?: Given; service?: Given; replace?: Given; dry_run?: Given }
  }
  'GET /api/prices/unpriced': {
    answer: {
      models: UnpricedModel[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/reprice': {
    answer: RepriceResult
    query: Record<string, never>
    body: { since: Given; until: Given; service?: Given; model?: Given; dry_run?: Given }
  }
  'GET /api/keys': {
    answer: {
      keys: ApiKey[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/keys': {
    answer: {
      id: number
      name: string
      key: string
    }
    query: Record<string, never>
    body: { name: Given }
  }
  'DELETE /api/keys/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'GET /api/members': {
    answer: {
      members: Member[]
      invitations: Invitation[]
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/members': {
    answer: {
      id: number
      email: string
      role: Role
      token: string
      expires_at: Time
    }
    query: Record<string, never>
    body: { email: Given; role: Given }
  }
  'PATCH /api/members/{id}': {
    answer: Member
    query: { id?: Given }
    body: { role: Given }
  }
  'DELETE /api/members/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'DELETE /api/invitations/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'GET /api/alerts': {
    answer: {
      alerts: Alert[]
      sql: string
    }
    query: { path?: Given; policy_id?: Given }
    body: Record<string, never>
  }
  'POST /api/alerts': {
    answer: Alert
    query: Record<string, never>
    body: { policy_id: Given; kind: Given; threshold?: Given; recipients?: Given; delivery?: Given }
  }
  'PATCH /api/alerts/{id}': {
    answer: Alert
    query: { id?: Given }
    body: { recipients?: Given; delivery?: Given; muted_until?: Given }
  }
  'DELETE /api/alerts/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'POST /api/alerts/test': {
    answer: {
      notifications: number
    }
    query: Record<string, never>
    body: { id: Given }
  }
  'GET /api/alerts/log': {
    answer: {
      fired: FiredAlert[]
      next: number | null
      sql: string
    }
    query: { path?: Given; before?: Given; limit?: Given }
    body: Record<string, never>
  }
  'GET /api/recipients': {
    answer: {
      recipients: Recipient[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'POST /api/recipients': {
    answer: Recipient
    query: Record<string, never>
    body: { channel: Given; name: Given; url?: Given }
  }
  'DELETE /api/recipients/{id}': {
    answer: void
    query: { id?: Given }
    body: Record<string, never>
  }
  'POST /api/confirm': {
    answer: {
      address: string
    }
    query: Record<string, never>
    body: { token: Given }
  }
  'GET /api/notifications': {
    answer: {
      notifications: Notification[]
      next: number | null
      sql: string
    }
    query: { before?: Given; limit?: Given }
    body: Record<string, never>
  }
  'POST /api/notifications/resend': {
    answer: Notification
    query: Record<string, never>
    body: { id: Given }
  }
  'GET /api/settings': {
    answer: Settings
    query: Record<string, never>
    body: Record<string, never>
  }
  'PATCH /api/settings': {
    answer: Settings
    query: Record<string, never>
    body: { name?: Given; time_zone?: Given; billing_day?: Given; week_start?: Given; usd_per_credit?: Given; contact_name?: Given; contact_email?: Given; billing_address?: Given; on_unknown_path?: Given; retention_days?: Given; mail_statements?: Given; digest_hour?: Given }
  }
  'GET /api/statements': {
    answer: {
      months: StatementMonth[]
      sql: string
    }
    query: Record<string, never>
    body: Record<string, never>
  }
  'GET /api/statements/{month}': {
    answer: Statement
    query: { month?: Given; format?: Given }
    body: Record<string, never>
  }
  'GET /api/export': {
    answer: Record<string, unknown>
    query: { what: Given; since?: Given; until?: Given }
    body: Record<string, never>
  }
}
