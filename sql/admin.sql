-- Accounts, paths, policies and keys: everything is managed by functions (R2, R11).
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
-- All of it without help from the search path.
SET search_path = '';
SET timezone = 'UTC';

-- Money is exact.
SELECT quotakit.nano(25000.123456789), quotakit.nano(-9000000000), quotakit.nano(0.000000001),
       quotakit.from_nano(25000123456789), quotakit.from_nano(1), quotakit.from_nano(25000000000000),
       quotakit.from_nano(-9223372036854775808), quotakit.in_unit(5000000000, 'credits'), quotakit.in_unit(5, 'tokens');

-- Accounts.
SELECT quotakit.current_account();
SELECT quotakit.create_account('acme', 'europe/berlin', billing_day => 28, usd_per_credit => 0.01, contact_email => 'a@acme.example') AS acme;
SELECT * FROM quotakit.current_account();
SELECT quotakit.create_account('beta');
-- Two, and none chosen (the message names the role).
\set VERBOSITY sqlstate
SELECT quotakit.current_account();
\set VERBOSITY terse
SET quotakit.account = 'acme';
SELECT * FROM quotakit.current_account();
SET quotakit.account = '2';
SELECT * FROM quotakit.current_account();
SET quotakit.account = 'acme';
SELECT quotakit.set_account(contact_name => 'Anna', contact_email => '', usd_per_credit => 0, week_start => 7);
SELECT name, time_zone, billing_day, week_start, usd_per_credit, contact_name, contact_email, on_unknown_path, retention
FROM quotakit.account WHERE account_id = 1;

-- A new version of the account with every change that a call can meet; none without.
CREATE FUNCTION pg_temp.bumps(what text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  before int8 := (SELECT a.version FROM quotakit.account a WHERE a.name = 'acme');
BEGIN
  EXECUTE what;
  RETURN (SELECT a.version FROM quotakit.account a WHERE a.name = 'acme') > before;
END $$;

-- Paths: what is missing above is made as umbrellas.
SELECT quotakit.create_service('openai'), quotakit.create_service('anthropic');
SELECT pg_temp.bumps($$SELECT quotakit.create_node('acme/search/query-rewrite', 'openai', 'rewrites **queries**', '{prod,team-a}')$$);
SELECT quotakit.create_node('acme/search/rank', 'anthropic') IS NOT NULL AS made;
SELECT path, service, notes, tags FROM quotakit.node ORDER BY path;
-- R2: an umbrella gets its service once, and the same again is no change.
SELECT pg_temp.bumps($$SELECT quotakit.set_service('acme/search', 'openai')$$);
SELECT pg_temp.bumps($$SELECT quotakit.set_service('acme/search', 'openai')$$);
SELECT quotakit.set_service('acme/search', 'anthropic');
SELECT quotakit.create_node('acme/search', 'openai');
SELECT pg_temp.bumps($$SELECT quotakit.set_node('acme/search', notes => 'n', tags => '{x}')$$);
SELECT quotakit.set_node('acme/search', notes => '');
SELECT path, service, notes, tags FROM quotakit.node WHERE path OPERATOR(quotakit.=) 'acme/search';

-- What a call on an unknown path makes, each as if it came alone: what is missing above as
-- umbrellas, the service that is named first. Unknown service: nothing.
SELECT quotakit.set_account(on_unknown_path => 'create');
SELECT b.outcome, coalesce(b.answer ->> 'code', b.answer ->> 'path') AS said
FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'reserve', 'id', quotakit.uuid7(), 'path', c.path, 'service', c.service, 'usd', '0') ORDER BY c.n)
  FROM (VALUES (1, 'acme/auto/x/y', 'openai'), (2, 'acme/auto/x/y', 'openai'), (3, 'acme/auto/x/y', 'anthropic'),
               (4, 'acme/auto/x', 'openai'), (5, 'acme/auto/z', 'none'), (6, 'lone', 'none'),
               (7, 'auto', 'openai'), (8, 'auto/w', 'anthropic')) AS c(n, path, service))) AS b;
SELECT path, service FROM quotakit.node WHERE path OPERATOR(quotakit.~) '{auto,lone}/**' ORDER BY path;
SELECT quotakit.set_account(on_unknown_path => 'reject');
SELECT path, service FROM quotakit.node WHERE path OPERATOR(quotakit.<@) 'acme/auto' ORDER BY path;

