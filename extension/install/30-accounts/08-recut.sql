-- Another time zone, billing day or week start cuts time anew: rollups are kept by
-- local hour, counters by window.

CREATE FUNCTION quotakit._recut_rollups(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  sealed timestamptz;
  zone   text;
BEGIN
  SELECT a.sealed_until, a.time_zone INTO STRICT sealed, zone FROM quotakit.account a WHERE a.account_id = account;
  -- Everything becomes deltas again, and is folded as ever. What retention has
  -- dropped from the ledger keeps the hours it was counted in.
  DELETE FROM quotakit.rollup_delta d WHERE d.account_id = account AND d.hour >= sealed;
  DELETE FROM quotakit.subtree_hour s WHERE s.account_id = account;
  DELETE FROM quotakit.subtree_day s WHERE s.account_id = account;
  WITH gone AS (
    DELETE FROM quotakit.rollup_hour r WHERE r.account_id = account RETURNING *)
  INSERT INTO quotakit.rollup_delta
  SELECT account, nextval('quotakit.rollup_delta_id_seq'), g.node_id, g.model, g.hour, r.*
  FROM gone g CROSS JOIN LATERAL quotakit._row(quotakit.measures(g)) r WHERE g.hour < sealed;
  INSERT INTO quotakit.rollup_delta
  SELECT account, nextval('quotakit.rollup_delta_id_seq'), x.node_id, x.model, x.hour, r.*
  FROM (SELECT e.node_id, e.model, quotakit.local_hour(e.at, zone) AS hour, quotakit.sum(quotakit.measures(e)) AS m
        FROM quotakit.event e WHERE e.account_id = account AND e.at >= sealed
        GROUP BY e.node_id, e.model, quotakit.local_hour(e.at, zone)) x
  CROSS JOIN LATERAL quotakit._row(x.m) r;
  WHILE quotakit._fold_account(account, 1000000) > 0 LOOP
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_rollups IS
  'Sums the ledger of an account again by the hours and days of its time zone. The caller holds the account''s folding lock and all its projects'' locks.';

CREATE FUNCTION quotakit._recut_begin(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  PERFORM quotakit._require_read_committed();
  PERFORM quotakit._fold_lock(account, true);
  -- Stronger than _lock_account(): no path can be made meanwhile, so no project
  -- can come that is not locked below.
  PERFORM FROM quotakit.account a WHERE a.account_id = account FOR UPDATE;
  -- An array, since a query that is read row by row keeps its page pinned while a lock is waited for.
  FOREACH id IN ARRAY ARRAY(SELECT n.node_id FROM quotakit.node n
            WHERE n.account_id = account AND quotakit.nlevel(n.path) = 1 ORDER BY n.node_id) LOOP
    PERFORM quotakit._lock_project(account, id);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_begin IS
  'Stops all writers of an account''s rollups and counters until the end of the transaction: the folding lock, the '
  'account, then every project in ascending order.';

CREATE FUNCTION quotakit._recut_counters(account int4, periods text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  FOR id IN SELECT p.policy_id FROM quotakit.policy p
            WHERE p.account_id = account AND p.archived_at IS NULL AND NOT p.rolling AND p.period = ANY (periods)
            ORDER BY p.policy_id LOOP
    -- What its counters have seen end does not come back.
    UPDATE quotakit.policy p SET counts_from = greatest(clock_timestamp(), quotakit._decided_at(account, id))
    WHERE p.account_id = account AND p.policy_id = id;
    -- Windows of the old cut are no windows any more.
    DELETE FROM quotakit.counter c WHERE c.account_id = account AND c.policy_id = id;
    DELETE FROM quotakit.baseline b WHERE b.account_id = account AND b.policy_id = id;
    PERFORM quotakit._fill_counters(account, id);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_counters IS
  'Counts the current windows of the account''s calendar policies of these periods anew, after its settings have changed and under all its projects'' locks.';
