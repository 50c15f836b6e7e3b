-- Money and credits are bigint nano units inside, numeric outside.

CREATE FUNCTION quotakit.nano(amount numeric) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
    RAISE EXCEPTION 'amount % is not a finite number', amount USING ERRCODE = 'QK008';
  END IF;
  IF scale(trim_scale(amount)) > 9 THEN
    RAISE EXCEPTION 'amount % has more than 9 decimals', left(amount::text, 40)
      USING ERRCODE = 'QK008', HINT = 'Amounts are kept in billionths; round it first.';
  END IF;
  IF abs(amount) > 9000000000 THEN
    RAISE EXCEPTION 'amount % is out of range', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = 'An amount is at most 9,000,000,000.';
  END IF;
  RETURN (amount * 1000000000)::int8;
END $$;
COMMENT ON FUNCTION quotakit.nano IS
  'An amount of USD or credits in nano units (billionths). Exact: at most 9 decimals and 9,000,000,000 either way, else QK008.';

CREATE FUNCTION quotakit.from_nano(nano int8) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.trim_scale(nano OPERATOR(pg_catalog.*) 0.000000001);
COMMENT ON FUNCTION quotakit.from_nano IS 'Nano units (billionths) as USD or credits, without trailing zeros. The inverse of nano().';

CREATE FUNCTION quotakit._to_unit(amount numeric, unit text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount < 0 AND amount <> '-Infinity' THEN
    RAISE EXCEPTION 'amount % is negative', left(amount::text, 40) USING ERRCODE = 'QK008';
  END IF;
  IF unit IN ('usd', 'credits') THEN
    RETURN quotakit.nano(amount);
  END IF;
  IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
    RAISE EXCEPTION 'amount % is not a finite number', amount USING ERRCODE = 'QK008';
  END IF;
  IF amount <> trunc(amount) THEN
    RAISE EXCEPTION 'amount % is not a whole number', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = format('Amounts of %s are counted in whole numbers.', unit);
  END IF;
  IF amount > 9000000000000000000 THEN
    RAISE EXCEPTION 'amount % is out of range', left(amount::text, 40)
      USING ERRCODE = 'QK008', DETAIL = format('An amount of %s is at most 9,000,000,000,000,000,000.', unit);
  END IF;
  RETURN amount::int8;
END $$;
COMMENT ON FUNCTION quotakit._to_unit IS
  'An amount that people give for a policy''s unit, as it is stored: nano for usd and credits, itself for requests '
  'and tokens. Negative, fractional or too large: QK008.';

CREATE FUNCTION quotakit.in_unit(amount int8, unit text) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN unit OPERATOR(pg_catalog.=) 'usd' OR unit OPERATOR(pg_catalog.=) 'credits'
              THEN quotakit.from_nano(amount) ELSE amount::pg_catalog.numeric END;
COMMENT ON FUNCTION quotakit.in_unit IS 'A stored amount of a policy as people read it: USD or credits from nano, requests and tokens as they are.';
