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
