// Made by tests/test_api_types.py --write from quotakit._api_routes(): change that.
import type {
  Role,
} from '../vocabulary'
import type {
  Alert,
  Amount,
  ApiKey,
  AuditEntry,
  Breakdown,
  Day,
  Explained,
  FiredAlert,
  ImportResult,
  Invitation,
  Me,
  Member,
  Model,
  NodeDetail,
  Notification,
  Policy,
  Price,
  Recipient,
  Reconciliation,
  Refusal,
  ReplayedEvent,
  RepriceResult,
  Reservation,
  Series,
  Service,
  Settings,
  Simulation,
  Sparks,
  Statement,
  StatementMonth,
  Time,
  Tree,
  Unplaced,
  UnplacedEvent,
  UnpricedModel,
  UsageSummary,
} from './types'

/** What a field of a query or a body may be given. */
export type Given = string | number | boolean | object | null | undefined
export type None = Record<string, never>

/** Every route: its answer, and the fields of its query and its body. */
export interface Routes {
  'GET /api/signup': { answer: { open: boolean }; query: None; body: None }
  'POST /api/signup': {
    answer: Me
    query: None
    body: { account: Given; email: Given; password: Given; name?: Given; time_zone?: Given }
  }
  'POST /api/signin': { answer: Me; query: None; body: { email: Given; password: Given } }
  'POST /api/signout': { answer: void; query: None; body: { everywhere?: Given } }
  'POST /api/password': { answer: Me; query: None; body: { old: Given; new: Given } }
  'GET /api/me': { answer: Me; query: None; body: None }
  'PATCH /api/me': { answer: Me; query: None; body: { name?: Given } }
  'GET /api/invitation': {
    answer: { account: string; email: string; role: Role; expires_at: Time }
    query: { token: Given }
    body: None
  }
  'POST /api/join': { answer: Me; query: None; body: { token: Given; password: Given; name?: Given } }
  'GET /api/tree': { answer: Tree; query: None; body: None }
  'GET /api/unplaced': { answer: { unplaced: Unplaced[]; sql: string }; query: None; body: None }
  'GET /api/unplaced/events': {
    answer: { events: UnplacedEvent[]; next: number | null; sql: string }
    query: { root?: Given; before?: Given; limit?: Given }
    body: None
  }
  'POST /api/unplaced/replay': {
    answer: { events: ReplayedEvent[]; next: number | null }
    query: None
    body: { id?: Given; root?: Given; after?: Given }
  }
  'GET /api/sparks': { answer: Sparks; query: { days?: Given }; body: None }
  'GET /api/node': { answer: NodeDetail; query: { path: Given }; body: None }
  'POST /api/node': {
    answer: NodeDetail
    query: None
    body: { path: Given; service?: Given; notes?: Given; tags?: Given }
  }
  'PATCH /api/node': {
    answer: NodeDetail
    query: None
    body: { path: Given; service?: Given; notes?: Given; tags?: Given }
  }
  'POST /api/node/archive': { answer: NodeDetail; query: None; body: { path: Given } }
  'POST /api/node/restore': { answer: NodeDetail; query: None; body: { path: Given } }
  'POST /api/node/freeze': { answer: NodeDetail; query: None; body: { path: Given; reason: Given } }
  'POST /api/node/thaw': { answer: NodeDetail; query: None; body: { path: Given } }
  'GET /api/policies': { answer: { policies: Policy[]; sql: string }; query: { path?: Given }; body: None }
  'GET /api/policies/{id}': { answer: Policy; query: { id?: Given }; body: None }
  'POST /api/policies': {
    answer: Policy
    query: None
    body: {
      path: Given
      amount: Given
      unit?: Given
      period?: Given
      rolling?: Given
      service?: Given
      model?: Given
      enforcement?: Given
    }
  }
  'PATCH /api/policies/{id}': {
    answer: Policy
    query: { id?: Given }
    body: { amount?: Given; enforcement?: Given }
  }
  'DELETE /api/policies/{id}': { answer: void; query: { id?: Given }; body: None }
  'POST /api/boost': { answer: Policy; query: None; body: { policy_id: Given; amount: Given; until?: Given } }
  'POST /api/simulate': {
    answer: Simulation
    query: None
    body: {
      path: Given
      amount: Given
      unit?: Given
      period?: Given
      rolling?: Given
      service?: Given
      model?: Given
      enforcement?: Given
      since?: Given
      until?: Given
    }
  }
  'GET /api/explain': {
    answer: { policies: Explained[]; sql: string }
    query: { path: Given; model?: Given; usd?: Given; requests?: Given; tokens?: Given; credits?: Given }
    body: None
  }
  'GET /api/refusals': {
    answer: { refusals: Refusal[]; next: number | null; sql: string }
    query: { path?: Given; before?: Given; limit?: Given }
    body: None
  }
  'GET /api/refusals/{id}': {
    answer: { id: number; why: string[]; sql: string }
    query: { id?: Given }
    body: None
  }
  'GET /api/reservations': {
    answer: { reservations: Reservation[]; sql: string }
    query: { path?: Given; limit?: Given }
    body: None
  }
  'GET /api/audit': {
    answer: { entries: AuditEntry[]; next: number | null; sql: string }
    query: { path?: Given; before?: Given; limit?: Given }
    body: None
  }
  'GET /api/usage': {
    answer: UsageSummary
    query: {
      path?: Given
      since: Given
      until?: Given
      service?: Given
      model?: Given
      tag?: Given
      compare?: Given
    }
    body: None
  }
  'GET /api/usage/series': {
    answer: Series
    query: {
      path?: Given
      since: Given
      until?: Given
      service?: Given
      model?: Given
      tag?: Given
      step: Given
      by?: Given
      format?: Given
    }
    body: None
  }
  'GET /api/usage/breakdown': {
    answer: Breakdown
    query: {
      path?: Given
      since: Given
      until?: Given
      service?: Given
      model?: Given
      tag?: Given
      by: Given
      format?: Given
    }
    body: None
  }
  'GET /api/reconciliation': {
    answer: Reconciliation
    query: { since: Given; until?: Given; service?: Given; model?: Given }
    body: None
  }
  'POST /api/bills': {
    answer: {
      buckets: {
        action: 'new' | 'same' | 'replaced' | 'not understood'
        source: string | null
        bucket_start: Time | null
        bucket_end: Time | null
        lines: number | null
        billed_usd: Amount | null
        before_usd: Amount | null
        tokens: number | null
        note: string | null
      }[]
    }
    query: None
    body: { service: Given; bill: Given; organization?: Given }
  }
  'POST /api/bills/book': {
    answer: {
      bookings: {
        day: Day
        service: string
        model: string
        outcome: 'booked' | 'would be booked' | 'left'
        usd: Amount
        event_id: string | null
        note: string | null
      }[]
    }
    query: None
    body: { path: Given; since: Given; until?: Given; model?: Given; dry_run?: Given }
  }
  'POST /api/refunds': {
    answer: {
      outcome: 'recorded' | 'duplicate'
      id: string
      usd: Amount
      credits: Amount
      left_usd: Amount
      left_credits: Amount
    }
    query: None
    body: { event: Given; amount?: Given; share?: Given; credits?: Given; reason: Given; id?: Given }
  }
  'GET /api/services': { answer: { services: Service[]; sql: string }; query: None; body: None }
  'POST /api/services': {
    answer: { service: string; title: string | null }
    query: None
    body: { service: Given; title?: Given }
  }
  'GET /api/models': { answer: { models: Model[]; sql: string }; query: { service: Given }; body: None }
  'POST /api/models': {
    answer: { service: string; model: string }
    query: None
    body: { service: Given; model: Given; max_input_tokens?: Given; max_output_tokens?: Given }
  }
  'GET /api/prices': {
    answer: { prices: Price[]; sql: string }
    query: { service: Given; model?: Given }
    body: None
  }
  'POST /api/prices': {
    answer: { version: number }
    query: None
    body: {
      service: Given
      model?: Given
      meter: Given
      usd?: Given
      credits?: Given
      tier?: Given
      above_tokens?: Given
      valid_from?: Given
      replace?: Given
    }
  }
  'POST /api/prices/import': {
    answer: ImportResult
    query: None
    body: { file: Given; valid_from?: Given; service?: Given; replace?: Given; dry_run?: Given }
  }
  'GET /api/prices/unpriced': { answer: { models: UnpricedModel[]; sql: string }; query: None; body: None }
  'POST /api/reprice': {
    answer: RepriceResult
    query: None
    body: { since: Given; until: Given; service?: Given; model?: Given; dry_run?: Given }
  }
  'GET /api/keys': { answer: { keys: ApiKey[]; sql: string }; query: None; body: None }
  'POST /api/keys': { answer: { id: number; name: string; key: string }; query: None; body: { name: Given } }
  'DELETE /api/keys/{id}': { answer: void; query: { id?: Given }; body: None }
  'GET /api/members': { answer: { members: Member[]; invitations: Invitation[] }; query: None; body: None }
  'POST /api/members': {
    answer: { id: number; email: string; role: Role; token: string; expires_at: Time }
    query: None
    body: { email: Given; role: Given }
  }
  'PATCH /api/members/{id}': { answer: Member; query: { id?: Given }; body: { role: Given } }
  'DELETE /api/members/{id}': { answer: void; query: { id?: Given }; body: None }
  'DELETE /api/invitations/{id}': { answer: void; query: { id?: Given }; body: None }
  'GET /api/alerts': {
    answer: { alerts: Alert[]; sql: string }
    query: { path?: Given; policy_id?: Given }
    body: None
  }
  'POST /api/alerts': {
    answer: Alert
    query: None
    body: { policy_id: Given; kind: Given; threshold?: Given; recipients?: Given; delivery?: Given }
  }
  'PATCH /api/alerts/{id}': {
    answer: Alert
    query: { id?: Given }
    body: { recipients?: Given; delivery?: Given; muted_until?: Given }
  }
  'DELETE /api/alerts/{id}': { answer: void; query: { id?: Given }; body: None }
  'POST /api/alerts/test': { answer: { notifications: number }; query: None; body: { id: Given } }
  'GET /api/alerts/log': {
    answer: { fired: FiredAlert[]; next: number | null; sql: string }
    query: { path?: Given; before?: Given; limit?: Given }
    body: None
  }
  'GET /api/recipients': { answer: { recipients: Recipient[]; sql: string }; query: None; body: None }
  'POST /api/recipients': { answer: Recipient; query: None; body: { channel: Given; name: Given; url?: Given } }
  'DELETE /api/recipients/{id}': { answer: void; query: { id?: Given }; body: None }
  'POST /api/confirm': { answer: { address: string }; query: None; body: { token: Given } }
  'GET /api/notifications': {
    answer: { notifications: Notification[]; next: number | null; sql: string }
    query: { before?: Given; limit?: Given }
    body: None
  }
  'POST /api/notifications/resend': { answer: Notification; query: None; body: { id: Given } }
  'GET /api/settings': { answer: Settings; query: None; body: None }
  'PATCH /api/settings': {
    answer: Settings
    query: None
    body: {
      name?: Given
      time_zone?: Given
      billing_day?: Given
      week_start?: Given
      usd_per_credit?: Given
      contact_name?: Given
      contact_email?: Given
      billing_address?: Given
      on_unknown_path?: Given
      retention_days?: Given
      mail_statements?: Given
      digest_hour?: Given
    }
  }
  'GET /api/statements': { answer: { months: StatementMonth[]; sql: string }; query: None; body: None }
  'GET /api/statements/{month}': { answer: Statement; query: { month?: Given; format?: Given }; body: None }
  'GET /api/export': {
    answer: Record<string, unknown>
    query: { what: Given; since?: Given; until?: Given }
    body: None
  }
}
