-- Reservations, and the windows and policies they hold in: R6, R13. A clock that is set is in tests/.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET timezone = 'UTC';
\o /dev/null
SELECT quotakit.create_account('windows');
SELECT quotakit.create_service('house');
-- Policies that count the windows before, too: nothing was used there yet.
CREATE FUNCTION pg_temp.policy(path quotakit.qpath, amount numeric, unit text, period text, model text DEFAULT NULL,
  rolling bool DEFAULT false, enforcement text DEFAULT 'strict') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  id int4 := quotakit.set_policy(path, amount, unit, period, enforcement, CASE WHEN model IS NOT NULL THEN 'house' END, model, rolling);
BEGIN
  UPDATE quotakit.policy SET counts_from = now() - interval '3 days' WHERE policy_id = id;
END $$;
-- Ids: of now, of the minute before, and of the day before; both are over for the rest of the test.
CREATE TEMP TABLE ids (purpose text PRIMARY KEY, id uuid);
CREATE FUNCTION pg_temp.id(purpose text, at timestamptz DEFAULT clock_timestamp()) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pg_temp.ids VALUES (purpose, quotakit.uuid7(at)) ON CONFLICT DO NOTHING;
  RETURN (SELECT i.id FROM pg_temp.ids i WHERE i.purpose = $1);
END $$;
CREATE TEMP TABLE moment AS SELECT date_trunc('minute', now()) - interval '20 s' AS before, date_trunc('day', now()) - interval '2 h' AS yesterday;
-- Used and held, by policy and window.
CREATE FUNCTION pg_temp.state(wanted quotakit.qpath, OUT policy text, OUT used numeric, OUT held numeric) RETURNS SETOF record LANGUAGE sql AS $$
  SELECT DISTINCT ON (p.policy_id, c.window_start)
         concat_ws(' ', p.unit, p.period, p.model), quotakit.in_unit(c.used, p.unit), coalesce((SELECT sum(quotakit.in_unit(h.a, p.unit)) FROM unnest(c.hold_until, c.hold_amount) h(u, a) WHERE h.u > clock_timestamp()), 0)
  FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id) JOIN quotakit.counter c USING (account_id, policy_id)
  WHERE n.path OPERATOR(quotakit.=) $1 AND p.archived_at IS NULL ORDER BY p.policy_id, c.window_start, c.seq DESC $$;
\o

\echo == A lease is granted only where it holds
\o /dev/null
SELECT quotakit.create_node('lease', 'house'), pg_temp.policy('lease', 1, 'usd', 'minute');
\o
-- With an id of the minute before it would end at once and hold nothing, so any number of them would be granted.
SELECT outcome, answer ->> 'reason', answer ->> 'period', answer ->> 'used', answer ->> 'held', answer ->> 'retry_after', answer ->> 'free', answer ->> 'window_seconds',
       (answer ->> 'resets_at')::timestamptz BETWEEN now() AND clock_timestamp() AS at_once, answer ->> 'message'
FROM quotakit.reserve('lease', usd => 1, lease => true, id => pg_temp.id('lease before', (SELECT before FROM moment)));
SELECT outcome FROM quotakit.reserve('lease', usd => 1, lease => true, id => pg_temp.id('lease before'));
SELECT count(*) FROM quotakit.reservation;
SELECT reason, source, enforcement, count FROM quotakit.refusal_log;
SELECT line FROM quotakit.refusal r, quotakit.why(r.refusal_id) line WHERE line LIKE '  %' ORDER BY r.refusal_id LIMIT 1;
-- A reservation of one call holds in that minute: there is room for one.
SELECT outcome FROM quotakit.reserve('lease', usd => 1, id => pg_temp.id('plain before', (SELECT before FROM moment)));
SELECT outcome, answer ->> 'reason', answer ->> 'held' FROM quotakit.reserve('lease', usd => 0.01, id => quotakit.uuid7((SELECT before FROM moment)));
SELECT * FROM pg_temp.state('lease');
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('plain before'), usd => 0.5);
SELECT * FROM pg_temp.state('lease');
-- Where the month is full, a new id is no help: the month is named.
\o /dev/null
SELECT quotakit.create_node('both', 'house'), pg_temp.policy('both', 1, 'usd', 'minute'), pg_temp.policy('both', 0, 'usd', 'month');
\o
SELECT outcome, answer ->> 'reason', answer ->> 'period' FROM quotakit.reserve('both', usd => 1, lease => true, id => quotakit.uuid7((SELECT before FROM moment)));
-- A policy that only records, or is on trial, ends the lease as well.
\o /dev/null
SELECT quotakit.create_node('watch', 'house'), pg_temp.policy('watch', 1, 'usd', 'minute', enforcement => 'open'),
       quotakit.create_node('trial', 'house'), pg_temp.policy('trial', 1, 'usd', 'minute', enforcement => 'shadow');
