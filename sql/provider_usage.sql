-- Usage as providers say it: their own objects in, our meters out, and what that costs.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never
-- All of it without help from the search path.
SET search_path = '';
SET timezone = 'UTC';
SELECT quotakit.create_account('acme') AS acme;
SET quotakit.account = 'acme';

-- Prices of our own, in USD per million (per one of what is no token), so that what is built in can change.
CREATE TEMP TABLE price AS
SELECT v.service, v.model, v.tier, p.key AS meter,
       p.value::numeric / CASE WHEN p.key ~ '_tokens$' THEN 1000000 ELSE 1 END AS usd
FROM (VALUES
  ('openai', 'audio', 'standard', '{"input_tokens": 2.5, "output_tokens": 10, "audio_input_tokens": 40, "audio_output_tokens": 80}'::jsonb),
  ('openai', 'image', 'standard', '{"input_tokens": 5, "image_input_tokens": 10, "image_output_tokens": 40}'),
  ('xai', 'grok', 'standard', '{"input_tokens": 0.3, "output_tokens": 0.5}'),
  ('openai', 'gpt', 'standard', '{"input_tokens": 2.5, "cached_input_tokens": 1.25, "output_tokens": 10, "search": 0.01}'),
  ('openai', 'gpt', 'priority', '{"input_tokens": 4.25, "cached_input_tokens": 2.125, "output_tokens": 17}'),
  ('anthropic', 'sonnet', 'standard', '{"input_tokens": 3, "cached_input_tokens": 0.3, "cache_write_tokens": 3.75, "cache_write_1h_tokens": 6, "output_tokens": 15, "search": 0.01}'),
  ('google', 'flash', 'standard', '{"input_tokens": 0.3, "audio_input_tokens": 1, "cached_input_tokens": 0.03, "cached_audio_input_tokens": 0.1, "output_tokens": 2.5}'),
  ('bedrock', 'sonnet', 'standard', '{"input_tokens": 3, "cached_input_tokens": 0.3, "cache_write_tokens": 3.75, "output_tokens": 15}'),
  ('deepseek', 'chat', 'standard', '{"input_tokens": 0.27, "cached_input_tokens": 0.07, "output_tokens": 1.1}'),
  ('mistral', 'voxtral', 'standard', '{"input_tokens": 0.1, "output_tokens": 0.3, "audio_second": 0.00005}'),
  ('openrouter', 'any', 'standard', '{"input_tokens": 1, "output_tokens": 2}'),
  ('openai', 'realtime', 'standard', '{"input_tokens": 4, "cached_input_tokens": 0.4, "audio_input_tokens": 32, "output_tokens": 16, "audio_output_tokens": 64}'),
  ('openai', 'whisper', 'standard', '{"audio_second": 0.0001}'),
  ('openai', 'embedding', 'standard', '{"input_tokens": 0.02}'),
  ('cohere', 'command', 'standard', '{"input_tokens": 2.5, "output_tokens": 10, "query": 0.002}')) v(service, model, tier, prices),
  LATERAL pg_catalog.jsonb_each_text(v.prices) p;
SELECT count(quotakit.create_service(s)) FROM (SELECT DISTINCT service FROM price) x(s);
SELECT count(quotakit.set_price(service, model, meter, usd, tier => tier)) FROM price;
CREATE FUNCTION pg_temp.costs(service text, model text, sent jsonb, OUT meters jsonb, OUT tier text, OUT given numeric, OUT usd numeric,
    OUT unpriced bool, OUT mismatched bool, OUT not_understood jsonb) LANGUAGE sql AS $$
  SELECT p.meters, p.tier, pg_catalog.trim_scale(p.usd), pg_catalog.trim_scale(coalesce(p.usd, c.usd)), c.unpriced, p.mismatched, p.not_understood
  FROM quotakit.provider_usage($1, $3) p, quotakit.cost($1, $2, p.meters, tier => coalesce(p.tier, 'standard')) c $$;

