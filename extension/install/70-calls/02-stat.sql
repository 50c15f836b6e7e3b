-- How the work goes. For a database, not for an account: it names nobody.

CREATE FUNCTION quotakit._stat() RETURNS int8[]
  LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'quotakit_stat';
COMMENT ON FUNCTION quotakit._stat() IS 'What view stat shows: since when, then its counts.';

CREATE VIEW quotakit.stat WITH (security_invoker = true) AS
  SELECT timestamptz '2000-01-01 00:00:00+00' + interval '1 microsecond' * s.n[1] AS since,
         t.batches, s.n[2] AS calls, pg_catalog.round(s.n[2]::numeric / nullif(t.batches, 0), 1) AS calls_per_batch, s.n[10:20] AS batches_by_size,
         s.n[3] AS lock_waits, pg_catalog.round(s.n[4] / 1000.0, 1) AS lock_wait_ms, s.n[5] AS lock_timeouts,
         s.n[6] AS path_hits, s.n[7] AS path_misses, s.n[8] AS price_hits, s.n[9] AS price_misses
  FROM (SELECT quotakit._stat() AS n) AS s,
       LATERAL (SELECT sum(b)::int8 AS batches FROM unnest(s.n[10:20]) AS b) AS t;
COMMENT ON VIEW quotakit.stat IS
  'How the calls of this database were worked off: from PostgreSQL 17 on by all backends since the server''s start '
  '(or its first call after that), before that by this session.';
COMMENT ON COLUMN quotakit.stat.since IS 'When counting began.';
COMMENT ON COLUMN quotakit.stat.batches IS 'Batches that were run to their end; a call made singly is a batch of one. Those rolled back later count too.';
COMMENT ON COLUMN quotakit.stat.calls IS 'Calls in them.';
COMMENT ON COLUMN quotakit.stat.calls_per_batch IS 'The mean. Null before the first batch.';
COMMENT ON COLUMN quotakit.stat.batches_by_size IS 'Batches of 1, 2, 3-4, 5-8, 9-16, 17-32, 33-64, 65-128, 129-256, 257-512 and more calls.';
COMMENT ON COLUMN quotakit.stat.lock_waits IS 'Times that a project''s lock was not free at once.';
COMMENT ON COLUMN quotakit.stat.lock_wait_ms IS 'Milliseconds waited for them.';
COMMENT ON COLUMN quotakit.stat.lock_timeouts IS 'Waits given up after batch_lock_wait: their calls were answered "busy".';
COMMENT ON COLUMN quotakit.stat.path_hits IS 'Look-ups of a path and its policies that a backend''s cache answered.';
COMMENT ON COLUMN quotakit.stat.path_misses IS 'Those that read the tables.';
COMMENT ON COLUMN quotakit.stat.price_hits IS 'Look-ups of a model''s prices that a backend''s cache answered.';
COMMENT ON COLUMN quotakit.stat.price_misses IS 'Those that read the tables.';
