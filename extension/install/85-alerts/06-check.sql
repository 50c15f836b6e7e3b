-- Finds what was crossed, once a threshold and window, and puts the messages into the
-- outbox. Reads the newest row of each counter, never the ledger.

CREATE FUNCTION quotakit._crossed(now timestamptz)
  RETURNS TABLE (account_id int4, policy_id int4, window_start timestamptz, window_end timestamptz, kind text, mark numeric,
                 threshold int8, alert_id int4, used int8, limit_amount int8)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  WITH watched AS MATERIALIZED (
    -- Policies with an alert, and those that refuse.
    SELECT p.account_id, p.policy_id, p.period, p.rolling, p.enforcement, p.created_at,
           p.limit_amount + CASE WHEN p.boost_until > $1 THEN p.boost_amount ELSE 0 END AS total
    FROM quotakit.policy p
    WHERE p.archived_at IS NULL
      AND (p.enforcement IN ('block', 'strict')
           OR EXISTS (SELECT FROM quotakit.alert a
                      WHERE a.account_id = p.account_id AND a.policy_id = p.policy_id AND a.archived_at IS NULL))
  ), win AS MATERIALIZED (
    -- The window now, and those that ended since the run before: a minute is over before it is looked at.
    SELECT DISTINCT k.account_id, k.period, w.range
    FROM (SELECT DISTINCT o.account_id, o.period FROM watched o) k
    JOIN quotakit.account c ON c.account_id = k.account_id
    CROSS JOIN generate_series(0, 2) ago
    CROSS JOIN LATERAL (SELECT quotakit.window_range(k.period, $1 - ago * interval '1 minute', c.time_zone, c.billing_day, c.week_start) AS range) w
  ), state AS MATERIALIZED (
    SELECT o.*, lower(w.range) AS window_start, upper(w.range) AS window_end, coalesce(n.used, 0) AS used
    FROM watched o
    JOIN win w ON w.account_id = o.account_id AND w.period = o.period
    LEFT JOIN LATERAL (
      SELECT CASE WHEN o.rolling
               THEN (SELECT sum(b.used)::int8 FROM unnest(c.bucket_start, c.bucket_used) AS b(start, used)
                     WHERE b.start >= quotakit.rolling_since(o.period, greatest($1, c.decided_at)))
               ELSE c.used END AS used
      FROM quotakit.counter c
      WHERE c.account_id = o.account_id AND c.policy_id = o.policy_id
        AND c.window_start = CASE WHEN o.rolling THEN '-infinity' ELSE lower(w.range) END
      ORDER BY c.account_id DESC, c.policy_id DESC, c.window_start DESC, c.seq DESC LIMIT 1) n ON true
    -- Of a rolling policy there is only the state now.
    WHERE NOT o.rolling OR w.range @> $1
  ), crossed AS (
    SELECT s.account_id, s.policy_id, s.window_start, s.window_end, a.kind, coalesce(a.percent, a.amount, 0) AS mark,
           t.threshold, a.alert_id, s.used, s.total
    FROM state s
    JOIN quotakit.alert a ON a.account_id = s.account_id AND a.policy_id = s.policy_id AND a.archived_at IS NULL AND a.kind <> 'refusal'
    CROSS JOIN LATERAL (
      -- At most 9e18 * 10 before the division, so numeric; what is beyond int8 is never reached.
      SELECT CASE a.kind WHEN 'percent' THEN least(ceil(s.total * a.percent / 100), 9223372036854775807)::int8
                         WHEN 'amount' THEN a.amount ELSE s.total END AS threshold) t
    WHERE s.used > 0
      AND CASE WHEN a.kind <> 'forecast' OR s.used >= s.total THEN s.used >= t.threshold
          -- What a tenth of the window has used says something about the rest of it.
          WHEN NOT isfinite(s.window_end) OR s.rolling OR $1 >= s.window_end THEN false
          ELSE $1 - s.window_start >= (s.window_end - s.window_start) / 10
               AND s.used::numeric * extract(epoch FROM s.window_end - s.window_start)
                   > s.total * extract(epoch FROM $1 - s.window_start) END
    UNION ALL
    SELECT s.account_id, s.policy_id, s.window_start, s.window_end, 'refusal', 0, 0,
           coalesce((SELECT a.alert_id FROM quotakit.alert a
                     WHERE a.account_id = s.account_id AND a.policy_id = s.policy_id AND a.kind = 'refusal' AND a.archived_at IS NULL), 0),
           s.used, s.total
    FROM state s
    WHERE s.enforcement IN ('block', 'strict')
      AND NOT EXISTS (SELECT FROM quotakit.alert_fired f
                      WHERE f.account_id = s.account_id AND f.policy_id = s.policy_id AND f.window_start = s.window_start AND f.kind = 'refusal')
      AND EXISTS (SELECT FROM quotakit.refusal r
                  WHERE r.account_id = s.account_id AND r.policy_id = s.policy_id AND r.reason = 'quota' AND r.source <> 'shadow'
                    AND r.minute >= s.window_start AND r.minute < s.window_end)
  )
  SELECT c.* FROM crossed c
  -- A raised limit arms it again above the new threshold only; a lowered one does not.
  WHERE NOT EXISTS (SELECT FROM quotakit.alert_fired f
                    WHERE f.account_id = c.account_id AND f.policy_id = c.policy_id AND f.window_start = c.window_start
                      AND f.kind = c.kind AND f.mark = c.mark AND f.threshold >= c.threshold)