-- Calls worked out by hand.
-- Audio chat: 1,100 read, of which 1,000 audio; 450 written, of which 350 audio.
-- 100 × 2.50 + 1,000 × 40 + 100 × 10 + 350 × 80 = 250 + 40,000 + 1,000 + 28,000 = 69,250 millionths
SELECT * FROM pg_temp.costs('openai', 'audio', '{"prompt_tokens": 1100, "completion_tokens": 450, "total_tokens": 1550,
  "prompt_tokens_details": {"cached_tokens": 0, "text_tokens": 100, "audio_tokens": 1000, "image_tokens": 0},
  "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 350, "text_tokens": 100, "accepted_prediction_tokens": 0,
    "rejected_prediction_tokens": 0}}');
-- An image from a text of 10 tokens and an image of 40: 10 × 5 + 40 × 10 + 4,160 × 40 = 50 + 400 + 166,400 = 166,850
SELECT * FROM pg_temp.costs('openai', 'image', '{"created": 1, "background": "opaque", "data": [{"b64_json": "xx"}], "usage":
  {"total_tokens": 4210, "input_tokens": 50, "output_tokens": 4160, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}}}');
-- xAI thought 94 tokens besides the 9 that it wrote: 32 × 0.30 + 9 × 0.50 + 94 × 0.50 = 9.6 + 4.5 + 47 = 61.1
SELECT * FROM pg_temp.costs('xai', 'grok', '{"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
  "prompt_tokens_details": {"text_tokens": 32, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0},
  "completion_tokens_details": {"reasoning_tokens": 94, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
  "num_sources_used": 0}');
-- Priority was asked for, and the default served: 1,000 × 2.50 + 100 × 10 = 2,500 + 1,000 = 3,500
SELECT * FROM pg_temp.costs('openai', 'gpt', '{"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06", "service_tier": "default",
  "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}}],
  "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}');
-- The same, served as asked: 1,000 × 4.25 + 100 × 17 = 4,250 + 1,700 = 5,950
SELECT * FROM pg_temp.costs('openai', 'gpt', '{"service_tier": "priority", "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}');
-- 5,000 read, of which 4,000 from the cache; 800 written, of which 500 thought; two searches, and a page opened, which is none.
-- 1,000 × 2.50 + 4,000 × 1.25 + 300 × 10 + 500 × 10 = 2,500 + 5,000 + 3,000 + 5,000 = 15,500, and 2 × 0.01
SELECT * FROM pg_temp.costs('openai', 'gpt', '{"object": "response", "model": "gpt-5", "output": [
    {"type": "web_search_call", "action": {"type": "search"}}, {"type": "web_search_call", "action": {"type": "open_page"}},
    {"type": "web_search_call", "action": {"type": "search"}}, {"type": "message"}],
  "usage": {"input_tokens": 5000, "input_tokens_details": {"cached_tokens": 4000}, "output_tokens": 800,
    "output_tokens_details": {"reasoning_tokens": 500}, "total_tokens": 5800}}');
-- A prompt of 250,000, of which 150,000 go into the cache for an hour: 100,000 × 3 + 150,000 × 6 + 1,000 × 15 = 300,000 + 900,000 + 15,000
SELECT * FROM pg_temp.costs('anthropic', 'sonnet', '{"input_tokens": 100000, "cache_creation_input_tokens": 150000, "cache_read_input_tokens": 0,
  "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 150000}, "output_tokens": 1000, "service_tier": "standard"}');
-- 10 read, 2,000 from the cache, 500 into it, of which 200 for an hour; one search: 10 × 3 + 2,000 × 0.30 + 300 × 3.75 + 200 × 6 + 80 × 15
-- = 30 + 600 + 1,125 + 1,200 + 1,200 = 4,155, and 0.01
SELECT * FROM pg_temp.costs('anthropic', 'sonnet', '{"input_tokens": 10, "cache_creation_input_tokens": 500, "cache_read_input_tokens": 2000,
  "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200}, "output_tokens": 80,
  "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 2}, "service_tier": "standard", "inference_geo": "global"}');
-- 1,000 read, of which 400 audio; 500 of them from the cache, of which 100 audio; 200 written and 300 thought.
-- 200 × 0.30 + 300 × 1 + 400 × 0.03 + 100 × 0.10 + 200 × 2.50 + 300 × 2.50 = 60 + 300 + 12 + 10 + 500 + 750 = 1,632
SELECT * FROM pg_temp.costs('google', 'flash', '{"modelVersion": "gemini-2.5-flash", "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 200,
  "totalTokenCount": 1500, "cachedContentTokenCount": 500, "thoughtsTokenCount": 300, "trafficType": "ON_DEMAND",
  "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 600}, {"modality": "AUDIO", "tokenCount": 400}],
  "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}, {"modality": "TEXT", "tokenCount": 400}],
  "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 200}]}}');
-- What the cache gave is beside the input: 4 × 3 + 1,784 × 0.30 + 122 × 15 = 12 + 535.2 + 1,830 = 2,377.2
SELECT * FROM pg_temp.costs('bedrock', 'sonnet', '{"output": {"message": {"role": "assistant"}}, "stopReason": "end_turn", "metrics": {"latencyMs": 551},
  "usage": {"inputTokens": 4, "outputTokens": 122, "totalTokens": 1910, "cacheReadInputTokens": 1784, "cacheWriteInputTokens": 0}}');
-- The same hits by two names: 36 × 0.27 + 64 × 0.07 + 50 × 1.10 = 9.72 + 4.48 + 55 = 69.2
SELECT * FROM pg_temp.costs('deepseek', 'chat', '{"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
  "prompt_tokens_details": {"cached_tokens": 64}, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}');
-- 30 seconds of audio: 25 × 0.10 + 20 × 0.30 = 2.5 + 6 = 8.5 millionths, and 30 × 0.00005 = 0.0015
SELECT * FROM pg_temp.costs('mistral', 'voxtral', '{"prompt_tokens": 25, "completion_tokens": 20, "total_tokens": 45, "prompt_audio_seconds": 30}');
-- The cost is what they say.
SELECT * FROM pg_temp.costs('openrouter', 'any', '{"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196, "cost": 0.95, "is_byok": false,
  "cost_details": {"upstream_inference_cost": null}, "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
  "completion_tokens_details": {"reasoning_tokens": 0}}');
-- 132 read: 119 text, of which 64 from the cache, and 13 audio; 121 written: 30 text and 91 audio.
-- 55 × 4 + 64 × 0.40 + 13 × 32 + 30 × 16 + 91 × 64 = 220 + 25.6 + 416 + 480 + 5,824 = 6,965.6
SELECT * FROM pg_temp.costs('openai', 'realtime', '{"type": "response.done", "event_id": "e", "response": {"object": "realtime.response", "usage":
  {"total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
   "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "image_tokens": 0, "cached_tokens": 64,
     "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0}},
   "output_token_details": {"text_tokens": 30, "audio_tokens": 91}}}}');
-- By duration, and by tokens: 12.5 × 0.0001; 14 × 32 of audio + 45 × 16 = 448 + 720 = 1,168
SELECT * FROM pg_temp.costs('openai', 'whisper', '{"text": "Hm.", "usage": {"type": "duration", "seconds": 12.5}}');
SELECT * FROM pg_temp.costs('openai', 'realtime', '{"text": "Hm.", "usage": {"type": "tokens", "input_tokens": 14,
  "input_token_details": {"text_tokens": 0, "audio_tokens": 14}, "output_tokens": 45, "total_tokens": 59}}');
-- Embeddings: 1,000 × 0.02
SELECT * FROM pg_temp.costs('openai', 'embedding', '{"object": "list", "model": "text-embedding-3-small", "usage": {"prompt_tokens": 1000, "total_tokens": 1000}}');
-- Cohere bills less than it reads: 7 × 2.50 + 3 × 10 = 47.5; a ranking is one unit.
SELECT * FROM pg_temp.costs('cohere', 'command', '{"id": "c", "usage": {"billed_units": {"input_tokens": 7, "output_tokens": 3},
  "tokens": {"input_tokens": 74, "output_tokens": 3}}}');
SELECT * FROM pg_temp.costs('cohere', 'command', '{"id": "c", "meta": {"billed_units": {"search_units": 1}}, "results": []}');

-- The form is found by the fields, whoever the service.
SELECT n, p.shape, p.meters, p.model, p.mismatched AS mis, p.not_understood FROM (VALUES
  (1, '{"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}'::jsonb),
  (2, '{"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "completion_tokens_details": {"reasoning_tokens": 94}}'),
  (3, '{"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 3}'),
  (4, '{"input_tokens": 350, "output_tokens": 240, "total_tokens": 590, "input_token_details": {"audio": 10, "cache_creation": 200, "cache_read": 100},
        "output_token_details": {"audio": 10, "reasoning": 200}}'),
  (5, '{"inputTokens": 9, "outputTokens": 5, "totalTokens": 14, "cachedInputTokens": 4, "reasoningTokens": 3}'),
  (6, '{"prompt_token_count": 5, "candidates_token_count": 2, "total_token_count": 7, "prompt_tokens_details": [{"modality": "TEXT", "token_count": 5}]}'),
  (7, '{"prompt_token_count": 5, "generation_token_count": 2, "generation": "Hm.", "stop_reason": "stop"}'),
  (8, '{"inputTextTokenCount": 5, "results": [{"tokenCount": 2, "outputText": "Hm.", "completionReason": "FINISH"}, {"tokenCount": 3}]}'),
  (9, '{"amazon-bedrock-invocationMetrics": {"inputTokenCount": 5, "outputTokenCount": 2, "invocationLatency": 431, "firstByteLatency": 100}}'),
  (10, '{"x-amzn-bedrock-input-token-count": "5", "x-amzn-bedrock-output-token-count": "2"}'),
  (11, '{"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2, "gen_ai.usage.cache_read.input_tokens": 3,
         "gen_ai.response.model": "m", "gen_ai.operation.name": "chat", "server.address": "h"}'),
  (12, '{"gen_ai": {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}}'),
  (13, '{"total_tokens": 12}'),
  (14, '{"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 30,
         "prompt_tokens_details": {"cached_tokens": 30, "cache_creation_tokens": 20}}'),
  (15, '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost_in_usd_ticks": 37756000}'),
  (16, '{"inputTokens": 4, "outputTokens": 2, "totalTokens": 6, "cacheWriteInputTokens": 30, "cacheDetails": [{"ttl": "1h", "inputTokens": 10}, {"ttl": "5m", "inputTokens": 20}]}'),
  -- A stream: what was said once is not taken back by a later zero, or by silence.
  (17, '[{"type": "message_start", "message": {"model": "claude", "usage": {"input_tokens": 25, "cache_read_input_tokens": 7, "output_tokens": 1}}},
         {"type": "message_delta", "usage": {"output_tokens": 15}}, {"type": "message_delta", "usage": {"output_tokens": 0, "input_tokens": null}}]'),
  (18, '[{"usage": null, "choices": []}, {"usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}},
         {"usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}}]')
  ) v(n, sent), quotakit.provider_usage(NULL, v.sent) p ORDER BY n;

-- Numbers may be strings or whole floats. What cannot be counted is listed, and so is what nobody knows.
SELECT p.meters, p.mismatched AS mis, p.not_understood, p.mismatches FROM (VALUES
  (1, '{"prompt_tokens": "5", "completion_tokens": 2.0, "total_tokens": "7.0"}'::jsonb),
  (2, '{"prompt_tokens": 5, "completion_tokens": -2}'),
  (3, '{"prompt_tokens": 5, "completion_tokens": "NaN"}'),
  (4, '{"prompt_tokens": 5, "completion_tokens": 9223372036854775808}'),
  (5, '{"prompt_tokens": 5, "completion_tokens": 2.5}'),
  (6, '{"prompt_tokens": 5, "completion_tokens": true}'),
  (7, '{"prompt_tokens": 5, "completion_tokens": {"text": 2}}'),
  (8, '{"prompt_tokens": 5, "completion_tokens": [2]}'),
  (9, '{"prompt_tokens": 5, "thinking_budget": 7, "details": {"a": {"b": 1}, "c": [{"type": "x", "n": 2}]}}'),
  (10, '{"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": null, "service_tier": null}'),
  (11, '{"prompt_tokens": 5, "cost": -1}'), (12, '{"prompt_tokens": 5, "cost": 1000001}'),
  (13, '{"usage": {"prompt_tokens": 5}, "model": "a\nb", "service_tier": 7}'),
  (14, '{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}'),
  (15, '{}'), (16, '[]'), (17, 'null'), (18, '7'), (19, '"x"'), (20, '[[{"prompt_tokens": 5}]]'), (21, '{"usage": {}}'), (22, '{"usage": {"output": [1]}}')
  ) v(n, sent), quotakit.provider_usage('openai', v.sent) p ORDER BY n;
SELECT p.meters, p.shape FROM quotakit.provider_usage('openai', NULL) p;

-- What does not add up: no more is counted than was said, of the whole or in total.
SELECT p.meters, p.mismatched AS mis, p.mismatches FROM (VALUES
  (1, 'openai', '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "prompt_tokens_details": {"cached_tokens": 50}}'::jsonb),
  (2, 'openai', '{"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105, "prompt_tokens_details": {"cached_tokens": 90, "audio_tokens": 60}}'),
  (3, 'openai', '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40}'),
  (4, 'openai', '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 9}'),
  (5, 'openai', '{"completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 50}}'),
  (6, 'openai', '{"total_tokens": 40, "prompt_tokens": 0}'),
  (7, 'deepseek', '{"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 60}, "prompt_cache_hit_tokens": 64}'),
  (8, 'anthropic', '{"input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": 10, "cache_creation": {"ephemeral_1h_input_tokens": 12}}'),
  (9, 'xai', '{"prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 3}}'),
  (10, 'xai', '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "completion_tokens_details": {"reasoning_tokens": 3}}'),
  (11, 'bedrock', '{"inputTokens": 4, "outputTokens": 2, "totalTokens": 6, "cacheReadInputTokens": 30}'),
  (12, 'bedrock', '{"inputTokens": 4, "outputTokens": 2, "totalTokens": 7, "cacheReadInputTokens": 30}')
  ) v(n, service, sent), quotakit.provider_usage(v.service, v.sent) p ORDER BY n;

-- Tiers as answered.
SELECT v.service, v.sent, p.tier, p.not_understood FROM (VALUES
  (1, 'openai', '{"service_tier": "flex", "usage": {"prompt_tokens": 1}}'::jsonb), (2, 'openai', '{"service_tier": "default", "usage": {"prompt_tokens": 1}}'),
  (3, 'anthropic', '{"input_tokens": 1, "service_tier": "batch"}'), (4, 'anthropic', '{"input_tokens": 1, "service_tier": "standard", "speed": "fast"}'),
  (5, 'anthropic', '{"input_tokens": 1, "service_tier": "standard", "inference_geo": "us"}'),
  (6, 'anthropic', '{"input_tokens": 1, "service_tier": "priority", "inference_geo": "us"}'),
  (7, 'google', '{"promptTokenCount": 1, "trafficType": "ON_DEMAND_PRIORITY"}'), (8, 'bedrock', '{"serviceTier": {"type": "priority"}, "usage": {"inputTokens": 1}}')
  ) v(n, service, sent), quotakit.provider_usage(v.service, v.sent) p ORDER BY n;

-- A new field is a row, and goes with its provider's others; an update brings what is shipped anew and leaves it.
INSERT INTO quotakit.usage_rule (shape, field, kind, gives, part_of) VALUES ('chat', 'prompt_tokens_details.smell_tokens', 'inside', 'smell_input_tokens', '{prompt_tokens}');
SELECT p.meters, p.not_understood FROM quotakit.provider_usage('openai', '{"prompt_tokens": 9, "prompt_tokens_details": {"smell_tokens": 4}}') p;
SELECT quotakit._load_usage_rules();
SELECT field, shipped FROM quotakit.usage_rule WHERE field ~ 'smell';
DELETE FROM quotakit.usage_rule WHERE NOT shipped;
SELECT actor IS NOT NULL AS by_somebody, object, action, coalesce(after, before) ->> 'field' AS field FROM quotakit.audit_log WHERE object ~ '^usage_' AND coalesce(after, before) ->> 'shipped' = 'false' ORDER BY audit_id;
-- Whatever a rule is the same as, or a part of, is there.
SELECT r.shape, r.field, f.field AS missing FROM quotakit.usage_rule r, LATERAL pg_catalog.unnest(r.part_of OPERATOR(pg_catalog.||) r.same_as) f(field)
WHERE f.field IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.usage_rule o WHERE o.shape = r.shape AND o.field = f.field);
-- Names that say the same are of one meter, and contained in the same.
SELECT r.shape, r.field FROM quotakit.usage_rule r JOIN quotakit.usage_rule o ON o.shape = r.shape AND o.field = r.same_as AND o.service = ''
WHERE r.kind <> 'instead' AND (r.gives, r.part_of, r.total_decides) IS DISTINCT FROM (o.gives, o.part_of, o.total_decides);

-- As a field of a call. What is built in is for gpt-4o; the tier is the one answered.
SELECT count(quotakit.create_node(p::quotakit.qpath, s)) FROM (VALUES ('shop', 'openai'), ('shop/claude', 'anthropic'), ('shop/router', 'openrouter')) v(p, s);
CREATE FUNCTION pg_temp.shown(id uuid) RETURNS TABLE (model text, tier text, input_tokens int8, cached int8, cache_write int8, output_tokens int8, reasoning int8,
    usd numeric, meters jsonb, tags jsonb, mismatched bool, amount_given bool, unreserved bool) LANGUAGE sql AS $$
  SELECT l.model, l.tier, l.input_tokens, l.cached_input_tokens, l.cache_write_tokens, l.output_tokens, l.reasoning_tokens, pg_catalog.trim_scale(l.cost_usd),
         l.meters, l.tags, l.mismatched, l.amount_given, l.unreserved FROM quotakit.ledger l WHERE l.event_id = $1 $$;
SELECT outcome, answer -> 'flags' AS flags, s.* FROM quotakit.log('shop', 'gpt', tier => 'priority', tags => '{"a": "b"}', provider_usage =>
  '{"service_tier": "default", "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "scent": 7}}'), pg_temp.shown(id) s;
SELECT outcome, answer -> 'flags' AS flags, s.* FROM quotakit.log('shop/claude', 'sonnet', provider_usage =>
  '{"input_tokens": 10, "cache_creation_input_tokens": 500, "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200},
    "cache_read_input_tokens": 2000, "output_tokens": 80, "server_tool_use": {"web_search_requests": 1}}'), pg_temp.shown(id) s;
SELECT outcome, answer -> 'flags' AS flags, s.* FROM quotakit.log('shop/router', 'any', provider_usage =>
  '{"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 250, "cost": 0.0951234565}'), pg_temp.shown(id) s;
-- The caller's own amount goes before the provider's.
SELECT outcome, s.usd, s.amount_given FROM quotakit.log('shop/router', 'any', usd => 0.5, provider_usage => '{"prompt_tokens": 4, "cost": 0.1}'), pg_temp.shown(id) s;
-- The model answered replaces a deployment's name, and a reservation's; a dated name of the one asked does not.
SELECT s.model FROM quotakit.log('shop', 'my-deployment', provider_usage => '{"model": "gpt", "usage": {"prompt_tokens": 1}}'), pg_temp.shown(id) s;
SELECT s.model FROM quotakit.log('shop', 'gpt', provider_usage => '{"model": "gpt-2024-08-06", "usage": {"prompt_tokens": 1}}'), pg_temp.shown(id) s;
SELECT s.model FROM quotakit.log('shop', 'gpt', provider_usage => '{"model": "gpt-mini", "usage": {"prompt_tokens": 1}}'), pg_temp.shown(id) s;
SELECT s.model FROM quotakit.log('shop', provider_usage => '{"model": "gpt-2024-08-06", "usage": {"prompt_tokens": 1}}'), pg_temp.shown(id) s;
SELECT quotakit.set_policy('shop', 10, 'usd', 'lifetime', 'strict', service => 'openai', model => 'gpt') AS policy \gset
SELECT id FROM quotakit.reserve('shop', 'gpt', 1000, 500) \gset
SELECT outcome, s.model, s.usd, s.unreserved FROM quotakit.settle(:'id', provider_usage =>
  '{"model": "gpt-2024-08-06", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}'), pg_temp.shown(id) s;
SELECT id AS lease FROM quotakit.reserve('shop', 'gpt', 1000, 500, lease => true) \gset
SELECT outcome, s.model, s.usd, s.unreserved FROM quotakit.draw(:'lease', last => true, provider_usage => '{"prompt_tokens": 100, "completion_tokens": 10}'), pg_temp.shown(id) s;
SELECT used, held FROM quotakit.policy_status WHERE policy_id = :policy;
-- The same again is a duplicate.
SELECT quotakit.uuid7() AS id \gset
SELECT outcome, answer -> 'duplicate' AS duplicate FROM quotakit.log('shop', 'gpt', id => :'id', provider_usage => '{"prompt_tokens": 3, "odd": 1}');
SELECT outcome, answer -> 'duplicate' AS duplicate FROM quotakit.log('shop', 'gpt', id => :'id', provider_usage => '{"prompt_tokens": 3, "odd": 1}');

-- In a batch, beside calls without it. What is wrong with one is its own answer.
\set VERBOSITY default
SELECT b.outcome, b.answer ->> 'usd' AS usd, b.answer -> 'flags' AS flags, b.answer ->> 'message' AS message, b.answer ->> 'detail' AS detail, b.answer ->> 'hint' AS hint
FROM quotakit.batch((SELECT jsonb_agg(jsonb_build_object('op', 'log', 'id', quotakit.uuid7(), 'path', 'shop', 'model', 'gpt') || c.call) FROM (VALUES
  (1, '{"usage": {"input_tokens": 1000}}'::jsonb),
  (2, '{"provider_usage": {"prompt_tokens": 1000}}'),
  (3, '{"provider_usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 2000}}'),
  (4, '{"provider_usage": {"prompt_tokens": 1000}, "usage": {"output_tokens": 5}}'),
  (5, '{"provider_usage": 7}'), (6, '{"provider_usage": "x"}'), (7, '{"provider_usage": {}}'), (8, '{"provider_usage": [1, "x", {"scent": 7}]}'),
  (9, '{"provider_usage": {"error": {"message": "Overloaded\nagain"}}}'),
  (10, '{"provider_usage": {"prompt_tokens": 1e300, "completion_tokens": 2}}'),
  (11, '{"provider_usage": {"prompt_tokens": 5, "odd": [[[{"a": [1, 2]}]]]}}'),
  (12, '{"usage": {"input_tokens": {"a": {"b": 1}}}}'), (13, '{"tags": {"a": {"b": 1}}}'),
  (14, '{"provider_usage": null, "usage": {"input_tokens": 1000}}'),
  (15, '{"provider_usage": [{"message": {"model": "gpt", "usage": {"prompt_tokens": 1000}}}, {"usage": {"completion_tokens": 100}}]}')) c(n, call))) b;
\set VERBOSITY terse
-- Not of what only asks.
SELECT b.outcome, b.answer ->> 'message' AS message FROM quotakit.batch(jsonb_build_array(jsonb_build_object('op', 'reserve', 'id', quotakit.uuid7(), 'path', 'shop',
  'provider_usage', '{"prompt_tokens": 1}'::jsonb))) b;
-- As the gateway sends it: any bytes. What PostgreSQL's JSON would raise about is the call's fault.
SELECT quotakit.create_key('app') AS key \gset
SELECT b.outcome, b.answer::jsonb ->> 'message' AS message FROM (VALUES
  (1, '{"prompt_tokens": 5}'), (2, '{"prompt_tokens": 1e400000}'), (3, '{"a": "\u0000"}'), (4, '{"a": "\ud800"}'), (5, '{"prompt_tokens": 5'),
  (6, '{"prompt_tokens": 5}, "provider_usage": {"prompt_tokens": 5}'), (7, repeat('[', 70) || repeat(']', 70)), (8, '{"prompt_tokens": ' || repeat('9', 3000) || '}'),
  (9, '{"prompt_tokens": 0.' || repeat('0', 1900) || '1}'), (10, '[{"prompt_tokens": 5}]')) c(n, sent),
  LATERAL quotakit.batch(ARRAY[1], ARRAY[sha256(convert_to(:'key', 'UTF8'))], ARRAY[convert_to(
    '{"op": "log", "path": "shop", "model": "gpt", "id": "' || quotakit.uuid7() || '", "provider_usage": ' || c.sent || '}', 'UTF8')]) b ORDER BY c.n;
-- What nobody understood was kept, and is placed once there is a rule.
SELECT count(*) FROM quotakit.rejected_event WHERE reason ~ 'nothing in';
INSERT INTO quotakit.usage_rule (shape, field, kind, gives) VALUES ('chat', 'scent', 'count', 'input_tokens');
SELECT count(*) FILTER (WHERE outcome = 'recorded') AS placed FROM quotakit.replay_rejected('shop'::quotakit.qpath);
SELECT input_tokens FROM quotakit.ledger ORDER BY recorded_at DESC LIMIT 1;
SELECT * FROM quotakit.verify();

RESET quotakit.account;
SET client_min_messages = warning;
RESET search_path;
DROP EXTENSION quotakit CASCADE;
