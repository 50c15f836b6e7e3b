-- Takes a bill over, bucket by bucket: the same again changes nothing, other amounts take the place of the first.

CREATE FUNCTION quotakit._bill_kept(account_id int4, service text, organization text, source text, bucket_start timestamptz)
    RETURNS quotakit._bill_line[]
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_agg(ROW(NULL, NULL, NULL, NULL, l.model, l.project, l.api_key, l.item, l.usd, l.input_tokens, l.output_tokens, l.requests,
                       NULL)::quotakit._bill_line ORDER BY l.line)
  FROM quotakit.bill_line l
  WHERE l.account_id = $1 AND l.service = $2 AND l.organization = $3 AND l.source = $4 AND l.bucket_start = $5
$$;
COMMENT ON FUNCTION quotakit._bill_kept IS 'The lines of a bucket as they were imported; null for none.';

CREATE FUNCTION quotakit._bill_sum(v numeric) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF abs(v) > 9000000000000000000 THEN
    RAISE EXCEPTION 'the lines of a bucket come to more than can be counted' USING ERRCODE = 'QK008';
  END IF;
  RETURN v::int8;
END $$;
COMMENT ON FUNCTION quotakit._bill_sum IS 'A sum of lines. Errors: QK008.';

CREATE FUNCTION quotakit._put_bucket(b quotakit.bill_bucket, lines quotakit._bill_line[]) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- An update, so that the audit log has both amounts side by side.
  INSERT INTO quotakit.bill_bucket AS k SELECT b.*
  ON CONFLICT ON CONSTRAINT bill_bucket_pkey DO UPDATE
    SET bucket_end = excluded.bucket_end, by_model = excluded.by_model, usd = excluded.usd, tokens = excluded.tokens, imported_at = excluded.imported_at;
  DELETE FROM quotakit.bill_line l
  WHERE l.account_id = b.account_id AND l.service = b.service AND l.organization = b.organization AND l.source = b.source
    AND l.bucket_start = b.bucket_start;
  INSERT INTO quotakit.bill_line (account_id, service, organization, source, bucket_start, line, day, model, project, api_key, item,
                                  usd, input_tokens, output_tokens, requests)
  SELECT b.account_id, b.service, b.organization, b.source, b.bucket_start, x.i, b.day, x.model, x.project, x.api_key, x.item,
         x.usd, x.input_tokens, x.output_tokens, x.requests
  FROM unnest(lines) WITH ORDINALITY AS x(place, source, bucket_start, bucket_end, model, project, api_key, item, usd, input_tokens, output_tokens,
                                          requests, problem, i);
END $$;
COMMENT ON FUNCTION quotakit._put_bucket IS 'Writes a bucket and its lines in the place of what there was.';

CREATE FUNCTION quotakit._bill_overlap(account int4, service text, organization text, source text, since timestamptz, until timestamptz) RETURNS int8
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  wider quotakit.bill_bucket;
  n     int8;
BEGIN
  SELECT * INTO wider FROM quotakit.bill_bucket b
  WHERE b.account_id = account AND b.service = service AND b.organization = organization AND b.source = source
    -- Within a day both lie.
    AND b.bucket_start > since - interval '1 day' AND b.bucket_start < until AND b.bucket_end > since
    AND (b.bucket_start < since OR b.bucket_end > until) ORDER BY b.bucket_start LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the bucket from % overlaps one that was imported from % to %', quotakit._iso_time(since),
        quotakit._iso_time(wider.bucket_start), quotakit._iso_time(wider.bucket_end) USING ERRCODE = 'QK006',
      HINT = 'Import buckets of the same width, or wider ones, which take the place of those within.';
  END IF;
  DELETE FROM quotakit.bill_bucket b
  WHERE b.account_id = account AND b.service = service AND b.organization = organization AND b.source = source
    AND b.bucket_start >= since AND b.bucket_end <= until AND (b.bucket_start, b.bucket_end) <> (since, until) AND b.bucket_start <> since;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
COMMENT ON FUNCTION quotakit._bill_overlap IS
  'Makes room for a bucket: removes the narrower ones within it, and says how many. One that is wider: QK006.';

CREATE FUNCTION quotakit.import_bill(service text, bill jsonb, organization text DEFAULT '')
    RETURNS TABLE (action text, source text, bucket_start timestamptz, bucket_end timestamptz, lines int4, billed_usd numeric, before_usd numeric,
      tokens int8, note text)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  account CONSTANT int4 := quotakit._acting_account('admin');
  said    quotakit._bill_line[];
  sole    text;
  old     quotakit.bill_bucket;
  gone    int8;
  b       record;
