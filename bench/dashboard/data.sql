-- An account's two months: 1,000 paths in ten teams, three services with four models each,
-- policies on every team and every fifth path; see run.py. Wants :account and :events.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET quotakit.account = 'bench';
SELECT FROM quotakit.make_partitions(behind => '3 months') \g /dev/null
SELECT count(quotakit.create_node(('bench/t' || i / 100 || '/f' || i % 100)::quotakit.qpath,
                                  service => (ARRAY['openai', 'anthropic', 'google'])[1 + i % 3],
                                  tags => CASE WHEN i % 2 = 0 THEN ARRAY['prod'] ELSE ARRAY['test'] END))
  FROM generate_series(0, 999) AS i \g /dev/null

\echo making :events events
INSERT INTO quotakit.event (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens,
  cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash)
SELECT :account, e.at, quotakit.uuid7(e.at), n.ids[1 + e.i % 1000], 0,
       -- Every path uses the four models of its service.
       (ARRAY['gpt-4o', 'gpt-4o-mini', 'o3', 'gpt-4.1', 'claude-sonnet-4-5', 'claude-haiku-4-5', 'claude-opus-4-1', 'claude-3-5-haiku',
              'gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.0-flash', 'gemini-1.5-pro'])[1 + e.i % 1000 % 3 * 4 + e.i / 1000 % 4],
       'standard', 1000 + e.i % 500, e.i % 7 * 100, 0, 200, 0, 1,
       4500000 + e.i % 1000, 0, 1, e.at, e.i
FROM (SELECT i, date_trunc('milliseconds', now() - i * (interval '62 days' / :events)) AS at
      FROM generate_series(1, :events) AS i) AS e,
     (SELECT array_agg(node_id ORDER BY node_id) AS ids FROM quotakit.node WHERE account_id = :account AND service IS NOT NULL) AS n;

SELECT max(at) - interval '5 minutes' AS folded_until FROM quotakit.event \gset
\echo folding
-- Hour after hour, as they came.
INSERT INTO quotakit.rollup_delta (account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens,
  cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
SELECT account_id, node_id, model, date_trunc('hour', at), count(*), 0, 0, sum(requests), sum(input_tokens), sum(cached_input_tokens), 0,
       sum(output_tokens), 0, sum(usd), 0
FROM quotakit.event WHERE at < :'folded_until' GROUP BY 1, 2, 3, 4 ORDER BY 4, 2, 3;
DO $$ BEGIN WHILE quotakit.fold_rollups(1000000) > 0 LOOP COMMIT; END LOOP; END $$;
VACUUM ANALYZE;
-- What came in since the job ran last.
INSERT INTO quotakit.rollup_delta (account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens,
  cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
SELECT account_id, node_id, model, date_trunc('hour', at), 1, 0, 0, requests, input_tokens, cached_input_tokens, 0, output_tokens, 0, usd, 0
FROM quotakit.event WHERE at >= :'folded_until';

SELECT count(quotakit.set_policy(n.path, (ARRAY[25000, 2500, 25])[quotakit.nlevel(n.path)] / p.part, 'usd', p.period, p.enforcement))
FROM quotakit.node n, (VALUES ('month', 'strict', 1), ('day', 'block', 30)) AS p(period, enforcement, part)
WHERE n.account_id = :account AND (quotakit.nlevel(n.path) < 3 OR n.node_id % 5 = 0) \g /dev/null
VACUUM ANALYZE;
