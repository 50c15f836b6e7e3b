-- From 0.1.0 to 0.2.0. First come the views, for whoever reads them, then the tables in the order in which a call
-- takes them: one that had its account and waited for the counters would be a deadlock. Nobody is waited for
-- long: where a lock is not to be had nothing has changed, and the update can be tried again.

SET LOCAL lock_timeout = '3s';
SELECT quotakit._require_read_committed();
ALTER VIEW quotakit.unpriced_model SET (security_invoker = true);
ALTER VIEW quotakit.usage_hour SET (security_invoker = true);
ALTER VIEW quotakit.node_status SET (security_invoker = true);
ALTER VIEW quotakit.policy_status SET (security_invoker = true);
LOCK TABLE quotakit.account IN ACCESS EXCLUSIVE MODE;
LOCK TABLE quotakit.policy IN ACCESS EXCLUSIVE MODE;
LOCK TABLE quotakit.counter IN SHARE UPDATE EXCLUSIVE MODE;
LOCK TABLE quotakit.counter IN ACCESS EXCLUSIVE MODE;

-- Nothing is decided from here on. The library of 0.1.0 looks at no table's columns before it writes, and
-- a session that has it may be within a call by now, waiting for us. With the counters open, each call asks
-- for its account's config_version: it must not find one any more.
ALTER TABLE quotakit.account RENAME COLUMN config_version TO version;
DO $$
BEGIN
  -- From PostgreSQL 18 on it has a constraint with its name.
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'quotakit.account'::regclass AND conname = 'account_config_version_not_null') THEN
    ALTER TABLE quotakit.account RENAME CONSTRAINT account_config_version_not_null TO account_version_not_null;
  END IF;
END $$;

-- A counter's time begins now, said once for all rows, so that none is written anew.
DO $$
BEGIN
  EXECUTE format('ALTER TABLE quotakit.counter ADD COLUMN decided_at timestamptz NOT NULL DEFAULT %L', clock_timestamp());
END $$;
ALTER TABLE quotakit.counter ALTER COLUMN decided_at SET DEFAULT '-infinity';

-- Attempts that were counted were of all networks together, as those of an unknown one are.
ALTER TABLE quotakit.sign_in_attempt ADD COLUMN network cidr NOT NULL DEFAULT '0.0.0.0/0', ADD COLUMN known bool NOT NULL DEFAULT false;
ALTER TABLE quotakit.sign_in_attempt ALTER COLUMN network DROP DEFAULT, ALTER COLUMN known DROP DEFAULT,
  DROP CONSTRAINT sign_in_attempt_pkey, ADD PRIMARY KEY (account_id, email_hash, network, minute);

-- Gone, or of other arguments or results.
DROP FUNCTION quotakit._create_nodes(int4, quotakit.qpath, text);
DROP FUNCTION quotakit._write_counter(int4, int4, timestamptz, numeric, timestamptz[], numeric[], timestamptz[], numeric[]);
DROP FUNCTION quotakit._folded(int4, int4[], int4[], timestamptz, timestamptz, text, text, text);
DROP FUNCTION quotakit._unfolded(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text);
DROP FUNCTION quotakit._cells(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text);
DROP FUNCTION quotakit._own(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text);
DROP TYPE quotakit._cell;
DROP FUNCTION quotakit.settle(uuid, int8, int8, numeric, numeric, int8, jsonb, text, text, bool, bool, bool, jsonb, text);
DROP FUNCTION quotakit.log(text, text, int8, int8, numeric, numeric, int8, jsonb, text, text, bool, bool, bool, jsonb, uuid);
DROP FUNCTION quotakit.draw(uuid, int8, int8, numeric, numeric, int8, jsonb, text, bool, text, bool, bool, bool, jsonb, uuid);
DROP FUNCTION quotakit._partitions();
DROP FUNCTION quotakit._pgcrypto(text);
DROP FUNCTION quotakit._crypt(text, text);
DROP FUNCTION quotakit._throttle(text);
DROP FUNCTION quotakit._signed_in(int4, int4);
DROP FUNCTION quotakit._api_routes();
DROP FUNCTION quotakit.api(int4, bytea, text, bool, text, text, text, bytea);
ALTER TYPE quotakit._who ADD ATTRIBUTE network cidr;

@changes@

