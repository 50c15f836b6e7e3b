-- Taking paths apart and putting them together.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;

SELECT p, nlevel(p), root(p), parent(p), leaf(p), ancestors(p)
FROM unnest(ARRAY['a', 'a/b', 'acme/search/rewrite']::qpath[]) p;
SELECT array_length(ancestors(rtrim(repeat('a/', 32), '/')::qpath), 1);

-- || appends a path, or text as one label
SELECT 'a/b'::qpath || 'c/d', 'a'::qpath || 'b'::qpath, 'a'::qpath || 'b'::text;
\set VERBOSITY terse
SELECT 'a'::qpath || 'b/c'::text;
SELECT 'a'::qpath || ''::text;
SELECT 'a'::qpath || '..'::text;
SELECT 'a'::qpath || rtrim(repeat('a/', 32), '/')::qpath;
\echo :LAST_ERROR_SQLSTATE
SELECT nlevel('a'::qpath || rtrim(repeat('a/', 31), '/')::qpath);
\set VERBOSITY default
SELECT (repeat(repeat('x', 63) || '/', 8) || 'y')::qpath || (repeat(repeat('x', 63) || '/', 7) || repeat('z', 63))::qpath;
\set VERBOSITY terse
SELECT length(((repeat(repeat('x', 63) || '/', 7) || repeat('y', 63))::qpath || (repeat(repeat('x', 63) || '/', 7) || repeat('z', 63))::qpath)::text);

-- subpath: offsets from 0, negative ones from the end, as ltree's
SELECT subpath('a/b/c/d', 0), subpath('a/b/c/d', 2), subpath('a/b/c/d', -1), subpath('a/b/c/d', -3);
SELECT subpath('a/b/c/d', 0, 1), subpath('a/b/c/d', 1, 2), subpath('a/b/c/d', 1, 99), subpath('a/b/c/d', -3, 2),
       subpath('a/b/c/d', 0, -1), subpath('a/b/c/d', 1, -1), subpath('a/b/c/d', -3, -1);
SELECT subpath('a/b', 2);
SELECT subpath('a/b', -3);
SELECT subpath('a/b', 0, 0);
SELECT subpath('a/b', 1, -1);
SELECT subpath('a/b', 2147483647, 2147483647);
SELECT subpath('a/b', -2147483648, -2147483648);
\echo :LAST_ERROR_SQLSTATE

-- lca: a path contains itself
SELECT lca('a/b/c', 'a/b/d'), lca('a/b', 'a/b/c'), lca('a/b', 'a/b'), lca('a/bc', 'a/b'), lca('a', 'b'), lca('a/b');
SELECT lca('a/b/c', 'a/x', 'a/b/y'), lca('a/b/c', 'x', 'a/b');
SELECT lca(VARIADIC ARRAY['a/b/c', NULL, 'a/b/d']::qpath[]), lca(VARIADIC '{}'), lca(VARIADIC ARRAY[NULL]::qpath[]);

-- containment
SELECT p, p <@ 'a/b' AS within, 'a/b' @> p AS commuted, p @> 'a/b' AS contains
FROM unnest(ARRAY['a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/bc', 'a/b+', 'a/b-x/c', 'b', 'a/a']::qpath[]) p;

-- NULL in, NULL out
SELECT nlevel(NULL), parent(NULL), NULL::qpath <@ 'a', 'a'::qpath || NULL::text, lca(VARIADIC NULL);

-- first and last in the order of the tree
SELECT min(p), max(p) FROM unnest(ARRAY['b', 'a/z', 'a', 'a-b', 'b/c']::qpath[]) p;
SELECT min(p), max(p) FROM unnest('{}'::qpath[]) p;
