-- Patterns: what they may look like, and what they match.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;

-- a pattern comes out as it went in
SELECT p::qpattern::text = p AS same, p::qpattern
FROM unnest(ARRAY['a', '*', '**', 'a/**/b', 'gpt-*', '*mini*', '{a,b}', '{gpt-*,claude-*}/x', 'größe/*', '**/**', '{a}']) p;
SELECT qpattern_send('a/*');

-- bad ones, with the place
CREATE FUNCTION pg_temp.bad(pattern text, OUT state text, OUT said text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pattern::quotakit.qpattern;
  state := 'none';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END $$;
SELECT p, b.* FROM unnest(ARRAY[
  '', '/', 'a/', '/*', 'a//b', 'a**', '**a', 'a/***', '{', '}', '{}', '{a', 'a}', '{a,}', '{,a}', '{a,,b}', '{a}b', 'x{a,b}',
  '{{a},b}', '{a/b}', '{**,a}', 'a,b', 'a b', '.', 'a/..', '{a,..}', 'a/b%', '\*'
]) p, pg_temp.bad(p) b;
SELECT state, left(said, 30) AS said, length(said), detail FROM unnest(ARRAY[
  repeat('x', 64), repeat('x', 63) || '*', '*' || repeat('x', 64), rtrim(repeat('*/', 65), '/'), repeat('x', 2048),
  'a/' || chr(8238), '{a,' || chr(160) || '}'
]) p, pg_temp.bad(p) b;
SELECT 'a/b**'::qpattern;

-- matching
SELECT q AS pattern, p AS path, p ~ q AS matches
FROM (VALUES
  ('acme', 'acme'), ('acme', 'acme/x'), ('acme', 'acm'), ('acme', 'Acme'),
  ('*', 'a'), ('*', 'a/b'), ('*/b', 'a/b'), ('a/*', 'a'), ('a/*/c', 'a/b/c'), ('a/*/c', 'a/c'),
  ('**', 'a/b/c'), ('a/**', 'a'), ('a/**', 'a/b/c'), ('a/**', 'ab'), ('**/c', 'c'), ('**/c', 'a/b/c'), ('**/c', 'a/c/b'),
  ('a/**/d', 'a/d'), ('a/**/d', 'a/b/c/d'), ('a/**/d', 'a/b/d/c'), ('**/b/**', 'a/b/c'), ('**/b/**', 'a/c'),
  ('**/b/*/d', 'b/x/b/y/d'), ('**/a/**/a', 'a'), ('**/a/**/a', 'a/a'), ('**/*', 'a'), ('*/**/*', 'a'), ('**/**', 'a'),
  ('gpt-*', 'gpt-4o'), ('gpt-*', 'gpt-'), ('gpt-*', 'gpt'), ('gpt-*', 'gpt-4o/x'), ('*-mini', 'gpt-4o-mini'),
  ('*a*b*', 'xaxbx'), ('*a*b*', 'xbxax'), ('a*a', 'a'), ('a*a', 'aa'), ('a*a', 'aba'), ('*ab', 'aab'), ('*aab', 'aaab'),
  ('{a,b}', 'b'), ('{a,b}', 'c'), ('{a,b}/{c,d*}', 'a/dx'), ('{gpt-*,claude-*}', 'claude-3'), ('{a,b}', 'a/b'),
  ('**/{m1,m2}/**', 'x/m2/y'), ('größe/*ü*', 'größe/xüy'), ('*ß*', 'größe'), ('g*e', 'größe')
) v(pattern, path), LATERAL (SELECT pattern::qpattern, path::qpath) AS typed(q, p);
SELECT 'a/*'::qpattern ~ 'a/b'::qpath AS commuted, NULL::qpath ~ 'a'::qpattern AS null_path, 'a'::qpath ~ NULL::qpattern AS null_pattern;

-- patterns made to take for ever: many stars, among labels and inside one
SET statement_timeout = '5s';
SELECT count(*) FILTER (WHERE rtrim(repeat('a/', 32), '/')::qpath ~ (repeat('**/a/', 30) || 'b')::qpattern) AS among_labels,
       count(*) FILTER (WHERE repeat('a', 63)::qpath ~ (repeat('*a', 60) || 'b')::qpattern) AS inside_a_label,
       count(*) FILTER (WHERE rtrim(repeat(repeat('a', 30) || '/', 32), '/')::qpath
                              ~ (repeat('**/*a*a*a*a*a*a*b/', 20) || 'b')::qpattern) AS both
FROM generate_series(1, 100);
RESET statement_timeout;

-- by a slow but plain reference: a regular expression over the labels
SELECT setseed(0.3);
CREATE TEMP TABLE pattern AS
SELECT DISTINCT string_agg((ARRAY['a', 'b', '*', '**', 'a*', '*b', '{a,bb}', '{a*,b}', 'ab'])[1 + floor(random() * 9)::int], '/') AS q
FROM generate_series(1, 400) i, generate_series(1, 5) WHERE random() < 0.6 GROUP BY i;
CREATE TEMP TABLE path AS
SELECT DISTINCT string_agg((ARRAY['a', 'b', 'ab', 'bb', 'ba', 'aab'])[1 + floor(random() * 6)::int], '/') AS p
FROM generate_series(1, 400) i, generate_series(1, 5) WHERE random() < 0.6 GROUP BY i;
-- Each label of the path and each item is followed by a slash.
CREATE FUNCTION pg_temp.as_regexp(q text) RETURNS text
RETURN '^(' || (
  SELECT string_agg(CASE item WHEN '**' THEN '([^/]+/)*' WHEN '*' THEN '[^/]+/'
    ELSE '(' || replace(replace(trim(item, '{}'), '*', '[^/]*'), ',', '|') || ')/' END, '' ORDER BY i)
  FROM string_to_table(q, '/') WITH ORDINALITY s(item, i)) || ')$';
SELECT count(*) > 20000 AS enough, count(*) FILTER (WHERE p::qpath ~ q::qpattern) > 1000 AS enough_match,
       count(*) FILTER (WHERE (p::qpath ~ q::qpattern) <> (p || '/' ~ r)) AS differ
FROM (SELECT q, pg_temp.as_regexp(q) AS r FROM pattern) pattern, path;

-- the range of what can match holds all that matches
SELECT count(*) AS outside FROM pattern, path
WHERE p::qpath ~ q::qpattern AND NOT (p::qpath >= qpattern_lower(q::qpattern) AND p::qpath < qpattern_upper(q::qpattern));
SELECT q, qpattern_lower(q::qpattern), qpattern_upper(q::qpattern)
FROM unnest(ARRAY['a', 'a/b/**', 'a/b/*', 'a/gpt-*/x', 'a/aé*', 'a/é*', 'z*', 'a/{b,c}']) q;
SELECT qpattern_upper('**') > (repeat(chr(1114111), 15) || '/x')::qpath AS above_all, qpattern_lower('**') <= '+' AS below_all;
