-- Messages out of facts: subject, text, HTML, and the JSON of webhooks and Slack.

CREATE FUNCTION quotakit._scope(f jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(f #>> '{policy,model}' || ' (' || (f #>> '{policy,service}') || ')', f #>> '{policy,service}', 'all services'));
END $$;
COMMENT ON FUNCTION quotakit._scope IS 'What a policy counts, in words.';

CREATE FUNCTION quotakit._policy_words(f jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}') || ' '
    || quotakit._show_period(f #>> '{policy,period}', (f #>> '{policy,rolling}')::bool)
    || ', ' || quotakit._scope(f) || ', ' || (f #>> '{policy,enforcement}') || ' (policy ' || (f #>> '{policy,policy_id}') || ')');
END $$;
COMMENT ON FUNCTION quotakit._policy_words IS 'A policy in words.';

CREATE FUNCTION quotakit._headline(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._line(CASE WHEN (f ->> 'test')::bool THEN 'Test: ' ELSE '' END
    || quotakit._line(f ->> 'path', 120)
    || CASE WHEN f #>> '{policy,service}' IS NULL THEN '' ELSE ', ' || quotakit._line(coalesce(f #>> '{policy,model}', f #>> '{policy,service}'), 60) END
    || CASE f ->> 'kind'
       WHEN 'forecast' THEN coalesce(' will pass its ' || t.period || ' limit of ' || t.total || ' around '
              || to_char((f ->> 'projected_at')::timestamptz AT TIME ZONE (f ->> 'time_zone'),
                         CASE WHEN f #>> '{policy,period}' IN ('minute', 'hour', 'day') THEN 'HH24:MI' ELSE 'FMDD FMMonth' END),
            CASE WHEN (f ->> 'used')::numeric < (f ->> 'limit')::numeric THEN ' may pass its ' ELSE ' has reached its ' END
              || t.period || ' limit of ' || t.total)
       WHEN 'refusal' THEN ': calls are refused, ' || t.used || ' of the ' || t.period || ' limit of ' || t.total || ' used'
       WHEN 'amount' THEN ' has used ' || t.used || ' of its ' || t.period || ' limit of ' || t.total
       ELSE ' has used ' || coalesce((f ->> 'percent') || ' %', t.used) || ' of its ' || t.period || ' limit of ' || t.total END, 300)
  FROM (SELECT quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}') AS total,
               quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}') AS used,
               quotakit._show_period(f #>> '{policy,period}', (f #>> '{policy,rolling}')::bool) AS period) t);
END $$;
COMMENT ON FUNCTION quotakit._headline IS 'The one line that says it.';

CREATE FUNCTION quotakit._alert_rows(f jsonb) RETURNS TABLE (label text, value text)
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT v.label, quotakit._line(v.value, 1100) FROM (VALUES
    (1, 'Path', f ->> 'path'),
    (2, 'Policy', quotakit._policy_words(f)),
    (3, 'Used', quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}')
        || coalesce(' (' || (f ->> 'percent') || ' %)', '')),
    (4, 'Limit', quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}')),
    (5, 'Alert', CASE f ->> 'kind' WHEN 'percent' THEN 'at ' || (f ->> 'mark') || ' % of the limit'
        WHEN 'amount' THEN 'at ' || quotakit._show((f ->> 'mark')::numeric, f #>> '{policy,unit}')
        WHEN 'forecast' THEN 'when the limit will be passed before the window ends'
        ELSE 'at the first call that is refused' END),
    (6, 'Pace', quotakit._show((f ->> 'pace')::numeric, f #>> '{policy,unit}') || ' per ' || (f ->> 'pace_per')
        || CASE WHEN (f #>> '{policy,rolling}')::bool THEN ' over the last ' || (f #>> '{policy,period}')
           WHEN f #>> '{policy,period}' = 'lifetime' THEN ' since the policy was made' ELSE ' in this window' END),
    (7, 'Limit reached', CASE
        WHEN (f ->> 'used')::numeric >= (f ->> 'limit')::numeric THEN 'yes'
        WHEN f ->> 'projected_at' IS NOT NULL THEN 'around ' || quotakit._show_time((f ->> 'projected_at')::timestamptz, f ->> 'time_zone') || ' at this pace'
        WHEN (f ->> 'window_over')::bool THEN 'no; the window is over'
        WHEN f ->> 'resets_at' IS NOT NULL THEN 'not before the window ends, at this pace' END),
    (8, 'Starts again', quotakit._show_time((f ->> 'resets_at')::timestamptz, f ->> 'time_zone'))
  ) AS v(i, label, value) WHERE v.value IS NOT NULL ORDER BY v.i;
END $$;
COMMENT ON FUNCTION quotakit._alert_rows IS 'What a mail about a policy tells, line by line.';

CREATE FUNCTION quotakit._mute_words(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE WHEN coalesce((f ->> 'alert_id')::int4, 0) > 0
    THEN 'SELECT quotakit.mute_alert(' || (f ->> 'alert_id') || ', now() + interval ''7 days'')'
    ELSE 'SELECT quotakit.mute_alert(quotakit.set_alert(' || (f #>> '{policy,policy_id}') || ', refusal => true), now() + interval ''7 days'')' END);
END $$;
COMMENT ON FUNCTION quotakit._mute_words IS 'The statement that mutes an alert for a week.';

CREATE FUNCTION quotakit._alert_text(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._headline(f) || E'.\n\n'
    || CASE WHEN (f ->> 'test')::bool THEN E'This is a test: it shows what an alert looks like. Nothing has happened.\n\n' ELSE '' END
    || (SELECT string_agg(rpad(r.label || ':', 15) || r.value, E'\n') FROM quotakit._alert_rows(f) r)
    || coalesce(E'\n\nMost of it below:\n' || (SELECT string_agg('  ' || quotakit._line(t ->> 'path', 1100) || '  ' ||
         quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}'), E'\n' ORDER BY i)
         FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)), '')
    || coalesce(E'\n\nSee more: ' || (f ->> 'link'), '')
    || E'\n\nTo mute this alert for a week'
    || CASE WHEN f ->> 'link' IS NULL THEN '' ELSE ', open it in the dashboard, or' END
    || E' run in psql:\n  ' || quotakit._mute_words(f)
    || E'\n\nYou get this because an alert of the account ' || quotakit._line(f ->> 'account') || E' names you.\n');
END $$;
COMMENT ON FUNCTION quotakit._alert_text IS 'A mail about a policy, in plain text.';

CREATE FUNCTION quotakit._html_page(title text, inner_html text, why text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    || '<meta name="color-scheme" content="light"><title>' || quotakit._html(title) || E'</title></head>\n'
    || '<body style="margin:0;padding:24px 12px;background:#f3f4f6;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;color:#1f2937">'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px">'
    || E'<tr><td style="padding:16px 28px;border-bottom:1px solid #e5e7eb;font-size:14px;font-weight:600;color:#4b5563">QuotaKit</td></tr>\n'
    || '<tr><td style="padding:24px 28px">' || inner_html || E'</td></tr>\n'
    || '<tr><td style="padding:14px 28px;border-top:1px solid #e5e7eb;font-size:12px;line-height:18px;color:#6b7280">'
    || why || E'</td></tr></table></td></tr></table></body></html>\n');
END $$;
COMMENT ON FUNCTION quotakit._html_page IS 'The frame of every HTML mail; title is text, the rest HTML.';

CREATE FUNCTION quotakit._html_row(label text, value_html text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT '<tr><td valign="top" style="padding:5px 16px 5px 0;color:#6b7280;font-size:14px;line-height:20px;white-space:nowrap">' || quotakit._html(label)
    || '</td><td valign="top" style="padding:5px 0;font-size:14px;line-height:20px;overflow-wrap:anywhere">' || value_html || E'</td></tr>\n');
END $$;
COMMENT ON FUNCTION quotakit._html_row IS 'One labelled line of an HTML mail.';

CREATE FUNCTION quotakit._html_button(link text, words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce('<p style="margin:22px 0 0"><a href="' || quotakit._html(link) || '" style="display:inline-block;background:#1d4ed8;color:#ffffff;'
    || 'text-decoration:none;font-size:14px;font-weight:600;padding:10px 18px;border-radius:6px">' || quotakit._html(words) || '</a></p>', ''));
END $$;
COMMENT ON FUNCTION quotakit._html_button IS 'A link that looks like a button; nothing without a link.';

CREATE FUNCTION quotakit._alert_html(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._html_page(quotakit._headline(f),
    CASE WHEN (f ->> 'test')::bool THEN '<p style="margin:0 0 12px;font-size:14px;color:#6b7280">This is a test: it shows what an alert looks like. Nothing has happened.</p>' ELSE '' END
    || '<h1 style="margin:0 0 18px;font-size:20px;line-height:28px;font-weight:600;overflow-wrap:anywhere">' || quotakit._html(quotakit._headline(f)) || E'</h1>\n'
    || '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#e5e7eb;border-radius:5px"><tr><td>'
    || '<div style="width:' || b.width || '%;min-width:8px;height:10px;border-radius:5px;background:' || b.colour || E'">&nbsp;</div></td></tr></table>\n'
    || '<p style="margin:8px 0 18px;font-size:14px;line-height:20px"><strong>' || quotakit._html(quotakit._show((f ->> 'used')::numeric, f #>> '{policy,unit}')) || '</strong> of '
    || quotakit._html(quotakit._show((f ->> 'limit')::numeric, f #>> '{policy,unit}'))
    || coalesce(' · ' || quotakit._html(f ->> 'percent') || ' %', '') || E'</p>\n'
    || '<table role="presentation" cellpadding="0" cellspacing="0">'
    || (SELECT string_agg(quotakit._html_row(r.label, quotakit._html(r.value)), '') FROM quotakit._alert_rows(f) r WHERE r.label NOT IN ('Used', 'Limit'))
    || '</table>'
    || coalesce('<h2 style="margin:22px 0 6px;font-size:15px;font-weight:600">Most of it below</h2><table role="presentation" width="100%" cellpadding="0" cellspacing="0">'
       || (SELECT string_agg('<tr><td style="padding:5px 0;font-size:14px;line-height:20px;border-bottom:1px solid #f3f4f6;word-break:break-word">' || quotakit._html(t ->> 'path')
              || '</td><td align="right" valign="top" style="padding:5px 0 5px 16px;font-size:14px;line-height:20px;border-bottom:1px solid #f3f4f6;white-space:nowrap">'
              || quotakit._html(quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}')) || '</td></tr>', '' ORDER BY i)
           FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)) || '</table>', '')
    || quotakit._html_button(f ->> 'link', 'Open in the dashboard'),
    'You get this because an alert of the account ' || quotakit._html(f ->> 'account') || ' names you. To mute it for a week'
    || CASE WHEN f ->> 'link' IS NULL THEN '' ELSE ', open it in the dashboard, or' END
    || ' run in psql:<br><code style="font-size:12px">' || quotakit._html(quotakit._mute_words(f)) || '</code>')
  FROM (SELECT least(100, round(coalesce((f ->> 'percent')::numeric, 100))) AS width,
               CASE quotakit._status(coalesce((f ->> 'percent')::numeric, 100), 100)
                 WHEN 'healthy' THEN '#15803d' WHEN 'warning' THEN '#b45309' ELSE '#b91c1c' END AS colour) b);
END $$;
COMMENT ON FUNCTION quotakit._alert_html IS 'A mail about a policy, in HTML.';

CREATE FUNCTION quotakit._webhook_body(type text, at timestamptz, f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('type', type, 'timestamp', to_jsonb(at), 'data', f)::text);
END $$;
COMMENT ON FUNCTION quotakit._webhook_body IS 'The JSON of a webhook: type, timestamp, data, as Standard Webhooks asks.';

CREATE FUNCTION quotakit._slack_body(title text, rows_md text, f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('text', quotakit._slack(title), 'blocks', jsonb_build_array(
      jsonb_build_object('type', 'header', 'text', jsonb_build_object('type', 'plain_text', 'text', left(title, 150))),
      jsonb_build_object('type', 'section', 'text', jsonb_build_object('type', 'mrkdwn', 'text', left(rows_md, 3000))))
    || CASE WHEN f ->> 'link' IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('type', 'actions', 'elements',
         jsonb_build_array(jsonb_build_object('type', 'button', 'text', jsonb_build_object('type', 'plain_text', 'text', 'Open in the dashboard'),
           'url', left(f ->> 'link', 3000))))) END
    )::text);
END $$;
COMMENT ON FUNCTION quotakit._slack_body IS 'The JSON of a Slack message: a headline, lines in mrkdwn, a button.';

CREATE FUNCTION quotakit._alert_slack(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT quotakit._slack_body(quotakit._headline(f),
    (SELECT string_agg('*' || r.label || ':* ' || quotakit._slack(r.value), E'\n') FROM quotakit._alert_rows(f) r)
    || coalesce(E'\n*Most of it below:*\n' || (SELECT string_agg('• ' || quotakit._slack(t ->> 'path') || '  ' ||
         quotakit._slack(quotakit._show((t ->> 'amount')::numeric, f #>> '{policy,unit}')), E'\n' ORDER BY i)
         FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i)), ''), f));
END $$;
COMMENT ON FUNCTION quotakit._alert_slack IS 'A Slack message about a policy.';
