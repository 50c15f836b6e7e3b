-- What a meter says of itself. The list is the library's (src/values/meters.c): the
-- engine counts by it on the path of a call, and all sums in SQL by these functions.

CREATE FUNCTION quotakit._meter_names() RETURNS text[]
  AS 'MODULE_PATHNAME', 'quotakit_meter_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._meter_names IS 'The meters that are known by name, the token classes first.';
CREATE FUNCTION quotakit._token_class(meter text) RETURNS text
  AS 'MODULE_PATHNAME', 'quotakit_token_class' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._token_class IS
  'The token class that a meter is or is a part of; null if it is not tokens. One that is not listed and ends in '
  '_tokens is output_tokens if its name says output, completion, reasoning or thinking, else input_tokens.';
CREATE FUNCTION quotakit._price_chain(meter text) RETURNS text[]
  AS 'MODULE_PATHNAME', 'quotakit_price_chain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._price_chain IS 'The meters by whose price a meter may be costed, in order: itself, then the classes that contain it.';
CREATE FUNCTION quotakit._named_tokens(meters jsonb, counts_as text) RETURNS int8
  AS 'MODULE_PATHNAME', 'quotakit_named_tokens' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._named_tokens IS
  'How many tokens an object of meters has of a class, or of the input or the output together. A part of a token counts '
  'as one. Errors: QK008.';

CREATE FUNCTION quotakit._meter_guess(meter text) RETURNS text
  AS 'MODULE_PATHNAME', 'quotakit_meter_guess' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._meter_guess IS
  'The known meter that a misspelt one was probably meant to be; null for none, and for one that is known itself.';

CREATE VIEW quotakit.meters WITH (security_invoker = true) AS
  SELECT m.meter, c.counts_as IS NOT NULL AS is_tokens,
         CASE WHEN c.counts_as IN ('output_tokens', 'reasoning_tokens') THEN 'output' WHEN c.counts_as IS NOT NULL THEN 'input' END AS side,
         c.counts_as, quotakit._price_chain(m.meter) AS priced_as
    FROM unnest(quotakit._meter_names()) WITH ORDINALITY AS m(meter, place)
    CROSS JOIN LATERAL (SELECT quotakit._token_class(m.meter) AS counts_as) c
    ORDER BY m.place;
COMMENT ON VIEW quotakit.meters IS
  'The meters that are known by name. A call may name others: one that ends in _tokens counts as tokens of the output '
  'if its name says output, completion, reasoning or thinking, else of the input; any other is not tokens.';
COMMENT ON COLUMN quotakit.meters.meter IS 'The name, as usage and prices have it.';
COMMENT ON COLUMN quotakit.meters.is_tokens IS 'Whether policies in tokens count it.';
COMMENT ON COLUMN quotakit.meters.side IS
  'input or output; null if it is not tokens. All of the input counts for prices above a number of tokens.';
COMMENT ON COLUMN quotakit.meters.counts_as IS 'The token class in whose sums it is; null if it is not tokens.';
COMMENT ON COLUMN quotakit.meters.priced_as IS 'The meters whose price it has, the first that has one: its own, then those of the classes that contain it.';
