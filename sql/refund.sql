-- Spend that comes back.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET search_path = '';
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT quotakit.create_account('acme') AS acme;
SET quotakit.account = 'acme';

CREATE FUNCTION pg_temp.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text; hint text;
BEGIN
  EXECUTE call;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT (pg_catalog.now() AT TIME ZONE 'UTC')::date - 1 AS day \gset
SELECT quotakit.create_node('acme', NULL) IS NOT NULL AS made, quotakit.create_node('acme/app', 'openai') IS NOT NULL AS made;
SELECT quotakit.set_policy('acme', 100, 'usd', 'lifetime') > 0 AS set;
CREATE VIEW pg_temp.used AS SELECT unit, period, used FROM quotakit.policy_status ORDER BY policy_id;
SELECT quotakit.set_policy('acme/app', 5, 'credits', 'lifetime', enforcement => 'block') > 0 AS set;
SELECT quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '7 hours') AS event, quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '8 hours') AS other \gset
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 0.1, credits => 5, id => :'event');
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 0, id => :'other');
SELECT * FROM pg_temp.used;
SELECT outcome, refund_id, usd, refunded_credits, left_usd, left_credits FROM quotakit.refund(:'event', 0.03, reason => 'an outage', id => 'ticket 7');
SELECT outcome, refund_id, usd, refunded_credits, left_usd, left_credits FROM quotakit.refund(:'event', 0.03, reason => 'an outage', id => 'ticket 7');
SELECT outcome, usd, refunded_credits, left_usd, left_credits FROM quotakit.refund(:'event', share => 1.0 / 3, reason => 'another');
SELECT outcome, usd, refunded_credits, left_usd, left_credits FROM quotakit.refund(:'event', credits => 3.333333334, reason => 'the rest');
SELECT * FROM pg_temp.used;
SELECT cost_usd, cost_credits, adjustment, ref_id = :'event' AS of_it FROM quotakit.ledger WHERE ref_id = :'event' ORDER BY cost_usd;
SELECT action, after ->> 'reason' AS reason, after ->> 'usd' AS usd FROM quotakit.audit_log WHERE object = 'refund' ORDER BY audit_id;
SELECT r.call, pg_catalog.regexp_replace(pg_temp.try(pg_catalog.replace(pg_catalog.replace(r.call, 'THIS', pg_catalog.quote_literal(:'event')), 'ZERO',
  pg_catalog.quote_literal(:'other'))), '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', 'g') FROM (VALUES
  (1, $$SELECT quotakit.refund(THIS, reason => 'x')$$), (2, $$SELECT quotakit.refund(THIS, 1, 0.5, 'x')$$), (3, $$SELECT quotakit.refund(THIS, share => 50, reason => 'x')$$),
  (4, $$SELECT quotakit.refund(THIS, share => 'NaN', reason => 'x')$$), (5, $$SELECT quotakit.refund(THIS, -1, reason => 'x')$$),
  (6, $$SELECT quotakit.refund(THIS, 1, reason => ' ')$$), (7, $$SELECT quotakit.refund(ZERO, 0.000000001, reason => 'x')$$), (8, $$SELECT quotakit.refund(ZERO, share => 1, reason => 'x')$$),
  (9, $$SELECT quotakit.refund('00000000-0000-7000-8000-000000000000', 1, reason => 'x')$$), (10, $$SELECT quotakit.refund(NULL, 1, reason => 'x')$$),
  (11, $$SELECT quotakit.refund(ZERO, 0.03, reason => 'x', id => 'ticket 7')$$), (12, $$SELECT quotakit.refund(THIS, 0.02, reason => 'x', id => 'ticket 7')$$),
  (13, $$SELECT quotakit.refund(event_id, 1, reason => 'x') FROM quotakit.ledger WHERE adjustment LIMIT 1$$)) AS r(n, call) ORDER BY r.n;
SELECT pg_catalog.regexp_replace(pg_temp.try(pg_catalog.format('SELECT quotakit.refund(%L, 0.04, reason => ''x'')', :'event')), '[0-9a-f-]{36}', 'ID');
SELECT * FROM quotakit.verify();
-- A new price, and then all of it: what it costs by now.
SELECT quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '9 hours') AS dear \gset
SELECT outcome FROM quotakit.log('acme/app', 'ours', 1000, id => :'dear');
SELECT quotakit.create_model('openai', 'ours');
SELECT quotakit.set_price('openai', 'ours', 'input_tokens', 0.001, valid_from => '2020-01-01') > 0 AS priced;
SELECT pg_catalog.regexp_replace(pg_temp.try(pg_catalog.format('SELECT quotakit.refund(%L, share => 1, reason => ''too early'')', :'dear')), '[0-9a-f-]{36}', 'ID');
SELECT new_usd FROM quotakit.reprice(:'day', :'day'::date + 1, model => 'ours', dry_run => false);
SELECT outcome, usd, left_usd FROM quotakit.refund(:'dear', share => 0.25, reason => 'a quarter', id => 'a');
SELECT outcome, usd, left_usd FROM quotakit.refund(:'dear', share => 0.75, reason => 'the rest', id => 'b');
SELECT outcome, usd, left_usd FROM quotakit.refund(:'dear', share => 0.75, reason => 'the rest', id => 'b');
SELECT * FROM quotakit.verify();
