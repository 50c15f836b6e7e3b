-- A bill as the provider answers it, into lines of one shape. Known are OpenAI's costs and usage, Anthropic's
-- cost and usage reports, and rows of a CSV file. What is not understood becomes a line that says so.

CREATE TYPE quotakit._bill_line AS (place text, source text, bucket_start timestamptz, bucket_end timestamptz,
  model text, project text, api_key text, item text, usd int8, input_tokens int8, output_tokens int8, requests int8, problem text);
COMMENT ON TYPE quotakit._bill_line IS
  'A line of a bill. place: the bucket in the bill; source null: of a bucket without a result; problem: what was not understood.';

CREATE FUNCTION quotakit._bill_fields() RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Of which the amounts count, the names are kept, and the rest only splits what is billed.
  SELECT '{object, amount, currency, line_item, quantity, project_id, project_name, organization_id, organization_name,
    user_id, user_email, api_key_id, api_key_name, model, batch, service_tier, num_model_requests,
    input_tokens, output_tokens, input_cached_tokens, input_text_tokens, output_text_tokens, input_audio_tokens, output_audio_tokens,
    input_image_tokens, output_image_tokens, input_cached_text_tokens, input_cached_audio_tokens, input_cached_image_tokens,
    cost_type, context_window, description, token_type, workspace_id, inference_geo, speed, account_id, service_account_id,
    uncached_input_tokens, cache_creation, cache_read_input_tokens, server_tool_use}'::text[]
$$;
COMMENT ON FUNCTION quotakit._bill_fields IS 'The fields of a result in a bill that are known.';

