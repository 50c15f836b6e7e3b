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
