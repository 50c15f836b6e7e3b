-- Services, models, prices.

CREATE FUNCTION quotakit._api_services(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'services', coalesce(jsonb_agg(jsonb_build_object('service', s.service, 'title', s.title, 'own', s.account_id <> 0,
        'models', (SELECT count(DISTINCT m.model) FROM quotakit.model m WHERE m.account_id IN (0, $1.account_id) AND m.service = s.service),
        'prices', (SELECT count(*) FROM quotakit.price p WHERE p.account_id IN (0, $1.account_id) AND p.service = s.service AND p.superseded_by IS NULL),
        'paths', (SELECT count(*) FROM quotakit.node n WHERE n.account_id = $1.account_id AND n.service = s.service)) ORDER BY s.service), '[]'),
    'sql', 'SELECT * FROM quotakit.service ORDER BY service;')
  FROM (SELECT DISTINCT ON (s.service) s.* FROM quotakit.service s WHERE s.account_id IN (0, $1.account_id)
        ORDER BY s.service, s.account_id DESC) s
$$;
COMMENT ON FUNCTION quotakit._api_services IS 'GET /api/services';

CREATE FUNCTION quotakit._api_create_service(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_service(quotakit._api_text(body, 'service'), nullif(quotakit._api_text(body, 'title'), ''));
  RETURN jsonb_build_object('service', body ->> 'service', 'title', nullif(body ->> 'title', ''));
END $$;
COMMENT ON FUNCTION quotakit._api_create_service IS 'POST /api/services';

CREATE FUNCTION quotakit._price_json(p quotakit.price, until timestamptz) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('version', p.price_version, 'service', p.service, 'model', p.model, 'meter', p.meter, 'tier', p.tier,
    'above_tokens', p.above_tokens, 'valid_from', quotakit._iso_time(p.valid_from), 'valid_until', quotakit._iso_time(until),
    'usd', trim_scale(p.usd)::text, 'credits', trim_scale(p.credits)::text, 'own', p.account_id <> 0)
$$;
COMMENT ON FUNCTION quotakit._price_json IS 'A price as the API shows it.';

CREATE FUNCTION quotakit._api_models(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted text := quotakit._api_text(query, 'service');
BEGIN
  PERFORM quotakit._require_service(me.account_id, wanted);
  RETURN (
    WITH price AS (
      -- In force now: the account's own before the built-in one, the newest date of each.
      SELECT DISTINCT ON (p.model, p.meter, p.tier, p.above_tokens) p.model, p.meter, p.tier, p.above_tokens, p.price_version AS version,
             quotakit._price_json(p, NULL) AS j
      FROM quotakit.price p
      WHERE p.account_id IN (0, me.account_id) AND p.service = wanted AND p.superseded_by IS NULL AND p.valid_from <= statement_timestamp()
      ORDER BY p.model, p.meter, p.tier, p.above_tokens, p.account_id DESC, p.valid_from DESC
    ), model AS (
      SELECT DISTINCT ON (m.model) m.model, m.account_id <> 0 AS own, m.max_input_tokens, m.max_output_tokens, m.deprecated_on
      FROM (SELECT x.model, x.account_id, x.max_input_tokens, x.max_output_tokens, x.deprecated_on FROM quotakit.model x
            WHERE x.account_id IN (0, me.account_id) AND x.service = wanted
            UNION ALL SELECT p.model, -1, NULL, NULL, NULL FROM price p) m
      ORDER BY m.model, m.account_id DESC
    )
    SELECT jsonb_build_object(
      'models', coalesce(jsonb_agg(jsonb_build_object('model', m.model, 'own', m.own, 'max_input_tokens', m.max_input_tokens,
          'max_output_tokens', m.max_output_tokens, 'deprecated_on', m.deprecated_on,
          'prices', (SELECT coalesce(jsonb_agg(p.j ORDER BY p.tier <> 'standard', p.tier, p.above_tokens, p.meter), '[]') FROM price p WHERE p.model = m.model))
        ORDER BY m.model), '[]'),
      'sql', format('SELECT * FROM quotakit.price_current WHERE service = %L ORDER BY model, tier, meter;', wanted))
    FROM model m);
END $$;
COMMENT ON FUNCTION quotakit._api_models IS 'GET /api/models';

CREATE FUNCTION quotakit._api_create_model(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM quotakit.create_model(quotakit._api_text(body, 'service'), quotakit._api_text(body, 'model'),
    quotakit._api_int(body, 'max_input_tokens'), quotakit._api_int(body, 'max_output_tokens'));
  RETURN jsonb_build_object('service', body ->> 'service', 'model', body ->> 'model');
END $$;
COMMENT ON FUNCTION quotakit._api_create_model IS 'POST /api/models';

CREATE FUNCTION quotakit._api_prices(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted_service text := quotakit._api_text(query, 'service');
  wanted_model   text := quotakit._api_text(query, 'model');
BEGIN
  PERFORM quotakit._require_service(me.account_id, wanted_service);
  RETURN (
    SELECT jsonb_build_object(
      'prices', coalesce(jsonb_agg(quotakit._price_json(x.p, x.until) ORDER BY (x.p).model, (x.p).meter, (x.p).tier, (x.p).above_tokens,
          (x.p).account_id DESC, (x.p).valid_from DESC), '[]'),
      'sql', format('SELECT * FROM quotakit.price WHERE service = %L%s AND superseded_by IS NULL ORDER BY model, meter, valid_from DESC;', wanted_service,
                    CASE WHEN wanted_model IS NULL THEN '' ELSE format(' AND model = %L', wanted_model) END))
    FROM (SELECT p, lead(p.valid_from) OVER (PARTITION BY p.account_id, p.model, p.meter, p.tier, p.above_tokens ORDER BY p.valid_from) AS until
          FROM quotakit.price p
          WHERE p.account_id IN (0, me.account_id) AND p.service = wanted_service AND p.superseded_by IS NULL
            AND (wanted_model IS NULL OR p.model = wanted_model)) x);
END $$;
COMMENT ON FUNCTION quotakit._api_prices IS 'GET /api/prices';

CREATE FUNCTION quotakit._api_set_price(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('version', quotakit.set_price(quotakit._api_text(body, 'service'), quotakit._api_text(body, 'model'),
    quotakit._api_text(body, 'meter'), quotakit._api_number(body, 'usd'), quotakit._api_number(body, 'credits'),
    coalesce(quotakit._api_text(body, 'tier'), 'standard'), coalesce(quotakit._api_int(body, 'above_tokens'), 0),
    coalesce(quotakit._api_time(me.acct, body, 'valid_from'), now()), quotakit._api_bool(body, 'replace', false)));
END $$;
COMMENT ON FUNCTION quotakit._api_set_price IS 'POST /api/prices';

CREATE FUNCTION quotakit._api_import_prices(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  result jsonb;
BEGIN
  WITH r AS MATERIALIZED (
    SELECT i.*, row_number() OVER () AS n
    FROM quotakit.import_prices(file => body -> 'file', valid_from => coalesce(quotakit._api_time(me.acct, body, 'valid_from'), now()),
      dry_run => quotakit._api_bool(body, 'dry_run', true), service => nullif(quotakit._api_text(body, 'service'), ''),
      replace => quotakit._api_bool(body, 'replace', false)) i
  ), page AS (
    SELECT r.* FROM r ORDER BY array_position('{changed,new,not understood,ignored,same}', r.action), r.n LIMIT 2000
  )
  SELECT jsonb_build_object(
    'counts', (SELECT coalesce(jsonb_object_agg(c.action, c.n), '{}') FROM (SELECT r.action, count(*) AS n FROM r GROUP BY r.action) c),
    'rows', (SELECT coalesce(jsonb_agg(jsonb_build_object('service', p.service, 'model', p.model, 'meter', p.meter, 'tier', p.tier,
        'above_tokens', p.above_tokens,
        'old_usd', trim_scale(p.old_usd)::text, 'usd', trim_scale(p.usd)::text, 'action', p.action, 'note', p.note, 'key', p.key)
        ORDER BY array_position('{changed,new,not understood,ignored,same}', p.action), p.n), '[]') FROM page p),
    'more', (SELECT count(*) FROM r) - (SELECT count(*) FROM page))
  INTO result;
  RETURN result;
END $$;
COMMENT ON FUNCTION quotakit._api_import_prices IS 'POST /api/prices/import';

CREATE FUNCTION quotakit._api_unpriced(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object(
    'models', coalesce(jsonb_agg(jsonb_build_object('service', u.service, 'model', u.model, 'calls', u.events, 'tokens', u.tokens,
        'first_seen', quotakit._iso_time(u.first_seen), 'last_seen', quotakit._iso_time(u.last_seen), 'has_price_now', u.has_price_now)
      ORDER BY u.has_price_now, u.events DESC, u.service, u.model), '[]'),
    'sql', 'SELECT * FROM quotakit.unpriced_model ORDER BY events DESC;')
  FROM quotakit.unpriced_model u WHERE u.account_id = $1.account_id
$$;
COMMENT ON FUNCTION quotakit._api_unpriced IS 'GET /api/prices/unpriced';

CREATE FUNCTION quotakit._api_reprice(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  since   timestamptz := quotakit._api_time(me.acct, body, 'since');
  until   timestamptz := quotakit._api_time(me.acct, body, 'until', true);
  service text := nullif(quotakit._api_text(body, 'service'), '');
  model   text := quotakit._api_text(body, 'model');
  dry_run bool := quotakit._api_bool(body, 'dry_run', true);
BEGIN
  IF until - since > interval '93 days' THEN
    RAISE EXCEPTION 'the range is longer than 93 days' USING ERRCODE = 'QK008', HINT = 'Take it in pieces.';
  END IF;
  RETURN (
    SELECT jsonb_build_object(
      'rows', coalesce(jsonb_agg(jsonb_build_object('path', r.path::text, 'service', r.service, 'model', r.model, 'events', r.events, 'changed', r.changed,
          'old_usd', r.old_usd::text, 'new_usd', r.new_usd::text, 'difference_usd', r.difference_usd::text,
          'old_credits', r.old_credits::text, 'new_credits', r.new_credits::text, 'difference_credits', r.difference_credits::text)
        ORDER BY abs(r.difference_usd) DESC, r.path, r.model), '[]'),
      'total', jsonb_build_object('events', coalesce(sum(r.events), 0), 'changed', coalesce(sum(r.changed), 0),
        'old_usd', coalesce(sum(r.old_usd), 0)::text, 'new_usd', coalesce(sum(r.new_usd), 0)::text,
        'difference_usd', coalesce(sum(r.difference_usd), 0)::text, 'difference_credits', coalesce(sum(r.difference_credits), 0)::text),
      'sql', quotakit._as_sql('reprice', '"from"', quotakit._iso_time(since), '"to"', quotakit._iso_time(until), 'service', service, 'model', model,
                              'dry_run', 'true'))
    FROM quotakit.reprice("from" => since, "to" => until, service => service, model => model, dry_run => dry_run) r);
END $$;
COMMENT ON FUNCTION quotakit._api_reprice IS 'POST /api/reprice';
