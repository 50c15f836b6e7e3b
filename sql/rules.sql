-- Every rule of the design, R1 to R12, with its smallest demonstration. What can only be
-- shown by racing, by a clock that is set or by a crash is in tests/ and specs/.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
-- The state of the counters: the newest row of each.
CREATE FUNCTION pg_temp.state(wanted quotakit.qpath, OUT policy text, OUT used numeric, OUT held numeric) RETURNS SETOF record LANGUAGE sql AS $$
  SELECT concat_ws(' ', n.path::text, p.service, p.model, p.unit), coalesce(quotakit.in_unit(c.used, p.unit), 0),
         coalesce((SELECT sum(quotakit.in_unit(h.a, p.unit)) FROM unnest(c.hold_until, c.hold_amount) h(u, a) WHERE h.u > clock_timestamp()), 0)
  FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id)
  LEFT JOIN LATERAL (SELECT * FROM quotakit.counter c WHERE c.account_id = p.account_id AND c.policy_id = p.policy_id
                     ORDER BY c.window_start DESC, c.seq DESC LIMIT 1) c ON true
  WHERE n.path OPERATOR(quotakit.<@) $1 AND p.archived_at IS NULL ORDER BY p.policy_id $$;
-- One id for one purpose, so that calls can be repeated.
CREATE TEMP TABLE ids (purpose text PRIMARY KEY, id uuid);
CREATE FUNCTION pg_temp.id(purpose text, at timestamptz DEFAULT clock_timestamp()) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pg_temp.ids VALUES (purpose, quotakit.uuid7(at)) ON CONFLICT DO NOTHING;
  RETURN (SELECT i.id FROM pg_temp.ids i WHERE i.purpose = $1);
END $$;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\o /dev/null
SELECT quotakit.create_account('rules');
SELECT quotakit.create_service('house'), quotakit.create_service('alien');
SELECT quotakit.set_price('house', 'big', 'input_tokens', usd => 0.01), quotakit.set_price('house', 'big', 'image', usd => 0.5);
\o

\echo == R1 Scope: an event touches every policy on its node and above whose scope matches
\o /dev/null
SELECT quotakit.create_node('one/x', 'house'), quotakit.create_node('one/y', 'alien'), quotakit.create_node('onex', 'house');
SELECT quotakit.set_policy('one', 100, period => 'lifetime'), quotakit.set_policy('one', 100, period => 'lifetime', service => 'house'),
       quotakit.set_policy('one', 100, period => 'lifetime', service => 'house', model => 'big'),
       quotakit.set_policy('one/x', 100, 'requests', 'lifetime'), quotakit.set_policy('one/x', 1000, 'tokens', 'lifetime'),
       quotakit.set_policy('one/y', 100, 'credits', 'lifetime'), quotakit.set_policy('onex', 100, period => 'lifetime');
SELECT quotakit.log('one/x', usd => 1);
SELECT quotakit.log('one/x', 'big', usd => 2, usage => '{"input_tokens": 5, "reasoning_tokens": 6, "image": 7}');
SELECT quotakit.log('one/y', 'big', usd => 4, credits => 8);
SELECT quotakit.reserve('one/x', 'big', usd => 16, credits => 32);
\o
SELECT * FROM pg_temp.state('one');
SELECT * FROM pg_temp.state('onex');

