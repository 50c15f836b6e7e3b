"""Methods that spend beside the usual ones: each is measured, or refused under a strict limit and warned about."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import unittest
from typing import Any, Dict, List

from base import FLAG, PATH
from quotakit._wrap._endpoints import TREE, Unmeasured
from clients import ASK_CLAUDE, CHAT, RESPONSE, Clients

import quotakit

QUEUED: Dict[str, Any] = {"model": "gpt-4o", "input": "Hello", "background": True}


class EscapeTest(Clients):
    def used_by(self, path: str = PATH) -> List[Any]:
        self.flush()
        names = (*CHAT, "flags", "meters")
        events = [e for e in self.account.events() if e["path_text"] == path]
        return [{n: e[n] for n in names if e[n]} for e in events]

    def test_a_response_in_the_background(self) -> None:
        policy = self.account.policy("acme", 1, enforcement="strict")
        r = self.openai.responses.create(**QUEUED, max_output_tokens=100, metadata={"id": "resp_1"})
        self.assertEqual(r.status, "queued")
        self.flush()
        self.assertEqual(self.account.events(), [])
        self.assertGreater(self.account.status(policy)["held"], 0)
        for _ in range(2):
            self.assertEqual(self.openai.responses.retrieve("resp_1").status, "completed")
        self.used(RESPONSE)
        self.settled()

    def test_a_response_in_the_background_async(self) -> None:
        async def main() -> None:
            await self.async_openai.responses.create(**QUEUED, metadata={"id": "resp_2"})
            await self.async_openai.responses.retrieve("resp_2")

        asyncio.run(main())
        self.used(RESPONSE)

    def test_a_response_in_the_background_that_nobody_retrieves(self) -> None:
        self.openai.responses.create(**QUEUED, metadata={"id": "resp_3"})
        quotakit.shutdown(5)
        events = self.account.events()
        self.assertEqual([e["flags"] for e in events], [FLAG["estimated"]])
        self.assertGreater(events[0]["input_tokens"], 0)

    def test_tool_runner(self) -> None:
        for stream in (False, True):
            runner = self.claude.beta.messages.tool_runner(**ASK_CLAUDE, stream=stream)
            self.assertEqual(len(list(runner)), 2)
        used = self.used_by("acme/claude")
        self.assertEqual([(u["input_tokens"], u["output_tokens"]) for u in used], [(20, 40)] * 4)

    def test_tool_runner_async(self) -> None:
        async def main() -> int:
            return len([m async for m in self.async_claude.beta.messages.tool_runner(**ASK_CLAUDE)])

        self.assertEqual(asyncio.run(main()), 2)
        self.assertEqual([u["input_tokens"] for u in self.used_by("acme/claude")], [20] * 2)

    def test_tool_runner_is_stopped(self) -> None:
        self.account.policy("acme", "0.000001", enforcement="strict")
        with self.assertRaises(quotakit.QuotaExceeded):
            list(self.claude.beta.messages.tool_runner(**ASK_CLAUDE))
        self.assertEqual(self.provider.requests, [])

    def test_images(self) -> None:
        self.openai.images.generate(model="gpt-image-1", prompt="a stage")
        self.openai.images.generate(model="dall-e-3", prompt="a stage", n=2)
        used = self.used_by()
        meters = [{k: float(v) for k, v in u["meters"].items()} for u in used]
        self.assertEqual(meters, [{"image_input_tokens": 40, "image_output_tokens": 4000}, {"image": 2}])
        self.assertEqual(used[0]["input_tokens"], 10)

    def test_audio(self) -> None:
        self.openai.audio.transcriptions.create(model="gpt-4o-transcribe", file=b"")
        self.openai.audio.transcriptions.create(model="whisper-1", file=b"")
        self.openai.audio.speech.create(model="tts-1", input="All the world", voice="alloy")
        with self.openai.audio.speech.with_streaming_response.create(model="tts-1", input="All", voice="alloy") as r:
            r.read()
        used = self.used_by()
        self.assertEqual({k: float(v) for k, v in used.pop()["meters"].items()}, {"input_character": 3})
        meters = [{k: float(v) for k, v in u["meters"].items()} for u in used]
        self.assertEqual(meters, [{"audio_input_tokens": 95}, {"audio_second": 9}, {"input_character": 13}])
        self.assertEqual((used[0]["input_tokens"], used[0]["output_tokens"]), (5, 7))

    def test_moderations_cost_nothing(self) -> None:
        self.openai.moderations.create(input="Hello")
        self.used({"input_tokens": 0, "output_tokens": 0}, FLAG["uncharged"])

    def test_results_of_a_batch_count_once(self) -> None:
        for _ in range(2):
            self.assertEqual(len(list(self.claude.messages.batches.results("batch_1"))), 2)
            self.openai.files.content("file_1")
        used = self.used_by("acme/claude")
        self.assertEqual([(u["input_tokens"], u["output_tokens"]) for u in used], [(20, 40)])
        self.assertEqual([u["input_tokens"] for u in self.used_by()], [20])
        self.assertEqual({e["tier"] for e in self.account.events()}, {"batch"})

    def test_what_cannot_be_measured(self) -> None:
        batch = {"input_file_id": "f", "endpoint": "/v1/responses"}
        for _ in range(2):
            self.openai.batches.create(**batch)
        self.assertEqual(sum("batches.create on acme/search" in line for line in self.logged.lines), 1)
        self.account.policy("acme", 1, enforcement="strict")
        self.init()
        with self.assertRaises(quotakit.QuotaExceeded) as caught:
            self.openai.batches.create(**batch)
        self.assertEqual(caught.exception.reason, "unmeasured")
        with self.assertRaises(quotakit.QuotaExceeded):
            asyncio.run(self.async_openai.batches.create(**batch))
        self.assertEqual(len(self.provider.requests), 2)


# Methods that post and spend nothing by the call.
FREE = (
    "admin.",
    "audio.voice",
    "beta.agents.",
    "beta.assistants.",
    "beta.environments.",
    "beta.files.",
    "beta.memory_stores.",
    "beta.skills.",
    "beta.tunnels.",
    "beta.user_profiles.",
    "beta.vaults.",
    "beta.webhooks.",
    "containers.files.",
    "conversations.",
    "files.create",
    "files.wait_for_processing",
    "skills.",
    "uploads.",
    "vector_stores.",  # paid by what is kept
    "webhooks.",
    "beta.threads.create",
    "beta.threads.messages.",
    "beta.threads.runs.poll",
    "videos.poll",
    "evals.create",
    "evals.update",
    "fine_tuning.alpha.graders.validate",
)
FREE_VERBS = (
    "update",
    "cancel",
    "archive",
    "delete",
    "count",
    "count_tokens",
    "pause",
    "unpause",
    "add",
    "refer",
    "hangup",
    "reject",
)

LIST = """
import inspect, json, re, sys
def walk(part, path, found):
    for name in dir(type(part)):
        if name.startswith("_") or name.startswith("with_"):
            continue
        value = inspect.getattr_static(type(part), name)
        if isinstance(value, property) or type(value).__name__ == "cached_property":
            try:
                below = getattr(part, name)
            except Exception:
                continue
            if "resources" in type(below).__module__ and len(path) < 6:
                walk(below, path + [name], found)
        elif callable(value) and path:
            source = inspect.getsource(inspect.unwrap(value))
            verbs = set(re.findall(r"self[.]_(post|get|delete|put|patch|get_api_list)[(]", source))
            if "post" in verbs or not verbs:
                found.append(".".join(path + [name]))
