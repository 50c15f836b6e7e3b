-- How providers say what a call used. Each has an object of its own; the rules here,
-- which an analyst can read and a DBA can add to, say what its fields are to us.

CREATE TABLE quotakit.usage_shape (
  account_id int4 NOT NULL DEFAULT 0 REFERENCES quotakit.account CHECK (account_id = 0),
  shape      text NOT NULL CHECK (octet_length(shape) BETWEEN 1 AND 63),
  rank       int4 NOT NULL,
  services   text[] NOT NULL DEFAULT '{}',
  title      text NOT NULL,
  shipped    bool NOT NULL DEFAULT false,
  PRIMARY KEY (account_id, shape)
);
COMMENT ON TABLE quotakit.usage_shape IS
  'The forms in which providers report usage. An object has the form that knows the most of its fields.';
COMMENT ON COLUMN quotakit.usage_shape.account_id IS '0: they are for all accounts.';
COMMENT ON COLUMN quotakit.usage_shape.shape IS 'Its name.';
COMMENT ON COLUMN quotakit.usage_shape.rank IS 'Of two that know as many fields and are both, or neither, of the service, the lower is taken.';
COMMENT ON COLUMN quotakit.usage_shape.services IS 'Services that report so: among forms that know as many fields, theirs is taken.';
COMMENT ON COLUMN quotakit.usage_shape.title IS 'What it is, for people.';
COMMENT ON COLUMN quotakit.usage_shape.shipped IS 'True: came with the extension, which replaces it when it is updated.';

CREATE TABLE quotakit.usage_rule (
  account_id    int4 NOT NULL DEFAULT 0 CHECK (account_id = 0),
  shape         text NOT NULL,
  field         text NOT NULL CHECK (octet_length(field) BETWEEN 1 AND 200),
  service       text NOT NULL DEFAULT '',
  value         text NOT NULL DEFAULT '',
  kind          text NOT NULL CHECK (kind IN (
    'count', 'inside', 'beside', 'instead', 'total', 'meter', 'usd', 'tier', 'model', 'ignored', 'unknown')),
  gives         text CHECK (octet_length(gives) BETWEEN 1 AND 63 AND gives ~ '^[a-z][a-z0-9_]*$'),
  part_of       text[] NOT NULL DEFAULT '{}',
  same_as       text,
  total_decides bool NOT NULL DEFAULT false,
  factor        numeric NOT NULL DEFAULT 1 CHECK (factor > 0 AND factor <= 1),
  shipped       bool NOT NULL DEFAULT false,
  PRIMARY KEY (account_id, shape, field, service, value),
  FOREIGN KEY (account_id, shape) REFERENCES quotakit.usage_shape,
  CHECK (gives IS NOT NULL OR kind NOT IN ('count', 'inside', 'beside', 'instead', 'total', 'meter')),
  CHECK (gives ~ '_tokens$' OR kind NOT IN ('count', 'inside', 'beside', 'total')),
  CHECK ((kind IN ('inside', 'beside')) = (part_of <> '{}'))
);
CREATE INDEX usage_rule_field ON quotakit.usage_rule (account_id, field);
COMMENT ON TABLE quotakit.usage_rule IS
  'What the fields of providers'' usage objects are: a row a field. A new field, or a new provider, is a row or some rows.';
COMMENT ON COLUMN quotakit.usage_rule.account_id IS '0: they are for all accounts.';
COMMENT ON COLUMN quotakit.usage_rule.shape IS 'The form it belongs to; response: what stands around the usage of any form.';
COMMENT ON COLUMN quotakit.usage_rule.field IS
  'Its name in snake case (promptTokenCount is prompt_token_count), from the outside in with dots; elements of an array go by '
  'their modality, type or ttl. Ending in .* or *: all fields that begin so and have no rule of their own.';
COMMENT ON COLUMN quotakit.usage_rule.service IS 'The service that means this by it; empty: all that have no row of their own.';
COMMENT ON COLUMN quotakit.usage_rule.value IS 'Of a tier, the value that this row is about; empty: any that has no row of its own.';
COMMENT ON COLUMN quotakit.usage_rule.kind IS
  'count: tokens of the class given, without what is inside. inside: tokens that are contained in the fields of part_of too. '
  'beside: tokens that come on top of part_of, whatever the name says. instead: used only where same_as is not there. total: of '
  'all tokens; what it has more goes to the class given. meter: a quantity that is not part of those sums. usd: the cost. tier '
  'and model: as answered. ignored: known, and says nothing more. unknown: listed as not understood.';
COMMENT ON COLUMN quotakit.usage_rule.gives IS 'The meter, or the tier; null: the value itself.';
COMMENT ON COLUMN quotakit.usage_rule.part_of IS 'All fields that contain it, or that it is beside of.';
COMMENT ON COLUMN quotakit.usage_rule.same_as IS 'Another field that says the same: both are counted once.';
COMMENT ON COLUMN quotakit.usage_rule.total_decides IS 'Whether it is read as inside or beside, whichever alone makes the total.';
COMMENT ON COLUMN quotakit.usage_rule.factor IS 'What one of it is in the unit of the meter, or in USD.';
COMMENT ON COLUMN quotakit.usage_rule.shipped IS 'True: came with the extension, which replaces it when it is updated.';