$$;
COMMENT ON FUNCTION quotakit._crossed IS
  'Thresholds that are crossed and have not fired in their window yet, of all accounts. One index descent a policy and window.';

CREATE FUNCTION quotakit._contact(account_id int4) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  mail text;
  id   int4;
BEGIN
  SELECT a.contact_email INTO mail FROM quotakit.account a WHERE a.account_id = _contact.account_id;
  IF mail IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO quotakit.recipient (account_id, channel, name) VALUES (_contact.account_id, 'email', mail)
  ON CONFLICT (account_id, lower(name)) WHERE removed_at IS NULL DO NOTHING;
  SELECT r.recipient_id INTO id FROM quotakit.recipient r
  WHERE r.account_id = _contact.account_id AND lower(r.name) = lower(mail) AND r.removed_at IS NULL;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._contact IS 'The recipient that is the account''s contact, made when it is missing; null without a contact.';

CREATE FUNCTION quotakit._tellable(account_id int4, recipients int4[]) RETURNS TABLE (recipient_id int4, channel text)
  LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.recipient_id, r.channel FROM quotakit.recipient r JOIN quotakit.account a ON a.account_id = r.account_id
  WHERE r.account_id = $1 AND r.recipient_id = ANY ($2) AND r.removed_at IS NULL AND r.disabled_at IS NULL
    AND (r.confirmed_at IS NOT NULL OR lower(r.name) = lower(a.contact_email))
  ORDER BY r.recipient_id
$$;
COMMENT ON FUNCTION quotakit._tellable IS 'Those of the recipients that may be told: confirmed or the account''s contact, and switched on.';

CREATE FUNCTION quotakit._recipients_of(account_id int4, alert_id int4) RETURNS int4[]
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT ARRAY(SELECT r.recipient_id FROM quotakit.alert_recipient r WHERE r.account_id = $1 AND r.alert_id = $2)
    || CASE WHEN coalesce((SELECT a.to_contact FROM quotakit.alert a WHERE a.account_id = $1 AND a.alert_id = $2), true)
       THEN quotakit._contact($1) END
$$;
COMMENT ON FUNCTION quotakit._recipients_of IS 'Whom an alert names; the account''s contact for alert 0.';

CREATE FUNCTION quotakit._tell(account_id int4, recipients int4[], kind text, alert_id int4, fired_id int8, facts jsonb) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  r     record;
  told  int4 := 0;
  -- Made once for all recipients of a kind.
  title text := quotakit._headline(_tell.facts);
  txt   text;
  html  text;
BEGIN
  FOR r IN SELECT t.recipient_id, t.channel FROM quotakit._tellable(_tell.account_id, recipients) t LOOP
    IF r.channel = 'email' AND html IS NULL THEN
      txt := quotakit._alert_text(_tell.facts);
      html := quotakit._alert_html(_tell.facts);
    END IF;
    PERFORM quotakit._post(_tell.account_id, r.recipient_id, _tell.kind, _tell.alert_id, _tell.fired_id, title, _tell.facts,
      CASE r.channel WHEN 'email' THEN txt
        WHEN 'webhook' THEN quotakit._webhook_body('quotakit.' || _tell.kind, (_tell.facts ->> 'at')::timestamptz, _tell.facts)
        ELSE quotakit._alert_slack(_tell.facts) END,
      CASE r.channel WHEN 'email' THEN html END);
    told := told + 1;
  END LOOP;
  RETURN told;
