-- Text and binary forms of paths, and every way to get them wrong.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;

-- What an error says, without the parts that differ between versions.
CREATE FUNCTION pg_temp.bad(path text, OUT state text, OUT said text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM path::quotakit.qpath;
  state := 'none';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END $$;

-- good
SELECT p::qpath FROM unnest(ARRAY['a', 'acme/search/query-rewrite', 'A.b_c-d:e@f+g=h/0/9', '...', 'a/.b/..c']) p;
SELECT 'größe/北京/🚀/¡'::qpath, nlevel('größe/北京/🚀/¡');
SELECT length(text(repeat('x', 63)::qpath)) AS longest_label,
       nlevel(rtrim(repeat('a/', 32), '/')::qpath) AS deepest,
       length((repeat(repeat('x', 63) || '/', 15) || repeat('y', 63))::qpath::text) AS longest;

-- bad, with the place
SELECT p, b.* FROM unnest(ARRAY[
  '', '/', '/a', 'a/', 'a//b', 'a/b/', '.', '..', 'a/.', 'a/../b',
  'a b', ' a', 'a' || chr(9), 'a/b' || chr(10), 'a\b', 'a,b', 'a/*', 'a/{b}', 'a~', 'a"', 'a/b%', 'a#'
]) p, pg_temp.bad(p) b;
SELECT state, left(said, 30) AS said, length(said), detail FROM unnest(ARRAY[
  'a/' || repeat('x', 64),
  repeat('ü', 32),
  rtrim(repeat('a/', 33), '/'),
  repeat('x', 1024),
  repeat(repeat('x', 63) || '/', 15) || repeat('y', 64),
  repeat('a/', 100000)
]) p, pg_temp.bad(p) b;
SELECT to_hex(c) AS "U+", b.* FROM unnest(ARRAY[
  127, 128, 160, 173, 1564, 8206, 8207, 8234, 8238, 8294, 8297
]) c, pg_temp.bad('ab/x' || chr(c)) b;

-- an error in the middle of a statement points at the literal
SELECT 'acme//search'::qpath;
SELECT ('a/' || repeat('x', 71))::qpath;

-- casts: no comparison as text by accident, and columns of both types assign
CREATE TEMP TABLE assigned (t text, p qpath);
INSERT INTO assigned SELECT 'a/b'::qpath, 'c/d'::text;
SELECT * FROM assigned WHERE p = 'c/d';
SELECT * FROM assigned WHERE p = t;

-- binary: a version byte, then the text
SELECT qpath_send('a/b'), qpath_send('größe');
\getenv abs_builddir PG_ABS_BUILDDIR
\cd :abs_builddir/results
CREATE TEMP TABLE paths (p qpath);
\copy (SELECT qpath_send(p::qpath) FROM unnest(ARRAY['a', 'a/b', 'größe/北京']) p) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
SELECT * FROM paths;
\copy (SELECT '\x02612f62'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT ''::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT '\x01'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT '\x01612f'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT '\x0161ff'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT '\x016100'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
\copy (SELECT '\x01610162'::bytea) to 'qpath.bin' (format binary)
\copy paths from 'qpath.bin' (format binary)
SELECT count(*) FROM paths;

\set this_database :DBNAME
-- beyond ASCII only in a database that is UTF8
CREATE DATABASE regress_quotakit_latin1
  TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_quotakit_latin1
SET client_min_messages = warning;
CREATE EXTENSION quotakit;
SELECT 'a/b'::quotakit.qpath;
\set VERBOSITY terse
SELECT ('a/b' || chr(233))::quotakit.qpath;
\echo :LAST_ERROR_SQLSTATE
SELECT ('a/' || chr(233))::quotakit.qpattern;
\c :this_database
DROP DATABASE regress_quotakit_latin1;
