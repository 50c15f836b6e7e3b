"""A cluster whose clock is set by the test: every process of the server has set_clock.c preloaded.

    with ClockCluster("2026-03-29 00:59:59") as cluster:
        cluster.set_clock("2026-03-29 01:00:00")

The clock stands still between settings, so what a test computes is exact. It may be set
back, as by a step of NTP.
"""
import ctypes
import datetime
import mmap
import os
import subprocess

from harness import Cluster

HERE = os.path.dirname(os.path.abspath(__file__))


def microseconds(text):
    """Of a time in UTC, YYYY-MM-DD hh:mm:ss[.ffffff], since the Unix epoch."""
    at = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


class ClockCluster(Cluster):
    def __init__(self, at, **options):
        super().__init__(**options)
        self.library = os.path.join(self.directory, "set_clock.so")
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                        os.path.join(HERE, "set_clock.c"), "-o", self.library], check=True)
        os.chmod(self.library, 0o755)
        self.clock = os.path.join(self.directory, "clock")
        self._write("clock", "\0" * 8, 0o644)
        with open(self.clock, "r+b") as f:
            # One aligned store: no process sees half of it.
            self._now = ctypes.c_int64.from_buffer(mmap.mmap(f.fileno(), 8))
        self.set_clock(at)

    def set_clock(self, at):
        """`at` is UTC: YYYY-MM-DD hh:mm:ss[.ffffff]. Seen by the server's next look at its clock."""
        self._now.value = microseconds(at)

    def run(self, program, *arguments, **options):
        # pg_ctl compares the postmaster's start with its own, so both live in the same time.
        return super().run("/usr/bin/env", f"LD_PRELOAD={self.library}", f"SET_CLOCK={self.clock}",
                           os.path.join(self.bindir, program), *arguments, **options)

    def complaints(self, *words):
        """Lines of the server's log that have one of the words. A clock that jumps confuses the launcher of
        autovacuum, which takes a worker's start for late; that says nothing about us."""
        return [line for line in self.log_text().splitlines()
                if any(word in line for word in words) and "WARNING:  autovacuum worker " not in line]
