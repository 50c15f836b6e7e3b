-- R10: what a subtree used is read from totals, never from the ledger, and equals the ledger.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET timezone = 'UTC';

INSERT INTO quotakit.account (account_id, name, time_zone, billing_day, week_start) VALUES
  (1, 'adelaide', 'Australia/Adelaide', 28, 7), (2, 'utc', 'UTC', 1, 1);
INSERT INTO quotakit.node (account_id, node_id, path, service, tags)
SELECT a, v.* FROM generate_series(1, 2) a,
  (VALUES (1, 'acme'::quotakit.qpath, NULL, '{}'::text[]), (2, 'acme/search', 'openai', '{team-a}'), (3, 'acme/search/rewrite', 'openai', '{team-b}'),
          (4, 'acme/chat', 'anthropic', '{team-a,team-b}'), (5, 'acme-2', 'openai', '{team-a}'), (6, 'acme/idle', 'openai', '{}')) v;
INSERT INTO quotakit.event
SELECT a, quotakit.uuid_time(id), id, 2 + (i % 4), CASE i % 7 WHEN 0 THEN 32 WHEN 1 THEN 8 ELSE 0 END,
  CASE i % 3 WHEN 0 THEN 'gpt-4o' WHEN 1 THEN 'gpt-4o-mini' ELSE '' END, 'standard', i, 1, 2, 3, 4, 1, 1000003 * i, i, 0, now(), 0
FROM generate_series(1, 2) a,
  generate_series('2026-09-25 00:07:13.5'::timestamptz, '2026-11-05 23:59', '23 minutes') WITH ORDINALITY AS g(t, i),
  LATERAL quotakit.uuid7(t) AS id;
INSERT INTO quotakit.rollup_delta
SELECT account_id, nextval('quotakit.rollup_delta_id_seq'), node_id, model, quotakit.local_hour(at, time_zone), 1,
  (flags = 32)::int, (flags = 8)::int, 1, input_tokens, 1, 2, 3, 4, usd, credits
FROM quotakit.event JOIN quotakit.account USING (account_id);
-- Half of it folded, half not.
SELECT quotakit.fold_rollups(2600);
SELECT * FROM quotakit.verify();

-- The same from the ledger: as slow as it is plain.
CREATE FUNCTION pg_temp.plain(acct int4, p quotakit.qpath, since timestamptz, until timestamptz, svc text, mod text, tag text)
RETURNS TABLE (events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric, usd numeric, credits numeric) LANGUAGE sql AS $$
  SELECT count(*), count(*) FILTER (WHERE flags = 32), count(*) FILTER (WHERE flags = 8), coalesce(sum(requests), 0),
         coalesce(sum(input_tokens + 10), 0), trim_scale(coalesce(sum(usd), 0) / 1000000000), trim_scale(coalesce(sum(e.credits), 0) / 1000000000)
  FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
  WHERE account_id = acct AND n.path OPERATOR(quotakit.<@) p AND at >= since AND at < until
    AND (svc IS NULL OR n.service = svc) AND (mod IS NULL OR e.model = mod) AND (tag IS NULL OR tag = ANY (n.tags))
$$;
CREATE TEMP TABLE question AS
SELECT q.*, (SELECT ROW(pl.*) FROM pg_temp.plain(q.a, q.path, q.since, q.until, svc, mod, tag) pl)::text AS want
FROM (SELECT p::quotakit.qpath AS path, a, quotakit.local_hour(since, z) AS since, quotakit.local_hour(until, z) AS until, svc, mod, tag
FROM (VALUES (1, 'Australia/Adelaide'), (2, 'UTC')) v(a, z),
  (VALUES ('2026-09-24 14:30'::timestamptz, '2026-11-06 13:30'::timestamptz), ('2026-10-03 05:30', '2026-10-04 20:30'), ('2026-10-03 14:30', '2026-10-04 13:30'),
          ('2026-10-10 03:30', '2026-10-10 07:30'), ('2026-10-10 00:00', '2026-10-11 00:00'), ('2026-10-31 13:30', '2026-11-01 13:30'),
          ('2026-10-10 13:30', '2026-10-10 13:30'), ('1999-01-01', '2038-01-01')) t(since, until),
  (VALUES ('acme'), ('acme/search'), ('acme/search/rewrite'), ('acme/idle')) x(p),
  (VALUES (NULL, NULL, NULL), ('openai', NULL, NULL), ('openai', 'gpt-4o', NULL), (NULL, NULL, 'team-a'), (NULL, 'gpt-4o', 'team-b')) f(svc, mod, tag)) q;
