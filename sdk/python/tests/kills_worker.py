"""One application of the test of kills. Prints the ids of calls once flush() has said that they are acknowledged.

Arguments: URL, key, leases (0 or 1). It runs until it is killed, or until its standard input is closed.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from typing import List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import quotakit  # noqa: E402

url, key, leases = sys.argv[1:]
quotakit.init(key, url, leases=leases == "1", timeout=3, flush_interval=0.1, reserve_ttl=60)
stop = threading.Event()


def work(n: int) -> None:
    pending: List[str] = []
    while not stop.is_set():
        try:
            with quotakit.track(
                "acme/strict" if n % 2 else "acme/open",
                model="gpt-4o",
                estimate={"input_tokens": 100, "output_tokens": 100},
            ) as t:
                t.result(input_tokens=50 + n, output_tokens=60)
            pending.append(t.id)
        except quotakit.Unavailable:
            time.sleep(0.05)
        if len(pending) >= 10 and quotakit.flush(1):
            os.write(1, ("\n".join(pending) + "\n").encode())
            pending = []
        time.sleep(0.003)


threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
for thread in threads:
    thread.start()
select.select([sys.stdin], [], [])
stop.set()
for thread in threads:
    thread.join()
os.write(1, b"end\n" if quotakit.shutdown(20) else b"lost\n")
