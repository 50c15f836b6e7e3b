"""The parts that need no gateway."""

from __future__ import annotations

import pickle
import threading
import unittest
import uuid
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Dict, List

import base  # noqa: F401
import quotakit
from quotakit import _estimate, _lease, _link, _response, _usage
from quotakit._config import Config
from quotakit._ids import new_id
from quotakit._queue import EventQueue, Item
from quotakit._state import PathState, StateCache
from quotakit._wrap import _request
from quotakit.errors import QuotaExceeded, instant, refused, rejected

KEY = "aisc_1_" + "x" * 43


class IdsTest(unittest.TestCase):
    def test_form_and_time(self) -> None:
        before = datetime.now(timezone.utc).timestamp()
        ids = [uuid.UUID(new_id()) for _ in range(2000)]
        self.assertEqual({(i.version, i.variant) for i in ids}, {(7, uuid.RFC_4122)})
        self.assertEqual(len(set(ids)), 2000)
        self.assertAlmostEqual((ids[0].int >> 80) / 1000, before, delta=1)


class ErrorsTest(unittest.TestCase):
    def test_pickle(self) -> None:
        error = quotakit.QuotaExceeded("full", path="acme", policy=3, unit="usd", limit=Decimal("1.5"))
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), str(again), vars(again)), (type(error), "full", vars(error)))
        again = pickle.loads(pickle.dumps(quotakit.Rejected("no", code="malformed", hint="Do.")))
        self.assertEqual((again.code, str(again)), ("malformed", "no Do."))

    def test_times(self) -> None:
        self.assertEqual(instant("2026-11-22T15:12:40.5Z"), datetime(2026, 11, 22, 15, 12, 40, 500000, timezone.utc))
        self.assertEqual(instant("2026-11-22T15:12:40Z"), datetime(2026, 11, 22, 15, 12, 40, 0, timezone.utc))
        self.assertIsNone(instant(None))

    def test_a_refusal(self) -> None:
        error = refused(
            {
                "outcome": "refused",
                "reason": "quota",
                "policy": 3,
                "path": "acme",
                "unit": "usd",
                "limit": "100",
                "used": "99.98",
                "held": "0.01",
                "asked": "0.02",
                "resets_at": None,
                "message": "m",
            }
        )
        self.assertEqual((error.limit, error.asked, error.resets_at), (Decimal(100), Decimal("0.02"), None))

    def test_a_rejection_says_everything_once(self) -> None:
        # As in a list of answers; as a problem, whose detail has the message in it.
        for detail, told in (
            ("D.", "D."),
            ("m. D.", "D."),
            ("m", None),
            ("m.", "m."),
            ("more than m", "more than m"),
            (None, None),
        ):
            error = rejected(
                {"outcome": "rejected", "code": "malformed", "message": "m", "detail": detail, "hint": "Do."}
            )
            self.assertEqual((error.message, error.detail), ("m", told))
            self.assertEqual(str(error), " ".join(filter(None, ("m:" if told else "m", told, "Do."))))
        error = rejected({"type": "urn:quotakit:problem:not_found", "title": "Not found", "detail": "d"})
        self.assertEqual((str(error), error.code, error.detail), ("d", "not_found", None))


class ConfigTest(unittest.TestCase):
    def test_wrong_settings(self) -> None:
        for key in ("sk-123", "aisc_x_" + "y" * 43, "aisc_1_short", KEY + "!"):
            self.assertRaises(quotakit.InvalidKey, quotakit.init, key, "http://localhost")
        for wrong in ({"base_url": "ftp://x"}, {"timeout": 0}, {"queue_size": 0}, {"reserve_ttl": 90_000}):
            with self.assertRaises(ValueError):
                quotakit.init(KEY, **wrong)  # type: ignore[arg-type]

    def test_the_key_is_not_shown(self) -> None:
        client = quotakit.init(KEY)
        self.assertNotIn("xxx", repr(client) + repr(client.config))
        quotakit.shutdown()

    def test_without_init(self) -> None:
        quotakit._default = None
        with self.assertRaises(RuntimeError):
            with quotakit.track("acme"):
                pass
        self.assertTrue(quotakit.shutdown())