CREATE FUNCTION pg_temp.wrong() RETURNS TABLE (what text, wrong int8, asked int8) LANGUAGE plpgsql AS $$
BEGIN
  FOR what IN SELECT unnest(ARRAY['usage', 'hour', 'day', 'week', 'month', 'path', 'child', 'service', 'model', 'by day']) LOOP
    wrong := 0; asked := 0;
    FOR acct IN 1..2 LOOP
      PERFORM set_config('quotakit.account', acct::text, true);
      DECLARE w int8; c int8; BEGIN
        SELECT count(*) FILTER (WHERE got IS DISTINCT FROM want), count(*) INTO w, c FROM (
          SELECT want,
            CASE WHEN what = 'usage' THEN
              (SELECT ROW(u.events, u.failed, u.unpriced, u.requests, u.tokens, u.cost_usd, u.cost_credits) FROM quotakit.subtree_usage(q.path, q.since, q.until, svc, mod, tag) u)
            WHEN what IN ('hour', 'day', 'week', 'month') THEN
              (SELECT ROW(coalesce(sum(u.events), 0), coalesce(sum(u.failed), 0), coalesce(sum(u.unpriced), 0), coalesce(sum(u.requests), 0),
                 coalesce(sum(u.tokens), 0), trim_scale(coalesce(sum(u.cost_usd), 0)), trim_scale(coalesce(sum(u.cost_credits), 0)))
               FROM quotakit.subtree_series(q.path, greatest(q.since, '2026-09-01'), least(q.until, '2026-12-01'), what, NULL, svc, mod, tag) u)
            ELSE
              (SELECT ROW(coalesce(sum(u.events), 0), coalesce(sum(u.failed), 0), coalesce(sum(u.unpriced), 0), coalesce(sum(u.requests), 0),
                 coalesce(sum(u.tokens), 0), trim_scale(coalesce(sum(u.cost_usd), 0)), trim_scale(coalesce(sum(u.cost_credits), 0)))
               FROM quotakit.subtree_breakdown(q.path, q.since, q.until, replace(what, 'by ', ''), svc, mod, tag) u)
            END::text AS got
          FROM question q WHERE q.a = acct) x;
        wrong := wrong + w; asked := asked + c;
      END;
    END LOOP;
    RETURN NEXT;
  END LOOP;
END $$;
SELECT * FROM pg_temp.wrong();
SELECT quotakit.fold_rollups() > 0 AS folded;
SELECT * FROM pg_temp.wrong();

-- Not only the sums: steps and parts one by one.
SET quotakit.account = 'adelaide';
SELECT count(*) AS steps, count(*) FILTER (WHERE s.events <> (SELECT count(*) FROM quotakit.event e
  WHERE account_id = 1 AND node_id <> 5 AND at >= greatest(s.step_start, '2026-09-25 14:30') AND at < least(s.step_end, '2026-11-03 02:30'))) AS wrong
