// Made by scripts/vocabulary from extension/vocabulary.json: change that.

// What a policy counts. Money is kept in nano and shown as a decimal string; the others are whole.
export const units = [
  'usd',
  'credits',
  'requests',
  'tokens',
] as const
export type Unit = (typeof units)[number]
export const unitMoney: Readonly<Record<Unit, boolean>> = {
  usd: true,
  credits: true,
  requests: false,
  tokens: false,
}

// How long a policy's window is. seconds: the window when rolling, counted in buckets of so many seconds; a
// lifetime does not roll. zone: another time zone cuts it elsewhere; moved_by: so does this setting of the
// account.
export const periods = [
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'lifetime',
] as const
export type Period = (typeof periods)[number]
export const periodSeconds: Readonly<Record<Period, null | number>> = {
  minute: 60,
  hour: 3600,
  day: 86400,
  week: 604800,
  month: 2592000,
  quarter: 7776000,
  year: 31536000,
  lifetime: null,
}

// What a policy does. refuses: it stops calls; reserves: it must be asked before each call.
export const enforcements = [
  'open',
  'block',
  'strict',
  'shadow',
] as const
export type Enforcement = (typeof enforcements)[number]

// How near a policy is to its limit, from harmless to worst. from: percent of the limit used; none is without
// a policy.
export const statuses = [
  'healthy',
  'warning',
  'critical',
  'over',
  'none',
] as const
export type Status = (typeof statuses)[number]
export const statusFrom: Readonly<Record<Status, null | number>> = {
  healthy: 0,
  warning: 70,
  critical: 90,
  over: 100,
  none: null,
}

// Disjoint classes of tokens; together they are the unit tokens.
export const tokenClasses = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
] as const
export type TokenClass = (typeof tokenClasses)[number]

// Why a call was refused. A lifetime quota, for which there is nothing to wait, is 402 instead.
export const refusalReasons = [
  'quota',
  'unpriced',
  'unmeasured',
  'window_ended',
  'frozen',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

// Who refused: the database; a shadow policy, which only would have; the SDK by its cached state.
export const refusalSources = [
  'reserve',
  'shadow',
  'sdk',
] as const
export type RefusalSource = (typeof refusalSources)[number]

// What is wrong with a call or a request. sqlstate: null where only the gateway says it; two characters stand
// for a class. name: what a program looks at; null where none is told. gateway: the status in its own
// answers, which are all of /v1 and what never reached SQL; api: in those of quotakit.api(); null where it
// does not occur.
export const errors = [
  'unknown_path',
  'archived_path',
  'service_mismatch',
  'umbrella_path',
  'unknown_reservation',
  'unknown_event',
  'conflict',
  'bad_id_time',
  'out_of_range',
  'malformed',
  'unknown_policy',
  'unauthorized',
  'busy',
  'too_many_policies',
  'frozen',
  'already_exists',
  'invalid',
  'signup_closed',
  'throttled',
  'gone',
  'bad_credentials',
  'signed_out',
  'csrf',
  'not_found',
  'method_not_allowed',
  'forbidden',
  'too_large',
  'uri_too_long',
  'unsupported_media_type',
  'expectation_failed',
  'headers_too_large',
  'not_implemented',
  'version_not_supported',
  'rejected',
  'internal',
  'overloaded',
  'unavailable',
  'unknown_outcome',
  'stopping',
] as const
export type ErrorCode = (typeof errors)[number]

// What a member, or a role of PostgreSQL, may do in an account; each may what the one before may.
export const roles = [
  'viewer',
  'admin',
  'owner',
] as const
export type Role = (typeof roles)[number]

// What becomes of a call on a path that does not exist: account.on_unknown_path.
export const unknownPathChoices = [
  'reject',
  'create',
] as const
export type UnknownPathChoice = (typeof unknownPathChoices)[number]

// What was done to a row of configuration.
export const auditActions = [
  'insert',
  'update',
  'delete',
] as const
export type AuditAction = (typeof auditActions)[number]

// What an alert waits for. threshold: it has one.
export const alertKinds = [
  'percent',
  'amount',
  'forecast',
  'refusal',
] as const
export type AlertKind = (typeof alertKinds)[number]
export const alertKindThreshold: Readonly<Record<AlertKind, boolean>> = {
  percent: true,
  amount: true,
  forecast: false,
  refusal: false,
}

// When an alert's recipients are told.
export const deliveries = [
  'each',
  'daily',
  'weekly',
] as const
export type Delivery = (typeof deliveries)[number]

// What became of an alert that fired.
export const firedStates = [
  'told',
  'muted',
  'waiting',
  'digested',
] as const
export type FiredState = (typeof firedStates)[number]

// How a recipient is reached.
export const channels = [
  'email',
  'webhook',
  'slack',
] as const
export type Channel = (typeof channels)[number]

// What a message is about. webhook: the type in the body of a webhook; null where none gets it.
export const notificationKinds = [
  'alert',
  'test',
  'digest',
  'statement',
  'confirmation',
] as const
export type NotificationKind = (typeof notificationKinds)[number]

// How far a message has come. over: nothing more is done with it; again: it may be sent anew on request.
export const notificationStates = [
  'pending',
  'sending',
  'sent',
  'dead',
  'cancelled',
] as const
export type NotificationState = (typeof notificationStates)[number]

// What import_prices() does with one price of a file.
export const importActions = [
  'new',
  'changed',
  'same',
  'not understood',
  'ignored',
] as const
export type ImportAction = (typeof importActions)[number]

// How usage is cut over time.
export const steps = [
  'hour',
  'day',
  'week',
  'month',
] as const
export type Step = (typeof steps)[number]

// What usage is broken down by.
export const breakdowns = [
  'path',
  'child',
  'service',
  'model',
  'day',
] as const
export type Split = (typeof breakdowns)[number]
