-- Settings, statements, and all of it to take away.

CREATE FUNCTION quotakit._api_settings(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('name', a.name, 'time_zone', a.time_zone, 'billing_day', a.billing_day, 'week_start', a.week_start,
    'usd_per_credit', trim_scale(a.usd_per_credit)::text, 'contact_name', a.contact_name, 'contact_email', a.contact_email,
    'billing_address', a.billing_address, 'on_unknown_path', a.on_unknown_path,
    'retention_days', (SELECT extract(epoch FROM now() - (now() - a.retention)) / 86400)::int4,
    'sealed_until', quotakit._iso_time(a.sealed_until),
    'mail_statements', coalesce((SELECT m.statements FROM quotakit.alert_setting m WHERE m.account_id = a.account_id), true),
    'digest_hour', coalesce((SELECT m.digest_hour FROM quotakit.alert_setting m WHERE m.account_id = a.account_id), 8),
    'time_zones', (SELECT jsonb_agg(z.name ORDER BY z.name) FROM pg_timezone_names z
                   WHERE z.name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/' OR z.name = 'UTC'),
    'sql', format('SELECT * FROM quotakit.account WHERE name = %L;', a.name))
  FROM quotakit.account a WHERE a.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_settings IS 'GET /api/settings';

CREATE FUNCTION quotakit._api_set_settings(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  days int8 := quotakit._api_int(body, 'retention_days');
BEGIN
  IF days NOT BETWEEN 35 AND 36500 THEN
    RAISE EXCEPTION 'retention of % days is out of range', days USING ERRCODE = 'QK008', DETAIL = 'Events are kept for 35 to 36,500 days.';
  END IF;
  PERFORM quotakit.set_account(name => nullif(quotakit._api_text(body, 'name'), ''), time_zone => nullif(quotakit._api_text(body, 'time_zone'), ''),
    billing_day => quotakit._api_id(body, 'billing_day'), week_start => quotakit._api_id(body, 'week_start'),
    usd_per_credit => CASE WHEN body ->> 'usd_per_credit' = '' THEN 0 ELSE quotakit._api_number(body, 'usd_per_credit') END,
    contact_name => quotakit._api_text(body, 'contact_name'), contact_email => quotakit._api_text(body, 'contact_email'),
    on_unknown_path => quotakit._api_text(body, 'on_unknown_path'), retention => days * interval '1 day',
    billing_address => quotakit._api_text(body, 'billing_address'));
  IF body ?| '{mail_statements,digest_hour}' THEN
    PERFORM quotakit.set_mail(statements => quotakit._api_bool(body, 'mail_statements', NULL), digest_hour => quotakit._api_int(body, 'digest_hour')::int4);
  END IF;
  RETURN quotakit._api_settings(me, '{}', '{}');
END $$;
COMMENT ON FUNCTION quotakit._api_set_settings IS 'PATCH /api/settings';

CREATE FUNCTION quotakit._api_statements(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acct   quotakit.account := me.acct;
  month  tstzrange := quotakit.window_range('month', statement_timestamp(), acct.time_zone, acct.billing_day, acct.week_start);
  first  timestamptz;
  usage  jsonb;
  months jsonb := '[]';
BEGIN
  -- One probe a root: the key is by node and day.
  SELECT least(quotakit._day_start(acct, min(d.day)), statement_timestamp()) INTO first
  FROM quotakit.node n CROSS JOIN LATERAL (
    SELECT min(s.day) AS day FROM quotakit.subtree_day s WHERE s.account_id = n.account_id AND s.node_id = n.node_id) d
  WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1;
  -- What was not folded yet, or never is, where no job runs.
  first := least(first, (SELECT min(d.hour) FROM quotakit.rollup_delta d WHERE d.account_id = acct.account_id));
  FOR i IN 1 .. 36 LOOP
    EXIT WHEN i > 1 AND upper(month) <= first;
    SELECT quotakit._sum_usage(array_agg(to_jsonb(u))) INTO usage
    FROM quotakit.node n CROSS JOIN LATERAL quotakit.subtree_usage(n.path, lower(month), upper(month)) u
    WHERE n.account_id = acct.account_id AND quotakit.nlevel(n.path) = 1;
    months := months || jsonb_build_object('month', to_char(lower(month) AT TIME ZONE acct.time_zone, 'YYYY-MM'),
      'since', quotakit._iso_time(lower(month)), 'until', quotakit._iso_time(upper(month)), 'final', upper(month) <= statement_timestamp(),
      'cost_usd', usage ->> 'cost_usd', 'cost_credits', usage ->> 'cost_credits', 'requests', usage -> 'requests');
    month := quotakit.window_range('month', lower(month) - interval '1 hour', acct.time_zone, acct.billing_day, acct.week_start);
  END LOOP;
  RETURN jsonb_build_object('months', months,
    'sql', format(E'SELECT u.step_start, sum(u.cost_usd) AS cost_usd\nFROM quotakit.node n CROSS JOIN LATERAL '
    'quotakit.subtree_series(n.path, ''2020-01-01'', step => ''month'') u\nWHERE n.account_id = %s AND '
    'quotakit.nlevel(n.path) = 1 GROUP BY u.step_start ORDER BY u.step_start DESC;',
                  acct.account_id));
END $$;
COMMENT ON FUNCTION quotakit._api_statements IS 'GET /api/statements';

CREATE FUNCTION quotakit._api_statement(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acct  quotakit.account := me.acct;
  given text := query ->> 'month';
  month tstzrange;
  lines jsonb;
  total jsonb;
BEGIN
  IF given !~ '^(19[7-9]|20[0-9])[0-9]-(0[1-9]|1[0-2])$' THEN
    RAISE EXCEPTION 'month is not a month' USING ERRCODE = 'QK018', COLUMN = 'month', HINT = 'Give 2026-11.';
  END IF;
  -- The billing month that begins in this month.
  month := quotakit.window_range('month', (to_date(given || '-28', 'YYYY-MM-DD') + time '12:00') AT TIME ZONE acct.time_zone,
                                 acct.time_zone, acct.billing_day, acct.week_start);
  IF lower(month) > statement_timestamp() THEN
    RAISE EXCEPTION 'the billing month % has not begun', given USING ERRCODE = 'undefined_object';
  END IF;
  WITH line AS MATERIALIZED (
    SELECT o.path::text AS path, o.service, o.model, o.m, u.*
    FROM quotakit._own(acct.account_id, NULL, lower(month), least(upper(month), statement_timestamp() + interval '1 day'), 'line', NULL, NULL, NULL) o
    CROSS JOIN LATERAL quotakit._shown(o.m) u
  ), whole AS (
    SELECT u.* FROM quotakit._shown((SELECT quotakit.sum(l.m) FROM line l)) u
  )
  -- As _usage_json() has it; a line for each path and model is too many for that.
  SELECT (SELECT coalesce(jsonb_agg(to_jsonb(j) ORDER BY j.path, j.service, j.model), '[]') FROM (
            SELECT l.path, l.service, l.model, l.events AS calls, l.failed, l.unpriced, l.requests, l.tokens, l.input_tokens, l.cached_input_tokens,
                   l.cache_write_tokens, l.output_tokens, l.reasoning_tokens, l.cost_usd::text AS cost_usd, l.cost_credits::text AS cost_credits,
                   CASE WHEN l.requests > 0 THEN trim_scale(round(l.cost_usd / l.requests, 9))::text END AS usd_per_request
            FROM line l) j),
         quotakit._usage_json(to_jsonb(w))
  INTO lines, total FROM whole w;
  IF query ->> 'format' = 'csv' THEN
    RETURN to_jsonb(quotakit._csv(lines || (jsonb_build_object('path', 'total') || total),
      '{path, service, model, calls, failed, unpriced, requests, tokens, input_tokens,
        cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, cost_credits}'));
  END IF;
  RETURN jsonb_build_object('month', given, 'since', quotakit._iso_time(lower(month)), 'until', quotakit._iso_time(upper(month)),
    'final', upper(month) <= statement_timestamp(), 'account', acct.name, 'billing_address', acct.billing_address, 'contact_name', acct.contact_name,
    'lines', lines, 'total', total,
    'sql', format(E'SELECT path, service, model, sum(requests) AS requests, sum(cost_usd) AS cost_usd\nFROM '
    'quotakit.usage_hour WHERE account = %L AND hour >= %L AND hour < %L\nGROUP BY path, service, model ORDER BY path;',
                  acct.name, quotakit._iso_time(lower(month)), quotakit._iso_time(upper(month))));
END $$;
COMMENT ON FUNCTION quotakit._api_statement IS 'GET /api/statements/{month}';

CREATE FUNCTION quotakit._api_export(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  what  text := quotakit._api_text(query, 'what');
  until timestamptz := coalesce(quotakit._api_time(me.acct, query, 'until', true), statement_timestamp());
  since timestamptz := coalesce(quotakit._api_time(me.acct, query, 'since'), until - interval '31 days');
BEGIN
  IF what = 'usage' THEN
    IF until - since > interval '92 days' THEN
      RAISE EXCEPTION 'the range is longer than 92 days' USING ERRCODE = 'QK008', HINT = 'Take it in pieces.';
    END IF;
    RETURN to_jsonb(quotakit._csv((
      SELECT jsonb_agg(to_jsonb(u) || jsonb_build_object('hour', quotakit._iso_time(u.hour), 'path', u.path::text, 'cost_usd', u.cost_usd::text,
                                                         'cost_credits', u.cost_credits::text) ORDER BY u.hour, u.path, u.model)
      FROM quotakit.usage_hour u WHERE u.account_id = me.account_id AND u.hour >= since AND u.hour < until),
      '{hour, path, service, model, events, failed, unpriced, requests, tokens, input_tokens,
        cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, cost_credits}'));
  ELSIF what = 'config' THEN
    RETURN jsonb_build_object('account', to_jsonb(me.acct) - '{version,sealed_until}'::text[],
      'nodes', (SELECT coalesce(jsonb_agg(to_jsonb(n) - 'account_id' || jsonb_build_object('path', n.path::text) ORDER BY n.path), '[]')
                FROM quotakit.node n WHERE n.account_id = me.account_id),
      'policies', (SELECT coalesce(jsonb_agg(to_jsonb(p) - '{account_id,limit_amount,boost_amount}'::text[] || jsonb_build_object('path', n.path::text,
                     'limit', quotakit.in_unit(p.limit_amount, p.unit)::text,
                     'boost', quotakit.in_unit(p.boost_amount, p.unit)::text) ORDER BY p.policy_id), '[]')
                   FROM quotakit.policy p JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
                   WHERE p.account_id = me.account_id AND p.archived_at IS NULL),
      'services', (SELECT coalesce(jsonb_agg(to_jsonb(s) - '{account_id,shipped}'::text[] ORDER BY s.service), '[]')
                   FROM quotakit.service s WHERE s.account_id = me.account_id),
      'prices', (SELECT coalesce(jsonb_agg(quotakit._price_json(p, NULL) ORDER BY p.price_version), '[]') FROM quotakit.price p
                 WHERE p.account_id = me.account_id AND p.superseded_by IS NULL),
      'keys', (SELECT coalesce(jsonb_agg(to_jsonb(k) - '{account_id,key_hash}'::text[] ORDER BY k.key_id), '[]')
               FROM quotakit.api_key k WHERE k.account_id = me.account_id),
      'members', (SELECT coalesce(jsonb_agg(quotakit._member_json(m) ORDER BY m.member_id), '[]') FROM quotakit.member m WHERE m.account_id = me.account_id),
      'exported_at', quotakit._iso_time(statement_timestamp()));
  END IF;
  RAISE EXCEPTION 'there is no export of "%"', left(what, 50) USING ERRCODE = 'QK018', COLUMN = 'what', HINT = 'Give config or usage.';
END $$;
COMMENT ON FUNCTION quotakit._api_export IS 'GET /api/export';
