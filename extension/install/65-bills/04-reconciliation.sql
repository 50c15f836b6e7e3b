-- What is billed beside what was recorded, by the bill's day: providers bill by days in UTC, whatever the
-- account's time zone is.

CREATE FUNCTION quotakit._require_latest(what text) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- After the lock an older snapshot would miss what another session did under it, and do it again.
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    RAISE EXCEPTION '% in a % transaction', what, upper(current_setting('transaction_isolation'))
      USING ERRCODE = 'feature_not_supported', HINT = 'Use READ COMMITTED.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_latest IS 'Raises feature_not_supported unless each statement has a snapshot of its own.';

CREATE FUNCTION quotakit._bill_model(model text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.regexp_replace(model, '-([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})$', '');
COMMENT ON FUNCTION quotakit._bill_model IS 'A model without the date in its name: a bill says gpt-4o-2024-08-06 where calls say gpt-4o.';

CREATE FUNCTION quotakit._utc_start(day date) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN pg_catalog.timezone('UTC', day::pg_catalog.timestamp);
COMMENT ON FUNCTION quotakit._utc_start IS 'When a day begins in UTC.';

CREATE FUNCTION quotakit._recorded_day(account_id int4, service text, day date) RETURNS TABLE (model text, usd numeric, tokens numeric)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := _recorded_day.account_id;
  svc   text := _recorded_day.service;
  since timestamptz := quotakit._utc_start(_recorded_day.day);
  until timestamptz := quotakit._utc_start(_recorded_day.day + 1);
  zone  text;
  edge  record;
BEGIN
  RETURN QUERY
  SELECT h.model, sum(h.usd), sum(h.input_tokens::numeric + h.cached_input_tokens + h.cache_write_tokens + h.output_tokens + h.reasoning_tokens)
  FROM quotakit.node n
  JOIN quotakit.subtree_hour h ON h.account_id = n.account_id AND h.node_id = n.node_id AND h.hour >= since AND h.hour < until AND h.service = svc
  WHERE n.account_id = acct AND quotakit.nlevel(n.path) = 1
  GROUP BY h.model;

  -- Hours are the account's. Where one lies across the day's start or end (zones half an hour off), the ledger
  -- tells what of it is on this side: an hour belongs to the day in which it begins.
  SELECT a.time_zone INTO zone FROM quotakit.account a WHERE a.account_id = acct;
  FOR edge IN
    SELECT x.at AS since, upper(quotakit.window_range('hour', x.at, zone)) AS until, x.sign
    FROM (VALUES (since, 1), (until, -1)) AS x(at, sign) WHERE quotakit.local_hour(x.at, zone) < x.at
  LOOP
    RETURN QUERY
    SELECT e.model, edge.sign * sum(e.usd),
           edge.sign * sum(e.input_tokens::numeric + e.cached_input_tokens + e.cache_write_tokens + e.output_tokens + e.reasoning_tokens)
    FROM quotakit.event e
    JOIN quotakit.node n ON n.account_id = e.account_id AND n.node_id = e.node_id AND n.service = svc
    WHERE e.account_id = acct AND e.at >= edge.since AND e.at < edge.until
    GROUP BY e.model;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._recorded_day IS
  'What an account recorded of a service on a day in UTC, by model, in nano-USD, as far as it is folded; several rows of a model add up. From rollups; '
  'from the ledger only the hours that lie across midnight in UTC.';

CREATE VIEW quotakit.reconciliation WITH (security_invoker = true) AS
SELECT r.account_id, a.name AS account, r.day, r.service, r.model,
       trim_scale(r.billed * 0.000000001) AS billed_usd, trim_scale(r.recorded * 0.000000001) AS recorded_usd,
       trim_scale(r.booked * 0.000000001) AS booked_usd, trim_scale((r.billed - r.recorded) * 0.000000001) AS difference_usd,
       CASE WHEN r.billed > 0 THEN trunc(100 * (r.recorded - r.booked) / r.billed, 2)
            WHEN r.billed IS NULL AND r.billed_tokens > 0 THEN trunc(100 * r.recorded_tokens / r.billed_tokens, 2) END AS capture_rate,
       r.billed_tokens, r.recorded_tokens, r.billed_by
FROM (
  SELECT x.account_id, x.day, x.service, x.model,
         CASE WHEN bool_or(x.has_usd) THEN sum(x.billed) END AS billed,
         CASE WHEN bool_or(x.has_tokens) THEN sum(x.billed_tokens) END AS billed_tokens,
         sum(x.recorded) AS recorded, sum(x.recorded_tokens) AS recorded_tokens, sum(x.booked) AS booked,
         (array_agg(x.billed_by) FILTER (WHERE x.billed_by IS NOT NULL))[1] AS billed_by
  FROM (
    WITH covered AS (
      SELECT b.account_id, b.day, b.service, bool_or(b.by_model) AS by_model, bool_or(b.usd IS NOT NULL) AS has_usd,
             bool_or(b.tokens IS NOT NULL) AS has_tokens
      FROM quotakit.bill_bucket b GROUP BY b.account_id, b.day, b.service
    )
    SELECT c.account_id, c.day, c.service, c.has_usd, c.has_tokens, l.model, l.billed, l.billed_tokens,
           0::numeric AS recorded, 0::numeric AS recorded_tokens, 0::numeric AS booked, l.billed_by
    FROM covered c
    CROSS JOIN LATERAL (
      SELECT k.model, sum(k.usd) AS billed, sum(k.tokens) AS billed_tokens,
             jsonb_object_agg(k.payer, trim_scale(k.usd * 0.000000001)::text) FILTER (WHERE k.payer <> '' AND k.usd <> 0) AS billed_by
      FROM (SELECT CASE WHEN c.by_model THEN quotakit._bill_model(i.model) END AS model, coalesce(nullif(i.api_key, ''), i.project) AS payer,
                   coalesce(sum(i.usd), 0) AS usd, sum(coalesce(i.input_tokens, 0)::numeric + coalesce(i.output_tokens, 0)) AS tokens
            FROM quotakit.bill_line i WHERE i.account_id = c.account_id AND i.day = c.day AND i.service = c.service
            GROUP BY 1, 2) k
      GROUP BY k.model) l
    UNION ALL
    SELECT c.account_id, c.day, c.service, c.has_usd, c.has_tokens, CASE WHEN c.by_model THEN quotakit._bill_model(d.model) END, 0, 0,
           d.usd, d.tokens, 0, NULL
    FROM covered c CROSS JOIN LATERAL quotakit._recorded_day(c.account_id, c.service, c.day) d
    UNION ALL
    -- What is not folded yet, read once.
    SELECT c.account_id, c.day, c.service, c.has_usd, c.has_tokens, CASE WHEN c.by_model THEN quotakit._bill_model(d.model) END, 0, 0,
           d.usd, d.tokens, 0, NULL
    FROM covered c
    JOIN (SELECT r.account_id, n.service, (r.hour AT TIME ZONE 'UTC')::date AS day, r.model, sum(r.usd) AS usd,
                 sum(r.input_tokens::numeric + r.cached_input_tokens + r.cache_write_tokens + r.output_tokens + r.reasoning_tokens) AS tokens
          FROM quotakit.rollup_delta r JOIN quotakit.node n ON n.account_id = r.account_id AND n.node_id = r.node_id
          GROUP BY 1, 2, 3, 4) d ON d.account_id = c.account_id AND d.service = c.service AND d.day = c.day
    UNION ALL
    SELECT c.account_id, c.day, c.service, c.has_usd, c.has_tokens, CASE WHEN c.by_model THEN quotakit._bill_model(k.model) END, 0, 0,
           0, 0, k.usd, NULL
    FROM covered c JOIN quotakit.bill_booking k ON k.account_id = c.account_id AND k.day = c.day AND k.service = c.service) x
  GROUP BY x.account_id, x.day, x.service, x.model
  HAVING sum(x.billed) <> 0 OR sum(x.recorded) <> 0 OR sum(x.billed_tokens) <> 0 OR sum(x.recorded_tokens) <> 0) r
JOIN quotakit.account a ON a.account_id = r.account_id;
COMMENT ON VIEW quotakit.reconciliation IS
  'What providers bill beside what was recorded, for each day in UTC of which there is a bill (import_bill()), by service and model (its name '
  'without a date). Give a range of day. Reads rollups; of a time zone that is half an hour off also an hour of the ledger at either end of a day.';
COMMENT ON COLUMN quotakit.reconciliation.account_id IS 'Number of the account.';
COMMENT ON COLUMN quotakit.reconciliation.account IS 'Name of the account.';
COMMENT ON COLUMN quotakit.reconciliation.day IS 'The day in UTC, as providers bill.';
COMMENT ON COLUMN quotakit.reconciliation.service IS 'The service that bills.';
COMMENT ON COLUMN quotakit.reconciliation.model IS
  'The model, without a date in its name; empty for what no model has; null where the bill of the day names no model: then it is all of the service.';
COMMENT ON COLUMN quotakit.reconciliation.billed_usd IS 'What the provider bills, in USD; null where the bill of the day has no money in it.';
COMMENT ON COLUMN quotakit.reconciliation.recorded_usd IS 'What was recorded, in USD: events, adjustments, and what was booked.';
COMMENT ON COLUMN quotakit.reconciliation.booked_usd IS 'What of that is no call, but was booked by book_difference().';
COMMENT ON COLUMN quotakit.reconciliation.difference_usd IS 'Billed less recorded: what is missing in the ledger; negative where it has too much.';
COMMENT ON COLUMN quotakit.reconciliation.capture_rate IS
  'Recorded in percent of billed, without what was booked, cut to two decimals; of tokens where the bill has no money in it. Null where nothing is billed.';
COMMENT ON COLUMN quotakit.reconciliation.billed_tokens IS 'Tokens of all classes that the provider reports; null where the bill of the day has none in it.';
COMMENT ON COLUMN quotakit.reconciliation.recorded_tokens IS 'Tokens of all classes that were recorded.';
COMMENT ON COLUMN quotakit.reconciliation.billed_by IS 'Billed USD by key, project or workspace at the provider, where the bill says it.';