class UsageTest(unittest.TestCase):
    def test_clean(self) -> None:
        self.assertEqual(
            _usage.clean({"input_tokens": 3, "output_tokens": 0, "image": "1.50", "reasoning_tokens": None}),
            {"input_tokens": 3, "image": "1.5"},
        )
        for wrong in (
            {"input_tokens": -1},
            {"input_tokens": 10**15},
            {"Image": 1},
            {"image": float("nan")},
            {f"m{i}": 1 for i in range(17)},
        ):
            self.assertRaises(ValueError, _usage.clean, wrong)
        for wrong in ({"input_tokens": 1.5}, {"input_tokens": True}, {"image": object()}):
            self.assertRaises(TypeError, _usage.clean, wrong)

    def test_money(self) -> None:
        self.assertEqual(_usage.money("usd", 0.1), "0.1")
        self.assertEqual(_usage.money("usd", Decimal("1e-10")), "0")
        self.assertEqual(_usage.money("usd", Decimal("1e-10"), up=True), "0.000000001")
        self.assertEqual(_usage.money("usd", 1_000_000), "1000000")
        for wrong in (-1, "x", "NaN", 1_000_001):
            self.assertRaises(ValueError, _usage.money, "usd", wrong)

    def test_tags(self) -> None:
        self.assertEqual(_usage.check_tags({"user": 7}), {"user": "7"})
        for wrong in ({"": "x"}, {"a" * 64: "x"}, {"a": "x" * 257}, {"a": "\n"}, {str(i): "" for i in range(17)}):
            self.assertRaises(ValueError, _usage.check_tags, wrong)


class ResponseTest(unittest.TestCase):
    def test_classes_are_disjoint(self) -> None:
        cases: List[Any] = [
            (
                {
                    "prompt_tokens": 100,
                    "completion_tokens": 50,
                    "prompt_tokens_details": {"cached_tokens": 30},
                    "completion_tokens_details": {"reasoning_tokens": 20},
                },
                {"input_tokens": 70, "cached_input_tokens": 30, "output_tokens": 30, "reasoning_tokens": 20},
            ),
            ({"prompt_tokens": 9, "total_tokens": 9}, {"input_tokens": 9}),
            (
                {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None},
                {"input_tokens": 10, "output_tokens": 5},
            ),
            (
                {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 99}},
                {"cached_input_tokens": 10, "output_tokens": 5},
            ),
            (
                {
                    "input_tokens": 100,
                    "output_tokens": 5,
                    "total_tokens": 105,
                    "input_tokens_details": {"cached_tokens": 60},
                },
                {"input_tokens": 40, "cached_input_tokens": 60, "output_tokens": 5},
            ),
            (
                {
                    "input_tokens": 100,
                    "output_tokens": 50,
                    "cache_read_input_tokens": 60,
                    "cache_creation_input_tokens": 7,
                    "output_tokens_details": {"thinking_tokens": 8},
                },
                {
                    "input_tokens": 100,
                    "cached_input_tokens": 60,
                    "cache_write_tokens": 7,
                    "output_tokens": 42,
                    "reasoning_tokens": 8,
                },
            ),
        ]
        for usage, wanted in cases:
            with self.subTest(usage=usage):
                self.assertEqual(_response.usage_of({"usage": usage}), {"usage": wanted})

    def test_tier(self) -> None:
        for named, wanted in (
            ("default", None),
            ("flex", "flex"),
            ("priority", "priority"),
            (None, None),
            ("auto", None),
        ):
            fields = _response.usage_of({"usage": {"prompt_tokens": 1}, "service_tier": named})
            self.assertEqual((fields or {}).get("tier"), wanted)

    def test_no_usage(self) -> None:
        for response in (None, "text", {}, {"usage": None}, {"usage": {"characters": 5}}):
            self.assertIsNone(_response.usage_of(response))


class EstimateTest(unittest.TestCase):
    learned = {"calls": 30, "input_tokens": 4100, "output_tokens": 900, "usd": "0.01925", "credits": "0"}
    limits = {"max_input_tokens": 128_000, "max_output_tokens": 16_384}

    def hold(self, *arguments: Any) -> Dict[str, Any]:
        usage: Dict[str, Any] = _estimate.for_hold(*arguments)["usage"]
        return usage

    def test_order(self) -> None:
        self.assertEqual(self.hold(self.learned, self.limits, None, 50), {"input_tokens": 4100, "output_tokens": 50})
        self.assertEqual(self.hold(self.learned, self.limits, 10, None), {"input_tokens": 10, "output_tokens": 900})
        self.assertEqual(self.hold(None, self.limits, None, None), {"input_tokens": 128_000, "output_tokens": 16_384})
        self.assertEqual(self.hold(None, None, None, None), {"input_tokens": 8192, "output_tokens": 4096})
        self.assertEqual(self.hold(None, self.limits, 10, 50, 3), {"input_tokens": 10, "output_tokens": 150})
        self.assertEqual(self.hold(None, self.limits, 900_000, 50)["input_tokens"], 128_000)

    def test_calls_paid_by_other_meters(self) -> None:
        learned = {"calls": 30, "input_tokens": 0, "output_tokens": 0, "usd": "0.04", "credits": "0"}
        self.assertEqual(_estimate.for_hold(learned, None, None, None), {"usage": {"requests": 1}, "usd": "0.04"})

    def test_given(self) -> None:
        self.assertEqual(_estimate.given({"usd": "0.5", "image": 2}), {"usd": "0.5", "usage": {"image": 2}})

    def test_record_never_passes_what_is_held(self) -> None:
        held = {"usage": {"input_tokens": 10, "output_tokens": 5}}
        self.assertEqual(_estimate.for_record(held, self.learned, None, None), held)
        self.assertEqual(_estimate.for_record(held, None, 7, 9), {"usage": {"input_tokens": 7, "output_tokens": 5}})
        self.assertEqual(_estimate.for_record(None, None, None, None), {})


