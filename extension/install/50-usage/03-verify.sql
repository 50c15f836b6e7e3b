-- Counters and rollups are provable: everything is recomputed from the ledger
-- and the open reservations in one snapshot, and what differs is returned.
--
-- The parts are STABLE, so they read in the snapshot of verify()'s one statement.

CREATE TYPE quotakit._difference AS (object text, key jsonb, expected numeric, found numeric);
COMMENT ON TYPE quotakit._difference IS 'What verify() found off: which object, the recomputed value and the stored one.';

CREATE FUNCTION quotakit._measures_off(expected quotakit.measures, found quotakit.measures)
RETURNS TABLE (measure text, expected numeric, found numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT e.key, e.value::numeric, f.value::numeric
  FROM jsonb_each_text(to_jsonb(quotakit._totals(coalesce($1, quotakit.measures())))) e
  JOIN jsonb_each_text(to_jsonb(quotakit._totals(coalesce($2, quotakit.measures())))) f ON f.key = e.key
  WHERE e.value <> f.value AND e.key <> 'tokens';
END;
COMMENT ON FUNCTION quotakit._measures_off IS 'The measures in which two values differ; null counts as zeros.';

CREATE FUNCTION quotakit._ledger_hours(acct quotakit.account)
RETURNS TABLE (node_id int4, model text, hour timestamptz, m quotakit.measures)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT e.node_id, e.model, quotakit.local_hour(e.at, acct.time_zone), quotakit.sum(quotakit.measures(e))
  FROM quotakit.event e
  WHERE e.account_id = acct.account_id AND e.at >= acct.sealed_until
  GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION quotakit._ledger_hours IS 'The ledger of an account, as far as it is not sealed, by node, model and local hour.';

CREATE FUNCTION quotakit._verify_rollups(acct quotakit.account) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH rolled AS (
    SELECT r.node_id, r.model, r.hour, quotakit.sum(r.m) AS m
    FROM (
      SELECT h.node_id, h.model, h.hour, quotakit.measures(h) AS m FROM quotakit.rollup_hour h WHERE h.account_id = acct.account_id
      UNION ALL
      SELECT d.node_id, d.model, d.hour, quotakit.measures(d) FROM quotakit.rollup_delta d WHERE d.account_id = acct.account_id) r
    WHERE r.hour >= acct.sealed_until
    GROUP BY 1, 2, 3
  )
  SELECT 'rollup', jsonb_build_object('node_id', x.node_id, 'hour', x.hour, 'model', x.model, 'measure', o.measure), o.expected, o.found
  FROM (
    SELECT node_id, model, hour, e.m AS expected, r.m AS found
    FROM (SELECT * FROM quotakit._ledger_hours(acct) l WHERE l.hour >= acct.sealed_until) e
    FULL JOIN rolled r USING (node_id, model, hour)
    -- Whole values first: nearly all are equal.
    WHERE (e.m OPERATOR(quotakit.=) r.m) IS NOT TRUE) x
  CROSS JOIN LATERAL quotakit._measures_off(x.expected, x.found) o
$$;
COMMENT ON FUNCTION quotakit._verify_rollups IS 'Where the rollups of an account, folded or not, differ from its ledger.';

CREATE FUNCTION quotakit._verify_subtrees(acct quotakit.account) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH above AS MATERIALIZED (
    SELECT n.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM quotakit.node n
    JOIN quotakit.node anc ON anc.account_id = acct.account_id AND anc.path OPERATOR(quotakit.@>) n.path
    WHERE n.account_id = acct.account_id
  ), hourly AS MATERIALIZED (
    SELECT b.node_id, r.hour, b.service, r.model, quotakit.sum(quotakit.measures(r)) AS m
    FROM above b JOIN quotakit.rollup_hour r ON r.account_id = acct.account_id AND r.node_id = b.below_id
    GROUP BY 1, 2, 3, 4
  ), daily AS (
    SELECT h.node_id, (h.hour AT TIME ZONE acct.time_zone)::date AS day, h.service, h.model, quotakit.sum(h.m) AS m
    FROM hourly h GROUP BY 1, 2, 3, 4
  ), off AS (
    SELECT 'subtree_hour' AS object, jsonb_build_object('node_id', node_id, 'hour', hour, 'service', service, 'model', model) AS key,
           e.m AS expected, f.m AS found
    FROM hourly e
    FULL JOIN (SELECT s.node_id, s.hour, s.service, s.model, quotakit.measures(s) AS m
               FROM quotakit.subtree_hour s WHERE s.account_id = acct.account_id) f USING (node_id, hour, service, model)
    WHERE (e.m OPERATOR(quotakit.=) f.m) IS NOT TRUE
    UNION ALL
    SELECT 'subtree_day', jsonb_build_object('node_id', node_id, 'day', day, 'service', service, 'model', model), e.m, f.m
    FROM daily e
    FULL JOIN (SELECT s.node_id, s.day, s.service, s.model, quotakit.measures(s) AS m
               FROM quotakit.subtree_day s WHERE s.account_id = acct.account_id) f USING (node_id, day, service, model)
    WHERE (e.m OPERATOR(quotakit.=) f.m) IS NOT TRUE
  )
  SELECT x.object, x.key || jsonb_build_object('measure', o.measure), o.expected, o.found
  FROM off x CROSS JOIN LATERAL quotakit._measures_off(x.expected, x.found) o
$$;
COMMENT ON FUNCTION quotakit._verify_subtrees IS 'Where the subtree totals of an account differ from what is folded, summed over each subtree.';

CREATE TYPE quotakit._counted_policy AS (policy_id int4, node_id int4, unit text, period text, rolling bool, service text, model text,
  counts_from timestamptz, now timestamptz, since timestamptz);
COMMENT ON TYPE quotakit._counted_policy IS
  'A live policy as verify() looks at it: now is the time of a rolling one''s counter, since when its oldest kept bucket begins.';

CREATE FUNCTION quotakit._counted_policies(acct quotakit.account, now timestamptz) RETURNS SETOF quotakit._counted_policy
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.policy_id, p.node_id, p.unit, p.period, p.rolling, p.service, p.model, p.counts_from, r.now,
         CASE WHEN p.rolling THEN quotakit._rolling_kept(p.period, r.now) END
  FROM quotakit.policy p
  -- A counter's time never goes back. (A rolling policy has one.)
  CROSS JOIN LATERAL (
    SELECT greatest($2, p.counts_from, max(c.decided_at)) AS now FROM quotakit.counter c
    WHERE p.rolling AND c.account_id = p.account_id AND c.policy_id = p.policy_id) r
  WHERE p.account_id = acct.account_id AND p.archived_at IS NULL
$$;
COMMENT ON FUNCTION quotakit._counted_policies IS 'The live policies of an account and the times that their counters are judged by.';

CREATE FUNCTION quotakit._counted_nodes(acct quotakit.account) RETURNS TABLE (policy_id int4, node_id int4)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.policy_id, n.node_id
  FROM quotakit.policy p
  JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id
  JOIN quotakit.node n ON n.account_id = acct.account_id AND n.path OPERATOR(quotakit.<@) pn.path
  WHERE p.account_id = acct.account_id AND p.archived_at IS NULL AND (p.service IS NULL OR n.service = p.service)
$$;
COMMENT ON FUNCTION quotakit._counted_nodes IS 'For each live policy of an account the nodes whose events it counts.';

CREATE FUNCTION quotakit._counted_window(acct quotakit.account, period text, rolling bool, at timestamptz) RETURNS tstzrange
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN rolling OR period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
    ELSE quotakit.window_range(period, at, acct.time_zone, acct.billing_day, acct.week_start) END
$$;
COMMENT ON FUNCTION quotakit._counted_window IS 'The window of a counter that an instant lies in: all of time for rolling and lifetime.';

CREATE FUNCTION quotakit._counter_states(acct quotakit.account, now timestamptz)
RETURNS TABLE (policy_id int4, window_start timestamptz, used int8, hold_until timestamptz[], hold_amount int8[],
  bucket_start timestamptz[], bucket_used int8[], decided_at timestamptz, now timestamptz, rolling bool, period text,
  rolling_now timestamptz, since timestamptz, is_counted bool)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT ON (c.policy_id, c.window_start)
         c.policy_id, c.window_start, c.used, c.hold_until, c.hold_amount, c.bucket_start, c.bucket_used, c.decided_at,
         greatest($2, p.counts_from, c.decided_at), p.rolling, p.period, p.now, p.since,
         upper(w.win) > p.counts_from AND upper(w.win) > acct.sealed_until
  FROM quotakit._counted_policies(acct, $2) p
  JOIN quotakit.counter c ON c.account_id = acct.account_id AND c.policy_id = p.policy_id
  CROSS JOIN LATERAL (SELECT quotakit._counted_window(acct, p.period, p.rolling, c.window_start) AS win) w
  ORDER BY c.policy_id, c.window_start, c.seq DESC
$$;
COMMENT ON FUNCTION quotakit._counter_states IS
  'The newest row of each counter of an account''s live policies. is_counted: its window had not ended before the '
  'policy began to count, nor before what is sealed.';

CREATE FUNCTION quotakit._verify_used(acct quotakit.account, now timestamptz) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH hours AS MATERIALIZED (
    SELECT * FROM quotakit._ledger_hours(acct)
  ), windows AS MATERIALIZED (
    SELECT h.hour, w.period, quotakit._counted_window(acct, w.period, false, h.hour) AS win
    FROM (SELECT DISTINCT hour FROM hours) h
    CROSS JOIN (SELECT DISTINCT p.period FROM quotakit._counted_policies(acct, $2) p WHERE NOT p.rolling AND p.period <> 'minute') w
  ), part AS (
    SELECT p.policy_id, lower(w.win) AS window_start, quotakit.amount_of(h.m, p.unit) AS amount
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit._counted_nodes(acct) n ON n.policy_id = p.policy_id
    JOIN hours h ON h.node_id = n.node_id AND (p.model IS NULL OR h.model = p.model)
    JOIN windows w ON w.hour = h.hour AND w.period = p.period
    WHERE NOT p.rolling AND upper(w.win) > p.counts_from
    UNION ALL
    -- Minutes are too many to be kept for all.
    SELECT p.policy_id, date_bin('1 minute', e.at, 'epoch'), quotakit.amount_of(quotakit.measures(e), p.unit)
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit._counted_nodes(acct) n ON n.policy_id = p.policy_id
    JOIN quotakit.event e ON e.account_id = acct.account_id AND e.node_id = n.node_id AND (p.model IS NULL OR e.model = p.model)
    WHERE NOT p.rolling AND p.period = 'minute' AND e.at >= greatest(acct.sealed_until, date_bin('1 minute', p.counts_from, 'epoch'))
    UNION ALL
    SELECT p.policy_id, b.window_start, b.used
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit.baseline b ON b.account_id = acct.account_id AND b.policy_id = p.policy_id
    WHERE NOT p.rolling
  )
  SELECT 'counter', jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'measure', 'used'),
         coalesce(e.used, 0), coalesce(f.used, 0)
  FROM (SELECT p.policy_id, p.window_start, sum(p.amount) AS used FROM part p GROUP BY 1, 2) e
  FULL JOIN (
    SELECT s.policy_id, s.window_start, s.used FROM quotakit._counter_states(acct, $2) s WHERE NOT s.rolling AND s.is_counted) f
    USING (policy_id, window_start)
  WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
