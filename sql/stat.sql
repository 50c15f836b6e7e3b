-- How the work goes: view stat.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SELECT FROM quotakit.create_account('acme');
SELECT FROM quotakit.create_node('acme/search', 'openai');
SELECT outcome FROM quotakit.log('acme/search', 'gpt-4o', input_tokens => 1);

-- Another table may have been the last one's, so only what comes is counted.
CREATE TEMP TABLE before AS SELECT * FROM quotakit.stat;
SELECT outcome FROM quotakit.log('acme/search', 'gpt-4o', input_tokens => 1);
SELECT outcome FROM quotakit.log('acme/search', 'gpt-4o-mini', input_tokens => 1);
SELECT outcome FROM quotakit.batch(array_fill(1, '{3}'), array_fill('\x'::bytea, '{3}'), array_fill('{}'::bytea, '{3}'));
SELECT count(*) FROM quotakit.batch(array_fill(1, '{1000}'), array_fill('\x'::bytea, '{1000}'), array_fill('{}'::bytea, '{1000}'));
SELECT s.batches - b.batches AS batches, s.calls - b.calls AS calls,
       (SELECT array_agg(x - y ORDER BY n) FROM unnest(s.batches_by_size, b.batches_by_size) WITH ORDINALITY AS u(x, y, n)) AS by_size,
       s.path_hits - b.path_hits AS path_hits, s.path_misses - b.path_misses AS path_misses,
       s.price_hits - b.price_hits AS price_hits, s.price_misses - b.price_misses AS price_misses,
       s.lock_waits - b.lock_waits AS lock_waits, s.lock_timeouts - b.lock_timeouts AS lock_timeouts,
       s.since <= now() AND s.since > now() - interval '1 day' AS since, s.calls_per_batch > 1 AS mean
FROM quotakit.stat s, before b;

-- A change of configuration makes the caches' content old.
SELECT FROM quotakit.set_policy('acme', 5, 'usd', 'month');
SELECT outcome FROM quotakit.log('acme/search', 'gpt-4o', input_tokens => 1);
SELECT s.path_misses - b.path_misses AS path_misses, s.price_misses - b.price_misses AS price_misses FROM quotakit.stat s, before b;

-- From PostgreSQL 17 on the counts are everybody's, before that a session's own.
DROP TABLE before;
\c -
SELECT (batches > 0) = (current_setting('server_version_num')::int >= 170000) AS as_documented FROM quotakit.stat;

DROP EXTENSION quotakit CASCADE;
