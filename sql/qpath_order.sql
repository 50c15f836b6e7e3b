-- The order of paths is that of their labels, as arrays, bytewise. Random paths
-- from an alphabet that would tell: the least byte, one below the slash, others.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;
SELECT setseed(0.42);

CREATE TEMP TABLE random_path AS
SELECT DISTINCT string_agg(label, '/' ORDER BY i)::qpath AS p, string_agg(label, '/' ORDER BY i) AS t
FROM (
  SELECT path, i, (
    SELECT string_agg(substr('+-.0=_aZé北', 1 + floor(random() * 10)::int, 1), '')
    FROM generate_series(1, 1 + floor(random() * 2)::int + (path + i) * 0)
  ) AS label
  FROM generate_series(1, 4000) path, generate_series(1, 5) i
  WHERE random() < 0.7
) l
WHERE label NOT IN ('.', '..')
GROUP BY path;
SELECT count(*) > 2500 AS enough, count(*) FILTER (WHERE p::text <> t) AS not_round_trip,
       count(*) FILTER (WHERE nlevel(p) > 2) > 1000 AS deep_enough
FROM random_path;

-- all of them sorted
SELECT count(*) AS out_of_order FROM (
  SELECT row_number() OVER (ORDER BY p) AS tree,
         row_number() OVER (ORDER BY string_to_array(t, '/') COLLATE "C") AS labels
  FROM random_path
) s WHERE tree <> labels;

-- pairs: the operators, the comparison and containment
CREATE TEMP TABLE few AS SELECT p, t, string_to_array(t, '/') COLLATE "C" AS l FROM random_path ORDER BY md5(t) LIMIT 300;
INSERT INTO few SELECT parent(p), parent(p)::text, string_to_array(parent(p)::text, '/') FROM few WHERE parent(p) IS NOT NULL;
SELECT count(*) FILTER (WHERE (a.p < b.p) <> (a.l COLLATE "C" < b.l)) AS lt,
       count(*) FILTER (WHERE (a.p <= b.p) <> (a.l COLLATE "C" <= b.l)) AS le,
       count(*) FILTER (WHERE (a.p = b.p) <> (a.t = b.t)) AS eq,
       count(*) FILTER (WHERE (a.p <> b.p) <> (a.t <> b.t)) AS ne,
       count(*) FILTER (WHERE (a.p >= b.p) <> (a.l COLLATE "C" >= b.l)) AS ge,
       count(*) FILTER (WHERE (a.p > b.p) <> (a.l COLLATE "C" > b.l)) AS gt,
       count(*) FILTER (WHERE sign(qpath_cmp(a.p, b.p)) <> (a.p > b.p)::int - (a.p < b.p)::int) AS cmp,
       count(*) FILTER (WHERE (a.p <@ b.p) <> (a.t = b.t OR starts_with(a.t, b.t || '/'))) AS within,
       count(*) FILTER (WHERE (a.p @> b.p) <> (b.p <@ a.p)) AS contains,
       count(*) FILTER (WHERE (a.p <@ b.p) <> (a.p >= b.p AND a.p < qpath_subtree_end(b.p))) AS range,
       count(*) FILTER (WHERE (a.p @> b.p) <> (a.p = ANY (ancestors(b.p)))) AS ancestors,
       count(*) FILTER (WHERE a.p <@ b.p AND a.t <> b.t) > 100 AS enough
FROM few a, few b;

-- equal paths hash alike, whatever made them, and the two hashes agree
SELECT count(*) FILTER (WHERE qpath_hash(p) <> qpath_hash(t::qpath)) AS hash,
       count(*) FILTER (WHERE qpath_hash_extended(p, 7) <> qpath_hash_extended(subpath(p || 'x', 0, -1), 7)) AS extended,
       count(*) FILTER (WHERE qpath_hash(p) <> (qpath_hash_extended(p, 0) << 32 >> 32)) AS low_half,
       count(DISTINCT qpath_hash(p)) > count(*) * 0.999 AS spread
FROM random_path;
SET enable_sort = off;
SELECT count(*) = (SELECT count(DISTINCT t) FROM few) AS hash_aggregate FROM (SELECT p FROM few GROUP BY p) g;
RESET enable_sort;

-- abbreviated keys: kept where roots differ, given up where they do not
CREATE TEMP TABLE many AS
SELECT i, ('r' || md5(i::text) || '/x' || i % 7)::qpath AS spread,
       ('the-same-long-root/' || md5(i::text))::qpath AS alike
FROM generate_series(1, 25000) i;
SELECT count(*) FILTER (WHERE a <> b) AS spread, count(*) FILTER (WHERE c <> d) AS alike FROM (
  SELECT row_number() OVER (ORDER BY spread) AS a, row_number() OVER (ORDER BY spread::text COLLATE "C") AS b,
         row_number() OVER (ORDER BY alike) AS c, row_number() OVER (ORDER BY alike::text COLLATE "C") AS d
  FROM many
) s;

-- the operator classes are complete, the b-tree deduplicates
SELECT amname, opcname, amvalidate(c.oid)
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'qpath'::regtype ORDER BY 1;
SELECT amprocnum, amproc FROM pg_amproc WHERE amproclefttype = 'qpath'::regtype ORDER BY amprocfamily, amprocnum;
CREATE TEMP TABLE repeated AS SELECT 'acme/search/query-rewrite'::qpath AS p FROM generate_series(1, 10000);
CREATE INDEX repeated_p ON repeated (p);
SELECT pg_relation_size('repeated_p') < 10000 * 16 AS deduplicated;

-- comparison, containment and matching are leakproof; all that touches paths has a comment
SELECT oprname, oprcode FROM pg_operator o JOIN pg_proc f ON f.oid = oprcode
WHERE oprresult = 'bool'::regtype AND 'qpath'::regtype IN (oprleft, oprright)
  AND NOT (proleakproof AND provolatile = 'i' AND proparallel = 's' AND proisstrict);
SELECT p.oid::regprocedure FROM pg_proc p
WHERE ('qpath'::regtype = ANY (proargtypes::oid[]) OR 'qpath'::regtype = prorettype OR proname LIKE 'qpat%')
  AND pronamespace = 'quotakit'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;
SELECT o.oid::regoperator FROM pg_operator o
WHERE oprnamespace = 'quotakit'::regnamespace AND obj_description(o.oid, 'pg_operator') IS NULL;
