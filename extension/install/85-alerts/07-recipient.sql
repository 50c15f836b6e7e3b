-- Who can be told: addresses that confirm themselves, webhooks and their secrets.

CREATE FUNCTION quotakit._check_email(address text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- What a mail server might take for an end of line, a second address or a comment is out.
  IF address IS NULL OR octet_length(address) > 254 OR octet_length(split_part(address, '@', 1)) > 64
     OR address !~ '^[^@[:space:][:cntrl:]<>(),;:"\[\]\\\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+@'
       '[^@[:space:][:cntrl:]<>(),;:"\[\]\\\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+$' THEN
    RAISE EXCEPTION '% is not an e-mail address', coalesce(to_json(left(address, 100))::text, 'null')
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has one @, no spaces, at most 64 bytes before it and 254 in all.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_email IS 'Raises invalid_parameter_value unless a text is an e-mail address.';

CREATE FUNCTION quotakit._check_url(url text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF url IS NULL OR octet_length(url) > 2000 OR url !~ '^https?://[A-Za-z0-9._~-]+(:[0-9]{1,5})?([/?][!-~]*)?$'
     AND url !~ '^https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?([/?][!-~]*)?$' OR url ~ '["<>\\^`{|}#]' THEN
    RAISE EXCEPTION 'the URL is not one that can be posted to'
      USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'It begins with https:// or http://, has no user name, fragment or space, and at most 2000 bytes.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_url IS
  'Raises invalid_parameter_value unless a text is an http or https URL without a user name. The URL is not repeated: it may be a secret.';

CREATE FUNCTION quotakit._send_confirmation(account_id int4, recipient_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  token  text := 'qkc_' || _send_confirmation.account_id || '_' || encode(quotakit._random_bytes(24), 'hex');
  url    text := quotakit._dashboard(_send_confirmation.account_id) || '/confirm?token=' || token;
  owner  text;
  title  text;
  ask    text;
  how    text := CASE WHEN url IS NULL THEN 'Send this token to whoever runs it for you:' ELSE 'Yes, send me alerts:' END;
BEGIN
  SELECT quotakit._line(a.name) INTO owner FROM quotakit.account a WHERE a.account_id = _send_confirmation.account_id;
  title := 'Confirm alerts from the account ' || owner;
  ask := 'The account ' || owner || ' wants to send QuotaKit''s spending alerts to this address.';
  UPDATE quotakit.recipient r
  SET token_hash = sha256(convert_to(token, 'UTF8')), token_until = now() + interval '7 days'
  WHERE r.account_id = _send_confirmation.account_id AND r.recipient_id = _send_confirmation.recipient_id;
  PERFORM quotakit._post(_send_confirmation.account_id, _send_confirmation.recipient_id, 'confirmation', NULL, NULL, title,
    jsonb_build_object('account', owner),
    ask || E'\n\n' || how || E'\n  ' || coalesce(url, token)
      || E'\n\nThis works for seven days. If you do nothing, you will not hear from it again.\n',
    quotakit._html_page(title, '<h1 style="margin:0 0 14px;font-size:20px;line-height:28px">' || quotakit._html(title) || '</h1><p style="font-size:14px;line-height:20px">'
      || quotakit._html(ask) || '</p>'
      || CASE WHEN url IS NULL THEN '<p style="font-size:14px;line-height:20px">' || quotakit._html(how) || '</p><p><code>' || quotakit._html(token) || '</code></p>'
         ELSE quotakit._html_button(url, 'Yes, send me alerts') END,
      'This works for seven days. If you do nothing, you will not hear from it again.'));
  PERFORM quotakit._wake(ARRAY[_send_confirmation.account_id], ARRAY[_send_confirmation.recipient_id]);
END $$;
COMMENT ON FUNCTION quotakit._send_confirmation IS 'Sends an address the link that confirms it; an earlier link stops working.';

CREATE FUNCTION quotakit._recipient(account int4, name text) RETURNS quotakit.recipient
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  r quotakit.recipient;
BEGIN
  SELECT * INTO r FROM quotakit.recipient o
  WHERE o.account_id = account AND lower(o.name) = lower(_recipient.name) AND o.removed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'recipient % does not exist', coalesce(to_json(left(name, 100))::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.recipient.';
  END IF;
  RETURN r;
END $$;
COMMENT ON FUNCTION quotakit._recipient IS 'A recipient of an account by name. None: undefined_object.';

CREATE FUNCTION quotakit._named_recipient(account int4, name text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  id int4;
BEGIN
  IF name !~ '@' OR EXISTS (SELECT FROM quotakit.recipient o WHERE o.account_id = account
                            AND lower(o.name) = lower(_named_recipient.name) AND o.removed_at IS NULL) THEN
    RETURN (quotakit._recipient(account, _named_recipient.name)).recipient_id;
  END IF;
  PERFORM quotakit._check_email(_named_recipient.name);
  -- Or mails to strangers could be sent without end.
  IF (SELECT count(*) FROM quotakit.recipient o
      WHERE o.account_id = account AND o.channel = 'email' AND o.confirmed_at IS NULL AND o.token_hash IS NOT NULL
        AND o.created_at > now() - interval '1 day') >= 20 THEN
    RAISE EXCEPTION 'twenty addresses were added within a day and are not confirmed yet'
      USING ERRCODE = 'program_limit_exceeded', HINT = 'Wait until they are, or until tomorrow.';
  END IF;
  INSERT INTO quotakit.recipient (account_id, channel, name) VALUES (account, 'email', _named_recipient.name)
  RETURNING recipient_id INTO id;
  IF NOT EXISTS (SELECT FROM quotakit.account a WHERE a.account_id = account AND lower(a.contact_email) = lower(_named_recipient.name)) THEN
    PERFORM quotakit._send_confirmation(account, id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._named_recipient IS
  'The recipient with a name; an e-mail address that is new is added and asked to confirm. Unknown webhook: '
  'undefined_object; more than 20 unconfirmed a day: program_limit_exceeded.';

CREATE FUNCTION quotakit.add_recipient(address text) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  r       quotakit.recipient;
  id      int4;
  fresh   bool;
BEGIN
  PERFORM quotakit._check_email(address);
  PERFORM quotakit._lock_account(account);
  SELECT * INTO r FROM quotakit.recipient o
  WHERE o.account_id = account AND lower(o.name) = lower(address) AND o.removed_at IS NULL;
  fresh := NOT FOUND;
  id := quotakit._named_recipient(account, address);
  -- Asked again: another link, but not more than one in ten minutes.
  IF NOT fresh AND r.confirmed_at IS NULL AND r.token_hash IS NOT NULL THEN
    IF r.token_until > now() + interval '7 days' - interval '10 minutes' THEN
      RAISE EXCEPTION 'the address was asked to confirm less than ten minutes ago' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM quotakit._send_confirmation(account, id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.add_recipient IS
  'Adds an e-mail address to the current account (admin) and sends it a link to confirm; again for one that has not '
  'confirmed: another link, at most every ten minutes (else object_not_in_prerequisite_state). Returns its number. Not an address: invalid_parameter_value.';

CREATE FUNCTION quotakit.confirm_recipient(token text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  address text;
BEGIN
  IF token ~ '^qkc_[0-9]{1,9}_[0-9a-f]{48}$' THEN
    UPDATE quotakit.recipient r SET confirmed_at = coalesce(r.confirmed_at, clock_timestamp())
    WHERE r.account_id = split_part(token, '_', 2)::int4 AND r.token_hash = sha256(convert_to(token, 'UTF8'))
      AND r.token_until > clock_timestamp() AND r.removed_at IS NULL
    RETURNING r.name INTO address;
  END IF;
  IF address IS NULL THEN
    RAISE EXCEPTION 'the link is not valid, or not any more'
      USING ERRCODE = 'QK021', HINT = 'Ask for another one: it works for seven days.';
  END IF;
  RETURN address;
END $$;
COMMENT ON FUNCTION quotakit.confirm_recipient IS
  'Confirms the address to which this token was mailed, and returns it; the token is the credential, so anybody may '
  'call it. Twice does nothing more. Unknown or too old: QK021.';

CREATE FUNCTION quotakit.remove_recipient(name text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  r       quotakit.recipient;
BEGIN
  PERFORM quotakit._lock_account(account);
  r := quotakit._recipient(account, name);
  DELETE FROM quotakit.alert_recipient a WHERE a.account_id = account AND a.recipient_id = r.recipient_id;
  UPDATE quotakit.recipient o SET removed_at = clock_timestamp(), token_hash = NULL, previous_secret = NULL, previous_until = NULL
  WHERE o.account_id = account AND o.recipient_id = r.recipient_id;
END $$;
COMMENT ON FUNCTION quotakit.remove_recipient IS
  'Removes an address or a webhook from the current account and from its alerts (admin). What is still in the outbox '
  'for it is cancelled. None: undefined_object.';

CREATE FUNCTION quotakit._secret_words(secret bytea) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Not in SQL: what such a function is given may be logged with its plan.
  RETURN 'whsec_' || encode(secret, 'base64');
END $$;
COMMENT ON FUNCTION quotakit._secret_words IS 'A webhook''s secret as Standard Webhooks writes it.';

CREATE FUNCTION quotakit.add_webhook(name text, url text, slack bool DEFAULT false) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  fresh   bytea := CASE WHEN NOT slack THEN quotakit._random_bytes(32) END;
BEGIN
  PERFORM quotakit._check_name('webhook name', name, 100);
  IF name ~ '@' OR lower(name) = 'contact' OR slack IS NULL THEN
    RAISE EXCEPTION 'webhook name "%" cannot be used', name
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has no @, and is not "contact".';
  END IF;
  PERFORM quotakit._check_url(url);
  PERFORM quotakit._lock_account(account);
  INSERT INTO quotakit.recipient (account_id, channel, name, url, secret, confirmed_at)
  VALUES (account, CASE WHEN slack THEN 'slack' ELSE 'webhook' END, add_webhook.name, add_webhook.url, fresh, clock_timestamp());
  RETURN quotakit._secret_words(fresh);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'recipient "%" exists already', name
    USING ERRCODE = 'QK015', HINT = 'Remove it first with quotakit.remove_recipient().';
END $$;
COMMENT ON FUNCTION quotakit.add_webhook IS
  'Adds a webhook (or a Slack incoming webhook) to the current account under a name that alerts can give (admin). '
  'Returns the secret that signs it, shown once (Standard Webhooks, whsec_…); null for Slack. Name taken: QK015; not an http(s) URL: invalid_parameter_value.';

CREATE FUNCTION quotakit.rotate_webhook_secret(name text, overlap interval DEFAULT '1 day') RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  fresh   bytea := quotakit._random_bytes(32);
  r       quotakit.recipient;
BEGIN
  IF overlap IS NULL OR overlap NOT BETWEEN '0' AND '30 days' THEN
    RAISE EXCEPTION 'overlap is out of range' USING ERRCODE = 'QK008', DETAIL = 'It is 0 to 30 days.';
  END IF;
  PERFORM quotakit._lock_account(account);
  r := quotakit._recipient(account, name);
  IF r.channel <> 'webhook' THEN
    RAISE EXCEPTION 'recipient "%" has no secret', r.name USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE quotakit.recipient o SET secret = fresh, previous_secret = r.secret, previous_until = clock_timestamp() + overlap
  WHERE o.account_id = account AND o.recipient_id = r.recipient_id;
  RETURN quotakit._secret_words(fresh);
END $$;
COMMENT ON FUNCTION quotakit.rotate_webhook_secret IS
  'Gives a webhook of the current account another secret and returns it (admin). For the overlap, 0 to 30 days, what '
  'is sent is signed with both. None: undefined_object; Slack or an address: object_not_in_prerequisite_state.';
