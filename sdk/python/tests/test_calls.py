"""track and its kin against a real gateway: what is recorded, and where; block."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, Dict

import quotakit
from base import CALL, FLAG, PATH, GatewayTest, ProviderError
from quotakit._usage import METERS


class RecordTest(GatewayTest):
    def test_all_that_result_says(self) -> None:
        with quotakit.track(PATH, service="openai", model="gpt-4o", tags={"team": "a"}) as t:
            t.result(
                input_tokens=1,
                cached_input_tokens=2,
                cache_write_tokens=3,
                output_tokens=4,
                reasoning_tokens=5,
                requests=6,
                meters={"image": 7},
                usd="0.25",
                credits=Decimal("0.5"),
                tags={"user": "b"},
            )
        e = self.event()
        self.assertEqual(
            [
                e[n]
                for n in (
                    "input_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "output_tokens",
                    "reasoning_tokens",
                    "requests",
                )
            ],
            [1, 2, 3, 4, 5, 6],
        )
        self.assertEqual((e["usd"], e["credits"], str(e["event_id"])), (250_000_000, 500_000_000, t.id))
        self.assertEqual((e["tags"], float(e["meters"]["image"])), ({"team": "a", "user": "b"}, 7))

    def test_flags(self) -> None:
        with quotakit.track(PATH, model="gpt-4o") as t:
            t.result(**CALL, ok=False, charged=False, estimated=True)
        self.assertEqual(self.event()["flags"], FLAG["failed"] | FLAG["uncharged"] | FLAG["estimated"])

    def test_last_result_holds(self) -> None:
        with quotakit.track(PATH, model="gpt-4o") as t:
            t.result(input_tokens=1)
            t.result(input_tokens=2)
        self.assertEqual(self.event()["input_tokens"], 2)

    def test_result_from_a_response(self) -> None:
        with quotakit.track(PATH, model="gpt-4o") as t:
            t.result_from(
                {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}}
            )
            self.assertRaises(ValueError, t.result_from, object())
        e = self.event()
        self.assertEqual((e["input_tokens"], e["cached_input_tokens"], e["output_tokens"]), (6, 4, 5))

    def test_no_result_is_an_estimate(self) -> None:
        with quotakit.track(PATH, model="gpt-4o", estimate={"input_tokens": 7, "output_tokens": 8}):
            pass
        e = self.event()
        self.assertEqual((e["input_tokens"], e["output_tokens"], e["flags"]), (7, 8, FLAG["estimated"]))
        self.assertTrue(self.logged.has("WARNING", "without result()"))

    def test_exceptions(self) -> None:
        for error, flags in (
            (ZeroDivisionError(), FLAG["failed"] | FLAG["estimated"]),
            (ProviderError(400), FLAG["failed"] | FLAG["uncharged"]),
            (KeyboardInterrupt(), FLAG["failed"] | FLAG["estimated"]),
        ):
            with self.subTest(error=error):
                with self.assertRaises(type(error)):
                    with quotakit.track(PATH, model="gpt-4o") as t:
                        raise error
                self.flush()
                self.assertEqual(self.account.events(f"event_id = '{t.id}'")[0]["flags"], flags)

    def test_exception_after_the_result(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            with quotakit.track(PATH, model="gpt-4o") as t:
                t.result(**CALL)
                1 / 0
        e = self.event()
        self.assertEqual((e["flags"], e["input_tokens"]), (0 | FLAG["failed"], 1000))

    def test_cancel_records_nothing(self) -> None:
        with quotakit.track(PATH) as t:
            t.cancel()
        self.flush()
        self.assertEqual(self.account.events(), [])

    def test_used_once(self) -> None:
        t = quotakit.track(PATH)
        with t:
            t.result(usd=1)
        with self.assertRaises(RuntimeError):
            t.__enter__()

    def test_wrong_results_raise(self) -> None:
        with quotakit.track(PATH) as t:
            self.assertRaises(ValueError, t.result, input_tokens=-1)
            self.assertRaises(ValueError, t.result, usd="many")
            self.assertRaises(TypeError, t.result, input_tokens="5")
            t.cancel()

    def test_a_result_after_the_end(self) -> None:
        with quotakit.track(PATH) as t:
            t.result(input_tokens=1)
        with self.assertRaises(RuntimeError):
            t.result(input_tokens=2)
        with self.assertRaises(RuntimeError):
            t.result_from({"usage": {"prompt_tokens": 1}})
        with quotakit.track(PATH) as t:
            t.cancel()
            self.assertRaises(RuntimeError, t.result, input_tokens=2)
        self.assertEqual(self.event()["input_tokens"], 1)

    def test_an_unknown_meter_is_an_error_at_once(self) -> None:
        for wrong in ("input", "outputt_tokens", "prompt_tokens", "image_"):
            for call in (
                lambda: quotakit.track(PATH, estimate={wrong: 1}),
                lambda: quotakit.reserve(PATH, estimate={wrong: 1}),
                lambda: quotakit.log(PATH, **{wrong: 1}),
                lambda: quotakit.settle("x", **{wrong: 1}),
            ):
                self.assertRaises(TypeError, call)
        with self.assertRaises(TypeError) as caught:
            quotakit.log(PATH, outputt_tokens=5)
        self.assertIn("did you mean output_tokens?", str(caught.exception))
        quotakit.log(PATH, input_tokens=1, meters={"stamp": 2})
        self.assertEqual(float(self.event()["meters"]["stamp"]), 2)

    def test_meters_that_prices_know(self) -> None:
        rows = self.house.db.run("SELECT DISTINCT meter FROM quotakit.price WHERE account_id = 0")
        self.assertEqual({row[0] for row in rows} - METERS, set())

    def test_the_same_error_on_open_and_strict_paths(self) -> None:
        wrong: Any = (
            {"ttl": 0},
            {"ttl": 86_401},
            {"ttl": "soon"},
            {"ttl": True},
            {"max_tokens": -1},
            {"max_tokens": "many"},
            {"input_tokens": 1.5},
            {"tags": {"": "x"}},
        )
        for strict in (False, True):
            if strict:
                self.account.policy("acme", 1, enforcement="strict")
                self.init()
            for arguments in wrong:
                with self.subTest(strict=strict, **arguments), self.assertRaises((TypeError, ValueError)):
                    self.call(**arguments)
                if "tags" not in arguments:
                    self.assertRaises((TypeError, ValueError), quotakit.reserve, PATH, **arguments)
        self.flush()
        self.assertEqual(self.account.events(), [])

    def test_decorators(self) -> None:
        @quotakit.track(PATH, model="gpt-4o", tags={"how": "sync"})
        def plain(x: int) -> int:
            call = quotakit.current()
            assert call is not None
            call.result(input_tokens=x)
            return x

        @quotakit.track(PATH, model="gpt-4o", tags={"how": "async"})
        async def later(x: int) -> Dict[str, Any]:
            await asyncio.sleep(0)
            return {"usage": {"prompt_tokens": x, "completion_tokens": 0}}

        @quotakit.track(PATH, model="gpt-4o", tags={"how": "generator"})
        def pieces(x: int) -> Any:
            yield 1
            call = quotakit.current()
            assert call is not None
            call.result(input_tokens=x)
            yield 2
            return 3

        @quotakit.track(PATH, model="gpt-4o", tags={"how": "async generator"})
        async def later_pieces(x: int) -> Any:
            call = quotakit.current()
            assert call is not None
            call.result(input_tokens=x)
            yield 1
            yield 2

        async def main() -> None:
            await asyncio.gather(later(3), later(4))
            self.assertEqual([i async for i in later_pieces(7)], [1, 2])

        self.assertEqual((plain(1), plain(2)), (1, 2))
        self.assertEqual(list(pieces(5)), [1, 2])
        broken = pieces(6)
        next(broken)
        broken.close()
        asyncio.run(main())
        self.assertIsNone(quotakit.current())
        self.assertEqual(plain.__name__, "plain")
        self.flush()
        got = sorted((e["tags"]["how"], e["input_tokens"], e["flags"]) for e in self.account.events())
        self.assertEqual(
            got,
            [
                ("async", 3, 0),
                ("async", 4, 0),
                ("async generator", 7, 0),
                ("generator", 0, FLAG["estimated"]),  # left by its caller, which is no failure
                ("generator", 5, 0),
                ("sync", 1, 0),
                ("sync", 2, 0),
            ],
        )

    def test_decorated_before_init(self) -> None:
        quotakit.shutdown(2)
        quotakit._default = None

        @quotakit.track(PATH, model="gpt-4o")
        def early() -> Any:
            return {"usage": {"prompt_tokens": 1, "completion_tokens": 1}}

        self.init()
        early()
        self.event()

    def test_bare(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        r = quotakit.reserve(PATH, model="gpt-4o", max_tokens=500, input_tokens=1000)
        self.assertEqual(r.held, {"usd": Decimal("0.0075"), "credits": 0, "requests": 1, "tokens": 1500})
        self.assertIsNotNone(r.expires_at)
        quotakit.settle(r, input_tokens=10, output_tokens=5)
        quotakit.settle(r, input_tokens=10, output_tokens=5)
        other = quotakit.reserve(PATH, estimate={"usd": "0.5"})
        quotakit.release(other.id)
        quotakit.log(PATH, service="openai", usd="0.1", image=2, tags={"a": "b"})
        self.flush()
        self.assertEqual(
            [(e["usd"], e["flags"]) for e in self.account.events()],
            [(75_000, 0), (100_000_000, FLAG["unreserved"] | FLAG["given"])],
        )
        self.settled()

    def test_rejected_events_are_told(self) -> None:
        self.call()
        self.flush()
        quotakit.log("no/such/path", usd=1)
        self.flush()
        self.assertEqual(quotakit.stats()._replace(refused=0, retried=0), (1, 0, 0, 1, 0, 0))
        self.assertTrue(self.logged.has("unknown_path", "kept as unplaced spend"))

    def test_state(self) -> None:
        policy = self.account.policy("acme", 25)
        state = quotakit.state(PATH)
        self.assertEqual([(p["policy"], p["limit"]) for p in state["policies"]], [(policy, "25")])
        self.assertEqual([n["path"] for n in quotakit.state()["nodes"]], ["acme", PATH])
        with self.assertRaises(quotakit.Rejected) as caught:
            quotakit.state("no/such")
        self.assertEqual(caught.exception.code, "unknown_path")


class PlaceTest(GatewayTest):
    def test_paths_that_take_no_calls(self) -> None:
        self.account.node("acme/gone")
        self.account.act()
        self.house.db.run("SELECT quotakit.archive_node('acme/gone')")
        for path, service, code in (
            ("acme", None, "umbrella_path"),
            ("acme/gone", None, "archived_path"),
            (PATH, "anthropic", "service_mismatch"),
            ("a//b", None, "malformed"),
        ):
            with self.subTest(path=path), self.assertRaises(quotakit.Rejected) as caught:
                with quotakit.track(path, service=service):
                    self.fail("began")
            self.assertEqual(caught.exception.code, code)
        self.account.policy("acme", 25, enforcement="strict")
        with self.assertRaises(quotakit.Rejected) as caught:
            quotakit.reserve("a//b", estimate={"usd": 1})
        self.assertEqual(str(caught.exception).count(caught.exception.message), 1, str(caught.exception))

    def test_frozen(self) -> None:
        self.account.act()
        self.house.db.run("SELECT quotakit.freeze('acme', 'too dear')")
        for strict in (False, True):
            if strict:
                self.account.policy("acme", 1, enforcement="strict")
                self.init()
            with self.assertRaises(quotakit.QuotaExceeded) as caught:
                self.call()
            self.assertEqual((caught.exception.reason, caught.exception.path), ("frozen", "acme"))

    def test_wrong_key(self) -> None:
        self.init(api_key=self.account.key[:-3] + "AAA")
        with self.assertRaises(quotakit.InvalidKey):
            self.call()
        with self.assertRaises(quotakit.InvalidKey):
            quotakit.reserve(PATH, estimate={"usd": 1})
        with self.assertRaises(quotakit.InvalidKey):
            quotakit.state()

    def test_a_path_that_does_not_exist_fails_closed(self) -> None:
        for settings in ({}, {"fail_open": True, "strict_fail_open": True}):
            self.init(**settings)
            for _ in range(3):
                with self.assertRaises(quotakit.Rejected) as caught:
                    with quotakit.track("acme/serach", model="gpt-4o"):
                        self.fail("began")
                self.assertEqual(caught.exception.code, "unknown_path")
        self.house.gateway.pause()
        self.addCleanup(self.house.gateway.resume)
        with self.assertRaises(quotakit.Rejected):  # known for some seconds
            with quotakit.track("acme/serach", model="gpt-4o"):
                self.fail("began")
        self.house.gateway.resume()
        self.flush()
        self.assertEqual(self.account.events(), [])

    def test_a_path_that_exists_by_now(self) -> None:
        with self.assertRaises(quotakit.Rejected):
            self.client.track("acme/late").begin()
        self.account.node("acme/late")
        state = self.client.runtime.states.get("acme/late")
        assert state is not None
        state.hasten(0)
        self.client.runtime.worker.wake()

        def goes() -> bool:
            try:
                with quotakit.track("acme/late", model="gpt-4o") as t:
                    t.result(**CALL)
            except quotakit.Rejected:
                return False
            return True

        self.soon(goes)
        self.event()

    def test_a_path_that_is_made_by_its_first_call(self) -> None:
        self.account.act()
        self.house.db.run("SELECT quotakit.set_account(on_unknown_path => 'create')")
        policy = self.account.policy("acme", 1, enforcement="strict")
        for _ in range(2):
            with quotakit.track("acme/new", service="openai", model="gpt-4o", estimate=CALL) as t:
                t.result(**CALL)
        self.settled()
        self.assertEqual([(e["path_text"], e["flags"]) for e in self.account.events()], [("acme/new", 0)] * 2)
        self.account.limit(policy, "0.001")
        with self.assertRaises(quotakit.QuotaExceeded):
            with quotakit.track("acme/other", service="openai", model="gpt-4o", estimate=CALL):
                self.fail("began")

    def test_unpriced_model_under_a_strict_limit(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            with quotakit.track(PATH, model="nobody-knows"):
                self.fail("began")
        self.assertEqual(caught.exception.reason, "unpriced")
        with quotakit.track(PATH, model="nobody-knows", estimate={"usd": "0.5"}) as t:
            t.result(usd="0.25")
        self.settled()

    def test_an_amount_alone_under_a_strict_limit_in_tokens(self) -> None:
        self.account.policy("acme", 1000, unit="tokens", enforcement="strict")
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            quotakit.reserve(PATH, estimate={"usd": "0.5"})
        self.assertEqual((caught.exception.reason, caught.exception.unit), ("unmeasured", "tokens"))
        self.assertIn("limit in tokens", str(caught.exception))
        for estimate in ({"input_tokens": 1000}, {"usd": "0.5", "requests": 1}):
            quotakit.release(quotakit.reserve(PATH, estimate=estimate))
        self.settled()


class BlockTest(GatewayTest):
    def test_refuses_after_the_flush_that_filled_it(self) -> None:
        policy = self.account.policy("acme", "0.01")
        self.call()
        self.flush()
        self.call()
        self.flush()
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            self.call()
        e = caught.exception
        self.assertEqual(
            (e.policy, e.path, e.unit, e.limit, e.used, e.enforcement),
            (policy, "acme", "usd", Decimal("0.01"), Decimal("0.015"), "block"),
        )
        assert e.resets_at is not None and e.retry_after is not None
        self.assertGreater(e.retry_after, 0)
        self.assertRaises(quotakit.QuotaExceeded, self.call)
        self.assertEqual(len(self.account.events()), 2)
        # Reported with the next flush.
        self.flush()
        self.account.act()
        self.soon(
            lambda: (
                self.house.db.run("SELECT source, count FROM quotakit.refusal WHERE policy_id = %s", policy)
                == [("sdk", 2)]
            )
        )

    def test_a_lower_and_a_higher_limit_reach_the_client(self) -> None:
        policy = self.account.policy("acme", 10)
        self.call()
        self.flush()
        self.account.limit(policy, "0.005")
        self.call()  # from its cache it may
        self.flush()  # the answer says that it is full
        self.assertRaises(quotakit.QuotaExceeded, self.call)
        self.account.limit(policy, 10)
        state = self.client.runtime.states.get(PATH)
        assert state is not None
        state.hasten(0)
        self.client.runtime.worker.wake()
        self.soon(self.goes)

    def test_other_models_go_on(self) -> None:
        self.account.policy("acme", "0.001", service="openai", model="gpt-4o")
        self.call()
        self.flush()
        self.assertRaises(quotakit.QuotaExceeded, self.call)
        with quotakit.track(PATH, model="gpt-4.1") as t:
            t.result(**CALL)
