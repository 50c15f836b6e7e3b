-- What the gateway calls besides batch(). It has no authority of its own: each of
-- these takes a key's hash, and gives nothing without one that is valid.

CREATE FUNCTION quotakit._key_is_valid(account_id int4, secret bytea) RETURNS bool
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  -- A revoked key is looked up as a valid one is, and one that never was.
  SELECT EXISTS (SELECT FROM quotakit.api_key k
                 WHERE k.account_id = $1 AND k.key_hash = sha256($2) AND k.revoked_at IS NULL)
$$;
COMMENT ON FUNCTION quotakit._key_is_valid IS 'Whether the SHA-256 of an API key is that of one of the account''s keys that is not revoked.';

CREATE FUNCTION quotakit._answer_fault(status int4, code text, message text, hint text)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT $1, NULL::text, jsonb_build_object('outcome', CASE WHEN $1 = 401 THEN 'unauthorized' ELSE 'rejected' END,
                                            'code', $2, 'message', $3, 'hint', $4)::text
$$;
COMMENT ON FUNCTION quotakit._answer_fault IS 'What a reading function answers to what is wrong.';

CREATE FUNCTION quotakit.gateway_state(account_id int4, secret bytea, path text DEFAULT NULL, after text DEFAULT NULL)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
  asked quotakit.qpath;
  state jsonb;
BEGIN
  IF NOT quotakit._key_is_valid(account_id, secret) THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(401, 'unauthorized', 'the API key is not valid', NULL) f;
    RETURN;
  END IF;
  BEGIN
    asked := coalesce(path, after)::quotakit.qpath;
  EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(400, 'malformed', SQLERRM, NULL) f;
    RETURN;
  END;
  IF path IS NOT NULL THEN
    state := quotakit._state(account_id, asked);
  ELSE
    state := quotakit._states(account_id, asked, 1000);
  END IF;
  IF state IS NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(404, 'unknown_path', format('path "%s" does not exist', path),
      'Make it with quotakit.create_node(), or let the account create paths by itself.') f;
    RETURN;
  END IF;
  RETURN QUERY SELECT 200, left(encode(sha256(convert_to(s.body, 'UTF8')), 'hex'), 32), s.body
               FROM (SELECT state::text AS body) s;
END $$;
COMMENT ON FUNCTION quotakit.gateway_state IS
  'For the gateway: the state of a path, or of all paths in brief after a given one, for the holder of a key (its '
  'SHA-256). Returns an HTTP status (200, 400, 401, 404), a tag that changes with the state, and JSON.';

