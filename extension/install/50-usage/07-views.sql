-- Views for people: times as they are, money in USD and credits, units in the names.

CREATE VIEW quotakit.ledger WITH (security_invoker = true) AS
SELECT e.account_id, a.name AS account, n.path, n.service, e.model, e.at, e.event_id, e.tier,
       e.requests, e.input_tokens, e.cached_input_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens,
       e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens
         + coalesce(quotakit._named_tokens(e.meters, 'input') + quotakit._named_tokens(e.meters, 'output'), 0) AS tokens,
       quotakit.from_nano(e.usd) AS cost_usd, quotakit.from_nano(e.credits) AS cost_credits,
       e.meters, e.tags,
       e.flags & 1 <> 0 AS overrun, e.flags & 2 <> 0 AS late, e.flags & 4 <> 0 AS unreserved, e.flags & 8 <> 0 AS unpriced,
       e.flags & 16 <> 0 AS estimated, e.flags & 32 <> 0 AS failed, e.flags & 64 <> 0 AS uncharged,
       e.flags & 128 <> 0 AS adjustment, e.flags & 256 <> 0 AS amount_given, e.flags & 512 <> 0 AS frozen,
       e.price_version, e.recorded_at, e.ref_id, e.key_id, e.flags & 1024 <> 0 AS now_priced,
       e.flags & 2048 <> 0 AS fallback_price,
       e.flags & 8192 <> 0 AS reconciled,
       e.flags & 4096 <> 0 AS mismatched
FROM quotakit.event e
JOIN quotakit.account a ON a.account_id = e.account_id
JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id;
COMMENT ON VIEW quotakit.ledger IS 'Every recorded call. Give a range of at: it is cut by month.';

CREATE VIEW quotakit.usage_hour WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, n.path, n.service, r.model, r.hour, u.events, u.failed, u.unpriced, u.requests, u.tokens,
       u.input_tokens, u.cached_input_tokens, u.cache_write_tokens, u.output_tokens, u.reasoning_tokens, u.cost_usd, u.cost_credits
FROM (
  SELECT x.account_id, x.node_id, x.hour, x.model, quotakit.sum(x.m) AS m
  FROM (
    SELECT h.account_id, h.node_id, h.hour, h.model, quotakit.measures(h) AS m FROM quotakit.rollup_hour h
    UNION ALL
    SELECT d.account_id, d.node_id, d.hour, d.model, quotakit.measures(d) FROM quotakit.rollup_delta d) x
  GROUP BY x.account_id, x.node_id, x.hour, x.model) r
JOIN quotakit.account a ON a.account_id = r.account_id
JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
CROSS JOIN LATERAL quotakit._shown(r.m) u;
COMMENT ON VIEW quotakit.usage_hour IS 'What each path itself used, by hour of the account''s local time and model. For whole subtrees ask subtree_usage().';

CREATE FUNCTION quotakit._status(taken numeric, total numeric) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN taken >= total THEN 'over' WHEN taken * 100 >= total * 90 THEN 'critical'
    WHEN taken * 100 >= total * 70 THEN 'warning' ELSE 'healthy' END;
COMMENT ON FUNCTION quotakit._status IS 'How near to its limit (total) a policy is: over, critical from 90 %, warning from 70 %, else healthy.';

CREATE VIEW quotakit.policy_status WITH (security_invoker = true) AS
SELECT p.account_id, a.name AS account, p.node_id, n.path, p.policy_id, p.service, p.model, p.unit, p.period, p.rolling, p.enforcement,
       quotakit.in_unit(l.total, p.unit) AS limit_amount,
       CASE WHEN p.boost_until > w.now AND p.boost_amount > 0 THEN p.boost_until END AS boosted_until,
       quotakit.in_unit(s.used, p.unit) AS used,
       quotakit.in_unit(s.held, p.unit) AS held,
       quotakit.in_unit(greatest(l.total::numeric - s.used - s.held, 0)::int8, p.unit) AS free,
       CASE WHEN l.total > 0 THEN trunc(100.0 * s.used / l.total, 2) ELSE 100.00 END AS percent,
       CASE WHEN p.rolling THEN w.now - w.length ELSE lower(w.win) END AS window_start,
       CASE WHEN p.rolling THEN s.first_bucket + w.length + w.width
            ELSE nullif(upper(w.win), 'infinity') END AS resets_at,
       quotakit._status(t.taken, l.total) AS status,
       CASE WHEN l.total > 0 THEN trunc(100.0 * s.held / l.total, 2) ELSE 0.00 END AS percent_held