class RequestTest(unittest.TestCase):
    def test_bytes_bound_tokens(self) -> None:
        bound = _request.most_input([[{"role": "user", "content": "ä" * 100}]])
        assert bound is not None
        self.assertGreater(bound, 200)
        self.assertLess(bound, 400)

    def test_images_are_not_text(self) -> None:
        for content in (
            [{"type": "image_url", "image_url": {"url": "https://x"}}],
            [{"type": "image", "source": {"type": "base64", "data": "x"}}],
            [object()],
        ):
            self.assertIsNone(_request.most_input([[{"role": "user", "content": content}]]))

    def test_token_numbers(self) -> None:
        self.assertLess(_request.most_input([[1, 2, 3]]) or 0, 80)


class QueueTest(unittest.TestCase):
    def setUp(self) -> None:
        self.queue = EventQueue(3, lambda: None)
        self.lost: List[str] = []

    def put(self, op: str, id: str = "") -> bool:
        return self.queue.put(Item({"op": op, "id": id}, lambda answer: self.lost.append(id)), op != "log")

    def test_full(self) -> None:
        self.assertEqual([self.put("log", str(i)) for i in range(5)], [True] * 3 + [False] * 2)
        self.assertEqual((self.queue.dropped, self.lost), (2, ["3", "4"]))

    def test_a_settlement_takes_the_room_of_the_newest_event(self) -> None:
        for i in range(3):
            self.put("log", str(i))
        self.assertTrue(self.put("settle", "s"))
        self.assertEqual((self.queue.dropped, self.lost), (1, ["2"]))
        self.assertEqual([i.call["id"] for i in self.queue.take(9)], ["s", "0", "1"])
        self.assertFalse(self.put("settle", "t"))  # being sent counts

    def test_order_is_kept(self) -> None:
        for i in range(3):
            self.put("log", str(i))
        items = self.queue.take(2)
        self.queue.give_back(items)
        self.assertEqual([i.call["id"] for i in self.queue.take(9)], ["0", "1", "2"])

    def test_wait(self) -> None:
        self.put("log")
        mark = self.queue.mark()
        self.put("log")
        self.assertFalse(self.queue.wait(mark, 0.01))
        self.queue.finish(self.queue.take(1))
        self.assertTrue(self.queue.wait(mark, 0.01))

    def test_counts_are_exact_under_threads(self) -> None:
        queue = EventQueue(1000, lambda: None)
        kept: List[int] = []

        def work() -> None:
            kept.append(sum(queue.put(Item({"op": "log"}, None), False) for _ in range(5000)))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        done = 0
        while any(thread.is_alive() for thread in threads):
            items = queue.take(100)
            queue.finish(items)
            done += len(items)
        self.assertEqual((sum(kept) + queue.dropped, done + len(queue)), (40_000, sum(kept)))
        self.assertGreater(queue.dropped, 0)

    def test_close_counts_what_is_left(self) -> None:
        self.put("log", "a")
        self.put("settle", "b")
        self.assertEqual((self.queue.close(), self.queue.dropped, sorted(self.lost)), (2, 2, ["a", "b"]))
        self.assertFalse(self.put("log"))
        self.assertEqual(self.queue.dropped, 3)