\o
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('watch', usd => 1, lease => true, id => quotakit.uuid7((SELECT before FROM moment)));
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('trial', usd => 1, lease => true, id => quotakit.uuid7((SELECT before FROM moment)));
-- The end is the earlier of the two, also when it is moved.
\o /dev/null
SELECT quotakit.create_node('hour', 'house'), pg_temp.policy('hour', 1, 'usd', 'hour');
\o
SELECT outcome, (answer ->> 'expires_at')::timestamptz <= date_trunc('hour', quotakit.uuid_time(id)) + interval '1 hour'
FROM quotakit.reserve('hour', usd => 1, lease => true, ttl => 86400, id => pg_temp.id('hour'));
SELECT outcome, (answer ->> 'expires_at')::timestamptz <= date_trunc('hour', quotakit.uuid_time(id)) + interval '1 hour'
FROM quotakit.extend(pg_temp.id('hour'), 86400);

\echo == A draw comes out of its lease, or frees nothing
\o /dev/null
SELECT quotakit.create_node('draw', 'house'), pg_temp.policy('draw', 10, 'usd', 'lifetime'), pg_temp.policy('draw', 10, 'usd', 'day', enforcement => 'shadow');
\o
-- What only watches (on trial, or open) does not matter.
SELECT outcome FROM quotakit.reserve('draw', usd => 5, lease => true, id => pg_temp.id('draw'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 2, id => quotakit.uuid7((SELECT yesterday FROM moment)));
SELECT * FROM pg_temp.state('draw');
-- A strict day holds in its own window alone.
SELECT quotakit.set_enforcement(policy_id, 'strict') FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.=) 'draw' AND period = 'day';
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 1, id => quotakit.uuid7((SELECT yesterday FROM moment)));
SELECT * FROM pg_temp.state('draw');
-- More than is left was not reserved; the last ends it also from elsewhere.
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 3.5);
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 0);
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 0, last => true);
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('draw'), usd => 0);
SELECT * FROM pg_temp.state('draw');
\o /dev/null
SELECT quotakit.create_node('last', 'house'), pg_temp.policy('last', 10, 'usd', 'hour'), pg_temp.policy('last', 10, 'usd', 'lifetime', model => 'small');
\o
SELECT outcome FROM quotakit.reserve('last', 'big', usd => 5, lease => true, id => pg_temp.id('last'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('last'), model => 'small', usd => 1);
SELECT * FROM pg_temp.state('last');
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('last'), model => 'small', usd => 1, last => true);
SELECT * FROM pg_temp.state('last');

\echo == Another model: what is not held is flagged, what was held is freed
\o /dev/null
SELECT quotakit.create_node('model', 'house'), pg_temp.policy('model', 10, 'usd', 'lifetime', model => 'big'), pg_temp.policy('model', 10, 'usd', 'lifetime', model => 'small'),
       pg_temp.policy('model', 10, 'usd', 'lifetime');
