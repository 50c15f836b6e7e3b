-- See run.sh.
SET client_min_messages = warning;
CREATE EXTENSION quotakit;
CREATE SCHEMA lt;
CREATE EXTENSION ltree SCHEMA lt;
SET search_path = public, quotakit, lt;

-- 100 projects of 10 teams of 10 services of 10 tasks. No hyphens in the labels:
-- ltree refuses them before PostgreSQL 16.
CREATE TABLE node_qpath (path qpath NOT NULL);
CREATE TABLE node_ltree (path ltree NOT NULL);
INSERT INTO node_qpath
SELECT format('project%s/team%s/service%s/task%s', i / 1000, i / 100 % 10, i / 10 % 10, i % 10)::qpath
FROM generate_series(0, 99999) i ORDER BY md5(i::text);
INSERT INTO node_ltree SELECT replace(path::text, '/', '.')::ltree FROM node_qpath;
VACUUM ANALYZE node_qpath, node_ltree;
CHECKPOINT;

CREATE TABLE result (kind text, work text, value float8);
SET max_parallel_workers_per_gather = 0;
SET max_parallel_maintenance_workers = 0;
SET jit = off;

-- A subtree of 1,000 rows is a project, one of 10 a service. What is read is what
-- lies below: counted, so that nothing but the scan is measured. The reads are
-- spread over the tree.
CREATE FUNCTION pg_temp.subtree(kind text, rows int, i int) RETURNS text
LANGUAGE sql AS $$
  SELECT CASE kind WHEN 'ltree' THEN replace(p, '/', '.') ELSE p END
  FROM (SELECT CASE rows WHEN 1000 THEN format('project%s', i * 37 % 100)
    ELSE format('project%s/team%s/service%s', i * 37 % 100, i * 7 % 10, i * 3 % 10) END AS p) s
$$;

-- The b-tree is unique, as it is in use; GiST cannot be.
CREATE PROCEDURE pg_temp.build(kind text, method text)
LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz;
BEGIN
  EXECUTE format('DROP INDEX IF EXISTS node_%s_path', kind);
  start := clock_timestamp();
  EXECUTE format('CREATE %s INDEX node_%s_path ON node_%2$s USING %s (path)',
    CASE method WHEN 'btree' THEN 'UNIQUE' END, kind, method);
  INSERT INTO result VALUES (kind, 'build', 1000 * extract(epoch FROM clock_timestamp() - start)),
    (kind, 'size', pg_relation_size(format('node_%s_path', kind)) / 1024);
END $$;

CREATE PROCEDURE pg_temp.read(kind text, rows int, times int)
LANGUAGE plpgsql AS $$
DECLARE
  asked text[];
  start timestamptz;
  found bigint;
  total bigint := 0;
BEGIN
  SELECT array_agg(pg_temp.subtree(kind, rows, i)) INTO asked FROM generate_series(1, times) i;
  start := clock_timestamp();
  FOR i IN 1..times LOOP
    IF kind = 'qpath' THEN
      SELECT count(*) INTO found FROM node_qpath WHERE path <@ asked[i]::qpath;
    ELSE
      SELECT count(*) INTO found FROM node_ltree WHERE path <@ asked[i]::ltree;
    END IF;
    total := total + found;
  END LOOP;
  INSERT INTO result VALUES (kind, 'read ' || rows, 1000 * extract(epoch FROM clock_timestamp() - start) / times);
  ASSERT total = rows * times, format('%s rows instead of %s', total, rows * times);
END $$;

-- Both kinds in turn in each round, so that a slow moment of the machine hits both.
SELECT format('CALL pg_temp.build(%L, %L);', kind, method)
FROM generate_series(1, :rounds), (VALUES ('qpath', 'btree'), ('ltree', 'gist')) k(kind, method) \gexec
VACUUM ANALYZE node_qpath, node_ltree;
SET enable_seqscan = off;
SELECT format('CALL pg_temp.read(%L, %s, %s);', kind, rows, times)
FROM generate_series(1, :rounds + 1), (VALUES (1000, 300), (10, 3000)) w(rows, times), (VALUES ('qpath'), ('ltree')) k(kind) \gexec

\echo
SELECT work || CASE work WHEN 'size' THEN ', kB' ELSE ', ms' END AS work, round(q::numeric, 4) AS qpath, round(l::numeric, 4) AS ltree,
       CASE work WHEN 'size' THEN round((q / l)::numeric, 2) || ' of the size'
         ELSE round((l / q)::numeric, 1) || ' times as fast' END AS ratio
FROM (
  SELECT work, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE kind = 'qpath') AS q,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE kind = 'ltree') AS l
  FROM result GROUP BY work
) s ORDER BY work;
