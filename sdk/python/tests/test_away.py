"""Gateways that are away, slow or killed; forks; and the end of the process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from typing import Any, List

import harness
import quotakit
from base import CALL, FLAG, PATH, GatewayTest
from house import SDK, free_port
from quotakit._config import Config

DEAD = f"http://127.0.0.1:{free_port()}"


class AwayTest(GatewayTest):
    def test_away_at_the_start_open_goes_on_and_nothing_is_lost(self) -> None:
        gateway = self.house.new_gateway()
        gateway.stop(signal.SIGKILL)
        self.init(base_url=gateway.url)
        began = time.monotonic()
        for _ in range(50):
            self.call()
        self.assertLess(time.monotonic() - began, 1)
        self.assertTrue(self.logged.has("WARNING", "goes on unchecked"))
        self.assertFalse(quotakit.flush(0.2))
        self.assertEqual(quotakit.stats().queued, 50)
        gateway.start()
        self.addCleanup(gateway.stop)
        self.flush()
        self.assertEqual((len(self.account.events()), quotakit.stats().dropped), (50, 0))

    def test_away_at_the_start_closed_by_choice(self) -> None:
        self.init(base_url=DEAD, fail_open=False)
        self.assertRaises(quotakit.Unavailable, self.call)

    def test_away_in_the_middle(self) -> None:
        """Open and block go on, strict does not, and what was reserved is settled."""
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, leases=False)
        self.account.node("acme/strict")
        self.account.policy("acme/strict", 1, enforcement="strict")
        self.account.policy("acme", 1)

        def strict() -> quotakit.Track:
            return quotakit.track("acme/strict", model="gpt-4o", estimate=CALL)

        self.call()
        held = strict()
        held.begin()
        gateway.stop(signal.SIGKILL)
        for _ in range(5):
            began = time.monotonic()
            with self.assertRaises(quotakit.Unavailable):
                with strict():
                    self.fail("began")
            self.assertLess(time.monotonic() - began, 2)
            self.call()
        held.result(**CALL)
        held.__exit__(None, None, None)
        gateway.start()
        self.flush()
        self.assertEqual(len(self.account.events()), 7)
        time.sleep(6)  # until the pause after the failures is over at the latest
        with strict() as t:
            t.result(**CALL)
        self.settled()
        self.assertEqual({e["flags"] for e in self.account.events()}, {0})

    def test_strict_fail_open(self) -> None:
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, strict_fail_open=True)
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        gateway.stop()
        self.call(estimate=CALL)
        gateway.start()
        self.flush()
        self.assertEqual(sorted(e["flags"] for e in self.account.events()), [0, FLAG["unreserved"]])

    def test_hanging_gateway(self) -> None:
        """Its kernel accepts, but nobody answers."""
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, timeout=0.5)
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        gateway.pause()
        began = time.monotonic()
        with self.assertRaises(quotakit.Unavailable):
            self.call(estimate=CALL)
        self.assertLess(time.monotonic() - began, 1.5)
        began = time.monotonic()
        with self.assertRaises(quotakit.Unavailable):
            self.call(estimate=CALL)  # at once: it was away a moment ago
        self.assertLess(time.monotonic() - began, 0.3)
        gateway.resume()
        time.sleep(1)
        quotakit.flush(10)
        # The reservation that was given up has been granted meanwhile, and is released.
        self.soon(lambda: self.account.open_reservations() == 0)
        self.settled()
        self.assertEqual(len(self.account.events()), 1)

    def test_a_locked_project_is_asked_again(self) -> None:
        """Somebody sleeps in a transaction that holds the project's lock."""
        gateway = self.house.new_gateway(deadline=200)
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, leases=False)
        self.account.policy("acme", 1, enforcement="strict")
        self.call(estimate=CALL)
        self.flush()
        with harness.connect(self.house.cluster, "quota") as sleeper:
            sleeper.run("BEGIN")
            sleeper.run(
                "SELECT quotakit._lock_project(%s, (SELECT node_id FROM quotakit.node WHERE account_id = %s AND path::text = 'acme'))",
                self.account.id,
                self.account.id,
            )
            threading.Timer(1.0, lambda: sleeper.run("COMMIT")).start()
            quotakit.log(PATH, model="gpt-4o", **CALL)
            self.assertFalse(quotakit.flush(0.5))
            began = time.monotonic()
            self.call(estimate=CALL)  # waits, and goes on
            self.assertGreater(time.monotonic() - began, 0.2)
            self.flush()
        self.assertEqual((len(self.account.events()), quotakit.stats().rejected), (3, 0), self.logged.lines)
        self.settled()

    def test_killed_again_and_again(self) -> None:
        """Each call that the client began is in the ledger once."""
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, leases=True, timeout=2)
        self.account.policy("acme", 1000, enforcement="strict")
        ids: List[str] = []
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                try:
                    with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
                        t.result(**CALL)
                    ids.append(t.id)
                except quotakit.Unavailable:
                    time.sleep(0.05)
                time.sleep(0.005)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(6):
            time.sleep(0.6)
            gateway.stop(signal.SIGKILL)
            gateway.start()
        stop.set()
        for thread in threads:
            thread.join()
        self.assertTrue(quotakit.flush(15))
        # A release may be there before the reservation that a killed gateway left with the server.
        self.soon(lambda: self.account.open_reservations() == 0)
        self.assertTrue(quotakit.shutdown(10))
        got = sorted(str(e["event_id"]) for e in self.account.events())
        self.assertEqual(got, sorted(ids))
        self.assertGreater(len(ids), 100)
        self.assertEqual((quotakit.stats().dropped, quotakit.stats().rejected), (0, 0), self.logged.lines)
        self.assertEqual((self.account.open_reservations(), self.account.verify()), (0, []))

    def test_a_release_that_overtakes_its_reservation(self) -> None:
        """The gateway is killed while the server still has a reservation before it, which is granted after all."""
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, leases=False, timeout=2)
        self.account.policy("acme", 1000, enforcement="strict")
        self.call(estimate=CALL)
        self.flush()
        with harness.connect(self.house.cluster, "postgres") as watch:
            backends = [
                int(pid)
                for (pid,) in watch.run(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                    " AND usename = 'quotakit_gateway'"
                )
            ]
            self.assertTrue(backends)
            for pid in backends:
                os.kill(pid, signal.SIGSTOP)
            try:
                self.assertRaises(quotakit.Unavailable, self.call, estimate=CALL)
                gateway.stop(signal.SIGKILL)
                gateway.start()
                self.flush()  # the release finds nothing
            finally:
                for pid in backends:
                    os.kill(pid, signal.SIGCONT)
        self.account.act()
        grants = f"SELECT count(*) FROM quotakit.reservation WHERE account_id = {self.account.id} AND seq = 0"
        self.soon(lambda: int(self.house.db.value(grants)) == 2)
        self.soon(lambda: self.account.open_reservations() == 0)
        self.assertEqual((len(self.account.events()), self.account.verify()), (1, []))

    def test_revoked_key(self) -> None:
        self.call()
        self.flush()
        self.account.act()
        self.house.db.run(
            f"SELECT quotakit.revoke_key(key_id) FROM quotakit.api_key_list WHERE account_id = {self.account.id}"
        )
        self.call()  # it may: open
        self.assertFalse(quotakit.flush(0.5))
        self.assertTrue(self.logged.has("ERROR", "does not accept the API key"))
        self.assertFalse(quotakit.shutdown(0.3))
        self.assertTrue(self.logged.has("ERROR", "1 call(s) were not acknowledged"))
        self.assertEqual(quotakit.stats().dropped, 1)


