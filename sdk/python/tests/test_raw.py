"""Raw responses of wrapped clients, however they are read."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from base import FLAG
from clients import ASK, CHAT, RESPONSE, Clients

import openai


class RawTest(Clients):
    def test_raw_response(self) -> None:
        raw = self.openai.chat.completions.with_raw_response.create(**ASK)
        self.assertEqual(raw.headers["x-request-id"], "req_1")
        self.assertIs(type(raw.parse()), openai.ChatCompletion)
        self.used(CHAT)

    def test_raw_response_async(self) -> None:
        raw = asyncio.run(self.async_openai.chat.completions.with_raw_response.create(**ASK))
        self.assertIs(type(raw.parse()), openai.ChatCompletion)
        self.used(CHAT)

    def test_raw_response_of_a_stream(self) -> None:
        raw = self.openai.chat.completions.with_raw_response.create(**ASK, stream=True)
        self.assertIs(type(raw.parse()), openai.Stream)
        self.assertEqual(len(list(raw.parse())), 11)
        self.used(CHAT)

    def test_raw_response_of_a_stream_async(self) -> None:
        async def read() -> int:
            raw = await self.async_openai.chat.completions.with_raw_response.create(**ASK, stream=True)
            self.assertIs(type(raw.parse()), openai.AsyncStream)
            return len([c.choices[0] async for c in raw.parse()])

        self.assertEqual(asyncio.run(read()), 11)
        self.used(CHAT)

    def test_raw_response_of_a_stream_read_past_us(self) -> None:
        raw = self.openai.chat.completions.with_raw_response.create(**ASK, stream=True)
        self.assertGreater(len(list(raw.http_response.iter_lines())), 10)
        del raw
        gc.collect()
        event = self.used(None, FLAG["estimated"])
        self.assertGreater(event["input_tokens"], 0)

    def test_raw_response_that_cannot_be_parsed(self) -> None:
        raw = self.openai.chat.completions.with_raw_response.create(**ASK)
        raw.parse = lambda: 1 / 0
        self.assertRaises(ZeroDivisionError, raw.parse)
        self.used(CHAT)

    def test_streaming_response(self) -> None:
        for how in ("parse", "read"):
            with self.subTest(how=how):
                with self.openai.chat.completions.with_streaming_response.create(**ASK) as response:
                    getattr(response, how)()
        self.flush()
        events = self.account.events()
        self.assertEqual([(e["input_tokens"], e["flags"]) for e in events], [(20, 0)] * 2)

    def test_streaming_response_never_read_is_estimated(self) -> None:
        with self.openai.chat.completions.with_streaming_response.create(**ASK):
            pass
        self.used(None, FLAG["estimated"])

    def test_streaming_response_of_a_stream(self) -> None:
        with self.openai.chat.completions.with_streaming_response.create(**ASK, stream=True) as response:
            stream = response.parse()
            self.assertIs(type(stream), openai.Stream)
            self.assertIs(response.parse(), stream)
            self.assertEqual(len([c.choices[0] for c in stream]), 11)
        self.used(CHAT)

    def test_streaming_response_of_a_stream_async(self) -> None:
        async def read() -> int:
            async with self.async_openai.chat.completions.with_streaming_response.create(
                **ASK, stream=True
            ) as response:
                return len([c.choices[0] async for c in await response.parse()])

        self.assertEqual(asyncio.run(read()), 11)
        self.used(CHAT)

    def test_streaming_response_as_agents_use_it(self) -> None:
        async def read() -> None:
            manager = self.async_openai.responses.with_streaming_response.create(
                model="gpt-4o", input="Hello", stream=True
            )
            response = await manager.__aenter__()
            async for _ in await response.parse():
                pass
            await manager.__aexit__(None, None, None)

        asyncio.run(read())
        self.used(RESPONSE)

    def test_bytes_of_a_stream_are_as_without_us(self) -> None:
        def read(client: Any, how: str) -> bytes:
            with client.chat.completions.with_streaming_response.create(**ASK, stream=True) as response:
                if how == "iter_lines":
                    return b"".join(line.encode() + b"\n" for line in response.iter_lines())
                return b"".join(response.iter_bytes())

        for how in ("iter_lines", "iter_bytes"):
            with self.subTest(how=how):
                self.assertEqual(read(self.openai, how), read(self.plain, how))
        self.flush()
        events = self.account.events()
        self.assertEqual([(e["input_tokens"], e["flags"]) for e in events], [(20, 0)] * 2)

    def test_lines_of_a_stream_async(self) -> None:
        async def read() -> int:
            manager = self.async_openai.chat.completions.with_streaming_response.create(**ASK, stream=True)
            async with manager as response:
                return len([line async for line in response.iter_lines() if line.startswith("data: {")])

        self.assertEqual(asyncio.run(read()), 11)
        self.used(CHAT)

    def test_bytes_of_a_stream_read_as_a_whole(self) -> None:
        with self.openai.chat.completions.with_streaming_response.create(**ASK, stream=True) as response:
            self.assertIn(b"[DONE]", response.read())
        self.used(CHAT)

    def test_bytes_of_a_stream_left_half_way(self) -> None:
        with self.openai.chat.completions.with_streaming_response.create(
            **{**ASK, "model": "slow"}, stream=True
        ) as response:
            for i, _ in enumerate(response.iter_lines()):
                if i == 7:
                    break
        self.assertEqual(self.used(None, FLAG["estimated"] | FLAG["unpriced"])["output_tokens"], 4)
