-- Spend that comes back: an adjustment beside the event, in the windows where that counted.

CREATE TABLE quotakit.refund (
  account_id  int4 NOT NULL REFERENCES quotakit.account,
  refund_id   text NOT NULL CHECK (octet_length(refund_id) BETWEEN 1 AND 200),
  event_id    uuid NOT NULL,
  at          timestamptz NOT NULL,
  usd         int8 NOT NULL CHECK (usd >= 0),
  credits     int8 NOT NULL CHECK (credits >= 0),
  reason      text NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 1000),
  refunded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, refund_id)
);
COMMENT ON TABLE quotakit.refund IS 'Spend that came back: what refund() took off an event.';
COMMENT ON COLUMN quotakit.refund.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.refund.refund_id IS 'Its id, by which the same refund is known.';
COMMENT ON COLUMN quotakit.refund.event_id IS 'The event.';
COMMENT ON COLUMN quotakit.refund.at IS 'When the event happened: the refund counts in the same windows.';
COMMENT ON COLUMN quotakit.refund.usd IS 'What came back, in nano-USD.';
COMMENT ON COLUMN quotakit.refund.credits IS 'What came back, in nano-credits.';
COMMENT ON COLUMN quotakit.refund.reason IS 'Why.';
COMMENT ON COLUMN quotakit.refund.refunded_at IS 'When.';

CREATE FUNCTION quotakit._refunded(acct quotakit.account, e quotakit.event, amount numeric, credits numeric, share numeric,
    OUT usd int8, OUT creds int8, OUT left_usd int8, OUT left_credits int8)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  cost record;
  back record;
BEGIN
  -- What it costs by now, and what of that came back already. A refund is an adjustment, too.
  SELECT e.usd + coalesce(sum(a.usd), 0) AS usd, e.credits + coalesce(sum(a.credits), 0) AS credits INTO cost
  FROM quotakit.event a
  WHERE a.account_id = e.account_id AND a.at = e.at AND a.ref_id = e.event_id AND a.flags & 128 <> 0;
  SELECT coalesce(sum(r.usd), 0) AS usd, coalesce(sum(r.credits), 0) AS credits INTO back
  FROM quotakit.refund r WHERE r.account_id = e.account_id AND r.event_id = e.event_id;
  usd := CASE WHEN share IS NOT NULL THEN trunc(share * greatest(cost.usd + back.usd, 0))
              WHEN amount IS NOT NULL THEN quotakit._to_unit(amount, 'usd') ELSE 0 END;
  creds := CASE WHEN share IS NOT NULL THEN trunc(share * greatest(cost.credits + back.credits, 0))
                WHEN credits IS NOT NULL THEN quotakit._to_unit(credits, 'credits') ELSE 0 END;
  left_usd := greatest(cost.usd, 0);
  left_credits := greatest(cost.credits, 0);
END $$;
COMMENT ON FUNCTION quotakit._refunded IS 'What of an event is to come back, and what of its cost is left until then, in nano. Errors: QK008.';

CREATE FUNCTION quotakit.refund(event uuid, amount numeric DEFAULT NULL, share numeric DEFAULT NULL, reason text DEFAULT NULL,
    id text DEFAULT NULL, credits numeric DEFAULT NULL)
    RETURNS TABLE (outcome text, refund_id text, usd numeric, refunded_credits numeric, left_usd numeric, left_credits numeric)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct   quotakit.account;
  e      quotakit.event;
  old    quotakit.refund;
  back   record;
