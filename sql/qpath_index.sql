-- Containment as conditions on a b-tree.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;

CREATE TABLE qpath_node (account_id int NOT NULL, path qpath NOT NULL, note text);
INSERT INTO qpath_node
SELECT a, p::qpath FROM generate_series(1, 3) a, LATERAL (
  SELECT 'r' || r FROM generate_series(0, 9) r
  UNION ALL SELECT 'r' || r || '/m' || m FROM generate_series(0, 9) r, generate_series(0, 9) m
  UNION ALL SELECT 'r' || r || '/m' || m || '/l' || l FROM generate_series(0, 9) r, generate_series(0, 9) m, generate_series(0, 19) l
) s(p);
CREATE UNIQUE INDEX qpath_node_key ON qpath_node (account_id, path);
CREATE INDEX qpath_node_path ON qpath_node (path);
VACUUM ANALYZE qpath_node;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET max_parallel_workers_per_gather = 0;

-- known: constants
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE path <@ 'r1/m2';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE 'r1/m2' @> path;
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE path @> 'r1/m2/l3';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE account_id = 2 AND path <@ 'r1/m2';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE account_id = 2 AND path @> 'r1/m2/l3';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE qpath_within(path, 'r1/m2');
SELECT count(*) FROM qpath_node WHERE account_id = 2 AND path <@ 'r1/m2';
SELECT path FROM qpath_node WHERE account_id = 2 AND path @> 'r1/m2/l3';

-- rows come in the order of the tree without a sort
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE account_id = 2 AND path <@ 'r1' ORDER BY path;
EXPLAIN (COSTS OFF) SELECT path FROM qpath_node WHERE account_id = 2 AND path @> 'r1/m2/l3' ORDER BY path;

-- parameters, in a plan made for any value
SET plan_cache_mode = force_generic_plan;
PREPARE below(int, qpath) AS SELECT path FROM qpath_node WHERE account_id = $1 AND path <@ $2;
PREPARE above(int, qpath) AS SELECT path FROM qpath_node WHERE account_id = $1 AND path @> $2;
EXPLAIN (COSTS OFF) EXECUTE below(2, 'r1/m2');
EXPLAIN (COSTS OFF) EXECUTE above(2, 'r1/m2/l3');
EXECUTE above(2, 'r1/m2/l3');
EXECUTE below(2, 'r1/m2/l3');
EXECUTE below(2, NULL);
DEALLOCATE below;
DEALLOCATE above;
RESET plan_cache_mode;

-- columns of another table
CREATE TABLE qpath_wanted (account_id int, path qpath);
INSERT INTO qpath_wanted VALUES (1, 'r1/m2/l3'), (2, 'r4'), (3, NULL);
ANALYZE qpath_wanted;
SET enable_seqscan = on;
EXPLAIN (COSTS OFF) SELECT n.path FROM qpath_wanted w JOIN qpath_node n ON n.account_id = w.account_id AND n.path <@ w.path;
EXPLAIN (COSTS OFF) SELECT n.path FROM qpath_wanted w JOIN qpath_node n ON n.account_id = w.account_id AND n.path @> w.path;
SET enable_seqscan = off;
SELECT w.path, count(*) FROM qpath_wanted w JOIN qpath_node n ON n.account_id = w.account_id AND n.path <@ w.path GROUP BY 1 ORDER BY 1;
SELECT w.path, count(*) FROM qpath_wanted w JOIN qpath_node n ON n.account_id = w.account_id AND n.path @> w.path GROUP BY 1 ORDER BY 1;

-- "= ANY" below an open range of accounts must not pass for sorted
SET enable_sort = off;
SELECT account_id, path FROM qpath_node WHERE account_id > 1 AND path @> 'r1/m2' ORDER BY account_id, path;
RESET enable_sort;