-- What a call meets, in a session that has cached what was before.
CREATE FUNCTION pg_temp.ask(path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  SELECT * INTO r FROM quotakit.reserve(path, 'gpt-4o', usd => 0.01);
  RETURN r.outcome || coalesce(' ' || (r.answer ->> 'reason'), '');
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT pg_temp.ask('acme/search/query-rewrite'), pg_temp.ask('acme/auto/x');
-- Archiving covers the subtree, restoring brings back what was.
SELECT pg_temp.bumps($$SELECT quotakit.archive_node('acme/search/rank')$$);
SELECT pg_temp.bumps($$SELECT quotakit.archive_node('acme/search')$$);
SELECT pg_temp.bumps($$SELECT quotakit.archive_node('acme/search')$$);
SELECT pg_temp.ask('acme/search/query-rewrite');
SELECT quotakit.create_node('acme/search/new', 'openai');
SELECT quotakit.set_policy('acme/search/query-rewrite', 1);
SELECT quotakit.restore_node('acme/search/rank');
SELECT pg_temp.bumps($$SELECT quotakit.restore_node('acme/search')$$);
SELECT path FROM quotakit.node WHERE archived_at IS NOT NULL;
SELECT pg_temp.ask('acme/search/query-rewrite'), pg_temp.ask('acme/search/rank');
SELECT quotakit.restore_node('acme/search/rank');

-- Freezing too.
SELECT pg_temp.bumps($$SELECT quotakit.freeze('acme', 'runaway agent')$$);
SELECT pg_temp.ask('acme/search/query-rewrite');
SELECT quotakit.thaw('acme/search');
SELECT path, frozen_reason FROM quotakit.node WHERE frozen_reason IS NOT NULL;
SELECT pg_temp.bumps($$SELECT quotakit.thaw('acme')$$);
SELECT pg_temp.bumps($$SELECT quotakit.thaw('acme')$$);
SELECT pg_temp.ask('acme/search/query-rewrite');

-- R11: a policy is its scope, unit and period; limit and enforcement can change.
SELECT quotakit.set_policy('acme', 25000) AS p1;
SELECT quotakit.set_policy('acme', 26000.5, enforcement => 'strict') AS p1_again;
SELECT quotakit.set_policy('acme', 100, 'requests') AS p2, quotakit.set_policy('acme', 7, period => 'day') AS p3,
       quotakit.set_policy('acme', 8, period => 'day', rolling => true) AS p4,
       quotakit.set_policy('acme', 9, service => 'openai') AS p5,
       quotakit.set_policy('acme', 9, service => 'openai', model => 'gpt-4o') AS p6,
       quotakit.set_policy('acme', 9000000000000000000, 'tokens', 'lifetime', 'open') AS p7,
       quotakit.set_policy('acme', 0, 'credits', 'year', 'shadow') AS p8;
SELECT pg_temp.bumps($$SELECT quotakit.set_policy('acme', 7, period => 'day')$$) AS same,
       pg_temp.bumps($$SELECT quotakit.set_policy('acme', 8, period => 'day')$$) AS other;
SELECT pg_temp.bumps($$SELECT quotakit.set_limit(3, 6.5)$$), pg_temp.bumps($$SELECT quotakit.set_enforcement(3, 'open')$$),
       pg_temp.bumps($$SELECT quotakit.boost_policy(1, 500, '2099-01-01')$$);
SELECT policy_id, slot, unit, period, rolling, service, model, limit_amount, enforcement, boost_amount, boost_until
FROM quotakit.policy ORDER BY policy_id;
SELECT quotakit.boost_policy(1, 0);
SELECT boost_amount, boost_until FROM quotakit.policy WHERE policy_id = 1;

-- Ten a node: the eleventh is refused, a removed one makes room in its slot.
SELECT quotakit.set_policy('acme', 1, period => 'hour'), quotakit.set_policy('acme', 1, period => 'minute');
SELECT quotakit.set_policy('acme', 1, period => 'week');
SELECT pg_temp.bumps('SELECT quotakit.remove_policy(4)');
SELECT quotakit.set_policy('acme', 1, period => 'week') AS p11;
SELECT slot FROM quotakit.policy WHERE policy_id = 11;
-- Whatever goes around the function meets the index.
INSERT INTO quotakit.policy (account_id, node_id, slot, unit, period, limit_amount, enforcement)
SELECT account_id, node_id, 10, 'usd', 'quarter', 1, 'open' FROM quotakit.policy WHERE policy_id = 1;

-- R11: a new policy counts its whole window from the start; so does one whose window is cut anew.
SELECT outcome FROM quotakit.log('acme/search/query-rewrite', 'gpt-4o', input_tokens => 10, output_tokens => 5, usd => 3);
SELECT quotakit.set_policy('acme/search', 100, period => 'lifetime') AS usd,
       quotakit.set_policy('acme/search', 100, 'tokens', 'lifetime', model => 'gpt-4o', service => 'openai') AS tokens,
       quotakit.set_policy('acme/search', 100, 'tokens', 'lifetime', service => 'anthropic') AS other,
       quotakit.set_policy('acme/search', 100, 'requests', 'year') AS requests \gset
SELECT DISTINCT ON (policy_id) unit, service, used FROM quotakit.counter c JOIN quotakit.policy p USING (account_id, policy_id)
WHERE policy_id IN (:usd, :tokens, :other, :requests) ORDER BY policy_id, seq DESC;
SELECT quotakit.remove_policy(:tokens);
SELECT count(*) FROM quotakit.counter WHERE policy_id = :tokens;
BEGIN;
SELECT quotakit.set_account(time_zone => 'Asia/Kolkata', billing_day => 1, week_start => 1);
SELECT window_start = lower(quotakit.window_range('year', now(), 'Asia/Kolkata', 1, 1)) AS recut, used
FROM quotakit.counter WHERE policy_id = :requests;
-- Half an hour off: the hours of the rollups are others too. R9: all of it adds up.
SELECT date_part('minute', hour) AS minute, sum(usd) FROM quotakit.rollup_hour GROUP BY 1;
SELECT * FROM quotakit.verify('acme');
-- Every project is locked meanwhile.
SELECT l.objid = n.node_id AS root, n.path FROM pg_locks l JOIN quotakit.node n ON n.node_id = l.objid::int8
WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.classid = 1 AND l.objsubid = 20811;
ROLLBACK;

-- Counters are filled by the latest snapshot, which these do not give.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT quotakit.set_policy('acme/search', 100, period => 'day');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT quotakit.set_account(time_zone => 'UTC');
ROLLBACK;

-- A key is shown once; a hash of its hash is kept.
CREATE TEMP TABLE k AS SELECT quotakit.create_key('ci') AS key;
SELECT pg_temp.bumps($$SELECT quotakit.create_key('two')$$), pg_temp.bumps('SELECT quotakit.revoke_key(2)');
SELECT k.key ~ '^aisc_1_[A-Za-z0-9_-]{43}$' AS form, a.key_hash = sha256(sha256(k.key::bytea)) AS hash
FROM pg_temp.k, quotakit.api_key a WHERE a.key_id = 1;
-- It opens the batch function; revoked, it does not.
CREATE FUNCTION pg_temp.by_key() RETURNS text LANGUAGE sql AS $$
  SELECT b.outcome FROM pg_temp.k, quotakit.batch(ARRAY[1], ARRAY[sha256(k.key::bytea)],
    ARRAY[convert_to(format('{"op":"log","id":"%s","path":"acme/search/query-rewrite","usd":"0.01"}', quotakit.uuid7()), 'UTF8')]) b
$$;
SELECT pg_temp.by_key();
SELECT quotakit.revoke_key(1);
SELECT pg_temp.by_key();
SELECT key_id, name, created_by = current_user AS by_me, revoked_at IS NOT NULL AS revoked FROM quotakit.api_key_list ORDER BY 1;

-- Every change is in the log; secrets and mere versions are not.
SELECT object, action, count(*) FROM quotakit.audit_log WHERE account_id = 1 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT before ->> 'frozen_reason' AS before, after ->> 'frozen_reason' AS after, after ->> 'path' AS path, actor = current_user AS me
FROM quotakit.audit_log WHERE object = 'node' AND before ->> 'frozen_reason' IS NOT NULL;
SELECT count(*) FROM quotakit.audit_log
WHERE coalesce(before, '{}') || coalesce(after, '{}') ?| '{key_hash,version,last_used,sealed_until}';
DELETE FROM quotakit.api_key WHERE key_id = 2;
UPDATE quotakit.api_key SET last_used = now();
SELECT object, action, before ->> 'name' AS name, after FROM quotakit.audit_log WHERE action = 'delete';
SELECT count(*) FROM quotakit.audit_log WHERE object = 'api_key' AND action = 'update';
