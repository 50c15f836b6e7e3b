-- Folding: rollup deltas into totals by hour, and into those of every ancestor.

CREATE FUNCTION quotakit._fold_account(account_id int4, max_rows int8) RETURNS int8
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
-- Compiling takes longer than the work.
SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  folded int8;
BEGIN
  -- Rows are written in the order of their keys. A table's columns are its key, then those of _row().
  WITH acct AS (
    SELECT a.account_id, a.time_zone FROM quotakit.account a WHERE a.account_id = _fold_account.account_id
  ), gone AS (
    DELETE FROM quotakit.rollup_delta d
    WHERE d.account_id = _fold_account.account_id AND d.delta_id = ANY (ARRAY(
      SELECT x.delta_id FROM quotakit.rollup_delta x
      WHERE x.account_id = _fold_account.account_id ORDER BY x.delta_id LIMIT max_rows))
    RETURNING *
  ), hourly AS MATERIALIZED (
    SELECT account_id, node_id, hour, model, quotakit.sum(quotakit.measures(gone)) AS m
    FROM gone GROUP BY 1, 2, 3, 4
  ), into_hour AS (
    INSERT INTO quotakit.rollup_hour AS t
    SELECT h.account_id, h.node_id, h.hour, h.model, r.*
    FROM hourly h CROSS JOIN LATERAL quotakit._row(h.m) r ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, node_id, hour, model) DO UPDATE SET
      (events, failed, unpriced, requests, input_tokens, cached_input_tokens,
       cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
      = (SELECT r.* FROM quotakit._row(quotakit.measures(t) OPERATOR(quotakit.+) quotakit.measures(excluded)) r)
  ), above AS MATERIALIZED (
    -- Once a node, not once an hour.
    SELECT h.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM (SELECT DISTINCT account_id, node_id FROM hourly) h
    JOIN quotakit.node n ON n.account_id = h.account_id AND n.node_id = h.node_id
    JOIN quotakit.node anc ON anc.account_id = n.account_id AND anc.path OPERATOR(quotakit.@>) n.path
  ), below AS MATERIALIZED (
    SELECT h.account_id, v.node_id, h.hour, v.service, h.model, quotakit.sum(h.m) AS m
    FROM hourly h JOIN above v ON v.below_id = h.node_id
    GROUP BY 1, 2, 3, 4, 5
  ), into_subtree_hour AS (
    INSERT INTO quotakit.subtree_hour AS t
    SELECT b.account_id, b.node_id, b.hour, b.service, b.model, r.*
    FROM below b CROSS JOIN LATERAL quotakit._row(b.m) r ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, hour, service, model) DO UPDATE SET
      (events, failed, unpriced, requests, input_tokens, cached_input_tokens,
       cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
      = (SELECT r.* FROM quotakit._row(quotakit.measures(t) OPERATOR(quotakit.+) quotakit.measures(excluded)) r)
  ), into_subtree_day AS (
    INSERT INTO quotakit.subtree_day AS t
    SELECT d.account_id, d.node_id, d.day, d.service, d.model, r.*
    FROM (SELECT b.account_id, b.node_id, (b.hour AT TIME ZONE a.time_zone)::date AS day, b.service, b.model,
                 quotakit.sum(b.m) AS m
          FROM below b JOIN acct a ON a.account_id = b.account_id
          GROUP BY 1, 2, 3, 4, 5) d
    CROSS JOIN LATERAL quotakit._row(d.m) r ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, day, service, model) DO UPDATE SET
      (events, failed, unpriced, requests, input_tokens, cached_input_tokens,
       cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
      = (SELECT r.* FROM quotakit._row(quotakit.measures(t) OPERATOR(quotakit.+) quotakit.measures(excluded)) r)
  )
  SELECT count(*) INTO folded FROM gone;
  RETURN folded;
END $$;
COMMENT ON FUNCTION quotakit._fold_account(int4, int8) IS
  'Folds at most max_rows deltas of an account, oldest first; returns how many. The caller holds the account''s folding lock.';

CREATE FUNCTION quotakit._fold_lock(account_id int4, wait bool) RETURNS bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF wait THEN
    PERFORM pg_advisory_xact_lock('quotakit.rollup_delta'::regclass::oid::int4, account_id);
    RETURN true;
  END IF;
  RETURN pg_try_advisory_xact_lock('quotakit.rollup_delta'::regclass::oid::int4, account_id);
