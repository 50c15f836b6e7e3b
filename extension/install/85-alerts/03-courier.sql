-- What a courier may do: take what is due, and say how it went.

CREATE FUNCTION quotakit._post(account_id int4, recipient_id int4, kind text, alert_id int4, fired_id int8,
  subject text, payload jsonb, body_text text, body_html text) RETURNS int8
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int8;
BEGIN
  -- Not in SQL: what such a function is given may be logged with its plan, and a body can hold a token.
  INSERT INTO quotakit.notification (account_id, recipient_id, kind, alert_id, fired_id, subject, payload, body_text, body_html)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING notification_id INTO id;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._post IS 'Puts one message for one recipient into the outbox; returns its number. _wake() must follow in the same transaction.';

CREATE FUNCTION quotakit._wake(account_ids int4[], recipient_ids int4[]) RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- In one order, and the last locks of a transaction: nobody who holds a lane waits for more.
  INSERT INTO quotakit.outbox_lane AS l (account_id, recipient_id, next_due)
  SELECT DISTINCT w.account_id, w.recipient_id, now() FROM unnest(account_ids, recipient_ids) AS w(account_id, recipient_id)
  ORDER BY w.account_id, w.recipient_id
  ON CONFLICT ON CONSTRAINT outbox_lane_pkey DO UPDATE SET next_due = least(l.next_due, excluded.next_due)
$$;
COMMENT ON FUNCTION quotakit._wake IS
  'Tells the couriers that there are messages for these recipients (two arrays of one length). The last thing a transaction does.';

CREATE FUNCTION quotakit.courier_take(courier text, most int4 DEFAULT 1, lease interval DEFAULT '60 seconds')
  RETURNS TABLE (account_id int4, notification_id int8, attempt int4, channel text, kind text, address text, subject text,
                 body_text text, body_html text, message_id uuid, created_at timestamptz, uncertain bool,
                 secret bytea, previous_secret bytea)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now_at timestamptz := clock_timestamp();
  lane   quotakit.outbox_lane;
  n      quotakit.notification;
  r      quotakit.recipient;
  found_n int4 := 0;
BEGIN
  IF courier IS NULL OR courier ~ '[[:cntrl:]]' OR octet_length(courier) > 200 THEN
    RAISE EXCEPTION 'courier has no usable name' USING ERRCODE = 'invalid_parameter_value';
  ELSIF most IS NULL OR most NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'number of messages is out of range' USING ERRCODE = 'QK008', DETAIL = 'A courier takes 1 to 100 at a time.';
  ELSIF lease IS NULL OR lease NOT BETWEEN '1 second' AND '10 minutes' THEN
    RAISE EXCEPTION 'lease is out of range' USING ERRCODE = 'QK008', DETAIL = 'It is 1 second to 10 minutes.';
  END IF;
  -- The lane's lock is what two couriers race for; whoever holds it has the recipient.
  FOR lane IN
    SELECT * FROM quotakit.outbox_lane l
    WHERE l.next_due <= now_at AND l.free_at <= now_at
    ORDER BY l.next_due LIMIT most * 2 FOR UPDATE SKIP LOCKED
  LOOP
    EXIT WHEN found_n = most;
    SELECT * INTO n FROM quotakit.notification o
    WHERE o.account_id = lane.account_id AND o.recipient_id = lane.recipient_id AND o.state IN ('pending', 'sending')
    ORDER BY o.notification_id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
      UPDATE quotakit.outbox_lane l SET next_due = 'infinity'
      WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
      CONTINUE;
    ELSIF greatest(n.due_at, n.lease_until) > now_at THEN
      UPDATE quotakit.outbox_lane l SET next_due = greatest(n.due_at, n.lease_until)
      WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
      CONTINUE;
    END IF;
    SELECT * INTO STRICT r FROM quotakit.recipient o WHERE o.account_id = n.account_id AND o.recipient_id = n.recipient_id;
    IF n.state = 'sending' THEN
      INSERT INTO quotakit.delivery_log (account_id, notification_id, attempt, outcome, detail, courier)
      VALUES (n.account_id, n.notification_id, n.attempts, 'uncertain',
              'the courier was not heard of again; the message may have been delivered', n.courier);
    END IF;
    IF r.removed_at IS NOT NULL OR r.disabled_at IS NOT NULL THEN
      UPDATE quotakit.notification o
      SET state = CASE WHEN r.removed_at IS NULL THEN 'dead' ELSE 'cancelled' END, ended_at = now_at, lease_until = NULL,
          uncertain = n.uncertain OR n.state = 'sending',
          last_error = CASE WHEN r.removed_at IS NULL THEN 'the recipient is switched off' ELSE 'the recipient was removed' END
      WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id;
      CONTINUE;
    END IF;
    UPDATE quotakit.notification o
    SET uncertain = o.uncertain OR o.state = 'sending', state = 'sending', attempts = o.attempts + 1,
        lease_until = now_at + lease, courier = courier_take.courier
    WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id
    RETURNING * INTO n;
    UPDATE quotakit.outbox_lane l SET free_at = n.lease_until
    WHERE l.account_id = lane.account_id AND l.recipient_id = lane.recipient_id;
    found_n := found_n + 1;
    account_id := n.account_id; notification_id := n.notification_id; attempt := n.attempts;
    channel := r.channel; kind := n.kind; address := coalesce(r.url, r.name); subject := n.subject;
    body_text := n.body_text; body_html := n.body_html; message_id := n.message_id; created_at := n.created_at;
    uncertain := n.uncertain; secret := r.secret;
    previous_secret := CASE WHEN r.previous_until > now_at THEN r.previous_secret END;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.courier_take IS
  'For couriers: takes up to so many messages (1-100) that are due, at most one a recipient and that one''s oldest, '
  'and leases them (1 second to 10 minutes). A message whose lease has run out is taken again and marked uncertain. Out of range: QK008.';

