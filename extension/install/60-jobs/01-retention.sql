-- Retention: what leaves the ledger stays in rollups, and in baselines for the
-- windows that go on, so that verify() stays exact.

CREATE FUNCTION quotakit._seal(account_id int4, cut timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct quotakit.account;
  now  timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _seal.account_id;
  IF cut <= acct.sealed_until THEN
    RETURN;
  END IF;
  WITH pol AS (
    SELECT p.*, CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(p.period, cut, acct.time_zone, acct.billing_day, acct.week_start) END AS win,
           CASE WHEN p.rolling THEN quotakit._rolling_kept(p.period, now) END AS since
    FROM quotakit.policy p WHERE p.account_id = acct.account_id AND p.archived_at IS NULL
  ), pol_node AS MATERIALIZED (
    SELECT p.*, c.node_id AS counted_id
    FROM pol p CROSS JOIN LATERAL unnest(quotakit._policy_nodes(p.account_id, p.policy_id)) AS c(node_id)
    -- Only windows that go on past the cut and are counted.
    WHERE lower(p.win) < cut AND upper(p.win) > p.counts_from
  ), part AS (
    SELECT p.policy_id, CASE WHEN p.rolling THEN quotakit.rolling_bucket(p.period, e.at) ELSE lower(p.win) END AS window_start,
           quotakit.amount_of(quotakit.measures(e), p.unit) AS amount
    FROM pol_node p
    JOIN quotakit.event e ON e.account_id = acct.account_id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE e.at >= acct.sealed_until AND e.at < cut AND e.at >= lower(p.win) AND (p.since IS NULL OR e.at >= p.since)
  )
  INSERT INTO quotakit.baseline AS b (account_id, policy_id, window_start, used)
  SELECT acct.account_id, policy_id, window_start, quotakit._amount(sum(amount))
  FROM part GROUP BY policy_id, window_start HAVING sum(amount) <> 0
  ON CONFLICT (account_id, policy_id, window_start) DO UPDATE SET used = b.used + excluded.used;

  -- Baselines and counters of windows that are over.
  DELETE FROM quotakit.baseline b USING quotakit.policy p
  WHERE b.account_id = acct.account_id AND p.account_id = acct.account_id AND p.policy_id = b.policy_id
    AND CASE WHEN p.rolling THEN b.window_start < quotakit._rolling_kept(p.period, now)
             WHEN b.window_start >= cut OR p.period = 'lifetime' THEN false
             ELSE upper(quotakit.window_range(p.period, b.window_start, acct.time_zone, acct.billing_day, acct.week_start)) <= cut END;
  DELETE FROM quotakit.counter c USING quotakit.policy p
  WHERE c.account_id = acct.account_id AND p.account_id = acct.account_id AND p.policy_id = c.policy_id
    AND NOT p.rolling AND p.period <> 'lifetime' AND c.window_start < cut
    AND upper(quotakit.window_range(p.period, c.window_start, acct.time_zone, acct.billing_day, acct.week_start)) <= cut;

  UPDATE quotakit.account a SET sealed_until = cut, version = nextval('quotakit.config_version_seq')
  WHERE a.account_id = acct.account_id;
END $$;
COMMENT ON FUNCTION quotakit._seal(int4, timestamptz) IS
  'Seals an account''s ledger before cut, the start of a local day: what unfinished windows have counted there goes '
  'to their baselines, and no event can come there any more. The caller has stopped the account''s writers.';

CREATE FUNCTION quotakit._retain_account(account_id int4) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
-- A transaction that sleeps on one project must not hold up the others.
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
  acct quotakit.account;
  cut  timestamptz;
  n    int8;
  done int8 := 0;
BEGIN
  SELECT * INTO acct FROM quotakit.account a WHERE a.account_id = _retain_account.account_id AND a.account_id > 0;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  cut := lower(quotakit.window_range('day', clock_timestamp() - acct.retention, acct.time_zone));
  IF cut > acct.sealed_until THEN
    -- The account first, as every change of it does: in another order two could wait for each other.
    PERFORM quotakit._lock_account(acct.account_id);
    PERFORM quotakit._recut_begin(acct.account_id);
    -- A reservation that still holds keeps its day.
    SELECT least(cut, lower(quotakit.window_range('day', min(r.at), acct.time_zone))) INTO cut
    FROM quotakit.reservation r
    WHERE r.account_id = acct.account_id AND r.at < cut AND r.is_open AND r.expires_at > clock_timestamp();
    PERFORM quotakit._seal(acct.account_id, cut);
    SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _retain_account.account_id;
  END IF;
  DELETE FROM quotakit.refusal r WHERE r.account_id = acct.account_id AND r.minute < acct.sealed_until;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  DELETE FROM quotakit.rejected_event r WHERE r.account_id = acct.account_id AND r.received_at < acct.sealed_until;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN done + n;
END $$;
COMMENT ON FUNCTION quotakit._retain_account(int4) IS
  'Seals what is older than the account''s retention and deletes its old refusals and rejected events; returns how '
  'many. Errors: lock_not_available when a project''s lock is not to be had in half a second.';

CREATE FUNCTION quotakit._partitions() RETURNS TABLE (parent text, partition text, since timestamptz, until timestamptz, ours bool)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.relname::text, c.relname::text, m.since, m.since + interval '1 month', c.relowner = p.relowner
  FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent
  JOIN pg_class c ON c.oid = i.inhrelid
  LEFT JOIN LATERAL (SELECT make_timestamptz(d[1]::int4, d[2]::int4, 1, 0, 0, 0, 'UTC') AS since
                     FROM regexp_match(c.relname, '_(\d{4,5})_(\d\d)$') AS d) m ON true
  WHERE i.inhparent IN ('quotakit.event'::regclass, 'quotakit.reservation'::regclass)
  ORDER BY 1, 3
$$;
COMMENT ON FUNCTION quotakit._partitions() IS
  'The attached partitions of event and reservation; the default ones without times. Ours: of the same owner as the table.';

CREATE FUNCTION quotakit.drop_partitions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' SET timezone = 'UTC'
AS $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT * FROM quotakit._partitions() x WHERE x.until <= now() - interval '35 days' LOOP
    CONTINUE WHEN EXISTS (SELECT FROM quotakit.account a WHERE a.account_id > 0 AND a.sealed_until < p.until);
    BEGIN
      -- With the parent locked nobody is on the way to the partition; asked again, an
      -- account may have come meanwhile.
      EXECUTE format('LOCK TABLE ONLY quotakit.%I IN ACCESS EXCLUSIVE MODE', p.parent);
      IF NOT EXISTS (SELECT FROM quotakit.account a WHERE a.account_id > 0 AND a.sealed_until < p.until) THEN
        EXECUTE format('DROP TABLE quotakit.%I', p.partition);
        RETURN NEXT p.partition;
      END IF;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      RAISE NOTICE 'partition % is in use and is left for the next run', p.partition;
    END;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.drop_partitions() IS
  'Drops the monthly partitions that every account has sealed; returns their names. One that is in use for longer '
  'than 200 ms is left for the next run. It holds the table''s lock until its transaction ends.';

CREATE FUNCTION quotakit._delete_sealed(account_id int4, max_rows int4) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  sealed timestamptz;
  p      record;
  n      int8;
  done   int8 := 0;
BEGIN
  SELECT a.sealed_until INTO STRICT sealed FROM quotakit.account a WHERE a.account_id = _delete_sealed.account_id;
  -- A month that the account has not sealed to its end, or that is dropped soon, is not worth deleting from.
  FOR p IN SELECT * FROM quotakit._partitions() x WHERE x.until IS NULL OR x.until <= sealed LOOP
    -- Its owner's triggers would run with our rights.
    IF NOT p.ours THEN
      RAISE WARNING 'partition "%" does not belong to the owner of "%" and is left alone', p.partition, p.parent
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('ALTER TABLE quotakit.%I OWNER TO the owner of quotakit.%I.', p.partition, p.parent);
      CONTINUE;
    END IF;
    EXECUTE format('DELETE FROM quotakit.%1$I WHERE ctid = ANY (ARRAY(
        SELECT x.ctid FROM quotakit.%1$I x WHERE x.account_id = $1 AND x.at < $2 LIMIT $3))', p.partition)
      USING _delete_sealed.account_id, sealed, max_rows - done;
    GET DIAGNOSTICS n = ROW_COUNT;
    done := done + n;
    EXIT WHEN done >= max_rows;
  END LOOP;
  RETURN done;
END $$;
COMMENT ON FUNCTION quotakit._delete_sealed(int4, int4) IS
  'Deletes at most max_rows events and reservations that an account has sealed, from months that other accounts still '
  'need and from the default partitions; returns how many.';