-- The words that a policy may have are the library's.
ALTER TABLE quotakit.policy
  DROP CONSTRAINT policy_unit_check, ADD CONSTRAINT policy_unit_check CHECK (unit = ANY (quotakit._units())),
  DROP CONSTRAINT policy_period_check, ADD CONSTRAINT policy_period_check CHECK (period = ANY (quotakit._periods())),
  DROP CONSTRAINT policy_enforcement_check, ADD CONSTRAINT policy_enforcement_check CHECK (enforcement = ANY (quotakit._enforcements()));

COMMENT ON COLUMN quotakit.ledger.mismatched IS 'The provider''s numbers did not add up; the usage is what its rules make of them.';
COMMENT ON COLUMN quotakit.policy_status.percent_held IS
  'Held in percent of the limit, cut to two decimals; may be more than 100, since holds stand when a limit is lowered.';
COMMENT ON COLUMN quotakit.node_status.percent_held IS
  'Held in percent of the limit, cut to two decimals; may be more than 100, since holds stand when a limit is lowered.';
COMMENT ON COLUMN quotakit.policy_status.status IS
  'healthy, warning (70 %), critical (90 %), over (100 % of the limit) or none: of what is used; for strict and shadow of what is '
  'used and held.';
COMMENT ON COLUMN quotakit.node_status.status IS
  'healthy, warning (70 %), critical (90 %), over (100 % of the limit) or none: of what is used; for strict and shadow of what is '
  'used and held.';
COMMENT ON COLUMN quotakit.ledger.tokens IS 'Tokens of all classes, and of the named meters that are tokens.';
COMMENT ON COLUMN quotakit.ledger.fallback_price IS 'Some tokens have the price of the class they are a part of.';
COMMENT ON COLUMN quotakit.ledger.reconciled IS
  'An adjustment of no event: what a bill has and no event, booked by book_difference().';
COMMENT ON COLUMN quotakit.refusal_log.reason IS
  'quota, unpriced (the cost was not known), unmeasured (the usage was not given), window_ended (the id was of a window that is '
  'over) or frozen.';

-- The tables of bills: theirs to see, dumped, and in the audit log.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bill_bucket', 'bill_line', 'bill_booking', 'refund', 'capture_alert', 'capture_fired'] LOOP
    EXECUTE format('ALTER TABLE quotakit.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_accounts ON quotakit.%I FOR SELECT USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))))', t);
    EXECUTE format('COMMENT ON POLICY own_accounts ON quotakit.%I IS %L', t, 'Rows of the accounts that the reader is mapped to.');
    PERFORM pg_extension_config_dump(format('quotakit.%I', t)::regclass, '');
    CONTINUE WHEN t IN ('bill_line', 'capture_fired');
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotakit.%I FOR EACH ROW EXECUTE FUNCTION quotakit._audit()', t);
    EXECUTE format('COMMENT ON TRIGGER audit ON quotakit.%I IS %L', t, 'Writes every change to audit_log.');
  END LOOP;
  PERFORM pg_extension_config_dump('quotakit.booking_id_seq'::regclass, '');
END $$;

ALTER TABLE quotakit.sign_in_network ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_accounts ON quotakit.sign_in_network FOR SELECT
  USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))));
COMMENT ON POLICY own_accounts ON quotakit.sign_in_network IS 'Rows of the accounts that the reader is mapped to.';

-- The counter of a rolling policy now keeps five minutes more than its window, for ids that are so old:
-- taken from the ledger. Its own buckets are whole, as nothing that they count could come too late.
DO $$
#variable_conflict use_column
DECLARE
  r     record;
  n     int8;
  now   timestamptz := clock_timestamp();
  since timestamptz;
  kept  timestamptz;
