-- What a meter says of itself: what is tokens counts as tokens, for limits, price steps
-- and sums, under whatever name; and costs what the class does that it is a part of.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set SHOW_CONTEXT never
SET search_path = pg_catalog;
SET timezone = 'UTC';

-- The list.
SELECT * FROM quotakit.meters;
-- Every meter that a price file may name, and every built-in price, is of one that is listed.
SELECT DISTINCT m[1] AS not_listed
  FROM pg_proc p, regexp_matches(p.prosrc || pg_get_functiondef(p.oid), $$_[a-z_.]+'(?:::text)?, '([a-z0-9_]+)'(?:::text)?, [0-9]\)$$, 'g') m
  WHERE p.oid = 'quotakit._price_file_meter(text,text)'::regprocedure AND m[1] NOT IN (SELECT meter FROM quotakit.meters);
SELECT DISTINCT meter AS not_listed FROM quotakit.price WHERE meter NOT IN (SELECT m.meter FROM quotakit.meters m);
-- One that is not listed says it by its name.
SELECT m, quotakit._token_class(m), quotakit._price_chain(m) FROM unnest('{
  tokens,total_tokens,prompt_tokens,completion_tokens,thinking_tokens,my_reasoning_tokens,output_tokens_2,
  tokens_of_something,token,x_tokens,_tokens}'::text[]) m;
-- A part of a token counts as one; what is no number, as none.
SELECT quotakit._named_tokens(u, 'input_tokens') AS input, quotakit._named_tokens(u, 'cache_write_tokens') AS write,
       quotakit._named_tokens(u, 'input') AS all_input, quotakit._named_tokens(u, 'output') AS output
  FROM (VALUES ('{"audio_input_tokens": 0.000001, "cache_write_1h_tokens": 7, "image": 5, "x_completion_tokens": 2.5, "reasoning_tokens": 4}'::jsonb),
    ('{}'), ('[1]'), ('{"x_tokens": "7", "y_tokens": null, "z_tokens": {"input_tokens": 9}}')) t(u);
SELECT quotakit._named_tokens('{"a_tokens": 9223372036854775807, "b_tokens": 1}', 'input');

SELECT quotakit.create_account('acme') AS acme;
SET quotakit.account = 'acme';

-- Price steps are by all tokens of the input: 2.40, by hand
-- 100,000 × 0.000006 + 150,000 × 0.000012, and not 1.20 as below 200,000.
SELECT usd, unpriced FROM quotakit.cost('anthropic', 'claude-sonnet-4-5', '{"input_tokens": 100000, "cache_write_1h_tokens": 150000}');
\o /dev/null
SELECT quotakit.create_node('a/x', 'anthropic'), quotakit.create_node('a/y', 'openai');
SELECT quotakit.set_policy('a', 1e12, 'tokens', 'lifetime', enforcement => 'open'),
       quotakit.set_policy('a', 1e12, 'tokens', 'day', rolling => true, enforcement => 'open'),
       quotakit.set_policy('a/x', 1e6, 'tokens', 'lifetime', enforcement => 'strict');
-- Costs by the engine and by SQL, in the same words.
CREATE FUNCTION pg_temp.logged(node text, model text, usage jsonb, OUT usd numeric, OUT by_sql numeric, OUT flags jsonb) LANGUAGE plpgsql AS $$
BEGIN
  SELECT (l.answer ->> 'usd')::numeric, l.answer -> 'flags' INTO usd, flags FROM quotakit.log(node, model, usage => logged.usage) l;
  by_sql := (SELECT c.usd FROM quotakit.node n, quotakit.cost(n.service, logged.model, logged.usage) c WHERE n.path::text = node);
END $$;
CREATE FUNCTION pg_temp.used(OUT node text, OUT rolling bool, OUT used numeric, OUT held numeric) RETURNS SETOF record LANGUAGE sql AS $$
  SELECT s.path::text, s.rolling, trim_scale(s.used), trim_scale(s.held) FROM quotakit.policy_status s WHERE s.unit = 'tokens' ORDER BY s.policy_id $$;
\o
SELECT trim_scale(usd) AS usd, trim_scale(by_sql) AS by_sql, flags FROM pg_temp.logged('a/x', 'claude-sonnet-4-5', '{"input_tokens": 100000, "cache_write_1h_tokens": 150000}');
-- Named meters alone that are exactly at the step are not above it; tokens of the output do not count for it.
SELECT u, trim_scale(c.usd) AS usd FROM (VALUES ('{"cache_write_1h_tokens": 200000}'::jsonb), ('{"cache_write_1h_tokens": 200001}'),
  ('{"cache_write_1h_tokens": 200000, "output_tokens": 1000}')) t(u), quotakit.cost('anthropic', 'claude-sonnet-4-5', u) c;

-- A strict limit of 1,000,000 tokens, of which 250,000 are used.
SELECT outcome, answer ->> 'reason' AS reason, answer ->> 'used' AS used, answer ->> 'asked' AS asked
  FROM quotakit.reserve('a/x', 'claude-sonnet-4-5', usage => '{"cache_write_1h_tokens": 900000}');
SELECT id, outcome, answer -> 'held' ->> 'tokens' AS held
  FROM quotakit.reserve('a/x', 'claude-sonnet-4-5', usage => '{"input_tokens": 1, "cache_write_1h_tokens": 699998.5, "image": 9}', usd => 1) \gset
SELECT :'outcome' AS outcome, :'held' AS held;
SELECT outcome, answer ->> 'held' AS held, answer ->> 'asked' AS asked
  FROM quotakit.reserve('a/x', 'claude-sonnet-4-5', usage => '{"thinking_tokens": 50001}', usd => 0);
SELECT * FROM pg_temp.used();
SELECT outcome, answer -> 'flags' AS flags FROM quotakit.settle(:'id', usage => '{"cache_write_1h_tokens": 10, "cached_audio_input_tokens": 20}', usd => 1);
SELECT * FROM pg_temp.used();
-- A lease is drawn on in tokens of any name.
SELECT id AS lease FROM quotakit.reserve('a/x', 'claude-sonnet-4-5', usage => '{"input_tokens": 1000}', lease => true, usd => 0) \gset
SELECT outcome, answer -> 'flags' AS flags FROM quotakit.draw(:'lease', usage => '{"x_completion_tokens": 600}', usd => 0);
SELECT * FROM pg_temp.used();
SELECT outcome, answer -> 'flags' AS flags FROM quotakit.draw(:'lease', usage => '{"x_completion_tokens": 600}', usd => 0, last => true);
SELECT * FROM pg_temp.used();

-- In sums each is in the class that it is a part of; the ledger keeps what was said.
SELECT input_tokens, cache_write_tokens, output_tokens, tokens, meters FROM quotakit.ledger ORDER BY tokens, meters::text;
SELECT tokens, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens
  FROM quotakit.subtree_usage('a', now() - interval '1 day', now() + interval '1 day');
SELECT count(*) > 0 AS folded FROM quotakit.fold_rollups();
SELECT tokens, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens
  FROM quotakit.subtree_usage('a', now() - interval '1 day', now() + interval '1 day');
-- A new policy counts them from the start of its window.
SELECT quotakit.set_policy('a', 1e12, 'tokens', 'year', enforcement => 'open') > 0 AS ok;
SELECT * FROM pg_temp.used();
SELECT requests, tokens FROM (SELECT sum(requests) AS requests, sum(tokens) AS tokens FROM quotakit.usage_hour) u;
SELECT granted, refused FROM quotakit.simulate('a', 260000, 'tokens', 'lifetime', enforcement => 'strict');
SELECT e ->> 'input_tokens' AS input, e ->> 'output_tokens' AS output
  FROM jsonb_each(quotakit.state('a/x') -> 'estimates') m(model, e);
SELECT * FROM quotakit.verify();
-- Repriced by the same step: nothing changes.
SELECT events, changed FROM quotakit.reprice(now() - interval '1 day', now() + interval '1 day');

-- Tokens without a price of their own cost what the class does that they are a part of, and say so.
\o /dev/null
SELECT quotakit.create_service('house'), quotakit.create_node('h/x', 'house');
SELECT quotakit.set_price('house', 'm', 'input_tokens', 0.001, valid_from => '-infinity'),
       quotakit.set_price('house', 'm', 'output_tokens', 0.01, 7, valid_from => '-infinity'),
       quotakit.set_price('house', 'm', 'input_tokens', 0.0005, tier => 'batch', valid_from => '-infinity'),
       quotakit.set_price('house', 'w', 'cache_write_tokens', 0.002, valid_from => '-infinity'),
       quotakit.set_price('house', 'w', 'input_tokens', 0.001, valid_from => '-infinity'),
       quotakit.set_price('house', 'w', 'input_tokens', 0.003, above_tokens => 10, valid_from => '-infinity'),
       quotakit.set_price('house', 'i', 'image', 0.5, valid_from => '-infinity');
\o
SELECT m, u, trim_scale(l.usd) AS usd, l.usd = l.by_sql AS agrees, l.flags FROM (VALUES
  ('m', '{"audio_input_tokens": 3}'::jsonb), ('m', '{"audio_output_tokens": 3}'), ('m', '{"cache_write_1h_tokens": 3}'),
  ('m', '{"cached_audio_input_tokens": 3, "input_tokens": 1}'), ('m', '{"x_tokens": 0.5}'), ('m', '{"audio_input_tokens": 0}'),
  ('w', '{"cache_write_1h_tokens": 3}'), ('w', '{"cache_write_1h_tokens": 11, "input_tokens": 1}'), ('w', '{"cached_image_input_tokens": 3}'),
  -- The classes themselves have always done so, by the rules of the providers.
  ('m', '{"reasoning_tokens": 3, "cached_input_tokens": 3}'),
  -- Only where nothing has a price is it unpriced.
  ('w', '{"audio_output_tokens": 3}'), ('i', '{"audio_input_tokens": 3, "image": 1}'), ('m', '{"audio_second": 3, "audio_input_tokens": 1}')) t(m, u),
  pg_temp.logged('h/x', m, u) l;
SELECT d ->> 'meter' AS meter, d ->> 'priced_as' AS priced_as, d ->> 'usd' AS usd
  FROM quotakit.cost('house', 'w', '{"cache_write_1h_tokens": 3, "audio_input_tokens": 4}'), jsonb_array_elements(detail) d;
SELECT meters, fallback_price, unpriced FROM quotakit.ledger WHERE model = 'w' ORDER BY meters::text;
-- Given the amount, or not charged, no price was looked for.
SELECT answer -> 'flags' AS flags FROM quotakit.log('h/x', 'm', usage => '{"audio_input_tokens": 3}', usd => 1);
SELECT answer -> 'flags' AS flags FROM quotakit.log('h/x', 'm', usage => '{"audio_input_tokens": 3}', charged => false);
-- A strict limit in USD holds what it costs so, and refuses what is unpriced.
SELECT quotakit.set_policy('h', 10, 'usd', 'lifetime', enforcement => 'strict') > 0 AS ok;
SELECT outcome, answer -> 'held' ->> 'usd' AS held FROM quotakit.reserve('h/x', 'm', usage => '{"audio_output_tokens": 3}', tier => 'batch');
SELECT outcome, answer ->> 'reason' AS reason FROM quotakit.reserve('h/x', 'w', usage => '{"audio_output_tokens": 3}');
-- With a price of its own by now, repricing makes it that.
SELECT quotakit.set_price('house', 'm', 'audio_input_tokens', 0.004, valid_from => '-infinity') > 0 AS ok;
SELECT model, changed, old_usd, new_usd FROM quotakit.reprice(now() - interval '1 day', now() + interval '1 day', 'house', 'm');
SELECT * FROM quotakit.verify();

-- A misspelt meter does not pass as a new one: the caller is told what it looks like.
SELECT m, quotakit._meter_guess(m) FROM unnest('{
  input,outputt,prompt_tokens,completion_tokens,inputs,input_token,ouput_tokens,chached_input_tokens,reasoning,images,
  imgae,audio_seconds,web_search_requests,
  input_tokens,image,search_mid,x_tokens,widget,im}'::text[] || repeat('i', 64)) m;
\o /dev/null
SELECT quotakit.create_node('g/x', 'house'), quotakit.create_node('g/y', 'house');
SELECT quotakit.set_price('house', 'm', 'widget', 0.25, valid_from => '-infinity');
SELECT quotakit.set_policy('g/y', 1000, 'tokens', 'lifetime', enforcement => 'strict');
\o
SELECT u, answer ->> 'usd' AS usd, answer -> 'flags' AS flags, answer ->> 'hint' AS hint FROM (VALUES
  ('{"input": 5}'::jsonb), ('{"prompt_tokens": 5}'), ('{"widgets": 1}'), ('{"widget": 1}'), ('{"input_tokens": 5, "outputt": 0}'),
  ('{"audio_second": 1}'), ('{"gizmo": 1}'), ('{"audio_input_tokens": 1, "image": 2}')) t(u), quotakit.log('g/x', 'm', usage => u);
SELECT outcome, answer ->> 'hint' AS hint FROM quotakit.log('g/x', 'm', usage => '{"outputt": 5}', usd => 1);
SELECT outcome, answer ->> 'hint' AS hint FROM quotakit.reserve('g/x', 'm', usage => '{"outputt": 5}');
-- With it once more, and with another model, to which no widget is known.
SELECT model, answer ->> 'hint' AS hint FROM unnest('{m,m,w,m}'::text[]) model, quotakit.log('g/x', model, usage => '{"widgets": 1}');
-- What is probably tokens and not counted is not known, so a strict limit in tokens refuses it.
SELECT outcome, answer ->> 'reason' AS reason, answer ->> 'message' AS message, answer ->> 'hint' AS hint
  FROM quotakit.reserve('g/y', 'm', usage => '{"output_tokens": 1, "images": 1, "input": 900000, "outputt": 1}');
SELECT outcome, answer ->> 'hint' AS hint FROM quotakit.reserve('g/y', 'm', usage => '{"prompt_tokens": 400, "widgets": 1}');
SELECT outcome, answer ->> 'reason' AS reason, answer ->> 'hint' AS hint FROM quotakit.reserve('g/y', 'm', usage => '{"prompt_tokens": 900}');
-- A hint about the meter is not in the way of the one about an error.
SELECT outcome, answer ->> 'code' AS code, answer ->> 'hint' AS hint FROM quotakit.log('g/none', 'm', usage => '{"input": 5}');
SELECT d ->> 'meter' AS meter, d ->> 'did_you_mean' AS did_you_mean
  FROM quotakit.cost('house', 'm', '{"prompt_tokens": 3, "input": 4, "widget": 1, "audio_input_tokens": 2}'), jsonb_array_elements(detail) d;
SELECT * FROM quotakit.verify();
