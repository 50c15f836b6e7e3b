-- Who is signed in, keys, members, settings, statements, export.

CREATE FUNCTION quotakit._me_json(me quotakit._who) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'account', jsonb_build_object('id', a.account_id, 'name', a.name, 'time_zone', a.time_zone, 'billing_day', a.billing_day,
      'week_start', a.week_start, 'usd_per_credit', trim_scale(a.usd_per_credit)::text,
      'paths', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = a.account_id),
      'keys', (SELECT count(*) FROM quotakit.api_key k WHERE k.account_id = a.account_id AND k.revoked_at IS NULL),
      'calls', EXISTS (SELECT FROM quotakit.rollup_delta d WHERE d.account_id = a.account_id)
            OR EXISTS (SELECT FROM quotakit.rollup_hour h WHERE h.account_id = a.account_id)),
    'member', (SELECT jsonb_build_object('id', m.member_id, 'email', m.email, 'name', m.name, 'role', m.role)
               FROM quotakit.member m WHERE m.account_id = a.account_id AND m.member_id = $1.member_id),
    'csrf', quotakit._csrf($1.secret), 'now', quotakit._iso_time(date_trunc('second', statement_timestamp())),
    'version', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'quotakit'))
  FROM quotakit.account a WHERE a.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._me_json IS 'Who is signed in, as the API shows it.';

CREATE FUNCTION quotakit._signed_in(account_id int4, member_id int4, network cidr) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  me    quotakit._who;
  token text := quotakit._new_session(account_id, member_id);
BEGIN
  -- The failures before it are forgotten, but not those from elsewhere.
  DELETE FROM quotakit.sign_in_attempt a USING quotakit.member m
  WHERE m.account_id = _signed_in.account_id AND m.member_id = _signed_in.member_id
    AND a.account_id = 0 AND a.email_hash = quotakit._email_hash(m.email) AND a.network = _signed_in.network;
  PERFORM quotakit._remember_network(account_id, member_id, network);
  me.account_id := account_id;
  me.member_id := member_id;
  me.secret := sha256(convert_to(token, 'UTF8'));
  RETURN quotakit._me_json(me) || jsonb_build_object('_cookie', token);
END $$;
COMMENT ON FUNCTION quotakit._signed_in IS 'Begins a session, and remembers where; the answer carries its token for the cookie.';

CREATE FUNCTION quotakit._end_session(me quotakit._who) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM quotakit.session s WHERE s.account_id = $1.account_id AND s.token_hash = sha256($1.secret) $$;
COMMENT ON FUNCTION quotakit._end_session IS 'Ends the session that a call came with; without one nothing.';

CREATE FUNCTION quotakit._signup_is_open() RETURNS bool
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Asking _acting() loads the library first, without which nothing guards the setting.
  SELECT CASE current_setting('quotakit.signup') WHEN 'open' THEN true WHEN 'closed' THEN false
         ELSE NOT EXISTS (SELECT FROM quotakit.member) END
  FROM quotakit._acting()
$$;
COMMENT ON FUNCTION quotakit._signup_is_open IS 'Whether a stranger may make an account, by the setting quotakit.signup.';

