-- Counters and rollups are provable: everything is recomputed from the ledger
-- and the open reservations in one snapshot, and what differs is returned.

CREATE FUNCTION quotakit.verify(account text DEFAULT NULL)
RETURNS TABLE (account_name text, object text, key jsonb, expected numeric, found numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
-- Nothing here has statistics, and one nested loop over a ledger is one too many.
SET enable_nestloop = off SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  id int4;
BEGIN
  IF verify.account IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.account a WHERE a.name = verify.account) THEN
    RAISE EXCEPTION 'account "%" does not exist', verify.account USING ERRCODE = 'QK016';
  END IF;
  -- Accounts share nothing, so each is a statement of its own.
  FOR id IN SELECT a.account_id FROM quotakit.account a
            WHERE verify.account IS NULL OR a.name = verify.account ORDER BY a.name LOOP
  RETURN QUERY
  WITH acct AS MATERIALIZED (
    SELECT a.account_id, a.name, a.time_zone, a.billing_day, a.week_start, a.sealed_until,
           clock_timestamp() AS now
    FROM quotakit.account a
    WHERE a.account_id = id
  ),
  -- The ledger, as far as it is not sealed, by local hour.
  ev_hour AS MATERIALIZED (
    SELECT e.account_id, e.node_id, e.model, quotakit.local_hour(e.at, a.time_zone) AS hour,
           count(*) FILTER (WHERE e.flags & 128 = 0)::numeric AS events,
           count(*) FILTER (WHERE e.flags & (128 + 32) = 32)::numeric AS failed,
           count(*) FILTER (WHERE e.flags & 8 <> 0)::numeric - count(*) FILTER (WHERE e.flags & 1024 <> 0) AS unpriced,
           sum(e.requests) AS requests, sum(e.input_tokens) AS input_tokens, sum(e.cached_input_tokens) AS cached_input_tokens,
           sum(e.cache_write_tokens) AS cache_write_tokens, sum(e.output_tokens) AS output_tokens, sum(e.reasoning_tokens) AS reasoning_tokens,
           sum(e.usd) AS usd, sum(e.credits) AS credits
    FROM acct a JOIN quotakit.event e ON e.account_id = id AND e.at >= a.sealed_until
    GROUP BY 1, 2, 3, 4
  ),
  -- Rollups.
  rolled AS (
    SELECT r.account_id, r.node_id, r.model, r.hour,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM acct a JOIN (
      SELECT account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
      FROM quotakit.rollup_hour WHERE account_id = id
      UNION ALL
      SELECT account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
      FROM quotakit.rollup_delta WHERE account_id = id) r ON r.account_id = a.account_id AND r.hour >= a.sealed_until
    GROUP BY 1, 2, 3, 4
  ),
  rollup_diff AS (
    SELECT account_id, 'rollup' AS object,
           jsonb_build_object('node_id', node_id, 'hour', hour, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM (SELECT e.* FROM acct a JOIN ev_hour e ON e.account_id = a.account_id AND e.hour >= a.sealed_until) e
    FULL JOIN rolled r USING (account_id, node_id, model, hour)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  -- Subtree totals: what is folded, summed over each subtree.
  above AS MATERIALIZED (
    SELECT n.account_id, n.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM acct a JOIN quotakit.node n ON n.account_id = id
    JOIN quotakit.node anc ON anc.account_id = id AND anc.path OPERATOR(quotakit.@>) n.path
  ),
  sub_hour AS MATERIALIZED (
    SELECT b.account_id, b.node_id, r.hour, b.service, r.model,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM above b JOIN quotakit.rollup_hour r ON r.account_id = id AND r.node_id = b.below_id
    GROUP BY 1, 2, 3, 4, 5
  ),
  sub_day AS (
    SELECT s.account_id, s.node_id, (s.hour AT TIME ZONE a.time_zone)::date AS day, s.service, s.model,
           sum(s.events) AS events, sum(s.failed) AS failed, sum(s.unpriced) AS unpriced,
           sum(s.requests) AS requests, sum(s.input_tokens) AS input_tokens, sum(s.cached_input_tokens) AS cached_input_tokens,
           sum(s.cache_write_tokens) AS cache_write_tokens, sum(s.output_tokens) AS output_tokens, sum(s.reasoning_tokens) AS reasoning_tokens,
           sum(s.usd) AS usd, sum(s.credits) AS credits
    FROM acct a JOIN sub_hour s ON s.account_id = a.account_id
    GROUP BY 1, 2, 3, 4, 5
  ),
  sub_hour_diff AS (
    SELECT account_id, 'subtree_hour' AS object,
           jsonb_build_object('node_id', node_id, 'hour', hour, 'service', service, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM sub_hour e
    FULL JOIN (SELECT s.* FROM quotakit.subtree_hour s WHERE s.account_id = id) r
      USING (account_id, node_id, hour, service, model)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  sub_day_diff AS (
    SELECT account_id, 'subtree_day' AS object,
           jsonb_build_object('node_id', node_id, 'day', day, 'service', service, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM sub_day e
    FULL JOIN (SELECT s.* FROM quotakit.subtree_day s WHERE s.account_id = id) r
      USING (account_id, node_id, day, service, model)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  -- Policies and the nodes they count.
  pol AS MATERIALIZED (
    SELECT a.*, p.policy_id, p.node_id, p.unit, p.period, p.rolling, p.service, p.model, p.counts_from,
           r.now AS rolling_now, CASE WHEN p.rolling THEN quotakit._rolling_kept(p.period, r.now) END AS since
    FROM acct a JOIN quotakit.policy p ON p.account_id = id
    -- A counter's time never goes back. (A rolling policy has one.)
    CROSS JOIN LATERAL (
      SELECT greatest(a.now, p.counts_from, max(c.decided_at)) AS now FROM quotakit.counter c
      WHERE p.rolling AND c.account_id = id AND c.policy_id = p.policy_id) r
    WHERE p.archived_at IS NULL
  ),
  pol_node AS MATERIALIZED (
    SELECT p.*, n.node_id AS counted_id
    FROM pol p
    JOIN quotakit.node pn ON pn.account_id = id AND pn.node_id = p.node_id
    JOIN quotakit.node n ON n.account_id = id AND n.path OPERATOR(quotakit.<@) pn.path
    WHERE p.service IS NULL OR n.service = p.service
  ),
  state AS MATERIALIZED (
    SELECT DISTINCT ON (c.account_id, c.policy_id, c.window_start)
           c.*, p.since, p.rolling, p.rolling_now, greatest(p.now, p.counts_from, c.decided_at) AS now, p.period, p.counts_from, p.sealed_until,
           CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(p.period, c.window_start, p.time_zone, p.billing_day, p.week_start) END AS win
    FROM pol p JOIN quotakit.counter c ON c.account_id = id AND c.policy_id = p.policy_id
    ORDER BY c.account_id, c.policy_id, c.window_start, c.seq DESC
  ),
  -- Used, calendar windows. Those that ended before the policy began to count, or before
  -- what is sealed, are nobody's business.
  hour_win AS MATERIALIZED (
    SELECT h.account_id, h.hour, w.period,
           CASE WHEN w.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(w.period, h.hour, a.time_zone, a.billing_day, a.week_start) END AS win
    FROM acct a
    JOIN (SELECT DISTINCT account_id, hour FROM ev_hour) h ON h.account_id = a.account_id
    CROSS JOIN (VALUES ('hour'), ('day'), ('week'), ('month'), ('quarter'), ('year'), ('lifetime')) AS w(period)
  ),
  used_part AS (
    SELECT p.account_id, p.policy_id, lower(w.win) AS window_start,
           CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.tokens END AS amount
    FROM pol_node p
    JOIN (SELECT *, input_tokens + cached_input_tokens + cache_write_tokens + output_tokens + reasoning_tokens AS tokens FROM ev_hour) e
      ON e.account_id = p.account_id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    JOIN hour_win w ON w.account_id = p.account_id AND w.hour = e.hour AND w.period = p.period
    WHERE NOT p.rolling AND upper(w.win) > p.counts_from
    UNION ALL
    -- Minutes are too many to be kept for all.
    SELECT p.account_id, p.policy_id, date_bin('1 minute', e.at, 'epoch'),
           sum(CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END)
    FROM pol_node p
    JOIN quotakit.event e
      ON e.account_id = id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE NOT p.rolling AND p.period = 'minute' AND e.at >= greatest(p.sealed_until, date_bin('1 minute', p.counts_from, 'epoch'))
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT p.account_id, p.policy_id, b.window_start, b.used
    FROM pol p JOIN quotakit.baseline b ON b.account_id = id AND b.policy_id = p.policy_id
    WHERE NOT p.rolling
  ),
  used_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'measure', 'used') AS key,
           coalesce(e.used, 0) AS expected, coalesce(f.used, 0)::numeric AS found
    FROM (SELECT account_id, policy_id, window_start, sum(amount) AS used FROM used_part GROUP BY 1, 2, 3) e
    FULL JOIN (
      SELECT account_id, policy_id, window_start, used FROM state
      WHERE NOT rolling AND upper(win) > counts_from AND upper(win) > sealed_until) f
      USING (account_id, policy_id, window_start)
    WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
  ),
  -- Used, rolling windows, bucket by bucket.
  bucket_part AS (
    SELECT p.account_id, p.policy_id, quotakit._rolling_place(p.period, e.at, p.rolling_now) AS bucket,
           sum(CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END) AS amount
    FROM pol_node p
    JOIN quotakit.event e
      ON e.account_id = id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE p.rolling AND e.at >= greatest(p.since, p.sealed_until)
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT p.account_id, p.policy_id, quotakit._rolling_place(p.period, b.window_start, p.rolling_now), b.used
    FROM pol p JOIN quotakit.baseline b ON b.account_id = id AND b.policy_id = p.policy_id
    WHERE p.rolling AND b.window_start >= p.since
  ),
  bucket_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', '-infinity', 'bucket', bucket, 'measure', 'bucket') AS key,
           coalesce(e.used, 0) AS expected, coalesce(f.used, 0) AS found
    FROM (SELECT account_id, policy_id, bucket, sum(amount) AS used FROM bucket_part GROUP BY 1, 2, 3) e
    FULL JOIN (
      SELECT s.account_id, s.policy_id, quotakit._rolling_place(s.period, b.bucket, s.rolling_now) AS bucket, sum(b.used) AS used
      FROM state s CROSS JOIN LATERAL unnest(s.bucket_start, s.bucket_used) AS b(bucket, used)
      WHERE s.rolling AND b.bucket >= s.since GROUP BY 1, 2, 3) f
      USING (account_id, policy_id, bucket)
    WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
    UNION ALL
    -- A rolling counter's used is the sum of its own buckets, as the window was then.
    SELECT s.account_id, 'counter',
           jsonb_build_object('policy_id', s.policy_id, 'window_start', s.window_start, 'measure', 'used'), b.total, s.used
    FROM state s
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(u.used), 0) AS total FROM unnest(s.bucket_start, s.bucket_used) AS u(bucket, used)
      WHERE NOT isfinite(s.decided_at) OR u.bucket >= quotakit.rolling_since(s.period, s.decided_at)) b
    WHERE s.rolling AND s.used <> b.total
  ),
  -- Held, by the time each hold ends. What has expired counts on neither side.
  newest AS (
    SELECT DISTINCT ON (r.account_id, r.at, r.reservation_id) r.*
    FROM acct a JOIN quotakit.reservation r ON r.account_id = id AND r.at >= a.sealed_until
    ORDER BY r.account_id, r.at, r.reservation_id, r.seq DESC
  ),
  open_res AS MATERIALIZED (
    SELECT r.* FROM acct a JOIN newest r ON r.account_id = a.account_id
    WHERE r.is_open AND r.expires_at > a.now
      AND NOT EXISTS (SELECT FROM quotakit.event e
        WHERE e.account_id = id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id)
  ),
  held_part AS (
    SELECT p.account_id, p.policy_id, lower(w.win) AS window_start, r.expires_at,
           CASE p.unit WHEN 'usd' THEN r.usd WHEN 'credits' THEN r.credits WHEN 'requests' THEN r.requests
             ELSE r.tokens END AS amount
    FROM pol_node p
    JOIN open_res r ON r.account_id = p.account_id AND r.node_id = p.counted_id AND (p.model IS NULL OR r.model = p.model)
    CROSS JOIN LATERAL (
      SELECT CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
        ELSE quotakit.window_range(p.period, r.at, p.time_zone, p.billing_day, p.week_start) END AS win) w
    LEFT JOIN state s ON s.policy_id = p.policy_id AND s.window_start = lower(w.win)
    WHERE upper(w.win) > p.counts_from AND r.expires_at > coalesce(s.now, greatest(p.now, p.counts_from))
  ),
  held_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'hold_until', expires_at, 'measure', 'held') AS key,
           coalesce(e.held, 0) AS expected, coalesce(f.held, 0) AS found
    FROM (SELECT account_id, policy_id, window_start, expires_at, sum(amount) AS held FROM held_part GROUP BY 1, 2, 3, 4) e
    FULL JOIN (
      SELECT s.account_id, s.policy_id, s.window_start, h.until AS expires_at, sum(h.amount) AS held
      FROM state s CROSS JOIN LATERAL unnest(s.hold_until, s.hold_amount) AS h(until, amount)
      WHERE h.until > s.now AND upper(s.win) > s.counts_from AND upper(s.win) > s.sealed_until
      GROUP BY 1, 2, 3, 4) f
      USING (account_id, policy_id, window_start, expires_at)
    WHERE coalesce(e.held, 0) <> coalesce(f.held, 0)
  ),
  -- An event stands at its id's time, on a node that exists, outside what is sealed.
  event_diff AS (
    SELECT e.account_id, 'event' AS object,
           jsonb_build_object('id', e.event_id, 'at', e.at, 'measure', m.measure) AS key, 1::numeric AS expected, 0::numeric AS found
    FROM acct a JOIN quotakit.event e ON e.account_id = id
    CROSS JOIN LATERAL (VALUES ('time', e.at = quotakit.uuid_time(e.event_id)),
      ('node', EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = id AND n.node_id = e.node_id))) AS m(measure, good)
    WHERE m.good IS NOT TRUE
    UNION ALL
    SELECT r.account_id, 'reservation',
           jsonb_build_object('id', r.reservation_id, 'at', r.at, 'seq', r.seq, 'measure', m.measure), 1, 0
    FROM acct a JOIN quotakit.reservation r ON r.account_id = id
    CROSS JOIN LATERAL (VALUES ('time', r.at = quotakit.uuid_time(r.reservation_id)),
      ('node', EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = id AND n.node_id = r.node_id))) AS m(measure, good)
    WHERE m.good IS NOT TRUE
  ),
  diff AS (
    SELECT * FROM event_diff UNION ALL SELECT * FROM rollup_diff
    UNION ALL SELECT * FROM sub_hour_diff UNION ALL SELECT * FROM sub_day_diff
    UNION ALL SELECT * FROM used_diff UNION ALL SELECT * FROM bucket_diff UNION ALL SELECT * FROM held_diff
  )
  SELECT a.name, d.object, d.key, d.expected, d.found
  FROM diff d JOIN acct a ON a.account_id = d.account_id
  ORDER BY 1, 2, 3;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.verify(text) IS 'Recomputes every counter and rollup of an account (by name; of all that the caller may see by default) from the ledger, the open reservations and the baselines, in one snapshot, and returns what differs: object is event, reservation, rollup, subtree_hour, subtree_day or counter; key says which; expected is the recomputed value, found the stored one (nano-USD, nano-credits, requests, tokens). No row, ever, in a sound system. Reads the whole ledger. Errors: QK016.';