class LeaseTest(unittest.TestCase):
    def pool(self, share: Dict[str, Any], left: int) -> _lease.LeasePool:
        pool = _lease.LeasePool(("acme", None, "m", None))
        pool.current = _lease.Lease(pool, "lease", share, left, 1e18)
        return pool

    def test_a_share_bounds_its_call(self) -> None:
        share = {"usage": {"input_tokens": 100, "image": "1.5"}}
        for usage, fits in (
            ({"input_tokens": 100}, True),
            ({"input_tokens": 101}, False),
            ({"output_tokens": 1}, False),
            ({"image": "1.5"}, True),
            ({"image": 2}, False),
            ({"requests": 1}, True),
            ({"requests": 2}, False),
        ):
            taken = self.pool(share, 5).take({"usage": usage}, 0.0)
            self.assertEqual(taken is not None, fits, usage)
        self.assertIsNone(self.pool(share, 5).take({"usd": "0.1"}, 0.0))
        self.assertIsNone(self.pool({"usd": "0.1"}, 5).take({"usd": "0.11"}, 0.0))
        self.assertIsNotNone(self.pool({"usd": "0.1"}, 5).take({"usd": "0.09"}, 0.0))

    def test_never_more_calls_than_shares(self) -> None:
        pool = self.pool({"usage": {"input_tokens": 5}}, 100)
        taken: List[int] = []

        def work() -> None:
            taken.append(sum(pool.take({"usage": {"input_tokens": 5}}, 0.0) is not None for _ in range(50)))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sum(taken), 100)

    def test_released_only_when_all_is_acknowledged(self) -> None:
        pool = self.pool({"usage": {}}, 2)
        lease = pool.take({"usage": {}}, 0.0)
        assert lease is not None
        pool.retire(1e9, 0.0)
        self.assertEqual(pool.finished(), [])
        lease.ended()
        self.assertEqual(pool.finished(), [])
        lease.acknowledged(None)
        self.assertEqual(pool.finished(), [lease])
        self.assertEqual(pool.finished(), [])

    def test_varied_estimates_share_coarsely(self) -> None:
        pool = _lease.LeasePool(("acme", None, "m", None))
        pool.take({"usage": {"input_tokens": 1000}}, 0.0)
        self.assertEqual(pool.share(), {"usage": {"input_tokens": 1000}})
        pool.take({"usage": {"input_tokens": 1001, "output_tokens": 3}}, 0.0)
        self.assertEqual(pool.share(), {"usage": {"input_tokens": 1024, "output_tokens": 3}})

    def test_asked_again_where_the_window_ended_on_the_way(self) -> None:
        class Reservations:
            def __init__(self, *reasons: str) -> None:
                self.reasons = list(reasons)
                self.ids: List[str] = []

            def reserve(self, body: Dict[str, Any], retry: bool = True) -> Any:
                self.ids.append(body["id"])
                if self.reasons:
                    raise QuotaExceeded("refused", path="acme", reason=self.reasons.pop(0))
                return {"outcome": "granted"}, 0.0

        def ask(*reasons: str) -> List[str]:
            asked: Any = Reservations(*reasons)
            link: Any = _link.Link(Config(api_key=KEY, base_url="http://127.0.0.1:1"))
            states: Any = None
            leases = _lease.Leases(link, states, asked, lambda: None)
            id, _, _ = leases._ask_lease(self.pool({}, 0), {"usd": "1"})
            self.assertEqual(id, asked.ids[-1])
            self.assertEqual(len(set(asked.ids)), len(asked.ids))
            ids: List[str] = asked.ids
            return ids

        self.assertEqual(len(ask()), 1)
        self.assertEqual(len(ask("window_ended")), 2)
        for reasons in (("quota",), ("window_ended", "window_ended")):
            with self.assertRaises(QuotaExceeded):
                ask(*reasons)


class StateTest(unittest.TestCase):
    def state(self, **policy: Any) -> PathState:
        row = {
            "policy": 1,
            "path": "acme",
            "unit": "usd",
            "period": "month",
            "rolling": False,
            "service": None,
            "model": None,
            "enforcement": "block",
            "limit": "1",
            "used": "1",
            "held": "0",
            "resets_at": "2026-12-01T00:00:00Z",
            "full": True,
            **policy,
        }
        return PathState("acme/a", {"service": "openai", "policies": [row], "sync_after": 120})

    def test_scope(self) -> None:
        self.assertEqual(len(self.state(model="x").plan(None, "y").blocks), 0)
        self.assertEqual(len(self.state(model="x").plan(None, "x").blocks), 1)
        self.assertEqual(len(self.state(service="other").plan(None, "").blocks), 0)

    def test_a_full_window_ends(self) -> None:
        policy = self.state().plan(None, "").blocks[0]
        ends = policy.resets_epoch or 0
        self.assertTrue(policy.refuses(ends - 1))
        self.assertFalse(policy.refuses(ends))

    def test_full_reaches_paths_below_only(self) -> None:
        cache = StateCache()
        for path in ("acme", "acme/a", "acmeb"):
            cache.store(PathState(path, {"service": "openai", "policies": [], "sync_after": 120}))
        cache.note_full(
            [
                {
                    "policy": 9,
                    "path": "acme",
                    "unit": "usd",
                    "period": "month",
                    "enforcement": "block",
                    "limit": "1",
                    "used": "1",
                    "resets_at": None,
                }
            ]
        )
        self.assertEqual([len(cache.paths[p].plan(None, "").blocks) for p in ("acme", "acme/a", "acmeb")], [1, 1, 0])

    def test_bounded(self) -> None:
        cache = StateCache(10)
        for i in range(50):
            cache.store(PathState(f"p{i}", {}))
        self.assertEqual(len(cache.paths), 10)
