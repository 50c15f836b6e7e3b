-- What a client caches to decide without a network call. doc/http.md has its form.

CREATE FUNCTION quotakit._iso_time(at timestamptz) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN isfinite(at) THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    || CASE WHEN date_trunc('second', at) = at THEN '' ELSE to_char(at AT TIME ZONE 'UTC', '.US') END || 'Z' END
$$;
COMMENT ON FUNCTION quotakit._iso_time IS 'A time as answers show it: ISO 8601 in UTC, with microseconds if there are any; null for infinity.';

CREATE FUNCTION quotakit._policies_of(account int4, above quotakit.qpath, service text)
    RETURNS TABLE (policy_id int4, path quotakit.qpath, unit text, period text, rolling bool, service text, model text,
                   enforcement text, limit_amount numeric, used numeric, held numeric, window_start timestamptz,
                   resets_at timestamptz, is_full bool)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.policy_id, s.path, s.unit, s.period, s.rolling, s.service, s.model, s.enforcement, s.limit_amount, s.used, s.held,
         CASE WHEN NOT s.rolling THEN s.window_start END, s.resets_at,
         s.used + CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END >= s.limit_amount
  FROM quotakit.policy_status s
  WHERE s.account_id = $1
    AND s.node_id IN (SELECT n.node_id FROM quotakit.node n
                      WHERE n.account_id = $1 AND n.path OPERATOR(quotakit.@>) $2)
    AND (s.service IS NULL OR $3 IS NULL OR s.service = $3)
$$;
COMMENT ON FUNCTION quotakit._policies_of IS
  'Live policies on a path and above it that can apply to calls of a service (null: any), with what they have used and hold.';

-- The ledger's key is by account and time, so the latest events of a path are found
-- among the latest of the account; a path that is seldom used has its hourly sums.
CREATE FUNCTION quotakit._estimates(account int4, node int4)
    RETURNS TABLE (model text, calls int8, input_tokens int8, output_tokens int8, usd int8, credits int8)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH latest AS (
    SELECT e.node_id, e.model, e.flags, greatest(e.requests, 1) AS requests,
           e.input_tokens + e.cached_input_tokens + e.cache_write_tokens + coalesce(quotakit._named_tokens(e.meters, 'input'), 0) AS input,
           e.output_tokens + e.reasoning_tokens + coalesce(quotakit._named_tokens(e.meters, 'output'), 0) AS output, e.usd, e.credits
    FROM quotakit.event e
    WHERE e.account_id = $1 AND e.at > now() - interval '7 days'
    ORDER BY e.at DESC LIMIT 2000
  ), seen AS (
    -- Failed and uncharged calls, and adjustments, say nothing about the next one.
    SELECT l.model, count(*) AS calls,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.input + l.requests - 1) / l.requests) AS input,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.output + l.requests - 1) / l.requests) AS output,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.usd + l.requests - 1) / l.requests) AS usd,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY (l.credits + l.requests - 1) / l.requests) AS credits
    FROM latest l WHERE l.node_id = $2 AND l.flags & 224 = 0
    GROUP BY l.model
  ), summed AS (
    SELECT h.model, sum(h.events) AS calls,
           sum(h.input_tokens + h.cached_input_tokens + h.cache_write_tokens) AS input,
           sum(h.output_tokens + h.reasoning_tokens) AS output, sum(h.usd) AS usd, sum(h.credits) AS credits
    FROM quotakit.rollup_hour h
    WHERE h.account_id = $1 AND h.node_id = $2 AND h.hour > now() - interval '3 days'
      AND NOT EXISTS (SELECT FROM seen s WHERE s.model = h.model)
    GROUP BY h.model HAVING sum(h.events) > 0
  )
  SELECT s.model, s.calls, s.input, s.output, s.usd, s.credits FROM seen s
  UNION ALL
  SELECT m.model, m.calls::int8, ceil(2 * m.input / m.calls)::int8, ceil(2 * m.output / m.calls)::int8,
         ceil(2 * m.usd / m.calls)::int8, ceil(2 * m.credits / m.calls)::int8 FROM summed m
  ORDER BY 2 DESC, 1 LIMIT 32
