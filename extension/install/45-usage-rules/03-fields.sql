-- What a provider sent, cut into fields.

CREATE FUNCTION quotakit._usage_field_name(name text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(replace(regexp_replace(name, '([a-z0-9])([A-Z])', '\1_\2', 'g'), '-', '_'));
COMMENT ON FUNCTION quotakit._usage_field_name IS 'A field as rules name it: in snake case.';

-- In PL/pgSQL, which keeps its plans: a function in SQL would be planned at each call.
CREATE FUNCTION quotakit._usage_fields(given jsonb) RETURNS TABLE (name text, value jsonb)
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE f(name, value, depth) AS (
    SELECT '', given, 0
    UNION ALL
    SELECT concat_ws('.', nullif(f.name, ''), c.key), c.value, f.depth + 1
    FROM f CROSS JOIN LATERAL (
      SELECT o.key, o.value FROM jsonb_each(CASE jsonb_typeof(f.value) WHEN 'object' THEN f.value ELSE '{}' END) o
      UNION ALL
      -- An element goes by what it says that it is; others of the same name add up.
      SELECT CASE jsonb_typeof(a.value) WHEN 'object' THEN lower(left(coalesce(a.value ->> 'modality', a.value ->> 'type', a.value ->> 'ttl'), 63))
                                        ELSE '[]' END,
             CASE jsonb_typeof(a.value) WHEN 'object' THEN a.value - '{modality,type,ttl}'::text[] ELSE a.value END
        FROM jsonb_array_elements(CASE jsonb_typeof(f.value) WHEN 'array' THEN f.value ELSE '[]' END) a) c
    -- No provider's usage is deeper: what is below is one field.
    WHERE f.depth < 8 AND jsonb_typeof(f.value) IN ('object', 'array')
  )
  SELECT coalesce(nullif(f.name, ''), 'usage'), f.value FROM f
  WHERE jsonb_typeof(f.value) NOT IN ('object', 'array', 'null') OR f.depth = 8;
END $$;
COMMENT ON FUNCTION quotakit._usage_fields IS
  'The innermost values of a usage object with their names from the outside in, joined by dots; nulls are left out.';

CREATE FUNCTION quotakit._usage_number(value jsonb) RETURNS numeric
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'number' OR value #>> '{}' ~ '^[0-9]{1,30}(\.[0-9]{1,30})?$'
              THEN CASE WHEN (value #>> '{}')::numeric BETWEEN 0 AND 1000000000000000000 THEN (value #>> '{}')::numeric END END;
COMMENT ON FUNCTION quotakit._usage_number IS 'A number, also one in a string, from 0 to 10^18; null for anything else.';

CREATE FUNCTION quotakit._usage_bodies(given jsonb) RETURNS TABLE (n int4, usage jsonb, response jsonb)
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  body jsonb;
  key  text;
BEGIN
  n := 0;
  FOREACH body IN ARRAY CASE jsonb_typeof(given) WHEN 'array' THEN ARRAY(SELECT e.value FROM jsonb_array_elements(given) e) ELSE ARRAY[given] END LOOP
    n := n + 1;
    response := NULL;
    -- The event of a stream may have the response in it.
    FOREACH key IN ARRAY '{response,message}'::text[] LOOP
      IF jsonb_typeof(body -> key) = 'object' AND NOT body ?| '{usage,usageMetadata,usage_metadata}' THEN
        body := body -> key;
      END IF;
    END LOOP;
    usage := body;
    FOREACH key IN ARRAY '{usage,usageMetadata,usage_metadata,amazon-bedrock-invocationMetrics,meta}'::text[] LOOP
      IF jsonb_typeof(body -> key) = 'object' THEN
        usage := body -> key;
        response := jsonb_build_object(
          'model', body -> 'model', 'model_version', coalesce(body -> 'modelVersion', body -> 'model_version'),
          'service_tier', coalesce(body -> 'service_tier', body -> 'serviceTier'),
          'response_metadata.model_name', body #> '{response_metadata,model_name}');
        EXIT;
      END IF;
    END LOOP;
    IF response IS NOT NULL AND jsonb_typeof(body -> 'output') = 'array' THEN
      -- Calls of tools are counted: nothing else says how many there were.
      response := response || (SELECT coalesce(jsonb_object_agg('output.' || c.called, c.times), '{}') FROM (
        SELECT concat_ws('.', o.value ->> 'type', o.value #>> '{action,type}') AS called, count(*) AS times
        FROM jsonb_array_elements(body -> 'output') o GROUP BY 1) c);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._usage_bodies IS
  'What a provider sent (a usage object, the response or event it is in, or an array of them) as usage objects, each with what stands around it.';
