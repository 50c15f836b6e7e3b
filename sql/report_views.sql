-- Views, tree, explain, why, forecast, simulate (R8: refusals explain themselves).
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET timezone = 'UTC';
SELECT quotakit.create_account('acme', 'Asia/Kathmandu');
SELECT quotakit.create_node('acme'), quotakit.create_node('acme/chat', 'anthropic'), quotakit.create_node('acme/search', 'openai', tags => '{team-a}'),
  quotakit.create_node('acme/search/rewrite', 'openai'), quotakit.create_node('acme/search/rewrite/v2', 'openai'), quotakit.create_node('beta', 'openai');

-- Nothing used yet.
SELECT * FROM quotakit.tree();
SELECT path, status, policies FROM quotakit.node_status ORDER BY path;
SELECT count(*) FROM quotakit.policy_status;
SELECT * FROM quotakit.unplaced_spend;

SELECT quotakit.set_policy('acme', 25, 'usd', 'lifetime', enforcement => 'strict') AS p1,
  quotakit.set_policy('acme', 1000, 'requests', 'year', rolling => true, enforcement => 'open') AS p2,
  quotakit.set_policy('acme/search', 8, 'usd', 'lifetime', enforcement => 'strict', service => 'openai', model => 'gpt-4o') AS p3,
  quotakit.set_policy('acme/search/rewrite', 4, 'usd', 'lifetime', enforcement => 'block') AS p4,
  quotakit.set_policy('acme/search/rewrite', 1, 'usd', 'lifetime', enforcement => 'shadow', service => 'openai') AS p5,
  quotakit.set_policy('beta', 0, 'tokens', 'lifetime', enforcement => 'strict') AS p6,
  quotakit.set_policy('acme/chat', 0.000000003, 'credits', 'lifetime', enforcement => 'open') AS p7;
SELECT quotakit.create_node('acme/zeta', 'openai'), quotakit.freeze('acme/zeta', 'runaway agent'), quotakit.archive_node('acme/search/rewrite/v2');

CREATE TEMP TABLE r AS SELECT 1 AS n, * FROM quotakit.reserve('acme/search', 'gpt-4o', usd => 2.5);
INSERT INTO r SELECT 2, * FROM quotakit.reserve('acme/search/rewrite', 'gpt-4o', usd => 3, credits => 5);
INSERT INTO r SELECT 3, * FROM quotakit.reserve('acme/search/rewrite', 'gpt-4o-mini', usd => 1.25);
INSERT INTO r SELECT 4, * FROM quotakit.reserve('acme/search', 'gpt-4o', usd => 2.500000001);
INSERT INTO r SELECT 5, * FROM quotakit.reserve('beta', 'gpt-4o', input_tokens => 1, usd => 0);
INSERT INTO r SELECT 6, * FROM quotakit.reserve('acme/zeta', 'gpt-4o', usd => 1);
INSERT INTO r SELECT 7, * FROM quotakit.reserve('acme/search', 'nobody-knows-its-price', input_tokens => 10);
SELECT n, outcome, answer->>'reason' AS reason FROM r ORDER BY n;
SELECT s.outcome FROM r, quotakit.settle(r.id, usd => 3.75) s WHERE n = 2;
SELECT s.outcome FROM quotakit.log('acme/search', 'gpt-4o-mini', input_tokens => 100, output_tokens => 23, usd => 0.5, ok => false) s;
SELECT s.outcome FROM quotakit.log('acme/chat', 'claude', input_tokens => 7, usd => 1, credits => 0.000000002) s;
SELECT s.outcome FROM quotakit.log('acme/nowhere', 'gpt-4o', usd => 0.25) s;
SELECT * FROM quotakit.verify();

