-- Under row-level security, as a user who owns nothing: the ranges stay ranges.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;
CREATE ROLE regress_quotakit_analyst;
CREATE TABLE qpath_owned (account_id int, path quotakit.qpath, PRIMARY KEY (account_id, path));
INSERT INTO qpath_owned
SELECT a, ('r' || i % 10 || '/m' || i)::quotakit.qpath FROM generate_series(1, 2) a, generate_series(1, 1000) i;
VACUUM ANALYZE qpath_owned;
ALTER TABLE qpath_owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON qpath_owned USING (account_id = current_setting('qpath_test.account')::int);
GRANT SELECT ON qpath_owned TO regress_quotakit_analyst;
GRANT USAGE ON SCHEMA quotakit TO regress_quotakit_analyst;

SET ROLE regress_quotakit_analyst;
SET qpath_test.account = '2';
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT path FROM qpath_owned WHERE path <@ 'r1';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_owned WHERE path @> 'r1/m11';
EXPLAIN (COSTS OFF) SELECT path FROM qpath_owned WHERE path ~ 'r1/m1*';
SELECT count(*), min(account_id) FROM qpath_owned WHERE path <@ 'r1';
SET plan_cache_mode = force_generic_plan;
PREPARE below(qpath) AS SELECT count(*) FROM qpath_owned WHERE path <@ $1;
EXPLAIN (COSTS OFF) EXECUTE below('r1');
EXECUTE below('r1');
DEALLOCATE below;
RESET plan_cache_mode;

-- through a view, for one who may not even name the schema
RESET ROLE;
SET search_path = public;
CREATE VIEW qpath_r1 AS SELECT path FROM qpath_owned WHERE path OPERATOR(quotakit.<@) 'r1'::quotakit.qpath
  AND path OPERATOR(quotakit.@>) ANY (SELECT path FROM qpath_owned WHERE account_id = 1);
GRANT SELECT ON qpath_r1 TO regress_quotakit_analyst;
REVOKE USAGE ON SCHEMA quotakit FROM regress_quotakit_analyst;
SET ROLE regress_quotakit_analyst;
SELECT count(*) FROM qpath_r1;
RESET ROLE;

DROP VIEW qpath_r1;
DROP TABLE qpath_owned;
DROP ROLE regress_quotakit_analyst;
