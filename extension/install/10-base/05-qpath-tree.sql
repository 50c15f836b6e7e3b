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
