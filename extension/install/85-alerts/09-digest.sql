-- Digests: what fired since the last one, in one message a recipient.

CREATE FUNCTION quotakit._digest_boundary(delivery text, now timestamptz, a quotakit.account, hour int4) RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- The last digest hour that has passed, on any day, or on the first day of the week.
  SELECT max(b.at) FROM (
    SELECT (d.day + hour * interval '1 hour') AT TIME ZONE a.time_zone AS at
    FROM (SELECT (now AT TIME ZONE a.time_zone)::date - i AS day FROM generate_series(0, 7) i) d
    WHERE delivery = 'daily' OR extract(isodow FROM d.day) = a.week_start) b
  WHERE b.at <= now
$$;
COMMENT ON FUNCTION quotakit._digest_boundary IS 'The latest time, not after now, at which daily or weekly digests of an account are due.';

CREATE FUNCTION quotakit._digest_text(f jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._line(f ->> 'title', 300) || E'.\n\n'
    || (SELECT string_agg('- ' || quotakit._show_time((x ->> 'at')::timestamptz, x ->> 'time_zone') || E'\n  ' || quotakit._headline(x)
          || coalesce(E'\n  ' || (x ->> 'link'), ''), E'\n' ORDER BY i) FROM jsonb_array_elements(f -> 'alerts') WITH ORDINALITY AS e(x, i))
    || CASE WHEN (f ->> 'more')::int > 0 THEN E'\n\nand ' || (f ->> 'more') || ' more: SELECT * FROM quotakit.alert_log' ELSE '' END
    || E'\n\nYou get this because alerts of the account ' || quotakit._line(f ->> 'account')
    || E' name you. To mute one for a week, run in psql:\n  SELECT quotakit.mute_alert(number, now() + interval ''7 days'')\n'
$$;
COMMENT ON FUNCTION quotakit._digest_text IS 'A digest in plain text.';

CREATE FUNCTION quotakit._digest_html(f jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._html_page(f ->> 'title',
    '<h1 style="margin:0 0 16px;font-size:20px;line-height:28px">' || quotakit._html(f ->> 'title') || '</h1><table role="presentation" cellpadding="0" cellspacing="0">'
    || (SELECT string_agg(quotakit._html_row(to_char((x ->> 'at')::timestamptz AT TIME ZONE (x ->> 'time_zone'), 'FMDD Mon, HH24:MI'),
          CASE WHEN x ->> 'link' IS NULL THEN quotakit._html(quotakit._headline(x))
          ELSE '<a href="' || quotakit._html(x ->> 'link') || '" style="color:#1d4ed8">' || quotakit._html(quotakit._headline(x)) || '</a>' END), '' ORDER BY i)
        FROM jsonb_array_elements(f -> 'alerts') WITH ORDINALITY AS e(x, i))
    || '</table>' || CASE WHEN (f ->> 'more')::int > 0 THEN '<p style="font-size:14px">and ' || (f ->> 'more')::int || ' more</p>' ELSE '' END,
    'You get this because alerts of the account ' || quotakit._html(f ->> 'account') || ' name you. To mute one for a week, run in psql:<br>'
    || '<code style="font-size:12px">SELECT quotakit.mute_alert(number, now() + interval &#39;7 days&#39;)</code>')
$$;
COMMENT ON FUNCTION quotakit._digest_html IS 'A digest in HTML.';

CREATE FUNCTION quotakit._send_digests(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  quotakit.account;
  hour  int4;
  due   int8[];
  r     record;
  facts jsonb;
  made  int4 := 0;
  lane_accounts int4[] := '{}';
  lanes int4[] := '{}';
BEGIN
  FOR acct IN
    SELECT a.* FROM quotakit.account a
    WHERE EXISTS (SELECT FROM quotakit.alert_fired f WHERE f.account_id = a.account_id AND f.state = 'waiting') ORDER BY a.account_id
  LOOP
    hour := coalesce((SELECT s.digest_hour FROM quotakit.alert_setting s WHERE s.account_id = acct.account_id), 8);
    -- Whoever turns the state has the digest to write; another run has nothing left.
    WITH waiting AS (
      SELECT f.account_id, f.fired_id FROM quotakit.alert_fired f
      JOIN quotakit.alert al ON al.account_id = f.account_id AND al.alert_id = f.alert_id
      WHERE f.account_id = acct.account_id AND f.state = 'waiting'
        AND (al.delivery = 'each' OR f.fired_at < quotakit._digest_boundary(al.delivery, now, acct, hour))
      ORDER BY f.fired_id FOR UPDATE OF f SKIP LOCKED
    ), turned AS (
      UPDATE quotakit.alert_fired f SET state = 'digested' FROM waiting w
      WHERE f.account_id = w.account_id AND f.fired_id = w.fired_id RETURNING f.fired_id)
    SELECT array_agg(t.fired_id) INTO due FROM turned t;
    CONTINUE WHEN due IS NULL;
    -- Before the query below, which would not see it made.
    PERFORM quotakit._contact(acct.account_id);

    FOR r IN
      SELECT t.recipient_id, t.channel, w.delivery, w.facts, w.n
      FROM (
        SELECT x.recipient_id, al.delivery, count(*) AS n, jsonb_agg(f.facts ORDER BY f.fired_id) AS facts
        FROM quotakit.alert_fired f
        JOIN quotakit.alert al ON al.account_id = f.account_id AND al.alert_id = f.alert_id AND al.archived_at IS NULL
          AND NOT coalesce(al.muted_until > now, false)
        CROSS JOIN LATERAL (SELECT DISTINCT u AS recipient_id FROM unnest(quotakit._recipients_of(f.account_id, f.alert_id)) u) x
        WHERE f.account_id = acct.account_id AND f.fired_id = ANY (due)
        GROUP BY x.recipient_id, al.delivery) w
      JOIN quotakit._tellable(acct.account_id, ARRAY(SELECT o.recipient_id FROM quotakit.recipient o WHERE o.account_id = acct.account_id)) t
        ON t.recipient_id = w.recipient_id
      ORDER BY t.recipient_id, w.delivery
    LOOP
      facts := jsonb_build_object('account', acct.name, 'delivery', r.delivery, 'more', greatest(r.n - 50, 0),
        'alerts', jsonb_path_query_array(r.facts, '$[0 to 49]'),
        'title', r.n || CASE r.n WHEN 1 THEN ' alert' ELSE ' alerts' END || ' of ' || quotakit._line(acct.name)
          || CASE r.delivery WHEN 'weekly' THEN ' this week' ELSE ' since yesterday' END);
      PERFORM quotakit._post(acct.account_id, r.recipient_id, 'digest', NULL, NULL, quotakit._line(facts ->> 'title', 300), facts,
        CASE r.channel WHEN 'email' THEN quotakit._digest_text(facts)
          WHEN 'webhook' THEN quotakit._webhook_body('quotakit.digest', now, facts)
          ELSE quotakit._slack_body(facts ->> 'title', (SELECT string_agg('• ' || quotakit._slack(quotakit._headline(x)), E'\n' ORDER BY i)
                 FROM jsonb_array_elements(facts -> 'alerts') WITH ORDINALITY AS e(x, i)), facts) END,
        CASE r.channel WHEN 'email' THEN quotakit._digest_html(facts) END);
      lane_accounts := lane_accounts || acct.account_id;
      lanes := lanes || r.recipient_id;
      made := made + 1;
    END LOOP;
  END LOOP;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN made;
END $$;
COMMENT ON FUNCTION quotakit._send_digests IS 'send_digests() as of a time.';

CREATE FUNCTION quotakit.send_digests() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._send_digests(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.send_digests IS
  'Puts the digests that are due into the outbox: one message a recipient about what fired before the account''s '
  'digest hour, of the day, or of the day its week begins. Returns how many. Run it a few times an hour; any number '
  'of runs at a time. For the extension''s owner.';
