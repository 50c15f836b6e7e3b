-- R9, R10: counters and rollups are provable; folding changes no result.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET timezone = 'UTC';

-- One account in a zone off the hour with a change of the clock, one in UTC.
INSERT INTO quotakit.account (account_id, name, time_zone, billing_day, week_start, created_at) VALUES
  (1, 'adelaide', 'Australia/Adelaide', 28, 7, '2026-01-01'),
  (2, 'utc', 'UTC', 1, 1, '2026-01-01'),
  (3, 'empty', 'Europe/Berlin', 1, 1, '2026-01-01');
INSERT INTO quotakit.node (account_id, node_id, path, service)
SELECT a, v.* FROM generate_series(1, 2) a,
  (VALUES (1, 'acme'::quotakit.qpath, NULL), (2, 'acme/search', 'openai'), (3, 'acme/search/rewrite', 'openai'),
          (4, 'acme/chat', 'anthropic'), (5, 'acme-2', 'openai')) v;

-- What a call writes: the event and its delta.
CREATE FUNCTION pg_temp.put(acct int4, at timestamptz, node int4, model text, usd int8, tokens int8 DEFAULT 10, flags int4 DEFAULT 0)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  id uuid := quotakit.uuid7(at);
  adj bool := flags & 128 <> 0;
BEGIN
  INSERT INTO quotakit.event VALUES (acct, quotakit.uuid_time(id), id, node, flags, model, 'standard',
    tokens, 1, 2, 3, 4, CASE WHEN adj THEN 0 ELSE 1 END, usd, usd * 2, 0, now(), 0);
  INSERT INTO quotakit.rollup_delta
  SELECT acct, nextval('quotakit.rollup_delta_id_seq'), node, model, quotakit.local_hour(quotakit.uuid_time(id), a.time_zone),
         (NOT adj)::int, (NOT adj AND flags & 32 <> 0)::int, (NOT adj AND flags & 8 <> 0)::int,
         (NOT adj)::int, tokens, 1, 2, 3, 4, usd, usd * 2
  FROM quotakit.account a WHERE a.account_id = acct;
END $$;

SELECT count(*) FROM (
  SELECT pg_temp.put(a, t, 2 + (i % 4)::int, CASE i % 3 WHEN 0 THEN 'gpt-4o' WHEN 1 THEN 'gpt-4o-mini' ELSE '' END,
    1000003 * i, i, CASE i % 7 WHEN 0 THEN 32 WHEN 1 THEN 8 ELSE 0 END)
  FROM generate_series(1, 2) a,
    generate_series('2026-09-25 00:07:13.5'::timestamptz, '2026-11-05 23:59', '37 minutes') WITH ORDINALITY AS g(t, i)) x;
-- Late and early in an hour, a day, a month; the hour that the clock skips.
SELECT count(pg_temp.put(a, t::timestamptz, 2, 'gpt-4o', 7)) FROM generate_series(1, 2) a, unnest(ARRAY[
  '2026-09-27 14:29:59.999', '2026-09-27 14:30', '2026-10-03 16:29:59.999', '2026-10-03 16:30',
  '2026-10-31 23:59:59.999', '2026-11-01 00:00']) t;
SELECT pg_temp.put(1, '2026-10-15 12:00', 2, 'gpt-4o', -5, 0, 128);
-- And now, for the short periods.
SELECT count(pg_temp.put(a, now() - i * interval '20.5 seconds', 2 + (i + 100) % 4, 'gpt-4o', i))
FROM generate_series(1, 2) a, generate_series(-10, 800) i;

