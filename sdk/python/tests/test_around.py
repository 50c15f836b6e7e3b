"""What is around calls: contexts, calls within calls, generators, several clients, and QUOTAKIT_DISABLED."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import types
from typing import Any, Dict, List
from unittest import mock

from base import CALL, FLAG, PATH, GatewayTest

import openai
import quotakit
from house import SDK
from provider import Provider
from quotakit import _ids, _lease, _link, _transport

ASK: Dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


class ContextTest(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        provider = Provider()
        self.provider = provider.__enter__()
        self.addCleanup(provider.__exit__)
        self.account.node("acme/tenant")
        self.openai = quotakit.wrap(openai.OpenAI(base_url=provider.url), path=PATH, tags={"team": "a"})
        self.async_openai = quotakit.wrap(openai.AsyncOpenAI(base_url=provider.url))

    def rows(self) -> List[Any]:
        self.flush()
        return [(e["path_text"], e["tags"], e["input_tokens"], e["flags"]) for e in self.account.events()]

    def test_path_and_tags_of_a_request(self) -> None:
        with quotakit.context(path="acme/tenant", tags={"tenant": "7", "team": "b"}):
            self.openai.chat.completions.create(**ASK)
            with quotakit.context(tags={"user": "u"}):
                with quotakit.track(model="gpt-4o") as t:
                    t.result(input_tokens=1)
        self.openai.chat.completions.create(**ASK)
        self.assertEqual(
            self.rows(),
            [
                ("acme/tenant", {"tenant": "7", "team": "a"}, 20, 0),
                ("acme/tenant", {"tenant": "7", "team": "b", "user": "u"}, 1, 0),
                (PATH, {"team": "a"}, 20, 0),
            ],
        )

    def test_contexts_of_tasks_are_their_own(self) -> None:
        async def one(path: str) -> None:
            with quotakit.context(path=path):
                await asyncio.sleep(0.01)
                await self.async_openai.chat.completions.create(**ASK)

        async def main() -> None:
            await asyncio.gather(one("acme/tenant"), one(PATH))

        asyncio.run(main())
        self.assertEqual(sorted(row[0] for row in self.rows()), [PATH, "acme/tenant"])

    def test_no_path_at_all(self) -> None:
        with self.assertRaises(ValueError):
            asyncio.run(self.async_openai.chat.completions.create(**ASK))
        with self.assertRaises(ValueError):
            quotakit.track().__enter__()
        self.assertEqual(self.provider.requests, [])

    def test_a_decorated_function_in_a_context(self) -> None:
        @quotakit.track(PATH, model="gpt-4o")
        def answer() -> Any:
            return {"usage": {"prompt_tokens": 3}}

        with quotakit.context(tags={"tenant": "7"}):
            answer()
        self.assertEqual(self.rows(), [(PATH, {"tenant": "7"}, 3, 0)])

    # -- calls within calls

    def test_current_in_a_with_block(self) -> None:
        with quotakit.track(PATH, model="gpt-4o") as t:
            self.assertIs(quotakit.current(), t)
            with quotakit.track(PATH, model="gpt-4o") as inner:
                self.assertIs(quotakit.current(), inner)
                inner.result(**CALL)
            self.assertIs(quotakit.current(), t)
            t.result(**CALL)
        self.assertIsNone(quotakit.current())

        async def main() -> None:
            async with quotakit.track(PATH, model="gpt-4o") as t:
                self.assertIs(quotakit.current(), t)
                t.cancel()
            self.assertIsNone(quotakit.current())

        asyncio.run(main())

    def test_a_wrapped_client_inside_track_is_one_row(self) -> None:
        with quotakit.track("acme/tenant", tags={"job": "j"}) as t:
            self.openai.chat.completions.create(**ASK)
        self.assertEqual(self.rows(), [("acme/tenant", {"team": "a", "job": "j"}, 20, 0)])
        self.assertEqual(self.account.events()[0]["model"], "gpt-4o")
        self.assertEqual(str(self.account.events()[0]["event_id"]), t.id)

    def test_what_its_caller_says_holds(self) -> None:
        with quotakit.track(PATH, model="gpt-4o") as t:
            r = self.openai.chat.completions.create(**ASK)
            t.result_from(r)
            t.result(input_tokens=1)
        self.assertEqual([row[2] for row in self.rows()], [1])

    def test_only_the_first_call_is_that_of_track(self) -> None:
        with quotakit.track("acme/tenant", model="gpt-4o"):
            for _ in range(3):
                self.openai.chat.completions.create(**ASK)
        self.assertEqual(sorted(row[0] for row in self.rows()), [PATH, PATH, "acme/tenant"])

    def test_one_that_was_refused_is_tried_again_as_the_same(self) -> None:
        with quotakit.track(PATH, model="gpt-4o"):
            with self.assertRaises(openai.RateLimitError):
                self.openai.chat.completions.create(**{**ASK, "model": "error-429"})
            self.openai.chat.completions.create(**ASK)
        self.assertEqual([row[2:] for row in self.rows()], [(20, 0)])
        with quotakit.track(PATH, model="gpt-4o"):
            with self.assertRaises(openai.RateLimitError):
                self.openai.chat.completions.create(**{**ASK, "model": "error-429"})
        self.assertEqual([row[3] for row in self.rows()], [0, FLAG["failed"] | FLAG["uncharged"]])

    def test_a_stream_read_after_the_block(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        with quotakit.track(PATH, model="gpt-4o", max_tokens=500):
            stream = self.openai.chat.completions.create(**ASK, stream=True)
        list(stream)
        self.assertEqual([row[2:] for row in self.rows()], [(20, 0)])
        self.settled()

    def test_a_stream_of_a_decorated_async_function(self) -> None:
        @quotakit.track(PATH, model="gpt-4o")
        async def pieces() -> Any:
            async for chunk in await self.async_openai.chat.completions.create(**ASK, stream=True):
                yield chunk

        async def main() -> int:
            return len([c async for c in pieces()])

        with quotakit.context(path=PATH):
            self.assertEqual(asyncio.run(main()), 11)
        self.assertEqual([row[2:] for row in self.rows()], [(20, 0)])

    def test_what_cannot_be_measured_goes_through_inside_track(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        with quotakit.track(PATH, estimate={"usd": "0.1"}) as t:
            self.openai.batches.create(input_file_id="f", endpoint="/v1/responses")
            t.result(usd="0.05")
        self.settled()


class GeneratorTest(GatewayTest):
    def test_send_and_throw_reach_the_function(self) -> None:
        seen: List[Any] = []

        @quotakit.track(PATH, model="gpt-4o")
        def pieces() -> Any:
            while True:
                try:
                    seen.append((yield len(seen)))
                except KeyError as error:
                    seen.append(error)
                    call = quotakit.current()
                    assert call is not None
                    call.result(input_tokens=5)

        g = pieces()
        next(g)
        g.send("a")
        self.assertEqual(g.throw(KeyError("b")), 2)
        self.assertIsNone(quotakit.current())
        g.close()
        self.assertEqual(seen[0], "a")
        self.assertIsInstance(seen[1], KeyError)
        e = self.event()
        self.assertEqual((e["input_tokens"], e["flags"]), (5, 0))

    def test_asend_and_athrow_reach_the_function(self) -> None:
        seen: List[Any] = []

        @quotakit.track(PATH, model="gpt-4o")
        async def pieces() -> Any:
            while True:
                try:
                    seen.append((yield len(seen)))
                except KeyError as error:
                    seen.append(error)

        async def main() -> None:
            g = pieces()
            await g.__anext__()
            await g.asend("a")
            self.assertEqual(await g.athrow(KeyError("b")), 2)
            await g.aclose()

        asyncio.run(main())
        self.assertEqual(seen[0], "a")
        self.assertIsInstance(seen[1], KeyError)
        self.assertEqual(self.event()["flags"], FLAG["estimated"])

    def test_an_error_that_leaves_it_is_a_failure(self) -> None:
        @quotakit.track(PATH, model="gpt-4o")
        def pieces() -> Any:
            yield 1
            yield 2

        g = pieces()
        next(g)
        self.assertRaises(KeyError, g.throw, KeyError("b"))
        self.assertEqual(self.event()["flags"], FLAG["estimated"] | FLAG["failed"])


class ClockTest(GatewayTest):
    """This machine's clock is off; the gateway's, and the database's, is right."""

    def shift(self, seconds: float) -> None:
        clock = types.SimpleNamespace(
            time=lambda: time.time() + seconds, monotonic=time.monotonic, time_ns=lambda: time.time_ns() + seconds * 1e9
        )
        for module in (_transport, _link, _lease):
            patch = mock.patch.object(module, "time", clock)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(_ids, "time_ns", lambda: time.time_ns() + int(seconds * 1e9))
        patch.start()
        self.addCleanup(patch.stop)

    def test_calls_are_dated_by_the_gateway(self) -> None:
        for seconds in (3600, -3600):
            with self.subTest(seconds=seconds):
                self.shift(seconds)
                self.init()
                quotakit.release(quotakit.reserve(PATH, estimate=CALL))
                self.call()
                quotakit.log(PATH, **CALL)
                self.flush()
                mock.patch.stopall()
        ages = self.house.db.run(
            f"SELECT abs(extract(epoch FROM now() - at)) < 60 FROM quotakit.event WHERE account_id = {self.account.id}"
        )
        self.assertEqual(ages, [(True,)] * 4, self.logged.lines)
        self.assertEqual(quotakit.stats().rejected, 0)

    def test_strict_and_leased(self) -> None:
        self.account.policy("acme", 1000, enforcement="strict")
        self.shift(3600)
        self.init()
        for _ in range(20):
            self.call(estimate=CALL)
        self.assertTrue(quotakit.shutdown(10))  # which returns the leases
        self.assertEqual((self.account.open_reservations(), self.account.verify()), (0, []))
        self.assertEqual({e["flags"] for e in self.account.events()}, {0})


