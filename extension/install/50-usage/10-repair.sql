-- Rewrites what verify() finds off.

CREATE FUNCTION quotakit._repair_counter(account_id int4, policy_id int4, window_start timestamptz, diffs jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now     timestamptz;
  p       quotakit.policy;
  c       quotakit.counter;
  used    numeric;
  hold_u  timestamptz[]; hold_a numeric[];
  buck_s  timestamptz[]; buck_u numeric[];
BEGIN
  SELECT x.* INTO STRICT p FROM quotakit.policy x
  WHERE x.account_id = _repair_counter.account_id AND x.policy_id = _repair_counter.policy_id;
  SELECT x.* INTO c FROM quotakit.counter x
  WHERE x.account_id = _repair_counter.account_id AND x.policy_id = _repair_counter.policy_id
    AND x.window_start = _repair_counter.window_start
  ORDER BY x.seq DESC LIMIT 1;
  now := greatest(clock_timestamp(), p.counts_from, c.decided_at);
  -- What is stored, plus what is off.
  SELECT array_agg(u ORDER BY u), array_agg(s ORDER BY u) INTO hold_u, hold_a FROM (
    SELECT u, sum(h) AS s FROM (
      SELECT u, h::numeric FROM unnest(c.hold_until, c.hold_amount) AS x(u, h) WHERE u > now
      UNION ALL
      SELECT (d->>'hold_until')::timestamptz, (d->>'off')::numeric FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'held') y(u, h)
    GROUP BY u HAVING sum(h) <> 0) z;
  SELECT array_agg(b ORDER BY b), array_agg(s ORDER BY b) INTO buck_s, buck_u FROM (
    SELECT b, sum(u) AS s FROM (
      SELECT b, u::numeric FROM unnest(c.bucket_start, c.bucket_used) AS x(b, u)
      UNION ALL
      SELECT (d->>'bucket')::timestamptz, (d->>'off')::numeric FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'bucket') y(b, u)
    GROUP BY b HAVING sum(u) <> 0) z;
  IF p.rolling THEN
    SELECT coalesce(sum(u), 0) INTO used FROM unnest(buck_s, buck_u) x(b, u) WHERE b >= quotakit.rolling_since(p.period, now);
  ELSE
    SELECT coalesce(c.used, 0) + coalesce(sum((d->>'off')::numeric), 0) INTO used
    FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'used';
  END IF;
  PERFORM quotakit._write_counter(_repair_counter.account_id, _repair_counter.policy_id, _repair_counter.window_start,
    used, hold_u, hold_a, buck_s, buck_u, now);
END $$;
COMMENT ON FUNCTION quotakit._repair_counter(int4, int4, timestamptz, jsonb) IS
  'Writes a counter anew: as it is, plus what verify() found off. The caller holds the project''s lock.';

CREATE FUNCTION quotakit.repair(account text DEFAULT NULL)
RETURNS TABLE (account_name text, object text, key jsonb, expected numeric, found numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  acct  record;
  diffs jsonb;
  c     record;
BEGIN
  PERFORM quotakit._require_read_committed();
  IF repair.account IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.account a WHERE a.name = repair.account) THEN
    RAISE EXCEPTION 'account "%" does not exist', repair.account USING ERRCODE = 'QK016';
  END IF;
  -- By way of an array, since a query that is read row by row keeps its page pinned while a lock is waited for.
  FOR acct IN SELECT u.account_id, u.name FROM unnest(ARRAY(SELECT a FROM quotakit.account a
              WHERE repair.account IS NULL OR a.name = repair.account ORDER BY a.account_id)) AS u LOOP
    -- Nothing is locked where nothing is wrong.
    CONTINUE WHEN NOT EXISTS (SELECT FROM quotakit.verify(acct.name));
    -- The account first, as every change of it does: in another order two could wait for each other.
    PERFORM quotakit._lock_account(acct.account_id);
    PERFORM quotakit._recut_begin(acct.account_id);
    SELECT jsonb_agg(jsonb_build_object('object', v.object, 'key', v.key, 'expected', v.expected, 'found', v.found)) INTO diffs
    FROM quotakit.verify(acct.name) v WHERE v.object NOT IN ('event', 'reservation');
    CONTINUE WHEN diffs IS NULL;

    -- Rollups: a delta that makes the sum right. Totals of subtrees are summed anew.
    INSERT INTO quotakit.rollup_delta
    SELECT acct.account_id, nextval('quotakit.rollup_delta_id_seq'), x.node_id, x.model, x.hour, (x.off).*
    FROM (SELECT (d->'key'->>'node_id')::int4 AS node_id, d->'key'->>'model' AS model, (d->'key'->>'hour')::timestamptz AS hour,
                 jsonb_populate_record(quotakit._row(quotakit.measures()),
                   jsonb_object_agg(d->'key'->>'measure', (d->>'expected')::numeric - (d->>'found')::numeric)) AS off
          FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'rollup' GROUP BY 1, 2, 3) x;
    PERFORM quotakit._fill_subtree(acct.account_id, x.node_id)
    FROM (SELECT DISTINCT (d->'key'->>'node_id')::int4 AS node_id
          FROM jsonb_array_elements(diffs) d WHERE d->>'object' IN ('subtree_hour', 'subtree_day') ORDER BY 1) x;

    FOR c IN
      SELECT (d->'key'->>'policy_id')::int4 AS policy_id, (d->'key'->>'window_start')::timestamptz AS window_start,
             jsonb_agg(d->'key' || jsonb_build_object('off', (d->>'expected')::numeric - (d->>'found')::numeric)) AS diffs
      FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'counter'
      GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
      PERFORM quotakit._repair_counter(acct.account_id, c.policy_id, c.window_start, c.diffs);
    END LOOP;

    INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after)
    SELECT acct.account_id, quotakit._actor(), 'repair', 'update',
           jsonb_build_object('rows', jsonb_agg(d - 'expected')), jsonb_build_object('changed', jsonb_array_length(diffs), 'rows', jsonb_agg(d - 'found'))
    FROM jsonb_path_query(diffs, '$[0 to 99]') d;
    RETURN QUERY SELECT acct.name, d->>'object', d->'key', (d->>'expected')::numeric, (d->>'found')::numeric
                 FROM jsonb_array_elements(diffs) d;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.repair(text) IS
  'Rewrites what verify() finds off in counters and rollups of an account (all by default), with its projects locked; '
  'calls on them are answered busy meanwhile. Returns what it changed; audit_log keeps that too, at most 100 rows of '
  'it in full. Events and reservations are never touched. Errors: QK016, feature_not_supported above READ COMMITTED.';