$$;
COMMENT ON FUNCTION quotakit._estimates IS
  'By model, what a call on a path is likely to use at most: the 95th percentile of its events among the 2,000 latest '
  'of the account in seven days, else twice the mean of its last three days by the hour. usd and credits in nano.';

CREATE FUNCTION quotakit._state(account int4, path quotakit.qpath) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH node AS (
    SELECT n.node_id, n.path, n.service FROM quotakit.node n
    WHERE n.account_id = $1 AND n.path OPERATOR(quotakit.=) $2
  ), above AS (
    SELECT a.path, a.frozen_reason, a.archived_at FROM quotakit.node a
    WHERE a.account_id = $1 AND a.path OPERATOR(quotakit.@>) $2
  ), policy AS MATERIALIZED (
    SELECT p.* FROM node n CROSS JOIN LATERAL quotakit._policies_of($1, n.path, n.service) p
  ), estimate AS MATERIALIZED (
    SELECT e.* FROM node n CROSS JOIN LATERAL quotakit._estimates($1, n.node_id) e
  ), lease AS (
    -- Fifty leases must fit into what is left of every strict policy: the last of a budget is given out call by call.
    SELECT e.model, min(floor((p.limit_amount - p.used - p.held) / (50 * u.amount))) AS calls, bool_and(u.known) AS known
    FROM estimate e
    JOIN policy p ON p.enforcement = 'strict' AND (p.model IS NULL OR p.model = e.model)
    CROSS JOIN LATERAL (
      SELECT quotakit.in_unit(quotakit.amount_of(quotakit.measures(requests => 1, input_tokens => e.input_tokens,
               output_tokens => e.output_tokens, usd => e.usd, credits => e.credits), p.unit)::int8, p.unit) AS raw) r
    CROSS JOIN LATERAL (SELECT nullif(r.raw, 0) AS amount, p.unit <> 'usd' OR r.raw > 0 AS known) u
    GROUP BY e.model
  ), model AS (
    SELECT DISTINCT ON (m.model) m.model, m.max_input_tokens, m.max_output_tokens,
           EXISTS (SELECT FROM estimate e WHERE e.model = m.model) AS used
    FROM node n JOIN quotakit.model m ON m.service = n.service
    WHERE m.account_id IN (0, $1) AND (m.max_input_tokens IS NOT NULL OR m.max_output_tokens IS NOT NULL)
    ORDER BY m.model, m.account_id DESC
  )
  SELECT jsonb_build_object(
    'path', n.path::text, 'service', n.service,
    'archived', EXISTS (SELECT FROM above a WHERE a.archived_at IS NOT NULL),
    'frozen', (SELECT jsonb_build_object('path', a.path::text, 'reason', a.frozen_reason)
               FROM above a WHERE a.frozen_reason IS NOT NULL ORDER BY a.path LIMIT 1),
    'strict', EXISTS (SELECT FROM policy p WHERE p.enforcement = 'strict'),
    'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'policy', p.policy_id, 'path', p.path::text, 'unit', p.unit, 'period', p.period, 'rolling', p.rolling,
        'service', p.service, 'model', p.model, 'enforcement', p.enforcement, 'limit', p.limit_amount::text,
        'used', p.used::text, 'held', p.held::text, 'window_start', quotakit._iso_time(p.window_start),
        'resets_at', quotakit._iso_time(p.resets_at), 'full', p.is_full) ORDER BY p.path, p.policy_id), '[]') FROM policy p),
    'estimates', (SELECT coalesce(jsonb_object_agg(e.model, jsonb_build_object(
        'calls', e.calls, 'input_tokens', e.input_tokens, 'output_tokens', e.output_tokens,
        'usd', quotakit.from_nano(e.usd)::text, 'credits', quotakit.from_nano(e.credits)::text,
        'lease', CASE WHEN e.calls >= 20 AND l.known AND l.calls >= 2
                   THEN jsonb_build_object('calls', least(l.calls, 1024), 'ttl', 60) END)), '{}')
      FROM estimate e LEFT JOIN lease l ON l.model = e.model),
    'limits', (SELECT coalesce(jsonb_object_agg(m.model, jsonb_build_object(
        'max_input_tokens', m.max_input_tokens, 'max_output_tokens', m.max_output_tokens)), '{}')
      FROM (SELECT * FROM model ORDER BY used DESC, model.model LIMIT 100) m),
    'sync_after', CASE WHEN EXISTS (SELECT FROM policy p WHERE p.enforcement IN ('block', 'strict')
        AND (p.period = 'minute' OR p.used + p.held >= p.limit_amount * 0.8)) THEN 10 ELSE 120 END)
  FROM node n
