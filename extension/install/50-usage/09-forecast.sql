-- What will be, at the present rate, and what would have been.

CREATE FUNCTION quotakit.forecast(policy_id int4)
RETURNS TABLE (policy_path text, unit text, limit_amount numeric, used numeric, pace_per_hour numeric, window_start timestamptz,
  window_end timestamptz, projected numeric, projected_percent numeric, trips_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct    int4 := quotakit._acting_account('viewer');
  s       record;
  now     timestamptz := clock_timestamp();
  len     numeric;
  recent  numeric;
  fading  numeric := 0;
  hours   numeric;
BEGIN
  SELECT * INTO s FROM quotakit.policy_status p WHERE p.account_id = acct AND p.policy_id = forecast.policy_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'policy % does not exist', forecast.policy_id USING ERRCODE = 'undefined_object';
  END IF;
  policy_path := s.path; unit := s.unit; limit_amount := s.limit_amount; used := s.used;
  window_start := s.window_start;
  IF s.rolling THEN
    now := greatest(now, quotakit._decided_at(acct, forecast.policy_id));
    -- The last quarter of the window says how fast it fills, the rest how fast it empties.
    len := extract(epoch FROM quotakit._rolling_length(s.period)) / 3600;
    SELECT coalesce(sum(quotakit.in_unit(b.used, s.unit)) FILTER (WHERE b.bucket > now - quotakit._rolling_length(s.period) / 4), 0) INTO recent
    FROM (SELECT c.bucket_start, c.bucket_used FROM quotakit.counter c
          WHERE c.account_id = acct AND c.policy_id = forecast.policy_id ORDER BY c.window_start DESC, c.seq DESC LIMIT 1) c,
      unnest(c.bucket_start, c.bucket_used) AS b(bucket, used)
    WHERE b.bucket >= quotakit.rolling_since(s.period, now);
    pace_per_hour := recent / (len / 4);
    fading := (s.used - recent) / (len * 3 / 4);
    projected := pace_per_hour * len;
  ELSE
    IF s.period = 'lifetime' THEN
      -- From the first day on which anything was used.
      SELECT least(p.created_at, min(quotakit._day_start(a, d.day))) INTO window_start
      FROM quotakit.policy p
      JOIN quotakit.account a ON a.account_id = p.account_id
      LEFT JOIN quotakit.subtree_day d ON d.account_id = p.account_id AND d.node_id = p.node_id
        AND (p.service IS NULL OR d.service = p.service) AND (p.model IS NULL OR d.model = p.model)
      WHERE p.account_id = acct AND p.policy_id = forecast.policy_id
      GROUP BY p.created_at;
    ELSE
      window_end := s.resets_at;
    END IF;
    pace_per_hour := s.used / greatest(extract(epoch FROM now - coalesce(window_start, now - interval '1 hour')) / 3600, 1.0 / 60);
    projected := CASE WHEN window_end IS NOT NULL THEN s.used + pace_per_hour * greatest(extract(epoch FROM window_end - now) / 3600, 0) END;
  END IF;
  IF s.used >= s.limit_amount THEN
    trips_at := now;
  ELSIF pace_per_hour > fading THEN
    hours := (s.limit_amount - s.used) / (pace_per_hour - fading);
    -- Nobody plans a century ahead.
    IF hours < 876000 AND (window_end IS NULL OR hours <= extract(epoch FROM window_end - now) / 3600)
       AND (NOT s.rolling OR projected >= s.limit_amount) THEN
      trips_at := now + hours * interval '1 hour';
    END IF;
  END IF;
  projected_percent := CASE WHEN s.limit_amount > 0 THEN round(100 * projected / s.limit_amount, 2) END;
  pace_per_hour := trim_scale(round(pace_per_hour, 9));
  projected := trim_scale(round(projected, 9));
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.forecast(int4) IS
  'Where a policy stands at the end of its window at the present rate: pace_per_hour over the elapsed window (a '
  'rolling policy: its last quarter; lifetime: since the first usage), projected total in the policy''s unit (null '
  'for lifetime), and when it trips: now if it has, null if it does not before the window ends. An estimate. Errors: undefined_object, QK016.';

CREATE FUNCTION quotakit.simulate(path quotakit.qpath, amount numeric, unit text DEFAULT 'usd', period text DEFAULT 'month',
  service text DEFAULT NULL, model text DEFAULT NULL, rolling bool DEFAULT false,
  since timestamptz DEFAULT now() - interval '30 days', until timestamptz DEFAULT now(), enforcement text DEFAULT 'strict')
RETURNS TABLE (window_start timestamptz, window_end timestamptz, asked int8, granted int8, refused int8,
  amount_asked numeric, amount_granted numeric, amount_refused numeric, first_refusal_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  acct    quotakit.account;
  node    quotakit.node;
  scale   numeric := CASE WHEN unit IN ('usd', 'credits') THEN 0.000000001 ELSE 1 END;
  below   int4[];
  lim     numeric;
  ask     record;
  win     tstzrange;
  used    numeric := 0;
  -- Rolling: what each bucket has used, and the first that still counts.
  buckets timestamptz[] := '{}';
  amounts numeric[] := '{}';
  head    int4 := 1;
  got     int8;
  kept    timestamptz;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = quotakit._acting_account('viewer');
  node := quotakit._node(acct.account_id, path);
  PERFORM quotakit._check_word('unit', unit, VARIADIC quotakit._units());
  PERFORM quotakit._check_word('period', period, VARIADIC quotakit._periods());
  PERFORM quotakit._check_word('enforcement', enforcement, VARIADIC quotakit._enforcements());
  IF rolling IS NULL OR (rolling AND period = 'lifetime') OR amount IS NULL OR since IS NULL OR until IS NULL THEN
    RAISE EXCEPTION 'there is no such policy'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A lifetime is never rolling; amount, since and until must be given.';
  END IF;
  lim := quotakit._to_unit(amount, unit);
  kept := greatest(since, acct.sealed_until);
  IF kept > since THEN
    RAISE NOTICE 'events before % have been dropped', acct.sealed_until;
  END IF;
  SELECT coalesce(array_agg(n.node_id), '{}') INTO below FROM quotakit.node n
  WHERE n.account_id = acct.account_id AND n.path OPERATOR(quotakit.<@) simulate.path
    AND (simulate.service IS NULL OR n.service = simulate.service);
  window_start := NULL;
  FOR ask IN
    SELECT * FROM (
      SELECT e.at, 1::int8 AS n,
             quotakit.amount_of(quotakit.measures(e), unit) AS amount
      FROM quotakit.event e
      WHERE e.account_id = acct.account_id AND e.at >= kept AND e.at < until AND e.node_id = ANY (below)
        AND (model IS NULL OR e.model = model) AND e.flags & 128 = 0
      UNION ALL
      -- What was refused then had been asked, too. A refusal counts in its policy's unit only.
      SELECT r.minute, r.count, r.asked::numeric / r.count
      FROM quotakit.refusal r
      JOIN quotakit.policy p ON p.account_id = r.account_id AND p.policy_id = r.policy_id AND p.unit = simulate.unit
      WHERE r.account_id = acct.account_id AND r.minute >= kept AND r.minute < until AND r.node_id = ANY (below)
        -- What a window was over for was asked again under another id.
        AND r.source = 'reserve' AND r.reason <> 'window_ended' AND r.count > 0 AND (model IS NULL OR r.first->>'call_model' = model)) x
    ORDER BY x.at
  LOOP
    IF window_start IS NULL OR (NOT rolling AND ask.at >= window_end) THEN
      IF window_start IS NOT NULL THEN
        RETURN NEXT;
      END IF;
      win := CASE WHEN rolling OR period = 'lifetime' THEN tstzrange(since, until)
        ELSE quotakit.window_range(period, ask.at, acct.time_zone, acct.billing_day, acct.week_start) END;
      window_start := lower(win); window_end := upper(win);
      asked := 0; granted := 0; refused := 0; amount_asked := 0; amount_granted := 0; amount_refused := 0; first_refusal_at := NULL;
      used := 0;
    END IF;
    IF rolling THEN
      WHILE head <= cardinality(buckets) AND buckets[head] < quotakit.rolling_since(period, ask.at) LOOP
        used := used - amounts[head];
        head := head + 1;
      END LOOP;
      -- The arrays are cut now and then, not at every step.
      IF head > 256 THEN
        buckets := buckets[head:]; amounts := amounts[head:]; head := 1;
      END IF;
    END IF;
    -- How many of n equal asks are granted.
    got := CASE WHEN enforcement = 'open' THEN ask.n
      WHEN enforcement = 'block' THEN
        CASE WHEN used >= lim THEN 0 WHEN ask.amount <= 0 THEN ask.n ELSE least(ask.n, ceil((lim - used) / ask.amount)) END
      WHEN ask.amount <= 0 THEN CASE WHEN used + ask.amount > lim THEN 0 ELSE ask.n END
      ELSE greatest(least(ask.n, floor((lim - used) / ask.amount)), 0) END;
    asked := asked + ask.n; granted := granted + got; refused := refused + ask.n - got;
    amount_asked := trim_scale(amount_asked + ask.n * ask.amount * scale);
    amount_granted := trim_scale(amount_granted + got * ask.amount * scale);
    amount_refused := trim_scale(amount_refused + (ask.n - got) * ask.amount * scale);
    IF got < ask.n AND first_refusal_at IS NULL THEN
      first_refusal_at := ask.at;
    END IF;
    used := used + got * ask.amount;
    IF rolling AND got > 0 THEN
      IF cardinality(buckets) >= head AND buckets[cardinality(buckets)] = quotakit.rolling_bucket(period, ask.at) THEN
        amounts[cardinality(amounts)] := amounts[cardinality(amounts)] + got * ask.amount;
      ELSE
        buckets := buckets || quotakit.rolling_bucket(period, ask.at);
        amounts := amounts || got * ask.amount;
      END IF;
    END IF;
  END LOOP;
  IF window_start IS NOT NULL THEN
    RETURN NEXT;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.simulate(quotakit.qpath, numeric, text, text, text, text, bool, timestamptz, timestamptz, text) IS
  'Replays the recorded and the refused calls of a path and everything below it, from since to before until, against '
  'a policy that does not exist: one row a window (one row for a rolling or lifetime policy) with how many were '
  'asked, granted and refused, how much (in the unit), and when the first was refused. Every call settles at once; '
  'refusals of the past count where their policy had the same unit, adjustments do not. shadow is replayed as strict, '
  'open refuses nothing. Reads the ledger. Errors: 22023, QK001, QK008, QK016.';