\echo == R2 Service: assigned once; an umbrella takes no calls; archiving covers the subtree
\o /dev/null
SELECT quotakit.create_node('two/x', 'house'), quotakit.create_node('two/x/y', 'alien');
SELECT id FROM quotakit.reserve('two/x/y', usd => 1, id => pg_temp.id('before archiving'));
SELECT id FROM quotakit.log('two/x/y', usd => 1, id => pg_temp.id('logged before'));
\o
SELECT quotakit.reserve('two', usd => 1);
SELECT quotakit.reserve('two/x', service => 'alien', usd => 1);
SELECT outcome FROM quotakit.reserve('two/x/y', service => 'alien', usd => 1);
SELECT quotakit.set_service('two/x', 'alien');
SELECT quotakit.set_service('two', 'house');
SELECT outcome FROM quotakit.reserve('two', usd => 1);
SELECT quotakit.archive_node('two/x');
SELECT quotakit.reserve('two/x/y', usd => 1);
SET client_min_messages = error;
SELECT outcome, answer ->> 'code', answer ->> 'kept' FROM quotakit.log('two/x/y', usd => 1);
RESET client_min_messages;
-- What began before is a duplicate when repeated, and settles.
SELECT outcome, answer ->> 'duplicate' FROM quotakit.reserve('two/x/y', usd => 1, id => pg_temp.id('before archiving'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.log('two/x/y', usd => 1, id => pg_temp.id('logged before'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('before archiving'), usd => 2);
SELECT quotakit.restore_node('two/x');
SELECT outcome FROM quotakit.log('two/x/y', usd => 1);
-- A path can be made by its first call, when the account says so.
SELECT quotakit.set_account(on_unknown_path => 'create');
SELECT outcome FROM quotakit.log('two/made/here', usd => 1, service => 'house');
-- The hint says what is missing.
SELECT quotakit.reserve('two/made/there', usd => 1);
SELECT quotakit.reserve('two/made/there', usd => 1, service => 'nobody');
SELECT path, service FROM quotakit.node WHERE path OPERATOR(quotakit.<@) 'two/made' ORDER BY path;
-- Nothing is made below an archived path: it would live after a restore.
SELECT quotakit.archive_node('two/made');
SET client_min_messages = error;
SELECT outcome, answer ->> 'code', answer ->> 'kept' FROM quotakit.log('two/made/deep/er/x', usd => 1, service => 'house');
SELECT outcome, answer ->> 'code', answer ->> 'kept' FROM quotakit.log('two/made/here', usd => 1, service => 'house');
RESET client_min_messages;
SELECT quotakit.reserve('two/made/deep/er/x', usd => 1, service => 'house');
SELECT o.outcome, answer ->> 'code' FROM quotakit.batch(jsonb_build_array(
  jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'two/made/deep/y', 'service', 'house', 'usd', '1'),
  jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'two/beside', 'service', 'house', 'usd', '1'))) o;
SELECT code, count(*) FROM quotakit.rejected_event WHERE payload LIKE '%two/made%' GROUP BY code;
SELECT quotakit.restore_node('two/made');
SELECT path FROM quotakit.node WHERE path OPERATOR(quotakit.<@) 'two/made' OR path OPERATOR(quotakit.<@) 'two/beside' ORDER BY path;
SELECT outcome FROM quotakit.log('two/made/deep/er/x', usd => 1, service => 'house');
SELECT quotakit.set_account(on_unknown_path => 'reject');
-- A path that its transaction took back is unknown again, also to a backend that used it.
BEGIN;
SELECT quotakit.create_node('two/undone', 'house') > 0;
SELECT outcome FROM quotakit.log('two/undone', usd => 1);
ROLLBACK;
SELECT outcome FROM quotakit.log('two/undone', usd => 1);
BEGIN;
SAVEPOINT s;
SELECT quotakit.create_node('two/undone', 'house') > 0;
SELECT outcome FROM quotakit.log('two/undone', usd => 1);
ROLLBACK TO s;
SELECT outcome FROM quotakit.log('two/undone', usd => 1);
COMMIT;

\echo == R3 Nothing is lost: spend is recorded past every limit and flagged; what cannot be placed is kept
\o /dev/null
SELECT quotakit.create_node('three', 'house');
SELECT quotakit.set_policy('three', 10, period => 'lifetime', enforcement => 'strict');
\o
SELECT answer -> 'flags' FROM quotakit.log('three', usd => 1);
SELECT answer -> 'flags' FROM quotakit.log('three', usd => 20);
SELECT answer -> 'flags' FROM quotakit.log('three', usd => 0, charged => true, ok => false, estimated => true);
SELECT answer ->> 'usd', answer -> 'flags' FROM quotakit.log('three', 'big', input_tokens => 3, charged => false);
SELECT answer ->> 'usd', answer -> 'flags' FROM quotakit.log('three', 'who', input_tokens => 3);
SELECT answer ->> 'usd', answer -> 'flags' FROM quotakit.log('three', 'big', usage => '{"input_tokens": 1, "image": 1, "search": 1}');
SELECT quotakit.set_limit(policy_id, 1000) FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.=) 'three';
-- late: after a release; also after an expiry, in tests/.
SELECT outcome FROM quotakit.reserve('three', usd => 5, id => pg_temp.id('late'));
SELECT outcome FROM quotakit.release(pg_temp.id('late'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('late'), usd => 5);
SELECT quotakit.freeze('three', 'an audit');
SELECT outcome, answer -> 'flags' FROM quotakit.log('three', usd => 1);
SELECT quotakit.thaw('three');
-- The whole payload is kept, once.
SET client_min_messages = error;
SELECT outcome FROM quotakit.log('three/none', usd => 77, id => pg_temp.id('unplaced'));
SELECT outcome FROM quotakit.log('three/none', usd => 77, id => pg_temp.id('unplaced'));
RESET client_min_messages;
SELECT code, reason, payload::jsonb - 'id' FROM quotakit.rejected_event WHERE payload::jsonb ->> 'path' = 'three/none';
SELECT * FROM pg_temp.state('three');

\echo == R4 Once: the same id with the same content changes nothing, with other content it is a conflict
\o /dev/null
SELECT quotakit.create_node('four/x', 'house'), quotakit.create_node('four/y', 'house');
SELECT quotakit.set_policy('four', 100, period => 'lifetime', enforcement => 'strict');
\o
SELECT outcome, answer ->> 'duplicate' FROM quotakit.reserve('four/x', usd => 5, id => pg_temp.id('four'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.reserve('four/x', usd => 5, id => pg_temp.id('four'));
SELECT quotakit.reserve('four/x', usd => 6, id => pg_temp.id('four'));
SELECT quotakit.reserve('four/y', usd => 5, id => pg_temp.id('four'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.extend(pg_temp.id('four'), 1800);
SELECT outcome, answer ->> 'duplicate' FROM quotakit.extend(pg_temp.id('four'), 600);
SELECT outcome, answer ->> 'duplicate' FROM quotakit.settle(pg_temp.id('four'), usd => 3);
SELECT outcome, answer ->> 'duplicate' FROM quotakit.settle(pg_temp.id('four'), usd => 3);
SELECT outcome, answer ->> 'duplicate' FROM quotakit.log('four/x', usd => 3, id => pg_temp.id('four'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.reserve('four/x', usd => 5, id => pg_temp.id('four'));
SELECT quotakit.release(pg_temp.id('four'));
SELECT quotakit.extend(pg_temp.id('four'));
SET client_min_messages = error;
SELECT outcome, answer ->> 'message', answer ->> 'kept' FROM quotakit.settle(pg_temp.id('four'), usd => 4);
SELECT outcome, answer ->> 'message' FROM quotakit.log('four/y', usd => 3, id => pg_temp.id('four'));
RESET client_min_messages;
SELECT outcome FROM quotakit.reserve('four/x', usd => 5, id => pg_temp.id('freed'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.release(pg_temp.id('freed'));
SELECT outcome, answer ->> 'duplicate' FROM quotakit.release(pg_temp.id('freed'));
-- Within one batch alike.
SELECT b.outcome, b.answer ->> 'duplicate' FROM quotakit.batch(jsonb_build_array(
  jsonb_build_object('op', 'reserve', 'id', pg_temp.id('b'), 'path', 'four/x', 'usd', '7'),
  jsonb_build_object('op', 'reserve', 'id', pg_temp.id('b'), 'path', 'four/x', 'usd', '7'),
  jsonb_build_object('op', 'settle', 'id', pg_temp.id('b'), 'usd', '8'),
  jsonb_build_object('op', 'settle', 'id', pg_temp.id('b'), 'usd', '8'),
  jsonb_build_object('op', 'settle', 'id', pg_temp.id('b'), 'usd', '9'),
  jsonb_build_object('op', 'release', 'id', pg_temp.id('b')))) b;
SELECT count(*), sum(usd) FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.<@) 'four';
SELECT * FROM pg_temp.state('four');
-- The event's time is the time in its id.
SELECT bool_and(at = quotakit.uuid_time(event_id)) FROM quotakit.event;

\echo == R5 Windows follow from time: no job resets anything
\o /dev/null
SELECT quotakit.create_node('five', 'house');
SELECT quotakit.set_policy('five', 10, period => 'day', enforcement => 'strict'),
       quotakit.set_policy('five', 100, 'requests', 'lifetime', 'open');
SELECT quotakit.create_node('five/rolling', 'house'), quotakit.set_policy('five/rolling', 100, 'requests', 'minute', 'open', rolling => true);
-- The last millisecond of yesterday, and today's first; two minutes ago is past the last minute.
SELECT quotakit.log('five', usd => 9, id => pg_temp.id('yesterday', date_trunc('day', now(), 'UTC') - interval '1 ms')),
       quotakit.log('five', usd => 2, id => pg_temp.id('today', date_trunc('day', now(), 'UTC'))),
       quotakit.log('five/rolling', usd => 0, id => quotakit.uuid7(now() - interval '2 minutes')), quotakit.log('five/rolling', usd => 0);
\o
SELECT policy, used FROM pg_temp.state('five');
SELECT count(*) FROM quotakit.counter c JOIN quotakit.policy p USING (account_id, policy_id) WHERE p.period = 'day';
SELECT quotakit.window_range('month', '2026-02-28 11:00+00', 'Europe/Berlin', 28), quotakit.window_range('day', '2026-03-29 11:00+00', 'Europe/Berlin'),
       quotakit.window_range('hour', '2026-04-04 15:10+00', 'Australia/Lord_Howe'), quotakit.window_range('quarter', '2026-03-31 18:30+00', 'Asia/Kolkata');
SELECT quotakit.rolling_since('minute', '2026-03-29 11:00:59.5+00'), quotakit.rolling_bucket('day', '2026-03-29 11:29:59+00');
SELECT quotakit.create_account('x', billing_day => 31);

\echo == R6 Strict: granted only if used + held + asked <= limit, for every strict policy, all or nothing
\o /dev/null
SELECT quotakit.create_node('six/x', 'house');
SELECT quotakit.set_policy('six', 10, period => 'lifetime', enforcement => 'strict'),
       quotakit.set_policy('six/x', 3, 'requests', 'lifetime', 'strict'),
       quotakit.set_policy('six/x', 100, 'tokens', 'lifetime', 'block');
\o
SELECT outcome FROM quotakit.reserve('six/x', usd => 9.999999999, id => pg_temp.id('six'));
SELECT outcome, answer ->> 'asked' FROM quotakit.reserve('six/x', usd => 0.000000002);
SELECT outcome FROM quotakit.reserve('six/x', usd => 0.000000001);
SELECT outcome, answer ->> 'unit' FROM quotakit.reserve('six/x', usd => 0, requests => 2);
SELECT * FROM pg_temp.state('six');
SELECT outcome FROM quotakit.settle(pg_temp.id('six'), usd => 4);
SELECT * FROM pg_temp.state('six');
-- A touched block policy that is full refuses too.
SELECT outcome FROM quotakit.log('six/x', usd => 0, requests => 0, input_tokens => 100);
SELECT outcome, answer ->> 'unit', answer ->> 'enforcement' FROM quotakit.reserve('six/x', usd => 0, requests => 0);
SELECT quotakit.set_enforcement(policy_id, 'open') FROM quotakit.policy WHERE enforcement = 'block' AND unit = 'tokens' AND limit_amount = 100;
-- Unpriced, unless the amount is given.
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('six/x', 'who', input_tokens => 5, requests => 0);
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('six/x', requests => 0, usd => 0);
SELECT outcome, answer -> 'held' ->> 'usd' FROM quotakit.reserve('six/x', 'big', input_tokens => 5, requests => 0);
-- Unmeasured, unless the usage is given, or of credits their amount.
SELECT quotakit.set_policy('six/x', 1000, 'tokens', 'lifetime', 'strict') AS tokens, quotakit.set_policy('six/x', 1, 'credits', 'lifetime', 'shadow') AS credits \gset
SELECT outcome, answer ->> 'reason', answer ->> 'unit', answer ->> 'message' FROM quotakit.reserve('six/x', usd => 0);
SELECT line FROM quotakit.refusal r, quotakit.why(r.refusal_id) AS line WHERE r.reason = 'unmeasured' AND r.source = 'reserve' AND line LIKE '  %';
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('six/x', usd => 0, requests => 0, input_tokens => 1001);
SELECT outcome FROM quotakit.reserve('six/x', usd => 0, requests => 0);
SELECT reason, source, unit, count FROM quotakit.refusal_log WHERE reason = 'unmeasured' ORDER BY source, unit;
SELECT quotakit.remove_policy(:tokens), quotakit.remove_policy(:credits);
-- A reservation that was refused may be asked for again.
SELECT outcome FROM quotakit.reserve('six/x', usd => 7, requests => 0, id => pg_temp.id('again'));
SELECT quotakit.set_limit(policy_id, 20) FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.=) 'six';
SELECT outcome FROM quotakit.reserve('six/x', usd => 7, requests => 0, id => pg_temp.id('again'));
-- A lease: each draw lowers what is held, the last one frees the rest; it ends with its shortest window.
\o /dev/null
SELECT quotakit.create_node('six/lease', 'house');
SELECT quotakit.set_policy('six/lease', 100, period => 'minute', enforcement => 'strict'),
       quotakit.set_policy('six/lease', 100, 'credits', 'lifetime', 'strict');
\o
SELECT outcome, (answer ->> 'expires_at')::timestamptz = date_bin('1 minute', quotakit.uuid_time(id), 'epoch') + interval '1 minute'
FROM quotakit.reserve('six/lease', usd => 0, credits => 10, requests => 4, ttl => 3600, lease => true);
SELECT quotakit.remove_policy(policy_id) FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id)
WHERE n.path OPERATOR(quotakit.=) 'six/lease' AND p.unit = 'usd';
SELECT outcome FROM quotakit.reserve('six/lease', usd => 1, credits => 10, requests => 4, ttl => 3600, lease => true, id => pg_temp.id('lease'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('lease'), usd => 0, credits => 3);
SELECT quotakit.in_unit(credits, 'credits'), requests, seq, is_open FROM quotakit.reservation WHERE reservation_id = (SELECT pg_temp.id('lease')) ORDER BY seq DESC LIMIT 1;
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('lease'), usd => 0, credits => 9, last => true);
SELECT quotakit.in_unit(credits, 'credits'), requests, seq, is_open FROM quotakit.reservation WHERE reservation_id = (SELECT pg_temp.id('lease')) ORDER BY seq DESC LIMIT 1;
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('lease'), usd => 0, credits => 1);
SELECT policy, used FROM pg_temp.state('six/lease');
-- Inside the application's own transaction: both or neither.
BEGIN;
SELECT outcome FROM quotakit.reserve('six/x', usd => 1, requests => 0, id => pg_temp.id('undone'));
SELECT l.classid = a.account_id, l.objid = n.node_id, l.objsubid, l.mode FROM pg_locks l, quotakit.account a, quotakit.node n
WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND a.name = 'rules' AND n.path OPERATOR(quotakit.=) 'six';
ROLLBACK;
SELECT count(*) FROM quotakit.reservation WHERE reservation_id = (SELECT pg_temp.id('undone'));
BEGIN READ ONLY;
SELECT outcome FROM quotakit.reserve('six/x', usd => 1);
ROLLBACK;

\echo == R7 Block: the flush that fills it is told; then new calls stop
\o /dev/null
SELECT quotakit.create_node('seven/x', 'house');
SELECT quotakit.set_policy('seven', 10, period => 'lifetime', enforcement => 'block');
\o
SELECT outcome, answer -> 'full' FROM quotakit.log('seven/x', usd => 9);
SELECT outcome FROM quotakit.reserve('seven/x', usd => 100, id => pg_temp.id('seven'));
SELECT outcome, answer -> 'flags', jsonb_path_query_array(answer, '$.full[*].keyvalue() ? (@.key != "policy").value') FROM quotakit.log('seven/x', usd => 2);
SELECT outcome, answer ->> 'enforcement' FROM quotakit.reserve('seven/x', usd => 1);
-- The SDK reports what it stopped itself.
SELECT outcome FROM quotakit.batch(jsonb_build_array(jsonb_build_object('op', 'refused', 'path', 'seven/x', 'count', 12, 'policy',
  (SELECT policy_id FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.=) 'seven'))));
SELECT r.source, r.reason, r.count FROM quotakit.refusal r JOIN quotakit.policy p USING (account_id, policy_id) JOIN quotakit.node n ON n.node_id = p.node_id
WHERE n.path OPERATOR(quotakit.=) 'seven' ORDER BY r.refusal_id;

\echo == R8 Refusals explain themselves, and are recorded: a row a batch and policy, with the first and the last
\o /dev/null
SELECT quotakit.create_node('eight/x', 'house');
SELECT quotakit.set_policy('eight', 10, period => 'lifetime', enforcement => 'strict', service => 'house', model => 'big');
SELECT quotakit.log('eight/x', 'big', usd => 3);
SELECT quotakit.reserve('eight/x', 'big', usd => 4.5, id => pg_temp.id('eight'));
\o
SELECT jsonb_pretty(answer - 'refusal' - 'policy') FROM quotakit.reserve('eight/x', 'big', usd => 2.6);
SELECT outcome, count(*), count(DISTINCT answer ->> 'refusal') FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'reserve', 'id', quotakit.uuid7(),
  'path', 'eight/x', 'model', 'big', 'usd', i::text)) FROM generate_series(3, 7) i)) GROUP BY 1;
