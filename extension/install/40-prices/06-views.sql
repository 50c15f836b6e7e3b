-- What holds now, and what has no price.

CREATE VIEW quotakit.price_current WITH (security_invoker = true) AS
  SELECT DISTINCT ON (p.account_id, p.service, p.model, p.meter, p.tier, p.above_tokens)
         p.account_id, p.account_id = 0 AS built_in, p.service, p.model, p.meter, p.tier, p.above_tokens,
         trim_scale(p.usd) AS usd_per_unit, trim_scale(p.usd * 1000000) AS usd_per_million,
         trim_scale(p.credits) AS credits_per_unit, p.valid_from, p.price_version
    FROM quotakit.price p
    WHERE p.superseded_by IS NULL AND p.valid_from <= now()
    ORDER BY p.account_id, p.service, p.model, p.meter, p.tier, p.above_tokens, p.valid_from DESC;
COMMENT ON VIEW quotakit.price_current IS
  'Prices in force now: your accounts'' own and the built-in ones. Where an account has its own for the same meter, that one goes first.';
COMMENT ON COLUMN quotakit.price_current.account_id IS 'The account; 0 for built-in prices.';
COMMENT ON COLUMN quotakit.price_current.built_in IS 'Whether it is a built-in price of all accounts.';
COMMENT ON COLUMN quotakit.price_current.service IS 'The service.';
COMMENT ON COLUMN quotakit.price_current.model IS 'The model; empty for any model of the service.';
COMMENT ON COLUMN quotakit.price_current.meter IS 'What is counted: input_tokens, output_tokens, image, ….';
COMMENT ON COLUMN quotakit.price_current.tier IS 'standard, batch, priority, flex, or the account''s own.';
COMMENT ON COLUMN quotakit.price_current.above_tokens IS 'Holds for calls with more input tokens than this; 0 for any.';
COMMENT ON COLUMN quotakit.price_current.usd_per_unit IS 'USD for one unit; null for none.';
COMMENT ON COLUMN quotakit.price_current.usd_per_million IS 'USD for a million units, as providers list token prices.';
COMMENT ON COLUMN quotakit.price_current.credits_per_unit IS 'Credits for one unit; null for none.';
COMMENT ON COLUMN quotakit.price_current.valid_from IS 'Since when it holds.';
COMMENT ON COLUMN quotakit.price_current.price_version IS 'Number of the price; events keep the newest they were costed by.';

CREATE VIEW quotakit.unpriced_model WITH (security_invoker = true) AS
  SELECT s.account_id, n.service, s.model, sum(s.unpriced)::int8 AS events,
         min(s.hour) AS first_seen, max(s.hour) AS last_seen, sum(s.tokens)::int8 AS tokens,
         EXISTS (SELECT FROM quotakit.price p
           WHERE p.account_id IN (s.account_id, 0) AND p.service = n.service AND p.model IN (s.model, '')
             AND p.superseded_by IS NULL AND p.valid_from <= now()) AS has_price_now
    FROM (
      SELECT u.account_id, u.node_id, u.hour, u.model, u.unpriced,
             coalesce((SELECT quotakit.amount_of(quotakit.measures(h), 'tokens')
               FROM quotakit.rollup_hour h
               WHERE h.account_id = u.account_id AND h.node_id = u.node_id AND h.hour = u.hour AND h.model = u.model), 0)
             + coalesce(d.tokens, 0) AS tokens
        FROM (
          -- Of an hour, what has not been repriced.
          SELECT x.account_id, x.node_id, x.hour, x.model, sum(x.unpriced) AS unpriced
            FROM (
              SELECT h.account_id, h.node_id, h.hour, h.model, h.unpriced FROM quotakit.rollup_hour h WHERE h.unpriced > 0
              UNION ALL
              SELECT d.account_id, d.node_id, d.hour, d.model, d.unpriced FROM quotakit.rollup_delta d WHERE d.unpriced <> 0) x
            GROUP BY x.account_id, x.node_id, x.hour, x.model
            HAVING sum(x.unpriced) > 0) u
        LEFT JOIN (
          SELECT d.account_id, d.node_id, d.hour, d.model,
                 quotakit.amount_of(quotakit.sum(quotakit.measures(d)), 'tokens') AS tokens
            FROM quotakit.rollup_delta d GROUP BY d.account_id, d.node_id, d.hour, d.model) d
          ON d.account_id = u.account_id AND d.node_id = u.node_id AND d.hour = u.hour AND d.model = u.model
    ) s
    JOIN quotakit.node n ON n.account_id = s.account_id AND n.node_id = s.node_id
    GROUP BY s.account_id, n.service, s.model;
COMMENT ON VIEW quotakit.unpriced_model IS
  'Models that were called without a price for all they used, and have not been repriced since. Set prices for them '
  'with set_price or import_prices, then reprice.';
COMMENT ON COLUMN quotakit.unpriced_model.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.unpriced_model.service IS 'The service.';
COMMENT ON COLUMN quotakit.unpriced_model.model IS 'The model; empty for none.';
COMMENT ON COLUMN quotakit.unpriced_model.events IS 'How many calls have a meter without a price.';
COMMENT ON COLUMN quotakit.unpriced_model.first_seen IS 'The hour of the first of them.';
COMMENT ON COLUMN quotakit.unpriced_model.last_seen IS 'The hour of the last of them.';
COMMENT ON COLUMN quotakit.unpriced_model.tokens IS 'Tokens of all calls on the model in those hours.';
COMMENT ON COLUMN quotakit.unpriced_model.has_price_now IS 'Whether the model has some price by now, so that reprice() can cost them.';
-- An index of its own: the view must not read all of history for a rare flag.
CREATE INDEX rollup_hour_unpriced ON quotakit.rollup_hour (account_id, model) WHERE unpriced > 0;
