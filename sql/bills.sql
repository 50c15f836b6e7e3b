-- Bills: taken over, compared with the ledger, booked.
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
-- Yesterday in UTC, and a bill of it: seconds since 1970.
SELECT (pg_catalog.now() AT TIME ZONE 'UTC')::date - 1 AS day \gset
SELECT extract(epoch FROM :'day'::timestamp AT TIME ZONE 'UTC')::int8 AS s0 \gset
SELECT :s0 + 86400 AS s1 \gset
CREATE FUNCTION pg_temp.openai(VARIADIC results text[]) RETURNS jsonb LANGUAGE sql AS $$
  SELECT pg_catalog.jsonb_build_object('object', 'page', 'has_more', false, 'next_page', NULL, 'data', pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('object', 'bucket', 'start_time', s, 'end_time', s + 86400, 'results',
      (SELECT pg_catalog.jsonb_agg(r::jsonb) FROM pg_catalog.unnest(results) r))))
  FROM (SELECT extract(epoch FROM ((pg_catalog.now() AT TIME ZONE 'UTC')::date - 1)::timestamp AT TIME ZONE 'UTC')::int8 AS s) x $$;
CREATE VIEW pg_temp.seen AS
SELECT day - ((pg_catalog.now() AT TIME ZONE 'UTC')::date) AS day, service, model, billed_usd, recorded_usd, booked_usd, difference_usd,
       capture_rate, billed_tokens, recorded_tokens, billed_by
FROM quotakit.reconciliation ORDER BY day, service, model COLLATE "C";

-- A day of spend: 3 USD through QuotaKit, and 2 USD by a key beside it.
SELECT quotakit.create_node('acme', NULL) IS NOT NULL AS made, quotakit.create_node('acme/app', 'openai') IS NOT NULL AS made,
       quotakit.create_node('acme/claude', 'anthropic') IS NOT NULL AS made;
SELECT quotakit.set_policy('acme', 100, 'usd', 'lifetime') AS whole, quotakit.set_policy('acme', 100, 'usd', 'lifetime', model => 'gpt-4o', service => 'openai') AS scoped \gset
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 2.5, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC'));
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 0.25, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '23 hours 59 minutes 59.999 seconds'));
SELECT outcome FROM quotakit.log('acme/app', 'text-embedding-3-small', usd => 0.25, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '9 hours'));
-- Another day's.
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 7, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' - interval '1 millisecond'));
SELECT * FROM pg_temp.seen;

SELECT action, source, bucket_end - bucket_start AS width, lines, billed_usd, before_usd, tokens, note FROM quotakit.import_bill('openai', pg_temp.openai(
  '{"object": "organization.costs.result", "amount": {"value": 3.0000000004, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, input", "project_id": "proj_a"}',
  '{"object": "organization.costs.result", "amount": {"value": 1.75, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, output", "project_id": "proj_b"}',
  '{"object": "organization.costs.result", "amount": {"value": 2.5e-1, "currency": "usd"}, "line_item": "text-embedding-3-small", "project_id": "proj_a"}'));
SELECT * FROM pg_temp.seen;
-- Folded or not, the view says the same.
SELECT quotakit.fold_rollups() > 0 AS folded;
SELECT * FROM pg_temp.seen;
-- Twice changes nothing; another amount takes the place of the first and says so; so does the first again.
SELECT (SELECT pg_catalog.count(*) FROM quotakit.audit_log WHERE object = 'bill_bucket') AS audited,
       pg_catalog.md5(pg_catalog.string_agg(l::text, ';' ORDER BY l.line)) AS before FROM quotakit.bill_line l \gset
CREATE FUNCTION pg_temp.again(output numeric) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT pg_catalog.concat_ws(' ', action, billed_usd, 'was', before_usd) FROM quotakit.import_bill('openai', pg_temp.openai(
    '{"amount": {"value": 2.5e-1, "currency": "usd"}, "line_item": "text-embedding-3-small", "project_id": "proj_a"}',
    pg_catalog.format('{"amount": {"value": %s, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, output", "project_id": "proj_b"}', output),
    '{"amount": {"value": 3.0000000004, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, input", "project_id": "proj_a"}')) $$;
