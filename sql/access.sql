-- Who sees and does what: row security, group roles, SECURITY DEFINER contexts.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
SELECT quotakit.make_roles();
-- Again: nothing to say.
RESET client_min_messages;
SELECT quotakit.make_roles();
\set SHOW_CONTEXT never
SET timezone = 'UTC';

CREATE ROLE regress_qk_boss; CREATE ROLE regress_qk_anna; CREATE ROLE regress_qk_team; CREATE ROLE regress_qk_tess IN ROLE regress_qk_team;
CREATE ROLE regress_qk_app; CREATE ROLE regress_qk_nobody; CREATE ROLE regress_qk_both;
GRANT quotakit_admin TO regress_qk_boss;
GRANT quotakit_reader TO regress_qk_anna, regress_qk_team, regress_qk_both;
GRANT quotakit_app TO regress_qk_app;

-- Whoever makes an account owns it; a superuser does not.
SELECT quotakit.create_account('other') AS other;
SET ROLE regress_qk_boss;
SET search_path = '';
SELECT quotakit.create_account('acme', 'Europe/Berlin') AS acme;
SELECT * FROM quotakit.current_account();
SELECT quotakit.create_service('acme_ai');
SELECT quotakit.create_node('acme/search', 'acme_ai') > 0 AS node, quotakit.set_policy('acme', 100) AS policy,
       length(quotakit.create_key('k')) AS key, quotakit.grant_access('regress_qk_anna', 'viewer'),
       quotakit.grant_access('regress_qk_team', 'viewer'), quotakit.grant_access('regress_qk_both', 'viewer'),
       quotakit.grant_access('regress_qk_app', 'viewer');
-- The audit log names the caller, not the owner of the function.
SELECT DISTINCT actor FROM quotakit.audit_log;
-- Turning row security off does not hide a change.
SET row_security = off;
SELECT quotakit.freeze('acme', 'in secret'), quotakit.thaw('acme');
RESET row_security;
SELECT after ->> 'frozen_reason' AS reason FROM quotakit.audit_log WHERE object = 'node' AND action = 'update' ORDER BY audit_id;
-- All the rest of managing works without a superuser, too.
SELECT quotakit.create_node('acme/tmp') > 0 AS node, quotakit.set_service('acme/tmp', 'acme_ai'), quotakit.set_node('acme/tmp', 'n', '{t}'),
       quotakit.archive_node('acme/tmp'), quotakit.restore_node('acme/tmp'), quotakit.set_limit(1, 90), quotakit.set_enforcement(1, 'strict'),
       quotakit.boost_policy(1, 5, '2099-01-01'), length(quotakit.create_key('k2')) AS key;
SELECT quotakit.revoke_key(2), quotakit.remove_policy(quotakit.set_policy('acme/tmp', 1)), quotakit.set_account(time_zone => 'Asia/Kolkata', billing_day => 3),
       quotakit.grant_access('regress_qk_nobody', 'owner'), quotakit.revoke_access('regress_qk_nobody');
SELECT count(*) FROM quotakit.verify();
-- The last owner stays, and nobody but an owner changes who may do what.
SELECT quotakit.revoke_access('regress_qk_boss');
SELECT quotakit.grant_access('regress_qk_boss', 'viewer');
RESET ROLE;
SET quotakit.account = 'other';
SELECT quotakit.create_service('other_ai'), quotakit.create_node('other/x', 'other_ai') > 0 AS node, quotakit.set_policy('other', 5) AS policy,
       length(quotakit.create_key('k')) AS key, quotakit.grant_access('regress_qk_both', 'admin');
RESET quotakit.account;
INSERT INTO quotakit.service (account_id, service) VALUES (0, 'regress_built_in');

-- An analyst sees own rows only, in every table that has any.
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (relation text, accounts text) LANGUAGE plpgsql AS $$
BEGIN
  FOR relation IN
    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
    WHERE c.relnamespace = 'quotakit'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
      AND c.relname NOT LIKE 'regress%' ORDER BY 1
  LOOP
    EXECUTE pg_catalog.format('SELECT string_agg(DISTINCT account_id::text, '','') FROM quotakit.%I', relation) INTO accounts;
    CONTINUE WHEN relation NOT IN ('account', 'access', 'api_key', 'api_key_list', 'audit_log', 'node', 'policy', 'service')
      AND (accounts IS NULL OR accounts IN ('0', '2', '0,2'));
    RETURN NEXT;
  END LOOP;
END $$;
SET ROLE regress_qk_anna;
SELECT * FROM quotakit.current_account();
SELECT * FROM pg_temp.seen();
SELECT service FROM quotakit.service WHERE service IN ('acme_ai', 'other_ai', 'regress_built_in') ORDER BY 1;
SELECT role_name, access FROM quotakit.access ORDER BY 1;
SELECT key_hash FROM quotakit.api_key;
SELECT name, revoked_at IS NOT NULL AS revoked FROM quotakit.api_key ORDER BY key_id;
-- She changes nothing, and may not even ask.
SELECT quotakit.create_node('acme/y');
SELECT quotakit.create_account('mine');
SELECT quotakit.make_roles();
SELECT quotakit._accounts_of('regress_qk_both');
INSERT INTO quotakit.access VALUES (1, 'regress_qk_anna', 'owner');
UPDATE quotakit.account SET name = 'mine';
SELECT * FROM quotakit.event_default;
SET quotakit.account = 'other';
SELECT * FROM quotakit.current_account();
SET quotakit.account = 'no_such_account';
SELECT * FROM quotakit.current_account();
RESET quotakit.account;
-- The setting alone gives no rows either.
SET quotakit.account = '1';
SELECT count(*) FROM quotakit.node WHERE account_id = 1;
RESET quotakit.account;
RESET ROLE;

