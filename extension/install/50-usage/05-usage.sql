-- Usage of a subtree, from the totals that the folding keeps for every node: a row
-- a day, service and model, however many nodes and events lie below (R10).

CREATE TYPE quotakit._cell AS (
  node_id int4, hour timestamptz, day date, service text, model text, m quotakit.measures
);
COMMENT ON TYPE quotakit._cell IS 'Measures of one node, hour or day, service and model; what they are not split by is null.';

CREATE FUNCTION quotakit._shown(m quotakit.measures)
RETURNS TABLE (events numeric, failed numeric, unpriced numeric, requests numeric, tokens numeric,
  input_tokens numeric, cached_input_tokens numeric, cache_write_tokens numeric,
  output_tokens numeric, reasoning_tokens numeric, cost_usd numeric, cost_credits numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT t.events, t.failed, t.unpriced, t.requests, t.tokens,
         t.input_tokens, t.cached_input_tokens, t.cache_write_tokens, t.output_tokens, t.reasoning_tokens,
         trim_scale(t.usd * 0.000000001), trim_scale(t.credits * 0.000000001)
  FROM quotakit._totals(coalesce(m, quotakit.measures())) AS t;
END;
COMMENT ON FUNCTION quotakit._shown(quotakit.measures) IS 'Measures as reports show them: tokens of all classes, costs in USD and credits; null as zeros.';

CREATE FUNCTION quotakit._day_start(acct quotakit.account, day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  -- Noon exists on every day; midnight does not, where clocks change at midnight.
  SELECT lower(quotakit.window_range('day', (day + time '12:00') AT TIME ZONE acct.time_zone,
                                     acct.time_zone, acct.billing_day, acct.week_start))
$$;
COMMENT ON FUNCTION quotakit._day_start(quotakit.account, date) IS 'When a day begins in the account''s time zone.';

CREATE TYPE quotakit._slices AS (first date, after date, since_a timestamptz, until_a timestamptz, sign_a int4,
  since_z timestamptz, until_z timestamptz, sign_z int4);
COMMENT ON TYPE quotakit._slices IS
  'A range of time as days (from first to before after) and, at either end, hours that are added or taken away; null for none.';

CREATE FUNCTION quotakit._slices(acct quotakit.account, since timestamptz, until timestamptz) RETURNS quotakit._slices
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  day_a   date := (since AT TIME ZONE acct.time_zone)::date;
  day_z   date := (until AT TIME ZONE acct.time_zone)::date;
  begin_a timestamptz := quotakit._day_start(acct, day_a);
  end_a   timestamptz := quotakit._day_start(acct, day_a + 1);
  begin_z timestamptz := quotakit._day_start(acct, day_z);
  end_z   timestamptz := quotakit._day_start(acct, day_z + 1);
  -- How much of the last day is out; what is still to come has no rows.
  out_z   interval := greatest(least(end_z, now() + interval '1 hour') - until, '0');
  s       quotakit._slices;
BEGIN
  s.first := day_a;
  s.after := day_z;
  IF since >= until THEN
    s.after := day_a;
  ELSIF day_a = day_z AND until - since <= since - begin_a + out_z THEN
    s.since_a := since; s.until_a := until; s.sign_a := 1;
  ELSE
    IF since > begin_a AND day_a < day_z AND end_a - since <= since - begin_a THEN
      s.first := day_a + 1;
      s.since_a := since; s.until_a := end_a; s.sign_a := 1;
    ELSIF since > begin_a THEN
      s.since_a := begin_a; s.until_a := since; s.sign_a := -1;
    END IF;
    IF until > begin_z AND day_a < day_z AND until - begin_z <= out_z THEN
      s.since_z := begin_z; s.until_z := until; s.sign_z := 1;
    ELSIF until > begin_z THEN
      s.after := day_z + 1;
      s.since_z := until; s.until_z := end_z; s.sign_z := -1;
    END IF;
  END IF;
  RETURN s;
END $$;
COMMENT ON FUNCTION quotakit._slices(quotakit.account, timestamptz, timestamptz) IS
  'A range of whole local hours as local days and as few hours as there can be: a day that is cut is the hours that '
  'are in, or the whole day less the hours that are out.';

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
COMMENT ON FUNCTION quotakit._usage_range(quotakit.qpath, timestamptz, timestamptz) IS
  'Account, node and the range of whole local hours that a question about usage is about.';

CREATE FUNCTION quotakit._folded(account_id int4, nodes int4[], signs int4[], since timestamptz, until timestamptz, grain text,
  service text, model text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
-- One descent of the key for each node, whatever lies in the table beside: a planner that sees many nodes
-- would read all of history, by several processes. Thousands of sums fit. Compiling takes longer than the work.
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '32MB'
SET enable_hashjoin = off SET enable_mergejoin = off SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
  acct    quotakit.account;
  s       quotakit._slices;
  e       record;
  in_svc  text := _folded.service;
  in_mod  text := _folded.model;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _folded.account_id;
  s := quotakit._slices(acct, since, until);
  IF grain = 'hour' THEN
    s := (s.first, s.first, since, until, 1, NULL, NULL, NULL);
  END IF;
  IF s.first < s.after THEN
    RETURN QUERY
    SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, NULL::timestamptz, CASE WHEN grain = 'day' THEN r.day END,
           CASE WHEN grain <> 'node' THEN r.service END, CASE WHEN grain <> 'node' THEN r.model END,
           quotakit.sum(coalesce(w.sign, 1) OPERATOR(quotakit.*) quotakit.measures(r))
    FROM unnest(nodes, signs) AS w(node_id, sign)
    JOIN quotakit.subtree_day r ON r.account_id = acct.account_id AND r.node_id = w.node_id AND r.day >= s.first AND r.day < s.after
    WHERE (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
    GROUP BY 1, 2, 3, 4, 5;
  END IF;
  FOR e IN
    SELECT v.* FROM (VALUES (s.since_a, s.until_a, s.sign_a), (s.since_z, s.until_z, s.sign_z)) v(since, until, sign) WHERE v.since < v.until
  LOOP
    RETURN QUERY
    SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, CASE WHEN grain = 'hour' THEN r.hour END,
           CASE WHEN grain IN ('hour', 'day') THEN (r.hour AT TIME ZONE acct.time_zone)::date END,
           CASE WHEN grain <> 'node' THEN r.service END, CASE WHEN grain <> 'node' THEN r.model END,
           quotakit.sum(coalesce(w.sign, 1) * e.sign OPERATOR(quotakit.*) quotakit.measures(r))
    FROM unnest(nodes, signs) AS w(node_id, sign)
    JOIN quotakit.subtree_hour r ON r.account_id = acct.account_id AND r.node_id = w.node_id AND r.hour >= e.since AND r.hour < e.until
    WHERE (in_svc IS NULL OR r.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
    GROUP BY 1, 2, 3, 4, 5;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._folded(int4, int4[], int4[], timestamptz, timestamptz, text, text, text) IS
  'Folded sums of nodes with all below them, each added or taken away as its sign says (null: all added), from since '
  'to before until (starts of local hours), by grain: node; line (node, service and model); day or hour (with service '
  'and model, of the nodes together). There may be several rows of one key: they add up.';

CREATE FUNCTION quotakit._unfolded(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  service text, model text, tag text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  acct    quotakit.account;
  in_top  quotakit.qpath := _unfolded.top;
  in_svc  text := _unfolded.service;
  in_mod  text := _unfolded.model;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = _unfolded.account_id;
  RETURN QUERY
  SELECT CASE WHEN grain IN ('node', 'line') THEN r.node_id END, CASE WHEN grain = 'hour' THEN r.hour END,
         CASE WHEN grain IN ('hour', 'day') THEN (r.hour AT TIME ZONE acct.time_zone)::date END,
         CASE WHEN grain <> 'node' THEN n.service END, CASE WHEN grain <> 'node' THEN r.model END,
         quotakit.sum(quotakit.measures(r))
  FROM quotakit.rollup_delta r
  JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
  WHERE r.account_id = acct.account_id AND r.hour >= since AND r.hour < until
    AND (in_top IS NULL OR n.path OPERATOR(quotakit.<@) in_top) AND (tag IS NULL OR n.tags @> ARRAY[tag])
    AND (in_svc IS NULL OR n.service = in_svc) AND (in_mod IS NULL OR r.model = in_mod)
  GROUP BY 1, 2, 3, 4, 5;
END $$;
COMMENT ON FUNCTION quotakit._unfolded(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS
  'Sums that have not been folded yet, of the nodes themselves from top down (null: of the account) that carry the tag, by grain as in _folded().';

CREATE FUNCTION quotakit._cells(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  service text, model text, tag text)
RETURNS SETOF quotakit._cell
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  nodes int4[];
  signs int4[];
BEGIN
  -- What the nodes with a tag used themselves: their subtrees, less those of their children. A node
  -- that has the tag from above and carries it itself comes to nothing.
  SELECT array_agg(x.node_id), array_agg(x.sign) INTO nodes, signs
  FROM (
    SELECT n.node_id, 1 AS sign FROM quotakit.node n
    WHERE tag IS NULL AND n.account_id = _cells.account_id AND n.path OPERATOR(quotakit.=) _cells.top
    UNION ALL
    SELECT n.node_id, (n.tags @> ARRAY[tag])::int4 - coalesce((p.tags @> ARRAY[tag])::int4, 0)
    FROM quotakit.node n
    LEFT JOIN quotakit.node p ON p.account_id = n.account_id AND p.path OPERATOR(quotakit.=) quotakit.parent(n.path)
      AND p.path OPERATOR(quotakit.<@) _cells.top
    WHERE tag IS NOT NULL AND n.account_id = _cells.account_id AND n.path OPERATOR(quotakit.<@) _cells.top) x
  WHERE x.sign <> 0;
  RETURN QUERY SELECT * FROM quotakit._folded(_cells.account_id, nodes, signs, since, until, grain, _cells.service, _cells.model);
  RETURN QUERY SELECT * FROM quotakit._unfolded(_cells.account_id, _cells.top, since, until, grain, _cells.service, _cells.model, tag);
END $$;
COMMENT ON FUNCTION quotakit._cells(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS
  'Sums of a subtree by day or hour (grain), service and model, folded and not; with a tag, of the nodes in it that carry the tag.';

CREATE FUNCTION quotakit._own(account_id int4, top quotakit.qpath, since timestamptz, until timestamptz, grain text,
  of_service text, of_model text, tag text)
RETURNS TABLE (path quotakit.qpath, service text, model text, m quotakit.measures)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := _own.account_id;
  in_top quotakit.qpath := _own.top;
  below  int4[] := ARRAY(SELECT n.node_id FROM quotakit.node n
    WHERE n.account_id = acct AND (in_top IS NULL OR n.path OPERATOR(quotakit.<@) in_top));
BEGIN
  RETURN QUERY
  WITH whole AS MATERIALIZED (
    SELECT n.path, c.* FROM quotakit._folded(acct, below, NULL, since, until, grain, of_service, of_model) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
  ), part AS (
    -- A node's own usage is its subtree's less that of its children.
    SELECT w.path, w.service, w.model, w.m FROM whole w
    UNION ALL
    SELECT quotakit.parent(w.path), w.service, w.model, OPERATOR(quotakit.-) w.m
    FROM whole w WHERE quotakit.nlevel(w.path) > coalesce(quotakit.nlevel(in_top), 1)
    UNION ALL
    SELECT n.path, c.service, c.model, c.m
    FROM quotakit._unfolded(acct, in_top, since, until, grain, of_service, of_model, NULL) c
    JOIN quotakit.node n ON n.account_id = acct AND n.node_id = c.node_id
  )
  SELECT p.path, p.service, p.model, quotakit.sum(p.m)
  FROM part p
  WHERE tag IS NULL OR EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = acct AND n.path OPERATOR(quotakit.=) p.path AND n.tags @> ARRAY[tag])
  GROUP BY p.path, p.service, p.model
  -- What nets to nothing, such as a parent without usage of its own, is left out.
  HAVING NOT quotakit._is_zero(quotakit.sum(p.m));
END $$;
COMMENT ON FUNCTION quotakit._own(int4, quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS
  'What each path from top down (null: of the account) used itself, folded or not; with a tag, the paths that carry it; grain line: by service and model.';

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
  SELECT u.* FROM (
    SELECT quotakit.sum(c.m) AS m FROM quotakit._cells(r.account_id, path, r.since, r.until, 'day', service, model, tag) c) s
  CROSS JOIN LATERAL quotakit._shown(s.m) u;
END $$;
COMMENT ON FUNCTION quotakit.subtree_usage(quotakit.qpath, timestamptz, timestamptz, text, text, text) IS
  'What a path and everything below it used from since to before until, one row: events (calls), failed and unpriced '
  'ones among them, requests, tokens (all classes) and by class, cost_usd in USD and cost_credits in credits. Both '
  'times are widened to whole hours of the account''s local time. Filters: service, model, and tag (only the nodes '
  'that carry it). Acts for the current account. Errors: QK001, QK008, QK016.';

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
           starts[width_bucket(coalesce(c.hour, quotakit._day_start(acct, c.day)), starts)] AS step_start, c.m
    FROM quotakit._cells(r.account_id, path, r.since, r.until, CASE step WHEN 'hour' THEN 'hour' ELSE 'day' END, service, model, tag) c
  ), keys AS (
    -- Undivided there is one, also where nothing was used.
    SELECT NULL::text AS key WHERE by IS NULL
    UNION ALL
    SELECT x.key FROM cells x WHERE by IS NOT NULL GROUP BY x.key
    -- A day less its hours may leave nothing.
    HAVING NOT quotakit._is_zero(quotakit.sum(x.m))
  )
  SELECT x.step_start, x.step_end, x.key, u.*
  FROM (SELECT s.step_start, s.step_end, k.key, quotakit.sum(c.m) AS m
        FROM steps s CROSS JOIN keys k
        LEFT JOIN cells c ON c.step_start = s.step_start AND c.key IS NOT DISTINCT FROM k.key
        GROUP BY s.step_start, s.step_end, k.key) x
  CROSS JOIN LATERAL quotakit._shown(x.m) u
  ORDER BY x.step_start, x.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_series(quotakit.qpath, timestamptz, timestamptz, text, text, text, text, text) IS
  'What a path and everything below it used from since to before until, a row for each step (hour, day, week or month '
  'of the account''s calendar, at most 20,000), empty ones too; split by service or model (key) if by says so, then '
  'for each that was used in the range. Columns and filters as in subtree_usage; the first and last step count only '
  'what lies in the range. Errors: QK001, QK008, QK016, 22023.';

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
  nodes int4[];
BEGIN
  IF by IS NULL OR by NOT IN ('path', 'child', 'service', 'model', 'day') THEN
    RAISE EXCEPTION 'usage cannot be broken down by "%"', by
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It can be by path, child, service, model or day.';
  END IF;
  r := quotakit._usage_range(path, since, until);
  IF by = 'child' THEN
    nodes := ARRAY(SELECT n.node_id FROM quotakit.node n
      WHERE n.account_id = r.account_id AND n.path OPERATOR(quotakit.<@) subtree_breakdown.path AND quotakit.nlevel(n.path) <= level + 1);
  END IF;
  RETURN QUERY
  WITH cells AS (
    SELECT CASE by WHEN 'service' THEN c.service WHEN 'model' THEN c.model ELSE to_char(c.day, 'YYYY-MM-DD') END AS key, c.m
    FROM quotakit._cells(r.account_id, path, r.since, r.until, 'day', service, model, tag) c
    WHERE by IN ('service', 'model', 'day')
    UNION ALL
    SELECT CASE by WHEN 'path' THEN c.path ELSE quotakit.subpath(c.path, 0, least(level + 1, quotakit.nlevel(c.path))) END::text, c.m
    FROM quotakit._own(r.account_id, path, r.since, r.until, 'node', service, model, tag) c
    WHERE by = 'path' OR (by = 'child' AND tag IS NOT NULL)
    UNION ALL
    -- Each child with all below it; what is left is the path's own.
    SELECT child.path::text, child.sign OPERATOR(quotakit.*) c.m
    FROM quotakit._folded(r.account_id, nodes, NULL, r.since, r.until, 'node', service, model) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    CROSS JOIN LATERAL (VALUES (n.path, 1), (CASE WHEN c.node_id <> r.node_id THEN subtree_breakdown.path END, -1)) AS child(path, sign)
    WHERE by = 'child' AND tag IS NULL AND child.path IS NOT NULL
    UNION ALL
    SELECT quotakit.subpath(n.path, 0, least(level + 1, quotakit.nlevel(n.path)))::text, c.m
    FROM quotakit._unfolded(r.account_id, path, r.since, r.until, 'node', service, model, NULL) c
    JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = c.node_id
    WHERE by = 'child' AND tag IS NULL
  ), sums AS (
    SELECT c.key, quotakit.sum(c.m) AS m FROM cells c GROUP BY c.key
  )
  SELECT s.key, u.*, CASE WHEN sum(u.cost_usd) OVER () > 0 THEN round(100 * u.cost_usd / sum(u.cost_usd) OVER (), 2) END
  FROM sums s CROSS JOIN LATERAL quotakit._shown(s.m) u
  -- What nets to nothing, such as a parent without usage of its own, is left out.
  WHERE NOT quotakit._is_zero(s.m)
  ORDER BY CASE WHEN by = 'day' THEN s.key END, u.cost_usd DESC, u.cost_credits DESC, u.tokens DESC, s.key;
END $$;
COMMENT ON FUNCTION quotakit.subtree_breakdown(quotakit.qpath, timestamptz, timestamptz, text, text, text, text) IS
  'What a path and everything below it used from since to before until, by path (each node''s own), child (each child '
  'with all below it; the path itself for its own), service, model (empty for none) or local day. Columns and filters '
  'as in subtree_usage; share is percent of the cost in USD, null without any. The rows add up to subtree_usage. Most '
  'expensive first, days in order. Errors: QK001, QK008, QK016, 22023.';
