\echo Use "CREATE EXTENSION quotakit" to load this file. \quit
-- The extension owns its schema. Nothing in it is for PUBLIC.
CREATE SCHEMA quotakit;
REVOKE ALL ON SCHEMA quotakit FROM PUBLIC;
COMMENT ON SCHEMA quotakit IS 'QuotaKit: keeps AI API spend inside limits';
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
-- Functions of paths.

CREATE FUNCTION quotakit.nlevel(path quotakit.qpath) RETURNS int4
  AS 'MODULE_PATHNAME', 'qpath_nlevel_sql' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.nlevel(path quotakit.qpath) IS
  'number of labels of a path';

CREATE FUNCTION quotakit.parent(path quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_parent' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.parent(path quotakit.qpath) IS
  'path one label up; NULL for a root';

CREATE FUNCTION quotakit.root(path quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_root' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.root(path quotakit.qpath) IS
  'first label of a path, itself a path: the project it belongs to';

CREATE FUNCTION quotakit.leaf(path quotakit.qpath) RETURNS text
  AS 'MODULE_PATHNAME', 'qpath_leaf' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.leaf(path quotakit.qpath) IS
  'last label of a path';

CREATE FUNCTION quotakit.ancestors(path quotakit.qpath) RETURNS quotakit.qpath[]
  AS 'MODULE_PATHNAME', 'qpath_ancestors' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.ancestors(path quotakit.qpath) IS
  'all paths that contain a path, from its root to itself';

CREATE FUNCTION quotakit.qpath_subtree_end(path quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_subtree_end' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_subtree_end(path quotakit.qpath) IS
  'exclusive upper bound of a path and all below it, for index ranges';

CREATE FUNCTION quotakit.subpath(path quotakit.qpath, "offset" int4, len int4) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_subpath' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.subpath(path quotakit.qpath, "offset" int4, len int4) IS
  'len labels of a path from offset on, from 0; negative: counted from the end';

CREATE FUNCTION quotakit.subpath(path quotakit.qpath, "offset" int4) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_subpath_rest' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.subpath(path quotakit.qpath, "offset" int4) IS
  'labels of a path from offset on, from 0; negative: counted from the end';

CREATE FUNCTION quotakit.lca(VARIADIC paths quotakit.qpath[]) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_lca' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.lca(VARIADIC paths quotakit.qpath[]) IS
  'deepest path that contains all of these; NULL if there is none';

CREATE FUNCTION quotakit.qpath_concat(quotakit.qpath, quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_concat' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_concat(quotakit.qpath, quotakit.qpath) IS
  'implementation of || operator';

CREATE FUNCTION quotakit.qpath_concat(quotakit.qpath, text) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME', 'qpath_concat_label' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_concat(quotakit.qpath, text) IS
  'implementation of || operator';

CREATE OPERATOR quotakit.|| (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_concat
);
COMMENT ON OPERATOR quotakit.|| (quotakit.qpath, quotakit.qpath) IS 'the second path below the first';

CREATE OPERATOR quotakit.|| (
  LEFTARG = quotakit.qpath, RIGHTARG = text, FUNCTION = quotakit.qpath_concat
);
COMMENT ON OPERATOR quotakit.|| (quotakit.qpath, text) IS 'the path of one more label';
-- Comparison. None of these can raise; being LEAKPROOF they may use an index before
-- row-level security has had its say.

CREATE FUNCTION quotakit.qpath_lt(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_lt(quotakit.qpath, quotakit.qpath) IS 'implementation of < operator';

CREATE FUNCTION quotakit.qpath_le(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_le(quotakit.qpath, quotakit.qpath) IS 'implementation of <= operator';

CREATE FUNCTION quotakit.qpath_eq(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_eq(quotakit.qpath, quotakit.qpath) IS 'implementation of = operator';

CREATE FUNCTION quotakit.qpath_ne(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_ne(quotakit.qpath, quotakit.qpath) IS 'implementation of <> operator';

CREATE FUNCTION quotakit.qpath_ge(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_ge(quotakit.qpath, quotakit.qpath) IS 'implementation of >= operator';

CREATE FUNCTION quotakit.qpath_gt(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_gt(quotakit.qpath, quotakit.qpath) IS 'implementation of > operator';

CREATE OPERATOR quotakit.< (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_lt,
  COMMUTATOR = OPERATOR(quotakit.>), NEGATOR = OPERATOR(quotakit.>=),
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR quotakit.< (quotakit.qpath, quotakit.qpath) IS 'less than';

CREATE OPERATOR quotakit.<= (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_le,
  COMMUTATOR = OPERATOR(quotakit.>=), NEGATOR = OPERATOR(quotakit.>),
  RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR quotakit.<= (quotakit.qpath, quotakit.qpath) IS 'less than or equal';

CREATE OPERATOR quotakit.= (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_eq,
  COMMUTATOR = OPERATOR(quotakit.=), NEGATOR = OPERATOR(quotakit.<>),
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR quotakit.= (quotakit.qpath, quotakit.qpath) IS 'equal';

CREATE OPERATOR quotakit.<> (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_ne,
  COMMUTATOR = OPERATOR(quotakit.<>), NEGATOR = OPERATOR(quotakit.=),
  RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR quotakit.<> (quotakit.qpath, quotakit.qpath) IS 'not equal';

CREATE OPERATOR quotakit.>= (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_ge,
  COMMUTATOR = OPERATOR(quotakit.<=), NEGATOR = OPERATOR(quotakit.<),
  RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR quotakit.>= (quotakit.qpath, quotakit.qpath) IS 'greater than or equal';

CREATE OPERATOR quotakit.> (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_gt,
  COMMUTATOR = OPERATOR(quotakit.<), NEGATOR = OPERATOR(quotakit.<=),
  RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR quotakit.> (quotakit.qpath, quotakit.qpath) IS 'greater than';

CREATE FUNCTION quotakit.qpath_cmp(quotakit.qpath, quotakit.qpath) RETURNS int4
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_cmp(quotakit.qpath, quotakit.qpath) IS 'less-equal-greater';

CREATE FUNCTION quotakit.qpath_sortsupport(internal) RETURNS void
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_sortsupport(internal) IS 'sort support';

CREATE FUNCTION quotakit.qpath_hash(quotakit.qpath) RETURNS int4
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_hash(quotakit.qpath) IS 'hash';

CREATE FUNCTION quotakit.qpath_hash_extended(quotakit.qpath, int8) RETURNS int8
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_hash_extended(quotakit.qpath, int8) IS 'hash with a seed';

-- Equal paths have equal bytes, so a b-tree may deduplicate them.
CREATE OPERATOR CLASS quotakit.qpath_ops DEFAULT FOR TYPE quotakit.qpath USING btree AS
  OPERATOR 1 quotakit.<,
  OPERATOR 2 quotakit.<=,
  OPERATOR 3 quotakit.=,
  OPERATOR 4 quotakit.>=,
  OPERATOR 5 quotakit.>,
  FUNCTION 1 quotakit.qpath_cmp(quotakit.qpath, quotakit.qpath),
  FUNCTION 2 quotakit.qpath_sortsupport(internal),
  FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS quotakit.qpath_ops USING btree IS 'paths in the order of the tree';

CREATE OPERATOR CLASS quotakit.qpath_hash_ops DEFAULT FOR TYPE quotakit.qpath USING hash AS
  OPERATOR 1 quotakit.=,
  FUNCTION 1 quotakit.qpath_hash(quotakit.qpath),
  FUNCTION 2 quotakit.qpath_hash_extended(quotakit.qpath, int8);
COMMENT ON OPERATOR CLASS quotakit.qpath_hash_ops USING hash IS 'paths by equality';

CREATE FUNCTION quotakit.qpath_smaller(quotakit.qpath, quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_smaller(quotakit.qpath, quotakit.qpath) IS 'smaller of two';

CREATE AGGREGATE quotakit.min(quotakit.qpath) (
  SFUNC = quotakit.qpath_smaller, STYPE = quotakit.qpath, COMBINEFUNC = quotakit.qpath_smaller,
  SORTOP = OPERATOR(quotakit.<), PARALLEL = SAFE
);
COMMENT ON AGGREGATE quotakit.min(quotakit.qpath) IS 'first path in the order of the tree';

CREATE FUNCTION quotakit.qpath_larger(quotakit.qpath, quotakit.qpath) RETURNS quotakit.qpath
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_larger(quotakit.qpath, quotakit.qpath) IS 'larger of two';

CREATE AGGREGATE quotakit.max(quotakit.qpath) (
  SFUNC = quotakit.qpath_larger, STYPE = quotakit.qpath, COMBINEFUNC = quotakit.qpath_larger,
  SORTOP = OPERATOR(quotakit.>), PARALLEL = SAFE
);
COMMENT ON AGGREGATE quotakit.max(quotakit.qpath) IS 'last path in the order of the tree';
-- Containment. The support functions turn it into b-tree ranges.
CREATE FUNCTION quotakit.qpath_within_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_within_support(internal) IS 'planner support for <@';

CREATE FUNCTION quotakit.qpath_contains_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_contains_support(internal) IS 'planner support for @>';

CREATE FUNCTION quotakit.qpath_within(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
  SUPPORT quotakit.qpath_within_support;
COMMENT ON FUNCTION quotakit.qpath_within(quotakit.qpath, quotakit.qpath) IS
  'implementation of <@ operator';

CREATE FUNCTION quotakit.qpath_contains(quotakit.qpath, quotakit.qpath) RETURNS bool
  AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
  SUPPORT quotakit.qpath_contains_support;
COMMENT ON FUNCTION quotakit.qpath_contains(quotakit.qpath, quotakit.qpath) IS
  'implementation of @> operator';

CREATE FUNCTION quotakit.qpath_within_sel(internal, oid, internal, int4) RETURNS float8
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_within_sel(internal, oid, internal, int4) IS
  'restriction selectivity of <@';

CREATE FUNCTION quotakit.qpath_contains_sel(internal, oid, internal, int4) RETURNS float8
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_contains_sel(internal, oid, internal, int4) IS
  'restriction selectivity of @>';

CREATE FUNCTION quotakit.qpath_within_joinsel(internal, oid, internal, int2, internal)
  RETURNS float8
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_within_joinsel(internal, oid, internal, int2, internal) IS
  'join selectivity of <@';

CREATE FUNCTION quotakit.qpath_contains_joinsel(internal, oid, internal, int2, internal)
  RETURNS float8
  AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.qpath_contains_joinsel(internal, oid, internal, int2, internal) IS
  'join selectivity of @>';

CREATE OPERATOR quotakit.<@ (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_within,
  COMMUTATOR = OPERATOR(quotakit.@>),
  RESTRICT = quotakit.qpath_within_sel, JOIN = quotakit.qpath_within_joinsel
);
COMMENT ON OPERATOR quotakit.<@ (quotakit.qpath, quotakit.qpath) IS 'is the same or below';

CREATE OPERATOR quotakit.@> (
  LEFTARG = quotakit.qpath, RIGHTARG = quotakit.qpath, FUNCTION = quotakit.qpath_contains,
  COMMUTATOR = OPERATOR(quotakit.<@),
  RESTRICT = quotakit.qpath_contains_sel, JOIN = quotakit.qpath_contains_joinsel
);
COMMENT ON OPERATOR quotakit.@> (quotakit.qpath, quotakit.qpath) IS 'is the same or above';
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
-- UUID version 7: an event's time is the time in its id.
CREATE FUNCTION quotakit.uuid_time(id uuid) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_uuid_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.uuid_time IS 'The time in a UUID v7, to the millisecond; null for any other UUID.';

CREATE FUNCTION quotakit.uuid7(at timestamptz DEFAULT clock_timestamp()) RETURNS uuid
  AS 'MODULE_PATHNAME', 'quotakit_uuid7' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.uuid7 IS 'A new UUID v7 for an event at the given time (now by default), 1970 to 10889.';
-- Windows follow from time, and small things the other pieces stand on.

CREATE FUNCTION quotakit.window_range(period text, at timestamptz, time_zone text DEFAULT 'UTC',
    billing_day int4 DEFAULT 1, week_start int4 DEFAULT 1) RETURNS tstzrange
  AS 'MODULE_PATHNAME', 'quotakit_window_range' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.window_range IS 'The window of a calendar period (minute, hour, day, week, month, quarter, year, lifetime) that contains an instant: [start, end) in the given time zone, with months, quarters and years beginning on the billing day (1-28) and weeks on the ISO day (1-7).';

CREATE FUNCTION quotakit.local_hour(at timestamptz, time_zone text) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_local_hour' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.local_hour IS 'Start of the local hour that contains an instant; rollups are kept by it.';

CREATE FUNCTION quotakit.rolling_bucket(period text, at timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.rolling_bucket IS 'Start of the sub-bucket of a rolling period (all but lifetime) in which an instant is counted.';

CREATE FUNCTION quotakit.rolling_since(period text, now timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_since' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.rolling_since IS 'Start of the oldest sub-bucket that a rolling period still counts at an instant: a bucket counts until all of it has left the window.';

CREATE FUNCTION quotakit._rolling_length(period text) RETURNS interval
  AS 'MODULE_PATHNAME', 'quotakit_rolling_length' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_length IS 'How long a rolling period is; null for lifetime.';

CREATE FUNCTION quotakit._rolling_width(period text) RETURNS interval
  AS 'MODULE_PATHNAME', 'quotakit_rolling_width' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_width IS 'How wide the buckets of a rolling period are; null for lifetime.';

CREATE FUNCTION quotakit._lock_project(account_id int4, root_node_id int4) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_lock_project' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._lock_project IS 'Takes the project''s lock until the end of the transaction: an advisory lock with classid = account, objid = root node, objsubid = 20811 in pg_locks.';

CREATE FUNCTION quotakit._caller() RETURNS name
  AS 'MODULE_PATHNAME', 'quotakit_caller' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION quotakit._caller IS 'The role that really calls, also inside SECURITY DEFINER functions.';

CREATE FUNCTION quotakit._random_bytes(len int4) RETURNS bytea
  AS 'MODULE_PATHNAME', 'quotakit_random_bytes' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._random_bytes IS 'So many (1-1024) cryptographically strong random bytes.';

CREATE FUNCTION quotakit._act_as(account_id int4, access text, actor text) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_act_as' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._act_as IS 'From here on the call acts for this account as owner, admin or viewer, whatever role calls; actor is for the audit log. Account null: for nobody any more. Ends at the latest with the transaction, or with the subtransaction that it was said in and that fails.';

CREATE FUNCTION quotakit._acting(OUT account_id int4, OUT access text, OUT actor text) RETURNS record
  AS 'MODULE_PATHNAME', 'quotakit_acting' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION quotakit._acting IS 'What _act_as() said; nulls for nobody.';
-- Accounts, who may act for them, and the log of every change of configuration.

-- The number in a config_version is never used twice, not even after a rollback:
-- backends cache configuration under it.
CREATE SEQUENCE quotakit.config_version_seq;
CREATE SEQUENCE quotakit.account_id_seq AS int4;

CREATE TABLE quotakit.account (
  account_id      int4 PRIMARY KEY CHECK (account_id >= 0),
  name            text NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 63),
  time_zone       text NOT NULL DEFAULT 'UTC',
  billing_day     int2 NOT NULL DEFAULT 1 CHECK (billing_day BETWEEN 1 AND 28),
  week_start      int2 NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 1 AND 7),
  usd_per_credit  numeric CHECK (usd_per_credit > 0 AND usd_per_credit <= 1000000),
  contact_name    text CHECK (octet_length(contact_name) <= 200),
  contact_email   text CHECK (octet_length(contact_email) <= 254 AND contact_email !~ '[[:cntrl:]]'),
  billing_address text CHECK (octet_length(billing_address) <= 1000),
  on_unknown_path text NOT NULL DEFAULT 'reject' CHECK (on_unknown_path IN ('reject', 'create')),
  retention       interval NOT NULL DEFAULT '13 months' CHECK (retention >= '35 days'),
  sealed_until    timestamptz NOT NULL DEFAULT '-infinity',
  config_version  int8 NOT NULL DEFAULT nextval('quotakit.config_version_seq'),
  created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE quotakit.account IS 'A tenant: owns paths, policies, prices, keys and the ledger. Account 0 is built-in data.';
COMMENT ON COLUMN quotakit.account.account_id IS 'Number of the account; the first column of every primary key. 0 is built-in data.';
COMMENT ON COLUMN quotakit.account.name IS 'Unique name, 1 to 63 bytes.';
COMMENT ON COLUMN quotakit.account.time_zone IS 'IANA time zone in which windows and rollup hours are cut.';
COMMENT ON COLUMN quotakit.account.billing_day IS 'Day of the month, 1 to 28, on which months, quarters and years begin.';
COMMENT ON COLUMN quotakit.account.week_start IS 'Day on which weeks begin, ISO: 1 is Monday, 7 is Sunday.';
COMMENT ON COLUMN quotakit.account.usd_per_credit IS 'What one credit is sold for, in USD; for display only.';
COMMENT ON COLUMN quotakit.account.contact_name IS 'Whom mails about this account address.';
COMMENT ON COLUMN quotakit.account.contact_email IS 'Where mails about this account go by default.';
COMMENT ON COLUMN quotakit.account.billing_address IS 'What statements are addressed to: lines of text.';
COMMENT ON COLUMN quotakit.account.on_unknown_path IS 'What a call on an unknown path meets: reject, or create the path.';
COMMENT ON COLUMN quotakit.account.retention IS 'How long events stay in the ledger; at least 35 days. Rollups stay.';
COMMENT ON COLUMN quotakit.account.sealed_until IS 'Events before this instant have been dropped by retention; their sums are in rollups and baselines.';
COMMENT ON COLUMN quotakit.account.config_version IS 'Changes with every change of configuration; never reused.';
COMMENT ON COLUMN quotakit.account.created_at IS 'When the account was made.';

CREATE TABLE quotakit.access (
  account_id int4 NOT NULL REFERENCES quotakit.account,
  role_name  name NOT NULL,
  access     text NOT NULL CHECK (access IN ('owner', 'admin', 'viewer')),
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, role_name)
);
COMMENT ON TABLE quotakit.access IS 'Which PostgreSQL role may act for which account, and as what.';
COMMENT ON COLUMN quotakit.access.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.access.role_name IS 'A PostgreSQL role; its members count too.';
COMMENT ON COLUMN quotakit.access.access IS 'owner: everything; admin: everything but accounts and access; viewer: reads.';
COMMENT ON COLUMN quotakit.access.granted_at IS 'When the role was mapped.';

CREATE SEQUENCE quotakit.api_key_id_seq AS int4;
CREATE TABLE quotakit.api_key (
  account_id  int4 NOT NULL REFERENCES quotakit.account,
  key_id      int4 NOT NULL DEFAULT nextval('quotakit.api_key_id_seq'),
  name        text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 100),
  key_hash    bytea NOT NULL CHECK (octet_length(key_hash) = 32),
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL,
  revoked_at  timestamptz,
  last_used   timestamptz,
  PRIMARY KEY (account_id, key_id),
  UNIQUE (account_id, key_hash)
);
COMMENT ON TABLE quotakit.api_key IS 'API keys. Only a hash of a hash is kept.';
COMMENT ON COLUMN quotakit.api_key.account_id IS 'The account the key acts for.';
COMMENT ON COLUMN quotakit.api_key.key_id IS 'Number of the key.';
COMMENT ON COLUMN quotakit.api_key.name IS 'What its owner calls it.';
COMMENT ON COLUMN quotakit.api_key.key_hash IS 'SHA-256 of the SHA-256 of the key.';
COMMENT ON COLUMN quotakit.api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.api_key.created_by IS 'Who made it.';
COMMENT ON COLUMN quotakit.api_key.revoked_at IS 'When it was revoked; null while it works.';
COMMENT ON COLUMN quotakit.api_key.last_used IS 'When it was last used, to the minute.';

CREATE SEQUENCE quotakit.audit_id_seq;
CREATE TABLE quotakit.audit_log (
  account_id int4 NOT NULL,
  audit_id   int8 NOT NULL DEFAULT nextval('quotakit.audit_id_seq'),
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor      text NOT NULL,
  object     text NOT NULL,
  action     text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
  before     jsonb,
  after      jsonb,
  PRIMARY KEY (account_id, audit_id)
);
COMMENT ON TABLE quotakit.audit_log IS 'Every change of configuration: who, when, before and after.';
COMMENT ON COLUMN quotakit.audit_log.account_id IS 'The account changed.';
COMMENT ON COLUMN quotakit.audit_log.audit_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.audit_log.at IS 'When.';
COMMENT ON COLUMN quotakit.audit_log.actor IS 'The PostgreSQL role, or the member or key behind a gateway call.';
COMMENT ON COLUMN quotakit.audit_log.object IS 'The table changed, without its schema.';
COMMENT ON COLUMN quotakit.audit_log.action IS 'insert, update or delete.';
COMMENT ON COLUMN quotakit.audit_log.before IS 'The row before; secrets left out.';
COMMENT ON COLUMN quotakit.audit_log.after IS 'The row after; secrets left out.';
-- Paths and their policies.

CREATE SEQUENCE quotakit.node_id_seq AS int4;
CREATE TABLE quotakit.node (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  node_id       int4 NOT NULL DEFAULT nextval('quotakit.node_id_seq'),
  path          quotakit.qpath NOT NULL,
  service       text CHECK (octet_length(service) BETWEEN 1 AND 100),
  notes         text CHECK (octet_length(notes) <= 65536),
  tags          text[] NOT NULL DEFAULT '{}',
  frozen_reason text CHECK (octet_length(frozen_reason) BETWEEN 1 AND 1000),
  archived_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, node_id),
  UNIQUE (account_id, path) INCLUDE (node_id)
);
COMMENT ON TABLE quotakit.node IS 'One row a path. Paths never move and are never deleted, only archived.';
COMMENT ON COLUMN quotakit.node.account_id IS 'The account that owns the path.';
COMMENT ON COLUMN quotakit.node.node_id IS 'Number of the node; stands for the path in the ledger.';
COMMENT ON COLUMN quotakit.node.path IS 'The path.';
COMMENT ON COLUMN quotakit.node.service IS 'The service that calls on this path use; null for an umbrella, which takes no calls. Assigned once.';
COMMENT ON COLUMN quotakit.node.notes IS 'Free text, Markdown.';
COMMENT ON COLUMN quotakit.node.tags IS 'Free labels to filter by.';
COMMENT ON COLUMN quotakit.node.frozen_reason IS 'Why the subtree is stopped; null while it is not.';
COMMENT ON COLUMN quotakit.node.archived_at IS 'When the subtree was archived; null while it is live.';
COMMENT ON COLUMN quotakit.node.created_at IS 'When the node was made.';

CREATE SEQUENCE quotakit.policy_id_seq AS int4;
CREATE TABLE quotakit.policy (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL DEFAULT nextval('quotakit.policy_id_seq'),
  node_id      int4 NOT NULL,
  slot         int2 NOT NULL CHECK (slot BETWEEN 1 AND 10),
  unit         text NOT NULL CHECK (unit IN ('usd', 'credits', 'requests', 'tokens')),
  period       text NOT NULL CHECK (period IN ('minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'lifetime')),
  rolling      bool NOT NULL DEFAULT false CHECK (NOT rolling OR period <> 'lifetime'),
  service      text CHECK (octet_length(service) BETWEEN 1 AND 100),
  model        text CHECK (octet_length(model) BETWEEN 1 AND 200 AND (model IS NULL OR service IS NOT NULL)),
  limit_amount int8 NOT NULL CHECK (limit_amount BETWEEN 0 AND 9000000000000000000),
  enforcement  text NOT NULL CHECK (enforcement IN ('open', 'block', 'strict', 'shadow')),
  boost_amount int8 NOT NULL DEFAULT 0 CHECK (boost_amount BETWEEN 0 AND 9000000000000000000 - limit_amount),
  boost_until  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  counts_from  timestamptz NOT NULL DEFAULT clock_timestamp(),
  archived_at  timestamptz,
  PRIMARY KEY (account_id, policy_id),
  FOREIGN KEY (account_id, node_id) REFERENCES quotakit.node
);
-- At most ten live policies a node: ten slots, each used once.
CREATE UNIQUE INDEX policy_live_slot ON quotakit.policy (account_id, node_id, slot) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX policy_live_identity ON quotakit.policy
  (account_id, node_id, unit, period, rolling, service, model) NULLS NOT DISTINCT WHERE archived_at IS NULL;
COMMENT ON TABLE quotakit.policy IS 'A limit on a path and everything below it. Scope, unit and period never change: another one is another policy.';
COMMENT ON COLUMN quotakit.policy.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.policy.policy_id IS 'Number of the policy.';
COMMENT ON COLUMN quotakit.policy.node_id IS 'The node it stands on.';
COMMENT ON COLUMN quotakit.policy.slot IS '1 to 10; a node has ten.';
COMMENT ON COLUMN quotakit.policy.unit IS 'usd, credits, requests or tokens.';
COMMENT ON COLUMN quotakit.policy.period IS 'minute, hour, day, week, month, quarter, year or lifetime.';
COMMENT ON COLUMN quotakit.policy.rolling IS 'Whether the window rolls with time instead of following the calendar.';
COMMENT ON COLUMN quotakit.policy.service IS 'Counts only this service; null for any.';
COMMENT ON COLUMN quotakit.policy.model IS 'Counts only this model of the service; null for any.';
COMMENT ON COLUMN quotakit.policy.limit_amount IS 'The limit: nano-USD, nano-credits, requests or tokens.';
COMMENT ON COLUMN quotakit.policy.enforcement IS 'open records; block rejects after the flush that filled it; strict reserves; shadow is evaluated as strict and refuses nothing.';
COMMENT ON COLUMN quotakit.policy.boost_amount IS 'Added to the limit until boost_until, in the same unit.';
COMMENT ON COLUMN quotakit.policy.boost_until IS 'When the boost ends; null for none.';
COMMENT ON COLUMN quotakit.policy.created_at IS 'When the policy was made.';
COMMENT ON COLUMN quotakit.policy.counts_from IS 'Windows that ended before this are not counted: when it was made, or the account''s time was last cut otherwise.';
COMMENT ON COLUMN quotakit.policy.archived_at IS 'When it was removed, or null.';

CREATE TABLE quotakit.counter (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  seq          int8 NOT NULL,
  used         int8 NOT NULL,
  hold_until   timestamptz[] NOT NULL DEFAULT '{}',
  hold_amount  int8[] NOT NULL DEFAULT '{}',
  bucket_start timestamptz[] NOT NULL DEFAULT '{}',
  bucket_used  int8[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, policy_id, window_start, seq)
) WITH (fillfactor = 100, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE quotakit.counter IS 'What each policy has used and holds in each window. Append-only: the row with the highest seq is the state, the one before is deleted in passing.';
COMMENT ON COLUMN quotakit.counter.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.counter.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.counter.window_start IS 'Start of the window; -infinity for lifetime and for rolling windows, which have one counter.';
COMMENT ON COLUMN quotakit.counter.seq IS 'Rises by one with each state. The key makes two writers of one state impossible.';
COMMENT ON COLUMN quotakit.counter.used IS 'What is used, in the policy''s unit; for a rolling policy the sum of its buckets.';
COMMENT ON COLUMN quotakit.counter.hold_until IS 'When each hold in hold_amount ends, ascending. A hold counts while now is before it.';
COMMENT ON COLUMN quotakit.counter.hold_amount IS 'What is held until each time in hold_until.';
COMMENT ON COLUMN quotakit.counter.bucket_start IS 'Rolling only: start of each bucket, ascending. A bucket counts until all of it has left the window.';
COMMENT ON COLUMN quotakit.counter.bucket_used IS 'Rolling only: what each bucket has used.';

CREATE TABLE quotakit.baseline (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  used         int8 NOT NULL,
  PRIMARY KEY (account_id, policy_id, window_start)
);
COMMENT ON TABLE quotakit.baseline IS 'What a counter had used in the part of its window that retention has dropped from the ledger.';
COMMENT ON COLUMN quotakit.baseline.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.baseline.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.baseline.window_start IS 'Start of the window, as in counter; for a rolling policy the start of the bucket.';
COMMENT ON COLUMN quotakit.baseline.used IS 'The sum of what was dropped, in the policy''s unit.';
-- What happened: reservations, events, refusals, and what could not be placed.

-- The two partitioned tables have no key of their own: each partition has it, and
-- since the key holds the partition's bounds, that is one key over all. A key of the
-- parent would come to every partition when a restore attaches it, and once more
-- from the dump.

CREATE TABLE quotakit.reservation (
  account_id     int4 NOT NULL,
  at             timestamptz NOT NULL,
  reservation_id uuid NOT NULL,
  seq            int4 NOT NULL,
  is_open        bool NOT NULL,
  is_lease       bool NOT NULL,
  node_id        int4 NOT NULL,
  model          text NOT NULL,
  usd            int8 NOT NULL,
  credits        int8 NOT NULL,
  requests       int8 NOT NULL,
  tokens         int8 NOT NULL,
  expires_at     timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL,
  content_hash   int8 NOT NULL,
  key_id         int4,
  CHECK (at = quotakit.uuid_time(reservation_id))
) PARTITION BY RANGE (at);
COMMENT ON TABLE quotakit.reservation IS 'Reservations, append-only: seq 0 is the grant, the row with the highest seq the state. An event with the same id closes it too.';
COMMENT ON COLUMN quotakit.reservation.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.reservation.at IS 'The time in the id; says in which windows the amounts are held.';
COMMENT ON COLUMN quotakit.reservation.reservation_id IS 'UUID v7; the id of the event that settles it.';
COMMENT ON COLUMN quotakit.reservation.seq IS '0 for the grant; each draw, extension and release adds one.';
COMMENT ON COLUMN quotakit.reservation.is_open IS 'False once released, or after the last draw.';
COMMENT ON COLUMN quotakit.reservation.is_lease IS 'Whether several calls may draw on it; then it ends no later than its shortest calendar window.';
COMMENT ON COLUMN quotakit.reservation.node_id IS 'The node it was made on.';
COMMENT ON COLUMN quotakit.reservation.model IS 'The model it was made for; empty for none.';
COMMENT ON COLUMN quotakit.reservation.usd IS 'Held, in nano-USD.';
COMMENT ON COLUMN quotakit.reservation.credits IS 'Held, in nano-credits.';
COMMENT ON COLUMN quotakit.reservation.requests IS 'Held requests.';
COMMENT ON COLUMN quotakit.reservation.tokens IS 'Held tokens.';
COMMENT ON COLUMN quotakit.reservation.expires_at IS 'It stops counting at this time by itself.';
COMMENT ON COLUMN quotakit.reservation.recorded_at IS 'When this row was written.';
COMMENT ON COLUMN quotakit.reservation.content_hash IS 'Hash of what was asked: tells a repeated request from another one under the same id.';
COMMENT ON COLUMN quotakit.reservation.key_id IS 'The API key that asked; null from SQL.';

CREATE TABLE quotakit.event (
  account_id          int4 NOT NULL,
  at                  timestamptz NOT NULL,
  event_id            uuid NOT NULL,
  node_id             int4 NOT NULL,
  flags               int4 NOT NULL,
  model               text NOT NULL,
  tier                text NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  requests            int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  price_version       int8 NOT NULL,
  recorded_at         timestamptz NOT NULL,
  content_hash        int8 NOT NULL,
  ref_id              uuid,
  key_id              int4,
  meters              jsonb,
  tags                jsonb,
  CHECK (at = quotakit.uuid_time(event_id))
) PARTITION BY RANGE (at);
COMMENT ON TABLE quotakit.event IS 'The ledger: one row a recorded call. Append-only.';
COMMENT ON COLUMN quotakit.event.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.event.at IS 'When the call happened: the time in its id.';
COMMENT ON COLUMN quotakit.event.event_id IS 'UUID v7 made by the caller.';
COMMENT ON COLUMN quotakit.event.node_id IS 'The node; its service is the event''s.';
COMMENT ON COLUMN quotakit.event.flags IS 'Bits: 1 overrun, 2 late, 4 unreserved, 8 unpriced, 16 estimated, 32 failed, 64 uncharged, 128 adjustment, 256 amount given by the caller, 512 frozen, 1024 (of an adjustment) the event is unpriced no more.';
COMMENT ON COLUMN quotakit.event.model IS 'The model; empty for none.';
COMMENT ON COLUMN quotakit.event.tier IS 'Price tier: standard, batch, priority, flex, or one of the account''s own.';
COMMENT ON COLUMN quotakit.event.input_tokens IS 'Input tokens that were neither read from nor written to a cache.';
COMMENT ON COLUMN quotakit.event.cached_input_tokens IS 'Input tokens read from a cache.';
COMMENT ON COLUMN quotakit.event.cache_write_tokens IS 'Input tokens written to a cache.';
COMMENT ON COLUMN quotakit.event.output_tokens IS 'Output tokens without reasoning.';
COMMENT ON COLUMN quotakit.event.reasoning_tokens IS 'Reasoning tokens.';
COMMENT ON COLUMN quotakit.event.requests IS 'Requests; 1 unless said otherwise.';
COMMENT ON COLUMN quotakit.event.usd IS 'Cost in nano-USD. Negative only in an adjustment.';
COMMENT ON COLUMN quotakit.event.credits IS 'Cost in nano-credits. Negative only in an adjustment.';
COMMENT ON COLUMN quotakit.event.price_version IS 'The newest price version when it was costed; 0 without a price.';
COMMENT ON COLUMN quotakit.event.recorded_at IS 'When it was written.';
COMMENT ON COLUMN quotakit.event.content_hash IS 'Hash of what was sent: tells a repeated event from another one under the same id.';
COMMENT ON COLUMN quotakit.event.ref_id IS 'The reservation it was drawn from, or the event it adjusts.';
COMMENT ON COLUMN quotakit.event.key_id IS 'The API key that sent it; null from SQL.';
COMMENT ON COLUMN quotakit.event.meters IS 'Named meters, such as {"image": 2}; null for none.';
COMMENT ON COLUMN quotakit.event.tags IS 'The call''s own tags; null for none.';

CREATE SEQUENCE quotakit.refusal_id_seq CACHE 32;
CREATE TABLE quotakit.refusal (
  account_id int4 NOT NULL,
  refusal_id int8 NOT NULL DEFAULT nextval('quotakit.refusal_id_seq'),
  minute     timestamptz NOT NULL,
  policy_id  int4 NOT NULL,
  node_id    int4 NOT NULL,
  reason     text NOT NULL,
  source     text NOT NULL CHECK (source IN ('reserve', 'shadow', 'sdk')),
  count      int8 NOT NULL,
  asked      int8 NOT NULL,
  first      jsonb NOT NULL,
  last       jsonb NOT NULL,
  PRIMARY KEY (account_id, refusal_id)
);
CREATE INDEX refusal_policy ON quotakit.refusal (account_id, policy_id, minute);
COMMENT ON TABLE quotakit.refusal IS 'Calls that were stopped, summed by policy and minute, with the first and the last in full. Several rows of one minute add up.';
COMMENT ON COLUMN quotakit.refusal.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.refusal.refusal_id IS 'Number that the caller was told; ask why(refusal_id).';
COMMENT ON COLUMN quotakit.refusal.minute IS 'The minute.';
COMMENT ON COLUMN quotakit.refusal.policy_id IS 'The policy that stopped them; 0 for a frozen path.';
COMMENT ON COLUMN quotakit.refusal.node_id IS 'The node of the last call stopped.';
COMMENT ON COLUMN quotakit.refusal.reason IS 'quota, unpriced (the cost was not known), unmeasured (the usage was not given) or frozen.';
COMMENT ON COLUMN quotakit.refusal.source IS 'reserve: refused here; shadow: would have been; sdk: refused by the SDK from its cache.';
COMMENT ON COLUMN quotakit.refusal.count IS 'How many.';
COMMENT ON COLUMN quotakit.refusal.asked IS 'What they asked for together, in the policy''s unit.';
COMMENT ON COLUMN quotakit.refusal.first IS 'The first of them: at, path, model, limit, used, held, asked.';
COMMENT ON COLUMN quotakit.refusal.last IS 'The last of them.';

CREATE SEQUENCE quotakit.rejected_id_seq;
CREATE TABLE quotakit.rejected_event (
  account_id   int4 NOT NULL,
  rejected_id  int8 NOT NULL DEFAULT nextval('quotakit.rejected_id_seq'),
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  code         text NOT NULL,
  reason       text NOT NULL,
  payload      text NOT NULL,
  content_hash int8 NOT NULL,
  key_id       int4,
  replayed_at  timestamptz,
  PRIMARY KEY (account_id, rejected_id),
  UNIQUE (account_id, content_hash)
);
COMMENT ON TABLE quotakit.rejected_event IS 'Events that could not be recorded, with the reason and all that was sent. See unplaced_event, unplaced_spend and replay_rejected().';
COMMENT ON COLUMN quotakit.rejected_event.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.rejected_event.rejected_id IS 'Number of the rejected event.';
COMMENT ON COLUMN quotakit.rejected_event.received_at IS 'When it came.';
COMMENT ON COLUMN quotakit.rejected_event.code IS 'Why, as the code in the answer.';
COMMENT ON COLUMN quotakit.rejected_event.reason IS 'Why, in words.';
COMMENT ON COLUMN quotakit.rejected_event.payload IS 'What was sent, bytes that are not UTF-8 escaped.';
COMMENT ON COLUMN quotakit.rejected_event.content_hash IS 'Hash of what was sent: the same again is kept once.';
COMMENT ON COLUMN quotakit.rejected_event.key_id IS 'The API key that sent it; null from SQL.';
COMMENT ON COLUMN quotakit.rejected_event.replayed_at IS 'When a replay recorded it; null until then.';
-- Sums of the ledger. A call appends to rollup_delta; fold_rollups() moves
-- the deltas into the totals; readers add both.

CREATE SEQUENCE quotakit.rollup_delta_id_seq CACHE 64;
CREATE TABLE quotakit.rollup_delta (
  account_id          int4 NOT NULL,
  delta_id            int8 NOT NULL DEFAULT nextval('quotakit.rollup_delta_id_seq'),
  node_id             int4 NOT NULL,
  model               text NOT NULL,
  hour                timestamptz NOT NULL,
  events              int8 NOT NULL,
  failed              int8 NOT NULL,
  unpriced            int8 NOT NULL,
  requests            int8 NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  PRIMARY KEY (account_id, delta_id)
) WITH (autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE quotakit.rollup_delta IS 'Sums of events by node, model and hour that have not been folded into rollup_hour yet.';

CREATE TABLE quotakit.rollup_hour (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  hour                timestamptz NOT NULL,
  model               text NOT NULL,
  events              int8 NOT NULL,
  failed              int8 NOT NULL,
  unpriced            int8 NOT NULL,
  requests            int8 NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  PRIMARY KEY (account_id, node_id, hour, model)
);
COMMENT ON TABLE quotakit.rollup_hour IS 'Sums of events of each node itself, by hour of the account''s local time and model.';

CREATE TABLE quotakit.subtree_hour (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  hour                timestamptz NOT NULL,
  service             text NOT NULL,
  model               text NOT NULL,
  events              int8 NOT NULL,
  failed              int8 NOT NULL,
  unpriced            int8 NOT NULL,
  requests            int8 NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  PRIMARY KEY (account_id, node_id, hour, service, model)
);
COMMENT ON TABLE quotakit.subtree_hour IS 'Sums of events of each node and everything below it, by local hour, service and model.';

CREATE TABLE quotakit.subtree_day (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  day                 date NOT NULL,
  service             text NOT NULL,
  model               text NOT NULL,
  events              int8 NOT NULL,
  failed              int8 NOT NULL,
  unpriced            int8 NOT NULL,
  requests            int8 NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  PRIMARY KEY (account_id, node_id, day, service, model)
);
COMMENT ON TABLE quotakit.subtree_day IS 'Sums of events of each node and everything below it, by local day, service and model.';

-- The four tables share their measures; so do the words about them.
DO $$
DECLARE
  t text; c text; words text;
BEGIN
  FOREACH t IN ARRAY ARRAY['rollup_delta', 'rollup_hour', 'subtree_hour', 'subtree_day'] LOOP
    FOR c, words IN
      SELECT w.c, w.words FROM (VALUES
        ('account_id', 'The account.'),
        ('delta_id', 'Number of the delta.'),
        ('node_id', 'The node.'),
        ('hour', 'Start of the hour, in the account''s local time.'),
        ('day', 'The day, in the account''s local time.'),
        ('service', 'The service.'),
        ('model', 'The model; empty for none.'),
        ('events', 'How many calls. Adjustments do not count.'),
        ('failed', 'How many of them the caller reported as failed.'),
        ('unpriced', 'How many of them had a meter without a price, and have not been repriced since.'),
        ('requests', 'Requests.'),
        ('input_tokens', 'Input tokens outside any cache.'),
        ('cached_input_tokens', 'Input tokens read from a cache.'),
        ('cache_write_tokens', 'Input tokens written to a cache.'),
        ('output_tokens', 'Output tokens without reasoning.'),
        ('reasoning_tokens', 'Reasoning tokens.'),
        ('usd', 'Cost in nano-USD.'),
        ('credits', 'Cost in nano-credits.')) AS w(c, words)
      JOIN pg_catalog.pg_attribute a
        ON a.attrelid = ('quotakit.' || t)::regclass AND a.attname = w.c
    LOOP
      EXECUTE format('COMMENT ON COLUMN quotakit.%I.%I IS %L', t, c, words);
    END LOOP;
  END LOOP;
END $$;
-- What things cost. A price holds from its date until the next one of the same
-- meter, so two can never overlap.

CREATE TABLE quotakit.service (
  account_id int4 NOT NULL REFERENCES quotakit.account,
  service    text NOT NULL CHECK (octet_length(service) BETWEEN 1 AND 100 AND service !~ '[[:cntrl:]]'),
  title      text CHECK (octet_length(title) <= 200),
  shipped    bool NOT NULL DEFAULT false CHECK (NOT shipped OR account_id = 0),
  PRIMARY KEY (account_id, service)
);
COMMENT ON TABLE quotakit.service IS 'What is paid for: built-in providers (account 0) and each account''s own.';
COMMENT ON COLUMN quotakit.service.account_id IS 'The account; 0 for all.';
COMMENT ON COLUMN quotakit.service.service IS 'Name used in paths, calls and policies.';
COMMENT ON COLUMN quotakit.service.title IS 'Name for people.';
COMMENT ON COLUMN quotakit.service.shipped IS 'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION.';

CREATE TABLE quotakit.model (
  account_id int4 NOT NULL,
  service    text NOT NULL,
  model      text NOT NULL CHECK (octet_length(model) BETWEEN 1 AND 200 AND model !~ '[[:cntrl:]]'),
  max_input_tokens  int8 CHECK (max_input_tokens > 0),
  max_output_tokens int8 CHECK (max_output_tokens > 0),
  deprecated_on date,
  shipped    bool NOT NULL DEFAULT false CHECK (NOT shipped OR account_id = 0),
  PRIMARY KEY (account_id, service, model),
  FOREIGN KEY (account_id, service) REFERENCES quotakit.service
);
COMMENT ON TABLE quotakit.model IS 'Known models of a service. Calls may name others; those have no price.';
COMMENT ON COLUMN quotakit.model.account_id IS 'The account; 0 for all.';
COMMENT ON COLUMN quotakit.model.service IS 'The service.';
COMMENT ON COLUMN quotakit.model.model IS 'The model, as calls name it.';
COMMENT ON COLUMN quotakit.model.max_input_tokens IS 'Most input tokens a call may have.';
COMMENT ON COLUMN quotakit.model.max_output_tokens IS 'Most output tokens a call may give.';
COMMENT ON COLUMN quotakit.model.deprecated_on IS 'When its provider stops it.';
COMMENT ON COLUMN quotakit.model.shipped IS 'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION.';

CREATE SEQUENCE quotakit.price_version_seq;
CREATE TABLE quotakit.price (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  price_version int8 NOT NULL DEFAULT nextval('quotakit.price_version_seq'),
  service       text NOT NULL,
  model         text NOT NULL DEFAULT '' CHECK (octet_length(model) <= 200),
  meter         text NOT NULL CHECK (octet_length(meter) BETWEEN 1 AND 63 AND meter ~ '^[a-z][a-z0-9_]*$'),
  tier          text NOT NULL DEFAULT 'standard' CHECK (octet_length(tier) BETWEEN 1 AND 63),
  above_tokens  int8 NOT NULL DEFAULT 0 CHECK (above_tokens >= 0),
  valid_from    timestamptz NOT NULL DEFAULT '-infinity',
  -- Eighteen decimals are exact in the 128-bit integers that costs are computed in.
  usd           numeric CHECK (usd BETWEEN 0 AND 1000000 AND scale(trim_scale(usd)) <= 18),
  credits       numeric CHECK (credits BETWEEN 0 AND 1000000 AND scale(trim_scale(credits)) <= 18),
  superseded_by int8,
  shipped       bool NOT NULL DEFAULT false CHECK (NOT shipped OR (account_id = 0 AND superseded_by IS NULL)),
  PRIMARY KEY (account_id, price_version)
);
CREATE UNIQUE INDEX price_one_at_a_time ON quotakit.price
  (account_id, service, model, meter, tier, above_tokens, valid_from) WHERE superseded_by IS NULL;
COMMENT ON TABLE quotakit.price IS 'Dated prices per single unit of a meter. In force: the newest valid_from not after the event''s time. Rows are never changed but to say what superseded them.';
COMMENT ON COLUMN quotakit.price.account_id IS 'The account; 0 for all. An account''s own price goes before the built-in one.';
COMMENT ON COLUMN quotakit.price.price_version IS 'Rises with every price; an event keeps the newest one it was costed by.';
COMMENT ON COLUMN quotakit.price.service IS 'The service.';
COMMENT ON COLUMN quotakit.price.model IS 'The model; empty for any model of the service.';
COMMENT ON COLUMN quotakit.price.meter IS 'input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, or a named meter such as image.';
COMMENT ON COLUMN quotakit.price.tier IS 'standard, batch, priority, flex, or the account''s own.';
COMMENT ON COLUMN quotakit.price.above_tokens IS 'Holds for calls with more input tokens than this (all classes together); 0 for any call.';
COMMENT ON COLUMN quotakit.price.valid_from IS 'From when; until the next one of the same meter.';
COMMENT ON COLUMN quotakit.price.usd IS 'USD per single unit, at most 18 decimals; null for none.';
COMMENT ON COLUMN quotakit.price.credits IS 'Credits per single unit, at most 18 decimals; null for none.';
COMMENT ON COLUMN quotakit.price.superseded_by IS 'The version that corrected this row; null while it stands.';
COMMENT ON COLUMN quotakit.price.shipped IS 'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION and it cannot be superseded, only followed by a newer price.';
-- Money and credits are bigint nano units inside, numeric outside.

CREATE FUNCTION quotakit.nano(amount numeric) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
    RAISE EXCEPTION 'amount % is not a finite number', amount USING ERRCODE = 'QK008';
  END IF;
  IF scale(trim_scale(amount)) > 9 THEN
    RAISE EXCEPTION 'amount % has more than 9 decimals', left(amount::text, 40)
      USING ERRCODE = 'QK008', HINT = 'Amounts are kept in billionths; round it first.';
  END IF;
  IF abs(amount) > 9000000000 THEN
    RAISE EXCEPTION 'amount % is out of range', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = 'An amount is at most 9,000,000,000.';
  END IF;
  RETURN (amount * 1000000000)::int8;
END $$;
COMMENT ON FUNCTION quotakit.nano IS 'An amount of USD or credits in nano units (billionths). Exact: at most 9 decimals and 9,000,000,000 either way, else QK008.';

CREATE FUNCTION quotakit.from_nano(nano int8) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.trim_scale(nano OPERATOR(pg_catalog.*) 0.000000001);
COMMENT ON FUNCTION quotakit.from_nano IS 'Nano units (billionths) as USD or credits, without trailing zeros. The inverse of nano().';

CREATE FUNCTION quotakit._to_unit(amount numeric, unit text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount < 0 AND amount <> '-Infinity' THEN
    RAISE EXCEPTION 'amount % is negative', left(amount::text, 40) USING ERRCODE = 'QK008';
  END IF;
  IF unit IN ('usd', 'credits') THEN
    RETURN quotakit.nano(amount);
  END IF;
  IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
    RAISE EXCEPTION 'amount % is not a finite number', amount USING ERRCODE = 'QK008';
  END IF;
  IF amount <> trunc(amount) THEN
    RAISE EXCEPTION 'amount % is not a whole number', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = format('Amounts of %s are counted in whole numbers.', unit);
  END IF;
  IF amount > 9000000000000000000 THEN
    RAISE EXCEPTION 'amount % is out of range', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = format('An amount of %s is at most 9,000,000,000,000,000,000.', unit);
  END IF;
  RETURN amount::int8;
END $$;
COMMENT ON FUNCTION quotakit._to_unit IS 'An amount that people give for a policy''s unit, as it is stored: nano for usd and credits, itself for requests and tokens. Negative, fractional or too large: QK008.';

CREATE FUNCTION quotakit.in_unit(amount int8, unit text) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN unit OPERATOR(pg_catalog.=) 'usd' OR unit OPERATOR(pg_catalog.=) 'credits'
              THEN quotakit.from_nano(amount) ELSE amount::pg_catalog.numeric END;
COMMENT ON FUNCTION quotakit.in_unit IS 'A stored amount of a policy as people read it: USD or credits from nano, requests and tokens as they are.';
-- For which account a SQL user acts, and what they may do there.
-- These functions are SECURITY DEFINER: who asks is _caller(), never current_user.

CREATE FUNCTION quotakit._is_superior(who name) RETURNS bool
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(bool_or(r.rolsuper OR r.oid = e.extowner), false)
  FROM pg_roles r LEFT JOIN pg_extension e ON e.extname = 'quotakit'
  WHERE r.rolname = who
$$;
COMMENT ON FUNCTION quotakit._is_superior IS 'Whether a role is a superuser or owns the extension: it may act for any account.';

CREATE FUNCTION quotakit._accounts_of(who name) RETURNS TABLE (account_id int4, access text)
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- to_regrole: a role that was dropped is null here, not an error.
  SELECT a.account_id,
         CASE max(CASE a.access WHEN 'owner' THEN 3 WHEN 'admin' THEN 2 ELSE 1 END)
              WHEN 3 THEN 'owner' WHEN 2 THEN 'admin' ELSE 'viewer' END
  FROM quotakit.access a
  WHERE pg_has_role(to_regrole(quote_ident(who)), to_regrole(quote_ident(a.role_name)), 'USAGE')
  GROUP BY a.account_id
$$;
COMMENT ON FUNCTION quotakit._accounts_of IS 'The accounts a role is mapped to, by itself or as a member of a role, with the most it may do there.';

CREATE FUNCTION quotakit._my_accounts(who name) RETURNS SETOF int4
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1
AS $$ SELECT account_id FROM quotakit._accounts_of(who) $$;
COMMENT ON FUNCTION quotakit._my_accounts IS 'Numbers of the accounts a role is mapped to. Row security asks it for current_user, once a query.';

CREATE FUNCTION quotakit._account_access(OUT account_id int4, OUT name text, OUT access text) RETURNS record
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who      name := quotakit._caller();
  superior bool := quotakit._is_superior(who);
  wanted   text := nullif(current_setting('quotakit.account', true), '');
  found_n  int8;
  acting   record;
BEGIN
  -- A member's session has been checked; no setting and no role goes before it.
  SELECT * INTO acting FROM quotakit._acting();
  IF acting.account_id IS NOT NULL THEN
    SELECT a.account_id, a.name, acting.access INTO STRICT account_id, name, access
    FROM quotakit.account a WHERE a.account_id = acting.account_id;
    RETURN;
  END IF;

  IF wanted IS NOT NULL THEN
    -- No name is a number, so what reads as a number is one.
    SELECT a.account_id, a.name, CASE WHEN superior THEN 'owner' ELSE m.access END
      INTO account_id, name, access
    FROM quotakit.account a LEFT JOIN quotakit._accounts_of(who) m ON m.account_id = a.account_id
    WHERE CASE WHEN wanted ~ '^[0-9]{1,18}$' THEN a.account_id = wanted::int8 ELSE a.name = wanted END;
    IF superior AND account_id IS NULL THEN
      RAISE EXCEPTION 'account "%" does not exist', wanted
        USING ERRCODE = 'QK016', HINT = 'Check the setting quotakit.account.';
    ELSIF access IS NULL THEN
      -- The same words whether it exists or not.
      RAISE EXCEPTION 'role "%" may not act for account "%"', who, wanted
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'An owner of the account can call quotakit.grant_access().';
    END IF;
    RETURN;
  END IF;

  SELECT count(*), min(c.account_id), min(c.access) INTO found_n, account_id, access
  FROM (SELECT m.account_id, m.access FROM quotakit._accounts_of(who) m WHERE NOT superior
        UNION ALL
        SELECT a.account_id, 'owner' FROM quotakit.account a WHERE superior AND a.account_id > 0) c;
  IF found_n = 0 AND superior THEN
    RAISE EXCEPTION 'there is no account yet'
      USING ERRCODE = 'QK016', HINT = 'Make one with quotakit.create_account().';
  ELSIF found_n = 0 THEN
    RAISE EXCEPTION 'role "%" has no account', who
      USING ERRCODE = 'QK016', HINT = 'An owner of an account can call quotakit.grant_access().';
  ELSIF found_n > 1 THEN
    RAISE EXCEPTION 'role "%" has % accounts, and none is chosen', who, found_n
      USING ERRCODE = 'QK016', HINT = 'SET quotakit.account = ''name''.';
  END IF;
  SELECT a.name INTO name FROM quotakit.account a WHERE a.account_id = _account_access.account_id;
END $$;
COMMENT ON FUNCTION quotakit._account_access IS 'The current account and what the caller may do there: the one in the setting quotakit.account, or else the only one they have. None: QK016; not theirs: insufficient_privilege.';

CREATE FUNCTION quotakit.current_account(OUT account_id int4, OUT name text, OUT access text) RETURNS record
  LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$ SELECT account_id, name, access FROM quotakit._account_access() $$;
COMMENT ON FUNCTION quotakit.current_account IS 'The account that calls act for: number, name, and what you may do there (owner, admin or viewer). Chosen by SET quotakit.account (a name or number), or the only one you have. None: QK016; not yours: insufficient_privilege.';

-- Call it with 'admin'::text: a bare literal would be taken for a cast to the array
-- type of the table account, which has this name too.
CREATE FUNCTION quotakit._acting_account(need text) RETURNS int4
  LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  me record;
BEGIN
  IF need NOT IN ('viewer', 'admin', 'owner') THEN
    RAISE EXCEPTION 'access "%" does not exist', need USING ERRCODE = 'invalid_parameter_value';
  END IF;
  me := quotakit._account_access();
  IF array_position('{viewer,admin,owner}', me.access) < array_position('{viewer,admin,owner}', need) THEN
    IF (quotakit._acting()).account_id IS NOT NULL THEN
      RAISE EXCEPTION 'you are % of account "%", but % is needed', me.access, me.name, need
        USING ERRCODE = 'insufficient_privilege', HINT = 'An owner of the account can change your role.';
    END IF;
    RAISE EXCEPTION 'role "%" is % of account "%", but % is needed', quotakit._caller(), me.access, me.name, need
      USING ERRCODE = 'insufficient_privilege', HINT = 'An owner of the account can call quotakit.grant_access().';
  END IF;
  RETURN me.account_id;
END $$;
COMMENT ON FUNCTION quotakit._acting_account IS 'Number of the current account, where the caller must be at least viewer, admin or owner. None: QK016; less: insufficient_privilege.';

CREATE FUNCTION quotakit._actor() RETURNS text
  LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
  -- The role always stands first: a setting alone cannot pass for somebody else.
  SELECT quotakit._caller() || coalesce(' for ' || coalesce((quotakit._acting()).actor,
                                                            nullif(current_setting('quotakit.actor', true), '')), '')
$$;
COMMENT ON FUNCTION quotakit._actor IS 'Who acts, for the audit log: the PostgreSQL role, and after "for" the member whose session it is, or whom or what the setting quotakit.actor names.';

CREATE FUNCTION quotakit._lock_account(account_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Changes of one account queue here, before they take a project's lock: one
  -- that waits for another holds nothing that a call needs. Calls never take
  -- this lock, and the key share of foreign keys passes it.
  PERFORM FROM quotakit.account a WHERE a.account_id = _lock_account.account_id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION quotakit._lock_account IS 'Queues changes of one account''s configuration until the end of the transaction. Taken before any project''s lock.';

CREATE FUNCTION quotakit._touch(account_id int4) RETURNS void
  LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE quotakit.account a SET config_version = nextval('quotakit.config_version_seq')
  WHERE a.account_id = _touch.account_id
$$;
COMMENT ON FUNCTION quotakit._touch IS 'Gives the account a new config_version, so that every backend reads its configuration again. The last write of a change.';

CREATE FUNCTION quotakit._require_read_committed() RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Counters are filled from the ledger after the lock; an older snapshot would miss calls.
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    RAISE EXCEPTION 'policies cannot be changed in a % transaction', upper(current_setting('transaction_isolation'))
      USING ERRCODE = 'feature_not_supported',
            DETAIL = 'Its snapshot may be older than calls that are already counted.',
            HINT = 'Use READ COMMITTED.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_read_committed IS 'Refuses a REPEATABLE READ or SERIALIZABLE transaction (feature_not_supported): for functions that fill counters.';
-- Accounts and who may act for them.

CREATE FUNCTION quotakit._check_name(what text, name text, bytes int4) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF name IS NULL THEN
    RAISE EXCEPTION '% is null', what USING ERRCODE = 'null_value_not_allowed';
  ELSIF octet_length(name) NOT BETWEEN 1 AND bytes THEN
    RAISE EXCEPTION '% is % bytes long; 1 to % are allowed', what, octet_length(name), bytes
      USING ERRCODE = 'invalid_parameter_value';
  ELSIF name ~ '[[:cntrl:]]' OR name <> btrim(name) THEN
    RAISE EXCEPTION '% has a control character, or a space at an end', what USING ERRCODE = 'invalid_parameter_value';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_name IS 'Raises unless a name has 1 to so many bytes, no control character and no space at either end.';

CREATE FUNCTION quotakit._check_word(what text, word text, VARIADIC allowed text[]) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF word IS NULL THEN
    RAISE EXCEPTION '% is null', what USING ERRCODE = 'null_value_not_allowed';
  ELSIF word <> ALL (allowed) THEN
    RAISE EXCEPTION '% "%" does not exist', what, word
      USING ERRCODE = 'invalid_parameter_value', HINT = format('One of: %s.', array_to_string(allowed, ', '));
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_word IS 'Raises invalid_parameter_value unless a word is one of those allowed.';

CREATE FUNCTION quotakit._time_zone(zone text) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  canonical text;
BEGIN
  -- AT TIME ZONE would take much else: abbreviations, and any POSIX rule that a typing
  -- error makes. "localtime" is another zone on another machine.
  SELECT z.name INTO canonical FROM pg_timezone_names z
  WHERE lower(z.name) = lower(zone) AND z.name !~ '^(posix|right)/' AND z.name NOT IN ('localtime', 'posixrules', 'Factory');
  IF canonical IS NULL THEN
    RAISE EXCEPTION 'time zone "%" does not exist', coalesce(zone, 'null')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an IANA name, such as Europe/Berlin; see pg_timezone_names.';
  END IF;
  RETURN canonical;
END $$;
COMMENT ON FUNCTION quotakit._time_zone IS 'An IANA time zone by its name, in the usual spelling. Any other: invalid_parameter_value.';

CREATE FUNCTION quotakit._billing_day(day int4) RETURNS int2
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF day NOT BETWEEN 1 AND 28 THEN
    RAISE EXCEPTION 'billing day % is out of range', day
      USING ERRCODE = 'QK008', DETAIL = 'Billing months begin on day 1 to 28, which every month has.';
  END IF;
  RETURN day;
END $$;
COMMENT ON FUNCTION quotakit._billing_day IS 'A billing day as it is stored; null for null. Not 1 to 28: QK008.';

CREATE FUNCTION quotakit._week_start(day int4) RETURNS int2
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF day NOT BETWEEN 1 AND 7 THEN
    RAISE EXCEPTION 'week start % is out of range', day
      USING ERRCODE = 'QK008', DETAIL = 'Weeks begin on day 1 (Monday) to 7 (Sunday).';
  END IF;
  RETURN day;
END $$;
COMMENT ON FUNCTION quotakit._week_start IS 'A week start as it is stored; null for null. Not 1 to 7: QK008.';

CREATE FUNCTION quotakit._check_account(a quotakit.account) RETURNS quotakit.account
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit._check_name('account name', a.name, 63);
  IF a.name ~ '^[0-9]+$' THEN
    RAISE EXCEPTION 'account name "%" is a number', a.name
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Accounts are chosen by name or by number, so a name must not be one.';
  END IF;
  a.time_zone := quotakit._time_zone(a.time_zone);
  IF a.billing_day IS NULL OR a.week_start IS NULL THEN
    RAISE EXCEPTION '% is null', CASE WHEN a.billing_day IS NULL THEN 'billing day' ELSE 'week start' END
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF a.usd_per_credit IN ('NaN', 'Infinity') OR a.usd_per_credit <= 0 OR a.usd_per_credit > 1000000 THEN
    RAISE EXCEPTION 'credit price % is out of range', a.usd_per_credit
      USING ERRCODE = 'QK008', DETAIL = 'One credit is sold for more than 0 and at most 1,000,000 USD.';
  END IF;
  IF a.contact_name IS NOT NULL THEN
    PERFORM quotakit._check_name('contact name', a.contact_name, 200);
  END IF;
  IF a.contact_email IS NOT NULL AND (octet_length(a.contact_email) > 254
      OR a.contact_email !~ '^[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+@[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+$') THEN
    RAISE EXCEPTION 'contact e-mail % is not an address', to_json(left(a.contact_email, 100))
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has one @, no spaces, and at most 254 bytes.';
  END IF;
  IF octet_length(a.billing_address) > 1000 OR a.billing_address ~ '[\x01-\x09\x0b-\x1f\x7f]' THEN
    RAISE EXCEPTION 'billing address is longer than 1000 bytes, or has a control character'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM quotakit._check_word('on_unknown_path', a.on_unknown_path, 'reject', 'create');
  IF a.retention IS NULL OR a.retention < '35 days' OR a.retention > '100 years' THEN
    RAISE EXCEPTION 'retention % is out of range', coalesce(a.retention::text, 'null')
      USING ERRCODE = 'QK008', DETAIL = 'Events are kept for 35 days to 100 years.';
  END IF;
  RETURN a;
END $$;
COMMENT ON FUNCTION quotakit._check_account IS 'Raises unless the settings of an account are right, and returns it with the time zone in its usual spelling.';

CREATE FUNCTION quotakit.create_account(
  name text, time_zone text DEFAULT 'UTC', billing_day int4 DEFAULT 1, week_start int4 DEFAULT 1,
  usd_per_credit numeric DEFAULT NULL, contact_name text DEFAULT NULL, contact_email text DEFAULT NULL,
  on_unknown_path text DEFAULT 'reject', retention interval DEFAULT '13 months') RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  me  name := quotakit._caller();
  new quotakit.account;
BEGIN
  new.name := name;
  new.time_zone := time_zone;
  new.billing_day := quotakit._billing_day(billing_day);
  new.week_start := quotakit._week_start(week_start);
  new.usd_per_credit := usd_per_credit;
  new.contact_name := nullif(contact_name, '');
  new.contact_email := nullif(contact_email, '');
  new.on_unknown_path := on_unknown_path;
  new.retention := retention;
  new := quotakit._check_account(new);

  INSERT INTO quotakit.account AS a (account_id, name, time_zone, billing_day, week_start, usd_per_credit,
                                     contact_name, contact_email, on_unknown_path, retention)
  VALUES (nextval('quotakit.account_id_seq'), new.name, new.time_zone, new.billing_day, new.week_start,
          new.usd_per_credit, new.contact_name, new.contact_email, new.on_unknown_path, new.retention)
  ON CONFLICT ON CONSTRAINT account_name_key DO NOTHING
  RETURNING a.account_id INTO new.account_id;
  IF new.account_id IS NULL THEN
    RAISE EXCEPTION 'account "%" exists already', new.name USING ERRCODE = 'QK015';
  END IF;
  -- A superuser needs no mapping, and would otherwise become its owner by accident;
  -- so would the gateway's role when somebody signs up.
  IF NOT quotakit._is_superior(me) AND (quotakit._acting()).account_id IS NULL THEN
    INSERT INTO quotakit.access (account_id, role_name, access) VALUES (new.account_id, me, 'owner');
  END IF;
  PERFORM quotakit.make_partitions();
  RETURN new.account_id;
END $$;
COMMENT ON FUNCTION quotakit.create_account IS 'Makes an account and returns its number. The caller becomes its owner, unless a superuser. Time zone: an IANA name; billing day 1 to 28; week start 1 (Monday) to 7; on_unknown_path: reject or create. Name taken: QK015; out of range: QK008.';

CREATE FUNCTION quotakit.set_account(
  name text DEFAULT NULL, time_zone text DEFAULT NULL, billing_day int4 DEFAULT NULL, week_start int4 DEFAULT NULL,
  usd_per_credit numeric DEFAULT NULL, contact_name text DEFAULT NULL, contact_email text DEFAULT NULL,
  on_unknown_path text DEFAULT NULL, retention interval DEFAULT NULL, billing_address text DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
  old     quotakit.account;
  new     quotakit.account;
  rezone  bool;
  periods text[];
BEGIN
  PERFORM quotakit._lock_account(account);
  SELECT * INTO STRICT old FROM quotakit.account a WHERE a.account_id = account;
  new := old;
  new.name := coalesce(name, old.name);
  new.time_zone := coalesce(time_zone, old.time_zone);
  new.billing_day := coalesce(quotakit._billing_day(billing_day), old.billing_day);
  new.week_start := coalesce(quotakit._week_start(week_start), old.week_start);
  new.usd_per_credit := CASE WHEN usd_per_credit = 0 THEN NULL ELSE coalesce(usd_per_credit, old.usd_per_credit) END;
  new.contact_name := nullif(coalesce(contact_name, old.contact_name), '');
  new.contact_email := nullif(coalesce(contact_email, old.contact_email), '');
  new.on_unknown_path := coalesce(on_unknown_path, old.on_unknown_path);
  new.retention := coalesce(retention, old.retention);
  new.billing_address := nullif(coalesce(billing_address, old.billing_address), '');
  new := quotakit._check_account(new);

  rezone := new.time_zone <> old.time_zone;
  periods := CASE WHEN rezone THEN '{hour,day,week,month,quarter,year}'::text[]
             ELSE CASE WHEN new.billing_day <> old.billing_day THEN '{month,quarter,year}'::text[] ELSE '{}' END
                  || CASE WHEN new.week_start <> old.week_start THEN '{week}'::text[] ELSE '{}' END END;
  IF periods <> '{}' THEN
    PERFORM quotakit._recut_begin(account);
  END IF;

  BEGIN
    UPDATE quotakit.account a
    SET name = new.name, time_zone = new.time_zone, billing_day = new.billing_day, week_start = new.week_start,
        usd_per_credit = new.usd_per_credit, contact_name = new.contact_name, contact_email = new.contact_email,
        on_unknown_path = new.on_unknown_path, retention = new.retention, billing_address = new.billing_address
    WHERE a.account_id = account;
  EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'account "%" exists already', new.name USING ERRCODE = 'QK015';
  END;

  IF rezone THEN
    PERFORM quotakit._recut_rollups(account);
  END IF;
  PERFORM quotakit._recut_counters(account, periods);
  PERFORM quotakit._touch(account);
END $$;
COMMENT ON FUNCTION quotakit.set_account IS 'Changes what is given of the current account (owner only). An empty contact or billing address clears it, and so does a credit price of 0. Another time zone, billing day or week start recounts the current windows of its policies, with all its projects locked; another time zone also sums the whole ledger anew by its hours, which takes about as long as reading it. Out of range: QK008; name taken: QK015.';

CREATE FUNCTION quotakit._keep_an_owner(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT quotakit._is_superior(quotakit._caller())
     AND NOT EXISTS (SELECT FROM quotakit.access a WHERE a.account_id = account AND a.access = 'owner') THEN
    RAISE EXCEPTION 'the account would have no owner' USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'Make another role owner first.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._keep_an_owner IS 'Raises object_not_in_prerequisite_state when an account has lost its last owner, unless the caller is a superuser.';

CREATE FUNCTION quotakit.grant_access(role name, access text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
BEGIN
  PERFORM quotakit._check_word('access', access, 'owner', 'admin', 'viewer');
  IF role IS NULL OR NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
    RAISE EXCEPTION 'role "%" does not exist', coalesce(role, 'null') USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM quotakit._lock_account(account);
  INSERT INTO quotakit.access AS a (account_id, role_name, access) VALUES (account, role, grant_access.access)
  ON CONFLICT ON CONSTRAINT access_pkey DO UPDATE SET access = excluded.access, granted_at = now()
    WHERE a.access <> excluded.access;
  PERFORM quotakit._keep_an_owner(account);
END $$;
COMMENT ON FUNCTION quotakit.grant_access IS 'Lets a PostgreSQL role and its members act for the current account as owner, admin or viewer, or changes that (owner only). What it may execute at all comes from membership in quotakit_reader, quotakit_app or quotakit_admin. Unknown role: undefined_object.';

CREATE FUNCTION quotakit.revoke_access(role name) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
BEGIN
  PERFORM quotakit._lock_account(account);
  -- The role itself may be gone already.
  DELETE FROM quotakit.access a WHERE a.account_id = account AND a.role_name = role;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'role "%" has no access to the account', coalesce(role, 'null') USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM quotakit._keep_an_owner(account);
END $$;
COMMENT ON FUNCTION quotakit.revoke_access IS 'Ends what a PostgreSQL role may do for the current account (owner only). No such access: undefined_object; the last owner stays.';
-- Paths: made, described, archived, frozen. An archived or frozen node covers its
-- subtree; only the node itself is marked, so that restoring it brings back what was.

CREATE FUNCTION quotakit._require_service(account int4, service text) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF service IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.service s
       WHERE s.account_id IN (0, account) AND s.service = _require_service.service) THEN
    RAISE EXCEPTION 'service "%" does not exist', left(service, 100)
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.service, or make it with quotakit.create_service().';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_service IS 'Raises undefined_object unless a service is null, built in, or the account''s own.';

CREATE FUNCTION quotakit._check_tags(tags text[]) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tag text;
BEGIN
  IF cardinality(tags) > 32 THEN
    RAISE EXCEPTION 'a path has at most 32 tags, not %', cardinality(tags) USING ERRCODE = 'QK008';
  END IF;
  FOREACH tag IN ARRAY coalesce(tags, '{}') LOOP
    PERFORM quotakit._check_name('tag', tag, 100);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._check_tags IS 'Raises unless there are at most 32 tags of 1 to 100 bytes each.';

CREATE FUNCTION quotakit._check_notes(notes text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF octet_length(notes) > 65536 THEN
    RAISE EXCEPTION 'notes are % bytes long; at most 65536 are allowed', octet_length(notes) USING ERRCODE = 'QK008';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_notes IS 'Raises QK008 when notes are longer than 65,536 bytes.';

CREATE FUNCTION quotakit._node(account int4, path quotakit.qpath) RETURNS quotakit.node
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_node quotakit.node;
BEGIN
  IF path IS NULL THEN
    RAISE EXCEPTION 'path is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  SELECT * INTO found_node FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) _node.path;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'path "%" does not exist', path
      USING ERRCODE = 'QK001', HINT = 'Make it with quotakit.create_node().';
  END IF;
  RETURN found_node;
END $$;
COMMENT ON FUNCTION quotakit._node IS 'The node of a path of an account. None: QK001.';

CREATE FUNCTION quotakit._refuse_archived(account int4, path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  above quotakit.qpath;
BEGIN
  SELECT n.path INTO above FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _refuse_archived.path AND n.archived_at IS NOT NULL
  ORDER BY n.path LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'path "%" is archived', above
      USING ERRCODE = 'QK002', HINT = 'Bring it back with quotakit.restore_node().';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._refuse_archived IS 'Raises QK002 when a path or one above it is archived.';

CREATE FUNCTION quotakit._open_node(account int4, path quotakit.qpath) RETURNS quotakit.node
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  root int4;
BEGIN
  -- Fails for an unknown path before it waits for anything.
  PERFORM quotakit._node(account, path);
  PERFORM quotakit._lock_account(account);
  SELECT n.node_id INTO STRICT root FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) quotakit.root(_open_node.path);
  PERFORM quotakit._lock_project(account, root);
  RETURN quotakit._node(account, path);
END $$;
COMMENT ON FUNCTION quotakit._open_node IS 'Locks the account''s configuration and the path''s project, then returns the node as it is now. Unknown path: QK001.';

CREATE FUNCTION quotakit._create_nodes(account_id int4, path quotakit.qpath, service text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := account_id;
  leaf  quotakit.qpath := path;
  serve text := service;
  made  int4;
BEGIN
  IF serve IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.service s
       WHERE s.account_id IN (0, acct) AND s.service = serve) THEN
    RETURN NULL;
  END IF;
  -- What would be made there is archived too, until a restore brings it to life.
  IF EXISTS (SELECT FROM quotakit.node n
             WHERE n.account_id = acct AND n.path OPERATOR(quotakit.@>) leaf AND n.archived_at IS NOT NULL) THEN
    RETURN 0;
  END IF;
  -- From the root down, so that two who make one path wait for each other in one order.
  INSERT INTO quotakit.node (account_id, path, service)
  SELECT acct, a, CASE WHEN a OPERATOR(quotakit.=) leaf THEN serve END
  FROM unnest(quotakit.ancestors(leaf)) a
  WHERE NOT EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = acct AND n.path OPERATOR(quotakit.=) a)
  ORDER BY a
  ON CONFLICT (account_id, path) DO NOTHING;
  SELECT n.node_id INTO made FROM quotakit.node n WHERE n.account_id = acct AND n.path OPERATOR(quotakit.=) leaf;
  RETURN made;
END $$;
COMMENT ON FUNCTION quotakit._create_nodes IS 'Makes a path with its service, and what is missing above it as umbrellas; returns its node, made or not. Makes nothing and returns null when the service does not exist, 0 when the path or one above it is archived. Raises nothing for what a call can contain, takes no lock.';

CREATE FUNCTION quotakit.create_node(
  path quotakit.qpath, service text DEFAULT NULL, notes text DEFAULT NULL, tags text[] DEFAULT '{}') RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  id      int4;
BEGIN
  IF path IS NULL THEN
    RAISE EXCEPTION 'path is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._require_service(account, service);
  PERFORM quotakit._check_notes(notes);
  PERFORM quotakit._check_tags(tags);
  PERFORM quotakit._refuse_archived(account, path);
  IF quotakit.nlevel(path) > 1 THEN
    PERFORM quotakit._create_nodes(account, quotakit.parent(path), NULL);
  END IF;
  INSERT INTO quotakit.node AS n (account_id, path, service, notes, tags)
  VALUES (account, create_node.path, create_node.service, nullif(create_node.notes, ''), coalesce(create_node.tags, '{}'))
  ON CONFLICT DO NOTHING
  RETURNING n.node_id INTO id;
  IF id IS NULL THEN
    RAISE EXCEPTION 'path "%" exists already', path
      USING ERRCODE = 'QK015', HINT = 'Use quotakit.set_service() to give an umbrella its service, quotakit.set_node() for notes and tags.';
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.create_node IS 'Makes a path and returns its number; what is missing above it is made too, as umbrellas. Without a service it is an umbrella and takes no calls. Exists: QK015; below an archived one: QK002; unknown service: undefined_object.';

CREATE FUNCTION quotakit.set_service(path quotakit.qpath, service text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node;
BEGIN
  IF service IS NULL THEN
    RAISE EXCEPTION 'service is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._require_service(account, service);
  node := quotakit._open_node(account, path);
  IF node.service = service THEN
    RETURN;
  ELSIF node.service IS NOT NULL THEN
    RAISE EXCEPTION 'path "%" has service "%" already', path, node.service
      USING ERRCODE = 'QK003', DETAIL = 'A service is assigned once and never changes.',
            HINT = 'Make another path for another service.';
  END IF;
  PERFORM quotakit._refuse_archived(account, path);
  UPDATE quotakit.node n SET service = set_service.service
  WHERE n.account_id = account AND n.node_id = node.node_id;
  PERFORM quotakit._touch(account);
END $$;
COMMENT ON FUNCTION quotakit.set_service IS 'Gives an umbrella its service, once and for all. It has another: QK003; unknown path: QK001; unknown service: undefined_object.';

CREATE FUNCTION quotakit.set_node(path quotakit.qpath, notes text DEFAULT NULL, tags text[] DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._node(account, path);
BEGIN
  PERFORM quotakit._check_notes(notes);
  PERFORM quotakit._check_tags(tags);
  -- Neither changes what a call meets: no lock.
  UPDATE quotakit.node n SET notes = nullif(coalesce(set_node.notes, n.notes), ''), tags = coalesce(set_node.tags, n.tags)
  WHERE n.account_id = account AND n.node_id = node.node_id;
END $$;
COMMENT ON FUNCTION quotakit.set_node IS 'Changes the notes or the tags of a path, whichever is given; empty notes clear them. Unknown path: QK001.';

CREATE FUNCTION quotakit.archive_node(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
BEGIN
  UPDATE quotakit.node n SET archived_at = clock_timestamp()
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.archived_at IS NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.archive_node IS 'Archives a path and all below it: new calls are rejected, open reservations settle, history stays and counts. Again: nothing. Unknown path: QK001.';

CREATE FUNCTION quotakit.restore_node(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
BEGIN
  UPDATE quotakit.node n SET archived_at = NULL
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.archived_at IS NOT NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
  -- Rolls back: one that stays archived from above has not been restored.
  PERFORM quotakit._refuse_archived(account, path);
END $$;
COMMENT ON FUNCTION quotakit.restore_node IS 'Brings an archived path back, and what is below it unless that was archived by itself. One above it is archived: QK002; unknown path: QK001.';

CREATE FUNCTION quotakit.freeze(path quotakit.qpath, reason text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node;
BEGIN
  PERFORM quotakit._check_name('reason', reason, 1000);
  node := quotakit._open_node(account, path);
  UPDATE quotakit.node n SET frozen_reason = reason
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.frozen_reason IS DISTINCT FROM reason;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.freeze IS 'Stops a path and all below it at once: every reservation is refused with the reason (1 to 1,000 bytes) until thaw(). Spend that happens all the same is recorded. Unknown path: QK001.';

CREATE FUNCTION quotakit.thaw(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
  above   quotakit.node;
BEGIN
  UPDATE quotakit.node n SET frozen_reason = NULL
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.frozen_reason IS NOT NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
  SELECT * INTO above FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) thaw.path AND n.frozen_reason IS NOT NULL
  ORDER BY n.path LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'path "%" is frozen', above.path
      USING ERRCODE = 'QK014', DETAIL = format('Reason: %s', above.frozen_reason),
            HINT = 'It covers its subtree; thaw it instead.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.thaw IS 'Ends what freeze() did to this path. Not frozen: nothing. One above it is frozen: QK014; unknown path: QK001.';
-- Policies. Every change is made under the project's lock and ends with a new
-- config_version (R6, R11).

CREATE FUNCTION quotakit._open_policy(account int4, policy_id int4) RETURNS quotakit.policy
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_path  quotakit.qpath;
  policy   quotakit.policy;
BEGIN
  -- A policy never moves, so its path may be read before the lock.
  SELECT n.path INTO at_path FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id)
  WHERE p.account_id = account AND p.policy_id = _open_policy.policy_id;
  IF at_path IS NOT NULL THEN
    PERFORM quotakit._open_node(account, at_path);
    SELECT * INTO policy FROM quotakit.policy p
    WHERE p.account_id = account AND p.policy_id = _open_policy.policy_id AND p.archived_at IS NULL;
  END IF;
  IF policy.policy_id IS NULL THEN
    RAISE EXCEPTION 'policy % does not exist', coalesce(policy_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.policy_status.';
  END IF;
  RETURN policy;
END $$;
COMMENT ON FUNCTION quotakit._open_policy IS 'Locks the account''s configuration and the policy''s project, then returns the live policy. None: undefined_object.';

CREATE FUNCTION quotakit._change_policy(policy quotakit.policy, amount int8, enforcement text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (policy.limit_amount, policy.enforcement) = (amount, enforcement) THEN
    RETURN;
  END IF;
  UPDATE quotakit.policy p
  SET limit_amount = amount, enforcement = _change_policy.enforcement,
      -- A boost that has ended must not stand in the way of a higher limit.
      boost_amount = CASE WHEN p.boost_until > clock_timestamp() THEN p.boost_amount ELSE 0 END,
      boost_until = CASE WHEN p.boost_until > clock_timestamp() THEN p.boost_until END
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'limit and boost together are out of range' USING ERRCODE = 'QK008',
    HINT = 'End the boost with quotakit.boost_policy(policy_id, 0).';
END $$;
COMMENT ON FUNCTION quotakit._change_policy IS 'Gives a locked policy another limit (as stored) and enforcement. Nothing changes: nothing is written.';

CREATE FUNCTION quotakit.set_policy(
  path quotakit.qpath, amount numeric, unit text DEFAULT 'usd', period text DEFAULT 'month',
  enforcement text DEFAULT 'block', service text DEFAULT NULL, model text DEFAULT NULL,
  rolling bool DEFAULT false) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account   int4 := quotakit._acting_account('admin');
  node      quotakit.node;
  existing  quotakit.policy;
  stored    int8;
  free_slot int2;
  id        int4;
BEGIN
  PERFORM quotakit._check_word('unit', unit, 'usd', 'credits', 'requests', 'tokens');
  PERFORM quotakit._check_word('period', period, 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'lifetime');
  PERFORM quotakit._check_word('enforcement', enforcement, 'open', 'block', 'strict', 'shadow');
  IF amount IS NULL OR rolling IS NULL THEN
    RAISE EXCEPTION '% is null', CASE WHEN amount IS NULL THEN 'amount' ELSE 'rolling' END
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  stored := quotakit._to_unit(amount, unit);
  IF rolling AND period = 'lifetime' THEN
    RAISE EXCEPTION 'a lifetime cannot be rolling' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM quotakit._require_service(account, service);
  IF model IS NOT NULL THEN
    IF service IS NULL THEN
      RAISE EXCEPTION 'model "%" is given without its service', left(model, 200)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the service too: models of two services may share a name.';
    END IF;
    PERFORM quotakit._check_name('model', model, 200);
  END IF;
  PERFORM quotakit._require_read_committed();

  node := quotakit._open_node(account, path);
  PERFORM quotakit._refuse_archived(account, path);
  SELECT * INTO existing FROM quotakit.policy p
  WHERE p.account_id = account AND p.node_id = node.node_id AND p.archived_at IS NULL
    AND (p.unit, p.period, p.rolling) = (set_policy.unit, set_policy.period, set_policy.rolling)
    AND p.service IS NOT DISTINCT FROM set_policy.service AND p.model IS NOT DISTINCT FROM set_policy.model;
  IF FOUND THEN
    PERFORM quotakit._change_policy(existing, stored, enforcement);
    RETURN existing.policy_id;
  END IF;

  -- The lock serialises; the unique index on live slots guards.
  SELECT min(s) INTO free_slot FROM generate_series(1, 10) s
  WHERE NOT EXISTS (SELECT FROM quotakit.policy p
                    WHERE p.account_id = account AND p.node_id = node.node_id AND p.slot = s AND p.archived_at IS NULL);
  IF free_slot IS NULL THEN
    RAISE EXCEPTION 'path "%" has ten policies already', path
      USING ERRCODE = 'QK013', DETAIL = 'A path carries at most ten live policies.',
            HINT = 'Remove one with quotakit.remove_policy(), or put this one on a path above or below.';
  END IF;
  INSERT INTO quotakit.policy AS p (account_id, node_id, slot, unit, period, rolling, service, model, limit_amount, enforcement)
  VALUES (account, node.node_id, free_slot, set_policy.unit, set_policy.period, set_policy.rolling,
          set_policy.service, set_policy.model, stored, set_policy.enforcement)
  RETURNING p.policy_id INTO id;
  PERFORM quotakit._fill_counters(account, id);
  PERFORM quotakit._touch(account);
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.set_policy IS 'Sets a limit on a path and everything below it, and returns the policy''s number. amount: USD or credits (at most 9 decimals), or whole requests or tokens. A live policy with the same service, model, unit, period and rolling gets the new limit and enforcement; else a new one counts its whole current window from the start. Eleventh: QK013; amount out of range: QK008; unknown path: QK001; archived: QK002.';

CREATE FUNCTION quotakit.set_limit(policy_id int4, amount numeric) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
BEGIN
  IF amount IS NULL THEN
    RAISE EXCEPTION 'amount is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._change_policy(policy, quotakit._to_unit(amount, policy.unit), policy.enforcement);
END $$;
COMMENT ON FUNCTION quotakit.set_limit IS 'Gives a policy another limit, in its unit. It may lie below what is used: what is held stands, new calls stop. Out of range: QK008; no such policy: undefined_object.';

CREATE FUNCTION quotakit.set_enforcement(policy_id int4, enforcement text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  policy  quotakit.policy;
BEGIN
  PERFORM quotakit._check_word('enforcement', enforcement, 'open', 'block', 'strict', 'shadow');
  policy := quotakit._open_policy(account, policy_id);
  PERFORM quotakit._change_policy(policy, policy.limit_amount, enforcement);
END $$;
COMMENT ON FUNCTION quotakit.set_enforcement IS 'Changes what a policy does when it is full: open, block, strict or shadow. No such policy: undefined_object.';

CREATE FUNCTION quotakit.boost_policy(policy_id int4, amount numeric, until timestamptz DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
  stored int8;
BEGIN
  IF amount IS NULL THEN
    RAISE EXCEPTION 'amount is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  stored := quotakit._to_unit(amount, policy.unit);
  IF stored > 9000000000000000000 - policy.limit_amount THEN
    RAISE EXCEPTION 'limit and boost together are out of range' USING ERRCODE = 'QK008';
  END IF;
  IF stored > 0 AND (until IS NULL OR until <= clock_timestamp() OR NOT isfinite(until)) THEN
    RAISE EXCEPTION 'the end of a boost must lie ahead'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'For more without an end, raise the limit.';
  END IF;
  UPDATE quotakit.policy p SET boost_amount = stored, boost_until = CASE WHEN stored > 0 THEN until END
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
END $$;
COMMENT ON FUNCTION quotakit.boost_policy IS 'Adds an amount, in the policy''s unit, to its limit until an instant; takes the place of an earlier boost. 0 ends it. Out of range: QK008; no such policy: undefined_object.';

CREATE FUNCTION quotakit.remove_policy(policy_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
BEGIN
  UPDATE quotakit.policy p SET archived_at = clock_timestamp()
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  -- Nothing counts for it any more, so its counters would only drift from the ledger.
  DELETE FROM quotakit.counter c WHERE c.account_id = policy.account_id AND c.policy_id = policy.policy_id;
  DELETE FROM quotakit.baseline b WHERE b.account_id = policy.account_id AND b.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
END $$;
COMMENT ON FUNCTION quotakit.remove_policy IS 'Ends a policy. Its refusals and its row stay, archived; its counters go. No such policy: undefined_object.';
-- API keys: shown once, kept as a hash of a hash.

CREATE FUNCTION quotakit.create_key(name text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  secret  text;
BEGIN
  PERFORM quotakit._check_name('key name', name, 100);
  -- The account's number is in the key, so that any router can find its server.
  secret := format('aisc_%s_%s', account,
                   rtrim(translate(encode(quotakit._random_bytes(32), 'base64'), '+/', '-_'), '='));
  PERFORM quotakit._lock_account(account);
  -- Callers hand over only the hash; what is kept is of no use to whoever reads it.
  INSERT INTO quotakit.api_key (account_id, name, key_hash, created_by)
  VALUES (account, create_key.name, sha256(sha256(convert_to(secret, 'UTF8'))), quotakit._actor());
  PERFORM quotakit._touch(account);
  RETURN secret;
END $$;
COMMENT ON FUNCTION quotakit.create_key IS 'Makes an API key for the current account and returns it, this once: aisc_<account>_<43 characters>. Name: 1 to 100 bytes.';

CREATE FUNCTION quotakit.revoke_key(key_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  UPDATE quotakit.api_key k SET revoked_at = coalesce(k.revoked_at, clock_timestamp())
  WHERE k.account_id = account AND k.key_id = revoke_key.key_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'key % does not exist', coalesce(key_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.api_key_list.';
  END IF;
  PERFORM quotakit._touch(account);
END $$;
COMMENT ON FUNCTION quotakit.revoke_key IS 'Ends an API key at once. Again: nothing. No such key: undefined_object.';

CREATE VIEW quotakit.api_key_list WITH (security_invoker = true) AS
SELECT k.account_id, k.key_id, k.name, k.created_at, k.created_by, k.revoked_at, k.last_used
FROM quotakit.api_key k;
COMMENT ON VIEW quotakit.api_key_list IS 'API keys of the accounts you may see. The keys themselves are nowhere.';
COMMENT ON COLUMN quotakit.api_key_list.account_id IS 'The account the key acts for.';
COMMENT ON COLUMN quotakit.api_key_list.key_id IS 'Number of the key, for revoke_key().';
COMMENT ON COLUMN quotakit.api_key_list.name IS 'What its owner calls it.';
COMMENT ON COLUMN quotakit.api_key_list.created_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.api_key_list.created_by IS 'Who made it.';
COMMENT ON COLUMN quotakit.api_key_list.revoked_at IS 'When it was revoked; null while it works.';
COMMENT ON COLUMN quotakit.api_key_list.last_used IS 'When it was last used, to the minute.';
-- The log of every change of configuration. The triggers that call this are made
-- after the built-in rows (90-access.sql).

CREATE FUNCTION quotakit._secret_columns() RETURNS TABLE (table_name name, column_name name)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Bodies: a confirmation's holds its token.
  VALUES ('api_key'::name, 'key_hash'::name), ('member', 'password_hash'), ('session', 'token_hash'), ('invitation', 'token_hash'),
         ('sign_in_attempt', 'email_hash'),
         ('recipient', 'url'), ('recipient', 'secret'), ('recipient', 'previous_secret'), ('recipient', 'token_hash'),
         ('notification', 'body_text'), ('notification', 'body_html')
$$;
COMMENT ON FUNCTION quotakit._secret_columns IS 'Columns that nobody may read and no log may hold.';

CREATE FUNCTION quotakit._audit() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- Not configuration, or not for the log.
  hidden text[] := ARRAY(SELECT s.column_name::text FROM quotakit._secret_columns() s WHERE s.table_name = TG_TABLE_NAME)
                   || '{config_version,last_used,sealed_until,counts_from}';
  was    jsonb;
  becomes jsonb;
BEGIN
  -- A restore loads the log itself. pg_dump's scripts turn row security off, and are
  -- run by a superuser; from anybody else that setting hides nothing.
  IF current_setting('row_security') = 'off' AND quotakit._is_superior(quotakit._caller()) THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    was := to_jsonb(OLD) - hidden;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    becomes := to_jsonb(NEW) - hidden;
  END IF;
  IF was IS DISTINCT FROM becomes THEN
    INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after)
    VALUES ((coalesce(becomes, was) ->> 'account_id')::int4, quotakit._actor(), TG_TABLE_NAME, lower(TG_OP), was, becomes);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._audit IS 'Row trigger: writes a change to audit_log, without secrets. A new config_version or last_used alone is no change.';
-- Another time zone, billing day or week start cuts time anew: rollups are kept by
-- local hour, counters by window.

CREATE FUNCTION quotakit._recut_rollups(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  sealed timestamptz;
  zone   text;
BEGIN
  SELECT a.sealed_until, a.time_zone INTO STRICT sealed, zone FROM quotakit.account a WHERE a.account_id = account;
  -- Everything becomes deltas again, and is folded as ever. What retention has
  -- dropped from the ledger keeps the hours it was counted in.
  DELETE FROM quotakit.rollup_delta d WHERE d.account_id = account AND d.hour >= sealed;
  DELETE FROM quotakit.subtree_hour s WHERE s.account_id = account;
  DELETE FROM quotakit.subtree_day s WHERE s.account_id = account;
  WITH gone AS (
    DELETE FROM quotakit.rollup_hour r WHERE r.account_id = account RETURNING *)
  INSERT INTO quotakit.rollup_delta (account_id, node_id, model, hour, events, failed, unpriced, requests,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  SELECT account, g.node_id, g.model, g.hour, g.events, g.failed, g.unpriced, g.requests,
         g.input_tokens, g.cached_input_tokens, g.cache_write_tokens, g.output_tokens, g.reasoning_tokens, g.usd, g.credits
  FROM gone g WHERE g.hour < sealed;
  INSERT INTO quotakit.rollup_delta (account_id, node_id, model, hour, events, failed, unpriced, requests,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  SELECT account, e.node_id, e.model, quotakit.local_hour(e.at, zone),
         count(*) FILTER (WHERE e.flags & 128 = 0),
         count(*) FILTER (WHERE e.flags & (128 + 32) = 32),
         count(*) FILTER (WHERE e.flags & 8 <> 0) - count(*) FILTER (WHERE e.flags & 1024 <> 0),
         sum(e.requests), sum(e.input_tokens), sum(e.cached_input_tokens), sum(e.cache_write_tokens),
         sum(e.output_tokens), sum(e.reasoning_tokens), sum(e.usd), sum(e.credits)
  FROM quotakit.event e WHERE e.account_id = account AND e.at >= sealed
  GROUP BY e.node_id, e.model, quotakit.local_hour(e.at, zone);
  WHILE quotakit._fold_account(account, 1000000) > 0 LOOP
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_rollups IS 'Sums the ledger of an account again by the hours and days of its time zone. The caller holds the account''s folding lock and all its projects'' locks.';

CREATE FUNCTION quotakit._recut_begin(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  PERFORM quotakit._require_read_committed();
  PERFORM quotakit._fold_lock(account, true);
  -- Stronger than _lock_account(): no path can be made meanwhile, so no project
  -- can come that is not locked below.
  PERFORM FROM quotakit.account a WHERE a.account_id = account FOR UPDATE;
  FOR id IN SELECT n.node_id FROM quotakit.node n
            WHERE n.account_id = account AND quotakit.nlevel(n.path) = 1 ORDER BY n.node_id LOOP
    PERFORM quotakit._lock_project(account, id);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_begin IS 'Stops all writers of an account''s rollups and counters until the end of the transaction: the folding lock, the account, then every project in ascending order.';

CREATE FUNCTION quotakit._recut_counters(account int4, periods text[]) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  FOR id IN SELECT p.policy_id FROM quotakit.policy p
            WHERE p.account_id = account AND p.archived_at IS NULL AND NOT p.rolling AND p.period = ANY (periods)
            ORDER BY p.policy_id LOOP
    -- Windows of the old cut are no windows any more.
    DELETE FROM quotakit.counter c WHERE c.account_id = account AND c.policy_id = id;
    DELETE FROM quotakit.baseline b WHERE b.account_id = account AND b.policy_id = id;
    UPDATE quotakit.policy p SET counts_from = clock_timestamp() WHERE p.account_id = account AND p.policy_id = id;
    PERFORM quotakit._fill_counters(account, id);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recut_counters IS 'Counts the current windows of the account''s calendar policies of these periods anew, after its settings have changed and under all its projects'' locks.';
-- Services, models and prices: what a person at psql calls instead of writing to the tables.

-- Built-in data belongs to account 0.
INSERT INTO quotakit.account (account_id, name) VALUES (0, 'builtin');

-- Versions below a billion are for the prices that come with the extension, so
-- that an upgrade can add some without meeting an account's own after a restore.
ALTER SEQUENCE quotakit.price_version_seq MINVALUE 1000000000 START 1000000000 RESTART;

CREATE FUNCTION quotakit._check_amount(what text, amount numeric) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount IS NULL THEN
    RETURN;
  ELSIF amount < 0 OR amount > 1000000 THEN  -- NaN is above all
    RAISE EXCEPTION '% is %; a price is from 0 to 1000000 for one unit', what, amount
      USING ERRCODE = 'QK008';
  ELSIF scale(trim_scale(amount)) > 18 THEN
    RAISE EXCEPTION '% has % decimals; at most 18 are allowed', what, scale(trim_scale(amount))
      USING ERRCODE = 'QK008',
            HINT = format('Round it: %s.', trim_scale(round(amount, 18)));
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_amount IS
  'Raises QK008 unless the price is null or 0 to 1,000,000 with at most 18 decimals. what: its name in the message.';

CREATE FUNCTION quotakit._put_service(account_id int4, service text, title text) RETURNS bool
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO quotakit.service AS s (account_id, service, title)
    VALUES (_put_service.account_id, _put_service.service, _put_service.title)
    ON CONFLICT ON CONSTRAINT service_pkey DO UPDATE SET title = excluded.title
      WHERE NOT s.shipped AND excluded.title IS NOT NULL AND s.title IS DISTINCT FROM excluded.title;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION quotakit._put_service IS
  'Makes a service or, given a title, changes its title. True if something changed; what came with the extension never does.';

CREATE FUNCTION quotakit._put_model(account_id int4, service text, model text,
    max_input_tokens int8, max_output_tokens int8, deprecated_on date) RETURNS bool
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- A model's service must be of the same account: a built-in one is copied.
  PERFORM quotakit._put_service(_put_model.account_id, _put_model.service,
    (SELECT s.title FROM quotakit.service s
       WHERE s.account_id = 0 AND s.service = _put_model.service
         AND NOT EXISTS (SELECT FROM quotakit.service o
           WHERE o.account_id = _put_model.account_id AND o.service = s.service)));
  INSERT INTO quotakit.model AS m (account_id, service, model, max_input_tokens, max_output_tokens, deprecated_on)
    VALUES (_put_model.account_id, _put_model.service, _put_model.model,
      _put_model.max_input_tokens, _put_model.max_output_tokens, _put_model.deprecated_on)
    ON CONFLICT ON CONSTRAINT model_pkey DO UPDATE
      SET max_input_tokens = coalesce(excluded.max_input_tokens, m.max_input_tokens),
          max_output_tokens = coalesce(excluded.max_output_tokens, m.max_output_tokens),
          deprecated_on = coalesce(excluded.deprecated_on, m.deprecated_on)
      WHERE NOT m.shipped
        AND (coalesce(excluded.max_input_tokens, m.max_input_tokens),
             coalesce(excluded.max_output_tokens, m.max_output_tokens),
             coalesce(excluded.deprecated_on, m.deprecated_on))
            IS DISTINCT FROM (m.max_input_tokens, m.max_output_tokens, m.deprecated_on);
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION quotakit._put_model IS
  'Makes a model, and its service, or changes what is given and not null. True if the model changed; what came with the extension never does.';

CREATE FUNCTION quotakit.create_service(service text, title text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  IF title IS NOT NULL THEN
    PERFORM quotakit._check_name('title', title, 200);
  END IF;
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_service(account, service, title);
  RETURN service;
END $$;
COMMENT ON FUNCTION quotakit.create_service IS
  'Makes a service of the current account (1 to 100 bytes), or changes its title if there is one already. Needs admin. Returns the service''s name. Errors: null_value_not_allowed, invalid_parameter_value.';

CREATE FUNCTION quotakit.create_model(service text, model text, max_input_tokens int8 DEFAULT NULL,
    max_output_tokens int8 DEFAULT NULL, deprecated_on date DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  PERFORM quotakit._require_service(account, service);
  PERFORM quotakit._check_name('model', model, 200);
  IF max_input_tokens <= 0 OR max_output_tokens <= 0 THEN
    RAISE EXCEPTION 'a model takes and gives at least one token' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_model(account, service, model, max_input_tokens, max_output_tokens, deprecated_on);
  RETURN model;
END $$;
COMMENT ON FUNCTION quotakit.create_model IS
  'Makes a model of the current account (1 to 200 bytes), or changes what is given of one that exists; null leaves as it is. A model need not be made before it is used or priced. Needs admin. Returns the model''s name. Errors: null_value_not_allowed, undefined_object for an unknown service, QK008, invalid_parameter_value.';

CREATE FUNCTION quotakit._put_price(account_id int4, service text, model text, meter text, tier text,
    above_tokens int8, valid_from timestamptz, usd numeric, credits numeric, replace bool) RETURNS int8
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  old record;
  version int8;
BEGIN
  SELECT p.price_version, p.usd, p.credits, p.shipped INTO old FROM quotakit.price p
    WHERE p.account_id = _put_price.account_id AND p.service = _put_price.service AND p.model = _put_price.model
      AND p.meter = _put_price.meter AND p.tier = _put_price.tier AND p.above_tokens = _put_price.above_tokens
      AND p.valid_from = _put_price.valid_from AND p.superseded_by IS NULL;
  IF FOUND AND old.shipped THEN
    RAISE EXCEPTION 'price % came with the extension and cannot be replaced', old.price_version
      USING ERRCODE = 'QK015', HINT = 'Give the new price a later valid_from.';
  ELSIF FOUND AND NOT replace THEN
    RAISE EXCEPTION 'there is a price for % of %, valid from the same time', meter,
        concat_ws('/', service, nullif(model, ''))
      USING ERRCODE = 'QK015',
            DETAIL = format('It is price %s: %s, tier %s, above %s tokens, valid from %s.', old.price_version,
              concat_ws(' and ', trim_scale(old.usd) || ' USD', trim_scale(old.credits) || ' credits'),
              tier, above_tokens, to_json(valid_from) #>> '{}'),
            HINT = 'Give another valid_from, or replace => true to correct it.';
  END IF;
  version := nextval('quotakit.price_version_seq');
  IF old.price_version IS NOT NULL THEN
    UPDATE quotakit.price p SET superseded_by = version
      WHERE p.account_id = _put_price.account_id AND p.price_version = old.price_version;
  END IF;
  INSERT INTO quotakit.price (account_id, price_version, service, model, meter, tier, above_tokens,
      valid_from, usd, credits)
    VALUES (_put_price.account_id, version, _put_price.service, _put_price.model, _put_price.meter,
      _put_price.tier, _put_price.above_tokens, _put_price.valid_from,
      trim_scale(_put_price.usd), trim_scale(_put_price.credits));
  RETURN version;
END $$;
COMMENT ON FUNCTION quotakit._put_price IS
  'Adds a price, superseding the live one of the same key and valid_from if replace. The caller holds the account''s lock. Does not bump config_version. Returns the price version. Errors: QK015.';

CREATE FUNCTION quotakit.set_price(service text, model text, meter text, usd numeric DEFAULT NULL,
    credits numeric DEFAULT NULL, tier text DEFAULT 'standard', above_tokens int8 DEFAULT 0,
    valid_from timestamptz DEFAULT now(), replace bool DEFAULT false) RETURNS int8
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  version int8;
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  PERFORM quotakit._require_service(account, service);
  model := coalesce(model, '');
  IF model <> '' THEN
    PERFORM quotakit._check_name('model', model, 200);
  END IF;
  PERFORM quotakit._check_name('meter', meter, 63);
  IF meter !~ '^[a-z][a-z0-9_]*$' THEN
    RAISE EXCEPTION 'meter "%" is not a name', meter
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A meter begins with a small letter and goes on with small letters, digits and underscores.';
  END IF;
  PERFORM quotakit._check_name('tier', tier, 63);
  PERFORM quotakit._check_amount('usd', usd);
  PERFORM quotakit._check_amount('credits', credits);
  IF usd IS NULL AND credits IS NULL THEN
    RAISE EXCEPTION 'a price needs usd, credits or both'
      USING ERRCODE = 'null_value_not_allowed', HINT = 'Give 0 for what is free.';
  END IF;
  IF above_tokens IS NULL OR above_tokens < 0 THEN
    RAISE EXCEPTION 'above_tokens is %; it is 0 or more', coalesce(above_tokens::text, 'null') USING ERRCODE = 'QK008';
  END IF;
  IF valid_from IS NULL THEN
    RAISE EXCEPTION 'valid_from is missing'
      USING ERRCODE = 'null_value_not_allowed', HINT = 'Give -infinity for ever since.';
  ELSIF valid_from = 'infinity' THEN
    RAISE EXCEPTION 'valid_from is infinity; such a price never holds' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._lock_account(account);
  version := quotakit._put_price(account, service, model, meter, tier, above_tokens, valid_from,
    usd, credits, coalesce(replace, false));
  PERFORM quotakit._touch(account);
  RETURN version;
END $$;
COMMENT ON FUNCTION quotakit.set_price IS
  'Sets what one unit of a meter costs for the current account from a date on. model: null or empty for any model of the service. usd, credits: 0 to 1,000,000 with at most 18 decimals, at least one of them; 0 is free. tier: standard, batch, priority, flex or a name of your own. above_tokens: holds for calls with more input tokens than this. valid_from: until the next price of the same key. replace: corrects the price of the same key and valid_from, which is kept and marked superseded; else two with one valid_from are an error, as the index price_one_at_a_time makes them impossible. Recorded events keep their cost; see reprice. Needs admin. Returns the price version. Errors: QK015, QK008, undefined_object for an unknown service, null_value_not_allowed, invalid_parameter_value.';
-- What a call costs: the rules of doc/prices.md in SQL, exact in numeric. The
-- engine computes the same in C on the path of a call.

-- In PL/pgSQL, which keeps its plans: a function in SQL would be planned at each call.
CREATE FUNCTION quotakit._price_of(account_id int4, service text, model text, meter text, tier text, context numeric,
    at timestamptz)
  RETURNS TABLE (price_version int8, usd numeric, credits numeric, account int4, priced_as text, price_model text,
                 price_tier text, above_tokens int8, valid_from timestamptz)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.price_version, p.usd, p.credits, p.account_id, p.meter, p.model, p.tier, p.above_tokens, p.valid_from
    FROM quotakit.price p
    WHERE p.account_id IN (_price_of.account_id, 0)
      AND p.service = _price_of.service AND p.model IN (_price_of.model, '')
      AND p.meter IN (_price_of.meter,
        CASE WHEN _price_of.meter IN ('cached_input_tokens', 'cache_write_tokens') THEN 'input_tokens'
             WHEN _price_of.meter = 'reasoning_tokens' THEN 'output_tokens' END)
      AND p.tier IN (_price_of.tier, 'standard')
      AND (p.above_tokens = 0 OR p.above_tokens < _price_of.context)
      AND p.valid_from <= _price_of.at AND p.superseded_by IS NULL
    -- The meter's own price before the one it falls back to; the account's own;
    -- the exact model; the asked tier; the highest threshold; the newest.
    ORDER BY p.meter = _price_of.meter DESC, p.account_id = _price_of.account_id DESC, p.model = _price_of.model DESC,
      p.tier = _price_of.tier DESC, p.above_tokens DESC, p.valid_from DESC
    LIMIT 1;
END $$;
COMMENT ON FUNCTION quotakit._price_of IS
  'The price that holds for a meter of a call, by the rules of doc/prices.md; no row if there is none. context: all input tokens of the call.';

CREATE FUNCTION quotakit._cost(account_id int4, service text, model text, usage jsonb, at timestamptz, tier text)
  RETURNS TABLE (usd numeric, credits numeric, unpriced bool, price_version int8, detail jsonb)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH used AS (
    SELECT u.key AS meter, u.value::numeric AS quantity FROM jsonb_each_text(_cost.usage) u WHERE u.value::numeric <> 0
  ), priced AS (
    SELECT u.meter, u.quantity, p.*
      FROM used u
      LEFT JOIN LATERAL quotakit._price_of(_cost.account_id, _cost.service, _cost.model, u.meter, _cost.tier,
        (SELECT sum(c.quantity) FROM used c WHERE c.meter IN ('input_tokens', 'cached_input_tokens', 'cache_write_tokens')),
        _cost.at) p ON true
  )
  SELECT round(coalesce(sum(p.quantity * p.usd), 0), 9),
         round(coalesce(sum(p.quantity * p.credits), 0), 9),
         coalesce(bool_or(p.price_version IS NULL AND p.meter <> 'requests'), false)
           OR NOT EXISTS (SELECT FROM quotakit.price k
             WHERE k.account_id IN (_cost.account_id, 0) AND k.service = _cost.service AND k.model IN (_cost.model, '')
               AND k.superseded_by IS NULL),
         coalesce(max(p.price_version), 0),
         coalesce(jsonb_agg(jsonb_build_object(
             'meter', p.meter, 'quantity', trim_scale(p.quantity)::text,
             'price_version', p.price_version, 'priced_as', p.priced_as, 'built_in', p.account = 0,
             'model', p.price_model, 'tier', p.price_tier, 'above_tokens', p.above_tokens, 'valid_from', p.valid_from,
             'usd_per_unit', trim_scale(p.usd)::text, 'credits_per_unit', trim_scale(p.credits)::text,
             'usd', trim_scale(p.quantity * p.usd)::text,
             'credits', trim_scale(p.quantity * p.credits)::text) ORDER BY p.meter COLLATE "C"), '[]')
    FROM priced p;
END $$;
COMMENT ON FUNCTION quotakit._cost IS
  'quotakit.cost for any account, without checks: usage is an object of numbers, model '''' for none, tier not null.';

CREATE FUNCTION quotakit._check_usage(usage jsonb) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  meter text;
  value jsonb;
  quantity numeric;
  decimals int4;
  named int4 := 0;
BEGIN
  IF usage IS NULL OR jsonb_typeof(usage) <> 'object' THEN
    RAISE EXCEPTION 'usage is not an object'
      USING ERRCODE = 'QK010', HINT = 'Give something like {"input_tokens": 1200, "output_tokens": 80}.';
  END IF;
  FOR meter, value IN SELECT u.key, u.value FROM jsonb_each(usage) u LOOP
    IF meter IN ('input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'output_tokens',
        'reasoning_tokens', 'requests') THEN
      decimals := 0;
    ELSE
      decimals := 6;
      named := named + 1;
    END IF;
    IF meter !~ '^[a-z][a-z0-9_]*$' OR octet_length(meter) > 63 THEN
      RAISE EXCEPTION 'meter "%" is not a name', meter USING ERRCODE = 'QK010',
        HINT = 'A meter begins with a small letter and goes on with small letters, digits and underscores, 63 at most.';
    ELSIF jsonb_typeof(value) <> 'number' THEN
      RAISE EXCEPTION 'meter "%" is not a number', meter USING ERRCODE = 'QK010',
        DETAIL = format('It reads %s.', left(value::text, 100));
    END IF;
    quantity := (value #>> '{}')::numeric;
    IF quantity < 0 THEN
      RAISE EXCEPTION 'meter "%" is negative', meter USING ERRCODE = 'QK008';
    ELSIF decimals = 0 AND scale(trim_scale(quantity)) > 0 THEN
      RAISE EXCEPTION 'meter "%" is %; it is a whole number', meter, trim_scale(quantity) USING ERRCODE = 'QK010';
    ELSIF scale(trim_scale(quantity)) > decimals THEN
      RAISE EXCEPTION 'meter "%" has % decimals; at most % are allowed', meter, scale(trim_scale(quantity)), decimals
        USING ERRCODE = 'QK010';
    ELSIF quantity > 1000000000000 THEN
      RAISE EXCEPTION 'meter "%" is %; at most 1000000000000 is allowed', meter, trim_scale(quantity)
        USING ERRCODE = 'QK008';
    END IF;
  END LOOP;
  IF named > 16 THEN
    RAISE EXCEPTION 'usage has % named meters; at most 16 are allowed', named USING ERRCODE = 'QK010';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_usage IS
  'Raises QK010 or QK008 unless usage is an object of meters as doc/calls.md has it: tokens and requests whole, at most 16 named meters with at most six decimals, none negative or above 10^12.';

CREATE FUNCTION quotakit.cost(service text, model text, usage jsonb, at timestamptz DEFAULT now(),
    tier text DEFAULT 'standard')
  RETURNS TABLE (usd numeric, credits numeric, unpriced bool, price_version int8, detail jsonb)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('viewer');
BEGIN
  PERFORM quotakit._check_usage(usage);
  SELECT c.* INTO usd, credits, unpriced, price_version, detail
    FROM quotakit._cost(account, service, coalesce(model, ''), '{"requests": 1}'::jsonb || usage,
      coalesce(at, now()), coalesce(tier, 'standard')) c;
  IF usd > 1000000 OR credits > 1000000 THEN
    RAISE EXCEPTION 'the call costs % USD and % credits; at most 1000000 of each are allowed', usd, credits
      USING ERRCODE = 'QK008';
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.cost IS
  'What a call would cost the current account, by the prices in force at a time. usage: meters, as in doc/calls.md; requests is 1 unless given. model: null or empty for none. Gives usd and credits, computed exactly and rounded once, half up, to nine decimals; unpriced: a meter has no price, or the service and model have none at all; price_version: the newest price used, 0 for none; detail: each meter with the price it met, amounts as decimal strings. Needs viewer. Errors: QK010 for malformed usage, QK008 for amounts out of range.';
-- Reads a price file in the LiteLLM format: one object a model, its prices as
-- JSON numbers in USD per single unit under keys such as input_cost_per_token.

CREATE FUNCTION quotakit._price_file_service(provider text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- One service a seller: the format tells apart what is called by other
  -- protocols (completions and chat, Vertex AI and Gemini API) at the same price.
  SELECT CASE
    WHEN provider ~ '^text-completion-' THEN substr(provider, 17)
    WHEN provider = 'gemini'
      OR provider ~ '^vertex_ai-(language|chat|text|code-chat|code-text|vision|image|video|embedding)-models$'
      THEN 'google'
    WHEN provider ~ '^vertex_ai-' THEN 'vertex_ai'
    WHEN provider ~ '_(converse|chat|text)$' THEN regexp_replace(provider, '_(converse|chat|text)$', '')
    ELSE provider END;
END;
COMMENT ON FUNCTION quotakit._price_file_service IS
  'The service that a litellm_provider of a price file stands for: text-completion-openai is openai, gemini and the Gemini models of Vertex AI are google, bedrock_converse is bedrock; any other is itself.';

CREATE FUNCTION quotakit._price_file_meter(key text, mode text)
  RETURNS TABLE (meter text, tier text, above_tokens int8, rank int4)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- A key is a base, then a threshold, a tier or both, in either order.
  SELECT b.meter,
         CASE coalesce(k.tier, k.inner_tier) WHEN 'batches' THEN 'batch' ELSE coalesce(k.tier, k.inner_tier, 'standard') END,
         coalesce(k.above[1]::int8 * CASE k.above[2] WHEN 'k' THEN 1000 ELSE 1000000 END, 0),
         b.rank
    FROM (
      SELECT t.tier, a.above, substring(a.rest FROM '_(batches|batch|priority|flex)$') AS inner_tier,
             regexp_replace(a.rest, '_(batches|batch|priority|flex)$', '') AS base
        FROM (SELECT substring(key FROM '_(batches|batch|priority|flex)$') AS tier,
                     regexp_replace(key, '_(batches|batch|priority|flex)$', '') AS rest) t,
             LATERAL (SELECT regexp_match(t.rest, '_above_([0-9]{1,6})([km])_tokens$') AS above,
                             regexp_replace(t.rest, '_above_[0-9]{1,6}[km]_tokens$', '') AS rest) a
    ) k
    JOIN (VALUES
      ('input_cost_per_token', 'input_tokens', 1),
      ('cache_read_input_token_cost', 'cached_input_tokens', 1),
      ('input_cost_per_token_cache_hit', 'cached_input_tokens', 2),
      ('cache_creation_input_token_cost', 'cache_write_tokens', 1),
      ('cache_creation_input_token_cost_above_1hr', 'cache_write_1h_tokens', 1),
      ('output_cost_per_token', 'output_tokens', 1),
      ('output_cost_per_reasoning_token', 'reasoning_tokens', 1),
      ('input_cost_per_request', 'requests', 1),
      ('input_cost_per_audio_token', 'audio_input_tokens', 1),
      ('cache_read_input_audio_token_cost', 'cached_audio_input_tokens', 1),
      ('cache_creation_input_audio_token_cost', 'audio_cache_write_tokens', 1),
      ('output_cost_per_audio_token', 'audio_output_tokens', 1),
      ('input_cost_per_image_token', 'image_input_tokens', 1),
      ('cache_read_input_image_token_cost', 'cached_image_input_tokens', 1),
      ('output_cost_per_image_token', 'image_output_tokens', 1),
      ('input_cost_per_video_token', 'video_input_tokens', 1),
      ('output_cost_per_video_token', 'video_output_tokens', 1),
      ('input_cost_per_image', 'input_image', 1),
      ('output_cost_per_image', 'image', 1),
      ('input_cost_per_character', 'input_character', 1),
      ('output_cost_per_character', 'output_character', 1),
      ('input_cost_per_pixel', 'input_pixel', 1),
      ('output_cost_per_pixel', 'output_pixel', 1),
      ('input_cost_per_audio_per_second', 'audio_second', 1),
      ('input_cost_per_video_per_second', 'video_second', 1),
      ('input_cost_per_second', CASE mode WHEN 'audio_transcription' THEN 'audio_second' ELSE 'input_second' END, 2),
      ('output_cost_per_second', 'output_second', 1),
      ('output_cost_per_video_per_second', 'output_video_second', 1),
      ('input_cost_per_query', 'query', 1),
      ('ocr_cost_per_page', 'page', 1),
      ('annotation_cost_per_page', 'annotated_page', 1),
      ('code_interpreter_cost_per_session', 'code_interpreter_session', 1),
      -- Medium is what providers search with unless asked.
      ('search_context_cost_per_query.search_context_size_low', 'search_low', 1),
      ('search_context_cost_per_query.search_context_size_medium', 'search', 1),
      ('search_context_cost_per_query.search_context_size_high', 'search_high', 1)
    ) b(base, meter, rank) ON b.base = k.base
    WHERE k.tier IS NULL OR k.inner_tier IS NULL;
END;
COMMENT ON FUNCTION quotakit._price_file_meter IS
  'The meter, tier and threshold that a cost key of a price file stands for; no row if it is not understood. rank: of two keys for one meter the lower goes first. mode: the model''s mode in the file.';

CREATE FUNCTION quotakit._price_file_count(facts jsonb, key text) RETURNS int8
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN facts ->> key ~ '^[1-9][0-9]{0,15}$' THEN (facts ->> key)::int8 END;
END;
COMMENT ON FUNCTION quotakit._price_file_count IS 'A fact of a model as a positive whole number; null for anything else.';

CREATE FUNCTION quotakit._price_file_date(facts jsonb, key text) RETURNS date
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF facts ->> key ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN to_date(facts ->> key, 'YYYY-MM-DD');
  END IF;
  RETURN NULL;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._price_file_date IS 'A fact of a model as a date; null for anything else.';

CREATE FUNCTION quotakit._price_file(file jsonb)
  RETURNS TABLE (service text, model text, source text, key text, meter text, tier text, above_tokens int8,
                 usd numeric, problem text, note text)
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH entry AS (
    SELECT e.key AS source, e.value AS facts, p.service,
           -- A model's name goes without its provider's in front.
           CASE WHEN strpos(e.key, '/') > 0
                 AND (split_part(e.key, '/', 1) IN (p.service, e.value ->> 'litellm_provider')
                   OR p.service IN ('google', 'vertex_ai') AND split_part(e.key, '/', 1) IN ('gemini', 'vertex_ai'))
                THEN substr(e.key, strpos(e.key, '/') + 1) ELSE e.key END AS model
      FROM jsonb_each(file) e,
           LATERAL (SELECT quotakit._price_file_service(e.value ->> 'litellm_provider') AS service) p
      WHERE e.key <> 'sample_spec'
  ), bad AS (
    SELECT n.*,
           CASE WHEN jsonb_typeof(n.facts) <> 'object' THEN 'not an object'
                WHEN n.service IS NULL THEN 'no litellm_provider'
                WHEN octet_length(n.service) NOT BETWEEN 1 AND 100 OR n.service ~ '[[:cntrl:]]'
                  THEN 'litellm_provider is not a name of 1 to 100 bytes'
                WHEN octet_length(n.model) NOT BETWEEN 1 AND 200 OR n.model ~ '[[:cntrl:]]'
                  THEN 'the model is not a name of 1 to 200 bytes' END AS problem
      FROM entry n
  ), fact AS (
    SELECT n.service, n.model, n.source, n.facts, f.key, f.value
      FROM bad n, LATERAL (
        SELECT a.key, a.value FROM jsonb_each(n.facts) a
          WHERE a.key <> 'search_context_cost_per_query' OR jsonb_typeof(a.value) <> 'object'
        UNION ALL
        SELECT 'search_context_cost_per_query.' || b.key, b.value
          FROM jsonb_each(CASE jsonb_typeof(n.facts -> 'search_context_cost_per_query')
                            WHEN 'object' THEN n.facts -> 'search_context_cost_per_query' ELSE '{}' END) b) f
      WHERE n.problem IS NULL
  ), told AS (
    SELECT f.*,
           -- What is known to be no price. Whatever else is not a price is not understood.
           f.key ~ '^(supports_|supported_|gemini_)' OR f.key IN ('litellm_provider', 'mode', 'source', 'max_tokens',
             'max_input_tokens', 'max_output_tokens', 'deprecation_date', 'rpm', 'tpm', 'rpd', 'tpd',
             'output_vector_size', 'prompt_cache_min_tokens', 'tool_use_system_prompt_tokens', 'multi_vendor',
             'uses_embed_content', 'web_search_billing_unit', 'metadata', 'comment', '_comment',
             'max_images_per_prompt', 'max_videos_per_prompt', 'max_video_length', 'max_audio_per_prompt',
             'max_audio_length_hours', 'max_pdf_size_mb', 'max_query_tokens', 'max_tokens_per_document_chunk',
             'max_document_chunks_per_query') AS other,
           m.meter, m.tier, m.above_tokens, m.rank,
           CASE jsonb_typeof(f.value) WHEN 'number' THEN (f.value #>> '{}')::numeric END AS exact
      FROM fact f
      LEFT JOIN LATERAL quotakit._price_file_meter(f.key, f.facts ->> 'mode') m ON true
  ), priced AS (
    SELECT t.service, t.model, t.source, t.key, t.meter, t.tier, t.above_tokens, trim_scale(round(t.exact, 18)) AS usd,
           first_value(t.key) OVER same_meter AS first_key, first_value(t.source) OVER same_meter AS first_source,
           first_value(trim_scale(round(t.exact, 18))) OVER same_meter AS first_usd,
           CASE WHEN round(t.exact, 18) <> t.exact THEN 'rounded to 18 decimals'
                WHEN t.exact = 0 THEN 'free, says the file' END AS note
      FROM told t
      WHERE t.meter IS NOT NULL AND t.exact BETWEEN 0 AND 1000000
      WINDOW same_meter AS (PARTITION BY t.service, t.model, t.meter, t.tier, t.above_tokens
        ORDER BY t.source <> t.model, t.source COLLATE "C", t.rank, t.key COLLATE "C")
  )
  SELECT p.service, p.model, p.source, p.key, p.meter, p.tier, p.above_tokens, p.usd,
         CASE WHEN (p.first_source, p.first_key) = (p.source, p.key) THEN NULL
              WHEN p.first_usd = p.usd THEN 'same'
              ELSE 'differs' END,
         CASE WHEN (p.first_source, p.first_key) = (p.source, p.key) THEN p.note
              WHEN p.first_usd = p.usd THEN 'as ' || concat_ws(' of ', p.first_key, nullif(p.first_source, p.source))
              ELSE format('%s gives %s, which is taken', concat_ws(' of ', p.first_key, nullif(p.first_source, p.source)),
                p.first_usd) END
    FROM priced p
  UNION ALL
  SELECT t.service, t.model, t.source, t.key, t.meter, t.tier, t.above_tokens, NULL, 'not understood',
         CASE WHEN t.key ~ 'multiplier' OR t.key = 'provider_specific_entry'
                THEN 'multiplies other prices: set what you pay with set_price() and a tier of your own; '
              WHEN t.meter IS NULL THEN 'unknown key; '
              WHEN t.exact IS NULL THEN 'not a number; '
              ELSE 'not from 0 to 1000000; ' END || 'the file has ' || left(t.value::text, 200)
    FROM told t
    WHERE NOT t.other AND (t.meter IS NULL OR t.exact IS NULL OR t.exact NOT BETWEEN 0 AND 1000000)
  UNION ALL
  SELECT t.service, t.model, t.source, NULL, NULL, NULL, NULL, NULL, 'ignored',
         'not prices: ' || string_agg(t.key || CASE t.key WHEN '_comment' THEN ' ' || left(t.value::text, 500) ELSE '' END,
           ', ' ORDER BY t.key COLLATE "C")
    FROM told t
    WHERE t.other
    GROUP BY t.service, t.model, t.source
  UNION ALL
  SELECT n.service, n.source, n.source, NULL, NULL, NULL, NULL, NULL, 'not understood', n.problem
    FROM bad n
    WHERE n.problem IS NOT NULL;
END;
COMMENT ON FUNCTION quotakit._price_file IS
  'Every entry of a price file in the LiteLLM format. source: the entry''s name in the file; key: its cost key; problem: null for a price to take, same or differs for a second price of the same meter, not understood, or ignored (one row a model for all that is no price).';
-- Takes a price file over.

CREATE FUNCTION quotakit.import_prices(file jsonb, valid_from timestamptz DEFAULT now(), dry_run bool DEFAULT false,
    OUT model text, INOUT service text DEFAULT NULL, builtin bool DEFAULT false, replace bool DEFAULT false,
    OUT meter text, OUT tier text, OUT above_tokens int8, OUT old_usd numeric, OUT usd numeric, OUT action text, OUT note text, OUT key text)
  RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
#variable_conflict use_column
DECLARE
  only_service CONSTANT text := import_prices.service;
  since CONSTANT timestamptz := import_prices.valid_from;
  account int4;
  entry record;
  old record;
  reasoning_follows bool;
  changed bool := false;
BEGIN
  IF builtin THEN
    IF NOT quotakit._is_superior(quotakit._caller()) THEN
      RAISE EXCEPTION 'permission denied to change built-in prices' USING ERRCODE = 'insufficient_privilege',
        HINT = 'Only a superuser or the extension''s owner may; without builtin => true the prices are your account''s own.';
    END IF;
    account := 0;
  ELSE
    account := quotakit._acting_account(CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END);
  END IF;
  IF file IS NULL OR jsonb_typeof(file) <> 'object' THEN
    RAISE EXCEPTION 'the price file is not an object' USING ERRCODE = 'QK010',
      HINT = 'Give the content of a file in the LiteLLM format: {"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06}}.';
  ELSIF since IS NULL OR since = 'infinity' THEN
    RAISE EXCEPTION 'valid_from is %', coalesce(since::text, 'missing') USING ERRCODE = 'QK008';
  END IF;

  IF NOT dry_run THEN
    PERFORM quotakit._lock_account(account);
  END IF;
  FOR entry IN
    SELECT f.*, o.usd AS output_usd
      FROM quotakit._price_file(file) f
      -- What the model's output tokens cost, for comparison with its reasoning tokens.
      LEFT JOIN LATERAL (SELECT (file -> f.source ->> 'output_cost_per_token')::numeric AS usd
        WHERE f.key = 'output_cost_per_reasoning_token'
          AND jsonb_typeof(file -> f.source -> 'output_cost_per_token') = 'number') o ON true
      WHERE only_service IS NULL OR f.service = only_service
         OR file -> f.source ->> 'litellm_provider' = only_service
      ORDER BY f.service COLLATE "C", f.model COLLATE "C", f.source COLLATE "C", f.problem = 'ignored' NULLS FIRST,
        f.meter COLLATE "C", f.tier <> 'standard', f.tier COLLATE "C", f.above_tokens, f.key COLLATE "C"
  LOOP
    model := entry.model;
    service := entry.service;
    meter := entry.meter;
    tier := entry.tier;
    above_tokens := entry.above_tokens;
    old_usd := NULL;
    usd := entry.usd;
    note := entry.note;
    key := entry.key;
    IF entry.problem IS NOT NULL THEN
      action := CASE entry.problem WHEN 'differs' THEN 'not understood' ELSE entry.problem END;
      IF entry.problem = 'ignored' AND NOT dry_run THEN
        PERFORM quotakit._put_model(account, entry.service, entry.model,
          quotakit._price_file_count(file -> entry.source, 'max_input_tokens'),
          quotakit._price_file_count(file -> entry.source, 'max_output_tokens'),
          quotakit._price_file_date(file -> entry.source, 'deprecation_date'));
      END IF;
      RETURN NEXT;
      CONTINUE;
    END IF;

    SELECT p.usd, p.credits, p.valid_from, p.shipped INTO old
      FROM quotakit.price p
      WHERE p.account_id = account AND p.service = entry.service AND p.model = entry.model
        AND p.meter = entry.meter AND p.tier = entry.tier AND p.above_tokens = entry.above_tokens
        AND p.superseded_by IS NULL AND p.valid_from <= since
      ORDER BY p.valid_from DESC LIMIT 1;
    old_usd := old.usd;
    IF NOT FOUND THEN
      -- Then the built-in one was in force.
      old_usd := (SELECT p.usd FROM quotakit.price p
        WHERE p.account_id = 0 AND p.service = entry.service AND p.model = entry.model
          AND p.meter = entry.meter AND p.tier = entry.tier AND p.above_tokens = entry.above_tokens
          AND p.superseded_by IS NULL AND p.valid_from <= since
        ORDER BY p.valid_from DESC LIMIT 1);
      -- Reasoning tokens that cost what output tokens do need no row: they fall
      -- back to output tokens, and so get their price in every tier as well.
      action := CASE WHEN entry.output_usd = entry.usd THEN 'same' ELSE 'new' END;
      note := CASE WHEN entry.output_usd = entry.usd
        THEN 'as output_cost_per_token, to which reasoning tokens fall back in every tier' ELSE note END;
    ELSIF old.usd = entry.usd THEN
      action := 'same';
    ELSE
      action := 'changed';
      note := concat_ws('; ', note, CASE WHEN old.usd IS NULL THEN 'was without usd' END,
        CASE WHEN old.valid_from = since AND old.shipped
             THEN 'came with the extension and cannot be replaced: give a later valid_from'
             WHEN old.valid_from = since AND NOT replace
             THEN 'valid from the same time: needs replace => true' END);
    END IF;
    IF action <> 'same' AND NOT dry_run THEN
      PERFORM quotakit._put_price(account, entry.service, entry.model, entry.meter, entry.tier, entry.above_tokens,
        since, entry.usd, old.credits, coalesce(replace, false));
      changed := true;
    END IF;
    RETURN NEXT;
  END LOOP;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the price file has nothing%', coalesce(' of service "' || only_service || '"', '')
      USING ERRCODE = 'undefined_object';
  END IF;
  IF changed THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.import_prices IS
  'Takes the prices of a file in the LiteLLM format (USD per unit, JSON numbers) for the current account from a date on, and says for each what became of it: new, changed (an earlier price ends at valid_from), same (nothing to do), not understood (listed with the reason, never dropped silently), or ignored (one row a model: what is no price). Compared with the account''s own prices, not with the built-in ones. Models and services that are missing are made. dry_run: only says so, and needs viewer instead of admin. service: only this one, as we or the file call it. builtin: changes the built-in prices of all accounts instead, for a superuser or the extension''s owner. replace: also corrects prices of the very same valid_from. old_usd is the price in force at valid_from before (the account''s own, else the built-in one), null where there was none; usd is null where no price was read. Errors: QK010, QK008, QK015, undefined_object, insufficient_privilege.';
-- Costs recorded events anew by the prices that stand now. The ledger is only
-- added to: what differs becomes an adjustment beside the event it corrects.

CREATE FUNCTION quotakit._reprice_events(account_id int4, since timestamptz, until timestamptz, service text, model text)
  RETURNS TABLE (node_id int4, event_id uuid, at timestamptz, model_name text, old_usd int8, old_credits int8,
                 new_usd int8, new_credits int8, price_version int8, now_priced bool)
  LANGUAGE sql STABLE
  -- The planner cannot know how large the steps are, and would loop over them; the
  -- price it puts on what is off must not make it compile either.
  SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
  -- An adjustment has the time of its event, so both are in the range. Flags:
  -- 8 unpriced, 64 uncharged, 128 adjustment, 256 amount given by the caller,
  -- 1024 (of an adjustment) the event is unpriced no more.
  WITH adjusted AS MATERIALIZED (
    SELECT a.ref_id, sum(a.usd) AS usd, sum(a.credits) AS credits, bool_or(a.flags & 1024 <> 0) AS priced
      FROM quotakit.event a
      WHERE a.account_id = _reprice_events.account_id AND a.at >= since AND a.at < until AND a.flags & 128 <> 0
      GROUP BY a.ref_id
  ), picked AS MATERIALIZED (
    SELECT e.*, n.service
      FROM quotakit.event e
      JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id
      WHERE e.account_id = _reprice_events.account_id AND e.at >= since AND e.at < until
        -- Unpriced with an amount given: that was in credits, and the USD are to be had.
        AND (e.flags & (64 | 128 | 256) = 0 OR e.flags & (8 | 64 | 128 | 256) = 8 | 256)
        AND (_reprice_events.service IS NULL OR n.service = _reprice_events.service)
        AND (_reprice_events.model IS NULL OR e.model = _reprice_events.model)
  ), bounds AS MATERIALIZED (
    -- Between two dates and between two thresholds the choice of a price is the
    -- same, so it is made once for each such part and meter, not for each event.
    SELECT s.service, s.model, array_agg(DISTINCT p.valid_from ORDER BY p.valid_from) AS dates,
           array_agg(DISTINCT p.above_tokens ORDER BY p.above_tokens) AS thresholds
      FROM (SELECT DISTINCT k.service, k.model FROM picked k) s
      JOIN quotakit.price p ON p.account_id IN (_reprice_events.account_id, 0) AND p.service = s.service
        AND p.model IN (s.model, '') AND p.superseded_by IS NULL
      GROUP BY s.service, s.model
  ), used AS MATERIALIZED (
    SELECT k.event_id, k.service, k.model, k.tier, k.at, c.context, u.meter, u.quantity,
           width_bucket(k.at, b.dates) AS date_part, width_bucket(c.context - 1, b.thresholds) AS threshold_part
      FROM picked k
      JOIN bounds b ON b.service = k.service AND b.model = k.model
      CROSS JOIN LATERAL (SELECT k.input_tokens + k.cached_input_tokens + k.cache_write_tokens) c(context)
      CROSS JOIN LATERAL (
        VALUES ('input_tokens', k.input_tokens::numeric), ('cached_input_tokens', k.cached_input_tokens),
          ('cache_write_tokens', k.cache_write_tokens), ('output_tokens', k.output_tokens),
          ('reasoning_tokens', k.reasoning_tokens), ('requests', k.requests)
        UNION ALL
        SELECT m.key, m.value::numeric FROM jsonb_each_text(k.meters) m) u(meter, quantity)
      WHERE u.quantity <> 0
  ), rate AS MATERIALIZED (
    SELECT r.service, r.model, r.tier, r.date_part, r.threshold_part, r.meter, p.usd, p.credits, p.price_version
      FROM (SELECT u.service, u.model, u.tier, u.date_part, u.threshold_part, u.meter, min(u.at) AS at, min(u.context) AS context
              FROM used u GROUP BY u.service, u.model, u.tier, u.date_part, u.threshold_part, u.meter) r
      LEFT JOIN LATERAL quotakit._price_of(_reprice_events.account_id, r.service, r.model, r.meter, r.tier, r.context, r.at) p ON true
  ), cost AS MATERIALIZED (
    SELECT u.event_id, sum(u.quantity * r.usd) AS usd, sum(u.quantity * r.credits) AS credits, max(r.price_version) AS price_version,
           -- As the engine has it: a request alone needs no price, if anything of the model has one by then.
           bool_and((r.price_version IS NOT NULL OR u.meter = 'requests') AND u.date_part > 0) AS priced
      FROM used u
      JOIN rate r ON r.service = u.service AND r.model = u.model AND r.tier = u.tier AND r.date_part = u.date_part
        AND r.threshold_part = u.threshold_part AND r.meter = u.meter
      GROUP BY u.event_id
  )
  SELECT k.node_id, k.event_id, k.at, k.model,
         (k.usd + coalesce(a.usd, 0))::int8, (k.credits + coalesce(a.credits, 0))::int8,
         (round(coalesce(c.usd, 0), 9) * 1000000000)::int8,
         CASE WHEN k.flags & 256 <> 0 THEN (k.credits + coalesce(a.credits, 0))::int8
              ELSE (round(coalesce(c.credits, 0), 9) * 1000000000)::int8 END,
         coalesce(c.price_version, 0),
         -- A call that used nothing is priced as soon as anything has a price by then.
         k.flags & 8 <> 0 AND coalesce(c.priced, width_bucket(k.at, b.dates) > 0, false) AND NOT coalesce(a.priced, false)
    FROM picked k
    LEFT JOIN bounds b ON b.service = k.service AND b.model = k.model
    LEFT JOIN cost c ON c.event_id = k.event_id
    LEFT JOIN adjusted a ON a.ref_id = k.event_id;
END;
COMMENT ON FUNCTION quotakit._reprice_events IS
  'Every event of a range whose cost follows from prices, with what it costs so far (adjustments included) and what it costs by the prices that stand now, in nano; now_priced: it was unpriced, and has a price by now.';

CREATE FUNCTION quotakit.reprice("from" timestamptz, "to" timestamptz, OUT path quotakit.qpath,
    INOUT service text DEFAULT NULL, INOUT model text DEFAULT NULL, dry_run bool DEFAULT true,
    OUT events int8, OUT changed int8, OUT old_usd numeric, OUT new_usd numeric, OUT difference_usd numeric,
    OUT old_credits numeric, OUT new_credits numeric, OUT difference_credits numeric)
  RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
#variable_conflict use_column
DECLARE
  account CONSTANT int4 := quotakit._acting_account((CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END)::text);
  only_service CONSTANT text := reprice.service;
  only_model CONSTANT text := reprice.model;
  -- One call takes so many at most, so that it stays within a bounded piece of memory.
  step CONSTANT int4 := 10000;
  sealed timestamptz;
  part record;
BEGIN
  IF "from" IS NULL OR "to" IS NULL OR "from" >= "to" THEN
    RAISE EXCEPTION 'the range from % to % is empty', coalesce("from"::text, 'null'), coalesce("to"::text, 'null')
      USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._require_service(account, only_service);
  IF NOT dry_run THEN
    -- An older snapshot would not see the adjustments of another run, and repeat them.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
      RAISE EXCEPTION 'events cannot be repriced in a % transaction', upper(current_setting('transaction_isolation'))
        USING ERRCODE = 'feature_not_supported', HINT = 'Use READ COMMITTED.';
    END IF;
    PERFORM quotakit._lock_account(account);
  END IF;
  -- What is sealed is in the counters for good, whether its events are still there or not.
  SELECT a.sealed_until INTO STRICT sealed FROM quotakit.account a WHERE a.account_id = account;
  IF "from" < sealed THEN
    RAISE NOTICE 'events before % are sealed and keep their cost', sealed;
    IF "to" <= sealed THEN
      RETURN;
    END IF;
    "from" := sealed;
  END IF;

  -- In the order of the projects, as their locks are taken.
  FOR part IN
    SELECT r.node_id AS root, n.path, n.service, e.model_name, count(*) AS events,
           sum(e.old_usd) AS old_usd, sum(e.new_usd) AS new_usd,
           sum(e.old_credits) AS old_credits, sum(e.new_credits) AS new_credits,
           max(greatest(e.new_usd, e.new_credits)) AS largest, max(e.price_version) AS price_version,
           array_agg(e.event_id) FILTER (WHERE d.differs) AS ids, array_agg(e.at) FILTER (WHERE d.differs) AS ats,
           array_agg(e.new_usd - e.old_usd) FILTER (WHERE d.differs) AS usd,
           array_agg(e.new_credits - e.old_credits) FILTER (WHERE d.differs) AS credits,
           array_agg(e.now_priced) FILTER (WHERE d.differs) AS priced
      FROM quotakit._reprice_events(account, "from", "to", only_service, only_model) e
      CROSS JOIN LATERAL (SELECT (e.new_usd, e.new_credits) <> (e.old_usd, e.old_credits) OR e.now_priced) d(differs)
      JOIN quotakit.node n ON n.account_id = account AND n.node_id = e.node_id
      JOIN quotakit.node r ON r.account_id = account AND r.path OPERATOR(quotakit.=) quotakit.root(n.path)
      GROUP BY r.node_id, n.node_id, n.path, n.service, e.model_name
      ORDER BY r.node_id, n.node_id, e.model_name COLLATE "C"
  LOOP
    IF part.largest > 1000000000000000 THEN
      RAISE EXCEPTION 'an event of % would cost more than 1000000', part.path
        USING ERRCODE = 'QK008', HINT = 'Look for a price that is too high in quotakit.price_current.';
    END IF;
    path := part.path;
    service := part.service;
    model := part.model_name;
    events := part.events;
    changed := coalesce(cardinality(part.ids), 0);
    old_usd := trim_scale(part.old_usd * 0.000000001);
    new_usd := trim_scale(part.new_usd * 0.000000001);
    difference_usd := trim_scale(new_usd - old_usd);
    old_credits := trim_scale(part.old_credits * 0.000000001);
    new_credits := trim_scale(part.new_credits * 0.000000001);
    difference_credits := trim_scale(new_credits - old_credits);
    IF NOT dry_run THEN
      FOR i IN 1 .. changed BY step LOOP
        PERFORM quotakit._append_adjustments(account, part.ids[i : i + step - 1], part.ats[i : i + step - 1],
          part.usd[i : i + step - 1], part.credits[i : i + step - 1], part.priced[i : i + step - 1], part.price_version);
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.reprice IS
  'Costs the events of the current account from one time to another (excluded) anew, by the prices that stand now, and says for each path, service and model how many events there are, how many change (in cost, or in being unpriced no more), and what they cost before and after. dry_run => false appends the differences to the ledger as adjustments at the time of their events; the events themselves stay as they are. Earlier adjustments are taken into account, so a second run changes nothing. Events that were uncharged, or whose amount the caller gave, are left out; of an unpriced event with given credits only the USD change. So are events that retention has sealed: a notice says so. service, model: only these. Needs viewer, or admin to append; the projects concerned wait until it commits, so take long ranges in pieces. Errors: QK008, undefined_object, feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
-- What holds now, and what has no price.

CREATE VIEW quotakit.price_current WITH (security_invoker = true) AS
  SELECT DISTINCT ON (p.account_id, p.service, p.model, p.meter, p.tier, p.above_tokens)
         p.account_id, p.account_id = 0 AS built_in, p.service, p.model, p.meter, p.tier, p.above_tokens,
         trim_scale(p.usd) AS usd_per_unit, trim_scale(p.usd * 1000000) AS usd_per_million,
         trim_scale(p.credits) AS credits_per_unit, p.valid_from, p.price_version
    FROM quotakit.price p
    WHERE p.superseded_by IS NULL AND p.valid_from <= now()
    ORDER BY p.account_id, p.service, p.model, p.meter, p.tier, p.above_tokens, p.valid_from DESC;
COMMENT ON VIEW quotakit.price_current IS
  'Prices in force now: your accounts'' own and the built-in ones. Where an account has its own for the same meter, that one goes first.';
COMMENT ON COLUMN quotakit.price_current.account_id IS 'The account; 0 for built-in prices.';
COMMENT ON COLUMN quotakit.price_current.built_in IS 'Whether it is a built-in price of all accounts.';
COMMENT ON COLUMN quotakit.price_current.service IS 'The service.';
COMMENT ON COLUMN quotakit.price_current.model IS 'The model; empty for any model of the service.';
COMMENT ON COLUMN quotakit.price_current.meter IS 'What is counted: input_tokens, output_tokens, image, ….';
COMMENT ON COLUMN quotakit.price_current.tier IS 'standard, batch, priority, flex, or the account''s own.';
COMMENT ON COLUMN quotakit.price_current.above_tokens IS 'Holds for calls with more input tokens than this; 0 for any.';
COMMENT ON COLUMN quotakit.price_current.usd_per_unit IS 'USD for one unit; null for none.';
COMMENT ON COLUMN quotakit.price_current.usd_per_million IS 'USD for a million units, as providers list token prices.';
COMMENT ON COLUMN quotakit.price_current.credits_per_unit IS 'Credits for one unit; null for none.';
COMMENT ON COLUMN quotakit.price_current.valid_from IS 'Since when it holds.';
COMMENT ON COLUMN quotakit.price_current.price_version IS 'Number of the price; events keep the newest they were costed by.';

CREATE VIEW quotakit.unpriced_model WITH (security_invoker = true) AS
  SELECT s.account_id, n.service, s.model, sum(s.unpriced)::int8 AS events,
         min(s.hour) AS first_seen, max(s.hour) AS last_seen, sum(s.tokens)::int8 AS tokens,
         EXISTS (SELECT FROM quotakit.price p
           WHERE p.account_id IN (s.account_id, 0) AND p.service = n.service AND p.model IN (s.model, '')
             AND p.superseded_by IS NULL AND p.valid_from <= now()) AS has_price_now
    FROM (
      SELECT u.account_id, u.node_id, u.hour, u.model, u.unpriced,
             coalesce((SELECT h.input_tokens + h.cached_input_tokens + h.cache_write_tokens + h.output_tokens + h.reasoning_tokens
               FROM quotakit.rollup_hour h
               WHERE h.account_id = u.account_id AND h.node_id = u.node_id AND h.hour = u.hour AND h.model = u.model), 0)
             + coalesce(d.tokens, 0) AS tokens
        FROM (
          -- Of an hour, what has not been repriced.
          SELECT x.account_id, x.node_id, x.hour, x.model, sum(x.unpriced) AS unpriced
            FROM (
              SELECT h.account_id, h.node_id, h.hour, h.model, h.unpriced FROM quotakit.rollup_hour h WHERE h.unpriced > 0
              UNION ALL
              SELECT d.account_id, d.node_id, d.hour, d.model, d.unpriced FROM quotakit.rollup_delta d WHERE d.unpriced <> 0) x
            GROUP BY x.account_id, x.node_id, x.hour, x.model
            HAVING sum(x.unpriced) > 0) u
        LEFT JOIN (
          SELECT d.account_id, d.node_id, d.hour, d.model,
                 sum(d.input_tokens + d.cached_input_tokens + d.cache_write_tokens + d.output_tokens + d.reasoning_tokens) AS tokens
            FROM quotakit.rollup_delta d GROUP BY d.account_id, d.node_id, d.hour, d.model) d
          ON d.account_id = u.account_id AND d.node_id = u.node_id AND d.hour = u.hour AND d.model = u.model
    ) s
    JOIN quotakit.node n ON n.account_id = s.account_id AND n.node_id = s.node_id
    GROUP BY s.account_id, n.service, s.model;
COMMENT ON VIEW quotakit.unpriced_model IS
  'Models that were called without a price for all they used, and have not been repriced since. Set prices for them with set_price or import_prices, then reprice.';
COMMENT ON COLUMN quotakit.unpriced_model.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.unpriced_model.service IS 'The service.';
COMMENT ON COLUMN quotakit.unpriced_model.model IS 'The model; empty for none.';
COMMENT ON COLUMN quotakit.unpriced_model.events IS 'How many calls have a meter without a price.';
COMMENT ON COLUMN quotakit.unpriced_model.first_seen IS 'The hour of the first of them.';
COMMENT ON COLUMN quotakit.unpriced_model.last_seen IS 'The hour of the last of them.';
COMMENT ON COLUMN quotakit.unpriced_model.tokens IS 'Tokens of all calls on the model in those hours.';
COMMENT ON COLUMN quotakit.unpriced_model.has_price_now IS 'Whether the model has some price by now, so that reprice() can cost them.';
-- An index of its own: the view must not read all of history for a rare flag.
CREATE INDEX rollup_hour_unpriced ON quotakit.rollup_hour (account_id, model) WHERE unpriced > 0;
-- Built-in prices of common providers, in USD per single unit. Written by
-- scripts/builtin-prices; do not edit.
--
-- Source: model_prices_2026-07.json, model-price-repo, a subset of LiteLLM's
-- model_prices_and_context_window.json.
-- MIT License, Copyright (c) Berri AI; its text is in demo/SOURCES.md.
--
-- Left out, so that calls on them count as unpriced instead of being costed wrongly:
-- models that are not their provider's own, that cost nothing says the file, or whose
-- price it calls a promotion:
--   claude-sonnet-4-5-20250929-v1:0
--   claude-sonnet-5
--   deepseek-v3-2-251201
--   gemini-flash-experimental

WITH title(service, title) AS (VALUES
  ('anthropic', 'Anthropic'),
  ('deepseek', 'DeepSeek'),
  ('google', 'Google Gemini'),
  ('minimax', 'MiniMax'),
  ('mistral', 'Mistral AI'),
  ('moonshot', 'Moonshot AI'),
  ('openai', 'OpenAI'),
  ('xai', 'xAI'),
  ('zhipu', 'Zhipu AI')
)
INSERT INTO quotakit.service (account_id, service, title, shipped)
  SELECT 0, t.service, t.title, true FROM title t;

-- service, model, max_input_tokens, max_output_tokens, deprecated_on, and the prices:
-- "meter", "meter@tier", "meter>above_tokens" or "meter@tier>above_tokens".
WITH given(service, model, max_input_tokens, max_output_tokens, deprecated_on, prices) AS (VALUES
  ('anthropic', 'claude-3-7-sonnet-20250219', 200000, 64000, '2026-02-19', '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 0.00000375, "cached_input_tokens": 3e-7, "input_tokens": 0.000003,
     "output_tokens": 0.000015, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-3-haiku-20240307', 200000, 4096, NULL, '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 3e-7, "cached_input_tokens": 3e-8, "input_tokens": 2.5e-7, "output_tokens": 0.00000125}'),
  ('anthropic', 'claude-3-opus-20240229', 200000, 4096, '2026-05-01', '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 0.00001875, "cached_input_tokens": 0.0000015, "input_tokens": 0.000015,
     "output_tokens": 0.000075}'),
  ('anthropic', 'claude-4-opus-20250514', 200000, 32000, NULL, '{"cache_write_1h_tokens": 0.00003,
     "cache_write_tokens": 0.00001875, "cached_input_tokens": 0.0000015, "input_tokens": 0.000015,
     "output_tokens": 0.000075, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-4-sonnet-20250514', 1000000, 64000, NULL, '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 0.00000375, "cache_write_tokens>200000": 0.0000075, "cached_input_tokens": 3e-7,
     "cached_input_tokens>200000": 6e-7, "input_tokens": 0.000003, "input_tokens>200000": 0.000006,
     "output_tokens": 0.000015, "output_tokens>200000": 0.0000225, "search": 0.01, "search_high": 0.01,
     "search_low": 0.01}'),
  ('anthropic', 'claude-fable-5', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00002,
     "cache_write_tokens": 0.0000125, "cached_input_tokens": 0.000001, "input_tokens": 0.00001,
     "output_tokens": 0.00005, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-haiku-4-5', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.000002,
     "cache_write_tokens": 0.00000125, "cached_input_tokens": 1e-7, "input_tokens": 0.000001,
     "output_tokens": 0.000005}'),
  ('anthropic', 'claude-haiku-4-5-20251001', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.000002,
     "cache_write_tokens": 0.00000125, "cached_input_tokens": 1e-7, "input_tokens": 0.000001,
     "output_tokens": 0.000005}'),
  ('anthropic', 'claude-mythos-5', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00002,
     "cache_write_tokens": 0.0000125, "cached_input_tokens": 0.000001, "input_tokens": 0.00001,
     "output_tokens": 0.00005, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-1', 200000, 32000, NULL, '{"cache_write_1h_tokens": 0.00003,
     "cache_write_tokens": 0.00001875, "cached_input_tokens": 0.0000015, "input_tokens": 0.000015,
     "output_tokens": 0.000075, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-1-20250805', 200000, 32000, '2026-08-05', '{"cache_write_1h_tokens": 0.00003,
     "cache_write_tokens": 0.00001875, "cached_input_tokens": 0.0000015, "input_tokens": 0.000015,
     "output_tokens": 0.000075, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-20250514', 200000, 32000, '2026-05-14', '{"cache_write_1h_tokens": 0.00003,
     "cache_write_tokens": 0.00001875, "cached_input_tokens": 0.0000015, "input_tokens": 0.000015,
     "output_tokens": 0.000075, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-5', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-5-20251101', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-6', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-6-20260205', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-6-thinking', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-7', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-7-20260416', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-4-8', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-opus-5', 1000000, 128000, NULL, '{"cache_write_1h_tokens": 0.00001,
     "cache_write_tokens": 0.00000625, "cached_input_tokens": 5e-7, "input_tokens": 0.000005,
     "output_tokens": 0.000025, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-sonnet-4-20250514', 1000000, 64000, '2026-05-14', '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 0.00000375, "cache_write_tokens>200000": 0.0000075, "cached_input_tokens": 3e-7,
     "cached_input_tokens>200000": 6e-7, "input_tokens": 0.000003, "input_tokens>200000": 0.000006,
     "output_tokens": 0.000015, "output_tokens>200000": 0.0000225, "search": 0.01, "search_high": 0.01,
     "search_low": 0.01}'),
  ('anthropic', 'claude-sonnet-4-5', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.000006,
     "cache_write_1h_tokens>200000": 0.000012, "cache_write_tokens": 0.00000375,
     "cache_write_tokens>200000": 0.0000075, "cached_input_tokens": 3e-7, "cached_input_tokens>200000": 6e-7,
     "input_tokens": 0.000003, "input_tokens>200000": 0.000006, "output_tokens": 0.000015,
     "output_tokens>200000": 0.0000225, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-sonnet-4-5-20250929', 200000, 64000, NULL, '{"cache_write_1h_tokens": 0.000006,
     "cache_write_1h_tokens>200000": 0.000012, "cache_write_tokens": 0.00000375,
     "cache_write_tokens>200000": 0.0000075, "cached_input_tokens": 3e-7, "cached_input_tokens>200000": 6e-7,
     "input_tokens": 0.000003, "input_tokens>200000": 0.000006, "output_tokens": 0.000015,
     "output_tokens>200000": 0.0000225, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('anthropic', 'claude-sonnet-4-6', 1000000, 64000, NULL, '{"cache_write_1h_tokens": 0.000006,
     "cache_write_tokens": 0.00000375, "cached_input_tokens": 3e-7, "input_tokens": 0.000003,
     "output_tokens": 0.000015, "search": 0.01, "search_high": 0.01, "search_low": 0.01}'),
  ('deepseek', 'deepseek-chat', 131072, 8192, NULL, '{"cached_input_tokens": 2.8e-8, "input_tokens": 2.8e-7,
     "output_tokens": 4.2e-7}'),
  ('deepseek', 'deepseek-reasoner', 131072, 65536, NULL, '{"cached_input_tokens": 2.8e-8, "input_tokens": 2.8e-7,
     "output_tokens": 4.2e-7}'),
  ('deepseek', 'deepseek-v4-flash', 1000000, 8192, NULL, '{"cache_write_tokens": 0, "cached_input_tokens": 2.8e-9,
     "input_tokens": 1.4e-7, "output_tokens": 2.8e-7}'),
  ('deepseek', 'deepseek-v4-pro', 1000000, 8192, NULL, '{"cache_write_tokens": 0, "cached_input_tokens": 3.625e-9,
     "input_tokens": 4.35e-7, "output_tokens": 8.7e-7}'),
  ('google', 'gemini-2.0-flash', 1048576, 8192, '2026-06-01', '{"audio_input_tokens": 7e-7,
     "cached_input_tokens": 2.5e-8, "input_tokens": 1e-7, "output_tokens": 4e-7, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.0-flash-001', 1048576, 8192, '2026-06-01', '{"audio_input_tokens": 0.000001,
     "cached_input_tokens": 3.75e-8, "input_tokens": 1.5e-7, "output_tokens": 6e-7, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.0-flash-exp-image-generation', 32768, 32768, NULL, '{"image": 0.039, "input_tokens": 0,
     "output_tokens": 0}'),
  ('google', 'gemini-2.0-flash-lite', 1048576, 8192, '2026-06-01', '{"audio_input_tokens": 7.5e-8,
     "cached_input_tokens": 1.875e-8, "input_tokens": 7.5e-8, "output_tokens": 3e-7, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.0-flash-lite-001', 1048576, 8192, '2026-06-01', '{"audio_input_tokens": 7.5e-8,
     "cached_input_tokens": 1.875e-8, "input_tokens": 7.5e-8, "output_tokens": 3e-7, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-computer-use-preview-10-2025', 128000, 64000, NULL, '{"input_tokens": 0.00000125,
     "input_tokens>200000": 0.0000025, "output_tokens": 0.00001, "output_tokens>200000": 0.000015}'),
  ('google', 'gemini-2.5-flash', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001, "cached_input_tokens": 3e-8,
     "input_tokens": 3e-7, "output_tokens": 0.0000025, "search": 0.035, "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-flash-image', 32768, 32768, NULL, '{"audio_input_tokens": 0.000001,
     "cached_input_tokens": 3e-8, "image": 0.039, "image_output_tokens": 0.00003, "input_tokens": 3e-7,
     "output_tokens": 0.0000025}'),
  ('google', 'gemini-2.5-flash-lite', 1048576, 65535, NULL, '{"audio_input_tokens": 3e-7, "cached_input_tokens": 1e-8,
     "input_tokens": 1e-7, "output_tokens": 4e-7, "search": 0.035, "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-flash-lite-preview-06-17', 1048576, 65535, '2025-11-18', '{"audio_input_tokens": 5e-7,
     "cached_input_tokens": 2.5e-8, "input_tokens": 1e-7, "output_tokens": 4e-7, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-flash-lite-preview-09-2025', 1048576, 65535, NULL, '{"audio_input_tokens": 3e-7,
     "cached_input_tokens": 1e-8, "input_tokens": 1e-7, "output_tokens": 4e-7, "search": 0.035, "search_high": 0.035,
     "search_low": 0.035}'),
  ('google', 'gemini-2.5-flash-native-audio-latest', 1048576, 8192, NULL, '{"audio_input_tokens": 0.000001,
     "input_tokens": 3e-7, "output_tokens": 0.0000025}'),
  ('google', 'gemini-2.5-flash-native-audio-preview-09-2025', 1048576, 8192, NULL, '{"audio_input_tokens": 0.000001,
     "input_tokens": 3e-7, "output_tokens": 0.0000025}'),
  ('google', 'gemini-2.5-flash-native-audio-preview-12-2025', 1048576, 8192, NULL, '{"audio_input_tokens": 0.000001,
     "input_tokens": 3e-7, "output_tokens": 0.0000025}'),
  ('google', 'gemini-2.5-flash-preview-09-2025', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "cached_input_tokens": 7.5e-8, "input_tokens": 3e-7, "output_tokens": 0.0000025, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-flash-preview-tts', NULL, NULL, NULL, '{"input_tokens": 3e-7, "output_tokens": 0.0000025}'),
  ('google', 'gemini-2.5-pro', 1048576, 65535, NULL, '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 1.25e-7, "cached_input_tokens>200000": 2.5e-7, "input_tokens": 0.00000125,
     "input_tokens>200000": 0.0000025, "output_tokens": 0.00001, "output_tokens>200000": 0.000015, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-2.5-pro-preview-tts', 1048576, 65535, NULL, '{"audio_input_tokens": 7e-7,
     "cached_input_tokens": 1.25e-7, "cached_input_tokens>200000": 2.5e-7, "input_tokens": 0.00000125,
     "input_tokens>200000": 0.0000025, "output_tokens": 0.00001, "output_tokens>200000": 0.000015, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-3-flash', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "audio_input_tokens@priority": 0.0000018, "cached_input_tokens": 5e-8, "cached_input_tokens@priority": 9e-8,
     "input_tokens": 5e-7, "input_tokens@priority": 9e-7, "output_tokens": 0.000003,
     "output_tokens@priority": 0.0000054, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3-flash-preview', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "audio_input_tokens@priority": 0.0000018, "cached_input_tokens": 5e-8, "cached_input_tokens@priority": 9e-8,
     "input_tokens": 5e-7, "input_tokens@priority": 9e-7, "output_tokens": 0.000003,
     "output_tokens@priority": 0.0000054, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3-pro-image', 65536, 32768, NULL, '{"image": 0.134, "image_output_tokens": 0.00012,
     "input_image": 0.0011, "input_tokens": 0.000002, "input_tokens@batch": 0.000001, "output_tokens": 0.000012,
     "output_tokens@batch": 0.000006, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3-pro-image-preview', 65536, 32768, NULL, '{"image": 0.134, "image_output_tokens": 0.00012,
     "input_image": 0.0011, "input_tokens": 0.000002, "input_tokens@batch": 0.000001, "output_tokens": 0.000012,
     "output_tokens@batch": 0.000006, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3-pro-preview', 1048576, 65535, '2026-03-26', '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 2e-7, "cached_input_tokens>200000": 4e-7, "cached_input_tokens@priority": 3.6e-7,
     "cached_input_tokens@priority>200000": 7.2e-7, "input_tokens": 0.000002, "input_tokens>200000": 0.000004,
     "input_tokens@batch": 0.000001, "input_tokens@priority": 0.0000036, "input_tokens@priority>200000": 0.0000072,
     "output_tokens": 0.000012, "output_tokens>200000": 0.000018, "output_tokens@batch": 0.000006,
     "output_tokens@priority": 0.0000216, "output_tokens@priority>200000": 0.0000324, "search": 0.014,
     "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.1-flash-image', 65536, 32768, NULL, '{"image": 0.0672, "image_output_tokens": 0.00006,
     "input_image": 0.00056, "input_tokens": 5e-7, "output_tokens": 0.000003, "search": 0.014, "search_high": 0.014,
     "search_low": 0.014}'),
  ('google', 'gemini-3.1-flash-image-preview', 65536, 32768, NULL, '{"image": 0.0672, "image_output_tokens": 0.00006,
     "input_image": 0.00056, "input_tokens": 5e-7, "output_tokens": 0.000003, "search": 0.014, "search_high": 0.014,
     "search_low": 0.014}'),
  ('google', 'gemini-3.1-flash-lite', 1048576, 65536, NULL, '{"audio_input_tokens": 5e-7,
     "cached_input_tokens": 2.5e-8, "cached_input_tokens@flex": 1.25e-8, "cached_input_tokens@priority": 4.5e-8,
     "input_tokens": 2.5e-7, "input_tokens@batch": 1.25e-7, "input_tokens@flex": 1.25e-7,
     "input_tokens@priority": 4.5e-7, "output_tokens": 0.0000015, "output_tokens@batch": 7.5e-7,
     "output_tokens@flex": 7.5e-7, "output_tokens@priority": 0.0000027, "search": 0.014, "search_high": 0.014,
     "search_low": 0.014}'),
  ('google', 'gemini-3.1-flash-lite-preview', 1048576, 65536, NULL, '{"audio_input_tokens": 5e-7,
     "cached_input_tokens": 2.5e-8, "input_tokens": 2.5e-7, "output_tokens": 0.0000015, "search": 0.014,
     "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.1-flash-live-preview', 131072, 65536, NULL, '{"audio_input_tokens": 0.000003,
     "audio_output_tokens": 0.000012, "image_input_tokens": 0.000001, "input_tokens": 7.5e-7,
     "output_tokens": 0.0000045, "video_second": 0.000033333333333333}'),
  ('google', 'gemini-3.1-pro-high', 1048576, 65536, NULL, '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 2e-7, "cached_input_tokens>200000": 4e-7, "cached_input_tokens@priority": 3.6e-7,
     "cached_input_tokens@priority>200000": 7.2e-7, "image": 0.00012, "input_tokens": 0.000002,
     "input_tokens>200000": 0.000004, "input_tokens@batch": 0.000001, "input_tokens@priority": 0.0000036,
     "input_tokens@priority>200000": 0.0000072, "output_tokens": 0.000012, "output_tokens>200000": 0.000018,
     "output_tokens@batch": 0.000006, "output_tokens@priority": 0.0000216, "output_tokens@priority>200000": 0.0000324,
     "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.1-pro-low', 1048576, 65536, NULL, '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 2e-7, "cached_input_tokens>200000": 4e-7, "cached_input_tokens@priority": 3.6e-7,
     "cached_input_tokens@priority>200000": 7.2e-7, "image": 0.00012, "input_tokens": 0.000002,
     "input_tokens>200000": 0.000004, "input_tokens@batch": 0.000001, "input_tokens@priority": 0.0000036,
     "input_tokens@priority>200000": 0.0000072, "output_tokens": 0.000012, "output_tokens>200000": 0.000018,
     "output_tokens@batch": 0.000006, "output_tokens@priority": 0.0000216, "output_tokens@priority>200000": 0.0000324,
     "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.1-pro-preview', 1048576, 65536, NULL, '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 2e-7, "cached_input_tokens>200000": 4e-7, "cached_input_tokens@priority": 3.6e-7,
     "cached_input_tokens@priority>200000": 7.2e-7, "image": 0.00012, "input_tokens": 0.000002,
     "input_tokens>200000": 0.000004, "input_tokens@batch": 0.000001, "input_tokens@priority": 0.0000036,
     "input_tokens@priority>200000": 0.0000072, "output_tokens": 0.000012, "output_tokens>200000": 0.000018,
     "output_tokens@batch": 0.000006, "output_tokens@priority": 0.0000216, "output_tokens@priority>200000": 0.0000324,
     "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.1-pro-preview-customtools', 1048576, 65536, NULL, '{"cache_write_tokens>200000": 2.5e-7,
     "cached_input_tokens": 2e-7, "cached_input_tokens>200000": 4e-7, "image": 0.00012, "input_tokens": 0.000002,
     "input_tokens>200000": 0.000004, "input_tokens@batch": 0.000001, "output_tokens": 0.000012,
     "output_tokens>200000": 0.000018, "output_tokens@batch": 0.000006, "search": 0.014, "search_high": 0.014,
     "search_low": 0.014}'),
  ('google', 'gemini-3.5-flash', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "audio_input_tokens@priority": 0.0000018, "cached_input_tokens": 1.5e-7, "cached_input_tokens@priority": 2.7e-7,
     "input_tokens": 0.0000015, "input_tokens@priority": 0.0000027, "output_tokens": 0.000009,
     "output_tokens@priority": 0.0000162, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.5-flash-lite', 1048576, 65536, NULL, '{"cached_input_tokens": 3e-8,
     "cached_input_tokens@flex": 2e-8, "cached_input_tokens@priority": 5e-8, "input_tokens": 3e-7,
     "input_tokens@batch": 1.5e-7, "input_tokens@flex": 1.5e-7, "input_tokens@priority": 5.4e-7,
     "output_tokens": 0.0000025, "output_tokens@batch": 0.00000125, "output_tokens@flex": 0.00000125,
     "output_tokens@priority": 0.0000045, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-3.6-flash', 1048576, 65536, NULL, '{"cached_input_tokens": 1.5e-7,
     "cached_input_tokens@flex": 7.5e-8, "cached_input_tokens@priority": 2.7e-7, "input_tokens": 0.0000015,
     "input_tokens@batch": 7.5e-7, "input_tokens@flex": 7.5e-7, "input_tokens@priority": 0.0000027,
     "output_tokens": 0.0000075, "output_tokens@batch": 0.00000375, "output_tokens@flex": 0.00000375,
     "output_tokens@priority": 0.0000135, "search": 0.014, "search_high": 0.014, "search_low": 0.014}'),
  ('google', 'gemini-embedding-001', 2048, NULL, NULL, '{"input_tokens": 1.5e-7, "output_tokens": 0}'),
  ('google', 'gemini-embedding-2', 8192, NULL, NULL, '{"audio_second": 0.00016, "input_image": 0.00012,
     "input_tokens": 2e-7, "output_tokens": 0, "video_second": 0.00079}'),
  ('google', 'gemini-embedding-2-preview', 8192, NULL, NULL, '{"audio_second": 0.00016, "input_image": 0.00012,
     "input_tokens": 2e-7, "output_tokens": 0, "video_second": 0.00079}'),
  ('google', 'gemini-exp-1206', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001, "cached_input_tokens": 3e-8,
     "input_tokens": 3e-7, "output_tokens": 0.0000025, "search": 0.035, "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-flash-latest', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "cached_input_tokens": 3e-8, "input_tokens": 3e-7, "output_tokens": 0.0000025, "search": 0.035,
     "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-flash-lite-latest', 1048576, 65535, NULL, '{"audio_input_tokens": 3e-7,
     "cached_input_tokens": 1e-8, "input_tokens": 1e-7, "output_tokens": 4e-7, "search": 0.035, "search_high": 0.035,
     "search_low": 0.035}'),
  ('google', 'gemini-live-2.5-flash-preview-native-audio-09-2025', 1048576, 65535, NULL, '{
     "audio_input_tokens": 0.000003, "audio_output_tokens": 0.000012, "cached_input_tokens": 7.5e-8,
     "input_tokens": 3e-7, "output_tokens": 0.000002, "search": 0.035, "search_high": 0.035, "search_low": 0.035}'),
  ('google', 'gemini-omni-flash-preview', 1048576, 65535, NULL, '{"audio_input_tokens": 0.0000015,
     "input_tokens": 0.0000015, "output_tokens": 0.000009, "video_output_tokens": 0.0000175}'),
  ('google', 'gemini-pro-latest', 1048576, 65535, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens>200000": 2.5e-7, "input_tokens": 0.00000125, "input_tokens>200000": 0.0000025,
     "output_tokens": 0.00001, "output_tokens>200000": 0.000015, "search": 0.035, "search_high": 0.035,
     "search_low": 0.035}'),
  ('google', 'gemini-robotics-er-1.5-preview', 1048576, 65535, NULL, '{"audio_input_tokens": 0.000001,
     "cached_input_tokens": 0, "input_tokens": 3e-7, "output_tokens": 0.0000025}'),
  ('minimax', 'minimax-m2.7', 131072, 131072, NULL, '{"cache_write_tokens": 3.75e-7, "cached_input_tokens": 6e-8,
     "input_tokens": 3e-7, "output_tokens": 0.0000012}'),
  ('moonshot', 'kimi-k2.5', 131072, 131072, NULL, '{"cache_write_tokens": 6e-7, "cached_input_tokens": 1e-7,
     "input_tokens": 6e-7, "output_tokens": 0.00000225}'),
  ('moonshot', 'kimi-k2.6', 1000000, 384000, NULL, '{"cache_write_tokens": 9.54e-7, "cached_input_tokens": 1.61e-7,
     "input_tokens": 9.54e-7, "output_tokens": 0.000003961}'),
  ('openai', 'codex-auto-review', 1050000, 128000, NULL, '{"cached_input_tokens": 5e-7,
     "cached_input_tokens>272000": 0.000001, "cached_input_tokens@flex": 2.5e-7,
     "cached_input_tokens@priority": 0.000001, "input_tokens": 0.000005, "input_tokens>272000": 0.00001,
     "input_tokens@batch": 0.0000025, "input_tokens@flex": 0.0000025, "input_tokens@priority": 0.00001,
     "output_tokens": 0.00003, "output_tokens>272000": 0.000045, "output_tokens@batch": 0.000015,
     "output_tokens@flex": 0.000015, "output_tokens@priority": 0.00006}'),
  ('openai', 'gpt-3.5-turbo', 16385, 4096, NULL, '{"input_tokens": 5e-7, "output_tokens": 0.0000015}'),
  ('openai', 'gpt-3.5-turbo-0125', 16385, 4096, NULL, '{"input_tokens": 5e-7, "output_tokens": 0.0000015}'),
  ('openai', 'gpt-3.5-turbo-1106', 16385, 4096, '2026-09-28', '{"input_tokens": 0.000001, "output_tokens": 0.000002}'),
  ('openai', 'gpt-3.5-turbo-16k', 16385, 4096, NULL, '{"input_tokens": 0.000003, "output_tokens": 0.000004}'),
  ('openai', 'gpt-3.5-turbo-instruct', 8192, 4096, NULL, '{"input_tokens": 0.0000015, "output_tokens": 0.000002}'),
  ('openai', 'gpt-3.5-turbo-instruct-0914', 8192, 4097, NULL, '{"input_tokens": 0.0000015,
     "output_tokens": 0.000002}'),
  ('openai', 'gpt-4', 8192, 4096, NULL, '{"input_tokens": 0.00003, "output_tokens": 0.00006}'),
  ('openai', 'gpt-4-0125-preview', 128000, 4096, '2026-03-26', '{"input_tokens": 0.00001, "output_tokens": 0.00003}'),
  ('openai', 'gpt-4-0314', 8192, 4096, '2026-03-26', '{"input_tokens": 0.00003, "output_tokens": 0.00006}'),
  ('openai', 'gpt-4-0613', 8192, 4096, '2025-06-06', '{"input_tokens": 0.00003, "output_tokens": 0.00006}'),
  ('openai', 'gpt-4-1106-preview', 128000, 4096, '2026-03-26', '{"input_tokens": 0.00001, "output_tokens": 0.00003}'),
  ('openai', 'gpt-4-turbo', 128000, 4096, NULL, '{"input_tokens": 0.00001, "output_tokens": 0.00003}'),
  ('openai', 'gpt-4-turbo-2024-04-09', 128000, 4096, NULL, '{"input_tokens": 0.00001, "output_tokens": 0.00003}'),
  ('openai', 'gpt-4-turbo-preview', 128000, 4096, NULL, '{"input_tokens": 0.00001, "output_tokens": 0.00003}'),
  ('openai', 'gpt-4.1', 1047576, 32768, NULL, '{"cached_input_tokens": 5e-7, "cached_input_tokens@priority": 8.75e-7,
     "input_tokens": 0.000002, "input_tokens@batch": 0.000001, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000008, "output_tokens@batch": 0.000004, "output_tokens@priority": 0.000014}'),
  ('openai', 'gpt-4.1-2025-04-14', 1047576, 32768, NULL, '{"cached_input_tokens": 5e-7, "input_tokens": 0.000002,
     "input_tokens@batch": 0.000001, "output_tokens": 0.000008, "output_tokens@batch": 0.000004}'),
  ('openai', 'gpt-4.1-mini', 1047576, 32768, NULL, '{"cached_input_tokens": 1e-7,
     "cached_input_tokens@priority": 1.75e-7, "input_tokens": 4e-7, "input_tokens@batch": 2e-7,
     "input_tokens@priority": 7e-7, "output_tokens": 0.0000016, "output_tokens@batch": 8e-7,
     "output_tokens@priority": 0.0000028}'),
  ('openai', 'gpt-4.1-mini-2025-04-14', 1047576, 32768, NULL, '{"cached_input_tokens": 1e-7, "input_tokens": 4e-7,
     "input_tokens@batch": 2e-7, "output_tokens": 0.0000016, "output_tokens@batch": 8e-7}'),
  ('openai', 'gpt-4.1-nano', 1047576, 32768, NULL, '{"cached_input_tokens": 2.5e-8,
     "cached_input_tokens@priority": 5e-8, "input_tokens": 1e-7, "input_tokens@batch": 5e-8,
     "input_tokens@priority": 2e-7, "output_tokens": 4e-7, "output_tokens@batch": 2e-7,
     "output_tokens@priority": 8e-7}'),
  ('openai', 'gpt-4.1-nano-2025-04-14', 1047576, 32768, NULL, '{"cached_input_tokens": 2.5e-8, "input_tokens": 1e-7,
     "input_tokens@batch": 5e-8, "output_tokens": 4e-7, "output_tokens@batch": 2e-7}'),
  ('openai', 'gpt-4o', 128000, 16384, NULL, '{"cached_input_tokens": 0.00000125,
     "cached_input_tokens@priority": 0.000002125, "input_tokens": 0.0000025, "input_tokens@batch": 0.00000125,
     "input_tokens@priority": 0.00000425, "output_tokens": 0.00001, "output_tokens@batch": 0.000005,
     "output_tokens@priority": 0.000017}'),
  ('openai', 'gpt-4o-2024-05-13', 128000, 4096, NULL, '{"input_tokens": 0.000005, "input_tokens@batch": 0.0000025,
     "input_tokens@priority": 0.00000875, "output_tokens": 0.000015, "output_tokens@batch": 0.0000075,
     "output_tokens@priority": 0.00002625}'),
  ('openai', 'gpt-4o-2024-08-06', 128000, 16384, NULL, '{"cached_input_tokens": 0.00000125, "input_tokens": 0.0000025,
     "input_tokens@batch": 0.00000125, "output_tokens": 0.00001, "output_tokens@batch": 0.000005}'),
  ('openai', 'gpt-4o-2024-11-20', 128000, 16384, NULL, '{"cached_input_tokens": 0.00000125, "input_tokens": 0.0000025,
     "input_tokens@batch": 0.00000125, "output_tokens": 0.00001, "output_tokens@batch": 0.000005}'),
  ('openai', 'gpt-4o-audio-preview', 128000, 16384, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-audio-preview-2024-12-17', 128000, 16384, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-audio-preview-2025-06-03', 128000, 16384, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-mini', 128000, 16384, NULL, '{"cached_input_tokens": 7.5e-8,
     "cached_input_tokens@priority": 1.25e-7, "input_tokens": 1.5e-7, "input_tokens@batch": 7.5e-8,
     "input_tokens@priority": 2.5e-7, "output_tokens": 6e-7, "output_tokens@batch": 3e-7,
     "output_tokens@priority": 0.000001}'),
  ('openai', 'gpt-4o-mini-2024-07-18', 128000, 16384, NULL, '{"cached_input_tokens": 7.5e-8, "input_tokens": 1.5e-7,
     "input_tokens@batch": 7.5e-8, "output_tokens": 6e-7, "output_tokens@batch": 3e-7, "search": 0.0275,
     "search_high": 0.03, "search_low": 0.025}'),
  ('openai', 'gpt-4o-mini-audio-preview', 128000, 16384, NULL, '{"audio_input_tokens": 0.00001,
     "audio_output_tokens": 0.00002, "input_tokens": 1.5e-7, "output_tokens": 6e-7}'),
  ('openai', 'gpt-4o-mini-audio-preview-2024-12-17', 128000, 16384, NULL, '{"audio_input_tokens": 0.00001,
     "audio_output_tokens": 0.00002, "input_tokens": 1.5e-7, "output_tokens": 6e-7}'),
  ('openai', 'gpt-4o-mini-realtime-preview', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_input_tokens": 3e-7, "input_tokens": 6e-7,
     "output_tokens": 0.0000024}'),
  ('openai', 'gpt-4o-mini-realtime-preview-2024-12-17', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_input_tokens": 3e-7, "input_tokens": 6e-7,
     "output_tokens": 0.0000024}'),
  ('openai', 'gpt-4o-mini-search-preview', 128000, 16384, NULL, '{"cached_input_tokens": 7.5e-8,
     "input_tokens": 1.5e-7, "input_tokens@batch": 7.5e-8, "output_tokens": 6e-7, "output_tokens@batch": 3e-7,
     "search": 0.0275, "search_high": 0.03, "search_low": 0.025}'),
  ('openai', 'gpt-4o-mini-search-preview-2025-03-11', 128000, 16384, NULL, '{"cached_input_tokens": 7.5e-8,
     "input_tokens": 1.5e-7, "input_tokens@batch": 7.5e-8, "output_tokens": 6e-7, "output_tokens@batch": 3e-7}'),
  ('openai', 'gpt-4o-mini-transcribe', 16000, 2000, NULL, '{"audio_input_tokens": 0.00000125,
     "input_tokens": 0.00000125, "output_tokens": 0.000005}'),
  ('openai', 'gpt-4o-mini-transcribe-2025-03-20', 16000, 2000, NULL, '{"audio_input_tokens": 0.00000125,
     "input_tokens": 0.00000125, "output_tokens": 0.000005}'),
  ('openai', 'gpt-4o-mini-transcribe-2025-12-15', 16000, 2000, NULL, '{"audio_input_tokens": 0.00000125,
     "input_tokens": 0.00000125, "output_tokens": 0.000005}'),
  ('openai', 'gpt-4o-mini-tts', NULL, NULL, NULL, '{"audio_output_tokens": 0.000012, "input_tokens": 0.0000025,
     "output_second": 0.00025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-mini-tts-2025-03-20', NULL, NULL, NULL, '{"audio_output_tokens": 0.000012,
     "input_tokens": 0.0000025, "output_second": 0.00025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-mini-tts-2025-12-15', NULL, NULL, NULL, '{"audio_output_tokens": 0.000012,
     "input_tokens": 0.0000025, "output_second": 0.00025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-realtime-preview', 128000, 4096, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "cached_input_tokens": 0.0000025, "input_tokens": 0.000005,
     "output_tokens": 0.00002}'),
  ('openai', 'gpt-4o-realtime-preview-2024-12-17', 128000, 4096, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "cached_input_tokens": 0.0000025, "input_tokens": 0.000005,
     "output_tokens": 0.00002}'),
  ('openai', 'gpt-4o-realtime-preview-2025-06-03', 128000, 4096, NULL, '{"audio_input_tokens": 0.00004,
     "audio_output_tokens": 0.00008, "cached_input_tokens": 0.0000025, "input_tokens": 0.000005,
     "output_tokens": 0.00002}'),
  ('openai', 'gpt-4o-search-preview', 128000, 16384, NULL, '{"cached_input_tokens": 0.00000125,
     "input_tokens": 0.0000025, "input_tokens@batch": 0.00000125, "output_tokens": 0.00001,
     "output_tokens@batch": 0.000005, "search": 0.035, "search_high": 0.05, "search_low": 0.03}'),
  ('openai', 'gpt-4o-search-preview-2025-03-11', 128000, 16384, NULL, '{"cached_input_tokens": 0.00000125,
     "input_tokens": 0.0000025, "input_tokens@batch": 0.00000125, "output_tokens": 0.00001,
     "output_tokens@batch": 0.000005}'),
  ('openai', 'gpt-4o-transcribe', 16000, 2000, NULL, '{"audio_input_tokens": 0.0000025, "input_tokens": 0.0000025,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-4o-transcribe-diarize', 16000, 2000, NULL, '{"audio_input_tokens": 0.0000025,
     "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-5', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7, "cached_input_tokens@flex": 6.25e-8,
     "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125, "input_tokens@flex": 6.25e-7,
     "input_tokens@priority": 0.0000025, "output_tokens": 0.00001, "output_tokens@flex": 0.000005,
     "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5-2025-08-07', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens@flex": 6.25e-8, "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125,
     "input_tokens@flex": 6.25e-7, "input_tokens@priority": 0.0000025, "output_tokens": 0.00001,
     "output_tokens@flex": 0.000005, "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5-chat', 128000, 16384, NULL, '{"cached_input_tokens": 1.25e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-5-chat-latest', 128000, 16384, NULL, '{"cached_input_tokens": 1.25e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-5-codex', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-5-mini', 272000, 128000, NULL, '{"cached_input_tokens": 2.5e-8, "cached_input_tokens@flex": 1.25e-8,
     "cached_input_tokens@priority": 4.5e-8, "input_tokens": 2.5e-7, "input_tokens@flex": 1.25e-7,
     "input_tokens@priority": 4.5e-7, "output_tokens": 0.000002, "output_tokens@flex": 0.000001,
     "output_tokens@priority": 0.0000036}'),
  ('openai', 'gpt-5-mini-2025-08-07', 272000, 128000, NULL, '{"cached_input_tokens": 2.5e-8,
     "cached_input_tokens@flex": 1.25e-8, "cached_input_tokens@priority": 4.5e-8, "input_tokens": 2.5e-7,
     "input_tokens@flex": 1.25e-7, "input_tokens@priority": 4.5e-7, "output_tokens": 0.000002,
     "output_tokens@flex": 0.000001, "output_tokens@priority": 0.0000036}'),
  ('openai', 'gpt-5-nano', 272000, 128000, NULL, '{"cached_input_tokens": 5e-9, "cached_input_tokens@flex": 2.5e-9,
     "input_tokens": 5e-8, "input_tokens@flex": 2.5e-8, "input_tokens@priority": 0.0000025, "output_tokens": 4e-7,
     "output_tokens@flex": 2e-7}'),
  ('openai', 'gpt-5-nano-2025-08-07', 272000, 128000, NULL, '{"cached_input_tokens": 5e-9,
     "cached_input_tokens@flex": 2.5e-9, "input_tokens": 5e-8, "input_tokens@flex": 2.5e-8, "output_tokens": 4e-7,
     "output_tokens@flex": 2e-7}'),
  ('openai', 'gpt-5-pro', 400000, 128000, NULL, '{"input_tokens": 0.000015, "input_tokens@batch": 0.0000075,
     "output_tokens": 0.00012, "output_tokens@batch": 0.00006}'),
  ('openai', 'gpt-5-pro-2025-10-06', 400000, 128000, NULL, '{"input_tokens": 0.000015,
     "input_tokens@batch": 0.0000075, "output_tokens": 0.00012, "output_tokens@batch": 0.00006}'),
  ('openai', 'gpt-5-search-api', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-5-search-api-2025-10-14', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7,
     "input_tokens": 0.00000125, "output_tokens": 0.00001}'),
  ('openai', 'gpt-5.1', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125, "input_tokens@priority": 0.0000025,
     "output_tokens": 0.00001, "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5.1-2025-11-13', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125, "input_tokens@priority": 0.0000025,
     "output_tokens": 0.00001, "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5.1-chat-latest', 128000, 16384, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125, "input_tokens@priority": 0.0000025,
     "output_tokens": 0.00001, "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5.1-codex', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7,
     "cached_input_tokens@priority": 2.5e-7, "input_tokens": 0.00000125, "input_tokens@priority": 0.0000025,
     "output_tokens": 0.00001, "output_tokens@priority": 0.00002}'),
  ('openai', 'gpt-5.1-codex-max', 272000, 128000, NULL, '{"cached_input_tokens": 1.25e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-5.1-codex-mini', 272000, 128000, NULL, '{"cached_input_tokens": 2.5e-8,
     "cached_input_tokens@priority": 4.5e-8, "input_tokens": 2.5e-7, "input_tokens@priority": 4.5e-7,
     "output_tokens": 0.000002, "output_tokens@priority": 0.0000036}'),
  ('openai', 'gpt-5.2', 272000, 128000, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.2-2025-12-11', 272000, 128000, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.2-chat-latest', 128000, 16384, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.2-codex', 272000, 128000, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.2-pro', 272000, 128000, NULL, '{"input_tokens": 0.000021, "output_tokens": 0.000168}'),
  ('openai', 'gpt-5.2-pro-2025-12-11', 272000, 128000, NULL, '{"input_tokens": 0.000021, "output_tokens": 0.000168}'),
  ('openai', 'gpt-5.3-chat-latest', 128000, 16384, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.3-codex', 272000, 128000, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.3-codex-spark', 272000, 128000, NULL, '{"cached_input_tokens": 1.75e-7,
     "cached_input_tokens@priority": 3.5e-7, "input_tokens": 0.00000175, "input_tokens@priority": 0.0000035,
     "output_tokens": 0.000014, "output_tokens@priority": 0.000028}'),
  ('openai', 'gpt-5.4', 1050000, 128000, NULL, '{"cached_input_tokens": 2.5e-7, "cached_input_tokens>272000": 5e-7,
     "cached_input_tokens@flex": 1.3e-7, "cached_input_tokens@priority": 5e-7, "input_tokens": 0.0000025,
     "input_tokens>272000": 0.000005, "input_tokens@batch": 0.00000125, "input_tokens@flex": 0.00000125,
     "input_tokens@priority": 0.000005, "output_tokens": 0.000015, "output_tokens>272000": 0.0000225,
     "output_tokens@batch": 0.0000075, "output_tokens@flex": 0.0000075, "output_tokens@priority": 0.00003}'),
  ('openai', 'gpt-5.4-2026-03-05', 1050000, 128000, NULL, '{"cached_input_tokens": 2.5e-7,
     "cached_input_tokens>272000": 5e-7, "cached_input_tokens@flex": 1.3e-7, "cached_input_tokens@priority": 5e-7,
     "input_tokens": 0.0000025, "input_tokens>272000": 0.000005, "input_tokens@batch": 0.00000125,
     "input_tokens@flex": 0.00000125, "input_tokens@priority": 0.000005, "output_tokens": 0.000015,
     "output_tokens>272000": 0.0000225, "output_tokens@batch": 0.0000075, "output_tokens@flex": 0.0000075,
     "output_tokens@priority": 0.00003}'),
  ('openai', 'gpt-5.4-mini', 400000, 128000, NULL, '{"cached_input_tokens": 7.5e-8,
     "cached_input_tokens@flex": 3.75e-8, "cached_input_tokens@priority": 1.5e-7, "input_tokens": 7.5e-7,
     "input_tokens@batch": 3.75e-7, "input_tokens@flex": 3.75e-7, "input_tokens@priority": 0.0000015,
     "output_tokens": 0.0000045, "output_tokens@batch": 0.00000225, "output_tokens@flex": 0.00000225,
     "output_tokens@priority": 0.000009}'),
  ('openai', 'gpt-5.4-mini-2026-03-17', 1050000, 128000, NULL, '{"cached_input_tokens": 7.5e-8,
     "cached_input_tokens@flex": 3.75e-8, "cached_input_tokens@priority": 1.5e-7, "input_tokens": 7.5e-7,
     "input_tokens@batch": 3.75e-7, "input_tokens@flex": 3.75e-7, "input_tokens@priority": 0.0000015,
     "output_tokens": 0.0000045, "output_tokens@batch": 0.00000225, "output_tokens@flex": 0.00000225,
     "output_tokens@priority": 0.000009}'),
  ('openai', 'gpt-5.4-nano', 400000, 128000, NULL, '{"cached_input_tokens": 2e-8, "cached_input_tokens@flex": 1e-8,
     "input_tokens": 2e-7, "input_tokens@batch": 1e-7, "input_tokens@flex": 1e-7, "output_tokens": 0.00000125,
     "output_tokens@batch": 6.25e-7, "output_tokens@flex": 6.25e-7}'),
  ('openai', 'gpt-5.4-nano-2026-03-17', 1050000, 128000, NULL, '{"cached_input_tokens": 2e-8,
     "cached_input_tokens@flex": 1e-8, "input_tokens": 2e-7, "input_tokens@batch": 1e-7, "input_tokens@flex": 1e-7,
     "output_tokens": 0.00000125, "output_tokens@batch": 6.25e-7, "output_tokens@flex": 6.25e-7}'),
  ('openai', 'gpt-5.4-pro', 1050000, 128000, NULL, '{"cached_input_tokens": 0.000003,
     "cached_input_tokens>272000": 0.000006, "input_tokens": 0.00003, "input_tokens>272000": 0.00006,
     "input_tokens@batch": 0.000015, "input_tokens@flex": 0.000015, "output_tokens": 0.00018,
     "output_tokens>272000": 0.00027, "output_tokens@batch": 0.00009, "output_tokens@flex": 0.00009}'),
  ('openai', 'gpt-5.4-pro-2026-03-05', 1050000, 128000, NULL, '{"cached_input_tokens": 0.000003,
     "cached_input_tokens>272000": 0.000006, "input_tokens": 0.00003, "input_tokens>272000": 0.00006,
     "input_tokens@batch": 0.000015, "input_tokens@flex": 0.000015, "output_tokens": 0.00018,
     "output_tokens>272000": 0.00027, "output_tokens@batch": 0.00009, "output_tokens@flex": 0.00009}'),
  ('openai', 'gpt-5.5', 1050000, 128000, NULL, '{"cached_input_tokens": 5e-7, "cached_input_tokens>272000": 0.000001,
     "cached_input_tokens@flex": 2.5e-7, "cached_input_tokens@priority": 0.000001, "input_tokens": 0.000005,
     "input_tokens>272000": 0.00001, "input_tokens@batch": 0.0000025, "input_tokens@flex": 0.0000025,
     "input_tokens@priority": 0.00001, "output_tokens": 0.00003, "output_tokens>272000": 0.000045,
     "output_tokens@batch": 0.000015, "output_tokens@flex": 0.000015, "output_tokens@priority": 0.00006}'),
  ('openai', 'gpt-5.5-2026-04-23', 1050000, 128000, NULL, '{"cached_input_tokens": 5e-7,
     "cached_input_tokens>272000": 0.000001, "cached_input_tokens@flex": 2.5e-7,
     "cached_input_tokens@priority": 0.000001, "input_tokens": 0.000005, "input_tokens>272000": 0.00001,
     "input_tokens@batch": 0.0000025, "input_tokens@flex": 0.0000025, "input_tokens@priority": 0.00001,
     "output_tokens": 0.00003, "output_tokens>272000": 0.000045, "output_tokens@batch": 0.000015,
     "output_tokens@flex": 0.000015, "output_tokens@priority": 0.00006}'),
  ('openai', 'gpt-5.5-pro', 1050000, 128000, NULL, '{"cached_input_tokens": 0.000003,
     "cached_input_tokens>272000": 0.000006, "input_tokens": 0.00003, "input_tokens>272000": 0.00006,
     "input_tokens@batch": 0.000015, "input_tokens@flex": 0.000015, "output_tokens": 0.00018,
     "output_tokens>272000": 0.00027, "output_tokens@batch": 0.00009, "output_tokens@flex": 0.00009}'),
  ('openai', 'gpt-5.5-pro-2026-04-23', 1050000, 128000, NULL, '{"cached_input_tokens": 0.000003,
     "cached_input_tokens>272000": 0.000006, "input_tokens": 0.00003, "input_tokens>272000": 0.00006,
     "input_tokens@batch": 0.000015, "input_tokens@flex": 0.000015, "output_tokens": 0.00018,
     "output_tokens>272000": 0.00027, "output_tokens@batch": 0.00009, "output_tokens@flex": 0.00009}'),
  ('openai', 'gpt-5.6', 1050000, 128000, NULL, '{"cache_write_tokens": 0.00000625,
     "cache_write_tokens>272000": 0.0000125, "cache_write_tokens@flex": 0.000003125,
     "cache_write_tokens@priority": 0.0000125, "cached_input_tokens": 5e-7, "cached_input_tokens>272000": 0.000001,
     "cached_input_tokens@flex": 2.5e-7, "cached_input_tokens@priority": 0.000001, "input_tokens": 0.000005,
     "input_tokens>272000": 0.00001, "input_tokens@batch": 0.0000025, "input_tokens@flex": 0.0000025,
     "input_tokens@priority": 0.00001, "output_tokens": 0.00003, "output_tokens>272000": 0.000045,
     "output_tokens@batch": 0.000015, "output_tokens@flex": 0.000015, "output_tokens@priority": 0.00006}'),
  ('openai', 'gpt-5.6-luna', 400000, 128000, NULL, '{"cache_write_tokens": 0.00000125,
     "cache_write_tokens>272000": 0.0000025, "cache_write_tokens@flex": 6.25e-7,
     "cache_write_tokens@priority": 0.0000025, "cached_input_tokens": 1e-7, "cached_input_tokens>272000": 2e-7,
     "cached_input_tokens@flex": 5e-8, "cached_input_tokens@priority": 2e-7, "input_tokens": 0.000001,
     "input_tokens>272000": 0.000002, "input_tokens@batch": 5e-7, "input_tokens@flex": 5e-7,
     "input_tokens@priority": 0.000002, "output_tokens": 0.000006, "output_tokens>272000": 0.000009,
     "output_tokens@batch": 0.000003, "output_tokens@flex": 0.000003, "output_tokens@priority": 0.000012}'),
  ('openai', 'gpt-5.6-sol', 400000, 128000, NULL, '{"cache_write_tokens": 0.00000625,
     "cache_write_tokens>272000": 0.0000125, "cache_write_tokens@flex": 0.000003125,
     "cache_write_tokens@priority": 0.0000125, "cached_input_tokens": 5e-7, "cached_input_tokens>272000": 0.000001,
     "cached_input_tokens@flex": 2.5e-7, "cached_input_tokens@priority": 0.000001, "input_tokens": 0.000005,
     "input_tokens>272000": 0.00001, "input_tokens@batch": 0.0000025, "input_tokens@flex": 0.0000025,
     "input_tokens@priority": 0.00001, "output_tokens": 0.00003, "output_tokens>272000": 0.000045,
     "output_tokens@batch": 0.000015, "output_tokens@flex": 0.000015, "output_tokens@priority": 0.00006}'),
  ('openai', 'gpt-5.6-terra', 400000, 128000, NULL, '{"cache_write_tokens": 0.000003125,
     "cache_write_tokens>272000": 0.00000625, "cache_write_tokens@flex": 0.0000015625,
     "cache_write_tokens@priority": 0.00000625, "cached_input_tokens": 2.5e-7, "cached_input_tokens>272000": 5e-7,
     "cached_input_tokens@flex": 1.25e-7, "cached_input_tokens@priority": 5e-7, "input_tokens": 0.0000025,
     "input_tokens>272000": 0.000005, "input_tokens@batch": 0.00000125, "input_tokens@flex": 0.00000125,
     "input_tokens@priority": 0.000005, "output_tokens": 0.000015, "output_tokens>272000": 0.0000225,
     "output_tokens@batch": 0.0000075, "output_tokens@flex": 0.0000075, "output_tokens@priority": 0.00003}'),
  ('openai', 'gpt-audio', 128000, 16384, NULL, '{"audio_input_tokens": 0.000032, "audio_output_tokens": 0.000064,
     "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-audio-1.5', 128000, 16384, NULL, '{"audio_input_tokens": 0.000032, "audio_output_tokens": 0.000064,
     "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-audio-2025-08-28', 128000, 16384, NULL, '{"audio_input_tokens": 0.000032,
     "audio_output_tokens": 0.000064, "input_tokens": 0.0000025, "output_tokens": 0.00001}'),
  ('openai', 'gpt-audio-mini', 128000, 16384, NULL, '{"audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002,
     "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-audio-mini-2025-10-06', 128000, 16384, NULL, '{"audio_input_tokens": 0.00001,
     "audio_output_tokens": 0.00002, "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-audio-mini-2025-12-15', 128000, 16384, NULL, '{"audio_input_tokens": 0.00001,
     "audio_output_tokens": 0.00002, "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-image-1', NULL, NULL, NULL, '{"cached_input_tokens": 0.00000125, "image_input_tokens": 0.00001,
     "image_output_tokens": 0.00004, "input_tokens": 0.000005}'),
  ('openai', 'gpt-image-1-mini', NULL, NULL, NULL, '{"cached_input_tokens": 2e-7, "image_input_tokens": 0.0000025,
     "image_output_tokens": 0.000008, "input_tokens": 0.000002}'),
  ('openai', 'gpt-image-1.5', NULL, NULL, NULL, '{"cached_input_tokens": 0.00000125, "image_input_tokens": 0.000008,
     "image_output_tokens": 0.000032, "input_tokens": 0.000005, "output_tokens": 0.00001}'),
  ('openai', 'gpt-image-1.5-2025-12-16', NULL, NULL, NULL, '{"cached_input_tokens": 0.00000125,
     "image_input_tokens": 0.000008, "image_output_tokens": 0.000032, "input_tokens": 0.000005,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-image-2', NULL, NULL, NULL, '{"cached_input_tokens": 0.00000125, "image_input_tokens": 0.000008,
     "image_output_tokens": 0.00003, "input_tokens": 0.000005, "output_tokens": 0.00001}'),
  ('openai', 'gpt-image-2-2026-04-21', NULL, NULL, NULL, '{"cached_input_tokens": 0.00000125,
     "image_input_tokens": 0.000008, "image_output_tokens": 0.00003, "input_tokens": 0.000005,
     "output_tokens": 0.00001}'),
  ('openai', 'gpt-realtime', 32000, 4096, NULL, '{"audio_cache_write_tokens": 4e-7, "audio_input_tokens": 0.000032,
     "audio_output_tokens": 0.000064, "cached_input_tokens": 4e-7, "input_image": 0.000005, "input_tokens": 0.000004,
     "output_tokens": 0.000016}'),
  ('openai', 'gpt-realtime-1.5', 32000, 4096, NULL, '{"audio_cache_write_tokens": 4e-7,
     "audio_input_tokens": 0.000032, "audio_output_tokens": 0.000064, "cached_input_tokens": 4e-7,
     "input_image": 0.000005, "input_tokens": 0.000004, "output_tokens": 0.000016}'),
  ('openai', 'gpt-realtime-2', 32000, 4096, NULL, '{"audio_cache_write_tokens": 4e-7, "audio_input_tokens": 0.000032,
     "audio_output_tokens": 0.000064, "cached_input_tokens": 4e-7, "input_image": 0.000005, "input_tokens": 0.000004,
     "output_tokens": 0.000016}'),
  ('openai', 'gpt-realtime-2.1', 128000, 32000, NULL, '{"audio_cache_write_tokens": 4e-7,
     "audio_input_tokens": 0.000032, "audio_output_tokens": 0.000064, "cached_audio_input_tokens": 4e-7,
     "cached_input_tokens": 4e-7, "input_image": 0.000005, "input_tokens": 0.000004, "output_tokens": 0.000024}'),
  ('openai', 'gpt-realtime-2.1-mini', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_audio_input_tokens": 3e-7,
     "cached_input_tokens": 6e-8, "input_image": 8e-7, "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-realtime-2025-08-28', 32000, 4096, NULL, '{"audio_cache_write_tokens": 4e-7,
     "audio_input_tokens": 0.000032, "audio_output_tokens": 0.000064, "cached_input_tokens": 4e-7,
     "input_image": 0.000005, "input_tokens": 0.000004, "output_tokens": 0.000016}'),
  ('openai', 'gpt-realtime-mini', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_audio_input_tokens": 3e-7,
     "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-realtime-mini-2025-10-06', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_audio_input_tokens": 3e-7,
     "cached_input_tokens": 6e-8, "input_image": 8e-7, "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-realtime-mini-2025-12-15', 128000, 4096, NULL, '{"audio_cache_write_tokens": 3e-7,
     "audio_input_tokens": 0.00001, "audio_output_tokens": 0.00002, "cached_audio_input_tokens": 3e-7,
     "cached_input_tokens": 6e-8, "input_image": 8e-7, "input_tokens": 6e-7, "output_tokens": 0.0000024}'),
  ('openai', 'gpt-realtime-whisper', NULL, NULL, NULL, '{"audio_second": 0.000283333333333333}'),
  ('openai', 'o1-2024-12-17', 200000, 100000, NULL, '{"cached_input_tokens": 0.0000075, "input_tokens": 0.000015,
     "output_tokens": 0.00006}'),
  ('openai', 'o1-pro', 200000, 100000, NULL, '{"input_tokens": 0.00015, "input_tokens@batch": 0.000075,
     "output_tokens": 0.0006, "output_tokens@batch": 0.0003}'),
  ('openai', 'o1-pro-2025-03-19', 200000, 100000, NULL, '{"input_tokens": 0.00015, "input_tokens@batch": 0.000075,
     "output_tokens": 0.0006, "output_tokens@batch": 0.0003}'),
  ('openai', 'o3', 200000, 100000, NULL, '{"cached_input_tokens": 5e-7, "cached_input_tokens@flex": 2.5e-7,
     "cached_input_tokens@priority": 8.75e-7, "input_tokens": 0.000002, "input_tokens@flex": 0.000001,
     "input_tokens@priority": 0.0000035, "output_tokens": 0.000008, "output_tokens@flex": 0.000004,
     "output_tokens@priority": 0.000014}'),
  ('openai', 'o3-2025-04-16', 200000, 100000, NULL, '{"cached_input_tokens": 5e-7, "input_tokens": 0.000002,
     "output_tokens": 0.000008}'),
  ('openai', 'o3-deep-research', 200000, 100000, NULL, '{"cached_input_tokens": 0.0000025, "input_tokens": 0.00001,
     "input_tokens@batch": 0.000005, "output_tokens": 0.00004, "output_tokens@batch": 0.00002}'),
  ('openai', 'o3-deep-research-2025-06-26', 200000, 100000, NULL, '{"cached_input_tokens": 0.0000025,
     "input_tokens": 0.00001, "input_tokens@batch": 0.000005, "output_tokens": 0.00004,
     "output_tokens@batch": 0.00002}'),
  ('openai', 'o3-mini', 200000, 100000, NULL, '{"cached_input_tokens": 5.5e-7, "input_tokens": 0.0000011,
     "output_tokens": 0.0000044}'),
  ('openai', 'o3-mini-2025-01-31', 200000, 100000, NULL, '{"cached_input_tokens": 5.5e-7, "input_tokens": 0.0000011,
     "output_tokens": 0.0000044}'),
  ('openai', 'o3-pro', 200000, 100000, NULL, '{"input_tokens": 0.00002, "input_tokens@batch": 0.00001,
     "output_tokens": 0.00008, "output_tokens@batch": 0.00004}'),
  ('openai', 'o3-pro-2025-06-10', 200000, 100000, NULL, '{"input_tokens": 0.00002, "input_tokens@batch": 0.00001,
     "output_tokens": 0.00008, "output_tokens@batch": 0.00004}'),
  ('openai', 'o4-mini', 200000, 100000, NULL, '{"cached_input_tokens": 2.75e-7, "cached_input_tokens@flex": 1.375e-7,
     "cached_input_tokens@priority": 5e-7, "input_tokens": 0.0000011, "input_tokens@flex": 5.5e-7,
     "input_tokens@priority": 0.000002, "output_tokens": 0.0000044, "output_tokens@flex": 0.0000022,
     "output_tokens@priority": 0.000008}'),
  ('openai', 'o4-mini-2025-04-16', 200000, 100000, NULL, '{"cached_input_tokens": 2.75e-7, "input_tokens": 0.0000011,
     "output_tokens": 0.0000044}'),
  ('openai', 'o4-mini-deep-research', 200000, 100000, NULL, '{"cached_input_tokens": 5e-7, "input_tokens": 0.000002,
     "input_tokens@batch": 0.000001, "output_tokens": 0.000008, "output_tokens@batch": 0.000004}'),
  ('openai', 'o4-mini-deep-research-2025-06-26', 200000, 100000, NULL, '{"cached_input_tokens": 5e-7,
     "input_tokens": 0.000002, "input_tokens@batch": 0.000001, "output_tokens": 0.000008,
     "output_tokens@batch": 0.000004}'),
  ('xai', 'grok-4.20-0309-non-reasoning', 1000000, 1000000, NULL, '{"cached_input_tokens": 2e-7,
     "input_tokens": 0.00000125, "output_tokens": 0.0000025}'),
  ('xai', 'grok-4.20-0309-reasoning', 1000000, 1000000, NULL, '{"cached_input_tokens": 2e-7,
     "input_tokens": 0.00000125, "output_tokens": 0.0000025}'),
  ('xai', 'grok-4.20-multi-agent-0309', 1000000, 1000000, NULL, '{"cached_input_tokens": 2e-7,
     "input_tokens": 0.00000125, "output_tokens": 0.0000025}'),
  ('xai', 'grok-4.3', 1000000, 1000000, NULL, '{"cached_input_tokens": 2e-7, "input_tokens": 0.00000125,
     "output_tokens": 0.0000025}'),
  ('xai', 'grok-4.5', 500000, 500000, NULL, '{"cached_input_tokens": 5e-7, "input_tokens": 0.000002,
     "output_tokens": 0.000006}'),
  ('xai', 'grok-build-0.1', 256000, 256000, NULL, '{"cached_input_tokens": 2e-7, "input_tokens": 0.000001,
     "output_tokens": 0.000002}'),
  ('zhipu', 'glm-5.1', 81920, 81920, NULL, '{"cache_write_tokens": 0.000001, "cached_input_tokens": 2.8e-7,
     "input_tokens": 0.0000014, "output_tokens": 0.0000044}')
), models AS (
  INSERT INTO quotakit.model (account_id, service, model, max_input_tokens, max_output_tokens, deprecated_on, shipped)
    SELECT 0, g.service, g.model, g.max_input_tokens::int8, g.max_output_tokens::int8, g.deprecated_on::date, true
      FROM given g
)
INSERT INTO quotakit.price (account_id, price_version, service, model, meter, tier, above_tokens, valid_from, usd, shipped)
  SELECT 0, 26070000 + row_number() OVER (ORDER BY g.service COLLATE "C", g.model COLLATE "C", p.key COLLATE "C"),
         g.service, g.model, substring(p.key FROM '^[a-z0-9_]+'),
         coalesce(substring(p.key FROM '@([a-z]+)'), 'standard'),
         coalesce(substring(p.key FROM '>([0-9]+)')::int8, 0), '-infinity', p.value::numeric, true
    FROM given g, jsonb_each_text(g.prices::jsonb) p;
-- Partitions of the ledger. The default partitions belong to the extension, so
-- that a call never fails for want of a partition; the months are made by
-- make_partitions() as ordinary tables, so that pg_dump carries them.

CREATE TABLE quotakit.event_default PARTITION OF quotakit.event (
  PRIMARY KEY (account_id, at, event_id)
) DEFAULT;
COMMENT ON TABLE quotakit.event_default IS 'Events of months without a partition; make_partitions() moves them out when it makes one.';
CREATE TABLE quotakit.reservation_default PARTITION OF quotakit.reservation (
  PRIMARY KEY (account_id, at, reservation_id, seq)
) DEFAULT;
-- What may still be open was recorded lately and ends later than now; a new policy and open_reservation look for it.
CREATE INDEX reservation_default_recorded ON quotakit.reservation_default USING brin (recorded_at, expires_at) WITH (autosummarize = on);
COMMENT ON TABLE quotakit.reservation_default IS 'Reservations of months without a partition; make_partitions() moves them out when it makes one.';

-- Rows are read through the parents; nobody else has business in a partition,
-- whatever default privileges the database has.
ALTER TABLE quotakit.event_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE quotakit.reservation_default ENABLE ROW LEVEL SECURITY;

SELECT pg_catalog.pg_extension_config_dump('quotakit.event_default', '');
SELECT pg_catalog.pg_extension_config_dump('quotakit.reservation_default', '');

CREATE FUNCTION quotakit._make_partition(parent text, month timestamptz) RETURNS int8
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  part  text := parent || to_char(month, '"_"YYYY"_"MM');
  until timestamptz := month + interval '1 month';
  moved int8;
BEGIN
  -- In this order: a writer holds the parent before it reaches for a partition.
  -- With the parent locked no writer is between choosing the default partition
  -- and writing to it, which would fail once the month is attached.
  EXECUTE format('LOCK TABLE ONLY quotakit.%I IN SHARE ROW EXCLUSIVE MODE', parent);
  EXECUTE format('LOCK TABLE quotakit.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
  -- Like the default partition, for its key.
  EXECUTE format('CREATE TABLE quotakit.%I (LIKE quotakit.%I INCLUDING ALL)', part, parent || '_default');
  EXECUTE format('ALTER TABLE quotakit.%I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('COMMENT ON TABLE quotakit.%I IS %L', part,
    format('%ss from %s to %s.', initcap(parent), month, until));
  EXECUTE format(
    'WITH gone AS (DELETE FROM quotakit.%I WHERE at >= $1 AND at < $2 RETURNING *)
     INSERT INTO quotakit.%I SELECT * FROM gone', parent || '_default', part)
    USING month, until;
  GET DIAGNOSTICS moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE quotakit.%I ATTACH PARTITION quotakit.%I FOR VALUES FROM (%L) TO (%L)',
    parent, part, month, until);
  RETURN moved;
END $$;
COMMENT ON FUNCTION quotakit._make_partition(text, timestamptz) IS 'Makes one month''s partition of event or reservation and moves its rows out of the default partition; returns how many. Holds both locks until the transaction ends.';

CREATE FUNCTION quotakit.make_partitions(ahead interval DEFAULT '3 months', behind interval DEFAULT '1 month')
RETURNS TABLE (partition text, outcome text, moved int8)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  parent text;
  month  timestamptz;
  missing bool := false;
BEGIN
  IF ahead IS NULL OR ahead < interval '0' OR ahead > interval '10 years'
     OR behind IS NULL OR behind < interval '0' OR behind > interval '10 years' THEN
    RAISE EXCEPTION 'partitions can be made for 0 to 10 years ahead and behind'
      USING ERRCODE = 'QK008';
  END IF;
  -- One at a time; the others find the work done or leave it to the one at it.
  IF NOT pg_try_advisory_xact_lock('quotakit.event'::regclass::oid::int4, 50) THEN
    RAISE NOTICE 'another session is making partitions';
    RETURN;
  END IF;
  FOREACH parent IN ARRAY ARRAY['event', 'reservation'] LOOP
    FOR month IN SELECT generate_series(date_trunc('month', now() - behind),
                                        date_trunc('month', now() + ahead), interval '1 month') LOOP
      partition := parent || to_char(month, '"_"YYYY"_"MM');
      moved := 0;
      IF to_regclass('quotakit.' || partition) IS NOT NULL THEN
        -- A table of that name that somebody detached is left alone.
        outcome := CASE WHEN EXISTS (SELECT FROM pg_inherits
            WHERE inhrelid = to_regclass('quotakit.' || partition)) THEN 'exists' ELSE 'detached' END;
        RETURN NEXT;
        CONTINUE;
      END IF;
      BEGIN
        moved := quotakit._make_partition(parent, month);
        outcome := 'made';
        RETURN NEXT;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        -- A long report or a sleeping transaction is in the way. Calls go to the
        -- default partition meanwhile; waiting longer would hold them up.
        outcome := 'postponed';
        RETURN NEXT;
        EXIT;
      END;
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.make_partitions(interval, interval) IS 'Makes the monthly partitions (UTC) of event and reservation that are missing, from the month of now() - behind to the month of now() + ahead, each at most ten years. One row a partition: made (with the rows moved out of the default partition), exists, detached (a table of that name is not attached and is left alone), or postponed when a lock could not be had within 200 ms; then the rest of that table is left for the next run. Until then calls are recorded in the default partition. It holds locks on both tables until its transaction ends. No row when another session is at it. Errors: QK008.';
-- What a policy has used and holds, computed from the ledger and the rollups:
-- for a policy that is new (R11), and where retention drops what a window has
-- counted (R9).

CREATE FUNCTION quotakit._amount(total numeric) RETURNS int8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF abs(total) > 9223372036854775807 THEN
    RAISE EXCEPTION 'a sum is out of range'
      USING ERRCODE = 'QK008', DETAIL = format('%s does not fit in 64 bits.', total);
  END IF;
  RETURN total::int8;
END $$;
COMMENT ON FUNCTION quotakit._amount(numeric) IS 'A sum as int8. Errors: QK008 when it does not fit.';

CREATE FUNCTION quotakit._policy_nodes(account_id int4, policy_id int4) RETURNS int4[]
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(array_agg(n.node_id), '{}')
  FROM quotakit.policy p
  JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id
  JOIN quotakit.node n ON n.account_id = p.account_id AND n.path OPERATOR(quotakit.<@) pn.path
  WHERE p.account_id = $1 AND p.policy_id = $2 AND (p.service IS NULL OR n.service = p.service)
$$;
COMMENT ON FUNCTION quotakit._policy_nodes(int4, int4) IS 'The nodes whose events a policy counts: its own and those below, of its service.';

CREATE FUNCTION quotakit._ledger_used(account_id int4, policy_id int4, since timestamptz, until timestamptz)
RETURNS numeric
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(sum(CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
    ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END), 0)
  FROM quotakit.policy p
  JOIN quotakit.event e ON e.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2
    AND e.at >= $3 AND e.at < $4
    AND e.node_id = ANY (quotakit._policy_nodes($1, $2))
    AND (p.model IS NULL OR e.model = p.model)
$$;
COMMENT ON FUNCTION quotakit._ledger_used(int4, int4, timestamptz, timestamptz) IS 'What a policy counts from since to before until, from the ledger; in its unit.';

CREATE FUNCTION quotakit._rollup_used(account_id int4, policy_id int4, since timestamptz, until timestamptz)
RETURNS numeric
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  WITH p AS (
    SELECT p.*, a.time_zone,
      -- A range of whole local days reads a row a day.
      CASE WHEN isfinite($3) THEN lower(quotakit.window_range('day', $3, a.time_zone)) = $3 ELSE true END
        AND CASE WHEN isfinite($4) THEN lower(quotakit.window_range('day', $4, a.time_zone)) = $4 ELSE true END AS by_day,
      CASE WHEN isfinite($3) THEN ($3 AT TIME ZONE a.time_zone)::date ELSE '-infinity' END AS first_day,
      CASE WHEN isfinite($4) THEN ($4 AT TIME ZONE a.time_zone)::date ELSE 'infinity' END AS end_day
    FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
    WHERE p.account_id = $1 AND p.policy_id = $2
  ), cells AS (
    SELECT r.usd, r.credits, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens,
           r.output_tokens, r.reasoning_tokens
    FROM p JOIN quotakit.subtree_day r ON r.account_id = p.account_id AND r.node_id = p.node_id
      AND r.day >= p.first_day AND r.day < p.end_day
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    WHERE p.by_day
    UNION ALL
    SELECT r.usd, r.credits, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens,
           r.output_tokens, r.reasoning_tokens
    FROM p JOIN quotakit.subtree_hour r ON r.account_id = p.account_id AND r.node_id = p.node_id
      AND r.hour >= $3 AND r.hour < $4
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    WHERE NOT p.by_day
    UNION ALL
    SELECT r.usd, r.credits, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens,
           r.output_tokens, r.reasoning_tokens
    FROM p JOIN quotakit.rollup_delta r ON r.account_id = p.account_id
      AND r.hour >= $3 AND r.hour < $4 AND (p.model IS NULL OR r.model = p.model)
    WHERE r.node_id = ANY (quotakit._policy_nodes($1, $2))
  )
  SELECT coalesce(CASE (SELECT unit FROM p)
    WHEN 'usd' THEN sum(usd) WHEN 'credits' THEN sum(credits) WHEN 'requests' THEN sum(requests)
    ELSE sum(input_tokens) + sum(cached_input_tokens) + sum(cache_write_tokens) + sum(output_tokens) + sum(reasoning_tokens)
    END, 0)
  FROM cells
$$;
COMMENT ON FUNCTION quotakit._rollup_used(int4, int4, timestamptz, timestamptz) IS 'What a policy counts from since to before until, from the rollups; in its unit. Both ends must be starts of local hours, or infinite.';

CREATE FUNCTION quotakit._rolling_used(account_id int4, policy_id int4, since timestamptz)
RETURNS TABLE (bucket timestamptz, used numeric, sealed numeric)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  p     record;
  nodes int4[] := quotakit._policy_nodes(_rolling_used.account_id, _rolling_used.policy_id);
BEGIN
  SELECT p.*, a.time_zone, a.sealed_until INTO p
  FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2;
  -- Buckets are whole hours of UTC or less; rollups are hours of local time. What
  -- lies in one bucket is taken from rollups; what straddles two, which only
  -- happens in zones off the hour, from the ledger. Where the ledger is gone it
  -- goes to the later bucket: it counts longer.
  RETURN QUERY
  WITH hours AS (
    SELECT r.hour,
           CASE p.unit WHEN 'usd' THEN r.usd::numeric WHEN 'credits' THEN r.credits WHEN 'requests' THEN r.requests
             ELSE r.input_tokens::numeric + r.cached_input_tokens + r.cache_write_tokens + r.output_tokens + r.reasoning_tokens
           END AS amount
    FROM quotakit.subtree_hour r
    WHERE r.account_id = p.account_id AND r.node_id = p.node_id AND r.hour >= since - interval '1 hour'
      AND (p.service IS NULL OR r.service = p.service) AND (p.model IS NULL OR r.model = p.model)
    UNION ALL
    SELECT r.hour,
           CASE p.unit WHEN 'usd' THEN r.usd::numeric WHEN 'credits' THEN r.credits WHEN 'requests' THEN r.requests
             ELSE r.input_tokens::numeric + r.cached_input_tokens + r.cache_write_tokens + r.output_tokens + r.reasoning_tokens END
    FROM quotakit.rollup_delta r
    WHERE r.account_id = p.account_id AND r.node_id = ANY (nodes) AND r.hour >= since - interval '1 hour'
      AND (p.model IS NULL OR r.model = p.model)
  ), placed AS (
    SELECT quotakit.rolling_bucket(p.period, h.hour) AS first_bucket,
           quotakit.rolling_bucket(p.period, h.hour + interval '1 hour' - interval '1 microsecond') AS last_bucket,
           h.hour < p.sealed_until AS sealed, h.amount
    FROM hours h
    WHERE p.period NOT IN ('minute', 'hour', 'day')
  ), edges AS (
    -- The local hours that a boundary of buckets cuts.
    SELECT quotakit.local_hour(b, p.time_zone) AS hour
    FROM generate_series(quotakit.rolling_bucket(p.period, since), clock_timestamp() + interval '1 hour' + quotakit._rolling_width(p.period),
                         quotakit._rolling_width(p.period)) AS b
    WHERE p.period NOT IN ('minute', 'hour', 'day') AND quotakit.local_hour(b, p.time_zone) < b
  ), raw AS (
    SELECT e.at,
           CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END AS amount
    FROM quotakit.event e
    WHERE p.period IN ('minute', 'hour', 'day')
      AND e.account_id = p.account_id AND e.at >= since AND e.at >= p.sealed_until
      AND e.node_id = ANY (nodes) AND (p.model IS NULL OR e.model = p.model)
    UNION ALL
    SELECT e.at,
           CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END
    FROM edges g
    JOIN quotakit.event e ON e.account_id = p.account_id AND e.at >= g.hour AND e.at < g.hour + interval '1 hour'
      AND e.at >= p.sealed_until
      AND quotakit.local_hour(e.at, p.time_zone) = g.hour
    WHERE e.node_id = ANY (nodes) AND (p.model IS NULL OR e.model = p.model)
  ), parts AS (
    SELECT last_bucket AS bucket, amount, sealed FROM placed WHERE first_bucket = last_bucket OR sealed
    UNION ALL
    SELECT quotakit.rolling_bucket(p.period, at), amount, false FROM raw
  )
  SELECT parts.bucket, sum(amount), coalesce(sum(amount) FILTER (WHERE sealed), 0)
  FROM parts WHERE parts.bucket >= quotakit.rolling_bucket(p.period, since)
  GROUP BY parts.bucket;
END $$;
COMMENT ON FUNCTION quotakit._rolling_used(int4, int4, timestamptz) IS 'What a rolling policy counts in each bucket from the one that holds since; sealed is the part that is no longer in the ledger.';

CREATE FUNCTION quotakit._held(account_id int4, policy_id int4, since timestamptz, until timestamptz, now timestamptz)
RETURNS TABLE (hold_until timestamptz, amount numeric)
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.expires_at, sum(CASE p.unit WHEN 'usd' THEN r.usd WHEN 'credits' THEN r.credits
                             WHEN 'requests' THEN r.requests ELSE r.tokens END)
  FROM quotakit.policy p
  JOIN quotakit.reservation r ON r.account_id = p.account_id
  WHERE p.account_id = $1 AND p.policy_id = $2 AND r.at >= $3 AND r.at < $4
    AND r.is_open AND r.expires_at > $5
    -- No hold is longer than a day, rounded up to the hour.
    AND r.recorded_at > $5 - interval '26 hours'
    AND r.node_id = ANY (quotakit._policy_nodes($1, $2))
    AND (p.model IS NULL OR r.model = p.model)
    AND NOT EXISTS (SELECT FROM quotakit.reservation n
      WHERE n.account_id = r.account_id AND n.at = r.at AND n.reservation_id = r.reservation_id AND n.seq > r.seq)
    AND NOT EXISTS (SELECT FROM quotakit.event e
      WHERE e.account_id = r.account_id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id)
  GROUP BY r.expires_at
$$;
COMMENT ON FUNCTION quotakit._held(int4, int4, timestamptz, timestamptz, timestamptz) IS 'What open reservations made from since to before until hold against a policy, by the time each hold ends; in its unit.';

CREATE FUNCTION quotakit._write_counter(account_id int4, policy_id int4, window_start timestamptz, used numeric,
  hold_until timestamptz[], hold_amount numeric[], bucket_start timestamptz[], bucket_used numeric[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  last int8;
BEGIN
  SELECT max(c.seq) INTO last FROM quotakit.counter c
  WHERE c.account_id = _write_counter.account_id AND c.policy_id = _write_counter.policy_id
    AND c.window_start = _write_counter.window_start;
  IF last IS NULL AND used = 0 AND coalesce(cardinality(hold_until), 0) = 0 AND coalesce(cardinality(bucket_start), 0) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO quotakit.counter
  VALUES (account_id, policy_id, window_start, coalesce(last, 0) + 1, quotakit._amount(used),
          coalesce(hold_until, '{}'),
          coalesce((SELECT array_agg(quotakit._amount(h) ORDER BY i) FROM unnest(hold_amount) WITH ORDINALITY AS u(h, i)), '{}'),
          coalesce(bucket_start, '{}'),
          coalesce((SELECT array_agg(quotakit._amount(b) ORDER BY i) FROM unnest(bucket_used) WITH ORDINALITY AS u(b, i)), '{}'));
  DELETE FROM quotakit.counter c
  WHERE c.account_id = _write_counter.account_id AND c.policy_id = _write_counter.policy_id
    AND c.window_start = _write_counter.window_start AND c.seq <= last;
END $$;
COMMENT ON FUNCTION quotakit._write_counter(int4, int4, timestamptz, numeric, timestamptz[], numeric[], timestamptz[], numeric[]) IS 'Appends the state of a counter and deletes its older rows; nothing for a counter that is empty and has none. The caller holds the project''s lock. Errors: QK008.';

CREATE FUNCTION quotakit._fill_counters(account_id int4, policy_id int4, since timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  a      int4 := _fill_counters.account_id;
  pid    int4 := _fill_counters.policy_id;
  now    timestamptz := clock_timestamp();
  p      record;
  win    tstzrange;
  lo     timestamptz;
  hi     timestamptz;
  used   numeric;
  sealed numeric;
  hold_u timestamptz[]; hold_a numeric[];
  buck_s timestamptz[]; buck_u numeric[];
BEGIN
  -- An older snapshot would miss what was recorded before the lock was had.
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'counters cannot be filled at isolation level %', current_setting('transaction_isolation')
      USING ERRCODE = 'invalid_transaction_state', HINT = 'Make policies at READ COMMITTED.';
  END IF;
  SELECT p.*, ac.time_zone, ac.billing_day, ac.week_start, ac.sealed_until INTO p
  FROM quotakit.policy p JOIN quotakit.account ac ON ac.account_id = p.account_id
  WHERE p.account_id = a AND p.policy_id = pid;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', pid USING ERRCODE = 'QK001';
  END IF;

  IF p.rolling THEN
    SELECT coalesce(sum(r.used), 0), array_agg(r.bucket ORDER BY r.bucket), array_agg(r.used ORDER BY r.bucket)
    INTO used, buck_s, buck_u
    FROM quotakit._rolling_used(a, pid, quotakit.rolling_since(p.period, now)) r WHERE r.used <> 0;
    DELETE FROM quotakit.baseline b WHERE b.account_id = a AND b.policy_id = pid;
    INSERT INTO quotakit.baseline
    SELECT a, pid, r.bucket, quotakit._amount(r.sealed)
    FROM quotakit._rolling_used(a, pid, quotakit.rolling_since(p.period, now)) r WHERE r.sealed <> 0;
    SELECT array_agg(h.hold_until ORDER BY h.hold_until), array_agg(h.amount ORDER BY h.hold_until) INTO hold_u, hold_a
    FROM quotakit._held(a, pid, '-infinity', 'infinity', now) h;
    PERFORM quotakit._write_counter(a, pid, '-infinity', used, hold_u, hold_a, buck_s, buck_u);
    RETURN;
  END IF;

  -- From the window in which the policy was made (its transaction may have waited
  -- for the lock past the window's end) to the last one that a call may name.
  lo := coalesce(_fill_counters.since, least(now, greatest(p.created_at, now - interval '1 hour')));
  LOOP
    win := quotakit.window_range(p.period, lo, p.time_zone, p.billing_day, p.week_start);
    lo := lower(win);
    hi := upper(win);
    IF p.period = 'minute' THEN
      used := quotakit._ledger_used(a, pid, lo, hi);
      sealed := 0;
    ELSE
      used := quotakit._rollup_used(a, pid, lo, hi);
      sealed := CASE WHEN lo < p.sealed_until THEN quotakit._rollup_used(a, pid, lo, least(hi, p.sealed_until)) ELSE 0 END;
    END IF;
    DELETE FROM quotakit.baseline b WHERE b.account_id = a AND b.policy_id = pid AND b.window_start = lo;
    IF sealed <> 0 THEN
      INSERT INTO quotakit.baseline VALUES (a, pid, lo, quotakit._amount(sealed));
    END IF;
    SELECT array_agg(h.hold_until ORDER BY h.hold_until), array_agg(h.amount ORDER BY h.hold_until) INTO hold_u, hold_a
    FROM quotakit._held(a, pid, lo, hi, now) h;
    PERFORM quotakit._write_counter(a, pid, lo, used, hold_u, hold_a, NULL, NULL);
    EXIT WHEN hi > now + interval '5 minutes';
    lo := hi;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._fill_counters(int4, int4, timestamptz) IS 'Writes the counters of a policy from rollups, ledger and open reservations: for every window from the one that holds since (by default the policy''s creation, at most an hour ago) to the last that a call may name. The caller holds the project''s lock and has read nothing older. Errors: QK001, QK008, 25000 above READ COMMITTED.';
-- Counters and rollups are provable: everything is recomputed from the ledger
-- and the open reservations in one snapshot, and what differs is returned.

CREATE FUNCTION quotakit.verify(account text DEFAULT NULL)
RETURNS TABLE (account_name text, object text, key jsonb, expected numeric, found numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
-- Nothing here has statistics, and one nested loop over a ledger is one too many.
SET enable_nestloop = off SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  id int4;
BEGIN
  IF verify.account IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.account a WHERE a.name = verify.account) THEN
    RAISE EXCEPTION 'account "%" does not exist', verify.account USING ERRCODE = 'QK016';
  END IF;
  -- Accounts share nothing, so each is a statement of its own.
  FOR id IN SELECT a.account_id FROM quotakit.account a
            WHERE verify.account IS NULL OR a.name = verify.account ORDER BY a.name LOOP
  RETURN QUERY
  WITH acct AS MATERIALIZED (
    SELECT a.account_id, a.name, a.time_zone, a.billing_day, a.week_start, a.sealed_until,
           clock_timestamp() AS now
    FROM quotakit.account a
    WHERE a.account_id = id
  ),
  -- The ledger, as far as it is not sealed, by local hour.
  ev_hour AS MATERIALIZED (
    SELECT e.account_id, e.node_id, e.model, quotakit.local_hour(e.at, a.time_zone) AS hour,
           count(*) FILTER (WHERE e.flags & 128 = 0)::numeric AS events,
           count(*) FILTER (WHERE e.flags & (128 + 32) = 32)::numeric AS failed,
           count(*) FILTER (WHERE e.flags & 8 <> 0)::numeric - count(*) FILTER (WHERE e.flags & 1024 <> 0) AS unpriced,
           sum(e.requests) AS requests, sum(e.input_tokens) AS input_tokens, sum(e.cached_input_tokens) AS cached_input_tokens,
           sum(e.cache_write_tokens) AS cache_write_tokens, sum(e.output_tokens) AS output_tokens, sum(e.reasoning_tokens) AS reasoning_tokens,
           sum(e.usd) AS usd, sum(e.credits) AS credits
    FROM acct a JOIN quotakit.event e ON e.account_id = id AND e.at >= a.sealed_until
    GROUP BY 1, 2, 3, 4
  ),
  -- Rollups.
  rolled AS (
    SELECT r.account_id, r.node_id, r.model, r.hour,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM acct a JOIN (
      SELECT account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
      FROM quotakit.rollup_hour WHERE account_id = id
      UNION ALL
      SELECT account_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
      FROM quotakit.rollup_delta WHERE account_id = id) r ON r.account_id = a.account_id AND r.hour >= a.sealed_until
    GROUP BY 1, 2, 3, 4
  ),
  rollup_diff AS (
    SELECT account_id, 'rollup' AS object,
           jsonb_build_object('node_id', node_id, 'hour', hour, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM (SELECT e.* FROM acct a JOIN ev_hour e ON e.account_id = a.account_id AND e.hour >= a.sealed_until) e
    FULL JOIN rolled r USING (account_id, node_id, model, hour)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  -- Subtree totals: what is folded, summed over each subtree.
  above AS MATERIALIZED (
    SELECT n.account_id, n.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM acct a JOIN quotakit.node n ON n.account_id = id
    JOIN quotakit.node anc ON anc.account_id = id AND anc.path OPERATOR(quotakit.@>) n.path
  ),
  sub_hour AS MATERIALIZED (
    SELECT b.account_id, b.node_id, r.hour, b.service, r.model,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM above b JOIN quotakit.rollup_hour r ON r.account_id = id AND r.node_id = b.below_id
    GROUP BY 1, 2, 3, 4, 5
  ),
  sub_day AS (
    SELECT s.account_id, s.node_id, (s.hour AT TIME ZONE a.time_zone)::date AS day, s.service, s.model,
           sum(s.events) AS events, sum(s.failed) AS failed, sum(s.unpriced) AS unpriced,
           sum(s.requests) AS requests, sum(s.input_tokens) AS input_tokens, sum(s.cached_input_tokens) AS cached_input_tokens,
           sum(s.cache_write_tokens) AS cache_write_tokens, sum(s.output_tokens) AS output_tokens, sum(s.reasoning_tokens) AS reasoning_tokens,
           sum(s.usd) AS usd, sum(s.credits) AS credits
    FROM acct a JOIN sub_hour s ON s.account_id = a.account_id
    GROUP BY 1, 2, 3, 4, 5
  ),
  sub_hour_diff AS (
    SELECT account_id, 'subtree_hour' AS object,
           jsonb_build_object('node_id', node_id, 'hour', hour, 'service', service, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM sub_hour e
    FULL JOIN (SELECT s.* FROM quotakit.subtree_hour s WHERE s.account_id = id) r
      USING (account_id, node_id, hour, service, model)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  sub_day_diff AS (
    SELECT account_id, 'subtree_day' AS object,
           jsonb_build_object('node_id', node_id, 'day', day, 'service', service, 'model', model, 'measure', m.measure) AS key,
           coalesce(m.expected, 0) AS expected, coalesce(m.found, 0) AS found
    FROM sub_day e
    FULL JOIN (SELECT s.* FROM quotakit.subtree_day s WHERE s.account_id = id) r
      USING (account_id, node_id, day, service, model)
    CROSS JOIN LATERAL (VALUES
      ('events', e.events, r.events), ('failed', e.failed, r.failed),
      ('unpriced', e.unpriced, r.unpriced), ('requests', e.requests, r.requests),
      ('input_tokens', e.input_tokens, r.input_tokens), ('cached_input_tokens', e.cached_input_tokens, r.cached_input_tokens),
      ('cache_write_tokens', e.cache_write_tokens, r.cache_write_tokens), ('output_tokens', e.output_tokens, r.output_tokens),
      ('reasoning_tokens', e.reasoning_tokens, r.reasoning_tokens), ('usd', e.usd, r.usd),
      ('credits', e.credits, r.credits)) AS m(measure, expected, found)
    -- Whole rows first: nearly all are equal.
    WHERE (e.events, e.failed, e.unpriced, e.requests, e.input_tokens, e.cached_input_tokens,
           e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.usd, e.credits)
          IS DISTINCT FROM (r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens,
           r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits)
      AND coalesce(m.expected, 0) <> coalesce(m.found, 0)
  ),
  -- Policies and the nodes they count.
  pol AS MATERIALIZED (
    SELECT a.*, p.policy_id, p.node_id, p.unit, p.period, p.rolling, p.service, p.model, p.counts_from,
           CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, a.now) END AS since
    FROM acct a JOIN quotakit.policy p ON p.account_id = id
    WHERE p.archived_at IS NULL
  ),
  pol_node AS MATERIALIZED (
    SELECT p.*, n.node_id AS counted_id
    FROM pol p
    JOIN quotakit.node pn ON pn.account_id = id AND pn.node_id = p.node_id
    JOIN quotakit.node n ON n.account_id = id AND n.path OPERATOR(quotakit.<@) pn.path
    WHERE p.service IS NULL OR n.service = p.service
  ),
  state AS MATERIALIZED (
    SELECT DISTINCT ON (c.account_id, c.policy_id, c.window_start)
           c.*, p.since, p.rolling, p.now, p.period, p.counts_from, p.sealed_until,
           CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(p.period, c.window_start, p.time_zone, p.billing_day, p.week_start) END AS win
    FROM pol p JOIN quotakit.counter c ON c.account_id = id AND c.policy_id = p.policy_id
    ORDER BY c.account_id, c.policy_id, c.window_start, c.seq DESC
  ),
  -- Used, calendar windows. Those that ended before the policy began to count, or before
  -- what is sealed, are nobody's business.
  hour_win AS MATERIALIZED (
    SELECT h.account_id, h.hour, w.period,
           CASE WHEN w.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(w.period, h.hour, a.time_zone, a.billing_day, a.week_start) END AS win
    FROM acct a
    JOIN (SELECT DISTINCT account_id, hour FROM ev_hour) h ON h.account_id = a.account_id
    CROSS JOIN (VALUES ('hour'), ('day'), ('week'), ('month'), ('quarter'), ('year'), ('lifetime')) AS w(period)
  ),
  used_part AS (
    SELECT p.account_id, p.policy_id, lower(w.win) AS window_start,
           CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.tokens END AS amount
    FROM pol_node p
    JOIN (SELECT *, input_tokens + cached_input_tokens + cache_write_tokens + output_tokens + reasoning_tokens AS tokens FROM ev_hour) e
      ON e.account_id = p.account_id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    JOIN hour_win w ON w.account_id = p.account_id AND w.hour = e.hour AND w.period = p.period
    WHERE NOT p.rolling AND upper(w.win) > p.counts_from
    UNION ALL
    -- Minutes are too many to be kept for all.
    SELECT p.account_id, p.policy_id, date_bin('1 minute', e.at, 'epoch'),
           sum(CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END)
    FROM pol_node p
    JOIN quotakit.event e
      ON e.account_id = id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE NOT p.rolling AND p.period = 'minute' AND e.at >= greatest(p.sealed_until, date_bin('1 minute', p.counts_from, 'epoch'))
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT p.account_id, p.policy_id, b.window_start, b.used
    FROM pol p JOIN quotakit.baseline b ON b.account_id = id AND b.policy_id = p.policy_id
    WHERE NOT p.rolling
  ),
  used_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'measure', 'used') AS key,
           coalesce(e.used, 0) AS expected, coalesce(f.used, 0)::numeric AS found
    FROM (SELECT account_id, policy_id, window_start, sum(amount) AS used FROM used_part GROUP BY 1, 2, 3) e
    FULL JOIN (
      SELECT account_id, policy_id, window_start, used FROM state
      WHERE NOT rolling AND upper(win) > counts_from AND upper(win) > sealed_until) f
      USING (account_id, policy_id, window_start)
    WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
  ),
  -- Used, rolling windows, bucket by bucket.
  bucket_part AS (
    SELECT p.account_id, p.policy_id, quotakit.rolling_bucket(p.period, e.at) AS bucket,
           sum(CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END) AS amount
    FROM pol_node p
    JOIN quotakit.event e
      ON e.account_id = id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE p.rolling AND e.at >= greatest(p.since, p.sealed_until)
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT p.account_id, p.policy_id, b.window_start, b.used
    FROM pol p JOIN quotakit.baseline b ON b.account_id = id AND b.policy_id = p.policy_id
    WHERE p.rolling AND b.window_start >= p.since
  ),
  bucket_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', '-infinity', 'bucket', bucket, 'measure', 'bucket') AS key,
           coalesce(e.used, 0) AS expected, coalesce(f.used, 0) AS found
    FROM (SELECT account_id, policy_id, bucket, sum(amount) AS used FROM bucket_part GROUP BY 1, 2, 3) e
    FULL JOIN (
      SELECT s.account_id, s.policy_id, b.bucket, sum(b.used) AS used
      FROM state s CROSS JOIN LATERAL unnest(s.bucket_start, s.bucket_used) AS b(bucket, used)
      WHERE s.rolling AND b.bucket >= s.since GROUP BY 1, 2, 3) f
      USING (account_id, policy_id, bucket)
    WHERE coalesce(e.used, 0) <> coalesce(f.used, 0)
    UNION ALL
    -- A rolling counter's used is the sum of its own buckets.
    SELECT s.account_id, 'counter',
           jsonb_build_object('policy_id', s.policy_id, 'window_start', s.window_start, 'measure', 'used'), b.total, s.used
    FROM state s
    CROSS JOIN LATERAL (SELECT coalesce(sum(u), 0) AS total FROM unnest(s.bucket_used) AS u) b
    WHERE s.rolling AND s.used <> b.total
  ),
  -- Held, by the time each hold ends. What has expired counts on neither side.
  newest AS (
    SELECT DISTINCT ON (r.account_id, r.at, r.reservation_id) r.*
    FROM acct a JOIN quotakit.reservation r ON r.account_id = id AND r.at >= a.sealed_until
    ORDER BY r.account_id, r.at, r.reservation_id, r.seq DESC
  ),
  open_res AS MATERIALIZED (
    SELECT r.* FROM acct a JOIN newest r ON r.account_id = a.account_id
    WHERE r.is_open AND r.expires_at > a.now
      AND NOT EXISTS (SELECT FROM quotakit.event e
        WHERE e.account_id = id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id)
  ),
  held_part AS (
    SELECT p.account_id, p.policy_id, lower(w.win) AS window_start, r.expires_at,
           CASE p.unit WHEN 'usd' THEN r.usd WHEN 'credits' THEN r.credits WHEN 'requests' THEN r.requests
             ELSE r.tokens END AS amount
    FROM pol_node p
    JOIN open_res r ON r.account_id = p.account_id AND r.node_id = p.counted_id AND (p.model IS NULL OR r.model = p.model)
    CROSS JOIN LATERAL (
      SELECT CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
        ELSE quotakit.window_range(p.period, r.at, p.time_zone, p.billing_day, p.week_start) END AS win) w
    WHERE upper(w.win) > p.counts_from
  ),
  held_diff AS (
    SELECT account_id, 'counter' AS object,
           jsonb_build_object('policy_id', policy_id, 'window_start', window_start, 'hold_until', expires_at, 'measure', 'held') AS key,
           coalesce(e.held, 0) AS expected, coalesce(f.held, 0) AS found
    FROM (SELECT account_id, policy_id, window_start, expires_at, sum(amount) AS held FROM held_part GROUP BY 1, 2, 3, 4) e
    FULL JOIN (
      SELECT s.account_id, s.policy_id, s.window_start, h.until AS expires_at, sum(h.amount) AS held
      FROM state s CROSS JOIN LATERAL unnest(s.hold_until, s.hold_amount) AS h(until, amount)
      WHERE h.until > s.now AND upper(s.win) > s.counts_from AND upper(s.win) > s.sealed_until
      GROUP BY 1, 2, 3, 4) f
      USING (account_id, policy_id, window_start, expires_at)
    WHERE coalesce(e.held, 0) <> coalesce(f.held, 0)
  ),
  -- An event stands at its id's time, on a node that exists, outside what is sealed.
  event_diff AS (
    SELECT e.account_id, 'event' AS object,
           jsonb_build_object('id', e.event_id, 'at', e.at, 'measure', m.measure) AS key, 1::numeric AS expected, 0::numeric AS found
    FROM acct a JOIN quotakit.event e ON e.account_id = id
    CROSS JOIN LATERAL (VALUES ('time', e.at = quotakit.uuid_time(e.event_id)),
      ('node', EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = id AND n.node_id = e.node_id))) AS m(measure, good)
    WHERE m.good IS NOT TRUE
    UNION ALL
    SELECT r.account_id, 'reservation',
           jsonb_build_object('id', r.reservation_id, 'at', r.at, 'seq', r.seq, 'measure', m.measure), 1, 0
    FROM acct a JOIN quotakit.reservation r ON r.account_id = id
    CROSS JOIN LATERAL (VALUES ('time', r.at = quotakit.uuid_time(r.reservation_id)),
      ('node', EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = id AND n.node_id = r.node_id))) AS m(measure, good)
    WHERE m.good IS NOT TRUE
  ),
  diff AS (
    SELECT * FROM event_diff UNION ALL SELECT * FROM rollup_diff
    UNION ALL SELECT * FROM sub_hour_diff UNION ALL SELECT * FROM sub_day_diff
    UNION ALL SELECT * FROM used_diff UNION ALL SELECT * FROM bucket_diff UNION ALL SELECT * FROM held_diff
  )
  SELECT a.name, d.object, d.key, d.expected, d.found
  FROM diff d JOIN acct a ON a.account_id = d.account_id
  ORDER BY 1, 2, 3;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.verify(text) IS 'Recomputes every counter and rollup of an account (by name; of all that the caller may see by default) from the ledger, the open reservations and the baselines, in one snapshot, and returns what differs: object is event, reservation, rollup, subtree_hour, subtree_day or counter; key says which; expected is the recomputed value, found the stored one (nano-USD, nano-credits, requests, tokens). No row, ever, in a sound system. Reads the whole ledger. Errors: QK016.';
-- Folding: rollup deltas into totals by hour, and into those of every ancestor.

CREATE FUNCTION quotakit._fold_account(account_id int4, max_rows int8) RETURNS int8
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
-- Compiling takes longer than the work.
SET jit = off SET work_mem = '64MB'
AS $$
#variable_conflict use_column
DECLARE
  folded int8;
BEGIN
  -- Rows are written in the order of their keys; the sums are cast and so checked.
  WITH acct AS (
    SELECT a.account_id, a.time_zone FROM quotakit.account a WHERE a.account_id = _fold_account.account_id
  ), gone AS (
    DELETE FROM quotakit.rollup_delta d
    WHERE d.account_id = _fold_account.account_id AND d.delta_id = ANY (ARRAY(
      SELECT x.delta_id FROM quotakit.rollup_delta x
      WHERE x.account_id = _fold_account.account_id ORDER BY x.delta_id LIMIT max_rows))
    RETURNING *
  ), hourly AS MATERIALIZED (
    SELECT account_id, node_id, hour, model,
           sum(events) AS events, sum(failed) AS failed, sum(unpriced) AS unpriced,
           sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
           sum(cache_write_tokens) AS cache_write_tokens, sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
           sum(usd) AS usd, sum(credits) AS credits
    FROM gone GROUP BY 1, 2, 3, 4
  ), into_hour AS (
    INSERT INTO quotakit.rollup_hour AS t
      (account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM hourly ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, node_id, hour, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  ), above AS MATERIALIZED (
    -- Once a node, not once an hour.
    SELECT h.node_id AS below_id, anc.node_id, coalesce(n.service, '') AS service
    FROM (SELECT DISTINCT account_id, node_id FROM hourly) h
    JOIN quotakit.node n ON n.account_id = h.account_id AND n.node_id = h.node_id
    JOIN quotakit.node anc ON anc.account_id = n.account_id AND anc.path OPERATOR(quotakit.@>) n.path
  ), below AS MATERIALIZED (
    SELECT h.account_id, v.node_id, h.hour, v.service, h.model,
           sum(h.events) AS events, sum(h.failed) AS failed, sum(h.unpriced) AS unpriced,
           sum(h.requests) AS requests, sum(h.input_tokens) AS input_tokens, sum(h.cached_input_tokens) AS cached_input_tokens,
           sum(h.cache_write_tokens) AS cache_write_tokens, sum(h.output_tokens) AS output_tokens, sum(h.reasoning_tokens) AS reasoning_tokens,
           sum(h.usd) AS usd, sum(h.credits) AS credits
    FROM hourly h JOIN above v ON v.below_id = h.node_id
    GROUP BY 1, 2, 3, 4, 5
  ), into_subtree_hour AS (
    INSERT INTO quotakit.subtree_hour AS t
      (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM below ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, hour, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  ), into_subtree_day AS (
    INSERT INTO quotakit.subtree_day AS t
      (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT b.account_id, b.node_id, (b.hour AT TIME ZONE a.time_zone)::date, b.service, b.model,
           sum(b.events) AS events, sum(b.failed) AS failed, sum(b.unpriced) AS unpriced,
           sum(b.requests) AS requests, sum(b.input_tokens) AS input_tokens, sum(b.cached_input_tokens) AS cached_input_tokens,
           sum(b.cache_write_tokens) AS cache_write_tokens, sum(b.output_tokens) AS output_tokens, sum(b.reasoning_tokens) AS reasoning_tokens,
           sum(b.usd) AS usd, sum(b.credits) AS credits
    FROM below b JOIN acct a ON a.account_id = b.account_id
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, day, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits
  )
  SELECT count(*) INTO folded FROM gone;
  RETURN folded;
END $$;
COMMENT ON FUNCTION quotakit._fold_account(int4, int8) IS 'Folds at most max_rows deltas of an account, oldest first; returns how many. The caller holds the account''s folding lock.';

CREATE FUNCTION quotakit._fold_lock(account_id int4, wait bool) RETURNS bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF wait THEN
    PERFORM pg_advisory_xact_lock('quotakit.rollup_delta'::regclass::oid::int4, account_id);
    RETURN true;
  END IF;
  RETURN pg_try_advisory_xact_lock('quotakit.rollup_delta'::regclass::oid::int4, account_id);
END $$;
COMMENT ON FUNCTION quotakit._fold_lock(int4, bool) IS 'Takes the lock that lets one session at a time write an account''s rollup totals, until the transaction ends; waits for it or returns false. Calls never take it.';

CREATE FUNCTION quotakit.fold_rollups(max_rows int4 DEFAULT 100000) RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  -- A busy account must not starve the others: each in turn gets a slice.
  slice  CONSTANT int8 := 50000;
  accts  int4[];
  rest   int4[];
  acct   int4;
  n      int8;
  total  int8 := 0;
BEGIN
  IF max_rows IS NULL OR max_rows < 1 OR max_rows > 10000000 THEN
    RAISE EXCEPTION 'max_rows must be from 1 to 10000000' USING ERRCODE = 'QK008';
  END IF;
  -- The accounts that have deltas, one index descent each.
  WITH RECURSIVE a(account_id) AS (
    SELECT min(account_id) FROM quotakit.rollup_delta
    UNION ALL
    SELECT (SELECT min(d.account_id) FROM quotakit.rollup_delta d WHERE d.account_id > a.account_id)
    FROM a WHERE a.account_id IS NOT NULL
  )
  SELECT array_agg(a.account_id ORDER BY a.account_id) INTO accts FROM a
  WHERE a.account_id IS NOT NULL AND quotakit._fold_lock(a.account_id, false);
  WHILE cardinality(accts) > 0 AND total < max_rows LOOP
    rest := '{}';
    FOREACH acct IN ARRAY accts LOOP
      BEGIN
        n := quotakit._fold_account(acct, least(slice, max_rows - total));
      EXCEPTION WHEN numeric_value_out_of_range THEN
        -- More than a total can hold, some 9 billion USD in an hour: its deltas stay, and the others go on.
        RAISE WARNING 'rollups of account % cannot be folded: %', acct, SQLERRM;
        n := 0;
      END;
      total := total + n;
      IF n = slice THEN
        rest := rest || acct;
      END IF;
      EXIT WHEN total >= max_rows;
    END LOOP;
    accts := rest;
  END LOOP;
  RETURN total;
END $$;
COMMENT ON FUNCTION quotakit.fold_rollups(int4) IS 'Moves at most max_rows (1 to 10000000) rollup deltas into rollup_hour, subtree_hour and subtree_day, the accounts in turn, in one transaction; returns how many. Calls are never held up; two folders never work on one account. Readers add deltas and totals, so it changes no result. An account whose totals would be out of range is left alone with a warning. Errors: QK008.';

CREATE FUNCTION quotakit._fill_subtree(account_id int4, node_id int4) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct int4 := _fill_subtree.account_id;
  top  int4 := _fill_subtree.node_id;
BEGIN
  PERFORM quotakit._fold_lock(acct, true);
  DELETE FROM quotakit.subtree_hour t WHERE t.account_id = acct AND t.node_id = top;
  DELETE FROM quotakit.subtree_day t WHERE t.account_id = acct AND t.node_id = top;
  WITH hourly AS MATERIALIZED (
    SELECT r.hour, coalesce(n.service, '') AS service, r.model,
           sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced,
           sum(r.requests) AS requests, sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
           sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
           sum(r.usd) AS usd, sum(r.credits) AS credits
    FROM quotakit.node anc
    JOIN quotakit.node n ON n.account_id = anc.account_id AND n.path OPERATOR(quotakit.<@) anc.path
    JOIN quotakit.rollup_hour r ON r.account_id = n.account_id AND r.node_id = n.node_id
    WHERE anc.account_id = acct AND anc.node_id = top
    GROUP BY 1, 2, 3
  ), into_hour AS (
    INSERT INTO quotakit.subtree_hour
      (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT acct, top, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
    FROM hourly
  )
  INSERT INTO quotakit.subtree_day
    (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  SELECT acct, top, (h.hour AT TIME ZONE a.time_zone)::date, h.service, h.model,
         sum(h.events) AS events, sum(h.failed) AS failed, sum(h.unpriced) AS unpriced,
         sum(h.requests) AS requests, sum(h.input_tokens) AS input_tokens, sum(h.cached_input_tokens) AS cached_input_tokens,
         sum(h.cache_write_tokens) AS cache_write_tokens, sum(h.output_tokens) AS output_tokens, sum(h.reasoning_tokens) AS reasoning_tokens,
         sum(h.usd) AS usd, sum(h.credits) AS credits
  FROM hourly h JOIN quotakit.account a ON a.account_id = acct
  GROUP BY 3, 4, 5;
END $$;
COMMENT ON FUNCTION quotakit._fill_subtree(int4, int4) IS 'Rewrites the subtree totals of a node from the rollups of the nodes below: for a node that is made above others.';
-- Usage of a subtree, from the totals that the folding keeps for every node: a row
-- a day, service and model, however many nodes and events lie below (R10).

CREATE TYPE quotakit._cell AS (
  node_id int4, hour timestamptz, day date, service text, model text,
  events numeric,
  failed numeric,
  unpriced numeric,
  requests numeric,
  input_tokens numeric,
  cached_input_tokens numeric,
  cache_write_tokens numeric,
  output_tokens numeric,
  reasoning_tokens numeric,
  usd numeric,
  credits numeric
);
COMMENT ON TYPE quotakit._cell IS 'Sums of one node, hour or day, service and model; what they are not split by is null.';

CREATE FUNCTION quotakit._day_start(acct quotakit.account, day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  -- Noon exists on every day; midnight does not, where clocks change at midnight.
  SELECT lower(quotakit.window_range('day', (day + time '12:00') AT TIME ZONE acct.time_zone,
                                     acct.time_zone, acct.billing_day, acct.week_start))
$$;
COMMENT ON FUNCTION quotakit._day_start(quotakit.account, date) IS 'When a day begins in the account''s time zone.';

CREATE TYPE quotakit._slices AS (first date, after date, since_a timestamptz, until_a timestamptz, sign_a int4,
  since_z timestamptz, until_z timestamptz, sign_z int4);
COMMENT ON TYPE quotakit._slices IS 'A range of time as days (from first to before after) and, at either end, hours that are added or taken away; null for none.';

CREATE FUNCTION quotakit._slices(acct quotakit.account, since timestamptz, until timestamptz) RETURNS quotakit._slices
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  day_a   date := (since AT TIME ZONE acct.time_zone)::date;
  day_z   date := (until AT TIME ZONE acct.time_zone)::date;
  begin_a timestamptz := quotakit._day_start(acct, day_a);
  end_a   timestamptz := quotakit._day_start(acct, day_a + 1);
  begin_z timestamptz := quotakit._day_start(acct, day_z);
  end_z   timestamptz := quotakit._day_start(acct, day_z + 1);
  -- How much of the last day is out; what is still to come has no rows.
  out_z   interval := greatest(least(end_z, now() + interval '1 hour') - until, '0');
  s       quotakit._slices;
BEGIN
  s.first := day_a;
  s.after := day_z;
  IF since >= until THEN
    s.after := day_a;
  ELSIF day_a = day_z AND until - since <= since - begin_a + out_z THEN
    s.since_a := since; s.until_a := until; s.sign_a := 1;
  ELSE
    IF since > begin_a AND day_a < day_z AND end_a - since <= since - begin_a THEN
      s.first := day_a + 1;
      s.since_a := since; s.until_a := end_a; s.sign_a := 1;
    ELSIF since > begin_a THEN
      s.since_a := begin_a; s.until_a := since; s.sign_a := -1;
    END IF;
    IF until > begin_z AND day_a < day_z AND until - begin_z <= out_z THEN
      s.since_z := begin_z; s.until_z := until; s.sign_z := 1;
    ELSIF until > begin_z THEN
      s.after := day_z + 1;
      s.since_z := until; s.until_z := end_z; s.sign_z := -1;
    END IF;
  END IF;
  RETURN s;
END $$;
COMMENT ON FUNCTION quotakit._slices(quotakit.account, timestamptz, timestamptz) IS 'A range of whole local hours as local days and as few hours as there can be: a day that is cut is the hours that are in, or the whole day less the hours that are out.';

CREATE FUNCTION quotakit._subtree_nodes(account_id int4, node_id int4, tag text) RETURNS int4[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(array_agg(n.node_id), '{}')
  FROM quotakit.node top
  JOIN quotakit.node n ON n.account_id = top.account_id AND n.path OPERATOR(quotakit.<@) top.path
  WHERE top.account_id = $1 AND top.node_id = $2 AND ($3 IS NULL OR n.tags @> ARRAY[$3])
$$;
COMMENT ON FUNCTION quotakit._subtree_nodes(int4, int4, text) IS 'A node and those below it; with a tag, those that carry it themselves.';

CREATE FUNCTION quotakit._usage_range(path quotakit.qpath, from_at timestamptz, to_at timestamptz,
  OUT account_id int4, OUT node_id int4, OUT since timestamptz, OUT until timestamptz) RETURNS record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  zone text;
BEGIN
  account_id := quotakit._acting_account('viewer');
  IF path IS NULL OR from_at IS NULL OR to_at IS NULL THEN
    RAISE EXCEPTION 'path and times must not be null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  SELECT n.node_id, a.time_zone INTO node_id, zone
  FROM quotakit.account a
  JOIN quotakit.node n ON n.account_id = a.account_id AND n.path OPERATOR(quotakit.=) _usage_range.path
  WHERE a.account_id = _usage_range.account_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'path "%" does not exist', path USING ERRCODE = 'QK001';
  END IF;
  -- UUIDs begin in 1970; nothing is recorded further ahead than minutes.
  since := quotakit.local_hour(greatest(from_at, '1970-01-01 00:00+00'), zone);
  until := quotakit.local_hour(least(to_at, now() + interval '1 day'), zone);
  IF until < least(to_at, now() + interval '1 day') THEN
    until := upper(quotakit.window_range('hour', until, zone));
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._usage_range(quotakit.qpath, timestamptz, timestamptz) IS 'Account, node and the range of whole local hours that a question about usage is about.';

CREATE FUNCTION quotakit._folded(account_id int4, nodes int4[], signs int4[], since timestamptz, until timestamptz, grain text,
  service text, model text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
-- One descent of the key for each node, whatever lies in the table beside: a planner that sees many nodes
-- would read all of history, by several processes. Thousands of sums fit. Compiling takes longer than the work.
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '32MB'
SET enable_hashjoin = off SET enable_mergejoin = off SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
  acct    quotakit.account;
  s       quotakit._slices;
  e       record;
  in_svc  text := _folded.service;
  in_mod  text := _folded.model;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _folded.account_id;
  s := quotakit._slices(acct, since, until);
  IF grain = 'hour' THEN
    s := (s.first, s.first, since, until, 1, NULL, NULL, NULL);
  END IF;
  IF s.first < s.after THEN
    RETURN QUERY
    SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, NULL::timestamptz, CASE WHEN grain = 'day' THEN r.day END,
           CASE WHEN grain <> 'node' THEN r.service END, CASE WHEN grain <> 'node' THEN r.model END,
           sum(coalesce(w.sign, 1) * r.events), sum(coalesce(w.sign, 1) * r.failed), sum(coalesce(w.sign, 1) * r.unpriced), sum(coalesce(w.sign, 1) * r.requests), sum(coalesce(w.sign, 1) * r.input_tokens), sum(coalesce(w.sign, 1) * r.cached_input_tokens), sum(coalesce(w.sign, 1) * r.cache_write_tokens), sum(coalesce(w.sign, 1) * r.output_tokens), sum(coalesce(w.sign, 1) * r.reasoning_tokens), sum(coalesce(w.sign, 1) * r.usd), sum(coalesce(w.sign, 1) * r.credits)
    FROM unnest(nodes, signs) AS w(node_id, sign)
    JOIN quotakit.subtree_day r ON r.account_id = acct.account_id AND r.node_id = w.node_id AND r.day >= s.first AND r.day < s.after
    WHERE (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
    GROUP BY 1, 2, 3, 4, 5;
  END IF;
  FOR e IN
    SELECT v.* FROM (VALUES (s.since_a, s.until_a, s.sign_a), (s.since_z, s.until_z, s.sign_z)) v(since, until, sign) WHERE v.since < v.until
  LOOP
    RETURN QUERY
    SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, CASE WHEN grain = 'hour' THEN r.hour END,
           CASE WHEN grain IN ('hour', 'day') THEN (r.hour AT TIME ZONE acct.time_zone)::date END,
           CASE WHEN grain <> 'node' THEN r.service END, CASE WHEN grain <> 'node' THEN r.model END,
           sum(coalesce(w.sign, 1) * e.sign * r.events), sum(coalesce(w.sign, 1) * e.sign * r.failed), sum(coalesce(w.sign, 1) * e.sign * r.unpriced), sum(coalesce(w.sign, 1) * e.sign * r.requests), sum(coalesce(w.sign, 1) * e.sign * r.input_tokens), sum(coalesce(w.sign, 1) * e.sign * r.cached_input_tokens), sum(coalesce(w.sign, 1) * e.sign * r.cache_write_tokens), sum(coalesce(w.sign, 1) * e.sign * r.output_tokens), sum(coalesce(w.sign, 1) * e.sign * r.reasoning_tokens), sum(coalesce(w.sign, 1) * e.sign * r.usd), sum(coalesce(w.sign, 1) * e.sign * r.credits)
    FROM unnest(nodes, signs) AS w(node_id, sign)
    JOIN quotakit.subtree_hour r ON r.account_id = acct.account_id AND r.node_id = w.node_id AND r.hour >= e.since AND r.hour < e.until
    WHERE (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
    GROUP BY 1, 2, 3, 4, 5;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._folded(int4, int4[], int4[], timestamptz, timestamptz, text, text, text) IS 'Folded sums of nodes with all below them, each added or taken away as its sign says (null: all added), from since to before until (starts of local hours), by grain: node; line (node, service and model); day or hour (with service and model, of the nodes together). There may be several rows of one key: they add up.';

CREATE FUNCTION quotakit._unfolded(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  service text, model text, tag text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  acct    quotakit.account;
  in_top  quotakit.qpath := _unfolded.top;
  in_svc  text := _unfolded.service;
  in_mod  text := _unfolded.model;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _unfolded.account_id;
  RETURN QUERY
  SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, CASE WHEN grain = 'hour' THEN r.hour END,
         CASE WHEN grain IN ('hour', 'day') THEN (r.hour AT TIME ZONE acct.time_zone)::date END,
         CASE WHEN grain <> 'node' THEN n.service END, CASE WHEN grain <> 'node' THEN r.model END,
         sum(r.events), sum(r.failed), sum(r.unpriced), sum(r.requests), sum(r.input_tokens), sum(r.cached_input_tokens), sum(r.cache_write_tokens), sum(r.output_tokens), sum(r.reasoning_tokens), sum(r.usd), sum(r.credits)
  FROM quotakit.rollup_delta r
  JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
  WHERE r.account_id = acct.account_id AND r.hour >= since AND r.hour < until
    AND (in_top IS NULL OR n.path OPERATOR(quotakit.<@) in_top) AND (tag IS NULL OR n.tags @> ARRAY[tag])
    AND (in_svc IS NULL OR n.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
  GROUP BY 1, 2, 3, 4, 5;
END $$;
COMMENT ON FUNCTION quotakit._unfolded(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS 'Sums that have not been folded yet, of the nodes themselves from top down (null: of the account) that carry the tag, by grain as in _folded().';

CREATE FUNCTION quotakit._cells(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  service text, model text, tag text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  nodes int4[];
  signs int4[];
BEGIN
  -- What the nodes with a tag used themselves: their subtrees, less those of their children. A node
  -- that has the tag from above and carries it itself comes to nothing.
  SELECT array_agg(x.node_id), array_agg(x.sign) INTO nodes, signs
  FROM (
    SELECT n.node_id, 1 AS sign FROM quotakit.node n
    WHERE tag IS NULL AND n.account_id = _cells.account_id AND n.path OPERATOR(quotakit.=) _cells.top
    UNION ALL
    SELECT n.node_id, (n.tags @> ARRAY[tag])::int4 - coalesce((p.tags @> ARRAY[tag])::int4, 0)
    FROM quotakit.node n
    LEFT JOIN quotakit.node p ON p.account_id = n.account_id AND p.path OPERATOR(quotakit.=) quotakit.parent(n.path)
      AND p.path OPERATOR(quotakit.<@) _cells.top
    WHERE tag IS NOT NULL AND n.account_id = _cells.account_id AND n.path OPERATOR(quotakit.<@) _cells.top) x
  WHERE x.sign <> 0;
  RETURN QUERY SELECT * FROM quotakit._folded(_cells.account_id, nodes, signs, since, until, grain, _cells.service, _cells.model);
  RETURN QUERY SELECT * FROM quotakit._unfolded(_cells.account_id, _cells.top, since, until, grain, _cells.service, _cells.model, tag);
END $$;
COMMENT ON FUNCTION quotakit._cells(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS 'Sums of a subtree by day or hour (grain), service and model, folded and not; with a tag, of the nodes in it that carry the tag.';

CREATE FUNCTION quotakit._own(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  of_service text, of_model text, tag text)
RETURNS TABLE (path quotakit.qpath, service text, model text, events numeric, failed numeric, unpriced numeric, requests numeric, input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric, output_tokens numeric, reasoning_tokens numeric, usd numeric, credits numeric)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := _own.account_id;
  in_top quotakit.qpath := _own.top;
  below  int4[] := ARRAY(SELECT n.node_id FROM quotakit.node n
    WHERE n.account_id = acct AND (in_top IS NULL OR n.path OPERATOR(quotakit.<@) in_top));
BEGIN
  RETURN QUERY
  WITH whole AS MATERIALIZED (
    SELECT n.path, c.* FROM quotakit._folded(acct, below, NULL, since, until, grain, of_service, of_model) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
  ), part AS (
    -- A node's own usage is its subtree's less that of its children.
    SELECT w.path, w.service, w.model, w.events, w.failed, w.unpriced, w.requests, w.input_tokens, w.cached_input_tokens, w.cache_write_tokens, w.output_tokens, w.reasoning_tokens, w.usd, w.credits FROM whole w
    UNION ALL
    SELECT quotakit.parent(w.path), w.service, w.model, -w.events, -w.failed, -w.unpriced, -w.requests, -w.input_tokens, -w.cached_input_tokens, -w.cache_write_tokens, -w.output_tokens, -w.reasoning_tokens, -w.usd, -w.credits
    FROM whole w WHERE quotakit.nlevel(w.path) > coalesce(quotakit.nlevel(in_top), 1)
    UNION ALL
    SELECT n.path, c.service, c.model, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._unfolded(acct, in_top, since, until, grain, of_service, of_model, NULL) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
  )
  SELECT p.path, p.service, p.model, sum(p.events), sum(p.failed), sum(p.unpriced), sum(p.requests), sum(p.input_tokens), sum(p.cached_input_tokens), sum(p.cache_write_tokens), sum(p.output_tokens), sum(p.reasoning_tokens), sum(p.usd), sum(p.credits)
  FROM part p
  WHERE tag IS NULL OR EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = acct AND n.path OPERATOR(quotakit.=) p.path AND n.tags @> ARRAY[tag])
  GROUP BY p.path, p.service, p.model
  -- What nets to nothing, such as a parent without usage of its own, is left out.
  HAVING sum(p.events) <> 0 OR sum(p.requests) <> 0 OR sum(p.input_tokens) <> 0 OR sum(p.cached_input_tokens) <> 0 OR sum(p.cache_write_tokens) <> 0 OR sum(p.output_tokens) <> 0 OR sum(p.reasoning_tokens) <> 0 OR sum(p.usd) <> 0 OR sum(p.credits) <> 0;
END $$;
COMMENT ON FUNCTION quotakit._own(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS 'What each path from top down (null: of the account) used itself, folded or not; with a tag, the paths that carry it; grain line: by service and model.';

CREATE FUNCTION quotakit.subtree_usage(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(),
  service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r record;
BEGIN
  r := quotakit._usage_range(path, since, until);
  RETURN QUERY
  SELECT coalesce(sum(c.events), 0), coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
  FROM quotakit._cells(r.account_id, path, r.since, r.until, 'day', service, model, tag) c;
END $$;
COMMENT ON FUNCTION quotakit.subtree_usage(quotakit.qpath, timestamptz, timestamptz, text, text, text) IS 'What a path and everything below it used from since to before until, one row: events (calls), failed and unpriced ones among them, requests, tokens (all classes) and by class, cost_usd in USD and cost_credits in credits. Both times are widened to whole hours of the account''s local time. Filters: service, model, and tag (only the nodes that carry it). Acts for the current account. Errors: QK001, QK008, QK016.';

CREATE FUNCTION quotakit.subtree_series(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(), step text DEFAULT 'day',
  by text DEFAULT NULL, service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (step_start timestamptz, step_end timestamptz, key text, events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r      record;
  acct   quotakit.account;
  starts timestamptz[] := '{}';
  win    tstzrange;
BEGIN
  IF step IS NULL OR step NOT IN ('hour', 'day', 'week', 'month') THEN
    RAISE EXCEPTION 'unknown step "%"', step
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Steps are hour, day, week and month.';
  END IF;
  IF by IS NOT NULL AND by NOT IN ('service', 'model') THEN
    RAISE EXCEPTION 'a series cannot be split by "%"', by
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It can be split by service or model.';
  END IF;
  r := quotakit._usage_range(path, since, until);
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = r.account_id;
  -- Every step has its row, also the empty ones.
  win := quotakit.window_range(step, r.since, acct.time_zone, acct.billing_day, acct.week_start);
  WHILE lower(win) < r.until LOOP
    IF cardinality(starts) >= 20000 THEN
      RAISE EXCEPTION 'the series has more than 20000 steps' USING ERRCODE = 'QK008', HINT = 'Choose a longer step.';
    END IF;
    starts := starts || lower(win);
    win := quotakit.window_range(step, upper(win), acct.time_zone, acct.billing_day, acct.week_start);
  END LOOP;
  IF cardinality(starts) = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH steps AS (
    SELECT s AS step_start, lead(s, 1, lower(win)) OVER (ORDER BY s) AS step_end FROM unnest(starts) s
  ), cells AS (
    SELECT CASE by WHEN 'service' THEN c.service WHEN 'model' THEN c.model END AS key,
           starts[width_bucket(coalesce(c.hour, quotakit._day_start(acct, c.day)), starts)] AS step_start, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._cells(r.account_id, path, r.since, r.until, CASE step WHEN 'hour' THEN 'hour' ELSE 'day' END, service, model, tag) c
  ), keys AS (
    -- Undivided there is one, also where nothing was used.
    SELECT NULL::text AS key WHERE by IS NULL
    UNION ALL
    SELECT x.key FROM cells x WHERE by IS NOT NULL GROUP BY x.key
    -- A day less its hours may leave nothing.
    HAVING sum(x.events) <> 0 OR sum(x.requests) <> 0 OR sum(x.usd) <> 0 OR sum(x.credits) <> 0
      OR sum(x.input_tokens + x.cached_input_tokens + x.cache_write_tokens + x.output_tokens + x.reasoning_tokens) <> 0
  )
  SELECT s.step_start, s.step_end, k.key,
         coalesce(sum(c.events), 0), coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
  FROM steps s CROSS JOIN keys k
  LEFT JOIN cells c ON c.step_start = s.step_start AND c.key IS NOT DISTINCT FROM k.key
  GROUP BY s.step_start, s.step_end, k.key
  ORDER BY s.step_start, k.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_series(quotakit.qpath, timestamptz, timestamptz, text, text, text, text, text) IS 'What a path and everything below it used from since to before until, a row for each step (hour, day, week or month of the account''s calendar, at most 20,000), empty ones too; split by service or model (key) if by says so, then for each that was used in the range. Columns and filters as in subtree_usage; the first and last step count only what lies in the range. Errors: QK001, QK008, QK016, 22023.';

CREATE FUNCTION quotakit.subtree_breakdown(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(), by text DEFAULT 'child',
  service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (key text, events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric, share numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r     record;
  level int4 := quotakit.nlevel(path);
  nodes int4[];
BEGIN
  IF by IS NULL OR by NOT IN ('path', 'child', 'service', 'model', 'day') THEN
    RAISE EXCEPTION 'usage cannot be broken down by "%"', by
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It can be by path, child, service, model or day.';
  END IF;
  r := quotakit._usage_range(path, since, until);
  IF by = 'child' THEN
    nodes := ARRAY(SELECT n.node_id FROM quotakit.node n
      WHERE n.account_id = r.account_id AND n.path OPERATOR(quotakit.<@) subtree_breakdown.path AND quotakit.nlevel(n.path) <= level + 1);
  END IF;
  RETURN QUERY
  WITH cells AS (
    SELECT CASE by WHEN 'service' THEN c.service WHEN 'model' THEN c.model ELSE to_char(c.day, 'YYYY-MM-DD') END AS key, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._cells(r.account_id, path, r.since, r.until, 'day', service, model, tag) c
    WHERE by IN ('service', 'model', 'day')
    UNION ALL
    SELECT CASE by WHEN 'path' THEN c.path ELSE quotakit.subpath(c.path, 0, least(level + 1, quotakit.nlevel(c.path))) END::text, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._own(r.account_id, path, r.since, r.until, 'node', service, model, tag) c
    WHERE by = 'path' OR (by = 'child' AND tag IS NOT NULL)
    UNION ALL
    -- Each child with all below it; what is left is the path's own.
    SELECT child.path::text, child.sign * c.events, child.sign * c.failed, child.sign * c.unpriced, child.sign * c.requests, child.sign * c.input_tokens, child.sign * c.cached_input_tokens, child.sign * c.cache_write_tokens, child.sign * c.output_tokens, child.sign * c.reasoning_tokens, child.sign * c.usd, child.sign * c.credits
    FROM quotakit._folded(r.account_id, nodes, NULL, r.since, r.until, 'node', service, model) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    CROSS JOIN LATERAL (VALUES (n.path, 1), (CASE WHEN c.node_id <> r.node_id THEN subtree_breakdown.path END, -1)) AS child(path, sign)
    WHERE by = 'child' AND tag IS NULL AND child.path IS NOT NULL
    UNION ALL
    SELECT quotakit.subpath(n.path, 0, least(level + 1, quotakit.nlevel(n.path)))::text, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._unfolded(r.account_id, path, r.since, r.until, 'node', service, model, NULL) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    WHERE by = 'child' AND tag IS NULL
  ), sums AS (
    SELECT c.key,
         coalesce(sum(c.events), 0) AS events, coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
    FROM cells c GROUP BY c.key
  )
  SELECT s.*, CASE WHEN sum(s.usd) OVER () > 0 THEN round(100 * s.usd / sum(s.usd) OVER (), 2) END
  FROM (SELECT * FROM sums) AS s(key, events, failed, unpriced, requests, tokens, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  -- What nets to nothing, such as a parent without usage of its own, is left out.
  WHERE s.events <> 0 OR s.requests <> 0 OR s.tokens <> 0 OR s.usd <> 0 OR s.credits <> 0
  ORDER BY CASE WHEN by = 'day' THEN s.key END, s.usd DESC, s.credits DESC, s.tokens DESC, s.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_breakdown(quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS 'What a path and everything below it used from since to before until, by path (each node''s own), child (each child with all below it; the path itself for its own), service, model (empty for none) or local day. Columns and filters as in subtree_usage; share is percent of the cost in USD, null without any. The rows add up to subtree_usage. Most expensive first, days in order. Errors: QK001, QK008, QK016, 22023.';
-- The tree of paths, drawn for psql.

CREATE FUNCTION quotakit._human(amount numeric, unit text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE unit WHEN 'usd' THEN '$' ELSE '' END
    || trim(to_char(trunc(amount), '999,999,999,999,999,999,990'))
    || CASE WHEN unit IN ('usd', 'credits') THEN
         -- Two decimals, or all there are below a cent.
         CASE WHEN amount = 0 OR abs(amount) >= 0.01 THEN substr(to_char(trunc(abs(amount - trunc(amount)), 2), 'FM0.00'), 2)
              ELSE substr(trim_scale(abs(amount))::text, 2) END ELSE '' END
    || CASE unit WHEN 'usd' THEN '' ELSE ' ' || unit END
$$;
COMMENT ON FUNCTION quotakit._human(numeric, text) IS 'An amount as people write it.';

CREATE FUNCTION quotakit.tree(path text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := quotakit._acting_account('viewer');
  top   quotakit.qpath := tree.path::quotakit.qpath;
  utf8  bool := getdatabaseencoding() = 'UTF8';
  full_ text := CASE WHEN utf8 THEN chr(9608) ELSE '#' END;
  empty text := CASE WHEN utf8 THEN chr(9617) ELSE '.' END;
  bar_  text := CASE WHEN utf8 THEN chr(9474) || '  ' ELSE '|  ' END;
  tee   text := CASE WHEN utf8 THEN chr(9500) || chr(9472) || ' ' ELSE '|- ' END;
  elbow text := CASE WHEN utf8 THEN chr(9492) || chr(9472) || ' ' ELSE '`- ' END;
  base  int4 := coalesce(quotakit.nlevel(top), 1);
  later bool[] := array_fill(false, ARRAY[33]);
  heads text[] := '{}';
  tails text[] := '{}';
  n     record;
  d     int4;
  head  text;
  cells int4;
  width int4 := 0;
BEGIN
  IF top IS NOT NULL AND NOT EXISTS (
      SELECT FROM quotakit.node x WHERE x.account_id = acct AND x.path OPERATOR(quotakit.=) top) THEN
    RAISE EXCEPTION 'path "%" does not exist', top USING ERRCODE = 'QK001';
  END IF;
  -- From the last line up: whether a sibling follows is then known.
  FOR n IN
    SELECT s.*, quotakit.nlevel(s.path) AS depth, quotakit.leaf(s.path) AS leaf
    FROM quotakit.node_status s
    WHERE s.account_id = acct AND (top IS NULL OR s.path OPERATOR(quotakit.<@) top)
    ORDER BY s.path DESC
  LOOP
    d := n.depth;
    IF d = base THEN
      head := CASE WHEN top IS NULL THEN n.leaf ELSE n.path::text END;
    ELSE
      head := CASE WHEN later[d] THEN tee ELSE elbow END || n.leaf;
      FOR k IN REVERSE d - 1 .. base + 1 LOOP
        head := CASE WHEN later[k] THEN bar_ ELSE '   ' END || head;
      END LOOP;
    END IF;
    later[d] := true;
    FOR k IN d + 1 .. 33 LOOP
      later[k] := false;
    END LOOP;
    cells := least(10, floor(n.percent / 10))::int4;
    width := greatest(width, length(head));
    heads := head || heads;
    tails := concat_ws('  ',
      CASE WHEN n.policy_id IS NOT NULL THEN
        repeat(full_, cells) || repeat(empty, 10 - cells)
        || lpad(to_char(least(n.percent, 9999.9), 'FM9990.0') || ' %', 9) END,
      CASE WHEN n.policy_id IS NOT NULL THEN
        format('%s of %s %s', quotakit._human(n.used, n.unit), quotakit._human(n.limit_amount, n.unit),
          CASE WHEN n.period = 'lifetime' THEN 'lifetime' WHEN n.rolling THEN 'in any ' || n.period
               WHEN n.period = 'hour' THEN 'an hour' ELSE 'a ' || n.period END) END,
      CASE WHEN n.held > 0 THEN 'held ' || quotakit._human(n.held, n.unit) END,
      nullif(nullif(n.status, 'healthy'), 'none'),
      CASE WHEN n.frozen THEN 'frozen' END, CASE WHEN n.archived THEN 'archived' END) || tails;
  END LOOP;
  FOR i IN 1 .. cardinality(heads) LOOP
    RETURN NEXT rtrim(heads[i] || repeat(' ', width - length(heads[i]) + 2) || tails[i]);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.tree(text) IS 'Draws the tree of paths of the current account (below path, if given), each with the worst of its policies: a bar, what is used of the limit, what is held. Errors: QK001, QK016.';
-- Views for people: times as they are, money in USD and credits, units in the names.

CREATE VIEW quotakit.ledger WITH (security_invoker = true) AS
SELECT e.account_id, a.name AS account, n.path, n.service, e.model, e.at, e.event_id, e.tier,
       e.requests, e.input_tokens, e.cached_input_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens,
       e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens AS tokens,
       quotakit.from_nano(e.usd) AS cost_usd, quotakit.from_nano(e.credits) AS cost_credits,
       e.meters, e.tags,
       e.flags & 1 <> 0 AS overrun, e.flags & 2 <> 0 AS late, e.flags & 4 <> 0 AS unreserved, e.flags & 8 <> 0 AS unpriced,
       e.flags & 16 <> 0 AS estimated, e.flags & 32 <> 0 AS failed, e.flags & 64 <> 0 AS uncharged,
       e.flags & 128 <> 0 AS adjustment, e.flags & 256 <> 0 AS amount_given, e.flags & 512 <> 0 AS frozen,
       e.price_version, e.recorded_at, e.ref_id, e.key_id, e.flags & 1024 <> 0 AS now_priced
FROM quotakit.event e
JOIN quotakit.account a ON a.account_id = e.account_id
JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id;
COMMENT ON VIEW quotakit.ledger IS 'Every recorded call. Give a range of at: it is cut by month.';

CREATE VIEW quotakit.usage_hour WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, n.path, n.service, r.model, r.hour,
       sum(r.events) AS events, sum(r.failed) AS failed, sum(r.unpriced) AS unpriced, sum(r.requests) AS requests,
       sum(r.input_tokens) + sum(r.cached_input_tokens) + sum(r.cache_write_tokens) + sum(r.output_tokens) + sum(r.reasoning_tokens) AS tokens,
       sum(r.input_tokens) AS input_tokens, sum(r.cached_input_tokens) AS cached_input_tokens,
       sum(r.cache_write_tokens) AS cache_write_tokens, sum(r.output_tokens) AS output_tokens,
       sum(r.reasoning_tokens) AS reasoning_tokens,
       trim_scale(sum(r.usd) * 0.000000001) AS cost_usd, trim_scale(sum(r.credits) * 0.000000001) AS cost_credits
FROM (
  SELECT account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens,
         cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
  FROM quotakit.rollup_hour
  UNION ALL
  SELECT account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens,
         cache_write_tokens, output_tokens, reasoning_tokens, usd, credits
  FROM quotakit.rollup_delta) r
JOIN quotakit.account a ON a.account_id = r.account_id
JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
GROUP BY r.account_id, a.name, n.path, n.service, r.model, r.hour;
COMMENT ON VIEW quotakit.usage_hour IS 'What each path itself used, by hour of the account''s local time and model. For whole subtrees ask subtree_usage().';

CREATE VIEW quotakit.policy_status WITH (security_invoker = true) AS
SELECT p.account_id, a.name AS account, p.node_id, n.path, p.policy_id, p.service, p.model, p.unit, p.period, p.rolling, p.enforcement,
       quotakit.in_unit(l.total, p.unit) AS limit_amount,
       CASE WHEN p.boost_until > w.now AND p.boost_amount > 0 THEN p.boost_until END AS boosted_until,
       quotakit.in_unit(s.used, p.unit) AS used,
       quotakit.in_unit(s.held, p.unit) AS held,
       quotakit.in_unit(greatest(l.total::numeric - s.used - s.held, 0)::int8, p.unit) AS free,
       CASE WHEN l.total > 0 THEN trunc(100.0 * s.used / l.total, 2) ELSE 100.00 END AS percent,
       CASE WHEN p.rolling THEN w.now - w.length ELSE lower(w.win) END AS window_start,
       CASE WHEN p.rolling THEN s.first_bucket + w.length + w.width
            ELSE nullif(upper(w.win), 'infinity') END AS resets_at,
       CASE WHEN s.used >= l.total THEN 'over'
            WHEN s.used * 100.0 >= l.total * 90.0 THEN 'critical'
            WHEN s.used * 100.0 >= l.total * 70.0 THEN 'warning'
            ELSE 'healthy' END AS status
FROM quotakit.policy p
JOIN quotakit.account a ON a.account_id = p.account_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
CROSS JOIN LATERAL (
  SELECT t.now,
         CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
           ELSE quotakit.window_range(p.period, t.now, a.time_zone, a.billing_day, a.week_start) END AS win,
         CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, t.now) END AS since,
         CASE WHEN p.rolling THEN quotakit._rolling_length(p.period) END AS length,
         CASE WHEN p.rolling THEN quotakit._rolling_width(p.period) END AS width
  FROM (SELECT statement_timestamp() AS now) t) w
CROSS JOIN LATERAL (
  SELECT p.limit_amount + CASE WHEN p.boost_until > w.now THEN p.boost_amount ELSE 0 END AS total) l
LEFT JOIN LATERAL (
  -- The newest row is the state: one index descent, whatever came before.
  SELECT c.used, c.hold_until, c.hold_amount, c.bucket_start, c.bucket_used
  FROM quotakit.counter c
  WHERE c.account_id = p.account_id AND c.policy_id = p.policy_id AND c.window_start = lower(w.win)
  ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) c ON true
CROSS JOIN LATERAL (
  SELECT coalesce(CASE WHEN p.rolling THEN b.used ELSE c.used END, 0) AS used, b.first_bucket, h.held
  FROM (SELECT sum(u.used)::int8 AS used, min(u.bucket) FILTER (WHERE u.used <> 0) AS first_bucket
        FROM unnest(c.bucket_start, c.bucket_used) AS u(bucket, used) WHERE u.bucket >= w.since) b,
       (SELECT coalesce(sum(u.amount), 0)::int8 AS held
        FROM unnest(c.hold_until, c.hold_amount) AS u(until, amount) WHERE u.until > w.now) h) s
WHERE p.archived_at IS NULL;
COMMENT ON VIEW quotakit.policy_status IS 'Every live policy with what its current window has used and holds. Amounts are in the policy''s unit (USD, credits, requests, tokens). Reads one counter row a policy.';

CREATE VIEW quotakit.node_status WITH (security_invoker = true) AS
SELECT n.account_id, a.name AS account, n.node_id, n.path, n.service, n.tags,
       coalesce(s.status, 'none') AS status, coalesce(s.policies, 0) AS policies,
       s.policy_id, s.unit, s.period, s.rolling, s.enforcement, s.limit_amount, s.used, s.held, s.percent, s.resets_at,
       EXISTS (SELECT FROM quotakit.node f
               WHERE f.account_id = n.account_id AND f.path OPERATOR(quotakit.@>) n.path AND f.frozen_reason IS NOT NULL) AS frozen,
       EXISTS (SELECT FROM quotakit.node f
               WHERE f.account_id = n.account_id AND f.path OPERATOR(quotakit.@>) n.path AND f.archived_at IS NOT NULL) AS archived
FROM quotakit.node n
JOIN quotakit.account a ON a.account_id = n.account_id
LEFT JOIN LATERAL (
  SELECT p.*, count(*) OVER () AS policies
  FROM quotakit.policy_status p
  WHERE p.account_id = n.account_id AND p.node_id = n.node_id
  ORDER BY array_position('{healthy,warning,critical,over}', p.status) DESC, p.percent DESC, p.limit_amount DESC, p.policy_id
  LIMIT 1) s ON true;
COMMENT ON VIEW quotakit.node_status IS 'Every path with the worst of its policies: over from 100 % of the limit used, critical from 90, warning from 70, healthy below, none without a policy. The amounts are those of that policy.';

CREATE VIEW quotakit.open_reservation WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, n.path, n.service, r.model, r.reservation_id, r.at, r.expires_at,
       quotakit.from_nano(r.usd) AS held_usd, quotakit.from_nano(r.credits) AS held_credits,
       r.requests AS held_requests, r.tokens AS held_tokens, r.seq AS steps, r.recorded_at, r.key_id
FROM quotakit.reservation r
JOIN quotakit.account a ON a.account_id = r.account_id
JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
WHERE r.is_open AND r.expires_at > statement_timestamp()
  -- No hold is longer than a day, rounded up to the hour.
  AND r.recorded_at > statement_timestamp() - interval '26 hours'
  AND NOT EXISTS (SELECT FROM quotakit.reservation s
    WHERE s.account_id = r.account_id AND s.at = r.at AND s.reservation_id = r.reservation_id AND s.seq > r.seq)
  AND NOT EXISTS (SELECT FROM quotakit.event e
    WHERE e.account_id = r.account_id AND e.at = r.at AND e.event_id = r.reservation_id AND e.node_id = r.node_id);
COMMENT ON VIEW quotakit.open_reservation IS 'Reservations that still hold something: neither settled, released nor expired.';

CREATE VIEW quotakit.refusal_log WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, r.refusal_id, r.minute, r.reason, r.source, r.policy_id,
       pn.path AS policy_path, n.path AS call_path, n.service AS call_service, r.first->>'call_model' AS call_model, p.unit, p.period, p.rolling, p.enforcement,
       r.count, CASE WHEN p.unit IS NOT NULL THEN quotakit.in_unit(r.asked, p.unit) END AS asked,
       (r.first->>'limit')::numeric AS limit_amount, (r.first->>'used')::numeric AS used, (r.first->>'held')::numeric AS held,
       coalesce((r.first->>'at')::timestamptz, r.minute) AS first_at, coalesce((r.last->>'at')::timestamptz, r.minute) AS last_at
FROM quotakit.refusal r
JOIN quotakit.account a ON a.account_id = r.account_id
LEFT JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
LEFT JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id
LEFT JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id;
COMMENT ON VIEW quotakit.refusal_log IS 'Calls that were stopped, by policy and minute. limit_amount, used and held are those that the first of them met; asked is what they asked for together, in the policy''s unit. why(refusal_id) replays it.';

CREATE FUNCTION quotakit._payload(payload text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  call jsonb;
BEGIN
  call := payload::jsonb;
  RETURN CASE WHEN jsonb_typeof(call) = 'object' THEN call END;
EXCEPTION WHEN data_exception OR program_limit_exceeded OR statement_too_complex THEN
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._payload(text) IS 'What was sent as a JSON object; null if it is not one.';

CREATE FUNCTION quotakit._payload_amount(call jsonb, field text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN call->>field ~ '^[0-9]{1,18}(\.[0-9]{1,30})?$' THEN (call->>field)::numeric END $$;
COMMENT ON FUNCTION quotakit._payload_amount(jsonb, text) IS 'An amount in what was sent; null where it cannot be one.';

CREATE VIEW quotakit.unplaced_event WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, r.rejected_id, r.received_at, r.code, r.reason,
       coalesce(nullif(split_part(c.path, '/', 1), ''), '(unknown)') AS root, c.path,
       quotakit._payload_amount(c.call, 'usd') AS known_usd, quotakit._payload_amount(c.call, 'credits') AS known_credits, r.key_id
FROM quotakit.rejected_event r
JOIN quotakit.account a ON a.account_id = r.account_id
CROSS JOIN LATERAL (
  SELECT p.call, CASE WHEN jsonb_typeof(p.call->'path') = 'string' THEN p.call->>'path' END AS path
  -- OFFSET, so that what was sent is read once a row and not once a column.
  FROM (SELECT quotakit._payload(r.payload) AS call OFFSET 0) p) c
WHERE r.replayed_at IS NULL;
COMMENT ON VIEW quotakit.unplaced_event IS 'Every event that could not be recorded and has not been replayed. replay_rejected(rejected_id) submits it again.';

CREATE VIEW quotakit.unplaced_spend WITH (security_invoker = true) AS
SELECT x.account_id, x.account, x.root, sum(x.n)::int8 AS events, sum(x.usd) AS known_usd, sum(x.credits) AS known_credits,
       sum(x.unknown)::int8 AS events_of_unknown_cost,
       jsonb_object_agg(x.code, x.n) AS reasons, min(x.oldest) AS oldest_at, max(x.newest) AS newest_at
FROM (
  SELECT u.account_id, u.account, u.root, u.code, count(*) AS n,
         count(*) FILTER (WHERE u.known_usd IS NULL AND u.known_credits IS NULL) AS unknown,
         sum(u.known_usd) AS usd, sum(u.known_credits) AS credits, min(u.received_at) AS oldest, max(u.received_at) AS newest
  FROM quotakit.unplaced_event u
  GROUP BY 1, 2, 3, 4) x
GROUP BY x.account_id, x.account, x.root;
COMMENT ON VIEW quotakit.unplaced_spend IS 'Events that could not be recorded and have not been replayed, by the root of the path they named. They happened: their spend is missing from every other view. See unplaced_event and replay_rejected().';

CREATE VIEW quotakit.focus_1_2 WITH (security_invoker = true) AS
SELECT trim_scale(sum(u.cost_usd)) AS "BilledCost", trim_scale(sum(u.cost_usd)) AS "EffectiveCost",
       trim_scale(sum(u.cost_usd)) AS "ListCost", trim_scale(sum(u.cost_usd)) AS "ContractedCost",
       'USD'::text AS "BillingCurrency",
       u.account_id::text AS "BillingAccountId", u.account AS "BillingAccountName", 'Account'::text AS "BillingAccountType",
       quotakit.root(u.path)::text AS "SubAccountId", quotakit.root(u.path)::text AS "SubAccountName", 'Project'::text AS "SubAccountType",
       lower(b.period) AS "BillingPeriodStart", upper(b.period) AS "BillingPeriodEnd",
       u.hour AS "ChargePeriodStart", upper(quotakit.window_range('hour', u.hour, a.time_zone)) AS "ChargePeriodEnd",
       'Usage'::text AS "ChargeCategory", NULL::text AS "ChargeClass", 'Usage-Based'::text AS "ChargeFrequency",
       concat_ws(' ', coalesce(s.title, u.service), nullif(u.model, ''), 'for', u.path) AS "ChargeDescription",
       u.requests AS "ConsumedQuantity", 'Requests'::text AS "ConsumedUnit",
       u.requests AS "PricingQuantity", 'Requests'::text AS "PricingUnit", 'Standard'::text AS "PricingCategory",
       coalesce(s.title, u.service) AS "ProviderName", coalesce(s.title, u.service) AS "PublisherName",
       coalesce(s.title, u.service) AS "InvoiceIssuerName",
       'AI and Machine Learning'::text AS "ServiceCategory", 'Generative AI'::text AS "ServiceSubcategory",
       coalesce(s.title, u.service) AS "ServiceName",
       concat_ws('/', u.service, nullif(u.model, '')) AS "SkuId", 'Requests'::text AS "SkuMeter",
       u.path::text AS "ResourceId", u.path::text AS "ResourceName", 'Path'::text AS "ResourceType",
       jsonb_build_object('tags', n.tags) AS "Tags",
       u.tokens AS "x_Tokens", u.cost_credits AS "x_Credits"
FROM (SELECT u.account_id, u.account, u.path, u.service, u.model, u.hour, u.requests, u.tokens, u.cost_usd, u.cost_credits
      FROM quotakit.usage_hour u) u
JOIN quotakit.account a ON a.account_id = u.account_id
JOIN quotakit.node n ON n.account_id = u.account_id AND n.path OPERATOR(quotakit.=) u.path
LEFT JOIN LATERAL (
  SELECT v.title FROM quotakit.service v WHERE v.service = u.service AND v.account_id IN (u.account_id, 0)
  ORDER BY v.account_id DESC LIMIT 1) s ON true
CROSS JOIN LATERAL (SELECT quotakit.window_range('month', u.hour, a.time_zone, a.billing_day, a.week_start) AS period) b
GROUP BY u.account_id, u.account, u.path, u.service, u.model, u.hour, u.requests, u.tokens, u.cost_credits,
         a.time_zone, b.period, s.title, n.tags;
COMMENT ON VIEW quotakit.focus_1_2 IS 'Usage in the columns of the FinOps FOCUS 1.2 specification that apply: one row a path, model and hour. Names are quoted as the specification spells them; columns of our own begin with x_.';

-- Words for the columns, by name: the same name means the same in every view.
DO $$
DECLARE
  col record;
BEGIN
  FOR col IN
    SELECT c.oid::regclass AS view_name, a.attname,
      CASE WHEN c.relname = 'focus_1_2' AND a.attname !~ '^x_' THEN 'FOCUS 1.2 column ' || a.attname || '.'
      ELSE (SELECT w.words FROM (VALUES
        ('policy_status', 'window_start', 'When the current window began; -infinity for lifetime, the window''s length ago for a rolling policy.'),
        ('policy_status', 'resets_at', 'When the window ends; null for lifetime. For a rolling policy when its oldest usage stops counting; null without any.'),
        ('node_status', 'resets_at', 'The same as in policy_status, of that policy.'),
        ('node_status', 'used', 'What that policy has used: the headline spend.'),
        ('refusal_log', 'call_service', 'The service of that path.'),
        ('refusal_log', 'call_model', 'The model of the first call stopped; null without any.'),
        ('refusal_log', 'used', 'What was used when the first was stopped.'),
        ('refusal_log', 'held', 'What was held when the first was stopped.'),
        ('refusal_log', 'limit_amount', 'The limit when the first was stopped.'),
        ('refusal_log', 'reason', 'quota, unpriced (the cost was not known), unmeasured (the usage was not given) or frozen.'),
        ('open_reservation', 'at', 'The time in its id.'),
        ('open_reservation', 'recorded_at', 'When it was made, or last drawn on or extended.'),
        ('unplaced_spend', 'events', 'How many.'),
        ('unplaced_event', 'path', 'The path that it named, as it was sent; null where none can be read.'),
        ('unplaced_event', 'known_usd', 'Cost in USD where the call gave it.'),
        ('unplaced_event', 'reason', 'Why, in words.'),
        (NULL, 'rejected_id', 'Number of the rejected event.'), (NULL, 'received_at', 'When it came.'), (NULL, 'code', 'Why, as the code in the answer.'),
        (NULL, 'account_id', 'Number of the account.'), (NULL, 'account', 'Name of the account.'), (NULL, 'path', 'The path.'),
        (NULL, 'node_id', 'Number of the path.'), (NULL, 'service', 'The service; null for none or any.'),
        (NULL, 'model', 'The model; empty for none, null for any.'), (NULL, 'at', 'When the call happened.'),
        (NULL, 'event_id', 'The event''s id.'), (NULL, 'tier', 'Price tier.'), (NULL, 'requests', 'Requests.'),
        (NULL, 'input_tokens', 'Input tokens outside any cache.'), (NULL, 'cached_input_tokens', 'Input tokens read from a cache.'),
        (NULL, 'cache_write_tokens', 'Input tokens written to a cache.'), (NULL, 'output_tokens', 'Output tokens without reasoning.'),
        (NULL, 'reasoning_tokens', 'Reasoning tokens.'), (NULL, 'tokens', 'Tokens of all classes.'),
        (NULL, 'cost_usd', 'Cost in USD.'), (NULL, 'cost_credits', 'Cost in credits.'), (NULL, 'meters', 'Named meters.'),
        (NULL, 'tags', 'Tags.'), (NULL, 'overrun', 'It passed a limit.'), (NULL, 'late', 'Its reservation had expired.'),
        (NULL, 'unreserved', 'A strict policy applied and it was not reserved.'), (NULL, 'unpriced', 'A meter had no price; in sums: how many calls.'),
        (NULL, 'estimated', 'The usage is an estimate.'), (NULL, 'failed', 'The call failed; in sums: how many.'),
        (NULL, 'uncharged', 'It cost nothing.'), (NULL, 'adjustment', 'Corrects the cost of another event, named by ref_id.'),
        (NULL, 'now_priced', 'An adjustment of a call that was unpriced and is so no more.'),
        (NULL, 'amount_given', 'The caller gave the cost.'), (NULL, 'frozen', 'The path, or one above it, was frozen.'),
        (NULL, 'price_version', 'The newest price it was costed by.'), (NULL, 'recorded_at', 'When it was written.'),
        (NULL, 'ref_id', 'The reservation it was drawn from, or the event it adjusts.'), (NULL, 'key_id', 'The API key; null from SQL.'),
        (NULL, 'hour', 'Start of the hour of local time.'), (NULL, 'events', 'Calls.'), (NULL, 'policy_id', 'Number of the policy.'),
        (NULL, 'unit', 'usd, credits, requests or tokens.'), (NULL, 'period', 'The policy''s period.'), (NULL, 'rolling', 'Whether its window rolls.'),
        (NULL, 'enforcement', 'open, block, strict or shadow.'), (NULL, 'limit_amount', 'The limit with any boost, in the unit.'),
        (NULL, 'boosted_until', 'When a boost of the limit ends; null without one.'), (NULL, 'used', 'What the window has used, in the unit.'),
        (NULL, 'held', 'What open reservations hold, in the unit.'), (NULL, 'free', 'What is left: limit less used less held, at least 0.'),
        (NULL, 'percent', 'Used in percent of the limit, cut to two decimals: 100 only when it is full.'), (NULL, 'status', 'healthy, warning (70 %), critical (90 %), over (100 % of the limit used) or none.'),
        (NULL, 'policies', 'How many live policies stand on the path.'), (NULL, 'archived', 'The path, or one above it, is archived.'),
        (NULL, 'reservation_id', 'Its id, and that of the event that settles it.'), (NULL, 'expires_at', 'When it stops holding by itself.'),
        (NULL, 'held_usd', 'Held, in USD.'), (NULL, 'held_credits', 'Held, in credits.'), (NULL, 'held_requests', 'Held requests.'),
        (NULL, 'held_tokens', 'Held tokens.'), (NULL, 'steps', 'How often it was drawn on or extended.'),
        (NULL, 'refusal_id', 'Number that the caller was told.'), (NULL, 'minute', 'The minute.'), (NULL, 'source', 'reserve, shadow (would have been refused) or sdk.'),
        (NULL, 'policy_path', 'The path the policy stands on; null when frozen.'), (NULL, 'call_path', 'The path of the last call stopped.'),
        (NULL, 'count', 'How many calls.'), (NULL, 'asked', 'What they asked for together, in the unit.'),
        (NULL, 'first_at', 'When the first was stopped.'), (NULL, 'last_at', 'When the last was stopped.'),
        (NULL, 'root', 'Root of the path that was named; (unknown) where none can be read.'),
        (NULL, 'known_usd', 'Cost in USD where the call gave it; null where none did.'), (NULL, 'known_credits', 'Cost in credits where the call gave it.'),
        (NULL, 'events_of_unknown_cost', 'How many gave no cost.'), (NULL, 'reasons', 'How many by code.'),
        (NULL, 'oldest_at', 'When the oldest came.'), (NULL, 'newest_at', 'When the newest came.'),
        (NULL, 'x_Tokens', 'Tokens of all classes.'), (NULL, 'x_Credits', 'Cost in credits.')) AS w(rel, col, words)
        WHERE w.col = a.attname AND coalesce(w.rel, c.relname) = c.relname ORDER BY w.rel NULLS LAST LIMIT 1) END AS words
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'quotakit'::regnamespace
      AND c.relname IN ('ledger', 'usage_hour', 'policy_status', 'node_status', 'open_reservation', 'refusal_log', 'unplaced_event', 'unplaced_spend', 'focus_1_2')
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', col.view_name, col.attname, col.words);
  END LOOP;
END $$;
-- Why a call would be refused, or was.

CREATE FUNCTION quotakit._explain(account int4, path quotakit.qpath, service text, model text,
  usd numeric, requests int8, tokens int8, credits numeric)
RETURNS TABLE (policy_path text, policy_id int4, policy_service text, policy_model text, unit text, period text, rolling bool,
  enforcement text, limit_amount numeric, used numeric, held numeric, asked numeric, headroom numeric,
  exceeds bool, would_refuse bool, first_to_trip bool, window_start timestamptz, resets_at timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  node    quotakit.node := quotakit._node(account, path);
  serves  text := coalesce(service, node.service);
  above   quotakit.node;
  -- What a call's cost is found from. One that gives an amount but not this is refused as unpriced.
  priced  bool := tokens IS NOT NULL AND (serves IS NULL OR EXISTS (
    SELECT FROM quotakit.price p
    WHERE p.account_id IN (_explain.account, 0) AND p.service = serves AND p.model IN (coalesce(_explain.model, ''), '')
      AND p.superseded_by IS NULL AND p.valid_from <= statement_timestamp()));
BEGIN
  IF node.service IS NOT NULL AND serves <> node.service THEN
    RAISE EXCEPTION 'path "%" is of service "%", not "%"', path, node.service, left(serves, 200)
      USING ERRCODE = 'QK003';
  END IF;
  PERFORM quotakit._refuse_archived(account, path);
  -- A frozen path refuses before any policy is asked.
  FOR above IN
    SELECT n.* FROM quotakit.node n
    WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _explain.path AND n.frozen_reason IS NOT NULL
    ORDER BY n.path
  LOOP
    RETURN QUERY SELECT above.path::text, NULL::int4, NULL::text, NULL::text, NULL::text, NULL::text, NULL::bool,
      'frozen: ' || above.frozen_reason, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
      NULL::bool, true, NULL::bool, NULL::timestamptz, NULL::timestamptz;
  END LOOP;
  RETURN QUERY
  WITH asks AS (
    SELECT s.*, x.asked, s.enforcement = 'strict' AND x.asked IS NULL AND x.unknown AS unknown,
           trim_scale(s.limit_amount - s.used - CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END) AS headroom
    FROM quotakit.policy_status s
    CROSS JOIN LATERAL (
      SELECT CASE s.unit WHEN 'usd' THEN usd WHEN 'credits' THEN credits
        WHEN 'requests' THEN requests::numeric ELSE tokens::numeric END AS asked,
        -- A strict limit refuses a call that says something, but not how much in this unit.
        CASE s.unit WHEN 'usd' THEN coalesce(tokens::numeric, credits) IS NOT NULL AND NOT priced
          WHEN 'credits' THEN usd IS NOT NULL AND tokens IS NULL
          WHEN 'tokens' THEN coalesce(usd, credits) IS NOT NULL ELSE false END AS unknown) x
    WHERE s.account_id = account
      AND s.node_id IN (SELECT n.node_id FROM quotakit.node n WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _explain.path)
      AND (s.service IS NULL OR s.service = serves)
      AND (s.model IS NULL OR s.model = model)
  ), ranked AS (
    -- The one that fits the fewest more of such calls: none, where they are refused as unknown; without amounts, the one
    -- with the smallest share left.
    SELECT a.policy_id AS id, row_number() OVER (ORDER BY NOT a.unknown,
      CASE WHEN a.asked > 0 THEN 0 ELSE 1 END,
      CASE WHEN a.asked > 0 THEN a.headroom / a.asked ELSE a.headroom / greatest(a.limit_amount, 0.000000001) END, a.path, a.policy_id) AS place
    FROM asks a WHERE a.enforcement IN ('strict', 'block') AND (a.asked IS NULL OR a.asked > 0)
  )
  SELECT a.path::text, a.policy_id, a.service, a.model, a.unit, a.period, a.rolling, a.enforcement, a.limit_amount, a.used, a.held, a.asked,
         a.headroom,
         a.used + a.held + coalesce(a.asked, 0.000000001) > a.limit_amount,
         CASE a.enforcement WHEN 'strict' THEN a.unknown OR a.used + a.held + coalesce(a.asked, 0.000000001) > a.limit_amount
           WHEN 'block' THEN a.used >= a.limit_amount ELSE false END,
         coalesce(r.place = 1, false), a.window_start, a.resets_at
  FROM asks a LEFT JOIN ranked r ON r.id = a.policy_id
  ORDER BY a.path, a.policy_id;
END $$;
COMMENT ON FUNCTION quotakit._explain IS 'explain() for a given account; the function around it has found out who asks.';

CREATE FUNCTION quotakit.explain(path quotakit.qpath, service text DEFAULT NULL, model text DEFAULT NULL,
  usd numeric DEFAULT NULL, requests int8 DEFAULT 1, tokens int8 DEFAULT NULL, credits numeric DEFAULT NULL)
RETURNS TABLE (policy_path text, policy_id int4, policy_service text, policy_model text, unit text, period text, rolling bool,
  enforcement text, limit_amount numeric, used numeric, held numeric, asked numeric, headroom numeric,
  exceeds bool, would_refuse bool, first_to_trip bool, window_start timestamptz, resets_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM quotakit._explain(quotakit._acting_account('viewer'), $1, $2, $3, $4, $5, $6, $7);
END $$;
COMMENT ON FUNCTION quotakit.explain(quotakit.qpath, text, text, numeric, int8, int8, numeric) IS 'Each policy that a call on a path would be asked by, from the root down: what it has, what the call asks (usd and credits decimal; null where not given), headroom (limit less used less held; of a block policy limit less used), whether the call exceeds the limit, whether it would be refused (open and shadow never do), and which policy trips first if such calls go on. Where no amount is given (usd, credits, tokens) the question is whether anything at all is left; where one is, but not the unit of a strict policy, that policy refuses, as reserve() does: unpriced or unmeasured. What tokens cost is not computed: with tokens and no usd a policy in USD would refuse if the model has no price at all by now, else if nothing is left, and alike in credits; give usd to know more. A frozen path comes first, without a policy. service: the path''s when null. Errors: QK001, QK002, QK003, QK016.';

CREATE FUNCTION quotakit.why(refusal_id int8) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  acct    int4 := quotakit._acting_account('viewer');
  r       record;
  f       jsonb;
  n       int4 := 0;
  unit    text;
  total   numeric;
  verdict text;
BEGIN
  SELECT x.*, a.time_zone INTO r FROM quotakit.refusal x JOIN quotakit.account a ON a.account_id = x.account_id
  WHERE x.account_id = acct AND x.refusal_id = why.refusal_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refusal % does not exist', why.refusal_id USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM set_config('timezone', r.time_zone, true);
  unit := r.first->>'unit';
  verdict := CASE r.source WHEN 'shadow' THEN 'would have been refused' ELSE 'refused' END;
  IF unit IS NOT NULL THEN
    RETURN NEXT format('policy %s on %s: %s, at most %s %s%s', r.policy_id, r.first->>'path', r.first->>'enforcement',
      quotakit._human((r.first->>'limit')::numeric, unit),
      CASE WHEN r.first->>'period' = 'lifetime' THEN 'in its lifetime' WHEN (r.first->>'rolling')::bool THEN 'in any ' || (r.first->>'period')
           ELSE 'a ' || (r.first->>'period') END,
      coalesce(' for ' || nullif(concat_ws(' ', r.first->>'service', r.first->>'model'), ''), ''));
  END IF;
  FOR f IN SELECT * FROM (VALUES (r.first), (CASE WHEN r.count > 1 THEN r.last END)) AS v(x) WHERE x IS NOT NULL LOOP
    n := n + 1;
    RETURN NEXT format('%s at %s: %s', CASE WHEN r.count = 1 THEN 'one call' WHEN n = 1 THEN format('the first of %s calls', r.count) ELSE 'the last' END,
      coalesce((f->>'at')::timestamptz, r.minute),
      coalesce((f->>'call_path') || coalesce(' with ' || nullif(f->>'call_model', ''), ''), 'reported by the SDK'));
    IF r.reason = 'frozen' THEN
      RETURN NEXT format('  %s is frozen (%s): refused', coalesce(f->>'frozen_path', f->>'call_path'), coalesce(f->>'frozen_reason', 'no reason given'));
    ELSIF r.reason = 'unpriced' THEN
      RETURN NEXT '  its cost is not known: a limit in USD cannot be kept without a price or an amount: ' || verdict;
    ELSIF r.reason = 'unmeasured' THEN
      RETURN NEXT format('  its usage is not given: a limit in %s cannot be kept without it: %s', unit, verdict);
    ELSIF f ? 'used' AND f ? 'asked' AND f ? 'limit' THEN
      total := (f->>'used')::numeric + (f->>'held')::numeric + (f->>'asked')::numeric;
      IF f->>'enforcement' = 'block' THEN
        RETURN NEXT format('  used %s >= limit %s: refused', f->>'used', f->>'limit');
      ELSE
        RETURN NEXT format('  used %s + held %s + asked %s = %s > limit %s: %s', f->>'used', f->>'held', f->>'asked', trim_scale(total), f->>'limit', verdict);
      END IF;
    END IF;
    IF r.reason = 'quota' AND f ? 'resets_at' THEN
      RETURN NEXT format('  %s; frees at %s',
        CASE WHEN (f->>'rolling')::bool THEN 'rolling window'
             ELSE 'window since ' || coalesce((f->>'window_start')::timestamptz::text, 'ever') END, coalesce(((f->>'resets_at')::timestamptz)::text, 'no time: raise the limit'));
    END IF;
  END LOOP;
  FOR f IN SELECT to_jsonb(s) FROM quotakit.policy_status s WHERE s.account_id = acct AND s.policy_id = r.policy_id LOOP
    RETURN NEXT format('now: used %s + held %s of limit %s, %s left', f->>'used', f->>'held', f->>'limit_amount', f->>'free');
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.why(int8) IS 'Replays the arithmetic of a refusal by its number (in the answer, and in refusal_log): the policy, what was used, held and asked, when it frees, and how things stand now. Times in the account''s time zone. Errors: undefined_object, QK016.';
-- What will be, at the present rate, and what would have been.

CREATE FUNCTION quotakit.forecast(policy_id int4)
RETURNS TABLE (policy_path text, unit text, limit_amount numeric, used numeric, pace_per_hour numeric, window_start timestamptz,
  window_end timestamptz, projected numeric, projected_percent numeric, trips_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct    int4 := quotakit._acting_account('viewer');
  s       record;
  now     timestamptz := clock_timestamp();
  len     numeric;
  recent  numeric;
  fading  numeric := 0;
  hours   numeric;
BEGIN
  SELECT * INTO s FROM quotakit.policy_status p WHERE p.account_id = acct AND p.policy_id = forecast.policy_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', forecast.policy_id USING ERRCODE = 'undefined_object';
  END IF;
  policy_path := s.path; unit := s.unit; limit_amount := s.limit_amount; used := s.used;
  window_start := s.window_start;
  IF s.rolling THEN
    -- The last quarter of the window says how fast it fills, the rest how fast it empties.
    len := extract(epoch FROM quotakit._rolling_length(s.period)) / 3600;
    SELECT coalesce(sum(quotakit.in_unit(b.used, s.unit)) FILTER (WHERE b.bucket > now - quotakit._rolling_length(s.period) / 4), 0) INTO recent
    FROM (SELECT c.bucket_start, c.bucket_used FROM quotakit.counter c
          WHERE c.account_id = acct AND c.policy_id = forecast.policy_id ORDER BY c.window_start DESC, c.seq DESC LIMIT 1) c,
      unnest(c.bucket_start, c.bucket_used) AS b(bucket, used)
    WHERE b.bucket >= quotakit.rolling_since(s.period, now);
    pace_per_hour := recent / (len / 4);
    fading := (s.used - recent) / (len * 3 / 4);
    projected := pace_per_hour * len;
  ELSE
    IF s.period = 'lifetime' THEN
      -- From the first day on which anything was used.
      SELECT least(p.created_at, min(quotakit._day_start(a, d.day))) INTO window_start
      FROM quotakit.policy p
      JOIN quotakit.account a ON a.account_id = p.account_id
      LEFT JOIN quotakit.subtree_day d ON d.account_id = p.account_id AND d.node_id = p.node_id
        AND (p.service IS NULL OR d.service = p.service) AND (p.model IS NULL OR d.model = p.model)
      WHERE p.account_id = acct AND p.policy_id = forecast.policy_id
      GROUP BY p.created_at;
    ELSE
      window_end := s.resets_at;
    END IF;
    pace_per_hour := s.used / greatest(extract(epoch FROM now - coalesce(window_start, now - interval '1 hour')) / 3600, 1.0 / 60);
    projected := CASE WHEN window_end IS NOT NULL THEN s.used + pace_per_hour * greatest(extract(epoch FROM window_end - now) / 3600, 0) END;
  END IF;
  IF s.used >= s.limit_amount THEN
    trips_at := now;
  ELSIF pace_per_hour > fading THEN
    hours := (s.limit_amount - s.used) / (pace_per_hour - fading);
    -- Nobody plans a century ahead.
    IF hours < 876000 AND (window_end IS NULL OR hours <= extract(epoch FROM window_end - now) / 3600)
       AND (NOT s.rolling OR projected >= s.limit_amount) THEN
      trips_at := now + hours * interval '1 hour';
    END IF;
  END IF;
  projected_percent := CASE WHEN s.limit_amount > 0 THEN round(100 * projected / s.limit_amount, 2) END;
  pace_per_hour := trim_scale(round(pace_per_hour, 9));
  projected := trim_scale(round(projected, 9));
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.forecast(int4) IS 'Where a policy stands at the end of its window at the present rate: pace_per_hour over the elapsed window (a rolling policy: its last quarter; lifetime: since the first usage), projected total in the policy''s unit (null for lifetime), and when it trips: now if it has, null if it does not before the window ends. An estimate. Errors: undefined_object, QK016.';

CREATE FUNCTION quotakit.simulate(path quotakit.qpath, amount numeric, unit text DEFAULT 'usd', period text DEFAULT 'month',
  service text DEFAULT NULL, model text DEFAULT NULL, rolling bool DEFAULT false,
  since timestamptz DEFAULT now() - interval '30 days', until timestamptz DEFAULT now(), enforcement text DEFAULT 'strict')
RETURNS TABLE (window_start timestamptz, window_end timestamptz, asked int8, granted int8, refused int8,
  amount_asked numeric, amount_granted numeric, amount_refused numeric, first_refusal_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  acct    quotakit.account;
  node    quotakit.node;
  scale   numeric := CASE WHEN unit IN ('usd', 'credits') THEN 0.000000001 ELSE 1 END;
  below   int4[];
  lim     numeric;
  ask     record;
  win     tstzrange;
  used    numeric := 0;
  -- Rolling: what each bucket has used, and the first that still counts.
  buckets timestamptz[] := '{}';
  amounts numeric[] := '{}';
  head    int4 := 1;
  got     int8;
  kept    timestamptz;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = quotakit._acting_account('viewer');
  node := quotakit._node(acct.account_id, path);
  IF unit IS NULL OR unit NOT IN ('usd', 'credits', 'requests', 'tokens')
     OR period IS NULL OR period NOT IN ('minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'lifetime')
     OR enforcement IS NULL OR enforcement NOT IN ('strict', 'block', 'open', 'shadow')
     OR rolling IS NULL OR (rolling AND period = 'lifetime') OR amount IS NULL OR since IS NULL OR until IS NULL THEN
    RAISE EXCEPTION 'there is no such policy'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'unit: usd, credits, requests, tokens; period: minute, hour, day, week, month, quarter, year, lifetime (never rolling); enforcement: strict, block, open, shadow.';
  END IF;
  lim := quotakit._to_unit(amount, unit);
  kept := greatest(since, acct.sealed_until);
  IF kept > since THEN
    RAISE NOTICE 'events before % have been dropped', acct.sealed_until;
  END IF;
  SELECT coalesce(array_agg(n.node_id), '{}') INTO below FROM quotakit.node n
  WHERE n.account_id = acct.account_id AND n.path OPERATOR(quotakit.<@) simulate.path
    AND (simulate.service IS NULL OR n.service = simulate.service);
  window_start := NULL;
  FOR ask IN
    SELECT * FROM (
      SELECT e.at, 1::int8 AS n,
             CASE unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
               ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END::numeric AS amount
      FROM quotakit.event e
      WHERE e.account_id = acct.account_id AND e.at >= kept AND e.at < until AND e.node_id = ANY (below)
        AND (model IS NULL OR e.model = model) AND e.flags & 128 = 0
      UNION ALL
      -- What was refused then had been asked, too. A refusal counts in its policy's unit only.
      SELECT r.minute, r.count, r.asked::numeric / r.count
      FROM quotakit.refusal r
      JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id AND p.unit = simulate.unit
      WHERE r.account_id = acct.account_id AND r.minute >= kept AND r.minute < until AND r.node_id = ANY (below)
        AND r.source = 'reserve' AND r.count > 0 AND (model IS NULL OR r.first->>'call_model' = model)) x
    ORDER BY x.at
  LOOP
    IF window_start IS NULL OR (NOT rolling AND ask.at >= window_end) THEN
      IF window_start IS NOT NULL THEN
        RETURN NEXT;
      END IF;
      win := CASE WHEN rolling OR period = 'lifetime' THEN tstzrange(since, until)
        ELSE quotakit.window_range(period, ask.at, acct.time_zone, acct.billing_day, acct.week_start) END;
      window_start := lower(win); window_end := upper(win);
      asked := 0; granted := 0; refused := 0; amount_asked := 0; amount_granted := 0; amount_refused := 0; first_refusal_at := NULL;
      used := 0;
    END IF;
    IF rolling THEN
      WHILE head <= cardinality(buckets) AND buckets[head] < quotakit.rolling_since(period, ask.at) LOOP
        used := used - amounts[head];
        head := head + 1;
      END LOOP;
      -- The arrays are cut now and then, not at every step.
      IF head > 256 THEN
        buckets := buckets[head:]; amounts := amounts[head:]; head := 1;
      END IF;
    END IF;
    -- How many of n equal asks are granted.
    got := CASE WHEN enforcement = 'open' THEN ask.n
      WHEN enforcement = 'block' THEN
        CASE WHEN used >= lim THEN 0 WHEN ask.amount <= 0 THEN ask.n ELSE least(ask.n, ceil((lim - used) / ask.amount)) END
      WHEN ask.amount <= 0 THEN CASE WHEN used + ask.amount > lim THEN 0 ELSE ask.n END
      ELSE greatest(least(ask.n, floor((lim - used) / ask.amount)), 0) END;
    asked := asked + ask.n; granted := granted + got; refused := refused + ask.n - got;
    amount_asked := trim_scale(amount_asked + ask.n * ask.amount * scale);
    amount_granted := trim_scale(amount_granted + got * ask.amount * scale);
    amount_refused := trim_scale(amount_refused + (ask.n - got) * ask.amount * scale);
    IF got < ask.n AND first_refusal_at IS NULL THEN
      first_refusal_at := ask.at;
    END IF;
    used := used + got * ask.amount;
    IF rolling AND got > 0 THEN
      IF cardinality(buckets) >= head AND buckets[cardinality(buckets)] = quotakit.rolling_bucket(period, ask.at) THEN
        amounts[cardinality(amounts)] := amounts[cardinality(amounts)] + got * ask.amount;
      ELSE
        buckets := buckets || quotakit.rolling_bucket(period, ask.at);
        amounts := amounts || got * ask.amount;
      END IF;
    END IF;
  END LOOP;
  IF window_start IS NOT NULL THEN
    RETURN NEXT;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.simulate(quotakit.qpath, numeric, text, text, text, text, bool, timestamptz, timestamptz, text) IS 'Replays the recorded and the refused calls of a path and everything below it, from since to before until, against a policy that does not exist: one row a window (one row for a rolling or lifetime policy) with how many were asked, granted and refused, how much (in the unit), and when the first was refused. Every call settles at once; refusals of the past count where their policy had the same unit, adjustments do not. shadow is replayed as strict, open refuses nothing. Reads the ledger. Errors: 22023, QK001, QK008, QK016.';
-- Rewrites what verify() finds off.

CREATE FUNCTION quotakit._repair_counter(account_id int4, policy_id int4, window_start timestamptz, diffs jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now     timestamptz := clock_timestamp();
  rolling bool;
  c       quotakit.counter;
  used    numeric;
  hold_u  timestamptz[]; hold_a numeric[];
  buck_s  timestamptz[]; buck_u numeric[];
BEGIN
  SELECT p.rolling INTO STRICT rolling FROM quotakit.policy p
  WHERE p.account_id = _repair_counter.account_id AND p.policy_id = _repair_counter.policy_id;
  SELECT x.* INTO c FROM quotakit.counter x
  WHERE x.account_id = _repair_counter.account_id AND x.policy_id = _repair_counter.policy_id
    AND x.window_start = _repair_counter.window_start
  ORDER BY x.seq DESC LIMIT 1;
  -- What is stored, plus what is off.
  SELECT array_agg(u ORDER BY u), array_agg(s ORDER BY u) INTO hold_u, hold_a FROM (
    SELECT u, sum(h) AS s FROM (
      SELECT u, h::numeric FROM unnest(c.hold_until, c.hold_amount) AS x(u, h) WHERE u > now
      UNION ALL
      SELECT (d->>'hold_until')::timestamptz, (d->>'off')::numeric FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'held') y(u, h)
    GROUP BY u HAVING sum(h) <> 0) z;
  SELECT array_agg(b ORDER BY b), array_agg(s ORDER BY b) INTO buck_s, buck_u FROM (
    SELECT b, sum(u) AS s FROM (
      SELECT b, u::numeric FROM unnest(c.bucket_start, c.bucket_used) AS x(b, u)
      UNION ALL
      SELECT (d->>'bucket')::timestamptz, (d->>'off')::numeric FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'bucket') y(b, u)
    GROUP BY b HAVING sum(u) <> 0) z;
  IF rolling THEN
    SELECT coalesce(sum(u), 0) INTO used FROM unnest(buck_u) u;
  ELSE
    SELECT coalesce(c.used, 0) + coalesce(sum((d->>'off')::numeric), 0) INTO used
    FROM jsonb_array_elements(diffs) d WHERE d->>'measure' = 'used';
  END IF;
  PERFORM quotakit._write_counter(_repair_counter.account_id, _repair_counter.policy_id, _repair_counter.window_start,
    used, hold_u, hold_a, buck_s, buck_u);
END $$;
COMMENT ON FUNCTION quotakit._repair_counter(int4, int4, timestamptz, jsonb) IS 'Writes a counter anew: as it is, plus what verify() found off. The caller holds the project''s lock.';

CREATE FUNCTION quotakit.repair(account text DEFAULT NULL)
RETURNS TABLE (account_name text, object text, key jsonb, expected numeric, found numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  acct  record;
  diffs jsonb;
  c     record;
BEGIN
  PERFORM quotakit._require_read_committed();
  IF repair.account IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.account a WHERE a.name = repair.account) THEN
    RAISE EXCEPTION 'account "%" does not exist', repair.account USING ERRCODE = 'QK016';
  END IF;
  FOR acct IN SELECT a.account_id, a.name FROM quotakit.account a
              WHERE repair.account IS NULL OR a.name = repair.account ORDER BY a.account_id LOOP
    -- Nothing is locked where nothing is wrong.
    CONTINUE WHEN NOT EXISTS (SELECT FROM quotakit.verify(acct.name));
    -- The account first, as every change of it does: in another order two could wait for each other.
    PERFORM quotakit._lock_account(acct.account_id);
    PERFORM quotakit._recut_begin(acct.account_id);
    SELECT jsonb_agg(jsonb_build_object('object', v.object, 'key', v.key, 'expected', v.expected, 'found', v.found)) INTO diffs
    FROM quotakit.verify(acct.name) v WHERE v.object NOT IN ('event', 'reservation');
    CONTINUE WHEN diffs IS NULL;

    -- Rollups: a delta that makes the sum right.
    INSERT INTO quotakit.rollup_delta
      (account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT acct.account_id, (k->>'node_id')::int4, (k->>'hour')::timestamptz, k->>'model',
           coalesce(sum(off) FILTER (WHERE measure = 'events'), 0), coalesce(sum(off) FILTER (WHERE measure = 'failed'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'unpriced'), 0), coalesce(sum(off) FILTER (WHERE measure = 'requests'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'input_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'cached_input_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'cache_write_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'output_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'reasoning_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'usd'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'credits'), 0)
    FROM (SELECT d->'key' AS k, d->'key'->>'measure' AS measure, (d->>'expected')::numeric - (d->>'found')::numeric AS off
          FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'rollup') x
    GROUP BY 2, 3, 4;

    INSERT INTO quotakit.subtree_hour AS t
      (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT acct.account_id, (k->>'node_id')::int4, (k->>'hour')::timestamptz, k->>'service', k->>'model',
           coalesce(sum(off) FILTER (WHERE measure = 'events'), 0), coalesce(sum(off) FILTER (WHERE measure = 'failed'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'unpriced'), 0), coalesce(sum(off) FILTER (WHERE measure = 'requests'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'input_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'cached_input_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'cache_write_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'output_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'reasoning_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'usd'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'credits'), 0)
    FROM (SELECT d->'key' AS k, d->'key'->>'measure' AS measure, (d->>'expected')::numeric - (d->>'found')::numeric AS off
          FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'subtree_hour') x
    GROUP BY 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, hour, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits;

    INSERT INTO quotakit.subtree_day AS t
      (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
    SELECT acct.account_id, (k->>'node_id')::int4, (k->>'day')::date, k->>'service', k->>'model',
           coalesce(sum(off) FILTER (WHERE measure = 'events'), 0), coalesce(sum(off) FILTER (WHERE measure = 'failed'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'unpriced'), 0), coalesce(sum(off) FILTER (WHERE measure = 'requests'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'input_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'cached_input_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'cache_write_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'output_tokens'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'reasoning_tokens'), 0), coalesce(sum(off) FILTER (WHERE measure = 'usd'), 0),
           coalesce(sum(off) FILTER (WHERE measure = 'credits'), 0)
    FROM (SELECT d->'key' AS k, d->'key'->>'measure' AS measure, (d->>'expected')::numeric - (d->>'found')::numeric AS off
          FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'subtree_day') x
    GROUP BY 2, 3, 4, 5
    ON CONFLICT (account_id, node_id, day, service, model) DO UPDATE SET
      events = t.events + excluded.events, failed = t.failed + excluded.failed,
      unpriced = t.unpriced + excluded.unpriced, requests = t.requests + excluded.requests,
      input_tokens = t.input_tokens + excluded.input_tokens, cached_input_tokens = t.cached_input_tokens + excluded.cached_input_tokens,
      cache_write_tokens = t.cache_write_tokens + excluded.cache_write_tokens, output_tokens = t.output_tokens + excluded.output_tokens,
      reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens, usd = t.usd + excluded.usd,
      credits = t.credits + excluded.credits;

    FOR c IN
      SELECT (d->'key'->>'policy_id')::int4 AS policy_id, (d->'key'->>'window_start')::timestamptz AS window_start,
             jsonb_agg(d->'key' || jsonb_build_object('off', (d->>'expected')::numeric - (d->>'found')::numeric)) AS diffs
      FROM jsonb_array_elements(diffs) d WHERE d->>'object' = 'counter'
      GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
      PERFORM quotakit._repair_counter(acct.account_id, c.policy_id, c.window_start, c.diffs);
    END LOOP;

    INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after)
    SELECT acct.account_id, quotakit._actor(), 'repair', 'update',
           jsonb_build_object('rows', jsonb_agg(d - 'expected')), jsonb_build_object('changed', jsonb_array_length(diffs), 'rows', jsonb_agg(d - 'found'))
    FROM jsonb_path_query(diffs, '$[0 to 99]') d;
    RETURN QUERY SELECT acct.name, d->>'object', d->'key', (d->>'expected')::numeric, (d->>'found')::numeric
                 FROM jsonb_array_elements(diffs) d;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.repair(text) IS 'Rewrites what verify() finds off in counters and rollups of an account (all by default), with its projects locked; calls on them are answered busy meanwhile. Returns what it changed; audit_log keeps that too, at most 100 rows of it in full. Events and reservations are never touched. Errors: QK016, feature_not_supported above READ COMMITTED.';
-- Retention: what leaves the ledger stays in rollups, and in baselines for the
-- windows that go on, so that verify() stays exact.

CREATE FUNCTION quotakit._seal(account_id int4, cut timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct quotakit.account;
  now  timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _seal.account_id;
  IF cut <= acct.sealed_until THEN
    RETURN;
  END IF;
  WITH pol AS (
    SELECT p.*, CASE WHEN p.rolling OR p.period = 'lifetime' THEN '[-infinity,infinity)'::tstzrange
             ELSE quotakit.window_range(p.period, cut, acct.time_zone, acct.billing_day, acct.week_start) END AS win,
           CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, now) END AS since
    FROM quotakit.policy p WHERE p.account_id = acct.account_id AND p.archived_at IS NULL
  ), pol_node AS MATERIALIZED (
    SELECT p.*, c.node_id AS counted_id
    FROM pol p CROSS JOIN LATERAL unnest(quotakit._policy_nodes(p.account_id, p.policy_id)) AS c(node_id)
    -- Only windows that go on past the cut and are counted.
    WHERE lower(p.win) < cut AND upper(p.win) > p.counts_from
  ), part AS (
    SELECT p.policy_id, CASE WHEN p.rolling THEN quotakit.rolling_bucket(p.period, e.at) ELSE lower(p.win) END AS window_start,
           CASE p.unit WHEN 'usd' THEN e.usd WHEN 'credits' THEN e.credits WHEN 'requests' THEN e.requests
             ELSE e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens END AS amount
    FROM pol_node p
    JOIN quotakit.event e ON e.account_id = acct.account_id AND e.node_id = p.counted_id AND (p.model IS NULL OR e.model = p.model)
    WHERE e.at >= acct.sealed_until AND e.at < cut AND e.at >= lower(p.win) AND (p.since IS NULL OR e.at >= p.since)
  )
  INSERT INTO quotakit.baseline AS b (account_id, policy_id, window_start, used)
  SELECT acct.account_id, policy_id, window_start, quotakit._amount(sum(amount))
  FROM part GROUP BY policy_id, window_start HAVING sum(amount) <> 0
  ON CONFLICT (account_id, policy_id, window_start) DO UPDATE SET used = b.used + excluded.used;

  -- Baselines and counters of windows that are over.
  DELETE FROM quotakit.baseline b USING quotakit.policy p
  WHERE b.account_id = acct.account_id AND p.account_id = acct.account_id AND p.policy_id = b.policy_id
    AND CASE WHEN p.rolling THEN b.window_start < quotakit.rolling_since(p.period, now)
             WHEN b.window_start >= cut OR p.period = 'lifetime' THEN false
             ELSE upper(quotakit.window_range(p.period, b.window_start, acct.time_zone, acct.billing_day, acct.week_start)) <= cut END;
  DELETE FROM quotakit.counter c USING quotakit.policy p
  WHERE c.account_id = acct.account_id AND p.account_id = acct.account_id AND p.policy_id = c.policy_id
    AND NOT p.rolling AND p.period <> 'lifetime' AND c.window_start < cut
    AND upper(quotakit.window_range(p.period, c.window_start, acct.time_zone, acct.billing_day, acct.week_start)) <= cut;

  UPDATE quotakit.account a SET sealed_until = cut, config_version = nextval('quotakit.config_version_seq')
  WHERE a.account_id = acct.account_id;
END $$;
COMMENT ON FUNCTION quotakit._seal(int4, timestamptz) IS 'Seals an account''s ledger before cut, the start of a local day: what unfinished windows have counted there goes to their baselines, and no event can come there any more. The caller has stopped the account''s writers.';

CREATE FUNCTION quotakit._retain_account(account_id int4) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
-- A transaction that sleeps on one project must not hold up the others.
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
  acct quotakit.account;
  cut  timestamptz;
  n    int8;
  done int8 := 0;
BEGIN
  SELECT * INTO acct FROM quotakit.account a WHERE a.account_id = _retain_account.account_id AND a.account_id > 0;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  cut := lower(quotakit.window_range('day', clock_timestamp() - acct.retention, acct.time_zone));
  IF cut > acct.sealed_until THEN
    -- The account first, as every change of it does: in another order two could wait for each other.
    PERFORM quotakit._lock_account(acct.account_id);
    PERFORM quotakit._recut_begin(acct.account_id);
    -- A reservation that still holds keeps its day.
    SELECT least(cut, lower(quotakit.window_range('day', min(r.at), acct.time_zone))) INTO cut
    FROM quotakit.reservation r
    WHERE r.account_id = acct.account_id AND r.at < cut AND r.is_open AND r.expires_at > clock_timestamp();
    PERFORM quotakit._seal(acct.account_id, cut);
    SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _retain_account.account_id;
  END IF;
  DELETE FROM quotakit.refusal r WHERE r.account_id = acct.account_id AND r.minute < acct.sealed_until;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  DELETE FROM quotakit.rejected_event r WHERE r.account_id = acct.account_id AND r.received_at < acct.sealed_until;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN done + n;
END $$;
COMMENT ON FUNCTION quotakit._retain_account(int4) IS 'Seals what is older than the account''s retention and deletes its old refusals and rejected events; returns how many. Errors: lock_not_available when a project''s lock is not to be had in half a second.';

CREATE FUNCTION quotakit._partitions() RETURNS TABLE (parent text, partition text, since timestamptz, until timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.relname::text, c.relname::text, m.since, m.since + interval '1 month'
  FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent
  JOIN pg_class c ON c.oid = i.inhrelid
  LEFT JOIN LATERAL (SELECT make_timestamptz(d[1]::int4, d[2]::int4, 1, 0, 0, 0, 'UTC') AS since
                     FROM regexp_match(c.relname, '_(\d{4,5})_(\d\d)$') AS d) m ON true
  WHERE i.inhparent IN ('quotakit.event'::regclass, 'quotakit.reservation'::regclass)
  ORDER BY 1, 3
$$;
COMMENT ON FUNCTION quotakit._partitions() IS 'The attached partitions of event and reservation; the default ones without times.';

CREATE FUNCTION quotakit.drop_partitions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' SET timezone = 'UTC'
AS $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT * FROM quotakit._partitions() x WHERE x.until <= now() - interval '35 days' LOOP
    CONTINUE WHEN EXISTS (SELECT FROM quotakit.account a WHERE a.account_id > 0 AND a.sealed_until < p.until);
    BEGIN
      -- With the parent locked nobody is on the way to the partition; asked again, an
      -- account may have come meanwhile.
      EXECUTE format('LOCK TABLE ONLY quotakit.%I IN ACCESS EXCLUSIVE MODE', p.parent);
      IF NOT EXISTS (SELECT FROM quotakit.account a WHERE a.account_id > 0 AND a.sealed_until < p.until) THEN
        EXECUTE format('DROP TABLE quotakit.%I', p.partition);
        RETURN NEXT p.partition;
      END IF;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      RAISE NOTICE 'partition % is in use and is left for the next run', p.partition;
    END;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.drop_partitions() IS 'Drops the monthly partitions that every account has sealed; returns their names. One that is in use for longer than 200 ms is left for the next run. It holds the table''s lock until its transaction ends.';

CREATE FUNCTION quotakit._delete_sealed(account_id int4, max_rows int4) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  sealed timestamptz;
  p      record;
  n      int8;
  done   int8 := 0;
BEGIN
  SELECT a.sealed_until INTO STRICT sealed FROM quotakit.account a WHERE a.account_id = _delete_sealed.account_id;
  -- A month that the account has not sealed to its end, or that is dropped soon, is not worth deleting from.
  FOR p IN SELECT * FROM quotakit._partitions() x WHERE x.until IS NULL OR x.until <= sealed LOOP
    EXECUTE format('DELETE FROM quotakit.%1$I WHERE ctid = ANY (ARRAY(
        SELECT x.ctid FROM quotakit.%1$I x WHERE x.account_id = $1 AND x.at < $2 LIMIT $3))', p.partition)
      USING _delete_sealed.account_id, sealed, max_rows - done;
    GET DIAGNOSTICS n = ROW_COUNT;
    done := done + n;
    EXIT WHEN done >= max_rows;
  END LOOP;
  RETURN done;
END $$;
COMMENT ON FUNCTION quotakit._delete_sealed(int4, int4) IS 'Deletes at most max_rows events and reservations that an account has sealed, from months that other accounts still need and from the default partitions; returns how many.';
-- Jobs: what should be done now and then. Everything stays correct without them.

CREATE SEQUENCE quotakit.job_id_seq;
CREATE TABLE quotakit.job_log (
  account_id int4 NOT NULL DEFAULT 0,
  job_id     int8 NOT NULL DEFAULT nextval('quotakit.job_id_seq'),
  job        text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at   timestamptz,
  ok         bool,
  done       int8,
  message    text,
  PRIMARY KEY (account_id, job_id)
);
CREATE INDEX job_log_job ON quotakit.job_log (job, job_id);
COMMENT ON TABLE quotakit.job_log IS 'Runs of jobs, kept for 30 days. See job_status.';
COMMENT ON COLUMN quotakit.job_log.account_id IS 'Always 0: jobs work for all accounts.';
COMMENT ON COLUMN quotakit.job_log.job_id IS 'Rises with every run.';
COMMENT ON COLUMN quotakit.job_log.job IS 'Name of the job.';
COMMENT ON COLUMN quotakit.job_log.started_at IS 'When it began.';
COMMENT ON COLUMN quotakit.job_log.ended_at IS 'When it ended; null while it runs, and if it was killed.';
COMMENT ON COLUMN quotakit.job_log.ok IS 'Whether all of it succeeded.';
COMMENT ON COLUMN quotakit.job_log.done IS 'How much it did: rows folded, partitions made or dropped, rows deleted.';
COMMENT ON COLUMN quotakit.job_log.message IS 'What it has to say; the error if it failed.';

CREATE FUNCTION quotakit._jobs() RETURNS TABLE (job text, schedule text, every interval, late_after interval, statement text, words text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM (VALUES
    ('fold_rollups', '* * * * *', interval '1 minute', interval '5 minutes',
     'SELECT quotakit.fold_rollups(500000), NULL::text', 'moves rollup deltas into totals'),
    ('check_alerts', '* * * * *', interval '1 minute', interval '5 minutes',
     'SELECT quotakit.check_alerts(), NULL::text', 'writes notifications for crossed thresholds'),
    ('send_digests', '*/15 * * * *', interval '15 minutes', interval '1 hour',
     'SELECT quotakit.send_digests(), NULL::text', 'writes the digests that are due'),
    ('send_statements', '47 * * * *', interval '1 hour', interval '3 hours',
     'SELECT quotakit.send_statements(), NULL::text', 'writes the statements of months that are over'),
    ('tidy_notifications', '27 2 * * *', interval '1 day', interval '26 hours',
     'SELECT quotakit.tidy_notifications(), NULL::text', 'deletes notifications that ended 90 days ago'),
    ('make_partitions', '7 0 * * *', interval '1 day', interval '26 hours',
     'SELECT count(*) FILTER (WHERE outcome = ''made''), string_agg(partition || '' '' || outcome, '', '') FILTER (WHERE outcome IN (''postponed'', ''detached'')) FROM quotakit.make_partitions()',
     'makes the partitions of the coming months'),
    ('retention', '17 1 * * *', interval '1 day', interval '26 hours', NULL, 'drops what is older than each account keeps'),
    ('tidy', '37 * * * *', interval '1 hour', interval '3 hours', 'SELECT quotakit.tidy(), NULL::text', 'deletes what nothing needs any more')
  ) AS j(job, schedule, every, late_after, statement, words)
$$;
COMMENT ON FUNCTION quotakit._jobs() IS 'The jobs: name, pg_cron schedule (GMT), how often that is, when a run is overdue, and the statement (count, message) it runs.';

CREATE FUNCTION quotakit.tidy() RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n    int8;
  done int8 := 0;
BEGIN
  -- Nobody counts for a policy that was removed an hour ago.
  DELETE FROM quotakit.counter c USING quotakit.policy p
  WHERE p.archived_at < now() - interval '1 hour' AND c.account_id = p.account_id AND c.policy_id = p.policy_id;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  DELETE FROM quotakit.baseline b USING quotakit.policy p
  WHERE p.archived_at < now() - interval '1 hour' AND b.account_id = p.account_id AND b.policy_id = p.policy_id;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  -- The last run of each job stays, however old.
  DELETE FROM quotakit.job_log l
  WHERE l.started_at < now() - interval '30 days'
    AND EXISTS (SELECT FROM quotakit.job_log x WHERE x.job = l.job AND x.job_id > l.job_id AND x.ok);
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN done + n;
END $$;
COMMENT ON FUNCTION quotakit.tidy() IS 'Deletes counters and baselines of removed policies, and runs of jobs older than 30 days; returns how many rows.';

CREATE FUNCTION quotakit._job_start(job text) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int8;
BEGIN
  IF NOT EXISTS (SELECT FROM quotakit._jobs() j WHERE j.job = _job_start.job) THEN
    RAISE EXCEPTION 'job "%" does not exist', job
      USING ERRCODE = 'undefined_object', HINT = (SELECT 'Jobs are ' || string_agg(j.job, ', ' ORDER BY j.job) || '.' FROM quotakit._jobs() j);
  END IF;
  -- A run that takes longer than its interval is not joined by another.
  IF NOT pg_try_advisory_lock('quotakit.job_log'::regclass::oid::int4, hashtext(job)) THEN
    RETURN NULL;
  END IF;
  INSERT INTO quotakit.job_log (job) VALUES (job) RETURNING job_id INTO id;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._job_start(text) IS 'Notes that a job begins; null when another session is at it. Errors: undefined_object.';

CREATE FUNCTION quotakit._job_end(id int8, ok bool, done int8, message text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE quotakit.job_log SET ended_at = clock_timestamp(), ok = $2, done = $3, message = left($4, 10000)
  WHERE account_id = 0 AND job_id = $1;
  SELECT pg_advisory_unlock('quotakit.job_log'::regclass::oid::int4, hashtext(job))
  FROM quotakit.job_log WHERE account_id = 0 AND job_id = $1;
$$;
COMMENT ON FUNCTION quotakit._job_end(int8, bool, int8, text) IS 'Notes that a job has ended, and how.';

CREATE FUNCTION quotakit._job_step(job text, account_id int4, OUT done int8, OUT more bool, OUT message text) RETURNS record
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  more := false;
  IF job <> 'retention' THEN
    EXECUTE (SELECT j.statement FROM quotakit._jobs() j WHERE j.job = _job_step.job) INTO done, message;
  ELSIF account_id IS NULL THEN
    SELECT count(*), 'dropped ' || string_agg(d, ', ') INTO done, message FROM quotakit.drop_partitions() d;
  ELSE
    done := quotakit._retain_account(account_id);
  END IF;
EXCEPTION WHEN OTHERS THEN
  done := NULL;
  message := concat(CASE WHEN account_id IS NOT NULL THEN format('account %s: ', account_id) END, sqlerrm, ' (', sqlstate, ')');
END $$;
COMMENT ON FUNCTION quotakit._job_step(text, int4) IS 'One step of a job; an error is its message, with done null.';

-- Commits between steps, so no step holds another's locks. A procedure that commits
-- can pin no settings: the search path is set for each of its transactions.
CREATE PROCEDURE quotakit.run_job(job text)
LANGUAGE plpgsql
AS $$
DECLARE
  id      int8;
  acct    int4;
  accts   int4[];
  r       record;
  total   int8 := 0;
  failed  bool := false;
  said    text[] := '{}';
BEGIN
  SET LOCAL search_path = pg_catalog, pg_temp;
  id := quotakit._job_start(job);
  IF id IS NULL THEN
    RAISE NOTICE 'job "%" is being run by another session', job;
    RETURN;
  END IF;
  COMMIT;
  SET LOCAL search_path = pg_catalog, pg_temp;
  IF job = 'retention' THEN
    accts := ARRAY(SELECT a.account_id FROM quotakit.account a WHERE a.account_id > 0 ORDER BY a.account_id);
  END IF;
  -- The step without an account comes last: partitions are dropped when all have sealed them.
  FOREACH acct IN ARRAY coalesce(accts, '{}') || NULL::int4 LOOP
    r := quotakit._job_step(job, acct);
    failed := failed OR r.done IS NULL;
    total := total + coalesce(r.done, 0);
    IF r.message IS NOT NULL AND cardinality(said) < 100 THEN
      said := said || r.message;
    END IF;
    COMMIT;
    SET LOCAL search_path = pg_catalog, pg_temp;
  END LOOP;
  -- What could not be dropped with its partition.
  FOREACH acct IN ARRAY coalesce(accts, '{}') LOOP
    LOOP
      r := ROW(quotakit._delete_sealed(acct, 10000));
      total := total + r.f1;
      COMMIT;
      SET LOCAL search_path = pg_catalog, pg_temp;
      EXIT WHEN r.f1 < 10000;
    END LOOP;
  END LOOP;
  PERFORM quotakit._job_end(id, NOT failed, total, nullif(array_to_string(said, '; '), ''));
  COMMIT;
  IF failed THEN
    RAISE WARNING 'job "%" failed: %', job, array_to_string(said, '; ');
  END IF;
END $$;
COMMENT ON PROCEDURE quotakit.run_job(text) IS 'Runs a job (see job_status) and notes the run in job_log, also when it fails: then it warns. Commits as it goes, so it cannot be called inside a transaction. Errors: undefined_object.';

CREATE PROCEDURE quotakit.apply_retention()
LANGUAGE plpgsql
AS $$
BEGIN
  CALL quotakit.run_job('retention');
END $$;
COMMENT ON PROCEDURE quotakit.apply_retention() IS 'Seals and drops what is older than each account keeps. Rollups stay, and verify() stays clean. Cannot be called inside a transaction.';

CREATE FUNCTION quotakit.job_commands(database text DEFAULT current_database()) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('SELECT cron.schedule_in_database(%L, %L, %L, %L)',
    'quotakit ' || j.job || ' in ' || database, j.schedule, format('CALL quotakit.run_job(%L)', j.job), database)
  FROM quotakit._jobs() j ORDER BY j.job
$$;
COMMENT ON FUNCTION quotakit.job_commands(text) IS 'The statements that register the jobs of a database with pg_cron, to be run where pg_cron is installed: SELECT * FROM quotakit.job_commands() \gexec.';

CREATE FUNCTION quotakit._require_cron() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  home text := coalesce(current_setting('cron.database_name', true), 'postgres');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_cron') THEN
    RAISE EXCEPTION 'pg_cron is not installed in database "%"', current_database()
      USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = CASE WHEN current_setting('shared_preload_libraries') ~ '\mpg_cron\M'
          THEN format('The server keeps it in database "%s" (cron.database_name).', home)
          ELSE 'The server does not preload it (shared_preload_libraries).' END,
        HINT = CASE WHEN home <> current_database()
          THEN format('Run there what SELECT * FROM quotakit.job_commands() returns, or let any scheduler CALL quotakit.run_job(...).')
          ELSE 'CREATE EXTENSION pg_cron, or let any scheduler CALL quotakit.run_job(...).' END;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_cron() IS 'Raises object_not_in_prerequisite_state unless pg_cron lives in this database.';

CREATE FUNCTION quotakit.schedule_jobs(database text DEFAULT current_database())
RETURNS TABLE (job text, schedule text, command text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  registration text;
BEGIN
  PERFORM quotakit._require_cron();
  FOR registration IN SELECT * FROM quotakit.job_commands(database) LOOP
    EXECUTE registration;
  END LOOP;
  RETURN QUERY SELECT j.job, j.schedule, format('CALL quotakit.run_job(%L)', j.job) FROM quotakit._jobs() j ORDER BY j.job;
END $$;
COMMENT ON FUNCTION quotakit.schedule_jobs(text) IS 'Registers the jobs with pg_cron for a database (this one by default); run again, it changes nothing. They run as the role that calls it, which must own the extension or be a superuser. Schedules are in GMT. Errors: object_not_in_prerequisite_state without pg_cron in this database.';

CREATE FUNCTION quotakit.unschedule_jobs(database text DEFAULT current_database()) RETURNS int4
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n int4;
BEGIN
  PERFORM quotakit._require_cron();
  -- Dynamic: where there is no pg_cron, there is no schema cron.
  EXECUTE 'SELECT count(cron.unschedule(j.jobid)) FROM cron.job j WHERE j.jobname LIKE ''quotakit %'' AND j.command LIKE ''CALL quotakit.%'' AND j.database = $1'
    INTO n USING database;
  RETURN n;
END $$;
COMMENT ON FUNCTION quotakit.unschedule_jobs(text) IS 'Takes the jobs of a database away from pg_cron; returns how many. Errors: object_not_in_prerequisite_state without pg_cron in this database.';

CREATE VIEW quotakit.job_status WITH (security_invoker = true) AS
SELECT j.job, j.words AS purpose, j.every, l.started_at AS last_started_at, l.ended_at AS last_ended_at, l.done AS last_done, g.ended_at AS last_success_at,
       CASE WHEN l.job_id IS NULL AND row_security_active('quotakit.job_log'::regclass) THEN NULL
            WHEN l.job_id IS NULL THEN 'never'
            WHEN l.ended_at IS NULL AND l.started_at > statement_timestamp() - j.late_after THEN 'running'
            WHEN l.ok IS FALSE THEN 'failed'
            WHEN coalesce(g.ended_at, '-infinity') < statement_timestamp() - j.late_after THEN 'late'
            ELSE 'ok' END AS status,
       l.message AS last_message
FROM quotakit._jobs() j
LEFT JOIN LATERAL (SELECT x.* FROM quotakit.job_log x WHERE x.job = j.job ORDER BY x.job_id DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT x.ended_at FROM quotakit.job_log x WHERE x.job = j.job AND x.ok ORDER BY x.job_id DESC LIMIT 1) g ON true;
COMMENT ON VIEW quotakit.job_status IS 'Each job: when it last ran and whether it failed, is late or has never run. Runs are of no account: only the extension''s owner sees them, others the jobs alone.';
COMMENT ON COLUMN quotakit.job_status.job IS 'Name of the job.';
COMMENT ON COLUMN quotakit.job_status.purpose IS 'What it does.';
COMMENT ON COLUMN quotakit.job_status.every IS 'How often it should run.';
COMMENT ON COLUMN quotakit.job_status.last_started_at IS 'When it last began.';
COMMENT ON COLUMN quotakit.job_status.last_ended_at IS 'When that run ended.';
COMMENT ON COLUMN quotakit.job_status.last_done IS 'How much that run did.';
COMMENT ON COLUMN quotakit.job_status.last_success_at IS 'When it last ended well.';
COMMENT ON COLUMN quotakit.job_status.status IS 'ok, running, failed, late or never; null for whom runs are not shown.';
COMMENT ON COLUMN quotakit.job_status.last_message IS 'What the last run said.';
-- Rejected events, once what was wrong is right (R3).

CREATE FUNCTION quotakit.replay_rejected(rejected_id int8) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := quotakit._acting_account('admin');
  sent   text;
  said   text;
  answer jsonb;
BEGIN
  SELECT r.payload INTO sent FROM quotakit.rejected_event r
  WHERE r.account_id = acct AND r.rejected_id = replay_rejected.rejected_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'rejected event % does not exist', replay_rejected.rejected_id USING ERRCODE = 'undefined_object';
  END IF;
  -- The very text that came: rejected again, it is known and kept once.
  SELECT b.outcome, b.answer::jsonb INTO STRICT said, answer FROM quotakit._batch_as(acct, ARRAY[sent], true) b;
  IF said = 'recorded' THEN
    UPDATE quotakit.rejected_event r SET replayed_at = clock_timestamp()
    WHERE r.account_id = acct AND r.rejected_id = replay_rejected.rejected_id AND r.replayed_at IS NULL;
  END IF;
  RETURN answer;
END $$;
COMMENT ON FUNCTION quotakit.replay_rejected(int8) IS 'Submits a rejected event again, as it came; returns the answer. Recorded, it is no unplaced spend any more; it is never recorded twice. Needs admin. Errors: undefined_object, QK016.';

CREATE FUNCTION quotakit.replay_rejected(path quotakit.qpath) RETURNS TABLE (rejected_id int8, outcome text, answer jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct int4 := quotakit._acting_account('admin');
BEGIN
  FOR rejected_id IN
    SELECT r.rejected_id FROM quotakit.rejected_event r
    CROSS JOIN LATERAL (SELECT quotakit._payload(r.payload)->>'path' AS path) c
    WHERE r.account_id = acct AND r.replayed_at IS NULL
      AND (c.path = replay_rejected.path::text OR starts_with(c.path, replay_rejected.path::text || '/'))
    ORDER BY r.rejected_id
  LOOP
    answer := quotakit.replay_rejected(rejected_id);
    outcome := answer->>'outcome';
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.replay_rejected(quotakit.qpath) IS 'Submits again the rejected events that named a path or one below it, oldest first; a row for each with its outcome. Needs admin. Errors: QK016.';
-- Calls: in batches, and one by one. doc/calls.md has their form.

CREATE FUNCTION quotakit.batch(account_ids int4[], secrets bytea[], calls bytea[])
    RETURNS TABLE (outcome text, answer text)
  AS 'MODULE_PATHNAME', 'quotakit_batch' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp COST 1000;
COMMENT ON FUNCTION quotakit.batch(int4[], bytea[], bytea[]) IS 'Takes calls of any accounts, each with the SHA-256 of its API key, in one transaction; answers each by itself, in order. A project whose lock is not to be had within quotakit.batch_lock_wait is answered busy. SQLSTATE 40001 and 40P01: run it again. It is what the gateway calls.';

CREATE FUNCTION quotakit._batch_as(account_id int4, calls text[], wait bool)
    RETURNS TABLE (outcome text, answer text)
  AS 'MODULE_PATHNAME', 'quotakit_batch_as' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION quotakit._batch_as IS 'Takes calls for an account; the SQL function around it has found out who calls. With wait it waits for locks as any statement does.';

CREATE FUNCTION quotakit._report(sqlstate text, message text, detail text, hint text, is_error bool)
    RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_report' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._report IS 'Raises an error or a warning. Detail and hint may be null, which RAISE does not allow.';

CREATE FUNCTION quotakit.batch(calls jsonb) RETURNS TABLE (outcome text, answer jsonb)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(calls) <> 'array' THEN
    RAISE EXCEPTION 'calls must be a JSON array'
      USING ERRCODE = 'QK010', DETAIL = format('It is of type %s.', jsonb_typeof(calls)),
            HINT = 'For one call use reserve(), settle(), log(), draw(), release() or extend().';
  END IF;
  RETURN QUERY
    SELECT b.outcome, b.answer::jsonb
    FROM quotakit._batch_as(quotakit._acting_account('viewer'),
                            ARRAY(SELECT c.call::text FROM jsonb_array_elements(calls) AS c(call)),
                            false) AS b;
END $$;
COMMENT ON FUNCTION quotakit.batch(jsonb) IS 'Takes a JSON array of calls for the current account in one transaction; answers each by itself, in order. QK010 if it is not an array; what is wrong with a call is its answer.';

CREATE FUNCTION quotakit._call(call jsonb)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb;
  kept bool;
BEGIN
  SELECT b.answer::jsonb INTO STRICT said
  FROM quotakit._batch_as(quotakit._acting_account('viewer'), ARRAY[jsonb_strip_nulls(call)::text], true) AS b;

  -- An error would undo that an event was kept, so that is a warning.
  IF said ? 'sqlstate' THEN
    kept := said ? 'kept' AND call->>'op' IN ('settle', 'log', 'draw');
    PERFORM quotakit._report(said->>'sqlstate', said->>'message', said->>'detail',
      coalesce(said->>'hint', CASE WHEN kept THEN 'The event was kept; see quotakit.rejected_event.' END), NOT kept);
  END IF;
  RETURN QUERY SELECT said->>'outcome', (said->>'id')::uuid, said - 'outcome' - 'id';
END $$;
COMMENT ON FUNCTION quotakit._call IS 'Takes one call for the current account. What is wrong with it is an error; where it reports spend, a warning, since the event was kept.';

-- The usage of a call out of named arguments; null if there is none.
CREATE FUNCTION quotakit._usage(usage jsonb, input_tokens int8, output_tokens int8, requests int8)
    RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN usage IS NULL AND input_tokens IS NULL AND output_tokens IS NULL AND requests IS NULL
    THEN NULL
    ELSE coalesce(usage, '{}') || jsonb_strip_nulls(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'requests', requests)) END
$$;
COMMENT ON FUNCTION quotakit._usage IS 'The usage object of a call, with the commonest meters given by name.';

CREATE FUNCTION quotakit.reserve(path text, model text DEFAULT NULL, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, ttl int4 DEFAULT NULL,
    lease bool DEFAULT NULL, service text DEFAULT NULL, tier text DEFAULT NULL, id uuid DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'reserve', 'id', coalesce($13, quotakit.uuid7()),
    'path', $1, 'service', $11, 'model', $2, 'tier', $12, 'usd', $5::text, 'credits', $6::text,
    'usage', quotakit._usage($8, $3, $4, $7), 'ttl', $9, 'lease', $10))
$$;
COMMENT ON FUNCTION quotakit.reserve IS 'Holds what a call may cost, against every policy it touches. Give the usage expected (tokens, or a usage object with any meter) or the amount (USD or credits, at most 9 decimals). ttl: seconds, 1-86,400, default 300. Outcome granted or refused; the answer says why. Errors QK001-QK010.';

CREATE FUNCTION quotakit.settle(id uuid, input_tokens int8 DEFAULT NULL, output_tokens int8 DEFAULT NULL,
    usd numeric DEFAULT NULL, credits numeric DEFAULT NULL, requests int8 DEFAULT NULL,
    usage jsonb DEFAULT NULL, model text DEFAULT NULL, tier text DEFAULT NULL, ok bool DEFAULT NULL,
    charged bool DEFAULT NULL, estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, path text DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'settle', 'id', $1, 'path', $14, 'model', $8,
    'tier', $9, 'usd', $4::text, 'credits', $5::text, 'usage', quotakit._usage($7, $2, $3, $6),
    'ok', $10, 'charged', $11, 'estimated', $12, 'tags', $13))
$$;
COMMENT ON FUNCTION quotakit.settle IS 'Records what a reserved call used, and frees what it held. Path and model are the reservation''s when not given. Outcome recorded, or rejected with a warning: then the event is kept in rejected_event.';

CREATE FUNCTION quotakit.log(path text, model text DEFAULT NULL, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, service text DEFAULT NULL,
    tier text DEFAULT NULL, ok bool DEFAULT NULL, charged bool DEFAULT NULL,
    estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, id uuid DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'log', 'id', coalesce($15, quotakit.uuid7()),
    'path', $1, 'service', $9, 'model', $2, 'tier', $10, 'usd', $5::text, 'credits', $6::text,
    'usage', quotakit._usage($8, $3, $4, $7), 'ok', $11, 'charged', $12, 'estimated', $13, 'tags', $14))
$$;
COMMENT ON FUNCTION quotakit.log IS 'Records a call that has happened. Outcome recorded, or rejected with a warning: then the event is kept in rejected_event.';

CREATE FUNCTION quotakit.draw(reservation uuid, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, model text DEFAULT NULL,
    last bool DEFAULT NULL, tier text DEFAULT NULL, ok bool DEFAULT NULL, charged bool DEFAULT NULL,
    estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, id uuid DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'draw', 'id', coalesce($15, quotakit.uuid7()),
    'reservation', $1, 'model', $8, 'tier', $10, 'usd', $4::text, 'credits', $5::text,
    'usage', quotakit._usage($7, $2, $3, $6), 'last', $9, 'ok', $11, 'charged', $12,
    'estimated', $13, 'tags', $14))
$$;
COMMENT ON FUNCTION quotakit.draw IS 'Records one call out of a reservation made for several, and lowers what it holds; last frees the rest. Outcomes as of log.';

CREATE FUNCTION quotakit.release(id uuid) RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'release', 'id', $1))
$$;
COMMENT ON FUNCTION quotakit.release IS 'Frees a reservation without recording anything. QK005 if there is none, QK006 if it is settled.';

CREATE FUNCTION quotakit.extend(id uuid, ttl int4 DEFAULT NULL) RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'extend', 'id', $1, 'ttl', $2))
$$;
COMMENT ON FUNCTION quotakit.extend IS 'Moves the end of a reservation to ttl seconds (1-86,400, default 300) from now; never back. QK005 if there is none, QK006 if it has ended.';

CREATE FUNCTION quotakit._append_adjustments(account_id int4, events uuid[], ats timestamptz[],
    usd int8[], credits int8[], priced bool[], price_version int8) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_append_adjustments' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION quotakit._append_adjustments IS 'Appends to the ledger, for each event given by its id and time, an adjustment by so many nano-USD and nano-credits (negative too), and counts it in the windows of the event; priced: the event was unpriced and is so no more.';
-- How the work goes. For a database, not for an account: it names nobody.

CREATE FUNCTION quotakit._stat() RETURNS int8[]
  LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'quotakit_stat';
COMMENT ON FUNCTION quotakit._stat() IS 'What view stat shows: since when, then its counts.';

CREATE VIEW quotakit.stat WITH (security_invoker = true) AS
  SELECT timestamptz '2000-01-01 00:00:00+00' + interval '1 microsecond' * s.n[1] AS since,
         t.batches, s.n[2] AS calls, pg_catalog.round(s.n[2]::numeric / nullif(t.batches, 0), 1) AS calls_per_batch, s.n[10:20] AS batches_by_size,
         s.n[3] AS lock_waits, pg_catalog.round(s.n[4] / 1000.0, 1) AS lock_wait_ms, s.n[5] AS lock_timeouts,
         s.n[6] AS path_hits, s.n[7] AS path_misses, s.n[8] AS price_hits, s.n[9] AS price_misses
  FROM (SELECT quotakit._stat() AS n) AS s,
       LATERAL (SELECT sum(b)::int8 AS batches FROM unnest(s.n[10:20]) AS b) AS t;
COMMENT ON VIEW quotakit.stat IS 'How the calls of this database were worked off, by all backends since the server''s start (or its first call after that).';
COMMENT ON COLUMN quotakit.stat.since IS 'When counting began.';
COMMENT ON COLUMN quotakit.stat.batches IS 'Batches that were run to their end; a call made singly is a batch of one. Those rolled back later count too.';
COMMENT ON COLUMN quotakit.stat.calls IS 'Calls in them.';
COMMENT ON COLUMN quotakit.stat.calls_per_batch IS 'The mean. Null before the first batch.';
COMMENT ON COLUMN quotakit.stat.batches_by_size IS 'Batches of 1, 2, 3-4, 5-8, 9-16, 17-32, 33-64, 65-128, 129-256, 257-512 and more calls.';
COMMENT ON COLUMN quotakit.stat.lock_waits IS 'Times that a project''s lock was not free at once.';
COMMENT ON COLUMN quotakit.stat.lock_wait_ms IS 'Milliseconds waited for them.';
COMMENT ON COLUMN quotakit.stat.lock_timeouts IS 'Waits given up after batch_lock_wait: their calls were answered "busy".';
COMMENT ON COLUMN quotakit.stat.path_hits IS 'Look-ups of a path and its policies that a backend''s cache answered.';
COMMENT ON COLUMN quotakit.stat.path_misses IS 'Those that read the tables.';
COMMENT ON COLUMN quotakit.stat.price_hits IS 'Look-ups of a model''s prices that a backend''s cache answered.';
COMMENT ON COLUMN quotakit.stat.price_misses IS 'Those that read the tables.';
-- What a client caches to decide without a network call. doc/http.md has its form.

CREATE FUNCTION quotakit._iso_time(at timestamptz) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN isfinite(at) THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    || CASE WHEN date_trunc('second', at) = at THEN '' ELSE to_char(at AT TIME ZONE 'UTC', '.US') END || 'Z' END
$$;
COMMENT ON FUNCTION quotakit._iso_time IS 'A time as answers show it: ISO 8601 in UTC, with microseconds if there are any; null for infinity.';

CREATE FUNCTION quotakit._policies_of(account int4, above quotakit.qpath, service text)
    RETURNS TABLE (policy_id int4, path quotakit.qpath, unit text, period text, rolling bool, service text, model text,
                   enforcement text, limit_amount numeric, used numeric, held numeric, window_start timestamptz,
                   resets_at timestamptz, is_full bool)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.policy_id, s.path, s.unit, s.period, s.rolling, s.service, s.model, s.enforcement, s.limit_amount, s.used, s.held,
         CASE WHEN NOT s.rolling THEN s.window_start END, s.resets_at,
         s.used + CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END >= s.limit_amount
  FROM quotakit.policy_status s
  WHERE s.account_id = $1
    AND s.node_id IN (SELECT n.node_id FROM quotakit.node n
                      WHERE n.account_id = $1 AND n.path OPERATOR(quotakit.@>) $2)
    AND (s.service IS NULL OR $3 IS NULL OR s.service = $3)
$$;
COMMENT ON FUNCTION quotakit._policies_of IS 'Live policies on a path and above it that can apply to calls of a service (null: any), with what they have used and hold.';

-- The ledger's key is by account and time, so the latest events of a path are found
-- among the latest of the account; a path that is seldom used has its hourly sums.
CREATE FUNCTION quotakit._estimates(account int4, node int4)
    RETURNS TABLE (model text, calls int8, input_tokens int8, output_tokens int8, usd int8, credits int8)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH latest AS (
    SELECT e.node_id, e.model, e.flags, greatest(e.requests, 1) AS requests,
           e.input_tokens + e.cached_input_tokens + e.cache_write_tokens AS input,
           e.output_tokens + e.reasoning_tokens AS output, e.usd, e.credits
    FROM quotakit.event e
    WHERE e.account_id = $1 AND e.at > now() - interval '7 days'
    ORDER BY e.at DESC LIMIT 2000
  ), seen AS (
    -- Failed and uncharged calls, and adjustments, say nothing about the next one.
    SELECT l.model, count(*) AS calls,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.input + l.requests - 1) / l.requests) AS input,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.output + l.requests - 1) / l.requests) AS output,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.usd + l.requests - 1) / l.requests) AS usd,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.credits + l.requests - 1) / l.requests) AS credits
    FROM latest l WHERE l.node_id = $2 AND l.flags & 224 = 0
    GROUP BY l.model
  ), summed AS (
    SELECT h.model, sum(h.events) AS calls,
           sum(h.input_tokens + h.cached_input_tokens + h.cache_write_tokens) AS input,
           sum(h.output_tokens + h.reasoning_tokens) AS output, sum(h.usd) AS usd, sum(h.credits) AS credits
    FROM quotakit.rollup_hour h
    WHERE h.account_id = $1 AND h.node_id = $2 AND h.hour > now() - interval '3 days'
      AND NOT EXISTS (SELECT FROM seen s WHERE s.model = h.model)
    GROUP BY h.model HAVING sum(h.events) > 0
  )
  SELECT s.model, s.calls, s.input, s.output, s.usd, s.credits FROM seen s
  UNION ALL
  SELECT m.model, m.calls::int8, ceil(2 * m.input / m.calls)::int8, ceil(2 * m.output / m.calls)::int8,
         ceil(2 * m.usd / m.calls)::int8, ceil(2 * m.credits / m.calls)::int8 FROM summed m
  ORDER BY 2 DESC, 1 LIMIT 32
$$;
COMMENT ON FUNCTION quotakit._estimates IS 'By model, what a call on a path is likely to use at most: the 95th percentile of its events among the 2,000 latest of the account in seven days, else twice the mean of its last three days by the hour. usd and credits in nano.';

CREATE FUNCTION quotakit._state(account int4, path quotakit.qpath) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH node AS (
    SELECT n.node_id, n.path, n.service FROM quotakit.node n
    WHERE n.account_id = $1 AND n.path OPERATOR(quotakit.=) $2
  ), above AS (
    SELECT a.path, a.frozen_reason, a.archived_at FROM quotakit.node a
    WHERE a.account_id = $1 AND a.path OPERATOR(quotakit.@>) $2
  ), policy AS MATERIALIZED (
    SELECT p.* FROM node n CROSS JOIN LATERAL quotakit._policies_of($1, n.path, n.service) p
  ), estimate AS MATERIALIZED (
    SELECT e.* FROM node n CROSS JOIN LATERAL quotakit._estimates($1, n.node_id) e
  ), lease AS (
    -- Fifty leases must fit into what is left of every strict policy: the last of a budget is given out call by call.
    SELECT e.model, min(floor((p.limit_amount - p.used - p.held) / (50 * u.amount))) AS calls, bool_and(u.known) AS known
    FROM estimate e
    JOIN policy p ON p.enforcement = 'strict' AND (p.model IS NULL OR p.model = e.model)
    CROSS JOIN LATERAL (
      SELECT CASE p.unit WHEN 'usd' THEN quotakit.from_nano(e.usd) WHEN 'credits' THEN quotakit.from_nano(e.credits)
               WHEN 'requests' THEN 1 ELSE e.input_tokens + e.output_tokens END AS raw) r
    CROSS JOIN LATERAL (SELECT nullif(r.raw, 0) AS amount, p.unit <> 'usd' OR r.raw > 0 AS known) u
    GROUP BY e.model
  ), model AS (
    SELECT DISTINCT ON (m.model) m.model, m.max_input_tokens, m.max_output_tokens,
           EXISTS (SELECT FROM estimate e WHERE e.model = m.model) AS used
    FROM node n JOIN quotakit.model m ON m.service = n.service
    WHERE m.account_id IN (0, $1) AND (m.max_input_tokens IS NOT NULL OR m.max_output_tokens IS NOT NULL)
    ORDER BY m.model, m.account_id DESC
  )
  SELECT jsonb_build_object(
    'path', n.path::text, 'service', n.service,
    'archived', EXISTS (SELECT FROM above a WHERE a.archived_at IS NOT NULL),
    'frozen', (SELECT jsonb_build_object('path', a.path::text, 'reason', a.frozen_reason)
               FROM above a WHERE a.frozen_reason IS NOT NULL ORDER BY a.path LIMIT 1),
    'strict', EXISTS (SELECT FROM policy p WHERE p.enforcement = 'strict'),
    'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'policy', p.policy_id, 'path', p.path::text, 'unit', p.unit, 'period', p.period, 'rolling', p.rolling,
        'service', p.service, 'model', p.model, 'enforcement', p.enforcement, 'limit', p.limit_amount::text,
        'used', p.used::text, 'held', p.held::text, 'window_start', quotakit._iso_time(p.window_start),
        'resets_at', quotakit._iso_time(p.resets_at), 'full', p.is_full) ORDER BY p.path, p.policy_id), '[]') FROM policy p),
    'estimates', (SELECT coalesce(jsonb_object_agg(e.model, jsonb_build_object(
        'calls', e.calls, 'input_tokens', e.input_tokens, 'output_tokens', e.output_tokens,
        'usd', quotakit.from_nano(e.usd)::text, 'credits', quotakit.from_nano(e.credits)::text,
        'lease', CASE WHEN e.calls >= 20 AND l.known AND l.calls >= 2
                   THEN jsonb_build_object('calls', least(l.calls, 64), 'ttl', 60) END)), '{}')
      FROM estimate e LEFT JOIN lease l ON l.model = e.model),
    'limits', (SELECT coalesce(jsonb_object_agg(m.model, jsonb_build_object(
        'max_input_tokens', m.max_input_tokens, 'max_output_tokens', m.max_output_tokens)), '{}')
      FROM (SELECT * FROM model ORDER BY used DESC, model.model LIMIT 100) m),
    'sync_after', CASE WHEN EXISTS (SELECT FROM policy p WHERE p.enforcement IN ('block', 'strict')
        AND (p.period = 'minute' OR p.used + p.held >= p.limit_amount * 0.8)) THEN 10 ELSE 120 END)
  FROM node n
$$;
COMMENT ON FUNCTION quotakit._state IS 'The state of a path as doc/http.md describes it; null if there is no such path.';

CREATE FUNCTION quotakit._states(account int4, after quotakit.qpath, most int4) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH page AS MATERIALIZED (
    SELECT n.node_id, n.path, n.service, quotakit.ancestors(n.path) AS line FROM quotakit.node n
    WHERE n.account_id = $1 AND ($2 IS NULL OR n.path OPERATOR(quotakit.>) $2)
    ORDER BY n.path LIMIT $3
  ), above AS MATERIALIZED (
    SELECT a.node_id, a.path, a.frozen_reason IS NOT NULL AS frozen, a.archived_at IS NOT NULL AS archived FROM quotakit.node a
    WHERE a.account_id = $1 AND a.path OPERATOR(quotakit.=) ANY (SELECT DISTINCT unnest(p.line) FROM page p)
  ), policy AS MATERIALIZED (
    SELECT s.path, s.service, s.enforcement, s.period, s.used, s.held, s.limit_amount,
           s.used + CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END >= s.limit_amount AS is_full
    FROM quotakit.policy_status s
    WHERE s.account_id = $1 AND s.enforcement IN ('block', 'strict') AND s.node_id IN (SELECT a.node_id FROM above a)
  ), state AS (
    SELECT p.path, p.service, bool_or(a.archived) AS archived, bool_or(a.frozen) AS frozen,
           coalesce(bool_or(s.enforcement = 'strict'), false) AS strict, coalesce(bool_or(s.is_full), false) AS is_full
    FROM page p
    CROSS JOIN LATERAL unnest(p.line) AS l(path)
    JOIN above a ON a.path OPERATOR(quotakit.=) l.path
    LEFT JOIN policy s ON s.path OPERATOR(quotakit.=) l.path AND (s.service IS NULL OR p.service IS NULL OR s.service = p.service)
    GROUP BY p.path, p.service
  )
  SELECT jsonb_build_object(
    'nodes', (SELECT coalesce(jsonb_agg(jsonb_build_object('path', t.path::text, 'service', t.service, 'archived', t.archived,
        'frozen', t.frozen, 'strict', t.strict, 'full', t.is_full) ORDER BY t.path), '[]') FROM state t),
    'next', (SELECT max(p.path::text) FROM (SELECT p.path FROM page p ORDER BY p.path DESC LIMIT 1) p
             WHERE (SELECT count(*) FROM page) = $3),
    'sync_after', CASE WHEN EXISTS (SELECT FROM policy s
        WHERE s.period = 'minute' OR s.used + s.held >= s.limit_amount * 0.8) THEN 10 ELSE 120 END)
$$;
COMMENT ON FUNCTION quotakit._states IS 'All paths of an account in brief, so many after a given one in tree order, as doc/http.md describes it.';

CREATE FUNCTION quotakit.state(path quotakit.qpath) RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  account int4 := quotakit._acting_account('viewer');
  node    quotakit.node := quotakit._node(account, path);
BEGIN
  RETURN quotakit._state(account, node.path);
END $$;
COMMENT ON FUNCTION quotakit.state IS 'What a client caches about a path of the current account: its policies with what they have used and hold, estimates by model, when to ask again. The same as GET /v1/state. Unknown path: QK001.';
-- What the gateway calls besides batch(). It has no authority of its own: each of
-- these takes a key's hash, and gives nothing without one that is valid.

CREATE FUNCTION quotakit._key_is_valid(account_id int4, secret bytea) RETURNS bool
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  -- A revoked key is looked up as a valid one is, and one that never was.
  SELECT EXISTS (SELECT FROM quotakit.api_key k
                 WHERE k.account_id = $1 AND k.key_hash = sha256($2) AND k.revoked_at IS NULL)
$$;
COMMENT ON FUNCTION quotakit._key_is_valid IS 'Whether the SHA-256 of an API key is that of one of the account''s keys that is not revoked.';

CREATE FUNCTION quotakit._answer_fault(status int4, code text, message text, hint text)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT $1, NULL::text, jsonb_build_object('outcome', CASE WHEN $1 = 401 THEN 'unauthorized' ELSE 'rejected' END,
                                            'code', $2, 'message', $3, 'hint', $4)::text
$$;
COMMENT ON FUNCTION quotakit._answer_fault IS 'What a reading function answers to what is wrong.';

CREATE FUNCTION quotakit.gateway_state(account_id int4, secret bytea, path text DEFAULT NULL, after text DEFAULT NULL)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
  asked quotakit.qpath;
  state jsonb;
BEGIN
  IF NOT quotakit._key_is_valid(account_id, secret) THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(401, 'unauthorized', 'the API key is not valid', NULL) f;
    RETURN;
  END IF;
  BEGIN
    asked := coalesce(path, after)::quotakit.qpath;
  EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(400, 'malformed', SQLERRM, NULL) f;
    RETURN;
  END;
  IF path IS NOT NULL THEN
    state := quotakit._state(account_id, asked);
  ELSE
    state := quotakit._states(account_id, asked, 1000);
  END IF;
  IF state IS NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(404, 'unknown_path', format('path "%s" does not exist', path),
      'Make it with quotakit.create_node(), or let the account create paths by itself.') f;
    RETURN;
  END IF;
  RETURN QUERY SELECT 200, left(encode(sha256(convert_to(s.body, 'UTF8')), 'hex'), 32), s.body
               FROM (SELECT state::text AS body) s;
END $$;
COMMENT ON FUNCTION quotakit.gateway_state IS 'For the gateway: the state of a path, or of all paths in brief after a given one, for the holder of a key (its SHA-256). Returns an HTTP status (200, 400, 401, 404), a tag that changes with the state, and JSON.';

-- Amounts come as text: what is wrong with one is the caller's fault, not an error here.
CREATE FUNCTION quotakit.gateway_explain(account_id int4, secret bytea, path text, service text DEFAULT NULL, model text DEFAULT NULL,
    usd text DEFAULT NULL, credits text DEFAULT NULL, requests text DEFAULT NULL, tokens text DEFAULT NULL)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
  fault text;
  said  text;
BEGIN
  IF NOT quotakit._key_is_valid(account_id, secret) THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(401, 'unauthorized', 'the API key is not valid', NULL) f;
    RETURN;
  ELSIF path IS NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(400, 'malformed', '"path" is missing', NULL) f;
    RETURN;
  END IF;
  BEGIN
    SELECT jsonb_build_object('path', $3, 'policies', coalesce(jsonb_agg(CASE
        WHEN e.policy_id IS NULL THEN jsonb_build_object('path', e.policy_path, 'frozen', substr(e.enforcement, 9), 'would_refuse', true)
        ELSE jsonb_build_object('policy', e.policy_id, 'path', e.policy_path, 'unit', e.unit, 'period', e.period, 'rolling', e.rolling,
          'service', e.policy_service, 'model', e.policy_model, 'enforcement', e.enforcement, 'limit', e.limit_amount::text,
          'used', e.used::text, 'held', e.held::text, 'asked', e.asked::text, 'headroom', e.headroom::text,
          'exceeds', e.exceeds, 'would_refuse', e.would_refuse, 'first_to_trip', e.first_to_trip,
          'window_start', quotakit._iso_time(e.window_start), 'resets_at', quotakit._iso_time(e.resets_at)) END), '[]'),
      'would_refuse', coalesce(bool_or(e.would_refuse), false))::text
    INTO said
    FROM quotakit._explain($1, $3::quotakit.qpath, $4, $5, quotakit.from_nano(quotakit._to_unit($6::numeric, 'usd')),
      coalesce(quotakit._to_unit($8::numeric, 'requests'), 1), quotakit._to_unit($9::numeric, 'tokens'),
      quotakit.from_nano(quotakit._to_unit($7::numeric, 'credits'))) e;
  EXCEPTION
    WHEN SQLSTATE 'QK001' THEN fault := 'unknown_path'; said := SQLERRM; status := 404;
    WHEN SQLSTATE 'QK002' THEN fault := 'archived_path'; said := SQLERRM; status := 422;
    WHEN SQLSTATE 'QK003' THEN fault := 'service_mismatch'; said := SQLERRM; status := 422;
    WHEN SQLSTATE 'QK008' THEN fault := 'out_of_range'; said := SQLERRM; status := 422;
    WHEN data_exception OR program_limit_exceeded THEN fault := 'malformed'; said := SQLERRM; status := 400;
  END;
  IF fault IS NOT NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(status, fault, said, NULL) f;
  ELSE
    RETURN QUERY SELECT 200, NULL::text, said;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.gateway_explain IS 'For the gateway: what explain() says about a call, for the holder of a key (its SHA-256). Amounts are decimals as text. Returns an HTTP status (200, 400, 401, 404, 422), no tag, and JSON.';

CREATE FUNCTION quotakit.gateway_flush() RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- Something must be written for a commit to wait for the disk; nobody reads it.
  SELECT pg_logical_emit_message(true, 'quotakit', '')
$$;
COMMENT ON FUNCTION quotakit.gateway_flush IS 'For the gateway: its commit, under the server''s synchronous_commit, makes all that was committed before it durable too.';

CREATE FUNCTION quotakit.make_gateway_role() RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fn      regprocedure;
  granted text;
BEGIN
  IF to_regrole('quotakit_gateway') IS NULL THEN
    CREATE ROLE quotakit_gateway LOGIN NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  -- SET ROLE goes to roles one is a member of: it must be none.
  SELECT string_agg(quote_ident(r.rolname), ', ') INTO granted
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = 'quotakit_gateway'::regrole;
  IF granted IS NOT NULL THEN
    RAISE EXCEPTION 'role "quotakit_gateway" is a member of %', granted
      USING ERRCODE = 'invalid_grant_operation',
            DETAIL = 'What the gateway may do must be its functions and nothing else.',
            HINT = format('REVOKE %s FROM quotakit_gateway.', granted);
  END IF;
  GRANT USAGE ON SCHEMA quotakit TO quotakit_gateway;
  FOREACH fn IN ARRAY ARRAY['quotakit.batch(int4[], bytea[], bytea[])', 'quotakit.gateway_state(int4, bytea, text, text)',
      'quotakit.gateway_explain(int4, bytea, text, text, text, text, text, text, text)',
      'quotakit.gateway_flush()', 'quotakit.api(int4, bytea, text, bool, text, text, text, bytea)']::regprocedure[] LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO quotakit_gateway', fn);
  END LOOP;
  -- Every role has these through PUBLIC, and none can be denied them alone.
  IF has_database_privilege('quotakit_gateway', current_database(), 'TEMP') THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  END IF;
  IF has_schema_privilege('quotakit_gateway', 'public', 'CREATE') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.make_gateway_role IS 'Makes the role quotakit_gateway (LOGIN; give it a password or a rule in pg_hba.conf) where missing, and grants it the functions that the gateway calls: nothing else. So that it can make no temporary table either, TEMPORARY on this database and CREATE on the schema public are revoked from PUBLIC; grant them to roles that need them. May be run again, and should be after an update of the extension. Needs CREATEROLE and the ownership of the extension and of the database. It is a member of some role: invalid_grant_operation.';
-- Alerts: thresholds on policies, who is told, and what has fired.

CREATE TABLE quotakit.alert_setting (
  account_id    int4 PRIMARY KEY REFERENCES quotakit.account,
  dashboard_url text CHECK (octet_length(dashboard_url) <= 500 AND dashboard_url ~ '^https?://[^[:space:][:cntrl:]"''<>\\]+[^/]$'),
  statements    bool NOT NULL DEFAULT true,
  digest_hour   int2 NOT NULL DEFAULT 8 CHECK (digest_hour BETWEEN 0 AND 23)
);
COMMENT ON TABLE quotakit.alert_setting IS 'What an account wants of its mails; no row: the defaults. The row of account 0 is the server''s.';
COMMENT ON COLUMN quotakit.alert_setting.account_id IS 'The account; 0 for the server.';
COMMENT ON COLUMN quotakit.alert_setting.dashboard_url IS 'Where links in mails lead, without a slash at the end; null: as the server''s row says, or no links.';
COMMENT ON COLUMN quotakit.alert_setting.statements IS 'Whether the account''s contact gets a statement for each month.';
COMMENT ON COLUMN quotakit.alert_setting.digest_hour IS 'Hour of the account''s local time at which digests are sent.';

CREATE SEQUENCE quotakit.recipient_id_seq AS int4;
CREATE TABLE quotakit.recipient (
  account_id      int4 NOT NULL REFERENCES quotakit.account,
  recipient_id    int4 NOT NULL DEFAULT nextval('quotakit.recipient_id_seq'),
  channel         text NOT NULL CHECK (channel IN ('email', 'webhook', 'slack')),
  name            text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 254 AND name !~ '[[:cntrl:]]'),
  url             text CHECK (octet_length(url) <= 2000 AND url ~ '^https?://[!-~]+$'),
  secret          bytea CHECK (octet_length(secret) BETWEEN 24 AND 64),
  previous_secret bytea CHECK (octet_length(previous_secret) BETWEEN 24 AND 64),
  previous_until  timestamptz,
  confirmed_at    timestamptz,
  token_hash      bytea CHECK (octet_length(token_hash) = 32),
  token_until     timestamptz,
  disabled_at     timestamptz,
  disabled_reason text CHECK (octet_length(disabled_reason) <= 500),
  created_at      timestamptz NOT NULL DEFAULT now(),
  removed_at      timestamptz,
  PRIMARY KEY (account_id, recipient_id),
  CHECK ((channel = 'email') = (url IS NULL)),
  CHECK ((channel = 'webhook') = (secret IS NOT NULL))
);
CREATE UNIQUE INDEX recipient_live_name ON quotakit.recipient (account_id, lower(name)) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX recipient_token ON quotakit.recipient (account_id, token_hash) WHERE token_hash IS NOT NULL;
COMMENT ON TABLE quotakit.recipient IS 'Who can be told: e-mail addresses, webhooks, Slack webhooks. An address gets nothing but the confirmation until it is confirmed; the account''s own contact needs none.';
COMMENT ON COLUMN quotakit.recipient.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.recipient.recipient_id IS 'Number of the recipient.';
COMMENT ON COLUMN quotakit.recipient.channel IS 'email, webhook or slack.';
COMMENT ON COLUMN quotakit.recipient.name IS 'The e-mail address, or what the webhook is called.';
COMMENT ON COLUMN quotakit.recipient.url IS 'Where a webhook is posted to. Secret: whoever knows a Slack URL can post.';
COMMENT ON COLUMN quotakit.recipient.secret IS 'Key that signs a webhook (Standard Webhooks).';
COMMENT ON COLUMN quotakit.recipient.previous_secret IS 'The key before; signs too until previous_until.';
COMMENT ON COLUMN quotakit.recipient.previous_until IS 'When the key before stops signing.';
COMMENT ON COLUMN quotakit.recipient.confirmed_at IS 'When the address was confirmed, or a webhook was added.';
COMMENT ON COLUMN quotakit.recipient.token_hash IS 'SHA-256 of the token in the confirmation link.';
COMMENT ON COLUMN quotakit.recipient.token_until IS 'When that link stops working.';
COMMENT ON COLUMN quotakit.recipient.disabled_at IS 'When an endpoint was switched off because it answered 410; null while on.';
COMMENT ON COLUMN quotakit.recipient.disabled_reason IS 'Why it was switched off.';
COMMENT ON COLUMN quotakit.recipient.created_at IS 'When it was added.';
COMMENT ON COLUMN quotakit.recipient.removed_at IS 'When it was removed, or null.';

CREATE SEQUENCE quotakit.alert_id_seq AS int4;
CREATE TABLE quotakit.alert (
  account_id  int4 NOT NULL,
  alert_id    int4 NOT NULL DEFAULT nextval('quotakit.alert_id_seq') CHECK (alert_id > 0),
  policy_id   int4 NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('percent', 'amount', 'forecast', 'refusal')),
  percent     numeric CHECK (percent > 0 AND percent <= 1000 AND scale(percent) <= 2),
  amount      int8 CHECK (amount > 0),
  to_contact  bool NOT NULL,
  delivery    text NOT NULL DEFAULT 'each' CHECK (delivery IN ('each', 'daily', 'weekly')),
  muted_until timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz,
  PRIMARY KEY (account_id, alert_id),
  FOREIGN KEY (account_id, policy_id) REFERENCES quotakit.policy,
  CHECK ((kind = 'percent') = (percent IS NOT NULL)),
  CHECK ((kind = 'amount') = (amount IS NOT NULL))
);
CREATE UNIQUE INDEX alert_live ON quotakit.alert (account_id, policy_id, kind, percent, amount) NULLS NOT DISTINCT
  WHERE archived_at IS NULL;
COMMENT ON TABLE quotakit.alert IS 'A threshold on a policy: who is told when it is crossed.';
COMMENT ON COLUMN quotakit.alert.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN quotakit.alert.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.alert.kind IS 'percent of the limit; amount; forecast: the limit will be passed before the window ends; refusal: the first refused call.';
COMMENT ON COLUMN quotakit.alert.percent IS 'Percent of the limit, boost included; at most two decimals.';
COMMENT ON COLUMN quotakit.alert.amount IS 'Amount in the policy''s unit, nano for USD and credits.';
COMMENT ON COLUMN quotakit.alert.to_contact IS 'Whether the account''s contact is told.';
COMMENT ON COLUMN quotakit.alert.delivery IS 'each: a message at once; daily, weekly: in a digest.';
COMMENT ON COLUMN quotakit.alert.muted_until IS 'Until then it is logged only.';
COMMENT ON COLUMN quotakit.alert.created_at IS 'When it was set.';
COMMENT ON COLUMN quotakit.alert.archived_at IS 'When it was removed, or null.';

CREATE TABLE quotakit.alert_recipient (
  account_id   int4 NOT NULL,
  alert_id     int4 NOT NULL,
  recipient_id int4 NOT NULL,
  PRIMARY KEY (account_id, alert_id, recipient_id),
  FOREIGN KEY (account_id, alert_id) REFERENCES quotakit.alert,
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient
);
COMMENT ON TABLE quotakit.alert_recipient IS 'Whom an alert tells beside the account''s contact.';
COMMENT ON COLUMN quotakit.alert_recipient.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert_recipient.alert_id IS 'The alert.';
COMMENT ON COLUMN quotakit.alert_recipient.recipient_id IS 'The recipient.';

CREATE SEQUENCE quotakit.alert_fired_id_seq;
CREATE TABLE quotakit.alert_fired (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  fired_id     int8 NOT NULL DEFAULT nextval('quotakit.alert_fired_id_seq'),
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('percent', 'amount', 'forecast', 'refusal')),
  mark         numeric NOT NULL,
  threshold    int8 NOT NULL,
  alert_id     int4 NOT NULL,
  used         int8 NOT NULL,
  limit_amount int8 NOT NULL,
  fired_at     timestamptz NOT NULL,
  state        text NOT NULL CHECK (state IN ('told', 'muted', 'waiting', 'digested')),
  facts        jsonb NOT NULL,
  PRIMARY KEY (account_id, fired_id),
  FOREIGN KEY (account_id, policy_id) REFERENCES quotakit.policy,
  -- One alert a threshold and window, however many check.
  CONSTRAINT alert_fired_once UNIQUE (account_id, policy_id, window_start, kind, mark, threshold)
);
CREATE INDEX alert_fired_waiting ON quotakit.alert_fired (account_id, alert_id) WHERE state = 'waiting';
COMMENT ON TABLE quotakit.alert_fired IS 'Every threshold that was crossed: one row a threshold and window. A raised limit may add another, above the new threshold only.';
COMMENT ON COLUMN quotakit.alert_fired.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert_fired.fired_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.alert_fired.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.alert_fired.window_start IS 'Start of the window; of a rolling policy, of the calendar window of the same period; -infinity for lifetime.';
COMMENT ON COLUMN quotakit.alert_fired.kind IS 'As of the alert.';
COMMENT ON COLUMN quotakit.alert_fired.mark IS 'The percentage, or the amount as stored; 0 for forecast and refusal.';
COMMENT ON COLUMN quotakit.alert_fired.threshold IS 'What that was then, in the policy''s unit as stored; 0 for a refusal.';
COMMENT ON COLUMN quotakit.alert_fired.alert_id IS 'The alert; 0 for a refusal on a policy without an alert for refusals.';
COMMENT ON COLUMN quotakit.alert_fired.used IS 'What was used then, in the policy''s unit as stored.';
COMMENT ON COLUMN quotakit.alert_fired.limit_amount IS 'The limit then, boost included, as stored.';
COMMENT ON COLUMN quotakit.alert_fired.fired_at IS 'When it was found.';
COMMENT ON COLUMN quotakit.alert_fired.state IS 'told: notifications were made; muted: none; waiting for a digest; digested: it was in one.';
COMMENT ON COLUMN quotakit.alert_fired.facts IS 'All that was known then: the messages are made of it.';

CREATE TABLE quotakit.statement (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  month_start  timestamptz NOT NULL,
  month_end    timestamptz NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT now(),
  facts        jsonb NOT NULL,
  PRIMARY KEY (account_id, month_start)
);
COMMENT ON TABLE quotakit.statement IS 'The statement of each account and billing month: made once.';
COMMENT ON COLUMN quotakit.statement.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.statement.month_start IS 'Start of the billing month.';
COMMENT ON COLUMN quotakit.statement.month_end IS 'Its end.';
COMMENT ON COLUMN quotakit.statement.made_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.statement.facts IS 'Totals, and the same by project and by service; amounts are decimal strings.';
-- The outbox: one row a message and recipient, written in the transaction that has
-- something to say. A courier delivers them; no network is touched here.

CREATE SEQUENCE quotakit.notification_id_seq;
CREATE TABLE quotakit.notification (
  account_id      int4 NOT NULL REFERENCES quotakit.account,
  notification_id int8 NOT NULL DEFAULT nextval('quotakit.notification_id_seq'),
  recipient_id    int4 NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('alert', 'test', 'digest', 'statement', 'confirmation')),
  alert_id        int4,
  fired_id        int8,
  message_id      uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at      timestamptz NOT NULL DEFAULT now(),
  due_at          timestamptz NOT NULL DEFAULT now(),
  give_up_at      timestamptz NOT NULL DEFAULT now() + interval '3 days',
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'dead', 'cancelled')),
  attempts        int4 NOT NULL DEFAULT 0,
  uncertain       bool NOT NULL DEFAULT false,
  lease_until     timestamptz,
  courier         text CHECK (octet_length(courier) <= 200),
  ended_at        timestamptz,
  last_error      text,
  subject         text NOT NULL CHECK (octet_length(subject) <= 1000 AND subject !~ '[[:cntrl:]]'),
  payload         jsonb NOT NULL,
  body_text       text NOT NULL,
  body_html       text,
  PRIMARY KEY (account_id, notification_id),
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient,
  CHECK ((state = 'sending') = (lease_until IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
-- Oldest first for each recipient.
CREATE INDEX notification_open ON quotakit.notification (account_id, recipient_id, notification_id)
  WHERE state IN ('pending', 'sending');
CREATE INDEX notification_ended ON quotakit.notification (ended_at) WHERE state IN ('sent', 'dead', 'cancelled');
CREATE INDEX notification_fired ON quotakit.notification (account_id, fired_id) WHERE fired_id IS NOT NULL;
COMMENT ON TABLE quotakit.notification IS 'The outbox: one message to one recipient.';
COMMENT ON COLUMN quotakit.notification.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.notification.notification_id IS 'Number of the notification; those of one recipient are delivered in this order.';
COMMENT ON COLUMN quotakit.notification.recipient_id IS 'The recipient.';
COMMENT ON COLUMN quotakit.notification.kind IS 'alert, test, digest, statement or confirmation.';
COMMENT ON COLUMN quotakit.notification.alert_id IS 'The alert it is about; null or 0 for none.';
COMMENT ON COLUMN quotakit.notification.fired_id IS 'The row of alert_fired it is about, or null.';
COMMENT ON COLUMN quotakit.notification.message_id IS 'The Message-ID''s left side, and the webhook-id; the same however often it is sent.';
COMMENT ON COLUMN quotakit.notification.created_at IS 'When it was made; the Date of the mail.';
COMMENT ON COLUMN quotakit.notification.due_at IS 'Not to be sent before.';
COMMENT ON COLUMN quotakit.notification.give_up_at IS 'After this a failed attempt is the last one: dead.';
COMMENT ON COLUMN quotakit.notification.state IS 'pending; sending: a courier has it until lease_until; sent; dead: given up; cancelled: muted or removed before it was sent.';
COMMENT ON COLUMN quotakit.notification.attempts IS 'How often a courier took it.';
COMMENT ON COLUMN quotakit.notification.uncertain IS 'A courier took it and was not heard of again: it may have been delivered twice.';
COMMENT ON COLUMN quotakit.notification.lease_until IS 'While sending: when it is taken from the courier again.';
COMMENT ON COLUMN quotakit.notification.courier IS 'The last courier that took it: host and process.';
COMMENT ON COLUMN quotakit.notification.ended_at IS 'When it was sent, given up or cancelled.';
COMMENT ON COLUMN quotakit.notification.last_error IS 'What the last failed attempt met.';
COMMENT ON COLUMN quotakit.notification.subject IS 'The subject, one line.';
COMMENT ON COLUMN quotakit.notification.payload IS 'The facts it is made of, as they were.';
COMMENT ON COLUMN quotakit.notification.body_text IS 'The plain text of a mail, or the body of a webhook, byte for byte.';
COMMENT ON COLUMN quotakit.notification.body_html IS 'The HTML of a mail; null for a webhook.';

CREATE TABLE quotakit.outbox_lane (
  account_id   int4 NOT NULL,
  recipient_id int4 NOT NULL,
  next_due     timestamptz NOT NULL,
  free_at      timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (account_id, recipient_id),
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient
) WITH (fillfactor = 70);
CREATE INDEX outbox_lane_due ON quotakit.outbox_lane (next_due) WHERE next_due < 'infinity';
COMMENT ON TABLE quotakit.outbox_lane IS 'One row a recipient: what keeps its messages in order and a second apart. A courier locks it to take a message.';
COMMENT ON COLUMN quotakit.outbox_lane.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.outbox_lane.recipient_id IS 'The recipient.';
COMMENT ON COLUMN quotakit.outbox_lane.next_due IS 'When there may be something to send; infinity when nothing is left.';
COMMENT ON COLUMN quotakit.outbox_lane.free_at IS 'Not before: a message is on its way, was sent within the second, or waits for another try.';

CREATE SEQUENCE quotakit.delivery_id_seq;
CREATE TABLE quotakit.delivery_log (
  account_id      int4 NOT NULL,
  delivery_id     int8 NOT NULL DEFAULT nextval('quotakit.delivery_id_seq'),
  notification_id int8 NOT NULL,
  attempt         int4 NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp(),
  outcome         text NOT NULL CHECK (outcome IN ('sent', 'failed', 'uncertain')),
  code            int4,
  detail          text,
  courier         text,
  PRIMARY KEY (account_id, delivery_id)
);
CREATE INDEX delivery_log_notification ON quotakit.delivery_log (account_id, notification_id);
COMMENT ON TABLE quotakit.delivery_log IS 'Every attempt to deliver a notification, and how it ended.';
COMMENT ON COLUMN quotakit.delivery_log.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.delivery_log.delivery_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.delivery_log.notification_id IS 'The notification.';
COMMENT ON COLUMN quotakit.delivery_log.attempt IS 'Which attempt, from 1.';
COMMENT ON COLUMN quotakit.delivery_log.at IS 'When it ended.';
COMMENT ON COLUMN quotakit.delivery_log.outcome IS 'sent: accepted by the other side; failed; uncertain: the courier ended before it said, so it may have been accepted.';
COMMENT ON COLUMN quotakit.delivery_log.code IS 'The answer''s SMTP or HTTP code; null without any.';
COMMENT ON COLUMN quotakit.delivery_log.detail IS 'What was met, in words.';
COMMENT ON COLUMN quotakit.delivery_log.courier IS 'Which courier: host and process.';
-- What a courier may do: take what is due, and say how it went.

CREATE FUNCTION quotakit._post(account_id int4, recipient_id int4, kind text, alert_id int4, fired_id int8,
  subject text, payload jsonb, body_text text, body_html text) RETURNS int8
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO quotakit.notification (account_id, recipient_id, kind, alert_id, fired_id, subject, payload, body_text, body_html)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING notification_id
$$;
COMMENT ON FUNCTION quotakit._post IS 'Puts one message for one recipient into the outbox; returns its number. _wake() must follow in the same transaction.';

CREATE FUNCTION quotakit._wake(account_ids int4[], recipient_ids int4[]) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- In one order, and the last locks of a transaction: nobody who holds a lane waits for more.
  INSERT INTO quotakit.outbox_lane AS l (account_id, recipient_id, next_due)
  SELECT DISTINCT w.account_id, w.recipient_id, now() FROM unnest(account_ids, recipient_ids) AS w(account_id, recipient_id)
  ORDER BY w.account_id, w.recipient_id
  ON CONFLICT ON CONSTRAINT outbox_lane_pkey DO UPDATE SET next_due = least(l.next_due, excluded.next_due)
$$;
COMMENT ON FUNCTION quotakit._wake IS 'Tells the couriers that there are messages for these recipients (two arrays of one length). The last thing a transaction does.';

CREATE FUNCTION quotakit.courier_take(courier text, most int4 DEFAULT 1, lease interval DEFAULT '60 seconds')
  RETURNS TABLE (account_id int4, notification_id int8, attempt int4, channel text, kind text, address text, subject text,
                 body_text text, body_html text, message_id uuid, created_at timestamptz, uncertain bool,
                 secret bytea, previous_secret bytea)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now_at timestamptz := clock_timestamp();
  lane   quotakit.outbox_lane;
  n      quotakit.notification;
  r      quotakit.recipient;
  found_n int4 := 0;
BEGIN
  IF courier IS NULL OR courier ~ '[[:cntrl:]]' OR octet_length(courier) > 200 THEN
    RAISE EXCEPTION 'courier has no usable name' USING ERRCODE = 'invalid_parameter_value';
  ELSIF most IS NULL OR most NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'number of messages is out of range' USING ERRCODE = 'QK008', DETAIL = 'A courier takes 1 to 100 at a time.';
  ELSIF lease IS NULL OR lease NOT BETWEEN '1 second' AND '10 minutes' THEN
    RAISE EXCEPTION 'lease is out of range' USING ERRCODE = 'QK008', DETAIL = 'It is 1 second to 10 minutes.';
  END IF;
  -- The lane's lock is what two couriers race for; whoever holds it has the recipient.
  FOR lane IN
    SELECT * FROM quotakit.outbox_lane l
    WHERE l.next_due <= now_at AND l.free_at <= now_at
    ORDER BY l.next_due LIMIT most * 2 FOR UPDATE SKIP LOCKED
  LOOP
    EXIT WHEN found_n = most;
    SELECT * INTO n FROM quotakit.notification o
    WHERE o.account_id = lane.account_id AND o.recipient_id = lane.recipient_id AND o.state IN ('pending', 'sending')
    ORDER BY o.notification_id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
      UPDATE quotakit.outbox_lane l SET next_due = 'infinity'
      WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
      CONTINUE;
    ELSIF greatest(n.due_at, n.lease_until) > now_at THEN
      UPDATE quotakit.outbox_lane l SET next_due = greatest(n.due_at, n.lease_until)
      WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
      CONTINUE;
    END IF;
    SELECT * INTO STRICT r FROM quotakit.recipient o WHERE o.account_id = n.account_id AND o.recipient_id = n.recipient_id;
    IF n.state = 'sending' THEN
      INSERT INTO quotakit.delivery_log (account_id, notification_id, attempt, outcome, detail, courier)
      VALUES (n.account_id, n.notification_id, n.attempts, 'uncertain',
              'the courier was not heard of again; the message may have been delivered', n.courier);
    END IF;
    IF r.removed_at IS NOT NULL OR r.disabled_at IS NOT NULL THEN
      UPDATE quotakit.notification o
      SET state = CASE WHEN r.removed_at IS NULL THEN 'dead' ELSE 'cancelled' END, ended_at = now_at, lease_until = NULL,
          uncertain = n.uncertain OR n.state = 'sending',
          last_error = CASE WHEN r.removed_at IS NULL THEN 'the recipient is switched off' ELSE 'the recipient was removed' END
      WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id;
      CONTINUE;
    END IF;
    UPDATE quotakit.notification o
    SET uncertain = o.uncertain OR o.state = 'sending', state = 'sending', attempts = o.attempts + 1,
        lease_until = now_at + lease, courier = courier_take.courier
    WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id
    RETURNING * INTO n;
    UPDATE quotakit.outbox_lane l SET free_at = n.lease_until
    WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
    found_n := found_n + 1;
    account_id := n.account_id; notification_id := n.notification_id; attempt := n.attempts;
    channel := r.channel; kind := n.kind; address := coalesce(r.url, r.name); subject := n.subject;
    body_text := n.body_text; body_html := n.body_html; message_id := n.message_id; created_at := n.created_at;
    uncertain := n.uncertain; secret := r.secret;
    previous_secret := CASE WHEN r.previous_until > now_at THEN r.previous_secret END;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.courier_take IS 'For couriers: takes up to so many messages (1-100) that are due, at most one a recipient and that one''s oldest, and leases them (1 second to 10 minutes). A message whose lease has run out is taken again and marked uncertain. Out of range: QK008.';

CREATE FUNCTION quotakit._back_off(attempts int4) RETURNS interval
  LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- 5 s, 10 s, 20 s, … up to half an hour, each shortened or stretched by up to a half, so
  -- that what failed together does not come back together.
  SELECT least(5 * 2 ^ least(greatest(attempts, 1) - 1, 20), 1800) * (0.5 + random()) * interval '1 second'
$$;
COMMENT ON FUNCTION quotakit._back_off IS 'How long to wait after so many failed attempts: 2.5-7.5 seconds, doubling, at most 45 minutes.';

CREATE FUNCTION quotakit.courier_done(account_id int4, notification_id int8, attempt int4, outcome text,
  code int4 DEFAULT NULL, detail text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now_at  timestamptz := clock_timestamp();
  n       quotakit.notification;
  wait    interval;
  current bool;
  logged  text := CASE courier_done.outcome WHEN 'sent' THEN 'sent' WHEN 'unsure' THEN 'uncertain' ELSE 'failed' END;
  -- The other side may say anything.
  said    text := left(regexp_replace(courier_done.detail, '[[:cntrl:]]+', ' ', 'g'), 500);
BEGIN
  PERFORM quotakit._check_word('outcome', outcome, 'sent', 'retry', 'unsure', 'dead', 'gone');
  SELECT * INTO n FROM quotakit.notification o
  WHERE o.account_id = courier_done.account_id AND o.notification_id = courier_done.notification_id;
  IF n.notification_id IS NULL OR attempt IS NULL OR attempt NOT BETWEEN 1 AND n.attempts THEN
    RAISE EXCEPTION 'notification % has no attempt %', coalesce(notification_id::text, 'null'), coalesce(attempt::text, 'null')
      USING ERRCODE = 'undefined_object';
  END IF;
  -- The lane first, as courier_take does.
  PERFORM FROM quotakit.outbox_lane l WHERE l.account_id = n.account_id AND l.recipient_id = n.recipient_id FOR UPDATE;
  SELECT * INTO STRICT n FROM quotakit.notification o
  WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id FOR UPDATE;
  current := n.state = 'sending' AND n.attempts = attempt;
  IF NOT current AND EXISTS (SELECT FROM quotakit.delivery_log d
      WHERE d.account_id = n.account_id AND d.notification_id = n.notification_id AND d.attempt = courier_done.attempt AND d.outcome = logged) THEN
    RETURN n.state;
  END IF;
  INSERT INTO quotakit.delivery_log (account_id, notification_id, attempt, outcome, code, detail, courier)
  VALUES (n.account_id, n.notification_id, attempt, logged, code, said, n.courier);
  -- Too late: somebody else had it meanwhile, and the log knows. That it has arrived is
  -- good to hear as long as nobody is sending it again.
  IF NOT current AND (outcome <> 'sent' OR n.state <> 'pending') THEN
    RETURN n.state;
  END IF;
  IF outcome = 'gone' THEN
    UPDATE quotakit.recipient r SET disabled_at = now_at, disabled_reason = coalesce(said, 'gone')
    WHERE r.account_id = n.account_id AND r.recipient_id = n.recipient_id AND r.disabled_at IS NULL;
  END IF;
  wait := CASE WHEN outcome IN ('retry', 'unsure') THEN quotakit._back_off(attempt) ELSE '1 second' END;
  UPDATE quotakit.notification o
  SET state = CASE WHEN outcome = 'sent' THEN 'sent'
                   WHEN outcome IN ('retry', 'unsure') AND now_at < n.give_up_at THEN 'pending' ELSE 'dead' END,
      due_at = CASE WHEN outcome IN ('retry', 'unsure') THEN now_at + wait ELSE n.due_at END,
      ended_at = CASE WHEN outcome IN ('retry', 'unsure') AND now_at < n.give_up_at THEN NULL ELSE now_at END,
      uncertain = o.uncertain OR outcome = 'unsure', lease_until = NULL, last_error = CASE WHEN outcome = 'sent' THEN NULL ELSE said END
  WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id
  RETURNING * INTO n;
  UPDATE quotakit.outbox_lane l SET free_at = now_at + wait
  WHERE l.account_id = n.account_id AND l.recipient_id = n.recipient_id;
  RETURN n.state;
END $$;
COMMENT ON FUNCTION quotakit.courier_done IS 'For couriers: says how an attempt ended: sent; retry (later, for three days); unsure (the same, but it may have been accepted); dead (never will); gone (the endpoint answered 410: it is switched off). code: the SMTP or HTTP code. Returns the notification''s state. Saying it twice changes nothing. No such attempt: undefined_object.';

CREATE FUNCTION quotakit.resend_notification(notification_id int8) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  account int4 := quotakit._acting_account('admin');
  n       quotakit.notification;
  r       quotakit.recipient;
BEGIN
  SELECT * INTO n FROM quotakit.notification o
  WHERE o.account_id = account AND o.notification_id = resend_notification.notification_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'notification % does not exist', coalesce(notification_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.notification.';
  END IF;
  SELECT * INTO STRICT r FROM quotakit.recipient o WHERE o.account_id = account AND o.recipient_id = n.recipient_id;
  IF n.state IN ('dead', 'cancelled') AND (r.removed_at IS NOT NULL OR r.disabled_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the recipient "%" %', r.name, CASE WHEN r.removed_at IS NULL THEN 'is switched off' ELSE 'was removed' END
      USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nothing is sent there any more.';
  END IF;
  PERFORM FROM quotakit.outbox_lane l WHERE l.account_id = account AND l.recipient_id = n.recipient_id FOR UPDATE;
  UPDATE quotakit.notification o
  SET state = 'pending', due_at = clock_timestamp(), give_up_at = clock_timestamp() + interval '3 days', ended_at = NULL
  WHERE o.account_id = account AND o.notification_id = n.notification_id AND o.state IN ('dead', 'cancelled');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'notification % is neither dead nor cancelled', notification_id
      USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What was sent is not sent again, and what is pending will be.';
  END IF;
  UPDATE quotakit.outbox_lane l SET next_due = least(l.next_due, clock_timestamp()), free_at = least(l.free_at, clock_timestamp() + interval '1 second')
  WHERE l.account_id = account AND l.recipient_id = n.recipient_id;
END $$;
COMMENT ON FUNCTION quotakit.resend_notification IS 'Puts a dead or cancelled notification of the current account back into the outbox, for three more days (admin). Its Message-ID or webhook-id stays. None: undefined_object; sent or pending, or its recipient removed or switched off: object_not_in_prerequisite_state.';
-- How messages put things. Whatever comes from people passes _line() or _html().
-- In PL/pgSQL also where SQL would do: its plans are kept.

CREATE FUNCTION quotakit._line(words text, most int4 DEFAULT 200) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- One line: no control characters, no line or paragraph separators, nothing that turns
  -- the direction of what follows.
  RETURN (SELECT CASE WHEN length(t.s) > most THEN left(t.s, most - 1) || '…' ELSE t.s END
  FROM (SELECT btrim(regexp_replace(words, '[\u0001-\u0020\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]+', ' ', 'g')) AS s) t);
END $$;
COMMENT ON FUNCTION quotakit._line IS 'Text as one harmless line of at most so many characters; null for null.';

CREATE FUNCTION quotakit._html(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT replace(replace(replace(replace(replace(quotakit._line(words, 2000), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'));
END $$;
COMMENT ON FUNCTION quotakit._html IS 'Text as HTML, in an element or an attribute.';

CREATE FUNCTION quotakit._slack(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Slack's own three; and what would begin its markup is set apart by a word joiner.
  RETURN (SELECT regexp_replace(replace(replace(replace(quotakit._line(words, 1000), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '([*_~`])', E'\u2060\\1\u2060', 'g'));
END $$;
COMMENT ON FUNCTION quotakit._slack IS 'Text in Slack''s mrkdwn, without markup of its own.';

CREATE FUNCTION quotakit._url_part(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(string_agg(CASE WHEN chr(b) ~ '[A-Za-z0-9._~/-]' AND b < 128 THEN chr(b) ELSE '%' || upper(lpad(to_hex(b), 2, '0')) END, '' ORDER BY i), '')
  FROM (SELECT i, get_byte(convert_to(words, 'UTF8'), i) AS b FROM generate_series(0, octet_length(convert_to(words, 'UTF8')) - 1) i) bytes);
END $$;
COMMENT ON FUNCTION quotakit._url_part IS 'Text percent-encoded for a URL; slashes stay.';

CREATE FUNCTION quotakit._show(amount numeric, unit text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE
    WHEN unit = 'usd' THEN '$' || CASE
      WHEN amount = 0 OR amount >= 1 THEN to_char(round(amount, 2), 'FM999,999,999,990.00')
      ELSE trim_scale(round(amount, 6))::text END
    WHEN unit = 'credits' THEN to_char(round(amount, 2), 'FM999,999,999,990.##') || ' credits'
    ELSE to_char(round(amount), 'FM9,999,999,999,999,999,990') || ' ' || unit END);
END $$;
COMMENT ON FUNCTION quotakit._show IS 'An amount as people write it: $1,234.50, 12 credits, 1,000 tokens.';

CREATE FUNCTION quotakit._show_time(at timestamptz, time_zone text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT to_char(at AT TIME ZONE time_zone, 'FMDD Mon YYYY, HH24:MI') || ' (' || time_zone || ')');
END $$;
COMMENT ON FUNCTION quotakit._show_time IS 'An instant as people of that time zone write it.';

CREATE FUNCTION quotakit._show_period(period text, rolling bool) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE WHEN rolling THEN 'rolling ' || period
    ELSE CASE period WHEN 'minute' THEN 'per-minute' WHEN 'hour' THEN 'hourly' WHEN 'day' THEN 'daily' WHEN 'week' THEN 'weekly'
      WHEN 'month' THEN 'monthly' WHEN 'quarter' THEN 'quarterly' WHEN 'year' THEN 'yearly' ELSE 'lifetime' END END);
END $$;
COMMENT ON FUNCTION quotakit._show_period IS 'A period as an adjective.';

CREATE FUNCTION quotakit._dashboard(account_id int4) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.dashboard_url FROM quotakit.alert_setting s
  WHERE s.account_id IN (0, $1) AND s.dashboard_url IS NOT NULL ORDER BY s.account_id DESC LIMIT 1
$$;
COMMENT ON FUNCTION quotakit._dashboard IS 'Where the links in an account''s mails lead; null for nowhere.';

CREATE FUNCTION quotakit._pace_step(period text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE period WHEN 'minute' THEN 'second' WHEN 'hour' THEN 'minute' WHEN 'day' THEN 'hour' ELSE 'day' END);
END $$;
COMMENT ON FUNCTION quotakit._pace_step IS 'In what steps the pace of a period is told.';

CREATE FUNCTION quotakit._facts(account_id int4, policy_id int4, kind text, used int8, window_start timestamptz, window_end timestamptz, now timestamptz)
  RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  p       record;
  total   int8;
  since   timestamptz;
  until   timestamptz := least(_facts.now, _facts.window_end);
  elapsed numeric;
  pace    numeric;   -- in the unit as stored, a second
  hits    timestamptz;
  url     text := quotakit._dashboard(_facts.account_id);
BEGIN
  SELECT a.name, a.time_zone, n.node_id, n.path, q.* INTO STRICT p
  FROM quotakit.policy q JOIN quotakit.account a ON a.account_id = q.account_id
  JOIN quotakit.node n ON n.account_id = q.account_id AND n.node_id = q.node_id
  WHERE q.account_id = _facts.account_id AND q.policy_id = _facts.policy_id;
  total := p.limit_amount + CASE WHEN p.boost_until > _facts.now THEN p.boost_amount ELSE 0 END;
  since := CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, _facts.now)
                WHEN p.period = 'lifetime' THEN p.created_at ELSE _facts.window_start END;
  elapsed := greatest(extract(epoch FROM until - since), 1);
  pace := _facts.used / elapsed;
  -- A rolling window frees as it goes: what it will hold cannot be told from what it holds.
  IF _facts.used < total AND pace > 0 AND NOT p.rolling AND until = _facts.now
     AND (total - _facts.used) / pace < 3e9 THEN
    hits := _facts.now + (total - _facts.used) / pace * interval '1 second';
  END IF;
  RETURN jsonb_build_object(
    'kind', _facts.kind, 'at', _facts.now, 'account', p.name, 'time_zone', p.time_zone, 'path', p.path::text,
    'policy', jsonb_build_object('policy_id', p.policy_id, 'unit', p.unit, 'period', p.period, 'rolling', p.rolling,
      'service', p.service, 'model', p.model, 'enforcement', p.enforcement),
    'used', quotakit.in_unit(_facts.used, p.unit)::text, 'limit', quotakit.in_unit(total, p.unit)::text,
    'percent', CASE WHEN total > 0 THEN trunc(100.0 * _facts.used / total, 1)::text END,
    'window_start', CASE WHEN p.rolling OR isfinite(_facts.window_start) THEN since END,
    'resets_at', CASE WHEN NOT p.rolling AND isfinite(_facts.window_end) THEN _facts.window_end END,
    'window_over', until < _facts.now,
    'pace', quotakit.in_unit(round(pace * CASE quotakit._pace_step(p.period)
      WHEN 'second' THEN 1 WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 ELSE 86400 END)::int8, p.unit)::text,
    'pace_per', quotakit._pace_step(p.period),
    'projected_at', CASE WHEN hits < _facts.window_end THEN hits END,
    'top', quotakit._top_spenders(_facts.account_id, p.node_id, p.path, since, until, p.unit, p.service, p.model),
    'link', url || '/projects?path=' || quotakit._url_part(p.path::text));
END $$;
COMMENT ON FUNCTION quotakit._facts IS 'Everything a message about a policy says, with what it has used in a window: account, path, policy, used, limit, percent, pace, projected time, the top three below. Amounts are decimal strings in the policy''s unit.';

CREATE FUNCTION quotakit._top_spenders(account_id int4, node_id int4, path quotakit.qpath, since timestamptz, until timestamptz,
  unit text, service text, model text) RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := _top_spenders.account_id;
  level  int4 := quotakit.nlevel(_top_spenders.path);
  below  int4[];
  found  jsonb;
  hour   timestamptz;
BEGIN
  SELECT array_agg(n.node_id) INTO below FROM quotakit.node n
  WHERE n.account_id = acct AND n.path OPERATOR(quotakit.<@) _top_spenders.path AND quotakit.nlevel(n.path) = level + 1;
  IF below IS NULL THEN
    RETURN '[]';
  END IF;
  SELECT quotakit.local_hour(_top_spenders.since, a.time_zone) INTO hour FROM quotakit.account a WHERE a.account_id = acct;
  SELECT jsonb_agg(jsonb_build_object('path', s.child, 'amount', quotakit.in_unit(s.amount, _top_spenders.unit)::text) ORDER BY s.amount DESC, s.child)
  INTO found
  FROM (
    SELECT quotakit.subpath(n.path, 0, level + 1)::text AS child,
           sum(CASE _top_spenders.unit WHEN 'usd' THEN c.usd WHEN 'credits' THEN c.credits WHEN 'requests' THEN c.requests
               ELSE c.input_tokens + c.cached_input_tokens + c.cache_write_tokens + c.output_tokens + c.reasoning_tokens END)::int8 AS amount
    FROM (
      SELECT * FROM quotakit._folded(acct, below, NULL, hour, _top_spenders.until, 'node',
        _top_spenders.service, _top_spenders.model)
      UNION ALL
      SELECT * FROM quotakit._unfolded(acct, _top_spenders.path, hour, _top_spenders.until, 'node', _top_spenders.service, _top_spenders.model, NULL) u
      WHERE u.node_id <> _top_spenders.node_id) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
    GROUP BY 1
    HAVING sum(CASE _top_spenders.unit WHEN 'usd' THEN c.usd WHEN 'credits' THEN c.credits WHEN 'requests' THEN c.requests
               ELSE c.input_tokens + c.cached_input_tokens + c.cache_write_tokens + c.output_tokens + c.reasoning_tokens END) > 0
    ORDER BY 2 DESC, 1 LIMIT 3) s;
  RETURN coalesce(found, '[]');
END $$;
COMMENT ON FUNCTION quotakit._top_spenders IS 'The three children of a path that used most, everything below them counted, by whole hours; from rollups, never from the ledger.';
-- Messages out of facts: subject, text, HTML, and the JSON of webhooks and Slack.

CREATE FUNCTION quotakit._scope(f jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(f #>> '{policy,model}' || ' (' || (f #>> '{policy,service}') || ')', f #>> '{policy,service}', 'all services'));
END $$;
COMMENT ON FUNCTION quotakit._scope IS 'What a policy counts, in words.';

CREATE FUNCTION quotakit._policy_words(f jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}') || ' '
    || quotakit._show_period(f #>> '{policy,period}', (f #>> '{policy,rolling}')::bool)
    || ', ' || quotakit._scope(f) || ', ' || (f #>> '{policy,enforcement}') || ' (policy ' || (f #>> '{policy,policy_id}') || ')');
END $$;
COMMENT ON FUNCTION quotakit._policy_words IS 'A policy in words.';

CREATE FUNCTION quotakit._headline(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._line(CASE WHEN (f ->> 'test')::bool THEN 'Test: ' ELSE '' END
    || quotakit._line(f ->> 'path', 120)
    || CASE WHEN f #>> '{policy,service}' IS NULL THEN '' ELSE ', ' || quotakit._line(coalesce(f #>> '{policy,model}', f #>> '{policy,service}'), 60) END
    || CASE f ->> 'kind'
       WHEN 'forecast' THEN coalesce(' will pass its ' || t.period || ' limit of ' || t.total || ' around '
              || to_char((f ->> 'projected_at')::timestamptz AT TIME ZONE (f ->> 'time_zone'),
                         CASE WHEN f #>> '{policy,period}' IN ('minute', 'hour', 'day') THEN 'HH24:MI' ELSE 'FMDD FMMonth' END),
            CASE WHEN (f ->> 'used')::numeric < (f ->> 'limit')::numeric THEN ' may pass its ' ELSE ' has reached its ' END || t.period || ' limit of ' || t.total)
       WHEN 'refusal' THEN ': calls are refused, ' || t.used || ' of the ' || t.period || ' limit of ' || t.total || ' used'
       WHEN 'amount' THEN ' has used ' || t.used || ' of its ' || t.period || ' limit of ' || t.total
       ELSE ' has used ' || coalesce((f ->> 'percent') || ' %', t.used) || ' of its ' || t.period || ' limit of ' || t.total END, 300)
  FROM (SELECT quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}') AS total,
               quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}') AS used,
               quotakit._show_period(f #>> '{policy,period}', (f #>> '{policy,rolling}')::bool) AS period) t);
END $$;
COMMENT ON FUNCTION quotakit._headline IS 'The one line that says it.';

CREATE FUNCTION quotakit._alert_rows(f jsonb) RETURNS TABLE (label text, value text)
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT v.label, quotakit._line(v.value, 1100) FROM (VALUES
    (1, 'Path', f ->> 'path'),
    (2, 'Policy', quotakit._policy_words(f)),
    (3, 'Used', quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}')
        || coalesce(' (' || (f ->> 'percent') || ' %)', '')),
    (4, 'Limit', quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}')),
    (5, 'Alert', CASE f ->> 'kind' WHEN 'percent' THEN 'at ' || (f ->> 'mark') || ' % of the limit'
        WHEN 'amount' THEN 'at ' || quotakit._show((f ->> 'mark')::numeric, f #>> '{policy,unit}')
        WHEN 'forecast' THEN 'when the limit will be passed before the window ends'
        ELSE 'at the first call that is refused' END),
    (6, 'Pace', quotakit._show((f ->> 'pace')::numeric, f #>> '{policy,unit}') || ' per ' || (f ->> 'pace_per')
        || CASE WHEN (f #>> '{policy,rolling}')::bool THEN ' over the last ' || (f #>> '{policy,period}')
           WHEN f #>> '{policy,period}' = 'lifetime' THEN ' since the policy was made' ELSE ' in this window' END),
    (7, 'Limit reached', CASE
        WHEN (f ->> 'used')::numeric >= (f ->> 'limit')::numeric THEN 'yes'
        WHEN f ->> 'projected_at' IS NOT NULL THEN 'around ' || quotakit._show_time((f ->> 'projected_at')::timestamptz, f ->> 'time_zone') || ' at this pace'
        WHEN (f ->> 'window_over')::bool THEN 'no; the window is over'
        WHEN f ->> 'resets_at' IS NOT NULL THEN 'not before the window ends, at this pace' END),
    (8, 'Starts again', quotakit._show_time((f ->> 'resets_at')::timestamptz, f ->> 'time_zone'))
  ) AS v(i, label, value) WHERE v.value IS NOT NULL ORDER BY v.i;
END $$;
COMMENT ON FUNCTION quotakit._alert_rows IS 'What a mail about a policy tells, line by line.';

CREATE FUNCTION quotakit._mute_words(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE WHEN coalesce((f ->> 'alert_id')::int4, 0) > 0
    THEN 'SELECT quotakit.mute_alert(' || (f ->> 'alert_id') || ', now() + interval ''7 days'')'
    ELSE 'SELECT quotakit.mute_alert(quotakit.set_alert(' || (f #>> '{policy,policy_id}') || ', refusal => true), now() + interval ''7 days'')' END);
END $$;
COMMENT ON FUNCTION quotakit._mute_words IS 'The statement that mutes an alert for a week.';

CREATE FUNCTION quotakit._alert_text(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._headline(f) || E'.\n\n'
    || CASE WHEN (f ->> 'test')::bool THEN E'This is a test: it shows what an alert looks like. Nothing has happened.\n\n' ELSE '' END
    || (SELECT string_agg(rpad(r.label || ':', 15) || r.value, E'\n') FROM quotakit._alert_rows(f) r)
    || coalesce(E'\n\nMost of it below:\n' || (SELECT string_agg('  ' || quotakit._line(t ->> 'path', 1100) || '  ' ||
         quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}'), E'\n' ORDER BY i)
         FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)), '')
    || coalesce(E'\n\nSee more: ' || (f ->> 'link'), '')
    || E'\n\nTo mute this alert for a week'
    || CASE WHEN f ->> 'link' IS NULL THEN '' ELSE ', open it in the dashboard, or' END
    || E' run in psql:\n  ' || quotakit._mute_words(f)
    || E'\n\nYou get this because an alert of the account ' || quotakit._line(f ->> 'account') || E' names you.\n');
END $$;
COMMENT ON FUNCTION quotakit._alert_text IS 'A mail about a policy, in plain text.';

CREATE FUNCTION quotakit._html_page(title text, inner_html text, why text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    || '<meta name="color-scheme" content="light"><title>' || quotakit._html(title) || E'</title></head>\n'
    || '<body style="margin:0;padding:24px 12px;background:#f3f4f6;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;color:#1f2937">'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px">'
    || E'<tr><td style="padding:16px 28px;border-bottom:1px solid #e5e7eb;font-size:14px;font-weight:600;color:#4b5563">QuotaKit</td></tr>\n'
    || '<tr><td style="padding:24px 28px">' || inner_html || E'</td></tr>\n'
    || '<tr><td style="padding:14px 28px;border-top:1px solid #e5e7eb;font-size:12px;line-height:18px;color:#6b7280">'
    || why || E'</td></tr></table></td></tr></table></body></html>\n');
END $$;
COMMENT ON FUNCTION quotakit._html_page IS 'The frame of every HTML mail; title is text, the rest HTML.';

CREATE FUNCTION quotakit._html_row(label text, value_html text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT '<tr><td valign="top" style="padding:5px 16px 5px 0;color:#6b7280;font-size:14px;line-height:20px;white-space:nowrap">' || quotakit._html(label)
    || '</td><td valign="top" style="padding:5px 0;font-size:14px;line-height:20px;overflow-wrap:anywhere">' || value_html || E'</td></tr>\n');
END $$;
COMMENT ON FUNCTION quotakit._html_row IS 'One labelled line of an HTML mail.';

CREATE FUNCTION quotakit._html_button(link text, words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce('<p style="margin:22px 0 0"><a href="' || quotakit._html(link) || '" style="display:inline-block;background:#1d4ed8;color:#ffffff;'
    || 'text-decoration:none;font-size:14px;font-weight:600;padding:10px 18px;border-radius:6px">' || quotakit._html(words) || '</a></p>', ''));
END $$;
COMMENT ON FUNCTION quotakit._html_button IS 'A link that looks like a button; nothing without a link.';

CREATE FUNCTION quotakit._alert_html(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._html_page(quotakit._headline(f),
    CASE WHEN (f ->> 'test')::bool THEN '<p style="margin:0 0 12px;font-size:14px;color:#6b7280">This is a test: it shows what an alert looks like. Nothing has happened.</p>' ELSE '' END
    || '<h1 style="margin:0 0 18px;font-size:20px;line-height:28px;font-weight:600;overflow-wrap:anywhere">' || quotakit._html(quotakit._headline(f)) || E'</h1>\n'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#e5e7eb;border-radius:5px"><tr><td>'
    || '<div style="width:' || b.width || '%;min-width:8px;height:10px;border-radius:5px;background:' || b.colour || E'">&nbsp;</div></td></tr></table>\n'
    || '<p style="margin:8px 0 18px;font-size:14px;line-height:20px"><strong>' || quotakit._html(quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}')) || '</strong> of '
    || quotakit._html(quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}')) || coalesce(' · ' || quotakit._html(f ->> 'percent') || ' %', '') || E'</p>\n'
    || '<table role="presentation" cellpadding="0" cellspacing="0">'
    || (SELECT string_agg(quotakit._html_row(r.label, quotakit._html(r.value)), '') FROM quotakit._alert_rows(f) r WHERE r.label NOT IN ('Used', 'Limit'))
    || '</table>'
    || coalesce('<h2 style="margin:22px 0 6px;font-size:15px;font-weight:600">Most of it below</h2><table role="presentation" width="100%" cellpadding="0" cellspacing="0">'
       || (SELECT string_agg('<tr><td style="padding:5px 0;font-size:14px;line-height:20px;border-bottom:1px solid #f3f4f6;word-break:break-word">' || quotakit._html(t ->> 'path')
              || '</td><td align="right" valign="top" style="padding:5px 0 5px 16px;font-size:14px;line-height:20px;border-bottom:1px solid #f3f4f6;white-space:nowrap">'
              || quotakit._html(quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}')) || '</td></tr>', '' ORDER BY i)
           FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)) || '</table>', '')
    || quotakit._html_button(f ->> 'link', 'Open in the dashboard'),
    'You get this because an alert of the account ' || quotakit._html(f ->> 'account') || ' names you. To mute it for a week'
    || CASE WHEN f ->> 'link' IS NULL THEN '' ELSE ', open it in the dashboard, or' END
    || ' run in psql:<br><code style="font-size:12px">' || quotakit._html(quotakit._mute_words(f)) || '</code>')
  FROM (SELECT least(100, round(coalesce((f ->> 'percent')::numeric, 100))) AS width,
               CASE WHEN coalesce((f ->> 'percent')::numeric, 100) >= 90 THEN '#b91c1c' WHEN (f ->> 'percent')::numeric >= 70 THEN '#b45309' ELSE '#15803d' END AS colour) b);
END $$;
COMMENT ON FUNCTION quotakit._alert_html IS 'A mail about a policy, in HTML.';

CREATE FUNCTION quotakit._webhook_body(type text, at timestamptz, f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('type', type, 'timestamp', to_jsonb(at), 'data', f)::text);
END $$;
COMMENT ON FUNCTION quotakit._webhook_body IS 'The JSON of a webhook: type, timestamp, data, as Standard Webhooks asks.';

CREATE FUNCTION quotakit._slack_body(title text, rows_md text, f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('text', quotakit._slack(title), 'blocks', jsonb_build_array(
      jsonb_build_object('type', 'header', 'text', jsonb_build_object('type', 'plain_text', 'text', left(title, 150))),
      jsonb_build_object('type', 'section', 'text', jsonb_build_object('type', 'mrkdwn', 'text', left(rows_md, 3000))))
    || CASE WHEN f ->> 'link' IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('type', 'actions', 'elements',
         jsonb_build_array(jsonb_build_object('type', 'button', 'text', jsonb_build_object('type', 'plain_text', 'text', 'Open in the dashboard'),
           'url', left(f ->> 'link', 3000))))) END
    )::text);
END $$;
COMMENT ON FUNCTION quotakit._slack_body IS 'The JSON of a Slack message: a headline, lines in mrkdwn, a button.';

CREATE FUNCTION quotakit._alert_slack(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._slack_body(quotakit._headline(f),
    (SELECT string_agg('*' || r.label || ':* ' || quotakit._slack(r.value), E'\n') FROM quotakit._alert_rows(f) r)
    || coalesce(E'\n*Most of it below:*\n' || (SELECT string_agg('• ' || quotakit._slack(t ->> 'path') || '  ' ||
         quotakit._slack(quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}')), E'\n' ORDER BY i)
         FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)), ''), f));
END $$;
COMMENT ON FUNCTION quotakit._alert_slack IS 'A Slack message about a policy.';
-- Finds what was crossed, once a threshold and window, and puts the messages into the
-- outbox. Reads the newest row of each counter, never the ledger.

CREATE FUNCTION quotakit._crossed(now timestamptz)
  RETURNS TABLE (account_id int4, policy_id int4, window_start timestamptz, window_end timestamptz, kind text, mark numeric,
                 threshold int8, alert_id int4, used int8, limit_amount int8)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH watched AS MATERIALIZED (
    -- Policies with an alert, and those that refuse.
    SELECT p.account_id, p.policy_id, p.period, p.rolling, p.enforcement, p.created_at,
           p.limit_amount + CASE WHEN p.boost_until > $1 THEN p.boost_amount ELSE 0 END AS total
    FROM quotakit.policy p
    WHERE p.archived_at IS NULL
      AND (p.enforcement IN ('block', 'strict')
           OR EXISTS (SELECT FROM quotakit.alert a
                      WHERE a.account_id = p.account_id AND a.policy_id = p.policy_id AND a.archived_at IS NULL))
  ), win AS MATERIALIZED (
    -- The window now, and those that ended since the run before: a minute is over before it is looked at.
    SELECT DISTINCT k.account_id, k.period, w.range
    FROM (SELECT DISTINCT o.account_id, o.period FROM watched o) k
    JOIN quotakit.account c ON c.account_id = k.account_id
    CROSS JOIN generate_series(0, 2) ago
    CROSS JOIN LATERAL (SELECT quotakit.window_range(k.period, $1 - ago * interval '1 minute', c.time_zone, c.billing_day, c.week_start) AS range) w
  ), state AS MATERIALIZED (
    SELECT o.*, lower(w.range) AS window_start, upper(w.range) AS window_end, coalesce(n.used, 0) AS used
    FROM watched o
    JOIN win w ON w.account_id = o.account_id AND w.period = o.period
    LEFT JOIN LATERAL (
      SELECT CASE WHEN o.rolling
               THEN (SELECT sum(b.used)::int8 FROM unnest(c.bucket_start, c.bucket_used) AS b(start, used)
                     WHERE b.start >= quotakit.rolling_since(o.period, $1))
               ELSE c.used END AS used
      FROM quotakit.counter c
      WHERE c.account_id = o.account_id AND c.policy_id = o.policy_id
        AND c.window_start = CASE WHEN o.rolling THEN '-infinity' ELSE lower(w.range) END
      ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) n ON true
    -- Of a rolling policy there is only the state now.
    WHERE NOT o.rolling OR w.range @> $1
  ), crossed AS (
    SELECT s.account_id, s.policy_id, s.window_start, s.window_end, a.kind, coalesce(a.percent, a.amount, 0) AS mark,
           t.threshold, a.alert_id, s.used, s.total
    FROM state s
    JOIN quotakit.alert a ON a.account_id = s.account_id AND a.policy_id = s.policy_id AND a.archived_at IS NULL AND a.kind <> 'refusal'
    CROSS JOIN LATERAL (
      -- At most 9e18 * 10 before the division, so numeric; what is beyond int8 is never reached.
      SELECT CASE a.kind WHEN 'percent' THEN least(ceil(s.total * a.percent / 100), 9223372036854775807)::int8
                         WHEN 'amount' THEN a.amount ELSE s.total END AS threshold) t
    WHERE s.used > 0
      AND CASE WHEN a.kind <> 'forecast' OR s.used >= s.total THEN s.used >= t.threshold
          -- What a tenth of the window has used says something about the rest of it.
          WHEN NOT isfinite(s.window_end) OR s.rolling OR $1 >= s.window_end THEN false
          ELSE $1 - s.window_start >= (s.window_end - s.window_start) / 10
               AND s.used::numeric * extract(epoch FROM s.window_end - s.window_start)
                   > s.total * extract(epoch FROM $1 - s.window_start) END
    UNION ALL
    SELECT s.account_id, s.policy_id, s.window_start, s.window_end, 'refusal', 0, 0,
           coalesce((SELECT a.alert_id FROM quotakit.alert a
                     WHERE a.account_id = s.account_id AND a.policy_id = s.policy_id AND a.kind = 'refusal' AND a.archived_at IS NULL), 0),
           s.used, s.total
    FROM state s
    WHERE s.enforcement IN ('block', 'strict')
      AND NOT EXISTS (SELECT FROM quotakit.alert_fired f
                      WHERE f.account_id = s.account_id AND f.policy_id = s.policy_id AND f.window_start = s.window_start AND f.kind = 'refusal')
      AND EXISTS (SELECT FROM quotakit.refusal r
                  WHERE r.account_id = s.account_id AND r.policy_id = s.policy_id AND r.reason = 'quota' AND r.source <> 'shadow'
                    AND r.minute >= s.window_start AND r.minute < s.window_end)
  )
  SELECT c.* FROM crossed c
  -- A raised limit arms it again above the new threshold only; a lowered one does not.
  WHERE NOT EXISTS (SELECT FROM quotakit.alert_fired f
                    WHERE f.account_id = c.account_id AND f.policy_id = c.policy_id AND f.window_start = c.window_start
                      AND f.kind = c.kind AND f.mark = c.mark AND f.threshold >= c.threshold)
$$;
COMMENT ON FUNCTION quotakit._crossed IS 'Thresholds that are crossed and have not fired in their window yet, of all accounts. One index descent a policy and window.';

CREATE FUNCTION quotakit._contact(account_id int4) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  mail text;
  id   int4;
BEGIN
  SELECT a.contact_email INTO mail FROM quotakit.account a WHERE a.account_id = _contact.account_id;
  IF mail IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO quotakit.recipient (account_id, channel, name) VALUES (_contact.account_id, 'email', mail)
  ON CONFLICT (account_id, lower(name)) WHERE removed_at IS NULL DO NOTHING;
  SELECT r.recipient_id INTO id FROM quotakit.recipient r
  WHERE r.account_id = _contact.account_id AND lower(r.name) = lower(mail) AND r.removed_at IS NULL;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._contact IS 'The recipient that is the account''s contact, made when it is missing; null without a contact.';

CREATE FUNCTION quotakit._tellable(account_id int4, recipients int4[]) RETURNS TABLE (recipient_id int4, channel text)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.recipient_id, r.channel FROM quotakit.recipient r JOIN quotakit.account a ON a.account_id = r.account_id
  WHERE r.account_id = $1 AND r.recipient_id = ANY ($2) AND r.removed_at IS NULL AND r.disabled_at IS NULL
    AND (r.confirmed_at IS NOT NULL OR lower(r.name) = lower(a.contact_email))
  ORDER BY r.recipient_id
$$;
COMMENT ON FUNCTION quotakit._tellable IS 'Those of the recipients that may be told: confirmed or the account''s contact, and switched on.';

CREATE FUNCTION quotakit._recipients_of(account_id int4, alert_id int4) RETURNS int4[]
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT ARRAY(SELECT r.recipient_id FROM quotakit.alert_recipient r WHERE r.account_id = $1 AND r.alert_id = $2)
    || CASE WHEN coalesce((SELECT a.to_contact FROM quotakit.alert a WHERE a.account_id = $1 AND a.alert_id = $2), true)
       THEN quotakit._contact($1) END
$$;
COMMENT ON FUNCTION quotakit._recipients_of IS 'Whom an alert names; the account''s contact for alert 0.';

CREATE FUNCTION quotakit._tell(account_id int4, recipients int4[], kind text, alert_id int4, fired_id int8, facts jsonb) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  r     record;
  told  int4 := 0;
  -- Made once for all recipients of a kind.
  title text := quotakit._headline(_tell.facts);
  txt   text;
  html  text;
BEGIN
  FOR r IN SELECT t.recipient_id, t.channel FROM quotakit._tellable(_tell.account_id, recipients) t LOOP
    IF r.channel = 'email' AND html IS NULL THEN
      txt := quotakit._alert_text(_tell.facts);
      html := quotakit._alert_html(_tell.facts);
    END IF;
    PERFORM quotakit._post(_tell.account_id, r.recipient_id, _tell.kind, _tell.alert_id, _tell.fired_id, title, _tell.facts,
      CASE r.channel WHEN 'email' THEN txt
        WHEN 'webhook' THEN quotakit._webhook_body('quotakit.' || _tell.kind, (_tell.facts ->> 'at')::timestamptz, _tell.facts)
        ELSE quotakit._alert_slack(_tell.facts) END,
      CASE r.channel WHEN 'email' THEN html END);
    told := told + 1;
  END LOOP;
  RETURN told;
END $$;
COMMENT ON FUNCTION quotakit._tell IS 'Puts a message about a policy into the outbox, one for each recipient that may be told; returns how many. _wake() must follow.';

CREATE FUNCTION quotakit._check_alerts(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  f     record;
  known jsonb;
  fate  text;
  fired int8[];
  of    int4[];
  lane_accounts int4[];
  lanes int4[];
BEGIN
  -- First all that fired, then all the lanes, each in one order: runs at the same time
  -- wait for each other, and never in a circle. Where an unfinished run has it, this
  -- waits for it and has nothing to do.
  WITH done AS (
    INSERT INTO quotakit.alert_fired AS d (account_id, policy_id, window_start, kind, mark, threshold, alert_id, used, limit_amount,
                                           fired_at, state, facts)
    SELECT x.account_id, x.policy_id, x.window_start, x.kind, x.mark, x.threshold, x.alert_id, x.used, x.limit_amount, now, 'muted',
           jsonb_build_object('window_end', x.window_end)
    FROM quotakit._crossed(now) x
    ORDER BY x.account_id, x.policy_id, x.window_start, x.kind, x.mark, x.threshold
    ON CONFLICT ON CONSTRAINT alert_fired_once DO NOTHING
    RETURNING d.account_id, d.fired_id)
  SELECT array_agg(d.account_id), array_agg(d.fired_id) INTO of, fired FROM done d;

  FOR f IN
    SELECT d.*, (d.facts ->> 'window_end')::timestamptz AS window_end, p.unit, a.muted_until, coalesce(a.delivery, 'each') AS delivery
    FROM unnest(of, fired) AS x(account_id, fired_id)
    JOIN quotakit.alert_fired d ON d.account_id = x.account_id AND d.fired_id = x.fired_id
    JOIN quotakit.policy p ON p.account_id = d.account_id AND p.policy_id = d.policy_id
    LEFT JOIN quotakit.alert a ON a.account_id = d.account_id AND a.alert_id = d.alert_id
    ORDER BY d.account_id, d.fired_id
  LOOP
    known := quotakit._facts(f.account_id, f.policy_id, f.kind, f.used, f.window_start, f.window_end, now)
      || jsonb_build_object('alert_id', f.alert_id, 'fired_id', f.fired_id,
           'mark', CASE f.kind WHEN 'percent' THEN trim_scale(f.mark)::text
                   WHEN 'amount' THEN quotakit.in_unit(f.mark::int8, f.unit)::text END);
    fate := CASE WHEN f.muted_until > now THEN 'muted' WHEN f.delivery <> 'each' THEN 'waiting' ELSE 'told' END;
    UPDATE quotakit.alert_fired d SET state = fate, facts = known WHERE d.account_id = f.account_id AND d.fired_id = f.fired_id;
    IF fate = 'told' THEN
      PERFORM quotakit._tell(f.account_id, quotakit._recipients_of(f.account_id, f.alert_id), 'alert', f.alert_id, f.fired_id, known);
    END IF;
  END LOOP;
  SELECT array_agg(n.account_id), array_agg(n.recipient_id) INTO lane_accounts, lanes
  FROM unnest(of, fired) AS x(account_id, fired_id)
  JOIN quotakit.notification n ON n.account_id = x.account_id AND n.fired_id = x.fired_id;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN coalesce(cardinality(fired), 0);
END $$;
COMMENT ON FUNCTION quotakit._check_alerts IS 'check_alerts() as of a time.';

CREATE FUNCTION quotakit.check_alerts() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._check_alerts(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.check_alerts IS 'Looks at every policy with an alert, of all accounts: what has been crossed and has not been told in this window is put into the outbox. Returns how many alerts fired. Run it every minute, by schedule_jobs() or any scheduler; any number of runs at a time, each alert fires once. For the extension''s owner.';
-- Who can be told: addresses that confirm themselves, webhooks and their secrets.

CREATE FUNCTION quotakit._check_email(address text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- What a mail server might take for an end of line, a second address or a comment is out.
  IF address IS NULL OR octet_length(address) > 254 OR octet_length(split_part(address, '@', 1)) > 64
     OR address !~ '^[^@[:space:][:cntrl:]<>(),;:"\[\]\\\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+@[^@[:space:][:cntrl:]<>(),;:"\[\]\\\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+$' THEN
    RAISE EXCEPTION '% is not an e-mail address', coalesce(to_json(left(address, 100))::text, 'null')
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has one @, no spaces, at most 64 bytes before it and 254 in all.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_email IS 'Raises invalid_parameter_value unless a text is an e-mail address.';

CREATE FUNCTION quotakit._check_url(url text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF url IS NULL OR octet_length(url) > 2000 OR url !~ '^https?://[A-Za-z0-9._~-]+(:[0-9]{1,5})?([/?][!-~]*)?$'
     AND url !~ '^https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?([/?][!-~]*)?$' OR url ~ '["<>\\^`{|}#]' THEN
    RAISE EXCEPTION 'the URL is not one that can be posted to'
      USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'It begins with https:// or http://, has no user name, fragment or space, and at most 2000 bytes.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_url IS 'Raises invalid_parameter_value unless a text is an http or https URL without a user name. The URL is not repeated: it may be a secret.';

CREATE FUNCTION quotakit._send_confirmation(account_id int4, recipient_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  token  text := 'qkc_' || _send_confirmation.account_id || '_' || encode(quotakit._random_bytes(24), 'hex');
  url    text := quotakit._dashboard(_send_confirmation.account_id) || '/confirm?token=' || token;
  owner  text;
  title  text;
  ask    text;
  how    text := CASE WHEN url IS NULL THEN 'Send this token to whoever runs it for you:' ELSE 'Yes, send me alerts:' END;
BEGIN
  SELECT quotakit._line(a.name) INTO owner FROM quotakit.account a WHERE a.account_id = _send_confirmation.account_id;
  title := 'Confirm alerts from the account ' || owner;
  ask := 'The account ' || owner || ' wants to send QuotaKit''s spending alerts to this address.';
  UPDATE quotakit.recipient r
  SET token_hash = sha256(convert_to(token, 'UTF8')), token_until = now() + interval '7 days'
  WHERE r.account_id = _send_confirmation.account_id AND r.recipient_id = _send_confirmation.recipient_id;
  PERFORM quotakit._post(_send_confirmation.account_id, _send_confirmation.recipient_id, 'confirmation', NULL, NULL, title,
    jsonb_build_object('account', owner),
    ask || E'\n\n' || how || E'\n  ' || coalesce(url, token)
      || E'\n\nThis works for seven days. If you do nothing, you will not hear from it again.\n',
    quotakit._html_page(title, '<h1 style="margin:0 0 14px;font-size:20px;line-height:28px">' || quotakit._html(title) || '</h1><p style="font-size:14px;line-height:20px">'
      || quotakit._html(ask) || '</p>'
      || CASE WHEN url IS NULL THEN '<p style="font-size:14px;line-height:20px">' || quotakit._html(how) || '</p><p><code>' || quotakit._html(token) || '</code></p>'
         ELSE quotakit._html_button(url, 'Yes, send me alerts') END,
      'This works for seven days. If you do nothing, you will not hear from it again.'));
  PERFORM quotakit._wake(ARRAY[_send_confirmation.account_id], ARRAY[_send_confirmation.recipient_id]);
END $$;
COMMENT ON FUNCTION quotakit._send_confirmation IS 'Sends an address the link that confirms it; an earlier link stops working.';

CREATE FUNCTION quotakit._recipient(account int4, name text) RETURNS quotakit.recipient
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  r quotakit.recipient;
BEGIN
  SELECT * INTO r FROM quotakit.recipient o
  WHERE o.account_id = account AND lower(o.name) = lower(_recipient.name) AND o.removed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'recipient % does not exist', coalesce(to_json(left(name, 100))::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.recipient.';
  END IF;
  RETURN r;
END $$;
COMMENT ON FUNCTION quotakit._recipient IS 'A recipient of an account by name. None: undefined_object.';

CREATE FUNCTION quotakit._named_recipient(account int4, name text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  id int4;
BEGIN
  IF name !~ '@' OR EXISTS (SELECT FROM quotakit.recipient o WHERE o.account_id = account
                            AND lower(o.name) = lower(_named_recipient.name) AND o.removed_at IS NULL) THEN
    RETURN (quotakit._recipient(account, _named_recipient.name)).recipient_id;
  END IF;
  PERFORM quotakit._check_email(_named_recipient.name);
  -- Or mails to strangers could be sent without end.
  IF (SELECT count(*) FROM quotakit.recipient o
      WHERE o.account_id = account AND o.channel = 'email' AND o.confirmed_at IS NULL AND o.token_hash IS NOT NULL AND o.created_at > now() - interval '1 day') >= 20 THEN
    RAISE EXCEPTION 'twenty addresses were added within a day and are not confirmed yet'
      USING ERRCODE = 'program_limit_exceeded', HINT = 'Wait until they are, or until tomorrow.';
  END IF;
  INSERT INTO quotakit.recipient (account_id, channel, name) VALUES (account, 'email', _named_recipient.name)
  RETURNING recipient_id INTO id;
  IF NOT EXISTS (SELECT FROM quotakit.account a WHERE a.account_id = account AND lower(a.contact_email) = lower(_named_recipient.name)) THEN
    PERFORM quotakit._send_confirmation(account, id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._named_recipient IS 'The recipient with a name; an e-mail address that is new is added and asked to confirm. Unknown webhook: undefined_object; more than 20 unconfirmed a day: program_limit_exceeded.';

CREATE FUNCTION quotakit.add_recipient(address text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  r       quotakit.recipient;
  id      int4;
  fresh   bool;
BEGIN
  PERFORM quotakit._check_email(address);
  PERFORM quotakit._lock_account(account);
  SELECT * INTO r FROM quotakit.recipient o
  WHERE o.account_id = account AND lower(o.name) = lower(address) AND o.removed_at IS NULL;
  fresh := NOT FOUND;
  id := quotakit._named_recipient(account, address);
  -- Asked again: another link, but not more than one in ten minutes.
  IF NOT fresh AND r.confirmed_at IS NULL AND r.token_hash IS NOT NULL THEN
    IF r.token_until > now() + interval '7 days' - interval '10 minutes' THEN
      RAISE EXCEPTION 'the address was asked to confirm less than ten minutes ago' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM quotakit._send_confirmation(account, id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.add_recipient IS 'Adds an e-mail address to the current account (admin) and sends it a link to confirm; again for one that has not confirmed: another link, at most every ten minutes (else object_not_in_prerequisite_state). Returns its number. Not an address: invalid_parameter_value.';

CREATE FUNCTION quotakit.confirm_recipient(token text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  address text;
BEGIN
  IF token ~ '^qkc_[0-9]{1,9}_[0-9a-f]{48}$' THEN
    UPDATE quotakit.recipient r SET confirmed_at = coalesce(r.confirmed_at, clock_timestamp())
    WHERE r.account_id = split_part(token, '_', 2)::int4 AND r.token_hash = sha256(convert_to(token, 'UTF8'))
      AND r.token_until > clock_timestamp() AND r.removed_at IS NULL
    RETURNING r.name INTO address;
  END IF;
  IF address IS NULL THEN
    RAISE EXCEPTION 'the link is not valid, or not any more'
      USING ERRCODE = 'QK011', HINT = 'Ask for another one: it works for seven days.';
  END IF;
  RETURN address;
END $$;
COMMENT ON FUNCTION quotakit.confirm_recipient IS 'Confirms the address to which this token was mailed, and returns it; the token is the credential, so anybody may call it. Twice does nothing more. Unknown or too old: QK011.';

CREATE FUNCTION quotakit.remove_recipient(name text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  r       quotakit.recipient;
BEGIN
  PERFORM quotakit._lock_account(account);
  r := quotakit._recipient(account, name);
  DELETE FROM quotakit.alert_recipient a WHERE a.account_id = account AND a.recipient_id = r.recipient_id;
  UPDATE quotakit.recipient o SET removed_at = clock_timestamp(), token_hash = NULL, previous_secret = NULL, previous_until = NULL
  WHERE o.account_id = account AND o.recipient_id = r.recipient_id;
END $$;
COMMENT ON FUNCTION quotakit.remove_recipient IS 'Removes an address or a webhook from the current account and from its alerts (admin). What is still in the outbox for it is cancelled. None: undefined_object.';

CREATE FUNCTION quotakit._secret_words(secret bytea) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT 'whsec_' || encode(secret, 'base64') $$;
COMMENT ON FUNCTION quotakit._secret_words IS 'A webhook''s secret as Standard Webhooks writes it.';

CREATE FUNCTION quotakit.add_webhook(name text, url text, slack bool DEFAULT false) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  fresh   bytea := CASE WHEN NOT slack THEN quotakit._random_bytes(32) END;
BEGIN
  PERFORM quotakit._check_name('webhook name', name, 100);
  IF name ~ '@' OR lower(name) = 'contact' OR slack IS NULL THEN
    RAISE EXCEPTION 'webhook name "%" cannot be used', name
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has no @, and is not "contact".';
  END IF;
  PERFORM quotakit._check_url(url);
  PERFORM quotakit._lock_account(account);
  INSERT INTO quotakit.recipient (account_id, channel, name, url, secret, confirmed_at)
  VALUES (account, CASE WHEN slack THEN 'slack' ELSE 'webhook' END, add_webhook.name, add_webhook.url, fresh, clock_timestamp());
  RETURN quotakit._secret_words(fresh);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'recipient "%" exists already', name
    USING ERRCODE = 'QK015', HINT = 'Remove it first with quotakit.remove_recipient().';
END $$;
COMMENT ON FUNCTION quotakit.add_webhook IS 'Adds a webhook (or a Slack incoming webhook) to the current account under a name that alerts can give (admin). Returns the secret that signs it, shown once (Standard Webhooks, whsec_…); null for Slack. Name taken: QK015; not an http(s) URL: invalid_parameter_value.';

CREATE FUNCTION quotakit.rotate_webhook_secret(name text, overlap interval DEFAULT '1 day') RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  fresh   bytea := quotakit._random_bytes(32);
  r       quotakit.recipient;
BEGIN
  IF overlap IS NULL OR overlap NOT BETWEEN '0' AND '30 days' THEN
    RAISE EXCEPTION 'overlap is out of range' USING ERRCODE = 'QK008', DETAIL = 'It is 0 to 30 days.';
  END IF;
  PERFORM quotakit._lock_account(account);
  r := quotakit._recipient(account, name);
  IF r.channel <> 'webhook' THEN
    RAISE EXCEPTION 'recipient "%" has no secret', r.name USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE quotakit.recipient o SET secret = fresh, previous_secret = r.secret, previous_until = clock_timestamp() + overlap
  WHERE o.account_id = account AND o.recipient_id = r.recipient_id;
  RETURN quotakit._secret_words(fresh);
END $$;
COMMENT ON FUNCTION quotakit.rotate_webhook_secret IS 'Gives a webhook of the current account another secret and returns it (admin). For the overlap, 0 to 30 days, what is sent is signed with both. None: undefined_object; Slack or an address: object_not_in_prerequisite_state.';
-- Alerts as their owners set them.

CREATE FUNCTION quotakit.set_alert(policy_id int4, percent numeric DEFAULT NULL, amount numeric DEFAULT NULL,
  forecast bool DEFAULT false, refusal bool DEFAULT false, recipients text[] DEFAULT NULL, delivery text DEFAULT NULL) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  p       quotakit.policy;
  sort    text;
  stored  int8;
  known   quotakit.alert;
  id      int4;
  who     text;
BEGIN
  IF (percent IS NOT NULL)::int + (amount IS NOT NULL)::int + (forecast IS TRUE)::int + (refusal IS TRUE)::int <> 1 THEN
    RAISE EXCEPTION 'an alert has one threshold' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Give one of percent, amount, forecast => true, refusal => true.';
  END IF;
  IF percent IN ('NaN', 'Infinity', '-Infinity') OR percent <= 0 OR percent > 1000 OR scale(trim_scale(percent)) > 2 THEN
    RAISE EXCEPTION 'percent % is out of range', left(percent::text, 40)
      USING ERRCODE = 'QK008', DETAIL = 'It is more than 0, at most 1000, with at most two decimals.';
  END IF;
  PERFORM quotakit._check_word('delivery', coalesce(delivery, 'each'), 'each', 'daily', 'weekly');
  IF cardinality(recipients) NOT BETWEEN 1 AND 50 OR array_position(recipients, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'an alert has 1 to 50 recipients' USING ERRCODE = 'QK008';
  END IF;
  sort := CASE WHEN percent IS NOT NULL THEN 'percent' WHEN amount IS NOT NULL THEN 'amount' WHEN forecast THEN 'forecast' ELSE 'refusal' END;

  PERFORM quotakit._lock_account(account);
  SELECT * INTO p FROM quotakit.policy o WHERE o.account_id = account AND o.policy_id = set_alert.policy_id AND o.archived_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', coalesce(policy_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.policy_status.';
  END IF;
  stored := quotakit._to_unit(amount, p.unit);
  IF stored = 0 THEN
    RAISE EXCEPTION 'amount 0 is reached before anything is used' USING ERRCODE = 'QK008';
  ELSIF sort = 'forecast' AND (p.rolling OR p.period = 'lifetime') THEN
    RAISE EXCEPTION 'a % policy has no end to forecast', CASE WHEN p.rolling THEN 'rolling' ELSE 'lifetime' END
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a percent or an amount.';
  ELSIF sort = 'refusal' AND p.enforcement NOT IN ('block', 'strict') THEN
    RAISE EXCEPTION 'policy % refuses nothing', policy_id USING ERRCODE = 'invalid_parameter_value',
      DETAIL = format('Its enforcement is %s.', p.enforcement);
  END IF;

  SELECT * INTO known FROM quotakit.alert a
  WHERE a.account_id = account AND a.policy_id = p.policy_id AND a.kind = sort AND a.archived_at IS NULL
    AND a.percent IS NOT DISTINCT FROM set_alert.percent AND a.amount IS NOT DISTINCT FROM stored;
  id := known.alert_id;
  IF id IS NULL THEN
    IF (SELECT count(*) FROM quotakit.alert a WHERE a.account_id = account AND a.policy_id = p.policy_id AND a.archived_at IS NULL) >= 20 THEN
      RAISE EXCEPTION 'policy % has twenty alerts already', policy_id USING ERRCODE = 'program_limit_exceeded';
    END IF;
    INSERT INTO quotakit.alert AS a (account_id, policy_id, kind, percent, amount, to_contact, delivery)
    VALUES (account, p.policy_id, sort, trim_scale(set_alert.percent), stored, true, coalesce(set_alert.delivery, 'each'))
    RETURNING a.alert_id INTO id;
  END IF;
  UPDATE quotakit.alert a
  SET delivery = coalesce(set_alert.delivery, a.delivery),
      to_contact = CASE WHEN recipients IS NULL THEN a.to_contact
                   ELSE EXISTS (SELECT FROM unnest(recipients) x WHERE lower(x) = 'contact') END
  WHERE a.account_id = account AND a.alert_id = id;
  IF recipients IS NOT NULL THEN
    DELETE FROM quotakit.alert_recipient a WHERE a.account_id = account AND a.alert_id = id;
    FOR who IN SELECT DISTINCT lower(x) FROM unnest(recipients) x WHERE lower(x) <> 'contact' ORDER BY 1 LOOP
      INSERT INTO quotakit.alert_recipient (account_id, alert_id, recipient_id)
      VALUES (account, id, quotakit._named_recipient(account, (SELECT min(x) FROM unnest(recipients) x WHERE lower(x) = who)));
    END LOOP;
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.set_alert IS 'Sets an alert on a policy of the current account (admin) and returns its number: at a percentage of the limit, at an amount in the policy''s unit, when the limit will be passed before the window ends (forecast), or at the first refused call (refusal). recipients: e-mail addresses, names of webhooks, and "contact", the account''s own; 1 to 50; null: the contact, or for an alert that exists those it has. A new address is asked to confirm first. delivery: each, daily or weekly. The same threshold again changes the alert. Out of range: QK008; no such policy or webhook: undefined_object; more than 20 on a policy: program_limit_exceeded.';

CREATE FUNCTION quotakit._alert(account int4, alert_id int4) RETURNS quotakit.alert
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  a quotakit.alert;
BEGIN
  SELECT * INTO a FROM quotakit.alert o WHERE o.account_id = account AND o.alert_id = _alert.alert_id AND o.archived_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', coalesce(alert_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.alert_status.';
  END IF;
  RETURN a;
END $$;
COMMENT ON FUNCTION quotakit._alert IS 'A live alert of an account. None: undefined_object.';

CREATE FUNCTION quotakit._cancel_pending(account int4, alert_id int4) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- What a courier has in its hands is not waited for.
  UPDATE quotakit.notification n SET state = 'cancelled', ended_at = clock_timestamp()
  FROM (SELECT o.account_id, o.notification_id FROM quotakit.notification o
        WHERE o.account_id = $1 AND o.alert_id = $2 AND o.kind = 'alert' AND o.state = 'pending' FOR UPDATE SKIP LOCKED) p
  WHERE n.account_id = p.account_id AND n.notification_id = p.notification_id
$$;
COMMENT ON FUNCTION quotakit._cancel_pending IS 'Cancels what is still in the outbox of an alert.';

CREATE FUNCTION quotakit.remove_alert(alert_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._alert(account, alert_id);
  UPDATE quotakit.alert a SET archived_at = clock_timestamp() WHERE a.account_id = account AND a.alert_id = remove_alert.alert_id;
  DELETE FROM quotakit.alert_recipient r WHERE r.account_id = account AND r.alert_id = remove_alert.alert_id;
  PERFORM quotakit._cancel_pending(account, alert_id);
END $$;
COMMENT ON FUNCTION quotakit.remove_alert IS 'Removes an alert of the current account (admin) and cancels what it has not sent yet. What it has fired stays in the log, and does not fire again in the same window if the alert is set anew. None: undefined_object.';

CREATE FUNCTION quotakit.mute_alert(alert_id int4, until timestamptz) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._alert(account, alert_id);
  UPDATE quotakit.alert a SET muted_until = until WHERE a.account_id = account AND a.alert_id = mute_alert.alert_id;
  IF until > clock_timestamp() THEN
    PERFORM quotakit._cancel_pending(account, alert_id);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.mute_alert IS 'Until then the alert is logged only, and what it has not sent yet is cancelled (admin); null or a time past: it tells again. What was crossed while muted is not told later. None: undefined_object.';

CREATE FUNCTION quotakit.test_alert(alert_id int4) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  al      quotakit.alert;
  s       record;
  told    int4;
  now_at  timestamptz := clock_timestamp();
BEGIN
  PERFORM quotakit._lock_account(account);
  al := quotakit._alert(account, alert_id);
  IF EXISTS (SELECT FROM quotakit.notification n WHERE n.account_id = account AND n.alert_id = al.alert_id AND n.kind = 'test'
               AND n.created_at > now_at - interval '10 seconds') THEN
    RAISE EXCEPTION 'the alert was tested less than ten seconds ago' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT p.unit, w.range, coalesce(c.used, 0) AS used INTO s
  FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
  CROSS JOIN LATERAL (SELECT quotakit.window_range(p.period, now_at, a.time_zone, a.billing_day, a.week_start) AS range) w
  LEFT JOIN LATERAL (SELECT c.used FROM quotakit.counter c
    WHERE c.account_id = p.account_id AND c.policy_id = p.policy_id
      AND c.window_start = CASE WHEN p.rolling THEN '-infinity' ELSE lower(w.range) END
    ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) c ON true
  WHERE p.account_id = account AND p.policy_id = al.policy_id;
  told := quotakit._tell(account, quotakit._recipients_of(account, al.alert_id), 'test', al.alert_id, NULL,
    quotakit._facts(account, al.policy_id, al.kind, s.used, lower(s.range), upper(s.range), now_at)
    || jsonb_build_object('test', true, 'alert_id', al.alert_id,
         'mark', CASE al.kind WHEN 'percent' THEN al.percent::text WHEN 'amount' THEN quotakit.in_unit(al.amount, s.unit)::text END));
  PERFORM quotakit._wake(ARRAY(SELECT account FROM generate_series(1, cardinality(w.ids))), w.ids)
  FROM (SELECT ARRAY(SELECT t.recipient_id FROM quotakit._tellable(account, quotakit._recipients_of(account, al.alert_id)) t) AS ids) w;
  RETURN told;
END $$;
COMMENT ON FUNCTION quotakit.test_alert IS 'Sends a test message to everybody an alert names and who may be told, with the policy''s numbers as they are (admin); returns how many. Within ten seconds of the last: object_not_in_prerequisite_state; none: undefined_object.';

CREATE FUNCTION quotakit._put_mail(account int4, dashboard_url text, statements bool, digest_hour int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  url text := rtrim(dashboard_url, '/');
BEGIN
  IF digest_hour NOT BETWEEN 0 AND 23 THEN
    RAISE EXCEPTION 'hour % is out of range', digest_hour USING ERRCODE = 'QK008';
  END IF;
  IF url <> '' THEN
    PERFORM quotakit._check_url(url);
    IF octet_length(url) > 500 OR url ~ '''' THEN
      RAISE EXCEPTION 'the URL is not one of a dashboard' USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has at most 500 bytes and no quote.';
    END IF;
  END IF;
  INSERT INTO quotakit.alert_setting AS s (account_id, dashboard_url, statements, digest_hour)
  VALUES (account, nullif(url, ''), coalesce(_put_mail.statements, true), coalesce(_put_mail.digest_hour, 8))
  ON CONFLICT ON CONSTRAINT alert_setting_pkey DO UPDATE
    SET dashboard_url = CASE WHEN url IS NULL THEN s.dashboard_url ELSE nullif(url, '') END,
        statements = coalesce(_put_mail.statements, s.statements), digest_hour = coalesce(_put_mail.digest_hour, s.digest_hour);
END $$;
COMMENT ON FUNCTION quotakit._put_mail IS 'Writes the settings of an account''s mails; null leaves one as it is.';

CREATE FUNCTION quotakit.set_mail(dashboard_url text DEFAULT NULL, statements bool DEFAULT NULL, digest_hour int4 DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_mail(account, dashboard_url, statements, digest_hour);
END $$;
COMMENT ON FUNCTION quotakit.set_mail IS 'Changes what is given of the current account''s mails (admin): where their links lead (empty: the server''s), whether there are monthly statements, the local hour of digests (0-23; else QK008). Not an http(s) URL: invalid_parameter_value.';

CREATE FUNCTION quotakit.set_dashboard_url(url text) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._put_mail(0, coalesce(url, ''), NULL, NULL) $$;
COMMENT ON FUNCTION quotakit.set_dashboard_url IS 'Where the links in mails lead, for every account that has not said otherwise; null for no links. For the extension''s owner. Not an http(s) URL: invalid_parameter_value.';
-- Digests: what fired since the last one, in one message a recipient.

CREATE FUNCTION quotakit._digest_boundary(delivery text, now timestamptz, a quotakit.account, hour int4) RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- The last digest hour that has passed, on any day, or on the first day of the week.
  SELECT max(b.at) FROM (
    SELECT (d.day + hour * interval '1 hour') AT TIME ZONE a.time_zone AS at
    FROM (SELECT (now AT TIME ZONE a.time_zone)::date - i AS day FROM generate_series(0, 7) i) d
    WHERE delivery = 'daily' OR extract(isodow FROM d.day) = a.week_start) b
  WHERE b.at <= now
$$;
COMMENT ON FUNCTION quotakit._digest_boundary IS 'The latest time, not after now, at which daily or weekly digests of an account are due.';

CREATE FUNCTION quotakit._digest_text(f jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._line(f ->> 'title', 300) || E'.\n\n'
    || (SELECT string_agg('- ' || quotakit._show_time((x ->> 'at')::timestamptz, x ->> 'time_zone') || E'\n  ' || quotakit._headline(x)
          || coalesce(E'\n  ' || (x ->> 'link'), ''), E'\n' ORDER BY i) FROM jsonb_array_elements(f -> 'alerts') WITH ORDINALITY AS e(x, i))
    || CASE WHEN (f ->> 'more')::int > 0 THEN E'\n\nand ' || (f ->> 'more') || ' more: SELECT * FROM quotakit.alert_log' ELSE '' END
    || E'\n\nYou get this because alerts of the account ' || quotakit._line(f ->> 'account')
    || E' name you. To mute one for a week, run in psql:\n  SELECT quotakit.mute_alert(number, now() + interval ''7 days'')\n'
$$;
COMMENT ON FUNCTION quotakit._digest_text IS 'A digest in plain text.';

CREATE FUNCTION quotakit._digest_html(f jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._html_page(f ->> 'title',
    '<h1 style="margin:0 0 16px;font-size:20px;line-height:28px">' || quotakit._html(f ->> 'title') || '</h1><table role="presentation" cellpadding="0" cellspacing="0">'
    || (SELECT string_agg(quotakit._html_row(to_char((x ->> 'at')::timestamptz AT TIME ZONE (x ->> 'time_zone'), 'FMDD Mon, HH24:MI'),
          CASE WHEN x ->> 'link' IS NULL THEN quotakit._html(quotakit._headline(x))
          ELSE '<a href="' || quotakit._html(x ->> 'link') || '" style="color:#1d4ed8">' || quotakit._html(quotakit._headline(x)) || '</a>' END), '' ORDER BY i)
        FROM jsonb_array_elements(f -> 'alerts') WITH ORDINALITY AS e(x, i))
    || '</table>' || CASE WHEN (f ->> 'more')::int > 0 THEN '<p style="font-size:14px">and ' || (f ->> 'more')::int || ' more</p>' ELSE '' END,
    'You get this because alerts of the account ' || quotakit._html(f ->> 'account') || ' name you. To mute one for a week, run in psql:<br>'
    || '<code style="font-size:12px">SELECT quotakit.mute_alert(number, now() + interval &#39;7 days&#39;)</code>')
$$;
COMMENT ON FUNCTION quotakit._digest_html IS 'A digest in HTML.';

CREATE FUNCTION quotakit._send_digests(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  quotakit.account;
  hour  int4;
  due   int8[];
  r     record;
  facts jsonb;
  made  int4 := 0;
  lane_accounts int4[] := '{}';
  lanes int4[] := '{}';
BEGIN
  FOR acct IN
    SELECT a.* FROM quotakit.account a
    WHERE EXISTS (SELECT FROM quotakit.alert_fired f WHERE f.account_id = a.account_id AND f.state = 'waiting') ORDER BY a.account_id
  LOOP
    hour := coalesce((SELECT s.digest_hour FROM quotakit.alert_setting s WHERE s.account_id = acct.account_id), 8);
    -- Whoever turns the state has the digest to write; another run has nothing left.
    WITH waiting AS (
      SELECT f.account_id, f.fired_id FROM quotakit.alert_fired f
      JOIN quotakit.alert al ON al.account_id = f.account_id AND al.alert_id = f.alert_id
      WHERE f.account_id = acct.account_id AND f.state = 'waiting'
        AND (al.delivery = 'each' OR f.fired_at < quotakit._digest_boundary(al.delivery, now, acct, hour))
      ORDER BY f.fired_id FOR UPDATE OF f SKIP LOCKED
    ), turned AS (
      UPDATE quotakit.alert_fired f SET state = 'digested' FROM waiting w
      WHERE f.account_id = w.account_id AND f.fired_id = w.fired_id RETURNING f.fired_id)
    SELECT array_agg(t.fired_id) INTO due FROM turned t;
    CONTINUE WHEN due IS NULL;
    -- Before the query below, which would not see it made.
    PERFORM quotakit._contact(acct.account_id);

    FOR r IN
      SELECT t.recipient_id, t.channel, w.delivery, w.facts, w.n
      FROM (
        SELECT x.recipient_id, al.delivery, count(*) AS n, jsonb_agg(f.facts ORDER BY f.fired_id) AS facts
        FROM quotakit.alert_fired f
        JOIN quotakit.alert al ON al.account_id = f.account_id AND al.alert_id = f.alert_id AND al.archived_at IS NULL
          AND NOT coalesce(al.muted_until > now, false)
        CROSS JOIN LATERAL (SELECT DISTINCT u AS recipient_id FROM unnest(quotakit._recipients_of(f.account_id, f.alert_id)) u) x
        WHERE f.account_id = acct.account_id AND f.fired_id = ANY (due)
        GROUP BY x.recipient_id, al.delivery) w
      JOIN quotakit._tellable(acct.account_id, ARRAY(SELECT o.recipient_id FROM quotakit.recipient o WHERE o.account_id = acct.account_id)) t
        ON t.recipient_id = w.recipient_id
      ORDER BY t.recipient_id, w.delivery
    LOOP
      facts := jsonb_build_object('account', acct.name, 'delivery', r.delivery, 'more', greatest(r.n - 50, 0),
        'alerts', jsonb_path_query_array(r.facts, '$[0 to 49]'),
        'title', r.n || CASE r.n WHEN 1 THEN ' alert' ELSE ' alerts' END || ' of ' || quotakit._line(acct.name)
          || CASE r.delivery WHEN 'weekly' THEN ' this week' ELSE ' since yesterday' END);
      PERFORM quotakit._post(acct.account_id, r.recipient_id, 'digest', NULL, NULL, quotakit._line(facts ->> 'title', 300), facts,
        CASE r.channel WHEN 'email' THEN quotakit._digest_text(facts)
          WHEN 'webhook' THEN quotakit._webhook_body('quotakit.digest', now, facts)
          ELSE quotakit._slack_body(facts ->> 'title', (SELECT string_agg('• ' || quotakit._slack(quotakit._headline(x)), E'\n' ORDER BY i)
                 FROM jsonb_array_elements(facts -> 'alerts') WITH ORDINALITY AS e(x, i)), facts) END,
        CASE r.channel WHEN 'email' THEN quotakit._digest_html(facts) END);
      lane_accounts := lane_accounts || acct.account_id;
      lanes := lanes || r.recipient_id;
      made := made + 1;
    END LOOP;
  END LOOP;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN made;
END $$;
COMMENT ON FUNCTION quotakit._send_digests IS 'send_digests() as of a time.';

CREATE FUNCTION quotakit.send_digests() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._send_digests(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.send_digests IS 'Puts the digests that are due into the outbox: one message a recipient about what fired before the account''s digest hour, of the day, or of the day its week begins. Returns how many. Run it a few times an hour; any number of runs at a time. For the extension''s owner.';
-- The monthly statement, and clearing up.

CREATE FUNCTION quotakit._statement_facts(acct quotakit.account, since timestamptz, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH roots AS (
    SELECT n.node_id, n.path FROM quotakit.node n WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1
  ), cells AS MATERIALIZED (
    SELECT c.node_id, c.service, c.events, c.usd, c.credits
    FROM (SELECT array_agg(r.node_id) AS ids FROM roots r) n,
      quotakit._folded(acct.account_id, n.ids, NULL, since, until, 'line', NULL, NULL) c
    UNION ALL
    SELECT r.node_id, c.service, c.events, c.usd, c.credits
    FROM quotakit._unfolded(acct.account_id, NULL, since, until, 'line', NULL, NULL, NULL) c
    JOIN quotakit.node n ON n.account_id = acct.account_id AND n.node_id = c.node_id
    JOIN roots r ON r.path OPERATOR(quotakit.=) quotakit.root(n.path))
  SELECT jsonb_build_object('account', acct.name, 'time_zone', acct.time_zone, 'since', since, 'until', until,
    'events', coalesce(sum(c.events), 0), 'usd', trim_scale(coalesce(sum(c.usd), 0) * 0.000000001)::text,
    'credits', trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)::text,
    'projects', coalesce((SELECT jsonb_agg(jsonb_build_object('path', p.path, 'events', p.events, 'usd', trim_scale(p.usd * 0.000000001)::text,
        'credits', trim_scale(p.credits * 0.000000001)::text) ORDER BY p.usd DESC, p.credits DESC, p.path)
      FROM (SELECT r.path::text AS path, sum(k.events) AS events, sum(k.usd) AS usd, sum(k.credits) AS credits
            FROM cells k JOIN roots r USING (node_id) GROUP BY r.path ORDER BY 3 DESC, 4 DESC LIMIT 100) p), '[]'),
    'services', coalesce((SELECT jsonb_agg(jsonb_build_object('service', p.service, 'events', p.events, 'usd', trim_scale(p.usd * 0.000000001)::text,
        'credits', trim_scale(p.credits * 0.000000001)::text) ORDER BY p.usd DESC, p.credits DESC, p.service)
      FROM (SELECT k.service, sum(k.events) AS events, sum(k.usd) AS usd, sum(k.credits) AS credits FROM cells k GROUP BY k.service) p), '[]'),
    'link', quotakit._dashboard(acct.account_id) || '/analytics')
  FROM cells c
$$;
COMMENT ON FUNCTION quotakit._statement_facts IS 'What an account used in a month: in all, by project and by service. Amounts are decimal strings.';

CREATE FUNCTION quotakit._statement_rows(f jsonb) RETURNS TABLE (heading text, label text, value text)
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH line AS (
    SELECT 1 AS part, 0::int8 AS i, 'In all' AS heading, 'All projects' AS label, f AS x
    UNION ALL SELECT 2, e.i, 'By project', e.x ->> 'path', e.x FROM jsonb_array_elements(f -> 'projects') WITH ORDINALITY AS e(x, i)
    UNION ALL SELECT 3, e.i, 'By service', e.x ->> 'service', e.x FROM jsonb_array_elements(f -> 'services') WITH ORDINALITY AS e(x, i))
  SELECT l.heading, quotakit._line(l.label, 300),
         quotakit._show((l.x ->> 'usd')::numeric, 'usd')
         || CASE WHEN (l.x ->> 'credits')::numeric > 0 THEN ', ' || quotakit._show((l.x ->> 'credits')::numeric, 'credits') ELSE '' END
         || ', ' || to_char((l.x ->> 'events')::numeric, 'FM999,999,999,999,990') || ' calls'
  FROM line l ORDER BY l.part, l.i
$$;
COMMENT ON FUNCTION quotakit._statement_rows IS 'The lines of a statement.';

CREATE FUNCTION quotakit._send_statements(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  quotakit.account;
  month tstzrange;
  facts jsonb;
  who   int4;
  title text;
  made  int4 := 0;
  lane_accounts int4[] := '{}';
  lanes int4[] := '{}';
BEGIN
  FOR acct IN
    SELECT a.* FROM quotakit.account a LEFT JOIN quotakit.alert_setting s ON s.account_id = a.account_id
    WHERE a.account_id > 0 AND a.contact_email IS NOT NULL AND coalesce(s.statements, true) ORDER BY a.account_id
  LOOP
    -- The month before this one; six hours are for what comes late.
    month := quotakit.window_range('month', now - interval '6 hours', acct.time_zone, acct.billing_day, acct.week_start);
    month := quotakit.window_range('month', lower(month) - interval '1 hour', acct.time_zone, acct.billing_day, acct.week_start);
    CONTINUE WHEN acct.created_at >= upper(month)
      OR EXISTS (SELECT FROM quotakit.statement s WHERE s.account_id = acct.account_id AND s.month_start = lower(month));
    facts := quotakit._statement_facts(acct, lower(month), upper(month));
    INSERT INTO quotakit.statement (account_id, month_start, month_end, made_at, facts)
    VALUES (acct.account_id, lower(month), upper(month), now, facts) ON CONFLICT ON CONSTRAINT statement_pkey DO NOTHING;
    CONTINUE WHEN NOT FOUND;
    who := quotakit._contact(acct.account_id);
    title := 'Statement of ' || quotakit._line(acct.name) || ', ' || to_char(lower(month) AT TIME ZONE acct.time_zone, 'FMDD FMMonth YYYY')
      || ' to ' || to_char((upper(month) AT TIME ZONE acct.time_zone)::date - 1, 'FMDD FMMonth YYYY') || ': '
      || quotakit._show((facts ->> 'usd')::numeric, 'usd');
    PERFORM quotakit._post(acct.account_id, who, 'statement', NULL, NULL, quotakit._line(title, 300), facts,
      title || E'\n' || (SELECT string_agg(E'\n' || h.heading || E'\n' || h.lines, '' ORDER BY h.heading = 'In all' DESC, h.heading)
        FROM (SELECT r.heading, string_agg('  ' || r.label || '  ' || r.value || E'\n', '' ORDER BY r.n) AS lines
              FROM quotakit._statement_rows(facts) WITH ORDINALITY AS r(heading, label, value, n) GROUP BY r.heading) h)
        || coalesce(E'\nSee more: ' || (facts ->> 'link') || E'\n', '')
        || E'\nYou get this as the contact of the account. To have none, run in psql:\n  SELECT quotakit.set_mail(statements => false)\n',
      quotakit._html_page(title, '<h1 style="margin:0 0 8px;font-size:20px;line-height:28px">' || quotakit._html(title) || '</h1>'
        || (SELECT string_agg('<h2 style="margin:20px 0 4px;font-size:15px;font-weight:600">' || quotakit._html(h.heading)
              || '</h2><table role="presentation" cellpadding="0" cellspacing="0">' || h.lines || '</table>', '' ORDER BY h.heading = 'In all' DESC, h.heading)
            FROM (SELECT r.heading, string_agg(quotakit._html_row(r.label, quotakit._html(r.value)), '' ORDER BY r.n) AS lines
                  FROM quotakit._statement_rows(facts) WITH ORDINALITY AS r(heading, label, value, n) GROUP BY r.heading) h)
        || quotakit._html_button(facts ->> 'link', 'Open in the dashboard'),
        'You get this as the contact of the account. To have none, run in psql:<br><code style="font-size:12px">SELECT quotakit.set_mail(statements =&gt; false)</code>'));
    lane_accounts := lane_accounts || acct.account_id;
    lanes := lanes || who;
    made := made + 1;
  END LOOP;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN made;
END $$;
COMMENT ON FUNCTION quotakit._send_statements IS 'send_statements() as of a time.';

CREATE FUNCTION quotakit.send_statements() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._send_statements(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.send_statements IS 'Mails each account''s contact the statement of the billing month that ended at least six hours ago, once. Returns how many. Run it once an hour. For the extension''s owner.';

CREATE FUNCTION quotakit.tidy_notifications(keep interval DEFAULT '90 days') RETURNS int8
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  gone int8;
BEGIN
  IF keep IS NULL OR keep < '4 days' THEN
    RAISE EXCEPTION 'notifications are kept for at least 4 days' USING ERRCODE = 'QK008',
      DETAIL = 'They are tried for three, and the dead can be sent again.';
  END IF;
  WITH old AS (
    DELETE FROM quotakit.notification n
    WHERE n.state IN ('sent', 'dead', 'cancelled') AND n.ended_at < clock_timestamp() - keep RETURNING n.account_id, n.notification_id
  ), logged AS (
    DELETE FROM quotakit.delivery_log d USING old o WHERE d.account_id = o.account_id AND d.notification_id = o.notification_id)
  SELECT count(*) INTO gone FROM old;
  RETURN gone;
END $$;
COMMENT ON FUNCTION quotakit.tidy_notifications IS 'Deletes notifications that ended that long ago (at least 4 days; else QK008), with their deliveries; returns how many. What fired stays in alert_fired. For the extension''s owner.';
-- What people ask about alerts.

CREATE VIEW quotakit.alert_status WITH (security_invoker = true) AS
SELECT a.account_id, c.name AS account, a.alert_id, a.policy_id, n.path, p.unit, p.period, p.rolling, p.service, p.model, a.kind, a.percent,
       quotakit.in_unit(a.amount, p.unit) AS amount, a.delivery, CASE WHEN a.muted_until > statement_timestamp() THEN a.muted_until END AS muted_until,
       a.to_contact,
       ARRAY(SELECT r.name || CASE WHEN r.disabled_at IS NOT NULL THEN ' (off)'
                              WHEN r.confirmed_at IS NULL AND lower(r.name) IS DISTINCT FROM lower(c.contact_email) THEN ' (unconfirmed)' ELSE '' END
             FROM quotakit.alert_recipient x JOIN quotakit.recipient r ON r.account_id = x.account_id AND r.recipient_id = x.recipient_id
             WHERE x.account_id = a.account_id AND x.alert_id = a.alert_id ORDER BY r.name) AS recipients,
       (SELECT max(f.fired_at) FROM quotakit.alert_fired f
        WHERE f.account_id = a.account_id AND f.policy_id = a.policy_id AND f.alert_id = a.alert_id) AS last_fired
FROM quotakit.alert a
JOIN quotakit.account c ON c.account_id = a.account_id
JOIN quotakit.policy p ON p.account_id = a.account_id AND p.policy_id = a.policy_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
WHERE a.archived_at IS NULL AND p.archived_at IS NULL;
COMMENT ON VIEW quotakit.alert_status IS 'Every live alert, with whom it tells and when it last fired.';

CREATE VIEW quotakit.alert_log WITH (security_invoker = true) AS
SELECT f.account_id, c.name AS account, f.fired_id, f.fired_at, n.path, f.policy_id, p.unit, p.period, f.alert_id, f.kind,
       CASE f.kind WHEN 'percent' THEN f.mark END AS percent,
       CASE WHEN f.kind <> 'refusal' THEN quotakit.in_unit(f.threshold, p.unit) END AS threshold,
       quotakit.in_unit(f.used, p.unit) AS used, quotakit.in_unit(f.limit_amount, p.unit) AS limit_amount, f.window_start, f.state,
       coalesce(d.sent, 0) AS sent, coalesce(d.pending, 0) AS pending, coalesce(d.dead, 0) AS dead, coalesce(d.cancelled, 0) AS cancelled,
       coalesce(d.uncertain, 0) AS uncertain
FROM quotakit.alert_fired f
JOIN quotakit.account c ON c.account_id = f.account_id
JOIN quotakit.policy p ON p.account_id = f.account_id AND p.policy_id = f.policy_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE o.state = 'sent') AS sent, count(*) FILTER (WHERE o.state IN ('pending', 'sending')) AS pending,
         count(*) FILTER (WHERE o.state = 'dead') AS dead, count(*) FILTER (WHERE o.state = 'cancelled') AS cancelled,
         count(*) FILTER (WHERE o.uncertain) AS uncertain
  FROM quotakit.notification o WHERE o.account_id = f.account_id AND o.fired_id = f.fired_id) d ON true;
COMMENT ON VIEW quotakit.alert_log IS 'Every alert that fired, and what became of its notifications. Amounts are in the policy''s unit.';

CREATE VIEW quotakit.delivery WITH (security_invoker = true) AS
SELECT n.account_id, c.name AS account, n.notification_id, n.created_at, n.kind, r.channel, r.name AS recipient, n.subject, n.state, n.attempts,
       n.uncertain, n.ended_at, n.last_error, CASE n.state WHEN 'pending' THEN n.due_at END AS next_try, n.message_id, n.alert_id, n.fired_id
FROM quotakit.notification n
JOIN quotakit.account c ON c.account_id = n.account_id
JOIN quotakit.recipient r ON r.account_id = n.account_id AND r.recipient_id = n.recipient_id;
COMMENT ON VIEW quotakit.delivery IS 'Every notification and how far it has come. Dead ones: state = ''dead''; send again with resend_notification().';

DO $$
DECLARE
  v text; c text; words text;
BEGIN
  FOR v, c, words IN
    SELECT k.relname, a.attname, w.words FROM (VALUES
      ('account_id', 'Number of the account.'), ('account', 'The account.'), ('alert_id', 'The alert; 0 or null for none.'),
      ('policy_id', 'The policy.'), ('path', 'The policy''s path.'), ('unit', 'The policy''s unit.'), ('period', 'The policy''s period.'),
      ('rolling', 'Whether the policy''s window rolls.'), ('service', 'The policy''s service; null for all.'), ('model', 'The policy''s model; null for all.'),
      ('kind', 'Of an alert: percent, amount, forecast or refusal; of a notification: alert, test, digest, statement or confirmation.'),
      ('percent', 'Percent of the limit at which it fires.'), ('amount', 'Amount at which it fires.'), ('delivery', 'each, daily or weekly.'),
      ('muted_until', 'When it tells again; null while it does.'), ('to_contact', 'Whether the account''s contact is told.'),
      ('recipients', 'Who else is told.'), ('last_fired', 'When it last fired.'), ('fired_id', 'Number of the firing.'), ('fired_at', 'When.'),
      ('threshold', 'What was crossed, in the policy''s unit; null for a refusal.'), ('used', 'What was used then.'), ('limit_amount', 'The limit then.'),
      ('window_start', 'Start of the window.'), ('state', 'As in alert_fired or notification.'), ('sent', 'Notifications delivered.'),
      ('pending', 'Notifications on their way.'), ('dead', 'Notifications given up.'), ('cancelled', 'Notifications cancelled.'),
      ('uncertain', 'Whether, or how many, may have been delivered twice.'), ('notification_id', 'Number of the notification.'),
      ('created_at', 'When it was made.'), ('channel', 'email, webhook or slack.'), ('recipient', 'The address, or the webhook''s name.'),
      ('subject', 'The subject.'), ('attempts', 'How often it was tried.'), ('ended_at', 'When it was sent, given up or cancelled.'),
      ('last_error', 'What the last failed attempt met.'), ('next_try', 'When it is tried next; null unless pending.'),
      ('message_id', 'The Message-ID''s left side, and the webhook-id.')) AS w(c, words)
    JOIN pg_attribute a ON a.attname = w.c
    JOIN pg_class k ON k.oid = a.attrelid AND k.relnamespace = 'quotakit'::regnamespace AND k.relname IN ('alert_status', 'alert_log', 'delivery')
  LOOP
    EXECUTE format('COMMENT ON COLUMN quotakit.%I.%I IS %L', v, c, words);
  END LOOP;
END $$;
-- People who sign in to the dashboard, their sessions, and those who are invited.

CREATE SEQUENCE quotakit.member_id_seq AS int4;
CREATE TABLE quotakit.member (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  member_id     int4 NOT NULL DEFAULT nextval('quotakit.member_id_seq'),
  email         text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254 AND email = lower(email) AND email !~ '[[:cntrl:]]'),
  name          text CHECK (octet_length(name) BETWEEN 1 AND 200),
  role          text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_used     timestamptz,
  PRIMARY KEY (account_id, member_id)
);
-- Signing in knows no account yet. Where accounts are on several servers, their
-- router keeps this directory.
CREATE UNIQUE INDEX member_email ON quotakit.member (email);
COMMENT ON TABLE quotakit.member IS 'A person who signs in. An e-mail address belongs to one account.';
COMMENT ON COLUMN quotakit.member.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.member.member_id IS 'Number of the member.';
COMMENT ON COLUMN quotakit.member.email IS 'E-mail address, in small letters.';
COMMENT ON COLUMN quotakit.member.name IS 'What others call them.';
COMMENT ON COLUMN quotakit.member.role IS 'owner: everything; admin: everything but the account''s settings and members; viewer: reads.';
COMMENT ON COLUMN quotakit.member.password_hash IS 'bcrypt of the password.';
COMMENT ON COLUMN quotakit.member.created_at IS 'When they joined.';
COMMENT ON COLUMN quotakit.member.last_used IS 'When a session of theirs was last used, to the minute.';

CREATE TABLE quotakit.session (
  account_id int4 NOT NULL,
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  member_id  int4 NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, token_hash),
  FOREIGN KEY (account_id, member_id) REFERENCES quotakit.member ON DELETE CASCADE
);
CREATE INDEX session_member ON quotakit.session (account_id, member_id);
COMMENT ON TABLE quotakit.session IS 'Who is signed in. Ends 12 hours after its last use or 14 days after it began. Not dumped.';
COMMENT ON COLUMN quotakit.session.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.session.token_hash IS 'SHA-256 of the SHA-256 of the session''s token.';
COMMENT ON COLUMN quotakit.session.member_id IS 'The member.';
COMMENT ON COLUMN quotakit.session.created_at IS 'When they signed in.';
COMMENT ON COLUMN quotakit.session.last_used IS 'When it was last used, to the minute.';

CREATE SEQUENCE quotakit.invitation_id_seq AS int4;
CREATE TABLE quotakit.invitation (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  invitation_id int4 NOT NULL DEFAULT nextval('quotakit.invitation_id_seq'),
  email         text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254 AND email = lower(email) AND email !~ '[[:cntrl:]]'),
  role          text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
  token_hash    bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  invited_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  used_at       timestamptz,
  PRIMARY KEY (account_id, invitation_id),
  UNIQUE (account_id, token_hash)
);
COMMENT ON TABLE quotakit.invitation IS 'Who may join an account as what.';
COMMENT ON COLUMN quotakit.invitation.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.invitation.invitation_id IS 'Number of the invitation.';
COMMENT ON COLUMN quotakit.invitation.email IS 'E-mail address, in small letters.';
COMMENT ON COLUMN quotakit.invitation.role IS 'owner, admin or viewer.';
COMMENT ON COLUMN quotakit.invitation.token_hash IS 'SHA-256 of the token in the link.';
COMMENT ON COLUMN quotakit.invitation.invited_by IS 'Who invited.';
COMMENT ON COLUMN quotakit.invitation.created_at IS 'When.';
COMMENT ON COLUMN quotakit.invitation.expires_at IS 'When the link stops working.';
COMMENT ON COLUMN quotakit.invitation.used_at IS 'When they joined, or the invitation was withdrawn; null while it is open.';

CREATE TABLE quotakit.sign_in_attempt (
  account_id int4 NOT NULL CHECK (account_id = 0),
  email_hash bytea NOT NULL CHECK (octet_length(email_hash) = 32),
  minute     timestamptz NOT NULL,
  attempts   int4 NOT NULL,
  PRIMARY KEY (account_id, email_hash, minute)
);
CREATE INDEX sign_in_attempt_minute ON quotakit.sign_in_attempt (account_id, minute);
COMMENT ON TABLE quotakit.sign_in_attempt IS 'How often somebody tried to sign in, by address and minute: known and unknown ones alike. Kept for an hour; not dumped.';
COMMENT ON COLUMN quotakit.sign_in_attempt.account_id IS 'Always 0: who tries has no account yet.';
COMMENT ON COLUMN quotakit.sign_in_attempt.email_hash IS 'SHA-256 of the address in small letters.';
COMMENT ON COLUMN quotakit.sign_in_attempt.minute IS 'The minute.';
COMMENT ON COLUMN quotakit.sign_in_attempt.attempts IS 'How often.';
-- Passwords, sessions, invitations. All that decides who somebody is.

CREATE FUNCTION quotakit._pgcrypto(fn text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_fn regproc;
BEGIN
  -- Wherever the DBA has put it, and really its own function.
  SELECT p.oid::regproc INTO found_fn
  FROM pg_extension e
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
  JOIN pg_proc p ON p.oid = d.objid
  WHERE e.extname = 'pgcrypto' AND p.proname = fn
    AND pg_get_function_identity_arguments(p.oid) IN ('text, text', 'text, integer');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'passwords need the extension pgcrypto' USING ERRCODE = 'QK017',
      DETAIL = 'It is one of PostgreSQL''s own and hashes them with bcrypt.',
      HINT = 'CREATE EXTENSION pgcrypto; in any schema.';
  END IF;
  RETURN found_fn::text;
END $$;
COMMENT ON FUNCTION quotakit._pgcrypto IS 'Name, with its schema, of a function of the extension pgcrypto. It is not installed: QK017.';

CREATE FUNCTION quotakit._crypt(password text, salt text) RETURNS text
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hashed text;
BEGIN
  -- bcrypt reads 72 bytes and stops at a zero byte; so it is given a hash, whatever the length.
  EXECUTE format('SELECT %s($1, $2)', quotakit._pgcrypto('crypt'))
    INTO hashed USING encode(sha256(convert_to(password, 'UTF8')), 'base64'), salt;
  RETURN hashed;
END $$;
COMMENT ON FUNCTION quotakit._crypt IS 'bcrypt of a password of any length.';

CREATE FUNCTION quotakit._hash_password(password text, email text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  salt text;
BEGIN
  IF password IS NULL OR octet_length(password) NOT BETWEEN 10 AND 1000 THEN
    RAISE EXCEPTION 'a password has 10 to 1000 bytes' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Long beats complicated: a few unrelated words are good.';
  ELSIF lower(password) = lower(email) OR lower(password) = split_part(lower(email), '@', 1)
        OR password ~ '^(.)\1*$' OR lower(password) ~ '^(1234567890+|password[0-9]*|qwertyuiop.*)$' THEN
    RAISE EXCEPTION 'the password is too easy to guess' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Long beats complicated: a few unrelated words are good.';
  END IF;
  EXECUTE format('SELECT %s($1, $2)', quotakit._pgcrypto('gen_salt')) INTO salt USING 'bf'::text, 10;
  RETURN quotakit._crypt(password, salt);
END $$;
COMMENT ON FUNCTION quotakit._hash_password IS 'What is kept of a password. Shorter than 10 or longer than 1,000 bytes, or the e-mail: invalid_parameter_value.';

CREATE FUNCTION quotakit._email(email text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  email := lower(btrim(email));
  IF email IS NULL OR octet_length(email) > 254
     OR email !~ '^[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+@[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+$' THEN
    RAISE EXCEPTION '% is not an e-mail address', coalesce(to_json(left(email, 100))::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN email;
END $$;
COMMENT ON FUNCTION quotakit._email IS 'An e-mail address as it is kept, in small letters. Not one: invalid_parameter_value.';

CREATE FUNCTION quotakit._new_token(prefix text, account_id int4) RETURNS text
  LANGUAGE sql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT prefix || '_' || account_id || '_' || rtrim(translate(encode(quotakit._random_bytes(32), 'base64'), '+/', '-_'), '=')
$$;
COMMENT ON FUNCTION quotakit._new_token IS 'A secret of 256 random bits; the account''s number is in it, so that any router can find its server.';

CREATE FUNCTION quotakit._new_session(account_id int4, member_id int4) RETURNS text
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := _new_session.account_id;
  token text := quotakit._new_token('aiss', acct);
BEGIN
  INSERT INTO quotakit.session (account_id, token_hash, member_id)
  VALUES (acct, sha256(sha256(convert_to(token, 'UTF8'))), _new_session.member_id);
  -- In passing: nobody misses those that have ended.
  DELETE FROM quotakit.session s
  WHERE s.account_id = acct
    AND (s.last_used < now() - interval '12 hours' OR s.created_at < now() - interval '14 days');
  RETURN token;
END $$;
COMMENT ON FUNCTION quotakit._new_session IS 'Begins a session and returns its token, aiss_<account>_<43 characters>.';

CREATE FUNCTION quotakit._csrf(secret bytea) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT encode(sha256('csrf:'::bytea || secret), 'hex') $$;
COMMENT ON FUNCTION quotakit._csrf IS 'What a page that changes something must send beside its cookie; cannot be told from what is in the tables.';

CREATE FUNCTION quotakit._find_session(account_id int4, secret bytea,
    OUT member_id int4, OUT email text, OUT role text) RETURNS record
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  hash bytea := sha256(secret);
  used timestamptz;
BEGIN
  SELECT m.member_id, m.email, m.role, s.last_used INTO member_id, email, role, used
  FROM quotakit.session s JOIN quotakit.member m ON m.account_id = s.account_id AND m.member_id = s.member_id
  WHERE s.account_id = _find_session.account_id AND s.token_hash = hash
    AND s.last_used > now() - interval '12 hours' AND s.created_at > now() - interval '14 days';
  -- Nice to know, so at most once a minute; and not where it would wait for another.
  IF used < now() - interval '1 minute' THEN
    UPDATE quotakit.session s SET last_used = now()
    FROM (SELECT FROM quotakit.session x WHERE x.account_id = _find_session.account_id AND x.token_hash = hash
          FOR NO KEY UPDATE SKIP LOCKED) free
    WHERE s.account_id = _find_session.account_id AND s.token_hash = hash;
    UPDATE quotakit.member m SET last_used = now()
    FROM (SELECT FROM quotakit.member x WHERE x.account_id = _find_session.account_id AND x.member_id = _find_session.member_id
          FOR NO KEY UPDATE SKIP LOCKED) free
    WHERE m.account_id = _find_session.account_id AND m.member_id = _find_session.member_id;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._find_session IS 'Whose session it is; nulls if there is none or it has ended.';

CREATE FUNCTION quotakit._throttle(email text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  who      bytea := sha256(convert_to(lower(btrim(coalesce(_throttle.email, ''))), 'UTF8'));
  this     timestamptz := date_trunc('minute', clock_timestamp());
  tried    int8;
  all_here int8;
  oldest   timestamptz;
BEGIN
  SELECT coalesce(sum(a.attempts), 0) INTO all_here
  FROM quotakit.sign_in_attempt a WHERE a.account_id = 0 AND a.minute = this;
  IF all_here >= 120 THEN
    RETURN 60;
  END IF;
  -- Counted before the password is looked at, and whoever tries the same address waits here.
  INSERT INTO quotakit.sign_in_attempt AS a (account_id, email_hash, minute, attempts) VALUES (0, who, this, 1)
  ON CONFLICT (account_id, email_hash, minute) DO UPDATE SET attempts = a.attempts + 1;
  SELECT sum(a.attempts), min(a.minute) INTO tried, oldest
  FROM quotakit.sign_in_attempt a
  WHERE a.account_id = 0 AND a.email_hash = who AND a.minute > this - interval '15 minutes';
  DELETE FROM quotakit.sign_in_attempt a WHERE a.account_id = 0 AND a.minute < this - interval '1 hour';
  IF tried > 10 THEN
    RETURN greatest(1, extract(epoch FROM oldest + interval '15 minutes' - clock_timestamp()))::int4;
  END IF;
  RETURN 0;
END $$;
COMMENT ON FUNCTION quotakit._throttle IS 'Counts an attempt to sign in. Returns 0, or for how many seconds no more are allowed: more than 10 in 15 minutes for an address, or 120 a minute for all of them.';

CREATE FUNCTION quotakit._check_password(email text, password text, OUT account_id int4, OUT member_id int4) RETURNS record
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  m quotakit.member;
  -- Of no password: an unknown address takes as long as a known one.
  kept text := '$2a$10$7EqJtq98hPqEX7fNZaFWoO5s0m5jZ1o0yH5w4nq3bq2vXh1cT9J1W';
BEGIN
  SELECT * INTO m FROM quotakit.member x WHERE x.email = lower(btrim(_check_password.email));
  kept := coalesce(m.password_hash, kept);
  IF quotakit._crypt(left(coalesce(password, ''), 1000), kept) = kept AND m.member_id IS NOT NULL THEN
    account_id := m.account_id;
    member_id := m.member_id;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_password IS 'Whose e-mail and password these are; nulls for nobody, after the same time.';

CREATE FUNCTION quotakit._create_member(account int4, email text, password text, role text, name text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  id int4;
BEGIN
  email := quotakit._email(email);
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  name := nullif(name, '');
  IF name IS NOT NULL THEN
    PERFORM quotakit._check_name('name', name, 200);
  END IF;
  INSERT INTO quotakit.member AS m (account_id, email, name, role, password_hash)
  VALUES (account, email, name, role, quotakit._hash_password(password, email))
  ON CONFLICT DO NOTHING RETURNING m.member_id INTO id;
  IF id IS NULL THEN
    RAISE EXCEPTION 'there is a member with the e-mail "%" already', email USING ERRCODE = 'QK015';
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._create_member IS 'Makes a member of an account. The e-mail is taken: QK015.';

CREATE FUNCTION quotakit.create_member(email text, password text, role text DEFAULT 'owner', name text DEFAULT NULL) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN quotakit._create_member(quotakit._acting_account('owner'), email, password, role, name);
END $$;
COMMENT ON FUNCTION quotakit.create_member IS 'Lets a person sign in to the dashboard of the current account as owner, admin or viewer (owner only), and returns the member''s number. Password: 10 to 1,000 bytes. Take care that it does not end up in the server''s log, or use invite_member(). The e-mail is taken: QK015; without pgcrypto: QK017.';

CREATE FUNCTION quotakit.set_password(email text, password text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  account int4 := quotakit._acting_account('owner');
  who     int4;
BEGIN
  email := quotakit._email(email);
  UPDATE quotakit.member m SET password_hash = quotakit._hash_password(password, email)
  WHERE m.account_id = account AND m.email = email RETURNING m.member_id INTO who;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'member "%" does not exist', email USING ERRCODE = 'undefined_object';
  END IF;
  DELETE FROM quotakit.session s WHERE s.account_id = account AND s.member_id = who;
END $$;
COMMENT ON FUNCTION quotakit.set_password IS 'Gives a member of the current account another password (owner only) and ends their sessions. No such member: undefined_object.';

CREATE FUNCTION quotakit.invite_member(email text, role text DEFAULT 'viewer') RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  account int4 := quotakit._acting_account('owner');
  token   text := quotakit._new_token('aisi', account);
BEGIN
  email := quotakit._email(email);
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  PERFORM quotakit._lock_account(account);
  IF EXISTS (SELECT FROM quotakit.member m WHERE m.account_id = account AND m.email = email) THEN
    RAISE EXCEPTION '"%" is a member already', email USING ERRCODE = 'QK015';
  END IF;
  -- A new invitation takes the place of an open one.
  UPDATE quotakit.invitation i SET used_at = now()
  WHERE i.account_id = account AND i.email = email AND i.used_at IS NULL;
  INSERT INTO quotakit.invitation (account_id, email, role, token_hash, invited_by, expires_at)
  VALUES (account, email, role, sha256(convert_to(token, 'UTF8')), quotakit._actor(), now() + interval '7 days');
  RETURN token;
END $$;
COMMENT ON FUNCTION quotakit.invite_member IS 'Invites a person to the current account as owner, admin or viewer (owner only). Returns the token, this once: who opens /join?token=… in the dashboard within seven days can choose a password. A member already: QK015.';

CREATE FUNCTION quotakit._keep_an_owner_member(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM quotakit.member m WHERE m.account_id = account AND m.role = 'owner') THEN
    RAISE EXCEPTION 'the account would have no owner who can sign in' USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'Make another member owner first.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._keep_an_owner_member IS 'Raises object_not_in_prerequisite_state when an account''s members have lost their last owner.';

CREATE FUNCTION quotakit._member(account int4, member_id int4) RETURNS quotakit.member
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_member quotakit.member;
BEGIN
  PERFORM quotakit._lock_account(account);
  SELECT * INTO found_member FROM quotakit.member m WHERE m.account_id = account AND m.member_id = _member.member_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'member % does not exist', coalesce(member_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.member.';
  END IF;
  RETURN found_member;
END $$;
COMMENT ON FUNCTION quotakit._member IS 'Locks the account''s configuration and returns a member. None: undefined_object.';

CREATE FUNCTION quotakit.set_member(member_id int4, role text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
  m       quotakit.member := quotakit._member(account, member_id);
BEGIN
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  UPDATE quotakit.member x SET role = set_member.role
  WHERE x.account_id = account AND x.member_id = m.member_id AND x.role <> set_member.role;
  PERFORM quotakit._keep_an_owner_member(account);
END $$;
COMMENT ON FUNCTION quotakit.set_member IS 'Makes a member of the current account owner, admin or viewer (owner only). The last owner stays; no such member: undefined_object.';

CREATE FUNCTION quotakit.remove_member(member_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
  m       quotakit.member := quotakit._member(account, member_id);
BEGIN
  DELETE FROM quotakit.member x WHERE x.account_id = account AND x.member_id = m.member_id;
  PERFORM quotakit._keep_an_owner_member(account);
END $$;
COMMENT ON FUNCTION quotakit.remove_member IS 'Ends a membership of the current account, and its sessions (owner only). The last owner stays; no such member: undefined_object.';
-- How the dashboard's API reads what it is asked, and how its answers look. doc/api.md

CREATE TYPE quotakit._who AS (account_id int4, member_id int4, email text, role text, secret bytea, acct quotakit.account);
COMMENT ON TYPE quotakit._who IS 'For whom an endpoint acts; nulls for somebody who is not signed in.';

CREATE FUNCTION quotakit._api_text(args jsonb, field text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(args -> field) NOT IN ('string', 'null') THEN
    RAISE EXCEPTION '% is not text', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN args ->> field;
END $$;
COMMENT ON FUNCTION quotakit._api_text IS 'A field that is text; null where it is missing.';

CREATE FUNCTION quotakit._api_number(args jsonb, field text) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given text := args ->> field;
BEGIN
  IF given IS NULL THEN
    RETURN NULL;
  ELSIF jsonb_typeof(args -> field) NOT IN ('string', 'number') OR given !~ '^-?[0-9]{1,40}(\.[0-9]{1,40})?$' THEN
    RAISE EXCEPTION '% is not a decimal number', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN given::numeric;
END $$;
COMMENT ON FUNCTION quotakit._api_number IS 'A field that is a decimal number or a string of one; null where it is missing.';

CREATE FUNCTION quotakit._api_int(args jsonb, field text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given numeric := quotakit._api_number(args, field);
BEGIN
  IF given <> trunc(given) OR abs(given) > 9007199254740992 THEN
    RAISE EXCEPTION '% is not a whole number', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN given::int8;
END $$;
COMMENT ON FUNCTION quotakit._api_int IS 'A field that is a whole number; null where it is missing.';

CREATE FUNCTION quotakit._api_id(args jsonb, field text) RETURNS int4
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given int8 := quotakit._api_int(args, field);
BEGIN
  -- No such number was ever given out: nobody's, and so not found.
  RETURN CASE WHEN given BETWEEN 1 AND 2147483647 THEN given WHEN given IS NOT NULL THEN 0 END;
END $$;
COMMENT ON FUNCTION quotakit._api_id IS 'A field that is the number of something; 0 for one that cannot be; null where it is missing.';

CREATE FUNCTION quotakit._api_bool(args jsonb, field text, otherwise bool) RETURNS bool
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF args ->> field IS NULL THEN
    RETURN otherwise;
  ELSIF args ->> field NOT IN ('true', 'false', '1', '0') THEN
    RAISE EXCEPTION '% is neither true nor false', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN args ->> field IN ('true', '1');
END $$;
COMMENT ON FUNCTION quotakit._api_bool IS 'A field that is true or false (1 or 0 in a query).';

CREATE FUNCTION quotakit._api_texts(args jsonb, field text) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF args ->> field IS NULL THEN
    RETURN NULL;
  ELSIF jsonb_typeof(args -> field) <> 'array' OR jsonb_path_exists(args -> field, '$[*] ? (@.type() != "string")') THEN
    RAISE EXCEPTION '% is not a list of text', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN ARRAY(SELECT t.v FROM jsonb_array_elements_text(args -> field) WITH ORDINALITY AS t(v, n) ORDER BY t.n);
END $$;
COMMENT ON FUNCTION quotakit._api_texts IS 'A field that is a list of text; null where it is missing.';

CREATE FUNCTION quotakit._api_path(args jsonb, field text) RETURNS quotakit.qpath
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._api_text($1, $2)::quotakit.qpath $$;
COMMENT ON FUNCTION quotakit._api_path IS 'A field that is a path; null where it is missing.';

CREATE FUNCTION quotakit._api_time(acct quotakit.account, args jsonb, field text, day_after bool DEFAULT false) RETURNS timestamptz
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  given text := quotakit._api_text(args, field);
BEGIN
  IF given IS NULL THEN
    RETURN NULL;
  ELSIF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN quotakit._day_start(acct, given::date + day_after::int4);
  ELSIF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$' THEN
    RETURN given::timestamptz;
  END IF;
  RAISE EXCEPTION '% is not a time', field USING ERRCODE = 'QK018', COLUMN = field,
    HINT = 'Give 2026-11-22T15:04:05Z, or a day such as 2026-11-22.';
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RAISE EXCEPTION '% is not a time', field USING ERRCODE = 'QK018', COLUMN = field;
END $$;
COMMENT ON FUNCTION quotakit._api_time IS 'A field that is a time, or a day in the account''s time zone: its start, or with day_after its end. Null where it is missing.';

CREATE FUNCTION quotakit._api_limit(args jsonb) RETURNS int4
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT least(greatest(coalesce(quotakit._api_int($1, 'limit'), 50), 1), 200)::int4 $$;
COMMENT ON FUNCTION quotakit._api_limit IS 'How many rows a page has: 1 to 200, 50 where it is not said.';

CREATE FUNCTION quotakit._api_fields(args jsonb, spec text, what text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  allowed text[] := string_to_array(replace(coalesce(spec, ''), '!', ''), ' ');
  wrong   text;
BEGIN
  SELECT k INTO wrong FROM jsonb_object_keys(args) k WHERE k <> ALL (allowed) ORDER BY k LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% has no field %', what, to_json(left(wrong, 100)) USING ERRCODE = 'QK018', COLUMN = left(wrong, 60),
      HINT = CASE WHEN allowed = '{}' THEN 'It has none.' ELSE format('There are: %s.', array_to_string(allowed, ', ')) END;
  END IF;
  SELECT replace(f, '!', '') INTO wrong FROM unnest(string_to_array(spec, ' ')) f
  WHERE f LIKE '%!' AND coalesce(args ->> replace(f, '!', ''), '') = '';
  IF FOUND THEN
    RAISE EXCEPTION '% is missing', wrong USING ERRCODE = 'QK018', COLUMN = wrong;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._api_fields IS 'Raises unless all fields are among those named in spec, and those with an exclamation mark are there.';

CREATE FUNCTION quotakit._as_sql(call text, VARIADIC args text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Pairs of a name and a value; what is null is left out.
  SELECT format('SELECT * FROM quotakit.%s(%s);', $1,
    (SELECT string_agg(format('%s => %L', $2[i], $2[i + 1]), ', ' ORDER BY i)
     FROM generate_series(1, cardinality($2), 2) i WHERE $2[i + 1] IS NOT NULL))
$$;
COMMENT ON FUNCTION quotakit._as_sql IS 'The query that an analyst would type for a function with named arguments.';

CREATE FUNCTION quotakit._csv_cell(v text, is_text bool) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- A spreadsheet runs what begins so; an apostrophe says that it is text.
  SELECT CASE WHEN v IS NULL THEN ''
    WHEN c ~ '[",\r\n'']' OR c ~ '^\s|\s$' THEN '"' || replace(c, '"', '""') || '"' ELSE c END
  FROM (SELECT CASE WHEN is_text AND v ~ '^[[:space:]]*[=+@\-\t\r|%]' THEN '''' || v ELSE v END AS c) x
$$;
COMMENT ON FUNCTION quotakit._csv_cell IS 'A cell of a CSV file (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe in front.';

CREATE FUNCTION quotakit._csv(rows jsonb, columns text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_to_string($2, ',') || E'\r\n' || coalesce((
    SELECT string_agg(line.l, '' ORDER BY r.n)
    FROM jsonb_array_elements($1) WITH ORDINALITY AS r(row, n)
    CROSS JOIN LATERAL (
      SELECT string_agg(quotakit._csv_cell(r.row ->> c.col, jsonb_typeof(r.row -> c.col) = 'string' AND r.row ->> c.col !~ '^-?[0-9]+(\.[0-9]+)?$'),
                        ',' ORDER BY c.k) || E'\r\n' AS l
      FROM unnest($2) WITH ORDINALITY AS c(col, k)) line), '')
$$;
COMMENT ON FUNCTION quotakit._csv IS 'A list of objects as CSV, with a line of column names.';

CREATE FUNCTION quotakit._usage_json(u jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  -- So, without a setting of its own, the planner puts it in place of the call: there may be thousands of rows.
BEGIN ATOMIC
  SELECT jsonb_build_object('calls', u->'events', 'failed', u->'failed', 'unpriced', u->'unpriced', 'requests', u->'requests', 'tokens', u->'tokens',
    'input_tokens', u->'input_tokens', 'cached_input_tokens', u->'cached_input_tokens', 'cache_write_tokens', u->'cache_write_tokens',
    'output_tokens', u->'output_tokens', 'reasoning_tokens', u->'reasoning_tokens',
    'cost_usd', u->>'cost_usd', 'cost_credits', u->>'cost_credits',
    'usd_per_request', CASE WHEN (u->>'requests')::numeric > 0
      THEN trim_scale(round((u->>'cost_usd')::numeric / (u->>'requests')::numeric, 9))::text END);
END;
COMMENT ON FUNCTION quotakit._usage_json IS 'A row of subtree_usage() and its like as the API shows it.';
-- The tree and what one node has: counters and totals only, never the ledger (R10).

CREATE FUNCTION quotakit._policy_json(s quotakit.policy_status, pace bool DEFAULT true) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', s.policy_id, 'path', s.path::text, 'unit', s.unit, 'period', s.period, 'rolling', s.rolling,
    'service', s.service, 'model', s.model, 'enforcement', s.enforcement,
    'limit', s.limit_amount::text, 'base_limit', quotakit.in_unit(p.limit_amount, p.unit)::text,
    'boost', CASE WHEN s.boosted_until IS NOT NULL
      THEN jsonb_build_object('amount', quotakit.in_unit(p.boost_amount, p.unit)::text, 'until', quotakit._iso_time(s.boosted_until)) END,
    'used', s.used::text, 'held', s.held::text, 'free', s.free::text, 'percent', s.percent, 'status', s.status,
    'window_start', quotakit._iso_time(s.window_start), 'resets_at', quotakit._iso_time(s.resets_at),
    'pace_per_hour', f.pace_per_hour::text, 'projected', f.projected::text, 'projected_percent', f.projected_percent,
    'trips_at', quotakit._iso_time(f.trips_at), 'created_at', quotakit._iso_time(p.created_at))
  FROM quotakit.policy p
  LEFT JOIN LATERAL (SELECT x.* FROM (SELECT WHERE pace) wanted CROSS JOIN LATERAL quotakit.forecast(s.policy_id) x) f ON true
  WHERE p.account_id = s.account_id AND p.policy_id = s.policy_id
$$;
COMMENT ON FUNCTION quotakit._policy_json IS 'A policy as the API shows it: where it stands and, if asked for, its pace.';

CREATE FUNCTION quotakit._today(acct quotakit.account) RETURNS TABLE (node_id int4, usd numeric, requests numeric)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Folded: one short range of the key a node. Not folded yet: the account's few deltas, for all above them.
  WITH today AS (
    SELECT d.day, quotakit._day_start(acct, d.day) AS since
    FROM (SELECT (statement_timestamp() AT TIME ZONE acct.time_zone)::date AS day) d
  ), fresh AS (
    SELECT d.node_id, sum(d.usd) AS usd, sum(d.requests) AS requests
    FROM quotakit.rollup_delta d, today t
    WHERE d.account_id = acct.account_id AND d.hour >= t.since
    GROUP BY d.node_id
  )
  SELECT x.node_id, sum(x.usd), sum(x.requests)
  FROM (
    SELECT n.node_id, s.usd, s.requests
    FROM today t CROSS JOIN quotakit.node n
    CROSS JOIN LATERAL (SELECT sum(r.usd) AS usd, sum(r.requests) AS requests FROM quotakit.subtree_day r
      WHERE r.account_id = n.account_id AND r.node_id = n.node_id AND r.day = t.day) s
    WHERE n.account_id = acct.account_id AND s.requests IS NOT NULL
    UNION ALL
    SELECT a.node_id, f.usd, f.requests
    FROM fresh f
    JOIN quotakit.node n ON n.account_id = acct.account_id AND n.node_id = f.node_id
    JOIN quotakit.node a ON a.account_id = n.account_id AND a.path OPERATOR(quotakit.@>) n.path) x
  GROUP BY x.node_id
$$;
COMMENT ON FUNCTION quotakit._today IS 'What each node with all below it has cost since local midnight, in nano-USD, and its requests; nodes without any are left out.';

CREATE FUNCTION quotakit._api_tree(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  frozen   quotakit.qpath[] := ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND n.frozen_reason IS NOT NULL);
  archived quotakit.qpath[] := ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND n.archived_at IS NOT NULL);
  nodes    jsonb;
BEGIN
  WITH worst AS MATERIALIZED (
    SELECT DISTINCT ON (s.node_id) s.*, count(*) OVER (PARTITION BY s.node_id) AS policies
    FROM quotakit.policy_status s WHERE s.account_id = me.account_id
    ORDER BY s.node_id, array_position('{healthy,warning,critical,over}', s.status) DESC, s.percent DESC, s.limit_amount DESC, s.policy_id
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'path', n.path::text, 'service', n.service, 'tags', to_jsonb(n.tags), 'status', coalesce(w.status, 'none'), 'policies', coalesce(w.policies, 0),
    'frozen', EXISTS (SELECT FROM unnest(frozen) f(p) WHERE n.path OPERATOR(quotakit.<@) f.p),
    'archived', EXISTS (SELECT FROM unnest(archived) f(p) WHERE n.path OPERATOR(quotakit.<@) f.p),
    'headline', CASE WHEN w.policy_id IS NOT NULL THEN jsonb_build_object('policy_id', w.policy_id, 'unit', w.unit, 'period', w.period,
      'rolling', w.rolling, 'enforcement', w.enforcement, 'limit', w.limit_amount::text, 'used', w.used::text, 'held', w.held::text,
      'percent', w.percent, 'resets_at', quotakit._iso_time(w.resets_at)) END,
    'today_usd', trim_scale(coalesce(t.usd, 0) * 0.000000001)::text, 'today_requests', coalesce(t.requests, 0)) ORDER BY n.path), '[]')
  INTO nodes
  FROM quotakit.node n
  LEFT JOIN worst w ON w.node_id = n.node_id
  LEFT JOIN quotakit._today(me.acct) t ON t.node_id = n.node_id
  WHERE n.account_id = me.account_id;
  RETURN jsonb_build_object('account', (me.acct).name, 'paths', jsonb_array_length(nodes), 'nodes', nodes,
    'sql', format('SELECT * FROM quotakit.node_status WHERE account = %L ORDER BY path;', (me.acct).name));
END $$;
COMMENT ON FUNCTION quotakit._api_tree IS 'GET /api/tree';

CREATE FUNCTION quotakit._api_unplaced(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('unplaced', coalesce(jsonb_agg(jsonb_build_object('root', u.root, 'events', u.events, 'known_usd', u.known_usd::text,
      'known_credits', u.known_credits::text, 'events_of_unknown_cost', u.events_of_unknown_cost, 'reasons', u.reasons,
      'oldest_at', quotakit._iso_time(u.oldest_at), 'newest_at', quotakit._iso_time(u.newest_at)) ORDER BY u.root), '[]'),
    'sql', 'SELECT * FROM quotakit.unplaced_spend ORDER BY root;')
  FROM quotakit.unplaced_spend u WHERE u.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_unplaced IS 'GET /api/unplaced';

CREATE FUNCTION quotakit._unplaced_json(u quotakit.unplaced_event) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- What was named need not be a path: it may be as long as a request.
  SELECT jsonb_build_object('id', u.rejected_id, 'received_at', quotakit._iso_time(u.received_at), 'code', u.code, 'reason', u.reason,
    'path', left(u.path, 300), 'known_usd', u.known_usd::text, 'known_credits', u.known_credits::text)
$$;
COMMENT ON FUNCTION quotakit._unplaced_json IS 'An event that could not be placed, as the API shows it.';

CREATE FUNCTION quotakit._api_unplaced_events(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  below  text := quotakit._api_text(query, 'root');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.rejected_id DESC), '[]') INTO page FROM (
    SELECT u.rejected_id, quotakit._unplaced_json(u) AS j
    FROM quotakit.unplaced_event u
    WHERE u.account_id = me.account_id AND u.rejected_id < newest AND (below IS NULL OR u.root = below)
    ORDER BY u.rejected_id DESC LIMIT most) x;
  RETURN jsonb_build_object('events', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.unplaced_event%s ORDER BY rejected_id DESC LIMIT %s;',
                  CASE WHEN below IS NULL THEN '' ELSE format(' WHERE root = %L', below) END, most));
END $$;
COMMENT ON FUNCTION quotakit._api_unplaced_events IS 'GET /api/unplaced/events';

CREATE FUNCTION quotakit._api_replay(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- So many in one transaction, under one root's lock; the page asks for the next.
  most   CONSTANT int4 := 100;
  one    int8 := quotakit._api_int(body, 'id');
  below  text := quotakit._api_text(body, 'root');
  oldest int8 := coalesce(quotakit._api_int(body, 'after'), 0);
  told   jsonb := '[]';
  ids    int8[];
  id     int8;
  event  jsonb;
  said   jsonb;
BEGIN
  IF (one IS NULL) = (below IS NULL) THEN
    RAISE EXCEPTION 'either id or root is needed' USING ERRCODE = 'QK018', COLUMN = 'id';
  END IF;
  ids := ARRAY(
    SELECT u.rejected_id FROM quotakit.unplaced_event u
    WHERE u.account_id = me.account_id AND u.rejected_id > oldest AND (u.rejected_id = one OR u.root = below)
    ORDER BY u.rejected_id LIMIT most);
  IF ids = '{}' AND oldest = 0 THEN
    RAISE EXCEPTION 'there is nothing to replay' USING ERRCODE = 'undefined_object', DETAIL = 'It was replayed already, or never came.';
  END IF;
  FOREACH id IN ARRAY ids LOOP
    SELECT quotakit._unplaced_json(u) INTO event FROM quotakit.unplaced_event u WHERE u.account_id = me.account_id AND u.rejected_id = id;
    -- Another replay was quicker.
    CONTINUE WHEN NOT FOUND;
    said := quotakit.replay_rejected(id);
    told := told || (event || jsonb_build_object('outcome', said -> 'outcome')
      || CASE said ->> 'outcome' WHEN 'rejected' THEN jsonb_build_object('code', said -> 'code', 'reason', said -> 'message') ELSE '{}' END);
  END LOOP;
  RETURN jsonb_build_object('events', told, 'next', CASE WHEN cardinality(ids) = most THEN ids[most] END);
END $$;
COMMENT ON FUNCTION quotakit._api_replay IS 'POST /api/unplaced/replay';

CREATE FUNCTION quotakit._api_sparks(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n_days   int4 := least(greatest(coalesce(quotakit._api_int(query, 'days'), 14), 1), 90);
  today    date := (statement_timestamp() AT TIME ZONE (me.acct).time_zone)::date;
  month    date := (lower(quotakit.window_range('month', statement_timestamp(), (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start))
                    AT TIME ZONE (me.acct).time_zone)::date;
  first    date := today - n_days + 1;
BEGIN
  RETURN (
    WITH cost AS (
      SELECT s.node_id, s.day, sum(s.usd) AS usd
      FROM quotakit.subtree_day s
      WHERE s.account_id = me.account_id AND s.node_id = ANY (ARRAY(SELECT n.node_id FROM quotakit.node n WHERE n.account_id = me.account_id))
        AND s.day >= least(first, month)
      GROUP BY s.node_id, s.day
      UNION ALL
      SELECT a.node_id, f.day, f.usd
      FROM (SELECT d.node_id, (d.hour AT TIME ZONE (me.acct).time_zone)::date AS day, sum(d.usd) AS usd
            FROM quotakit.rollup_delta d
            WHERE d.account_id = me.account_id AND d.hour >= quotakit._day_start(me.acct, least(first, month)) GROUP BY 1, 2) f
      JOIN quotakit.node n ON n.account_id = me.account_id AND n.node_id = f.node_id
      JOIN quotakit.node a ON a.account_id = n.account_id AND a.path OPERATOR(quotakit.@>) n.path
    ), by_day AS (
      SELECT c.node_id, c.day, sum(c.usd) AS usd FROM cost c GROUP BY c.node_id, c.day
    ), node AS (
      SELECT b.node_id, sum(b.usd) FILTER (WHERE b.day >= month) AS month_usd, jsonb_object_agg(b.day, b.usd) AS days
      FROM by_day b GROUP BY b.node_id
    )
    SELECT jsonb_build_object(
      'days', (SELECT jsonb_agg(first + i ORDER BY i) FROM generate_series(0, n_days - 1) i),
      'paths', coalesce(jsonb_object_agg(n.path::text, jsonb_build_object(
        'usd', (SELECT jsonb_agg(trim_scale(coalesce((o.days ->> (first + i)::text)::numeric, 0) * 0.000000001)::text ORDER BY i)
                FROM generate_series(0, n_days - 1) i),
        'month_usd', trim_scale(coalesce(o.month_usd, 0) * 0.000000001)::text)) FILTER (WHERE n.path IS NOT NULL), '{}'),
      'sql', format(E'SELECT n.path, s.step_start, s.cost_usd\nFROM quotakit.node n CROSS JOIN LATERAL quotakit.subtree_series(n.path, %L) s\nWHERE n.account_id = %s;',
                    quotakit._day_start(me.acct, first), me.account_id))
    FROM node o JOIN quotakit.node n ON n.account_id = me.account_id AND n.node_id = o.node_id);
END $$;
COMMENT ON FUNCTION quotakit._api_sparks IS 'GET /api/sparks';

CREATE FUNCTION quotakit._node_json(me quotakit._who, path quotakit.qpath) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  node   quotakit.node := quotakit._node(me.account_id, path);
  day    timestamptz := quotakit._day_start(me.acct, (statement_timestamp() AT TIME ZONE (me.acct).time_zone)::date);
  month  timestamptz := lower(quotakit.window_range('month', statement_timestamp(), (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start));
  frozen_by   quotakit.node;
  archived_by quotakit.qpath;
BEGIN
  SELECT n.* INTO frozen_by FROM quotakit.node n
  WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path AND n.frozen_reason IS NOT NULL ORDER BY n.path LIMIT 1;
  SELECT n.path INTO archived_by FROM quotakit.node n
  WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path AND n.archived_at IS NOT NULL ORDER BY n.path LIMIT 1;
  RETURN (
    WITH policy AS MATERIALIZED (
      SELECT s.node_id = node.node_id AS own, s.path, s.policy_id, s.status, s.percent, quotakit._policy_json(s) AS j
      FROM quotakit.policy_status s
      WHERE s.account_id = me.account_id
        AND s.node_id IN (SELECT n.node_id FROM quotakit.node n WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path)
        AND (s.node_id = node.node_id OR s.service IS NULL OR node.service IS NULL OR s.service = node.service)
    )
    SELECT jsonb_build_object('path', node.path::text, 'service', node.service, 'notes', node.notes, 'tags', to_jsonb(node.tags),
      'status', coalesce((SELECT p.status FROM policy p WHERE p.own
        ORDER BY array_position('{healthy,warning,critical,over}', p.status) DESC LIMIT 1), 'none'),
      'created_at', quotakit._iso_time(node.created_at), 'archived_at', quotakit._iso_time(node.archived_at), 'archived_by', archived_by::text,
      'frozen_reason', frozen_by.frozen_reason, 'frozen_by', frozen_by.path::text,
      'policies', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.policy_id) FILTER (WHERE p.own), '[]') FROM policy p),
      'inherited', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.path, p.policy_id) FILTER (WHERE NOT p.own), '[]') FROM policy p),
      'children', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.<@) node.path
                   AND quotakit.nlevel(n.path) = quotakit.nlevel(node.path) + 1),
      'today', (SELECT quotakit._usage_json(to_jsonb(u)) FROM quotakit.subtree_usage(node.path, day) u),
      'month', (SELECT quotakit._usage_json(to_jsonb(u)) FROM quotakit.subtree_usage(node.path, month) u),
      'refusals_24h', quotakit._refusals(me.account_id, node.path, statement_timestamp() - interval '24 hours', statement_timestamp(), NULL, NULL),
      'sql', jsonb_build_object(
        'policies', format(E'SELECT * FROM quotakit.policy_status\nWHERE path OPERATOR(quotakit.@>) %L ORDER BY path, policy_id;', node.path),
        'usage', quotakit._as_sql('subtree_usage', 'path', node.path::text, 'since', quotakit._iso_time(month)))));
END $$;
COMMENT ON FUNCTION quotakit._node_json IS 'A node as the API shows it. Unknown path: QK001.';

CREATE FUNCTION quotakit._refusals(account int4, top quotakit.qpath, since timestamptz, until timestamptz, service text, model text) RETURNS int8
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Through the policies: the index is by policy and minute.
  SELECT coalesce(sum(r.count), 0)::int8
  FROM (SELECT p.policy_id FROM quotakit.policy p WHERE p.account_id = $1 UNION ALL SELECT 0) p
  CROSS JOIN LATERAL (
    SELECT x.count, x.node_id, x.first FROM quotakit.refusal x
    WHERE x.account_id = $1 AND x.policy_id = p.policy_id AND x.minute >= date_trunc('minute', $3) AND x.minute < $4 AND x.source <> 'shadow') r
  JOIN quotakit.node n ON n.account_id = $1 AND n.node_id = r.node_id
  WHERE ($2 IS NULL OR n.path OPERATOR(quotakit.<@) $2)
    AND ($5 IS NULL OR n.service = $5) AND ($6 IS NULL OR r.first ->> 'call_model' = $6)
$$;
COMMENT ON FUNCTION quotakit._refusals IS 'How many calls on a path and below it (null: anywhere) were refused from since to before until; shadow policies refuse none.';

CREATE FUNCTION quotakit._api_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._node_json($1, quotakit._api_path($2, 'path')) $$;
COMMENT ON FUNCTION quotakit._api_node IS 'GET /api/node';

CREATE FUNCTION quotakit._api_create_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_node(quotakit._api_path(body, 'path'), quotakit._api_text(body, 'service'), quotakit._api_text(body, 'notes'),
                               coalesce(quotakit._api_texts(body, 'tags'), '{}'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_create_node IS 'POST /api/node';

CREATE FUNCTION quotakit._api_set_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path quotakit.qpath := quotakit._api_path(body, 'path');
BEGIN
  IF body ->> 'service' IS NOT NULL THEN
    PERFORM quotakit.set_service(path, quotakit._api_text(body, 'service'));
  END IF;
  PERFORM quotakit.set_node(path, quotakit._api_text(body, 'notes'), quotakit._api_texts(body, 'tags'));
  RETURN quotakit._node_json(me, path);
END $$;
COMMENT ON FUNCTION quotakit._api_set_node IS 'PATCH /api/node';

CREATE FUNCTION quotakit._api_archive(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.archive_node(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_archive IS 'POST /api/node/archive';

CREATE FUNCTION quotakit._api_restore(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.restore_node(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_restore IS 'POST /api/node/restore';

CREATE FUNCTION quotakit._api_freeze(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.freeze(quotakit._api_path(body, 'path'), quotakit._api_text(body, 'reason'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_freeze IS 'POST /api/node/freeze';

CREATE FUNCTION quotakit._api_thaw(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.thaw(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_thaw IS 'POST /api/node/thaw';
-- Policies, what they would have done, and what they did.

CREATE TYPE quotakit._simulated AS (window_start timestamptz, window_end timestamptz, asked int8, granted int8, refused int8,
  amount_asked numeric, amount_granted numeric, amount_refused numeric, first_refusal_at timestamptz);
COMMENT ON TYPE quotakit._simulated IS 'A row of simulate().';

CREATE FUNCTION quotakit._policy_of(me quotakit._who, policy_id int4) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  j jsonb;
BEGIN
  SELECT quotakit._policy_json(s) INTO j FROM quotakit.policy_status s
  WHERE s.account_id = me.account_id AND s.policy_id = _policy_of.policy_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', policy_id USING ERRCODE = 'undefined_object';
  END IF;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._policy_of IS 'A live policy of the account as the API shows it. None: undefined_object.';

CREATE FUNCTION quotakit._api_policies(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top quotakit.qpath := quotakit._api_path(query, 'path');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'policies', (SELECT coalesce(jsonb_agg(quotakit._policy_json(s, false) ORDER BY s.path, s.policy_id), '[]') FROM quotakit.policy_status s
                 WHERE s.account_id = me.account_id AND (top IS NULL OR s.path OPERATOR(quotakit.<@) top)),
    'sql', format('SELECT * FROM quotakit.policy_status WHERE account = %L', (me.acct).name)
           || CASE WHEN top IS NULL THEN '' ELSE format(' AND path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY path, policy_id;');
END $$;
COMMENT ON FUNCTION quotakit._api_policies IS 'GET /api/policies';

CREATE FUNCTION quotakit._api_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._policy_of($1, quotakit._api_id($2, 'id')) $$;
COMMENT ON FUNCTION quotakit._api_policy IS 'GET /api/policies/{id}';

CREATE FUNCTION quotakit._api_create_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  id := quotakit.set_policy(quotakit._api_path(body, 'path'), quotakit._api_number(body, 'amount'),
    coalesce(quotakit._api_text(body, 'unit'), 'usd'), coalesce(quotakit._api_text(body, 'period'), 'month'),
    coalesce(quotakit._api_text(body, 'enforcement'), 'block'), nullif(quotakit._api_text(body, 'service'), ''),
    nullif(quotakit._api_text(body, 'model'), ''), quotakit._api_bool(body, 'rolling', false));
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_create_policy IS 'POST /api/policies';

CREATE FUNCTION quotakit._api_set_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(query, 'id');
BEGIN
  IF body ->> 'amount' IS NOT NULL THEN
    PERFORM quotakit.set_limit(id, quotakit._api_number(body, 'amount'));
  END IF;
  IF body ->> 'enforcement' IS NOT NULL THEN
    PERFORM quotakit.set_enforcement(id, quotakit._api_text(body, 'enforcement'));
  END IF;
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_set_policy IS 'PATCH /api/policies/{id}';

CREATE FUNCTION quotakit._api_remove_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.remove_policy(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_policy IS 'DELETE /api/policies/{id}';

CREATE FUNCTION quotakit._api_boost(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(body, 'policy_id');
BEGIN
  PERFORM quotakit.boost_policy(id, quotakit._api_number(body, 'amount'), quotakit._api_time(me.acct, body, 'until', true));
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_boost IS 'POST /api/boost';

CREATE FUNCTION quotakit._api_simulate(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path    quotakit.qpath := quotakit._api_path(body, 'path');
  amount  numeric := quotakit._api_number(body, 'amount');
  unit    text := coalesce(quotakit._api_text(body, 'unit'), 'usd');
  period  text := coalesce(quotakit._api_text(body, 'period'), 'month');
  service text := nullif(quotakit._api_text(body, 'service'), '');
  model   text := nullif(quotakit._api_text(body, 'model'), '');
  rolling bool := quotakit._api_bool(body, 'rolling', false);
  enforcement text := coalesce(quotakit._api_text(body, 'enforcement'), 'block');
  until   timestamptz := coalesce(quotakit._api_time(me.acct, body, 'until', true), statement_timestamp());
  since   timestamptz := coalesce(quotakit._api_time(me.acct, body, 'since'), until - interval '30 days');
BEGIN
  IF until - since > interval '93 days' THEN
    RAISE EXCEPTION 'the range is longer than 93 days' USING ERRCODE = 'QK008', HINT = 'For more use quotakit.simulate() in SQL.';
  END IF;
  RETURN (
    SELECT jsonb_build_object(
      -- A period of minutes has many windows: the page is shown those that refuse first.
      'windows', coalesce((SELECT jsonb_agg(w.j ORDER BY w.window_start) FROM (
          SELECT s.window_start, jsonb_build_object('start', quotakit._iso_time(s.window_start), 'end', quotakit._iso_time(s.window_end),
            'asked', s.asked, 'granted', s.granted, 'refused', s.refused, 'amount_asked', s.amount_asked::text,
            'amount_granted', s.amount_granted::text, 'amount_refused', s.amount_refused::text,
            'first_refusal_at', quotakit._iso_time(s.first_refusal_at)) AS j
          FROM jsonb_populate_recordset(NULL::quotakit._simulated, all_of.rows) s
          ORDER BY s.refused > 0 DESC, s.window_start DESC LIMIT 500) w), '[]'),
      'total', (SELECT jsonb_build_object('windows', count(*), 'windows_refused', count(*) FILTER (WHERE s.refused > 0),
            'asked', coalesce(sum(s.asked), 0), 'granted', coalesce(sum(s.granted), 0), 'refused', coalesce(sum(s.refused), 0),
            'amount_asked', coalesce(sum(s.amount_asked), 0)::text, 'amount_granted', coalesce(sum(s.amount_granted), 0)::text,
            'amount_refused', coalesce(sum(s.amount_refused), 0)::text, 'first_refusal_at', quotakit._iso_time(min(s.first_refusal_at)))
          FROM jsonb_populate_recordset(NULL::quotakit._simulated, all_of.rows) s),
      'since', quotakit._iso_time(since), 'until', quotakit._iso_time(until),
      'sql', quotakit._as_sql('simulate', 'path', path::text, 'amount', amount::text, 'unit', unit, 'period', period, 'service', service,
        'model', model, 'rolling', rolling::text, 'since', quotakit._iso_time(since), 'until', quotakit._iso_time(until), 'enforcement', enforcement))
    FROM (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') AS rows
          FROM quotakit.simulate(path, amount, unit, period, service, model, rolling, since, until, enforcement) s) all_of);
END $$;
COMMENT ON FUNCTION quotakit._api_simulate IS 'POST /api/simulate';

CREATE FUNCTION quotakit._api_explain(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path   quotakit.qpath := quotakit._api_path(query, 'path');
  model  text := nullif(quotakit._api_text(query, 'model'), '');
BEGIN
  RETURN jsonb_build_object(
    'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object('path', e.policy_path, 'policy_id', e.policy_id, 'unit', e.unit, 'period', e.period,
        'rolling', e.rolling, 'enforcement', e.enforcement, 'limit', e.limit_amount::text, 'used', e.used::text, 'held', e.held::text,
        'asked', e.asked::text, 'headroom', e.headroom::text, 'exceeds', e.exceeds, 'would_refuse', e.would_refuse,
        'first_to_trip', e.first_to_trip, 'resets_at', quotakit._iso_time(e.resets_at))), '[]')
      FROM quotakit.explain(path, NULL, model, quotakit._api_number(query, 'usd'), coalesce(quotakit._api_int(query, 'requests'), 1),
                            quotakit._api_int(query, 'tokens'), quotakit._api_number(query, 'credits')) e),
    'sql', quotakit._as_sql('explain', 'path', path::text, 'model', model, 'usd', query ->> 'usd', 'requests', query ->> 'requests',
                            'tokens', query ->> 'tokens', 'credits', query ->> 'credits'));
END $$;
COMMENT ON FUNCTION quotakit._api_explain IS 'GET /api/explain';

CREATE FUNCTION quotakit._api_refusals(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  below  int4[];
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    below := quotakit._subtree_nodes(me.account_id, (quotakit._node(me.account_id, top)).node_id, NULL);
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.refusal_id DESC), '[]') INTO page FROM (
    SELECT r.refusal_id, jsonb_build_object('id', r.refusal_id, 'minute', quotakit._iso_time(r.minute), 'reason', r.reason, 'source', r.source,
        'policy_id', nullif(r.policy_id, 0), 'policy_path', pn.path::text, 'call_path', n.path::text, 'unit', p.unit, 'period', p.period,
        'enforcement', p.enforcement, 'count', r.count, 'asked', quotakit.in_unit(r.asked, p.unit)::text,
        'limit', r.first ->> 'limit', 'used', r.first ->> 'used', 'held', r.first ->> 'held',
        'first_at', r.first ->> 'at', 'last_at', r.last ->> 'at') AS j
    FROM (SELECT * FROM quotakit.refusal q
          WHERE q.account_id = me.account_id AND q.refusal_id < newest AND (below IS NULL OR q.node_id = ANY (below))
          ORDER BY q.refusal_id DESC LIMIT most) r
    LEFT JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
    LEFT JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id
    LEFT JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id) x;
  RETURN jsonb_build_object('refusals', page,
    'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', 'SELECT * FROM quotakit.refusal_log' || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE call_path OPERATOR(quotakit.<@) %L', top::text) END
           || format(' ORDER BY refusal_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_refusals IS 'GET /api/refusals';

CREATE FUNCTION quotakit._api_why(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', quotakit._api_int($2, 'id'),
    'why', (SELECT jsonb_agg(w) FROM quotakit.why(quotakit._api_int($2, 'id')) w),
    'sql', format('SELECT quotakit.why(%s);', quotakit._api_int($2, 'id')))
$$;
COMMENT ON FUNCTION quotakit._api_why IS 'GET /api/refusals/{id}';

CREATE FUNCTION quotakit._api_reservations(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top quotakit.qpath := quotakit._api_path(query, 'path');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'reservations', (SELECT coalesce(jsonb_agg(x.j ORDER BY x.expires_at, x.reservation_id), '[]') FROM (
      SELECT r.expires_at, r.reservation_id, jsonb_build_object('id', r.reservation_id, 'path', r.path::text, 'service', r.service, 'model', r.model,
        'at', quotakit._iso_time(r.at), 'expires_at', quotakit._iso_time(r.expires_at), 'usd', r.held_usd::text, 'credits', r.held_credits::text,
        'requests', r.held_requests, 'tokens', r.held_tokens, 'steps', r.steps) AS j
      FROM quotakit.open_reservation r
      WHERE r.account_id = me.account_id AND (top IS NULL OR r.path OPERATOR(quotakit.<@) top)
      ORDER BY r.expires_at, r.reservation_id LIMIT quotakit._api_limit(query)) x),
    'sql', 'SELECT * FROM quotakit.open_reservation' || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY expires_at;');
END $$;
COMMENT ON FUNCTION quotakit._api_reservations IS 'GET /api/reservations';

CREATE FUNCTION quotakit._fields(j jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN $1 IS NULL THEN '{}' WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE jsonb_build_object('value', $1) END
$$;
COMMENT ON FUNCTION quotakit._fields IS 'What stands in the audit log as an object: none if null; what is no object as its one field, value.';

CREATE FUNCTION quotakit._api_audit(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  below  text[];
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    below := quotakit._subtree_nodes(me.account_id, (quotakit._node(me.account_id, top)).node_id, NULL)::text[];
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.audit_id DESC), '[]') INTO page FROM (
    SELECT a.audit_id, jsonb_build_object('id', a.audit_id, 'at', quotakit._iso_time(a.at),
      -- The role that the gateway is says nothing; the member does.
      'actor', regexp_replace(a.actor, '^.* for ', ''), 'object', a.object, 'action', a.action, 'path', n.path::text,
      'changes', (SELECT coalesce(jsonb_object_agg(k, jsonb_build_array(a.before -> k, a.after -> k)), '{}')
                  FROM jsonb_object_keys(a.before || a.after) k
                  WHERE a.before -> k IS DISTINCT FROM a.after -> k AND k <> 'account_id'
                    AND NOT (coalesce(a.before -> k, 'null') = 'null' AND coalesce(a.after -> k, 'null') = 'null'))) AS j
    FROM (SELECT l.audit_id, l.account_id, l.at, l.actor, l.object, l.action, quotakit._fields(l.before) AS before, quotakit._fields(l.after) AS after,
            (coalesce(l.after, l.before) ->> 'node_id')::int4 AS node_id
          FROM quotakit.audit_log l
          WHERE l.account_id = me.account_id AND l.audit_id < newest
            AND (below IS NULL OR coalesce(l.after, l.before) ->> 'node_id' = ANY (below))
          ORDER BY l.audit_id DESC LIMIT most) a
    LEFT JOIN quotakit.node n ON n.account_id = a.account_id AND n.node_id = a.node_id) x;
  RETURN jsonb_build_object('entries', page,
    'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.audit_log ORDER BY audit_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_audit IS 'GET /api/audit';
-- What was used: from the totals that folding keeps, never the ledger (R10).

CREATE TYPE quotakit._asked_usage AS (tops quotakit.qpath[], top quotakit.qpath, since timestamptz, until timestamptz, service text, model text, tag text);
COMMENT ON TYPE quotakit._asked_usage IS 'What a question about usage is about; tops has the roots where no path is given.';

CREATE FUNCTION quotakit._asked_usage(me quotakit._who, query jsonb) RETURNS quotakit._asked_usage
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q quotakit._asked_usage;
BEGIN
  q.top := quotakit._api_path(query, 'path');
  IF q.top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, q.top);
  END IF;
  q.tops := CASE WHEN q.top IS NOT NULL THEN ARRAY[q.top]
    ELSE ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND quotakit.nlevel(n.path) = 1) END;
  q.since := quotakit._api_time(me.acct, query, 'since');
  -- To the minute: what has not changed has the same ETag.
  q.until := least(coalesce(quotakit._api_time(me.acct, query, 'until', true), 'infinity'),
                   date_trunc('minute', statement_timestamp()) + interval '1 minute');
  q.service := nullif(quotakit._api_text(query, 'service'), '');
  q.model := nullif(quotakit._api_text(query, 'model'), '');
  q.tag := nullif(quotakit._api_text(query, 'tag'), '');
  IF q.since >= q.until THEN
    RAISE EXCEPTION 'the range of time is empty' USING ERRCODE = 'QK008';
  END IF;
  RETURN q;
END $$;
COMMENT ON FUNCTION quotakit._asked_usage(quotakit._who, jsonb) IS 'Reads path, since, until, service, model and tag out of a query.';

CREATE FUNCTION quotakit._usage_sql(fn text, q quotakit._asked_usage, columns text, extra text, args text[] DEFAULT '{}') RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- One path is one call; the account is one call a root.
  SELECT CASE WHEN q.top IS NOT NULL THEN
    quotakit._as_sql(fn, VARIADIC ARRAY['path', q.top::text] || rest.a)
  ELSE
    format(E'SELECT %s\nFROM quotakit.node n CROSS JOIN LATERAL quotakit.%s(path => n.path, %s) u\nWHERE n.account_id = (quotakit.current_account()).account_id AND quotakit.nlevel(n.path) = 1%s;',
      columns, fn, (SELECT string_agg(format('%s => %L', rest.a[i], rest.a[i + 1]), ', ' ORDER BY i)
                    FROM generate_series(1, cardinality(rest.a), 2) i WHERE rest.a[i + 1] IS NOT NULL), coalesce(extra, '')) END
  FROM (SELECT ARRAY['since', quotakit._iso_time(q.since), 'until', quotakit._iso_time(q.until), 'service', q.service, 'model', q.model, 'tag', q.tag]
               || args AS a) rest
$$;
COMMENT ON FUNCTION quotakit._usage_sql IS 'The query that an analyst would type for a question about usage.';

CREATE FUNCTION quotakit._sum_usage(u jsonb[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Mostly there is one.
  SELECT CASE WHEN cardinality($1) = 1 THEN $1[1] ELSE (
  SELECT jsonb_object_agg(f.f, coalesce((SELECT sum((x ->> f.f)::numeric) FROM unnest($1) x), 0))
  FROM unnest('{events,failed,unpriced,requests,tokens,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,cost_credits}'::text[]) f(f)) END
$$;
COMMENT ON FUNCTION quotakit._sum_usage IS 'The sum of rows of subtree_usage() and its like.';

CREATE FUNCTION quotakit._usage_of(q quotakit._asked_usage, since timestamptz, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._sum_usage(array_agg(to_jsonb(u)))
  FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_usage(t.path, $2, $3, q.service, q.model, q.tag) u
$$;
COMMENT ON FUNCTION quotakit._usage_of IS 'The usage that is asked about, in another range of time.';

CREATE FUNCTION quotakit._forecast_sql(q quotakit._asked_usage, month tstzrange) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format($sql$SELECT sum(m.cost_usd) AS month_usd,
  round(sum(m.cost_usd) + sum(w.cost_usd) * extract(epoch FROM %1$L::timestamptz - t.now) / (7 * 86400), 2) AS forecast_month_usd
FROM date_trunc('minute', now()) AS t(now)
CROSS JOIN quotakit.node n
CROSS JOIN LATERAL quotakit.subtree_usage(path => n.path, since => %2$L, until => t.now%3$s) m
CROSS JOIN LATERAL quotakit.subtree_usage(path => n.path, since => t.now - interval '7 days', until => t.now%3$s) w
WHERE n.account_id = (quotakit.current_account()).account_id AND %4$s
GROUP BY t.now;$sql$,
    quotakit._iso_time(upper(month)), quotakit._iso_time(lower(month)),
    concat(', service => ' || quote_literal(q.service), ', model => ' || quote_literal(q.model), ', tag => ' || quote_literal(q.tag)),
    CASE WHEN q.top IS NULL THEN 'quotakit.nlevel(n.path) = 1' ELSE format('n.path OPERATOR(quotakit.=) %L', q.top::text) END)
$$;
COMMENT ON FUNCTION quotakit._forecast_sql IS 'The query for the forecast of a month: so far, and its rest as the last seven days were.';

CREATE FUNCTION quotakit._api_usage(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q       quotakit._asked_usage := quotakit._asked_usage(me, query);
  -- To the minute, like until: what has not changed has the same ETag, and the card's query gives the same cents.
  now     timestamptz := date_trunc('minute', statement_timestamp());
  span    interval := q.until - q.since;
  month   tstzrange := quotakit.window_range('month', now, (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start);
  so_far  numeric := (quotakit._usage_of(q, lower(month), now) ->> 'cost_usd')::numeric;
  week    numeric := (quotakit._usage_of(q, now - interval '7 days', now) ->> 'cost_usd')::numeric;
  compare bool := quotakit._api_bool(query, 'compare', false);
BEGIN
  RETURN jsonb_build_object('since', quotakit._iso_time(q.since), 'until', quotakit._iso_time(q.until),
    'usage', quotakit._usage_json(quotakit._usage_of(q, q.since, q.until)),
    'before', CASE WHEN compare THEN jsonb_build_object('since', quotakit._iso_time(q.since - span), 'until', quotakit._iso_time(q.since),
      'usage', quotakit._usage_json(quotakit._usage_of(q, q.since - span, q.since))) END,
    'refusals', quotakit._refusals(me.account_id, q.top, q.since, q.until, q.service, q.model),
    'refusals_before', CASE WHEN compare THEN quotakit._refusals(me.account_id, q.top, q.since - span, q.since, q.service, q.model) END,
    'month_usd', trim_scale(so_far)::text,
    -- The month so far, and the rest of it as the last seven days were.
    'forecast_month_usd', trim_scale(round(so_far + week / (7 * 86400) * extract(epoch FROM upper(month) - now), 2))::text,
    'sql', jsonb_build_object(
      'usage', quotakit._usage_sql('subtree_usage', q,
        'sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens, sum(u.events) AS calls', NULL),
      'refusals', format('SELECT coalesce(sum(count), 0) AS refusals FROM quotakit.refusal_log WHERE source <> ''shadow'' AND minute >= date_trunc(''minute'', %L::timestamptz) AND minute < %L%s%s%s;',
        quotakit._iso_time(q.since), quotakit._iso_time(q.until), CASE WHEN q.top IS NULL THEN '' ELSE format(' AND call_path OPERATOR(quotakit.<@) %L', q.top::text) END,
        ' AND call_service = ' || quote_literal(q.service), ' AND call_model = ' || quote_literal(q.model)),
      'forecast', quotakit._forecast_sql(q, month)));
END $$;
COMMENT ON FUNCTION quotakit._api_usage IS 'GET /api/usage';

CREATE FUNCTION quotakit._series(q quotakit._asked_usage, step text, by text)
    RETURNS TABLE (step_start timestamptz, key text, usd numeric, credits numeric, requests numeric, tokens numeric)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  parts quotakit.qpath[];
BEGIN
  IF by IS DISTINCT FROM 'child' THEN
    RETURN QUERY
    SELECT s.step_start, s.key, sum(s.cost_usd), sum(s.cost_credits), sum(s.requests), sum(s.tokens)
    FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_series(t.path, q.since, q.until, step, by, q.service, q.model, q.tag) s
    GROUP BY s.step_start, s.key;
    RETURN;
  END IF;
  -- The ten largest below the path, or the ten largest roots; what is left is the path's own and the small ones'.
  IF q.top IS NULL THEN
    parts := ARRAY(SELECT t.path FROM unnest(q.tops) t(path)
      CROSS JOIN LATERAL quotakit.subtree_usage(t.path, q.since, q.until, q.service, q.model, q.tag) u
      ORDER BY u.cost_usd DESC, u.tokens DESC, t.path LIMIT 10);
  ELSE
    parts := ARRAY(SELECT b.key::quotakit.qpath
      FROM quotakit.subtree_breakdown(q.top, q.since, q.until, 'child', q.service, q.model, q.tag) b
      WHERE b.key <> q.top::text LIMIT 10);
  END IF;
  RETURN QUERY
  WITH part AS (
    SELECT s.step_start, p.path::text AS key, s.cost_usd, s.cost_credits, s.requests, s.tokens
    FROM unnest(parts) p(path)
    CROSS JOIN LATERAL quotakit.subtree_series(p.path, q.since, q.until, step, NULL, q.service, q.model, q.tag) s
  ), whole AS (
    SELECT s.step_start, sum(s.cost_usd) AS cost_usd, sum(s.cost_credits) AS cost_credits, sum(s.requests) AS requests, sum(s.tokens) AS tokens
    FROM unnest(q.tops) t(path)
    CROSS JOIN LATERAL quotakit.subtree_series(t.path, q.since, q.until, step, NULL, q.service, q.model, q.tag) s
    GROUP BY s.step_start
  )
  SELECT p.step_start, p.key, p.cost_usd, p.cost_credits, p.requests, p.tokens FROM part p
  UNION ALL
  SELECT w.step_start, '(other)', w.cost_usd - coalesce(sum(p.cost_usd), 0), w.cost_credits - coalesce(sum(p.cost_credits), 0),
         w.requests - coalesce(sum(p.requests), 0), w.tokens - coalesce(sum(p.tokens), 0)
  FROM whole w LEFT JOIN part p ON p.step_start = w.step_start
  GROUP BY w.step_start, w.cost_usd, w.cost_credits, w.requests, w.tokens;
END $$;
COMMENT ON FUNCTION quotakit._series IS 'What was used by step and, as by says, service, model or child; what no child has is (other).';

CREATE FUNCTION quotakit._api_series(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q    quotakit._asked_usage := quotakit._asked_usage(me, query);
  step text := quotakit._api_text(query, 'step');
  split text := nullif(quotakit._api_text(query, 'by'), '');
  j    jsonb;
BEGIN
  IF split NOT IN ('service', 'model', 'child') THEN
    RAISE EXCEPTION 'a series cannot be split by "%"', left(split, 50) USING ERRCODE = 'QK018', COLUMN = 'by', HINT = 'By service, model or child.';
  END IF;
  IF step = 'hour' AND q.until - q.since > interval '92 days' THEN
    RAISE EXCEPTION 'hours can be shown for 92 days at most' USING ERRCODE = 'QK008', HINT = 'Choose a longer step.';
  END IF;
  WITH s AS MATERIALIZED (
    SELECT x.* FROM quotakit._series(q, step, split) x
  ), steps AS (
    SELECT DISTINCT s.step_start FROM s
  ), keys AS (
    SELECT s.key FROM s GROUP BY s.key
    HAVING split IS NULL OR bool_or(s.usd <> 0 OR s.credits <> 0 OR s.requests <> 0 OR s.tokens <> 0)
  ), cells AS (
    SELECT k.key, t.step_start, coalesce(sum(s.usd), 0) AS usd, coalesce(sum(s.credits), 0) AS credits,
           coalesce(sum(s.requests), 0) AS requests, coalesce(sum(s.tokens), 0) AS tokens
    FROM keys k CROSS JOIN steps t LEFT JOIN s ON s.step_start = t.step_start AND s.key IS NOT DISTINCT FROM k.key
    GROUP BY k.key, t.step_start
  ), lines AS (
    SELECT c.key, sum(c.usd) AS usd, sum(c.tokens) AS tokens, jsonb_build_object('key', c.key,
      'cost_usd', jsonb_agg(trim_scale(c.usd)::text ORDER BY c.step_start), 'cost_credits', jsonb_agg(trim_scale(c.credits)::text ORDER BY c.step_start),
      'requests', jsonb_agg(c.requests ORDER BY c.step_start), 'tokens', jsonb_agg(c.tokens ORDER BY c.step_start)) AS j
    FROM cells c GROUP BY c.key
  )
  SELECT CASE WHEN query ->> 'format' = 'csv' THEN
      to_jsonb(quotakit._csv((SELECT jsonb_agg(jsonb_build_object('step_start', quotakit._iso_time(c.step_start), 'key', coalesce(c.key, 'total'),
        'cost_usd', trim_scale(c.usd)::text, 'cost_credits', trim_scale(c.credits)::text, 'requests', c.requests, 'tokens', c.tokens)
        ORDER BY c.step_start, c.key) FROM cells c), '{step_start,key,cost_usd,cost_credits,requests,tokens}'))
    ELSE jsonb_build_object('steps', (SELECT coalesce(jsonb_agg(quotakit._iso_time(t.step_start) ORDER BY t.step_start), '[]') FROM steps t),
      'keys', (SELECT coalesce(jsonb_agg(l.j ORDER BY l.key = '(other)', l.usd DESC, l.tokens DESC, l.key), '[]') FROM lines l),
      'sql', CASE WHEN split IS DISTINCT FROM 'child' THEN quotakit._usage_sql('subtree_series', q,
          'u.step_start, u.key, sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens',
          E'\nGROUP BY u.step_start, u.key ORDER BY u.step_start', ARRAY['step', step, 'by', split])
        ELSE format(E'SELECT c.path, s.*\nFROM quotakit.node c CROSS JOIN LATERAL quotakit.subtree_series(c.path, %L, %L, %L%s) s\nWHERE c.account_id = (quotakit.current_account()).account_id AND %s;',
          quotakit._iso_time(q.since), quotakit._iso_time(q.until), step,
          concat(', service => ' || quote_literal(q.service), ', model => ' || quote_literal(q.model), ', tag => ' || quote_literal(q.tag)),
          CASE WHEN q.top IS NULL THEN 'quotakit.nlevel(c.path) = 1'
            ELSE format('quotakit.parent(c.path) OPERATOR(quotakit.=) %L', q.top::text) END) END) END
  INTO j;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._api_series IS 'GET /api/usage/series';

CREATE FUNCTION quotakit._api_breakdown(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q    quotakit._asked_usage := quotakit._asked_usage(me, query);
  split text := quotakit._api_text(query, 'by');
  rows jsonb;
BEGIN
  IF split NOT IN ('path', 'child', 'service', 'model', 'day') THEN
    RAISE EXCEPTION 'usage cannot be broken down by "%"', left(split, 50) USING ERRCODE = 'QK018', COLUMN = 'by',
      HINT = 'By path, child, service, model or day.';
  END IF;
  WITH parts AS (
    SELECT b.key, quotakit._sum_usage(array_agg(to_jsonb(b))) AS u
    FROM unnest(q.tops) t(path)
    CROSS JOIN LATERAL quotakit.subtree_breakdown(t.path, q.since, q.until, split, q.service, q.model, q.tag) b
    WHERE q.top IS NOT NULL OR split <> 'child'
    GROUP BY b.key
    UNION ALL
    -- The children of the account are its roots.
    SELECT t.path::text, to_jsonb(u)
    FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_usage(t.path, q.since, q.until, q.service, q.model, q.tag) u
    WHERE q.top IS NULL AND split = 'child' AND (u.events > 0 OR u.cost_usd <> 0 OR u.tokens <> 0)
  ), shared AS (
    SELECT p.key, p.u, (p.u ->> 'cost_usd')::numeric AS usd,
           CASE WHEN sum((p.u ->> 'cost_usd')::numeric) OVER () > 0
                THEN round(100 * (p.u ->> 'cost_usd')::numeric / sum((p.u ->> 'cost_usd')::numeric) OVER (), 2) END AS share
    FROM parts p
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('key', s.key, 'share', s.share) || quotakit._usage_json(s.u)
           ORDER BY CASE WHEN split = 'day' THEN s.key END, s.usd DESC, (s.u ->> 'tokens')::numeric DESC, s.key), '[]')
  INTO rows FROM shared s;
  IF query ->> 'format' = 'csv' THEN
    RETURN to_jsonb(quotakit._csv(rows, '{key,share,calls,failed,unpriced,requests,tokens,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,cost_credits,usd_per_request}'));
  END IF;
  RETURN jsonb_build_object('rows', rows, 'sql',
    CASE WHEN q.top IS NULL AND split = 'child' THEN quotakit._usage_sql('subtree_usage', q, 'n.path, u.*', ' ORDER BY u.cost_usd DESC')
    ELSE quotakit._usage_sql('subtree_breakdown', q, 'u.key, sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens',
      E'\nGROUP BY u.key ORDER BY cost_usd DESC', ARRAY['by', split]) END);
END $$;
COMMENT ON FUNCTION quotakit._api_breakdown IS 'GET /api/usage/breakdown';
-- Services, models, prices.

CREATE FUNCTION quotakit._api_services(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'services', coalesce(jsonb_agg(jsonb_build_object('service', s.service, 'title', s.title, 'own', s.account_id <> 0,
        'models', (SELECT count(DISTINCT m.model) FROM quotakit.model m WHERE m.account_id IN (0, $1.account_id) AND m.service = s.service),
        'prices', (SELECT count(*) FROM quotakit.price p WHERE p.account_id IN (0, $1.account_id) AND p.service = s.service AND p.superseded_by IS NULL),
        'paths', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = $1.account_id AND n.service = s.service)) ORDER BY s.service), '[]'),
    'sql', 'SELECT * FROM quotakit.service ORDER BY service;')
  FROM (SELECT DISTINCT ON (s.service) s.* FROM quotakit.service s WHERE s.account_id IN (0, $1.account_id)
        ORDER BY s.service, s.account_id DESC) s
$$;
COMMENT ON FUNCTION quotakit._api_services IS 'GET /api/services';

CREATE FUNCTION quotakit._api_create_service(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_service(quotakit._api_text(body, 'service'), nullif(quotakit._api_text(body, 'title'), ''));
  RETURN jsonb_build_object('service', body ->> 'service', 'title', nullif(body ->> 'title', ''));
END $$;
COMMENT ON FUNCTION quotakit._api_create_service IS 'POST /api/services';

CREATE FUNCTION quotakit._price_json(p quotakit.price, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('version', p.price_version, 'service', p.service, 'model', p.model, 'meter', p.meter, 'tier', p.tier,
    'above_tokens', p.above_tokens, 'valid_from', quotakit._iso_time(p.valid_from), 'valid_until', quotakit._iso_time(until),
    'usd', trim_scale(p.usd)::text, 'credits', trim_scale(p.credits)::text, 'own', p.account_id <> 0)
$$;
COMMENT ON FUNCTION quotakit._price_json IS 'A price as the API shows it.';

CREATE FUNCTION quotakit._api_models(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted text := quotakit._api_text(query, 'service');
BEGIN
  PERFORM quotakit._require_service(me.account_id, wanted);
  RETURN (
    WITH price AS (
      -- In force now: the account's own before the built-in one, the newest date of each.
      SELECT DISTINCT ON (p.model, p.meter, p.tier, p.above_tokens) p.model, p.meter, p.tier, p.above_tokens, p.price_version AS version,
             quotakit._price_json(p, NULL) AS j
      FROM quotakit.price p
      WHERE p.account_id IN (0, me.account_id) AND p.service = wanted AND p.superseded_by IS NULL AND p.valid_from <= statement_timestamp()
      ORDER BY p.model, p.meter, p.tier, p.above_tokens, p.account_id DESC, p.valid_from DESC
    ), model AS (
      SELECT DISTINCT ON (m.model) m.model, m.account_id <> 0 AS own, m.max_input_tokens, m.max_output_tokens, m.deprecated_on
      FROM (SELECT x.model, x.account_id, x.max_input_tokens, x.max_output_tokens, x.deprecated_on FROM quotakit.model x
            WHERE x.account_id IN (0, me.account_id) AND x.service = wanted
            UNION ALL SELECT p.model, -1, NULL, NULL, NULL FROM price p) m
      ORDER BY m.model, m.account_id DESC
    )
    SELECT jsonb_build_object(
      'models', coalesce(jsonb_agg(jsonb_build_object('model', m.model, 'own', m.own, 'max_input_tokens', m.max_input_tokens,
          'max_output_tokens', m.max_output_tokens, 'deprecated_on', m.deprecated_on,
          'prices', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.tier <> 'standard', p.tier, p.above_tokens, p.meter), '[]') FROM price p WHERE p.model = m.model))
        ORDER BY m.model), '[]'),
      'sql', format('SELECT * FROM quotakit.price_current WHERE service = %L ORDER BY model, tier, meter;', wanted))
    FROM model m);
END $$;
COMMENT ON FUNCTION quotakit._api_models IS 'GET /api/models';

CREATE FUNCTION quotakit._api_create_model(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_model(quotakit._api_text(body, 'service'), quotakit._api_text(body, 'model'),
    quotakit._api_int(body, 'max_input_tokens'), quotakit._api_int(body, 'max_output_tokens'));
  RETURN jsonb_build_object('service', body ->> 'service', 'model', body ->> 'model');
END $$;
COMMENT ON FUNCTION quotakit._api_create_model IS 'POST /api/models';

CREATE FUNCTION quotakit._api_prices(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted_service text := quotakit._api_text(query, 'service');
  wanted_model   text := quotakit._api_text(query, 'model');
BEGIN
  PERFORM quotakit._require_service(me.account_id, wanted_service);
  RETURN (
    SELECT jsonb_build_object(
      'prices', coalesce(jsonb_agg(quotakit._price_json(x.p, x.until) ORDER BY (x.p).model, (x.p).meter, (x.p).tier, (x.p).above_tokens,
          (x.p).account_id DESC, (x.p).valid_from DESC), '[]'),
      'sql', format('SELECT * FROM quotakit.price WHERE service = %L%s AND superseded_by IS NULL ORDER BY model, meter, valid_from DESC;', wanted_service,
                    CASE WHEN wanted_model IS NULL THEN '' ELSE format(' AND model = %L', wanted_model) END))
    FROM (SELECT p, lead(p.valid_from) OVER (PARTITION BY p.account_id, p.model, p.meter, p.tier, p.above_tokens ORDER BY p.valid_from) AS until
          FROM quotakit.price p
          WHERE p.account_id IN (0, me.account_id) AND p.service = wanted_service AND p.superseded_by IS NULL
            AND (wanted_model IS NULL OR p.model = wanted_model)) x);
END $$;
COMMENT ON FUNCTION quotakit._api_prices IS 'GET /api/prices';

CREATE FUNCTION quotakit._api_set_price(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('version', quotakit.set_price(quotakit._api_text(body, 'service'), quotakit._api_text(body, 'model'),
    quotakit._api_text(body, 'meter'), quotakit._api_number(body, 'usd'), quotakit._api_number(body, 'credits'),
    coalesce(quotakit._api_text(body, 'tier'), 'standard'), coalesce(quotakit._api_int(body, 'above_tokens'), 0),
    coalesce(quotakit._api_time(me.acct, body, 'valid_from'), now()), quotakit._api_bool(body, 'replace', false)));
END $$;
COMMENT ON FUNCTION quotakit._api_set_price IS 'POST /api/prices';

CREATE FUNCTION quotakit._api_import_prices(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  result jsonb;
BEGIN
  WITH r AS MATERIALIZED (
    SELECT i.*, row_number() OVER () AS n
    FROM quotakit.import_prices(file => body -> 'file', valid_from => coalesce(quotakit._api_time(me.acct, body, 'valid_from'), now()),
      dry_run => quotakit._api_bool(body, 'dry_run', true), service => nullif(quotakit._api_text(body, 'service'), ''),
      replace => quotakit._api_bool(body, 'replace', false)) i
  ), page AS (
    SELECT r.* FROM r ORDER BY array_position('{changed,new,not understood,ignored,same}', r.action), r.n LIMIT 2000
  )
  SELECT jsonb_build_object(
    'counts', (SELECT coalesce(jsonb_object_agg(c.action, c.n), '{}') FROM (SELECT r.action, count(*) AS n FROM r GROUP BY r.action) c),
    'rows', (SELECT coalesce(jsonb_agg(jsonb_build_object('service', p.service, 'model', p.model, 'meter', p.meter, 'tier', p.tier,
        'above_tokens', p.above_tokens, 'old_usd', trim_scale(p.old_usd)::text, 'usd', trim_scale(p.usd)::text, 'action', p.action, 'note', p.note, 'key', p.key)
        ORDER BY array_position('{changed,new,not understood,ignored,same}', p.action), p.n), '[]') FROM page p),
    'more', (SELECT count(*) FROM r) - (SELECT count(*) FROM page))
  INTO result;
  RETURN result;
END $$;
COMMENT ON FUNCTION quotakit._api_import_prices IS 'POST /api/prices/import';

CREATE FUNCTION quotakit._api_unpriced(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'models', coalesce(jsonb_agg(jsonb_build_object('service', u.service, 'model', u.model, 'calls', u.events, 'tokens', u.tokens,
        'first_seen', quotakit._iso_time(u.first_seen), 'last_seen', quotakit._iso_time(u.last_seen), 'has_price_now', u.has_price_now)
      ORDER BY u.has_price_now, u.events DESC, u.service, u.model), '[]'),
    'sql', 'SELECT * FROM quotakit.unpriced_model ORDER BY events DESC;')
  FROM quotakit.unpriced_model u WHERE u.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_unpriced IS 'GET /api/prices/unpriced';

CREATE FUNCTION quotakit._api_reprice(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  since   timestamptz := quotakit._api_time(me.acct, body, 'since');
  until   timestamptz := quotakit._api_time(me.acct, body, 'until', true);
  service text := nullif(quotakit._api_text(body, 'service'), '');
  model   text := quotakit._api_text(body, 'model');
  dry_run bool := quotakit._api_bool(body, 'dry_run', true);
BEGIN
  IF until - since > interval '93 days' THEN
    RAISE EXCEPTION 'the range is longer than 93 days' USING ERRCODE = 'QK008', HINT = 'Take it in pieces.';
  END IF;
  RETURN (
    SELECT jsonb_build_object(
      'rows', coalesce(jsonb_agg(jsonb_build_object('path', r.path::text, 'service', r.service, 'model', r.model, 'events', r.events, 'changed', r.changed,
          'old_usd', r.old_usd::text, 'new_usd', r.new_usd::text, 'difference_usd', r.difference_usd::text,
          'old_credits', r.old_credits::text, 'new_credits', r.new_credits::text, 'difference_credits', r.difference_credits::text)
        ORDER BY abs(r.difference_usd) DESC, r.path, r.model), '[]'),
      'total', jsonb_build_object('events', coalesce(sum(r.events), 0), 'changed', coalesce(sum(r.changed), 0),
        'old_usd', coalesce(sum(r.old_usd), 0)::text, 'new_usd', coalesce(sum(r.new_usd), 0)::text,
        'difference_usd', coalesce(sum(r.difference_usd), 0)::text, 'difference_credits', coalesce(sum(r.difference_credits), 0)::text),
      'sql', quotakit._as_sql('reprice', '"from"', quotakit._iso_time(since), '"to"', quotakit._iso_time(until), 'service', service, 'model', model,
                              'dry_run', 'true'))
    FROM quotakit.reprice("from" => since, "to" => until, service => service, model => model, dry_run => dry_run) r);
END $$;
COMMENT ON FUNCTION quotakit._api_reprice IS 'POST /api/reprice';
-- Who is signed in, keys, members, settings, statements, export.

CREATE FUNCTION quotakit._me_json(me quotakit._who) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'account', jsonb_build_object('id', a.account_id, 'name', a.name, 'time_zone', a.time_zone, 'billing_day', a.billing_day,
      'week_start', a.week_start, 'usd_per_credit', trim_scale(a.usd_per_credit)::text,
      'paths', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = a.account_id),
      'keys', (SELECT count(*) FROM quotakit.api_key k WHERE k.account_id = a.account_id AND k.revoked_at IS NULL),
      'calls', EXISTS (SELECT FROM quotakit.rollup_delta d WHERE d.account_id = a.account_id)
            OR EXISTS (SELECT FROM quotakit.rollup_hour h WHERE h.account_id = a.account_id)),
    'member', (SELECT jsonb_build_object('id', m.member_id, 'email', m.email, 'name', m.name, 'role', m.role)
               FROM quotakit.member m WHERE m.account_id = a.account_id AND m.member_id = $1.member_id),
    'csrf', quotakit._csrf($1.secret), 'now', quotakit._iso_time(date_trunc('second', statement_timestamp())),
    'version', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'quotakit'))
  FROM quotakit.account a WHERE a.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._me_json IS 'Who is signed in, as the API shows it.';

CREATE FUNCTION quotakit._signed_in(account_id int4, member_id int4) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  me    quotakit._who;
  token text := quotakit._new_session(account_id, member_id);
BEGIN
  me.account_id := account_id;
  me.member_id := member_id;
  me.secret := sha256(convert_to(token, 'UTF8'));
  RETURN quotakit._me_json(me) || jsonb_build_object('_cookie', token);
END $$;
COMMENT ON FUNCTION quotakit._signed_in IS 'Begins a session; the answer carries its token for the cookie.';

CREATE FUNCTION quotakit._end_session(me quotakit._who) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM quotakit.session s WHERE s.account_id = $1.account_id AND s.token_hash = sha256($1.secret) $$;
COMMENT ON FUNCTION quotakit._end_session IS 'Ends the session that a call came with; without one nothing.';

CREATE FUNCTION quotakit._signup_is_open() RETURNS bool
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Asking _acting() loads the library first, without which nothing guards the setting.
  SELECT CASE current_setting('quotakit.signup') WHEN 'open' THEN true WHEN 'closed' THEN false
         ELSE NOT EXISTS (SELECT FROM quotakit.member) END
  FROM quotakit._acting()
$$;
COMMENT ON FUNCTION quotakit._signup_is_open IS 'Whether a stranger may make an account, by the setting quotakit.signup.';

CREATE FUNCTION quotakit._api_signup_state(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT jsonb_build_object('open', quotakit._signup_is_open()) $$;
COMMENT ON FUNCTION quotakit._api_signup_state IS 'GET /api/signup';

CREATE FUNCTION quotakit._api_signup(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4;
  member  int4;
  email   text := quotakit._email(quotakit._api_text(body, 'email'));
BEGIN
  -- Two who are first at once: one is.
  PERFORM pg_advisory_xact_lock(20811, 0);
  IF NOT quotakit._signup_is_open() THEN
    RAISE EXCEPTION 'sign-up is closed' USING ERRCODE = 'QK019',
      HINT = 'Ask an owner for an invitation; the DBA decides by the setting quotakit.signup.';
  END IF;
  PERFORM quotakit._act_as(0, 'viewer', email);
  account := quotakit.create_account(name => quotakit._api_text(body, 'account'),
    time_zone => coalesce(nullif(quotakit._api_text(body, 'time_zone'), ''), 'UTC'), contact_email => email,
    contact_name => nullif(quotakit._api_text(body, 'name'), ''));
  member := quotakit._create_member(account, email, quotakit._api_text(body, 'password'), 'owner', quotakit._api_text(body, 'name'));
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(account, member);
END $$;
COMMENT ON FUNCTION quotakit._api_signup IS 'POST /api/signup';

CREATE FUNCTION quotakit._api_signin(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who record;
BEGIN
  who := quotakit._check_password(quotakit._api_text(body, 'email'), quotakit._api_text(body, 'password'));
  IF who.member_id IS NULL THEN
    RAISE EXCEPTION 'e-mail or password is wrong' USING ERRCODE = 'QK022';
  END IF;
  DELETE FROM quotakit.sign_in_attempt a
  WHERE a.account_id = 0 AND a.email_hash = sha256(convert_to(lower(btrim(quotakit._api_text(body, 'email'))), 'UTF8'));
  -- A session that was there before is not taken over: whoever planted it gets nothing.
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(who.account_id, who.member_id);
END $$;
COMMENT ON FUNCTION quotakit._api_signin IS 'POST /api/signin';

CREATE FUNCTION quotakit._api_signout(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF quotakit._api_bool(body, 'everywhere', false) THEN
    DELETE FROM quotakit.session s WHERE s.account_id = me.account_id AND s.member_id = me.member_id;
  END IF;
  PERFORM quotakit._end_session(me);
  RETURN jsonb_build_object('_cookie', '');
END $$;
COMMENT ON FUNCTION quotakit._api_signout IS 'POST /api/signout';

CREATE FUNCTION quotakit._api_password(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who record;
BEGIN
  who := quotakit._check_password(me.email, quotakit._api_text(body, 'old'));
  IF who.member_id IS DISTINCT FROM me.member_id THEN
    RAISE EXCEPTION 'the password is wrong' USING ERRCODE = 'QK022';
  END IF;
  UPDATE quotakit.member m SET password_hash = quotakit._hash_password(quotakit._api_text(body, 'new'), m.email)
  WHERE m.account_id = me.account_id AND m.member_id = me.member_id;
  DELETE FROM quotakit.session s WHERE s.account_id = me.account_id AND s.member_id = me.member_id;
  RETURN quotakit._signed_in(me.account_id, me.member_id);
END $$;
COMMENT ON FUNCTION quotakit._api_password IS 'POST /api/password';

CREATE FUNCTION quotakit._api_me(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._me_json($1) $$;
COMMENT ON FUNCTION quotakit._api_me IS 'GET /api/me';

CREATE FUNCTION quotakit._api_set_me(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  called text := nullif(quotakit._api_text(body, 'name'), '');
BEGIN
  IF called IS NOT NULL THEN
    PERFORM quotakit._check_name('name', called, 200);
  END IF;
  UPDATE quotakit.member m SET name = called WHERE m.account_id = me.account_id AND m.member_id = me.member_id;
  RETURN quotakit._me_json(me);
END $$;
COMMENT ON FUNCTION quotakit._api_set_me IS 'PATCH /api/me';

CREATE FUNCTION quotakit._invitation(token text) RETURNS quotakit.invitation
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  i quotakit.invitation;
BEGIN
  IF token ~ '^aisi_[0-9]{1,9}_[A-Za-z0-9_-]{43}$' THEN
    SELECT * INTO i FROM quotakit.invitation x
    WHERE x.account_id = split_part(token, '_', 2)::int4 AND x.token_hash = sha256(convert_to(token, 'UTF8'))
    FOR NO KEY UPDATE;
  END IF;
  IF i.invitation_id IS NULL OR i.used_at IS NOT NULL OR i.expires_at <= now() THEN
    RAISE EXCEPTION 'the invitation was used or has ended' USING ERRCODE = 'QK021', HINT = 'Ask an owner of the account for a new one.';
  END IF;
  RETURN i;
END $$;
COMMENT ON FUNCTION quotakit._invitation IS 'The open invitation that a token stands for, locked. None: QK021.';

CREATE FUNCTION quotakit._api_invitation(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('account', a.name, 'email', i.email, 'role', i.role, 'expires_at', quotakit._iso_time(i.expires_at))
  FROM quotakit._invitation(quotakit._api_text($2, 'token')) i JOIN quotakit.account a ON a.account_id = i.account_id
$$;
COMMENT ON FUNCTION quotakit._api_invitation IS 'GET /api/invitation';

CREATE FUNCTION quotakit._api_join(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  i      quotakit.invitation := quotakit._invitation(quotakit._api_text(body, 'token'));
  member int4;
BEGIN
  PERFORM quotakit._act_as(i.account_id, 'viewer', i.email);
  member := quotakit._create_member(i.account_id, i.email, quotakit._api_text(body, 'password'), i.role, quotakit._api_text(body, 'name'));
  UPDATE quotakit.invitation x SET used_at = clock_timestamp() WHERE x.account_id = i.account_id AND x.invitation_id = i.invitation_id;
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(i.account_id, member);
END $$;
COMMENT ON FUNCTION quotakit._api_join IS 'POST /api/join';

CREATE FUNCTION quotakit._api_keys(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('keys', coalesce(jsonb_agg(jsonb_build_object('id', k.key_id, 'name', k.name, 'created_at', quotakit._iso_time(k.created_at),
      'created_by', regexp_replace(k.created_by, '^.* for ', ''), 'revoked_at', quotakit._iso_time(k.revoked_at), 'last_used', quotakit._iso_time(k.last_used))
      ORDER BY k.revoked_at IS NOT NULL, k.key_id DESC), '[]'),
    'sql', 'SELECT * FROM quotakit.api_key_list ORDER BY key_id DESC;')
  FROM quotakit.api_key k WHERE k.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_keys IS 'GET /api/keys';

CREATE FUNCTION quotakit._api_create_key(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  secret text := quotakit.create_key(quotakit._api_text(body, 'name'));
BEGIN
  RETURN (SELECT jsonb_build_object('id', k.key_id, 'name', k.name, 'key', secret) FROM quotakit.api_key k
          WHERE k.account_id = me.account_id AND k.key_hash = sha256(sha256(convert_to(secret, 'UTF8'))));
END $$;
COMMENT ON FUNCTION quotakit._api_create_key IS 'POST /api/keys';

CREATE FUNCTION quotakit._api_revoke_key(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.revoke_key(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_revoke_key IS 'DELETE /api/keys/{id}';

CREATE FUNCTION quotakit._member_json(m quotakit.member) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', m.member_id, 'email', m.email, 'name', m.name, 'role', m.role,
    'created_at', quotakit._iso_time(m.created_at), 'last_seen', quotakit._iso_time(m.last_used))
$$;
COMMENT ON FUNCTION quotakit._member_json IS 'A member as the API shows it.';

CREATE FUNCTION quotakit._api_members(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'members', (SELECT coalesce(jsonb_agg(quotakit._member_json(m) ORDER BY m.member_id), '[]') FROM quotakit.member m WHERE m.account_id = $1.account_id),
    'invitations', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.invitation_id, 'email', i.email, 'role', i.role,
        'invited_by', regexp_replace(i.invited_by, '^.* for ', ''), 'created_at', quotakit._iso_time(i.created_at),
        'expires_at', quotakit._iso_time(i.expires_at)) ORDER BY i.invitation_id), '[]')
      FROM quotakit.invitation i WHERE i.account_id = $1.account_id AND i.used_at IS NULL AND i.expires_at > statement_timestamp()))
$$;
COMMENT ON FUNCTION quotakit._api_members IS 'GET /api/members';

CREATE FUNCTION quotakit._api_invite(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  token text := quotakit.invite_member(quotakit._api_text(body, 'email'), quotakit._api_text(body, 'role'));
BEGIN
  RETURN (SELECT jsonb_build_object('id', i.invitation_id, 'email', i.email, 'role', i.role, 'token', token,
                                    'expires_at', quotakit._iso_time(i.expires_at))
          FROM quotakit.invitation i WHERE i.account_id = me.account_id AND i.token_hash = sha256(convert_to(token, 'UTF8')));
END $$;
COMMENT ON FUNCTION quotakit._api_invite IS 'POST /api/members';

CREATE FUNCTION quotakit._api_set_member(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.set_member(quotakit._api_id(query, 'id'), quotakit._api_text(body, 'role'));
  RETURN (SELECT quotakit._member_json(m) FROM quotakit.member m
          WHERE m.account_id = me.account_id AND m.member_id = quotakit._api_id(query, 'id'));
END $$;
COMMENT ON FUNCTION quotakit._api_set_member IS 'PATCH /api/members/{id}';

CREATE FUNCTION quotakit._api_remove_member(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Whoever leaves needs nobody's leave.
  IF quotakit._api_id(query, 'id') = me.member_id THEN
    PERFORM quotakit._act_as(me.account_id, 'owner', me.email);
  END IF;
  PERFORM quotakit.remove_member(quotakit._api_id(query, 'id'));
  RETURN CASE WHEN quotakit._api_id(query, 'id') = me.member_id THEN '{"_cookie": ""}'::jsonb END;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_member IS 'DELETE /api/members/{id}';

CREATE FUNCTION quotakit._api_uninvite(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE quotakit.invitation i SET used_at = clock_timestamp()
  WHERE i.account_id = me.account_id AND i.invitation_id = quotakit._api_id(query, 'id') AND i.used_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invitation % does not exist', quotakit._api_id(query, 'id') USING ERRCODE = 'undefined_object';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_uninvite IS 'DELETE /api/invitations/{id}';
-- Alerts, whom they tell, and what has been told.

CREATE FUNCTION quotakit._alert_json(a quotakit.alert_status) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', a.alert_id, 'policy_id', a.policy_id, 'path', a.path::text, 'unit', a.unit, 'period', a.period, 'rolling', a.rolling,
    'kind', a.kind, 'threshold', coalesce(a.percent, a.amount)::text, 'delivery', a.delivery, 'muted_until', quotakit._iso_time(a.muted_until),
    'recipients', CASE WHEN a.to_contact THEN '["contact"]'::jsonb ELSE '[]' END || (
      SELECT coalesce(jsonb_agg(r.name ORDER BY r.name), '[]')
      FROM quotakit.alert_recipient x JOIN quotakit.recipient r ON r.account_id = x.account_id AND r.recipient_id = x.recipient_id
      WHERE x.account_id = a.account_id AND x.alert_id = a.alert_id),
    'last_fired', quotakit._iso_time(a.last_fired))
$$;
COMMENT ON FUNCTION quotakit._alert_json IS 'An alert as the API shows it.';

CREATE FUNCTION quotakit._alert_of(me quotakit._who, alert_id int4) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  j jsonb;
BEGIN
  SELECT quotakit._alert_json(a) INTO j FROM quotakit.alert_status a
  WHERE a.account_id = me.account_id AND a.alert_id = _alert_of.alert_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', alert_id USING ERRCODE = 'undefined_object';
  END IF;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._alert_of IS 'A live alert of the account as the API shows it. None: undefined_object.';

CREATE FUNCTION quotakit._api_alerts(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  policy int4 := quotakit._api_id(query, 'policy_id');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'alerts', (SELECT coalesce(jsonb_agg(quotakit._alert_json(a) ORDER BY a.path, a.policy_id, a.alert_id), '[]') FROM quotakit.alert_status a
               WHERE a.account_id = me.account_id AND (top IS NULL OR a.path OPERATOR(quotakit.<@) top) AND (policy IS NULL OR a.policy_id = policy)),
    'sql', 'SELECT * FROM quotakit.alert_status'
           || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY path, alert_id;');
END $$;
COMMENT ON FUNCTION quotakit._api_alerts IS 'GET /api/alerts';

CREATE FUNCTION quotakit._api_create_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kind text := quotakit._api_text(body, 'kind');
  id   int4;
BEGIN
  PERFORM quotakit._check_word('kind', kind, 'percent', 'amount', 'forecast', 'refusal');
  id := quotakit.set_alert(quotakit._api_id(body, 'policy_id'),
    percent => CASE kind WHEN 'percent' THEN quotakit._api_number(body, 'threshold') END,
    amount => CASE kind WHEN 'amount' THEN quotakit._api_number(body, 'threshold') END,
    forecast => kind = 'forecast', refusal => kind = 'refusal', recipients => quotakit._api_texts(body, 'recipients'),
    delivery => quotakit._api_text(body, 'delivery'));
  RETURN quotakit._alert_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_create_alert IS 'POST /api/alerts';

CREATE FUNCTION quotakit._api_set_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(query, 'id');
  a  record;
BEGIN
  SELECT s.* INTO a FROM quotakit.alert_status s WHERE s.account_id = me.account_id AND s.alert_id = id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', id USING ERRCODE = 'undefined_object';
  END IF;
  IF body ?| '{recipients,delivery}' THEN
    PERFORM quotakit.set_alert(a.policy_id, a.percent, a.amount, a.kind = 'forecast', a.kind = 'refusal',
                               quotakit._api_texts(body, 'recipients'), quotakit._api_text(body, 'delivery'));
  END IF;
  IF body ? 'muted_until' THEN
    PERFORM quotakit.mute_alert(id, quotakit._api_time(me.acct, body, 'muted_until', true));
  END IF;
  RETURN quotakit._alert_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_set_alert IS 'PATCH /api/alerts/{id}';

CREATE FUNCTION quotakit._api_remove_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.remove_alert(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_alert IS 'DELETE /api/alerts/{id}';

CREATE FUNCTION quotakit._api_test_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('notifications', quotakit.test_alert(quotakit._api_id(body, 'id')));
END $$;
COMMENT ON FUNCTION quotakit._api_test_alert IS 'POST /api/alerts/test';

CREATE FUNCTION quotakit._api_alert_log(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.fired_id DESC), '[]') INTO page FROM (
    SELECT l.fired_id, jsonb_build_object('id', l.fired_id, 'fired_at', quotakit._iso_time(l.fired_at), 'path', l.path::text, 'policy_id', l.policy_id,
      'unit', l.unit, 'period', l.period, 'alert_id', nullif(l.alert_id, 0), 'kind', l.kind, 'percent', l.percent::text, 'threshold', l.threshold::text,
      'used', l.used::text, 'limit', l.limit_amount::text, 'state', l.state, 'sent', l.sent, 'pending', l.pending, 'dead', l.dead) AS j
    FROM quotakit.alert_log l
    WHERE l.account_id = me.account_id AND l.fired_id < newest AND (top IS NULL OR l.path OPERATOR(quotakit.<@) top)
    ORDER BY l.fired_id DESC LIMIT most) x;
  RETURN jsonb_build_object('fired', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.alert_log%s ORDER BY fired_id DESC LIMIT %s;',
                  CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END, most));
END $$;
COMMENT ON FUNCTION quotakit._api_alert_log IS 'GET /api/alerts/log';

CREATE FUNCTION quotakit._recipient_json(r quotakit.recipient) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Never the URL: whoever knows a Slack one can post.
  SELECT jsonb_build_object('id', r.recipient_id, 'channel', r.channel, 'name', r.name, 'host', substring(r.url FROM '^https?://([^/]+)'),
    'confirmed_at', quotakit._iso_time(r.confirmed_at), 'disabled_at', quotakit._iso_time(r.disabled_at), 'disabled_reason', r.disabled_reason)
$$;
COMMENT ON FUNCTION quotakit._recipient_json IS 'A recipient as the API shows it.';

CREATE FUNCTION quotakit._api_recipients(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('recipients', coalesce(jsonb_agg(quotakit._recipient_json(r) ORDER BY r.channel, r.name), '[]'),
    'sql', 'SELECT account_id, recipient_id, channel, name, confirmed_at, disabled_at FROM quotakit.recipient WHERE removed_at IS NULL ORDER BY name;')
  FROM quotakit.recipient r WHERE r.account_id = $1.account_id AND r.removed_at IS NULL
$$;
COMMENT ON FUNCTION quotakit._api_recipients IS 'GET /api/recipients';

CREATE FUNCTION quotakit._api_add_recipient(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  channel text := quotakit._api_text(body, 'channel');
  called  text := quotakit._api_text(body, 'name');
  signer  text;
BEGIN
  PERFORM quotakit._check_word('channel', channel, 'email', 'webhook', 'slack');
  IF channel = 'email' THEN
    PERFORM quotakit.add_recipient(called);
  ELSE
    signer := quotakit.add_webhook(called, quotakit._api_text(body, 'url'), channel = 'slack');
  END IF;
  RETURN (SELECT quotakit._recipient_json(r) || CASE WHEN signer IS NULL THEN '{}' ELSE jsonb_build_object('secret', signer) END
          FROM quotakit.recipient r
          WHERE r.account_id = me.account_id AND lower(r.name) = lower(called) AND r.removed_at IS NULL);
END $$;
COMMENT ON FUNCTION quotakit._api_add_recipient IS 'POST /api/recipients';

CREATE FUNCTION quotakit._api_remove_recipient(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  called text;
BEGIN
  SELECT r.name INTO called FROM quotakit.recipient r
  WHERE r.account_id = me.account_id AND r.recipient_id = quotakit._api_id(query, 'id') AND r.removed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'recipient % does not exist', quotakit._api_id(query, 'id') USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM quotakit.remove_recipient(called);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_recipient IS 'DELETE /api/recipients/{id}';

CREATE FUNCTION quotakit._api_confirm(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('address', quotakit.confirm_recipient(quotakit._api_text(body, 'token')));
END $$;
COMMENT ON FUNCTION quotakit._api_confirm IS 'POST /api/confirm';

CREATE FUNCTION quotakit._notification_json(d quotakit.delivery) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', d.notification_id, 'created_at', quotakit._iso_time(d.created_at), 'kind', d.kind,
    'channel', d.channel, 'recipient', d.recipient, 'subject', d.subject, 'state', d.state, 'attempts', d.attempts, 'uncertain', d.uncertain,
    'ended_at', quotakit._iso_time(d.ended_at), 'last_error', d.last_error, 'next_try', quotakit._iso_time(d.next_try))
$$;
COMMENT ON FUNCTION quotakit._notification_json IS 'A notification as the API shows it.';

CREATE FUNCTION quotakit._api_notifications(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.notification_id DESC), '[]') INTO page FROM (
    SELECT d.notification_id, quotakit._notification_json(d) AS j
    FROM quotakit.delivery d
    WHERE d.account_id = me.account_id AND d.notification_id < newest
    ORDER BY d.notification_id DESC LIMIT most) x;
  RETURN jsonb_build_object('notifications', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.delivery ORDER BY notification_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_notifications IS 'GET /api/notifications';

CREATE FUNCTION quotakit._api_resend_notification(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int8 := quotakit._api_int(body, 'id');
BEGIN
  PERFORM quotakit.resend_notification(id);
  RETURN (SELECT quotakit._notification_json(d) FROM quotakit.delivery d WHERE d.account_id = me.account_id AND d.notification_id = id);
END $$;
COMMENT ON FUNCTION quotakit._api_resend_notification IS 'POST /api/notifications/resend';
-- Settings, statements, and all of it to take away.

CREATE FUNCTION quotakit._api_settings(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('name', a.name, 'time_zone', a.time_zone, 'billing_day', a.billing_day, 'week_start', a.week_start,
    'usd_per_credit', trim_scale(a.usd_per_credit)::text, 'contact_name', a.contact_name, 'contact_email', a.contact_email,
    'billing_address', a.billing_address, 'on_unknown_path', a.on_unknown_path,
    'retention_days', (SELECT extract(epoch FROM now() - (now() - a.retention)) / 86400)::int4,
    'sealed_until', quotakit._iso_time(a.sealed_until),
    'mail_statements', coalesce((SELECT m.statements FROM quotakit.alert_setting m WHERE m.account_id = a.account_id), true),
    'digest_hour', coalesce((SELECT m.digest_hour FROM quotakit.alert_setting m WHERE m.account_id = a.account_id), 8),
    'time_zones', (SELECT jsonb_agg(z.name ORDER BY z.name) FROM pg_timezone_names z
                   WHERE z.name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/' OR z.name = 'UTC'),
    'sql', format('SELECT * FROM quotakit.account WHERE name = %L;', a.name))
  FROM quotakit.account a WHERE a.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_settings IS 'GET /api/settings';

CREATE FUNCTION quotakit._api_set_settings(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  days int8 := quotakit._api_int(body, 'retention_days');
BEGIN
  IF days NOT BETWEEN 35 AND 36500 THEN
    RAISE EXCEPTION 'retention of % days is out of range', days USING ERRCODE = 'QK008', DETAIL = 'Events are kept for 35 to 36,500 days.';
  END IF;
  PERFORM quotakit.set_account(name => nullif(quotakit._api_text(body, 'name'), ''), time_zone => nullif(quotakit._api_text(body, 'time_zone'), ''),
    billing_day => quotakit._api_id(body, 'billing_day'), week_start => quotakit._api_id(body, 'week_start'),
    usd_per_credit => CASE WHEN body ->> 'usd_per_credit' = '' THEN 0 ELSE quotakit._api_number(body, 'usd_per_credit') END,
    contact_name => quotakit._api_text(body, 'contact_name'), contact_email => quotakit._api_text(body, 'contact_email'),
    on_unknown_path => quotakit._api_text(body, 'on_unknown_path'), retention => days * interval '1 day',
    billing_address => quotakit._api_text(body, 'billing_address'));
  IF body ?| '{mail_statements,digest_hour}' THEN
    PERFORM quotakit.set_mail(statements => quotakit._api_bool(body, 'mail_statements', NULL), digest_hour => quotakit._api_int(body, 'digest_hour')::int4);
  END IF;
  RETURN quotakit._api_settings(me, '{}', '{}');
END $$;
COMMENT ON FUNCTION quotakit._api_set_settings IS 'PATCH /api/settings';

CREATE FUNCTION quotakit._api_statements(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acct   quotakit.account := me.acct;
  month  tstzrange := quotakit.window_range('month', statement_timestamp(), acct.time_zone, acct.billing_day, acct.week_start);
  first  timestamptz;
  usage  jsonb;
  months jsonb := '[]';
BEGIN
  -- One probe a root: the key is by node and day.
  SELECT least(quotakit._day_start(acct, min(d.day)), statement_timestamp()) INTO first
  FROM quotakit.node n CROSS JOIN LATERAL (
    SELECT min(s.day) AS day FROM quotakit.subtree_day s WHERE s.account_id = n.account_id AND s.node_id = n.node_id) d
  WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1;
  -- What was not folded yet, or never is, where no job runs.
  first := least(first, (SELECT min(d.hour) FROM quotakit.rollup_delta d WHERE d.account_id = acct.account_id));
  FOR i IN 1 .. 36 LOOP
    EXIT WHEN i > 1 AND upper(month) <= first;
    SELECT quotakit._sum_usage(array_agg(to_jsonb(u))) INTO usage
    FROM quotakit.node n CROSS JOIN LATERAL quotakit.subtree_usage(n.path, lower(month), upper(month)) u
    WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1;
    months := months || jsonb_build_object('month', to_char(lower(month) AT TIME ZONE acct.time_zone, 'YYYY-MM'),
      'since', quotakit._iso_time(lower(month)), 'until', quotakit._iso_time(upper(month)), 'final', upper(month) <= statement_timestamp(),
      'cost_usd', usage ->> 'cost_usd', 'cost_credits', usage ->> 'cost_credits', 'requests', usage -> 'requests');
    month := quotakit.window_range('month', lower(month) - interval '1 hour', acct.time_zone, acct.billing_day, acct.week_start);
  END LOOP;
  RETURN jsonb_build_object('months', months,
    'sql', format(E'SELECT u.step_start, sum(u.cost_usd) AS cost_usd\nFROM quotakit.node n CROSS JOIN LATERAL quotakit.subtree_series(n.path, ''2020-01-01'', step => ''month'') u\nWHERE n.account_id = %s AND quotakit.nlevel(n.path) = 1 GROUP BY u.step_start ORDER BY u.step_start DESC;',
                  acct.account_id));
END $$;
COMMENT ON FUNCTION quotakit._api_statements IS 'GET /api/statements';

CREATE FUNCTION quotakit._api_statement(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acct  quotakit.account := me.acct;
  given text := query ->> 'month';
  month tstzrange;
  lines jsonb;
  total jsonb;
BEGIN
  IF given !~ '^(19[7-9]|20[0-9])[0-9]-(0[1-9]|1[0-2])$' THEN
    RAISE EXCEPTION 'month is not a month' USING ERRCODE = 'QK018', COLUMN = 'month', HINT = 'Give 2026-11.';
  END IF;
  -- The billing month that begins in this month.
  month := quotakit.window_range('month', (to_date(given || '-28', 'YYYY-MM-DD') + time '12:00') AT TIME ZONE acct.time_zone,
                                 acct.time_zone, acct.billing_day, acct.week_start);
  IF lower(month) > statement_timestamp() THEN
    RAISE EXCEPTION 'the billing month % has not begun', given USING ERRCODE = 'undefined_object';
  END IF;
  WITH line AS MATERIALIZED (
    SELECT o.path::text AS path, o.service, o.model, o.events, o.failed, o.unpriced, o.requests, o.input_tokens, o.cached_input_tokens, o.cache_write_tokens, o.output_tokens, o.reasoning_tokens,
           o.input_tokens + o.cached_input_tokens + o.cache_write_tokens + o.output_tokens + o.reasoning_tokens AS tokens,
           trim_scale(o.usd * 0.000000001) AS cost_usd, trim_scale(o.credits * 0.000000001) AS cost_credits
    FROM quotakit._own(acct.account_id, NULL, lower(month), least(upper(month), statement_timestamp() + interval '1 day'), 'line', NULL, NULL, NULL) o
  ), whole AS (
    SELECT coalesce(sum(l.events), 0) AS events, coalesce(sum(l.failed), 0) AS failed, coalesce(sum(l.unpriced), 0) AS unpriced, coalesce(sum(l.requests), 0) AS requests, coalesce(sum(l.input_tokens), 0) AS input_tokens, coalesce(sum(l.cached_input_tokens), 0) AS cached_input_tokens, coalesce(sum(l.cache_write_tokens), 0) AS cache_write_tokens, coalesce(sum(l.output_tokens), 0) AS output_tokens, coalesce(sum(l.reasoning_tokens), 0) AS reasoning_tokens, coalesce(sum(l.tokens), 0) AS tokens, coalesce(sum(l.cost_usd), 0) AS cost_usd, coalesce(sum(l.cost_credits), 0) AS cost_credits
    FROM line l
  )
  -- As _usage_json() has it; a line for each path and model is too many for that.
  SELECT (SELECT coalesce(jsonb_agg(to_jsonb(j) ORDER BY j.path, j.service, j.model), '[]') FROM (
            SELECT l.path, l.service, l.model, l.events AS calls, l.failed, l.unpriced, l.requests, l.tokens, l.input_tokens, l.cached_input_tokens,
                   l.cache_write_tokens, l.output_tokens, l.reasoning_tokens, l.cost_usd::text AS cost_usd, l.cost_credits::text AS cost_credits,
                   CASE WHEN l.requests > 0 THEN trim_scale(round(l.cost_usd / l.requests, 9))::text END AS usd_per_request
            FROM line l) j),
         quotakit._usage_json(to_jsonb(w))
  INTO lines, total FROM whole w;
  IF query ->> 'format' = 'csv' THEN
    RETURN to_jsonb(quotakit._csv(lines || (jsonb_build_object('path', 'total') || total),
      '{path,service,model,calls,failed,unpriced,requests,tokens,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,cost_credits}'));
  END IF;
  RETURN jsonb_build_object('month', given, 'since', quotakit._iso_time(lower(month)), 'until', quotakit._iso_time(upper(month)),
    'final', upper(month) <= statement_timestamp(), 'account', acct.name, 'billing_address', acct.billing_address, 'contact_name', acct.contact_name,
    'lines', lines, 'total', total,
    'sql', format(E'SELECT path, service, model, sum(requests) AS requests, sum(cost_usd) AS cost_usd\nFROM quotakit.usage_hour WHERE account = %L AND hour >= %L AND hour < %L\nGROUP BY path, service, model ORDER BY path;',
                  acct.name, quotakit._iso_time(lower(month)), quotakit._iso_time(upper(month))));
END $$;
COMMENT ON FUNCTION quotakit._api_statement IS 'GET /api/statements/{month}';

CREATE FUNCTION quotakit._api_export(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  what  text := quotakit._api_text(query, 'what');
  until timestamptz := coalesce(quotakit._api_time(me.acct, query, 'until', true), statement_timestamp());
  since timestamptz := coalesce(quotakit._api_time(me.acct, query, 'since'), until - interval '31 days');
BEGIN
  IF what = 'usage' THEN
    IF until - since > interval '92 days' THEN
      RAISE EXCEPTION 'the range is longer than 92 days' USING ERRCODE = 'QK008', HINT = 'Take it in pieces.';
    END IF;
    RETURN to_jsonb(quotakit._csv((
      SELECT jsonb_agg(to_jsonb(u) || jsonb_build_object('hour', quotakit._iso_time(u.hour), 'path', u.path::text, 'cost_usd', u.cost_usd::text,
                                                         'cost_credits', u.cost_credits::text) ORDER BY u.hour, u.path, u.model)
      FROM quotakit.usage_hour u WHERE u.account_id = me.account_id AND u.hour >= since AND u.hour < until),
      '{hour,path,service,model,events,failed,unpriced,requests,tokens,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,cost_credits}'));
  ELSIF what = 'config' THEN
    RETURN jsonb_build_object('account', to_jsonb(me.acct) - '{config_version,sealed_until}'::text[],
      'nodes', (SELECT coalesce(jsonb_agg(to_jsonb(n) - 'account_id' || jsonb_build_object('path', n.path::text) ORDER BY n.path), '[]')
                FROM quotakit.node n WHERE n.account_id = me.account_id),
      'policies', (SELECT coalesce(jsonb_agg(to_jsonb(p) - '{account_id,limit_amount,boost_amount}'::text[] || jsonb_build_object('path', n.path::text,
                     'limit', quotakit.in_unit(p.limit_amount, p.unit)::text, 'boost', quotakit.in_unit(p.boost_amount, p.unit)::text) ORDER BY p.policy_id), '[]')
                   FROM quotakit.policy p JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
                   WHERE p.account_id = me.account_id AND p.archived_at IS NULL),
      'services', (SELECT coalesce(jsonb_agg(to_jsonb(s) - '{account_id,shipped}'::text[] ORDER BY s.service), '[]') FROM quotakit.service s WHERE s.account_id = me.account_id),
      'prices', (SELECT coalesce(jsonb_agg(quotakit._price_json(p, NULL) ORDER BY p.price_version), '[]') FROM quotakit.price p
                 WHERE p.account_id = me.account_id AND p.superseded_by IS NULL),
      'keys', (SELECT coalesce(jsonb_agg(to_jsonb(k) - '{account_id,key_hash}'::text[] ORDER BY k.key_id), '[]') FROM quotakit.api_key k WHERE k.account_id = me.account_id),
      'members', (SELECT coalesce(jsonb_agg(quotakit._member_json(m) ORDER BY m.member_id), '[]') FROM quotakit.member m WHERE m.account_id = me.account_id),
      'exported_at', quotakit._iso_time(statement_timestamp()));
  END IF;
  RAISE EXCEPTION 'there is no export of "%"', left(what, 50) USING ERRCODE = 'QK018', COLUMN = 'what', HINT = 'Give config or usage.';
END $$;
COMMENT ON FUNCTION quotakit._api_export IS 'GET /api/export';
-- The API's door: who asks, whether they may, what answers. doc/api.md

CREATE FUNCTION quotakit._api_routes()
    RETURNS TABLE (method text, route text, fn name, needs text, query text, body text, success int4, file text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('GET', '/api/signup', '_api_signup_state'::name, 'nobody', '', '', 200, NULL::text),
    ('POST', '/api/signup', '_api_signup', 'nobody', '', 'account! email! password! name time_zone', 201, NULL),
    ('POST', '/api/signin', '_api_signin', 'nobody', '', 'email! password!', 200, NULL),
    ('POST', '/api/signout', '_api_signout', 'viewer', '', 'everywhere', 204, NULL),
    ('POST', '/api/password', '_api_password', 'viewer', '', 'old! new!', 200, NULL),
    ('GET', '/api/me', '_api_me', 'viewer', '', '', 200, NULL),
    ('PATCH', '/api/me', '_api_set_me', 'viewer', '', 'name', 200, NULL),
    ('GET', '/api/invitation', '_api_invitation', 'nobody', 'token!', '', 200, NULL),
    ('POST', '/api/join', '_api_join', 'nobody', '', 'token! password! name', 201, NULL),

    ('GET', '/api/tree', '_api_tree', 'viewer', '', '', 200, NULL),
    ('GET', '/api/unplaced', '_api_unplaced', 'viewer', '', '', 200, NULL),
    ('GET', '/api/unplaced/events', '_api_unplaced_events', 'viewer', 'root before limit', '', 200, NULL),
    ('POST', '/api/unplaced/replay', '_api_replay', 'admin', '', 'id root after', 200, NULL),
    ('GET', '/api/sparks', '_api_sparks', 'viewer', 'days', '', 200, NULL),
    ('GET', '/api/node', '_api_node', 'viewer', 'path!', '', 200, NULL),
    ('POST', '/api/node', '_api_create_node', 'admin', '', 'path! service notes tags', 201, NULL),
    ('PATCH', '/api/node', '_api_set_node', 'admin', '', 'path! service notes tags', 200, NULL),
    ('POST', '/api/node/archive', '_api_archive', 'admin', '', 'path!', 200, NULL),
    ('POST', '/api/node/restore', '_api_restore', 'admin', '', 'path!', 200, NULL),
    ('POST', '/api/node/freeze', '_api_freeze', 'admin', '', 'path! reason!', 200, NULL),
    ('POST', '/api/node/thaw', '_api_thaw', 'admin', '', 'path!', 200, NULL),

    ('GET', '/api/policies', '_api_policies', 'viewer', 'path', '', 200, NULL),
    ('GET', '/api/policies/{id}', '_api_policy', 'viewer', 'id', '', 200, NULL),
    ('POST', '/api/policies', '_api_create_policy', 'admin', '', 'path! amount! unit period rolling service model enforcement', 201, NULL),
    ('PATCH', '/api/policies/{id}', '_api_set_policy', 'admin', 'id', 'amount enforcement', 200, NULL),
    ('DELETE', '/api/policies/{id}', '_api_remove_policy', 'admin', 'id', '', 204, NULL),
    ('POST', '/api/boost', '_api_boost', 'admin', '', 'policy_id! amount! until', 200, NULL),
    ('POST', '/api/simulate', '_api_simulate', 'viewer', '', 'path! amount! unit period rolling service model enforcement since until', 200, NULL),
    ('GET', '/api/explain', '_api_explain', 'viewer', 'path! model usd requests tokens credits', '', 200, NULL),

    ('GET', '/api/refusals', '_api_refusals', 'viewer', 'path before limit', '', 200, NULL),
    ('GET', '/api/refusals/{id}', '_api_why', 'viewer', 'id', '', 200, NULL),
    ('GET', '/api/reservations', '_api_reservations', 'viewer', 'path limit', '', 200, NULL),
    ('GET', '/api/audit', '_api_audit', 'viewer', 'path before limit', '', 200, NULL),

    ('GET', '/api/usage', '_api_usage', 'viewer', 'path since! until service model tag compare', '', 200, NULL),
    ('GET', '/api/usage/series', '_api_series', 'viewer', 'path since! until service model tag step! by format', '', 200, 'quotakit-series.csv'),
    ('GET', '/api/usage/breakdown', '_api_breakdown', 'viewer', 'path since! until service model tag by! format', '', 200, 'quotakit-breakdown.csv'),

    ('GET', '/api/services', '_api_services', 'viewer', '', '', 200, NULL),
    ('POST', '/api/services', '_api_create_service', 'admin', '', 'service! title', 201, NULL),
    ('GET', '/api/models', '_api_models', 'viewer', 'service!', '', 200, NULL),
    ('POST', '/api/models', '_api_create_model', 'admin', '', 'service! model! max_input_tokens max_output_tokens', 201, NULL),
    ('GET', '/api/prices', '_api_prices', 'viewer', 'service! model', '', 200, NULL),
    ('POST', '/api/prices', '_api_set_price', 'admin', '', 'service! model meter! usd credits tier above_tokens valid_from replace', 201, NULL),
    ('POST', '/api/prices/import', '_api_import_prices', 'admin', '', 'file! valid_from service replace dry_run', 200, NULL),
    ('GET', '/api/prices/unpriced', '_api_unpriced', 'viewer', '', '', 200, NULL),
    ('POST', '/api/reprice', '_api_reprice', 'admin', '', 'since! until! service model dry_run', 200, NULL),

    ('GET', '/api/keys', '_api_keys', 'viewer', '', '', 200, NULL),
    ('POST', '/api/keys', '_api_create_key', 'admin', '', 'name!', 201, NULL),
    ('DELETE', '/api/keys/{id}', '_api_revoke_key', 'admin', 'id', '', 204, NULL),
    ('GET', '/api/members', '_api_members', 'viewer', '', '', 200, NULL),
    ('POST', '/api/members', '_api_invite', 'owner', '', 'email! role!', 201, NULL),
    ('PATCH', '/api/members/{id}', '_api_set_member', 'owner', 'id', 'role!', 200, NULL),
    -- A viewer may remove themselves; nobody else, says remove_member().
    ('DELETE', '/api/members/{id}', '_api_remove_member', 'viewer', 'id', '', 204, NULL),
    ('DELETE', '/api/invitations/{id}', '_api_uninvite', 'owner', 'id', '', 204, NULL),
    ('GET', '/api/alerts', '_api_alerts', 'viewer', 'path policy_id', '', 200, NULL),
    ('POST', '/api/alerts', '_api_create_alert', 'admin', '', 'policy_id! kind! threshold recipients delivery', 201, NULL),
    ('PATCH', '/api/alerts/{id}', '_api_set_alert', 'admin', 'id', 'recipients delivery muted_until', 200, NULL),
    ('DELETE', '/api/alerts/{id}', '_api_remove_alert', 'admin', 'id', '', 204, NULL),
    ('POST', '/api/alerts/test', '_api_test_alert', 'admin', '', 'id!', 200, NULL),
    ('GET', '/api/alerts/log', '_api_alert_log', 'viewer', 'path before limit', '', 200, NULL),
    ('GET', '/api/recipients', '_api_recipients', 'viewer', '', '', 200, NULL),
    ('POST', '/api/recipients', '_api_add_recipient', 'admin', '', 'channel! name! url', 201, NULL),
    ('DELETE', '/api/recipients/{id}', '_api_remove_recipient', 'admin', 'id', '', 204, NULL),
    ('POST', '/api/confirm', '_api_confirm', 'nobody', '', 'token!', 200, NULL),
    ('GET', '/api/notifications', '_api_notifications', 'viewer', 'before limit', '', 200, NULL),
    ('POST', '/api/notifications/resend', '_api_resend_notification', 'admin', '', 'id!', 200, NULL),
    ('GET', '/api/settings', '_api_settings', 'viewer', '', '', 200, NULL),
    ('PATCH', '/api/settings', '_api_set_settings', 'owner', '', 'name time_zone billing_day week_start usd_per_credit contact_name contact_email billing_address on_unknown_path retention_days mail_statements digest_hour', 200, NULL),
    ('GET', '/api/statements', '_api_statements', 'viewer', '', '', 200, NULL),
    ('GET', '/api/statements/{month}', '_api_statement', 'viewer', 'month format', '', 200, 'quotakit-statement-{month}.csv'),
    ('GET', '/api/export', '_api_export', 'owner', 'what! since until', '', 200, 'quotakit-usage.csv')
$$;
COMMENT ON FUNCTION quotakit._api_routes IS 'The API''s table of routes: who may (nobody: without a session), the fields of the query and the body (! for needed), the status of success, and what a CSV is called.';

CREATE FUNCTION quotakit._api_problem_of(sqlstate text, OUT status int4, OUT code text, OUT title text) RETURNS record
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.status, p.code, p.title FROM (VALUES
    ('QK001', 404, 'unknown_path', 'Unknown path'),
    ('QK002', 422, 'archived_path', 'Path is archived'),
    ('QK003', 422, 'service_mismatch', 'The path has another service'),
    ('QK004', 422, 'umbrella_path', 'The path has no service'),
    ('QK006', 409, 'conflict', 'Conflict'),
    ('QK008', 422, 'out_of_range', 'Out of range'),
    ('QK010', 400, 'malformed', 'Malformed request'),
    ('QK011', 410, 'gone', 'No longer there'),
    ('QK012', 503, 'busy', 'Busy'),
    ('QK013', 409, 'too_many_policies', 'Too many policies'),
    ('QK014', 409, 'frozen', 'Path is frozen'),
    ('QK015', 409, 'already_exists', 'Exists already'),
    ('QK017', 503, 'no_pgcrypto', 'Passwords cannot be checked'),
    ('QK018', 400, 'invalid', 'Invalid request'),
    ('QK019', 403, 'signup_closed', 'Sign-up is closed'),
    ('QK020', 429, 'throttled', 'Too many attempts'),
    ('QK021', 410, 'gone', 'No longer there'),
    ('QK022', 401, 'bad_credentials', 'Not signed in'),
    ('QK023', 401, 'signed_out', 'Not signed in'),
    ('QK024', 403, 'csrf', 'Request not accepted'),
    ('QK025', 404, 'not_found', 'Not found'),
    ('QK026', 405, 'method_not_allowed', 'Method not allowed'),
    ('42501', 403, 'forbidden', 'Not allowed'),
    ('42704', 404, 'not_found', 'Not found'),
    ('55000', 409, 'conflict', 'Conflict'),
    ('54000', 400, 'invalid', 'Invalid request'),
    ('54001', 400, 'malformed', 'Malformed request'),
    -- Out of range for the type behind a field; a list of a hundred of its kind is not needed.
    ('22', 400, 'invalid', 'Invalid request'),
    ('23', 400, 'invalid', 'Invalid request')) AS p(state, status, code, title)
  WHERE p.state IN ($1, left($1, 2)) ORDER BY length(p.state) DESC LIMIT 1
$$;
COMMENT ON FUNCTION quotakit._api_problem_of IS 'What an SQLSTATE is over HTTP; nulls for what is the server''s own fault.';

CREATE FUNCTION quotakit.api(account_id int4, secret bytea, csrf text, same_origin bool, method text, route text, query text, request bytea)
    RETURNS TABLE (status int4, etag text, body text, content_type text, cookie text, file text, retry_after int4)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET row_security = on ROWS 1
AS $$
#variable_conflict use_variable
DECLARE
  r       record;
  me      quotakit._who;
  asked   jsonb;
  sent    jsonb;
  answer  jsonb;
  generic text;
  part    text;
  wait    int4 := 0;
  code text; title text;
  said text; detail text; hint text; field text; state text;
BEGIN
  -- A number or a month at the end is a field like those of the query.
  part := substring(route FROM '^/api/[a-z]+/([0-9]{1,18})$');
  generic := CASE WHEN part IS NOT NULL THEN regexp_replace(route, '[0-9]+$', '{id}')
    WHEN route ~ '^/api/statements/[^/]+$' THEN '/api/statements/{month}' ELSE route END;
  BEGIN
    SELECT x.* INTO r FROM quotakit._api_routes() x WHERE x.route = generic AND x.method = api.method;
    IF NOT FOUND THEN
      IF EXISTS (SELECT FROM quotakit._api_routes() x WHERE x.route = generic) THEN
        RAISE EXCEPTION '% is not answered here', left(method, 20) USING ERRCODE = 'QK026';
      END IF;
      RAISE EXCEPTION 'there is nothing here' USING ERRCODE = 'QK025';
    END IF;

    SELECT s.member_id, s.email, s.role INTO me.member_id, me.email, me.role FROM quotakit._find_session(account_id, secret) s;
    IF me.member_id IS NOT NULL THEN
      me.account_id := account_id;
      me.secret := secret;
      SELECT a INTO me.acct FROM quotakit.account a WHERE a.account_id = api.account_id;
    ELSIF r.needs <> 'nobody' THEN
      RAISE EXCEPTION 'you are not signed in' USING ERRCODE = 'QK023';
    END IF;
    IF method <> 'GET' THEN
      -- A page of another origin can neither read the token nor send the header.
      IF same_origin IS DISTINCT FROM true THEN
        RAISE EXCEPTION 'the request came from another site' USING ERRCODE = 'QK024';
      ELSIF r.needs <> 'nobody' AND csrf IS DISTINCT FROM quotakit._csrf(secret) THEN
        RAISE EXCEPTION 'the X-CSRF header is missing or wrong' USING ERRCODE = 'QK024', HINT = 'GET /api/me has its value.';
      END IF;
    END IF;
    IF array_position('{viewer,admin,owner}', me.role) < array_position('{viewer,admin,owner}', r.needs) THEN
      RAISE EXCEPTION 'you are %, but % is needed', me.role, r.needs
        USING ERRCODE = 'insufficient_privilege', HINT = 'An owner of the account can change your role.';
    END IF;

    BEGIN
      asked := coalesce(nullif(query, ''), '{}')::jsonb;
      sent := coalesce(nullif(convert_from(request, 'UTF8'), ''), '{}')::jsonb;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
      RAISE EXCEPTION 'the body is not JSON' USING ERRCODE = 'QK010', DETAIL = SQLERRM;
    END;
    IF jsonb_typeof(sent) <> 'object' THEN
      RAISE EXCEPTION 'the body is not a JSON object' USING ERRCODE = 'QK010';
    END IF;
    asked := asked - '{id,month}'::text[] || CASE WHEN part IS NOT NULL THEN jsonb_build_object('id', part)
      WHEN generic LIKE '%{month}' THEN jsonb_build_object('month', split_part(route, '/', 4)) ELSE '{}' END;
    PERFORM quotakit._api_fields(asked, r.query, 'the query'), quotakit._api_fields(sent, r.body, 'the body');
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
      hint = PG_EXCEPTION_HINT, field = COLUMN_NAME;
    SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of(state) p;
    IF status IS NULL THEN
      RAISE;
    END IF;
  END;

  -- Counted out here, where a wrong password does not undo it.
  IF status IS NULL AND r.fn IN ('_api_signin', '_api_signup', '_api_password') THEN
    wait := quotakit._throttle(CASE WHEN r.fn = '_api_password' THEN me.email ELSE sent ->> 'email' END);
    IF wait > 0 THEN
      SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of('QK020') p;
      said := 'too many attempts';
      hint := format('Try again in %s minutes.', ceil(wait / 60.0));
      retry_after := wait;
    END IF;
  END IF;

  IF status IS NULL THEN
    BEGIN
      IF me.member_id IS NOT NULL AND r.needs <> 'nobody' THEN
        PERFORM quotakit._act_as(me.account_id, me.role, me.email);
      END IF;
      EXECUTE format('SELECT quotakit.%I($1, $2, $3)', r.fn) INTO answer USING me, asked, sent;
      PERFORM quotakit._act_as(NULL, NULL, NULL);
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, field = COLUMN_NAME;
      SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of(state) p;
      IF status IS NULL THEN
        RAISE;
      END IF;
    END;
  END IF;

  IF status IS NOT NULL THEN
    content_type := 'application/problem+json';
    -- Hints of SQL functions name other SQL functions: not for here.
    body := jsonb_strip_nulls(jsonb_build_object('type', 'urn:quotakit:problem:' || code, 'title', title, 'status', status,
      'code', code, 'detail', concat_ws('. ', said, nullif(detail, '')),
      'hint', CASE WHEN hint <> '' AND hint !~ 'quotakit\.' THEN hint END, 'field', nullif(field, ''), 'retry_after', retry_after))::text;
    -- A cookie of a session that is over is of no use to anybody.
    cookie := CASE WHEN code = 'signed_out' AND secret IS NOT NULL THEN '' END;
    RETURN NEXT;
    RETURN;
  END IF;

  status := r.success;
  IF jsonb_typeof(answer) = 'string' THEN
    content_type := 'text/csv; charset=utf-8';
    file := replace(r.file, '{month}', coalesce(asked ->> 'month', ''));
    body := answer #>> '{}';
  ELSIF status <> 204 THEN
    content_type := 'application/json';
    -- To take nothing out is to write all of it anew.
    body := CASE WHEN answer ? '_cookie' THEN (answer - '_cookie')::text ELSE answer::text END;
    IF r.fn = '_api_export' THEN
      file := 'quotakit-config.json';
    END IF;
  END IF;
  IF jsonb_typeof(answer) = 'object' THEN
    cookie := answer ->> '_cookie';
  END IF;
  IF method = 'GET' AND status = 200 THEN
    etag := left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 32);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.api IS 'One request of the dashboard, for the gateway, which has no authority: account_id and secret (SHA-256 of the token) of the session cookie or nulls, the X-CSRF header, whether the request came from the same origin, method and path, the query as a JSON object of text, the body. Returns what to answer: HTTP status, ETag, body and its type; a cookie to set (empty: to clear; null: leave it), the name of a download, seconds for Retry-After. What is wrong with the request is an answer; an error is the server''s own.';
-- Who may see and do what. This comes after every other object: it walks over what
-- the extension has made, so that a new table or function cannot be forgotten.

-- Rows: an account's own; prices and the like also those built in. Nobody writes to
-- a table, functions do, so there are policies for SELECT only. The accounts are
-- asked for once a query (InitPlan), which leaves account_id = ANY ($0) as an
-- index condition, and current_user there is whoever queries.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT c.oid::regclass AS name, c.relname,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') AS has_account
    FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'p')
      -- Partitions are read through their parents.
      AND NOT c.relispartition
    ORDER BY c.oid
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
    -- A table of no account is for the extension's owner.
    CONTINUE WHEN NOT t.has_account;
    EXECUTE format('CREATE POLICY own_accounts ON %s FOR SELECT USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))))',
                   t.name);
    EXECUTE format('COMMENT ON POLICY own_accounts ON %s IS %L', t.name, 'Rows of the accounts that the reader is mapped to.');
    CONTINUE WHEN t.relname NOT IN ('service', 'model', 'price');
    EXECUTE format('CREATE POLICY built_in ON %s FOR SELECT USING (account_id = 0)', t.name);
    EXECUTE format('COMMENT ON POLICY built_in ON %s IS %L', t.name, 'Built-in rows are for everybody.');
  END LOOP;
END $$;

-- Every change of configuration is logged.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['account', 'access', 'api_key', 'member', 'invitation', 'node', 'policy', 'service', 'model', 'price',
                           'alert', 'alert_recipient', 'alert_setting', 'recipient'] LOOP
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotakit.%I
                    FOR EACH ROW EXECUTE FUNCTION quotakit._audit()', t);
    EXECUTE format('COMMENT ON TRIGGER audit ON quotakit.%I IS %L', t, 'Writes every change to audit_log.');
  END LOOP;
END $$;

-- What stays executable by PUBLIC (who cannot use the schema anyway): the functions
-- of the path types. The planner, an index and a cast call them as whoever queries.
CREATE FUNCTION quotakit._is_type_function(fn oid) RETURNS bool
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM pg_proc p
    WHERE p.oid = fn AND p.provolatile <> 'v'
      AND (p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'c') OR p.prokind = 'a')
      AND (EXISTS (SELECT FROM pg_type t JOIN pg_type e ON e.oid IN (t.oid, t.typarray)
                   WHERE t.typnamespace = p.pronamespace AND t.typtype = 'b' AND t.typcategory <> 'A'
                     AND (e.oid = p.prorettype OR e.oid = ANY (p.proargtypes)))
           OR EXISTS (SELECT FROM pg_operator o WHERE fn IN (o.oprcode, o.oprrest, o.oprjoin))
           OR EXISTS (SELECT FROM pg_amproc a WHERE a.amproc = fn)
           OR EXISTS (SELECT FROM pg_proc s WHERE s.prosupport = fn)))
$$;
COMMENT ON FUNCTION quotakit._is_type_function IS 'Whether a function belongs to the path types: takes or returns one, or stands behind an operator, an index class or the planner.';

CREATE FUNCTION quotakit._grants() RETURNS TABLE (role name, functions name[])
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    -- Reads own rows. What begins with an underscore is called by views and row security.
    ('quotakit_reader'::name, '{
      _my_accounts, _jobs, _rolling_length, _rolling_width, _payload, _payload_amount, _acting_account, _account_access, _caller, _stat, current_account, nano, from_nano, in_unit,
      cost, uuid_time, uuid7, window_range, local_hour, rolling_bucket, rolling_since,
      subtree_usage, subtree_series, subtree_breakdown, tree, explain, why, state, simulate, forecast, verify
    }'::name[]),
    -- Records and reserves.
    ('quotakit_app', '{
      _acting_account, _account_access, _caller, current_account, reserve, settle, log, draw, release, extend, batch, explain, state,
      cost, uuid_time, uuid7, nano, from_nano, in_unit
    }'),
    -- Manages; is a reader and an app too.
    ('quotakit_admin', '{
      create_account, set_account, grant_access, revoke_access,
      create_node, set_service, set_node, archive_node, restore_node, freeze, thaw,
      set_policy, set_limit, set_enforcement, boost_policy, remove_policy,
      create_key, revoke_key, create_member, set_password, invite_member, set_member, remove_member,
      create_service, create_model, set_price, import_prices, reprice, replay_rejected,
      set_alert, remove_alert, mute_alert, test_alert, set_mail,
      add_recipient, remove_recipient, confirm_recipient, add_webhook, rotate_webhook_secret, resend_notification
    }'),
    -- Delivers notifications, of all accounts.
    ('quotakit_courier', '{ courier_take, courier_done }'),
    -- For the owner of the extension: granted to nobody.
    (NULL, '{
      check_alerts, send_digests, send_statements, tidy_notifications, set_dashboard_url,
      make_roles, make_partitions, drop_partitions, fold_rollups, repair, apply_retention, tidy,
      run_job, job_commands, schedule_jobs, unschedule_jobs,
      make_gateway_role, gateway_state, gateway_explain, gateway_flush, api
    }')
$$;
COMMENT ON FUNCTION quotakit._grants IS 'Which functions each group role may execute, all overloads of a name. Role null: none may. Functions in no row are private.';

CREATE FUNCTION quotakit.make_roles() RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  g   record;
  fn  record;
  rel record;
BEGIN
  FOR g IN SELECT DISTINCT s.role FROM quotakit._grants() s WHERE s.role IS NOT NULL ORDER BY 1 LOOP
    IF to_regrole(g.role) IS NULL THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', g.role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA quotakit TO %I', g.role);
  END LOOP;
  -- Asked first, or a second run would answer with notices.
  IF NOT pg_has_role('quotakit_admin', 'quotakit_reader', 'USAGE') OR NOT pg_has_role('quotakit_admin', 'quotakit_app', 'USAGE') THEN
    GRANT quotakit_reader, quotakit_app TO quotakit_admin;
  END IF;

  FOR fn IN
    SELECT s.role, p.oid::regprocedure AS name, p.prokind
    FROM quotakit._grants() s JOIN pg_proc p ON p.proname = ANY (s.functions)
    WHERE s.role IS NOT NULL AND p.pronamespace = 'quotakit'::regnamespace
  LOOP
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', fn.name, fn.role);
  END LOOP;

  -- Tables and views of the extension, not the partitions: those are read through
  -- their parents, which have row security.
  FOR rel IN
    SELECT c.oid::regclass AS name,
           CASE WHEN EXISTS (SELECT FROM quotakit._secret_columns() s WHERE s.table_name = c.relname)
             THEN (SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                   FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     AND (c.relname, a.attname) NOT IN (SELECT s.table_name, s.column_name FROM quotakit._secret_columns() s))
             ELSE '' END AS columns
    FROM pg_class c
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'quotakit'
    WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
  LOOP
    EXECUTE format('GRANT SELECT %s ON %s TO quotakit_reader', rel.columns, rel.name);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.make_roles IS 'Makes the group roles quotakit_reader (sees own rows), quotakit_app (records and reserves), quotakit_admin (both, and manages) and quotakit_courier (delivers notifications) where missing, and grants them what they need. May be run again, and should be after an update of the extension. Needs CREATEROLE and the ownership of the extension.';

DO $$
DECLARE
  fn regprocedure;
BEGIN
  FOR fn IN SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'quotakit'::regnamespace AND NOT quotakit._is_type_function(p.oid) LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', fn);
  END LOOP;
END $$;
-- pg_dump carries the contents of every table and the state of every sequence, but
-- not the rows that come with the extension: CREATE EXTENSION brings those again,
-- in the version that is installed by then. Nothing changes them in place, so what
-- a DBA adds to the built-in services and prices is in rows of its own, and dumped.
-- A partitioned table has no rows of its own; partitions made by make_partitions()
-- are ordinary tables to pg_dump.
DO $$
DECLARE
  rel record;
BEGIN
  FOR rel IN
    SELECT c.oid::regclass AS name,
           CASE WHEN c.relname = 'account' THEN 'WHERE account_id <> 0'
                WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'shipped') THEN 'WHERE NOT shipped'
                ELSE '' END AS condition
    FROM pg_class c
    WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'S')
      -- Who is signed in, or tried to be, is nobody's business elsewhere.
      AND c.relname NOT IN ('session', 'sign_in_attempt') ORDER BY c.oid
  LOOP
    PERFORM pg_extension_config_dump(rel.name, rel.condition);
  END LOOP;
END $$;
