-- The tree and what one node has: counters and totals only, never the ledger (R10).

CREATE FUNCTION quotakit._policy_json(s quotakit.policy_status, pace bool DEFAULT true) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', s.policy_id, 'path', s.path::text, 'unit', s.unit, 'period', s.period, 'rolling', s.rolling,
    'service', s.service, 'model', s.model, 'enforcement', s.enforcement,
    'limit', s.limit_amount::text, 'base_limit', quotakit.in_unit(p.limit_amount, p.unit)::text,
    'boost', CASE WHEN s.boosted_until IS NOT NULL
      THEN jsonb_build_object('amount', quotakit.in_unit(p.boost_amount, p.unit)::text, 'until', quotakit._iso_time(s.boosted_until)) END,
    'used', s.used::text, 'held', s.held::text, 'free', s.free::text, 'percent', s.percent, 'percent_held', s.percent_held, 'status', s.status,
    'window_start', quotakit._iso_time(s.window_start), 'resets_at', quotakit._iso_time(s.resets_at),
    'pace_per_hour', f.pace_per_hour::text, 'projected', f.projected::text, 'projected_percent', f.projected_percent,
    'trips_at', quotakit._iso_time(f.trips_at), 'created_at', quotakit._iso_time(p.created_at))
  FROM quotakit.policy p
  LEFT JOIN LATERAL (SELECT x.* FROM (SELECT WHERE pace) wanted CROSS JOIN LATERAL quotakit.forecast(s.policy_id) x) f ON true
  WHERE p.account_id = s.account_id AND p.policy_id = s.policy_id
$$;
COMMENT ON FUNCTION quotakit._policy_json IS 'A policy as the API shows it: where it stands and, if asked for, its pace.';

CREATE FUNCTION quotakit._today(acct quotakit.account) RETURNS TABLE (node_id int4, usd numeric, requests numeric)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Folded: one short range of the key a node. Not folded yet: the account's few deltas, for all above them.
  WITH today AS (
    SELECT d.day, quotakit._day_start(acct, d.day) AS since
    FROM (SELECT (statement_timestamp() AT TIME ZONE acct.time_zone)::date AS day) d
  ), fresh AS (
    SELECT d.node_id, sum(d.usd) AS usd, sum(d.requests) AS requests
    FROM quotakit.rollup_delta d, today t
    WHERE d.account_id = acct.account_id AND d.hour >= t.since
    GROUP BY d.node_id
  )
  SELECT x.node_id, sum(x.usd), sum(x.requests)
  FROM (
    SELECT n.node_id, s.usd, s.requests
    FROM today t CROSS JOIN quotakit.node n
    CROSS JOIN LATERAL (SELECT sum(r.usd) AS usd, sum(r.requests) AS requests FROM quotakit.subtree_day r
      WHERE r.account_id = n.account_id AND r.node_id = n.node_id AND r.day = t.day) s
    WHERE n.account_id = acct.account_id AND s.requests IS NOT NULL
    UNION ALL
    SELECT a.node_id, f.usd, f.requests
    FROM fresh f
    JOIN quotakit.node n ON n.account_id = acct.account_id AND n.node_id = f.node_id
    JOIN quotakit.node a ON a.account_id = n.account_id AND a.path OPERATOR(quotakit.@>) n.path) x
  GROUP BY x.node_id
$$;
COMMENT ON FUNCTION quotakit._today IS
  'What each node with all below it has cost since local midnight, in nano-USD, and its requests; nodes without any are left out.';

CREATE FUNCTION quotakit._api_tree(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  frozen   quotakit.qpath[] := ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND n.frozen_reason IS NOT NULL);
  archived quotakit.qpath[] := ARRAY(SELECT n.path FROM quotakit.node n WHERE n.account_id = me.account_id AND n.archived_at IS NOT NULL);
  nodes    jsonb;