FROM quotakit.policy p
JOIN quotakit.account a ON a.account_id = p.account_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
CROSS JOIN LATERAL (
  SELECT t.now,
         CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
           ELSE quotakit.window_range(p.period, t.now, a.time_zone, a.billing_day, a.week_start) END AS win,
         CASE WHEN p.rolling THEN quotakit._rolling_length(p.period) END AS length,
         CASE WHEN p.rolling THEN quotakit._rolling_width(p.period) END AS width
  FROM (SELECT statement_timestamp() AS now) t) w
CROSS JOIN LATERAL (
  SELECT p.limit_amount + CASE WHEN p.boost_until > w.now THEN p.boost_amount ELSE 0 END AS total) l
LEFT JOIN LATERAL (
  -- The newest row is the state: one index descent, whatever came before. Its time
  -- goes on where it was decided, also while the clock is behind that.
  SELECT c.used, c.hold_until, c.hold_amount, c.bucket_start, c.bucket_used, greatest(w.now, c.decided_at) AS now,
         CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, greatest(w.now, c.decided_at)) END AS since
  FROM quotakit.counter c
  WHERE c.account_id = p.account_id AND c.policy_id = p.policy_id AND c.window_start = lower(w.win)
  ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) c ON true
CROSS JOIN LATERAL (
  SELECT coalesce(CASE WHEN p.rolling THEN b.used ELSE c.used END, 0) AS used, b.first_bucket, h.held
  FROM (SELECT sum(u.used)::int8 AS used, min(u.bucket) FILTER (WHERE u.used <> 0) AS first_bucket
        FROM unnest(c.bucket_start, c.bucket_used) AS u(bucket, used) WHERE u.bucket >= c.since) b,
       (SELECT coalesce(sum(u.amount), 0)::int8 AS held
        FROM unnest(c.hold_until, c.hold_amount) AS u(until, amount) WHERE u.until > c.now) h) s
CROSS JOIN LATERAL (
  -- What a reservation is measured against, where one is.
  SELECT s.used::numeric + CASE WHEN p.enforcement IN ('strict', 'shadow') THEN s.held ELSE 0 END AS taken) t
WHERE p.archived_at IS NULL;
COMMENT ON VIEW quotakit.policy_status IS
  'Every live policy with what its current window has used and holds. Amounts are in the policy''s unit (USD, '
  'credits, requests, tokens). Reads one counter row a policy.';

CREATE VIEW quotakit.node_status WITH (security_invoker = true) AS
SELECT n.account_id, a.name AS account, n.node_id, n.path, n.service, n.tags,
       coalesce(s.status, 'none') AS status, coalesce(s.policies, 0) AS policies,
       s.policy_id, s.unit, s.period, s.rolling, s.enforcement, s.limit_amount, s.used, s.held, s.percent, s.resets_at,
       EXISTS (SELECT FROM quotakit.node f
               WHERE f.account_id = n.account_id AND f.path OPERATOR(quotakit.@>) n.path AND f.frozen_reason IS NOT NULL) AS frozen,
       EXISTS (SELECT FROM quotakit.node f
               WHERE f.account_id = n.account_id AND f.path OPERATOR(quotakit.@>) n.path AND f.archived_at IS NOT NULL) AS archived,
       s.percent_held
FROM quotakit.node n
JOIN quotakit.account a ON a.account_id = n.account_id
LEFT JOIN LATERAL (
  SELECT p.*, count(*) OVER () AS policies
  FROM quotakit.policy_status p
  WHERE p.account_id = n.account_id AND p.node_id = n.node_id
  ORDER BY array_position('{healthy,warning,critical,over}', p.status) DESC, p.percent DESC, p.percent_held DESC, p.limit_amount DESC, p.policy_id
  LIMIT 1) s ON true;
COMMENT ON VIEW quotakit.node_status IS
  'Every path with the worst of its policies: over from 100 % of the limit, critical from 90, warning from 70, '
  'healthy below, none without a policy. A strict or shadow policy counts what is held as well as what is used, the '
  'others what is used. The amounts are those of that policy.';

