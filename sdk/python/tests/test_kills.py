"""Gateways, the database and applications killed at random: what was acknowledged is in the ledger once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, List, Tuple

import harness
from base import GatewayTest
from house import House

HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = 30 if harness.LONG else 9


class KillsTest(GatewayTest):
    def test_kills(self) -> None:
        # A cluster of its own: other tests want theirs alive.
        common = self.house
        try:
            with House(quiet=True) as house:
                self.kill(house)
        finally:
            sys.modules["house"].house = common  # type: ignore[attr-defined]

    def kill(self, house: House) -> None:
        seed = harness.seed()
        dice = random.Random(seed)
        account = house.account()
        for path in ("acme/open", "acme/strict"):
            account.node(path)
        account.policy("acme/strict", 10_000, enforcement="strict")
        account.policy("acme", 10_000)
        gateways = [house.gateway, house.new_gateway()]
        with tempfile.TemporaryDirectory() as directory:
            files: List[str] = []
            applications: List[Any] = []

            def start(n: int) -> Any:
                path = os.path.join(directory, str(len(files)))
                files.append(path)
                with open(path, "wb") as out:
                    return subprocess.Popen(
                        [
                            sys.executable,
                            os.path.join(HERE, "kills_worker.py"),
                            gateways[n % 2].url,
                            account.key,
                            str(n // 2 % 2),
                        ],
                        stdin=subprocess.PIPE,
                        stdout=out,
                        stderr=subprocess.DEVNULL,
                    )

            applications = [start(n) for n in range(4)]
            killed = {"gateway": 0, "database": 0, "application": 0}
            for i in range(KILLS):
                time.sleep(dice.uniform(0.5, 1.5))
                victim = ["application", "gateway", "database"][i % 3]
                killed[victim] += 1
                if victim == "gateway":
                    gateway = dice.choice(gateways)
                    gateway.stop(signal.SIGKILL)
                    time.sleep(dice.uniform(0, 0.5))
                    gateway.start()
                elif victim == "database":
                    house.cluster.stop("immediate")
                    house.cluster.start()
                else:
                    n = dice.randrange(len(applications))
                    applications[n].kill()
                    applications[n].wait()
                    applications[n] = start(n)
            house.db.raw.close()
            house.db = account.db = harness.connect(house.cluster, "quota")
            time.sleep(6)  # until every pause after a failure is over
            for application in applications:
                application.stdin.close()
            for application in applications:
                application.wait(60)
            acknowledged: List[str] = []
            ends: List[str] = []
            for path in files:
                with open(path) as f:
                    lines = f.read().split("\n")[:-1]
                for line in lines:
                    (ends if line in ("end", "lost") else acknowledged).append(line)
        self.judge(account, acknowledged, ends)
        harness.note(f"killed {killed}, {len(acknowledged)} calls acknowledged")

    def judge(self, account: Any, acknowledged: List[str], ends: List[str]) -> None:
        self.assertEqual(ends, ["end"] * 4)
        self.assertGreater(len(acknowledged), 100)
        rows: List[Tuple[str]] = account.db.run(
            f"SELECT event_id::text FROM quotakit.event WHERE account_id = {account.id}"
        )
        ledger = [row[0] for row in rows]
        self.assertEqual(len(ledger), len(set(ledger)))
        self.assertEqual(set(acknowledged) - set(ledger), set())
        account.act()
        self.assertEqual(
            account.db.value(f"SELECT count(*) FROM quotakit.rejected_event WHERE account_id = {account.id}"), 0
        )
        self.assertEqual(account.verify(), [])
        # What killed applications held ends by itself: 120 seconds for a lease, rounded up to a minute.
        longest = account.db.value(
            "SELECT max(expires_at) - now() FROM quotakit.open_reservation WHERE account_id = %s", account.id
        )
        if longest is not None:
            self.assertLess(longest.total_seconds(), 180)