CREATE FUNCTION quotakit._api_signup_state(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT jsonb_build_object('open', quotakit._signup_is_open()) $$;
COMMENT ON FUNCTION quotakit._api_signup_state IS 'GET /api/signup';

CREATE FUNCTION quotakit._api_signup(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4;
  member  int4;
  email   text := quotakit._email(quotakit._api_text(body, 'email'));
BEGIN
  -- Two who are first at once: one is.
  PERFORM pg_advisory_xact_lock(20811, 0);
  IF NOT quotakit._signup_is_open() THEN
    RAISE EXCEPTION 'sign-up is closed' USING ERRCODE = 'QK019',
      HINT = 'Ask an owner for an invitation; the DBA decides by the setting quotakit.signup.';
  END IF;
  PERFORM quotakit._act_as(0, 'viewer', email);
  account := quotakit.create_account(name => quotakit._api_text(body, 'account'),
    time_zone => coalesce(nullif(quotakit._api_text(body, 'time_zone'), ''), 'UTC'), contact_email => email,
    contact_name => nullif(quotakit._api_text(body, 'name'), ''));
  member := quotakit._create_member(account, email, quotakit._api_text(body, 'password'), 'owner', quotakit._api_text(body, 'name'));
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(account, member, me.network);
END $$;
COMMENT ON FUNCTION quotakit._api_signup IS 'POST /api/signup';

CREATE FUNCTION quotakit._api_signin(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who record;
BEGIN
  who := quotakit._check_password(quotakit._api_text(body, 'email'), quotakit._api_text(body, 'password'));
  IF who.member_id IS NULL THEN
    RAISE EXCEPTION 'e-mail or password is wrong' USING ERRCODE = 'QK022';
  END IF;
  -- A session that was there before is not taken over: whoever planted it gets nothing.
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(who.account_id, who.member_id, me.network);
END $$;
COMMENT ON FUNCTION quotakit._api_signin IS 'POST /api/signin';

CREATE FUNCTION quotakit._api_signout(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF quotakit._api_bool(body, 'everywhere', false) THEN
    DELETE FROM quotakit.session s WHERE s.account_id = me.account_id AND s.member_id = me.member_id;
  END IF;
  PERFORM quotakit._end_session(me);
  RETURN jsonb_build_object('_cookie', '');
END $$;
COMMENT ON FUNCTION quotakit._api_signout IS 'POST /api/signout';

CREATE FUNCTION quotakit._api_password(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who record;
BEGIN
  who := quotakit._check_password(me.email, quotakit._api_text(body, 'old'));
  IF who.member_id IS DISTINCT FROM me.member_id THEN
    RAISE EXCEPTION 'the password is wrong' USING ERRCODE = 'QK022';
  END IF;
  UPDATE quotakit.member m SET password_hash = quotakit._hash_password(quotakit._api_text(body, 'new'), m.email)
  WHERE m.account_id = me.account_id AND m.member_id = me.member_id;
  DELETE FROM quotakit.session s WHERE s.account_id = me.account_id AND s.member_id = me.member_id;
  RETURN quotakit._signed_in(me.account_id, me.member_id, me.network);
END $$;
COMMENT ON FUNCTION quotakit._api_password IS 'POST /api/password';

CREATE FUNCTION quotakit._api_me(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._me_json($1) $$;
COMMENT ON FUNCTION quotakit._api_me IS 'GET /api/me';

CREATE FUNCTION quotakit._api_set_me(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  called text := nullif(quotakit._api_text(body, 'name'), '');
BEGIN
  IF called IS NOT NULL THEN
    PERFORM quotakit._check_name('name', called, 200);
  END IF;
  UPDATE quotakit.member m SET name = called WHERE m.account_id = me.account_id AND m.member_id = me.member_id;
  RETURN quotakit._me_json(me);
END $$;
COMMENT ON FUNCTION quotakit._api_set_me IS 'PATCH /api/me';

CREATE FUNCTION quotakit._invitation(token text) RETURNS quotakit.invitation
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  i quotakit.invitation;
BEGIN
  IF token ~ '^aisi_[0-9]{1,9}_[A-Za-z0-9_-]{43}$' THEN
    SELECT * INTO i FROM quotakit.invitation x
    WHERE x.account_id = split_part(token, '_', 2)::int4 AND x.token_hash = sha256(convert_to(token, 'UTF8'))
    FOR NO KEY UPDATE;
  END IF;
  IF i.invitation_id IS NULL OR i.used_at IS NOT NULL OR i.expires_at <= now() THEN
    RAISE EXCEPTION 'the invitation was used or has ended' USING ERRCODE = 'QK021', HINT = 'Ask an owner of the account for a new one.';
  END IF;
  RETURN i;
END $$;
COMMENT ON FUNCTION quotakit._invitation IS 'The open invitation that a token stands for, locked. None: QK021.';

CREATE FUNCTION quotakit._api_invitation(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('account', a.name, 'email', i.email, 'role', i.role, 'expires_at', quotakit._iso_time(i.expires_at))
  FROM quotakit._invitation(quotakit._api_text($2, 'token')) i JOIN quotakit.account a ON a.account_id = i.account_id
$$;
COMMENT ON FUNCTION quotakit._api_invitation IS 'GET /api/invitation';

CREATE FUNCTION quotakit._api_join(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  i      quotakit.invitation := quotakit._invitation(quotakit._api_text(body, 'token'));
  member int4;
BEGIN
  PERFORM quotakit._act_as(i.account_id, 'viewer', i.email);
  member := quotakit._create_member(i.account_id, i.email, quotakit._api_text(body, 'password'), i.role, quotakit._api_text(body, 'name'));
  UPDATE quotakit.invitation x SET used_at = clock_timestamp() WHERE x.account_id = i.account_id AND x.invitation_id = i.invitation_id;
  PERFORM quotakit._end_session(me);
  RETURN quotakit._signed_in(i.account_id, member, me.network);
END $$;
COMMENT ON FUNCTION quotakit._api_join IS 'POST /api/join';

CREATE FUNCTION quotakit._api_keys(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('keys', coalesce(jsonb_agg(jsonb_build_object('id', k.key_id, 'name', k.name, 'created_at', quotakit._iso_time(k.created_at),
      'created_by', regexp_replace(k.created_by, '^.* for ', ''), 'revoked_at', quotakit._iso_time(k.revoked_at), 'last_used', quotakit._iso_time(k.last_used))
      ORDER BY k.revoked_at IS NOT NULL, k.key_id DESC), '[]'),
    'sql', 'SELECT * FROM quotakit.api_key_list ORDER BY key_id DESC;')
  FROM quotakit.api_key k WHERE k.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_keys IS 'GET /api/keys';

CREATE FUNCTION quotakit._api_create_key(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  secret text := quotakit.create_key(quotakit._api_text(body, 'name'));
BEGIN
  RETURN (SELECT jsonb_build_object('id', k.key_id, 'name', k.name, 'key', secret) FROM quotakit.api_key k
          WHERE k.account_id = me.account_id AND k.key_hash = sha256(sha256(convert_to(secret, 'UTF8'))));
END $$;
COMMENT ON FUNCTION quotakit._api_create_key IS 'POST /api/keys';

CREATE FUNCTION quotakit._api_revoke_key(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.revoke_key(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_revoke_key IS 'DELETE /api/keys/{id}';

CREATE FUNCTION quotakit._member_json(m quotakit.member) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', m.member_id, 'email', m.email, 'name', m.name, 'role', m.role,
    'created_at', quotakit._iso_time(m.created_at), 'last_seen', quotakit._iso_time(m.last_used))
$$;
COMMENT ON FUNCTION quotakit._member_json IS 'A member as the API shows it.';

CREATE FUNCTION quotakit._api_members(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'members', (SELECT coalesce(jsonb_agg(quotakit._member_json(m) ORDER BY m.member_id), '[]') FROM quotakit.member m WHERE m.account_id = $1.account_id),
    'invitations', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.invitation_id, 'email', i.email, 'role', i.role,
        'invited_by', regexp_replace(i.invited_by, '^.* for ', ''), 'created_at', quotakit._iso_time(i.created_at),
        'expires_at', quotakit._iso_time(i.expires_at)) ORDER BY i.invitation_id), '[]')
      FROM quotakit.invitation i WHERE i.account_id = $1.account_id AND i.used_at IS NULL AND i.expires_at > statement_timestamp()))
$$;
COMMENT ON FUNCTION quotakit._api_members IS 'GET /api/members';

CREATE FUNCTION quotakit._api_invite(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  token text := quotakit.invite_member(quotakit._api_text(body, 'email'), quotakit._api_text(body, 'role'));
BEGIN
  RETURN (SELECT jsonb_build_object('id', i.invitation_id, 'email', i.email, 'role', i.role, 'token', token,
                                    'expires_at', quotakit._iso_time(i.expires_at))
          FROM quotakit.invitation i WHERE i.account_id = me.account_id AND i.token_hash = sha256(convert_to(token, 'UTF8')));
END $$;
COMMENT ON FUNCTION quotakit._api_invite IS 'POST /api/members';

CREATE FUNCTION quotakit._api_set_member(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.set_member(quotakit._api_id(query, 'id'), quotakit._api_text(body, 'role'));
  RETURN (SELECT quotakit._member_json(m) FROM quotakit.member m
          WHERE m.account_id = me.account_id AND m.member_id = quotakit._api_id(query, 'id'));
END $$;
COMMENT ON FUNCTION quotakit._api_set_member IS 'PATCH /api/members/{id}';

CREATE FUNCTION quotakit._api_remove_member(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Whoever leaves needs nobody's leave.
  IF quotakit._api_id(query, 'id') = me.member_id THEN
    PERFORM quotakit._act_as(me.account_id, 'owner', me.email);
  END IF;
  PERFORM quotakit.remove_member(quotakit._api_id(query, 'id'));
  RETURN CASE WHEN quotakit._api_id(query, 'id') = me.member_id THEN '{"_cookie": ""}'::jsonb END;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_member IS 'DELETE /api/members/{id}';

CREATE FUNCTION quotakit._api_uninvite(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE quotakit.invitation i SET used_at = clock_timestamp()
  WHERE i.account_id = me.account_id AND i.invitation_id = quotakit._api_id(query, 'id') AND i.used_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invitation % does not exist', quotakit._api_id(query, 'id') USING ERRCODE = 'undefined_object';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_uninvite IS 'DELETE /api/invitations/{id}';