\o
SELECT outcome FROM quotakit.reserve('model', 'big', usd => 10, id => pg_temp.id('model'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('model'), model => 'small', usd => 3);
SELECT * FROM pg_temp.state('model');
-- Where no strict policy tells models apart, it makes no difference.
SELECT outcome FROM quotakit.reserve('draw', 'big', usd => 1, lease => true, id => pg_temp.id('same'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('same'), model => 'small', usd => 1);
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('same'), usd => 0, last => true);
-- The estimate of one call may be off; of what was drawn on, what is left is all there is.
SELECT outcome FROM quotakit.reserve('draw', usd => 0.25, id => pg_temp.id('off'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('off'), usd => 0.5);
SELECT outcome FROM quotakit.reserve('draw', usd => 0.25, id => pg_temp.id('drawn'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('drawn'), usd => 0.2);
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('drawn'), usd => 0.06);
SELECT outcome FROM quotakit.reserve('draw', usd => 0.25, lease => true, id => pg_temp.id('whole'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('whole'), usd => 0.26);
SELECT * FROM pg_temp.state('draw');

\echo == Rolling: an id is judged by the windows that it lies in
\o /dev/null
SELECT quotakit.create_node('roll', 'house'), pg_temp.policy('roll', 2, 'requests', 'minute', rolling => true);
\o
-- Three minutes ago, again and again.
SELECT outcome, answer ->> 'used' FROM quotakit.reserve('roll', usd => 0, id => pg_temp.id('roll 1', now() - interval '3 min'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('roll 1'), usd => 0);
SELECT outcome FROM quotakit.reserve('roll', usd => 0, id => pg_temp.id('roll 2', now() - interval '3 min'));
SELECT outcome FROM quotakit.settle(pg_temp.id('roll 2'), usd => 0);
-- No time to wait for: with an id of now it would be granted at once.
SELECT outcome, answer ->> 'used', answer ->> 'held', answer ->> 'retry_after', answer ->> 'free', answer ->> 'window_seconds' FROM quotakit.reserve('roll', usd => 0, id => quotakit.uuid7(now() - interval '3 min'));
SELECT outcome, answer ->> 'used' FROM quotakit.reserve('roll', usd => 0, id => quotakit.uuid7(now() - interval '2 min 30 s'));
-- The window that ends now has used nothing.
SELECT used, held FROM quotakit.policy_status WHERE path OPERATOR(quotakit.=) 'roll';
SELECT outcome FROM quotakit.reserve('roll', usd => 0, lease => true, requests => 2, id => pg_temp.id('roll lease'));
-- A draw from before its lease was not judged with it.
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('roll lease'), usd => 0, id => quotakit.uuid7(now() - interval '2 min'));
SELECT outcome, answer -> 'flags' FROM quotakit.draw(pg_temp.id('roll lease'), usd => 0);
SELECT used, held FROM quotakit.policy_status WHERE path OPERATOR(quotakit.=) 'roll';
-- A block policy alike.
\o /dev/null
SELECT quotakit.create_node('full', 'house'), pg_temp.policy('full', 1, 'requests', 'minute', rolling => true, enforcement => 'block');
SELECT quotakit.log('full', usd => 0, id => quotakit.uuid7(now() - interval '3 min'));
\o
SELECT outcome, answer ->> 'reason' FROM quotakit.reserve('full', usd => 0, id => quotakit.uuid7(now() - interval '3 min'));
SELECT outcome FROM quotakit.reserve('full', usd => 0);

-- An estimate that was off passes the limit of then, not that of now; one that was not does not.
\o /dev/null
SELECT quotakit.create_node('off', 'house'), pg_temp.policy('off', 2, 'usd', 'minute', rolling => true);
\o
SELECT outcome FROM quotakit.reserve('off', usd => 1, id => pg_temp.id('off by 2', now() - interval '3 min'));
SELECT outcome FROM quotakit.reserve('off', usd => 1, id => pg_temp.id('right', now() - interval '3 min'));
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('off by 2'), usd => 3);
SELECT outcome, answer -> 'flags' FROM quotakit.settle(pg_temp.id('right'), usd => 1);

\echo == All of it can be proved
SELECT * FROM quotakit.verify('windows');
-- What is kept for old ids, too.
UPDATE quotakit.counter SET bucket_used[1] = bucket_used[1] + 1 WHERE policy_id = (SELECT policy_id FROM quotakit.policy JOIN quotakit.node n USING (account_id, node_id) WHERE n.path OPERATOR(quotakit.=) 'roll');
SELECT object, key ->> 'measure', expected, found FROM quotakit.verify('windows');
SELECT count(*) FROM quotakit.repair('windows');
SELECT * FROM quotakit.verify('windows');
