-- Services, models and prices: what a person at psql calls instead of writing to the tables.

-- Built-in data belongs to account 0.
INSERT INTO quotakit.account (account_id, name) VALUES (0, 'builtin');

-- Versions below a billion are for the prices that come with the extension, so
-- that an upgrade can add some without meeting an account's own after a restore.
ALTER SEQUENCE quotakit.price_version_seq MINVALUE 1000000000 START 1000000000 RESTART;

CREATE FUNCTION quotakit._check_amount(what text, amount numeric) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF amount IS NULL THEN
    RETURN;
  ELSIF amount < 0 OR amount > 1000000 THEN  -- NaN is above all
    RAISE EXCEPTION '% is %; a price is from 0 to 1000000 for one unit', what, amount
      USING ERRCODE = 'QK008';
  ELSIF scale(trim_scale(amount)) > 18 THEN
    RAISE EXCEPTION '% has % decimals; at most 18 are allowed', what, scale(trim_scale(amount))
      USING ERRCODE = 'QK008',
            HINT = format('Round it: %s.', trim_scale(round(amount, 18)));
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_amount IS
  'Raises QK008 unless the price is null or 0 to 1,000,000 with at most 18 decimals. what: its name in the message.';

CREATE FUNCTION quotakit._put_service(account_id int4, service text, title text) RETURNS bool
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO quotakit.service AS s (account_id, service, title)
    VALUES (_put_service.account_id, _put_service.service, _put_service.title)
    ON CONFLICT ON CONSTRAINT service_pkey DO UPDATE SET title = excluded.title
      WHERE NOT s.shipped AND excluded.title IS NOT NULL AND s.title IS DISTINCT FROM excluded.title;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION quotakit._put_service IS
  'Makes a service or, given a title, changes its title. True if something changed; what came with the extension never does.';

CREATE FUNCTION quotakit._put_model(account_id int4, service text, model text,
    max_input_tokens int8, max_output_tokens int8, deprecated_on date) RETURNS bool
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- A model's service must be of the same account: a built-in one is copied.
  PERFORM quotakit._put_service(_put_model.account_id, _put_model.service,
    (SELECT s.title FROM quotakit.service s
       WHERE s.account_id = 0 AND s.service = _put_model.service
         AND NOT EXISTS (SELECT FROM quotakit.service o
           WHERE o.account_id = _put_model.account_id AND o.service = s.service)));
  INSERT INTO quotakit.model AS m (account_id, service, model, max_input_tokens, max_output_tokens, deprecated_on)
    VALUES (_put_model.account_id, _put_model.service, _put_model.model,
      _put_model.max_input_tokens, _put_model.max_output_tokens, _put_model.deprecated_on)
    ON CONFLICT ON CONSTRAINT model_pkey DO UPDATE
      SET max_input_tokens = coalesce(excluded.max_input_tokens, m.max_input_tokens),
          max_output_tokens = coalesce(excluded.max_output_tokens, m.max_output_tokens),
          deprecated_on = coalesce(excluded.deprecated_on, m.deprecated_on)
      WHERE NOT m.shipped
        AND (coalesce(excluded.max_input_tokens, m.max_input_tokens),
             coalesce(excluded.max_output_tokens, m.max_output_tokens),
             coalesce(excluded.deprecated_on, m.deprecated_on))
            IS DISTINCT FROM (m.max_input_tokens, m.max_output_tokens, m.deprecated_on);
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION quotakit._put_model IS
  'Makes a model, and its service, or changes what is given and not null. True if the model changed; what came with the extension never does.';