SELECT r.count, quotakit.in_unit(r.asked, p.unit), r.first ->> 'asked', r.last ->> 'asked', r.last ->> 'used', r.last ->> 'held', r.last ->> 'call_path'
FROM quotakit.refusal r JOIN quotakit.policy p USING (account_id, policy_id) JOIN quotakit.node n ON n.node_id = p.node_id
WHERE n.path OPERATOR(quotakit.=) 'eight' ORDER BY r.refusal_id;

\echo == R9 Counters are provable: verify() finds nothing, until somebody tampers
SELECT * FROM quotakit.verify();
BEGIN;
UPDATE quotakit.counter SET used = used + 1 WHERE (policy_id, seq) = (SELECT policy_id, max(seq) FROM quotakit.counter GROUP BY 1 ORDER BY 1 DESC LIMIT 1);
SELECT object, key ->> 'measure', found - expected FROM quotakit.verify();
ROLLBACK;
BEGIN;
UPDATE quotakit.rollup_delta SET usd = usd + 1 WHERE delta_id = (SELECT min(delta_id) FROM quotakit.rollup_delta);
SELECT object, key ->> 'measure', found - expected FROM quotakit.verify();
ROLLBACK;
BEGIN;
DELETE FROM quotakit.reservation WHERE reservation_id = (SELECT pg_temp.id('eight'));
SELECT object, key ->> 'measure', found - expected FROM quotakit.verify();
ROLLBACK;
BEGIN;
DELETE FROM quotakit.event WHERE event_id = (SELECT pg_temp.id('today'));
SELECT object, key ->> 'measure', count(*) FROM quotakit.verify() GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;

