-- How the dashboard's API reads what it is asked, and how its answers look. doc/api.md

CREATE TYPE quotakit._who AS (account_id int4, member_id int4, email text, role text, secret bytea, acct quotakit.account, network cidr);
COMMENT ON TYPE quotakit._who IS 'For whom an endpoint acts; all but the network null for somebody who is not signed in.';

CREATE FUNCTION quotakit._api_text(args jsonb, field text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(args -> field) NOT IN ('string', 'null') THEN
    RAISE EXCEPTION '% is not text', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN args ->> field;
END $$;
COMMENT ON FUNCTION quotakit._api_text IS 'A field that is text; null where it is missing.';

CREATE FUNCTION quotakit._api_number(args jsonb, field text) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given text := args ->> field;
BEGIN
  IF given IS NULL THEN
    RETURN NULL;
  ELSIF jsonb_typeof(args -> field) NOT IN ('string', 'number') OR given !~ '^-?[0-9]{1,40}(\.[0-9]{1,40})?$' THEN
    RAISE EXCEPTION '% is not a decimal number', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN given::numeric;
END $$;
COMMENT ON FUNCTION quotakit._api_number IS 'A field that is a decimal number or a string of one; null where it is missing.';

CREATE FUNCTION quotakit._api_int(args jsonb, field text) RETURNS int8
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given numeric := quotakit._api_number(args, field);
BEGIN
  IF given <> trunc(given) OR abs(given) > 9007199254740992 THEN
    RAISE EXCEPTION '% is not a whole number', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN given::int8;
END $$;
COMMENT ON FUNCTION quotakit._api_int IS 'A field that is a whole number; null where it is missing.';

CREATE FUNCTION quotakit._api_id(args jsonb, field text) RETURNS int4
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given int8 := quotakit._api_int(args, field);
BEGIN
  -- No such number was ever given out: nobody's, and so not found.
  RETURN CASE WHEN given BETWEEN 1 AND 2147483647 THEN given WHEN given IS NOT NULL THEN 0 END;
END $$;
COMMENT ON FUNCTION quotakit._api_id IS 'A field that is the number of something; 0 for one that cannot be; null where it is missing.';

CREATE FUNCTION quotakit._api_bool(args jsonb, field text, otherwise bool) RETURNS bool
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF args ->> field IS NULL THEN
    RETURN otherwise;
  ELSIF args ->> field NOT IN ('true', 'false', '1', '0') THEN
    RAISE EXCEPTION '% is neither true nor false', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN args ->> field IN ('true', '1');
END $$;
COMMENT ON FUNCTION quotakit._api_bool IS 'A field that is true or false (1 or 0 in a query).';

CREATE FUNCTION quotakit._api_texts(args jsonb, field text) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF args ->> field IS NULL THEN
    RETURN NULL;
  ELSIF jsonb_typeof(args -> field) <> 'array' OR jsonb_path_exists(args -> field, '$[*] ? (@.type() != "string")') THEN
    RAISE EXCEPTION '% is not a list of text', field USING ERRCODE = 'QK018', COLUMN = field;
  END IF;
  RETURN ARRAY(SELECT t.v FROM jsonb_array_elements_text(args -> field) WITH ORDINALITY AS t(v, n) ORDER BY t.n);
END $$;
COMMENT ON FUNCTION quotakit._api_texts IS 'A field that is a list of text; null where it is missing.';

CREATE FUNCTION quotakit._api_path(args jsonb, field text) RETURNS quotakit.qpath
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT quotakit._api_text($1, $2)::quotakit.qpath $$;
COMMENT ON FUNCTION quotakit._api_path IS 'A field that is a path; null where it is missing.';

CREATE FUNCTION quotakit._api_time(acct quotakit.account, args jsonb, field text, day_after bool DEFAULT false) RETURNS timestamptz
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  given text := quotakit._api_text(args, field);
BEGIN
  IF given IS NULL THEN
    RETURN NULL;
  ELSIF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN quotakit._day_start(acct, given::date + day_after::int4);
  ELSIF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$' THEN
    RETURN given::timestamptz;
  END IF;
  RAISE EXCEPTION '% is not a time', field USING ERRCODE = 'QK018', COLUMN = field,
    HINT = 'Give 2026-11-22T15:04:05Z, or a day such as 2026-11-22.';
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RAISE EXCEPTION '% is not a time', field USING ERRCODE = 'QK018', COLUMN = field;
END $$;
COMMENT ON FUNCTION quotakit._api_time IS
  'A field that is a time, or a day in the account''s time zone: its start, or with day_after its end. Null where it is missing.';

CREATE FUNCTION quotakit._api_limit(args jsonb) RETURNS int4
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT least(greatest(coalesce(quotakit._api_int($1, 'limit'), 50), 1), 200)::int4 $$;
COMMENT ON FUNCTION quotakit._api_limit IS 'How many rows a page has: 1 to 200, 50 where it is not said.';

CREATE FUNCTION quotakit._api_fields(args jsonb, spec text, what text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  allowed text[] := string_to_array(replace(coalesce(spec, ''), '!', ''), ' ');
  wrong   text;
BEGIN
  SELECT k INTO wrong FROM jsonb_object_keys(args) k WHERE k <> ALL (allowed) ORDER BY k LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% has no field %', what, to_json(left(wrong, 100)) USING ERRCODE = 'QK018', COLUMN = left(wrong, 60),
      HINT = CASE WHEN allowed = '{}' THEN 'It has none.' ELSE format('There are: %s.', array_to_string(allowed, ', ')) END;
  END IF;
  SELECT replace(f, '!', '') INTO wrong FROM unnest(string_to_array(spec, ' ')) f
  WHERE f LIKE '%!' AND coalesce(args ->> replace(f, '!', ''), '') = '';
  IF FOUND THEN
    RAISE EXCEPTION '% is missing', wrong USING ERRCODE = 'QK018', COLUMN = wrong;
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._api_fields IS 'Raises unless all fields are among those named in spec, and those with an exclamation mark are there.';

CREATE FUNCTION quotakit._as_sql(call text, VARIADIC args text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Pairs of a name and a value; what is null is left out.
  SELECT format('SELECT * FROM quotakit.%s(%s);', $1,
    (SELECT string_agg(format('%s => %L', $2[i], $2[i + 1]), ', ' ORDER BY i)
     FROM generate_series(1, cardinality($2), 2) i WHERE $2[i + 1] IS NOT NULL))
$$;
COMMENT ON FUNCTION quotakit._as_sql IS 'The query that an analyst would type for a function with named arguments.';

CREATE FUNCTION quotakit._csv_cell(v text, is_text bool) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- A spreadsheet runs what begins so; an apostrophe says that it is text.
  SELECT CASE WHEN v IS NULL THEN ''
    WHEN c ~ '[",\r\n'']' OR c ~ '^\s|\s$' THEN '"' || replace(c, '"', '""') || '"' ELSE c END
  FROM (SELECT CASE WHEN is_text AND v ~ '^[[:space:]]*[=+@\-\t\r|%]' THEN '''' || v ELSE v END AS c) x
$$;
COMMENT ON FUNCTION quotakit._csv_cell IS 'A cell of a CSV file (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe in front.';

CREATE FUNCTION quotakit._csv(rows jsonb, columns text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_to_string($2, ',') || E'\r\n' || coalesce((
    SELECT string_agg(line.l, '' ORDER BY r.n)
    FROM jsonb_array_elements($1) WITH ORDINALITY AS r(row, n)
    CROSS JOIN LATERAL (
      SELECT string_agg(quotakit._csv_cell(r.row ->> c.col, jsonb_typeof(r.row -> c.col) = 'string' AND r.row ->> c.col !~ '^-?[0-9]+(\.[0-9]+)?$'),
                        ',' ORDER BY c.k) || E'\r\n' AS l
      FROM unnest($2) WITH ORDINALITY AS c(col, k)) line), '')
$$;
COMMENT ON FUNCTION quotakit._csv IS 'A list of objects as CSV, with a line of column names.';

CREATE FUNCTION quotakit._usage_json(u jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  -- So, without a setting of its own, the planner puts it in place of the call: there may be thousands of rows.
BEGIN ATOMIC
  SELECT jsonb_build_object('calls', u->'events', 'failed', u->'failed', 'unpriced', u->'unpriced', 'requests', u->'requests', 'tokens', u->'tokens',
    'input_tokens', u->'input_tokens', 'cached_input_tokens', u->'cached_input_tokens', 'cache_write_tokens', u->'cache_write_tokens',
    'output_tokens', u->'output_tokens', 'reasoning_tokens', u->'reasoning_tokens',
    'cost_usd', u->>'cost_usd', 'cost_credits', u->>'cost_credits',
    'usd_per_request', CASE WHEN (u->>'requests')::numeric > 0
      THEN trim_scale(round((u->>'cost_usd')::numeric / (u->>'requests')::numeric, 9))::text END);
END;
COMMENT ON FUNCTION quotakit._usage_json IS 'A row of subtree_usage() and its like as the API shows it.';
