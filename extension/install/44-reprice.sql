-- Costs recorded events anew by the prices that stand now. The ledger is only
-- added to: what differs becomes an adjustment beside the event it corrects.

CREATE FUNCTION quotakit._usage_of(e quotakit.event) RETURNS jsonb
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(e.meters, '{}') || jsonb_build_object('input_tokens', e.input_tokens,
    'cached_input_tokens', e.cached_input_tokens, 'cache_write_tokens', e.cache_write_tokens,
    'output_tokens', e.output_tokens, 'reasoning_tokens', e.reasoning_tokens, 'requests', e.requests);
END;
COMMENT ON FUNCTION quotakit._usage_of IS 'The usage of an event, as it was sent with the call.';

CREATE FUNCTION quotakit._reprice_events(account_id int4, since timestamptz, until timestamptz, service text, model text)
  RETURNS TABLE (node_id int4, event_id uuid, at timestamptz, model_name text, old_usd int8, old_credits int8,
                 new_usd int8, new_credits int8, price_version int8)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- An adjustment has the time of its event, so both are in the range. Flags:
  -- 64 uncharged, 128 adjustment, 256 amount given by the caller.
  WITH adjusted AS (
    SELECT a.ref_id, sum(a.usd)::int8 AS usd, sum(a.credits)::int8 AS credits
      FROM quotakit.event a
      WHERE a.account_id = _reprice_events.account_id AND a.at >= since AND a.at < until AND a.flags & 128 <> 0
      GROUP BY a.ref_id
  )
  SELECT e.node_id, e.event_id, e.at, e.model,
         e.usd + coalesce(a.usd, 0), e.credits + coalesce(a.credits, 0),
         (c.usd * 1000000000)::int8, (c.credits * 1000000000)::int8, c.price_version
    FROM quotakit.event e
    JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id
    CROSS JOIN LATERAL quotakit._cost(e.account_id, n.service, e.model, quotakit._usage_of(e), e.at, e.tier) c
    LEFT JOIN adjusted a ON a.ref_id = e.event_id
    WHERE e.account_id = _reprice_events.account_id AND e.at >= since AND e.at < until
      AND e.flags & (64 | 128 | 256) = 0
      AND (_reprice_events.service IS NULL OR n.service = _reprice_events.service)
      AND (_reprice_events.model IS NULL OR e.model = _reprice_events.model);
END;
COMMENT ON FUNCTION quotakit._reprice_events IS
  'Every event of a range whose cost follows from prices, with what it costs so far (adjustments included) and what it costs by the prices that stand now, in nano.';

CREATE FUNCTION quotakit.reprice("from" timestamptz, "to" timestamptz, OUT path quotakit.qpath,
    INOUT service text DEFAULT NULL, INOUT model text DEFAULT NULL, dry_run bool DEFAULT true,
    OUT events int8, OUT changed int8, OUT old_usd numeric, OUT new_usd numeric, OUT difference_usd numeric,
    OUT old_credits numeric, OUT new_credits numeric, OUT difference_credits numeric)
  RETURNS SETOF record
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET row_security = on
AS $$
#variable_conflict use_column
DECLARE
  account CONSTANT int4 := quotakit._account((CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END)::text);
  only_service CONSTANT text := reprice.service;
  only_model CONSTANT text := reprice.model;
  -- One call takes so many at most, so that it stays within a bounded piece of memory.
  step CONSTANT int4 := 10000;
  part record;
BEGIN
  IF "from" IS NULL OR "to" IS NULL OR "from" >= "to" THEN
    RAISE EXCEPTION 'the range from % to % is empty', coalesce("from"::text, 'null'), coalesce("to"::text, 'null')
      USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._require_service(account, only_service);
  IF NOT dry_run THEN
    -- An older snapshot would not see the adjustments of another run, and repeat them.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
      RAISE EXCEPTION 'events cannot be repriced in a % transaction', upper(current_setting('transaction_isolation'))
        USING ERRCODE = 'feature_not_supported', HINT = 'Use READ COMMITTED.';
    END IF;
    PERFORM quotakit._lock_account(account);
  END IF;

  -- In the order of the projects, as their locks are taken.
  FOR part IN
    SELECT r.node_id AS root, n.path, n.service, e.model_name, count(*) AS events,
           sum(e.old_usd) AS old_usd, sum(e.new_usd) AS new_usd,
           sum(e.old_credits) AS old_credits, sum(e.new_credits) AS new_credits,
           max(greatest(e.new_usd, e.new_credits)) AS largest, max(e.price_version) AS price_version,
           array_agg(e.event_id) FILTER (WHERE d.differs) AS ids, array_agg(e.at) FILTER (WHERE d.differs) AS ats,
           array_agg(e.new_usd - e.old_usd) FILTER (WHERE d.differs) AS usd,
           array_agg(e.new_credits - e.old_credits) FILTER (WHERE d.differs) AS credits
      FROM quotakit._reprice_events(account, "from", "to", only_service, only_model) e
      CROSS JOIN LATERAL (SELECT (e.new_usd, e.new_credits) <> (e.old_usd, e.old_credits)) d(differs)
      JOIN quotakit.node n ON n.account_id = account AND n.node_id = e.node_id
      JOIN quotakit.node r ON r.account_id = account AND r.path OPERATOR(quotakit.=) quotakit.root(n.path)
      GROUP BY r.node_id, n.node_id, n.path, n.service, e.model_name
      ORDER BY r.node_id, n.node_id, e.model_name COLLATE "C"
  LOOP
    IF part.largest > 1000000000000000 THEN
      RAISE EXCEPTION 'an event of % would cost more than 1000000', part.path
        USING ERRCODE = 'QK008', HINT = 'Look for a price that is too high in quotakit.price_current.';
    END IF;
    path := part.path;
    service := part.service;
    model := part.model_name;
    events := part.events;
    changed := coalesce(cardinality(part.ids), 0);
    old_usd := trim_scale(part.old_usd * 0.000000001);
    new_usd := trim_scale(part.new_usd * 0.000000001);
    difference_usd := trim_scale(new_usd - old_usd);
    old_credits := trim_scale(part.old_credits * 0.000000001);
    new_credits := trim_scale(part.new_credits * 0.000000001);
    difference_credits := trim_scale(new_credits - old_credits);
    IF NOT dry_run THEN
      FOR i IN 1 .. changed BY step LOOP
        PERFORM quotakit._append_adjustments(account, part.ids[i : i + step - 1], part.ats[i : i + step - 1],
          part.usd[i : i + step - 1], part.credits[i : i + step - 1], part.price_version);
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.reprice IS
  'Costs the events of the current account from one time to another (excluded) anew, by the prices that stand now, and says for each path, service and model how many events there are, how many change, and what they cost before and after. dry_run => false appends the differences to the ledger as adjustments at the time of their events; the events themselves stay as they are. Earlier adjustments are taken into account, so a second run changes nothing. Events that were uncharged, or whose amount the caller gave, are left out. service, model: only these. Needs viewer, or admin to append; the projects concerned wait until it commits, so take long ranges in pieces. Errors: QK008, undefined_object, feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