\echo == R10 No work proportional to history: a call reads as many blocks after 20,000 events as before
CREATE FUNCTION pg_temp.blocks() RETURNS numeric LANGUAGE sql AS $$
  SELECT sum(pg_stat_get_xact_blocks_fetched(c.oid)) FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'i') $$;
\o /dev/null
SELECT quotakit.create_node('ten/x', 'house'), quotakit.set_policy('ten', 1000000, period => 'lifetime', enforcement => 'strict'),
       quotakit.set_policy('ten', 1000000, 'requests', 'month', 'strict', rolling => true);
SELECT count(*) FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'ten/x', 'usd', '0.1')) FROM generate_series(1, 100)));
\o
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM quotakit.reserve('ten/x', usd => 1);
SELECT pg_temp.blocks() AS few \gset
COMMIT;
\o /dev/null
SELECT count(*) FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'ten/x', 'usd', '0.1')) FROM generate_series(1, 20000)));
\o
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM quotakit.reserve('ten/x', usd => 1);
SELECT pg_temp.blocks() AS many \gset
COMMIT;
SELECT CASE WHEN :many < :few + 20 THEN 'as many' ELSE :'few' || ' before, ' || :'many' || ' after' END;

\echo == R11 Changes are exact: a new policy counts its whole window; a lower limit stops what is new; shadow; freeze
\o /dev/null
SELECT quotakit.create_node('eleven/x', 'house');
SELECT quotakit.log('eleven/x', 'big', usd => 3, input_tokens => 10), quotakit.log('eleven/x', usd => 1),
       quotakit.reserve('eleven/x', 'big', usd => 2, id => pg_temp.id('eleven'));