BEGIN
  WITH worst AS MATERIALIZED (
    SELECT DISTINCT ON (s.node_id) s.*, count(*) OVER (PARTITION BY s.node_id) AS policies
    FROM quotakit.policy_status s WHERE s.account_id = me.account_id
    ORDER BY s.node_id, array_position('{healthy,warning,critical,over}', s.status) DESC, s.percent DESC, s.percent_held DESC, s.limit_amount DESC, s.policy_id
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'path', n.path::text, 'service', n.service, 'tags', to_jsonb(n.tags), 'status', coalesce(w.status, 'none'), 'policies', coalesce(w.policies, 0),
    'frozen', EXISTS (SELECT FROM unnest(frozen) f(p) WHERE n.path OPERATOR(quotakit.<@) f.p),
    'archived', EXISTS (SELECT FROM unnest(archived) f(p) WHERE n.path OPERATOR(quotakit.<@) f.p),
    'headline', CASE WHEN w.policy_id IS NOT NULL THEN jsonb_build_object('policy_id', w.policy_id, 'unit', w.unit, 'period', w.period,
      'rolling', w.rolling, 'enforcement', w.enforcement, 'limit', w.limit_amount::text, 'used', w.used::text, 'held', w.held::text,
      'percent', w.percent, 'percent_held', w.percent_held, 'resets_at', quotakit._iso_time(w.resets_at)) END,
    'today_usd', trim_scale(coalesce(t.usd, 0) * 0.000000001)::text, 'today_requests', coalesce(t.requests, 0)) ORDER BY n.path), '[]')
  INTO nodes
  FROM quotakit.node n
  LEFT JOIN worst w ON w.node_id = n.node_id
  LEFT JOIN quotakit._today(me.acct) t ON t.node_id = n.node_id
  WHERE n.account_id = me.account_id;
  RETURN jsonb_build_object('account', (me.acct).name, 'paths', jsonb_array_length(nodes), 'nodes', nodes,
    'sql', format('SELECT * FROM quotakit.node_status WHERE account = %L ORDER BY path;', (me.acct).name));
END $$;
COMMENT ON FUNCTION quotakit._api_tree IS 'GET /api/tree';

CREATE FUNCTION quotakit._api_unplaced(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('unplaced', coalesce(jsonb_agg(jsonb_build_object('root', u.root, 'events', u.events, 'known_usd', u.known_usd::text,
      'known_credits', u.known_credits::text, 'events_of_unknown_cost', u.events_of_unknown_cost, 'reasons', u.reasons,
      'oldest_at', quotakit._iso_time(u.oldest_at), 'newest_at', quotakit._iso_time(u.newest_at)) ORDER BY u.root), '[]'),
    'sql', 'SELECT * FROM quotakit.unplaced_spend ORDER BY root;')
  FROM quotakit.unplaced_spend u WHERE u.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_unplaced IS 'GET /api/unplaced';

CREATE FUNCTION quotakit._unplaced_json(u quotakit.unplaced_event) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- What was named need not be a path: it may be as long as a request.
  SELECT jsonb_build_object('id', u.rejected_id, 'received_at', quotakit._iso_time(u.received_at), 'code', u.code, 'reason', u.reason,
    'path', left(u.path, 300), 'known_usd', u.known_usd::text, 'known_credits', u.known_credits::text)
$$;
COMMENT ON FUNCTION quotakit._unplaced_json IS 'An event that could not be placed, as the API shows it.';

CREATE FUNCTION quotakit._api_unplaced_events(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  below  text := quotakit._api_text(query, 'root');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  page   jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.rejected_id DESC), '[]') INTO page FROM (
    SELECT u.rejected_id, quotakit._unplaced_json(u) AS j
    FROM quotakit.unplaced_event u
    WHERE u.account_id = me.account_id AND u.rejected_id < newest AND (below IS NULL OR u.root = below)
    ORDER BY u.rejected_id DESC LIMIT most) x;
  RETURN jsonb_build_object('events', page, 'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.unplaced_event%s ORDER BY rejected_id DESC LIMIT %s;',
                  CASE WHEN below IS NULL THEN '' ELSE format(' WHERE root = %L', below) END, most));
