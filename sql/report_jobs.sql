-- Retention, repair, replay and jobs: verify() stays clean through all of them (R3, R9).
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET timezone = 'UTC';
INSERT INTO quotakit.account (account_id, name, time_zone, billing_day, week_start, retention) VALUES
  (1, 'adelaide', 'Australia/Adelaide', 28, 7, '35 days'), (2, 'utc', 'UTC', 1, 1, '40 days'), (3, 'keeps', 'America/New_York', 1, 1, '10 years');
INSERT INTO quotakit.node (account_id, node_id, path, service)
SELECT a, v.* FROM generate_series(1, 3) a,
  (VALUES (1, 'acme'::quotakit.qpath, NULL), (2, 'acme/search', 'openai'), (3, 'acme/chat', 'anthropic'), (4, 'beta', 'openai')) v;
SELECT setval('quotakit.node_id_seq', 10), setval('quotakit.policy_id_seq', 1000), setval('quotakit.account_id_seq', 10);
SELECT count(*) > 0 AS made FROM quotakit.make_partitions('1 month', '4 months');
INSERT INTO quotakit.event
SELECT a, quotakit.uuid_time(id), id, 2 + (i % 3), 0, CASE i % 2 WHEN 0 THEN 'gpt-4o' ELSE '' END, 'standard', i, 1, 2, 3, 4, 1, 1000003 * i, i, 0, now(), 0
FROM generate_series(1, 3) a,
  generate_series(now() - interval '100 days', now(), '41 minutes') WITH ORDINALITY AS g(t, i), LATERAL quotakit.uuid7(t) AS id;
INSERT INTO quotakit.rollup_delta
SELECT account_id, nextval('quotakit.rollup_delta_id_seq'), node_id, model, quotakit.local_hour(at, time_zone), 1, 0, 0, 1, input_tokens, 1, 2, 3, 4, usd, credits
FROM quotakit.event JOIN quotakit.account USING (account_id);
INSERT INTO quotakit.policy (account_id, policy_id, node_id, slot, unit, period, rolling, service, model, limit_amount, enforcement, created_at, counts_from)
SELECT a, 100 * a + row_number() OVER (PARTITION BY a ORDER BY n, p, r), n, 1 + (row_number() OVER (PARTITION BY a, n ORDER BY p, r) - 1) % 10,
  u, p, r, s, m, 9000000000000000000, 'strict', made, made
FROM generate_series(1, 3) a, (VALUES
  (1, 'usd', 'minute', false, NULL, NULL), (1, 'usd', 'hour', false, NULL, NULL), (1, 'tokens', 'day', false, NULL, NULL),
  (1, 'usd', 'week', false, 'openai', NULL), (1, 'credits', 'month', false, 'openai', 'gpt-4o'), (1, 'requests', 'quarter', false, NULL, NULL),
  (1, 'usd', 'year', false, NULL, NULL), (1, 'usd', 'lifetime', false, NULL, NULL),
  (2, 'usd', 'day', true, NULL, NULL), (2, 'usd', 'week', true, NULL, NULL), (2, 'tokens', 'month', true, NULL, NULL),
  (2, 'usd', 'quarter', true, 'openai', 'gpt-4o'), (2, 'requests', 'year', true, NULL, NULL), (4, 'usd', 'month', false, NULL, NULL)) v(n, u, p, r, s, m),
  LATERAL (SELECT CASE p WHEN 'minute' THEN now() - interval '3 minutes' WHEN 'hour' THEN now() - interval '2 hours' ELSE now() - interval '80 days' END) t(made);
SELECT count(quotakit._fill_counters(account_id, policy_id, created_at)) FROM quotakit.policy;
SELECT quotakit.fold_rollups(5000) AS folded;
INSERT INTO quotakit.refusal (account_id, minute, policy_id, node_id, reason, source, count, asked, first, last)
SELECT a, date_trunc('minute', now()) - d * interval '1 day', 0, 2, 'frozen', 'reserve', 1, 0, '{}', '{}' FROM generate_series(1, 3) a, unnest(ARRAY[1, 36, 90]) d;
INSERT INTO quotakit.rejected_event (account_id, received_at, code, reason, payload, content_hash)
SELECT a, now() - d * interval '1 day', 'malformed', 'x', 'x', d FROM generate_series(1, 3) a, unnest(ARRAY[1, 36, 90]) d;
SELECT * FROM quotakit.verify();
CREATE TEMP TABLE before AS SELECT a, u.* FROM generate_series(1, 3) a, set_config('quotakit.account', a::text, false) s,
  LATERAL quotakit.subtree_usage(CASE WHEN s = a::text THEN 'acme'::quotakit.qpath END, now() - interval '1 year') u;

