-- What a policy has used and holds, computed from the ledger and the rollups:
-- for a policy that is new (R11), and where retention drops what a window has
-- counted (R9).

CREATE FUNCTION quotakit._amount(total numeric) RETURNS int8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF abs(total) > 9223372036854775807 THEN
    RAISE EXCEPTION 'a sum is out of range'
      USING ERRCODE = 'QK008', DETAIL = format('%s does not fit in 64 bits.', total);
  END IF;
  RETURN total::int8;
END $$;
COMMENT ON FUNCTION quotakit._amount(numeric) IS 'A sum as int8. Errors: QK008 when it does not fit.';

CREATE FUNCTION quotakit._policy_nodes(account_id int4, policy_id int4) RETURNS int4[]
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(array_agg(n.node_id), '{}')
  FROM quotakit.policy p
  JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id
  JOIN quotakit.node n ON n.account_id = p.account_id AND n.path OPERATOR(quotakit.<@) pn.path
  WHERE p.account_id = $1 AND p.policy_id = $2 AND (p.service IS NULL OR n.service = p.service)
$$;
COMMENT ON FUNCTION quotakit._policy_nodes(int4, int4) IS 'The nodes whose events a policy counts: its own and those below, of its service.';

CREATE FUNCTION quotakit._ledger_used(account_id int4, policy_id int4, since timestamptz, until timestamptz)
RETURNS numeric
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(sum(quotakit.amount_of(quotakit.measures(e), p.unit)), 0)
  FROM quotakit.policy p
  JOIN quotakit.event e ON e.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2
    AND e.at >= $3 AND e.at < $4
    AND e.node_id = ANY (quotakit._policy_nodes($1, $2))
    AND (p.model IS NULL OR e.model = p.model)
$$;
COMMENT ON FUNCTION quotakit._ledger_used(int4, int4, timestamptz, timestamptz) IS
  'What a policy counts from since to before until, from the ledger; in its unit.';

CREATE FUNCTION quotakit._rollup_used(account_id int4, policy_id int4, since timestamptz, until timestamptz)
RETURNS numeric
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  WITH p AS (
    SELECT p.*, a.time_zone,
      -- A range of whole local days reads a row a day.
      CASE WHEN isfinite($3) THEN lower(quotakit.window_range('day', $3, a.time_zone)) = $3 ELSE true END
        AND CASE WHEN isfinite($4) THEN lower(quotakit.window_range('day', $4, a.time_zone)) = $4 ELSE true END AS by_day,
      CASE WHEN isfinite($3) THEN ($3 AT TIME ZONE a.time_zone)::date ELSE '-infinity' END AS first_day,
      CASE WHEN isfinite($4) THEN ($4 AT TIME ZONE a.time_zone)::date ELSE 'infinity' END AS end_day
    FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
    WHERE p.account_id = $1 AND p.policy_id = $2
  ), cells AS (
    SELECT quotakit.measures(r) AS m
    FROM p JOIN quotakit.subtree_day r ON r.account_id = p.account_id AND r.node_id = p.node_id
      AND r.day >= p.first_day AND r.day < p.end_day
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    WHERE p.by_day
    UNION ALL
    SELECT quotakit.measures(r) AS m
    FROM p JOIN quotakit.subtree_hour r ON r.account_id = p.account_id AND r.node_id = p.node_id
      AND r.hour >= $3 AND r.hour < $4
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    WHERE NOT p.by_day
    UNION ALL
    SELECT quotakit.measures(r) AS m
    FROM p JOIN quotakit.rollup_delta r ON r.account_id = p.account_id
      AND r.hour >= $3 AND r.hour < $4 AND (p.model IS NULL OR r.model = p.model)
    WHERE r.node_id = ANY (quotakit._policy_nodes($1, $2))
  )
  SELECT coalesce(quotakit.amount_of(quotakit.sum(c.m), (SELECT unit FROM p)), 0) FROM cells c
$$;
COMMENT ON FUNCTION quotakit._rollup_used(int4, int4, timestamptz, timestamptz) IS
  'What a policy counts from since to before until, from the rollups; in its unit. Both ends must be starts of local hours, or infinite.';

