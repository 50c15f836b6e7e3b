-- What must hold for every object of the extension. Each query lists offenders: none.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'quotakit';
CREATE TEMP VIEW fn AS SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;
CREATE TEMP VIEW rel AS SELECT c.* FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid;
-- The views above see something.
SELECT (SELECT count(*) > 50 FROM fn) AS fns, (SELECT count(*) > 20 FROM rel) AS rels;

-- Everything is in the schema quotakit.
SELECT i.type, i.identity FROM member m, pg_identify_object(m.classid, m.objid, 0) i
WHERE i.schema <> 'quotakit' AND i.type NOT IN ('cast', 'schema');

-- Every function in a SQL language pins its search path, or was bound to its objects when made.
SELECT fn.oid::regprocedure FROM fn JOIN pg_language l ON l.oid = fn.prolang
WHERE l.lanname IN ('sql', 'plpgsql') AND fn.prosqlbody IS NULL AND fn.prokind <> 'p'
  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (fn.proconfig), false)
ORDER BY 1;
-- A procedure that commits cannot: it pins it in each transaction, and never runs with the rights of its owner.
SELECT fn.oid::regprocedure FROM fn
WHERE fn.prokind = 'p' AND (fn.prosecdef OR fn.prosrc ~ 'COMMIT' AND fn.prosrc !~ 'BEGIN\s+SET LOCAL search_path = pg_catalog, pg_temp;'
  OR fn.prosrc ~ 'COMMIT;(?!\s+(SET LOCAL search_path = pg_catalog, pg_temp;|END LOOP;|IF failed THEN\s+RAISE WARNING ''[^'']*''(, \w+)*;))')
ORDER BY 1;
-- What it looks for before that is found by the caller's: types have their schema, and no variable a value as it is declared.
SELECT fn.oid::regprocedure, d.declared FROM fn, regexp_split_to_table(substring(fn.prosrc FROM 'DECLARE(.*?)\mBEGIN\M'), ';') AS d(declared)
WHERE fn.prokind = 'p' AND d.declared ~ '\S' AND d.declared !~ '^\s*\w+\s+pg_catalog\.\w+(\[\])?\s*$'
ORDER BY 1, 2;
-- Statements that are put together as they run: only these, of constants and of names in our schema, where nobody else makes anything.
SELECT fn.oid::regprocedure FROM fn JOIN pg_language l ON l.oid = fn.prolang
WHERE l.lanname = 'plpgsql' AND fn.prosrc ~ '\mEXECUTE\M'
  AND fn.proname NOT IN ('api', 'make_roles', 'make_gateway_role', '_make_partition', 'drop_partitions', '_delete_sealed',
                         '_job_step', 'schedule_jobs', 'unschedule_jobs')
ORDER BY 1;
SELECT r.rolname FROM pg_namespace n, aclexplode(n.nspacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = 'quotakit' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner;
-- All of it belongs to the owner of the extension.
SELECT i.type, i.identity FROM pg_shdepend s JOIN member m ON m.classid = s.classid AND m.objid = s.objid AND s.deptype = 'o'
  JOIN pg_extension e ON e.extname = 'quotakit', pg_identify_object(m.classid, m.objid, 0) i
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.refobjid <> e.extowner ORDER BY 1, 2;
-- Whatever runs with the rights of its owner pins it in any language.
SELECT fn.oid::regprocedure FROM fn
WHERE fn.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (fn.proconfig), false) ORDER BY 1;
-- What writes or locks is not run by parallel workers.
SELECT fn.oid::regprocedure FROM fn
WHERE fn.prosecdef AND fn.provolatile = 'v' AND fn.proparallel = 's' ORDER BY 1;

-- Every function, table, view, column, type, operator, policy and trigger has a comment.
SELECT i.type, i.identity FROM member m, pg_identify_object(m.classid, m.objid, 0) i
WHERE i.type IN ('function', 'aggregate', 'procedure', 'table', 'view', 'type', 'operator')
  -- From PostgreSQL 17 on row types and array types are members too.
  AND NOT EXISTS (SELECT FROM pg_type t WHERE m.classid = 'pg_type'::regclass AND t.oid = m.objid AND (t.typrelid <> 0 OR t.typelem <> 0))
  AND coalesce(obj_description(m.objid, (SELECT relname FROM pg_class WHERE oid = m.classid)), '') = ''
ORDER BY 1, 2;
SELECT rel.relname, a.attname FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid
WHERE rel.relkind IN ('r', 'p', 'v') AND NOT rel.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND coalesce(col_description(rel.oid, a.attnum), '') = ''
ORDER BY rel.relname, a.attnum;
SELECT p.polname, p.polrelid::regclass FROM pg_policy p JOIN rel ON rel.oid = p.polrelid WHERE obj_description(p.oid, 'pg_policy') IS NULL;
SELECT t.tgname, t.tgrelid::regclass FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid
WHERE NOT t.tgisinternal AND obj_description(t.oid, 'pg_trigger') IS NULL;

