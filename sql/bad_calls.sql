-- Wrong calls, each answered by itself with a code, an SQLSTATE and a message; and
-- calls that look strange and are right.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
\set SHOW_CONTEXT never
\pset format unaligned
SELECT quotakit.create_account('bad_calls') AS account \gset
SELECT set_config('quotakit.account', 'bad_calls', false) AS current;
SELECT quotakit.create_key('k') AS key \gset
\o /dev/null
SELECT quotakit.create_service('house'), quotakit.create_service('alien');
SELECT quotakit.set_price('house', 'm', 'input_tokens', usd => 0.000001);
SELECT quotakit.set_price('house', 'gold', 'input_tokens', usd => 1000);
SELECT quotakit.create_node('p/x', 'house'), quotakit.create_node('p/ümläut/日本', 'house'), quotakit.create_node('p/old', 'house');
SELECT quotakit.archive_node('p/old');
SELECT quotakit.set_policy('p/x', 9000000000, period => 'lifetime', enforcement => 'strict');
\o

CREATE TEMP TABLE wrong (n int GENERATED ALWAYS AS IDENTITY, what text, call bytea);
CREATE TEMP TABLE secret AS SELECT :account AS account, sha256(convert_to(:'key', 'UTF8')) AS secret;
-- $id becomes a new id.
CREATE FUNCTION pg_temp.call(words text) RETURNS bytea LANGUAGE sql
  AS $$ SELECT pg_catalog.convert_to(pg_catalog.replace(words, '$id', quotakit.uuid7()::text), 'UTF8') $$;