-- Nothing is lost from sums, nothing differs, and old rows are gone.
CALL quotakit.apply_retention();
SELECT * FROM quotakit.verify();
SELECT account_id, sealed_until BETWEEN now() - retention - interval '26 hours' AND now() - retention AS sealed,
  lower(quotakit.window_range('day', sealed_until, time_zone)) = sealed_until AS at_midnight,
  (SELECT count(*) FROM quotakit.refusal r WHERE r.account_id = a.account_id) AS refusals,
  (SELECT count(*) FROM quotakit.rejected_event r WHERE r.account_id = a.account_id) AS rejected,
  (SELECT count(*) > 0 FROM quotakit.baseline b WHERE b.account_id = a.account_id) AS baselines,
  (SELECT min(at) < now() - interval '99 days' FROM quotakit.event e WHERE e.account_id = a.account_id) AS all_there,
  (SELECT min(at) < now() - retention - interval '33 days' FROM quotakit.event e WHERE e.account_id = a.account_id) AS too_old,
  (SELECT count(*) = 0 FROM quotakit.counter c JOIN quotakit.policy p USING (account_id, policy_id)
   WHERE c.account_id = a.account_id AND p.period = 'day' AND NOT rolling AND c.window_start < a.sealed_until) AS counters_gone
FROM quotakit.account a WHERE account_id > 0 ORDER BY 1;
SELECT count(*) AS changed FROM before b, set_config('quotakit.account', a::text, false) s,
  LATERAL quotakit.subtree_usage(CASE WHEN s = a::text THEN 'acme'::quotakit.qpath END, now() - interval '1 year') u
WHERE (b.events, b.tokens, b.cost_usd, b.cost_credits) <> (u.events, u.tokens, u.cost_usd, u.cost_credits);
-- A partition goes when everybody has sealed it.
SELECT count(*) AS dropped FROM quotakit.drop_partitions();
BEGIN;
UPDATE quotakit.account SET retention = '36 days' WHERE account_id = 3;
SELECT quotakit._retain_account(3);
SELECT count(*) > 0 AS dropped FROM quotakit.drop_partitions();
SELECT * FROM quotakit.verify();
COMMIT;
SELECT count(*) AS old_partitions FROM quotakit._partitions() WHERE until < (SELECT min(sealed_until) FROM quotakit.account WHERE account_id > 0);
-- Again, and a policy made after: it counts what is gone from the ledger, too.
CALL quotakit.run_job('retention');
SET quotakit.account = 'adelaide';
SELECT quotakit.set_policy('beta', 1000000, 'usd', 'lifetime') AS made, quotakit.set_policy('beta', 1000000, 'requests', 'year', rolling => true) AS made2,
  quotakit.set_policy('beta', 1000000, 'credits', 'quarter', rolling => true) AS made3, quotakit.set_policy('acme', 1000000, 'usd', 'quarter') AS made4;
SELECT * FROM quotakit.verify();
SELECT used = (SELECT cost_usd FROM quotakit.subtree_usage('beta', '1970-01-01')) AS all_of_it FROM quotakit.policy_status WHERE path::text = 'beta' AND period = 'lifetime';
-- What would come to the sealed part is rejected and kept.
SELECT outcome, answer->>'code' AS code FROM quotakit.log('beta', usd => 1, id => quotakit.uuid7(now() - interval '38 days'));
SELECT outcome FROM quotakit.log('beta', usd => 1, id => quotakit.uuid7(now() - interval '20 days'));
SELECT outcome FROM quotakit.reserve('beta', usd => 1);
SELECT * FROM quotakit.verify();
-- A reservation that still holds is not sealed away.
INSERT INTO quotakit.reservation (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens,
  expires_at, recorded_at, content_hash)