$$;
COMMENT ON FUNCTION quotakit._verify_used IS
  'Where what calendar and lifetime counters have used differs from the ledger and the baselines. Windows that ended '
  'before the policy began to count, or before what is sealed, are nobody''s business.';

CREATE FUNCTION quotakit._verify_buckets(acct quotakit.account, now timestamptz) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH part AS (
    SELECT p.policy_id, quotakit._rolling_place(p.period, e.at, p.now) AS bucket, quotakit.amount_of(quotakit.measures(e), p.unit) AS amount
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit._counted_nodes(acct) n ON n.policy_id = p.policy_id
    JOIN quotakit.event e ON e.account_id = acct.account_id AND e.node_id = n.node_id AND (p.model IS NULL OR e.model = p.model)
    WHERE p.rolling AND e.at >= greatest(p.since, acct.sealed_until)
    UNION ALL
    SELECT p.policy_id, quotakit._rolling_place(p.period, b.window_start, p.now), b.used
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit.baseline b ON b.account_id = acct.account_id AND b.policy_id = p.policy_id
    WHERE p.rolling AND b.window_start >= p.since
  ), state AS MATERIALIZED (
    SELECT * FROM quotakit._counter_states(acct, $2) s WHERE s.rolling
  )
  SELECT 'counter', jsonb_build_object('policy_id', policy_id, 'window_start', '-infinity', 'bucket', bucket, 'measure', 'bucket'),
         coalesce(e.used, 0), coalesce(f.used, 0)
  FROM (SELECT p.policy_id, p.bucket, sum(p.amount) AS used FROM part p GROUP BY 1, 2) e
  FULL JOIN (
    SELECT s.policy_id, quotakit._rolling_place(s.period, b.bucket, s.rolling_now) AS bucket, sum(b.used) AS used
    FROM state s CROSS JOIN LATERAL unnest(s.bucket_start, s.bucket_used) AS b(bucket, used)
    WHERE b.bucket >= s.since GROUP BY 1, 2) f
    USING (policy_id, bucket)
  WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
  UNION ALL
  -- A rolling counter's used is the sum of its own buckets, as the window was then.
  SELECT 'counter', jsonb_build_object('policy_id', s.policy_id, 'window_start', s.window_start, 'measure', 'used'), b.total, s.used
  FROM state s
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(u.used), 0) AS total FROM unnest(s.bucket_start, s.bucket_used) AS u(bucket, used)
    WHERE NOT isfinite(s.decided_at) OR u.bucket >= quotakit.rolling_since(s.period, s.decided_at)) b
  WHERE s.used <> b.total