END $$;
COMMENT ON FUNCTION quotakit._api_unplaced_events IS 'GET /api/unplaced/events';

CREATE FUNCTION quotakit._api_replay(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- So many in one transaction, under one root's lock; the page asks for the next.
  most   CONSTANT int4 := 100;
  one    int8 := quotakit._api_int(body, 'id');
  below  text := quotakit._api_text(body, 'root');
  oldest int8 := coalesce(quotakit._api_int(body, 'after'), 0);
  told   jsonb := '[]';
  ids    int8[];
  id     int8;
  event  jsonb;
  said   jsonb;
BEGIN
  IF (one IS NULL) = (below IS NULL) THEN
    RAISE EXCEPTION 'either id or root is needed' USING ERRCODE = 'QK018', COLUMN = 'id';
  END IF;
  ids := ARRAY(
    SELECT u.rejected_id FROM quotakit.unplaced_event u
    WHERE u.account_id = me.account_id AND u.rejected_id > oldest AND (u.rejected_id = one OR u.root = below)
    ORDER BY u.rejected_id LIMIT most);
  IF ids = '{}' AND oldest = 0 THEN
    RAISE EXCEPTION 'there is nothing to replay' USING ERRCODE = 'undefined_object', DETAIL = 'It was replayed already, or never came.';
  END IF;
  FOREACH id IN ARRAY ids LOOP
    SELECT quotakit._unplaced_json(u) INTO event FROM quotakit.unplaced_event u WHERE u.account_id = me.account_id AND u.rejected_id = id;
    -- Another replay was quicker.
    CONTINUE WHEN NOT FOUND;
    said := quotakit.replay_rejected(id);
    told := told || (event || jsonb_build_object('outcome', said -> 'outcome')
      || CASE said ->> 'outcome' WHEN 'rejected' THEN jsonb_build_object('code', said -> 'code', 'reason', said -> 'message') ELSE '{}' END);
  END LOOP;
  RETURN jsonb_build_object('events', told, 'next', CASE WHEN cardinality(ids) = most THEN ids[most] END);
END $$;
COMMENT ON FUNCTION quotakit._api_replay IS 'POST /api/unplaced/replay';

CREATE FUNCTION quotakit._api_sparks(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n_days   int4 := least(greatest(coalesce(quotakit._api_int(query, 'days'), 14), 1), 90);
  today    date := (statement_timestamp() AT TIME ZONE (me.acct).time_zone)::date;
  month    date := (lower(quotakit.window_range('month', statement_timestamp(), (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start))
                    AT TIME ZONE (me.acct).time_zone)::date;
  first    date := today - n_days + 1;
BEGIN
  RETURN (
    WITH cost AS (
      SELECT s.node_id, s.day, sum(s.usd) AS usd
      FROM quotakit.subtree_day s
      WHERE s.account_id = me.account_id AND s.node_id = ANY (ARRAY(SELECT n.node_id FROM quotakit.node n WHERE n.account_id = me.account_id))
        AND s.day >= least(first, month)
      GROUP BY s.node_id, s.day
      UNION ALL
      SELECT a.node_id, f.day, f.usd
      FROM (SELECT d.node_id, (d.hour AT TIME ZONE (me.acct).time_zone)::date AS day, sum(d.usd) AS usd
            FROM quotakit.rollup_delta d
            WHERE d.account_id = me.account_id AND d.hour >= quotakit._day_start(me.acct, least(first, month)) GROUP BY 1, 2) f
      JOIN quotakit.node n ON n.account_id = me.account_id AND n.node_id = f.node_id
      JOIN quotakit.node a ON a.account_id = n.account_id AND a.path OPERATOR(quotakit.@>) n.path
    ), by_day AS (
      SELECT c.node_id, c.day, sum(c.usd) AS usd FROM cost c GROUP BY c.node_id, c.day
    ), node AS (
      SELECT b.node_id, sum(b.usd) FILTER (WHERE b.day >= month) AS month_usd, jsonb_object_agg(b.day, b.usd) AS days
      FROM by_day b GROUP BY b.node_id
    )
    SELECT jsonb_build_object(
      'days', (SELECT jsonb_agg(first + i ORDER BY i) FROM generate_series(0, n_days - 1) i),
      'paths', coalesce(jsonb_object_agg(n.path::text, jsonb_build_object(
        'usd', (SELECT jsonb_agg(trim_scale(coalesce((o.days ->> (first + i)::text)::numeric, 0) * 0.000000001)::text ORDER BY i)
                FROM generate_series(0, n_days - 1) i),
        'month_usd', trim_scale(coalesce(o.month_usd, 0) * 0.000000001)::text)) FILTER (WHERE n.path IS NOT NULL), '{}'),
      'sql', format(E'SELECT n.path, s.step_start, s.cost_usd\nFROM quotakit.node n CROSS JOIN LATERAL '
      'quotakit.subtree_series(n.path, %L) s\nWHERE n.account_id = %s;',
                    quotakit._day_start(me.acct, first), me.account_id))
    FROM node o JOIN quotakit.node n ON n.account_id = me.account_id AND n.node_id = o.node_id);
END $$;
COMMENT ON FUNCTION quotakit._api_sparks IS 'GET /api/sparks';

CREATE FUNCTION quotakit._node_json(me quotakit._who, path quotakit.qpath) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  node   quotakit.node := quotakit._node(me.account_id, path);
  day    timestamptz := quotakit._day_start(me.acct, (statement_timestamp() AT TIME ZONE (me.acct).time_zone)::date);
  month  timestamptz := lower(quotakit.window_range('month', statement_timestamp(), (me.acct).time_zone, (me.acct).billing_day, (me.acct).week_start));
  frozen_by   quotakit.node;
  archived_by quotakit.qpath;
BEGIN
  SELECT n.* INTO frozen_by FROM quotakit.node n
  WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path AND n.frozen_reason IS NOT NULL ORDER BY n.path LIMIT 1;
  SELECT n.path INTO archived_by FROM quotakit.node n
  WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path AND n.archived_at IS NOT NULL ORDER BY n.path LIMIT 1;
  RETURN (
    WITH policy AS MATERIALIZED (
      SELECT s.node_id = node.node_id AS own, s.path, s.policy_id, s.status, s.percent, quotakit._policy_json(s) AS j
      FROM quotakit.policy_status s
      WHERE s.account_id = me.account_id
        AND s.node_id IN (SELECT n.node_id FROM quotakit.node n WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.@>) node.path)
        AND (s.node_id = node.node_id OR s.service IS NULL OR node.service IS NULL OR s.service = node.service)
    )
    SELECT jsonb_build_object('path', node.path::text, 'service', node.service, 'notes', node.notes, 'tags', to_jsonb(node.tags),
      'status', coalesce((SELECT p.status FROM policy p WHERE p.own
        ORDER BY array_position('{healthy,warning,critical,over}', p.status) DESC LIMIT 1), 'none'),
      'created_at', quotakit._iso_time(node.created_at), 'archived_at', quotakit._iso_time(node.archived_at), 'archived_by', archived_by::text,
      'frozen_reason', frozen_by.frozen_reason, 'frozen_by', frozen_by.path::text,
      'policies', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.policy_id) FILTER (WHERE p.own), '[]') FROM policy p),
      'inherited', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.path, p.policy_id) FILTER (WHERE NOT p.own), '[]') FROM policy p),
      'children', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = me.account_id AND n.path OPERATOR(quotakit.<@) node.path
                   AND quotakit.nlevel(n.path) = quotakit.nlevel(node.path) + 1),
      'today', (SELECT quotakit._usage_json(to_jsonb(u)) FROM quotakit.subtree_usage(node.path, day) u),
      'month', (SELECT quotakit._usage_json(to_jsonb(u)) FROM quotakit.subtree_usage(node.path, month) u),
      'refusals_24h', quotakit._refusals(me.account_id, node.path, statement_timestamp() - interval '24 hours', statement_timestamp(), NULL, NULL),
      'sql', jsonb_build_object(
        'policies', format(E'SELECT * FROM quotakit.policy_status\nWHERE path OPERATOR(quotakit.@>) %L ORDER BY path, policy_id;', node.path),
        'usage', quotakit._as_sql('subtree_usage', 'path', node.path::text, 'since', quotakit._iso_time(month)))));