SELECT quotakit.set_policy('eleven', 10, period => 'lifetime', enforcement => 'strict') AS policy \gset
SELECT quotakit.set_policy('eleven', 10, period => 'lifetime', enforcement => 'shadow', service => 'house', model => 'big');
SELECT quotakit.set_policy('eleven/x', 100, 'tokens', 'year', 'open', rolling => true);
\o
SELECT * FROM pg_temp.state('eleven');
SELECT quotakit.set_limit(:policy, 1);
SELECT outcome, answer ->> 'limit', answer ->> 'used', answer ->> 'held' FROM quotakit.reserve('eleven/x', usd => 0.000000001);
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('eleven'), usd => 2);
SELECT quotakit.set_limit(:policy, 10);
SELECT quotakit.boost_policy(:policy, 5, now() + interval '1 hour');
SELECT outcome FROM quotakit.reserve('eleven/x', usd => 9);
SELECT outcome, answer ->> 'limit' FROM quotakit.reserve('eleven/x', usd => 0.000000001);
-- A shadow policy refuses nothing, and notes what it would have refused.
SELECT quotakit.set_enforcement(:policy, 'open');
SELECT outcome FROM quotakit.reserve('eleven/x', 'big', usd => 6);
SELECT r.source, r.reason, quotakit.in_unit(r.asked, 'usd'), r.last ->> 'used', r.last ->> 'held' FROM quotakit.refusal r WHERE r.source = 'shadow';
-- Its counter was kept all the while, so that it can be made strict at once.
SELECT quotakit.set_enforcement(:policy, 'strict');
SELECT outcome FROM quotakit.reserve('eleven/x', usd => 0.000000001);
-- Another period is another policy; the same again is a change.
SELECT quotakit.set_policy('eleven', 50, period => 'lifetime', enforcement => 'strict') = :policy;
SELECT quotakit.freeze('eleven', 'the key leaked');
SELECT outcome, answer - 'refusal' FROM quotakit.reserve('eleven/x', usd => 0);
SELECT quotakit.thaw('eleven');
SELECT outcome FROM quotakit.reserve('eleven/x', usd => 0);

