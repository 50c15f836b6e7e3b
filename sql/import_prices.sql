-- The real price file: everything in it is accounted for, and costs what it should.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET search_path = '';
SET timezone = 'UTC';
\set content `cat "$PG_ABS_SRCDIR/demo/model_prices_2026-07.json"`

SELECT quotakit.create_account('acme') AS acme;
SET quotakit.account = 'acme';
CREATE TEMP TABLE file AS SELECT :'content'::jsonb AS file;

-- A dry run says the same, and changes nothing.
CREATE TEMP TABLE dry AS SELECT i.* FROM pg_temp.file, quotakit.import_prices(file, '2020-01-01', dry_run => true) i;
SELECT count(*) FROM quotakit.price WHERE account_id = 1;
CREATE TEMP TABLE import AS SELECT i.* FROM pg_temp.file, quotakit.import_prices(file, '2020-01-01') i;
SELECT count(*) FROM (TABLE pg_temp.dry EXCEPT ALL TABLE pg_temp.import) d;
SELECT count(DISTINCT (service, model)) AS models FROM pg_temp.import;
SELECT action, count(*) FROM pg_temp.import GROUP BY action ORDER BY action COLLATE "C";
SELECT service, count(DISTINCT model) AS models, count(*) FILTER (WHERE action = 'new') AS prices
  FROM pg_temp.import GROUP BY service ORDER BY service COLLATE "C";
SELECT count(*) AS models FROM quotakit.model WHERE account_id = 1;

-- Every key with a cost, counted in the file itself, is in the answer as often: none is dropped.
WITH key AS (
  SELECT k.key, count(*) AS in_file
    FROM pg_temp.file, jsonb_each(file) m, LATERAL (
      SELECT key FROM jsonb_each(m.value) WHERE key <> 'search_context_cost_per_query'
      UNION ALL
      SELECT 'search_context_cost_per_query.' || key
        FROM jsonb_each(coalesce(m.value -> 'search_context_cost_per_query', '{}'))) k
    WHERE k.key ~ 'cost|multiplier|provider_specific' GROUP BY k.key
), answer AS (
  SELECT key, count(*) AS listed, count(*) FILTER (WHERE action = 'new') AS new, count(*) FILTER (WHERE action = 'same') AS same,
         string_agg(DISTINCT concat_ws(' ', meter, nullif(tier, 'standard'), '>' || nullif(above_tokens, 0)), ', ') AS meter,
         min(note) FILTER (WHERE action <> 'new') AS note
    FROM pg_temp.import WHERE key IS NOT NULL GROUP BY key
)
SELECT key, in_file, listed, new, same, meter, note FROM key FULL JOIN answer USING (key) ORDER BY key COLLATE "C";
SELECT key, in_file FROM (
  SELECT k.key, count(*) AS in_file FROM pg_temp.file, jsonb_each(file) m, jsonb_object_keys(m.value) k(key) GROUP BY k.key) f
  WHERE NOT EXISTS (SELECT FROM pg_temp.import i WHERE split_part(i.key, '.', 1) = f.key
                       OR i.action = 'ignored' AND i.note LIKE '%' || f.key || '%');
