-- Wrong calls of the functions that manage things: each with its SQLSTATE and words.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET search_path = '';
SET timezone = 'UTC';
\set SHOW_CONTEXT never
SELECT quotakit.create_account('acme'), quotakit.create_service('openai'), quotakit.create_service('anthropic'),
       quotakit.create_node('acme/search', 'openai'), quotakit.create_node('acme/gone'), quotakit.create_node('acme/ice');
SELECT quotakit.set_policy('acme/search', 1), quotakit.set_policy('acme/search', 9000000000, period => 'year'),
       quotakit.archive_node('acme/gone'), quotakit.freeze('acme/ice', 'cold');

CREATE TEMP TABLE bad (n int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO pg_temp.bad (call) VALUES
-- accounts
($$create_account(NULL)$$), ($$create_account('')$$), ($$create_account('acme')$$), ($$create_account('12')$$),
($$create_account(repeat('x', 64))$$), ($$create_account(E'a\nb')$$), ($$create_account(' a')$$),
($$create_account('b', 'Mars/Olympus')$$), ($$create_account('b', 'XYZ3')$$), ($$create_account('b', 'CEST')$$),
($$create_account('b', 'posix/UTC')$$), ($$create_account('b', NULL)$$),
($$create_account('b', billing_day => 31)$$), ($$create_account('b', billing_day => 0)$$), ($$create_account('b', billing_day => 100000)$$),
($$create_account('b', billing_day => NULL)$$), ($$create_account('b', week_start => 8)$$),
($$create_account('b', usd_per_credit => -1)$$), ($$create_account('b', usd_per_credit => 'NaN')$$),
($$create_account('b', contact_email => E'a@b.example\r\nBcc: c@d.example')$$), ($$create_account('b', contact_email => 'nobody')$$),
($$create_account('b', on_unknown_path => 'guess')$$), ($$create_account('b', retention => '1 day')$$),
($$set_account(billing_day => 29)$$), ($$set_account(name => '')$$), ($$set_account(week_start => 0)$$),
($$set_account(time_zone => 'Europe/Atlantis')$$), ($$set_account(retention => '-1 year')$$),
($$grant_access('nobody_of_this_name', 'viewer')$$), ($$grant_access('postgres', 'god')$$), ($$grant_access(NULL, 'viewer')$$),
($$revoke_access('nobody_of_this_name')$$),
-- paths
($$create_node(NULL)$$), ($$create_node('')$$), ($$create_node('acme//x')$$), ($$create_node(('acme/' || repeat('x', 64))::quotakit.qpath)$$),
($$create_node((repeat('a/', 32) || 'a')::quotakit.qpath)$$), ($$create_node('acme/..')$$), ($$create_node('acme/a b')$$),
($$create_node('acme/search')$$), ($$create_node('acme')$$), ($$create_node('acme/new', 'opnai')$$), ($$create_node('acme/new', '')$$),
($$create_node('acme/gone/below', 'openai')$$), ($$create_node('acme/new', notes => repeat('x', 65537))$$),
($$create_node('acme/new', tags => array_fill('t'::text, '{33}'))$$), ($$create_node('acme/new', tags => '{a,NULL}')$$),
($$create_node('acme/new', tags => '{""}')$$),
($$set_service('acme/search', 'anthropic')$$), ($$set_service('acme/search', NULL)$$), ($$set_service('acme/none', 'openai')$$),
($$set_service('acme', 'opnai')$$), ($$set_service('acme/gone', 'openai')$$),
($$set_node('acme/none', 'x')$$), ($$archive_node('acme/none')$$), ($$archive_node(NULL)$$), ($$restore_node('acme/none')$$),
($$freeze('acme/none', 'x')$$), ($$freeze('acme', '')$$), ($$freeze('acme', NULL)$$), ($$thaw('acme/none')$$),
-- policies
($$set_policy('acme/none', 1)$$), ($$set_policy('acme/gone', 1)$$), ($$set_policy(NULL, 1)$$), ($$set_policy('acme', NULL)$$),
($$set_policy('acme', -1)$$), ($$set_policy('acme', 'NaN')$$), ($$set_policy('acme', 'Infinity')$$), ($$set_policy('acme', '-Infinity')$$),
($$set_policy('acme', 9000000000.000000001)$$), ($$set_policy('acme', 0.0000000001)$$), ($$set_policy('acme', 1e300)$$),
($$set_policy('acme', 1.5, 'requests')$$), ($$set_policy('acme', 9000000000000000001, 'tokens')$$), ($$set_policy('acme', -1, 'tokens')$$),
($$set_policy('acme', 'NaN', 'tokens')$$),
($$set_policy('acme', 1, 'eur')$$), ($$set_policy('acme', 1, NULL)$$), ($$set_policy('acme', 1, period => 'decade')$$),
($$set_policy('acme', 1, enforcement => 'maybe')$$), ($$set_policy('acme', 1, period => 'lifetime', rolling => true)$$),
($$set_policy('acme', 1, rolling => NULL)$$), ($$set_policy('acme', 1, service => 'opnai')$$),
($$set_policy('acme', 1, model => 'gpt-4o')$$), ($$set_policy('acme', 1, service => 'openai', model => '')$$),
($$set_limit(999, 1)$$), ($$set_limit(1, -1)$$), ($$set_limit(1, NULL)$$), ($$set_enforcement(1, 'off')$$), ($$set_enforcement(NULL, 'open')$$),
($$boost_policy(1, 1)$$), ($$boost_policy(1, 1, '2000-01-01')$$), ($$boost_policy(1, 1, 'infinity')$$), ($$boost_policy(2, 1, '2099-01-01')$$),
($$boost_policy(1, -1, '2099-01-01')$$), ($$remove_policy(999)$$), ($$remove_policy(NULL)$$),
-- keys
($$create_key('')$$), ($$create_key(NULL)$$), ($$create_key(repeat('x', 101))$$), ($$revoke_key(999)$$), ($$revoke_key(NULL)$$),
-- money
($$nano('NaN')$$), ($$nano(0.0000000001)$$), ($$nano(-9000000000.1)$$);

CREATE FUNCTION pg_temp.try(call text, OUT state text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
  detail text; hint text;
BEGIN
  EXECUTE 'SELECT quotakit.' || call;
  state := '00000';
  answer := 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, answer = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  answer := concat_ws(E'\n', answer, '  ' || nullif(detail, ''), '  ' || nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SELECT left(b.call, 70), t.state, t.answer FROM pg_temp.bad b, pg_temp.try(b.call) t ORDER BY b.n;
\pset format aligned
\pset tuples_only off
-- None of them has changed anything.
SELECT (SELECT count(*) FROM quotakit.account WHERE account_id > 0) AS accounts, (SELECT count(*) FROM quotakit.node) AS nodes,
       (SELECT count(*) FROM quotakit.policy WHERE archived_at IS NULL) AS policies, (SELECT count(*) FROM quotakit.api_key) AS keys;
SET quotakit.account = 'nobody';
SELECT quotakit.create_node('x');
SET quotakit.account = '99999';
SELECT quotakit.create_node('x');
SET quotakit.account = '99999999999999999999';
SELECT quotakit.create_node('x');
