-- The path type. Its functions stay executable by PUBLIC, as with every type: an
-- index condition that the planner derives runs as whoever queries.
CREATE TYPE quotakit.qpath;

CREATE FUNCTION quotakit.qpath_in(cstring) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_in(cstring) IS 'I/O';

CREATE FUNCTION quotakit.qpath_out(quotakit.qpath) RETURNS cstring
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_out(quotakit.qpath) IS 'I/O';

-- Binary text goes through the client's encoding, so these two are stable only.
CREATE FUNCTION quotakit.qpath_recv(internal) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_recv(internal) IS 'I/O';

CREATE FUNCTION quotakit.qpath_send(quotakit.qpath) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_send(quotakit.qpath) IS 'I/O';

-- "main": a path is at most 1 kB, never worth fetching from elsewhere.
CREATE TYPE quotakit.qpath (
  INPUT = quotakit.qpath_in,
  OUTPUT = quotakit.qpath_out,
  RECEIVE = quotakit.qpath_recv,
  SEND = quotakit.qpath_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = int4,
  STORAGE = main
);
COMMENT ON TYPE quotakit.qpath IS
  'path in a tree: 1 to 32 labels joined by "/", such as acme/search; sorts parents first';

CREATE FUNCTION quotakit.qpath(text) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'text_to_qpath' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath(text) IS 'convert text to a path';

CREATE FUNCTION quotakit.text(quotakit.qpath) RETURNS text
  AS 'MODULE_PATHNAME', 'qpath_to_text' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.text(quotakit.qpath) IS 'convert a path to text';

-- Not implicit: what is compared as text by accident would sort as text.
CREATE CAST (text AS quotakit.qpath) WITH FUNCTION quotakit.qpath(text) AS ASSIGNMENT;
CREATE CAST (quotakit.qpath AS text) WITH FUNCTION quotakit.text(quotakit.qpath) AS ASSIGNMENT;