BEGIN
  FOR r IN SELECT DISTINCT p.account_id, p.period, a.sealed_until
           FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
           WHERE p.rolling AND p.archived_at IS NULL LOOP
    since := quotakit.rolling_since(r.period, now);
    kept := quotakit._rolling_kept(r.period, now);
    WITH pol AS MATERIALIZED (
      SELECT p.policy_id, p.unit, p.model, quotakit._policy_nodes(p.account_id, p.policy_id) AS nodes
      FROM quotakit.policy p
      WHERE p.account_id = r.account_id AND p.rolling AND p.period = r.period AND p.archived_at IS NULL
    ), counted AS MATERIALIZED (
      SELECT p.policy_id, p.unit, p.model, n.node_id FROM pol p CROSS JOIN LATERAL unnest(p.nodes) AS n(node_id)
    ), state AS MATERIALIZED (
      SELECT DISTINCT ON (c.policy_id) c.*
      FROM pol p JOIN quotakit.counter c ON c.account_id = r.account_id AND c.policy_id = p.policy_id
      ORDER BY c.policy_id, c.seq DESC
    ), part AS (
      SELECT s.policy_id, b.bucket, b.used::numeric AS used
      FROM state s CROSS JOIN LATERAL unnest(s.bucket_start, s.bucket_used) AS b(bucket, used) WHERE b.bucket >= since
      UNION ALL
      SELECT c.policy_id, quotakit._rolling_place(r.period, e.at, now), quotakit.amount_of(quotakit.measures(e), c.unit)
      FROM counted c
      JOIN quotakit.event e ON e.account_id = r.account_id AND e.node_id = c.node_id AND (c.model IS NULL OR e.model = c.model)
      WHERE e.at >= greatest(kept, r.sealed_until) AND e.at < since
      UNION ALL
      SELECT b.policy_id, quotakit._rolling_place(r.period, b.window_start, now), b.used
      FROM pol p JOIN quotakit.baseline b ON b.account_id = r.account_id AND b.policy_id = p.policy_id
      WHERE b.window_start >= kept AND b.window_start < since
    ), bucket AS (
      SELECT x.policy_id, x.bucket, sum(x.used) AS used FROM part x GROUP BY 1, 2 HAVING sum(x.used) <> 0
    ), becomes AS (
      SELECT p.policy_id, coalesce(sum(b.used) FILTER (WHERE b.bucket >= since), 0) AS used,
             array_agg(b.bucket ORDER BY b.bucket) FILTER (WHERE b.bucket IS NOT NULL) AS starts,
             array_agg(b.used ORDER BY b.bucket) FILTER (WHERE b.bucket IS NOT NULL) AS amounts
      FROM pol p LEFT JOIN bucket b ON b.policy_id = p.policy_id GROUP BY p.policy_id
    )
    SELECT count(quotakit._write_counter(r.account_id, b.policy_id, '-infinity', b.used, s.hold_until, s.hold_amount::numeric[],
                                         b.starts, b.amounts, now))
    INTO n FROM becomes b LEFT JOIN state s ON s.policy_id = b.policy_id;
  END LOOP;
END $$;

-- The rules of providers' usage, with what every table has.
SELECT quotakit._load_usage_rules();
ALTER TABLE quotakit.usage_shape ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_accounts ON quotakit.usage_shape FOR SELECT
  USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))));
COMMENT ON POLICY own_accounts ON quotakit.usage_shape IS 'Rows of the accounts that the reader is mapped to.';
CREATE POLICY built_in ON quotakit.usage_shape FOR SELECT USING (account_id = 0);
COMMENT ON POLICY built_in ON quotakit.usage_shape IS 'Built-in rows are for everybody.';
ALTER TABLE quotakit.usage_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_accounts ON quotakit.usage_rule FOR SELECT
  USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))));
COMMENT ON POLICY own_accounts ON quotakit.usage_rule IS 'Rows of the accounts that the reader is mapped to.';
CREATE POLICY built_in ON quotakit.usage_rule FOR SELECT USING (account_id = 0);
COMMENT ON POLICY built_in ON quotakit.usage_rule IS 'Built-in rows are for everybody.';
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotakit.usage_shape FOR EACH ROW EXECUTE FUNCTION quotakit._audit();
COMMENT ON TRIGGER audit ON quotakit.usage_shape IS 'Writes every change to audit_log.';
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotakit.usage_rule FOR EACH ROW EXECUTE FUNCTION quotakit._audit();
COMMENT ON TRIGGER audit ON quotakit.usage_rule IS 'Writes every change to audit_log.';
SELECT pg_extension_config_dump('quotakit.usage_shape', 'WHERE NOT shipped');
SELECT pg_extension_config_dump('quotakit.usage_rule', 'WHERE NOT shipped');

-- New functions are nobody's but those of the types. Rights on all others stay as they are.
DO $$
DECLARE
  fn regprocedure;
BEGIN
  FOR fn IN
    SELECT p.oid FROM pg_proc p
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
    WHERE p.pronamespace = 'quotakit'::regnamespace AND NOT quotakit._is_type_function(p.oid)
      AND EXISTS (SELECT FROM aclexplode(coalesce(i.initprivs, acldefault('f', p.proowner))) a WHERE a.grantee = 0) LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', fn);
  END LOOP;
END $$;