CREATE VIEW quotakit.open_reservation WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, n.path, n.service, r.model, r.reservation_id, r.at, r.expires_at,
       quotakit.from_nano(r.usd) AS held_usd, quotakit.from_nano(r.credits) AS held_credits,
       r.requests AS held_requests, r.tokens AS held_tokens, r.seq AS steps, r.recorded_at, r.key_id
FROM quotakit.reservation r
JOIN quotakit.account a ON a.account_id = r.account_id
JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
WHERE r.is_open AND r.expires_at > statement_timestamp()
  -- No hold is longer than a day, rounded up to the hour.
  AND r.recorded_at > statement_timestamp() - interval '26 hours'
  AND NOT EXISTS (SELECT FROM quotakit.reservation s
    WHERE s.account_id = r.account_id AND s.at = r.at AND s.reservation_id = r.reservation_id AND s.seq > r.seq)
  AND NOT EXISTS (SELECT FROM quotakit.event e
    WHERE e.account_id = r.account_id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id);
COMMENT ON VIEW quotakit.open_reservation IS 'Reservations that still hold something: neither settled, released nor expired.';

CREATE VIEW quotakit.refusal_log WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, r.refusal_id, r.minute, r.reason, r.source, r.policy_id,
       pn.path AS policy_path, n.path AS call_path, n.service AS call_service, r.first->>'call_model' AS call_model, p.unit, p.period, p.rolling, p.enforcement,
       r.count, CASE WHEN p.unit IS NOT NULL THEN quotakit.in_unit(r.asked, p.unit) END AS asked,
       (r.first->>'limit')::numeric AS limit_amount, (r.first->>'used')::numeric AS used, (r.first->>'held')::numeric AS held,
       coalesce((r.first->>'at')::timestamptz, r.minute) AS first_at, coalesce((r.last->>'at')::timestamptz, r.minute) AS last_at
FROM quotakit.refusal r
JOIN quotakit.account a ON a.account_id = r.account_id
LEFT JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
LEFT JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id
LEFT JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id;
COMMENT ON VIEW quotakit.refusal_log IS
  'Calls that were stopped, by policy and minute. limit_amount, used and held are those that the first of them met; '
  'asked is what they asked for together, in the policy''s unit. why(refusal_id) replays it.';

