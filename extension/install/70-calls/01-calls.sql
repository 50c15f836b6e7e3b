-- Calls: in batches, and one by one. doc/calls.md has their form.

CREATE FUNCTION quotakit.batch(account_ids int4[], secrets bytea[], calls bytea[])
    RETURNS TABLE (outcome text, answer text)
  AS 'MODULE_PATHNAME', 'quotakit_batch' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp COST 1000;
COMMENT ON FUNCTION quotakit.batch(int4[], bytea[], bytea[]) IS
  'Takes calls of any accounts, each with the SHA-256 of its API key, in one transaction; answers each by itself, in '
  'order. A project whose lock is not to be had within quotakit.batch_lock_wait is answered busy. SQLSTATE 40001 and '
  '40P01: run it again. It is what the gateway calls.';

CREATE FUNCTION quotakit._batch_as(account_id int4, calls text[], wait bool)
    RETURNS TABLE (outcome text, answer text)
  AS 'MODULE_PATHNAME', 'quotakit_batch_as' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION quotakit._batch_as IS
  'Takes calls for an account; the SQL function around it has found out who calls. With wait it waits for locks as any statement does.';

CREATE FUNCTION quotakit._report(sqlstate text, message text, detail text, hint text, is_error bool)
    RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_report' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._report IS 'Raises an error or a warning. Detail and hint may be null, which RAISE does not allow.';

CREATE FUNCTION quotakit.batch(calls jsonb) RETURNS TABLE (outcome text, answer jsonb)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(calls) <> 'array' THEN
    RAISE EXCEPTION 'calls must be a JSON array'
      USING ERRCODE = 'QK010', DETAIL = format('It is of type %s.', jsonb_typeof(calls)),
            HINT = 'For one call use reserve(), settle(), log(), draw(), release() or extend().';
  END IF;
  RETURN QUERY
    SELECT b.outcome, b.answer::jsonb
    FROM quotakit._batch_as(quotakit._acting_account('viewer'),
                            ARRAY(SELECT c.call::text FROM jsonb_array_elements(calls) AS c(call)),
                            false) AS b;
END $$;
COMMENT ON FUNCTION quotakit.batch(jsonb) IS
  'Takes a JSON array of calls for the current account in one transaction; answers each by itself, in order. QK010 if '
  'it is not an array; what is wrong with a call is its answer.';

CREATE FUNCTION quotakit._call(call jsonb)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb;
  kept bool;
BEGIN
  SELECT b.answer::jsonb INTO STRICT said
  FROM quotakit._batch_as(quotakit._acting_account('viewer'), ARRAY[jsonb_strip_nulls(call)::text], true) AS b;

  -- An error would undo that an event was kept, so that is a warning.
  IF said ? 'sqlstate' THEN
    kept := said ? 'kept' AND call->>'op' IN ('settle', 'log', 'draw');
    PERFORM quotakit._report(said->>'sqlstate', said->>'message', said->>'detail',
      coalesce(said->>'hint', CASE WHEN kept THEN 'The event was kept; see quotakit.rejected_event.' END), NOT kept);
  END IF;
  RETURN QUERY SELECT said->>'outcome', (said->>'id')::uuid, said - 'outcome' - 'id';
END $$;
COMMENT ON FUNCTION quotakit._call IS
  'Takes one call for the current account. What is wrong with it is an error; where it reports spend, a warning, since the event was kept.';

-- The usage of a call out of named arguments; null if there is none.
CREATE FUNCTION quotakit._usage(usage jsonb, input_tokens int8, output_tokens int8, requests int8)
    RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN usage IS NULL AND input_tokens IS NULL AND output_tokens IS NULL AND requests IS NULL
    THEN NULL
    ELSE coalesce(usage, '{}') || jsonb_strip_nulls(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'requests', requests)) END
$$;
COMMENT ON FUNCTION quotakit._usage IS 'The usage object of a call, with the commonest meters given by name.';

CREATE FUNCTION quotakit.reserve(path text, model text DEFAULT NULL, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, ttl int4 DEFAULT NULL,
    lease bool DEFAULT NULL, service text DEFAULT NULL, tier text DEFAULT NULL, id uuid DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'reserve', 'id', coalesce($13, quotakit.uuid7()),
    'path', $1, 'service', $11, 'model', $2, 'tier', $12, 'usd', $5::text, 'credits', $6::text,
    'usage', quotakit._usage($8, $3, $4, $7), 'ttl', $9, 'lease', $10))
$$;
COMMENT ON FUNCTION quotakit.reserve IS
  'Holds what a call may cost, against every policy it touches. Give the usage expected (tokens, or a usage object '
  'with any meter) or the amount (USD or credits, at most 9 decimals). ttl: seconds, 1-86,400, default 300. Outcome '
  'granted or refused; the answer says why. Errors QK001-QK010.';

