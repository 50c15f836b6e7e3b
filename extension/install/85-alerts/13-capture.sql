-- An alert when a bill shows that too little of the spend is recorded: once a service and day, as bills come in.

CREATE TABLE quotakit.capture_alert (
  account_id int4 NOT NULL REFERENCES quotakit.account,
  service    text NOT NULL CHECK (octet_length(service) <= 100),
  below      numeric NOT NULL CHECK (below > 0 AND below <= 100 AND scale(below) <= 2),
  to_contact bool NOT NULL,
  recipients int4[] NOT NULL,
  PRIMARY KEY (account_id, service)
);
COMMENT ON TABLE quotakit.capture_alert IS 'From which capture rate down somebody is told, by service.';
COMMENT ON COLUMN quotakit.capture_alert.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.capture_alert.service IS 'The service that bills; empty for all that have no row of their own.';
COMMENT ON COLUMN quotakit.capture_alert.below IS 'In percent: a day of which less of the bill is recorded is told.';
COMMENT ON COLUMN quotakit.capture_alert.to_contact IS 'Whether the account''s contact is told.';
COMMENT ON COLUMN quotakit.capture_alert.recipients IS 'Numbers of the recipients beside the contact.';

CREATE TABLE quotakit.capture_fired (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  service      text NOT NULL,
  day          date NOT NULL,
  capture_rate numeric NOT NULL,
  below        numeric NOT NULL,
  fired_at     timestamptz NOT NULL,
  facts        jsonb NOT NULL,
  PRIMARY KEY (account_id, service, day)
);
COMMENT ON TABLE quotakit.capture_fired IS 'Days of which too little was recorded, and that were told: each once.';
COMMENT ON COLUMN quotakit.capture_fired.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.capture_fired.service IS 'The service that billed.';
COMMENT ON COLUMN quotakit.capture_fired.day IS 'The day of the bill, in UTC.';
COMMENT ON COLUMN quotakit.capture_fired.capture_rate IS 'The capture rate then, in percent.';
COMMENT ON COLUMN quotakit.capture_fired.below IS 'The percentage that it was below.';
COMMENT ON COLUMN quotakit.capture_fired.fired_at IS 'When it was found.';
COMMENT ON COLUMN quotakit.capture_fired.facts IS 'All that was known then: the messages are made of it.';