END $$;
COMMENT ON FUNCTION quotakit._node_json IS 'A node as the API shows it. Unknown path: QK001.';

CREATE FUNCTION quotakit._refusals(account int4, top quotakit.qpath, since timestamptz, until timestamptz, service text, model text) RETURNS int8
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- Through the policies: the index is by policy and minute.
  SELECT coalesce(sum(r.count), 0)::int8
  FROM (SELECT p.policy_id FROM quotakit.policy p WHERE p.account_id = $1 UNION ALL SELECT 0) p
  CROSS JOIN LATERAL (
    SELECT x.count, x.node_id, x.first FROM quotakit.refusal x
    WHERE x.account_id = $1 AND x.policy_id = p.policy_id AND x.minute >= date_trunc('minute', $3) AND x.minute < $4 AND x.source <> 'shadow') r
  JOIN quotakit.node n ON n.account_id = $1 AND n.node_id = r.node_id
  WHERE ($2 IS NULL OR n.path OPERATOR(quotakit.<@) $2)
    AND ($5 IS NULL OR n.service = $5) AND ($6 IS NULL OR r.first ->> 'call_model' = $6)
$$;
COMMENT ON FUNCTION quotakit._refusals IS
  'How many calls on a path and below it (null: anywhere) were refused from since to before until; shadow policies refuse none.';