\echo == R12 The path of a call only appends: no row is updated, a counter has a new one, the old one goes
\o /dev/null
SELECT quotakit.create_node('twelve', 'house'), quotakit.set_policy('twelve', 1000, period => 'lifetime', enforcement => 'strict');
\o
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM quotakit.reserve('twelve', usd => 1, id => pg_temp.id('twelve'));
SELECT outcome FROM quotakit.extend(pg_temp.id('twelve'), 3000);
SELECT outcome FROM quotakit.settle(pg_temp.id('twelve'), usd => 1);
SELECT outcome, count(*) FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'twelve', 'usd', 1))
  FROM generate_series(1, 50))) GROUP BY 1;
SELECT c.relname, pg_stat_get_xact_tuples_inserted(c.oid) AS inserted, pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind = 'r' AND c.relname IN ('counter', 'rollup_delta') ORDER BY 1;
SELECT coalesce(sum(pg_stat_get_xact_tuples_updated(c.oid)), 0) FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind = 'r';
COMMIT;
SELECT count(*), max(seq) FROM quotakit.counter c JOIN quotakit.policy p USING (account_id, policy_id) JOIN quotakit.node n USING (account_id, node_id)
WHERE n.path OPERATOR(quotakit.=) 'twelve';
SELECT * FROM quotakit.verify();

