-- What things cost. A price holds from its date until the next one of the same
-- meter, so two can never overlap.

CREATE TABLE quotakit.service (
  account_id int4 NOT NULL REFERENCES quotakit.account,
  service    text NOT NULL CHECK (octet_length(service) BETWEEN 1 AND 100 AND service !~ '[[:cntrl:]]'),
  title      text CHECK (octet_length(title) <= 200),
  shipped    bool NOT NULL DEFAULT false CHECK (NOT shipped OR account_id = 0),
  PRIMARY KEY (account_id, service)
);
COMMENT ON TABLE quotakit.service IS 'What is paid for: built-in providers (account 0) and each account''s own.';
COMMENT ON COLUMN quotakit.service.account_id IS 'The account; 0 for all.';
COMMENT ON COLUMN quotakit.service.service IS 'Name used in paths, calls and policies.';
COMMENT ON COLUMN quotakit.service.title IS 'Name for people.';
COMMENT ON COLUMN quotakit.service.shipped IS 'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION.';

CREATE TABLE quotakit.model (
  account_id int4 NOT NULL,
  service    text NOT NULL,
  model      text NOT NULL CHECK (octet_length(model) BETWEEN 1 AND 200 AND model !~ '[[:cntrl:]]'),
  max_input_tokens  int8 CHECK (max_input_tokens > 0),
  max_output_tokens int8 CHECK (max_output_tokens > 0),
  deprecated_on date,
  shipped    bool NOT NULL DEFAULT false CHECK (NOT shipped OR account_id = 0),
  PRIMARY KEY (account_id, service, model),
  FOREIGN KEY (account_id, service) REFERENCES quotakit.service
);
COMMENT ON TABLE quotakit.model IS 'Known models of a service. Calls may name others; those have no price.';
COMMENT ON COLUMN quotakit.model.account_id IS 'The account; 0 for all.';
COMMENT ON COLUMN quotakit.model.service IS 'The service.';
COMMENT ON COLUMN quotakit.model.model IS 'The model, as calls name it.';
COMMENT ON COLUMN quotakit.model.max_input_tokens IS 'Most input tokens a call may have.';
COMMENT ON COLUMN quotakit.model.max_output_tokens IS 'Most output tokens a call may give.';
COMMENT ON COLUMN quotakit.model.deprecated_on IS 'When its provider stops it.';
COMMENT ON COLUMN quotakit.model.shipped IS 'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION.';

CREATE SEQUENCE quotakit.price_version_seq;
CREATE TABLE quotakit.price (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  price_version int8 NOT NULL DEFAULT nextval('quotakit.price_version_seq'),
  service       text NOT NULL,
  model         text NOT NULL DEFAULT '' CHECK (octet_length(model) <= 200),
  meter         text NOT NULL CHECK (octet_length(meter) BETWEEN 1 AND 63 AND meter ~ '^[a-z][a-z0-9_]*$'),
  tier          text NOT NULL DEFAULT 'standard' CHECK (octet_length(tier) BETWEEN 1 AND 63),
  above_tokens  int8 NOT NULL DEFAULT 0 CHECK (above_tokens >= 0),
  valid_from    timestamptz NOT NULL DEFAULT '-infinity',
  -- Eighteen decimals are exact in the 128-bit integers that costs are computed in.
  usd           numeric CHECK (usd BETWEEN 0 AND 1000000 AND scale(trim_scale(usd)) <= 18),
  credits       numeric CHECK (credits BETWEEN 0 AND 1000000 AND scale(trim_scale(credits)) <= 18),
  superseded_by int8,
  shipped       bool NOT NULL DEFAULT false CHECK (NOT shipped OR (account_id = 0 AND superseded_by IS NULL)),
  PRIMARY KEY (account_id, price_version)
);
CREATE UNIQUE INDEX price_one_at_a_time ON quotakit.price
  (account_id, service, model, meter, tier, above_tokens, valid_from) WHERE superseded_by IS NULL;
COMMENT ON TABLE quotakit.price IS
  'Dated prices per single unit of a meter. In force: the newest valid_from not after the event''s time. Rows are '
  'never changed but to say what superseded them.';
COMMENT ON COLUMN quotakit.price.account_id IS 'The account; 0 for all. An account''s own price goes before the built-in one.';
COMMENT ON COLUMN quotakit.price.price_version IS 'Rises with every price; an event keeps the newest one it was costed by.';
COMMENT ON COLUMN quotakit.price.service IS 'The service.';
COMMENT ON COLUMN quotakit.price.model IS 'The model; empty for any model of the service.';
COMMENT ON COLUMN quotakit.price.meter IS
  'input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, or a named meter such as image.';
COMMENT ON COLUMN quotakit.price.tier IS 'standard, batch, priority, flex, or the account''s own.';
COMMENT ON COLUMN quotakit.price.above_tokens IS 'Holds for calls with more input tokens than this (all classes together); 0 for any call.';
COMMENT ON COLUMN quotakit.price.valid_from IS 'From when; until the next one of the same meter.';
COMMENT ON COLUMN quotakit.price.usd IS 'USD per single unit, at most 18 decimals; null for none.';
COMMENT ON COLUMN quotakit.price.credits IS 'Credits per single unit, at most 18 decimals; null for none.';
COMMENT ON COLUMN quotakit.price.superseded_by IS 'The version that corrected this row; null while it stands.';
COMMENT ON COLUMN quotakit.price.shipped IS
  'True: came with the extension, so pg_dump leaves it to CREATE EXTENSION and it cannot be superseded, only followed by a newer price.';