-- What is no price: one row a model, and the comment in it is shown.
SELECT model, action, note FROM pg_temp.import WHERE action = 'ignored' AND note LIKE '%\_comment%';
-- JSON numbers are taken exactly; only what has more than 18 decimals is rounded.
SELECT model, meter, usd, note FROM pg_temp.import WHERE note LIKE 'rounded%' ORDER BY model COLLATE "C";
SELECT count(*) AS not_as_in_the_file FROM pg_temp.import i, pg_temp.file
  WHERE CASE WHEN usd IS NOT NULL THEN usd <> round((file -> i.model #>> string_to_array(key, '.'))::numeric, 18) END;
SELECT max_input_tokens, max_output_tokens, deprecated_on FROM quotakit.model WHERE account_id = 1 AND model = 'claude-3-7-sonnet-20250219';

-- The built-in prices are the file's, of the providers that are built in, and nothing else.
SELECT (SELECT count(*) FROM quotakit.price WHERE account_id = 0 AND shipped) AS built_in,
       count(*) FILTER (WHERE b.usd IS NULL) AS not_built_in, count(*) FILTER (WHERE i.usd IS NULL) AS not_in_the_file,
       count(*) FILTER (WHERE b.usd <> i.usd) AS differ
  FROM (SELECT * FROM quotakit.price WHERE account_id = 1) i
  FULL JOIN (SELECT * FROM quotakit.price WHERE account_id = 0) b USING (service, model, meter, tier, above_tokens)
  WHERE coalesce(i.model, b.model) NOT IN ('claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-5', 'deepseek-v3-2-251201',
    'gemini-flash-experimental');
SELECT i.service, i.model FROM quotakit.model i WHERE i.account_id = 1 AND NOT EXISTS (
  SELECT FROM quotakit.model b WHERE b.account_id = 0 AND b.shipped AND (b.service, b.model) = (i.service, i.model)
    AND (b.max_input_tokens, b.max_output_tokens, b.deprecated_on)
        IS NOT DISTINCT FROM (i.max_input_tokens, i.max_output_tokens, i.deprecated_on))
  ORDER BY i.model COLLATE "C";

-- Ten costs, worked out by hand from the file. 'is' and 'should' must agree.
SELECT quotakit.set_price('openai', 'gpt-4o', m, usd, credits, valid_from => '2020-02-01') IS NOT NULL AS ok
  FROM (VALUES ('input_tokens', 0.0000025, 0.001), ('output_tokens', 0.00001, 0.004)) t(m, usd, credits);
SELECT n, what, c.usd = should AND c.credits = should_credits AND NOT c.unpriced AS agree, trim_scale(c.usd) AS is, should
  FROM (VALUES
    -- 1,000 × 0.0000025 + 9,000 × 0.00000125 + 500 × 0.00001 = 0.0025 + 0.01125 + 0.005
    (1, 'cached tokens', 'openai', 'gpt-4o', 'standard', '2020-01-15'::timestamptz,
     '{"input_tokens": 1000, "cached_input_tokens": 9000, "output_tokens": 500}'::jsonb, 0.01875, 0),
    -- 10 × 0.000003 + 4,000 × 0.00000375 + 1,000 × 0.000006 + 200 × 0.000015 = 0.00003 + 0.015 + 0.006 + 0.003
    (2, 'written to a cache, for five minutes and for an hour', 'anthropic', 'claude-sonnet-4-5', 'standard', '2020-01-15',
     '{"input_tokens": 10, "cache_write_tokens": 4000, "cache_write_1h_tokens": 1000, "output_tokens": 200}', 0.02403, 0),
    -- 1 + 100,000 + 100,000 = 200,001 in: 1 × 0.000006 + 100,000 × 0.0000006 + 100,000 × 0.0000075 + 1,000 × 0.0000225
    -- = 0.000006 + 0.06 + 0.75 + 0.0225
    (3, 'above 200k, cached and written counted in', 'anthropic', 'claude-sonnet-4-5', 'standard', '2020-01-15',
     '{"input_tokens": 1, "cached_input_tokens": 100000, "cache_write_tokens": 100000, "output_tokens": 1000}', 0.832506, 0),
    -- exactly 200,000 in is not above: 200,000 × 0.000003 + 1,000 × 0.000015 = 0.6 + 0.015
    (4, 'exactly 200k', 'anthropic', 'claude-sonnet-4-5', 'standard', '2020-01-15',
     '{"input_tokens": 200000, "output_tokens": 1000}', 0.615, 0),
    -- 1,000 × 0.00000125 + 400 × 0.000005 + 100 cached × 0.00000125, which has no batch price = 0.00125 + 0.002 + 0.000125
    (5, 'batch', 'openai', 'gpt-4o', 'batch', '2020-01-15',
     '{"input_tokens": 1000, "cached_input_tokens": 100, "output_tokens": 400}', 0.003375, 0),
    -- 300,000 × 0.0000072 + 10 × 0.0000324 = 2.16 + 0.000324
    (6, 'priority above 200k', 'google', 'gemini-3-pro-preview', 'priority', '2020-01-15',
     '{"input_tokens": 300000, "output_tokens": 10}', 2.160324, 0),
    -- no price of their own, so the output tokens' of the tier: (200 + 800) × 0.00000125 + 100 × 0.00000015 = 0.00125 + 0.000015
    (7, 'reasoning as output, in batch', 'google', 'gemini-3.5-flash-lite', 'batch', '2020-01-15',
     '{"input_tokens": 100, "output_tokens": 200, "reasoning_tokens": 800}', 0.001265, 0),
    -- 4 × 0.000000003625 = 0.0000000145: exactly half a nano, up
    (8, 'half a nano', 'deepseek', 'deepseek-v4-pro', 'standard', '2020-01-15',
     '{"cached_input_tokens": 4}', 0.000000015, 0),
    -- 1 × 0.0000000025, half a nano as well; below it: 3 × 0.0000000028 = 0.0000000084
    (9, 'less than half a nano', 'deepseek', 'deepseek-v4-flash', 'standard', '2020-01-15',
     '{"cached_input_tokens": 3}', 0.000000008, 0),
    -- 3 × 0.039 + 50 × 0.0000003 = 0.117 + 0.000015
    (10, 'images', 'google', 'gemini-2.5-flash-image', 'standard', '2020-01-15',
     '{"input_tokens": 50, "image": 3}', 0.117015, 0),
    -- 1,000 × 0.001 + 500 × 0.004 = 1 + 2 credits; cached tokens cost 9,000 × 0.00000125 and no credits
    (11, 'credits', 'openai', 'gpt-4o', 'standard', '2020-02-01',
     '{"input_tokens": 1000, "cached_input_tokens": 9000, "output_tokens": 500}', 0.01875, 3),
    -- 12.5 × 0.000283333333333333 = 0.0035416666666666625: rounded once, at the end
    (12, 'seconds of speech, a fraction', 'openai', 'gpt-realtime-whisper', 'standard', '2020-01-15',
     '{"audio_second": 12.5}', 0.003541667, 0)
  ) t(n, what, service, model, tier, at, usage, should, should_credits),
  quotakit.cost(service, model, usage, at, tier) c ORDER BY n;

-- Again: nothing is new. A price that changed ends the earlier one; its credits stay.
SELECT action, count(*) FROM pg_temp.file, quotakit.import_prices(file, '2020-03-01') GROUP BY action ORDER BY action COLLATE "C";
SELECT * FROM quotakit.import_prices('{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 3e-06,
  "output_cost_per_token": 0.00001, "cache_read_input_token_cost": 1.25e-6}}', '2020-04-01');
SELECT valid_from, usd, credits FROM quotakit.price WHERE account_id = 1 AND model = 'gpt-4o' AND meter = 'input_tokens' AND tier = 'standard'
  ORDER BY valid_from;
-- The very same time: told in a dry run, refused, or corrected.
SELECT '{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 4e-06}}' AS dearer \gset
SELECT meter, old_usd, usd, action, note FROM quotakit.import_prices(:'dearer', '2020-04-01', dry_run => true);
SELECT meter, old_usd, usd, action, note FROM quotakit.import_prices(:'dearer', '2020-04-01');
SELECT meter, old_usd, usd, action, note FROM quotakit.import_prices(:'dearer', '2020-04-01', replace => true);
-- What it was is what is in force at valid_from, whatever comes later; of a price in credits alone there is nothing to tell in USD.
SELECT meter, old_usd, usd, action FROM quotakit.import_prices(:'dearer', '2020-03-15', dry_run => true) WHERE action <> 'ignored';
SELECT meter, old_usd, usd, action FROM quotakit.import_prices(:'dearer', '2019-01-01', dry_run => true) WHERE action <> 'ignored';
SELECT meter, old_usd, usd, action FROM quotakit.import_prices(:'dearer', '2020-05-01', dry_run => true) WHERE action <> 'ignored';
SELECT quotakit.set_price('openai', 'in-credits', 'input_tokens', credits => 1, valid_from => '2020-01-01') IS NOT NULL AS ok;
SELECT meter, old_usd, usd, action, note FROM quotakit.import_prices(
  '{"in-credits": {"litellm_provider": "openai", "input_cost_per_token": 4e-06}}', '2020-05-01', dry_run => true) WHERE action <> 'ignored';

-- What a file can be. Names go without their provider, of two prices for one meter the plainer is taken.
SELECT model, service, meter, tier, above_tokens, usd, action, note, key FROM quotakit.import_prices('{
  "sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": 0},
  "openai/a": {"litellm_provider": "openai", "input_cost_per_token": 2e-6},
  "a": {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "input_cost_per_token_above_1m_tokens": 3e-6},
  "text-completion-openai/b": {"litellm_provider": "text-completion-openai", "input_cost_per_token_batches_above_128k_tokens": 1e-6},
  "gemini/c": {"litellm_provider": "gemini", "input_cost_per_token": 1e-6},
  "vertex_ai/d": {"litellm_provider": "vertex_ai-anthropic_models", "output_cost_per_character": 1e-6},
  "x/e": {"litellm_provider": "bedrock_converse", "output_cost_per_token": 1e-6, "output_cost_per_reasoning_token": 2e-6},
  "f": {"litellm_provider": "openai", "input_cost_per_token": "1e-6", "output_cost_per_token": -1, "input_cost_per_image": 1000001,
        "cost_per_wish": 3, "input_cost_per_token_batches_flex": 1, "input_cost_per_second": 0.5, "surprise": {"a": 1},
        "output_cost_per_token_above_a_lot": 1, "search_context_cost_per_query": 0.5, "input_cost_per_token_flex": null},
  "g": {"litellm_provider": "openai", "search_context_cost_per_query": {"search_context_size_high": 0.5, "search_context_size_huge": 1}},
  "h": {"input_cost_per_token": 1}, "i": 7, "j": {"litellm_provider": ""},
  "k": {"litellm_provider": "whisper", "mode": "audio_transcription", "input_cost_per_second": 0.5, "deprecation_date": "2020-02-31",
        "max_input_tokens": "many", "max_output_tokens": -4}}', '2020-01-01');