class ClientTest(GatewayTest):
    def test_more_than_one_client(self) -> None:
        other = self.house.account()
        other.node("other/path")
        client = quotakit.Client(api_key=other.key, base_url=self.house.gateway.url, flush_interval=0.2)
        self.addCleanup(client.shutdown, 2)
        with client.track("other/path", model="gpt-4o") as t:
            t.result(**CALL)
        self.call()
        self.assertTrue(client.flush(10))
        self.assertEqual([e["path_text"] for e in other.events()], ["other/path"])
        self.assertEqual(self.event()["path_text"], PATH)
        self.assertRaises(ValueError, quotakit.Client, other.key, "ftp://x")

    def test_a_line_of_the_log_once_a_minute(self) -> None:
        for _ in range(20):
            with quotakit.track(PATH, model="gpt-4o"):
                pass
            quotakit.log("no/such/path", usd=1)
        self.flush()
        self.assertEqual(sum("without result()" in line for line in self.logged.lines), 1)
        self.assertEqual(sum("was rejected" in line for line in self.logged.lines), 1)
        self.assertEqual(quotakit.stats().rejected, 20)

    def test_disabled(self) -> None:
        program = f"""
import sys
sys.path.insert(0, {SDK!r})
import quotakit
quotakit.init(base_url="http://127.0.0.1:9")
with quotakit.track("no/such/path", model="m") as t:
    t.result(input_tokens=1)
r = quotakit.reserve("a/b", max_tokens=5)
quotakit.settle(r, input_tokens=1)
quotakit.release(r)
quotakit.log("a/b", usd=1)
assert quotakit.flush(1) and quotakit.state("a/b")["policies"] == []
assert quotakit.stats().dropped == 0
try:
    quotakit.log("a/b", inputt=1)
except TypeError:
    print("fine", quotakit.shutdown())
"""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("QUOTAKIT_")}
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, "QUOTAKIT_DISABLED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=20,
        )
        self.assertEqual((done.stdout, done.stderr), (b"fine True\n", b""))
