-- Alerts, whom they tell, and what has been told.

CREATE FUNCTION quotakit._alert_json(a quotakit.alert_status) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', a.alert_id, 'policy_id', a.policy_id, 'path', a.path::text, 'unit', a.unit, 'period', a.period, 'rolling', a.rolling,
    'kind', a.kind, 'threshold', coalesce(a.percent, a.amount)::text, 'delivery', a.delivery, 'muted_until', quotakit._iso_time(a.muted_until),
    'recipients', CASE WHEN a.to_contact THEN '["contact"]'::jsonb ELSE '[]' END || (
      SELECT coalesce(jsonb_agg(r.name ORDER BY r.name), '[]')
      FROM quotakit.alert_recipient x JOIN quotakit.recipient r ON r.account_id = x.account_id AND r.recipient_id = x.recipient_id
      WHERE x.account_id = a.account_id AND x.alert_id = a.alert_id),
    'last_fired', quotakit._iso_time(a.last_fired))
$$;
COMMENT ON FUNCTION quotakit._alert_json IS 'An alert as the API shows it.';

CREATE FUNCTION quotakit._alert_of(me quotakit._who, alert_id int4) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  j jsonb;
BEGIN
  SELECT quotakit._alert_json(a) INTO j FROM quotakit.alert_status a
  WHERE a.account_id = me.account_id AND a.alert_id = _alert_of.alert_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', alert_id USING ERRCODE = 'undefined_object';
  END IF;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._alert_of IS 'A live alert of the account as the API shows it. None: undefined_object.';

