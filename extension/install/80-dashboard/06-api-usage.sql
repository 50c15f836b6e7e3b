-- What was used: from the totals that folding keeps, never the ledger (R10).

CREATE TYPE quotakit._asked_usage AS (tops quotakit.qpath[], top quotakit.qpath, since timestamptz, until timestamptz, service text, model text, tag text);
COMMENT ON TYPE quotakit._asked_usage IS 'What a question about usage is about; tops has the roots where no path is given.';

CREATE FUNCTION quotakit._asked_usage(me quotakit._who, query jsonb) RETURNS quotakit._asked_usage
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q quotakit._asked_usage;
BEGIN
  q.top := quotakit._api_path(query, 'path');
  IF q.top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, q.top);
  END IF;
  q.tops := CASE WHEN q.top IS NOT NULL THEN ARRAY[q.top]
    ELSE ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND quotakit.nlevel(n.path) = 1) END;
  q.since := quotakit._api_time(me.acct, query, 'since');
  -- To the minute: what has not changed has the same ETag.
  q.until := least(coalesce(quotakit._api_time(me.acct, query, 'until', true), 'infinity'),
                   date_trunc('minute', statement_timestamp()) + interval '1 minute');
  q.service := nullif(quotakit._api_text(query, 'service'), '');
  q.model := nullif(quotakit._api_text(query, 'model'), '');
  q.tag := nullif(quotakit._api_text(query, 'tag'), '');
  IF q.since >= q.until THEN
    RAISE EXCEPTION 'the range of time is empty' USING ERRCODE = 'QK008';
  END IF;
  RETURN q;
END $$;
COMMENT ON FUNCTION quotakit._asked_usage(quotakit._who, jsonb) IS 'Reads path, since, until, service, model and tag out of a query.';

CREATE FUNCTION quotakit._usage_sql(fn text, q quotakit._asked_usage, columns text, extra text, args text[] DEFAULT '{}') RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- One path is one call; the account is one call a root.
  SELECT CASE WHEN q.top IS NOT NULL THEN
    quotakit._as_sql(fn, VARIADIC ARRAY['path', q.top::text] || rest.a)
  ELSE
    format(E'SELECT %s\nFROM quotakit.node n CROSS JOIN LATERAL quotakit.%s(path => n.path, %s) u\nWHERE n.account_id = '
      '(quotakit.current_account()).account_id AND quotakit.nlevel(n.path) = 1%s;',
      columns, fn, (SELECT string_agg(format('%s => %L', rest.a[i], rest.a[i + 1]), ', ' ORDER BY i)
                    FROM generate_series(1, cardinality(rest.a), 2) i WHERE rest.a[i + 1] IS NOT NULL), coalesce(extra, '')) END
  FROM (SELECT ARRAY['since', quotakit._iso_time(q.since), 'until', quotakit._iso_time(q.until), 'service', q.service, 'model', q.model, 'tag', q.tag]
               || args AS a) rest
$$;
COMMENT ON FUNCTION quotakit._usage_sql IS 'The query that an analyst would type for a question about usage.';