class SlowTest(GatewayTest):
    def test_100_000_events(self) -> None:
        """A gateway that stands still most of the time: memory is bounded, and the counts are exact."""
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        self.init(base_url=gateway.url, queue_size=5_000, timeout=20)
        self.call()
        self.flush()
        stop = threading.Event()

        def stutter() -> None:
            while not stop.is_set():
                gateway.pause()
                time.sleep(0.3)
                gateway.resume()
                time.sleep(0.02)

        stuttering = threading.Thread(target=stutter)
        stuttering.start()
        tracemalloc.start()

        def work() -> None:
            for _ in range(25_000):
                with quotakit.track(PATH, model="gpt-4o") as t:
                    t.result(input_tokens=1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLessEqual(quotakit.stats().queued, 5_000)
        stop.set()
        stuttering.join()
        self.assertTrue(quotakit.flush(60))
        stats = quotakit.stats()
        self.assertGreater(stats.dropped, 1000)
        self.assertEqual(stats.recorded + stats.dropped, 100_001)
        recorded = self.house.db.value(f"SELECT count(*) FROM quotakit.event WHERE account_id = {self.account.id}")
        self.assertEqual(recorded, stats.recorded)
        self.assertLess(peak, 40_000_000)
        quotakit.shutdown(5)
        self.assertTrue(
            self.logged.has("ERROR", "were dropped", f"{stats.dropped} since the start"), self.logged.lines[-3:]
        )


class ForkTest(GatewayTest):
    def in_child(self, run: Any) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                run()
                os._exit(0)
            except BaseException as error:
                os.write(2, f"{error!r}\n".encode())
                os._exit(1)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.assertEqual(status, 0)
                return
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.fail("the child hangs")

    def test_fork_after_init(self) -> None:
        """The child sends its own, the parent its own, nobody both."""
        self.account.policy("acme", 10, enforcement="strict")
        for _ in range(20):
            self.call(estimate=CALL)
            time.sleep(0.005)  # a lease is held
        quotakit.flush()

        def child() -> None:
            for _ in range(10):
                self.call(estimate=CALL)
            if not quotakit.shutdown(5) or quotakit.stats().recorded != 10:
                raise AssertionError(quotakit.stats())

        with quotakit.track(PATH, model="gpt-4o", estimate=CALL) as t:
            self.in_child(child)
            t.result(**CALL)
        self.call(estimate=CALL)
        self.assertTrue(quotakit.shutdown(5))
        self.assertEqual((len(self.account.events()), quotakit.stats().rejected), (32, 0), self.logged.lines)
        self.assertEqual((self.account.open_reservations(), self.account.verify()), (0, []))

    def test_fork_with_a_full_queue_and_busy_threads(self) -> None:
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                self.call()
                time.sleep(0.001)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()

        def child() -> None:
            for _ in range(5):
                self.call()
            if not quotakit.shutdown(5) or quotakit.stats().recorded != 5:
                raise AssertionError(quotakit.stats())

        for _ in range(10):
            self.in_child(child)
        stop.set()
        for thread in threads:
            thread.join()
        self.flush()
        self.assertEqual(len(self.account.events()), quotakit.stats().recorded + 50)
        self.assertEqual(quotakit.stats().dropped, 0)

    def test_a_call_open_across_a_fork_is_the_parents(self) -> None:
        t = quotakit.track(PATH, model="gpt-4o")
        t.begin()

        def child() -> None:
            t.result(input_tokens=99)
            t.__exit__(None, None, None)
            quotakit.shutdown(5)

        self.in_child(child)
        t.result(**CALL)
        t.__exit__(None, None, None)
        self.assertEqual(self.event()["input_tokens"], 1000)

    def end_by_signal(self, program: str) -> int:
        """Runs a program whose calls are cut off by SIGTERM; returns how it ended."""
        head = (
            f"import sys; sys.path.insert(0, {SDK!r})\nimport multiprocessing, os, signal, time, quotakit\n"
            f"quotakit.init({self.account.key!r}, {self.house.gateway.url!r}, flush_interval=60, exit_timeout=8)\n"
            "def work(_=0):\n"
            "    with quotakit.track('acme/search', model='gpt-4o', estimate={'input_tokens': 1000}) as t:\n"
            "        t.result(input_tokens=1000)\n"
        )
        return subprocess.run([sys.executable, "-c", head + program], timeout=60).returncode

    def test_sigterm(self) -> None:
        for program in (
            "work(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)",
            "with quotakit.track('acme/search'):\n    work(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)",
        ):
            self.assertEqual(self.end_by_signal(program), -signal.SIGTERM)
        self.assertEqual(len(self.account.events()), 2)

    def test_a_handler_of_the_applications_own_stays(self) -> None:
        own = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        work = "work(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
        self.assertEqual(self.end_by_signal(own + work), 7)
        self.assertEqual(len(self.account.events()), 1)

    def test_a_pool_that_is_terminated(self) -> None:
        self.account.policy("acme", 1000, enforcement="strict")
        program = "with multiprocessing.get_context('fork').Pool(2) as pool:\n    pool.map(work, range(40))\n"
        self.assertEqual(self.end_by_signal(program), 0)
        self.assertEqual(len(self.account.events()), 40)
        self.soon(lambda: self.account.open_reservations() == 0)
        self.assertEqual(self.account.verify(), [])

    def test_multiprocessing_child_flushes_at_its_end(self) -> None:
        process = multiprocessing.get_context("fork").Process(target=self.call)
        process.start()
        process.join(10)
        self.assertEqual(process.exitcode, 0)
        self.event()


class ExitTest(GatewayTest):
    def script(self, body: str, url: str) -> "subprocess.CompletedProcess[str]":
        text = (
            f"import sys; sys.path.insert(0, {SDK!r})\nimport quotakit, logging, os, time\nlogging.basicConfig()\n"
            f"quotakit.init({self.account.key!r}, {url!r})\n{body}"
        )
        return subprocess.run(
            [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )

    CALL = (
        f"def call():\n with quotakit.track({PATH!r}, model='gpt-4o', estimate={CALL!r}) as t: t.result(**{CALL!r})\n"
    )

    def test_the_end_of_the_process_flushes(self) -> None:
        done = self.script(self.CALL + "call()", self.house.gateway.url)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(len(self.account.events()), 1)

    def test_leases_return_at_the_end(self) -> None:
        policy = self.account.policy("acme", 10, enforcement="strict")
        done = self.script(self.CALL + "for _ in range(40): call(); time.sleep(0.004)", self.house.gateway.url)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual((self.account.status(policy)["held"], len(self.account.events())), (0, 40))
        self.assertGreater(len(self.account.events("ref_id IS NOT NULL")), 10)

    def exit_time(self, url: str) -> None:
        done = self.script(
            self.CALL + "call(); call()\nt = time.monotonic()\n"
            "import atexit; atexit.unregister(print)\n"
            "import quotakit._process as p; atexit.unregister(p._at_exit)\n"
            "atexit.register(lambda: print('exit', time.monotonic() - t, flush=True))\n"
            "atexit.register(p._at_exit)\n",
            url,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 call(s) were not acknowledged", done.stdout)
        self.assertLess(float(done.stdout.split("exit ")[1].split()[0]), 2.0)

    def test_away_at_the_end(self) -> None:
        self.exit_time(DEAD)

    def test_hanging_at_the_end(self) -> None:
        gateway = self.house.new_gateway()
        self.addCleanup(gateway.stop)
        gateway.pause()
        began = time.monotonic()
        self.exit_time(gateway.url)
        self.assertLess(time.monotonic() - began, 8)

    def test_killed_while_holding(self) -> None:
        """kill -9: what it held goes by its time, and is not for ever."""
        policy = self.account.policy("acme", 10, enforcement="strict")
        self.script(
            self.CALL + "for _ in range(40): call(); time.sleep(0.004)\nos.kill(os.getpid(), 9)", self.house.gateway.url
        )
        self.account.act()
        left = self.house.db.value(
            "SELECT max(expires_at) - now() < interval '8 minutes' "
            "FROM quotakit.open_reservation WHERE account_id = %s",
            self.account.id,
        )
        self.assertTrue(left)
        self.assertGreater(self.account.status(policy)["held"], 0)
        self.assertEqual(self.account.verify(), [])

    def test_config_is_checked_before_anything_starts(self) -> None:
        self.assertRaises(ValueError, Config, self.account.key, "http://x", lease_idle=0)
