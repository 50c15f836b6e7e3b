-- Policies, what they would have done, and what they did.

CREATE TYPE quotakit._simulated AS (window_start timestamptz, window_end timestamptz, asked int8, granted int8, refused int8,
  amount_asked numeric, amount_granted numeric, amount_refused numeric, first_refusal_at timestamptz);
COMMENT ON TYPE quotakit._simulated IS 'A row of simulate().';

CREATE FUNCTION quotakit._policy_of(me quotakit._who, policy_id int4) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  j jsonb;
BEGIN
  SELECT quotakit._policy_json(s) INTO j FROM quotakit.policy_status s
  WHERE s.account_id = me.account_id AND s.policy_id = _policy_of.policy_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', policy_id USING ERRCODE = 'undefined_object';
  END IF;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._policy_of IS 'A live policy of the account as the API shows it. None: undefined_object.';

CREATE FUNCTION quotakit._api_policies(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top quotakit.qpath := quotakit._api_path(query, 'path');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'policies', (SELECT coalesce(jsonb_agg(quotakit._policy_json(s, false) ORDER BY s.path, s.policy_id), '[]') FROM quotakit.policy_status s
                 WHERE s.account_id = me.account_id AND (top IS NULL OR s.path OPERATOR(quotakit.<@) top)),
    'sql', format('SELECT * FROM quotakit.policy_status WHERE account = %L', (me.acct).name)
           || CASE WHEN top IS NULL THEN '' ELSE format(' AND path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY path, policy_id;');
END $$;
COMMENT ON FUNCTION quotakit._api_policies IS 'GET /api/policies';

CREATE FUNCTION quotakit._api_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._policy_of($1, quotakit._api_id($2, 'id')) $$;
COMMENT ON FUNCTION quotakit._api_policy IS 'GET /api/policies/{id}';

CREATE FUNCTION quotakit._api_create_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4;
BEGIN
  id := quotakit.set_policy(quotakit._api_path(body, 'path'), quotakit._api_number(body, 'amount'),
    coalesce(quotakit._api_text(body, 'unit'), 'usd'), coalesce(quotakit._api_text(body, 'period'), 'month'),
    coalesce(quotakit._api_text(body, 'enforcement'), 'block'), nullif(quotakit._api_text(body, 'service'), ''),
    nullif(quotakit._api_text(body, 'model'), ''), quotakit._api_bool(body, 'rolling', false));
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_create_policy IS 'POST /api/policies';

CREATE FUNCTION quotakit._api_set_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(query, 'id');
BEGIN
  IF body ->> 'amount' IS NOT NULL THEN
    PERFORM quotakit.set_limit(id, quotakit._api_number(body, 'amount'));
  END IF;
  IF body ->> 'enforcement' IS NOT NULL THEN
    PERFORM quotakit.set_enforcement(id, quotakit._api_text(body, 'enforcement'));
  END IF;
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_set_policy IS 'PATCH /api/policies/{id}';

CREATE FUNCTION quotakit._api_remove_policy(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.remove_policy(quotakit._api_id(query, 'id'));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._api_remove_policy IS 'DELETE /api/policies/{id}';

CREATE FUNCTION quotakit._api_boost(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int4 := quotakit._api_id(body, 'policy_id');
BEGIN
  PERFORM quotakit.boost_policy(id, quotakit._api_number(body, 'amount'), quotakit._api_time(me.acct, body, 'until', true));
  RETURN quotakit._policy_of(me, id);
END $$;
COMMENT ON FUNCTION quotakit._api_boost IS 'POST /api/boost';

CREATE FUNCTION quotakit._api_simulate(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path    quotakit.qpath := quotakit._api_path(body, 'path');
  amount  numeric := quotakit._api_number(body, 'amount');
  unit    text := coalesce(quotakit._api_text(body, 'unit'), 'usd');
  period  text := coalesce(quotakit._api_text(body, 'period'), 'month');
  service text := nullif(quotakit._api_text(body, 'service'), '');
  model   text := nullif(quotakit._api_text(body, 'model'), '');
  rolling bool := quotakit._api_bool(body, 'rolling', false);
  enforcement text := coalesce(quotakit._api_text(body, 'enforcement'), 'block');
  until   timestamptz := coalesce(quotakit._api_time(me.acct, body, 'until', true), statement_timestamp());
  since   timestamptz := coalesce(quotakit._api_time(me.acct, body, 'since'), until - interval '30 days');
BEGIN
  IF until - since > interval '93 days' THEN
    RAISE EXCEPTION 'the range is longer than 93 days' USING ERRCODE = 'QK008', HINT = 'For more use quotakit.simulate() in SQL.';
  END IF;
  RETURN (
    SELECT jsonb_build_object(
      -- A period of minutes has many windows: the page is shown those that refuse first.
      'windows', coalesce((SELECT jsonb_agg(w.j ORDER BY w.window_start) FROM (
          SELECT s.window_start, jsonb_build_object('start', quotakit._iso_time(s.window_start), 'end', quotakit._iso_time(s.window_end),
            'asked', s.asked, 'granted', s.granted, 'refused', s.refused, 'amount_asked', s.amount_asked::text,
            'amount_granted', s.amount_granted::text, 'amount_refused', s.amount_refused::text,
            'first_refusal_at', quotakit._iso_time(s.first_refusal_at)) AS j
          FROM jsonb_populate_recordset(NULL::quotakit._simulated, all_of.rows) s
          ORDER BY s.refused > 0 DESC, s.window_start DESC LIMIT 500) w), '[]'),
      'total', (SELECT jsonb_build_object('windows', count(*), 'windows_refused', count(*) FILTER (WHERE s.refused > 0),
            'asked', coalesce(sum(s.asked), 0), 'granted', coalesce(sum(s.granted), 0), 'refused', coalesce(sum(s.refused), 0),
            'amount_asked', coalesce(sum(s.amount_asked), 0)::text, 'amount_granted', coalesce(sum(s.amount_granted), 0)::text,
            'amount_refused', coalesce(sum(s.amount_refused), 0)::text, 'first_refusal_at', quotakit._iso_time(min(s.first_refusal_at)))
          FROM jsonb_populate_recordset(NULL::quotakit._simulated, all_of.rows) s),
      'since', quotakit._iso_time(since), 'until', quotakit._iso_time(until),
      'sql', quotakit._as_sql('simulate', 'path', path::text, 'amount', amount::text, 'unit', unit, 'period', period, 'service', service,
        'model', model, 'rolling', rolling::text, 'since', quotakit._iso_time(since), 'until', quotakit._iso_time(until), 'enforcement', enforcement))
    FROM (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') AS rows
          FROM quotakit.simulate(path, amount, unit, period, service, model, rolling, since, until, enforcement) s) all_of);
END $$;
COMMENT ON FUNCTION quotakit._api_simulate IS 'POST /api/simulate';

CREATE FUNCTION quotakit._api_explain(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  path   quotakit.qpath := quotakit._api_path(query, 'path');
  model  text := nullif(quotakit._api_text(query, 'model'), '');
BEGIN
  RETURN jsonb_build_object(
    'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object('path', e.policy_path, 'policy_id', e.policy_id, 'unit', e.unit, 'period', e.period,
        'rolling', e.rolling, 'enforcement', e.enforcement, 'limit', e.limit_amount::text, 'used', e.used::text, 'held', e.held::text,
        'asked', e.asked::text, 'headroom', e.headroom::text, 'exceeds', e.exceeds, 'would_refuse', e.would_refuse,
        'first_to_trip', e.first_to_trip, 'resets_at', quotakit._iso_time(e.resets_at))), '[]')
      FROM quotakit.explain(path, NULL, model, quotakit._api_number(query, 'usd'), coalesce(quotakit._api_int(query, 'requests'), 1),
                            quotakit._api_int(query, 'tokens'), quotakit._api_number(query, 'credits')) e),
    'sql', quotakit._as_sql('explain', 'path', path::text, 'model', model, 'usd', query ->> 'usd', 'requests', query ->> 'requests',
                            'tokens', query ->> 'tokens', 'credits', query ->> 'credits'));
END $$;
COMMENT ON FUNCTION quotakit._api_explain IS 'GET /api/explain';

CREATE FUNCTION quotakit._api_refusals(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  below  int4[];
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    below := quotakit._subtree_nodes(me.account_id, (quotakit._node(me.account_id, top)).node_id, NULL);
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.refusal_id DESC), '[]') INTO page FROM (
    SELECT r.refusal_id, jsonb_build_object('id', r.refusal_id, 'minute', quotakit._iso_time(r.minute), 'reason', r.reason, 'source', r.source,
        'policy_id', nullif(r.policy_id, 0), 'policy_path', pn.path::text, 'call_path', n.path::text, 'unit', p.unit, 'period', p.period,
        'enforcement', p.enforcement, 'count', r.count, 'asked', quotakit.in_unit(r.asked, p.unit)::text,
        'limit', r.first ->> 'limit', 'used', r.first ->> 'used', 'held', r.first ->> 'held',
        'first_at', r.first ->> 'at', 'last_at', r.last ->> 'at') AS j
    FROM (SELECT * FROM quotakit.refusal q
          WHERE q.account_id = me.account_id AND q.refusal_id < newest AND (below IS NULL OR q.node_id = ANY (below))
          ORDER BY q.refusal_id DESC LIMIT most) r
    LEFT JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
    LEFT JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id
    LEFT JOIN quotakit.node pn ON pn.account_id = p.account_id AND pn.node_id = p.node_id) x;
  RETURN jsonb_build_object('refusals', page,
    'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', 'SELECT * FROM quotakit.refusal_log' || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE call_path OPERATOR(quotakit.<@) %L', top::text) END
           || format(' ORDER BY refusal_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_refusals IS 'GET /api/refusals';

CREATE FUNCTION quotakit._api_why(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', quotakit._api_int($2, 'id'),
    'why', (SELECT jsonb_agg(w) FROM quotakit.why(quotakit._api_int($2, 'id')) w),
    'sql', format('SELECT quotakit.why(%s);', quotakit._api_int($2, 'id')))
$$;
COMMENT ON FUNCTION quotakit._api_why IS 'GET /api/refusals/{id}';

CREATE FUNCTION quotakit._api_reservations(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top quotakit.qpath := quotakit._api_path(query, 'path');
BEGIN
  IF top IS NOT NULL THEN
    PERFORM quotakit._node(me.account_id, top);
  END IF;
  RETURN jsonb_build_object(
    'reservations', (SELECT coalesce(jsonb_agg(x.j ORDER BY x.expires_at, x.reservation_id), '[]') FROM (
      SELECT r.expires_at, r.reservation_id, jsonb_build_object('id', r.reservation_id, 'path', r.path::text, 'service', r.service, 'model', r.model,
        'at', quotakit._iso_time(r.at), 'expires_at', quotakit._iso_time(r.expires_at), 'usd', r.held_usd::text, 'credits', r.held_credits::text,
        'requests', r.held_requests, 'tokens', r.held_tokens, 'steps', r.steps) AS j
      FROM quotakit.open_reservation r
      WHERE r.account_id = me.account_id AND (top IS NULL OR r.path OPERATOR(quotakit.<@) top)
      ORDER BY r.expires_at, r.reservation_id LIMIT quotakit._api_limit(query)) x),
    'sql', 'SELECT * FROM quotakit.open_reservation'
      || CASE WHEN top IS NULL THEN '' ELSE format(' WHERE path OPERATOR(quotakit.<@) %L', top::text) END || ' ORDER BY expires_at;');
END $$;
COMMENT ON FUNCTION quotakit._api_reservations IS 'GET /api/reservations';

CREATE FUNCTION quotakit._fields(j jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN $1 IS NULL THEN '{}' WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE jsonb_build_object('value', $1) END
$$;
COMMENT ON FUNCTION quotakit._fields IS 'What stands in the audit log as an object: none if null; what is no object as its one field, value.';

CREATE FUNCTION quotakit._api_audit(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top    quotakit.qpath := quotakit._api_path(query, 'path');
  most   int4 := quotakit._api_limit(query);
  newest int8 := coalesce(quotakit._api_int(query, 'before'), 9223372036854775807);
  below  text[];
  page   jsonb;
BEGIN
  IF top IS NOT NULL THEN
    below := quotakit._subtree_nodes(me.account_id, (quotakit._node(me.account_id, top)).node_id, NULL)::text[];
  END IF;
  SELECT coalesce(jsonb_agg(x.j ORDER BY x.audit_id DESC), '[]') INTO page FROM (
    SELECT a.audit_id, jsonb_build_object('id', a.audit_id, 'at', quotakit._iso_time(a.at),
      -- The role that the gateway is says nothing; the member does.
      'actor', regexp_replace(a.actor, '^.* for ', ''), 'object', a.object, 'action', a.action, 'path', n.path::text,
      'changes', (SELECT coalesce(jsonb_object_agg(k, jsonb_build_array(a.before -> k, a.after -> k)), '{}')
                  FROM jsonb_object_keys(a.before || a.after) k
                  WHERE a.before -> k IS DISTINCT FROM a.after -> k AND k <> 'account_id'
                    AND NOT (coalesce(a.before -> k, 'null') = 'null' AND coalesce(a.after -> k, 'null') = 'null'))) AS j
    FROM (SELECT l.audit_id, l.account_id, l.at, l.actor, l.object, l.action, quotakit._fields(l.before) AS before, quotakit._fields(l.after) AS after,
            (coalesce(l.after, l.before) ->> 'node_id')::int4 AS node_id
          FROM quotakit.audit_log l
          WHERE l.account_id = me.account_id AND l.audit_id < newest
            AND (below IS NULL OR coalesce(l.after, l.before) ->> 'node_id' = ANY (below))
          ORDER BY l.audit_id DESC LIMIT most) a
    LEFT JOIN quotakit.node n ON n.account_id = a.account_id AND n.node_id = a.node_id) x;
  RETURN jsonb_build_object('entries', page,
    'next', CASE WHEN jsonb_array_length(page) = most THEN page -> -1 -> 'id' END,
    'sql', format('SELECT * FROM quotakit.audit_log ORDER BY audit_id DESC LIMIT %s;', most));
END $$;
COMMENT ON FUNCTION quotakit._api_audit IS 'GET /api/audit';