CREATE FUNCTION quotakit._back_off(attempts int4) RETURNS interval
  LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- 5 s, 10 s, 20 s, … up to half an hour, each shortened or stretched by up to a half, so
  -- that what failed together does not come back together.
  SELECT least(5 * 2 ^ least(greatest(attempts, 1) - 1, 20), 1800) * (0.5 + random()) * interval '1 second'
$$;
COMMENT ON FUNCTION quotakit._back_off IS 'How long to wait after so many failed attempts: 2.5-7.5 seconds, doubling, at most 45 minutes.';

CREATE FUNCTION quotakit.courier_done(account_id int4, notification_id int8, attempt int4, outcome text,
  code int4 DEFAULT NULL, detail text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  now_at  timestamptz := clock_timestamp();
  n       quotakit.notification;
  wait    interval;
  current bool;
  logged  text := CASE courier_done.outcome WHEN 'sent' THEN 'sent' WHEN 'unsure' THEN 'uncertain' ELSE 'failed' END;
  -- The other side may say anything.
  said    text := left(regexp_replace(courier_done.detail, '[[:cntrl:]]+', ' ', 'g'), 500);
BEGIN
  PERFORM quotakit._check_word('outcome', outcome, 'sent', 'retry', 'unsure', 'dead', 'gone');
  SELECT * INTO n FROM quotakit.notification o
  WHERE o.account_id = courier_done.account_id AND o.notification_id = courier_done.notification_id;
  IF n.notification_id IS NULL OR attempt IS NULL OR attempt NOT BETWEEN 1 AND n.attempts THEN
    RAISE EXCEPTION 'notification % has no attempt %', coalesce(notification_id::text, 'null'), coalesce(attempt::text, 'null')
      USING ERRCODE = 'undefined_object';
  END IF;
  -- The lane first, as courier_take does.
  PERFORM FROM quotakit.outbox_lane l WHERE l.account_id = n.account_id AND l.recipient_id = n.recipient_id FOR UPDATE;
  SELECT * INTO STRICT n FROM quotakit.notification o
  WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id FOR UPDATE;
  current := n.state = 'sending' AND n.attempts = attempt;
  IF NOT current AND EXISTS (SELECT FROM quotakit.delivery_log d
      WHERE d.account_id = n.account_id AND d.notification_id = n.notification_id AND d.attempt = courier_done.attempt AND d.outcome = logged) THEN
    RETURN n.state;
  END IF;
  INSERT INTO quotakit.delivery_log (account_id, notification_id, attempt, outcome, code, detail, courier)
  VALUES (n.account_id, n.notification_id, attempt, logged, code, said, n.courier);
  -- Too late: somebody else had it meanwhile, and the log knows. That it has arrived is
  -- good to hear as long as nobody is sending it again.
  IF NOT current AND (outcome <> 'sent' OR n.state <> 'pending') THEN
    RETURN n.state;
  END IF;
  IF outcome = 'gone' THEN
    UPDATE quotakit.recipient r SET disabled_at = now_at, disabled_reason = coalesce(said, 'gone')
    WHERE r.account_id = n.account_id AND r.recipient_id = n.recipient_id AND r.disabled_at IS NULL;
  END IF;
  wait := CASE WHEN outcome IN ('retry', 'unsure') THEN quotakit._back_off(attempt) ELSE '1 second' END;
  UPDATE quotakit.notification o
  SET state = CASE WHEN outcome = 'sent' THEN 'sent'
                   WHEN outcome IN ('retry', 'unsure') AND now_at < n.give_up_at THEN 'pending' ELSE 'dead' END,
      due_at = CASE WHEN outcome IN ('retry', 'unsure') THEN now_at + wait ELSE n.due_at END,
      ended_at = CASE WHEN outcome IN ('retry', 'unsure') AND now_at < n.give_up_at THEN NULL ELSE now_at END,
      uncertain = o.uncertain OR outcome = 'unsure', lease_until = NULL, last_error = CASE WHEN outcome = 'sent' THEN NULL ELSE said END
  WHERE o.account_id = n.account_id AND o.notification_id = n.notification_id
  RETURNING * INTO n;
  UPDATE quotakit.outbox_lane l SET free_at = now_at + wait
  WHERE l.account_id = n.account_id AND l.recipient_id = n.recipient_id;
  RETURN n.state;
END $$;
COMMENT ON FUNCTION quotakit.courier_done IS
  'For couriers: says how an attempt ended: sent; retry (later, for three days); unsure (the same, but it may have '
  'been accepted); dead (never will); gone (the endpoint answered 410: it is switched off). code: the SMTP or HTTP '
  'code. Returns the notification''s state. Saying it twice changes nothing. No such attempt: undefined_object.';

CREATE FUNCTION quotakit.resend_notification(notification_id int8) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  account int4 := quotakit._acting_account('admin');
  n       quotakit.notification;
  r       quotakit.recipient;
BEGIN
  SELECT * INTO n FROM quotakit.notification o
  WHERE o.account_id = account AND o.notification_id = resend_notification.notification_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'notification % does not exist', coalesce(notification_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.notification.';
  END IF;
  SELECT * INTO STRICT r FROM quotakit.recipient o WHERE o.account_id = account AND o.recipient_id = n.recipient_id;
  IF n.state IN ('dead', 'cancelled') AND (r.removed_at IS NOT NULL OR r.disabled_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the recipient "%" %', r.name, CASE WHEN r.removed_at IS NULL THEN 'is switched off' ELSE 'was removed' END
      USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nothing is sent there any more.';
  END IF;
  PERFORM FROM quotakit.outbox_lane l WHERE l.account_id = account AND l.recipient_id = n.recipient_id FOR UPDATE;
  UPDATE quotakit.notification o
  SET state = 'pending', due_at = clock_timestamp(), give_up_at = clock_timestamp() + interval '3 days', ended_at = NULL
  WHERE o.account_id = account AND o.notification_id = n.notification_id AND o.state IN ('dead', 'cancelled');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'notification % is neither dead nor cancelled', notification_id
      USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What was sent is not sent again, and what is pending will be.';
  END IF;
  UPDATE quotakit.outbox_lane l SET next_due = least(l.next_due, clock_timestamp()), free_at = least(l.free_at, clock_timestamp() + interval '1 second')
  WHERE l.account_id = account AND l.recipient_id = n.recipient_id;
END $$;
COMMENT ON FUNCTION quotakit.resend_notification IS
  'Puts a dead or cancelled notification of the current account back into the outbox, for three more days (admin). '
  'Its Message-ID or webhook-id stays. None: undefined_object; sent or pending, or its recipient removed or switched off: object_not_in_prerequisite_state.';
