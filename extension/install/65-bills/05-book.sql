-- What a bill has and the ledger has not becomes an event, so that quotas count it.

CREATE FUNCTION quotakit._booked_model(account_id int4, service text, day date, model text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  -- As most calls of the day name it: so do the policies.
  SELECT coalesce((SELECT r.model FROM quotakit._recorded_day($1, $2, $3) r
                   WHERE quotakit._bill_model(r.model) = $4 ORDER BY r.usd DESC, r.model COLLATE "C" LIMIT 1), $4, '')
$$;
COMMENT ON FUNCTION quotakit._booked_model IS 'The model that a difference is booked under; empty where the bill names none.';

CREATE FUNCTION quotakit.book_difference(path quotakit.qpath, since date, until date DEFAULT NULL, model text DEFAULT NULL, dry_run bool DEFAULT false)
    RETURNS TABLE (day date, service text, booked_model text, outcome text, usd numeric, event_id uuid, note text)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct    CONSTANT int4 := quotakit._acting_account((CASE WHEN dry_run THEN 'viewer' ELSE 'admin' END)::text);
  upto    CONSTANT date := coalesce(book_difference.until, book_difference.since);
  wanted  CONSTANT text := book_difference.model;
  node    quotakit.node;
  sealed  timestamptz;
  at      timestamptz;
  r       record;
BEGIN
  node := quotakit._node(acct, path);
  IF since IS NULL OR since > upto OR upto - since > 366 THEN
    RAISE EXCEPTION 'the range from % to % is not one of 1 to 367 days', coalesce(since::text, 'null'), coalesce(upto::text, 'null') USING ERRCODE = 'QK008';
  ELSIF node.service IS NULL THEN
    RAISE EXCEPTION 'path "%" has no service', node.path USING ERRCODE = 'QK004', HINT = 'Choose a path with the service that bills.';
  ELSIF EXISTS (SELECT FROM quotakit.node n
                WHERE n.account_id = acct AND n.path OPERATOR(quotakit.@>) node.path AND n.archived_at IS NOT NULL) THEN
    RAISE EXCEPTION 'path "%" is archived', node.path USING ERRCODE = 'QK002';
  ELSIF NOT EXISTS (SELECT FROM quotakit.bill_bucket b
                    WHERE b.account_id = acct AND b.service = node.service AND b.day BETWEEN since AND upto AND b.usd IS NOT NULL) THEN
    RAISE EXCEPTION 'there is no bill of "%" from % to %', node.service, since, upto USING ERRCODE = 'undefined_object',
      HINT = 'Import it with quotakit.import_bill(); a report of tokens alone cannot be booked.';
  END IF;
  IF NOT dry_run THEN
    PERFORM quotakit._require_latest('differences cannot be booked');
    -- One after the other: the second finds the difference closed.
    PERFORM quotakit._lock_account(acct);
  END IF;
  SELECT a.sealed_until INTO STRICT sealed FROM quotakit.account a WHERE a.account_id = acct;

  -- An array, since a query that is read row by row keeps its snapshot.
  FOR r IN
    SELECT x.* FROM unnest(ARRAY(
      SELECT q FROM quotakit.reconciliation q
      WHERE q.account_id = acct AND q.service = node.service AND q.day BETWEEN since AND upto
        AND (wanted IS NULL OR q.model = quotakit._bill_model(wanted)) AND q.difference_usd <> 0
      ORDER BY q.day, q.model COLLATE "C")) x
  LOOP
    day := r.day; service := r.service; usd := r.difference_usd; event_id := NULL; note := NULL;
    booked_model := quotakit._booked_model(acct, r.service, r.day, r.model);
    -- Noon lies in the day's hours in every time zone, also where those are half an hour off.
    at := least(quotakit._utc_start(r.day) + interval '12 hours', date_trunc('milliseconds', clock_timestamp()));
    IF at < greatest(sealed, quotakit._utc_start(r.day)) THEN
      outcome := 'left';
      note := CASE WHEN at < sealed THEN 'what is so old is sealed' ELSE 'the day has not begun' END;
    ELSIF r.difference_usd < 0 AND quotakit._utc_start(r.day + 1) > clock_timestamp() THEN
      outcome := 'left';
      note := 'more is recorded than billed so far, and the day is not over';
    ELSIF abs(r.difference_usd) > 1000000 THEN
      RAISE EXCEPTION 'the difference of % on % is more than 1000000', coalesce(nullif(r.model, ''), r.service), r.day USING ERRCODE = 'QK008';
    ELSE
      outcome := CASE WHEN dry_run THEN 'would be booked' ELSE 'booked' END;
    END IF;
    IF outcome = 'booked' THEN
      event_id := quotakit.uuid7(at);
      INSERT INTO quotakit.bill_booking (account_id, service, day, model, node_id, event_id, usd)
      VALUES (acct, r.service, r.day, booked_model, node.node_id, event_id, quotakit.nano(r.difference_usd));
      PERFORM quotakit._append_reconciled(acct, node.node_id, booked_model, event_id, quotakit.nano(r.difference_usd));
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.book_difference IS
  'Books what the bill of each day (UTC) from since to until (included; null: since alone) has more or less than the ledger as an event on a path, '
  'whose service is the one that bills: an adjustment flagged reconciled at noon (UTC) of that day, which policies and '
  'reports count, and which is no call. One row a day and model says what was booked; run again, there is no difference left. '
  'Later calls or a later bill make another difference, which can be booked in turn. model: only this one. dry_run: only '
  'says so, and needs viewer instead of admin. Left: what is sealed, and a negative difference of a day that is not over. '
  'Errors: QK001, QK002, QK004, QK008, undefined_object (no bill), feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
