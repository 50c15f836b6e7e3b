-- Patterns of paths. As with paths, the functions stay executable by PUBLIC.
CREATE TYPE quotakit.qpattern;

CREATE FUNCTION quotakit.qpattern_in(cstring) RETURNS quotakit.qpattern
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_in(cstring) IS 'I/O';

CREATE FUNCTION quotakit.qpattern_out(quotakit.qpattern) RETURNS cstring
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_out(quotakit.qpattern) IS 'I/O';

CREATE FUNCTION quotakit.qpattern_recv(internal) RETURNS quotakit.qpattern
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_recv(internal) IS 'I/O';

CREATE FUNCTION quotakit.qpattern_send(quotakit.qpattern) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_send(quotakit.qpattern) IS 'I/O';

CREATE TYPE quotakit.qpattern (
  INPUT = quotakit.qpattern_in,
  OUTPUT = quotakit.qpattern_out,
  RECEIVE = quotakit.qpattern_recv,
  SEND = quotakit.qpattern_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE quotakit.qpattern IS
  'pattern of paths: "*" one label, "**" any number, "{a,b}" alternatives, "gpt-*" inside a label';

CREATE FUNCTION quotakit.qpattern(text) RETURNS quotakit.qpattern
  AS 'MODULE_PATHNAME', 'text_to_qpattern' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern(text) IS 'convert text to a pattern';

CREATE FUNCTION quotakit.text(quotakit.qpattern) RETURNS text
  AS 'MODULE_PATHNAME', 'qpattern_to_text' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.text(quotakit.qpattern) IS 'convert a pattern to text';

CREATE CAST (text AS quotakit.qpattern)
  WITH FUNCTION quotakit.qpattern(text) AS ASSIGNMENT;
CREATE CAST (quotakit.qpattern AS text)
  WITH FUNCTION quotakit.text(quotakit.qpattern) AS ASSIGNMENT;

-- Bounds of what can match, for index ranges of patterns not known to the planner.
CREATE FUNCTION quotakit.qpattern_lower(pattern quotakit.qpattern) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_lower(pattern quotakit.qpattern) IS
  'inclusive lower bound of the paths that can match a pattern, for index ranges';

CREATE FUNCTION quotakit.qpattern_upper(pattern quotakit.qpattern) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_upper(pattern quotakit.qpattern) IS
  'exclusive upper bound of the paths that can match a pattern, for index ranges';

CREATE FUNCTION quotakit.qpath_match_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_match_support(internal) IS 'planner support for ~';

CREATE FUNCTION quotakit.qpattern_match_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpattern_match_support(internal) IS
  'planner support for the commutator of ~';

-- A pattern was checked when it was read, so matching cannot raise: LEAKPROOF. It
-- costs about two comparisons.
CREATE FUNCTION quotakit.qpath_match(quotakit.qpath, quotakit.qpattern) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 2
  SUPPORT quotakit.qpath_match_support;
COMMENT ON FUNCTION quotakit.qpath_match(quotakit.qpath, quotakit.qpattern) IS
  'implementation of ~ operator';

CREATE FUNCTION quotakit.qpattern_match(quotakit.qpattern, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 2
  SUPPORT quotakit.qpattern_match_support;
COMMENT ON FUNCTION quotakit.qpattern_match(quotakit.qpattern, quotakit.qpath) IS
  'implementation of ~ operator';

CREATE FUNCTION quotakit.qpath_match_sel(internal, oid, internal, int4) RETURNS float8
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_match_sel(internal, oid, internal, int4) IS
  'restriction selectivity of ~';

CREATE OPERATOR quotakit.~ (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpattern, FUNCTION = quotakit.qpath_match,
  COMMUTATOR = OPERATOR(quotakit.~),
  RESTRICT = quotakit.qpath_match_sel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR quotakit.~ (quotakit.qpath, quotakit.qpattern) IS 'matches the pattern';

CREATE OPERATOR quotakit.~ (
  LEFTARG = quotakit.qpattern, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpattern_match,
  COMMUTATOR = OPERATOR(quotakit.~),
  RESTRICT = quotakit.qpath_match_sel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR quotakit.~ (quotakit.qpattern, quotakit.qpath) IS 'is the pattern of the path';