SELECT pg_temp.again(1.75);
SELECT pg_catalog.md5(pg_catalog.string_agg(l::text, ';' ORDER BY l.line)) = :'before' AS unchanged,
       (SELECT pg_catalog.count(*) FROM quotakit.audit_log WHERE object = 'bill_bucket') = :audited AS not_audited FROM quotakit.bill_line l;
SELECT pg_temp.again(2.75);
SELECT pg_temp.again(1.75);
SELECT action, before ->> 'usd' AS before, after ->> 'usd' AS after FROM quotakit.audit_log WHERE object = 'bill_bucket' ORDER BY audit_id;

-- Booked: the difference is closed, the policies count it, it is no call, and once is enough.
SELECT used FROM quotakit.policy_status ORDER BY policy_id;
SELECT day - :'day' AS day, booked_model, outcome, usd, event_id FROM quotakit.book_difference('acme/app', :'day', dry_run => true);
SELECT day - :'day' AS day, service, booked_model, outcome, usd, quotakit.uuid_time(event_id) - :'day'::timestamp AT TIME ZONE 'UTC' AS at, note
  FROM quotakit.book_difference('acme/app', :'day');
SELECT used FROM quotakit.policy_status ORDER BY policy_id;
SELECT * FROM pg_temp.seen;
SELECT * FROM quotakit.book_difference('acme/app', :'day');
SELECT model, requests, tokens, cost_usd, reconciled, adjustment, ref_id FROM quotakit.ledger WHERE reconciled;
SELECT events, requests, cost_usd FROM quotakit.subtree_usage('acme', :'day'::timestamp AT TIME ZONE 'UTC' - interval '1 hour');
SELECT object, action, after ->> 'usd' AS usd FROM quotakit.audit_log WHERE object = 'bill_booking';
-- A later bill, or a late call, makes another difference.
SELECT pg_temp.again(1.5);
SELECT outcome FROM quotakit.log('acme/app', 'gpt-4o', usd => 0.125, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '3 hours'));
SELECT booked_model, outcome, usd FROM quotakit.book_difference('acme/app', :'day', model => 'gpt-4o-2024-08-06');
SELECT model, booked_usd, difference_usd, capture_rate FROM pg_temp.seen;
SELECT * FROM quotakit.verify();
-- Repricing leaves what was booked alone.
SELECT count(*) FROM quotakit.reprice(:'day', :'day'::date + 1, dry_run => false) WHERE changed > 0;

-- Other shapes. Anthropic's amounts are cents in a string; its usage has classes.
CREATE FUNCTION pg_temp.claude(results text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT pg_catalog.jsonb_build_object('data', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'starting_at', d || 'T00:00:00Z', 'ending_at', (d + 1) || 'T00:00:00Z', 'results', results::jsonb)), 'has_more', false, 'next_page', NULL)
  FROM (SELECT (pg_catalog.now() AT TIME ZONE 'UTC')::date - 1 AS d) x $$;