CREATE FUNCTION pg_temp.said(calls bytea[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT b.outcome || coalesce(' ' || (a.answer->>'sqlstate') || ' ' || (a.answer->>'code') || ': ' || (a.answer->>'message'), '')
    || coalesce(' [' || (a.answer->>'detail') || ']', '') || coalesce(' (' || (a.answer->>'hint') || ')', '')
    || CASE WHEN a.answer ? 'kept' THEN ' kept' ELSE '' END
  FROM pg_temp.secret s,
    quotakit.batch(array_fill(s.account, ARRAY[cardinality(calls)]), array_fill(s.secret, ARRAY[cardinality(calls)]), calls) b,
    LATERAL (SELECT b.answer::jsonb) a(answer)
$$;
CREATE FUNCTION pg_temp.raised(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  d text; h text;
BEGIN
  EXECUTE statement;
  RETURN 'nothing is wrong';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ': ' || SQLERRM || coalesce(' [' || nullif(d, '') || ']', '') || coalesce(' (' || nullif(h, '') || ')', '');
END $$;

INSERT INTO wrong (what, call) VALUES
-- Not JSON at all.
  ('nothing', ''),
  ('a NUL byte', '\x7b007d'),
  ('bytes that are no UTF-8', '\x7b22ff223a317d'),
  ('an overlong sequence', '\xc0af'),
  ('a surrogate in UTF-8', '\x22eda08022'),
  ('half a character at the end', '\x7b22c3'),
  ('a byte order mark', '\xefbbbf7b7d'),
  ('no JSON', 'hello'),
  ('two objects', '{}{}'),
  ('an object that does not end', '{"op":"log"'),
  ('a single quote', $${'op':'log'}$$),
  ('a comma at the end', '{"op":"log",}'),
  ('a comment', '{"op":"log"/* */}'),
  ('NaN as JSON', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":NaN}')),
  ('an escaped NUL', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"a\u0000"}')),
  ('half a surrogate pair', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"\ud800"}')),
  ('a newline inside a string', pg_temp.call(E'{"op":"log","id":"$id","path":"p/x","model":"a\nb"}')),
-- JSON, but no call.
  ('a number', '1'), ('a string', '"reserve"'), ('null', 'null'), ('an array', '[{"op":"log"}]'), ('an empty object', '{}'),
  ('100,000 brackets', convert_to(repeat('[', 32000), 'UTF8')),
  ('nested objects', convert_to('{"usage":' || repeat('{"a":', 10000) || '1' || repeat('}', 10001), 'UTF8')),
  ('65,537 bytes', convert_to('{"op":"log","model":"' || repeat('x', 65514) || '"}', 'UTF8')),
  ('70,000 bytes of spaces', convert_to('{' || repeat(' ', 70000) || '}', 'UTF8')),
  ('no op', pg_temp.call('{"id":"$id","path":"p/x"}')),
  ('an unknown op', pg_temp.call('{"op":"spend","id":"$id","path":"p/x"}')),
  ('an op in capitals', pg_temp.call('{"op":"LOG","id":"$id","path":"p/x"}')),
  ('an op that is internal', pg_temp.call('{"op":"adjust","id":"$id","path":"p/x"}')),
  ('an op that is a number', pg_temp.call('{"op":1,"id":"$id","path":"p/x"}')),
  ('op twice', pg_temp.call('{"op":"log","op":"reserve","id":"$id","path":"p/x"}')),
  ('usd twice', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1,"usd":2}')),
  ('input_tokens twice', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"input_tokens":1,"input_tokens":2}}')),
  ('requests twice', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"requests":1,"requests":1}}')),
  ('a named meter twice', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"image":1,"image":2}}')),
  ('a tag twice', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":{"a":"1","a":"2"}}')),
  ('a misspelt field', pg_temp.call('{"op":"log","id":"$id","path":"p/x","uds":1}')),
  ('an unknown field with quotes and a newline', pg_temp.call('{"op":"log","id":"$id","path":"p/x","\"\n%s%n":1}')),
  ('an unknown field of 300 characters', pg_temp.call('{"op":"log","' || repeat('é', 300) || '":1}')),
  ('ttl in a log', pg_temp.call('{"op":"log","id":"$id","path":"p/x","ttl":60}')),
  ('tags in a reserve', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","tags":{}}')),
  ('path in a release', pg_temp.call('{"op":"release","id":"$id","path":"p/x"}')),
  ('usd in an extend', pg_temp.call('{"op":"extend","id":"$id","usd":1}')),
  ('last in a settle', pg_temp.call('{"op":"settle","id":"$id","last":true}')),
  ('what is wrong comes before the op of a reserve', '{"id":"x","path":"p/x","op":"reserve"}'),
  ('and of a log', '{"id":"x","path":"p/x","op":"log"}'),
-- Ids.
  ('no id', '{"op":"log","path":"p/x"}'),
  ('id null', '{"op":"log","id":null,"path":"p/x"}'),
  ('an id that is none', '{"op":"log","id":"x","path":"p/x"}'),
  ('an id without hyphens', '{"op":"log","id":"019ca0fa06567d87a0f9bb4f230fb77a","path":"p/x"}'),
  ('an id in braces', '{"op":"log","id":"{019ca0fa-0656-7d87-a0f9-bb4f230fb77a}","path":"p/x"}'),
  ('a UUID of version 4', '{"op":"reserve","id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","path":"p/x"}'),
  ('version 7 of another variant', '{"op":"reserve","id":"019ca0fa-0656-7d87-00f9-bb4f230fb77a","path":"p/x"}'),
  ('the nil UUID', '{"op":"release","id":"00000000-0000-0000-0000-000000000000"}'),
  ('an id of 1970', '{"op":"log","id":"00000000-0000-7000-8000-000000000000","path":"p/x"}'),
  ('an id of the year 10889', '{"op":"log","id":"ffffffff-ffff-7fff-bfff-ffffffffffff","path":"p/x"}'),
  ('a reserve ten minutes old', convert_to(format('{"op":"reserve","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() - interval '10 minutes')), 'UTF8')),
  ('a reserve six minutes ahead', convert_to(format('{"op":"reserve","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() + interval '6 minutes')), 'UTF8')),
  ('a log fourteen months old', convert_to(format('{"op":"log","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() - interval '14 months')), 'UTF8')),
  ('a log six minutes ahead', convert_to(format('{"op":"log","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() + interval '6 minutes')), 'UTF8')),
  ('a draw on nothing', pg_temp.call('{"op":"draw","id":"$id"}')),
-- Paths.
  ('no path', pg_temp.call('{"op":"reserve","id":"$id"}')),
  ('an empty path', pg_temp.call('{"op":"reserve","id":"$id","path":""}')),
  ('a path that is a number', pg_temp.call('{"op":"reserve","id":"$id","path":7}')),
  ('a leading slash', pg_temp.call('{"op":"reserve","id":"$id","path":"/p"}')),
  ('an empty label', pg_temp.call('{"op":"reserve","id":"$id","path":"p//x"}')),
  ('a label ..', pg_temp.call('{"op":"reserve","id":"$id","path":"p/.."}')),
  ('a space', pg_temp.call('{"op":"reserve","id":"$id","path":"p/a b"}')),
  ('a bidirectional control', pg_temp.call('{"op":"reserve","id":"$id","path":"p/\u202e"}')),
  ('33 labels', pg_temp.call('{"op":"reserve","id":"$id","path":"' || repeat('a/', 32) || 'a"}')),
  ('a label of 64 bytes', pg_temp.call('{"op":"reserve","id":"$id","path":"' || repeat('a', 64) || '"}')),
  ('1,024 bytes', pg_temp.call('{"op":"reserve","id":"$id","path":"' || repeat(repeat('a', 63) || '/', 15) || repeat('a', 64) || '"}')),
  ('an unknown path', pg_temp.call('{"op":"reserve","id":"$id","path":"p/none"}')),
  ('an unknown path of a log', pg_temp.call('{"op":"log","id":"$id","path":"P/X"}')),
  ('an umbrella', pg_temp.call('{"op":"reserve","id":"$id","path":"p"}')),
  ('an archived path', pg_temp.call('{"op":"log","id":"$id","path":"p/old"}')),
  ('another service', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","service":"alien"}')),
  ('an unknown service', pg_temp.call('{"op":"log","id":"$id","path":"p/x","service":"nobody"}')),
-- Texts.
  ('a model that is an object', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":{}}')),
  ('a model of 201 bytes', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"' || repeat('m', 201) || '"}')),
  ('a tab in the model', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"a\tb"}')),
  ('a tier of 64 bytes', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tier":"' || repeat('t', 64) || '"}')),
  ('tags that are a list', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":["a"]}')),
  ('a tag that is a number', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":{"a":1}}')),
  ('a tag without a name', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":{"":"1"}}')),
  ('a tag of 257 bytes', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":{"a":"' || repeat('x', 257) || '"}}')),
  ('17 tags', pg_temp.call('{"op":"log","id":"$id","path":"p/x","tags":' || (SELECT json_object_agg('t' || i, '') FROM generate_series(1, 17) i) || '}')),
-- Amounts.
  ('-1 USD', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":-1}')),
  ('-0.000000001 USD', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"-0.000000001"}')),
  ('a million and a nano', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"1000000.000000001"}')),
  ('1e400', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1e400}')),
  ('1e-400', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1e-400}')),
  ('1e99999', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1e99999}')),
  ('39 digits that wrap around in 128 bits', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":170141183460469231731687303715.884105729}')),
  ('the same in tokens', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usage":{"input_tokens":170141183460469231731687303715884105729}}')),
  ('a million nines', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":' || repeat('9', 60000) || '}')),
  ('ten decimals', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":0.0000000001}')),
  ('"NaN"', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"NaN"}')),
  ('"Infinity"', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"Infinity"}')),
  ('an empty amount', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":""}')),
  ('a decimal comma', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"1,50"}')),
  ('two points', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"1.2.3"}')),
  ('hexadecimal', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"0x10"}')),
  ('digits of another script', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"١"}')),
  ('usd true', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":true}')),
  ('usd in an array', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":[1]}')),
  ('-1 tokens', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"input_tokens":-1}}')),
  ('half a token', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"input_tokens":0.5}}')),
  ('1e15 tokens', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"input_tokens":1e15}}')),
  ('usage that is a number', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":3}')),
  ('usage that is a list', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":[]}')),
  ('a meter in capitals', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"Image":1}}')),
  ('a meter of 64 bytes', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"' || repeat('m', 64) || '":1}}')),
  ('17 named meters', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":' || (SELECT json_object_agg('m' || i, 1) FROM generate_series(1, 17) i) || '}')),
  ('a meter of seven decimals', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usage":{"image":0.0000001}}')),
  ('a call that costs too much', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"gold","usage":{"input_tokens":1001}}')),
  ('a call that costs more than 128 bits', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"gold","usage":{"input_tokens":1e14}}')),
-- The rest.
  ('ttl 0', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1,"ttl":0}')),
  ('ttl 86,401', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1,"ttl":86401}')),
  ('lease "yes"', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1,"lease":"yes"}')),
  ('ok 1', pg_temp.call('{"op":"log","id":"$id","path":"p/x","ok":1}')),
  ('an unknown reservation to settle', pg_temp.call('{"op":"settle","id":"$id","usd":1}')),
  ('to draw on', pg_temp.call('{"op":"draw","id":"$id","reservation":"$id","usd":1}')),
  ('to release', pg_temp.call('{"op":"release","id":"$id"}')),
  ('to extend', pg_temp.call('{"op":"extend","id":"$id"}')),
  ('a refusal without count', '{"op":"refused","path":"p/x","policy":1}'),
  ('count 0', '{"op":"refused","path":"p/x","policy":1,"count":0}'),
  ('an unknown policy', '{"op":"refused","path":"p/x","policy":999999,"count":1}'),
  ('a policy beyond int4', '{"op":"refused","path":"p/x","policy":4294967297,"count":1}');

SELECT w.what, s.said FROM wrong w, pg_temp.said(ARRAY[w.call]) s(said) ORDER BY w.n;

-- All of them in one batch say the same, and fail none of their neighbours.
SELECT count(*) FILTER (WHERE said LIKE 'granted%') AS granted, count(*) FILTER (WHERE said LIKE 'rejected%') AS rejected,
       count(*) = count(*) FILTER (WHERE said LIKE 'granted%' OR said LIKE 'rejected%') AS nothing_else
FROM (SELECT array_agg(c ORDER BY n, first) AS calls
      FROM (SELECT n, false AS first, call AS c FROM wrong UNION ALL
            SELECT n, true, pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":0.000000001}') FROM wrong) b) calls,
     pg_temp.said(calls.calls) s(said);
-- What reports spend was kept, once, whatever was wrong with it.
SELECT code, count(*) FROM quotakit.rejected_event e JOIN pg_temp.secret s ON s.account = e.account_id GROUP BY 1 ORDER BY 1;
SELECT payload FROM quotakit.rejected_event e JOIN pg_temp.secret s ON s.account = e.account_id
WHERE octet_length(payload) < 12 ORDER BY payload COLLATE "C";
SELECT max(octet_length(payload)) AS longest FROM quotakit.rejected_event e JOIN pg_temp.secret s ON s.account = e.account_id;
-- Nothing was held or recorded but the neighbours.
SELECT count(*), sum(usd) FROM quotakit.reservation r JOIN pg_temp.secret s ON s.account = r.account_id;
SELECT count(*) FROM quotakit.event e JOIN pg_temp.secret s ON s.account = e.account_id;

-- Keys.
SELECT b.outcome, b.answer::jsonb ->> 'sqlstate' AS sqlstate, b.answer::jsonb ->> 'message' AS message
FROM pg_temp.secret s, LATERAL (VALUES (s.account, '\x'::bytea), (s.account, sha256('x')), (s.account, s.secret || '\x00'),
    (0, s.secret), (-1, s.secret), (2147483647, s.secret)) AS k(account, secret),
  LATERAL quotakit.batch(ARRAY[k.account], ARRAY[k.secret], ARRAY[pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1}')]) b;

-- Arrays.
SELECT pg_temp.raised(a) FROM (VALUES
  ($$SELECT * FROM quotakit.batch(ARRAY[1,2], ARRAY['\x'::bytea], ARRAY['\x'::bytea])$$),
  ($$SELECT * FROM quotakit.batch(ARRAY[1], ARRAY['\x'::bytea, '\x'], ARRAY['\x'::bytea])$$),
  ($$SELECT * FROM quotakit.batch(ARRAY[1], ARRAY['\x'::bytea], '{}')$$),
  ($$SELECT * FROM quotakit.batch(ARRAY[NULL]::int4[], ARRAY['\x'::bytea], ARRAY['\x'::bytea])$$),
  ($$SELECT * FROM quotakit.batch(ARRAY[1], ARRAY[NULL]::bytea[], ARRAY['\x'::bytea])$$),
  ($$SELECT * FROM quotakit.batch(ARRAY[1], ARRAY['\x'::bytea], ARRAY[NULL]::bytea[])$$),
  ($$SELECT * FROM quotakit.batch('{{1},{2}}', '{{x},{x}}', '{{x},{x}}')$$),
  ($$SELECT * FROM quotakit.batch('{"op":"log"}'::jsonb)$$),
  ($$SELECT * FROM quotakit.batch('null'::jsonb)$$),
  ($$SELECT * FROM quotakit.batch('3'::jsonb)$$)) AS t(a);
-- Nothing asked, nothing answered.
SELECT * FROM quotakit.batch('{}', '{}', '{}');
SELECT * FROM quotakit.batch('[]'::jsonb);
SELECT * FROM quotakit.batch(NULL::jsonb);
SELECT * FROM quotakit.batch(NULL, NULL, NULL);
-- An array may begin anywhere.
SELECT outcome FROM quotakit.batch('[5:5]={-1}'::int4[], '[0:0]={x}'::bytea[], '[-3:-3]={x}'::bytea[]);
-- By jsonb: the same, of whatever type an item is.
SELECT outcome, answer ->> 'message' AS message FROM quotakit.batch('[null, 1, "a", [], {}, {"op":"log"}, {"op":"log","id":null,"path":"p/x"}]');

-- One by one. What is wrong with a reserve, a release or an extend is an error.
SELECT pg_temp.raised(a) FROM (VALUES
  ($$SELECT quotakit.reserve('p/none')$$),
  ($$SELECT quotakit.reserve(NULL)$$),
  ($$SELECT quotakit.reserve('p')$$),
  ($$SELECT quotakit.reserve('p/old')$$),
  ($$SELECT quotakit.reserve('p//x')$$),
  ($$SELECT quotakit.reserve('p/x', service => 'alien')$$),
  ($$SELECT quotakit.reserve('p/x', usd => -1)$$),
  ($$SELECT quotakit.reserve('p/x', usd => 'NaN')$$),
  ($$SELECT quotakit.reserve('p/x', usd => '-Infinity')$$),
  ($$SELECT quotakit.reserve('p/x', usd => 1e400)$$),
  ($$SELECT quotakit.reserve('p/x', usd => 1e-400)$$),
  ($$SELECT quotakit.reserve('p/x', usd => 1000000.01)$$),
  ($$SELECT quotakit.reserve('p/x', input_tokens => -1)$$),
  ($$SELECT quotakit.reserve('p/x', input_tokens => 9223372036854775807)$$),
  ($$SELECT quotakit.reserve('p/x', usage => '[1]')$$),
  ($$SELECT quotakit.reserve('p/x', usage => '{"image": {"n": 1}}')$$),
  ($$SELECT quotakit.reserve('p/x', ttl => 0)$$),
  ($$SELECT quotakit.reserve('p/x', ttl => 90000)$$),
  ($$SELECT quotakit.reserve('p/x', usd => 1, id => '3f2504e0-4f89-41d3-9a0c-0305e82c3301')$$),
  ($$SELECT quotakit.reserve('p/x', usd => 1, id => quotakit.uuid7(now() - interval '1 hour'))$$),
  ($$SELECT quotakit.release(quotakit.uuid7())$$),
  ($$SELECT quotakit.release(NULL)$$),
  ($$SELECT quotakit.extend(quotakit.uuid7(), 60)$$),
  ($$SELECT quotakit.extend(quotakit.uuid7(), -60)$$)) AS t(a);
-- What is wrong with an event is a warning: it was kept.
SELECT outcome FROM quotakit.log('p/none', usd => 1);
SELECT outcome FROM quotakit.log('p/x', usd => 'NaN');
SELECT outcome FROM quotakit.log('p/x', usd => 1, tags => '{"a": 1}');
SELECT outcome FROM quotakit.settle(quotakit.uuid7(), usd => 1);
SELECT outcome FROM quotakit.draw(quotakit.uuid7(), usd => 1);
SELECT count(*) FROM quotakit.rejected_event e JOIN pg_temp.secret s ON s.account = e.account_id
WHERE e.code = 'unknown_reservation';

-- Strange, and right.
TRUNCATE pg_temp.wrong;
INSERT INTO wrong (what, call) VALUES
  ('letters of other scripts', pg_temp.call('{"op":"log","id":"$id","path":"p/ümläut/日本","usd":1}')),
  ('the same, escaped', pg_temp.call('{"op":"log","id":"$id","path":"p/\u00fcml\u00e4ut/\u65e5\u672c","usd":1}')),
  ('beyond the basic plane, as a pair', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1,"model":"\ud83d\ude00"}')),
  ('space around', pg_temp.call(E' \t\r\n{ "op" : "log" , "id" : "$id" , "path" : "p/x" , "usd" : 1 } \n')),
  ('an id in capitals', convert_to(format('{"op":"log","id":"%s","path":"p/x","usd":1}', upper(quotakit.uuid7()::text)), 'UTF8')),
  ('nulls are nothing', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":null,"usd":1,"usage":null,"tags":null}')),
  ('a million', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1000000}')),
  ('a nano', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1e-9}')),
  ('minus nothing', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":-0}')),
  ('zeros that mean nothing', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":"0001.50000000000000000000000"}')),
  ('1e3', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1E+3}')),
  ('tokens as a string', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1,"usage":{"input_tokens":"12"}}')),
  ('5.0 tokens', pg_temp.call('{"op":"reserve","id":"$id","path":"p/x","usd":1,"usage":{"input_tokens":5.0}}')),
  ('16 named meters', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1,"usage":' || (SELECT json_object_agg('m' || i, i * 0.000001) FROM generate_series(1, 16) i) || '}')),
  ('16 tags of quotes, backslashes and newline-like letters', pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1,"tags":' || (SELECT json_object_agg('"' || chr(96 + i) || '\', '\"n''$\n'::text || repeat('ü', 100)) FROM generate_series(1, 16) i) || '}')),
  ('65,536 bytes', convert_to(rpad(convert_from(pg_temp.call('{"op":"log","id":"$id","path":"p/x","usd":1}'), 'UTF8'), 65536), 'UTF8')),
  ('a call that costs a million', pg_temp.call('{"op":"log","id":"$id","path":"p/x","model":"gold","usage":{"input_tokens":1000}}')),
  ('4 minutes old, and 4 ahead', convert_to(format('{"op":"reserve","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() - interval '4 minutes')), 'UTF8')),
  ('', convert_to(format('{"op":"reserve","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() + interval '4 minutes')), 'UTF8')),
  ('an event of last year', convert_to(format('{"op":"log","id":"%s","path":"p/x","usd":1}', quotakit.uuid7(now() - interval '12 months')), 'UTF8'));
SELECT w.what, s.said FROM wrong w, pg_temp.said(ARRAY[w.call]) s(said) ORDER BY w.n;
SELECT e.meters FROM quotakit.event e JOIN pg_temp.secret s ON s.account = e.account_id WHERE e.meters IS NOT NULL;
SELECT count(*) AS tags, min(octet_length(t.value)) AS bytes, min(left(t.value, 6)) AS begins, min(t.key) AS first
FROM quotakit.event e JOIN pg_temp.secret s ON s.account = e.account_id, jsonb_each_text(e.tags) t;
SELECT DISTINCT e.model COLLATE "C" AS model FROM quotakit.event e JOIN pg_temp.secret s ON s.account = e.account_id ORDER BY 1;
SELECT DISTINCT e.usd FROM quotakit.event e JOIN pg_temp.secret s ON s.account = e.account_id ORDER BY 1;
SELECT * FROM quotakit.verify('bad_calls');