CREATE FUNCTION quotakit._api_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._node_json($1, quotakit._api_path($2, 'path')) $$;
COMMENT ON FUNCTION quotakit._api_node IS 'GET /api/node';

CREATE FUNCTION quotakit._api_create_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_node(quotakit._api_path(body, 'path'), quotakit._api_text(body, 'service'), quotakit._api_text(body, 'notes'),
                               coalesce(quotakit._api_texts(body, 'tags'), '{}'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_create_node IS 'POST /api/node';

CREATE FUNCTION quotakit._api_set_node(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path quotakit.qpath := quotakit._api_path(body, 'path');
BEGIN
  IF body ->> 'service' IS NOT NULL THEN
    PERFORM quotakit.set_service(path, quotakit._api_text(body, 'service'));
  END IF;
  PERFORM quotakit.set_node(path, quotakit._api_text(body, 'notes'), quotakit._api_texts(body, 'tags'));
  RETURN quotakit._node_json(me, path);
END $$;
COMMENT ON FUNCTION quotakit._api_set_node IS 'PATCH /api/node';

CREATE FUNCTION quotakit._api_archive(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.archive_node(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_archive IS 'POST /api/node/archive';

CREATE FUNCTION quotakit._api_restore(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.restore_node(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_restore IS 'POST /api/node/restore';

CREATE FUNCTION quotakit._api_freeze(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.freeze(quotakit._api_path(body, 'path'), quotakit._api_text(body, 'reason'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_freeze IS 'POST /api/node/freeze';

CREATE FUNCTION quotakit._api_thaw(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.thaw(quotakit._api_path(body, 'path'));
  RETURN quotakit._node_json(me, quotakit._api_path(body, 'path'));
END $$;
COMMENT ON FUNCTION quotakit._api_thaw IS 'POST /api/node/thaw';