CREATE FUNCTION quotakit._payload(payload text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  call jsonb;
BEGIN
  call := payload::jsonb;
  RETURN CASE WHEN jsonb_typeof(call) = 'object' THEN call END;
EXCEPTION WHEN data_exception OR program_limit_exceeded OR statement_too_complex THEN
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._payload(text) IS 'What was sent as a JSON object; null if it is not one.';

CREATE FUNCTION quotakit._payload_amount(call jsonb, field text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN call->>field ~ '^[0-9]{1,18}(\.[0-9]{1,30})?$' THEN (call->>field)::numeric END $$;
COMMENT ON FUNCTION quotakit._payload_amount(jsonb, text) IS 'An amount in what was sent; null where it cannot be one.';

CREATE VIEW quotakit.unplaced_event WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, r.rejected_id, r.received_at, r.code, r.reason,
       coalesce(nullif(split_part(c.path, '/', 1), ''), '(unknown)') AS root, c.path,
       quotakit._payload_amount(c.call, 'usd') AS known_usd, quotakit._payload_amount(c.call, 'credits') AS known_credits, r.key_id
FROM quotakit.rejected_event r
JOIN quotakit.account a ON a.account_id = r.account_id
CROSS JOIN LATERAL (
  SELECT p.call, CASE WHEN jsonb_typeof(p.call->'path') = 'string' THEN p.call->>'path' END AS path
  -- OFFSET, so that what was sent is read once a row and not once a column.
  FROM (SELECT quotakit._payload(r.payload) AS call OFFSET 0) p) c
WHERE r.replayed_at IS NULL;
COMMENT ON VIEW quotakit.unplaced_event IS 'Every event that could not be recorded and has not been replayed. replay_rejected(rejected_id) submits it again.';

CREATE VIEW quotakit.unplaced_spend WITH (security_invoker = true) AS
SELECT x.account_id, x.account, x.root, sum(x.n)::int8 AS events, sum(x.usd) AS known_usd, sum(x.credits) AS known_credits,
       sum(x.unknown)::int8 AS events_of_unknown_cost,
       jsonb_object_agg(x.code, x.n) AS reasons, min(x.oldest) AS oldest_at, max(x.newest) AS newest_at
FROM (
  SELECT u.account_id, u.account, u.root, u.code, count(*) AS n,
         count(*) FILTER (WHERE u.known_usd IS NULL AND u.known_credits IS NULL) AS unknown,
         sum(u.known_usd) AS usd, sum(u.known_credits) AS credits, min(u.received_at) AS oldest, max(u.received_at) AS newest
  FROM quotakit.unplaced_event u
  GROUP BY 1, 2, 3, 4) x
GROUP BY x.account_id, x.account, x.root;
COMMENT ON VIEW quotakit.unplaced_spend IS
  'Events that could not be recorded and have not been replayed, by the root of the path they named. They happened: '
  'their spend is missing from every other view. See unplaced_event and replay_rejected().';

CREATE VIEW quotakit.focus_1_2 WITH (security_invoker = true) AS
SELECT trim_scale(sum(u.cost_usd)) AS "BilledCost", trim_scale(sum(u.cost_usd)) AS "EffectiveCost",
       trim_scale(sum(u.cost_usd)) AS "ListCost", trim_scale(sum(u.cost_usd)) AS "ContractedCost",
       'USD'::text AS "BillingCurrency",
       u.account_id::text AS "BillingAccountId", u.account AS "BillingAccountName", 'Account'::text AS "BillingAccountType",
       quotakit.root(u.path)::text AS "SubAccountId", quotakit.root(u.path)::text AS "SubAccountName", 'Project'::text AS "SubAccountType",
       lower(b.period) AS "BillingPeriodStart", upper(b.period) AS "BillingPeriodEnd",
       u.hour AS "ChargePeriodStart", upper(quotakit.window_range('hour', u.hour, a.time_zone)) AS "ChargePeriodEnd",
       'Usage'::text AS "ChargeCategory", NULL::text AS "ChargeClass", 'Usage-Based'::text AS "ChargeFrequency",
       concat_ws(' ', coalesce(s.title, u.service), nullif(u.model, ''), 'for', u.path) AS "ChargeDescription",
       u.requests AS "ConsumedQuantity", 'Requests'::text AS "ConsumedUnit",
       u.requests AS "PricingQuantity", 'Requests'::text AS "PricingUnit", 'Standard'::text AS "PricingCategory",
       coalesce(s.title, u.service) AS "ProviderName", coalesce(s.title, u.service) AS "PublisherName",
       coalesce(s.title, u.service) AS "InvoiceIssuerName",
       'AI and Machine Learning'::text AS "ServiceCategory", 'Generative AI'::text AS "ServiceSubcategory",
       coalesce(s.title, u.service) AS "ServiceName",
       concat_ws('/', u.service, nullif(u.model, '')) AS "SkuId", 'Requests'::text AS "SkuMeter",
       u.path::text AS "ResourceId", u.path::text AS "ResourceName", 'Path'::text AS "ResourceType",
       jsonb_build_object('tags', n.tags) AS "Tags",
       u.tokens AS "x_Tokens", u.cost_credits AS "x_Credits"
FROM (SELECT u.account_id, u.account, u.path, u.service, u.model, u.hour, u.requests, u.tokens, u.cost_usd, u.cost_credits
      FROM quotakit.usage_hour u) u
JOIN quotakit.account a ON a.account_id = u.account_id
JOIN quotakit.node n ON n.account_id = u.account_id AND n.path OPERATOR(quotakit.=) u.path
LEFT JOIN LATERAL (
  SELECT v.title FROM quotakit.service v WHERE v.service = u.service AND v.account_id IN (u.account_id, 0)
  ORDER BY v.account_id DESC LIMIT 1) s ON true
CROSS JOIN LATERAL (SELECT quotakit.window_range('month', u.hour, a.time_zone, a.billing_day, a.week_start) AS period) b
GROUP BY u.account_id, u.account, u.path, u.service, u.model, u.hour, u.requests, u.tokens, u.cost_credits,
         a.time_zone, b.period, s.title, n.tags;
COMMENT ON VIEW quotakit.focus_1_2 IS
  'Usage in the columns of the FinOps FOCUS 1.2 specification that apply: one row a path, model and hour. Names are '
  'quoted as the specification spells them; columns of our own begin with x_.';

-- Words for the columns, by name: the same name means the same in every view.
DO $$
DECLARE
  col record;
BEGIN
  FOR col IN
    SELECT c.oid::regclass AS view_name, a.attname,
      CASE WHEN c.relname = 'focus_1_2' AND a.attname !~ '^x_' THEN 'FOCUS 1.2 column ' || a.attname || '.'
      ELSE (SELECT w.words FROM (VALUES
        ('policy_status', 'window_start', 'When the current window began; -infinity for lifetime, the window''s length ago for a rolling policy.'),
        ('policy_status', 'resets_at', 'When the window ends; null for lifetime. For a rolling policy when its oldest usage stops counting; null without any.'),
        ('node_status', 'resets_at', 'The same as in policy_status, of that policy.'),
        ('node_status', 'used', 'What that policy has used: the headline spend.'),
        ('refusal_log', 'call_service', 'The service of that path.'),
        ('refusal_log', 'call_model', 'The model of the first call stopped; null without any.'),
        ('refusal_log', 'used', 'What was used when the first was stopped.'),
        ('refusal_log', 'held', 'What was held when the first was stopped.'),
        ('refusal_log', 'limit_amount', 'The limit when the first was stopped.'),
        ('refusal_log', 'reason', 'quota, unpriced (the cost was not known), unmeasured (the usage was not given), window_ended (the id was of a '
          'window that is over) or frozen.'),
        ('ledger', 'tokens', 'Tokens of all classes, and of the named meters that are tokens.'),
        ('open_reservation', 'at', 'The time in its id.'),
        ('open_reservation', 'recorded_at', 'When it was made, or last drawn on or extended.'),
        ('unplaced_spend', 'events', 'How many.'),
        ('unplaced_event', 'path', 'The path that it named, as it was sent; null where none can be read.'),
        ('unplaced_event', 'known_usd', 'Cost in USD where the call gave it.'),
        ('unplaced_event', 'reason', 'Why, in words.'),
        (NULL, 'rejected_id', 'Number of the rejected event.'), (NULL, 'received_at', 'When it came.'), (NULL, 'code', 'Why, as the code in the answer.'),
        (NULL, 'account_id', 'Number of the account.'), (NULL, 'account', 'Name of the account.'), (NULL, 'path', 'The path.'),
        (NULL, 'node_id', 'Number of the path.'), (NULL, 'service', 'The service; null for none or any.'),
        (NULL, 'model', 'The model; empty for none, null for any.'), (NULL, 'at', 'When the call happened.'),
        (NULL, 'event_id', 'The event''s id.'), (NULL, 'tier', 'Price tier.'), (NULL, 'requests', 'Requests.'),
        (NULL, 'input_tokens', 'Input tokens outside any cache.'), (NULL, 'cached_input_tokens', 'Input tokens read from a cache.'),
        (NULL, 'cache_write_tokens', 'Input tokens written to a cache.'), (NULL, 'output_tokens', 'Output tokens without reasoning.'),
        (NULL, 'reasoning_tokens', 'Reasoning tokens.'), (NULL, 'tokens', 'Tokens of all classes.'),
        (NULL, 'cost_usd', 'Cost in USD.'), (NULL, 'cost_credits', 'Cost in credits.'), (NULL, 'meters', 'Named meters.'),
        (NULL, 'tags', 'Tags.'), (NULL, 'overrun', 'It passed a limit.'), (NULL, 'late', 'Its reservation had expired.'),
        (NULL, 'unreserved', 'A strict policy applied and it was not reserved.'), (NULL, 'unpriced', 'A meter had no price; in sums: how many calls.'),
        (NULL, 'estimated', 'The usage is an estimate.'), (NULL, 'failed', 'The call failed; in sums: how many.'),
        (NULL, 'uncharged', 'It cost nothing.'), (NULL, 'adjustment', 'Corrects the cost of another event, named by ref_id.'),
        (NULL, 'fallback_price', 'Some tokens have the price of the class they are a part of.'),
        (NULL, 'now_priced', 'An adjustment of a call that was unpriced and is so no more.'),
        (NULL, 'reconciled', 'An adjustment of no event: what a bill has and no event, booked by book_difference().'),
        (NULL, 'mismatched', 'The provider''s numbers did not add up; the usage is what its rules make of them.'),
        (NULL, 'amount_given', 'The caller gave the cost.'), (NULL, 'frozen', 'The path, or one above it, was frozen.'),
        (NULL, 'price_version', 'The newest price it was costed by.'), (NULL, 'recorded_at', 'When it was written.'),
        (NULL, 'ref_id', 'The reservation it was drawn from, or the event it adjusts.'), (NULL, 'key_id', 'The API key; null from SQL.'),
        (NULL, 'hour', 'Start of the hour of local time.'), (NULL, 'events', 'Calls.'), (NULL, 'policy_id', 'Number of the policy.'),
        (NULL, 'unit', 'usd, credits, requests or tokens.'), (NULL, 'period', 'The policy''s period.'), (NULL, 'rolling', 'Whether its window rolls.'),
        (NULL, 'enforcement', 'open, block, strict or shadow.'), (NULL, 'limit_amount', 'The limit with any boost, in the unit.'),
        (NULL, 'boosted_until', 'When a boost of the limit ends; null without one.'), (NULL, 'used', 'What the window has used, in the unit.'),
        (NULL, 'held', 'What open reservations hold, in the unit.'), (NULL, 'free', 'What is left: limit less used less held, at least 0.'),
        (NULL, 'percent', 'Used in percent of the limit, cut to two decimals: 100 only when it is full.'),
        (NULL, 'percent_held', 'Held in percent of the limit, cut to two decimals; may be more than 100, since holds stand when a limit is lowered.'),
        (NULL, 'status', 'healthy, warning (70 %), critical (90 %), over (100 % of the limit) or none: of what is used; for strict and shadow of what '
          'is used and held.'),
        (NULL, 'policies', 'How many live policies stand on the path.'), (NULL, 'archived', 'The path, or one above it, is archived.'),
        (NULL, 'reservation_id', 'Its id, and that of the event that settles it.'), (NULL, 'expires_at', 'When it stops holding by itself.'),
        (NULL, 'held_usd', 'Held, in USD.'), (NULL, 'held_credits', 'Held, in credits.'), (NULL, 'held_requests', 'Held requests.'),
        (NULL, 'held_tokens', 'Held tokens.'), (NULL, 'steps', 'How often it was drawn on or extended.'),
        (NULL, 'refusal_id', 'Number that the caller was told.'), (NULL, 'minute', 'The minute.'), (NULL, 'source', 'reserve, shadow (would have been '
          'refused) or sdk.'),
        (NULL, 'policy_path', 'The path the policy stands on; null when frozen.'), (NULL, 'call_path', 'The path of the last call stopped.'),
        (NULL, 'count', 'How many calls.'), (NULL, 'asked', 'What they asked for together, in the unit.'),
        (NULL, 'first_at', 'When the first was stopped.'), (NULL, 'last_at', 'When the last was stopped.'),
        (NULL, 'root', 'Root of the path that was named; (unknown) where none can be read.'),
        (NULL, 'known_usd', 'Cost in USD where the call gave it; null where none did.'), (NULL, 'known_credits', 'Cost in credits where the call gave it.'),
        (NULL, 'events_of_unknown_cost', 'How many gave no cost.'), (NULL, 'reasons', 'How many by code.'),
        (NULL, 'oldest_at', 'When the oldest came.'), (NULL, 'newest_at', 'When the newest came.'),
        (NULL, 'x_Tokens', 'Tokens of all classes.'), (NULL, 'x_Credits', 'Cost in credits.')) AS w(rel, col, words)
        WHERE w.col = a.attname AND coalesce(w.rel, c.relname) = c.relname ORDER BY w.rel NULLS LAST LIMIT 1) END AS words
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'quotakit'::regnamespace
      AND c.relname IN ('ledger', 'usage_hour', 'policy_status', 'node_status', 'open_reservation', 'refusal_log',
        'unplaced_event', 'unplaced_spend', 'focus_1_2')
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', col.view_name, col.attname, col.words);
  END LOOP;
END $$;
