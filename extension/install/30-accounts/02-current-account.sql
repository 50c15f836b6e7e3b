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
COMMENT ON FUNCTION quotakit._account_access IS
  'The current account and what the caller may do there: the one in the setting quotakit.account, or else the only '
  'one they have. None: QK016; not theirs: insufficient_privilege.';

CREATE FUNCTION quotakit.current_account(OUT account_id int4, OUT name text, OUT access text) RETURNS record
  LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$ SELECT account_id, name, access FROM quotakit._account_access() $$;
COMMENT ON FUNCTION quotakit.current_account IS
  'The account that calls act for: number, name, and what you may do there (owner, admin or viewer). Chosen by SET '
  'quotakit.account (a name or number), or the only one you have. None: QK016; not yours: insufficient_privilege.';

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
COMMENT ON FUNCTION quotakit._acting_account IS
  'Number of the current account, where the caller must be at least viewer, admin or owner. None: QK016; less: insufficient_privilege.';

CREATE FUNCTION quotakit._actor() RETURNS text
  LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
  -- The role always stands first: a setting alone cannot pass for somebody else.
  SELECT quotakit._caller() || coalesce(' for ' || coalesce((quotakit._acting()).actor,
                                                            nullif(current_setting('quotakit.actor', true), '')), '')
$$;
COMMENT ON FUNCTION quotakit._actor IS
  'Who acts, for the audit log: the PostgreSQL role, and after "for" the member whose session it is, or whom or what the setting quotakit.actor names.';

CREATE FUNCTION quotakit._lock_account(account_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Changes of one account queue here, before they take a project's lock: one
  -- that waits for another holds nothing that a call needs. Calls never take
  -- this lock, and the key share of foreign keys passes it.
  PERFORM FROM quotakit.account a WHERE a.account_id = _lock_account.account_id FOR NO KEY UPDATE;
END $$;
COMMENT ON FUNCTION quotakit._lock_account IS
  'Queues changes of one account''s configuration until the end of the transaction. Taken before any project''s lock.';

CREATE FUNCTION quotakit._touch(account_id int4) RETURNS void
  LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE quotakit.account a SET version = nextval('quotakit.config_version_seq')
  WHERE a.account_id = _touch.account_id
$$;
COMMENT ON FUNCTION quotakit._touch IS
  'Gives the account a new version, so that every backend reads its configuration again. The last write of a change.';

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
COMMENT ON FUNCTION quotakit._require_read_committed IS
  'Refuses a REPEATABLE READ or SERIALIZABLE transaction (feature_not_supported): for functions that fill counters.';
