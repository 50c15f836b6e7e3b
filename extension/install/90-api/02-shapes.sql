-- What the API answers, in TypeScript's own words: once. The dashboard's types are made
-- of it (tests/test_api_types.py), and tests/test_api.py holds each answer to it.

CREATE FUNCTION quotakit._api_shapes() RETURNS TABLE (name text, shape text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    -- A decimal number, exact; ISO 8601 in UTC, or a day, or a month.
    ('Amount', 'string'),
    ('Time', 'string'),
    ('Day', 'string'),
    ('Month', 'string'),

    ('Me', '{account: {id: number, name: string, time_zone: string, billing_day: number, week_start: number, usd_per_credit: Amount | null,
      paths: number, calls: boolean, keys: number},
      member: {id: number, email: string, name: string | null, role: Role}, csrf: string, now: Time, version: string}'),

    ('Headline', '{policy_id: number, unit: Unit, period: Period, rolling: boolean, enforcement: Enforcement, limit: Amount, used: Amount,
      held: Amount, percent: number, percent_held: number, resets_at: Time | null}'),
    ('TreeNode', '{path: string, service: string | null, tags: string[], status: Status, policies: number, frozen: boolean,
      archived: boolean, headline: Headline | null, today_usd: Amount, today_requests: number}'),
    ('Tree', '{account: string, paths: number, nodes: TreeNode[], sql: string}'),
    ('Sparks', '{days: Day[], paths: Record<string, {usd: Amount[], month_usd: Amount}>, sql: string}'),
    ('Unplaced', '{root: string, events: number, known_usd: Amount | null, known_credits: Amount | null,
      events_of_unknown_cost: number | null, reasons: Record<string, number>, oldest_at: Time, newest_at: Time}'),
    ('UnplacedEvent', '{id: number, received_at: Time, code: string, reason: string, path: string | null, known_usd: Amount | null,
      known_credits: Amount | null}'),
    -- Code and reason of a rejected one say why now.
    ('ReplayedEvent', 'UnplacedEvent & {outcome: "recorded" | "rejected"}'),

    ('Usage', '{calls: number, failed: number, unpriced: number, requests: number, tokens: number, input_tokens: number,
      cached_input_tokens: number, cache_write_tokens: number, output_tokens: number, reasoning_tokens: number, cost_usd: Amount,
      cost_credits: Amount, usd_per_request: Amount | null}'),
    ('Policy', '{id: number, path: string, unit: Unit, period: Period, rolling: boolean, service: string | null, model: string | null,
      enforcement: Enforcement, limit: Amount, base_limit: Amount, boost: {amount: Amount, until: Time} | null, used: Amount,
      held: Amount, free: Amount, percent: number, percent_held: number, status: Status, window_start: Time | null, resets_at: Time | null,
      pace_per_hour: Amount | null, projected: Amount | null, projected_percent: number | null, trips_at: Time | null, created_at: Time}'),
    ('NodeDetail', '{path: string, service: string | null, notes: string | null, tags: string[], status: Status, created_at: Time,
      archived_at: Time | null, archived_by: string | null, frozen_reason: string | null, frozen_by: string | null, policies: Policy[],
      inherited: Policy[], children: number, today: Usage, month: Usage, refusals_24h: number, sql: {policies: string, usage: string}}'),
    ('SimulatedCalls', '{asked: number, granted: number, refused: number, amount_asked: Amount, amount_granted: Amount,
      amount_refused: Amount, first_refusal_at: Time | null}'),
    ('SimulatedWindow', 'SimulatedCalls & {start: Time, end: Time}'),
    ('Simulation', '{windows: SimulatedWindow[], total: SimulatedCalls & {windows: number, windows_refused: number}, since: Time, until: Time, sql: string}'),
    ('Explained', '{path: string, policy_id: number | null, unit: Unit | null, period: Period | null, rolling: boolean | null,
      enforcement: string, limit: Amount | null, used: Amount | null, held: Amount | null, asked: Amount | null,
      headroom: Amount | null, exceeds: boolean | null, would_refuse: boolean, first_to_trip: boolean | null, resets_at: Time | null}'),

    ('Refusal', '{id: number, minute: Time, reason: RefusalReason, source: RefusalSource, policy_id: number | null,
      policy_path: string | null, call_path: string | null, unit: Unit | null, period: Period | null, enforcement: Enforcement | null, count: number,
      asked: Amount | null, limit: Amount | null, used: Amount | null, held: Amount | null, first_at: Time, last_at: Time}'),
    ('Reservation', '{id: string, path: string, service: string | null, model: string | null, at: Time, expires_at: Time, usd: Amount,
      credits: Amount, requests: number, tokens: number, steps: number}'),
    ('AuditEntry', '{id: number, at: Time, actor: string, object: string, action: AuditAction, path: string | null,
      changes: Record<string, [unknown, unknown]>}'),

    ('UsageSummary', '{since: Time, until: Time, usage: Usage, before: {since: Time, until: Time, usage: Usage} | null, refusals: number,
      refusals_before: number | null, forecast_month_usd: Amount | null, month_usd: Amount | null,
      sql: {usage: string, refusals: string, forecast: string}}'),
    ('Series', '{steps: Time[], keys: {key: string | null, cost_usd: Amount[], cost_credits: Amount[], requests: number[],
      tokens: number[]}[], sql: string}'),
    ('BreakdownRow', 'Usage & {key: string | null, share: number}'),
    ('Breakdown', '{rows: BreakdownRow[], sql: string}'),

    ('Service', '{service: string, title: string | null, own: boolean, models: number, prices: number, paths: number}'),
    -- valid_from: null for what has always held.
    ('Price', '{version: number, service: string, model: string | null, meter: string, tier: string, above_tokens: number,
      valid_from: Time | null, valid_until: Time | null, usd: Amount | null, credits: Amount | null, own: boolean}'),
    ('Model', '{model: string, own: boolean, max_input_tokens: number | null, max_output_tokens: number | null,
      deprecated_on: Day | null, prices: Price[]}'),
    -- old_usd: in force before; null for none.
    ('ImportRow', '{service: string, model: string, meter: string | null, tier: string | null, above_tokens: number | null,
      old_usd: Amount | null, usd: Amount | null, action: ImportAction, note: string | null, key: string}'),
    ('ImportResult', '{counts: Partial<Record<ImportAction, number>>, rows: ImportRow[], more: number}'),
    ('UnpricedModel', '{service: string, model: string, calls: number, tokens: number, first_seen: Time, last_seen: Time,
      has_price_now: boolean}'),
    ('RepriceAmounts', '{events: number, changed: number, old_usd: Amount, new_usd: Amount, difference_usd: Amount,
      difference_credits: Amount}'),
    ('RepriceRow', 'RepriceAmounts & {path: string, service: string, model: string, old_credits: Amount, new_credits: Amount}'),
    ('RepriceResult', '{rows: RepriceRow[], total: RepriceAmounts, sql: string}'),

    -- Days in UTC, as providers bill. capture_rate: recorded in percent of billed, without what was booked.
    ('Reconciled', '{billed_usd: Amount, recorded_usd: Amount, booked_usd: Amount, difference_usd: Amount, capture_rate: number | null}'),
    ('ReconciliationRow', 'Reconciled & {day: Day, service: string, model: string | null, billed_by: Record<string, Amount>}'),
    ('Reconciliation', '{since: Day, until: Day, total: Reconciled & {days: number}, rows: ReconciliationRow[], more: number, sql: string}'),

    ('ApiKey', '{id: number, name: string, created_at: Time, created_by: string, revoked_at: Time | null, last_used: Time | null}'),
    ('Member', '{id: number, email: string, name: string | null, role: Role, created_at: Time, last_seen: Time | null}'),
    ('Invitation', '{id: number, email: string, role: Role, invited_by: string, created_at: Time, expires_at: Time}'),
    ('Settings', '{name: string, time_zone: string, billing_day: number, week_start: number, usd_per_credit: Amount | null,
      contact_name: string | null, contact_email: string | null, billing_address: string | null, on_unknown_path: UnknownPathChoice,
      retention_days: number, sealed_until: Time | null, mail_statements: boolean, digest_hour: number, time_zones: string[], sql: string}'),
    ('StatementMonth', '{month: Month, since: Time, until: Time, final: boolean, cost_usd: Amount, cost_credits: Amount, requests: number}'),
    ('Statement', '{month: Month, since: Time, until: Time, final: boolean, account: string, billing_address: string | null,
      contact_name: string | null, lines: (Usage & {path: string, service: string | null, model: string | null})[], total: Usage,
      sql: string}'),

    -- recipients: addresses, names of webhooks, and "contact": the account''s own address.
    ('Alert', '{id: number, policy_id: number, path: string, unit: Unit, period: Period, rolling: boolean, kind: AlertKind,
      threshold: Amount | null, delivery: Delivery, muted_until: Time | null, recipients: string[], last_fired: Time | null}'),
    -- One threshold that was crossed, and what became of its messages.
    ('FiredAlert', '{id: number, fired_at: Time, path: string, policy_id: number, unit: Unit, period: Period, alert_id: number | null,
      kind: AlertKind, percent: Amount | null, threshold: Amount | null, used: Amount, limit: Amount, state: FiredState, sent: number,
      pending: number, dead: number}'),
    -- uncertain: it may have been delivered twice.
    ('Notification', '{id: number, created_at: Time, kind: NotificationKind, channel: Channel, recipient: string, subject: string,
      state: NotificationState, attempts: number, uncertain: boolean, ended_at: Time | null, last_error: string | null,
      next_try: Time | null}'),
    -- secret: of a webhook that was just made, this once.
    ('Recipient', '{id: number, channel: Channel, name: string, host: string | null, confirmed_at: Time | null,
      disabled_at: Time | null, disabled_reason: string | null, secret?: string}')
$$;
COMMENT ON FUNCTION quotakit._api_shapes IS
  'Names for parts of the API''s answers, each as a type of TypeScript; the words that they use besides are those of extension/vocabulary.json.';