SELECT action, source, lines, billed_usd, tokens, note FROM quotakit.import_bill('anthropic', pg_temp.claude('[
  {"currency": "USD", "amount": "123.78912", "workspace_id": "wrkspc_1", "description": "Claude Sonnet 4.5 Usage - Input Tokens", "cost_type": "tokens",
   "context_window": "0-200k", "model": "claude-sonnet-4-5-20250929", "service_tier": "standard", "token_type": "uncached_input_tokens", "inference_geo": "global"},
  {"currency": "USD", "amount": "1000", "workspace_id": null, "description": "Web Search Usage", "cost_type": "web_search", "context_window": null,
   "model": null, "service_tier": null, "token_type": null}]'));
SELECT action, source, lines, billed_usd, tokens, note FROM quotakit.import_bill('anthropic', pg_temp.claude('[
  {"uncached_input_tokens": 1500, "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500}, "cache_read_input_tokens": 200,
   "output_tokens": 500, "server_tool_use": {"web_search_requests": 10}, "api_key_id": "apikey_01", "workspace_id": "wrkspc_1",
   "model": "claude-sonnet-4-5-20250929", "service_tier": "standard", "context_window": "0-200k"}]'));
SELECT outcome FROM quotakit.log('acme/claude', 'claude-sonnet-4-5', 1000, 500, usd => 0.5, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + interval '5 hours'));
SELECT * FROM pg_temp.seen WHERE service = 'anthropic';
-- OpenAI's usage: what is cached is among the input, audio beside the text.
SELECT action, source, lines, billed_usd, tokens, note FROM quotakit.import_bill('openai', pg_temp.openai(
  '{"object": "organization.usage.completions.result", "input_tokens": 1000, "output_tokens": 500, "input_cached_tokens": 800, "input_audio_tokens": 20,
    "output_audio_tokens": 3, "num_model_requests": 5, "project_id": null, "user_id": null, "api_key_id": "key_1", "model": "gpt-4o-2024-08-06", "batch": false}'));
SELECT action, source, lines, tokens, note FROM quotakit.import_bill('openai', pg_temp.openai(
  '{"object": "organization.usage.embeddings.result", "input_tokens": 16, "num_model_requests": 2, "model": "text-embedding-3-small"}'));
SELECT source, model, api_key, input_tokens, output_tokens, requests FROM quotakit.bill_line WHERE source <> 'costs' ORDER BY source, model;
-- Tokens alone: the rate is of tokens, and there is nothing to book.
SELECT action, source, tokens FROM quotakit.import_bill('mistral', pg_temp.openai('{"input_tokens": 90, "output_tokens": 10, "model": "small"}'));
SELECT service, model, billed_usd, difference_usd, capture_rate, billed_tokens FROM pg_temp.seen WHERE service = 'mistral';
-- Rows, and the text of a CSV file.
SELECT action, lines, billed_usd, note FROM quotakit.import_bill('mistral', '[{"day": "2026-01-02", "model": "a", "amount": "1.5"},
  {"day": "2026-01-02", "model": "a", "amount": 0.25}, {"day": "2026-01-03", "model": "b", "amount": "-0.25", "colour": "red"}]');
SELECT action, bucket_start, lines, billed_usd, note FROM quotakit.import_bill('mistral', pg_catalog.to_jsonb(
  E'\uFEFFDay,Model,"Amount",Region\r\n2026-01-02,a,1.75,eu\r\n2026-01-02,"b, ""large""",0.5,eu\r\n\r\n2026-01-04,,2,'::text));
SELECT day, model, usd FROM quotakit.bill_line WHERE service = 'mistral' AND source = 'costs' ORDER BY day, model COLLATE "C";
-- A bill without models is compared as a whole; two organizations add up; an empty bucket is nothing billed.
SELECT action, billed_usd FROM quotakit.import_bill('openai', pg_catalog.jsonb_build_array(
  pg_catalog.jsonb_build_object('data', pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('start_time', :s0 - 86400, 'end_time', :s0, 'results', '[{"amount": {"value": 10}, "line_item": null}]'::jsonb),
    pg_catalog.jsonb_build_object('start_time', :s0 - 2 * 86400, 'end_time', :s0 - 86400, 'results', '[]'::jsonb)))));
SELECT action, billed_usd FROM quotakit.import_bill('openai', pg_catalog.jsonb_build_object('data', pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('start_time', :s0 - 86400, 'end_time', :s0, 'results', '[{"amount": {"value": "4"}}]'::jsonb))), 'org-two');
SELECT day, model, billed_usd, recorded_usd, difference_usd, capture_rate FROM pg_temp.seen WHERE service = 'openai' AND day = -2;
SELECT quotakit.create_service('groq', 'Groq');
SELECT quotakit.create_service('ours', 'Ours');
-- Narrower buckets give way to a wider one, and not the other way round.
SELECT action, bucket_end - bucket_start AS width, tokens, note FROM quotakit.import_bill('groq', pg_catalog.jsonb_build_object('data', pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('start_time', :s0, 'end_time', :s0 + 3600, 'results', '[{"input_tokens": 1}]'::jsonb),
    pg_catalog.jsonb_build_object('start_time', :s0 + 3600, 'end_time', :s0 + 7200, 'results', '[{"input_tokens": 2}]'::jsonb))));