-- Reservations: open, expired, released, drawn on, settled by an event, and one made in the last window.
CREATE FUNCTION pg_temp.hold(acct int4, at timestamptz, node int4, usd int8, until timestamptz, seq int4 DEFAULT 0, open bool DEFAULT true, id uuid DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  id := coalesce(id, quotakit.uuid7(at));
  INSERT INTO quotakit.reservation (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens,
    expires_at, recorded_at, content_hash)
  VALUES (acct, quotakit.uuid_time(id), id, seq, open, false, node, 'gpt-4o', usd, usd * 2, 1, usd / 3,
    until, now(), 0);
  RETURN id;
END $$;
CREATE TEMP TABLE res AS
SELECT a, i, pg_temp.hold(a, now() - i * interval '7 seconds', 2 + i % 2, 1000 * i,
  date_trunc('minute', now()) + (i - 5) * interval '1 minute' + interval '10 minutes') AS id
FROM generate_series(1, 2) a, generate_series(-20, 20) i WHERE i <> 0;
SELECT count(pg_temp.hold(a, quotakit.uuid_time(id), 2 + i % 2, CASE WHEN i = 6 THEN 10 ELSE 0 END,
  date_trunc('minute', now()) + interval '1 hour', 1, i = 6, id)) FROM res WHERE i IN (5, 6);
INSERT INTO quotakit.event
SELECT a, quotakit.uuid_time(id), id, 2, 0, 'gpt-4o', 'standard', 0, 0, 0, 0, 0, 0, 0, 0, 0, now(), 0 FROM res WHERE i IN (7, -7);
INSERT INTO quotakit.rollup_delta
SELECT a, nextval('quotakit.rollup_delta_id_seq'), 2, 'gpt-4o', quotakit.local_hour(quotakit.uuid_time(id), time_zone), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM res JOIN quotakit.account ON account_id = a WHERE i IN (7, -7);
SELECT count(pg_temp.hold(a, '2026-10-30', 2, 77, date_trunc('hour', now()) + interval '2 hours')) FROM generate_series(1, 2) a;

-- Policies of every period, filled for the whole of the time.
INSERT INTO quotakit.policy (account_id, policy_id, node_id, slot, unit, period, rolling, service, model, limit_amount, enforcement, created_at, counts_from)
SELECT a, 100 * a + row_number() OVER (PARTITION BY a ORDER BY n, p, r),
  n, 1 + (row_number() OVER (PARTITION BY a, n ORDER BY p, r) - 1) % 10, u, p, r, s, m, 1000000000000, 'strict',
  made, made
FROM generate_series(1, 2) a, (VALUES
  (1, 'usd', 'minute', false, NULL, NULL), (1, 'usd', 'hour', false, NULL, NULL), (1, 'tokens', 'day', false, NULL, NULL),
  (1, 'usd', 'week', false, 'openai', NULL), (1, 'credits', 'month', false, 'openai', 'gpt-4o'), (1, 'requests', 'quarter', false, NULL, NULL),
  (1, 'usd', 'year', false, NULL, NULL), (1, 'usd', 'lifetime', false, NULL, NULL),
  (2, 'usd', 'day', true, NULL, NULL), (2, 'usd', 'week', true, NULL, NULL), (2, 'tokens', 'month', true, NULL, NULL),
  (2, 'usd', 'quarter', true, 'openai', 'gpt-4o'), (2, 'requests', 'year', true, NULL, NULL), (5, 'usd', 'month', false, NULL, NULL)) v(n, u, p, r, s, m),
  LATERAL (SELECT CASE p WHEN 'minute' THEN now() - interval '3 minutes' WHEN 'hour' THEN now() - interval '3 hours'
    ELSE '2026-10-29 12:00' END) t(made);
SELECT count(quotakit._fill_counters(account_id, policy_id, created_at)) FROM quotakit.policy;
SELECT * FROM quotakit.verify();

-- Folding changes nothing, in slices or at once.
SELECT quotakit.fold_rollups(1000);
SELECT * FROM quotakit.verify();
SELECT quotakit.fold_rollups() > 1000 AS folded;
SELECT count(*) AS left FROM quotakit.rollup_delta;
SELECT quotakit.fold_rollups();
SELECT * FROM quotakit.verify();
SELECT count(quotakit._fill_counters(account_id, policy_id, created_at)) FROM quotakit.policy;
SELECT * FROM quotakit.verify();

-- verify() sees every kind of difference.
BEGIN;
UPDATE quotakit.rollup_hour SET usd = usd + 1 WHERE (account_id, node_id, hour, model) =
  (SELECT account_id, node_id, hour, model FROM quotakit.rollup_hour WHERE account_id = 2 ORDER BY 1, 2, 3, 4 LIMIT 1);
SELECT account_name, object, key, expected - found AS off FROM quotakit.verify();
ROLLBACK;
BEGIN;
DELETE FROM quotakit.subtree_day WHERE account_id = 1 AND node_id = 1 AND day = '2026-10-04' AND service = 'anthropic' AND model = '';
SELECT object, key->>'measure' AS measure, expected > 0 AS expected, found FROM quotakit.verify('adelaide');
SELECT count(*) FROM quotakit.verify('utc');
ROLLBACK;
BEGIN;
INSERT INTO quotakit.counter
SELECT account_id, policy_id, window_start, seq + 1, used + 5, hold_until, hold_amount FROM quotakit.counter
WHERE policy_id = (SELECT policy_id FROM quotakit.policy WHERE account_id = 2 AND period = 'lifetime');
INSERT INTO quotakit.counter (account_id, policy_id, window_start, seq, used)
SELECT account_id, policy_id, '2027-12-01', 1, 3 FROM quotakit.policy WHERE account_id = 2 AND node_id = 5;
SELECT object, expected - found AS off, key - 'policy_id' AS key FROM quotakit.verify();
ROLLBACK;
BEGIN;
DELETE FROM quotakit.event WHERE account_id = 1 AND flags = 128;
SELECT object, key->>'measure' AS measure, sum(expected - found) FROM quotakit.verify()
WHERE key->>'measure' <> 'bucket' GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
BEGIN;
INSERT INTO quotakit.reservation (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens,
  expires_at, recorded_at, content_hash)
SELECT account_id, at, reservation_id, 9, false, false, node_id, model, 0, 0, 0, 0, expires_at, now(), 0
FROM quotakit.reservation WHERE account_id = 2 AND usd = 77;
SELECT p.period, p.rolling, d.object, d.expected, d.found FROM quotakit.verify() d
JOIN quotakit.policy p ON p.policy_id = (d.key->>'policy_id')::int4 WHERE d.key->>'measure' = 'held' ORDER BY 1, 2, 5;
ROLLBACK;
BEGIN;
UPDATE quotakit.counter SET used = used + 1 WHERE policy_id IN (SELECT policy_id FROM quotakit.policy WHERE rolling AND period = 'year');
SELECT object, key->>'measure' AS measure, expected - found AS off FROM quotakit.verify();
ROLLBACK;
SELECT count(*) FROM quotakit.verify('empty');
SELECT * FROM quotakit.verify('nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.fold_rollups(0);
\echo :LAST_ERROR_SQLSTATE

-- A new policy sees nothing of an older snapshot: it is refused above READ COMMITTED.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT quotakit._fill_counters(1, 101);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- A sum beyond 64 bits is an error, not a wrong number.
BEGIN;
SELECT pg_temp.put(2, '2026-11-05 12:00', 5, 'x', 4000000000000000000 + i) FROM generate_series(1, 3) i;
-- How large the sum is depends on the day of the test.
\set VERBOSITY terse
SELECT quotakit._fill_counters(2, policy_id, '2026-11-05') FROM quotakit.policy WHERE account_id = 2 AND node_id = 5;
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
