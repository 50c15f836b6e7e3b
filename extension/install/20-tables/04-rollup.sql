-- Sums of the ledger. A call appends to rollup_delta; fold_rollups() moves
-- the deltas into the totals; readers add both.

CREATE FUNCTION quotakit.measures(e quotakit.event) RETURNS quotakit.measures
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  -- An adjustment is not another call.
  RETURN quotakit.measures(
    events => CASE WHEN e.flags & 128 = 0 THEN 1 ELSE 0 END,
    failed => CASE WHEN e.flags & (128 + 32) = 32 THEN 1 ELSE 0 END,
    unpriced => CASE WHEN e.flags & 8 <> 0 THEN 1 ELSE 0 END - CASE WHEN e.flags & 1024 <> 0 THEN 1 ELSE 0 END,
    requests => e.requests,
    -- A named meter that is tokens adds to its class.
    input_tokens => e.input_tokens + coalesce(quotakit._named_tokens(e.meters, 'input_tokens'), 0),
    cached_input_tokens => e.cached_input_tokens + coalesce(quotakit._named_tokens(e.meters, 'cached_input_tokens'), 0),
    cache_write_tokens => e.cache_write_tokens + coalesce(quotakit._named_tokens(e.meters, 'cache_write_tokens'), 0),
    output_tokens => e.output_tokens + coalesce(quotakit._named_tokens(e.meters, 'output_tokens'), 0),
    reasoning_tokens => e.reasoning_tokens,
    usd => e.usd, credits => e.credits);
COMMENT ON FUNCTION quotakit.measures(quotakit.event) IS
  'What one row of the ledger adds to the sums; each token class with the named meters that are parts of it.';

CREATE SEQUENCE quotakit.rollup_delta_id_seq CACHE 64;
CREATE TABLE quotakit.rollup_delta (
  account_id          int4 NOT NULL,
  delta_id            int8 NOT NULL DEFAULT nextval('quotakit.rollup_delta_id_seq'),
  node_id             int4 NOT NULL,
  model               text NOT NULL,
  hour                timestamptz NOT NULL,
  LIKE quotakit._measure_row,
  PRIMARY KEY (account_id, delta_id)
) WITH (autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE quotakit.rollup_delta IS 'Sums of events by node, model and hour that have not been folded into rollup_hour yet.';

CREATE TABLE quotakit.rollup_hour (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  hour                timestamptz NOT NULL,
  model               text NOT NULL,
  LIKE quotakit._measure_row,
  PRIMARY KEY (account_id, node_id, hour, model)
);
COMMENT ON TABLE quotakit.rollup_hour IS 'Sums of events of each node itself, by hour of the account''s local time and model.';

CREATE TABLE quotakit.subtree_hour (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  hour                timestamptz NOT NULL,
  service             text NOT NULL,
  model               text NOT NULL,
  LIKE quotakit._measure_row,
  PRIMARY KEY (account_id, node_id, hour, service, model)
);
COMMENT ON TABLE quotakit.subtree_hour IS 'Sums of events of each node and everything below it, by local hour, service and model.';

CREATE TABLE quotakit.subtree_day (
  account_id          int4 NOT NULL,
  node_id             int4 NOT NULL,
  day                 date NOT NULL,
  service             text NOT NULL,
  model               text NOT NULL,
  LIKE quotakit._measure_row,
  PRIMARY KEY (account_id, node_id, day, service, model)
);
COMMENT ON TABLE quotakit.subtree_day IS 'Sums of events of each node and everything below it, by local day, service and model.';

-- The four tables share their measures; so do the words about them, and that none is ever null.
DO $$
DECLARE
  t text; c text; words text;
BEGIN
  FOREACH t IN ARRAY ARRAY['rollup_delta', 'rollup_hour', 'subtree_hour', 'subtree_day'] LOOP
    FOR c, words IN
      SELECT w.c, w.words FROM (VALUES
        ('account_id', 'The account.'),
        ('delta_id', 'Number of the delta.'),
        ('node_id', 'The node.'),
        ('hour', 'Start of the hour, in the account''s local time.'),
        ('day', 'The day, in the account''s local time.'),
        ('service', 'The service.'),
        ('model', 'The model; empty for none.'),
        ('events', 'How many calls. Adjustments do not count.'),
        ('failed', 'How many of them the caller reported as failed.'),
        ('unpriced', 'How many of them had a meter without a price, and have not been repriced since.'),
        ('requests', 'Requests.'),
        ('input_tokens', 'Input tokens outside any cache.'),
        ('cached_input_tokens', 'Input tokens read from a cache.'),
        ('cache_write_tokens', 'Input tokens written to a cache.'),
        ('output_tokens', 'Output tokens without reasoning.'),
        ('reasoning_tokens', 'Reasoning tokens.'),
        ('usd', 'Cost in nano-USD.'),
        ('credits', 'Cost in nano-credits.')) AS w(c, words)
      JOIN pg_catalog.pg_attribute a
        ON a.attrelid = ('quotakit.' || t)::regclass AND a.attname = w.c
    LOOP
      EXECUTE format('COMMENT ON COLUMN quotakit.%I.%I IS %L', t, c, words);
      EXECUTE format('ALTER TABLE quotakit.%I ALTER COLUMN %I SET NOT NULL', t, c);
    END LOOP;
  END LOOP;
END $$;
