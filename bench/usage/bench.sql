-- Usage of a subtree beside GROUP BY over the ledger; see run.sh.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE EXTENSION quotakit;
SELECT quotakit.create_account('bench') AS account \gset
SET quotakit.account = 'bench';
SELECT count(quotakit.create_node(('bench/t' || i / 100 || '/f' || i % 100)::quotakit.qpath, service => 'openai'))
  FROM generate_series(0, 999) AS i \g /dev/null

\echo making :events events
INSERT INTO quotakit.event (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens,
  cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash)
SELECT :account, e.at, quotakit.uuid7(e.at), n.ids[1 + e.i % 1000], 0,
       (ARRAY['gpt-4o', 'gpt-4o-mini', 'o3', 'gpt-4.1'])[1 + e.i % 4], 'standard', 1000 + e.i % 500, 0, 0, 200, 0, 1,
       4500000 + e.i % 1000, 0, 1, e.at, e.i
FROM (SELECT i, date_trunc('milliseconds', now() - i * (interval '30 days' / :events)) AS at
      FROM generate_series(1, :events) AS i) AS e,
     (SELECT array_agg(node_id) AS ids FROM quotakit.node WHERE account_id = :account AND service IS NOT NULL) AS n;
INSERT INTO quotakit.rollup_delta (account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens,
  cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
SELECT account_id, node_id, model, date_trunc('hour', at), count(*), 0, 0, sum(requests), sum(input_tokens), 0, 0,
       sum(output_tokens), 0, sum(usd), 0
FROM quotakit.event GROUP BY 1, 2, 3, 4;

\echo folding
SELECT count(*) AS deltas FROM quotakit.rollup_delta \gset
SELECT clock_timestamp() AS started \gset
DO $$ BEGIN WHILE quotakit.fold_rollups() > 0 LOOP END LOOP; END $$;
SELECT format('folded %s deltas in %s s', :deltas, round(extract(epoch FROM clock_timestamp() - :'started')::numeric, 1));
VACUUM ANALYZE;

-- Each three times, the best counts.
CREATE FUNCTION pg_temp.ms(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  best numeric; started timestamptz;
BEGIN
  FOR i IN 1 .. 3 LOOP
    started := clock_timestamp();
    EXECUTE query;
    best := least(best, extract(epoch FROM clock_timestamp() - started) * 1000);
  END LOOP;
  RETURN round(best, 2);
END $$;

\echo
WITH q(what, ours, ledger) AS (VALUES
  ('total of thirty days',
   $q$ SELECT * FROM quotakit.subtree_usage('bench', now() - interval '30 days', now()) $q$,
   $q$ SELECT sum(usd), sum(requests) FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
       WHERE n.path OPERATOR(quotakit.<@) 'bench' AND e.at >= now() - interval '30 days' $q$),
  ('by model',
   $q$ SELECT * FROM quotakit.subtree_breakdown('bench', now() - interval '30 days', now(), 'model') $q$,
   $q$ SELECT model, sum(usd), sum(requests) FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
       WHERE n.path OPERATOR(quotakit.<@) 'bench' AND e.at >= now() - interval '30 days' GROUP BY 1 $q$),
  ('by day',
   $q$ SELECT * FROM quotakit.subtree_series('bench', now() - interval '30 days', now(), 'day') $q$,
   $q$ SELECT date_trunc('day', at), sum(usd), sum(requests) FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
       WHERE n.path OPERATOR(quotakit.<@) 'bench' AND e.at >= now() - interval '30 days' GROUP BY 1 $q$)),
t AS MATERIALIZED (SELECT what, pg_temp.ms(ours) AS rollup_ms, pg_temp.ms(ledger) AS ledger_ms FROM q)
SELECT what, rollup_ms, ledger_ms, round(ledger_ms / rollup_ms) AS ratio FROM t;
