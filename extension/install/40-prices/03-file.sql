-- Reads a price file in the LiteLLM format: one object a model, its prices as
-- JSON numbers in USD per single unit under keys such as input_cost_per_token.

CREATE FUNCTION quotakit._price_file_service(provider text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- One service a seller: the format tells apart what is called by other
  -- protocols (completions and chat, Vertex AI and Gemini API) at the same price.
  SELECT CASE
    WHEN provider ~ '^text-completion-' THEN substr(provider, 17)
    WHEN provider = 'gemini'
      OR provider ~ '^vertex_ai-(language|chat|text|code-chat|code-text|vision|image|video|embedding)-models$'
      THEN 'google'
    WHEN provider ~ '^vertex_ai-' THEN 'vertex_ai'
    WHEN provider ~ '_(converse|chat|text)$' THEN regexp_replace(provider, '_(converse|chat|text)$', '')
    ELSE provider END;
END;
COMMENT ON FUNCTION quotakit._price_file_service IS
  'The service that a litellm_provider of a price file stands for: text-completion-openai is openai, gemini and the '
  'Gemini models of Vertex AI are google, bedrock_converse is bedrock; any other is itself.';

CREATE FUNCTION quotakit._price_file_meter(key text, mode text)
  RETURNS TABLE (meter text, tier text, above_tokens int8, rank int4)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- A key is a base, then a threshold, a tier or both, in either order.
  SELECT b.meter,
         CASE coalesce(k.tier, k.inner_tier) WHEN 'batches' THEN 'batch' ELSE coalesce(k.tier, k.inner_tier, 'standard') END,
         coalesce(k.above[1]::int8 * CASE k.above[2] WHEN 'k' THEN 1000 ELSE 1000000 END, 0),
         b.rank
    FROM (
      SELECT t.tier, a.above, substring(a.rest FROM '_(batches|batch|priority|flex)$') AS inner_tier,
             regexp_replace(a.rest, '_(batches|batch|priority|flex)$', '') AS base
        FROM (SELECT substring(key FROM '_(batches|batch|priority|flex)$') AS tier,
                     regexp_replace(key, '_(batches|batch|priority|flex)$', '') AS rest) t,
             LATERAL (SELECT regexp_match(t.rest, '_above_([0-9]{1,6})([km])_tokens$') AS above,
                             regexp_replace(t.rest, '_above_[0-9]{1,6}[km]_tokens$', '') AS rest) a
    ) k
    JOIN (VALUES
      ('input_cost_per_token', 'input_tokens', 1),
      ('cache_read_input_token_cost', 'cached_input_tokens', 1),
      ('input_cost_per_token_cache_hit', 'cached_input_tokens', 2),
      ('cache_creation_input_token_cost', 'cache_write_tokens', 1),
      ('cache_creation_input_token_cost_above_1hr', 'cache_write_1h_tokens', 1),
      ('output_cost_per_token', 'output_tokens', 1),
      ('output_cost_per_reasoning_token', 'reasoning_tokens', 1),
      ('input_cost_per_request', 'requests', 1),
      ('input_cost_per_audio_token', 'audio_input_tokens', 1),
      ('cache_read_input_audio_token_cost', 'cached_audio_input_tokens', 1),
      ('cache_creation_input_audio_token_cost', 'audio_cache_write_tokens', 1),
      ('output_cost_per_audio_token', 'audio_output_tokens', 1),
      ('input_cost_per_image_token', 'image_input_tokens', 1),
      ('cache_read_input_image_token_cost', 'cached_image_input_tokens', 1),
      ('output_cost_per_image_token', 'image_output_tokens', 1),
      ('input_cost_per_video_token', 'video_input_tokens', 1),
      ('output_cost_per_video_token', 'video_output_tokens', 1),
      ('input_cost_per_image', 'input_image', 1),
      ('output_cost_per_image', 'image', 1),
      ('input_cost_per_character', 'input_character', 1),
      ('output_cost_per_character', 'output_character', 1),
      ('input_cost_per_pixel', 'input_pixel', 1),
      ('output_cost_per_pixel', 'output_pixel', 1),
      ('input_cost_per_audio_per_second', 'audio_second', 1),
      ('input_cost_per_video_per_second', 'video_second', 1),
      ('input_cost_per_second', CASE mode WHEN 'audio_transcription' THEN 'audio_second' ELSE 'input_second' END, 2),
      ('output_cost_per_second', 'output_second', 1),
      ('output_cost_per_video_per_second', 'output_video_second', 1),
      ('input_cost_per_query', 'query', 1),
      ('ocr_cost_per_page', 'page', 1),
      ('annotation_cost_per_page', 'annotated_page', 1),
      ('code_interpreter_cost_per_session', 'code_interpreter_session', 1),
      -- Medium is what providers search with unless asked.
      ('search_context_cost_per_query.search_context_size_low', 'search_low', 1),
      ('search_context_cost_per_query.search_context_size_medium', 'search', 1),
      ('search_context_cost_per_query.search_context_size_high', 'search_high', 1)
    ) b(base, meter, rank) ON b.base = k.base
    WHERE k.tier IS NULL OR k.inner_tier IS NULL;
END;
COMMENT ON FUNCTION quotakit._price_file_meter IS
  'The meter, tier and threshold that a cost key of a price file stands for; no row if it is not understood. rank: of '
  'two keys for one meter the lower goes first. mode: the model''s mode in the file.';

CREATE FUNCTION quotakit._price_file_count(facts jsonb, key text) RETURNS int8
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN facts ->> key ~ '^[1-9][0-9]{0,15}$' THEN (facts ->> key)::int8 END;
END;
COMMENT ON FUNCTION quotakit._price_file_count IS 'A fact of a model as a positive whole number; null for anything else.';

CREATE FUNCTION quotakit._price_file_date(facts jsonb, key text) RETURNS date
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF facts ->> key ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN to_date(facts ->> key, 'YYYY-MM-DD');
  END IF;
  RETURN NULL;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._price_file_date IS 'A fact of a model as a date; null for anything else.';

CREATE FUNCTION quotakit._price_file_steps(tiered_pricing jsonb)
  RETURNS TABLE (place int8, above_tokens int8, key text, value jsonb)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH step AS MATERIALIZED (
    SELECT s.place, s.step,
           CASE jsonb_typeof(s.step #> '{range,0}') WHEN 'number' THEN (s.step #>> '{range,0}')::numeric END AS since,
           CASE jsonb_typeof(s.step #> '{range,1}') WHEN 'number' THEN (s.step #>> '{range,1}')::numeric END AS until
      FROM jsonb_array_elements(CASE jsonb_typeof(tiered_pricing) WHEN 'array' THEN tiered_pricing ELSE '[]' END)
        WITH ORDINALITY AS s(step, place)
  ), chained AS MATERIALIZED (
    -- From 0 on, each where the one before ends, at whole tokens.
    SELECT c.*, bool_and(coalesce(c.since = c.before AND c.until > c.since AND c.since = trunc(c.since) AND c.since < 1e15, false))
             OVER () AS are_steps
      FROM (SELECT t.*, lag(t.until, 1, 0) OVER (ORDER BY t.place) AS before FROM step t) c
  )
  SELECT c.place - 1, c.since::int8, p.key, p.value
    FROM chained c, LATERAL jsonb_each(CASE jsonb_typeof(c.step) WHEN 'object' THEN c.step ELSE '{}' END) p
    WHERE c.are_steps AND p.key <> 'range';
END;
COMMENT ON FUNCTION quotakit._price_file_steps IS
  'The prices of tiered_pricing by the length of the input: each key of each step, and above how many tokens it holds. '
  'No row unless the steps'' ranges are of numbers and follow on each other from 0.';

CREATE FUNCTION quotakit._price_file(file jsonb)
  RETURNS TABLE (service text, model text, source text, key text, meter text, tier text, above_tokens int8,
                 usd numeric, problem text, note text)
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH entry AS (
    SELECT e.key AS source, e.value AS facts, p.service,
           -- A model's name goes without its provider's in front.
           CASE WHEN strpos(e.key, '/') > 0
                 AND (split_part(e.key, '/', 1) IN (p.service, e.value ->> 'litellm_provider')
                   OR p.service IN ('google', 'vertex_ai') AND split_part(e.key, '/', 1) IN ('gemini', 'vertex_ai'))
                THEN substr(e.key, strpos(e.key, '/') + 1) ELSE e.key END AS model
      FROM jsonb_each(file) e,
           LATERAL (SELECT quotakit._price_file_service(e.value ->> 'litellm_provider') AS service) p
      WHERE e.key <> 'sample_spec'
  ), bad AS (
    SELECT n.*,
           CASE WHEN jsonb_typeof(n.facts) <> 'object' THEN 'not an object'
                WHEN n.service IS NULL THEN 'no litellm_provider'
                WHEN octet_length(n.service) NOT BETWEEN 1 AND 100 OR n.service ~ '[[:cntrl:]]'
                  THEN 'litellm_provider is not a name of 1 to 100 bytes'
                WHEN octet_length(n.model) NOT BETWEEN 1 AND 200 OR n.model ~ '[[:cntrl:]]'
                  THEN 'the model is not a name of 1 to 200 bytes' END AS problem
      FROM entry n
  ), fact AS (
    SELECT n.service, n.model, n.source, n.facts, f.key, f.value, f.base, f.step
      FROM bad n, LATERAL (
        SELECT a.key, a.value, a.key, NULL::int8 FROM jsonb_each(n.facts) a
          WHERE CASE a.key WHEN 'search_context_cost_per_query' THEN jsonb_typeof(a.value) <> 'object'
            WHEN 'tiered_pricing' THEN NOT EXISTS (SELECT FROM quotakit._price_file_steps(a.value)) ELSE true END
        UNION ALL
        SELECT concat_ws('.', 'tiered_pricing', s.place, s.key), s.value, s.key, s.above_tokens
          FROM quotakit._price_file_steps(n.facts -> 'tiered_pricing') s
        UNION ALL
        SELECT 'search_context_cost_per_query.' || b.key, b.value, 'search_context_cost_per_query.' || b.key, NULL
          FROM jsonb_each(CASE jsonb_typeof(n.facts -> 'search_context_cost_per_query')
                            WHEN 'object' THEN n.facts -> 'search_context_cost_per_query' ELSE '{}' END) b)
        f(key, value, base, step)
      WHERE n.problem IS NULL
  ), told AS (
    SELECT f.*,
           -- What is known to be no price. Whatever else is not a price is not understood.
           f.key ~ '^(supports_|supported_|gemini_)' OR f.key IN ('litellm_provider', 'mode', 'source', 'max_tokens',
             'max_input_tokens', 'max_output_tokens', 'deprecation_date', 'rpm', 'tpm', 'rpd', 'tpd',
             'output_vector_size', 'prompt_cache_min_tokens', 'tool_use_system_prompt_tokens', 'multi_vendor',
             'uses_embed_content', 'web_search_billing_unit', 'metadata', 'comment', '_comment',
             'max_images_per_prompt', 'max_videos_per_prompt', 'max_video_length', 'max_audio_per_prompt',
             'max_audio_length_hours', 'max_pdf_size_mb', 'max_query_tokens', 'max_tokens_per_document_chunk',
             'max_document_chunks_per_query') AS other,
           m.meter, m.tier, coalesce(f.step, m.above_tokens) AS above_tokens, m.rank,
           CASE jsonb_typeof(f.value) WHEN 'number' THEN (f.value #>> '{}')::numeric END AS exact
      FROM fact f
      LEFT JOIN LATERAL quotakit._price_file_meter(f.base, f.facts ->> 'mode') m
        -- A step within a step is none.
        ON f.step IS NULL OR m.above_tokens = 0
  ), priced AS (
    SELECT t.service, t.model, t.source, t.key, t.meter, t.tier, t.above_tokens, trim_scale(round(t.exact, 18)) AS usd,
           first_value(t.key) OVER same_meter AS first_key, first_value(t.source) OVER same_meter AS first_source,
           first_value(trim_scale(round(t.exact, 18))) OVER same_meter AS first_usd,
           CASE WHEN round(t.exact, 18) <> t.exact THEN 'rounded to 18 decimals'
                WHEN t.exact = 0 THEN 'free, says the file' END AS note
      FROM told t
      WHERE t.meter IS NOT NULL AND t.exact BETWEEN 0 AND 1000000
      WINDOW same_meter AS (PARTITION BY t.service, t.model, t.meter, t.tier, t.above_tokens
        ORDER BY t.source <> t.model, t.source COLLATE "C", t.rank, t.key COLLATE "C")
  )
  SELECT p.service, p.model, p.source, p.key, p.meter, p.tier, p.above_tokens, p.usd,
         CASE WHEN (p.first_source, p.first_key) = (p.source, p.key) THEN NULL
              WHEN p.first_usd = p.usd THEN 'same'
              ELSE 'differs' END,
         CASE WHEN (p.first_source, p.first_key) = (p.source, p.key) THEN p.note
              WHEN p.first_usd = p.usd THEN 'as ' || concat_ws(' of ', p.first_key, nullif(p.first_source, p.source))
              ELSE format('%s gives %s, which is taken', concat_ws(' of ', p.first_key, nullif(p.first_source, p.source)),
                p.first_usd) END
    FROM priced p
  UNION ALL
  SELECT t.service, t.model, t.source, t.key, t.meter, t.tier, t.above_tokens, NULL, 'not understood',
         CASE WHEN t.key ~ 'multiplier' OR t.key = 'provider_specific_entry'
                THEN 'multiplies other prices: set what you pay with set_price() and a tier of your own; '
              WHEN t.meter IS NULL THEN 'unknown key; '
              WHEN t.exact IS NULL THEN 'not a number; '
              ELSE 'not from 0 to 1000000; ' END || 'the file has ' || left(t.value::text, 200)
    FROM told t
    WHERE NOT t.other AND (t.meter IS NULL OR t.exact IS NULL OR t.exact NOT BETWEEN 0 AND 1000000)
  UNION ALL
  SELECT t.service, t.model, t.source, NULL, NULL, NULL, NULL, NULL, 'ignored',
         'not prices: ' || string_agg(t.key || CASE t.key WHEN '_comment' THEN ' ' || left(t.value::text, 500) ELSE '' END,
           ', ' ORDER BY t.key COLLATE "C")
    FROM told t
    WHERE t.other
    GROUP BY t.service, t.model, t.source
  UNION ALL
  SELECT n.service, n.source, n.source, NULL, NULL, NULL, NULL, NULL, 'not understood', n.problem
    FROM bad n
    WHERE n.problem IS NOT NULL;
END;
COMMENT ON FUNCTION quotakit._price_file IS
  'Every entry of a price file in the LiteLLM format. source: the entry''s name in the file; key: its cost key; '
  'problem: null for a price to take, same or differs for a second price of the same meter, not understood, or '
  'ignored (one row a model for all that is no price).';