$$;
COMMENT ON FUNCTION quotakit._verify_buckets IS
  'Where the buckets of rolling counters differ from the ledger and the baselines, or their sum from their buckets.';

CREATE FUNCTION quotakit._verify_held(acct quotakit.account, now timestamptz) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH newest AS (
    SELECT DISTINCT ON (r.at, r.reservation_id) r.*
    FROM quotakit.reservation r WHERE r.account_id = acct.account_id AND r.at >= acct.sealed_until
    ORDER BY r.at, r.reservation_id, r.seq DESC
  ), open_reservation AS MATERIALIZED (
    SELECT r.node_id, r.model, r.at, r.expires_at,
           quotakit.measures(requests => r.requests, input_tokens => r.tokens, usd => r.usd, credits => r.credits) AS m
    FROM newest r
    WHERE r.is_open AND r.expires_at > $2
      AND NOT EXISTS (SELECT FROM quotakit.event e
        WHERE e.account_id = acct.account_id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id)
  ), state AS MATERIALIZED (
    SELECT * FROM quotakit._counter_states(acct, $2)
  ), part AS (
    SELECT p.policy_id, lower(w.win) AS window_start, r.expires_at, quotakit.amount_of(r.m, p.unit) AS amount
    FROM quotakit._counted_policies(acct, $2) p
    JOIN quotakit._counted_nodes(acct) n ON n.policy_id = p.policy_id
    JOIN open_reservation r ON r.node_id = n.node_id AND (p.model IS NULL OR r.model = p.model)
    CROSS JOIN LATERAL (SELECT quotakit._counted_window(acct, p.period, p.rolling, r.at) AS win) w
    LEFT JOIN state s ON s.policy_id = p.policy_id AND s.window_start = lower(w.win)
    WHERE upper(w.win) > p.counts_from AND r.expires_at > coalesce(s.now, greatest($2, p.counts_from))
  )
  SELECT 'counter', jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'hold_until', expires_at, 'measure', 'held'),
         coalesce(e.held, 0), coalesce(f.held, 0)
  FROM (SELECT p.policy_id, p.window_start, p.expires_at, sum(p.amount) AS held FROM part p GROUP BY 1, 2, 3) e
  FULL JOIN (
    SELECT s.policy_id, s.window_start, h.until AS expires_at, sum(h.amount) AS held
    FROM state s CROSS JOIN LATERAL unnest(s.hold_until, s.hold_amount) AS h(until, amount)
    WHERE h.until > s.now AND s.is_counted
    GROUP BY 1, 2, 3) f
    USING (policy_id, window_start, expires_at)
  WHERE coalesce(e.held, 0) <> coalesce(f.held, 0)
