#!/usr/bin/python3
"""The Python SDK: its unittests, against a real cluster and real gateways.

    tests/test_sdk.py [test_wrap | test_wrap.WrapTest.test_chat …]
"""
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(HERE), "sdk", "python", "tests")
# The SDK's tests first: both folders have a test_chaos.
sys.path[:0] = [TESTS, HERE]

import harness  # noqa: E402
from house import House  # noqa: E402


class Tap(unittest.TestResult):
    """Each test as a line of the harness."""

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        self._bad = ""

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self._began
        if self._bad == "skipped":
            return
        harness.check(test.id(), not self._bad, self._bad)
        if took > 5:
            harness.note(f"{took:.1f} s")

    def addError(self, test, err):
        super().addError(test, err)
        self._bad = self.errors[-1][1]
        if issubclass(err[0], SystemExit):
            self.stop()         # the harness was told to end
        if not hasattr(self, "_began"):
            harness.check(str(test), False, self._bad)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad = self.failures[-1][1]

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._bad = self._exc_info_to_string(err, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._bad = "skipped"
        harness.note(f"{test.id()} skipped: {reason}")


def main():
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        suite = loader.loadTestsFromNames(sys.argv[1:])
    else:
        suite = loader.discover(TESTS, pattern="test_*.py", top_level_dir=TESTS)
    with House():
        suite.run(Tap())
    harness.done()


main()