SELECT action, bucket_end - bucket_start AS width, tokens, note FROM quotakit.import_bill('groq', pg_temp.openai('{"input_tokens": 30}'));
SELECT pg_catalog.regexp_replace(pg_temp.try(pg_catalog.format($$SELECT quotakit.import_bill('groq', '{"data": [{"start_time": %s, "end_time": %s, "results": [{"input_tokens": 1}]}]}')$$,
  :s0 + 3600, :s0 + 7200)), '\d{4}-\d\d-\d\dT', 'DAY ', 'g');
SELECT pg_catalog.sum(tokens) FROM quotakit.bill_bucket WHERE service = 'groq';

-- What is not understood is told, and is in no sum.
SELECT action, billed_usd, note FROM quotakit.import_bill('ours', pg_temp.openai(
  '{"amount": {"value": 1, "currency": "usd"}, "line_item": "a", "surcharge": 0.5}', '{"amount": {"value": 2, "currency": "eur"}, "line_item": "b"}',
  '{"amount": {"currency": "usd"}, "line_item": "c"}', '{"object": "organization.usage.images.result", "images": 3, "model": "dall-e-3"}')
  || '{"has_more": true}');
SELECT action, note FROM quotakit.import_bill('ours', '{"data": [{"start_time": 86400, "end_time": 172800, "results": []}]}');

-- Bad bills, one by one: nothing of them is kept.
SELECT b.n, pg_temp.try(pg_catalog.format('SELECT quotakit.import_bill(%L, %L::jsonb)', 'openai', b.bill)) FROM (VALUES
  (1, 'null'), (2, '[]'), (3, '1'), (4, '{}'), (5, '{"error": {"message": "no"}}'), (6, '[1]'), (7, '{"data": [1]}'), (8, '{"data": [{"results": {}}]}'),
  (9, '{"data": [{"results": []}]}'), (10, '{"data": [{"start_time": "x", "end_time": 1, "results": []}]}'),
  (11, '{"data": [{"start_time": 86400, "end_time": 86400, "results": []}]}'),
  (12, '{"data": [{"start_time": 86400, "end_time": 259200, "results": []}]}'),
  (13, '{"data": [{"starting_at": "2026-02-30T00:00:00Z", "ending_at": "2026-03-01T00:00:00Z", "results": []}]}'),
  (14, '{"data": [{"start_time": 0, "end_time": 86400, "results": [1]}]}'),
  (15, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": "free"}}]}]}'),
  (16, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 1e300}}]}]}'),
  (17, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 9000000001}}]}]}'),
  (18, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 9000000000}, "line_item": "a"}, {"amount": {"value": 9000000000}}]}]}'),
  (19, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"input_tokens": -1}]}]}'),
  (20, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"input_tokens": 1.5}]}]}'),
  (21, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 1}, "project_id": 7}]}]}'),
  (22, '{"data": [{"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 1}}]}, {"start_time": 0, "end_time": 86400, "results": [{"amount": {"value": 1}}]}]}'),
  (23, '[{"model": "a", "amount": 1}]'), (24, '[{"day": "2026-13-01", "amount": 1}]'), (25, '[{"day": "01/02/2026", "amount": 1}]'),
  (26, '[{"day": "2026-01-01", "amount": null}]'), (27, '[{"day": "2026-01-01", "amount": "NaN"}]'), (28, '"model,price\na,1"'), (29, '"day,model,amount\n2026-01-01,1"'), (30, '"day,amount\n2026-01-01,x"')) AS b(n, bill)