$$;
COMMENT ON FUNCTION quotakit._state IS 'The state of a path as doc/http.md describes it; null if there is no such path.';

CREATE FUNCTION quotakit._states(account int4, after quotakit.qpath, most int4) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH page AS MATERIALIZED (
    SELECT n.node_id, n.path, n.service, quotakit.ancestors(n.path) AS line FROM quotakit.node n
    WHERE n.account_id = $1 AND ($2 IS NULL OR n.path OPERATOR(quotakit.>) $2)
    ORDER BY n.path LIMIT $3
  ), above AS MATERIALIZED (
    SELECT a.node_id, a.path, a.frozen_reason IS NOT NULL AS frozen, a.archived_at IS NOT NULL AS archived FROM quotakit.node a
    WHERE a.account_id = $1 AND a.path OPERATOR(quotakit.=) ANY (SELECT DISTINCT unnest(p.line) FROM page p)
  ), policy AS MATERIALIZED (
    SELECT s.path, s.service, s.enforcement, s.period, s.used, s.held, s.limit_amount,
           s.used + CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END >= s.limit_amount AS is_full
    FROM quotakit.policy_status s
    WHERE s.account_id = $1 AND s.enforcement IN ('block', 'strict') AND s.node_id IN (SELECT a.node_id FROM above a)
  ), state AS (
    SELECT p.path, p.service, bool_or(a.archived) AS archived, bool_or(a.frozen) AS frozen,
           coalesce(bool_or(s.enforcement = 'strict'), false) AS strict, coalesce(bool_or(s.is_full), false) AS is_full
    FROM page p
    CROSS JOIN LATERAL unnest(p.line) AS l(path)
    JOIN above a ON a.path OPERATOR(quotakit.=) l.path
    LEFT JOIN policy s ON s.path OPERATOR(quotakit.=) l.path AND (s.service IS NULL OR p.service IS NULL OR s.service = p.service)
    GROUP BY p.path, p.service
  )
  SELECT jsonb_build_object(
    'nodes', (SELECT coalesce(jsonb_agg(jsonb_build_object('path', t.path::text, 'service', t.service, 'archived', t.archived,
        'frozen', t.frozen, 'strict', t.strict, 'full', t.is_full) ORDER BY t.path), '[]') FROM state t),
    'next', (SELECT max(p.path::text) FROM (SELECT p.path FROM page p ORDER BY p.path DESC LIMIT 1) p
             WHERE (SELECT count(*) FROM page) = $3),
    'sync_after', CASE WHEN EXISTS (SELECT FROM policy s
        WHERE s.period = 'minute' OR s.used + s.held >= s.limit_amount * 0.8) THEN 10 ELSE 120 END)
$$;
COMMENT ON FUNCTION quotakit._states IS 'All paths of an account in brief, so many after a given one in tree order, as doc/http.md describes it.';

CREATE FUNCTION quotakit.state(path quotakit.qpath) RETURNS jsonb
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  account int4 := quotakit._acting_account('viewer');
  node    quotakit.node := quotakit._node(account, path);
BEGIN
  RETURN quotakit._state(account, node.path);
END $$;
COMMENT ON FUNCTION quotakit.state IS
  'What a client caches about a path of the current account: its policies with what they have used and hold, '
  'estimates by model, when to ask again. The same as GET /v1/state. Unknown path: QK001.';
