-- Costs recorded events anew by the prices that stand now. The ledger is only
-- added to: what differs becomes an adjustment beside the event it corrects.

CREATE FUNCTION quotakit._reprice_events(account_id int4, since timestamptz, until timestamptz, service text, model text)
  RETURNS TABLE (node_id int4, event_id uuid, at timestamptz, model_name text, old_usd int8, old_credits int8,
                 new_usd int8, new_credits int8, price_version int8, now_priced bool)
  LANGUAGE sql STABLE
  -- The planner cannot know how large the steps are, and would loop over them; the
  -- price it puts on what is off must not make it compile either.
  SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
  -- An adjustment has the time of its event, so both are in the range. Flags:
  -- 8 unpriced, 64 uncharged, 128 adjustment, 256 amount given by the caller,
  -- 1024 (of an adjustment) the event is unpriced no more.
  WITH adjusted AS MATERIALIZED (
    SELECT a.ref_id, sum(a.usd) AS usd, sum(a.credits) AS credits, bool_or(a.flags & 1024 <> 0) AS priced
      FROM quotakit.event a
      WHERE a.account_id = _reprice_events.account_id AND a.at >= since AND a.at < until AND a.flags & 128 <> 0
      GROUP BY a.ref_id
  ), picked AS MATERIALIZED (
    SELECT e.*, n.service
      FROM quotakit.event e
      JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id
      WHERE e.account_id = _reprice_events.account_id AND e.at >= since AND e.at < until
        -- Unpriced with an amount given: that was in credits, and the USD are to be had.
        AND (e.flags & (64 | 128 | 256) = 0 OR e.flags & (8 | 64 | 128 | 256) = 8 | 256)
        AND (_reprice_events.service IS NULL OR n.service = _reprice_events.service)
        AND (_reprice_events.model IS NULL OR e.model = _reprice_events.model)
  ), bounds AS MATERIALIZED (
    -- Between two dates and between two thresholds the choice of a price is the
    -- same, so it is made once for each such part and meter, not for each event.
    SELECT s.service, s.model, array_agg(DISTINCT p.valid_from ORDER BY p.valid_from) AS dates,
           array_agg(DISTINCT p.above_tokens ORDER BY p.above_tokens) AS thresholds
      FROM (SELECT DISTINCT k.service, k.model FROM picked k) s
      JOIN quotakit.price p ON p.account_id IN (_reprice_events.account_id, 0) AND p.service = s.service
        AND p.model IN (s.model, '') AND p.superseded_by IS NULL
      GROUP BY s.service, s.model
  ), used AS MATERIALIZED (
    SELECT k.event_id, k.service, k.model, k.tier, k.at, c.context, u.meter, u.quantity,
           width_bucket(k.at, b.dates) AS date_part, width_bucket(c.context - 1, b.thresholds) AS threshold_part
      FROM picked k
      JOIN bounds b ON b.service = k.service AND b.model = k.model
      CROSS JOIN LATERAL (SELECT k.input_tokens + k.cached_input_tokens + k.cache_write_tokens
        + coalesce(quotakit._named_tokens(k.meters, 'input'), 0)) c(context)
      CROSS JOIN LATERAL (
        VALUES ('input_tokens', k.input_tokens::numeric), ('cached_input_tokens', k.cached_input_tokens),
          ('cache_write_tokens', k.cache_write_tokens), ('output_tokens', k.output_tokens),
          ('reasoning_tokens', k.reasoning_tokens), ('requests', k.requests)
        UNION ALL
        SELECT m.key, m.value::numeric FROM jsonb_each_text(k.meters) m) u(meter, quantity)
      WHERE u.quantity <> 0
  ), rate AS MATERIALIZED (
    SELECT r.service, r.model, r.tier, r.date_part, r.threshold_part, r.meter, p.usd, p.credits, p.price_version
      FROM (SELECT u.service, u.model, u.tier, u.date_part, u.threshold_part, u.meter, min(u.at) AS at, min(u.context) AS context
              FROM used u GROUP BY u.service, u.model, u.tier, u.date_part, u.threshold_part, u.meter) r
      LEFT JOIN LATERAL quotakit._price_of(_reprice_events.account_id, r.service, r.model, r.meter, r.tier, r.context, r.at) p ON true
  ), cost AS MATERIALIZED (
    SELECT u.event_id, sum(u.quantity * r.usd) AS usd, sum(u.quantity * r.credits) AS credits, max(r.price_version) AS price_version,
           -- As the engine has it: a request alone needs no price, if anything of the model has one by then.
           bool_and((r.price_version IS NOT NULL OR u.meter = 'requests') AND u.date_part > 0) AS priced
      FROM used u
      JOIN rate r ON r.service = u.service AND r.model = u.model AND r.tier = u.tier AND r.date_part = u.date_part
        AND r.threshold_part = u.threshold_part AND r.meter = u.meter
      GROUP BY u.event_id
  )
  SELECT k.node_id, k.event_id, k.at, k.model,
         (k.usd + coalesce(a.usd, 0))::int8, (k.credits + coalesce(a.credits, 0))::int8,
         (round(coalesce(c.usd, 0), 9) * 1000000000)::int8,
         CASE WHEN k.flags & 256 <> 0 THEN (k.credits + coalesce(a.credits, 0))::int8
              ELSE (round(coalesce(c.credits, 0), 9) * 1000000000)::int8 END,
         coalesce(c.price_version, 0),
         -- A call that used nothing is priced as soon as anything has a price by then.
         k.flags & 8 <> 0 AND coalesce(c.priced, width_bucket(k.at, b.dates) > 0, false) AND NOT coalesce(a.priced, false)
    FROM picked k
    LEFT JOIN bounds b ON b.service = k.service AND b.model = k.model
    LEFT JOIN cost c ON c.event_id = k.event_id
    LEFT JOIN adjusted a ON a.ref_id = k.event_id;