CREATE FUNCTION quotakit.create_service(service text, title text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  IF title IS NOT NULL THEN
    PERFORM quotakit._check_name('title', title, 200);
  END IF;
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_service(account, service, title);
  RETURN service;
END $$;
COMMENT ON FUNCTION quotakit.create_service IS
  'Makes a service of the current account (1 to 100 bytes), or changes its title if there is one already. Needs '
  'admin. Returns the service''s name. Errors: null_value_not_allowed, invalid_parameter_value.';

CREATE FUNCTION quotakit.create_model(service text, model text, max_input_tokens int8 DEFAULT NULL,
    max_output_tokens int8 DEFAULT NULL, deprecated_on date DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  PERFORM quotakit._require_service(account, service);
  PERFORM quotakit._check_name('model', model, 200);
  IF max_input_tokens <= 0 OR max_output_tokens <= 0 THEN
    RAISE EXCEPTION 'a model takes and gives at least one token' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._lock_account(account);
  PERFORM quotakit._put_model(account, service, model, max_input_tokens, max_output_tokens, deprecated_on);
  RETURN model;
END $$;
COMMENT ON FUNCTION quotakit.create_model IS
  'Makes a model of the current account (1 to 200 bytes), or changes what is given of one that exists; null leaves as '
  'it is. A model need not be made before it is used or priced. Needs admin. Returns the model''s name. Errors: '
  'null_value_not_allowed, undefined_object for an unknown service, QK008, invalid_parameter_value.';

CREATE FUNCTION quotakit._put_price(account_id int4, service text, model text, meter text, tier text,
    above_tokens int8, valid_from timestamptz, usd numeric, credits numeric, replace bool) RETURNS int8
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  old record;
  version int8;
BEGIN
  SELECT p.price_version, p.usd, p.credits, p.shipped INTO old FROM quotakit.price p
    WHERE p.account_id = _put_price.account_id AND p.service = _put_price.service AND p.model = _put_price.model
      AND p.meter = _put_price.meter AND p.tier = _put_price.tier AND p.above_tokens = _put_price.above_tokens
      AND p.valid_from = _put_price.valid_from AND p.superseded_by IS NULL;
  IF FOUND AND old.shipped THEN
    RAISE EXCEPTION 'price % came with the extension and cannot be replaced', old.price_version
      USING ERRCODE = 'QK015', HINT = 'Give the new price a later valid_from.';
  ELSIF FOUND AND NOT replace THEN
    RAISE EXCEPTION 'there is a price for % of %, valid from the same time', meter,
        concat_ws('/', service, nullif(model, ''))
      USING ERRCODE = 'QK015',
            DETAIL = format('It is price %s: %s, tier %s, above %s tokens, valid from %s.', old.price_version,
              concat_ws(' and ', trim_scale(old.usd) || ' USD', trim_scale(old.credits) || ' credits'),
              tier, above_tokens, to_json(valid_from) #>> '{}'),
            HINT = 'Give another valid_from, or replace => true to correct it.';
  END IF;
  version := nextval('quotakit.price_version_seq');
  IF old.price_version IS NOT NULL THEN
    UPDATE quotakit.price p SET superseded_by = version
      WHERE p.account_id = _put_price.account_id AND p.price_version = old.price_version;
  END IF;
  INSERT INTO quotakit.price (account_id, price_version, service, model, meter, tier, above_tokens,
      valid_from, usd, credits)
    VALUES (_put_price.account_id, version, _put_price.service, _put_price.model, _put_price.meter,
      _put_price.tier, _put_price.above_tokens, _put_price.valid_from,
      trim_scale(_put_price.usd), trim_scale(_put_price.credits));
  RETURN version;
END $$;
COMMENT ON FUNCTION quotakit._put_price IS
  'Adds a price, superseding the live one of the same key and valid_from if replace. The caller holds the account''s '
  'lock. Does not give the account a new version. Returns the price version. Errors: QK015.';

CREATE FUNCTION quotakit.set_price(service text, model text, meter text, usd numeric DEFAULT NULL,
    credits numeric DEFAULT NULL, tier text DEFAULT 'standard', above_tokens int8 DEFAULT 0,
    valid_from timestamptz DEFAULT now(), replace bool DEFAULT false) RETURNS int8
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  version int8;
BEGIN
  PERFORM quotakit._check_name('service', service, 100);
  PERFORM quotakit._require_service(account, service);
  model := coalesce(model, '');
  IF model <> '' THEN
    PERFORM quotakit._check_name('model', model, 200);
  END IF;
  PERFORM quotakit._check_name('meter', meter, 63);
  IF meter !~ '^[a-z][a-z0-9_]*$' THEN
    RAISE EXCEPTION 'meter "%" is not a name', meter
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A meter begins with a small letter and goes on with small letters, digits and underscores.';
  END IF;
  PERFORM quotakit._check_name('tier', tier, 63);
  PERFORM quotakit._check_amount('usd', usd);
  PERFORM quotakit._check_amount('credits', credits);
  IF usd IS NULL AND credits IS NULL THEN
    RAISE EXCEPTION 'a price needs usd, credits or both'
      USING ERRCODE = 'null_value_not_allowed', HINT = 'Give 0 for what is free.';
  END IF;
  IF above_tokens IS NULL OR above_tokens < 0 THEN
    RAISE EXCEPTION 'above_tokens is %; it is 0 or more', coalesce(above_tokens::text, 'null') USING ERRCODE = 'QK008';
  END IF;
  IF valid_from IS NULL THEN
    RAISE EXCEPTION 'valid_from is missing'
      USING ERRCODE = 'null_value_not_allowed', HINT = 'Give -infinity for ever since.';
  ELSIF valid_from = 'infinity' THEN
    RAISE EXCEPTION 'valid_from is infinity; such a price never holds' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._lock_account(account);
  version := quotakit._put_price(account, service, model, meter, tier, above_tokens, valid_from,
    usd, credits, coalesce(replace, false));
  PERFORM quotakit._touch(account);
  RETURN version;
END $$;
COMMENT ON FUNCTION quotakit.set_price IS
  'Sets what one unit of a meter costs for the current account from a date on. model: null or empty for any model of '
  'the service. usd, credits: 0 to 1,000,000 with at most 18 decimals, at least one of them; 0 is free. tier: '
  'standard, batch, priority, flex or a name of your own. above_tokens: holds for calls with more input tokens than '
  'this. valid_from: until the next price of the same key. replace: corrects the price of the same key and '
  'valid_from, which is kept and marked superseded; else two with one valid_from are an error, as the index '
  'price_one_at_a_time makes them impossible. Recorded events keep their cost; see reprice. Needs admin. Returns the '
  'price version. Errors: QK015, QK008, undefined_object for an unknown service, null_value_not_allowed, invalid_parameter_value.';