-- A member of a mapped role, by inheritance.
SET ROLE regress_qk_tess;
SELECT * FROM quotakit.current_account();
SELECT DISTINCT account_id FROM quotakit.node;
RESET ROLE;
-- Two accounts: both are seen, one is chosen to act for.
SET ROLE regress_qk_both;
SELECT DISTINCT account_id FROM quotakit.node ORDER BY 1;
SELECT * FROM quotakit.current_account();
SET quotakit.account = 'other';
SELECT * FROM quotakit.current_account();
-- Admin of the account by mapping, but in no group that may execute this.
SELECT quotakit.create_node('other/y');
RESET quotakit.account;
RESET ROLE;
-- The other way round: may execute it, but is only a viewer.
GRANT quotakit_admin TO regress_qk_anna;
SET ROLE regress_qk_anna;
SELECT quotakit.create_node('acme/y');
SELECT quotakit.grant_access('regress_qk_anna', 'owner');
RESET ROLE;
REVOKE quotakit_admin FROM regress_qk_anna;
-- An app calls, and reads no table.
SET ROLE regress_qk_app;
SELECT name, access FROM quotakit.current_account();
SELECT outcome FROM quotakit.log('acme/search', usd => 0.5);
SELECT count(*) FROM quotakit.node;
SELECT quotakit.create_node('acme/y');
RESET ROLE;
-- A reader does not call.
SET ROLE regress_qk_anna;
SELECT outcome FROM quotakit.log('acme/search', usd => 0.5);
SELECT account_id, usd FROM quotakit.event;
RESET ROLE;
-- The jobs are the owner's to watch: a reader sees what there is, and is not told that it never ran.
INSERT INTO quotakit.job_log (job, ended_at, ok) VALUES ('tidy', clock_timestamp(), true);
SELECT status FROM quotakit.job_status WHERE job = 'tidy';
SET ROLE regress_qk_anna;
SELECT job, every, status, last_started_at FROM quotakit.job_status WHERE job IN ('tidy', 'fold_rollups') ORDER BY job;
RESET ROLE;
-- Nobody is let in.
SET ROLE regress_qk_nobody;
SELECT quotakit.current_account();
SELECT 1 FROM quotakit.node;
RESET ROLE;
-- A reader with no account.
GRANT quotakit_reader TO regress_qk_nobody;
SET ROLE regress_qk_nobody;
SELECT count(*) FROM quotakit.node;
SELECT quotakit.current_account();
RESET ROLE;

-- A SECURITY DEFINER function of anna's shows what anna sees, whoever runs it; a view
-- of hers what its reader sees, as current_user is the reader there.
CREATE SCHEMA regress_qk AUTHORIZATION regress_qk_anna;
SET ROLE regress_qk_anna;
CREATE FUNCTION regress_qk.nodes() RETURNS TABLE (account_id int, path quotakit.qpath) LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS 'SELECT account_id, path FROM quotakit.node';
CREATE VIEW regress_qk.node AS SELECT account_id, path FROM quotakit.node;
CREATE VIEW regress_qk.invoker WITH (security_invoker = true) AS SELECT account_id, path FROM quotakit.node;
GRANT USAGE ON SCHEMA regress_qk TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_qk TO PUBLIC;
RESET ROLE;
SET ROLE regress_qk_both;
SELECT DISTINCT account_id FROM regress_qk.nodes();
SELECT DISTINCT account_id FROM regress_qk.node ORDER BY 1;
SELECT DISTINCT account_id FROM regress_qk.invoker ORDER BY 1;
RESET ROLE;

-- Row security keeps the index range: both conditions stand in the index.
INSERT INTO quotakit.node (account_id, path)
SELECT a, ('bulk/' || g % 50 || '/' || g)::text::quotakit.qpath FROM generate_series(1, 4000) g, generate_series(1, 2) a;
ANALYZE quotakit.node;
SET ROLE regress_qk_anna;
SET enable_seqscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT node_id FROM quotakit.node WHERE path OPERATOR(quotakit.<@) 'bulk/7';
SELECT count(*) FROM quotakit.node WHERE path OPERATOR(quotakit.<@) 'bulk/7';
PREPARE sub(quotakit.qpath) AS SELECT node_id FROM quotakit.node WHERE path OPERATOR(quotakit.<@) $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE sub('bulk/7');
RESET enable_seqscan; RESET enable_bitmapscan; RESET plan_cache_mode;
RESET ROLE;

-- A dropped role is an entry without effect, not an error.
SET quotakit.account = 'acme';
CREATE ROLE regress_qk_brief;
SELECT quotakit.grant_access('regress_qk_brief', 'owner');
DROP ROLE regress_qk_brief;
SET ROLE regress_qk_anna;
SELECT count(*) FROM quotakit.account;
RESET ROLE;
SELECT quotakit.revoke_access('regress_qk_brief');

SET client_min_messages = warning;
DROP SCHEMA regress_qk CASCADE;
DROP ROLE regress_qk_boss, regress_qk_anna, regress_qk_team, regress_qk_tess, regress_qk_app, regress_qk_nobody, regress_qk_both;
