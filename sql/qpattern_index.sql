-- The literal beginning of a pattern as conditions on a b-tree.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS quotakit;
RESET client_min_messages;
SET search_path = public, quotakit;

CREATE TABLE qpattern_node (account_id int, path qpath, PRIMARY KEY (account_id, path));
INSERT INTO qpattern_node
SELECT a, ('r' || i % 10 || '/m' || i % 100 || '/l' || i)::qpath FROM generate_series(1, 2) a, generate_series(1, 3000) i;
CREATE INDEX qpattern_node_path ON qpattern_node (path);
VACUUM ANALYZE qpattern_node;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;

-- exact: nothing to recheck
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE path ~ 'r1/m11/l11';
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE path ~ 'r1/m11/**';
-- narrowed, and rechecked
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE path ~ 'r1/m11/*';
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE path ~ 'r1/m1*/**';
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE 'r1/{m11,m21}/**'::qpattern ~ path;
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE account_id = 2 AND path ~ 'r1/m11/l*1';
-- nothing to narrow by
EXPLAIN (COSTS OFF) SELECT path FROM qpattern_node WHERE path ~ '**/l11';

SET plan_cache_mode = force_generic_plan;
PREPARE matching(qpattern) AS SELECT count(*) FROM qpattern_node WHERE account_id = 1 AND path ~ $1;
EXPLAIN (COSTS OFF) EXECUTE matching('r1/m11/*');
EXECUTE matching('r1/m11/*');
EXECUTE matching('**/l11');
EXECUTE matching('r1/m1*/**');
DEALLOCATE matching;
RESET plan_cache_mode;

-- patterns in another table
CREATE TABLE qpattern_wanted (pattern qpattern);
INSERT INTO qpattern_wanted VALUES ('r1/m11/**'), ('**/l7'), ('{r1,r2}/m*1/**');
SET enable_seqscan = on;
SET enable_material = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM qpattern_wanted JOIN qpattern_node ON account_id = 1 AND path ~ pattern;
SELECT pattern::text, count(*) FROM qpattern_wanted JOIN qpattern_node ON account_id = 1 AND path ~ pattern GROUP BY 1 ORDER BY 1;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT pattern::text, count(*) FROM qpattern_wanted JOIN qpattern_node ON account_id = 1 AND path ~ pattern GROUP BY 1 ORDER BY 1;

DROP TABLE qpattern_node, qpattern_wanted;
