-- Bills beside what was recorded, and spend that comes back.

CREATE FUNCTION quotakit._api_reconciliation(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  -- Bills are by days in UTC: those that the range touches.
  first   date := (quotakit._api_time(me.acct, query, 'since') AT TIME ZONE 'UTC')::date;
  last    date := ((least(coalesce(quotakit._api_time(me.acct, query, 'until', true), 'infinity'), now()) - interval '1 microsecond')
                   AT TIME ZONE 'UTC')::date;
  service text := nullif(quotakit._api_text(query, 'service'), '');
  model   text := quotakit._bill_model(nullif(quotakit._api_text(query, 'model'), ''));
  j       jsonb;
BEGIN
  IF first > last THEN
    RAISE EXCEPTION 'the range of time is empty' USING ERRCODE = 'QK008';
  END IF;
  WITH r AS MATERIALIZED (
    SELECT q.* FROM quotakit.reconciliation q
    WHERE q.account_id = me.account_id AND q.day BETWEEN first AND last AND q.billed_usd IS NOT NULL
      AND (service IS NULL OR q.service = service) AND (model IS NULL OR q.model = model)
  ), page AS (
    SELECT r.* FROM r ORDER BY abs(r.difference_usd) DESC, r.billed_usd DESC, r.day DESC, r.service, r.model LIMIT 100
  )
  SELECT jsonb_build_object('since', first, 'until', last,
    'total', (SELECT jsonb_build_object('days', count(DISTINCT r.day), 'billed_usd', trim_scale(coalesce(sum(r.billed_usd), 0))::text,
        'recorded_usd', trim_scale(coalesce(sum(r.recorded_usd), 0))::text, 'booked_usd', trim_scale(coalesce(sum(r.booked_usd), 0))::text,
        'difference_usd', trim_scale(coalesce(sum(r.difference_usd), 0))::text,
        'capture_rate', CASE WHEN sum(r.billed_usd) > 0 THEN trunc(100 * sum(r.recorded_usd - r.booked_usd) / sum(r.billed_usd), 2) END) FROM r),
    'rows', (SELECT coalesce(jsonb_agg(jsonb_build_object('day', p.day, 'service', p.service, 'model', p.model, 'billed_usd', p.billed_usd::text,
        'recorded_usd', p.recorded_usd::text, 'booked_usd', p.booked_usd::text, 'difference_usd', p.difference_usd::text,
        'capture_rate', p.capture_rate, 'billed_by', coalesce(p.billed_by, '{}'))
        ORDER BY abs(p.difference_usd) DESC, p.billed_usd DESC, p.day DESC, p.service, p.model), '[]') FROM page p),
    'more', (SELECT count(*) FROM r) - (SELECT count(*) FROM page),
    'sql', format(E'SELECT day, service, model, billed_usd, recorded_usd, booked_usd, difference_usd, capture_rate, billed_by\n'
      'FROM quotakit.reconciliation\nWHERE day BETWEEN %L AND %L AND billed_usd IS NOT NULL%s%s\n  AND account_id = '
      '(quotakit.current_account()).account_id\nORDER BY abs(difference_usd) DESC;',
      -- Of what is null format() writes nothing.
      first, last, ' AND service = ' || quote_literal(service), ' AND model = ' || quote_literal(model)))
  INTO j;
  RETURN j;
END $$;
COMMENT ON FUNCTION quotakit._api_reconciliation IS 'GET /api/reconciliation';

CREATE FUNCTION quotakit._api_import_bill(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object('buckets', coalesce(jsonb_agg(jsonb_build_object('action', b.action, 'source', b.source,
        'bucket_start', quotakit._iso_time(b.bucket_start), 'bucket_end', quotakit._iso_time(b.bucket_end), 'lines', b.lines,
        'billed_usd', b.billed_usd::text, 'before_usd', b.before_usd::text, 'tokens', b.tokens, 'note', b.note)), '[]'))
    FROM quotakit.import_bill(quotakit._api_text(body, 'service'), body -> 'bill', coalesce(quotakit._api_text(body, 'organization'), '')) b);
END $$;
COMMENT ON FUNCTION quotakit._api_import_bill IS 'POST /api/bills';

CREATE FUNCTION quotakit._api_book_difference(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  days text[] := ARRAY[quotakit._api_text(body, 'since'), quotakit._api_text(body, 'until')];
BEGIN
  FOR i IN 1 .. 2 LOOP
    IF days[i] !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
      RAISE EXCEPTION '% is not a day', ('{since,until}'::text[])[i] USING ERRCODE = 'QK018', COLUMN = ('{since,until}'::text[])[i],
        HINT = 'Give a day in UTC, such as 2026-11-30.';
    END IF;
  END LOOP;
  RETURN (
    SELECT jsonb_build_object('bookings', coalesce(jsonb_agg(jsonb_build_object('day', b.day, 'service', b.service, 'model', b.booked_model,
        'outcome', b.outcome, 'usd', b.usd::text, 'event_id', b.event_id, 'note', b.note)), '[]'))
    FROM quotakit.book_difference(quotakit._api_path(body, 'path'), days[1]::date, days[2]::date, nullif(quotakit._api_text(body, 'model'), ''),
                                  quotakit._api_bool(body, 'dry_run', true)) b);
END $$;
COMMENT ON FUNCTION quotakit._api_book_difference IS 'POST /api/bills/book';

CREATE FUNCTION quotakit._api_refund(me quotakit._who, query jsonb, body jsonb) RETURNS jsonb
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object('outcome', r.outcome, 'id', r.refund_id, 'usd', r.usd::text, 'credits', r.refunded_credits::text,
      'left_usd', r.left_usd::text, 'left_credits', r.left_credits::text)
    FROM quotakit.refund(quotakit._api_text(body, 'event')::uuid, quotakit._api_number(body, 'amount'), quotakit._api_number(body, 'share'),
      quotakit._api_text(body, 'reason'), quotakit._api_text(body, 'id'), quotakit._api_number(body, 'credits')) r);
END $$;
COMMENT ON FUNCTION quotakit._api_refund IS 'POST /api/refunds';
