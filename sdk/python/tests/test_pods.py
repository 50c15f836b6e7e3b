"""Eight processes of eight threads, through two gateways, against one strict limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any, Dict, List

from base import GatewayTest

HERE = os.path.dirname(os.path.abspath(__file__))
PODS, THREADS = 8, 8
TOKENS = 7
PRICE = Decimal("0.000001234")  # a token
CALLS = 3000


class PodsTest(GatewayTest):
    def pods(self, leases: bool) -> List[Dict[str, Any]]:
        self.account.act()
        self.house.db.run("SELECT quotakit.set_price('openai', 'm', 'input_tokens', usd => %s)", PRICE)
        cost = PRICE * TOKENS
        # Room for 3,000 calls and a bit less than one more.
        self.limit = cost * CALLS + cost - Decimal("0.000000001")
        self.policy = self.account.policy("acme", self.limit, enforcement="strict", period="month")
        second = self.house.new_gateway()
        self.addCleanup(second.stop)
        start = time.time() + 1.5
        urls = [self.house.gateway.url, second.url]
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    os.path.join(HERE, "worker.py"),
                    urls[n % 2],
                    self.account.key,
                    str(THREADS),
                    str(int(leases)),
                    str(TOKENS),
                    str(start),
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(PODS)
        ]
        out = []
        for process in processes:
            text, _ = process.communicate(timeout=240)
            self.assertEqual(process.returncode, 0)
            out.append(json.loads(text))
        return out

    def check(self, pods: List[Dict[str, Any]]) -> None:
        status = self.account.status(self.policy)
        events = self.account.events()
        used = sum(e["usd"] for e in events)
        self.assertLessEqual(used, int(self.limit * 10**9))
        self.assertEqual(status["used"], Decimal(used) / 10**9)
        self.assertEqual(sum(p["calls"] for p in pods), CALLS)
        self.assertEqual(len(events), CALLS)
        self.assertEqual({e["flags"] for e in events}, {0})
        self.assertLess(self.limit - status["used"], PRICE * TOKENS)
        self.assertEqual((status["held"], self.account.open_reservations(), self.account.verify()), (0, 0, []))
        for pod in pods:
            self.assertEqual(
                (pod["policies"], pod["shutdown"], pod["stats"]["dropped"], pod["stats"]["rejected"]),
                ([self.policy], True, 0, 0),
            )
            self.assertEqual(pod["resets"], [str(status["resets_at"])])

    def test_with_leases(self) -> None:
        pods = self.pods(True)
        self.check(pods)
        draws = len(self.account.events("ref_id IS NOT NULL"))
        self.assertGreater(draws, CALLS // 4)

    def test_without_leases(self) -> None:
        self.check(self.pods(False))
        self.assertEqual(len(self.account.events("ref_id IS NOT NULL")), 0)
