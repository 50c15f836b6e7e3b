-- What a call costs: the rules of doc/prices.md in SQL, exact in numeric. The
-- engine computes the same in C on the path of a call.

-- In PL/pgSQL, which keeps its plans: a function in SQL would be planned at each call.
CREATE FUNCTION quotakit._price_of(account_id int4, service text, model text, meter text, tier text, context numeric,
    at timestamptz)
  RETURNS TABLE (price_version int8, usd numeric, credits numeric, account int4, priced_as text, price_model text,
                 price_tier text, above_tokens int8, valid_from timestamptz)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  chain CONSTANT text[] := quotakit._price_chain(meter);
BEGIN
  RETURN QUERY
  SELECT p.price_version, p.usd, p.credits, p.account_id, p.meter, p.model, p.tier, p.above_tokens, p.valid_from
    FROM quotakit.price p
    WHERE p.account_id IN (_price_of.account_id, 0)
      AND p.service = _price_of.service AND p.model IN (_price_of.model, '')
      AND p.meter = ANY (chain)
      AND p.tier IN (_price_of.tier, 'standard')
      AND (p.above_tokens = 0 OR p.above_tokens < _price_of.context)
      AND p.valid_from <= _price_of.at AND p.superseded_by IS NULL
    -- The meter's own price before those it falls back to; the account's own;
    -- the exact model; the asked tier; the highest threshold; the newest.
    ORDER BY array_position(chain, p.meter), p.account_id = _price_of.account_id DESC, p.model = _price_of.model DESC,
      p.tier = _price_of.tier DESC, p.above_tokens DESC, p.valid_from DESC
    LIMIT 1;
END $$;
COMMENT ON FUNCTION quotakit._price_of IS
  'The price that holds for a meter of a call, by the rules of doc/prices.md; no row if there is none. context: all input tokens of the call.';

CREATE FUNCTION quotakit._cost(account_id int4, service text, model text, usage jsonb, at timestamptz, tier text)
  RETURNS TABLE (usd numeric, credits numeric, unpriced bool, price_version int8, detail jsonb)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH used AS (
    SELECT u.key AS meter, u.value::numeric AS quantity FROM jsonb_each_text(_cost.usage) u WHERE u.value::numeric <> 0
  ), priced AS (
    SELECT u.meter, u.quantity, p.*
      FROM used u
      LEFT JOIN LATERAL quotakit._price_of(_cost.account_id, _cost.service, _cost.model, u.meter, _cost.tier,
        quotakit._named_tokens(_cost.usage, 'input'), _cost.at) p ON true
  )
  SELECT round(coalesce(sum(p.quantity * p.usd), 0), 9),
         round(coalesce(sum(p.quantity * p.credits), 0), 9),
         coalesce(bool_or(p.price_version IS NULL AND p.meter <> 'requests'), false)
           OR NOT EXISTS (SELECT FROM quotakit.price k
             WHERE k.account_id IN (_cost.account_id, 0) AND k.service = _cost.service AND k.model IN (_cost.model, '')
               AND k.superseded_by IS NULL),
         coalesce(max(p.price_version), 0),
         coalesce(jsonb_agg(jsonb_build_object(
             'meter', p.meter, 'quantity', trim_scale(p.quantity)::text,
             'price_version', p.price_version, 'priced_as', p.priced_as, 'built_in', p.account = 0,
             'model', p.price_model, 'tier', p.price_tier, 'above_tokens', p.above_tokens, 'valid_from', p.valid_from,
             'usd_per_unit', trim_scale(p.usd)::text, 'credits_per_unit', trim_scale(p.credits)::text,
             'usd', trim_scale(p.quantity * p.usd)::text,
             'credits', trim_scale(p.quantity * p.credits)::text)
             || CASE WHEN p.priced_as IS DISTINCT FROM p.meter AND quotakit._meter_guess(p.meter) IS NOT NULL
                  THEN jsonb_build_object('did_you_mean', quotakit._meter_guess(p.meter)) ELSE '{}' END ORDER BY p.meter COLLATE "C"), '[]')
    FROM priced p;