found = []
for package, make in (("openai", "OpenAI"), ("anthropic", "Anthropic")):
    try:
        module = __import__(package)
    except ImportError:
        continue
    walk(getattr(module, make)(api_key="x"), [], found)
print(json.dumps(found))
"""


class ListTest(unittest.TestCase):
    """The list of methods that spend, beside those that the real clients have."""

    def test_every_method_of_the_clients_is_in_a_list(self) -> None:
        folder = os.environ.get("QUOTAKIT_CLIENTS")
        if not folder:
            self.skipTest("QUOTAKIT_CLIENTS names no folder with openai or anthropic in it")
        environment = {**os.environ, "PYTHONPATH": folder}
        said = subprocess.run([sys.executable, "-c", LIST], env=environment, stdout=subprocess.PIPE, check=True)
        names: List[str] = json.loads(said.stdout)
        self.assertGreater(len(names), 20)
        self.assertEqual([name for name in names if not self.known(name)], [])
        self.assertTrue(any(isinstance(self.leaf(name), Unmeasured) for name in names))

    def leaf(self, name: str) -> Any:
        place: Any = TREE
        for part in name.split("."):
            place = place.get(part) if isinstance(place, dict) else None
        return None if isinstance(place, dict) else place

    def known(self, name: str) -> bool:
        free = name.startswith(FREE) or name.rpartition(".")[2] in FREE_VERBS
        return self.leaf(name) is not None or free
