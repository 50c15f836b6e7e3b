-- How messages put things. Whatever comes from people passes _line() or _html().
-- In PL/pgSQL also where SQL would do: its plans are kept.

CREATE FUNCTION quotakit._line(words text, most int4 DEFAULT 200) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- One line: no control characters, no line or paragraph separators, nothing that turns
  -- the direction of what follows.
  RETURN (SELECT CASE WHEN length(t.s) > most THEN left(t.s, most - 1) || '…' ELSE t.s END
  FROM (SELECT btrim(regexp_replace(words, '[\u0001-\u0020\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]+', ' ', 'g')) AS s) t);
END $$;
COMMENT ON FUNCTION quotakit._line IS 'Text as one harmless line of at most so many characters; null for null.';

CREATE FUNCTION quotakit._html(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT replace(replace(replace(replace(replace(quotakit._line(words, 2000),
    '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'));
END $$;
COMMENT ON FUNCTION quotakit._html IS 'Text as HTML, in an element or an attribute.';

CREATE FUNCTION quotakit._slack(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Slack's own three; and what would begin its markup is set apart by a word joiner.
  RETURN (SELECT regexp_replace(replace(replace(replace(quotakit._line(words, 1000),
    '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '([*_~`])', E'\u2060\\1\u2060', 'g'));
END $$;
COMMENT ON FUNCTION quotakit._slack IS 'Text in Slack''s mrkdwn, without markup of its own.';

CREATE FUNCTION quotakit._url_part(words text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(string_agg(CASE WHEN chr(b) ~ '[A-Za-z0-9._~/-]' AND b < 128 THEN chr(b)
    ELSE '%' || upper(lpad(to_hex(b), 2, '0')) END, '' ORDER BY i), '')
  FROM (SELECT i, get_byte(convert_to(words, 'UTF8'), i) AS b FROM generate_series(0, octet_length(convert_to(words, 'UTF8')) - 1) i) bytes);
END $$;
COMMENT ON FUNCTION quotakit._url_part IS 'Text percent-encoded for a URL; slashes stay.';

CREATE FUNCTION quotakit._show(amount numeric, unit text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE
    WHEN unit = 'usd' THEN '$' || CASE
      WHEN amount = 0 OR amount >= 1 THEN to_char(round(amount, 2), 'FM999,999,999,990.00')
      ELSE trim_scale(round(amount, 6))::text END
    WHEN unit = 'credits' THEN to_char(round(amount, 2), 'FM999,999,999,990.##') || ' credits'
    ELSE to_char(round(amount), 'FM9,999,999,999,999,999,990') || ' ' || unit END);
END $$;
COMMENT ON FUNCTION quotakit._show IS 'An amount as people write it: $1,234.50, 12 credits, 1,000 tokens.';

CREATE FUNCTION quotakit._show_time(at timestamptz, time_zone text) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT to_char(at AT TIME ZONE time_zone, 'FMDD Mon YYYY, HH24:MI') || ' (' || time_zone || ')');
END $$;
COMMENT ON FUNCTION quotakit._show_time IS 'An instant as people of that time zone write it.';

CREATE FUNCTION quotakit._show_period(period text, rolling bool) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE WHEN rolling THEN 'rolling ' || period
    ELSE CASE period WHEN 'minute' THEN 'per-minute' WHEN 'day' THEN 'daily' WHEN 'lifetime' THEN period ELSE period || 'ly' END END);
END $$;
COMMENT ON FUNCTION quotakit._show_period IS 'A period as an adjective.';

CREATE FUNCTION quotakit._dashboard(account_id int4) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.dashboard_url FROM quotakit.alert_setting s
  WHERE s.account_id IN (0, $1) AND s.dashboard_url IS NOT NULL ORDER BY s.account_id DESC LIMIT 1
$$;
COMMENT ON FUNCTION quotakit._dashboard IS 'Where the links in an account''s mails lead; null for nowhere.';

CREATE FUNCTION quotakit._pace_step(period text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE period WHEN 'minute' THEN 'second' WHEN 'hour' THEN 'minute' WHEN 'day' THEN 'hour' ELSE 'day' END);
END $$;
COMMENT ON FUNCTION quotakit._pace_step IS 'In what steps the pace of a period is told.';

CREATE FUNCTION quotakit._facts(account_id int4, policy_id int4, kind text, used int8, window_start timestamptz, window_end timestamptz, now timestamptz)
  RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  p       record;
  total   int8;
  since   timestamptz;
  until   timestamptz := least(_facts.now, _facts.window_end);
  elapsed numeric;
  pace    numeric;   -- in the unit as stored, a second
  hits    timestamptz;
  url     text := quotakit._dashboard(_facts.account_id);
BEGIN
  SELECT a.name, a.time_zone, n.node_id, n.path, q.* INTO STRICT p
  FROM quotakit.policy q JOIN quotakit.account a ON a.account_id = q.account_id
  JOIN quotakit.node n ON n.account_id = q.account_id AND n.node_id = q.node_id
  WHERE q.account_id = _facts.account_id AND q.policy_id = _facts.policy_id;
  total := p.limit_amount + CASE WHEN p.boost_until > _facts.now THEN p.boost_amount ELSE 0 END;
  since := CASE WHEN p.rolling THEN quotakit.rolling_since(p.period, _facts.now)
                WHEN p.period = 'lifetime' THEN p.created_at ELSE _facts.window_start END;
  elapsed := greatest(extract(epoch FROM until - since), 1);
  pace := _facts.used / elapsed;
  -- A rolling window frees as it goes: what it will hold cannot be told from what it holds.
  IF _facts.used < total AND pace > 0 AND NOT p.rolling AND until = _facts.now
     AND (total - _facts.used) / pace < 3e9 THEN
    hits := _facts.now + (total - _facts.used) / pace * interval '1 second';
  END IF;
  RETURN jsonb_build_object(
    'kind', _facts.kind, 'at', _facts.now, 'account', p.name, 'time_zone', p.time_zone, 'path', p.path::text,
    'policy', jsonb_build_object('policy_id', p.policy_id, 'unit', p.unit, 'period', p.period, 'rolling', p.rolling,
      'service', p.service, 'model', p.model, 'enforcement', p.enforcement),
    'used', quotakit.in_unit(_facts.used, p.unit)::text, 'limit', quotakit.in_unit(total, p.unit)::text,
    'percent', CASE WHEN total > 0 THEN trunc(100.0 * _facts.used / total, 1)::text END,
    'window_start', CASE WHEN p.rolling OR isfinite(_facts.window_start) THEN since END,
    'resets_at', CASE WHEN NOT p.rolling AND isfinite(_facts.window_end) THEN _facts.window_end END,
    'window_over', until < _facts.now,
    'pace', quotakit.in_unit(round(pace * CASE quotakit._pace_step(p.period)
      WHEN 'second' THEN 1 WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 ELSE 86400 END)::int8, p.unit)::text,
    'pace_per', quotakit._pace_step(p.period),
    'projected_at', CASE WHEN hits < _facts.window_end THEN hits END,
    'top', quotakit._top_spenders(_facts.account_id, p.node_id, p.path, since, until, p.unit, p.service, p.model),
    'link', url || '/projects?path=' || quotakit._url_part(p.path::text));
END $$;
COMMENT ON FUNCTION quotakit._facts IS
  'Everything a message about a policy says, with what it has used in a window: account, path, policy, used, limit, '
  'percent, pace, projected time, the top three below. Amounts are decimal strings in the policy''s unit.';

CREATE FUNCTION quotakit._top_spenders(account_id int4, node_id int4, path quotakit.qpath, since timestamptz, until timestamptz,
  unit text, service text, model text) RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := _top_spenders.account_id;
  level  int4 := quotakit.nlevel(_top_spenders.path);
  below  int4[];
  found  jsonb;
  hour   timestamptz;
BEGIN
  SELECT array_agg(n.node_id) INTO below FROM quotakit.node n
  WHERE n.account_id = acct AND n.path OPERATOR(quotakit.<@) _top_spenders.path AND quotakit.nlevel(n.path) = level + 1;
  IF below IS NULL THEN
    RETURN '[]';
  END IF;
  SELECT quotakit.local_hour(_top_spenders.since, a.time_zone) INTO hour FROM quotakit.account a WHERE a.account_id = acct;
  SELECT jsonb_agg(jsonb_build_object('path', s.child, 'amount', quotakit.in_unit(s.amount, _top_spenders.unit)::text) ORDER BY s.amount DESC, s.child)
  INTO found
  FROM (
    SELECT quotakit.subpath(n.path, 0, level + 1)::text AS child,
           quotakit.amount_of(quotakit.sum(c.m), _top_spenders.unit)::int8 AS amount
    FROM (
      SELECT * FROM quotakit._folded(acct, below, NULL, hour, _top_spenders.until, 'node',
        _top_spenders.service, _top_spenders.model)
      UNION ALL
      SELECT * FROM quotakit._unfolded(acct, _top_spenders.path, hour, _top_spenders.until, 'node', _top_spenders.service, _top_spenders.model, NULL) u
      WHERE u.node_id <> _top_spenders.node_id) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
    GROUP BY 1
    HAVING quotakit.amount_of(quotakit.sum(c.m), _top_spenders.unit) > 0
    ORDER BY 2 DESC, 1 LIMIT 3) s;
  RETURN coalesce(found, '[]');
END $$;
COMMENT ON FUNCTION quotakit._top_spenders IS
  'The three children of a path that used most, everything below them counted, by whole hours; from rollups, never from the ledger.';