END $$;
COMMENT ON FUNCTION quotakit._cost IS
  'quotakit.cost for any account, without checks: usage is an object of numbers, model '''' for none, tier not null.';

CREATE FUNCTION quotakit._check_usage(usage jsonb) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  meter text;
  value jsonb;
  quantity numeric;
  decimals int4;
  named int4 := 0;
BEGIN
  IF usage IS NULL OR jsonb_typeof(usage) <> 'object' THEN
    RAISE EXCEPTION 'usage is not an object'
      USING ERRCODE = 'QK010', HINT = 'Give something like {"input_tokens": 1200, "output_tokens": 80}.';
  END IF;
  FOR meter, value IN SELECT u.key, u.value FROM jsonb_each(usage) u LOOP
    IF meter IN ('input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'output_tokens',
        'reasoning_tokens', 'requests') THEN
      decimals := 0;
    ELSE
      decimals := 6;
      named := named + 1;
    END IF;
    IF meter !~ '^[a-z][a-z0-9_]*$' OR octet_length(meter) > 63 THEN
      RAISE EXCEPTION 'meter "%" is not a name', meter USING ERRCODE = 'QK010',
        HINT = 'A meter begins with a small letter and goes on with small letters, digits and underscores, 63 at most.';
    ELSIF jsonb_typeof(value) <> 'number' THEN
      RAISE EXCEPTION 'meter "%" is not a number', meter USING ERRCODE = 'QK010',
        DETAIL = format('It reads %s.', left(value::text, 100));
    END IF;
    quantity := (value #>> '{}')::numeric;
    IF quantity < 0 THEN
      RAISE EXCEPTION 'meter "%" is negative', meter USING ERRCODE = 'QK008';
    ELSIF decimals = 0 AND scale(trim_scale(quantity)) > 0 THEN
      RAISE EXCEPTION 'meter "%" is %; it is a whole number', meter, trim_scale(quantity) USING ERRCODE = 'QK010';
    ELSIF scale(trim_scale(quantity)) > decimals THEN
      RAISE EXCEPTION 'meter "%" has % decimals; at most % are allowed', meter, scale(trim_scale(quantity)), decimals
        USING ERRCODE = 'QK010';
    ELSIF quantity > 1000000000000 THEN
      RAISE EXCEPTION 'meter "%" is %; at most 1000000000000 is allowed', meter, trim_scale(quantity)
        USING ERRCODE = 'QK008';
    END IF;
  END LOOP;
  IF named > 16 THEN
    RAISE EXCEPTION 'usage has % named meters; at most 16 are allowed', named USING ERRCODE = 'QK010';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_usage IS
  'Raises QK010 or QK008 unless usage is an object of meters as doc/calls.md has it: tokens and requests whole, at '
  'most 16 named meters with at most six decimals, none negative or above 10^12.';

CREATE FUNCTION quotakit.cost(service text, model text, usage jsonb, at timestamptz DEFAULT now(),
    tier text DEFAULT 'standard')
  RETURNS TABLE (usd numeric, credits numeric, unpriced bool, price_version int8, detail jsonb)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('viewer');
BEGIN
  PERFORM quotakit._check_usage(usage);
  SELECT c.* INTO usd, credits, unpriced, price_version, detail
    FROM quotakit._cost(account, service, coalesce(model, ''), '{"requests": 1}'::jsonb || usage,
      coalesce(at, now()), coalesce(tier, 'standard')) c;
  IF usd > 1000000 OR credits > 1000000 THEN
    RAISE EXCEPTION 'the call costs % USD and % credits; at most 1000000 of each are allowed', usd, credits
      USING ERRCODE = 'QK008';
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.cost IS
  'What a call would cost the current account, by the prices in force at a time. usage: meters, as in doc/calls.md; '
  'requests is 1 unless given. model: null or empty for none. Gives usd and credits, computed exactly and rounded '
  'once, half up, to nine decimals; unpriced: a meter has no price, or the service and model have none at all; '
  'price_version: the newest price used, 0 for none; detail: each meter with the price it met, amounts as decimal '
  'strings, and did_you_mean where a meter looks misspelt. Needs viewer. Errors: QK010 for malformed usage, QK008 for amounts out of range.';