FROM generate_series(1, 4) i, LATERAL quotakit.subtree_series('acme', '2026-09-25 14:30', '2026-11-03 02:30', (ARRAY['hour', 'day', 'week', 'month'])[i]) s
GROUP BY i ORDER BY i;
-- A day of 23 hours, a month that begins on the 28th, a week that begins on a Sunday.
SELECT step_end - step_start AS day, events, cost_usd FROM quotakit.subtree_series('acme', '2026-10-03 14:30', '2026-10-04 13:30');
SELECT step_start AT TIME ZONE 'Australia/Adelaide' AS month, events, cost_usd FROM quotakit.subtree_series('acme', '2026-09-30', '2026-11-04', 'month');
SELECT step_start AT TIME ZONE 'Australia/Adelaide' AS week, to_char(step_start AT TIME ZONE 'Australia/Adelaide', 'Dy') AS dy, key, events
FROM quotakit.subtree_series('acme', '2026-10-25', '2026-11-04', 'week', 'service');
-- Steps are there where nothing was used, too; split, there is nothing to split.
SELECT step_start AT TIME ZONE 'Australia/Adelaide' AS day, key, events, tokens, cost_usd FROM quotakit.subtree_series('acme/idle', '2026-10-02', '2026-10-04');
SELECT count(*) AS steps, count(key) AS keys, sum(events) AS events FROM quotakit.subtree_series('acme', '2026-10-02', '2026-10-04', 'hour', model => 'nobody');
SELECT count(*) AS steps FROM quotakit.subtree_series('acme/idle', '2026-10-02', '2026-10-04', by => 'model');
SELECT key, events, tokens, cost_usd, share FROM quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'child');
SELECT key, events, tokens, cost_usd, share FROM quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'path');
SELECT key, events, share FROM quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'path', tag => 'team-b');
SELECT key, events, share FROM quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'child', 'openai');
SELECT key, events, share FROM quotakit.subtree_breakdown('acme/search', '2026-10-01', '2026-11-01', 'child');
SELECT key, events FROM quotakit.subtree_breakdown('acme', '2026-10-03 15:00', '2026-10-05', 'day');
SELECT * FROM quotakit.subtree_breakdown('acme/idle', '2026-10-01', '2026-11-01', 'model');
-- A part of an hour is the hour.
SELECT (SELECT events FROM quotakit.subtree_usage('acme', '2026-10-10 05:47', '2026-10-10 06:12'))
     = (SELECT events FROM quotakit.subtree_usage('acme', '2026-10-10 05:30', '2026-10-10 06:30')) AS widened;

-- Part by part on random calls, folded in random pieces: every path, child, service, model and day as GROUP BY over the ledger has it.
RESET quotakit.account;
TRUNCATE quotakit.event, quotakit.rollup_delta, quotakit.rollup_hour, quotakit.subtree_hour, quotakit.subtree_day;
SELECT setseed(0.4711) \g /dev/null
CREATE TEMP TABLE called AS
SELECT 1 + (random())::int AS a, 2 + (random() * 4)::int AS node, quotakit.uuid7(at) AS id, (ARRAY['', 'gpt-4o', 'o3'])[1 + (random() * 2)::int] AS model,
       (random() * 1000)::int8 AS input, (random() * 1e9)::int8 AS usd
FROM (SELECT '2026-09-28'::timestamptz + random() * interval '40 days' AS at FROM generate_series(1, 4000)) t;
INSERT INTO quotakit.event
SELECT a, quotakit.uuid_time(id), id, node, 0, model, 'standard', input, 1, 0, 2, 0, 1, usd, 3, 0, now(), 0 FROM called;
INSERT INTO quotakit.rollup_delta
SELECT account_id, nextval('quotakit.rollup_delta_id_seq'), node_id, model, quotakit.local_hour(at, time_zone), 1, 0, 0, 1, input_tokens, 1, 0, 2, 0, usd, credits
FROM quotakit.event JOIN quotakit.account USING (account_id) ORDER BY random();
SELECT quotakit.fold_rollups(1500), quotakit.fold_rollups(1);
CREATE TEMP TABLE answer (i int, a int, key text, events numeric, tokens numeric, usd numeric);
CREATE TEMP TABLE random_question AS
SELECT i, a, since, since + random() * random() * interval '30 days' AS until, (ARRAY['path', 'child', 'service', 'model', 'day'])[1 + i % 5] AS split,
       (ARRAY['acme', 'acme/search', 'acme/chat', 'acme-2'])[1 + (random() * 3)::int]::quotakit.qpath AS top,
       CASE WHEN random() < 0.3 THEN 'openai' END AS svc, CASE WHEN random() < 0.3 THEN 'gpt-4o' END AS mod,
       (ARRAY[NULL, NULL, 'team-a', 'team-b', 'nobody'])[1 + (random() * 4)::int] AS tag
FROM (SELECT i, 1 + i % 2 AS a, '2026-09-25'::timestamptz + random() * interval '40 days' AS since FROM generate_series(1, 600) i) q;
DO $$
DECLARE q record;
BEGIN
  FOR q IN SELECT * FROM random_question LOOP
    PERFORM set_config('quotakit.account', q.a::text, true);
    INSERT INTO answer SELECT q.i, q.a, b.key, b.events, b.tokens, b.cost_usd FROM quotakit.subtree_breakdown(q.top, q.since, q.until, q.split, q.svc, q.mod, q.tag) b;
  END LOOP;