BEGIN
  SELECT * INTO STRICT acct FROM quotakit.account a WHERE a.account_id = quotakit._acting_account('admin');
  IF num_nonnulls(amount, share, refund.credits) = 0 OR share IS NOT NULL AND num_nonnulls(amount, refund.credits) > 0 THEN
    RAISE EXCEPTION 'a refund is of an amount or of a share' USING ERRCODE = 'invalid_parameter_value',
      HINT = 'Give amount (USD) or credits, or share: 1 for all of it, 0.5 for half.';
  ELSIF share = 'NaN' OR share <= 0 OR share > 1 THEN
    RAISE EXCEPTION 'share % is out of range', left(share::text, 40) USING ERRCODE = 'QK008',
      DETAIL = 'It is more than 0 and at most 1.', HINT = 'Half of it is 0.5.';
  ELSIF coalesce(btrim(reason), '') = '' OR octet_length(reason) > 1000 THEN
    RAISE EXCEPTION 'a refund needs a reason of at most 1000 bytes' USING ERRCODE = 'invalid_parameter_value';
  ELSIF octet_length(id) NOT BETWEEN 1 AND 200 THEN
    RAISE EXCEPTION 'the id of a refund has 1 to 200 bytes' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM quotakit._require_latest('an event cannot be refunded');
  -- Refunds of one event one after the other, and never beside a repricing.
  PERFORM quotakit._lock_account(acct.account_id);
  SELECT * INTO e FROM quotakit.event v
  WHERE v.account_id = acct.account_id AND v.at = quotakit.uuid_time(refund.event) AND v.event_id = refund.event;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no event %', coalesce(refund.event::text, 'null') USING ERRCODE = 'undefined_object', HINT = 'See quotakit.ledger.';
  ELSIF e.flags & 128 <> 0 THEN
    RAISE EXCEPTION 'event % is an adjustment', e.event_id USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = CASE WHEN e.ref_id IS NOT NULL THEN format('Refund the event that it corrects, %s.', e.ref_id)
                  ELSE 'Import a bill with the right amount, and book the difference.' END;
  END IF;

  SELECT * INTO old FROM quotakit.refund r WHERE r.account_id = acct.account_id AND r.refund_id = refund.id;
  back := quotakit._refunded(acct, e, amount, refund.credits, share);
  outcome := CASE WHEN old.refund_id IS NULL THEN 'recorded' ELSE 'duplicate' END;
  IF old.refund_id IS NOT NULL AND (old.event_id, old.usd, old.credits) IS DISTINCT FROM (e.event_id, back.usd, back.creds) THEN
    RAISE EXCEPTION 'the id "%" is in use by another refund', left(id, 100) USING ERRCODE = 'QK006';
  ELSIF old.refund_id IS NULL AND (back.usd > back.left_usd OR back.creds > back.left_credits) THEN
    RAISE EXCEPTION 'more would come back than is left of what event % cost', e.event_id USING ERRCODE = 'QK008',
      DETAIL = format('Left are %s USD and %s credits.', quotakit.from_nano(back.left_usd), quotakit.from_nano(back.left_credits));
  ELSIF old.refund_id IS NULL AND back.usd = 0 AND back.creds = 0 THEN
    RAISE EXCEPTION 'nothing of event % would come back', e.event_id USING ERRCODE = 'QK008';
  ELSIF old.refund_id IS NULL AND e.at < acct.sealed_until THEN
    RAISE EXCEPTION 'event % is sealed', e.event_id USING ERRCODE = 'QK008', DETAIL = format('Events before %s keep their cost.', acct.sealed_until);
  END IF;
  refund_id := coalesce(id, gen_random_uuid()::text);
  usd := quotakit.from_nano(back.usd);
  refunded_credits := quotakit.from_nano(back.creds);
  left_usd := quotakit.from_nano(back.left_usd);
  left_credits := quotakit.from_nano(back.left_credits);
  IF outcome = 'recorded' THEN
    INSERT INTO quotakit.refund (account_id, refund_id, event_id, at, usd, credits, reason)
    VALUES (acct.account_id, refund_id, e.event_id, e.at, back.usd, back.creds, reason);
    PERFORM quotakit._append_adjustments(acct.account_id, ARRAY[e.event_id], ARRAY[e.at], ARRAY[-back.usd], ARRAY[-back.creds], ARRAY[false], 0::int8);
    left_usd := quotakit.from_nano(back.left_usd - back.usd);
    left_credits := quotakit.from_nano(back.left_credits - back.creds);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.refund IS
  'Takes back what a recorded event cost, or a part of it (admin): amount in USD, credits, or share of its cost (1 for all). '
  'It is an adjustment at the time of the event, so the counters of the windows that it counts in fall by it; the event '
  'stays as it is. Never more than is left of the cost after repricing and earlier refunds. id: the same refund again is a duplicate and changes '
  'nothing; another one under it is a conflict. See quotakit.refund. Errors: QK008, QK006, undefined_object, '
  'invalid_parameter_value, object_not_in_prerequisite_state (of an adjustment), feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