END $$;
COMMENT ON FUNCTION quotakit._fold_lock(int4, bool) IS
  'Takes the lock that lets one session at a time write an account''s rollup totals, until the transaction ends; '
  'waits for it or returns false. Calls never take it.';

CREATE FUNCTION quotakit.fold_rollups(max_rows int4 DEFAULT 100000) RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  -- A busy account must not starve the others: each in turn gets a slice.
  slice  CONSTANT int8 := 50000;
  accts  int4[];
  rest   int4[];
  acct   int4;
  n      int8;
  total  int8 := 0;
BEGIN
  IF max_rows IS NULL OR max_rows < 1 OR max_rows > 10000000 THEN
    RAISE EXCEPTION 'max_rows must be from 1 to 10000000' USING ERRCODE = 'QK008';
  END IF;
  -- The accounts that have deltas, one index descent each.
  WITH RECURSIVE a(account_id) AS (
    SELECT min(account_id) FROM quotakit.rollup_delta
    UNION ALL
    SELECT (SELECT min(d.account_id) FROM quotakit.rollup_delta d WHERE d.account_id > a.account_id)
    FROM a WHERE a.account_id IS NOT NULL
  )
  SELECT array_agg(a.account_id ORDER BY a.account_id) INTO accts FROM a
  WHERE a.account_id IS NOT NULL AND quotakit._fold_lock(a.account_id, false);
  WHILE cardinality(accts) > 0 AND total < max_rows LOOP
    rest := '{}';
    FOREACH acct IN ARRAY accts LOOP
      BEGIN
        n := quotakit._fold_account(acct, least(slice, max_rows - total));
      EXCEPTION WHEN numeric_value_out_of_range THEN
        -- More than a total can hold, some 9 billion USD in an hour: its deltas stay, and the others go on.
        RAISE WARNING 'rollups of account % cannot be folded: %', acct, SQLERRM;
        n := 0;
      END;
      total := total + n;
      IF n = slice THEN
        rest := rest || acct;
      END IF;
      EXIT WHEN total >= max_rows;
    END LOOP;
    accts := rest;
  END LOOP;
  RETURN total;
END $$;
COMMENT ON FUNCTION quotakit.fold_rollups(int4) IS
  'Moves at most max_rows (1 to 10000000) rollup deltas into rollup_hour, subtree_hour and subtree_day, the accounts '
  'in turn, in one transaction; returns how many. Calls are never held up; two folders never work on one account. '
  'Readers add deltas and totals, so it changes no result. An account whose totals would be out of range is left alone with a warning. Errors: QK008.';

CREATE FUNCTION quotakit._fill_subtree(account_id int4, node_id int4) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct int4 := _fill_subtree.account_id;
  top  int4 := _fill_subtree.node_id;
BEGIN
  PERFORM quotakit._fold_lock(acct, true);
  DELETE FROM quotakit.subtree_hour t WHERE t.account_id = acct AND t.node_id = top;
  DELETE FROM quotakit.subtree_day t WHERE t.account_id = acct AND t.node_id = top;
  WITH hourly AS MATERIALIZED (
    SELECT r.hour, coalesce(n.service, '') AS service, r.model, quotakit.sum(quotakit.measures(r)) AS m
    FROM quotakit.node anc
    JOIN quotakit.node n ON n.account_id = anc.account_id AND n.path OPERATOR(quotakit.<@) anc.path
    JOIN quotakit.rollup_hour r ON r.account_id = n.account_id AND r.node_id = n.node_id
    WHERE anc.account_id = acct AND anc.node_id = top
    GROUP BY 1, 2, 3
  ), into_hour AS (
    INSERT INTO quotakit.subtree_hour
    SELECT acct, top, h.hour, h.service, h.model, r.* FROM hourly h CROSS JOIN LATERAL quotakit._row(h.m) r
  )
  INSERT INTO quotakit.subtree_day
  SELECT acct, top, d.day, d.service, d.model, r.*
  FROM (SELECT (h.hour AT TIME ZONE a.time_zone)::date AS day, h.service, h.model, quotakit.sum(h.m) AS m
        FROM hourly h JOIN quotakit.account a ON a.account_id = acct
        GROUP BY 1, 2, 3) d
  CROSS JOIN LATERAL quotakit._row(d.m) r;
END $$;
COMMENT ON FUNCTION quotakit._fill_subtree(int4, int4) IS
  'Rewrites the subtree totals of a node from the rollups of the nodes below: for a node that is made above others.';
