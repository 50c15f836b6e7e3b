-- Usage of a subtree, from the totals that the folding keeps for every node: a row
-- a day, service and model, however many nodes and events lie below (R10).

CREATE TYPE quotakit._cell AS (
  node_id int4, hour timestamptz, day date, service text, model text,
  events int8,
  failed int8,
  unpriced int8,
  requests int8,
  input_tokens int8,
  cached_input_tokens int8,
  cache_write_tokens int8,
  output_tokens int8,
  reasoning_tokens int8,
  usd int8,
  credits int8
);
COMMENT ON TYPE quotakit._cell IS 'Sums of one node, hour or day, service and model.';

CREATE FUNCTION quotakit._day_start(acct quotakit.account, day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  -- Noon exists on every day; midnight does not, where clocks change at midnight.
  SELECT lower(quotakit.window_range('day', (day + time '12:00') AT TIME ZONE acct.time_zone,
                                     acct.time_zone, acct.billing_day, acct.week_start))
$$;
COMMENT ON FUNCTION quotakit._day_start(quotakit.account, date) IS 'When a day begins in the account''s time zone.';

CREATE FUNCTION quotakit._whole_days(acct quotakit.account, since timestamptz, until timestamptz) RETURNS daterange
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first date := (since AT TIME ZONE acct.time_zone)::date;
  after date := (until AT TIME ZONE acct.time_zone)::date;
BEGIN
  IF quotakit._day_start(acct, first) < since THEN
    first := first + 1;
  END IF;
  RETURN CASE WHEN first < after THEN daterange(first, after) ELSE 'empty' END;
END $$;
COMMENT ON FUNCTION quotakit._whole_days(quotakit.account, timestamptz, timestamptz) IS 'The local days that lie wholly between two times.';

CREATE FUNCTION quotakit._subtree_nodes(account_id int4, node_id int4, tag text) RETURNS int4[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(array_agg(n.node_id), '{}')
  FROM quotakit.node top
  JOIN quotakit.node n ON n.account_id = top.account_id AND n.path OPERATOR(quotakit.<@) top.path
  WHERE top.account_id = $1 AND top.node_id = $2 AND ($3 IS NULL OR n.tags @> ARRAY[$3])
$$;
COMMENT ON FUNCTION quotakit._subtree_nodes(int4, int4, text) IS 'A node and those below it; with a tag, those that carry it themselves.';

CREATE FUNCTION quotakit._usage_range(path quotakit.qpath, from_at timestamptz, to_at timestamptz,
  OUT account_id int4, OUT node_id int4, OUT since timestamptz, OUT until timestamptz) RETURNS record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  zone text;
BEGIN
  account_id := quotakit._acting_account('viewer');
  IF path IS NULL OR from_at IS NULL OR to_at IS NULL THEN
    RAISE EXCEPTION 'path and times must not be null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  SELECT n.node_id, a.time_zone INTO node_id, zone
  FROM quotakit.account a
  JOIN quotakit.node n ON n.account_id = a.account_id AND n.path OPERATOR(quotakit.=) _usage_range.path
  WHERE a.account_id = _usage_range.account_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'path "%" does not exist', path USING ERRCODE = 'QK001';
  END IF;
  -- UUIDs begin in 1970; nothing is recorded further ahead than minutes.
  since := quotakit.local_hour(greatest(from_at, '1970-01-01 00:00+00'), zone);
  until := quotakit.local_hour(least(to_at, now() + interval '1 day'), zone);
  IF until < least(to_at, now() + interval '1 day') THEN
    until := upper(quotakit.window_range('hour', until, zone));
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._usage_range(quotakit.qpath, timestamptz, timestamptz) IS 'Account, node and the range of whole local hours that a question about usage is about.';

CREATE FUNCTION quotakit._folded(account_id int4, nodes int4[], whole_subtree bool, since timestamptz, until timestamptz,
  by_hour bool, service text, model text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct    quotakit.account;
  days    daterange;
  edge    tstzrange;
  in_svc  text := _folded.service;
  in_mod  text := _folded.model;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _folded.account_id;
  IF NOT whole_subtree THEN
    RETURN QUERY
    SELECT r.node_id, r.hour, (r.hour AT TIME ZONE acct.time_zone)::date, n.service, r.model,
           r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits
    FROM quotakit.rollup_hour r
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
    WHERE r.account_id = acct.account_id AND r.node_id = ANY (nodes) AND r.hour >= since AND r.hour < until
      AND (in_svc IS NULL OR n.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod);
    RETURN;
  END IF;
  -- Whole local days by day, the hours at both ends by hour.
  days := daterange(NULL, NULL);
  IF by_hour THEN
    days := 'empty';
  ELSE
    days := quotakit._whole_days(acct, since, until);
  END IF;
  RETURN QUERY
  SELECT r.node_id, NULL::timestamptz, r.day, r.service, r.model,
         r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits
  FROM quotakit.subtree_day r
  WHERE NOT isempty(days) AND r.account_id = acct.account_id AND r.node_id = ANY (nodes)
    AND r.day >= lower(days) AND r.day < upper(days)
    AND (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod);
  FOR edge IN
    SELECT e FROM (VALUES
      (CASE WHEN isempty(days) THEN tstzrange(since, until)
            ELSE tstzrange(since, quotakit._day_start(acct, lower(days))) END),
      (CASE WHEN NOT isempty(days) THEN tstzrange(quotakit._day_start(acct, upper(days)), until) END)) AS v(e)
    WHERE NOT isempty(e)
  LOOP
    RETURN QUERY
    SELECT r.node_id, r.hour, (r.hour AT TIME ZONE acct.time_zone)::date, r.service, r.model,
           r.events, r.failed, r.unpriced, r.requests, r.input_tokens, r.cached_input_tokens, r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.usd, r.credits
    FROM quotakit.subtree_hour r
    WHERE r.account_id = acct.account_id AND r.node_id = ANY (nodes)
      AND r.hour >= lower(edge) AND r.hour < upper(edge)
      AND (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._folded(int4, int4[], bool, timestamptz, timestamptz, bool, text, text) IS 'Folded sums of nodes, each with its subtree or each by itself, from since to before until (starts of local hours); by day where by_hour is false and whole days allow it.';

CREATE FUNCTION quotakit._unfolded(account_id int4, nodes int4[], since timestamptz, until timestamptz, service text, model text)
RETURNS SETOF quotakit._cell
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.node_id, d.hour, (d.hour AT TIME ZONE a.time_zone)::date, n.service, d.model,
         d.events, d.failed, d.unpriced, d.requests, d.input_tokens, d.cached_input_tokens, d.cache_write_tokens, d.output_tokens, d.reasoning_tokens, d.usd, d.credits
  FROM quotakit.account a
  JOIN quotakit.rollup_delta d ON d.account_id = a.account_id
  JOIN quotakit.node n ON n.account_id = d.account_id AND n.node_id = d.node_id
  WHERE a.account_id = $1 AND d.node_id = ANY ($2) AND d.hour >= $3 AND d.hour < $4
    AND ($5 IS NULL OR n.service = $5) AND ($6 IS NULL OR d.model = $6)
$$;
COMMENT ON FUNCTION quotakit._unfolded(int4, int4[], timestamptz, timestamptz, text, text) IS 'Sums of the nodes themselves that have not been folded yet.';

CREATE FUNCTION quotakit._cells(account_id int4, node_id int4, since timestamptz, until timestamptz,
  by_hour bool, service text, model text, tag text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  below int4[] := quotakit._subtree_nodes(_cells.account_id, _cells.node_id, tag);
BEGIN
  IF tag IS NULL THEN
    RETURN QUERY SELECT * FROM quotakit._folded(_cells.account_id, ARRAY[_cells.node_id], true, since, until, by_hour, _cells.service, _cells.model);
  ELSE
    RETURN QUERY SELECT * FROM quotakit._folded(_cells.account_id, below, false, since, until, by_hour, _cells.service, _cells.model);
  END IF;
  RETURN QUERY SELECT * FROM quotakit._unfolded(_cells.account_id, below, since, until, _cells.service, _cells.model);
END $$;
COMMENT ON FUNCTION quotakit._cells(int4, int4, timestamptz, timestamptz, bool, text, text, text) IS 'Sums of a subtree, folded and not; with a tag, of the nodes in it that carry the tag.';

CREATE FUNCTION quotakit.subtree_usage(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(),
  service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r record;
BEGIN
  r := quotakit._usage_range(path, since, until);
  RETURN QUERY
  SELECT coalesce(sum(c.events), 0), coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
  FROM quotakit._cells(r.account_id, r.node_id, r.since, r.until, false, service, model, tag) c;
END $$;
COMMENT ON FUNCTION quotakit.subtree_usage(quotakit.qpath, timestamptz, timestamptz, text, text, text) IS 'What a path and everything below it used from since to before until, one row: events (calls), failed and unpriced ones among them, requests, tokens (all classes) and by class, cost_usd in USD and cost_credits in credits. Both times are widened to whole hours of the account''s local time. Filters: service, model, and tag (only the nodes that carry it). Acts for the current account. Errors: QK001, QK008, QK016.';

CREATE FUNCTION quotakit.subtree_series(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(), step text DEFAULT 'day',
  by text DEFAULT NULL, service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (step_start timestamptz, step_end timestamptz, key text, events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r      record;
  acct   quotakit.account;
  starts timestamptz[] := '{}';
  win    tstzrange;
BEGIN
  IF step IS NULL OR step NOT IN ('hour', 'day', 'week', 'month') THEN
    RAISE EXCEPTION 'unknown step "%"', step
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Steps are hour, day, week and month.';
  END IF;
  IF by IS NOT NULL AND by NOT IN ('service', 'model') THEN
    RAISE EXCEPTION 'a series cannot be split by "%"', by
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It can be split by service or model.';
  END IF;
  r := quotakit._usage_range(path, since, until);
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = r.account_id;
  -- Every step has its row, also the empty ones.
  win := quotakit.window_range(step, r.since, acct.time_zone, acct.billing_day, acct.week_start);
  WHILE lower(win) < r.until LOOP
    IF cardinality(starts) >= 20000 THEN
      RAISE EXCEPTION 'the series has more than 20000 steps' USING ERRCODE = 'QK008', HINT = 'Choose a longer step.';
    END IF;
    starts := starts || lower(win);
    win := quotakit.window_range(step, upper(win), acct.time_zone, acct.billing_day, acct.week_start);
  END LOOP;
  IF cardinality(starts) = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH steps AS (
    SELECT s AS step_start, lead(s, 1, lower(win)) OVER (ORDER BY s) AS step_end FROM unnest(starts) s
  ), cells AS (
    SELECT CASE by WHEN 'service' THEN c.service WHEN 'model' THEN c.model END AS key,
           starts[width_bucket(coalesce(c.hour, quotakit._day_start(acct, c.day)), starts)] AS step_start, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._cells(r.account_id, r.node_id, r.since, r.until, step = 'hour', service, model, tag) c
  ), keys AS (
    SELECT DISTINCT x.key FROM cells x
    UNION ALL
    SELECT NULL WHERE NOT EXISTS (SELECT FROM cells)
  )
  SELECT s.step_start, s.step_end, k.key,
         coalesce(sum(c.events), 0), coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
  FROM steps s CROSS JOIN keys k
  LEFT JOIN cells c ON c.step_start = s.step_start AND c.key IS NOT DISTINCT FROM k.key
  GROUP BY s.step_start, s.step_end, k.key
  ORDER BY s.step_start, k.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_series(quotakit.qpath, timestamptz, timestamptz, text, text, text, text, text) IS 'What a path and everything below it used from since to before until, a row for each step (hour, day, week or month of the account''s calendar, at most 20,000), empty ones too; split by service or model (key) if by says so. Columns and filters as in subtree_usage; the first and last step count only what lies in the range. Errors: QK001, QK008, QK016, 22023.';

CREATE FUNCTION quotakit.subtree_breakdown(path quotakit.qpath, since timestamptz, until timestamptz DEFAULT now(), by text DEFAULT 'child',
  service text DEFAULT NULL, model text DEFAULT NULL, tag text DEFAULT NULL)
RETURNS TABLE (key text, events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric, share numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  r     record;
  level int4 := quotakit.nlevel(path);
  below int4[];
BEGIN
  IF by IS NULL OR by NOT IN ('path', 'child', 'service', 'model', 'day') THEN
    RAISE EXCEPTION 'usage cannot be broken down by "%"', by
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It can be by path, child, service, model or day.';
  END IF;
  r := quotakit._usage_range(path, since, until);
  IF by IN ('path', 'child') THEN
    below := quotakit._subtree_nodes(r.account_id, r.node_id, tag);
  END IF;
  RETURN QUERY
  WITH cells AS (
    SELECT CASE by WHEN 'service' THEN c.service WHEN 'model' THEN c.model ELSE to_char(c.day, 'YYYY-MM-DD') END AS key, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM quotakit._cells(r.account_id, r.node_id, r.since, r.until, false, service, model, tag) c
    WHERE by IN ('service', 'model', 'day')
    UNION ALL
    -- A node's own usage is its subtree's less that of its children.
    SELECT own.path::text, sign * c.events, sign * c.failed, sign * c.unpriced, sign * c.requests, sign * c.input_tokens, sign * c.cached_input_tokens, sign * c.cache_write_tokens, sign * c.output_tokens, sign * c.reasoning_tokens, sign * c.usd, sign * c.credits
    FROM quotakit._folded(r.account_id, below, true, r.since, r.until, false, service, model) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    CROSS JOIN LATERAL (VALUES (n.path, 1), (quotakit.parent(n.path), -1)) AS own(path, sign)
    WHERE by = 'path' AND tag IS NULL AND own.path OPERATOR(quotakit.<@) subtree_breakdown.path
    UNION ALL
    SELECT child.path::text, sign * c.events, sign * c.failed, sign * c.unpriced, sign * c.requests, sign * c.input_tokens, sign * c.cached_input_tokens, sign * c.cache_write_tokens, sign * c.output_tokens, sign * c.reasoning_tokens, sign * c.usd, sign * c.credits
    FROM quotakit._folded(r.account_id,
      ARRAY(SELECT n.node_id FROM quotakit.node n
            WHERE by = 'child' AND n.account_id = r.account_id AND n.path OPERATOR(quotakit.<@) subtree_breakdown.path
              AND quotakit.nlevel(n.path) <= level + 1), true, r.since, r.until, false, service, model) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    CROSS JOIN LATERAL (VALUES (n.path, 1), (CASE WHEN c.node_id <> r.node_id THEN subtree_breakdown.path END, -1)) AS child(path, sign)
    WHERE by = 'child' AND tag IS NULL AND child.path IS NOT NULL
    UNION ALL
    SELECT (CASE WHEN by = 'path' THEN n.path ELSE quotakit.subpath(n.path, 0, least(level + 1, quotakit.nlevel(n.path))) END)::text, c.events, c.failed, c.unpriced, c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.output_tokens, c.reasoning_tokens, c.usd, c.credits
    FROM (
      SELECT * FROM quotakit._folded(r.account_id, below, false, r.since, r.until, false, service, model)
      WHERE by IN ('path', 'child') AND tag IS NOT NULL
      UNION ALL
      SELECT * FROM quotakit._unfolded(r.account_id, below, r.since, r.until, service, model)
      WHERE by IN ('path', 'child')) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
  ), sums AS (
    SELECT c.key,
         coalesce(sum(c.events), 0) AS events, coalesce(sum(c.failed), 0), coalesce(sum(c.unpriced), 0), coalesce(sum(c.requests), 0),
         coalesce(sum(c.input_tokens), 0) + coalesce(sum(c.cached_input_tokens), 0) + coalesce(sum(c.cache_write_tokens), 0) + coalesce(sum(c.output_tokens), 0) + coalesce(sum(c.reasoning_tokens), 0),
         coalesce(sum(c.input_tokens), 0), coalesce(sum(c.cached_input_tokens), 0), coalesce(sum(c.cache_write_tokens), 0),
         coalesce(sum(c.output_tokens), 0), coalesce(sum(c.reasoning_tokens), 0),
         trim_scale(coalesce(sum(c.usd), 0) * 0.000000001), trim_scale(coalesce(sum(c.credits), 0) * 0.000000001)
    FROM cells c GROUP BY c.key
  )
  SELECT s.*, CASE WHEN sum(s.usd) OVER () > 0 THEN round(100 * s.usd / sum(s.usd) OVER (), 2) END
  FROM (SELECT * FROM sums) AS s(key, events, failed, unpriced, requests, tokens, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, usd, credits)
  -- What nets to nothing, such as a parent without usage of its own, is left out.
  WHERE s.events <> 0 OR s.requests <> 0 OR s.tokens <> 0 OR s.usd <> 0 OR s.credits <> 0
  ORDER BY CASE WHEN by = 'day' THEN s.key END, s.usd DESC, s.credits DESC, s.tokens DESC, s.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_breakdown(quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS 'What a path and everything below it used from since to before until, by path (each node''s own), child (each child with all below it; the path itself for its own), service, model (empty for none) or local day. Columns and filters as in subtree_usage; share is percent of the cost in USD, null without any. The rows add up to subtree_usage. Most expensive first, days in order. Errors: QK001, QK008, QK016, 22023.';
