"""wrap(): clients of the documented shapes, against a provider's stand-in and a real gateway."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from typing import Any, Dict, Optional

from base import FLAG, PATH
from clients import ASK, ASK_CLAUDE, CHAT, MESSAGE, RESPONSE, Clients

import anthropic
import openai
import quotakit


class WrapTest(Clients):
    # -- types

    def test_wrapped_objects_pass_for_the_originals(self) -> None:
        self.assertIsInstance(self.openai, openai.OpenAI)
        self.assertEqual(self.openai.api_key, "sk-none")
        self.assertIsInstance(self.openai.chat.completions, type(self.plain.chat.completions))
        self.assertEqual(self.openai.chat.completions.create.__name__, "create")
        self.assertIn("chat", dir(self.openai))
        with self.openai as inside:
            inside.chat.completions.create(**ASK)
        self.used(CHAT)

    def test_the_original_is_not_touched(self) -> None:
        self.plain.chat.completions.create(**ASK)
        self.flush()
        self.assertEqual(self.account.events(), [])
        self.assertNotIn("create", vars(self.plain.chat.completions))

    def test_what_is_no_client(self) -> None:
        self.assertRaises(TypeError, quotakit.wrap, object(), path=PATH)

    def test_copies_are_wrapped_too(self) -> None:
        copy = self.openai.with_options(max_retries=0)
        self.assertEqual(copy.max_retries, 0)
        copy.chat.completions.create(**ASK)
        self.used(CHAT)

    # -- OpenAI

    def test_chat(self) -> None:
        r = self.openai.chat.completions.create(**ASK)
        self.assertIs(type(r), openai.ChatCompletion)
        self.assertEqual(r.usage.prompt_tokens, 120)
        self.assertEqual(self.used(CHAT)["model"], "gpt-4o")

    def test_chat_async(self) -> None:
        r = asyncio.run(self.async_openai.chat.completions.create(**ASK))
        self.assertIs(type(r), openai.ChatCompletion)
        self.used(CHAT)

    def test_responses(self) -> None:
        r = self.openai.responses.create(model="gpt-4o", input="Hello")
        self.assertIs(type(r), openai.Response)
        self.used(RESPONSE)

    def test_responses_async(self) -> None:
        asyncio.run(self.async_openai.responses.create(model="gpt-4o", input="Hello"))
        self.used(RESPONSE)

    def test_embeddings(self) -> None:
        r = self.openai.embeddings.create(model="text-embedding-3-small", input=["Hello", "world"])
        self.assertIs(type(r), openai.CreateEmbeddingResponse)
        self.used({"input_tokens": 9, "output_tokens": 0}, FLAG["unpriced"])

    def test_embeddings_async(self) -> None:
        asyncio.run(self.async_openai.embeddings.create(model="text-embedding-3-small", input="Hello"))
        self.used({"input_tokens": 9, "output_tokens": 0}, FLAG["unpriced"])

    # -- OpenAI, streaming

    def test_stream_usage_is_asked_for_and_its_chunk_hidden(self) -> None:
        plain = list(self.plain.chat.completions.create(**ASK, stream=True))
        stream = self.openai.chat.completions.create(**ASK, stream=True)
        self.assertIs(type(stream), openai.Stream)
        chunks = list(stream)
        self.assertEqual([c.model_dump() for c in chunks], [c.model_dump() for c in plain])
        self.assertIs(type(chunks[0]), openai.ChatCompletionChunk)
        self.assertEqual(self.provider.requests[-1]["stream_options"], {"include_usage": True})
        self.used(CHAT)

    def test_stream_whose_caller_asks_for_usage_sees_it(self) -> None:
        chunks = list(self.openai.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))
        self.assertEqual(chunks[-1].usage.total_tokens, 160)
        self.used(CHAT)

    def test_stream_of_a_server_that_does_not_know_stream_options(self) -> None:
        client = quotakit.wrap(self.plain, path=PATH, ask_usage=False)
        list(client.chat.completions.create(**ASK, stream=True))
        self.assertNotIn("stream_options", self.provider.requests[-1])
        self.assertEqual(self.used(None, FLAG["estimated"])["output_tokens"], 10)

    def test_stream_without_usage_is_estimated_by_what_came(self) -> None:
        list(self.openai.chat.completions.create(**{**ASK, "model": "no-usage"}, stream=True))
        event = self.used(None, FLAG["estimated"] | FLAG["unpriced"])
        self.assertEqual(event["output_tokens"], 10)  # 10 pieces, 36 bytes
        self.assertGreater(event["input_tokens"], 0)

    def test_stream_in_a_with_block(self) -> None:
        with self.openai.chat.completions.create(**ASK, stream=True) as stream:
            text = "".join(c.choices[0].delta.content or "" for c in stream if hasattr(c.choices[0].delta, "content"))
        self.assertTrue(text.startswith("All the world"))
        self.used(CHAT)

    def test_stream_closed_half_way(self) -> None:
        with self.openai.chat.completions.create(**{**ASK, "model": "slow"}, stream=True) as stream:
            for i, _ in enumerate(stream):
                if i == 3:
                    break
        self.assertTrue(stream.response.closed)
        self.assertEqual(self.used(None, FLAG["estimated"] | FLAG["unpriced"])["output_tokens"], 4)

    def test_stream_abandoned(self) -> None:
        stream = self.openai.chat.completions.create(**ASK, stream=True)
        next(stream)
        del stream
        gc.collect()
        self.assertEqual(self.used(None, FLAG["estimated"])["output_tokens"], 1)

    def test_stream_never_read(self) -> None:
        self.openai.chat.completions.create(**ASK, stream=True).close()
        self.used(None, FLAG["estimated"])

    def test_stream_that_breaks(self) -> None:
        with self.assertRaises(openai.APIError):
            list(self.openai.chat.completions.create(**{**ASK, "model": "break"}, stream=True))
        self.assertEqual(self.used(None, FLAG["estimated"] | FLAG["failed"] | FLAG["unpriced"])["output_tokens"], 5)

    def test_stream_async(self) -> None:
        async def read() -> int:
            stream = await self.async_openai.chat.completions.create(**ASK, stream=True)
            self.assertIs(type(stream), openai.AsyncStream)
            return len([c async for c in stream])

        self.assertEqual(asyncio.run(read()), 11)
        self.used(CHAT)

    def test_stream_async_cancelled(self) -> None:
        async def read() -> None:
            stream = await self.async_openai.chat.completions.create(**{**ASK, "model": "slow"}, stream=True)
            async with stream:
                async for _ in stream:
                    pass

        async def main() -> None:
            task = asyncio.create_task(read())
            await asyncio.sleep(0.35)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        self.assertLess(self.used(None, FLAG["estimated"] | FLAG["failed"] | FLAG["unpriced"])["output_tokens"], 10)

    def test_responses_stream(self) -> None:
        stream = self.openai.responses.create(model="gpt-4o", input="Hello", stream=True)
        self.assertEqual([e.type for e in stream][-1], "response.completed")
        self.used(RESPONSE)

    def test_responses_stream_async_closed(self) -> None:
        async def read() -> None:
            stream = await self.async_openai.responses.create(model="gpt-4o", input="Hello", stream=True)
            async for event in stream:
                if event.type == "response.output_text.delta":
                    break
            await stream.close()

        asyncio.run(read())
        self.assertEqual(self.used(None, FLAG["estimated"])["output_tokens"], 1)

    def test_stream_helper(self) -> None:
        with self.openai.chat.completions.stream(**ASK) as stream:
            self.assertIs(type(stream), openai.ChatCompletionStream)
            self.assertTrue(stream.get_final_completion().startswith("All the world"))
        self.used(CHAT)

    # -- errors

    def test_provider_refusal_costs_nothing(self) -> None:
        with self.assertRaises(openai.RateLimitError) as caught:
            self.openai.chat.completions.create(**{**ASK, "model": "error-429"})
        self.assertEqual(caught.exception.status_code, 429)
        event = self.used({"input_tokens": 0, "output_tokens": 0}, FLAG["failed"] | FLAG["uncharged"])
        self.assertEqual(event["requests"], 1)

    def test_provider_refusal_async_stream(self) -> None:
        with self.assertRaises(openai.BadRequestError):
            asyncio.run(self.async_openai.chat.completions.create(**{**ASK, "model": "error-400"}, stream=True))
        self.used(None, FLAG["failed"] | FLAG["uncharged"])

    def test_lost_connection_is_estimated(self) -> None:
        away = quotakit.wrap(openai.OpenAI(base_url="http://127.0.0.1:9/v1"), path=PATH)
        with self.assertRaises(openai.APIConnectionError):
            away.chat.completions.create(**ASK)
        event = self.used(None, FLAG["failed"] | FLAG["estimated"])
        self.assertEqual((event["input_tokens"], event["output_tokens"]), (3, 3))  # "user" and "Hello": 9 bytes

    def test_estimates_are_bounded(self) -> None:
        away = quotakit.wrap(openai.OpenAI(base_url="http://127.0.0.1:9/v1"), path=PATH, tokenizer=lambda text: 100)
        for n in (1, 2):
            with self.assertRaises(openai.APIConnectionError):
                away.chat.completions.create(**ASK, max_tokens=7, n=n)
        self.flush()
        used = [(e["input_tokens"], e["output_tokens"]) for e in self.account.events()]
        self.assertEqual(used, [(100, 7), (100, 14)])

    def test_an_error_of_the_callers_validator_settles_what_was_reported(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")

        def validator(text: str) -> None:
            raise TypeError("not what I expected")

        with self.assertRaises(TypeError):
            self.openai.chat.completions.parse(**ASK, response_format=validator, max_tokens=500)
        with self.assertRaises(TypeError):
            asyncio.run(self.async_openai.chat.completions.parse(**ASK, response_format=validator, max_tokens=500))
        self.settled()
        events = self.account.events()
        self.assertEqual(
            [({n: e[n] for n in CHAT}, e["flags"]) for e in events], [(CHAT, FLAG["failed"])] * 2, self.logged.lines
        )

    def test_an_answer_cut_by_its_limit_settles_its_completion(self) -> None:
        with self.assertRaises(openai.LengthFinishReasonError):
            self.openai.chat.completions.parse(**{**ASK, "model": "length"}, response_format=str)
        self.used(CHAT, FLAG["failed"] | FLAG["unpriced"])

    def test_an_answer_cut_by_its_limit_inside_track(self) -> None:
        with self.assertRaises(openai.LengthFinishReasonError):
            with quotakit.track(PATH, model="gpt-4o"):
                self.plain.chat.completions.parse(**{**ASK, "model": "length"}, response_format=str)
        self.used(CHAT, FLAG["failed"])

    def test_an_error_in_the_block_of_a_raw_response(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            with self.openai.chat.completions.with_streaming_response.create(**ASK) as response:
                response.parse()
                1 / 0
        self.used(CHAT, FLAG["failed"])

    def test_wrong_arguments_are_no_call(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        self.assertRaises(TypeError, self.openai.chat.completions.create, model="gpt-4o")
        self.assertRaises(TypeError, self.openai.chat.completions.parse, **ASK)
        with self.assertRaises(TypeError):
            with self.openai.chat.completions.with_streaming_response.create(model="gpt-4o"):
                pass
        self.settled()
        self.assertEqual(self.account.events(), [])

    def test_quota(self) -> None:
        self.account.policy("acme", "0.000001", enforcement="strict")
        with self.assertRaises(quotakit.QuotaExceeded):
            self.openai.chat.completions.create(**ASK, max_tokens=500)
        self.assertEqual(self.provider.requests, [])

    def test_quota_async_stream_helper_leaves_no_coroutine(self) -> None:
        self.account.policy("acme", "0.000001", enforcement="strict")

        async def main() -> None:
            async with self.async_claude.messages.stream(**ASK_CLAUDE):
                pass

        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            with self.assertRaises(quotakit.QuotaExceeded):
                asyncio.run(main())
            gc.collect()
        self.assertEqual([str(w.message) for w in seen if "never awaited" in str(w.message)], [])
        self.assertEqual(self.provider.requests, [])

    # -- strict

    def test_strict_holds_by_max_tokens_and_settles(self) -> None:
        policy = self.account.policy("acme", 1, enforcement="strict")
        stream = self.openai.chat.completions.create(
            **{**ASK, "model": "gpt-4o"}, max_completion_tokens=1000, stream=True
        )
        held = self.account.status(policy)["held"]
        self.assertGreaterEqual(held, 1000 * 0.00001)
        self.assertLess(held, 1000 * 0.00001 + 0.001)
        list(stream)
        self.used(CHAT)
        self.settled()

    def test_strict_async_does_not_block_the_loop(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        self.openai.chat.completions.create(**ASK, max_tokens=10)
        self.house.gateway.pause()
        threading.Timer(0.5, self.house.gateway.resume).start()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        async def main() -> None:
            ticking = asyncio.create_task(tick())
            await self.async_openai.chat.completions.create(**ASK, max_tokens=10)
            ticking.cancel()

        asyncio.run(main())
        self.assertGreater(ticks, 15)
        self.settled()

    def test_strict_cancelled_stream_settles_once(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        stream = self.openai.chat.completions.create(**ASK, max_tokens=1000, stream=True)
        next(stream)
        stream.close()
        stream.close()
        del stream
        gc.collect()
        self.used(None, FLAG["estimated"])
        self.settled()

    # -- Anthropic

    def claude_used(self, wanted: Optional[Dict[str, int]] = MESSAGE, flags: int = 0) -> Dict[str, Any]:
        event = self.used(wanted, flags)
        self.assertEqual(event["path_text"], "acme/claude")
        return event

    def test_messages(self) -> None:
        r = self.claude.messages.create(**ASK_CLAUDE)
        self.assertIs(type(r), anthropic.Message)
        event = self.claude_used(flags=FLAG["unpriced"])  # haiku has no price for a search
        self.assertEqual({k: float(v) for k, v in event["meters"].items()}, {"cache_write_1h_tokens": 3, "search": 2})

    def test_messages_async(self) -> None:
        asyncio.run(self.async_claude.messages.create(**ASK_CLAUDE))
        self.claude_used(flags=FLAG["unpriced"])

    def test_messages_create_stream(self) -> None:
        stream = self.claude.messages.create(**ASK_CLAUDE, stream=True)
        self.assertIs(type(stream), anthropic.Stream)
        self.assertEqual([e.type for e in stream][-1], "message_stop")
        self.assertNotIn("stream_options", self.provider.requests[-1])
        self.claude_used(flags=FLAG["unpriced"])

    def test_messages_stream(self) -> None:
        manager = self.claude.messages.stream(**ASK_CLAUDE)
        self.assertIsInstance(manager, anthropic.MessageStreamManager)
        with manager as stream:
            self.assertIs(type(stream), anthropic.MessageStream)
            self.assertEqual("".join(stream.text_stream)[:13], "All the world")
        self.claude_used(flags=FLAG["unpriced"])

    def test_messages_stream_final_message(self) -> None:
        with self.claude.messages.stream(**ASK_CLAUDE) as stream:
            self.assertEqual(stream.get_final_message().id, "msg_1")
        self.claude_used(flags=FLAG["unpriced"])

    def test_messages_stream_cut_short(self) -> None:
        with self.claude.messages.stream(**ASK_CLAUDE) as stream:
            for i, _ in enumerate(stream.text_stream):
                if i == 4:
                    break
        event = self.claude_used(None, FLAG["estimated"])
        self.assertEqual((event["input_tokens"], event["cached_input_tokens"], event["output_tokens"]), (20, 100, 5))

    def test_messages_stream_error_in_the_block(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            with self.claude.messages.stream(**ASK_CLAUDE) as stream:
                next(iter(stream.text_stream))
                1 / 0
        self.claude_used(None, FLAG["estimated"])

    def test_messages_stream_async(self) -> None:
        async def read() -> str:
            async with self.async_claude.messages.stream(**ASK_CLAUDE) as stream:
                self.assertIs(type(stream), anthropic.AsyncMessageStream)
                return "".join([text async for text in stream.text_stream])

        self.assertEqual(asyncio.run(read())[:13], "All the world")
        self.claude_used(flags=FLAG["unpriced"])

    def test_messages_error(self) -> None:
        with self.assertRaises(anthropic.APIStatusError):
            with self.claude.messages.stream(**{**ASK_CLAUDE, "model": "error-529"}):
                pass
        self.claude_used(None, FLAG["failed"] | FLAG["uncharged"])

    # -- shapes of others

    def test_a_stream_of_an_unknown_class(self) -> None:
        class Other:
            def __init__(self, pieces: Any) -> None:
                self.pieces, self.open = pieces, True

            def __iter__(self) -> Any:
                return iter(self.pieces)

            def close(self) -> None:
                self.open = False

        class Completions:
            def create(self, **asked: Any) -> Any:
                return Other(
                    [
                        {"choices": [{"delta": {"content": "Hi"}}]},
                        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
                    ]
                )

        class Chat:
            completions = Completions()

        class Client:
            chat = Chat()

        stream = quotakit.wrap(Client(), path=PATH, service="openai").chat.completions.create(**ASK, stream=True)
        self.assertIsInstance(stream, Other)
        self.assertEqual(len(list(stream)), 1)
        stream.close()
        self.assertFalse(stream.open)
        self.used({"input_tokens": 5, "output_tokens": 2})