SELECT 2, quotakit.uuid_time(id), id, 0, true, false, 2, '', 5, 0, 1, 0, date_trunc('hour', now()) + interval '2 hours', now(), 0
FROM quotakit.account, LATERAL quotakit.uuid7(sealed_until + interval '1 hour') id WHERE account_id = 2;
SELECT count(quotakit._fill_counters(2, policy_id)) FROM quotakit.policy WHERE account_id = 2 AND (rolling OR period = 'lifetime');
UPDATE quotakit.account SET retention = '35 days' WHERE account_id = 2;
SELECT sealed_until AS sealed FROM quotakit.account WHERE account_id = 2 \gset
CALL quotakit.apply_retention();
SELECT sealed_until = :'sealed' AS kept FROM quotakit.account WHERE account_id = 2;
DELETE FROM quotakit.reservation WHERE account_id = 2;
SELECT count(quotakit._fill_counters(2, policy_id)) FROM quotakit.policy WHERE account_id = 2 AND (rolling OR period = 'lifetime');
CALL quotakit.apply_retention();
SELECT sealed_until > :'sealed' AS sealed FROM quotakit.account WHERE account_id = 2;
SELECT * FROM quotakit.verify();

-- Repair: whatever is broken is found and mended, once.
SELECT quotakit.fold_rollups() > 0 AS folded;
UPDATE quotakit.rollup_hour SET usd = usd + 1, events = events - 2 WHERE account_id = 2 AND hour = (SELECT max(hour) FROM quotakit.rollup_hour WHERE account_id = 2);
DELETE FROM quotakit.subtree_day WHERE account_id = 2 AND day = (SELECT max(day) FROM quotakit.subtree_day WHERE account_id = 2);
DELETE FROM quotakit.subtree_hour WHERE account_id = 2 AND node_id = 1 AND hour = (SELECT max(hour) FROM quotakit.subtree_hour WHERE account_id = 2);
UPDATE quotakit.counter SET used = used + 7 WHERE account_id = 2 AND policy_id % 2 = 0;
UPDATE quotakit.counter SET bucket_used[1] = bucket_used[1] + 1, used = used + 1 WHERE account_id = 2 AND cardinality(bucket_used) > 0;
DELETE FROM quotakit.counter WHERE account_id = 2 AND policy_id = 205;
INSERT INTO quotakit.counter (account_id, policy_id, window_start, seq, used, hold_until, hold_amount)
SELECT account_id, policy_id, window_start, seq + 1, used, ARRAY[date_trunc('hour', now()) + interval '3 hours'], ARRAY[11] FROM quotakit.counter WHERE account_id = 2 AND policy_id = 206;
SELECT object, count(*) > 0 AS broken FROM quotakit.verify() GROUP BY 1 ORDER BY 1;
SELECT account_name, object, count(*) > 0 AS mended FROM quotakit.repair() GROUP BY 1, 2 ORDER BY 2;
SELECT * FROM quotakit.verify();
SELECT quotakit.fold_rollups() > 0 AS folded;
SELECT * FROM quotakit.verify();
SELECT count(*) FROM quotakit.repair();
SELECT account_id, object, action, after ? 'changed' AS changed FROM quotakit.audit_log WHERE object = 'repair';
-- Before and after are objects, as everywhere in the log, with row for row what was there and what is.
SELECT jsonb_typeof(before) AS before, jsonb_typeof(after) AS after, jsonb_array_length(before -> 'rows') = jsonb_array_length(after -> 'rows') AS as_many,
  before -> 'rows' -> 0 ? 'found' AS found, after -> 'rows' -> 0 ? 'expected' AS expected,
  (before -> 'rows' -> 0) - 'found' = (after -> 'rows' -> 0) - 'expected' AS same_row