CREATE FUNCTION quotakit._capture_headline(f jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN quotakit._line(quotakit._line(f ->> 'service', 100) || ' billed ' || quotakit._show((f ->> 'billed')::numeric, 'usd') || ' for '
    || to_char((f ->> 'day')::date, 'FMDD FMMonth') || ', ' || (f ->> 'capture_rate') || ' % of it is recorded', 300);
END $$;
COMMENT ON FUNCTION quotakit._capture_headline IS 'The one line that says that a capture rate is low.';

CREATE FUNCTION quotakit._capture_rows(f jsonb) RETURNS TABLE (label text, value text)
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT v.label, quotakit._line(v.value, 1100) FROM (VALUES
    (1, 'Service', f ->> 'service'),
    (2, 'Day', to_char((f ->> 'day')::date, 'FMDD FMMonth YYYY') || ' (UTC)'),
    (3, 'Billed', quotakit._show((f ->> 'billed')::numeric, 'usd')),
    (4, 'Recorded', quotakit._show((f ->> 'recorded')::numeric, 'usd') || ' (' || (f ->> 'capture_rate') || ' %)'),
    (5, 'Booked', CASE WHEN (f ->> 'booked')::numeric <> 0 THEN quotakit._show((f ->> 'booked')::numeric, 'usd') END),
    (6, 'Missing', quotakit._show((f ->> 'missing')::numeric, 'usd')),
    (7, 'Alert', 'below ' || (f ->> 'below') || ' %')
  ) AS v(i, label, value) WHERE v.value IS NOT NULL ORDER BY v.i;
END $$;
COMMENT ON FUNCTION quotakit._capture_rows IS 'What a message about a capture rate tells, line by line.';

CREATE FUNCTION quotakit._capture_top(f jsonb) RETURNS TABLE (model text, amount text)
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT coalesce(nullif(quotakit._line(t ->> 'model', 200), ''), '(no model)'), quotakit._show((t ->> 'amount')::numeric, 'usd')
  FROM jsonb_array_elements(f -> 'top') WITH ORDINALITY AS x(t, i) ORDER BY i;
END $$;
COMMENT ON FUNCTION quotakit._capture_top IS 'The models of which most is missing, in words.';

CREATE FUNCTION quotakit._capture_text(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN quotakit._capture_headline(f) || E'.\n\n'
    || (SELECT string_agg(rpad(r.label || ':', 15) || r.value, E'\n') FROM quotakit._capture_rows(f) r)
    || coalesce(E'\n\nMissing most:\n' || (SELECT string_agg('  ' || t.model || '  ' || t.amount, E'\n') FROM quotakit._capture_top(f) t), '')
    || E'\n\nSomething spends beside QuotaKit, or is recorded with other prices. To see it by key and project, run in psql:'
    || format(E'\n  SELECT * FROM quotakit.reconciliation WHERE service = %L AND day = %L', f ->> 'service', f ->> 'day')
    || coalesce(E'\n\nSee more: ' || (f ->> 'link'), '')
    || E'\n\nYou get this because an alert of the account ' || quotakit._line(f ->> 'account') || E' names you.\n';
END $$;
COMMENT ON FUNCTION quotakit._capture_text IS 'A mail about a capture rate, in plain text.';

CREATE FUNCTION quotakit._capture_html(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN quotakit._html_page(quotakit._capture_headline(f),
    '<h1 style="margin:0 0 18px;font-size:20px;line-height:28px;font-weight:600;overflow-wrap:anywhere">' || quotakit._html(quotakit._capture_headline(f))
    || E'</h1>\n<table role="presentation" cellpadding="0" cellspacing="0">'
    || (SELECT string_agg(quotakit._html_row(r.label, quotakit._html(r.value)), '') FROM quotakit._capture_rows(f) r) || '</table>'
    || coalesce('<h2 style="margin:22px 0 6px;font-size:15px;font-weight:600">Missing most</h2><table role="presentation" cellpadding="0" cellspacing="0">'
       || (SELECT string_agg(quotakit._html_row(t.model, quotakit._html(t.amount)), '') FROM quotakit._capture_top(f) t) || '</table>', '')
    || '<p style="margin:18px 0 0;font-size:14px;line-height:20px">Something spends beside QuotaKit, or is recorded with other prices.</p>'
    || quotakit._html_button(f ->> 'link', 'Open in the dashboard'),
    'You get this because an alert of the account ' || quotakit._html(f ->> 'account') || ' names you.');
END $$;
COMMENT ON FUNCTION quotakit._capture_html IS 'A mail about a capture rate, in HTML.';

CREATE FUNCTION quotakit._capture_slack(f jsonb) RETURNS text
  LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN quotakit._slack_body(quotakit._capture_headline(f),
    (SELECT string_agg('*' || r.label || ':* ' || quotakit._slack(r.value), E'\n') FROM quotakit._capture_rows(f) r)
    || coalesce(E'\n*Missing most:*\n'
       || (SELECT string_agg('• ' || quotakit._slack(t.model) || '  ' || quotakit._slack(t.amount), E'\n') FROM quotakit._capture_top(f) t), ''), f);
END $$;
COMMENT ON FUNCTION quotakit._capture_slack IS 'A Slack message about a capture rate.';

CREATE FUNCTION quotakit._capture_facts(account int4, service text, day date, below numeric, now timestamptz) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  f jsonb;
BEGIN
  WITH r AS MATERIALIZED (
    SELECT q.* FROM quotakit.reconciliation q WHERE q.account_id = account AND q.service = service AND q.day = day AND q.billed_usd IS NOT NULL
  ), s AS (
    SELECT sum(r.billed_usd) AS billed, sum(r.recorded_usd - r.booked_usd) AS recorded, sum(r.booked_usd) AS booked FROM r
  )
  SELECT jsonb_build_object('kind', 'capture', 'at', now, 'account', a.name, 'time_zone', a.time_zone, 'service', service, 'day', day,
      'billed', trim_scale(s.billed)::text, 'recorded', trim_scale(s.recorded)::text, 'booked', trim_scale(s.booked)::text,
      'missing', trim_scale(s.billed - s.recorded)::text, 'capture_rate', trim_scale(trunc(100 * s.recorded / s.billed, 2))::text,
      'below', trim_scale(below)::text,
      'top', (SELECT coalesce(jsonb_agg(jsonb_build_object('model', t.model, 'amount', t.missing::text) ORDER BY t.missing DESC, t.model), '[]')
              FROM (SELECT r.model, trim_scale(r.billed_usd - r.recorded_usd + r.booked_usd) AS missing FROM r
                    WHERE r.billed_usd > r.recorded_usd - r.booked_usd ORDER BY 2 DESC, 1 LIMIT 3) t),
      'link', quotakit._dashboard(account) || '/analytics')
  INTO f
  FROM s, quotakit.account a WHERE a.account_id = account AND s.billed > 0 AND 100 * s.recorded < below * s.billed;
  RETURN f;
END $$;
COMMENT ON FUNCTION quotakit._capture_facts IS 'All that a message about the capture rate of a service and day says; null where the rate is not below.';

CREATE FUNCTION quotakit._check_capture(account int4, service text, days date[]) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  now   timestamptz := clock_timestamp();
  al    quotakit.capture_alert;
  known jsonb;
  day   date;
  r     record;
  fired int4 := 0;
  lanes int4[] := '{}';
  whom  int4[];
BEGIN
  SELECT * INTO al FROM quotakit.capture_alert c WHERE c.account_id = account AND c.service IN ('', service) ORDER BY c.service DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  -- By itself: the contact may be made here.
  whom := al.recipients || CASE WHEN al.to_contact THEN quotakit._contact(account) END;
  FOREACH day IN ARRAY ARRAY(SELECT DISTINCT d FROM unnest(days) d ORDER BY d) LOOP
    CONTINUE WHEN EXISTS (SELECT FROM quotakit.capture_fired f WHERE f.account_id = account AND f.service = service AND f.day = day);
    known := quotakit._capture_facts(account, service, day, al.below, now);
    CONTINUE WHEN known IS NULL;
    INSERT INTO quotakit.capture_fired (account_id, service, day, capture_rate, below, fired_at, facts)
    VALUES (account, service, day, (known ->> 'capture_rate')::numeric, al.below, now, known);
    fired := fired + 1;
    FOR r IN SELECT t.recipient_id, t.channel FROM quotakit._tellable(account, whom) t LOOP
      PERFORM quotakit._post(account, r.recipient_id, 'alert', NULL, NULL, quotakit._capture_headline(known), known,
        CASE r.channel WHEN 'email' THEN quotakit._capture_text(known)
          WHEN 'webhook' THEN quotakit._webhook_body('quotakit.alert', now, known) ELSE quotakit._capture_slack(known) END,
        CASE r.channel WHEN 'email' THEN quotakit._capture_html(known) END);
      lanes := lanes || r.recipient_id;
    END LOOP;
  END LOOP;
  IF lanes <> '{}' THEN
    PERFORM quotakit._wake(array_fill(account, ARRAY[cardinality(lanes)]), lanes);
  END IF;
  RETURN fired;
END $$;
COMMENT ON FUNCTION quotakit._check_capture IS
  'Tells whom the alert names of those days of a service that are below it and have not been told; returns how many. The last thing an import does.';

CREATE FUNCTION quotakit.set_capture_alert(below numeric, service text DEFAULT NULL, recipients text[] DEFAULT '{contact}') RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._require_service(account, set_capture_alert.service);
  IF set_capture_alert.below IN ('NaN', 'Infinity', '-Infinity') OR set_capture_alert.below <= 0 OR set_capture_alert.below > 100
     OR scale(trim_scale(set_capture_alert.below)) > 2 THEN
    RAISE EXCEPTION 'percent % is out of range', left(set_capture_alert.below::text, 40)
      USING ERRCODE = 'QK008', DETAIL = 'It is more than 0, at most 100, with at most two decimals.';
  ELSIF cardinality(set_capture_alert.recipients) NOT BETWEEN 1 AND 50 OR array_position(set_capture_alert.recipients, NULL) IS NOT NULL
     OR set_capture_alert.recipients IS NULL THEN
    RAISE EXCEPTION 'an alert has 1 to 50 recipients' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._lock_account(account);
  IF set_capture_alert.below IS NULL THEN
    DELETE FROM quotakit.capture_alert c WHERE c.account_id = account AND c.service = coalesce(set_capture_alert.service, '');
    RETURN;
  END IF;
  INSERT INTO quotakit.capture_alert (account_id, service, below, to_contact, recipients)
  SELECT account, coalesce(set_capture_alert.service, ''), trim_scale(set_capture_alert.below),
         EXISTS (SELECT FROM unnest(set_capture_alert.recipients) x WHERE lower(x) = 'contact'),
         ARRAY(SELECT quotakit._named_recipient(account, min(x)) FROM unnest(set_capture_alert.recipients) x
               WHERE lower(x) <> 'contact' GROUP BY lower(x) ORDER BY lower(x))
  ON CONFLICT ON CONSTRAINT capture_alert_pkey DO UPDATE
    SET below = excluded.below, to_contact = excluded.to_contact, recipients = excluded.recipients;
END $$;
COMMENT ON FUNCTION quotakit.set_capture_alert IS
  'Tells when import_bill() shows that of a day''s bill less than so many percent are recorded (admin): of one service, or (null) '
  'of each that has no alert of its own. Each service and day is told once. below null: no more. recipients as in set_alert(): '
  'e-mail addresses, names of webhooks, and "contact". The messages are of kind capture. Errors: QK008, undefined_object.';
