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
  -- Rows are written in the order of their keys; the sums are cast and so checked.
  WITH acct AS (
    SELECT a.account_id, a.time_zone FROM quotakit.account a WHERE a.account_id = _fold_account.account_id
  ), gone AS (
    DELETE FROM quotakit.rollup_delta d
    WHERE d.account_id = _fold_account.account_id AND d.delta_id = ANY (ARRAY(
      SELECT x.delta_id FROM quotakit.rollup_delta x
      WHERE x.account_id = _fold_account.account_id ORDER BY x.delta_id LIMIT max_rows))
    RETURNING *
  ), hourly AS MATERIALIZED (
    SELECT account_id, node_id, hour, model,
           sum(events) AS events, sum(failed) AS failed, sum(unpriced) AS unpriced,
           sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
           sum(cache_write_tokens) AS cache_write_tokens, sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
           sum(usd) AS usd, sum(credits) AS credits
    FROM gone GROUP BY 1, 2, 3, 4
  ), into_hour AS (
    INSERT INTO quotakit.rollup_hour AS t
      (account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM hourly ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, node_id, hour, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  ), above AS MATERIALIZED (
    -- Once a node, not once an hour.
    SELECT h.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM (SELECT DISTINCT account_id, node_id FROM hourly) h
    JOIN quotakit.node n ON n.account_id = h.account_id AND n.node_id = h.node_id
    JOIN quotakit.node anc ON anc.account_id = n.account_id AND anc.path OPERATOR(quotakit.@>) n.path
  ), below AS MATERIALIZED (
    SELECT h.account_id, v.node_id, h.hour, v.service, h.model,
           sum(h.events) AS events, sum(h.failed) AS failed, sum(h.unpriced) AS unpriced,
           sum(h.requests) AS requests, sum(h.input_tokens) AS input_tokens, sum(h.cached_input_tokens) AS cached_input_tokens,
           sum(h.cache_write_tokens) AS cache_write_tokens, sum(h.output_tokens) AS output_tokens, sum(h.reasoning_tokens) AS reasoning_tokens,
           sum(h.usd) AS usd, sum(h.credits) AS credits
    FROM hourly h JOIN above v ON v.below_id = h.node_id
    GROUP BY 1, 2, 3, 4, 5
  ), into_subtree_hour AS (
    INSERT INTO quotakit.subtree_hour AS t
      (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM below ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, hour, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  ), into_subtree_day AS (
    INSERT INTO quotakit.subtree_day AS t
      (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT b.account_id, b.node_id, (b.hour AT TIME ZONE a.time_zone)::date, b.service, b.model,
           sum(b.events) AS events, sum(b.failed) AS failed, sum(b.unpriced) AS unpriced,
           sum(b.requests) AS requests, sum(b.input_tokens) AS input_tokens, sum(b.cached_input_tokens) AS cached_input_tokens,
           sum(b.cache_write_tokens) AS cache_write_tokens, sum(b.output_tokens) AS output_tokens, sum(b.reasoning_tokens) AS reasoning_tokens,
           sum(b.usd) AS usd, sum(b.credits) AS credits
    FROM below b JOIN acct a ON a.account_id = b.account_id
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, day, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  )
  SELECT count(*) INTO folded FROM gone;
  RETURN folded;
END $$;
COMMENT ON FUNCTION quotakit._fold_account(int4, int8) IS 'Folds at most max_rows deltas of an account, oldest first; returns how many. The caller holds the account''s folding lock.';

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
COMMENT ON FUNCTION quotakit._fold_lock(int4, bool) IS 'Takes the lock that lets one session at a time write an account''s rollup totals, until the transaction ends; waits for it or returns false. Calls never take it.';

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
COMMENT ON FUNCTION quotakit.fold_rollups(int4) IS 'Moves at most max_rows (1 to 10000000) rollup deltas into rollup_hour, subtree_hour and subtree_day, the accounts in turn, in one transaction; returns how many. Calls are never held up; two folders never work on one account. Readers add deltas and totals, so it changes no result. An account whose totals would be out of range is left alone with a warning. Errors: QK008.';

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
    SELECT r.hour, coalesce(n.service, '') AS service, r.model,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM quotakit.node anc
    JOIN quotakit.node n ON n.account_id = anc.account_id AND n.path OPERATOR(quotakit.<@) anc.path
    JOIN quotakit.rollup_hour r ON r.account_id = n.account_id AND r.node_id = n.node_id
    WHERE anc.account_id = acct AND anc.node_id = top
    GROUP BY 1, 2, 3
  ), into_hour AS (
    INSERT INTO quotakit.subtree_hour
      (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT acct, top, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM hourly
  )
  INSERT INTO quotakit.subtree_day
    (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  SELECT acct, top, (h.hour AT TIME ZONE a.time_zone)::date, h.service, h.model,
         sum(h.events) AS events, sum(h.failed) AS failed, sum(h.unpriced) AS unpriced,
         sum(h.requests) AS requests, sum(h.input_tokens) AS input_tokens, sum(h.cached_input_tokens) AS cached_input_tokens,
         sum(h.cache_write_tokens) AS cache_write_tokens, sum(h.output_tokens) AS output_tokens, sum(h.reasoning_tokens) AS reasoning_tokens,
         sum(h.usd) AS usd, sum(h.credits) AS credits
  FROM hourly h JOIN quotakit.account a ON a.account_id = acct
  GROUP BY 3, 4, 5;
END $$;
COMMENT ON FUNCTION quotakit._fill_subtree(int4, int4) IS 'Rewrites the subtree totals of a node from the rollups of the nodes below: for a node that is made above others.';