CREATE FUNCTION quotakit._rolling_used(account_id int4, policy_id int4, since timestamptz)
RETURNS TABLE (bucket timestamptz, used numeric, sealed numeric)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  p     record;
  nodes int4[] := quotakit._policy_nodes(_rolling_used.account_id, _rolling_used.policy_id);
BEGIN
  SELECT p.*, a.time_zone, a.sealed_until INTO p
  FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2;
  -- Buckets are whole hours of UTC or less; rollups are hours of local time. What
  -- lies in one bucket is taken from rollups; what straddles two, which only
  -- happens in zones off the hour, from the ledger. Where the ledger is gone it
  -- goes to the later bucket: it counts longer.
  RETURN QUERY
  WITH hours AS (
    SELECT r.hour, quotakit.amount_of(quotakit.measures(r), p.unit) AS amount
    FROM quotakit.subtree_hour r
    WHERE r.account_id = p.account_id AND r.node_id = p.node_id AND r.hour >= since - interval '1 hour'
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    UNION ALL
    SELECT r.hour, quotakit.amount_of(quotakit.measures(r), p.unit)
    FROM quotakit.rollup_delta r
    WHERE r.account_id = p.account_id AND r.node_id = ANY (nodes) AND r.hour >= since - interval '1 hour'
      AND (p.model IS NULL OR r.model = p.model)
  ), placed AS (
    SELECT quotakit.rolling_bucket(p.period, h.hour) AS first_bucket,
           quotakit.rolling_bucket(p.period, h.hour + interval '1 hour' - interval '1 microsecond') AS last_bucket,
           h.hour < p.sealed_until AS sealed, h.amount
    FROM hours h
    WHERE p.period NOT IN ('minute', 'hour', 'day')
  ), edges AS (
    -- The local hours that a boundary of buckets cuts.
    SELECT quotakit.local_hour(b, p.time_zone) AS hour
    FROM generate_series(quotakit.rolling_bucket(p.period, since), clock_timestamp() + interval '1 hour' + quotakit._rolling_width(p.period),
                         quotakit._rolling_width(p.period)) AS b
    WHERE p.period NOT IN ('minute', 'hour', 'day') AND quotakit.local_hour(b, p.time_zone) < b
  ), raw AS (
    SELECT e.at, quotakit.amount_of(quotakit.measures(e), p.unit) AS amount
    FROM quotakit.event e
    WHERE p.period IN ('minute', 'hour', 'day')
      AND e.account_id = p.account_id AND e.at >= since AND e.at >= p.sealed_until
      AND e.node_id = ANY (nodes) AND (p.model IS NULL OR e.model = p.model)
    UNION ALL
    SELECT e.at, quotakit.amount_of(quotakit.measures(e), p.unit)
    FROM edges g
    JOIN quotakit.event e ON e.account_id = p.account_id AND e.at >= g.hour AND e.at < g.hour + interval '1 hour'
      AND e.at >= p.sealed_until
      AND quotakit.local_hour(e.at, p.time_zone) = g.hour
    WHERE e.node_id = ANY (nodes) AND (p.model IS NULL OR e.model = p.model)
  ), parts AS (
    SELECT last_bucket AS bucket, amount, sealed FROM placed WHERE first_bucket = last_bucket OR sealed
    UNION ALL
    SELECT quotakit.rolling_bucket(p.period, at), amount, false FROM raw
  )
  SELECT parts.bucket, sum(amount), coalesce(sum(amount) FILTER (WHERE sealed), 0)
  FROM parts WHERE parts.bucket >= quotakit.rolling_bucket(p.period, since)
  GROUP BY parts.bucket;
END $$;
COMMENT ON FUNCTION quotakit._rolling_used(int4, int4, timestamptz) IS
  'What a rolling policy counts in each bucket from the one that holds since; sealed is the part that is no longer in the ledger.';

