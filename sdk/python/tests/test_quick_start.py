"""The README's quick start as it is printed, with a stand-in for the provider; then the limits bite."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from typing import Any, Dict

from base import PATH, GatewayTest
from house import ROOT, SDK
from provider import Provider


def block(path: str, number: int = 0) -> str:
    with open(path, encoding="utf-8") as f:
        return re.findall(r"```python\n(.*?)```", f.read(), re.S)[number]


class QuickStartTest(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        provider = Provider()
        self.provider = provider.__enter__()
        self.addCleanup(provider.__exit__)

    def run_lines(self, lines: str, init: bool = False) -> "subprocess.CompletedProcess[str]":
        if init:
            lines = "import quotakit, openai\nquotakit.init()\n" + lines + "\nquotakit.shutdown()\n"
        environment: Dict[str, Any] = {
            **os.environ,
            "PYTHONPATH": f"{SDK}:{os.path.join(SDK, 'tests', 'standin')}",
            "OPENAI_BASE_URL": self.provider.url,
            "QUOTAKIT_API_KEY": self.account.key,
            "QUOTAKIT_BASE_URL": self.house.gateway.url,
        }
        # Not from the repository's root: there the extension's quotakit.so would be taken for the package.
        return subprocess.run(
            [sys.executable, "-c", lines],
            cwd=SDK,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )

    def quick_start(self) -> "subprocess.CompletedProcess[str]":
        lines = block(os.path.join(SDK, "README.md"))
        self.assertEqual(len(lines.splitlines()), 8)
        self.assertEqual((lines.count("aisc_..."), lines.count("http://127.0.0.1:8080")), (1, 1))
        return self.run_lines(
            lines.replace("aisc_...", self.account.key).replace("http://127.0.0.1:8080", self.house.gateway.url)
        )

    def test_block(self) -> None:
        policy = self.account.policy("acme", 25)
        done = self.quick_start()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("'used': '0.0007'", done.stdout)  # in the state: 120 in, 40 out
        event = self.account.events()[0]  # and in psql
        self.assertEqual((event["usd"], event["path_text"], event["model"]), (700_000, PATH, "gpt-4o"))
        self.account.limit(policy, "0.0008")
        self.assertEqual(self.quick_start().returncode, 0)  # it passes the limit; the flush says so
        done = self.quick_start()
        self.assertIn("quotakit.errors.QuotaExceeded: the month limit of acme is 0.0008 usd", done.stderr)
        self.assertEqual(len(self.provider.requests), 2)

    def test_strict_at_once(self) -> None:
        self.account.policy("acme", "0.0008", enforcement="strict")
        self.assertIn("QuotaExceeded", self.quick_start().stderr)
        self.assertEqual((self.provider.requests, self.account.events()), ([], []))

    def test_wrap_lines(self) -> None:
        done = self.run_lines(block(os.path.join(SDK, "README.md"), 1), init=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.account.events()[0]["cached_input_tokens"], 100)


class PageTest(unittest.TestCase):
    def test_the_page_names_what_there_is(self) -> None:
        import quotakit

        with open(os.path.join(ROOT, "doc", "sdk.md"), encoding="utf-8") as f:
            page = f.read()
        for name in quotakit.__all__:
            if name not in ("Reservation", "Stats", "Track", "__version__"):
                self.assertIn(name, page)
        for setting in quotakit.init.__kwdefaults__:
            self.assertIn(f"`{setting}`", page)
        for name in re.findall(r"quotakit\.([a-z_]+)\(", page):
            if name not in ("why", "create_node", "create_key"):
                self.assertIn(name, quotakit.__all__)


class SourceTest(unittest.TestCase):
    def test_python_3_9_can_read_it(self) -> None:
        import ast

        for folder, _, files in os.walk(os.path.join(SDK, "quotakit")):
            for name in files:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        ast.parse(f.read(), name, feature_version=(3, 9))

    def test_standard_library_only(self) -> None:
        done = subprocess.run(
            [
                sys.executable,
                "-S",
                "-I",
                "-W",
                "error",
                "-c",
                f"import sys; sys.path.insert(0, {SDK!r}); import quotakit; print(quotakit.__version__)",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_function_is_annotated(self) -> None:
        """What mypy --strict would ask first, without mypy."""
        import ast

        for folder, _, files in os.walk(os.path.join(SDK, "quotakit")):
            for name in files:
                if not name.endswith(".py"):
                    continue
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    tree = ast.parse(f.read())
                for node in ast.walk(tree):
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                        arguments += [a for a in (node.args.vararg, node.args.kwarg) if a is not None]
                        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
                        self.assertEqual((bare, node.returns is None), ([], False), f"{name}: {node.name}")