CREATE FUNCTION quotakit._bill_number(v jsonb, place text) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF v IS NULL OR jsonb_typeof(v) = 'null' THEN
    RETURN NULL;
  ELSIF jsonb_typeof(v) NOT IN ('number', 'string')
     OR jsonb_typeof(v) = 'string' AND v #>> '{}' !~ '^[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,2})?$' THEN
    RAISE EXCEPTION '% is not a number', place USING ERRCODE = 'QK010', DETAIL = format('It is %s.', left(v::text, 100));
  ELSIF abs((v #>> '{}')::numeric) > 9000000000000000000 THEN
    RAISE EXCEPTION '% is out of range', place USING ERRCODE = 'QK008';
  END IF;
  RETURN (v #>> '{}')::numeric;
END $$;
COMMENT ON FUNCTION quotakit._bill_number IS 'A number in a bill, or a string of one; null where it is missing. Errors: QK010, QK008.';

CREATE FUNCTION quotakit._bill_count(v jsonb, place text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n numeric := quotakit._bill_number(v, place);
BEGIN
  IF n < 0 OR n <> trunc(n) OR n > 9000000000000000 THEN
    RAISE EXCEPTION '% is not a count', place USING ERRCODE = 'QK010', DETAIL = format('It is %s.', left(v::text, 100));
  END IF;
  RETURN n::int8;
END $$;
COMMENT ON FUNCTION quotakit._bill_count IS 'A count in a bill; null where it is missing. Errors: QK010, QK008.';

CREATE FUNCTION quotakit._bill_usd(amount numeric, place text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF abs(amount) > 9000000000 THEN
    RAISE EXCEPTION '% is out of range', place USING ERRCODE = 'QK008', DETAIL = 'An amount is at most 9,000,000,000.';
  END IF;
  -- Providers bill with more decimals than there are; rounded once, half up.
  RETURN quotakit.nano(round(amount, 9));
END $$;
COMMENT ON FUNCTION quotakit._bill_usd IS 'An amount of USD in a bill as nano-USD. Errors: QK008.';

CREATE FUNCTION quotakit._bill_name(v jsonb, place text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF v IS NULL OR jsonb_typeof(v) = 'null' THEN
    RETURN '';
  ELSIF jsonb_typeof(v) <> 'string' OR octet_length(v #>> '{}') > 200 THEN
    RAISE EXCEPTION '% is not a name', place USING ERRCODE = 'QK010', DETAIL = 'A name is text of at most 200 bytes.';
  END IF;
  RETURN v #>> '{}';
END $$;
COMMENT ON FUNCTION quotakit._bill_name IS 'A name in a bill; empty where it is missing. Errors: QK010.';

CREATE FUNCTION quotakit._bill_time(bucket jsonb, unix text, iso text, place text) RETURNS timestamptz
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  given text := bucket ->> iso;
BEGIN
  IF bucket ? unix THEN
    IF quotakit._bill_count(bucket -> unix, place || '.' || unix) BETWEEN 0 AND 253402300799 THEN
      RETURN to_timestamp((bucket ->> unix)::int8);
    END IF;
  ELSIF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$' THEN
    RETURN given::timestamptz;
  END IF;
  RAISE EXCEPTION '%.% is not a time', place, CASE WHEN bucket ? unix THEN unix ELSE iso END USING ERRCODE = 'QK010',
    HINT = format('A bucket has %s (seconds since 1970) or %s (RFC 3339).', unix, iso);
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RAISE EXCEPTION '%.% is not a time', place, iso USING ERRCODE = 'QK010';
END $$;
COMMENT ON FUNCTION quotakit._bill_time IS 'When a bucket begins or ends. Errors: QK010.';

CREATE FUNCTION quotakit._bill_result(r jsonb, place text) RETURNS quotakit._bill_line
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  l    quotakit._bill_line;
  item text := quotakit._bill_name(coalesce(r -> 'line_item', r -> 'description'), place || '.line_item');
  kind text := substring(r ->> 'object' FROM '^organization\.usage\.([a-z_]{1,50})\.result$');
  cash text;
BEGIN
  l.item := item;
  l.project := quotakit._bill_name(coalesce(r -> 'project_id', r -> 'workspace_id'), place || '.project_id');
  l.api_key := quotakit._bill_name(r -> 'api_key_id', place || '.api_key_id');
  l.model := quotakit._bill_name(r -> 'model', place || '.model');
  -- OpenAI's costs name the model in the line: "gpt-4o-2024-08-06, input". Other lines are words.
  IF l.model = '' AND split_part(item, ', ', 1) ~ '^[^[:space:]]+$' AND r ? 'line_item' THEN
    l.model := split_part(item, ', ', 1);
  END IF;
  IF r ? 'amount' THEN
    l.source := 'costs';
    cash := upper(coalesce(r #>> '{amount,currency}', r ->> 'currency', 'USD'));
    IF cash <> 'USD' THEN
      l.problem := format('%s: an amount in %s is not USD', place, left(cash, 20));
    ELSIF jsonb_typeof(r -> 'amount') = 'object' THEN
      l.usd := quotakit._bill_usd(quotakit._bill_number(r #> '{amount,value}', place || '.amount.value'), place || '.amount.value');
    ELSE
      -- Anthropic's are cents.
      l.usd := quotakit._bill_usd(quotakit._bill_number(r -> 'amount', place || '.amount') / 100, place || '.amount');
    END IF;
    IF l.usd IS NULL AND l.problem IS NULL THEN
      l.problem := place || ': the amount has no value';
    END IF;
  ELSIF r ? 'uncached_input_tokens' THEN
    l.source := 'messages';
    l.input_tokens := coalesce(quotakit._bill_count(r -> 'uncached_input_tokens', place || '.uncached_input_tokens'), 0)
      + coalesce(quotakit._bill_count(r -> 'cache_read_input_tokens', place || '.cache_read_input_tokens'), 0)
      + coalesce(quotakit._bill_count(r #> '{cache_creation,ephemeral_1h_input_tokens}', place || '.cache_creation.ephemeral_1h_input_tokens'), 0)
      + coalesce(quotakit._bill_count(r #> '{cache_creation,ephemeral_5m_input_tokens}', place || '.cache_creation.ephemeral_5m_input_tokens'), 0);
    l.output_tokens := coalesce(quotakit._bill_count(r -> 'output_tokens', place || '.output_tokens'), 0);
  ELSIF r ? 'input_tokens' THEN
    l.source := coalesce(kind, 'usage');
    l.requests := quotakit._bill_count(r -> 'num_model_requests', place || '.num_model_requests');
    -- What is cached is among the input; audio beside the text, unless the text has a field of its own.
    l.input_tokens := coalesce(quotakit._bill_count(r -> 'input_tokens', place || '.input_tokens'), 0)
      + CASE WHEN r ? 'input_text_tokens' THEN 0
             ELSE coalesce(quotakit._bill_count(r -> 'input_audio_tokens', place || '.input_audio_tokens'), 0) END;
    l.output_tokens := coalesce(quotakit._bill_count(r -> 'output_tokens', place || '.output_tokens'), 0)
      + CASE WHEN r ? 'output_text_tokens' THEN 0
             ELSE coalesce(quotakit._bill_count(r -> 'output_audio_tokens', place || '.output_audio_tokens'), 0) END;
  ELSE
    l.problem := format('%s: has neither an amount nor tokens%s', place, coalesce(' (' || left(r ->> 'object', 100) || ')', ''));
  END IF;
  RETURN l;
END $$;
COMMENT ON FUNCTION quotakit._bill_result IS 'A result in a bucket as a line, without its time. Errors: QK010, QK008.';

CREATE FUNCTION quotakit._bill_buckets(page jsonb, place text) RETURNS SETOF quotakit._bill_line
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  b     record;
  r     record;
  l     quotakit._bill_line;
  since timestamptz;
  until timestamptz;
BEGIN
  FOR b IN SELECT place || format('data[%s]', x.i - 1) AS place, x.bucket
           FROM jsonb_array_elements(page -> 'data') WITH ORDINALITY AS x(bucket, i) LOOP
    IF jsonb_typeof(b.bucket) <> 'object' OR jsonb_typeof(b.bucket -> 'results') IS DISTINCT FROM 'array' THEN
      RAISE EXCEPTION '% is not a bucket', b.place USING ERRCODE = 'QK010', DETAIL = 'A bucket is an object with a list of results.';
    END IF;
    since := quotakit._bill_time(b.bucket, 'start_time', 'starting_at', b.place);
    until := quotakit._bill_time(b.bucket, 'end_time', 'ending_at', b.place);
    IF until <= since OR (since AT TIME ZONE 'UTC')::date <> ((until - interval '1 microsecond') AT TIME ZONE 'UTC')::date THEN
      RAISE EXCEPTION '% does not lie within one day in UTC', b.place USING ERRCODE = 'QK008',
        DETAIL = format('It is from %s to %s.', quotakit._iso_time(since), quotakit._iso_time(until)), HINT = 'Ask for buckets of a day, bucket_width=1d.';
    END IF;
    IF jsonb_array_length(b.bucket -> 'results') = 0 THEN
      RETURN NEXT ROW(b.place, NULL, since, until, '', '', '', '', NULL, NULL, NULL, NULL, NULL)::quotakit._bill_line;
    END IF;
    FOR r IN SELECT b.place || format('.results[%s]', x.i - 1) AS place, x.result
             FROM jsonb_array_elements(b.bucket -> 'results') WITH ORDINALITY AS x(result, i) LOOP
      IF jsonb_typeof(r.result) <> 'object' THEN
        RAISE EXCEPTION '% is not an object', r.place USING ERRCODE = 'QK010';
      END IF;
      l := quotakit._bill_result(r.result, r.place);
      l.place := b.place;
      l.bucket_start := since;
      l.bucket_end := until;
      RETURN NEXT l;
    END LOOP;
  END LOOP;
  IF page ->> 'has_more' = 'true' THEN
    l := NULL;
    l.place := place;
    l.problem := place || 'has_more: the bill goes on; fetch the next page and import that, too';
    RETURN NEXT l;
  END IF;
  FOR l.problem IN
    SELECT DISTINCT format('%sdata[].results[].%s: a field that is not known', place, left(k.key, 60))
    FROM jsonb_array_elements(page -> 'data') x(bucket)
    CROSS JOIN LATERAL jsonb_array_elements(x.bucket -> 'results') y(result)
    CROSS JOIN LATERAL jsonb_object_keys(y.result) k(key)
    WHERE k.key <> ALL (quotakit._bill_fields()) AND y.result -> k.key NOT IN ('null', '0', '""') ORDER BY 1 LIMIT 100
  LOOP
    RETURN NEXT ROW(place, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.problem)::quotakit._bill_line;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._bill_buckets IS 'The lines of a page of buckets, as OpenAI and Anthropic answer. Errors: QK010, QK008.';

CREATE FUNCTION quotakit._bill_row(r jsonb, place text) RETURNS quotakit._bill_line
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  l   quotakit._bill_line;
  day text := coalesce(r ->> 'day', r ->> 'date');
BEGIN
  IF day IS NULL OR day !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RAISE EXCEPTION '%.day is not a day', place USING ERRCODE = 'QK010', HINT = 'Give it as 2026-11-30, in UTC.';
  END IF;
  l.place := 'rows';
  l.source := 'costs';
  l.bucket_start := day::date::timestamp AT TIME ZONE 'UTC';
  l.bucket_end := l.bucket_start + interval '24 hours';
  l.model := quotakit._bill_name(r -> 'model', place || '.model');
  l.project := quotakit._bill_name(r -> 'project', place || '.project');
  l.api_key := quotakit._bill_name(r -> 'api_key', place || '.api_key');
  l.item := quotakit._bill_name(r -> 'item', place || '.item');
  IF upper(coalesce(r ->> 'currency', 'USD')) <> 'USD' THEN
    l.problem := format('%s: an amount in %s is not USD', place, left(r ->> 'currency', 20));
    RETURN l;
  END IF;
  l.usd := quotakit._bill_usd(quotakit._bill_number(r -> 'amount', place || '.amount'), place || '.amount');
  IF l.usd IS NULL THEN
    RAISE EXCEPTION '%.amount is missing', place USING ERRCODE = 'QK010', HINT = 'A row has day, model and amount (USD).';
  END IF;
  RETURN l;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RAISE EXCEPTION '%.day is not a day', place USING ERRCODE = 'QK010';
END $$;
COMMENT ON FUNCTION quotakit._bill_row IS 'A row of a CSV file (day, model, amount; also project, api_key, item, currency) as a line. Errors: QK010, QK008.';

CREATE FUNCTION quotakit._bill_csv(csv text) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  head  text[];
  cells text[];
  line  record;
  rows  jsonb[] := '{}';
BEGIN
  FOR line IN SELECT x.words, x.n FROM string_to_table(csv, E'\n') WITH ORDINALITY AS x(words, n) WHERE btrim(x.words, E' \t\r\uFEFF') <> '' LOOP
    cells := ARRAY(SELECT CASE WHEN m.cell[1] LIKE '"%' THEN replace(substr(m.cell[1], 2, length(m.cell[1]) - 2), '""', '"') ELSE btrim(m.cell[1]) END
                   FROM regexp_matches(btrim(line.words, E'\r\uFEFF'), '\s*("(?:[^"]|"")*"|[^",]*)\s*(?:,|$)', 'g') WITH ORDINALITY AS m(cell, i)
                   ORDER BY m.i);
    -- The pattern finds the end of the line once more, unless it ends with a comma.
    cells := cells[1 : 1 + length(regexp_replace(line.words, '"([^"]|"")*"|[^,]', '', 'g'))];
    IF head IS NULL THEN
      head := ARRAY(SELECT lower(c) FROM unnest(cells) WITH ORDINALITY AS x(c, i) ORDER BY i);
      IF NOT head @> '{amount}' OR NOT (head @> '{day}' OR head @> '{date}') THEN
        RAISE EXCEPTION 'the first line does not name the columns day, model and amount' USING ERRCODE = 'QK010',
          DETAIL = format('It is %s.', left(to_json(line.words)::text, 200));
      END IF;
    ELSIF cardinality(cells) <> cardinality(head) THEN
      RAISE EXCEPTION 'line % has % cells instead of %', line.n, cardinality(cells), cardinality(head) USING ERRCODE = 'QK010';
    ELSE
      rows := rows || jsonb_object(head, cells);
    END IF;
  END LOOP;
  RETURN to_jsonb(rows);
END $$;
COMMENT ON FUNCTION quotakit._bill_csv IS 'The rows of a CSV file with a line of column names, as JSON objects. Errors: QK010.';

CREATE FUNCTION quotakit._bill_lines(bill jsonb) RETURNS SETOF quotakit._bill_line
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  x record;
  l quotakit._bill_line;
BEGIN
  IF jsonb_typeof(bill) = 'string' THEN
    bill := quotakit._bill_csv(bill #>> '{}');
  ELSIF jsonb_typeof(bill) = 'object' THEN
    bill := jsonb_build_array(bill);
  END IF;
  IF bill IS NULL OR jsonb_typeof(bill) <> 'array' OR jsonb_array_length(bill) = 0 THEN
    RAISE EXCEPTION 'the bill is empty' USING ERRCODE = 'QK010',
      HINT = 'Give an answer of the provider''s costs or usage API, a list of them, or rows with day, model and amount.';
  ELSIF jsonb_array_length(bill) > 200000 THEN
    RAISE EXCEPTION 'the bill has more than 200000 parts' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  FOR x IN SELECT e.part, CASE WHEN jsonb_array_length(bill) = 1 THEN '' ELSE format('[%s].', e.i - 1) END AS page, format('[%s]', e.i - 1) AS row
           FROM jsonb_array_elements(bill) WITH ORDINALITY AS e(part, i) LOOP
    IF jsonb_typeof(x.part -> 'data') = 'array' THEN
      RETURN QUERY SELECT * FROM quotakit._bill_buckets(x.part, x.page);
    ELSIF x.part ? 'amount' THEN
      RETURN NEXT quotakit._bill_row(x.part, x.row);
      FOR l.problem IN SELECT format('%s: a column that is not known', left(k, 60)) FROM jsonb_object_keys(x.part) k
                       WHERE k <> ALL ('{day,date,model,amount,currency,project,api_key,item}'::text[]) LOOP
        RETURN NEXT ROW('rows', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.problem)::quotakit._bill_line;
      END LOOP;
    ELSE
      RAISE EXCEPTION 'part % of the bill is neither a page with data nor a row with an amount', x.row USING ERRCODE = 'QK010',
        DETAIL = format('It is %s.', left(x.part::text, 200));
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._bill_lines IS
  'The lines of a bill: an answer of OpenAI''s costs or usage API or of Anthropic''s cost or usage report, a list of '
  'them, a list of rows, or the text of a CSV file. Errors: QK010, QK008, program_limit_exceeded.';
