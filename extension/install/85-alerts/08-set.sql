-- Alerts as their owners set them.

CREATE FUNCTION quotakit.set_alert(policy_id int4, percent numeric DEFAULT NULL, amount numeric DEFAULT NULL,
  forecast bool DEFAULT false, refusal bool DEFAULT false, recipients text[] DEFAULT NULL, delivery text DEFAULT NULL) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  p       quotakit.policy;
  sort    text;
  stored  int8;
  known   quotakit.alert;
  id      int4;
  who     text;
BEGIN
  IF (percent IS NOT NULL)::int + (amount IS NOT NULL)::int + (forecast IS TRUE)::int + (refusal IS TRUE)::int <> 1 THEN
    RAISE EXCEPTION 'an alert has one threshold' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Give one of percent, amount, forecast => true, refusal => true.';
  END IF;
  IF percent IN ('NaN', 'Infinity', '-Infinity') OR percent <= 0 OR percent > 1000 OR scale(trim_scale(percent)) > 2 THEN
    RAISE EXCEPTION 'percent % is out of range', left(percent::text, 40)
      USING ERRCODE = 'QK008', DETAIL = 'It is more than 0, at most 1000, with at most two decimals.';
  END IF;
  PERFORM quotakit._check_word('delivery', coalesce(delivery, 'each'), 'each', 'daily', 'weekly');
  IF cardinality(recipients) NOT BETWEEN 1 AND 50 OR array_position(recipients, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'an alert has 1 to 50 recipients' USING ERRCODE = 'QK008';
  END IF;
  sort := CASE WHEN percent IS NOT NULL THEN 'percent' WHEN amount IS NOT NULL THEN 'amount' WHEN forecast THEN 'forecast' ELSE 'refusal' END;

  PERFORM quotakit._lock_account(account);
  SELECT * INTO p FROM quotakit.policy o WHERE o.account_id = account AND o.policy_id = set_alert.policy_id AND o.archived_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', coalesce(policy_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.policy_status.';
  END IF;
  stored := quotakit._to_unit(amount, p.unit);
  IF stored = 0 THEN
    RAISE EXCEPTION 'amount 0 is reached before anything is used' USING ERRCODE = 'QK008';
  ELSIF sort = 'forecast' AND (p.rolling OR p.period = 'lifetime') THEN
    RAISE EXCEPTION 'a % policy has no end to forecast', CASE WHEN p.rolling THEN 'rolling' ELSE 'lifetime' END
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a percent or an amount.';
  ELSIF sort = 'refusal' AND p.enforcement NOT IN ('block', 'strict') THEN
    RAISE EXCEPTION 'policy % refuses nothing', policy_id USING ERRCODE = 'invalid_parameter_value',
      DETAIL = format('Its enforcement is %s.', p.enforcement);
  END IF;

  SELECT * INTO known FROM quotakit.alert a
  WHERE a.account_id = account AND a.policy_id = p.policy_id AND a.kind = sort AND a.archived_at IS NULL
    AND a.percent IS NOT DISTINCT FROM set_alert.percent AND a.amount IS NOT DISTINCT FROM stored;
  id := known.alert_id;
  IF id IS NULL THEN
    IF (SELECT count(*) FROM quotakit.alert a WHERE a.account_id = account AND a.policy_id = p.policy_id AND a.archived_at IS NULL) >= 20 THEN
      RAISE EXCEPTION 'policy % has twenty alerts already', policy_id USING ERRCODE = 'program_limit_exceeded';
    END IF;
    INSERT INTO quotakit.alert AS a (account_id, policy_id, kind, percent, amount, to_contact, delivery)
    VALUES (account, p.policy_id, sort, trim_scale(set_alert.percent), stored, true, coalesce(set_alert.delivery, 'each'))
    RETURNING a.alert_id INTO id;
  END IF;
  UPDATE quotakit.alert a
  SET delivery = coalesce(set_alert.delivery, a.delivery),
      to_contact = CASE WHEN recipients IS NULL THEN a.to_contact
                   ELSE EXISTS (SELECT FROM unnest(recipients) x WHERE lower(x) = 'contact') END
  WHERE a.account_id = account AND a.alert_id = id;
  IF recipients IS NOT NULL THEN
    DELETE FROM quotakit.alert_recipient a WHERE a.account_id = account AND a.alert_id = id;
    FOR who IN SELECT DISTINCT lower(x) FROM unnest(recipients) x WHERE lower(x) <> 'contact' ORDER BY 1 LOOP
      INSERT INTO quotakit.alert_recipient (account_id, alert_id, recipient_id)
      VALUES (account, id, quotakit._named_recipient(account, (SELECT min(x) FROM unnest(recipients) x WHERE lower(x) = who)));
    END LOOP;
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.set_alert IS
  'Sets an alert on a policy of the current account (admin) and returns its number: at a percentage of the limit, at '
  'an amount in the policy''s unit, when the limit will be passed before the window ends (forecast), or at the first '
  'refused call (refusal). recipients: e-mail addresses, names of webhooks, and "contact", the account''s own; 1 to '
  '50; null: the contact, or for an alert that exists those it has. A new address is asked to confirm first. '
  'delivery: each, daily or weekly. The same threshold again changes the alert. Out of range: QK008; no such policy '
  'or webhook: undefined_object; more than 20 on a policy: program_limit_exceeded.';

CREATE FUNCTION quotakit._alert(account int4, alert_id int4) RETURNS quotakit.alert
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  a quotakit.alert;
BEGIN
  SELECT * INTO a FROM quotakit.alert o WHERE o.account_id = account AND o.alert_id = _alert.alert_id AND o.archived_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', coalesce(alert_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.alert_status.';
  END IF;
  RETURN a;
END $$;
COMMENT ON FUNCTION quotakit._alert IS 'A live alert of an account. None: undefined_object.';

CREATE FUNCTION quotakit._cancel_pending(account int4, alert_id int4) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- What a courier has in its hands is not waited for.
  UPDATE quotakit.notification n SET state = 'cancelled', ended_at = clock_timestamp()
  FROM (SELECT o.account_id, o.notification_id FROM quotakit.notification o
        WHERE o.account_id = $1 AND o.alert_id = $2 AND o.kind = 'alert' AND o.state = 'pending' FOR UPDATE SKIP LOCKED) p
  WHERE n.account_id = p.account_id AND n.notification_id = p.notification_id
$$;
COMMENT ON FUNCTION quotakit._cancel_pending IS 'Cancels what is still in the outbox of an alert.';

CREATE FUNCTION quotakit.remove_alert(alert_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._alert(account, alert_id);
  UPDATE quotakit.alert a SET archived_at = clock_timestamp() WHERE a.account_id = account AND a.alert_id = remove_alert.alert_id;
  DELETE FROM quotakit.alert_recipient r WHERE r.account_id = account AND r.alert_id = remove_alert.alert_id;
  PERFORM quotakit._cancel_pending(account, alert_id);
END $$;
COMMENT ON FUNCTION quotakit.remove_alert IS
  'Removes an alert of the current account (admin) and cancels what it has not sent yet. What it has fired stays in '
  'the log, and does not fire again in the same window if the alert is set anew. None: undefined_object.';

CREATE FUNCTION quotakit.mute_alert(alert_id int4, until timestamptz) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._alert(account, alert_id);
  UPDATE quotakit.alert a SET muted_until = until WHERE a.account_id = account AND a.alert_id = mute_alert.alert_id;
  IF until > clock_timestamp() THEN
    PERFORM quotakit._cancel_pending(account, alert_id);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.mute_alert IS
  'Until then the alert is logged only, and what it has not sent yet is cancelled (admin); null or a time past: it '
  'tells again. What was crossed while muted is not told later. None: undefined_object.';

CREATE FUNCTION quotakit.test_alert(alert_id int4) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  al      quotakit.alert;
  s       record;
  told    int4;
  now_at  timestamptz := clock_timestamp();
BEGIN
  PERFORM quotakit._lock_account(account);
  al := quotakit._alert(account, alert_id);
  IF EXISTS (SELECT FROM quotakit.notification n WHERE n.account_id = account AND n.alert_id = al.alert_id AND n.kind = 'test'
               AND n.created_at > now_at - interval '10 seconds') THEN
    RAISE EXCEPTION 'the alert was tested less than ten seconds ago' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT p.unit, w.range, coalesce(c.used, 0) AS used INTO s
  FROM quotakit.policy p JOIN quotakit.account a ON a.account_id = p.account_id
  CROSS JOIN LATERAL (SELECT quotakit.window_range(p.period, now_at, a.time_zone, a.billing_day, a.week_start) AS range) w
  LEFT JOIN LATERAL (SELECT CASE WHEN p.rolling
      THEN (SELECT sum(b.used)::int8 FROM unnest(c.bucket_start, c.bucket_used) AS b(start, used)
            WHERE b.start >= quotakit.rolling_since(p.period, greatest(now_at, c.decided_at)))
      ELSE c.used END AS used
    FROM quotakit.counter c
    WHERE c.account_id = p.account_id AND c.policy_id = p.policy_id
      AND c.window_start = CASE WHEN p.rolling THEN '-infinity' ELSE lower(w.range) END
    ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) c ON true
  WHERE p.account_id = account AND p.policy_id = al.policy_id;
  told := quotakit._tell(account, quotakit._recipients_of(account, al.alert_id), 'test', al.alert_id, NULL,
    quotakit._facts(account, al.policy_id, al.kind, s.used, lower(s.range), upper(s.range), now_at)
    || jsonb_build_object('test', true, 'alert_id', al.alert_id,
         'mark', CASE al.kind WHEN 'percent' THEN al.percent::text WHEN 'amount' THEN quotakit.in_unit(al.amount, s.unit)::text END));
  PERFORM quotakit._wake(ARRAY(SELECT account FROM generate_series(1, cardinality(w.ids))), w.ids)
  FROM (SELECT ARRAY(SELECT t.recipient_id FROM quotakit._tellable(account, quotakit._recipients_of(account, al.alert_id)) t) AS ids) w;
  RETURN told;
END $$;
COMMENT ON FUNCTION quotakit.test_alert IS
  'Sends a test message to everybody an alert names and who may be told, with the policy''s numbers as they are '
  '(admin); returns how many. Within ten seconds of the last: object_not_in_prerequisite_state; none: undefined_object.';

CREATE FUNCTION quotakit._put_mail(account int4, dashboard_url text, statements bool, digest_hour int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  url text := rtrim(dashboard_url, '/');
BEGIN
  IF digest_hour NOT BETWEEN 0 AND 23 THEN
    RAISE EXCEPTION 'hour % is out of range', digest_hour USING ERRCODE = 'QK008';
  END IF;
  IF url <> '' THEN
    PERFORM quotakit._check_url(url);
    IF octet_length(url) > 500 OR url ~ '''' THEN
      RAISE EXCEPTION 'the URL is not one of a dashboard' USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It has at most 500 bytes and no quote.';
    END IF;
  END IF;
  INSERT INTO quotakit.alert_setting AS s (account_id, dashboard_url, statements, digest_hour)
  VALUES (account, nullif(url, ''), coalesce(_put_mail.statements, true), coalesce(_put_mail.digest_hour, 8))
  ON CONFLICT ON CONSTRAINT alert_setting_pkey DO UPDATE
    SET dashboard_url = CASE WHEN url IS NULL THEN s.dashboard_url ELSE nullif(url, '') END,
        statements = coalesce(_put_mail.statements, s.statements), digest_hour = coalesce(_put_mail.digest_hour, s.digest_hour);
END $$;
COMMENT ON FUNCTION quotakit._put_mail IS 'Writes the settings of an account''s mails; null leaves one as it is.';

CREATE FUNCTION quotakit.set_mail(dashboard_url text DEFAULT NULL, statements bool DEFAULT NULL, digest_hour int4 DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_mail(account, dashboard_url, statements, digest_hour);
END $$;
COMMENT ON FUNCTION quotakit.set_mail IS
  'Changes what is given of the current account''s mails (admin): where their links lead (empty: the server''s), '
  'whether there are monthly statements, the local hour of digests (0-23; else QK008). Not an http(s) URL: invalid_parameter_value.';

CREATE FUNCTION quotakit.set_dashboard_url(url text) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._put_mail(0, coalesce(url, ''), NULL, NULL) $$;
COMMENT ON FUNCTION quotakit.set_dashboard_url IS
  'Where the links in mails lead, for every account that has not said otherwise; null for no links. For the '
  'extension''s owner. Not an http(s) URL: invalid_parameter_value.';
