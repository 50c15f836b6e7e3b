-- Why a call would be refused, or was.

CREATE FUNCTION quotakit._explain(account int4, path quotakit.qpath, service text, model text,
  usd numeric, requests int8, tokens int8, credits numeric)
RETURNS TABLE (policy_path text, policy_id int4, policy_service text, policy_model text, unit text, period text, rolling bool,
  enforcement text, limit_amount numeric, used numeric, held numeric, asked numeric, headroom numeric,
  exceeds bool, would_refuse bool, first_to_trip bool, window_start timestamptz, resets_at timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  node    quotakit.node := quotakit._node(account, path);
  serves  text := coalesce(service, node.service);
  above   quotakit.node;
  -- What a call's cost is found from. One that gives an amount but not this is refused as unpriced.
  priced  bool := tokens IS NOT NULL AND (serves IS NULL OR EXISTS (
    SELECT FROM quotakit.price p
    WHERE p.account_id IN (_explain.account, 0) AND p.service = serves AND p.model IN (coalesce(_explain.model, ''), '')
      AND p.superseded_by IS NULL AND p.valid_from <= statement_timestamp()));
BEGIN
  IF node.service IS NOT NULL AND serves <> node.service THEN
    RAISE EXCEPTION 'path "%" is of service "%", not "%"', path, node.service, left(serves, 200)
      USING ERRCODE = 'QK003';
  END IF;
  PERFORM quotakit._refuse_archived(account, path);
  -- A frozen path refuses before any policy is asked.
  FOR above IN
    SELECT n.* FROM quotakit.node n
    WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _explain.path AND n.frozen_reason IS NOT NULL
    ORDER BY n.path
  LOOP
    RETURN QUERY SELECT above.path::text, NULL::int4, NULL::text, NULL::text, NULL::text, NULL::text, NULL::bool,
      'frozen: ' || above.frozen_reason, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
      NULL::bool, true, NULL::bool, NULL::timestamptz, NULL::timestamptz;
  END LOOP;
  RETURN QUERY
  WITH asks AS (
    SELECT s.*, x.asked, s.enforcement = 'strict' AND x.asked IS NULL AND x.unknown AS unknown,
           trim_scale(s.limit_amount - s.used - CASE s.enforcement WHEN 'block' THEN 0 ELSE s.held END) AS headroom
    FROM quotakit.policy_status s
    CROSS JOIN LATERAL (
      SELECT CASE s.unit WHEN 'usd' THEN usd WHEN 'credits' THEN credits
        WHEN 'requests' THEN requests::numeric ELSE tokens::numeric END AS asked,
        -- A strict limit refuses a call that says something, but not how much in this unit.
        CASE s.unit WHEN 'usd' THEN coalesce(tokens::numeric, credits) IS NOT NULL AND NOT priced
          WHEN 'credits' THEN usd IS NOT NULL AND tokens IS NULL
          WHEN 'tokens' THEN coalesce(usd, credits) IS NOT NULL ELSE false END AS unknown) x
    WHERE s.account_id = account
      AND s.node_id IN (SELECT n.node_id FROM quotakit.node n WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _explain.path)
      AND (s.service IS NULL OR s.service = serves)
      AND (s.model IS NULL OR s.model = model)
  ), ranked AS (
    -- The one that fits the fewest more of such calls: none, where they are refused as unknown; without amounts, the one
    -- with the smallest share left.
    SELECT a.policy_id AS id, row_number() OVER (ORDER BY NOT a.unknown,
      CASE WHEN a.asked > 0 THEN 0 ELSE 1 END,
      CASE WHEN a.asked > 0 THEN a.headroom / a.asked ELSE a.headroom / greatest(a.limit_amount, 0.000000001) END, a.path, a.policy_id) AS place
    FROM asks a WHERE a.enforcement IN ('strict', 'block') AND (a.asked IS NULL OR a.asked > 0)
  )
  SELECT a.path::text, a.policy_id, a.service, a.model, a.unit, a.period, a.rolling, a.enforcement, a.limit_amount, a.used, a.held, a.asked,
         a.headroom,
         a.used + a.held + coalesce(a.asked, 0.000000001) > a.limit_amount,
         CASE a.enforcement WHEN 'strict' THEN a.unknown OR a.used + a.held + coalesce(a.asked, 0.000000001) > a.limit_amount
           WHEN 'block' THEN a.used >= a.limit_amount ELSE false END,
         coalesce(r.place = 1, false), a.window_start, a.resets_at
  FROM asks a LEFT JOIN ranked r ON r.id = a.policy_id
  ORDER BY a.path, a.policy_id;
END $$;
COMMENT ON FUNCTION quotakit._explain IS 'explain() for a given account; the function around it has found out who asks.';

CREATE FUNCTION quotakit.explain(path quotakit.qpath, service text DEFAULT NULL, model text DEFAULT NULL,
  usd numeric DEFAULT NULL, requests int8 DEFAULT 1, tokens int8 DEFAULT NULL, credits numeric DEFAULT NULL)
RETURNS TABLE (policy_path text, policy_id int4, policy_service text, policy_model text, unit text, period text, rolling bool,
  enforcement text, limit_amount numeric, used numeric, held numeric, asked numeric, headroom numeric,
  exceeds bool, would_refuse bool, first_to_trip bool, window_start timestamptz, resets_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM quotakit._explain(quotakit._acting_account('viewer'), $1, $2, $3, $4, $5, $6, $7);
END $$;
COMMENT ON FUNCTION quotakit.explain(quotakit.qpath, text, text, numeric, int8, int8, numeric) IS
  'Each policy that a call on a path would be asked by, from the root down: what it has, what the call asks (usd and '
  'credits decimal; null where not given), headroom (limit less used less held; of a block policy limit less used), '
  'whether the call exceeds the limit, whether it would be refused (open and shadow never do), and which policy trips '
  'first if such calls go on. Where no amount is given (usd, credits, tokens) the question is whether anything at all '
  'is left; where one is, but not the unit of a strict policy, that policy refuses, as reserve() does: unpriced or '
  'unmeasured. What tokens cost is not computed: with tokens and no usd a policy in USD would refuse if the model has '
  'no price at all by now, else if nothing is left, and alike in credits; give usd to know more. A frozen path comes '
  'first, without a policy. service: the path''s when null. Errors: QK001, QK002, QK003, QK016.';

CREATE FUNCTION quotakit.why(refusal_id int8) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
  acct    int4 := quotakit._acting_account('viewer');
  r       record;
  f       jsonb;
  n       int4 := 0;
  unit    text;
  total   numeric;
  verdict text;
BEGIN
  SELECT x.*, a.time_zone INTO r FROM quotakit.refusal x JOIN quotakit.account a ON a.account_id = x.account_id
  WHERE x.account_id = acct AND x.refusal_id = why.refusal_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refusal % does not exist', why.refusal_id USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM set_config('timezone', r.time_zone, true);
  unit := r.first->>'unit';
  verdict := CASE r.source WHEN 'shadow' THEN 'would have been refused' ELSE 'refused' END;
  IF unit IS NOT NULL THEN
    RETURN NEXT format('policy %s on %s: %s, at most %s %s%s', r.policy_id, r.first->>'path', r.first->>'enforcement',
      quotakit._human((r.first->>'limit')::numeric, unit),
      CASE WHEN r.first->>'period' = 'lifetime' THEN 'in its lifetime' WHEN (r.first->>'rolling')::bool THEN 'in any ' || (r.first->>'period')
           ELSE 'a ' || (r.first->>'period') END,
      coalesce(' for ' || nullif(concat_ws(' ', r.first->>'service', r.first->>'model'), ''), ''));
  END IF;
  FOR f IN SELECT * FROM (VALUES (r.first), (CASE WHEN r.count > 1 THEN r.last END)) AS v(x) WHERE x IS NOT NULL LOOP
    n := n + 1;
    RETURN NEXT format('%s at %s: %s', CASE WHEN r.count = 1 THEN 'one call' WHEN n = 1 THEN format('the first of %s calls', r.count) ELSE 'the last' END,
      coalesce((f->>'at')::timestamptz, r.minute),
      coalesce((f->>'call_path') || coalesce(' with ' || nullif(f->>'call_model', ''), ''), 'reported by the SDK'));
    IF r.reason = 'frozen' THEN
      RETURN NEXT format('  %s is frozen (%s): refused', coalesce(f->>'frozen_path', f->>'call_path'), coalesce(f->>'frozen_reason', 'no reason given'));
    ELSIF r.reason = 'unpriced' THEN
      RETURN NEXT '  its cost is not known: a limit in USD cannot be kept without a price or an amount: ' || verdict;
    ELSIF r.reason = 'unmeasured' THEN
      RETURN NEXT format('  its usage is not given: a limit in %s cannot be kept without it: %s', unit, verdict);
    ELSIF r.reason = 'window_ended' THEN
      RETURN NEXT format('  the %s that its id lies in was over: nothing could be held there: %s', f->>'period', verdict);
    ELSIF f ? 'used' AND f ? 'asked' AND f ? 'limit' THEN
      total := (f->>'used')::numeric + (f->>'held')::numeric + (f->>'asked')::numeric;
      IF f->>'enforcement' = 'block' THEN
        RETURN NEXT format('  used %s >= limit %s: refused', f->>'used', f->>'limit');
      ELSE
        RETURN NEXT format('  used %s + held %s + asked %s = %s > limit %s: %s', f->>'used', f->>'held', f->>'asked', trim_scale(total), f->>'limit', verdict);
      END IF;
    END IF;
    IF r.reason = 'quota' AND f ? 'resets_at' THEN
      RETURN NEXT format('  %s; frees at %s',
        CASE WHEN (f->>'rolling')::bool THEN 'rolling window'
             ELSE 'window since ' || coalesce((f->>'window_start')::timestamptz::text, 'ever') END,
        coalesce(((f->>'resets_at')::timestamptz)::text, 'no time: raise the limit'));
    END IF;
  END LOOP;
  FOR f IN SELECT to_jsonb(s) FROM quotakit.policy_status s WHERE s.account_id = acct AND s.policy_id = r.policy_id LOOP
    RETURN NEXT format('now: used %s + held %s of limit %s, %s left', f->>'used', f->>'held', f->>'limit_amount', f->>'free');
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.why(int8) IS
  'Replays the arithmetic of a refusal by its number (in the answer, and in refusal_log): the policy, what was used, '
  'held and asked, when it frees, and how things stand now. Times in the account''s time zone. Errors: undefined_object, QK016.';