SELECT path, service, model, unit, period, rolling, enforcement, limit_amount, used, held, free, percent, status, resets_at IS NULL AS never
FROM quotakit.policy_status ORDER BY policy_id;
SELECT path, status, policies, policy_id, unit, used, held, limit_amount, percent, frozen, archived FROM quotakit.node_status ORDER BY path;
SELECT * FROM quotakit.tree();
SELECT * FROM quotakit.tree('acme/search');
SELECT path, service, model, requests, tokens, cost_usd, cost_credits, overrun, unreserved, failed, amount_given, adjustment FROM quotakit.ledger ORDER BY path;
SELECT path, model, sum(events) AS events, sum(failed) AS failed, sum(tokens) AS tokens, sum(cost_usd) AS cost_usd, sum(cost_credits) AS cost_credits
FROM quotakit.usage_hour GROUP BY 1, 2 ORDER BY 1, 2;
SELECT path, model, held_usd, held_credits, held_requests, steps FROM quotakit.open_reservation ORDER BY path;
SELECT reason, source, policy_id, policy_path, call_path, unit, count, asked, limit_amount, used, held FROM quotakit.refusal_log ORDER BY refusal_id;
SELECT root, events, known_usd, known_credits, events_of_unknown_cost, reasons FROM quotakit.unplaced_spend;
SELECT "BilledCost", "BillingCurrency", "SubAccountId", "ServiceName", "ChargeDescription", "ConsumedQuantity", "SkuId", "Tags",
  "BillingPeriodStart" <= "ChargePeriodStart" AND "ChargePeriodEnd" <= "BillingPeriodEnd" AS inside
FROM quotakit.focus_1_2 ORDER BY "BilledCost";
SELECT sum("BilledCost") = (SELECT sum(cost_usd) FROM quotakit.ledger) AS adds_up FROM quotakit.focus_1_2;

-- Whatever was sent is shown, also what nobody can read.
INSERT INTO quotakit.rejected_event (account_id, code, reason, payload, content_hash) VALUES
  (1, 'malformed', 'x', '{"path":', 1), (1, 'malformed', 'x', '[1]', 2), (1, 'malformed', 'x', '{"path": 7, "usd": "1e999"}', 3),
  (1, 'malformed', 'x', '{"path": "/", "usd": "0.5"}', 4), (1, 'malformed', 'x', repeat('[', 100000), 5), (1, 'out_of_range', 'x', '{"path": "beta/x", "usd": 12.5, "credits": "3"}', 6),
  (1, 'malformed', 'x', '{"path": "acme", "usd": null, "x": "\u0000"}', 7);
SELECT root, events, known_usd, known_credits, events_of_unknown_cost, reasons FROM quotakit.unplaced_spend ORDER BY root;
SELECT root, path, code, reason, known_usd, known_credits FROM quotakit.unplaced_event ORDER BY rejected_id;

-- The thresholds of the colours, to the last nano.
SELECT quotakit.set_policy('acme/search', 10, 'usd', 'lifetime') AS p8;
DO $$
DECLARE
  l numeric;
BEGIN
  -- 4.25 is used.
  FOREACH l IN ARRAY ARRAY[6.071428572, 6.071428571, 4.722222223, 4.722222222, 4.250000001, 4.25, 4] LOOP
    PERFORM quotakit.set_limit((SELECT max(policy_id) FROM quotakit.policy), l);
    RAISE NOTICE '% of %: %', (SELECT used FROM quotakit.policy_status ORDER BY policy_id DESC LIMIT 1), l,
      (SELECT status || ' ' || percent FROM quotakit.policy_status ORDER BY policy_id DESC LIMIT 1);
  END LOOP;
END $$;
SELECT quotakit.remove_policy(max(policy_id)) FROM quotakit.policy;
SELECT count(*) FROM quotakit.policy_status;
-- A boost counts until it ends.
SELECT quotakit.boost_policy(3, 2, now() + interval '1 hour');
SELECT limit_amount, free, boosted_until > now() AS boosted FROM quotakit.policy_status WHERE policy_id = 3;
SELECT quotakit.boost_policy(3, 0, NULL);