$$;
COMMENT ON FUNCTION quotakit._verify_held IS
  'Where what counters hold differs from the open reservations, by the time each hold ends. What has expired counts on neither side.';

CREATE FUNCTION quotakit._verify_ids(acct quotakit.account) RETURNS SETOF quotakit._difference
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT x.object, x.key || jsonb_build_object('measure', m.measure), 1, 0
  FROM (
    SELECT 'event' AS object, jsonb_build_object('id', e.event_id, 'at', e.at) AS key, e.at, e.event_id AS id, e.node_id
    FROM quotakit.event e WHERE e.account_id = acct.account_id
    UNION ALL
    SELECT 'reservation', jsonb_build_object('id', r.reservation_id, 'at', r.at, 'seq', r.seq), r.at, r.reservation_id, r.node_id
    FROM quotakit.reservation r WHERE r.account_id = acct.account_id) x
  LEFT JOIN quotakit.node n ON n.account_id = acct.account_id AND n.node_id = x.node_id
  CROSS JOIN LATERAL (VALUES ('time', x.at = quotakit.uuid_time(x.id)), ('node', n.node_id IS NOT NULL)) AS m(measure, good)
  WHERE m.good IS NOT TRUE
$$;
COMMENT ON FUNCTION quotakit._verify_ids IS 'Events and reservations that do not stand at their id''s time, or on no node.';

