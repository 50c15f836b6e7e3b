-- What is summed over events is one value: added, subtracted and summed as a whole.

CREATE TYPE quotakit.measures;
CREATE FUNCTION quotakit._measures_in(cstring) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION quotakit._measures_out(quotakit.measures) RETURNS cstring
  AS 'MODULE_PATHNAME', 'quotakit_measures_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE quotakit.measures (
  INPUT = quotakit._measures_in, OUTPUT = quotakit._measures_out,
  INTERNALLENGTH = 176, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE quotakit.measures IS
  'Sums over events, as one value: events, failed, unpriced, requests, tokens by class, usd and credits in nano. Sums '
  'have 128 bits. Not for tables: its size grows with the measures there are.';
COMMENT ON FUNCTION quotakit._measures_in IS 'Text such as {events=3,usd=1200}; what is not named is 0.';
COMMENT ON FUNCTION quotakit._measures_out IS 'Text of measures; those that are 0 are left out.';

-- The same names in the same order as in every table of rollups.
CREATE TYPE quotakit._measure_row AS (
  events int8, failed int8, unpriced int8, requests int8, input_tokens int8, cached_input_tokens int8,
  cache_write_tokens int8, output_tokens int8, reasoning_tokens int8, usd int8, credits int8);
COMMENT ON TYPE quotakit._measure_row IS 'Measures as the columns of a rollup: each token class with the named meters that are parts of it.';
CREATE TYPE quotakit._measure_totals AS (
  events numeric, failed numeric, unpriced numeric, requests numeric, input_tokens numeric, cached_input_tokens numeric,
  cache_write_tokens numeric, output_tokens numeric, reasoning_tokens numeric, usd numeric, credits numeric, tokens numeric);
COMMENT ON TYPE quotakit._measure_totals IS 'Measures as numbers of any size; tokens are those of all classes.';

CREATE FUNCTION quotakit.measures(events int8 DEFAULT 0, failed int8 DEFAULT 0, unpriced int8 DEFAULT 0, requests int8 DEFAULT 0,
    input_tokens int8 DEFAULT 0, cached_input_tokens int8 DEFAULT 0, cache_write_tokens int8 DEFAULT 0,
    output_tokens int8 DEFAULT 0, reasoning_tokens int8 DEFAULT 0, usd int8 DEFAULT 0, credits int8 DEFAULT 0) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_make' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.measures(int8, int8, int8, int8, int8, int8, int8, int8, int8, int8, int8) IS 'Measures by name; usd and credits in nano.';
CREATE FUNCTION quotakit.measures(record) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_of_row' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.measures(record) IS 'The measures of a row of rollups: the columns with their names. Errors: 42804.';

CREATE FUNCTION quotakit._measures_add(quotakit.measures, quotakit.measures) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_add IS 'Operator +. Errors: QK008.';
CREATE FUNCTION quotakit._measures_subtract(quotakit.measures, quotakit.measures) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_subtract IS 'Operator -. Errors: QK008.';
CREATE FUNCTION quotakit._measures_negate(quotakit.measures) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_negate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_negate IS 'Operator - of one side.';
CREATE FUNCTION quotakit._measures_times(int4, quotakit.measures) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_times' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_times IS 'Operator *. Errors: QK008.';
CREATE FUNCTION quotakit._measures_equal(quotakit.measures, quotakit.measures) RETURNS bool
  AS 'MODULE_PATHNAME', 'quotakit_measures_equal' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_equal IS 'Operator =: whether all measures are the same.';
CREATE OPERATOR quotakit.+ (FUNCTION = quotakit._measures_add, LEFTARG = quotakit.measures, RIGHTARG = quotakit.measures, COMMUTATOR = OPERATOR(quotakit.+));
COMMENT ON OPERATOR quotakit.+ (quotakit.measures, quotakit.measures) IS 'sum of measures';
CREATE OPERATOR quotakit.- (FUNCTION = quotakit._measures_subtract, LEFTARG = quotakit.measures, RIGHTARG = quotakit.measures);
COMMENT ON OPERATOR quotakit.- (quotakit.measures, quotakit.measures) IS 'difference of measures';
CREATE OPERATOR quotakit.- (FUNCTION = quotakit._measures_negate, RIGHTARG = quotakit.measures);
COMMENT ON OPERATOR quotakit.- (NONE, quotakit.measures) IS 'negated measures';
CREATE OPERATOR quotakit.* (FUNCTION = quotakit._measures_times, LEFTARG = int4, RIGHTARG = quotakit.measures);
COMMENT ON OPERATOR quotakit.* (int4, quotakit.measures) IS 'multiple of measures';
CREATE OPERATOR quotakit.= (FUNCTION = quotakit._measures_equal, LEFTARG = quotakit.measures, RIGHTARG = quotakit.measures, COMMUTATOR = OPERATOR(quotakit.=));
COMMENT ON OPERATOR quotakit.= (quotakit.measures, quotakit.measures) IS 'all measures are the same';

CREATE FUNCTION quotakit._measures_accumulate(quotakit.measures, quotakit.measures) RETURNS quotakit.measures
  AS 'MODULE_PATHNAME', 'quotakit_measures_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._measures_accumulate IS 'The step of sum(measures).';
CREATE AGGREGATE quotakit.sum(quotakit.measures) (SFUNC = quotakit._measures_accumulate, STYPE = quotakit.measures,
  COMBINEFUNC = quotakit._measures_accumulate, PARALLEL = SAFE);
COMMENT ON AGGREGATE quotakit.sum(quotakit.measures) IS 'The sum of measures; null over no row.';

CREATE FUNCTION quotakit.amount_of(measures quotakit.measures, unit text) RETURNS numeric
  AS 'MODULE_PATHNAME', 'quotakit_measures_amount_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.amount_of IS
  'What a policy of a unit counts of measures, as it is stored: nano for usd and credits, requests, or tokens of all classes. Errors: 22023 for another unit.';
CREATE FUNCTION quotakit._is_zero(quotakit.measures) RETURNS bool
  AS 'MODULE_PATHNAME', 'quotakit_measures_is_zero' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._is_zero IS 'Whether every measure is 0.';
CREATE FUNCTION quotakit._row(quotakit.measures) RETURNS quotakit._measure_row
  AS 'MODULE_PATHNAME', 'quotakit_measures_row' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._row IS 'Measures as the columns of a rollup. Errors: 22003 for one that does not fit.';
CREATE FUNCTION quotakit._totals(quotakit.measures) RETURNS quotakit._measure_totals
  AS 'MODULE_PATHNAME', 'quotakit_measures_totals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._totals IS 'Measures as numbers, with the tokens of all classes.';