FROM quotakit.audit_log WHERE object = 'repair';
SELECT quotakit.repair('nobody');
\echo :LAST_ERROR_SQLSTATE
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT quotakit.repair();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- Replay: a path that was missing is made; the event comes to its own time.
SET quotakit.account = 'adelaide';
SELECT outcome FROM quotakit.log('beta/new/one', usd => 2.5), generate_series(1, 2);
SELECT outcome FROM quotakit.log('beta/new', usd => 1);
SELECT root, events, known_usd FROM quotakit.unplaced_spend WHERE root = 'beta';
SELECT outcome FROM quotakit.replay_rejected('beta/new'::quotakit.qpath);
SELECT root, events, known_usd FROM quotakit.unplaced_spend WHERE root = 'beta';
SELECT count(quotakit.create_node(p::quotakit.qpath, 'openai')) FROM unnest(ARRAY['beta/new', 'beta/new/one']) p;
SELECT quotakit.replay_rejected(max(rejected_id))->>'outcome' AS outcome FROM quotakit.rejected_event;
SELECT outcome FROM quotakit.replay_rejected('beta/new'::quotakit.qpath);
SELECT count(*) FROM quotakit.replay_rejected('beta/new'::quotakit.qpath);
SELECT quotakit.replay_rejected(max(rejected_id)) - 'id' AS again FROM quotakit.rejected_event;
SELECT cost_usd FROM quotakit.subtree_usage('beta/new', now() - interval '1 hour', now() + interval '1 hour');
SELECT * FROM quotakit.verify();
SELECT quotakit.replay_rejected(0);
\echo :LAST_ERROR_SQLSTATE

-- Jobs say what they did.
SELECT job, status FROM quotakit.job_status WHERE job !~ '^(check|send|tidy_)' ORDER BY job;
CALL quotakit.run_job('fold_rollups');
CALL quotakit.run_job('make_partitions');
CALL quotakit.run_job('tidy');
SELECT job, status, last_done >= 0 AS done, last_message FROM quotakit.job_status WHERE job !~ '^(check|send|tidy_)' ORDER BY job;
UPDATE quotakit.job_log SET started_at = started_at - interval '1 hour', ended_at = ended_at - interval '1 hour' WHERE job = 'fold_rollups';
INSERT INTO quotakit.job_log (job) VALUES ('tidy');
INSERT INTO quotakit.job_log (job, started_at) VALUES ('make_partitions', now() - interval '2 days');
SELECT job, status FROM quotakit.job_status WHERE job !~ '^(check|send|tidy_)' ORDER BY job;
-- One that fails is noted, and the account after it is still served.
CREATE FUNCTION pg_temp.break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$;
CREATE TRIGGER break BEFORE UPDATE ON quotakit.account FOR EACH ROW WHEN (new.account_id = 1 AND new.sealed_until <> old.sealed_until) EXECUTE FUNCTION pg_temp.break();
UPDATE quotakit.account SET sealed_until = sealed_until - interval '1 day' WHERE account_id = 2;
SET session_replication_role = replica;
UPDATE quotakit.account SET sealed_until = sealed_until - interval '1 day' WHERE account_id = 1;
RESET session_replication_role;
CALL quotakit.run_job('retention');
SELECT status, last_message FROM quotakit.job_status WHERE job = 'retention';
SELECT account_id, sealed_until = lower(quotakit.window_range('day', now() - retention, time_zone)) AS sealed FROM quotakit.account WHERE account_id IN (1, 2) ORDER BY 1;
DROP TRIGGER break ON quotakit.account;
CALL quotakit.run_job('retention');
SELECT status, last_message FROM quotakit.job_status WHERE job = 'retention';
BEGIN;
CALL quotakit.run_job('tidy');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
CALL quotakit.run_job('no such job');
\echo :LAST_ERROR_SQLSTATE
-- Removed policies leave nothing behind.
SELECT quotakit.remove_policy(policy_id) FROM quotakit.policy_status WHERE path::text = 'beta' AND period = 'lifetime';
UPDATE quotakit.policy SET archived_at = now() - interval '2 hours' WHERE archived_at IS NOT NULL OR policy_id = 101;
SELECT quotakit.tidy() > 0 AS tidied;
SELECT count(*) FROM quotakit.counter JOIN quotakit.policy USING (account_id, policy_id) WHERE archived_at IS NOT NULL;

-- Without pg_cron: what to do instead.
\set VERBOSITY sqlstate
SELECT quotakit.schedule_jobs();
SELECT quotakit.unschedule_jobs();
\set VERBOSITY default
SELECT * FROM quotakit.job_commands('it''s mine') c WHERE c !~ '(check|send|tidy)_';
