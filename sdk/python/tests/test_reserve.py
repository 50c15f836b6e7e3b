"""Calls under a strict limit: reservations one by one, and leases near and far from the limit."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from decimal import Decimal
from typing import Any, List

import quotakit
from base import CALL, COST, PATH, GatewayTest, ProviderError


class StrictTest(GatewayTest):
    settings = {"leases": False}

    def test_refuses_at_once(self) -> None:
        policy = self.account.policy("acme", "0.01", enforcement="strict")
        self.call(estimate=CALL)
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            self.call(estimate=CALL)
        e = caught.exception
        self.assertEqual(
            (e.policy, e.path, e.unit, e.limit, e.asked), (policy, "acme", "usd", Decimal("0.01"), Decimal("0.0075"))
        )
        self.assertIsNotNone(e.resets_at)
        self.assertIsNotNone(e.refusal)
        self.account.limit(policy, 1)
        self.call(estimate=CALL)
        self.settled()
        self.assertEqual([e["flags"] for e in self.account.events()], [0, 0])

    def test_what_is_not_used_comes_back_soon(self) -> None:
        self.account.policy("acme", "0.008", enforcement="strict")
        with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
            t.result(input_tokens=1)
        self.soon(lambda: self.goes(estimate=CALL))

    def test_lifetime(self) -> None:
        self.account.policy("acme", 1, enforcement="strict", unit="requests", period="lifetime")
        self.call()
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            self.call()
        self.assertEqual(
            (caught.exception.period, caught.exception.resets_at, caught.exception.retry_after),
            ("lifetime", None, None),
        )

    def test_settled_once_however_it_ends(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        ids: List[str] = []

        def run(error: Any) -> None:
            try:
                with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
                    ids.append(t.id)
                    if error is not None:
                        raise error
                    t.result(**CALL)
            except BaseException:
                pass
            t.end({"usage": {"input_tokens": 9}})  # again: nothing
            t.cancel()

        for error in (None, ZeroDivisionError(), ProviderError(500), KeyboardInterrupt(), GeneratorExit()):
            run(error)
        self.settled()
        self.assertEqual(sorted(str(e["event_id"]) for e in self.account.events()), sorted(ids))
        self.assertEqual(quotakit.stats().rejected, 0)

    def test_two_threads_end_one_call(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        for _ in range(20):
            t = quotakit.track(PATH, model="gpt-4o", estimate=CALL)
            t.begin()
            barrier = threading.Barrier(4)

            def end(n: int) -> None:
                barrier.wait()
                t.end({"usage": {"input_tokens": n}})

            threads = [threading.Thread(target=end, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.settled()
        self.assertEqual(
            (len(self.account.events()), quotakit.stats().rejected, quotakit.stats().recorded), (20, 0, 20)
        )

    def test_async_with(self) -> None:
        self.account.policy("acme", "0.016", enforcement="strict")

        async def one() -> None:
            async with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
                await asyncio.sleep(0.01)
                t.result(**CALL)

        async def main() -> List[Any]:
            return await asyncio.gather(*(one() for _ in range(5)), return_exceptions=True)

        results = asyncio.run(main())
        self.assertEqual([type(r).__name__ for r in results if r is not None], ["QuotaExceeded"] * 3)
        self.settled()

    def test_async_does_not_block_the_loop(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        self.house.gateway.pause()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        async def main() -> None:
            ticking = asyncio.create_task(tick())
            async with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
                t.result(**CALL)
            ticking.cancel()

        threading.Timer(0.5, self.house.gateway.resume).start()
        asyncio.run(main())
        self.assertGreater(ticks, 15)

    def test_async_cancelled_while_reserving_holds_nothing(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        self.flush()
        self.house.gateway.pause()

        async def one() -> None:
            async with quotakit.track(PATH, model="gpt-4o", estimate=CALL):
                self.fail("began")

        async def main() -> None:
            task = asyncio.create_task(one())
            await asyncio.sleep(0.2)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.house.gateway.resume()
            await asyncio.sleep(0.5)

        asyncio.run(main())
        self.settled()
        self.assertEqual(len(self.account.events()), 1)

    def test_interrupted_while_reserving_holds_nothing(self) -> None:
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        self.flush()
        self.house.gateway.pause()

        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            with self.assertRaises(KeyboardInterrupt):
                self.call(estimate=CALL)
        finally:
            signal.signal(signal.SIGALRM, before)
            self.house.gateway.resume()
        self.soon(lambda: self.account.open_reservations() == 0)
        self.settled()
        self.assertEqual(len(self.account.events()), 1)

    def test_shadow_is_asked_and_refuses_nothing(self) -> None:
        policy = self.account.policy("acme", "0.001", enforcement="shadow")
        self.call(estimate=CALL)
        self.settled()
        self.account.act()
        self.assertEqual(
            self.house.db.run("SELECT source FROM quotakit.refusal WHERE policy_id = %s", policy), [("shadow",)]
        )

    def test_learned_estimates(self) -> None:
        self.account.policy("acme", 100, enforcement="strict")
        for _ in range(25):
            quotakit.log(PATH, model="gpt-4o", **CALL)
        self.flush()
        policy = self.account.policy("acme", 100, enforcement="strict")
        with quotakit.track(PATH, model="gpt-4o") as t:
            self.assertEqual(self.account.status(policy)["held"], Decimal("0.0075"))
            t.result(**CALL)
        self.settled()


class LeaseTest(GatewayTest):
    def test_far_from_the_limit_and_near(self) -> None:
        policy = self.account.policy("acme", 3, enforcement="strict")  # 400 calls
        begun = 0
        try:
            while True:
                self.call(estimate=CALL)
                begun += 1
                time.sleep(0.002)
        except quotakit.QuotaExceeded as e:
            self.assertEqual(e.policy, policy)
        self.assertEqual(begun, 400)
        self.settled()
        self.assertEqual(self.account.status(policy)["used"], 3)
        draws = len(self.account.events("ref_id IS NOT NULL"))
        self.assertGreater(draws, 50)
        sizes = self.account.db.run(
            f"SELECT requests FROM quotakit.reservation WHERE account_id = {self.account.id} AND is_lease AND seq = 0"
        )
        self.assertLessEqual(max(size for (size,) in sizes), 400 // 50)
        self.assertEqual({e["flags"] for e in self.account.events()}, {0})

    def test_none_without_headroom_for_fifty(self) -> None:
        self.account.policy("acme", "0.72", enforcement="strict")  # 96 calls
        for _ in range(30):
            self.call(estimate=CALL)
            time.sleep(0.002)
        self.settled()
        self.assertEqual(len(self.account.events("ref_id IS NOT NULL")), 0)

    def test_none_for_calls_whose_tokens_nobody_knows(self) -> None:
        self.account.policy("acme", 3, enforcement="strict")
        for _ in range(30):
            self.call(estimate={"usd": COST})
            time.sleep(0.005)
        self.assertGreater(self.account.open_reservations(), 0)
        self.account.policy("acme", 10**9, unit="tokens", enforcement="strict")
        state = self.client.runtime.states.get(PATH)
        assert state is not None
        state.hasten(0)
        self.client.runtime.worker.wake()
        self.soon(lambda: not self.goes(estimate={"usd": COST}))
        # Each is refused by itself: a lease would hold no tokens for any of them.
        for _ in range(60):
            self.assertFalse(self.goes(estimate={"usd": COST}))
            time.sleep(0.05)
        self.settled()

    def test_idle_leases_come_back(self) -> None:
        policy = self.account.policy("acme", 3, enforcement="strict")
        for _ in range(30):
            self.call(estimate=CALL)
            time.sleep(0.005)
        self.assertGreater(self.account.open_reservations(), 0)
        self.soon(lambda: self.account.open_reservations() == 0)
        self.settled()
        self.assertEqual(self.account.status(policy)["held"], 0)

    def test_shutdown_returns_them(self) -> None:
        policy = self.account.policy("acme", 3, enforcement="strict")
        for _ in range(30):
            self.call(estimate=CALL)
            time.sleep(0.005)
        self.flush()  # nothing is queued any more, and the lease is still held
        self.assertGreater(self.account.status(policy)["held"], 0)
        self.assertTrue(quotakit.shutdown(5))
        self.assertEqual(self.account.status(policy)["held"], 0)
        self.assertEqual(self.account.status(policy)["used"], Decimal("0.225"))

    def test_a_newer_state_near_the_limit_ends_them(self) -> None:
        self.client = self.init(lease_idle=60)  # not that
        policy = self.account.policy("acme", 3, enforcement="strict")
        for _ in range(30):
            self.call(estimate=CALL)
            time.sleep(0.005)
        self.assertGreater(self.account.open_reservations(), 0)
        self.account.limit(policy, "0.3")
        state = self.client.runtime.states.get(PATH)
        assert state is not None
        state.hasten(0)
        self.client.runtime.worker.wake()
        self.soon(lambda: self.account.open_reservations() == 0)
        self.settled()
        before = len(self.account.events("ref_id IS NOT NULL"))
        with self.assertRaises(quotakit.QuotaExceeded):
            for _ in range(30):
                self.call(estimate=CALL)
        self.settled()
        self.assertEqual((len(self.account.events()), len(self.account.events("ref_id IS NOT NULL"))), (40, before))

    def test_off(self) -> None:
        self.init(leases=False)
        self.account.policy("acme", 3, enforcement="strict")
        for _ in range(30):
            self.call(estimate=CALL)
        self.settled()
        self.assertEqual(len(self.account.events("ref_id IS NOT NULL")), 0)

    def test_a_window_about_to_end_gets_none(self) -> None:
        self.account.policy("acme", 3, enforcement="strict", period="minute")
        for _ in range(30):
            self.call(estimate=CALL)
            time.sleep(0.005)
        self.settled()
        self.assertEqual(len(self.account.events("ref_id IS NOT NULL")), 0)

    def test_costs_that_round_up(self) -> None:
        """A call of 1.5 nano-USD costs 2; many together would cost less than one by one."""
        self.account.act()
        self.house.db.run("SELECT quotakit.set_price('openai', 'tiny', 'input_tokens', usd => 0.0000000015)")
        policy = self.account.policy("acme", "0.00001", enforcement="strict")
        for _ in range(40):
            with quotakit.track(PATH, model="tiny", estimate={"input_tokens": 1}) as t:
                t.result(input_tokens=1)
            time.sleep(0.005)
        self.assertGreater(self.account.open_reservations(), 0)
        held, events = self.account.status(policy)["held"], self.account
        rows = events.db.dicts(
            "SELECT usd, requests FROM quotakit.reservation WHERE account_id = %s AND is_lease AND seq = 0",
            self.account.id,
        )
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(row["usd"], 2 * row["requests"])
        self.assertGreater(held, 0)
        quotakit.shutdown(5)
        self.assertEqual(self.account.status(policy)["used"], Decimal("0.00000008"))

    def test_calls_larger_than_the_share_reserve_for_themselves(self) -> None:
        self.account.policy("acme", 50, enforcement="strict")
        for i in range(60):
            size = 100 if i % 7 else 5000 + i
            with quotakit.track(PATH, model="gpt-4o", max_tokens=size, input_tokens=size) as t:
                t.result(input_tokens=size, output_tokens=size)
            time.sleep(0.003)
        quotakit.shutdown(5)
        self.assertEqual((self.account.open_reservations(), self.account.verify()), (0, []))
        self.assertEqual({e["flags"] for e in self.account.events()}, {0})