-- no search_path
SET search_path = '';
EXPLAIN (COSTS OFF) SELECT path FROM public.qpath_node WHERE path OPERATOR(quotakit.<@) 'r1/m2'::quotakit.qpath;
SELECT count(*) FROM public.qpath_node WHERE path OPERATOR(quotakit.@>) 'r1/m2'::quotakit.qpath;
SET search_path = public, quotakit;

-- an operator class with another order is left alone
CREATE OPERATOR CLASS public.qpath_reverse FOR TYPE qpath USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <,
  FUNCTION 1 qpath_cmp(qpath, qpath);
CREATE TABLE qpath_reversed (path qpath);
CREATE INDEX ON qpath_reversed (path public.qpath_reverse);
EXPLAIN (COSTS OFF) SELECT path FROM qpath_reversed WHERE path <@ 'a';
DROP TABLE qpath_reversed;
DROP OPERATOR FAMILY public.qpath_reverse USING btree;

-- by index and by reading all: the same rows, for anything asked
CREATE FUNCTION pg_temp.found(way text, op text, asked qpath) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('enable_seqscan', (way = 'seq')::text, true),
          set_config('enable_indexscan', (way = 'index')::text, true),
          set_config('enable_indexonlyscan', (way = 'index')::text, true),
          set_config('enable_bitmapscan', (way = 'bitmap')::text, true);
  EXECUTE format('SELECT string_agg(t::text, '','' ORDER BY t::text) FROM qpath_random t WHERE path %s %L', op, asked)
    INTO result;
  RETURN coalesce(result, '');
END $$;
SELECT setseed(0.17);
CREATE TABLE qpath_random AS
SELECT string_agg(substr('+-.0aé', 1 + floor(random() * 6)::int, 1) || 'x', '/')::qpath AS path
FROM generate_series(1, 6000) i, generate_series(1, 4) WHERE random() < 0.6 GROUP BY i;
CREATE INDEX ON qpath_random (path);
VACUUM ANALYZE qpath_random;
SELECT op, count(*) > 60 AS enough_asked,
       count(*) FILTER (WHERE pg_temp.found('index', op, path) <> pg_temp.found('seq', op, path)) AS index_differs,
       count(*) FILTER (WHERE pg_temp.found('bitmap', op, path) <> pg_temp.found('seq', op, path)) AS bitmap_differs,
       count(*) FILTER (WHERE pg_temp.found('index', op, path) <> '') > 50 AS enough_found
FROM (
  (SELECT DISTINCT path FROM qpath_random ORDER BY path LIMIT 60)
  UNION (SELECT DISTINCT parent(path) AS p FROM qpath_random WHERE nlevel(path) = 3 ORDER BY p LIMIT 30)
  UNION SELECT unnest(ARRAY['-x/nothing', '+', repeat('z', 63)]::qpath[])
) asked, unnest(ARRAY['<@', '@>']) op
GROUP BY op ORDER BY op;

-- the longest label: its subtree's end is no path, but still the end
INSERT INTO qpath_random VALUES (repeat('z', 63)::qpath), (repeat('z', 63)::qpath || 'below');
INSERT INTO qpath_random VALUES ((repeat('z', 61) || 'é')::qpath);
SELECT count(*) FROM qpath_random WHERE path <@ repeat('z', 63)::qpath;

-- estimates: a tenth of the rows, and one subtree of many
CREATE FUNCTION pg_temp.estimate(condition text) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) SELECT FROM qpath_node WHERE ' || condition INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
SELECT condition, pg_temp.estimate(condition) BETWEEN low AND high AS near
FROM (VALUES
  ('path <@ ''r1''', 500, 800),
  ('path <@ ''r1/m2''', 20, 200),
  ('path @> ''r1/m2/l3''', 3, 30),
  ('path <@ (SELECT ''r1''::qpath)', 1, 50),
  ('path ~ ''r1/**''', 500, 800),
  ('path ~ ''r1/m2''', 1, 10),
  ('path ~ ''nowhere/**''', 1, 10)
) e(condition, low, high);

DROP TABLE qpath_node, qpath_wanted, qpath_random;