CREATE FUNCTION quotakit._held(account_id int4, policy_id int4, since timestamptz, until timestamptz, now timestamptz)
RETURNS TABLE (hold_until timestamptz, amount numeric)
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.expires_at, sum(quotakit.amount_of(quotakit.measures(requests => r.requests, input_tokens => r.tokens, usd => r.usd, credits => r.credits), p.unit))
  FROM quotakit.policy p
  JOIN quotakit.reservation r ON r.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2 AND r.at >= $3 AND r.at < $4
    AND r.is_open AND r.expires_at > $5
    -- No hold is longer than a day, rounded up to the hour.
    AND r.recorded_at > $5 - interval '26 hours'
    AND r.node_id = ANY (quotakit._policy_nodes($1, $2))
    AND (p.model IS NULL OR r.model = p.model)
    AND NOT EXISTS (SELECT FROM quotakit.reservation n
      WHERE n.account_id = r.account_id AND n.at = r.at AND n.reservation_id = r.reservation_id AND n.seq > r.seq)
    AND NOT EXISTS (SELECT FROM quotakit.event e
      WHERE e.account_id = r.account_id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id)
  GROUP BY r.expires_at
$$;
COMMENT ON FUNCTION quotakit._held(int4, int4, timestamptz, timestamptz, timestamptz) IS
  'What open reservations made from since to before until hold against a policy, by the time each hold ends; in its unit.';

