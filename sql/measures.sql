-- Measures: what is summed over events, as one value.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;

-- Text in and out.
SELECT '{}'::quotakit.measures, '{events=3,usd=-1200}'::quotakit.measures,
       '{usd=1,events=2}'::quotakit.measures, '{credits=85070591730234615865843651857942052863}'::quotakit.measures;
SELECT ''::quotakit.measures;
SELECT '{'::quotakit.measures;
SELECT '{events}'::quotakit.measures;
SELECT '{events=}'::quotakit.measures;
SELECT '{events=-}'::quotakit.measures;
SELECT '{events=1'::quotakit.measures;
SELECT '{events=1,}'::quotakit.measures;
SELECT '{events=1}}'::quotakit.measures;
SELECT '{events=1.5}'::quotakit.measures;
SELECT '{seconds=1}'::quotakit.measures;
SELECT '{usd=85070591730234615865843651857942052865}'::quotakit.measures;

-- By name, and from rows of any table that has the columns.
SELECT quotakit.measures(), quotakit.measures(events => 1, requests => 2, output_tokens => 5, usd => 7);
SELECT quotakit.measures(NULL::quotakit.rollup_hour);
SELECT quotakit.measures(r) FROM (SELECT 1::int8 AS credits, 2::int8 AS usd, 3::int8 AS events, 0::int8 AS failed, 0::int8 AS unpriced,
  0::int8 AS requests, 4::int8 AS input_tokens, 0::int8 AS cached_input_tokens, 0::int8 AS cache_write_tokens,
  NULL::int8 AS output_tokens, 0::int8 AS reasoning_tokens, 'x' AS other) r;
SELECT quotakit.measures(r) FROM (SELECT 1::int8 AS usd) r;
SELECT quotakit.measures(r) FROM (SELECT 1 AS events) r;
-- Every table of rollups has them; one that gets a column more is met by this.
SELECT c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum) = (
  SELECT string_agg(m.attname, ' ' ORDER BY m.attnum) FROM pg_attribute m WHERE m.attrelid = 'quotakit._measure_row'::regclass AND m.attnum > 0) AS same
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.oid IN ('quotakit.rollup_delta'::regclass, 'quotakit.rollup_hour'::regclass, 'quotakit.subtree_hour'::regclass, 'quotakit.subtree_day'::regclass)
  AND a.attname NOT IN ('account_id', 'delta_id', 'node_id', 'hour', 'day', 'service', 'model')
GROUP BY c.relname ORDER BY c.relname;

-- Arithmetic.
SELECT '{events=3,usd=5}'::quotakit.measures OPERATOR(quotakit.+) '{usd=7,failed=1}' AS plus,
       '{events=3,usd=5}'::quotakit.measures OPERATOR(quotakit.-) '{usd=7,failed=1}' AS minus,
       OPERATOR(quotakit.-) '{events=3,usd=-5}'::quotakit.measures AS negated,
       -2 OPERATOR(quotakit.*) '{events=3,usd=-5}'::quotakit.measures AS times,
       '{events=3}'::quotakit.measures OPERATOR(quotakit.=) '{events=3,usd=0}' AS equal,
       '{events=3}'::quotakit.measures OPERATOR(quotakit.=) '{events=3,usd=1}' AS unequal,
       quotakit._is_zero('{}') AS zero, quotakit._is_zero('{reasoning_tokens=-1}') AS not_zero;
SELECT quotakit.sum(m::quotakit.measures) FROM (VALUES ('{events=1,usd=9223372036854775807}'), (NULL), ('{events=1,usd=9223372036854775807}')) v(m);
SELECT quotakit.sum(m::quotakit.measures) FROM (VALUES (NULL)) v(m);
SELECT i % 3 AS k, quotakit.sum(quotakit.measures(usd => i)) AS total FROM generate_series(1, 1000) i GROUP BY i % 3 ORDER BY 1;
SELECT quotakit.sum(quotakit.measures(usd => i)) OVER (ORDER BY i) FROM generate_series(1, 3) i;
-- The sum of sums has its end, too.
SELECT m OPERATOR(quotakit.+) m OPERATOR(quotakit.+) m FROM (SELECT '{usd=85070591730234615865843651857942052863}'::quotakit.measures) v(m);
SELECT 4 OPERATOR(quotakit.*) m FROM (SELECT '{usd=85070591730234615865843651857942052863}'::quotakit.measures) v(m);

-- What a policy counts of them.
SELECT u AS unit, quotakit.amount_of(quotakit.measures(events => 1, requests => 2, input_tokens => 10, cached_input_tokens => 20,
  cache_write_tokens => 30, output_tokens => 40, reasoning_tokens => 50, usd => 3, credits => 4), u)
FROM unnest('{usd,credits,requests,tokens}'::text[]) u;
SELECT quotakit.amount_of('{}', 'seconds');
SELECT quotakit.amount_of('{}', '');

-- Out of the value: as columns that are stored, and as totals of any size.
SELECT * FROM quotakit._row('{events=3,failed=1,unpriced=2,requests=4,input_tokens=5,cached_input_tokens=6,cache_write_tokens=7,output_tokens=8,reasoning_tokens=9,usd=10,credits=11}');
SELECT * FROM quotakit._row('{usd=9223372036854775808}');
SELECT usd, tokens FROM quotakit._totals('{usd=-9223372036854775809,input_tokens=9223372036854775807,output_tokens=1}');