-- Which policy would refuse, and which trips first.
SELECT policy_path, policy_id, unit, enforcement, limit_amount, used, held, asked, headroom, exceeds, would_refuse, first_to_trip
FROM quotakit.explain('acme/search/rewrite', model => 'gpt-4o', usd => 0.5);
SELECT policy_id, asked, headroom, exceeds, would_refuse, first_to_trip FROM quotakit.explain('acme/search/rewrite', model => 'gpt-4o', usd => 3);
SELECT policy_id, asked, headroom, exceeds, would_refuse, first_to_trip FROM quotakit.explain('acme/search');
SELECT policy_path, policy_id, enforcement, would_refuse FROM quotakit.explain('acme/zeta', usd => 1);
SELECT policy_id, would_refuse FROM quotakit.explain('beta', tokens => 1);
-- What explain says, reserve does.
SELECT bool_or(would_refuse) AS refuse, (SELECT outcome FROM quotakit.reserve('acme/search', 'gpt-4o', usd => 1.76)) FROM quotakit.explain('acme/search', model => 'gpt-4o', usd => 1.76);
SELECT bool_or(would_refuse) AS refuse, (SELECT outcome FROM quotakit.reserve('acme/search', 'gpt-4o', usd => 1.75)) FROM quotakit.explain('acme/search', model => 'gpt-4o', usd => 1.75);
-- Also where an amount is not known: a strict limit refuses what it cannot measure. Each line: what explain says, what reserve does.
SELECT quotakit.create_node('gamma'), quotakit.create_node('gamma/usd', 'openai'), quotakit.create_node('gamma/tokens', 'openai'),
  quotakit.create_node('gamma/credits', 'openai'), quotakit.create_node('gamma/others', 'openai');
SELECT quotakit.set_policy('gamma/usd', 5, 'usd', 'lifetime', 'strict') > 0 AS usd, quotakit.set_policy('gamma/tokens', 500, 'tokens', 'lifetime', 'strict') > 0 AS tokens,
  quotakit.set_policy('gamma/credits', 5, 'credits', 'lifetime', 'strict') > 0 AS credits,
  quotakit.set_policy('gamma/others', 5, 'usd', 'lifetime', 'block') > 0 AS block, quotakit.set_policy('gamma/others', 5, 'tokens', 'lifetime', 'shadow') > 0 AS shadow,
  quotakit.set_policy('gamma/others', 5, 'credits', 'lifetime', 'open') > 0 AS open;
INSERT INTO quotakit.price (account_id, service, model, meter, usd, valid_from) VALUES ((SELECT account_id FROM quotakit.account WHERE name = 'acme'), 'openai', 'later', 'input_tokens', 1, now() + interval '1 day');
SELECT path, model, usd, credits, tokens, e.would_refuse, e.asked, r.outcome, r.answer ->> 'reason' AS reason, e.would_refuse = (r.outcome = 'refused') AS agree
FROM (VALUES ('gamma/usd', 'u', NULL::numeric, NULL::numeric, 1), ('gamma/usd', 'gpt-4o', NULL, NULL, 1), ('gamma/usd', 'later', NULL, NULL, 1),
        ('gamma/usd', NULL, NULL, NULL, 1), ('gamma/usd', 'gpt-4o', NULL, 1, NULL), ('gamma/usd', 'u', 0.5, NULL, 1), ('gamma/usd', 'u', 5.1, NULL, NULL),
        ('gamma/tokens', 'u', 0.5, NULL, NULL), ('gamma/tokens', 'u', NULL, 1, NULL), ('gamma/tokens', 'u', 0.5, NULL, 1), ('gamma/tokens', 'u', 0.5, NULL, 501),
        ('gamma/credits', 'u', 0.5, NULL, NULL), ('gamma/credits', 'u', NULL, 1, NULL), ('gamma/credits', 'u', NULL, NULL, 1), ('gamma/credits', 'u', NULL, 5.1, NULL),
        ('gamma/others', 'u', NULL, 1, NULL), ('gamma/others', 'u', NULL, NULL, 1), ('gamma/others', 'u', 1, NULL, NULL)) v(path, model, usd, credits, tokens),
  LATERAL (SELECT bool_or(x.would_refuse) AS would_refuse, string_agg(coalesce(x.asked::text, 'null'), ',' ORDER BY x.policy_id) AS asked
           FROM quotakit.explain(path::quotakit.qpath, model => model, usd => usd, credits => credits, tokens => tokens) x) e,
  LATERAL quotakit.reserve(path, model, usd => usd, credits => credits, input_tokens => tokens) r;