BEGIN
  IF import_bill.service IS NULL OR import_bill.organization IS NULL THEN
    RAISE EXCEPTION 'service and organization must not be null' USING ERRCODE = 'null_value_not_allowed';
  ELSIF octet_length(import_bill.organization) > 200 THEN
    RAISE EXCEPTION 'the name of the organization is longer than 200 bytes' USING ERRCODE = 'QK008';
  END IF;
  PERFORM quotakit._require_service(account, import_bill.service), quotakit._require_latest('bills cannot be imported');
  said := ARRAY(SELECT l FROM quotakit._bill_lines(import_bill.bill) l);
  SELECT CASE WHEN count(DISTINCT l.source) = 1 THEN min(l.source) END INTO sole FROM unnest(said) l;
  PERFORM quotakit._lock_account(account);

  FOR b IN
    WITH alike AS (
      -- An empty bucket is of what the others are.
      SELECT coalesce(l.source, sole) AS source, l.bucket_start, l.bucket_end, l.model, l.project, l.api_key, l.item,
             quotakit._bill_sum(sum(l.usd)) AS usd, quotakit._bill_sum(sum(l.input_tokens)) AS input_tokens,
             quotakit._bill_sum(sum(l.output_tokens)) AS output_tokens, quotakit._bill_sum(sum(l.requests)) AS requests,
             min(l.place) AS first_place, max(l.place) AS last_place
      FROM unnest(said) l WHERE l.bucket_start IS NOT NULL AND l.problem IS NULL
      GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
    SELECT a.source, a.bucket_start, min(a.bucket_end) AS bucket_end, max(a.bucket_end) AS last_end, min(a.first_place) AS first_place,
           max(a.last_place) AS last_place, bool_or(a.model <> '') AS by_model,
           quotakit._bill_sum(CASE WHEN a.source = 'costs' THEN coalesce(sum(a.usd), 0) END) AS usd,
           quotakit._bill_sum(CASE WHEN a.source <> 'costs' THEN sum(coalesce(a.input_tokens, 0) + coalesce(a.output_tokens, 0)) END) AS tokens,
           array_agg(ROW(NULL, NULL, NULL, NULL, a.model, a.project, a.api_key, a.item, a.usd, a.input_tokens, a.output_tokens, a.requests,
                         NULL)::quotakit._bill_line
             ORDER BY a.model COLLATE "C", a.project COLLATE "C", a.api_key COLLATE "C", a.item COLLATE "C")
             FILTER (WHERE num_nonnulls(a.usd, a.input_tokens) > 0) AS lines
    FROM alike a GROUP BY a.source, a.bucket_start ORDER BY a.source NULLS LAST, a.bucket_start
  LOOP
    source := b.source; bucket_start := b.bucket_start; bucket_end := b.bucket_end;
    lines := coalesce(cardinality(b.lines), 0);
    billed_usd := quotakit.from_nano(b.usd); tokens := b.tokens; before_usd := NULL; note := NULL;
    IF b.first_place <> b.last_place OR b.last_end <> b.bucket_end THEN
      RAISE EXCEPTION 'the bucket from % is in the bill twice', quotakit._iso_time(b.bucket_start) USING ERRCODE = 'QK010',
        DETAIL = format('At %s and %s.', b.first_place, b.last_place), HINT = 'Ask for all projects and keys at once, grouped by what is to be told apart.';
    ELSIF b.source IS NULL THEN
      action := 'not understood';
      note := 'the bucket is empty, and nothing in the bill tells whether it is of costs or of usage';
      RETURN NEXT;
      CONTINUE;
    END IF;
    SELECT * INTO old FROM quotakit.bill_bucket k
    WHERE k.account_id = account AND k.service = import_bill.service AND k.organization = import_bill.organization
      AND k.source = b.source AND k.bucket_start = b.bucket_start;
    action := CASE WHEN NOT FOUND THEN 'new'
      WHEN old.bucket_end = b.bucket_end
        AND quotakit._bill_kept(account, import_bill.service, import_bill.organization, b.source, b.bucket_start) IS NOT DISTINCT FROM b.lines THEN 'same'
      ELSE 'replaced' END;
    IF action <> 'same' THEN
      gone := quotakit._bill_overlap(account, import_bill.service, import_bill.organization, b.source, b.bucket_start, b.bucket_end);
      note := CASE WHEN gone > 0 THEN format('takes the place of %s narrower buckets, too', gone) END;
      before_usd := CASE WHEN action = 'replaced' THEN quotakit.from_nano(old.usd) END;
      PERFORM quotakit._put_bucket(ROW(account, import_bill.service, import_bill.organization, b.source, b.bucket_start, b.bucket_end,
        (b.bucket_start AT TIME ZONE 'UTC')::date, b.by_model, b.usd, b.tokens, clock_timestamp())::quotakit.bill_bucket, b.lines);
    END IF;
    RETURN NEXT;
  END LOOP;

  FOR b IN SELECT DISTINCT l.problem, l.bucket_start, l.bucket_end FROM unnest(said) l WHERE l.problem IS NOT NULL ORDER BY 1 LOOP
    action := 'not understood'; source := NULL; bucket_start := b.bucket_start; bucket_end := b.bucket_end;
    lines := NULL; billed_usd := NULL; before_usd := NULL; tokens := NULL; note := b.problem;
    RETURN NEXT;
  END LOOP;
  PERFORM quotakit._check_capture(account, import_bill.service,
    ARRAY(SELECT (l.bucket_start AT TIME ZONE 'UTC')::date FROM unnest(said) l WHERE l.bucket_start IS NOT NULL));
END $$;
COMMENT ON FUNCTION quotakit.import_bill IS
  'Takes over what a provider bills the current account (admin): an answer of OpenAI''s costs or usage API, of '
  'Anthropic''s cost or usage report, a list of such answers (pages), a list of rows {"day": "2026-11-30", "model": '
  '…, "amount": USD}, or the text of a CSV file with those columns as a JSON string. One row a bucket says what became of it: '
  'new, same (nothing is changed), or replaced (a later bill of the same bucket, with before_usd); and one row for each part '
  'that was not understood, and so is not in the sums. organization tells the bills of several organizations apart. '
  'See reconciliation and book_difference(). Errors: QK010, QK008, QK006 (a bucket overlaps a wider one), '
  'undefined_object, program_limit_exceeded, feature_not_supported in REPEATABLE READ and SERIALIZABLE.';
