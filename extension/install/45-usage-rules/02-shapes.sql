-- The forms and their rules that come with the extension. An update brings them anew.

CREATE FUNCTION quotakit._shipped_usage_shapes() RETURNS TABLE (shape text, rank int4, services text[], title text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  VALUES
    -- Total tokens and nothing else are of models that only read.
    ('embeddings', 1, '{voyage,jina_ai}'::text[], 'Embeddings and rankings that say total tokens only'),
    ('chat', 2, '{openai,azure,xai,deepseek,mistral,moonshot,openrouter,groq,perplexity}',
      'OpenAI chat completions and embeddings, and whatever speaks like them'),
    ('anthropic', 3, '{anthropic,bedrock,vertex_ai}', 'Anthropic messages: what is read from and written to the cache stands beside the input'),
    ('responses', 4, '{openai,azure,xai}', 'OpenAI responses, realtime and transcriptions; LangChain and AI SDK'),
    ('images', 5, '{openai,azure}', 'OpenAI images'),
    ('gemini', 6, '{google,vertex_ai}', 'Gemini API and Vertex AI'),
    ('bedrock', 7, '{bedrock}', 'Bedrock Converse, and metrics and headers of InvokeModel'),
    ('titan', 8, '{bedrock}', 'Amazon Titan by InvokeModel'),
    ('llama', 9, '{bedrock}', 'Meta Llama by InvokeModel'),
    ('cohere', 10, '{cohere}', 'Cohere'),
    ('otel', 11, '{}', 'OpenTelemetry attributes, gen_ai.usage'),
    ('response', 99, '{}', 'What stands around the usage in a whole response, of any form')
$$;
COMMENT ON FUNCTION quotakit._shipped_usage_shapes IS 'The rows of usage_shape that come with the extension.';

CREATE FUNCTION quotakit._shipped_usage_rules()
    RETURNS TABLE (shape text, field text, kind text, gives text, part_of text[], same_as text, total_decides bool,
                   service text, value text, factor numeric)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.shape, r.field, r.kind, r.gives, coalesce(r.part_of, '{}'), r.same_as, coalesce(r.total_decides, false),
         coalesce(r.service, ''), coalesce(r.value, ''), coalesce(r.factor, 1)
  FROM (
    -- Counts, and what is inside of them.
    SELECT v.shape, v.field, v.kind, v.gives, v.part_of, NULL::text AS same_as, v.total_decides, v.service, NULL::text AS value, NULL::numeric AS factor
    FROM (VALUES
      ('embeddings', 'total_tokens', 'count', 'input_tokens', NULL::text[], NULL::bool, NULL::text),
      ('chat', 'prompt_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('chat', 'completion_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      -- Where the total has more than prompt and completion, that was thinking (Gemini by OpenAI's protocol, say).
      ('chat', 'total_tokens', 'total', 'reasoning_tokens', NULL, NULL, NULL),
      ('chat', 'prompt_tokens_details.cached_tokens', 'inside', 'cached_input_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'prompt_tokens_details.cache_write_tokens', 'inside', 'cache_write_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'prompt_tokens_details.audio_tokens', 'inside', 'audio_input_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'prompt_tokens_details.image_tokens', 'inside', 'image_input_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'prompt_tokens_details.video_tokens', 'inside', 'video_input_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'prompt_cache_miss_tokens', 'inside', 'input_tokens', '{prompt_tokens}', NULL, NULL),
      ('chat', 'completion_tokens_details.reasoning_tokens', 'inside', 'reasoning_tokens', '{completion_tokens}', true, NULL),
      -- xAI adds what was thought to what was said.
      ('chat', 'completion_tokens_details.reasoning_tokens', 'beside', 'reasoning_tokens', '{completion_tokens}', true, 'xai'),
      ('chat', 'completion_tokens_details.audio_tokens', 'inside', 'audio_output_tokens', '{completion_tokens}', NULL, NULL),
      ('chat', 'completion_tokens_details.image_tokens', 'inside', 'image_output_tokens', '{completion_tokens}', NULL, NULL),
      ('anthropic', 'input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('anthropic', 'cache_creation_input_tokens', 'count', 'cache_write_tokens', NULL, NULL, NULL),
      ('anthropic', 'cache_creation.ephemeral_5m_input_tokens', 'inside', 'cache_write_tokens', '{cache_creation_input_tokens}', NULL, NULL),
      ('anthropic', 'cache_creation.ephemeral_1h_input_tokens', 'inside', 'cache_write_1h_tokens', '{cache_creation_input_tokens}', NULL, NULL),
      ('anthropic', 'cache_read_input_tokens', 'count', 'cached_input_tokens', NULL, NULL, NULL),
      ('anthropic', 'output_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      ('responses', 'input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('responses', 'output_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      ('responses', 'total_tokens', 'total', 'reasoning_tokens', NULL, NULL, NULL),
      ('responses', 'input_tokens_details.cached_tokens', 'inside', 'cached_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_tokens_details.audio_tokens', 'inside', 'audio_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'output_tokens_details.reasoning_tokens', 'inside', 'reasoning_tokens', '{output_tokens}', true, NULL),
      ('responses', 'output_tokens_details.audio_tokens', 'inside', 'audio_output_tokens', '{output_tokens}', NULL, NULL),
      -- Realtime and transcription.
      ('responses', 'input_token_details.cached_tokens', 'inside', 'cached_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.audio_tokens', 'inside', 'audio_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.image_tokens', 'inside', 'image_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.cached_tokens_details.audio_tokens', 'inside', 'cached_audio_input_tokens',
        '{input_token_details.cached_tokens,input_token_details.audio_tokens,input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.cached_tokens_details.image_tokens', 'inside', 'cached_image_input_tokens',
        '{input_token_details.cached_tokens,input_token_details.image_tokens,input_tokens}', NULL, NULL),
      ('responses', 'output_token_details.audio_tokens', 'inside', 'audio_output_tokens', '{output_tokens}', NULL, NULL),
      -- LangChain.
      ('responses', 'input_token_details.cache_read', 'inside', 'cached_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.cache_creation', 'inside', 'cache_write_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.ephemeral_5m_input_tokens', 'inside', 'cache_write_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.ephemeral_1h_input_tokens', 'inside', 'cache_write_1h_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'input_token_details.audio', 'inside', 'audio_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'output_token_details.reasoning', 'inside', 'reasoning_tokens', '{output_tokens}', true, NULL),
      ('responses', 'output_token_details.audio', 'inside', 'audio_output_tokens', '{output_tokens}', NULL, NULL),
      -- AI SDK.
      ('responses', 'cached_input_tokens', 'inside', 'cached_input_tokens', '{input_tokens}', NULL, NULL),
      ('responses', 'reasoning_tokens', 'inside', 'reasoning_tokens', '{output_tokens}', true, NULL),
      ('images', 'input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('images', 'output_tokens', 'count', 'image_output_tokens', NULL, NULL, NULL),
      ('images', 'total_tokens', 'total', 'image_output_tokens', NULL, NULL, NULL),
      ('images', 'input_tokens_details.image_tokens', 'inside', 'image_input_tokens', '{input_tokens}', NULL, NULL),
      ('images', 'input_tokens_details.cached_tokens', 'inside', 'cached_input_tokens', '{input_tokens}', NULL, NULL),
      ('images', 'input_tokens_details.cached_tokens_details.image_tokens', 'inside', 'cached_image_input_tokens',
        '{input_tokens_details.cached_tokens,input_tokens_details.image_tokens,input_tokens}', NULL, NULL),
      ('images', 'output_tokens_details.text_tokens', 'inside', 'output_tokens', '{output_tokens}', NULL, NULL),
      ('gemini', 'prompt_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('gemini', 'tool_use_prompt_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('gemini', 'candidates_token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('gemini', 'response_token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('gemini', 'thoughts_token_count', 'count', 'reasoning_tokens', NULL, NULL, NULL),
      ('gemini', 'total_token_count', 'total', 'reasoning_tokens', NULL, NULL, NULL),
      ('gemini', 'cached_content_token_count', 'inside', 'cached_input_tokens', '{prompt_token_count}', NULL, NULL),
      ('gemini', 'prompt_tokens_details.audio.token_count', 'inside', 'audio_input_tokens', '{prompt_token_count}', NULL, NULL),
      ('gemini', 'prompt_tokens_details.image.token_count', 'inside', 'image_input_tokens', '{prompt_token_count}', NULL, NULL),
      ('gemini', 'prompt_tokens_details.video.token_count', 'inside', 'video_input_tokens', '{prompt_token_count}', NULL, NULL),
      ('gemini', 'cache_tokens_details.audio.token_count', 'inside', 'cached_audio_input_tokens',
        '{cached_content_token_count,prompt_tokens_details.audio.token_count,prompt_token_count}', NULL, NULL),
      ('gemini', 'cache_tokens_details.image.token_count', 'inside', 'cached_input_tokens',
        '{cached_content_token_count,prompt_tokens_details.image.token_count,prompt_token_count}', NULL, NULL),
      ('gemini', 'cache_tokens_details.video.token_count', 'inside', 'cached_input_tokens',
        '{cached_content_token_count,prompt_tokens_details.video.token_count,prompt_token_count}', NULL, NULL),
      ('gemini', 'candidates_tokens_details.audio.token_count', 'inside', 'audio_output_tokens', '{candidates_token_count}', NULL, NULL),
      ('gemini', 'candidates_tokens_details.image.token_count', 'inside', 'image_output_tokens', '{candidates_token_count}', NULL, NULL),
      ('gemini', 'candidates_tokens_details.video.token_count', 'inside', 'video_output_tokens', '{candidates_token_count}', NULL, NULL),
      ('gemini', 'response_tokens_details.audio.token_count', 'inside', 'audio_output_tokens', '{response_token_count}', NULL, NULL),
      ('gemini', 'response_tokens_details.image.token_count', 'inside', 'image_output_tokens', '{response_token_count}', NULL, NULL),
      ('bedrock', 'input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('bedrock', 'output_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      ('bedrock', 'total_tokens', 'total', 'output_tokens', NULL, NULL, NULL),
      ('bedrock', 'cache_read_input_tokens', 'count', 'cached_input_tokens', NULL, NULL, NULL),
      ('bedrock', 'cache_write_input_tokens', 'count', 'cache_write_tokens', NULL, NULL, NULL),
      ('bedrock', 'cache_details.5m.input_tokens', 'inside', 'cache_write_tokens', '{cache_write_input_tokens}', NULL, NULL),
      ('bedrock', 'cache_details.1h.input_tokens', 'inside', 'cache_write_1h_tokens', '{cache_write_input_tokens}', NULL, NULL),
      ('bedrock', 'input_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('bedrock', 'output_token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('bedrock', 'x_amzn_bedrock_input_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('bedrock', 'x_amzn_bedrock_output_token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('titan', 'input_text_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('titan', 'results.token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('llama', 'prompt_token_count', 'count', 'input_tokens', NULL, NULL, NULL),
      ('llama', 'generation_token_count', 'count', 'output_tokens', NULL, NULL, NULL),
      ('cohere', 'billed_units.input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('cohere', 'billed_units.output_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      ('cohere', 'cached_tokens', 'inside', 'cached_input_tokens', '{billed_units.input_tokens}', NULL, NULL),
      ('otel', 'gen_ai.usage.input_tokens', 'count', 'input_tokens', NULL, NULL, NULL),
      ('otel', 'gen_ai.usage.output_tokens', 'count', 'output_tokens', NULL, NULL, NULL),
      ('otel', 'gen_ai.usage.total_tokens', 'total', 'reasoning_tokens', NULL, NULL, NULL),
      ('otel', 'gen_ai.usage.cache_read.input_tokens', 'inside', 'cached_input_tokens', '{gen_ai.usage.input_tokens}', NULL, NULL),
      ('otel', 'gen_ai.usage.cache_creation.input_tokens', 'inside', 'cache_write_tokens', '{gen_ai.usage.input_tokens}', NULL, NULL),
      ('otel', 'gen_ai.usage.reasoning.output_tokens', 'inside', 'reasoning_tokens', '{gen_ai.usage.output_tokens}', true, NULL)
    ) AS v(shape, field, kind, gives, part_of, total_decides, service)
    UNION ALL
    -- Other names of those: they count once, as the one that they are the same as.
    SELECT v.shape, v.field, coalesce(v.kind, 'inside'), v.gives, v.part_of, v.same_as, v.total_decides, NULL, NULL, NULL
    FROM (VALUES
      ('chat', 'prompt_cache_hit_tokens', NULL, 'cached_input_tokens', '{prompt_tokens}'::text[], 'prompt_tokens_details.cached_tokens', NULL::bool),
      ('chat', 'cached_tokens', NULL, 'cached_input_tokens', '{prompt_tokens}', 'prompt_tokens_details.cached_tokens', NULL),
      ('chat', 'num_cached_tokens', NULL, 'cached_input_tokens', '{prompt_tokens}', 'prompt_tokens_details.cached_tokens', NULL),
      ('chat', 'cache_read_input_tokens', NULL, 'cached_input_tokens', '{prompt_tokens}', 'prompt_tokens_details.cached_tokens', NULL),
      ('chat', 'cache_creation_input_tokens', NULL, 'cache_write_tokens', '{prompt_tokens}', 'prompt_tokens_details.cache_write_tokens', NULL),
      ('chat', 'prompt_tokens_details.cache_creation_tokens', NULL, 'cache_write_tokens', '{prompt_tokens}',
        'prompt_tokens_details.cache_write_tokens', NULL),
      ('chat', 'reasoning_tokens', NULL, 'reasoning_tokens', '{completion_tokens}', 'completion_tokens_details.reasoning_tokens', true),
      ('responses', 'reasoning_output_tokens', NULL, 'reasoning_tokens', '{output_tokens}', 'output_tokens_details.reasoning_tokens', true),
      ('responses', 'input_token_details.cache_read_tokens', NULL, 'cached_input_tokens', '{input_tokens}', 'cached_input_tokens', NULL),
      ('responses', 'input_token_details.cache_write_tokens', NULL, 'cache_write_tokens', '{input_tokens}', 'input_token_details.cache_creation', NULL),
      ('responses', 'output_token_details.reasoning_tokens', NULL, 'reasoning_tokens', '{output_tokens}', 'reasoning_tokens', true),
      ('bedrock', 'cache_read_input_token_count', 'count', 'cached_input_tokens', NULL, 'cache_read_input_tokens', NULL),
      ('bedrock', 'cache_write_input_token_count', 'count', 'cache_write_tokens', NULL, 'cache_write_input_tokens', NULL),
      ('otel', 'gen_ai.usage.prompt_tokens', 'count', 'input_tokens', NULL, 'gen_ai.usage.input_tokens', NULL),
      ('otel', 'gen_ai.usage.completion_tokens', 'count', 'output_tokens', NULL, 'gen_ai.usage.output_tokens', NULL),
      -- Without what is billed, what was read is all there is.
      ('cohere', 'tokens.input_tokens', 'instead', 'input_tokens', NULL, 'billed_units.input_tokens', NULL),
      ('cohere', 'tokens.output_tokens', 'instead', 'output_tokens', NULL, 'billed_units.output_tokens', NULL)
    ) AS v(shape, field, kind, gives, part_of, same_as, total_decides)
    UNION ALL
    -- Other quantities, and amounts.
    SELECT v.shape, v.field, v.kind, v.gives, NULL, v.same_as, NULL, NULL, NULL, v.factor
    FROM (VALUES
      ('chat', 'cost', 'usd', NULL, NULL::text, NULL::numeric),
      ('chat', 'cost.total_cost', 'usd', NULL, NULL, NULL),
      ('chat', 'estimated_cost', 'usd', NULL, NULL, NULL),
      ('chat', 'cost_in_usd_ticks', 'usd', NULL, NULL, 0.0000000001),
      ('responses', 'cost', 'usd', NULL, NULL, NULL),
      ('responses', 'cost_in_usd_ticks', 'usd', NULL, NULL, 0.0000000001),
      ('images', 'cost_in_usd_ticks', 'usd', NULL, NULL, 0.0000000001),
      ('chat', 'server_tool_use.web_search_requests', 'meter', 'search', NULL, NULL),
      ('chat', 'server_side_tool_usage_details.web_search_calls', 'meter', 'search', NULL, NULL),
      ('chat', 'server_side_tool_usage_details.x_search_calls', 'meter', 'search', NULL, NULL),
      ('responses', 'server_side_tool_usage_details.web_search_calls', 'meter', 'search', NULL, NULL),
      ('responses', 'server_side_tool_usage_details.x_search_calls', 'meter', 'search', NULL, NULL),
      ('chat', 'num_search_queries', 'meter', 'search', NULL, NULL),
      ('chat', 'num_sources_used', 'meter', 'search_source', NULL, NULL),
      ('responses', 'num_sources_used', 'meter', 'search_source', NULL, NULL),
      ('chat', 'citation_tokens', 'meter', 'citation_tokens', NULL, NULL),
      ('chat', 'prompt_audio_seconds', 'meter', 'audio_second', NULL, NULL),
      ('responses', 'seconds', 'meter', 'audio_second', NULL, NULL),
      ('anthropic', 'server_tool_use.web_search_requests', 'meter', 'search', NULL, NULL),
      ('cohere', 'billed_units.search_units', 'meter', 'query', NULL, NULL),
      ('cohere', 'billed_units.images', 'meter', 'input_image', NULL, NULL),
      ('cohere', 'billed_units.classifications', 'meter', 'classification', NULL, NULL),
      ('response', 'output.web_search_call', 'meter', 'search', NULL, NULL),
      ('response', 'output.web_search_call.search', 'meter', 'search', NULL, NULL),
      ('response', 'output.file_search_call', 'meter', 'file_search', NULL, NULL)
    ) AS v(shape, field, kind, gives, same_as, factor)
    UNION ALL
    -- The tier as answered. Of several that are not the standard one, the last by the field's name is taken.
    SELECT v.shape, v.field, 'tier', v.gives, NULL, NULL, NULL, NULL, v.value, NULL
    FROM (VALUES
      ('anthropic', 'inference_geo', 'standard', ''), ('anthropic', 'inference_geo', 'us', 'us'),
      ('anthropic', 'service_tier', NULL, ''), ('anthropic', 'speed', NULL, ''),
      ('chat', 'service_tier', NULL, ''), ('chat', 'service_tier', 'standard', 'default'), ('chat', 'service_tier', 'standard', 'auto'),
      ('chat', 'service_tier', 'standard', 'on_demand'),
      ('gemini', 'service_tier', NULL, ''),
      ('gemini', 'traffic_type', NULL, ''), ('gemini', 'traffic_type', 'standard', 'on_demand'),
      ('gemini', 'traffic_type', 'standard', 'traffic_type_unspecified'),
      ('gemini', 'traffic_type', 'priority', 'on_demand_priority'), ('gemini', 'traffic_type', 'flex', 'on_demand_flex'),
      ('otel', 'openai.response.service_tier', NULL, ''), ('otel', 'openai.response.service_tier', 'standard', 'default'),
      ('otel', 'gen_ai.openai.response.service_tier', NULL, ''), ('otel', 'gen_ai.openai.response.service_tier', 'standard', 'default'),
      ('response', 'service_tier', NULL, ''), ('response', 'service_tier', 'standard', 'default'),
      ('response', 'service_tier', 'standard', 'auto'), ('response', 'service_tier', 'standard', 'on_demand'),
      ('response', 'service_tier.type', NULL, ''), ('response', 'service_tier.type', 'standard', 'default')
    ) AS v(shape, field, gives, value)
    UNION ALL
    SELECT v.shape, v.field, v.kind, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM (VALUES
      ('response', 'model', 'model'), ('response', 'model_version', 'model'), ('response', 'response_metadata.model_name', 'model'),
      ('otel', 'gen_ai.response.model', 'model'),
      -- What is left of the others, or is contained in them and costs the same.
      ('chat', 'prompt_tokens_details.text_tokens', 'ignored'), ('chat', 'completion_tokens_details.text_tokens', 'ignored'),
      ('chat', 'completion_tokens_details.accepted_prediction_tokens', 'ignored'),
      ('chat', 'completion_tokens_details.rejected_prediction_tokens', 'ignored'),
      ('chat', 'cost.*', 'ignored'), ('chat', 'cost_details.*', 'ignored'), ('chat', 'is_byok', 'ignored'),
      ('chat', 'search_context_size', 'ignored'), ('chat', 'latency_checkpoint.*', 'ignored'), ('chat', 'queue_time', 'ignored'),
      ('chat', 'prompt_time', 'ignored'), ('chat', 'completion_time', 'ignored'), ('chat', 'total_time', 'ignored'),
      ('responses', 'type', 'ignored'), ('responses', 'cost_details.*', 'ignored'), ('responses', 'is_byok', 'ignored'),
      ('responses', 'num_server_side_tools_used', 'ignored'),
      ('responses', 'input_tokens_details.text_tokens', 'ignored'), ('responses', 'output_tokens_details.text_tokens', 'ignored'),
      ('responses', 'input_token_details.text_tokens', 'ignored'), ('responses', 'output_token_details.text_tokens', 'ignored'),
      ('responses', 'input_token_details.cached_tokens_details.text_tokens', 'ignored'),
      ('responses', 'input_token_details.no_cache_tokens', 'ignored'),
      ('images', 'input_tokens_details.text_tokens', 'ignored'), ('images', 'output_tokens_details.image_tokens', 'ignored'),
      ('images', 'input_tokens_details.cached_tokens_details.text_tokens', 'ignored'),
      -- It costs nothing but the tokens.
      ('anthropic', 'server_tool_use.web_fetch_requests', 'ignored'),
      ('gemini', 'prompt_tokens_details.text.token_count', 'ignored'), ('gemini', 'prompt_tokens_details.document.token_count', 'ignored'),
      ('gemini', 'cache_tokens_details.text.token_count', 'ignored'), ('gemini', 'cache_tokens_details.document.token_count', 'ignored'),
      ('gemini', 'candidates_tokens_details.text.token_count', 'ignored'), ('gemini', 'response_tokens_details.text.token_count', 'ignored'),
      ('gemini', 'tool_use_prompt_tokens_details.text.token_count', 'ignored'),
      ('bedrock', 'invocation_latency', 'ignored'), ('bedrock', 'first_byte_latency', 'ignored'),
      ('titan', 'results.output_text', 'ignored'), ('titan', 'results.completion_reason', 'ignored'),
      ('llama', 'generation', 'ignored'), ('llama', 'stop_reason', 'ignored'),
      ('otel', '*', 'ignored'), ('otel', 'gen_ai.usage.*', 'unknown')
    ) AS v(shape, field, kind)
  ) r
$$;
COMMENT ON FUNCTION quotakit._shipped_usage_rules IS 'The rows of usage_rule that come with the extension.';

CREATE FUNCTION quotakit._load_usage_rules() RETURNS void
  LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM quotakit.usage_rule WHERE shipped;
  INSERT INTO quotakit.usage_shape AS s (account_id, shape, rank, services, title, shipped)
    SELECT 0, n.shape, n.rank, n.services, n.title, true FROM quotakit._shipped_usage_shapes() n
    ON CONFLICT ON CONSTRAINT usage_shape_pkey DO UPDATE
      SET rank = excluded.rank, services = excluded.services, title = excluded.title, shipped = true;
  -- A DBA's own row for the same field stays.
  INSERT INTO quotakit.usage_rule (account_id, shape, field, kind, gives, part_of, same_as, total_decides, service, value, factor, shipped)
    SELECT 0, n.shape, n.field, n.kind, n.gives, n.part_of, n.same_as, n.total_decides, n.service, n.value, n.factor, true
    FROM quotakit._shipped_usage_rules() n
    ON CONFLICT ON CONSTRAINT usage_rule_pkey DO NOTHING;
$$;
COMMENT ON FUNCTION quotakit._load_usage_rules IS 'Replaces the rows of usage_shape and usage_rule that came with the extension by those that it brings now.';
SELECT quotakit._load_usage_rules();