SELECT model, max_input_tokens, max_output_tokens, deprecated_on FROM quotakit.model WHERE model = 'k';
-- What is not understood makes no model; what is understood in part does.
SELECT model FROM quotakit.model WHERE account_id = 1 AND model IN ('f', 'g', 'h', 'i', 'j') ORDER BY model COLLATE "C";
SELECT action, note FROM quotakit.import_prices('{"wish": {"litellm_provider": "fairy", "max_input_tokens": 3, "cost_per_wish": 1}}', '2020-01-01');
SELECT count(*) FROM quotakit.model WHERE service = 'fairy';

-- Steps by the length of the input: above_tokens. Other steps are not understood.
SELECT model, meter, tier, above_tokens, usd, action, note, key FROM quotakit.import_prices('{
  "dashscope/q": {"litellm_provider": "dashscope", "max_input_tokens": 997952, "tiered_pricing": [
    {"range": [0, 32000.0], "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6, "cache_read_input_token_cost": 1e-7},
    {"range": [32000.0, 128000.0], "input_cost_per_token": 2e-6, "output_cost_per_token": 8e-6, "output_cost_per_token_above_1k_tokens": 1,
     "surprise": 2},
    {"range": [128000.0, 1000000.0], "input_cost_per_token": 3e-6, "input_cost_per_token_batches": 1.5e-6, "output_cost_per_token": "x"}]},
  "flat": {"litellm_provider": "dashscope", "input_cost_per_token": 1e-6, "tiered_pricing": [
    {"range": [0, 10], "input_cost_per_token": 2e-6}, {"range": [10, 20], "input_cost_per_token": 4e-6}]},
  "gap": {"litellm_provider": "dashscope", "tiered_pricing": [
    {"range": [0, 10], "input_cost_per_token": 1}, {"range": [11, 20], "input_cost_per_token": 2}]},
  "late": {"litellm_provider": "dashscope", "tiered_pricing": [{"range": [5, 10], "input_cost_per_token": 1}]},
  "half": {"litellm_provider": "dashscope", "tiered_pricing": [{"range": [0, 1.5], "query": 1}, {"range": [1.5, 2], "query": 1}]},
  "search": {"litellm_provider": "exa", "tiered_pricing": [{"input_cost_per_query": 0.005, "max_results_range": [0, 25]}]},
  "odd": {"litellm_provider": "exa", "tiered_pricing": [7, null]}, "none": {"litellm_provider": "exa", "tiered_pricing": []}}', '2020-01-01');
SELECT model FROM quotakit.model WHERE account_id = 1 AND service IN ('dashscope', 'exa') ORDER BY model COLLATE "C";
-- 32,000 × 0.000001 + 10 × 0.000005; above it 32,001 × 0.000002 + 10 × 0.000008.
SELECT u, trim_scale(c.usd) AS usd FROM (VALUES ('{"input_tokens": 32000, "output_tokens": 10}'::jsonb), ('{"input_tokens": 32001, "output_tokens": 10}'))
  t(u), quotakit.cost('dashscope', 'q', u, '2020-02-01') c;
-- One provider only, as we or the file call it.
SELECT count(DISTINCT model) FROM pg_temp.file, quotakit.import_prices(file, '2020-05-01', true, 'google');
SELECT count(DISTINCT model) FROM pg_temp.file, quotakit.import_prices(file, '2020-05-01', true, 'gemini');
SELECT count(*) FROM pg_temp.file, quotakit.import_prices(file, '2020-05-01', true, 'nobody');
-- No file at all.
SELECT quotakit.import_prices(NULL);
SELECT quotakit.import_prices('[]');
SELECT quotakit.import_prices('{}');
SELECT quotakit.import_prices('{"a": {"litellm_provider": "openai"}}', 'infinity');
SELECT quotakit.import_prices('{"a": {"litellm_provider": "openai"}}', NULL);

-- The built-in prices of all accounts: for a superuser or the extension's owner alone.
SELECT model, action FROM quotakit.import_prices(:'dearer', '2020-04-01', builtin => true) WHERE action <> 'ignored';
SELECT account_id, valid_from, usd FROM quotakit.price WHERE account_id = 0 AND model = 'gpt-4o' AND meter = 'input_tokens' AND tier = 'standard'
  ORDER BY valid_from;
SELECT quotakit.import_prices(:'dearer', '-infinity', builtin => true, replace => true);
CREATE ROLE regress_price_analyst;
GRANT USAGE ON SCHEMA quotakit TO regress_price_analyst;
GRANT EXECUTE ON FUNCTION quotakit.import_prices TO regress_price_analyst;
SET ROLE regress_price_analyst;
SELECT quotakit.import_prices(:'dearer', '2020-06-01', builtin => true);
SELECT quotakit.import_prices(:'dearer', '2020-06-01');
RESET ROLE;
REVOKE ALL ON FUNCTION quotakit.import_prices FROM regress_price_analyst;
REVOKE ALL ON SCHEMA quotakit FROM regress_price_analyst;
DROP ROLE regress_price_analyst;

SET client_min_messages = warning;
DROP EXTENSION quotakit CASCADE;