CREATE FUNCTION quotakit._write_counter(account_id int4, policy_id int4, window_start timestamptz, used numeric,
  hold_until timestamptz[], hold_amount numeric[], bucket_start timestamptz[], bucket_used numeric[], decided_at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  last int8;
BEGIN
  SELECT max(c.seq) INTO last FROM quotakit.counter c
  WHERE c.account_id = _write_counter.account_id AND c.policy_id = _write_counter.policy_id
    AND c.window_start = _write_counter.window_start;
  IF last IS NULL AND used = 0 AND coalesce(cardinality(hold_until), 0) = 0 AND coalesce(cardinality(bucket_start), 0) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO quotakit.counter
  VALUES (account_id, policy_id, window_start, coalesce(last, 0) + 1, quotakit._amount(used),
          coalesce(hold_until, '{}'),
          coalesce((SELECT array_agg(quotakit._amount(h) ORDER BY i) FROM unnest(hold_amount) WITH ORDINALITY AS u(h, i)), '{}'),
          coalesce(bucket_start, '{}'),
          coalesce((SELECT array_agg(quotakit._amount(b) ORDER BY i) FROM unnest(bucket_used) WITH ORDINALITY AS u(b, i)), '{}'),
          decided_at);
  DELETE FROM quotakit.counter c
  WHERE c.account_id = _write_counter.account_id AND c.policy_id = _write_counter.policy_id
    AND c.window_start = _write_counter.window_start AND c.seq <= last;
END $$;
COMMENT ON FUNCTION quotakit._write_counter(int4, int4, timestamptz, numeric, timestamptz[], numeric[], timestamptz[], numeric[], timestamptz) IS
  'Appends the state of a counter and deletes its older rows; nothing for a counter that is empty and has none. The '
  'caller holds the project''s lock. Errors: QK008.';

CREATE FUNCTION quotakit._decided_at(account_id int4, policy_id int4) RETURNS timestamptz
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(max(c.decided_at), '-infinity') FROM quotakit.counter c WHERE c.account_id = $1 AND c.policy_id = $2
$$;
COMMENT ON FUNCTION quotakit._decided_at(int4, int4) IS 'The newest time that a counter of a policy has seen; -infinity if there is none.';

CREATE FUNCTION quotakit._fill_counters(account_id int4, policy_id int4, since timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  a      int4 := _fill_counters.account_id;
  pid    int4 := _fill_counters.policy_id;
  clock  timestamptz := clock_timestamp();
  now    timestamptz;
  ends   timestamptz;
  p      record;
  win    tstzrange;
  lo     timestamptz;
  hi     timestamptz;
  used   numeric;
  sealed numeric;
  hold_u timestamptz[]; hold_a numeric[];
  buck_s timestamptz[]; buck_u numeric[];
BEGIN
  -- An older snapshot would miss what was recorded before the lock was had.
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'counters cannot be filled at isolation level %', current_setting('transaction_isolation')
      USING ERRCODE = 'invalid_transaction_state', HINT = 'Make policies at READ COMMITTED.';
  END IF;
  SELECT p.*, ac.time_zone, ac.billing_day, ac.week_start, ac.sealed_until INTO p
  FROM quotakit.policy p JOIN quotakit.account ac ON ac.account_id = p.account_id
  WHERE p.account_id = a AND p.policy_id = pid;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', pid USING ERRCODE = 'QK001';
  END IF;
  -- Where nothing is written, that nothing was there is known as of counts_from.
  now := greatest(p.counts_from, quotakit._decided_at(a, pid));

  IF p.rolling THEN
    SELECT coalesce(sum(r.used) FILTER (WHERE r.bucket >= quotakit.rolling_since(p.period, now)), 0),
           array_agg(r.bucket ORDER BY r.bucket), array_agg(r.used ORDER BY r.bucket)
    INTO used, buck_s, buck_u
    FROM quotakit._rolling_used(a, pid, quotakit._rolling_kept(p.period, now)) r WHERE r.used <> 0;
    DELETE FROM quotakit.baseline b WHERE b.account_id = a AND b.policy_id = pid;
    INSERT INTO quotakit.baseline
    SELECT a, pid, r.bucket, quotakit._amount(r.sealed)
    FROM quotakit._rolling_used(a, pid, quotakit._rolling_kept(p.period, now)) r WHERE r.sealed <> 0;
    SELECT array_agg(h.hold_until ORDER BY h.hold_until), array_agg(h.amount ORDER BY h.hold_until) INTO hold_u, hold_a
    FROM quotakit._held(a, pid, '-infinity', 'infinity', now) h;
    PERFORM quotakit._write_counter(a, pid, '-infinity', used, hold_u, hold_a, buck_s, buck_u, now);
    RETURN;
  END IF;

  -- From the window in which the policy was made (its transaction may have waited
  -- for the lock past the window's end) to the last one that a call may name, or
  -- has named before the clock went back.
  lo := coalesce(_fill_counters.since, least(clock, greatest(p.created_at, clock - interval '1 hour')));
  ends := greatest(clock + interval '5 minutes', (SELECT max(e.at) FROM quotakit.event e WHERE e.account_id = a),
                   (SELECT max(r.at) FROM quotakit.reservation r WHERE r.account_id = a));
  LOOP
    win := quotakit.window_range(p.period, lo, p.time_zone, p.billing_day, p.week_start);
    lo := lower(win);
    hi := upper(win);
    IF p.period = 'minute' THEN
      used := quotakit._ledger_used(a, pid, lo, hi);
      sealed := 0;
    ELSE
      used := quotakit._rollup_used(a, pid, lo, hi);
      sealed := CASE WHEN lo < p.sealed_until THEN quotakit._rollup_used(a, pid, lo, least(hi, p.sealed_until)) ELSE 0 END;
    END IF;
    DELETE FROM quotakit.baseline b WHERE b.account_id = a AND b.policy_id = pid AND b.window_start = lo;
    IF sealed <> 0 THEN
      INSERT INTO quotakit.baseline VALUES (a, pid, lo, quotakit._amount(sealed));
    END IF;
    SELECT array_agg(h.hold_until ORDER BY h.hold_until), array_agg(h.amount ORDER BY h.hold_until) INTO hold_u, hold_a
    FROM quotakit._held(a, pid, lo, hi, now) h;
    PERFORM quotakit._write_counter(a, pid, lo, used, hold_u, hold_a, NULL, NULL, now);
    EXIT WHEN hi > ends;
    lo := hi;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._fill_counters(int4, int4, timestamptz) IS
  'Writes the counters of a policy from rollups, ledger and open reservations: for every window from the one that '
  'holds since (by default the policy''s creation, at most an hour ago) to the last that a call may name or has '
  'named. They are written as of counts_from, or of what its counters have seen since. The caller holds the '
  'project''s lock and has read nothing older. Errors: QK001, QK008, 25000 above READ COMMITTED.';