-- Views run as their reader.
SELECT relname FROM rel WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false) ORDER BY 1;

-- Every table has row security, and a policy unless it is a partition or has no account.
SELECT relname FROM rel WHERE relkind IN ('r', 'p') AND NOT relrowsecurity ORDER BY 1;
SELECT relname FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attname = 'account_id'
WHERE relkind IN ('r', 'p') AND NOT relispartition AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = rel.oid) ORDER BY 1;
-- Policies are for reading: only functions write.
SELECT p.polname, p.polrelid::regclass FROM pg_policy p JOIN rel ON rel.oid = p.polrelid WHERE p.polcmd <> 'r';

-- The primary key begins with the account, and every foreign key carries it. Of the
-- partitioned tables it is on the partitions.
SELECT rel.relname FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attname = 'account_id'
WHERE rel.relkind = 'r' AND NOT EXISTS (
  SELECT FROM pg_constraint c WHERE c.conrelid = rel.oid AND c.contype = 'p' AND c.conkey[1] = a.attnum)
ORDER BY 1;
SELECT c.conname, c.conrelid::regclass FROM pg_constraint c JOIN rel ON rel.oid = c.conrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'account_id'
WHERE c.contype = 'f' AND c.conkey[1] <> a.attnum ORDER BY 1;

-- PUBLIC may do nothing but what the path types need.
SELECT n.nspname FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'quotakit' AND a.grantee = 0;
SELECT rel.relname, a.privilege_type FROM rel, aclexplode(rel.relacl) a WHERE a.grantee = 0;
SELECT rel.relname, c.attname FROM rel JOIN pg_attribute c ON c.attrelid = rel.oid, aclexplode(c.attacl) a WHERE a.grantee = 0;
SELECT fn.oid::regprocedure FROM fn, aclexplode(coalesce(fn.proacl, acldefault('f', fn.proowner))) a
WHERE a.grantee = 0 AND NOT (
  (fn.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c') OR fn.prokind = 'a') AND fn.provolatile <> 'v' AND NOT fn.prosecdef
  AND (fn.proname ~ '^q(path|pattern)'
       OR EXISTS (SELECT FROM pg_operator o WHERE fn.oid IN (o.oprcode, o.oprrest, o.oprjoin))
       OR EXISTS (SELECT FROM pg_cast c WHERE c.castfunc = fn.oid)
       OR 'quotakit.qpath'::regtype IN (fn.prorettype, coalesce(fn.proargtypes[0], 0))
       OR 'quotakit.qpath[]'::regtype IN (fn.prorettype, coalesce(fn.proargtypes[0], 0))
       OR coalesce(to_regtype('quotakit.qpattern'), 0::oid) IN (fn.prorettype, coalesce(fn.proargtypes[0], 0))
       OR 'quotakit.measures'::regtype IN (fn.prorettype, coalesce(fn.proargtypes[0], 0))))
ORDER BY 1;
-- And that much it may: the planner and an index call them as whoever queries.
SELECT fn.oid::regprocedure FROM fn JOIN pg_operator o ON fn.oid IN (o.oprcode, o.oprrest, o.oprjoin)
WHERE NOT has_function_privilege('public', fn.oid, 'EXECUTE');

-- Every public function is for some role or, on purpose, for none; every name in the list exists.
SELECT fn.oid::regprocedure FROM fn
WHERE fn.proname !~ '^_' AND fn.prorettype <> 'trigger'::regtype AND NOT quotakit._is_type_function(fn.oid)
  AND NOT EXISTS (SELECT FROM quotakit._grants() g WHERE fn.proname = ANY (g.functions))
ORDER BY 1;
SELECT DISTINCT f AS missing FROM quotakit._grants() g, unnest(g.functions) f
WHERE NOT EXISTS (SELECT FROM fn WHERE fn.proname = f) ORDER BY 1;

-- pg_dump carries every table and sequence, but not who is signed in.
SELECT rel.relname FROM rel, pg_extension e
WHERE e.extname = 'quotakit' AND rel.relkind IN ('r', 'S') AND NOT rel.oid = ANY (e.extconfig) ORDER BY 1;

-- Only tables of configuration are logged, and all of them.
SELECT array_agg(tgrelid::regclass::text ORDER BY tgrelid::regclass::text) FROM pg_trigger
WHERE tgfoid = 'quotakit._audit'::regproc;