CREATE FUNCTION quotakit._api_alerts(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  policy int4 := quotakit._api_id(query, 'policy_id');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'alerts', (SELECT coalesce(jsonb_agg(quotakit._alert_json(a) ORDER BY a.path, a.policy_id, a.alert_id), '[]') FROM quotakit.alert_status a
               WHERE a.account_id = me.account_id AND (top IS NULL OR a.path OPERATOR(quotakit.<@) top) AND (policy IS NULL OR a.policy_id = policy)),
    'sql', 'SELECT * FROM quotakit.alert_status'
           || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY path, alert_id;');
END $$;
COMMENT ON FUNCTION quotakit._api_alerts IS 'GET /api/alerts';

CREATE FUNCTION quotakit._api_create_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kind text := quotakit._api_text(body, 'kind');
  id   int4;
BEGIN
  PERFORM quotakit._check_word('kind', kind, 'percent', 'amount', 'forecast', 'refusal');
  id := quotakit.set_alert(quotakit._api_id(body, 'policy_id'),
    percent => CASE kind WHEN 'percent' THEN quotakit._api_number(body, 'threshold') END,
    amount => CASE kind WHEN 'amount' THEN quotakit._api_number(body, 'threshold') END,
    forecast => kind = 'forecast', refusal => kind = 'refusal', recipients => quotakit._api_texts(body, 'recipients'),
    delivery => quotakit._api_text(body, 'delivery'));
  RETURN quotakit._alert_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_create_alert IS 'POST /api/alerts';

CREATE FUNCTION quotakit._api_set_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(query, 'id');
  a  record;
BEGIN
  SELECT s.* INTO a FROM quotakit.alert_status s WHERE s.account_id = me.account_id AND s.alert_id = id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'alert % does not exist', id USING ERRCODE = 'undefined_object';
  END IF;
  IF body ?| '{recipients,delivery}' THEN
    PERFORM quotakit.set_alert(a.policy_id, a.percent, a.amount, a.kind = 'forecast', a.kind = 'refusal',
                               quotakit._api_texts(body, 'recipients'), quotakit._api_text(body, 'delivery'));
  END IF;
  IF body ? 'muted_until' THEN
    PERFORM quotakit.mute_alert(id, quotakit._api_time(me.acct, body, 'muted_until', true));
  END IF;
  RETURN quotakit._alert_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_set_alert IS 'PATCH /api/alerts/{id}';

CREATE FUNCTION quotakit._api_remove_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.remove_alert(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_alert IS 'DELETE /api/alerts/{id}';

CREATE FUNCTION quotakit._api_test_alert(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('notifications', quotakit.test_alert(quotakit._api_id(body, 'id')));
END $$;
COMMENT ON FUNCTION quotakit._api_test_alert IS 'POST /api/alerts/test';

CREATE FUNCTION quotakit._api_alert_log(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.fired_id DESC), '[]') INTO page FROM (
    SELECT l.fired_id, jsonb_build_object('id', l.fired_id, 'fired_at', quotakit._iso_time(l.fired_at), 'path', l.path::text, 'policy_id', l.policy_id,
      'unit', l.unit, 'period', l.period, 'alert_id', nullif(l.alert_id, 0), 'kind', l.kind, 'percent', l.percent::text, 'threshold', l.threshold::text,
      'used', l.used::text, 'limit', l.limit_amount::text, 'state', l.state, 'sent', l.sent, 'pending', l.pending, 'dead', l.dead) AS j
    FROM quotakit.alert_log l
    WHERE l.account_id = me.account_id AND l.fired_id < newest AND (top IS NULL OR l.path OPERATOR(quotakit.<@) top)
    ORDER BY l.fired_id DESC LIMIT most) x;
  RETURN jsonb_build_object('fired', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.alert_log%s ORDER BY fired_id DESC LIMIT %s;',
                  CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END, most));
END $$;
COMMENT ON FUNCTION quotakit._api_alert_log IS 'GET /api/alerts/log';

CREATE FUNCTION quotakit._recipient_json(r quotakit.recipient) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Never the URL: whoever knows a Slack one can post.
  SELECT jsonb_build_object('id', r.recipient_id, 'channel', r.channel, 'name', r.name, 'host', substring(r.url FROM '^https?://([^/]+)'),
    'confirmed_at', quotakit._iso_time(r.confirmed_at), 'disabled_at', quotakit._iso_time(r.disabled_at), 'disabled_reason', r.disabled_reason)
$$;
COMMENT ON FUNCTION quotakit._recipient_json IS 'A recipient as the API shows it.';

CREATE FUNCTION quotakit._api_recipients(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('recipients', coalesce(jsonb_agg(quotakit._recipient_json(r) ORDER BY r.channel, r.name), '[]'),
    'sql', 'SELECT account_id, recipient_id, channel, name, confirmed_at, disabled_at FROM quotakit.recipient WHERE removed_at IS NULL ORDER BY name;')
  FROM quotakit.recipient r WHERE r.account_id = $1.account_id AND r.removed_at IS NULL
$$;
COMMENT ON FUNCTION quotakit._api_recipients IS 'GET /api/recipients';

CREATE FUNCTION quotakit._api_add_recipient(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  channel text := quotakit._api_text(body, 'channel');
  called  text := quotakit._api_text(body, 'name');
  signer  text;
BEGIN
  PERFORM quotakit._check_word('channel', channel, 'email', 'webhook', 'slack');
  IF channel = 'email' THEN
    PERFORM quotakit.add_recipient(called);
  ELSE
    signer := quotakit.add_webhook(called, quotakit._api_text(body, 'url'), channel = 'slack');
  END IF;
  RETURN (SELECT quotakit._recipient_json(r) || CASE WHEN signer IS NULL THEN '{}' ELSE jsonb_build_object('secret', signer) END
          FROM quotakit.recipient r
          WHERE r.account_id = me.account_id AND lower(r.name) = lower(called) AND r.removed_at IS NULL);
END $$;
COMMENT ON FUNCTION quotakit._api_add_recipient IS 'POST /api/recipients';

CREATE FUNCTION quotakit._api_remove_recipient(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  called text;
BEGIN
  SELECT r.name INTO called FROM quotakit.recipient r
  WHERE r.account_id = me.account_id AND r.recipient_id = quotakit._api_id(query, 'id') AND r.removed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'recipient % does not exist', quotakit._api_id(query, 'id') USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM quotakit.remove_recipient(called);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_recipient IS 'DELETE /api/recipients/{id}';

CREATE FUNCTION quotakit._api_confirm(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('address', quotakit.confirm_recipient(quotakit._api_text(body, 'token')));
END $$;
COMMENT ON FUNCTION quotakit._api_confirm IS 'POST /api/confirm';

CREATE FUNCTION quotakit._notification_json(d quotakit.delivery) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', d.notification_id, 'created_at', quotakit._iso_time(d.created_at), 'kind', d.kind,
    'channel', d.channel, 'recipient', d.recipient, 'subject', d.subject, 'state', d.state, 'attempts', d.attempts, 'uncertain', d.uncertain,
    'ended_at', quotakit._iso_time(d.ended_at), 'last_error', d.last_error, 'next_try', quotakit._iso_time(d.next_try))
$$;
COMMENT ON FUNCTION quotakit._notification_json IS 'A notification as the API shows it.';

CREATE FUNCTION quotakit._api_notifications(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.notification_id DESC), '[]') INTO page FROM (
    SELECT d.notification_id, quotakit._notification_json(d) AS j
    FROM quotakit.delivery d
    WHERE d.account_id = me.account_id AND d.notification_id < newest
    ORDER BY d.notification_id DESC LIMIT most) x;
  RETURN jsonb_build_object('notifications', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.delivery ORDER BY notification_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_notifications IS 'GET /api/notifications';

CREATE FUNCTION quotakit._api_resend_notification(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int8 := quotakit._api_int(body, 'id');
BEGIN
  PERFORM quotakit.resend_notification(id);
  RETURN (SELECT quotakit._notification_json(d) FROM quotakit.delivery d WHERE d.account_id = me.account_id AND d.notification_id = id);
END $$;
COMMENT ON FUNCTION quotakit._api_resend_notification IS 'POST /api/notifications/resend';