ORDER BY b.n;
SELECT pg_temp.try($$SELECT quotakit.import_bill('nobody', '[{"day": "2026-01-01", "amount": 1}]')$$);
SELECT pg_temp.try($$SELECT quotakit.import_bill(NULL, '[{"day": "2026-01-01", "amount": 1}]')$$);
SELECT pg_temp.try($$SELECT quotakit.book_difference('nowhere', '2026-01-01')$$);
SELECT pg_temp.try($$SELECT quotakit.book_difference('acme', '2026-01-01')$$);
SELECT pg_temp.try($$SELECT quotakit.book_difference('acme/app', '2026-01-02', '2026-01-01')$$);
SELECT pg_temp.try($$SELECT quotakit.book_difference('acme/app', '2020-01-01')$$);
SELECT pg_temp.try($$SELECT quotakit.book_difference('acme/app', NULL)$$);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.try(pg_catalog.format('SELECT quotakit.book_difference(%L, %L)', 'acme/app', :'day'));
ROLLBACK;

-- The bill's day is one in UTC, the hours are the account's: also half an hour off, where an hour lies across midnight.
SELECT quotakit.create_account('delhi', 'Asia/Kolkata') AS delhi;
SET quotakit.account = 'delhi';
SELECT quotakit.create_node('d', 'openai') IS NOT NULL AS made;
SELECT l.outcome FROM (VALUES (interval '-1 millisecond', 1), ('0', 10), ('29 minutes', 100), ('23 hours 29 minutes', 1000),
  ('23 hours 59 minutes', 10000), ('24 hours', 100000), ('-29 minutes', 1000000)) AS v(after, usd)
CROSS JOIN LATERAL quotakit.log('d', 'm', usd => v.usd * 0.001, id => quotakit.uuid7(:'day'::timestamp AT TIME ZONE 'UTC' + v.after)) l;
SELECT action FROM quotakit.import_bill('openai', pg_temp.openai('{"amount": {"value": 12}, "line_item": "m"}'));
SELECT recorded_usd, difference_usd FROM quotakit.reconciliation WHERE account = 'delhi';
SELECT quotakit.fold_rollups() > 0 AS folded;
SELECT recorded_usd, difference_usd FROM quotakit.reconciliation WHERE account = 'delhi';
SELECT outcome, usd FROM quotakit.book_difference('d', :'day');
SELECT recorded_usd, difference_usd FROM quotakit.reconciliation WHERE account = 'delhi';
SELECT * FROM quotakit.verify();

SET quotakit.account = 'acme';
-- Rows are an account's own, and only an admin writes.
SELECT quotakit.make_roles();
CREATE ROLE regress_bills_analyst IN ROLE quotakit_reader;
CREATE ROLE regress_bills_admin IN ROLE quotakit_admin;
SELECT quotakit.grant_access('regress_bills_analyst', 'viewer'), quotakit.grant_access('regress_bills_admin', 'admin');
SET ROLE regress_bills_analyst;
SELECT DISTINCT account FROM quotakit.reconciliation;
SELECT pg_catalog.count(*) > 0 AS lines FROM quotakit.bill_line;
SELECT * FROM quotakit.import_bill('openai', '[{"day": "2026-01-01", "amount": 1}]');
SELECT outcome FROM quotakit.book_difference('acme/app', :'day', dry_run => true);
SELECT outcome FROM quotakit.book_difference('acme/app', :'day');
RESET ROLE;
SELECT action FROM quotakit.import_bill('openai', pg_temp.openai('{"amount": {"value": 5}, "line_item": "gpt-4o"}'));
SET ROLE regress_bills_admin;
SELECT outcome, usd FROM quotakit.book_difference('acme/app', :'day');
RESET ROLE;
SELECT * FROM quotakit.verify();
DROP OWNED BY regress_bills_analyst, regress_bills_admin;
DROP ROLE regress_bills_analyst, regress_bills_admin;