END $$;
COMMENT ON FUNCTION quotakit._tell IS
  'Puts a message about a policy into the outbox, one for each recipient that may be told; returns how many. _wake() must follow.';

CREATE FUNCTION quotakit._check_alerts(now timestamptz) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  f     record;
  known jsonb;
  fate  text;
  fired int8[];
  of    int4[];
  lane_accounts int4[];
  lanes int4[];
BEGIN
  -- First all that fired, then all the lanes, each in one order: runs at the same time
  -- wait for each other, and never in a circle. Where an unfinished run has it, this
  -- waits for it and has nothing to do.
  WITH done AS (
    INSERT INTO quotakit.alert_fired AS d (account_id, policy_id, window_start, kind, mark, threshold, alert_id, used, limit_amount,
                                           fired_at, state, facts)
    SELECT x.account_id, x.policy_id, x.window_start, x.kind, x.mark, x.threshold, x.alert_id, x.used, x.limit_amount, now, 'muted',
           jsonb_build_object('window_end', x.window_end)
    FROM quotakit._crossed(now) x
    ORDER BY x.account_id, x.policy_id, x.window_start, x.kind, x.mark, x.threshold
    ON CONFLICT ON CONSTRAINT alert_fired_once DO NOTHING
    RETURNING d.account_id, d.fired_id)
  SELECT array_agg(d.account_id), array_agg(d.fired_id) INTO of, fired FROM done d;

  FOR f IN
    SELECT d.*, (d.facts ->> 'window_end')::timestamptz AS window_end, p.unit, a.muted_until, coalesce(a.delivery, 'each') AS delivery
    FROM unnest(of, fired) AS x(account_id, fired_id)
    JOIN quotakit.alert_fired d ON d.account_id = x.account_id AND d.fired_id = x.fired_id
    JOIN quotakit.policy p ON p.account_id = d.account_id AND p.policy_id = d.policy_id
    LEFT JOIN quotakit.alert a ON a.account_id = d.account_id AND a.alert_id = d.alert_id
    ORDER BY d.account_id, d.fired_id
  LOOP
    known := quotakit._facts(f.account_id, f.policy_id, f.kind, f.used, f.window_start, f.window_end, now)
      || jsonb_build_object('alert_id', f.alert_id, 'fired_id', f.fired_id,
           'mark', CASE f.kind WHEN 'percent' THEN trim_scale(f.mark)::text
                   WHEN 'amount' THEN quotakit.in_unit(f.mark::int8, f.unit)::text END);
    fate := CASE WHEN f.muted_until > now THEN 'muted' WHEN f.delivery <> 'each' THEN 'waiting' ELSE 'told' END;
    UPDATE quotakit.alert_fired d SET state = fate, facts = known WHERE d.account_id = f.account_id AND d.fired_id = f.fired_id;
    IF fate = 'told' THEN
      PERFORM quotakit._tell(f.account_id, quotakit._recipients_of(f.account_id, f.alert_id), 'alert', f.alert_id, f.fired_id, known);
    END IF;
  END LOOP;
  SELECT array_agg(n.account_id), array_agg(n.recipient_id) INTO lane_accounts, lanes
  FROM unnest(of, fired) AS x(account_id, fired_id)
  JOIN quotakit.notification n ON n.account_id = x.account_id AND n.fired_id = x.fired_id;
  PERFORM quotakit._wake(lane_accounts, lanes);
  RETURN coalesce(cardinality(fired), 0);
END $$;
COMMENT ON FUNCTION quotakit._check_alerts IS 'check_alerts() as of a time.';

CREATE FUNCTION quotakit.check_alerts() RETURNS int4
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._check_alerts(clock_timestamp()) $$;
COMMENT ON FUNCTION quotakit.check_alerts IS
  'Looks at every policy with an alert, of all accounts: what has been crossed and has not been told in this window '
  'is put into the outbox. Returns how many alerts fired. Run it every minute, by schedule_jobs() or any scheduler; '
  'any number of runs at a time, each alert fires once. For the extension''s owner.';
