-- Prices: setting them, what a call costs by them, and repricing.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
-- All of it without help from the search path.
SET search_path = '';
SET timezone = 'UTC';

SELECT quotakit.create_account('acme') AS acme;
SET quotakit.account = 'acme';
SELECT version AS before FROM quotakit.account WHERE name = 'acme' \gset
SELECT version AS builtin_before FROM quotakit.account WHERE account_id = 0 \gset

-- What a function says to bad arguments.
CREATE FUNCTION pg_temp.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE call;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE || ' ' || SQLERRM, nullif(hint, ''));
END $$;
-- A cost without the price versions, which a release changes.
CREATE FUNCTION pg_temp.cost(service text, model text, usage jsonb, at timestamptz DEFAULT '2020-06-01',
    tier text DEFAULT 'standard', OUT usd numeric, OUT credits numeric, OUT unpriced bool, OUT priced_by text)
  LANGUAGE sql AS $$
  SELECT pg_catalog.trim_scale(c.usd), pg_catalog.trim_scale(c.credits), c.unpriced,
         (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d ->> 'meter',
              CASE WHEN d ->> 'meter' <> d ->> 'priced_as' THEN 'as ' || (d ->> 'priced_as') END,
              d ->> 'tier', '>' || nullif(d ->> 'above_tokens', '0')), ', ')
            FROM pg_catalog.jsonb_array_elements(c.detail) d WHERE d ->> 'price_version' IS NOT NULL)
    FROM quotakit.cost($1, $2, $3, $4, $5) c $$;

-- Services and models.
SELECT quotakit.create_service('house', 'Our own models');
SELECT quotakit.create_service('house', 'Models of the house');
SELECT quotakit.create_service('house');
SELECT service, title FROM quotakit.service WHERE account_id = 1;
SELECT quotakit.create_model('house', 'small', 8000, 1000);
SELECT quotakit.create_model('house', 'small', deprecated_on => '2027-01-01');
SELECT quotakit.create_model('openai', 'our-tuned-model');
SELECT service, model, max_input_tokens, max_output_tokens, deprecated_on FROM quotakit.model WHERE account_id = 1;
SELECT service, title FROM quotakit.service WHERE account_id = 1 ORDER BY service COLLATE "C";

-- A dated price; a correction of it, which keeps the old row; the next one.
SELECT quotakit.set_price('house', 'small', 'input_tokens', 0.000001, valid_from => '2020-01-01') AS v1 \gset
SELECT quotakit.set_price('house', 'small', 'input_tokens', 0.000002, valid_from => '2020-01-01');
SELECT quotakit.set_price('house', 'small', 'input_tokens', 0.000002, valid_from => '2020-01-01', replace => true) AS v2 \gset
SELECT quotakit.set_price('house', 'small', 'input_tokens', 0.000004, valid_from => '2020-03-01') AS v3 \gset
SELECT price_version - :v1 AS n, valid_from, usd, credits, superseded_by - :v1 AS superseded_by
  FROM quotakit.price WHERE account_id = 1 ORDER BY price_version;
SELECT at, usd, unpriced, price_version - :v1 AS n
  FROM (VALUES ('2019-12-31 23:59:59.999'::timestamptz), ('2020-01-01'), ('2020-02-28 23:59:59.999'), ('2020-03-01')) t(at),
       quotakit.cost('house', 'small', '{"input_tokens": 1000}', at);
-- Every change is seen by the backends that cache: by the account's version, not the built-in one.
SELECT version > :before AS changed FROM quotakit.account WHERE name = 'acme';
SELECT version = :builtin_before AS unchanged FROM quotakit.account WHERE account_id = 0;
-- Even a writer of the table cannot make two prices live at a time.
INSERT INTO quotakit.price (account_id, service, model, meter, valid_from, usd)
  VALUES (1, 'house', 'small', 'input_tokens', '2020-03-01', 1);