END $$;
WITH range AS (
  SELECT q.*, time_zone, quotakit.local_hour(since, time_zone) AS from_at, quotakit.local_hour(until + interval '59 minutes 59.999999 seconds', time_zone) AS to_at
  FROM random_question q JOIN quotakit.account ON account_id = a
), plain AS (
  SELECT q.i, q.a, CASE q.split WHEN 'path' THEN n.path::text WHEN 'service' THEN n.service WHEN 'model' THEN e.model
           WHEN 'day' THEN to_char(e.at AT TIME ZONE q.time_zone, 'YYYY-MM-DD')
           ELSE quotakit.subpath(n.path, 0, least(quotakit.nlevel(q.top) + 1, quotakit.nlevel(n.path)))::text END AS key,
         count(*)::numeric AS events, sum(e.input_tokens + 3)::numeric AS tokens, trim_scale(sum(e.usd) / 1000000000) AS usd
  FROM range q JOIN quotakit.event e ON e.account_id = q.a AND e.at >= q.from_at AND e.at < q.to_at
  JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id AND n.path OPERATOR(quotakit.<@) q.top
  WHERE (q.svc IS NULL OR n.service = q.svc) AND (q.mod IS NULL OR e.model = q.mod) AND (q.tag IS NULL OR q.tag = ANY (n.tags))
  GROUP BY 1, 2, 3
)
SELECT (SELECT count(*) > 1000 FROM plain) AS many, (SELECT count(*) FROM plain) = (SELECT count(*) FROM answer) AS as_many,
       (SELECT count(*) FROM (TABLE plain EXCEPT TABLE answer) x) AS missing, (SELECT count(*) FROM (TABLE answer EXCEPT TABLE plain) x) AS wrong;
-- The lines of a statement are a breakdown too: by path, service and model.
SELECT count(*) > 10 AS many, count(*) FILTER (WHERE (u.events, u.usd) IS DISTINCT FROM (p.events, p.usd)) AS wrong
FROM quotakit._own(1, NULL, '2026-10-03 02:30', '2026-10-25 18:30', 'line', NULL, NULL, NULL) o CROSS JOIN LATERAL quotakit._totals(o.m) u
FULL JOIN (SELECT n.path, n.service, e.model, count(*)::numeric AS events, sum(e.usd)::numeric AS usd FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
           WHERE account_id = 1 AND at >= '2026-10-03 02:30' AND at < '2026-10-25 18:30' GROUP BY 1, 2, 3) p
  ON p.path OPERATOR(quotakit.=) o.path AND p.service = o.service AND p.model = o.model;
SET quotakit.account = 'adelaide';

-- No partition of the ledger is scanned, whatever is asked.
CREATE FUNCTION pg_temp.ledger_scans() RETURNS int8 LANGUAGE sql AS $$
  SELECT sum(pg_stat_get_xact_numscans(inhrelid)) + sum(pg_stat_get_xact_numscans(indexrelid))
  FROM pg_inherits LEFT JOIN pg_index ON indrelid = inhrelid WHERE inhparent = 'quotakit.event'::regclass
$$;
BEGIN;
SELECT pg_temp.ledger_scans() AS before \gset
SELECT count(*) > 0 AS asked FROM quotakit.subtree_usage('acme', '2026-10-01', '2026-11-01'), quotakit.subtree_series('acme', '2026-10-01', '2026-11-01', 'hour'),
  quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'path');
SELECT pg_temp.ledger_scans() - :before AS scans;
SELECT count(*) FROM quotakit.event WHERE at < '2000-01-01';
SELECT pg_temp.ledger_scans() > :before AS would_be_seen;
COMMIT;

SELECT quotakit.subtree_usage('nowhere', '2026-10-01');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.subtree_usage('acme', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.subtree_series('acme', '2026-10-01', '2026-11-01', 'decade');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.subtree_series('acme', '2026-10-01', '2026-11-01', 'day', 'colour');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.subtree_series('acme', '1990-10-01', '2026-11-01', 'hour');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.subtree_breakdown('acme', '2026-10-01', '2026-11-01', 'colour');
\echo :LAST_ERROR_SQLSTATE