-- What is refused already trips first; without any amount it is whether anything is left.
SELECT quotakit.set_policy('gamma', 100, 'usd', 'lifetime', 'strict') > 0 AS made;
SELECT policy_path, unit, asked, headroom, would_refuse, first_to_trip FROM quotakit.explain('gamma/tokens', usd => 0.5);
SELECT policy_path, unit, asked, headroom, would_refuse, first_to_trip FROM quotakit.explain('gamma/tokens');
-- An umbrella has no service whose prices could be looked at.
SELECT policy_path, unit, asked, would_refuse FROM quotakit.explain('gamma', tokens => 1);
SELECT count(quotakit.remove_policy(policy_id)) AS removed FROM quotakit.policy_status WHERE path OPERATOR(quotakit.<@) 'gamma';
SELECT quotakit.explain('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.explain('acme/search', 'anthropic');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.explain('acme/search/rewrite/v2');
\echo :LAST_ERROR_SQLSTATE

-- Why, replayed.
SELECT regexp_replace(w, '\d{4}-\d\d-\d\d [0-9:.]+\+05:45', 'TIME') AS why
FROM quotakit.refusal_log l, LATERAL quotakit.why(l.refusal_id) w WHERE l.refusal_id <= 6 ORDER BY l.refusal_id;
SHOW timezone;
SELECT quotakit.why(999999);
\echo :LAST_ERROR_SQLSTATE

-- Forecast: pace, and when it trips.
SELECT f.policy_path, f.unit, f.used, f.limit_amount, f.pace_per_hour > 0 AS pace, f.trips_at <= clock_timestamp() AS tripped, f.trips_at > clock_timestamp() AS will_trip
FROM quotakit.policy_status p, LATERAL quotakit.forecast(p.policy_id) f ORDER BY p.policy_id;
SELECT quotakit.forecast(99);
\echo :LAST_ERROR_SQLSTATE
-- Half of a month gone, half of the limit used: as much again.
INSERT INTO quotakit.policy (account_id, policy_id, node_id, slot, unit, period, rolling, limit_amount, enforcement)
SELECT 1, 500, node_id, 5, 'credits', 'month', true, 200000000000, 'open' FROM quotakit.node WHERE path::text = 'beta';
INSERT INTO quotakit.counter (account_id, policy_id, window_start, seq, used, bucket_start, bucket_used)
SELECT 1, 500, '-infinity', 1, sum(u), array_agg(b ORDER BY b), array_agg(u ORDER BY b)
FROM (SELECT quotakit.rolling_bucket('month', now()) - i * interval '12 hours' AS b, CASE WHEN i < 14 THEN 4000000000 ELSE 1000000000 END::int8 AS u
      FROM generate_series(0, 58) i) x;
SELECT used, round(pace_per_hour, 3) AS pace_per_hour, round(projected) AS projected, trips_at > now() + interval '4 days' AND trips_at < now() + interval '20 days' AS within FROM quotakit.forecast(500);
DELETE FROM quotakit.counter WHERE policy_id = 500;
DELETE FROM quotakit.policy WHERE policy_id = 500;

-- What if: ten dollars a day from Kathmandu's midnight, one dollar an hour.
INSERT INTO quotakit.event
SELECT 1, quotakit.uuid_time(id), id, (SELECT node_id FROM quotakit.node WHERE path::text = 'beta'), 0, 'gpt-4o', 'standard',
  5, 0, 0, 0, 0, 1, 1000000000, 0, 0, now(), 0
FROM generate_series('2026-03-01 18:15'::timestamptz, '2026-03-04 18:14', '1 hour') t, LATERAL quotakit.uuid7(t + interval '1 minute') id;
SELECT * FROM quotakit.simulate('beta', 10, 'usd', 'day', since => '2026-03-01', until => '2026-03-06');
SELECT * FROM quotakit.simulate('beta', 30, 'usd', 'lifetime', since => '2026-03-01', until => '2026-03-06');
SELECT * FROM quotakit.simulate('beta', 9.5, 'usd', 'day', enforcement => 'block', since => '2026-03-01', until => '2026-03-03');
SELECT asked, granted, refused, first_refusal_at FROM quotakit.simulate('beta', 10, 'usd', 'day', rolling => true, since => '2026-03-01', until => '2026-03-06');
SELECT count(*), sum(refused) FROM quotakit.simulate('beta', 4, 'tokens', 'hour', since => '2026-03-01', until => '2026-03-06');
SELECT sum(refused) FROM quotakit.simulate('beta', 0, 'requests', 'month', enforcement => 'open', since => '2026-03-01', until => '2026-03-06');
SELECT * FROM quotakit.simulate('acme/chat', 1, since => '2026-03-01', until => '2026-03-06');
-- Refused calls are replayed too: 2.500000001 was asked and refused, 1.76 as well.
SELECT asked, granted, amount_asked FROM quotakit.simulate('acme/search', 100, 'usd', 'lifetime', 'openai', 'gpt-4o', since => now() - interval '1 day', until => now() + interval '1 hour');
SELECT quotakit.simulate('beta', 1, 'usd', 'lifetime', rolling => true);
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.simulate('beta', -1);
\echo :LAST_ERROR_SQLSTATE

-- What is held stands in the way of a strict policy (and a shadow one) as what is used does; a block policy asks
-- for what is used alone. Holds stand when a limit is lowered below them.
SELECT quotakit.create_node('held', 'openai') > 0 AS made;
CREATE TEMP TABLE h AS SELECT quotakit.set_policy('held', 600, 'usd', 'lifetime', 'strict') AS id;
SELECT outcome FROM quotakit.log('held', usd => 0.9);
SELECT outcome FROM quotakit.reserve('held', usd => 500);
DO $$
DECLARE
  l numeric;
  s record;
BEGIN
  FOREACH l IN ARRAY ARRAY[716, 715, 556, 500.900000001, 500.9, 50, 0.5, 0] LOOP
    PERFORM quotakit.set_limit((SELECT id FROM h), l);
    FOR s IN SELECT 'strict' AS as_what UNION ALL SELECT 'shadow' UNION ALL SELECT 'block' UNION ALL SELECT 'open' LOOP
      PERFORM quotakit.set_enforcement((SELECT id FROM h), s.as_what);
      RAISE NOTICE '% of %: %', s.as_what, l, (SELECT concat_ws(' ', p.status, p.percent, p.percent_held, p.free) FROM quotakit.policy_status p WHERE p.policy_id = (SELECT id FROM h));
    END LOOP;
  END LOOP;
END $$;
SELECT quotakit.set_limit(id, 50), quotakit.set_enforcement(id, 'strict') FROM h;
SELECT path, status, used, held, limit_amount, percent, percent_held FROM quotakit.node_status WHERE path OPERATOR(quotakit.=) 'held';
SELECT * FROM quotakit.tree('held');
SELECT quotakit.set_limit(id, 1000) FROM h;
SELECT * FROM quotakit.tree('held');
-- The largest sums do not overflow.
UPDATE quotakit.counter SET used = 9000000000000000000, hold_amount = ARRAY[9000000000000000000] WHERE policy_id = (SELECT id FROM h);
SELECT status, percent, percent_held, free FROM quotakit.policy_status WHERE policy_id = (SELECT id FROM h);
