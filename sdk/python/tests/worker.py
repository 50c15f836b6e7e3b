"""One pod of the test of pods, in a process of its own: as many threads as said call until the quota is gone.

Arguments: URL, key, threads, leases (0 or 1), tokens a call, seconds to start at. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, Dict, List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import quotakit  # noqa: E402

url, key, threads, leases, tokens, start = sys.argv[1:]
quotakit.init(key, url, leases=leases == "1", timeout=30)
counts: Dict[str, Any] = {"calls": 0, "refused": 0, "policies": [], "resets": []}
lock = threading.Lock()
times: List[float] = []


def work() -> None:
    calls = 0
    mine: List[float] = []
    while True:
        try:
            began = time.perf_counter()
            with quotakit.track("acme/search", model="m", estimate={"input_tokens": int(tokens)}) as t:
                mine.append(time.perf_counter() - began)
                t.result(input_tokens=int(tokens))
            calls += 1
        except quotakit.QuotaExceeded as e:
            with lock:
                counts["refused"] += 1
                counts["policies"].append(e.policy)
                counts["resets"].append(str(e.resets_at))
            if not e.held:
                break  # nothing is held that might come back
            time.sleep(0.05)
        time.sleep(0.002)
    with lock:
        counts["calls"] += calls
        times.extend(mine)


time.sleep(max(0.0, float(start) - time.time()))
pool = [threading.Thread(target=work) for _ in range(int(threads))]
for thread in pool:
    thread.start()
for thread in pool:
    thread.join()
counts["shutdown"] = quotakit.shutdown(20)
counts["stats"] = quotakit.stats()._asdict()
counts["policies"] = sorted(set(counts["policies"]))
counts["resets"] = sorted(set(counts["resets"]))
times.sort()
counts["median_us"] = round(times[len(times) // 2] * 1e6, 1) if times else None
print(json.dumps(counts))