CREATE FUNCTION quotakit._sum_usage(u jsonb[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Mostly there is one.
  SELECT CASE WHEN cardinality($1) = 1 THEN $1[1] ELSE (
  SELECT jsonb_object_agg(f.f, coalesce((SELECT sum((x ->> f.f)::numeric) FROM unnest($1) x), 0))
  FROM unnest('{events, failed, unpriced, requests, tokens, input_tokens, cached_input_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, cost_usd, cost_credits}'::text[]) f(f)) END
$$;
COMMENT ON FUNCTION quotakit._sum_usage IS 'The sum of rows of subtree_usage() and its like.';

CREATE FUNCTION quotakit._usage_of(q quotakit._asked_usage, since timestamptz, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quotakit._sum_usage(array_agg(to_jsonb(u)))
  FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_usage(t.path, $2, $3, q.service, q.model, q.tag) u
$$;
COMMENT ON FUNCTION quotakit._usage_of IS 'The usage that is asked about, in another range of time.';

CREATE FUNCTION quotakit._forecast_sql(q quotakit._asked_usage, month tstzrange) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format($sql$SELECT sum(m.cost_usd) AS month_usd,
  round(sum(m.cost_usd) + sum(w.cost_usd) * extract(epoch FROM %1$L::timestamptz - t.now) / (7 * 86400), 2) AS forecast_month_usd
FROM date_trunc('minute', now()) AS t(now)
CROSS JOIN quotakit.node n
CROSS JOIN LATERAL quotakit.subtree_usage(path => n.path, since => %2$L, until => t.now%3$s) m
CROSS JOIN LATERAL quotakit.subtree_usage(path => n.path, since => t.now - interval '7 days', until => t.now%3$s) w
WHERE n.account_id = (quotakit.current_account()).account_id AND %4$s
GROUP BY t.now;$sql$,
    quotakit._iso_time(upper(month)), quotakit._iso_time(lower(month)),
    concat(', service => ' || quote_literal(q.service), ', model => ' || quote_literal(q.model), ', tag => ' || quote_literal(q.tag)),
    CASE WHEN q.top IS NULL THEN 'quotakit.nlevel(n.path) = 1' ELSE format('n.path OPERATOR(quotakit.=) %L', q.top::text) END)
$$;
COMMENT ON FUNCTION quotakit._forecast_sql IS 'The query for the forecast of a month: so far, and its rest as the last seven days were.';

CREATE FUNCTION quotakit._api_usage(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q       quotakit._asked_usage := quotakit._asked_usage(me, query);
  -- To the minute, like until: what has not changed has the same ETag, and the card's query gives the same cents.
  now     timestamptz := date_trunc('minute', statement_timestamp());
  span    interval := q.until - q.since;
  month   tstzrange := quotakit.window_range('month', now, (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start);
  so_far  numeric := (quotakit._usage_of(q, lower(month), now) ->> 'cost_usd')::numeric;
  week    numeric := (quotakit._usage_of(q, now - interval '7 days', now) ->> 'cost_usd')::numeric;
  compare bool := quotakit._api_bool(query, 'compare', false);
BEGIN
  RETURN jsonb_build_object('since', quotakit._iso_time(q.since), 'until', quotakit._iso_time(q.until),
    'usage', quotakit._usage_json(quotakit._usage_of(q, q.since, q.until)),
    'before', CASE WHEN compare THEN jsonb_build_object('since', quotakit._iso_time(q.since - span), 'until', quotakit._iso_time(q.since),
      'usage', quotakit._usage_json(quotakit._usage_of(q, q.since - span, q.since))) END,
    'refusals', quotakit._refusals(me.account_id, q.top, q.since, q.until, q.service, q.model),
    'refusals_before', CASE WHEN compare THEN quotakit._refusals(me.account_id, q.top, q.since - span, q.since, q.service, q.model) END,
    'month_usd', trim_scale(so_far)::text,
    -- The month so far, and the rest of it as the last seven days were.
    'forecast_month_usd', trim_scale(round(so_far + week / (7 * 86400) * extract(epoch FROM upper(month) - now), 2))::text,
    'sql', jsonb_build_object(
      'usage', quotakit._usage_sql('subtree_usage', q,
        'sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens, sum(u.events) AS calls', NULL),
      'refusals', format('SELECT coalesce(sum(count), 0) AS refusals FROM quotakit.refusal_log WHERE source <> '
      '''shadow'' AND minute >= date_trunc(''minute'', %L::timestamptz) AND minute < %L%s%s%s;',
        quotakit._iso_time(q.since), quotakit._iso_time(q.until),
        CASE WHEN q.top IS NULL THEN '' ELSE format(' AND call_path OPERATOR(quotakit.<@) %L', q.top::text) END,
        ' AND call_service = ' || quote_literal(q.service), ' AND call_model = ' || quote_literal(q.model)),
      'forecast', quotakit._forecast_sql(q, month)));
END $$;
COMMENT ON FUNCTION quotakit._api_usage IS 'GET /api/usage';

CREATE FUNCTION quotakit._series(q quotakit._asked_usage, step text, by text)
    RETURNS TABLE (step_start timestamptz, key text, usd numeric, credits numeric, requests numeric, tokens numeric)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  parts quotakit.qpath[];
BEGIN
  IF by IS DISTINCT FROM 'child' THEN
    RETURN QUERY
    SELECT s.step_start, s.key, sum(s.cost_usd), sum(s.cost_credits), sum(s.requests), sum(s.tokens)
    FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_series(t.path, q.since, q.until, step, by, q.service, q.model, q.tag) s
    GROUP BY s.step_start, s.key;
    RETURN;
  END IF;
  -- The ten largest below the path, or the ten largest roots; what is left is the path's own and the small ones'.
  IF q.top IS NULL THEN
    parts := ARRAY(SELECT t.path FROM unnest(q.tops) t(path)
      CROSS JOIN LATERAL quotakit.subtree_usage(t.path, q.since, q.until, q.service, q.model, q.tag) u
      ORDER BY u.cost_usd DESC, u.tokens DESC, t.path LIMIT 10);
  ELSE
    parts := ARRAY(SELECT b.key::quotakit.qpath
      FROM quotakit.subtree_breakdown(q.top, q.since, q.until, 'child', q.service, q.model, q.tag) b
      WHERE b.key <> q.top::text LIMIT 10);
  END IF;
  RETURN QUERY
  WITH part AS (
    SELECT s.step_start, p.path::text AS key, s.cost_usd, s.cost_credits, s.requests, s.tokens
    FROM unnest(parts) p(path)
    CROSS JOIN LATERAL quotakit.subtree_series(p.path, q.since, q.until, step, NULL, q.service, q.model, q.tag) s
  ), whole AS (
    SELECT s.step_start, sum(s.cost_usd) AS cost_usd, sum(s.cost_credits) AS cost_credits, sum(s.requests) AS requests, sum(s.tokens) AS tokens
    FROM unnest(q.tops) t(path)
    CROSS JOIN LATERAL quotakit.subtree_series(t.path, q.since, q.until, step, NULL, q.service, q.model, q.tag) s
    GROUP BY s.step_start
  )
  SELECT p.step_start, p.key, p.cost_usd, p.cost_credits, p.requests, p.tokens FROM part p
  UNION ALL
  SELECT w.step_start, '(other)', w.cost_usd - coalesce(sum(p.cost_usd), 0), w.cost_credits - coalesce(sum(p.cost_credits), 0),
         w.requests - coalesce(sum(p.requests), 0), w.tokens - coalesce(sum(p.tokens), 0)
  FROM whole w LEFT JOIN part p ON p.step_start = w.step_start
  GROUP BY w.step_start, w.cost_usd, w.cost_credits, w.requests, w.tokens;
END $$;
COMMENT ON FUNCTION quotakit._series IS 'What was used by step and, as by says, service, model or child; what no child has is (other).';

CREATE FUNCTION quotakit._api_series(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q    quotakit._asked_usage := quotakit._asked_usage(me, query);
  step text := quotakit._api_text(query, 'step');
  split text := nullif(quotakit._api_text(query, 'by'), '');
  j    jsonb;
BEGIN
  IF split NOT IN ('service', 'model', 'child') THEN
    RAISE EXCEPTION 'a series cannot be split by "%"', left(split, 50) USING ERRCODE = 'QK018', COLUMN = 'by', HINT = 'By service, model or child.';
  END IF;
  IF step = 'hour' AND q.until - q.since > interval '92 days' THEN
    RAISE EXCEPTION 'hours can be shown for 92 days at most' USING ERRCODE = 'QK008', HINT = 'Choose a longer step.';
  END IF;
  WITH s AS MATERIALIZED (
    SELECT x.* FROM quotakit._series(q, step, split) x
  ), steps AS (
    SELECT DISTINCT s.step_start FROM s
  ), keys AS (
    SELECT s.key FROM s GROUP BY s.key
    HAVING split IS NULL OR bool_or(s.usd <> 0 OR s.credits <> 0 OR s.requests <> 0 OR s.tokens <> 0)
  ), cells AS (
    SELECT k.key, t.step_start, coalesce(sum(s.usd), 0) AS usd, coalesce(sum(s.credits), 0) AS credits,
           coalesce(sum(s.requests), 0) AS requests, coalesce(sum(s.tokens), 0) AS tokens
    FROM keys k CROSS JOIN steps t LEFT JOIN s ON s.step_start = t.step_start AND s.key IS NOT DISTINCT FROM k.key
    GROUP BY k.key, t.step_start
  ), lines AS (
    SELECT c.key, sum(c.usd) AS usd, sum(c.tokens) AS tokens, jsonb_build_object('key', c.key,
      'cost_usd', jsonb_agg(trim_scale(c.usd)::text ORDER BY c.step_start), 'cost_credits', jsonb_agg(trim_scale(c.credits)::text ORDER BY c.step_start),
      'requests', jsonb_agg(c.requests ORDER BY c.step_start), 'tokens', jsonb_agg(c.tokens ORDER BY c.step_start)) AS j
    FROM cells c GROUP BY c.key
  )
  SELECT CASE WHEN query ->> 'format' = 'csv' THEN
      to_jsonb(quotakit._csv((SELECT jsonb_agg(jsonb_build_object('step_start', quotakit._iso_time(c.step_start), 'key', coalesce(c.key, 'total'),
        'cost_usd', trim_scale(c.usd)::text, 'cost_credits', trim_scale(c.credits)::text, 'requests', c.requests, 'tokens', c.tokens)
        ORDER BY c.step_start, c.key) FROM cells c), '{step_start,key,cost_usd,cost_credits,requests,tokens}'))
    ELSE jsonb_build_object('steps', (SELECT coalesce(jsonb_agg(quotakit._iso_time(t.step_start) ORDER BY t.step_start), '[]') FROM steps t),
      'keys', (SELECT coalesce(jsonb_agg(l.j ORDER BY l.key = '(other)', l.usd DESC, l.tokens DESC, l.key), '[]') FROM lines l),
      'sql', CASE WHEN split IS DISTINCT FROM 'child' THEN quotakit._usage_sql('subtree_series', q,
          'u.step_start, u.key, sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens',
          E'\nGROUP BY u.step_start, u.key ORDER BY u.step_start', ARRAY['step', step, 'by', split])
        ELSE format(E'SELECT c.path, s.*\nFROM quotakit.node c CROSS JOIN LATERAL quotakit.subtree_series(c.path, %L, %L, %L%s) s\nWHERE c.account_id '
          '= (quotakit.current_account()).account_id AND %s;',
          quotakit._iso_time(q.since), quotakit._iso_time(q.until), step,
          concat(', service => ' || quote_literal(q.service), ', model => ' || quote_literal(q.model), ', tag => ' || quote_literal(q.tag)),
          CASE WHEN q.top IS NULL THEN 'quotakit.nlevel(c.path) = 1'
            ELSE format('quotakit.parent(c.path) OPERATOR(quotakit.=) %L', q.top::text) END) END) END
  INTO j;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._api_series IS 'GET /api/usage/series';

CREATE FUNCTION quotakit._api_breakdown(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q    quotakit._asked_usage := quotakit._asked_usage(me, query);
  split text := quotakit._api_text(query, 'by');
  rows jsonb;
BEGIN
  IF split NOT IN ('path', 'child', 'service', 'model', 'day') THEN
    RAISE EXCEPTION 'usage cannot be broken down by "%"', left(split, 50) USING ERRCODE = 'QK018', COLUMN = 'by',
      HINT = 'By path, child, service, model or day.';
  END IF;
  WITH parts AS (
    SELECT b.key, quotakit._sum_usage(array_agg(to_jsonb(b))) AS u
    FROM unnest(q.tops) t(path)
    CROSS JOIN LATERAL quotakit.subtree_breakdown(t.path, q.since, q.until, split, q.service, q.model, q.tag) b
    WHERE q.top IS NOT NULL OR split <> 'child'
    GROUP BY b.key
    UNION ALL
    -- The children of the account are its roots.
    SELECT t.path::text, to_jsonb(u)
    FROM unnest(q.tops) t(path) CROSS JOIN LATERAL quotakit.subtree_usage(t.path, q.since, q.until, q.service, q.model, q.tag) u
    WHERE q.top IS NULL AND split = 'child' AND (u.events > 0 OR u.cost_usd <> 0 OR u.tokens <> 0)
  ), shared AS (
    SELECT p.key, p.u, (p.u ->> 'cost_usd')::numeric AS usd,
           CASE WHEN sum((p.u ->> 'cost_usd')::numeric) OVER () > 0
                THEN round(100 * (p.u ->> 'cost_usd')::numeric / sum((p.u ->> 'cost_usd')::numeric) OVER (), 2) END AS share
    FROM parts p
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('key', s.key, 'share', s.share) || quotakit._usage_json(s.u)
           ORDER BY CASE WHEN split = 'day' THEN s.key END, s.usd DESC, (s.u ->> 'tokens')::numeric DESC, s.key), '[]')
  INTO rows FROM shared s;
  IF query ->> 'format' = 'csv' THEN
    RETURN to_jsonb(quotakit._csv(rows, '{key, share, calls, failed, unpriced, requests, tokens, input_tokens,
      cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, cost_credits, usd_per_request}'));
  END IF;
  RETURN jsonb_build_object('rows', rows, 'sql',
    CASE WHEN q.top IS NULL AND split = 'child' THEN quotakit._usage_sql('subtree_usage', q, 'n.path, u.*', ' ORDER BY u.cost_usd DESC')
    ELSE quotakit._usage_sql('subtree_breakdown', q, 'u.key, sum(u.cost_usd) AS cost_usd, sum(u.requests) AS requests, sum(u.tokens) AS tokens',
      E'\nGROUP BY u.key ORDER BY cost_usd DESC', ARRAY['by', split]) END);
END $$;
COMMENT ON FUNCTION quotakit._api_breakdown IS 'GET /api/usage/breakdown';
