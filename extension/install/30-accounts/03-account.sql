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
COMMENT ON FUNCTION quotakit.create_account IS
  'Makes an account and returns its number. The caller becomes its owner, unless a superuser. Time zone: an IANA '
  'name; billing day 1 to 28; week start 1 (Monday) to 7; on_unknown_path: reject or create. Name taken: QK015; out of range: QK008.';

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
  periods := quotakit._periods(CASE WHEN rezone THEN 1 ELSE 0 END | CASE WHEN new.billing_day <> old.billing_day THEN 2 ELSE 0 END
                               | CASE WHEN new.week_start <> old.week_start THEN 4 ELSE 0 END);
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
COMMENT ON FUNCTION quotakit.set_account IS
  'Changes what is given of the current account (owner only). An empty contact or billing address clears it, and so '
  'does a credit price of 0. Another time zone, billing day or week start recounts the current windows of its '
  'policies, with all its projects locked; another time zone also sums the whole ledger anew by its hours, which '
  'takes about as long as reading it. Out of range: QK008; name taken: QK015.';

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
COMMENT ON FUNCTION quotakit._keep_an_owner IS
  'Raises object_not_in_prerequisite_state when an account has lost its last owner, unless the caller is a superuser.';

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
COMMENT ON FUNCTION quotakit.grant_access IS
  'Lets a PostgreSQL role and its members act for the current account as owner, admin or viewer, or changes that '
  '(owner only). What it may execute at all comes from membership in quotakit_reader, quotakit_app or quotakit_admin. Unknown role: undefined_object.';

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
COMMENT ON FUNCTION quotakit.revoke_access IS
  'Ends what a PostgreSQL role may do for the current account (owner only). No such access: undefined_object; the last owner stays.';
