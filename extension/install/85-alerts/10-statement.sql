-- The monthly statement, and clearing up.

CREATE FUNCTION quotakit._statement_facts(acct quotakit.account, since timestamptz, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH roots AS (
    SELECT n.node_id, n.path FROM quotakit.node n WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1
  ), cells AS MATERIALIZED (
    SELECT c.node_id, c.service, c.m
    FROM (SELECT array_agg(r.node_id) AS ids FROM roots r) n,
      quotakit._folded(acct.account_id, n.ids, NULL, since, until, 'line', NULL, NULL) c
    UNION ALL
    SELECT r.node_id, c.service, c.m
    FROM quotakit._unfolded(acct.account_id, NULL, since, until, 'line', NULL, NULL, NULL) c
    JOIN quotakit.node n ON n.account_id = acct.account_id AND n.node_id = c.node_id
    JOIN roots r ON r.path OPERATOR(quotakit.=) quotakit.root(n.path))
  SELECT jsonb_build_object('account', acct.name, 'time_zone', acct.time_zone, 'since', since, 'until', until,
    'events', t.events, 'usd', t.cost_usd::text, 'credits', t.cost_credits::text,
    'projects', coalesce((SELECT jsonb_agg(jsonb_build_object('path', p.path, 'events', p.events, 'usd', p.cost_usd::text,
        'credits', p.cost_credits::text) ORDER BY p.cost_usd DESC, p.cost_credits DESC, p.path)
      FROM (SELECT k.path, u.events, u.cost_usd, u.cost_credits
            FROM (SELECT r.path::text AS path, quotakit.sum(c.m) AS m FROM cells c JOIN roots r USING (node_id) GROUP BY r.path) k
            CROSS JOIN LATERAL quotakit._shown(k.m) u ORDER BY 3 DESC, 4 DESC LIMIT 100) p), '[]'),
    'services', coalesce((SELECT jsonb_agg(jsonb_build_object('service', k.service, 'events', u.events, 'usd', u.cost_usd::text,
        'credits', u.cost_credits::text) ORDER BY u.cost_usd DESC, u.cost_credits DESC, k.service)
      FROM (SELECT c.service, quotakit.sum(c.m) AS m FROM cells c GROUP BY c.service) k CROSS JOIN LATERAL quotakit._shown(k.m) u), '[]'),
    'link', quotakit._dashboard(acct.account_id) || '/analytics')
  FROM quotakit._shown((SELECT quotakit.sum(c.m) FROM cells c)) t
$$;
COMMENT ON FUNCTION quotakit._statement_facts IS 'What an account used in a month: in all, by project and by service. Amounts are decimal strings.';

CREATE FUNCTION quotakit._statement_rows(f jsonb) RETURNS TABLE (heading text, label text, value text)
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH line AS (
    SELECT 1 AS part, 0::int8 AS i, 'In all' AS heading, 'All projects' AS label, f AS x
    UNION ALL SELECT 2, e.i, 'By project', e.x ->> 'path', e.x FROM jsonb_array_elements(f -> 'projects') WITH ORDINALITY AS e(x, i)
    UNION ALL SELECT 3, e.i, 'By service', e.x ->> 'service', e.x FROM jsonb_array_elements(f -> 'services') WITH ORDINALITY AS e(x, i))
  SELECT l.heading, quotakit._line(l.label, 300),
         quotakit._show((l.x ->> 'usd')::numeric, 'usd')
         || CASE WHEN (l.x ->> 'credits')::numeric > 0 THEN ', ' || quotakit._show((l.x ->> 'credits')::numeric, 'credits') ELSE '' END
         || ', ' || to_char((l.x ->> 'events')::numeric, 'FM999,999,999,999,990') || ' calls'
  FROM line l ORDER BY l.part, l.i
$$;
COMMENT ON FUNCTION quotakit._statement_rows IS 'The lines of a statement.';

CREATE FUNCTION quotakit._send_statements(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  quotakit.account;
  month tstzrange;
  facts jsonb;
  who   int4;
  title text;
  made  int4 := 0;
  lane_accounts int4[] := '{}';
  lanes int4[] := '{}';
BEGIN
  FOR acct IN
    SELECT a.* FROM quotakit.account a LEFT JOIN quotakit.alert_setting s ON s.account_id = a.account_id
    WHERE a.account_id > 0 AND a.contact_email IS NOT NULL AND coalesce(s.statements, true) ORDER BY a.account_id
  LOOP
    -- The month before this one; six hours are for what comes late.
    month := quotakit.window_range('month', now - interval '6 hours', acct.time_zone, acct.billing_day, acct.week_start);
    month := quotakit.window_range('month', lower(month) - interval '1 hour', acct.time_zone, acct.billing_day, acct.week_start);
    CONTINUE WHEN acct.created_at >= upper(month)
      OR EXISTS (SELECT FROM quotakit.statement s WHERE s.account_id = acct.account_id AND s.month_start = lower(month));
    facts := quotakit._statement_facts(acct, lower(month), upper(month));
    INSERT INTO quotakit.statement (account_id, month_start, month_end, made_at, facts)
    VALUES (acct.account_id, lower(month), upper(month), now, facts) ON CONFLICT ON CONSTRAINT statement_pkey DO NOTHING;
    CONTINUE WHEN NOT FOUND;
    who := quotakit._contact(acct.account_id);
    title := 'Statement of ' || quotakit._line(acct.name) || ', ' || to_char(lower(month) AT TIME ZONE acct.time_zone, 'FMDD FMMonth YYYY')
      || ' to ' || to_char((upper(month) AT TIME ZONE acct.time_zone)::date - 1, 'FMDD FMMonth YYYY') || ': '
      || quotakit._show((facts ->> 'usd')::numeric, 'usd');
    PERFORM quotakit._post(acct.account_id, who, 'statement', NULL, NULL, quotakit._line(title, 300), facts,
      title || E'\n' || (SELECT string_agg(E'\n' || h.heading || E'\n' || h.lines, '' ORDER BY h.heading = 'In all' DESC, h.heading)
        FROM (SELECT r.heading, string_agg('  ' || r.label || '  ' || r.value || E'\n', '' ORDER BY r.n) AS lines
              FROM quotakit._statement_rows(facts) WITH ORDINALITY AS r(heading, label, value, n) GROUP BY r.heading) h)
        || coalesce(E'\nSee more: ' || (facts ->> 'link') || E'\n', '')
        || E'\nYou get this as the contact of the account. To have none, run in psql:\n  SELECT quotakit.set_mail(statements => false)\n',
      quotakit._html_page(title, '<h1 style="margin:0 0 8px;font-size:20px;line-height:28px">' || quotakit._html(title) || '</h1>'
        || (SELECT string_agg('<h2 style="margin:20px 0 4px;font-size:15px;font-weight:600">' || quotakit._html(h.heading)
              || '</h2><table role="presentation" cellpadding="0" cellspacing="0">' || h.lines || '</table>', '' ORDER BY h.heading = 'In all' DESC, h.heading)
            FROM (SELECT r.heading, string_agg(quotakit._html_row(r.label, quotakit._html(r.value)), '' ORDER BY r.n) AS lines
                  FROM quotakit._statement_rows(facts) WITH ORDINALITY AS r(heading, label, value, n) GROUP BY r.heading) h)
        || quotakit._html_button(facts ->> 'link', 'Open in the dashboard'),
        'You get this as the contact of the account. To have none, run in psql:<br><code style="font-size:12px">SELECT quotakit.set_mail(statements =&gt; false)</code>'));
    lane_accounts := lane_accounts || acct.account_id;
    lanes := lanes || who;
    made := made + 1;
  END LOOP;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN made;
END $$;
COMMENT ON FUNCTION quotakit._send_statements IS 'send_statements() as of a time.';

CREATE FUNCTION quotakit.send_statements() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._send_statements(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.send_statements IS
  'Mails each account''s contact the statement of the billing month that ended at least six hours ago, once. Returns '
  'how many. Run it once an hour. For the extension''s owner.';

CREATE FUNCTION quotakit.tidy_notifications(keep interval DEFAULT '90 days') RETURNS int8
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  gone int8;
BEGIN
  IF keep IS NULL OR keep < '4 days' THEN
    RAISE EXCEPTION 'notifications are kept for at least 4 days' USING ERRCODE = 'QK008',
      DETAIL = 'They are tried for three, and the dead can be sent again.';
  END IF;
  WITH old AS (
    DELETE FROM quotakit.notification n
    WHERE n.state IN ('sent', 'dead', 'cancelled') AND n.ended_at < clock_timestamp() - keep RETURNING n.account_id, n.notification_id
  ), logged AS (
    DELETE FROM quotakit.delivery_log d USING old o WHERE d.account_id = o.account_id AND d.notification_id = o.notification_id)
  SELECT count(*) INTO gone FROM old;
  RETURN gone;
END $$;
COMMENT ON FUNCTION quotakit.tidy_notifications IS
  'Deletes notifications that ended that long ago (at least 4 days; else QK008), with their deliveries; returns how '
  'many. What fired stays in alert_fired. For the extension''s owner.';