CREATE FUNCTION quotakit.verify(account text DEFAULT NULL)
RETURNS TABLE (account_name text, object text, key jsonb, expected numeric, found numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
-- Nothing here has statistics, and one nested loop over a ledger is one too many.
SET enable_nestloop = off SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  id  int4;
  now timestamptz;
BEGIN
  IF verify.account IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.account a WHERE a.name = verify.account) THEN
    RAISE EXCEPTION 'account "%" does not exist', verify.account USING ERRCODE = 'QK016';
  END IF;
  -- Accounts share nothing, so each is a statement, and a snapshot, of its own.
  FOR id IN SELECT a.account_id FROM quotakit.account a
            WHERE verify.account IS NULL OR a.name = verify.account ORDER BY a.name LOOP
    now := clock_timestamp();
    RETURN QUERY
    SELECT a.name, d.object, d.key, d.expected, d.found
    FROM quotakit.account a
    CROSS JOIN LATERAL (
      SELECT * FROM quotakit._verify_ids(a)
      UNION ALL SELECT * FROM quotakit._verify_rollups(a)
      UNION ALL SELECT * FROM quotakit._verify_subtrees(a)
      UNION ALL SELECT * FROM quotakit._verify_used(a, now)
      UNION ALL SELECT * FROM quotakit._verify_buckets(a, now)
      UNION ALL SELECT * FROM quotakit._verify_held(a, now)) d
    WHERE a.account_id = id
    ORDER BY 1, 2, 3;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.verify(text) IS
  'Recomputes every counter and rollup of an account (by name; of all that the caller may see by default) from the '
  'ledger, the open reservations and the baselines, in one snapshot, and returns what differs: object is event, '
  'reservation, rollup, subtree_hour, subtree_day or counter; key says which; expected is the recomputed value, found '
  'the stored one (nano-USD, nano-credits, requests, tokens). No row, ever, in a sound system. Reads the whole ledger. Errors: QK016.';
