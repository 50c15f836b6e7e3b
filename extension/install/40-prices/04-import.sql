-- Takes a price file over.

CREATE FUNCTION quotakit.import_prices(file jsonb, valid_from timestamptz DEFAULT now(), dry_run bool DEFAULT false,
    OUT model text, INOUT service text DEFAULT NULL, builtin bool DEFAULT false, replace bool DEFAULT false,
    OUT meter text, OUT tier text, OUT above_tokens int8, OUT old_usd numeric, OUT usd numeric, OUT action text, OUT note text, OUT key text)
  RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
#variable_conflict use_column
DECLARE
  only_service CONSTANT text := import_prices.service;
  since CONSTANT timestamptz := import_prices.valid_from;
  account int4;
  entry record;
  old record;
  changed bool := false;
  -- What became of the entry so far.
  source text;
  understood bool;
  priced bool;
BEGIN
  IF builtin THEN
    IF NOT quotakit._is_superior(quotakit._caller()) THEN
      RAISE EXCEPTION 'permission denied to change built-in prices' USING ERRCODE = 'insufficient_privilege',
        HINT = 'Only a superuser or the extension''s owner may; without builtin => true the prices are your account''s own.';
    END IF;
    account := 0;
  ELSE
    account := quotakit._acting_account(CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END);
  END IF;
  IF file IS NULL OR jsonb_typeof(file) <> 'object' THEN
    RAISE EXCEPTION 'the price file is not an object' USING ERRCODE = 'QK010',
      HINT = 'Give the content of a file in the LiteLLM format: {"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06}}.';
  ELSIF since IS NULL OR since = 'infinity' THEN
    RAISE EXCEPTION 'valid_from is %', coalesce(since::text, 'missing') USING ERRCODE = 'QK008';
  END IF;

  IF NOT dry_run THEN
    PERFORM quotakit._lock_account(account);
  END IF;
  FOR entry IN
    SELECT f.*, o.usd AS output_usd
      FROM quotakit._price_file(file) f
      -- What the model's output tokens cost, for comparison with its reasoning tokens.
      LEFT JOIN LATERAL (SELECT (file -> f.source ->> 'output_cost_per_token')::numeric AS usd
        WHERE f.key = 'output_cost_per_reasoning_token'
          AND jsonb_typeof(file -> f.source -> 'output_cost_per_token') = 'number') o ON true
      WHERE only_service IS NULL OR f.service = only_service
         OR file -> f.source ->> 'litellm_provider' = only_service
      ORDER BY f.service COLLATE "C", f.model COLLATE "C", f.source COLLATE "C", f.problem = 'ignored' NULLS FIRST,
        f.meter COLLATE "C", f.tier <> 'standard', f.tier COLLATE "C", f.above_tokens, f.key COLLATE "C"
  LOOP
    IF source IS DISTINCT FROM entry.source THEN
      source := entry.source;
      understood := true;
      priced := false;
    END IF;
    understood := understood AND entry.problem IS DISTINCT FROM 'not understood';
    priced := priced OR entry.usd IS NOT NULL;
    model := entry.model;
    service := entry.service;
    meter := entry.meter;
    tier := entry.tier;
    above_tokens := entry.above_tokens;
    old_usd := NULL;
    usd := entry.usd;
    note := entry.note;
    key := entry.key;
    IF entry.problem IS NOT NULL THEN
      action := CASE entry.problem WHEN 'differs' THEN 'not understood' ELSE entry.problem END;
      -- The last row of an entry. One of which nothing but that is understood is no model of ours.
      IF entry.problem = 'ignored' AND (understood OR priced) AND NOT dry_run THEN
        PERFORM quotakit._put_model(account, entry.service, entry.model,
          quotakit._price_file_count(file -> entry.source, 'max_input_tokens'),
          quotakit._price_file_count(file -> entry.source, 'max_output_tokens'),
          quotakit._price_file_date(file -> entry.source, 'deprecation_date'));
      END IF;
      RETURN NEXT;
      CONTINUE;
    END IF;

    SELECT p.usd, p.credits, p.valid_from, p.shipped INTO old
      FROM quotakit.price p
      WHERE p.account_id = account AND p.service = entry.service AND p.model = entry.model
        AND p.meter = entry.meter AND p.tier = entry.tier AND p.above_tokens = entry.above_tokens
        AND p.superseded_by IS NULL AND p.valid_from <= since
      ORDER BY p.valid_from DESC LIMIT 1;
    old_usd := old.usd;
    IF NOT FOUND THEN
      -- Then the built-in one was in force.
      old_usd := (SELECT p.usd FROM quotakit.price p
        WHERE p.account_id = 0 AND p.service = entry.service AND p.model = entry.model
          AND p.meter = entry.meter AND p.tier = entry.tier AND p.above_tokens = entry.above_tokens
          AND p.superseded_by IS NULL AND p.valid_from <= since
        ORDER BY p.valid_from DESC LIMIT 1);
      -- Reasoning tokens that cost what output tokens do need no row: they fall
      -- back to output tokens, and so get their price in every tier as well.
      action := CASE WHEN entry.output_usd = entry.usd THEN 'same' ELSE 'new' END;
      note := CASE WHEN entry.output_usd = entry.usd
        THEN 'as output_cost_per_token, to which reasoning tokens fall back in every tier' ELSE note END;
    ELSIF old.usd = entry.usd THEN
      action := 'same';
    ELSE
      action := 'changed';
      note := concat_ws('; ', note, CASE WHEN old.usd IS NULL THEN 'was without usd' END,
        CASE WHEN old.valid_from = since AND old.shipped
             THEN 'came with the extension and cannot be replaced: give a later valid_from'
             WHEN old.valid_from = since AND NOT replace
             THEN 'valid from the same time: needs replace => true' END);
    END IF;
    IF action <> 'same' AND NOT dry_run THEN
      PERFORM quotakit._put_price(account, entry.service, entry.model, entry.meter, entry.tier, entry.above_tokens,
        since, entry.usd, old.credits, coalesce(replace, false));
      changed := true;
    END IF;
    RETURN NEXT;
  END LOOP;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the price file has nothing%', coalesce(' of service "' || only_service || '"', '')
      USING ERRCODE = 'undefined_object';
  END IF;
  IF changed THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.import_prices IS
  'Takes the prices of a file in the LiteLLM format (USD per unit, JSON numbers) for the current account from a date '
  'on, and says for each what became of it: new, changed (an earlier price ends at valid_from), same (nothing to do), '
  'not understood (listed with the reason, never dropped silently), or ignored (one row a model: what is no price). '
  'Compared with the account''s own prices, not with the built-in ones. Models and services that are missing are '
  'made, but not of an entry whose prices are not understood. dry_run: only says so, and needs viewer instead of admin. '
  'service: only this one, as we or the file call it. '
  'builtin: changes the built-in prices of all accounts instead, for a superuser or the extension''s owner. replace: '
  'also corrects prices of the very same valid_from. old_usd is the price in force at valid_from before (the '
  'account''s own, else the built-in one), null where there was none; usd is null where no price was read. Errors: '
  'QK010, QK008, QK015, undefined_object, insufficient_privilege.';