END;
COMMENT ON FUNCTION quotakit._reprice_events IS
  'Every event of a range whose cost follows from prices, with what it costs so far (adjustments included) and what '
  'it costs by the prices that stand now, in nano; now_priced: it was unpriced, and has a price by now.';

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
  account CONSTANT int4 := quotakit._acting_account((CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END)::text);
  only_service CONSTANT text := reprice.service;
  only_model CONSTANT text := reprice.model;
  -- One call takes so many at most, so that it stays within a bounded piece of memory.
  step CONSTANT int4 := 10000;
  sealed timestamptz;
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
  -- What is sealed is in the counters for good, whether its events are still there or not.
  SELECT a.sealed_until INTO STRICT sealed FROM quotakit.account a WHERE a.account_id = account;
  IF "from" < sealed THEN
    RAISE NOTICE 'events before % are sealed and keep their cost', sealed;
    IF "to" <= sealed THEN
      RETURN;
    END IF;
    "from" := sealed;
  END IF;

  -- In the order of the projects, as their locks are taken.
  FOR part IN
    SELECT r.node_id AS root, n.path, n.service, e.model_name, count(*) AS events,
           sum(e.old_usd) AS old_usd, sum(e.new_usd) AS new_usd,
           sum(e.old_credits) AS old_credits, sum(e.new_credits) AS new_credits,
           max(greatest(e.new_usd, e.new_credits)) AS largest, max(e.price_version) AS price_version,
           array_agg(e.event_id) FILTER (WHERE d.differs) AS ids, array_agg(e.at) FILTER (WHERE d.differs) AS ats,
           array_agg(e.new_usd - e.old_usd) FILTER (WHERE d.differs) AS usd,
           array_agg(e.new_credits - e.old_credits) FILTER (WHERE d.differs) AS credits,
           array_agg(e.now_priced) FILTER (WHERE d.differs) AS priced
      FROM quotakit._reprice_events(account, "from", "to", only_service, only_model) e
      CROSS JOIN LATERAL (SELECT (e.new_usd, e.new_credits) <> (e.old_usd, e.old_credits) OR e.now_priced) d(differs)
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
          part.usd[i : i + step - 1], part.credits[i : i + step - 1], part.priced[i : i + step - 1], part.price_version);
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.reprice IS
  'Costs the events of the current account from one time to another (excluded) anew, by the prices that stand now, '
  'and says for each path, service and model how many events there are, how many change (in cost, or in being '
  'unpriced no more), and what they cost before and after. dry_run => false appends the differences to the ledger as '
  'adjustments at the time of their events; the events themselves stay as they are. Earlier adjustments are taken '
  'into account, so a second run changes nothing. Events that were uncharged, or whose amount the caller gave, are '
  'left out; of an unpriced event with given credits only the USD change. So are events that retention has sealed: a '
  'notice says so. service, model: only these. Needs viewer, or admin to append; the projects concerned wait until it '
  'commits, so take long ranges in pieces. Errors: QK008, undefined_object, feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
