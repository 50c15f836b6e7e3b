-- From a provider's usage object to meters.

CREATE TYPE quotakit._usage_count AS (
  field text, kind text, gives text, part_of text[], total_decides bool, said int8, remains int8);
COMMENT ON TYPE quotakit._usage_count IS 'Tokens that a provider counted, with the rule of the field; remains: those not given to a meter yet.';

CREATE FUNCTION quotakit._usage_matches(service text, given jsonb)
    RETURNS TABLE (shape text, field text, name text, total numeric, value jsonb, no_numbers jsonb, rule quotakit.usage_rule)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH body AS MATERIALIZED (
    SELECT b.* FROM quotakit._usage_bodies(given) b
  ), said AS MATERIALIZED (
    SELECT x.around, x.field, max(x.name) AS name,
           coalesce(max(x.total) FILTER (WHERE x.total <= 1000000000000 AND x.total = trunc(x.total)), max(x.total)) AS total,
           (array_agg(x.value ORDER BY x.total IS NOT NULL, x.n DESC))[1] AS value,
           jsonb_object_agg(x.name, x.value) FILTER (WHERE coalesce(x.total > 1000000000000, true)) AS no_numbers
    FROM (
      -- Elements of an array add up. Of two spellings, or the objects of a stream, the largest counts.
      SELECT l.n, l.around, l.field, l.name, sum(l.number) AS total, (array_agg(l.value ORDER BY l.number IS NOT NULL))[1] AS value
      FROM (
        SELECT b.n, false AS around, quotakit._usage_field_name(f.name) AS field, f.name, f.value, quotakit._usage_number(f.value) AS number
          FROM body b CROSS JOIN LATERAL quotakit._usage_fields(b.usage) f
        UNION ALL
        SELECT b.n, true, f.name, f.name, f.value, quotakit._usage_number(f.value)
          FROM body b CROSS JOIN LATERAL quotakit._usage_fields(b.response) f) l
      GROUP BY l.n, l.around, l.field, l.name) x
    GROUP BY x.around, x.field
  ), form AS MATERIALIZED (
    SELECT s.shape
    FROM said d
    JOIN quotakit.usage_rule r ON r.account_id = 0 AND r.field = d.field AND r.service IN ('', _usage_matches.service) AND r.shape <> 'response'
    JOIN quotakit.usage_shape s ON s.account_id = 0 AND s.shape = r.shape
    WHERE NOT d.around
    GROUP BY s.shape, s.rank, s.services
    HAVING bool_or(r.kind NOT IN ('tier', 'model', 'ignored', 'unknown'))
    ORDER BY count(DISTINCT d.field) DESC, count(*) FILTER (WHERE r.kind IN ('count', 'total')) DESC,
             coalesce(_usage_matches.service = ANY (s.services), false) DESC, s.rank
    LIMIT 1
  )
  SELECT (SELECT form.shape FROM form), d.field, d.name, d.total, d.value, d.no_numbers, coalesce(exact.rule, wide.rule)
  FROM said d
  LEFT JOIN LATERAL (
    SELECT r AS rule FROM quotakit.usage_rule r
    WHERE r.account_id = 0 AND r.shape = CASE WHEN d.around THEN 'response' ELSE (SELECT form.shape FROM form) END AND r.field = d.field
      AND r.service IN ('', _usage_matches.service) AND r.value IN ('', lower(d.value #>> '{}'))
    ORDER BY r.service DESC, r.value DESC LIMIT 1) exact ON true
  LEFT JOIN LATERAL (
    SELECT r AS rule FROM quotakit.usage_rule r
    WHERE (exact.rule).shape IS NULL AND NOT d.around AND r.account_id = 0 AND r.shape = (SELECT form.shape FROM form)
      AND right(r.field, 1) = '*' AND starts_with(d.field, left(r.field, -1))
    ORDER BY length(r.field) DESC LIMIT 1) wide ON true
  WHERE NOT d.around OR (exact.rule).shape IS NOT NULL;
END $$;
COMMENT ON FUNCTION quotakit._usage_matches IS
  'Each field of what a provider sent with its rule, by the form that knows the most of them; shape: null if none knows any quantity.';

CREATE FUNCTION quotakit._usage_name_is_good(name text, most int4) RETURNS bool
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(name) BETWEEN 1 AND most AND name !~ '[[:cntrl:]]';
COMMENT ON FUNCTION quotakit._usage_name_is_good IS 'Whether a tier or a model can be one: so many bytes at most, no control characters.';

-- Gives each token to one meter: first what is in several fields at once, then what is
-- in one, then what is left of the whole. Nothing is given that the whole does not have.
CREATE FUNCTION quotakit._usage_tokens(counts quotakit._usage_count[], total int8, rest text)
    RETURNS TABLE (meters jsonb, mismatches text[])
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  n      int4 := coalesce(cardinality(counts), 0);
  sum    int8 := 0;
  other  int8 := 0;
  cached int8 := 0;
  part   int8;
  whole  bool;
BEGIN
  meters := '{}';
  mismatches := '{}';
  FOR i IN 1 .. n LOOP
    sum := sum + CASE WHEN counts[i].kind = 'inside' THEN 0 ELSE counts[i].said END;
    other := other + CASE WHEN (counts[i].kind = 'inside') <> counts[i].total_decides THEN 0 ELSE counts[i].said END;
  END LOOP;
  IF total <> sum AND total = other THEN
    FOR i IN 1 .. n LOOP
      IF counts[i].total_decides THEN
        counts[i].kind := CASE counts[i].kind WHEN 'inside' THEN 'beside' ELSE 'inside' END;
      END IF;
    END LOOP;
    sum := other;
  END IF;
  FOR i IN 1 .. n LOOP
    CONTINUE WHEN counts[i].kind <> 'inside';
    part := counts[i].remains;
    whole := false;
    FOR j IN 1 .. n LOOP
      IF counts[j].field = ANY (counts[i].part_of) THEN
        part := least(part, counts[j].remains);
        whole := true;
      END IF;
    END LOOP;
    IF NOT whole AND part > 0 THEN
      mismatches := mismatches || format('%s is %s, and there is no %s', counts[i].field, counts[i].said, counts[i].part_of[cardinality(counts[i].part_of)]);
    ELSIF part < counts[i].remains THEN
      mismatches := mismatches || format('%s is %s, more than it can be a part of', counts[i].field, counts[i].said);
    END IF;
    FOR j IN 1 .. n LOOP
      IF counts[j].field = ANY (counts[i].part_of) THEN
        counts[j].remains := counts[j].remains - part;
      END IF;
    END LOOP;
    counts[i].remains := part;
  END LOOP;
  sum := 0;
  FOR i IN 1 .. n LOOP
    sum := sum + counts[i].remains;
    IF counts[i].remains > 0 THEN
      meters := meters || jsonb_build_object(counts[i].gives, coalesce((meters ->> counts[i].gives)::int8, 0) + counts[i].remains);
    END IF;
    -- What came from a cache or went into one may be left out of the total.
    IF counts[i].kind = 'count' AND counts[i].gives LIKE 'cache%' THEN
      cached := cached + counts[i].said;
    END IF;
  END LOOP;
  IF total > sum THEN
    mismatches := mismatches || format('the total is %s, its parts are %s', total, sum);
    meters := meters || jsonb_build_object(rest, coalesce((meters ->> rest)::int8, 0) + total - sum);
  ELSIF total < sum AND total <> sum - cached THEN
    mismatches := mismatches || format('the total is %s, its parts are %s', total, sum);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit._usage_tokens IS
  'Tokens by meter, disjoint, out of counts that contain each other, innermost first. total: null if not said; rest: the meter of what it has more. '
  'mismatches: what did not add up.';

CREATE FUNCTION quotakit._provider_usage(service text, given jsonb)
    RETURNS TABLE (meters jsonb, model text, tier text, usd numeric, mismatches text[], not_understood jsonb, shape text)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  m      record;
  k      quotakit.usage_rule;
  counts quotakit._usage_count[] := '{}';
  others jsonb := '{}';
  total  int8;
  rest   text;
  place  int4;
  word   text;
  named  text; -- the field that gave the tier
  good   bool;
  wrong  text[] := '{}';
BEGIN
  not_understood := '{}';
  FOR m IN
    SELECT x.* FROM quotakit._usage_matches(service, given) x
    ORDER BY (x.rule).kind = 'instead', cardinality((x.rule).part_of) DESC, (x.rule).gives LIKE 'cached%', x.field COLLATE "C"
  LOOP
    k := m.rule;
    shape := m.shape;
    word := m.value #>> '{}';
    good := true;
    CASE
      WHEN k.kind = 'ignored' THEN
        NULL;
      WHEN k.kind IN ('count', 'inside', 'beside', 'instead', 'total') THEN
        good := m.total <= 1000000000000 AND m.total = trunc(m.total);
        IF good AND k.kind = 'total' THEN
          total := greatest(total, m.total::int8);
          rest := k.gives;
        ELSIF good THEN
          place := array_position(ARRAY(SELECT c.field FROM unnest(counts) c), coalesce(k.same_as, m.field));
          IF place IS NULL THEN
            counts := counts || ROW(coalesce(k.same_as, m.field), CASE k.kind WHEN 'instead' THEN 'count' ELSE k.kind END, k.gives,
                                    k.part_of, k.total_decides, m.total::int8, m.total::int8)::quotakit._usage_count;
          ELSIF k.kind <> 'instead' AND counts[place].said <> m.total THEN
            wrong := wrong || format('%s is %s and %s', m.field, m.total, counts[place].said);
            counts[place].said := greatest(counts[place].said, m.total::int8);
            counts[place].remains := counts[place].said;
          END IF;
        END IF;
      WHEN k.kind = 'meter' THEN
        good := m.total * k.factor <= 1000000000000 AND (k.gives !~ '_tokens$' OR m.total = trunc(m.total));
        IF good AND round(m.total * k.factor, 6) > 0 THEN
          others := others || jsonb_build_object(k.gives, coalesce((others ->> k.gives)::numeric, 0) + trim_scale(round(m.total * k.factor, 6)));
        END IF;
      WHEN k.kind = 'usd' THEN
        good := m.total * k.factor <= 1000000;
        IF good THEN
          usd := greatest(usd, round(m.total * k.factor, 9));
        END IF;
      WHEN k.kind = 'tier' THEN
        word := coalesce(k.gives, lower(word));
        good := jsonb_typeof(m.value) = 'string' AND quotakit._usage_name_is_good(word, 63);
        IF good AND tier <> 'standard' AND word NOT IN ('standard', tier) THEN
          not_understood := not_understood || jsonb_build_object(named, tier);
        END IF;
        IF good AND (tier IS NULL OR word <> 'standard') THEN
          tier := word;
          named := m.name;
        END IF;
      WHEN k.kind = 'model' THEN
        good := jsonb_typeof(m.value) = 'string' AND quotakit._usage_name_is_good(word, 200);
        IF good THEN
          model := coalesce(model, word);
        END IF;
      ELSE
        good := false;
    END CASE;
    IF k.gives IS NOT NULL AND k.kind <> 'tier' THEN
      not_understood := not_understood || coalesce(m.no_numbers, '{}');
    END IF;
    IF NOT coalesce(good, false) THEN
      not_understood := not_understood || jsonb_build_object(m.name, m.value);
      -- Of a field that is known, this is more than a fact that we do not use.
      IF k.gives IS NOT NULL OR k.kind = 'usd' THEN
        wrong := wrong || format('%s is not a number that can be counted', m.field);
      END IF;
    END IF;
  END LOOP;
  SELECT others || t.meters, wrong || t.mismatches INTO meters, mismatches FROM quotakit._usage_tokens(counts, total, rest) t;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit._provider_usage IS 'provider_usage(), for the engine.';

CREATE FUNCTION quotakit.provider_usage(service text, usage jsonb)
    RETURNS TABLE (meters jsonb, model text, tier text, usd numeric, mismatched bool, mismatches text[], not_understood jsonb, shape text)
  LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.meters, p.model, p.tier, p.usd, p.mismatches <> '{}', p.mismatches, p.not_understood, p.shape
  FROM quotakit._provider_usage($1, coalesce($2, 'null')) p
$$;
COMMENT ON FUNCTION quotakit.provider_usage IS
  'What a provider''s own usage object says, in our meters. usage: that object, the whole response or event that it is in, or an '
  'array of those of one stream, of which the largest counts. service: tells apart what services mean differently; may be null. '
  'Gives meters, disjoint, for the usage of a call; model, tier and usd as answered, null where they are not; mismatched, and in '
  'mismatches what did not add up and how; not_understood: fields without a rule, or with a value that cannot be counted, as they '
  'came; shape: the form it was read as, null for none. By the rules in usage_shape and usage_rule. Never an error.';

CREATE FUNCTION quotakit._provider_usage_facts(service text, given jsonb) RETURNS TABLE (fact text, name text, value text)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p record;
  fields text;
BEGIN
  SELECT x.* INTO STRICT p FROM quotakit._provider_usage(service, given) x;
  fields := regexp_replace((SELECT string_agg(n.key || ' ' || left(n.value::text, 40), ', ') FROM jsonb_each(p.not_understood) n),
                           '[[:cntrl:]]', ' ', 'g');
  IF p.shape IS NULL THEN
    RETURN QUERY SELECT 'nothing', NULL::text, left(coalesce(fields, ''), 256);
    RETURN;
  END IF;
  RETURN QUERY SELECT 'meter', m.key, m.value FROM jsonb_each_text(p.meters) m;
  IF p.model IS NOT NULL THEN
    RETURN QUERY SELECT 'model', NULL::text, p.model;
  END IF;
  IF p.tier IS NOT NULL THEN
    RETURN QUERY SELECT 'tier', NULL::text, p.tier;
  END IF;
  IF p.usd IS NOT NULL THEN
    RETURN QUERY SELECT 'usd', NULL::text, p.usd::text;
  END IF;
  IF p.mismatches <> '{}' THEN
    RETURN QUERY SELECT 'mismatched', NULL::text, '';
  END IF;
  IF fields <> '' THEN
    RETURN QUERY SELECT 'not_understood', NULL::text, left(fields, 256);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._provider_usage_facts IS
  'provider_usage() for the engine, a row a fact: meters by name, model, tier, usd, mismatched, not_understood; or nothing alone, where no '
  'quantity is known.';