CREATE FUNCTION quotakit.settle(id uuid, input_tokens int8 DEFAULT NULL, output_tokens int8 DEFAULT NULL,
    usd numeric DEFAULT NULL, credits numeric DEFAULT NULL, requests int8 DEFAULT NULL,
    usage jsonb DEFAULT NULL, model text DEFAULT NULL, tier text DEFAULT NULL, ok bool DEFAULT NULL,
    charged bool DEFAULT NULL, estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, path text DEFAULT NULL,
    provider_usage jsonb DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'settle', 'id', $1, 'path', $14, 'model', $8,
    'tier', $9, 'usd', $4::text, 'credits', $5::text, 'provider_usage', $15, 'usage', quotakit._usage($7, $2, $3, $6),
    'ok', $10, 'charged', $11, 'estimated', $12, 'tags', $13))
$$;
COMMENT ON FUNCTION quotakit.settle IS
  'Records what a reserved call used, and frees what it held. Path and model are the reservation''s when not given. '
  'provider_usage: the provider''s usage object, or its whole response, instead of tokens, requests and usage: see provider_usage(). '
  'Outcome recorded, or rejected with a warning: then the event is kept in rejected_event.';

CREATE FUNCTION quotakit.log(path text, model text DEFAULT NULL, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, service text DEFAULT NULL,
    tier text DEFAULT NULL, ok bool DEFAULT NULL, charged bool DEFAULT NULL,
    estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, id uuid DEFAULT NULL,
    provider_usage jsonb DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'log', 'id', coalesce($15, quotakit.uuid7()),
    'path', $1, 'service', $9, 'model', $2, 'tier', $10, 'usd', $5::text, 'credits', $6::text,
    'provider_usage', $16, 'usage', quotakit._usage($8, $3, $4, $7), 'ok', $11, 'charged', $12, 'estimated', $13, 'tags', $14))
$$;
COMMENT ON FUNCTION quotakit.log IS 
  'Records a call that has happened. provider_usage: the provider''s usage object, or its whole response, instead of tokens, requests '
  'and usage: see provider_usage(). Outcome recorded, or rejected with a warning: then the event is kept in rejected_event.';

CREATE FUNCTION quotakit.draw(reservation uuid, input_tokens int8 DEFAULT NULL,
    output_tokens int8 DEFAULT NULL, usd numeric DEFAULT NULL, credits numeric DEFAULT NULL,
    requests int8 DEFAULT NULL, usage jsonb DEFAULT NULL, model text DEFAULT NULL,
    last bool DEFAULT NULL, tier text DEFAULT NULL, ok bool DEFAULT NULL, charged bool DEFAULT NULL,
    estimated bool DEFAULT NULL, tags jsonb DEFAULT NULL, id uuid DEFAULT NULL,
    provider_usage jsonb DEFAULT NULL)
    RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'draw', 'id', coalesce($15, quotakit.uuid7()),
    'reservation', $1, 'model', $8, 'tier', $10, 'usd', $4::text, 'credits', $5::text,
    'provider_usage', $16, 'usage', quotakit._usage($7, $2, $3, $6), 'last', $9, 'ok', $11, 'charged', $12,
    'estimated', $13, 'tags', $14))
$$;
COMMENT ON FUNCTION quotakit.draw IS
  'Records one call out of a reservation made for several, and lowers what it holds; last frees the rest. provider_usage and outcomes as of log.';

CREATE FUNCTION quotakit.release(id uuid) RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'release', 'id', $1))
$$;
COMMENT ON FUNCTION quotakit.release IS 'Frees a reservation without recording anything. QK005 if there is none, QK006 if it is settled.';

CREATE FUNCTION quotakit.extend(id uuid, ttl int4 DEFAULT NULL) RETURNS TABLE (outcome text, id uuid, answer jsonb)
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM quotakit._call(jsonb_build_object('op', 'extend', 'id', $1, 'ttl', $2))
$$;
COMMENT ON FUNCTION quotakit.extend IS
  'Moves the end of a reservation to ttl seconds (1-86,400, default 300) from now; never back. QK005 if there is none, QK006 if it has ended.';

CREATE FUNCTION quotakit._append_adjustments(account_id int4, events uuid[], ats timestamptz[],
    usd int8[], credits int8[], priced bool[], price_version int8) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_append_adjustments' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION quotakit._append_adjustments IS
  'Appends to the ledger, for each event given by its id and time, an adjustment by so many nano-USD and nano-credits '
  '(negative too), and counts it in the windows of the event; priced: the event was unpriced and is so no more.';

CREATE FUNCTION quotakit._append_reconciled(account_id int4, node_id int4, model text, id uuid, usd int8) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_append_reconciled' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION quotakit._append_reconciled IS
  'Appends to the ledger, on a node with a service, an adjustment of no event by so many nano-USD (negative too), '
  'flagged reconciled, and counts it in the windows of the time of its id.';