\echo == And again after DROP EXTENSION: the same numbers and versions mean something else
SET client_min_messages = warning;
DROP EXTENSION quotakit CASCADE;
CREATE EXTENSION quotakit;
\o /dev/null
SELECT quotakit.create_account('rules'), quotakit.create_service('house');
SELECT quotakit.create_node('other/a', 'house'), quotakit.create_node('a', 'house'), quotakit.set_policy('a', 1, period => 'lifetime', enforcement => 'strict');
SELECT quotakit.set_price('house', 'm', 'input_tokens', usd => 1);
\o
SELECT outcome FROM quotakit.reserve('a', 'm', input_tokens => 2);
SELECT version FROM quotakit.account WHERE name = 'rules' \gset
DROP EXTENSION quotakit CASCADE;
CREATE EXTENSION quotakit;
\o /dev/null
SELECT quotakit.create_account('rules'), quotakit.create_service('house');
SELECT quotakit.create_node('a', 'house'), quotakit.set_policy('a', 100, period => 'lifetime', enforcement => 'strict');
SELECT quotakit.set_price('house', 'm', 'input_tokens', usd => 50);
\o
SELECT version = :version FROM quotakit.account WHERE name = 'rules';
SELECT outcome, answer -> 'held' ->> 'usd' FROM quotakit.reserve('a', 'm', input_tokens => 2);
SELECT * FROM quotakit.verify();
