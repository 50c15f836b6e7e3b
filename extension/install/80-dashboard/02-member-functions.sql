-- Passwords, sessions, invitations. All that decides who somebody is.

CREATE FUNCTION quotakit._hash_phrase(phrase text) RETURNS text
  AS 'MODULE_PATHNAME', 'quotakit_hash_phrase' LANGUAGE C VOLATILE STRICT PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION quotakit._hash_phrase IS 'yescrypt of a phrase of at most 512 bytes, with a new salt.';

CREATE FUNCTION quotakit._is_phrase(phrase text, kept text) RETURNS bool
  AS 'MODULE_PATHNAME', 'quotakit_is_phrase' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION quotakit._is_phrase IS 'Whether a hash, by yescrypt or by another method that the system knows, was made of a phrase.';

CREATE FUNCTION quotakit._phrase(password text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Some methods read no more than the first 72 bytes; so they are given a hash, whatever the length.
  RETURN encode(sha256(convert_to(password, 'UTF8')), 'base64');
END $$;
COMMENT ON FUNCTION quotakit._phrase IS 'What of a password of any length is hashed slowly.';

CREATE FUNCTION quotakit._hash_password(password text, email text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF password IS NULL OR octet_length(password) NOT BETWEEN 10 AND 1000 THEN
    RAISE EXCEPTION 'a password has 10 to 1000 bytes' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Long beats complicated: a few unrelated words are good.';
  ELSIF lower(password) = lower(email) OR lower(password) = split_part(lower(email), '@', 1)
        OR password ~ '^(.)\1*$' OR lower(password) ~ '^(1234567890+|password[0-9]*|qwertyuiop.*)$' THEN
    RAISE EXCEPTION 'the password is too easy to guess' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Long beats complicated: a few unrelated words are good.';
  END IF;
  RETURN quotakit._hash_phrase(quotakit._phrase(password));
END $$;
COMMENT ON FUNCTION quotakit._hash_password IS
  'What is kept of a password. Shorter than 10 or longer than 1,000 bytes, or the e-mail: invalid_parameter_value.';

CREATE FUNCTION quotakit._email(email text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  email := lower(btrim(email));
  IF email IS NULL OR octet_length(email) > 254
     OR email !~ '^[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+@[^@[:space:][:cntrl:]<>(),;:"\[\]\\]+$' THEN
    RAISE EXCEPTION '% is not an e-mail address', coalesce(to_json(left(email, 100))::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN email;
END $$;
COMMENT ON FUNCTION quotakit._email IS 'An e-mail address as it is kept, in small letters. Not one: invalid_parameter_value.';

CREATE FUNCTION quotakit._new_token(prefix text, account_id int4) RETURNS text
  LANGUAGE sql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT prefix || '_' || account_id || '_' || rtrim(translate(encode(quotakit._random_bytes(32), 'base64'), '+/', '-_'), '=')
$$;
COMMENT ON FUNCTION quotakit._new_token IS 'A secret of 256 random bits; the account''s number is in it, so that any router can find its server.';

CREATE FUNCTION quotakit._new_session(account_id int4, member_id int4) RETURNS text
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := _new_session.account_id;
  token text := quotakit._new_token('aiss', acct);
BEGIN
  INSERT INTO quotakit.session (account_id, token_hash, member_id)
  VALUES (acct, sha256(sha256(convert_to(token, 'UTF8'))), _new_session.member_id);
  -- In passing: nobody misses those that have ended.
  DELETE FROM quotakit.session s
  WHERE s.account_id = acct
    AND (s.last_used < now() - interval '12 hours' OR s.created_at < now() - interval '14 days');
  RETURN token;
END $$;
COMMENT ON FUNCTION quotakit._new_session IS 'Begins a session and returns its token, aiss_<account>_<43 characters>.';

CREATE FUNCTION quotakit._csrf(secret bytea) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT encode(sha256('csrf:'::bytea || secret), 'hex') $$;
COMMENT ON FUNCTION quotakit._csrf IS 'What a page that changes something must send beside its cookie; cannot be told from what is in the tables.';

CREATE FUNCTION quotakit._find_session(account_id int4, secret bytea,
    OUT member_id int4, OUT email text, OUT role text) RETURNS record
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  hash bytea := sha256(secret);
  used timestamptz;
BEGIN
  SELECT m.member_id, m.email, m.role, s.last_used INTO member_id, email, role, used
  FROM quotakit.session s JOIN quotakit.member m ON m.account_id = s.account_id AND m.member_id = s.member_id
  WHERE s.account_id = _find_session.account_id AND s.token_hash = hash
    AND s.last_used > now() - interval '12 hours' AND s.created_at > now() - interval '14 days';
  -- Nice to know, so at most once a minute; and not where it would wait for another.
  IF used < now() - interval '1 minute' THEN
    UPDATE quotakit.session s SET last_used = now()
    FROM (SELECT FROM quotakit.session x WHERE x.account_id = _find_session.account_id AND x.token_hash = hash
          FOR NO KEY UPDATE SKIP LOCKED) free
    WHERE s.account_id = _find_session.account_id AND s.token_hash = hash;
    UPDATE quotakit.member m SET last_used = now()
    FROM (SELECT FROM quotakit.member x WHERE x.account_id = _find_session.account_id AND x.member_id = _find_session.member_id
          FOR NO KEY UPDATE SKIP LOCKED) free
    WHERE m.account_id = _find_session.account_id AND m.member_id = _find_session.member_id;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._find_session IS 'Whose session it is; nulls if there is none or it has ended.';

CREATE FUNCTION quotakit._email_hash(email text) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT sha256(convert_to(lower(btrim(coalesce($1, ''))), 'UTF8')) $$;
COMMENT ON FUNCTION quotakit._email_hash IS 'What is kept of an address that somebody tried to sign in with, whatever it is.';

CREATE FUNCTION quotakit._network(client inet) RETURNS cidr
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Whoever has one IPv6 address has a whole network of them. Of an unknown client: all of them are one.
  SELECT coalesce(network(CASE family($1) WHEN 6 THEN set_masklen($1, 64) ELSE set_masklen($1, 32) END), '0.0.0.0/0')
$$;
COMMENT ON FUNCTION quotakit._network IS 'What counts as one client: an IPv4 address, or an IPv6 network of 64 bits.';

CREATE FUNCTION quotakit._remember_network(account_id int4, member_id int4, network cidr) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct int4 := _remember_network.account_id;
  who  int4 := _remember_network.member_id;
BEGIN
  INSERT INTO quotakit.sign_in_network AS n (account_id, member_id, network, last_used)
  VALUES (acct, who, _remember_network.network, clock_timestamp())
  ON CONFLICT (account_id, member_id, network) DO UPDATE SET last_used = excluded.last_used;
  DELETE FROM quotakit.sign_in_network n
  WHERE n.account_id = acct AND n.member_id = who AND n.network NOT IN (
    SELECT x.network FROM quotakit.sign_in_network x WHERE x.account_id = acct AND x.member_id = who ORDER BY x.last_used DESC LIMIT 20);
END $$;
COMMENT ON FUNCTION quotakit._remember_network IS 'Notes where a member has signed in; the last twenty places are kept.';

CREATE FUNCTION quotakit._is_known_network(email text, network cidr) RETURNS bool
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM quotakit.member m
                 JOIN quotakit.sign_in_network n ON n.account_id = m.account_id AND n.member_id = m.member_id
                 WHERE m.email = lower(btrim($1)) AND n.network = $2 AND n.last_used > now() - interval '90 days')
$$;
COMMENT ON FUNCTION quotakit._is_known_network IS 'Whether the member with this address has signed in there within 90 days.';

CREATE FUNCTION quotakit._throttle_strangers(email_hash bytea, network cidr, this timestamptz) RETURNS timestamptz
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  since  timestamptz := this - interval '15 minutes';
  tried  int8;
  oldest timestamptz;
BEGIN
  SELECT sum(a.attempts), min(a.minute) INTO tried, oldest FROM quotakit.sign_in_attempt a
  WHERE a.account_id = 0 AND a.network = _throttle_strangers.network AND a.minute > since AND NOT a.known;
  IF tried >= 30 THEN
    RETURN oldest + interval '15 minutes';
  END IF;
  SELECT sum(a.attempts), min(a.minute) INTO tried, oldest FROM quotakit.sign_in_attempt a
  WHERE a.account_id = 0 AND a.email_hash = _throttle_strangers.email_hash AND a.minute > since AND NOT a.known;
  IF tried >= 50 THEN
    RETURN oldest + interval '15 minutes';
  END IF;
  -- Looking at a password takes the server's time and memory; and so the table stays small.
  SELECT sum(a.attempts) INTO tried FROM quotakit.sign_in_attempt a
  WHERE a.account_id = 0 AND a.minute = this AND NOT a.known;
  RETURN CASE WHEN tried >= 120 THEN this + interval '1 minute' END;
END $$;
COMMENT ON FUNCTION quotakit._throttle_strangers IS
  'Until when somebody has to wait who tries where the member was never seen; null for not at all. At most 30 '
  'attempts of such in 15 minutes from one network, 50 for one address, and 120 in a minute from anywhere.';

CREATE FUNCTION quotakit._throttle(email text, network cidr, is_member bool) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  who    bytea := quotakit._email_hash(_throttle.email);
  this   timestamptz := date_trunc('minute', clock_timestamp());
  known  bool := is_member OR quotakit._is_known_network(_throttle.email, _throttle.network);
  until  timestamptz;
  tried  int8;
  oldest timestamptz;
BEGIN
  DELETE FROM quotakit.sign_in_attempt a WHERE a.account_id = 0 AND a.minute <= this - interval '15 minutes';
  -- What others try elsewhere must not keep a member away from where they always sign in.
  IF NOT known THEN
    until := quotakit._throttle_strangers(who, _throttle.network, this);
  END IF;
  IF until IS NULL THEN
    -- Counted before the password is looked at; whoever tries the same from the same place waits here.
    INSERT INTO quotakit.sign_in_attempt AS a (account_id, email_hash, network, minute, attempts, known)
    VALUES (0, who, _throttle.network, this, 1, known)
    ON CONFLICT (account_id, email_hash, network, minute) DO UPDATE SET attempts = a.attempts + 1;
    SELECT sum(a.attempts), min(a.minute) INTO tried, oldest FROM quotakit.sign_in_attempt a
    WHERE a.account_id = 0 AND a.email_hash = who AND a.network = _throttle.network;
    IF tried > 10 THEN
      -- Not looked at, so not counted: who waits long enough may try again.
      UPDATE quotakit.sign_in_attempt a SET attempts = a.attempts - 1
      WHERE a.account_id = 0 AND a.email_hash = who AND a.network = _throttle.network AND a.minute = this;
      until := oldest + interval '15 minutes';
    END IF;
  END IF;
  RETURN CASE WHEN until IS NULL THEN 0 ELSE greatest(1, extract(epoch FROM until - clock_timestamp()))::int4 END;
END $$;
COMMENT ON FUNCTION quotakit._throttle IS
  'Counts an attempt to sign in. Returns 0, or for how many seconds no more are allowed: more than 10 in 15 minutes '
  'for one address from one network, and where the member was never seen the limits of _throttle_strangers().';

CREATE FUNCTION quotakit._check_password(email text, password text, OUT account_id int4, OUT member_id int4) RETURNS record
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  m      quotakit.member;
  phrase text := quotakit._phrase(left(coalesce(password, ''), 1000));
  -- Of no password: an unknown address takes as long as a known one.
  kept   text := '$y$jAT$k2XAnEHBqQ1Ct2aMXFKNa/$doKO.YyoJkJuz5oaj4zmPTHPvQ2pb3bPucOi.sy/NRB';
BEGIN
  SELECT * INTO m FROM quotakit.member x WHERE x.email = lower(btrim(_check_password.email));
  kept := coalesce(m.password_hash, kept);
  IF quotakit._is_phrase(phrase, kept) AND m.member_id IS NOT NULL THEN
    account_id := m.account_id;
    member_id := m.member_id;
    -- Passwords were kept by another method once.
    IF kept NOT LIKE '$y$%' THEN
      UPDATE quotakit.member x SET password_hash = quotakit._hash_phrase(phrase)
      WHERE x.account_id = m.account_id AND x.member_id = m.member_id;
    END IF;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_password IS 'Whose e-mail and password these are; nulls for nobody, after the same time.';

CREATE FUNCTION quotakit._create_member(account int4, email text, password text, role text, name text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  id int4;
BEGIN
  email := quotakit._email(email);
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  name := nullif(name, '');
  IF name IS NOT NULL THEN
    PERFORM quotakit._check_name('name', name, 200);
  END IF;
  INSERT INTO quotakit.member AS m (account_id, email, name, role, password_hash)
  VALUES (account, email, name, role, quotakit._hash_password(password, email))
  ON CONFLICT DO NOTHING RETURNING m.member_id INTO id;
  IF id IS NULL THEN
    RAISE EXCEPTION 'there is a member with the e-mail "%" already', email USING ERRCODE = 'QK015';
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._create_member IS 'Makes a member of an account. The e-mail is taken: QK015.';

CREATE FUNCTION quotakit.create_member(email text, password text, role text DEFAULT 'owner', name text DEFAULT NULL) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN quotakit._create_member(quotakit._acting_account('owner'), email, password, role, name);
END $$;
COMMENT ON FUNCTION quotakit.create_member IS
  'Lets a person sign in to the dashboard of the current account as owner, admin or viewer (owner only), and returns '
  'the member''s number. Password: 10 to 1,000 bytes. Take care that it does not end up in the server''s log, or use '
  'invite_member(). The e-mail is taken: QK015.';

CREATE FUNCTION quotakit.set_password(email text, password text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
  account int4 := quotakit._acting_account('owner');
  who     int4;
BEGIN
  email := quotakit._email(email);
  UPDATE quotakit.member m SET password_hash = quotakit._hash_password(password, email)
  WHERE m.account_id = account AND m.email = email RETURNING m.member_id INTO who;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'member "%" does not exist', email USING ERRCODE = 'undefined_object';
  END IF;
  DELETE FROM quotakit.session s WHERE s.account_id = account AND s.member_id = who;
END $$;
COMMENT ON FUNCTION quotakit.set_password IS
  'Gives a member of the current account another password (owner only) and ends their sessions. No such member: undefined_object.';

CREATE FUNCTION quotakit.invite_member(email text, role text DEFAULT 'viewer') RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
  account int4 := quotakit._acting_account('owner');
  token   text := quotakit._new_token('aisi', account);
BEGIN
  email := quotakit._email(email);
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  PERFORM quotakit._lock_account(account);
  IF EXISTS (SELECT FROM quotakit.member m WHERE m.account_id = account AND m.email = email) THEN
    RAISE EXCEPTION '"%" is a member already', email USING ERRCODE = 'QK015';
  END IF;
  -- A new invitation takes the place of an open one.
  UPDATE quotakit.invitation i SET used_at = now()
  WHERE i.account_id = account AND i.email = email AND i.used_at IS NULL;
  INSERT INTO quotakit.invitation (account_id, email, role, token_hash, invited_by, expires_at)
  VALUES (account, email, role, sha256(convert_to(token, 'UTF8')), quotakit._actor(), now() + interval '7 days');
  RETURN token;
END $$;
COMMENT ON FUNCTION quotakit.invite_member IS
  'Invites a person to the current account as owner, admin or viewer (owner only). Returns the token, this once: who '
  'opens /join?token=… in the dashboard within seven days can choose a password. A member already: QK015.';

CREATE FUNCTION quotakit._keep_an_owner_member(account int4) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM quotakit.member m WHERE m.account_id = account AND m.role = 'owner') THEN
    RAISE EXCEPTION 'the account would have no owner who can sign in' USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'Make another member owner first.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._keep_an_owner_member IS 'Raises object_not_in_prerequisite_state when an account''s members have lost their last owner.';

CREATE FUNCTION quotakit._member(account int4, member_id int4) RETURNS quotakit.member
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_member quotakit.member;
BEGIN
  PERFORM quotakit._lock_account(account);
  SELECT * INTO found_member FROM quotakit.member m WHERE m.account_id = account AND m.member_id = _member.member_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'member % does not exist', coalesce(member_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.member.';
  END IF;
  RETURN found_member;
END $$;
COMMENT ON FUNCTION quotakit._member IS 'Locks the account''s configuration and returns a member. None: undefined_object.';

CREATE FUNCTION quotakit.set_member(member_id int4, role text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
  m       quotakit.member := quotakit._member(account, member_id);
BEGIN
  PERFORM quotakit._check_word('role', role, 'owner', 'admin', 'viewer');
  UPDATE quotakit.member x SET role = set_member.role
  WHERE x.account_id = account AND x.member_id = m.member_id AND x.role <> set_member.role;
  PERFORM quotakit._keep_an_owner_member(account);
END $$;
COMMENT ON FUNCTION quotakit.set_member IS
  'Makes a member of the current account owner, admin or viewer (owner only). The last owner stays; no such member: undefined_object.';

CREATE FUNCTION quotakit.remove_member(member_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('owner');
  m       quotakit.member := quotakit._member(account, member_id);
BEGIN
  DELETE FROM quotakit.member x WHERE x.account_id = account AND x.member_id = m.member_id;
  PERFORM quotakit._keep_an_owner_member(account);
END $$;
COMMENT ON FUNCTION quotakit.remove_member IS
  'Ends a membership of the current account, and its sessions (owner only). The last owner stays; no such member: undefined_object.';
