"""A cluster whose clock is set by the test: every process of the server runs under libfaketime.

    with ClockCluster("2026-03-29 00:59:59") as cluster:
        cluster.set_clock("2026-03-29 01:00:00")

The clock stands still between settings, so what a test computes is exact. It may be set
back, as by a step of NTP. Timeouts (lock_timeout and the like) do not fire.
"""
import glob
import os
import threading

from harness import Cluster


def library():
    """libfaketime of Debian's package of that name; None if it is not installed."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    return found[0] if found else None


class ClockCluster(Cluster):
    def __init__(self, at, **options):
        super().__init__(**options)
        self.clock = os.path.join(self.directory, "clock")
        self.setting = threading.Lock()
        self.set_clock(at)

    def set_clock(self, at):
        """`at` is UTC: YYYY-MM-DD hh:mm:ss. Seen by the server's next look at its clock."""
        with self.setting:
            self._write("clock.new", at + "\n", 0o644)
            os.rename(self.clock + ".new", self.clock)

    def run(self, program, *arguments, **options):
        # pg_ctl compares the postmaster's start with its own, so both live in the same time.
        faked = (f"LD_PRELOAD={library()}", f"FAKETIME_TIMESTAMP_FILE={self.clock}", "FAKETIME_NO_CACHE=1",
                 "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_RESET=1")
        return super().run("/usr/bin/env", *faked, os.path.join(self.bindir, program), *arguments, **options)