-- Bad input.
SELECT call, pg_temp.try('SELECT quotakit.' || call) FROM (VALUES
  ('create_service(NULL)'), ('create_service('''')'), ($$create_service(repeat('x', 101))$$), ($$create_service(E'a\nb')$$),
  ($$create_service('x', repeat('x', 201))$$),
  ($$create_model('nowhere', 'm')$$), ($$create_model('house', '')$$), ($$create_model('house', repeat('m', 201))$$),
  ($$create_model('house', 'm', 0)$$), ($$create_model(NULL, 'm')$$),
  ($$set_price('nowhere', 'm', 'input_tokens', 1)$$), ($$set_price(NULL, 'm', 'input_tokens', 1)$$),
  ($$set_price('house', 'm', NULL, 1)$$), ($$set_price('house', 'm', 'Input tokens', 1)$$),
  ($$set_price('house', 'm', repeat('m', 64), 1)$$), ($$set_price('house', repeat('m', 201), 'x', 1)$$),
  ($$set_price('house', 'm', 'x')$$), ($$set_price('house', 'm', 'x', -0.000001)$$),
  ($$set_price('house', 'm', 'x', 'NaN')$$), ($$set_price('house', 'm', 'x', 'Infinity')$$),
  ($$set_price('house', 'm', 'x', 1000000.000001)$$), ($$set_price('house', 'm', 'x', 0.1234567890123456785)$$),
  ($$set_price('house', 'm', 'x', credits => -1)$$), ($$set_price('house', 'm', 'x', 1, 'NaN')$$),
  ($$set_price('house', 'm', 'x', 1, tier => '')$$), ($$set_price('house', 'm', 'x', 1, tier => NULL)$$),
  ($$set_price('house', 'm', 'x', 1, tier => repeat('t', 64))$$), ($$set_price('house', 'm', 'x', 1, above_tokens => -1)$$),
  ($$set_price('house', 'm', 'x', 1, above_tokens => NULL)$$), ($$set_price('house', 'm', 'x', 1, valid_from => NULL)$$),
  ($$set_price('house', 'm', 'x', 1, valid_from => 'infinity')$$),
  ($$set_price('house', 'small', 'input_tokens', 1, valid_from => '2020-03-01')$$),
  ($$cost('house', 'small', NULL)$$), ($$cost('house', 'small', '[]')$$), ($$cost('house', 'small', '{"input_tokens": "7"}')$$),
  ($$cost('house', 'small', '{"input_tokens": -1}')$$), ($$cost('house', 'small', '{"input_tokens": 1.5}')$$),
  ($$cost('house', 'small', '{"image": 0.1234567}')$$), ($$cost('house', 'small', '{"Bild": 1}')$$),
  ($$cost('house', 'small', '{"input_tokens": 1e13}')$$), ($$cost('house', 'small', '{"input_tokens": 1000000000000}')$$),
  ($$cost('house', 'small', (SELECT jsonb_object_agg('m' || i, 1) FROM generate_series(1, 17) i))$$),
  -- At the edges all is well.
  ($$set_price('house', 'edge', 'x', 1000000, 0.000000000000000001)$$),
  ($$set_price('house', 'edge', 'y', 0.1234567890123456780000)$$),
  ($$cost('house', 'edge', '{"x": 0.000001}')$$)) t(call);

-- The choice of a price, one rule a step. Built-in first.
SET quotakit.account = 'builtin';
SELECT quotakit.create_service('bakery');
SELECT quotakit.set_price('bakery', NULL, m, usd, valid_from => '-infinity') IS NOT NULL AS ok
  FROM (VALUES ('input_tokens', 100), ('output_tokens', 200)) t(m, usd);
SET quotakit.account = 'acme';
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"input_tokens": 1}');
-- The exact model goes before any model,
SELECT quotakit.set_price('bakery', 'rye', 'input_tokens', 3, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"input_tokens": 1}');
SELECT * FROM pg_temp.cost('bakery', 'oat', '{"input_tokens": 1}');
-- but the account's own before a built-in one, however exact.
SELECT quotakit.set_price('bakery', '', 'output_tokens', 5, valid_from => '-infinity') IS NOT NULL AS ok;
SET quotakit.account = 'builtin';
SELECT quotakit.set_price('bakery', 'rye', 'output_tokens', 300, tier => 'batch', valid_from => '-infinity') IS NOT NULL AS ok;
SET quotakit.account = 'acme';
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"output_tokens": 1}', tier => 'batch');
-- The exact model goes before the asked tier, the asked tier before standard, no other tier is taken.
SELECT quotakit.set_price('bakery', '', 'input_tokens', 7, tier => 'batch', valid_from => '-infinity') IS NOT NULL AS ok;
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"input_tokens": 1}', tier => 'batch');
SELECT quotakit.set_price('bakery', 'rye', 'input_tokens', 9, tier => 'batch', valid_from => '-infinity') IS NOT NULL AS ok;
SELECT t, (pg_temp.cost('bakery', 'rye', '{"input_tokens": 1}', tier => t)).usd
  FROM unnest(ARRAY['batch', 'standard', 'flex', NULL]) t;
-- Then the highest threshold that the input, cached and written to a cache included, is above;
SELECT quotakit.set_price('bakery', 'rye', 'input_tokens', usd, above_tokens => above, valid_from => '-infinity') IS NOT NULL AS ok
  FROM (VALUES (11, 10), (13, 20)) t(usd, above);
SELECT u, c.usd, c.priced_by FROM (VALUES
  ('{"input_tokens": 10}'::jsonb), ('{"input_tokens": 11}'), ('{"input_tokens": 1, "cached_input_tokens": 9}'),
  ('{"input_tokens": 1, "cached_input_tokens": 9, "cache_write_tokens": 1}'), ('{"input_tokens": 20, "output_tokens": 50}'),
  ('{"input_tokens": 21}')) t(u), pg_temp.cost('bakery', 'rye', u) c;
-- and the tier goes before the threshold.
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"input_tokens": 21}', tier => 'batch');
-- Last the newest that holds.
SELECT quotakit.set_price('bakery', 'rye', 'input_tokens', 17, valid_from => '2020-07-01') IS NOT NULL AS ok;
SELECT at, (pg_temp.cost('bakery', 'rye', '{"input_tokens": 1}', at)).usd
  FROM unnest('{2020-06-30 23:59:59.999,2020-07-01}'::timestamptz[]) at;

-- Fallbacks: cached and written tokens to input, reasoning to output; the meter's own price before any other.
SELECT * FROM pg_temp.cost('bakery', 'oat', '{"cached_input_tokens": 1, "cache_write_tokens": 1, "reasoning_tokens": 1}');
SELECT quotakit.set_price('bakery', '', 'cached_input_tokens', 0.5, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT * FROM pg_temp.cost('bakery', 'rye', '{"cached_input_tokens": 1}');
-- Each currency by itself: a row without usd costs none, and no other row is asked for it.
SELECT quotakit.set_price('bakery', 'spelt', 'output_tokens', credits => 2, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT quotakit.set_price('bakery', 'spelt', 'input_tokens', 0.25, 4, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT * FROM pg_temp.cost('bakery', 'spelt', '{"input_tokens": 2, "output_tokens": 3}');
-- Unpriced: a meter without a price, which costs nothing; or nothing is known of the model.
SELECT u, c.* FROM (VALUES
  ('{"input_tokens": 1}'::jsonb), ('{"input_tokens": 1, "image": 2}'), ('{"image": 0}'), ('{}'),
  ('{"image": 2}')) t(u), pg_temp.cost('bakery', 'rye', u) c;
SELECT s, u, c.* FROM (VALUES
  ('house', '{}'::jsonb), ('house', '{"input_tokens": 1}'), ('nowhere', '{}'), (NULL, '{}')) t(s, u),
  pg_temp.cost(s, 'unheard of', u) c;
-- Requests are counted once unless said otherwise, and free without a price.
SELECT quotakit.set_price('house', 'door', 'requests', 0.25, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT u, c.* FROM (VALUES ('{}'::jsonb), ('{"requests": 3}'), ('{"requests": 0}')) t(u), pg_temp.cost('house', 'door', u) c;

-- Rounded once, half up, to a nano.
SELECT quotakit.set_price('house', 'nano', m, usd, usd, valid_from => '-infinity') IS NOT NULL AS ok
  FROM (VALUES ('a', 0.0000000005), ('b', 0.000000000499999999), ('c', 0.000000000000000001), ('d', 0.0000000015)) t(m, usd);
SELECT u, c.usd, c.credits FROM (VALUES
  ('{"a": 1}'::jsonb),                    -- 0.5 nano, up
  ('{"b": 1}'),                           -- 0.499999999 nano, down
  ('{"b": 1, "c": 1}'),                   -- 0.5 nano together: rounded once
  ('{"a": 1, "b": 1}'),                   -- 0.999999999 nano
  ('{"d": 1}'), ('{"d": 3}'), ('{"d": 0.333333}'),  -- 1.5, 4.5 and 0.4999995 nano
  ('{"c": 499999999.999999}'), ('{"c": 500000000}')) t(u), quotakit.cost('house', 'nano', u) c;
-- What a cost is made of.
SELECT jsonb_pretty(jsonb_agg(d - 'price_version' ORDER BY n)) FROM quotakit.cost('house', 'nano', '{"a": 2}') c,
  jsonb_array_elements(c.detail) WITH ORDINALITY d(d, n) WHERE d ->> 'meter' = 'a';

-- Prices in force.
SELECT account_id, built_in, model, meter, tier, above_tokens, usd_per_unit, usd_per_million, credits_per_unit, valid_from
  FROM quotakit.price_current WHERE service IN ('bakery', 'house') AND model IN ('rye', 'small', 'spelt', '')
  ORDER BY account_id, model COLLATE "C", meter COLLATE "C", tier COLLATE "C", above_tokens;
SELECT count(*) FILTER (WHERE built_in) > 1000 AS common_providers FROM quotakit.price_current;

-- What came with the extension is not replaced, but followed.
SET quotakit.account = 'builtin';
SELECT quotakit.set_price('openai', 'gpt-4o', 'input_tokens', 1, valid_from => '-infinity', replace => true);
SELECT quotakit.set_price('openai', 'gpt-4o', 'input_tokens', 1, valid_from => '2020-09-01') > 999999999 AS ok;
SELECT quotakit.create_model('openai', 'gpt-4o', 5);
SELECT max_input_tokens FROM quotakit.model WHERE account_id = 0 AND model = 'gpt-4o';
SELECT version > :builtin_before AS changed FROM quotakit.account WHERE account_id = 0;
SET quotakit.account = 'acme';

-- Repricing, in a month that nothing else is in.
SELECT quotakit.create_node('rye', service => 'bakery') IS NOT NULL AND quotakit.create_node('rye/dark', service => 'bakery') IS NOT NULL
  AND quotakit.create_node('lab', service => 'house') IS NOT NULL AS ok;
INSERT INTO quotakit.event (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, meters)
  SELECT 1, t.at, quotakit.uuid7(t.at), n.node_id, t.flags, t.model, t.tier, t.input, 0, 0, t.output, 0, 1,
         t.nano, 0, 1, now(), 0, t.meters
    FROM (VALUES
      ('2020-06-02'::timestamptz, 'rye', 0, 'rye', 'standard', 2, 0, 6000000000, NULL::jsonb),     -- 2 × 3: as it is
      ('2020-06-03', 'rye/dark', 0, 'rye', 'standard', 1, 1, 5000000000, NULL),                    -- 3 + 5: 3 too little
      ('2020-06-04', 'rye/dark', 0, 'rye', 'batch', 1, 0, 10000000000, NULL),                      -- 9: 1 too much
      ('2020-06-05', 'rye/dark', 64, 'rye', 'standard', 1, 0, 0, NULL),                            -- uncharged
      ('2020-06-05 12:00', 'rye/dark', 256, 'rye', 'standard', 1, 0, 5, NULL),                           -- given by the caller
      ('2020-06-06', 'lab', 8, 'nano', 'standard', 0, 0, 0, '{"a": 3, "d": 0.5}'),                 -- 2.25 nano, was unpriced
      ('2020-06-07', 'rye', 0, 'rye', 'standard', 11, 0, 0, NULL)                                  -- out of the range below
    ) t(at, path, flags, model, tier, input, output, nano, meters)
    JOIN quotakit.node n ON n.account_id = 1 AND n.path OPERATOR(quotakit.=) t.path::quotakit.qpath;
-- A draw names its reservation, whose id another event has: no adjustment of that.
INSERT INTO quotakit.event SELECT 1, d.at, quotakit.uuid7(d.at), e.node_id, 0, 'rye', 'standard', 1, 0, 0, 0, 0, 1, 3000000000, 0, 1, now(), 0, e.event_id
  FROM quotakit.event e, (VALUES ('2020-06-02 01:00'::timestamptz)) d(at) WHERE e.at = '2020-06-02';
SELECT * FROM quotakit.reprice('2020-06-01', '2020-06-07');
SELECT count(*) FROM quotakit.event WHERE flags & 128 <> 0;
SELECT path, events, changed, difference_usd FROM quotakit.reprice('2020-06-01', '2020-06-07', service => 'bakery');
SELECT path, events, changed, difference_usd FROM quotakit.reprice('2020-06-01', '2020-06-07', model => 'nano');
SELECT path, events, changed, difference_usd, difference_credits FROM quotakit.reprice('2020-06-01', '2020-06-07', dry_run => false);
-- Added beside the events, which stay as they are; a second run changes nothing.
SELECT e.at, n.path, e.flags, e.usd, e.credits, e.requests, e.input_tokens, e.ref_id = o.event_id AS of_the_event
  FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id)
  LEFT JOIN quotakit.event o ON o.account_id = 1 AND o.at = e.at AND o.flags & 128 = 0 AND e.flags & 128 <> 0
  WHERE e.at < '2020-06-07' ORDER BY e.at, e.flags;
SELECT path, events, changed, old_usd, difference_usd FROM quotakit.reprice('2020-06-01', '2020-06-07', dry_run => false);
-- Another correction starts from the earlier ones.
SELECT quotakit.set_price('bakery', 'rye', 'input_tokens', 4, valid_from => '-infinity', replace => true) IS NOT NULL AS ok;
SELECT path, events, changed, old_usd, new_usd, difference_usd FROM quotakit.reprice('2020-06-01', '2020-06-07', 'bakery', dry_run => false);
SELECT sum(changed) FROM quotakit.reprice('2020-06-01', '2020-06-07', dry_run => false);
SELECT quotakit.reprice('2020-06-07', '2020-06-07');
SELECT quotakit.reprice(NULL, '2020-06-07');
SELECT quotakit.reprice('2020-06-01', '2020-06-07', service => 'nowhere');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum(changed) FROM quotakit.reprice('2020-06-01', '2020-06-07');
SELECT quotakit.reprice('2020-06-01', '2020-06-07', dry_run => false);
ROLLBACK;

-- It costs every event as cost() does: over dates, thresholds, tiers, fallbacks and named meters.
SELECT quotakit.set_price('bakery', 'rye', m, usd, usd * 3, valid_from => at, above_tokens => above, tier => tier) IS NOT NULL AS ok
  FROM (VALUES ('input_tokens', 0.0000000013, '2020-06-15'::timestamptz, 0, 'standard'), ('input_tokens', 0.0000000017, '2020-06-12', 25, 'batch'),
               ('output_tokens', 0.0000000019, '2020-06-18', 40, 'standard'), ('image', 0.0000000005, '2020-06-14', 0, 'flex')) t(m, usd, at, above, tier);
INSERT INTO quotakit.event (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, meters)
  SELECT 1, t.at, quotakit.uuid7(t.at), n.node_id, 0, (ARRAY['rye', 'oat', 'spelt', 'gpt-5.4', ''])[1 + i % 5],
         (ARRAY['standard', 'batch', 'flex'])[1 + i % 3], i * 7 % 31, i * 11 % 13, i * 5 % 3, i % 17, i % 4, i % 2, 0, 0, 0, now(), 0,
         CASE WHEN i % 7 = 0 THEN jsonb_build_object('image', (i % 10) / 10.0, 'audio_second', i % 2) END
    FROM generate_series(1, 1000) i, LATERAL (SELECT '2020-06-10'::timestamptz + i * '17 minutes'::interval) t(at),
         quotakit.node n WHERE n.account_id = 1 AND n.path OPERATOR(quotakit.=) 'rye'::quotakit.qpath;
SELECT count(*) AS events, count(DISTINCT r.new_usd) > 200 AS diverse,
       count(*) FILTER (WHERE (r.new_usd * 0.000000001, r.new_credits * 0.000000001, r.price_version)
         IS DISTINCT FROM (c.usd, c.credits, c.price_version)) AS differ
  FROM quotakit._reprice_events(1, '2020-06-10', '2020-07-01', NULL, NULL) r
  JOIN quotakit.event e ON e.account_id = 1 AND e.at = r.at AND e.event_id = r.event_id,
  quotakit._cost(1, 'bakery', e.model, coalesce(e.meters, '{}') || jsonb_build_object('input_tokens', e.input_tokens,
    'cached_input_tokens', e.cached_input_tokens, 'cache_write_tokens', e.cache_write_tokens, 'output_tokens', e.output_tokens,
    'reasoning_tokens', e.reasoning_tokens, 'requests', e.requests), e.at, e.tier) c;

-- The engine costs what the rules say: a thousand calls of all kinds against cost().
SELECT quotakit.set_price('bakery', 'wheat', m, usd, usd * 7, valid_from => now() - age, above_tokens => above, tier => tier) IS NOT NULL AS ok
  FROM (VALUES ('input_tokens', 0.0000000013, '20 days'::interval, 0, 'standard'), ('input_tokens', 0.0000000017, '15 days', 25, 'batch'),
    ('input_tokens', 0.0000000023, '9 days', 25, 'standard'), ('output_tokens', 0.0000000019, '20 days', 40, 'standard'),
    ('cached_input_tokens', 0.000000000499999999, '5 days', 0, 'flex'), ('image', 0.0000000005, '14 days', 0, 'flex'),
    ('requests', 0.000000001, '3 days', 0, 'batch')) t(m, usd, age, above, tier);
CREATE TEMP TABLE call AS
  SELECT i, u.id, quotakit.uuid_time(u.id) AS at, (ARRAY['wheat', 'rye', 'spelt', 'gpt-5.4', NULL])[1 + i % 5] AS model,
         (ARRAY['standard', 'batch', 'flex'])[1 + i % 3] AS tier,
         jsonb_strip_nulls(jsonb_build_object('input_tokens', i * 7 % 31, 'cached_input_tokens', i * 11 % 13,
           'cache_write_tokens', i * 5 % 3, 'output_tokens', i % 17, 'reasoning_tokens', i % 4, 'requests', nullif(i % 4, 3),
           'image', CASE WHEN i % 7 = 0 THEN (i % 10) / 10.0 END, 'audio_second', CASE WHEN i % 9 = 0 THEN 0.000001 END)) AS usage
    FROM generate_series(1, 1000) i, LATERAL (SELECT quotakit.uuid7(now() - '21 days'::interval + i * '30 minutes'::interval) AS id) u;
CREATE TEMP TABLE answer AS
  SELECT b.outcome, b.answer::jsonb AS answer FROM quotakit.batch((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('op', 'log', 'id', c.id,
      'path', 'rye', 'model', c.model, 'tier', c.tier, 'usage', c.usage)) ORDER BY c.i) FROM pg_temp.call c)) b;
SELECT outcome, count(*) FROM pg_temp.answer GROUP BY outcome;
SELECT count(*) AS events, count(DISTINCT e.usd) > 200 AS diverse, count(*) FILTER (WHERE c.unpriced) AS unpriced,
       count(*) FILTER (WHERE (e.usd * 0.000000001, e.credits * 0.000000001, e.price_version, e.flags & 8 <> 0)
         IS DISTINCT FROM (c.usd, c.credits, c.price_version, c.unpriced)) AS differ
  FROM pg_temp.call t JOIN quotakit.event e ON e.account_id = 1 AND e.at = t.at AND e.event_id = t.id,
       quotakit.cost('bakery', t.model, t.usage, t.at, t.tier) c;

-- What was called without a price.
INSERT INTO quotakit.rollup_hour SELECT 1, node_id, '2020-06-06 10:00', 'nano', 4, 0, 3, 4, 10, 1, 1, 1, 1, 0, 0
  FROM quotakit.node WHERE path OPERATOR(quotakit.=) 'lab'::quotakit.qpath;
INSERT INTO quotakit.rollup_delta SELECT 1, nextval('quotakit.rollup_delta_id_seq'), node_id, 'nano', '2020-06-06 12:00', 2, 0, 2, 2, 5, 0, 0, 0, 0, 0, 0
  FROM quotakit.node WHERE path OPERATOR(quotakit.=) 'lab'::quotakit.qpath;
INSERT INTO quotakit.rollup_delta SELECT 1, nextval('quotakit.rollup_delta_id_seq'), node_id, m, '2020-06-06 13:00', 1, 0, u, 1, 5, 0, 0, 0, 0, 0, 0
  FROM quotakit.node, (VALUES ('mystery', 1), ('small', 0)) t(m, u) WHERE path OPERATOR(quotakit.=) 'lab'::quotakit.qpath;
SELECT * FROM quotakit.unpriced_model WHERE service = 'house' ORDER BY model COLLATE "C";

-- Repricing what the engine recorded: counters and rollups follow, to the last nano.
SELECT quotakit.create_account('beta') AS beta;
SET quotakit.account = 'beta';
SELECT quotakit.create_node('shop', service => 'bakery') IS NOT NULL AS ok;
SELECT quotakit.set_policy('shop', 100, 'usd', 'lifetime') IS NOT NULL AS ok;
SELECT b.outcome, b.answer::jsonb ->> 'usd' AS usd FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id',
    quotakit.uuid7(now() - i * '1 hour'::interval), 'path', 'shop', 'model', 'bun', 'usage', '{"image": 2}'::jsonb)) FROM generate_series(1, 3) i)) b;
SELECT model, events, has_price_now FROM quotakit.unpriced_model WHERE account_id = 2;
SELECT quotakit.set_price('bakery', 'bun', 'image', 0.75, 1, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT model, events, has_price_now FROM quotakit.unpriced_model WHERE account_id = 2;
SELECT path, events, changed, difference_usd, difference_credits FROM quotakit.reprice(now() - '1 day'::interval, now(), dry_run => false);
SELECT model, events, has_price_now FROM quotakit.unpriced_model WHERE account_id = 2;
SELECT path, events, changed, difference_usd, difference_credits FROM quotakit.reprice(now() - '1 day'::interval, now(), dry_run => false);
SELECT events, requests, usd, credits FROM (SELECT sum(events) AS events, sum(requests) AS requests, sum(usd) AS usd, sum(credits) AS credits
  FROM quotakit.rollup_delta WHERE account_id = 2) r;
SELECT used FROM quotakit.counter WHERE account_id = 2 ORDER BY seq DESC LIMIT 1;
-- A price of nothing changes no cost; half a price, or one that holds from later on, leaves a call unpriced.
SELECT b.outcome, b.answer::jsonb ->> 'usd' AS usd FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id',
    quotakit.uuid7(now() - '2 hours'::interval), 'path', 'shop', 'model', m, 'usage', u) ORDER BY m)
  FROM (VALUES ('gift', '{"image": 2}'::jsonb), ('half', '{"image": 2, "second": 1}'), ('late', '{"image": 2, "input_tokens": 7}')) t(m, u))) b;
SELECT quotakit.set_price('bakery', m, 'image', 0, 0, valid_from => f) IS NOT NULL AS ok
  FROM (VALUES ('gift', '-infinity'::timestamptz), ('half', '-infinity'), ('late', now() - '1 hour'::interval)) t(m, f);
SELECT model, events, changed FROM quotakit.reprice(now() - '1 day'::interval, now(), dry_run => false) ORDER BY model COLLATE "C";
SELECT model, events, has_price_now FROM quotakit.unpriced_model WHERE account_id = 2 ORDER BY model COLLATE "C";
SELECT path, events, changed FROM quotakit.reprice(now() - '1 day'::interval, now(), dry_run => false) WHERE changed <> 0;
-- An amount given in credits stays; the USD that were unknown are filled in.
SELECT outcome FROM quotakit.log('shop', model => 'mixed', credits => 3, usage => '{"image": 2}', id => quotakit.uuid7(now() - '2 hours'::interval));
SELECT model, events FROM quotakit.unpriced_model WHERE account_id = 2 AND model = 'mixed';
SELECT quotakit.set_price('bakery', 'mixed', 'image', 0.5, 7, valid_from => '-infinity') IS NOT NULL AS ok;
SELECT model, events, changed, difference_usd, difference_credits FROM quotakit.reprice(now() - '1 day'::interval, now(), model => 'mixed', dry_run => false);
SELECT model, events FROM quotakit.unpriced_model WHERE account_id = 2 AND model = 'mixed';
SELECT changed FROM quotakit.reprice(now() - '1 day'::interval, now(), model => 'mixed');
SELECT outcome FROM quotakit.log('shop', model => 'late', usd => 0, input_tokens => 5, id => quotakit.uuid7(now() - '2 hours'::interval));
-- The ledger tells the same, and so do the sums when time is cut anew, and whether folded or not.
SELECT count(*) FILTER (WHERE unpriced) AS were, count(*) FILTER (WHERE now_priced) AS priced_since FROM quotakit.ledger WHERE account_id = 2;
SELECT sum(events) AS events, sum(tokens) AS tokens FROM quotakit.unpriced_model WHERE account_id = 2;
SELECT quotakit.set_account(time_zone => 'Asia/Kathmandu') \g /dev/null
SELECT sum(events) AS events, sum(tokens) AS tokens FROM quotakit.unpriced_model WHERE account_id = 2;
SELECT count(*) AS differ FROM quotakit.verify('beta');
-- What retention has sealed keeps its cost, whether its events are still there or not.
SELECT b.outcome FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id', quotakit.uuid7(now() - i * '10 days'::interval),
    'path', 'shop', 'model', 'old', 'usage', '{"image": 1}'::jsonb) ORDER BY i) FROM (VALUES (2), (4)) v(i))) b;
SELECT quotakit.set_account(retention => '35 days') \g /dev/null
SELECT quotakit._retain_account(2) IS NOT NULL AS sealed;
SELECT quotakit.set_price('bakery', 'old', 'image', 0.5, valid_from => '-infinity') IS NOT NULL AS ok;
SET client_min_messages = warning; -- the notice has a date
SELECT events, changed, difference_usd FROM quotakit.reprice(now() - '90 days'::interval, now(), model => 'old', dry_run => false);
SELECT events, changed, difference_usd FROM quotakit.reprice(now() - '90 days'::interval, now() - '38 days'::interval, model => 'old', dry_run => false);
SELECT count(*) AS differ FROM quotakit.verify('beta');
-- More than an hour's total can hold: the account is left alone, and the others go on.
SELECT quotakit.create_account('gamma') AS gamma;
SET quotakit.account = 'gamma';
SELECT quotakit.create_node('shop', service => 'bakery') IS NOT NULL AS ok;
INSERT INTO quotakit.rollup_delta SELECT 3, nextval('quotakit.rollup_delta_id_seq'), n.node_id, '', quotakit.local_hour(now(), 'UTC'), 1, 0, 0, 1, 0, 0, 0, 0, 0, 9000000000000000000, 0
  FROM quotakit.node n, generate_series(1, 2) WHERE n.account_id = 3;
SET quotakit.account = 'beta';
SELECT count(*) FROM quotakit.log('shop', usd => 1);
SET client_min_messages = error; -- the warning has a number
SELECT quotakit.fold_rollups() > 0 AS folded;
RESET client_min_messages;
SELECT account_id, count(*) FROM quotakit.rollup_delta WHERE account_id IN (2, 3) GROUP BY 1;
SELECT sum(cost_usd) FROM quotakit.usage_hour WHERE account_id = 3;
DELETE FROM quotakit.rollup_delta WHERE account_id = 3;

SET client_min_messages = warning;
DROP EXTENSION quotakit CASCADE;