-- Amounts come as text: what is wrong with one is the caller's fault, not an error here.
CREATE FUNCTION quotakit.gateway_explain(account_id int4, secret bytea, path text, service text DEFAULT NULL, model text DEFAULT NULL,
    usd text DEFAULT NULL, credits text DEFAULT NULL, requests text DEFAULT NULL, tokens text DEFAULT NULL)
    RETURNS TABLE (status int4, etag text, body text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
  fault text;
  said  text;
BEGIN
  IF NOT quotakit._key_is_valid(account_id, secret) THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(401, 'unauthorized', 'the API key is not valid', NULL) f;
    RETURN;
  ELSIF path IS NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(400, 'malformed', '"path" is missing', NULL) f;
    RETURN;
  END IF;
  BEGIN
    SELECT jsonb_build_object('path', $3, 'policies', coalesce(jsonb_agg(CASE
        WHEN e.policy_id IS NULL THEN jsonb_build_object('path', e.policy_path, 'frozen', substr(e.enforcement, 9), 'would_refuse', true)
        ELSE jsonb_build_object('policy', e.policy_id, 'path', e.policy_path, 'unit', e.unit, 'period', e.period, 'rolling', e.rolling,
          'service', e.policy_service, 'model', e.policy_model, 'enforcement', e.enforcement, 'limit', e.limit_amount::text,
          'used', e.used::text, 'held', e.held::text, 'asked', e.asked::text, 'headroom', e.headroom::text,
          'exceeds', e.exceeds, 'would_refuse', e.would_refuse, 'first_to_trip', e.first_to_trip,
          'window_start', quotakit._iso_time(e.window_start), 'resets_at', quotakit._iso_time(e.resets_at)) END), '[]'),
      'would_refuse', coalesce(bool_or(e.would_refuse), false))::text
    INTO said
    FROM quotakit._explain($1, $3::quotakit.qpath, $4, $5, quotakit.from_nano(quotakit._to_unit($6::numeric, 'usd')),
      coalesce(quotakit._to_unit($8::numeric, 'requests'), 1), quotakit._to_unit($9::numeric, 'tokens'),
      quotakit.from_nano(quotakit._to_unit($7::numeric, 'credits'))) e;
  EXCEPTION
    WHEN SQLSTATE 'QK001' THEN fault := 'unknown_path'; said := SQLERRM; status := 404;
    WHEN SQLSTATE 'QK002' THEN fault := 'archived_path'; said := SQLERRM; status := 422;
    WHEN SQLSTATE 'QK003' THEN fault := 'service_mismatch'; said := SQLERRM; status := 422;
    WHEN SQLSTATE 'QK008' THEN fault := 'out_of_range'; said := SQLERRM; status := 422;
    WHEN data_exception OR program_limit_exceeded THEN fault := 'malformed'; said := SQLERRM; status := 400;
  END;
  IF fault IS NOT NULL THEN
    RETURN QUERY SELECT f.* FROM quotakit._answer_fault(status, fault, said, NULL) f;
  ELSE
    RETURN QUERY SELECT 200, NULL::text, said;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.gateway_explain IS
  'For the gateway: what explain() says about a call, for the holder of a key (its SHA-256). Amounts are decimals as '
  'text. Returns an HTTP status (200, 400, 401, 404, 422), no tag, and JSON.';

CREATE FUNCTION quotakit.gateway_session() RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  s record;
BEGIN
  -- What the gateway hands over are passwords, and hashes that open what they were made of: nothing for the
  -- server's log, whatever that is told to hold. Some of this only a superuser may say, as the owner of this
  -- function. Plans hold values, too; statements inside functions are not reported with theirs.
  FOR s IN SELECT v.* FROM (VALUES
      ('log_parameter_max_length', '0'), ('log_parameter_max_length_on_error', '0'),
      ('debug_print_plan', 'off'), ('auto_explain.log_nested_statements', 'off'), ('auto_explain.log_verbose', 'off'),
      ('auto_explain.log_parameter_max_length', '0'), ('pgaudit.log_parameter', 'off')) AS v(name, value)
    -- Those of extensions are there only where the extension is.
    WHERE current_setting(v.name, true) IS NOT NULL
  LOOP
    PERFORM set_config(s.name, s.value, false);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.gateway_session IS
  'For the gateway, first of all in a session: sees to it that nothing that it hands over is written to the server''s log.';

CREATE FUNCTION quotakit.gateway_flush() RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- Something must be written for a commit to wait for the disk; nobody reads it.
  SELECT pg_logical_emit_message(true, 'quotakit', '')
$$;
COMMENT ON FUNCTION quotakit.gateway_flush IS
  'For the gateway: its commit, under the server''s synchronous_commit, makes all that was committed before it durable too.';

CREATE FUNCTION quotakit.make_gateway_role() RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fn      regprocedure;
  granted text;
BEGIN
  IF to_regrole('quotakit_gateway') IS NULL THEN
    CREATE ROLE quotakit_gateway LOGIN NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  -- SET ROLE goes to roles one is a member of: it must be none.
  SELECT string_agg(quote_ident(r.rolname), ', ') INTO granted
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = 'quotakit_gateway'::regrole;
  IF granted IS NOT NULL THEN
    RAISE EXCEPTION 'role "quotakit_gateway" is a member of %', granted
      USING ERRCODE = 'invalid_grant_operation',
            DETAIL = 'What the gateway may do must be its functions and nothing else.',
            HINT = format('REVOKE %s FROM quotakit_gateway.', granted);
  END IF;
  GRANT USAGE ON SCHEMA quotakit TO quotakit_gateway;
  FOREACH fn IN ARRAY ARRAY['quotakit.batch(int4[], bytea[], bytea[])', 'quotakit.gateway_state(int4, bytea, text, text)',
      'quotakit.gateway_explain(int4, bytea, text, text, text, text, text, text, text)',
      'quotakit.gateway_session()', 'quotakit.gateway_flush()', 'quotakit.gateway_api()',
      'quotakit.api(int4, bytea, text, bool, text, text, text, bytea, inet)']::regprocedure[] LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO quotakit_gateway', fn);
  END LOOP;
  -- Every role has these through PUBLIC, and none can be denied them alone.
  IF has_database_privilege('quotakit_gateway', current_database(), 'TEMP') THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  END IF;
  IF has_schema_privilege('quotakit_gateway', 'public', 'CREATE') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.make_gateway_role IS
  'Makes the role quotakit_gateway (LOGIN; give it a password or a rule in pg_hba.conf) where missing, and grants it '
  'the functions that the gateway calls: nothing else. So that it can make no temporary table either, TEMPORARY on '
  'this database and CREATE on the schema public are revoked from PUBLIC; grant them to roles that need them. May be '
  'run again, and should be after an update of the extension. Needs CREATEROLE and the ownership of the extension and '
  'of the database. It is a member of some role: invalid_grant_operation.';
