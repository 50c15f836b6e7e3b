"""Wrapped clients of the documented shapes, for tests."""

from __future__ import annotations

from typing import Any, Dict, Optional

from base import PATH, GatewayTest

import anthropic
import openai
import quotakit
from provider import Provider

ASK: Dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
ASK_CLAUDE: Dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 500,
    "messages": [{"role": "user", "content": "Hello"}],
}
CHAT = {
    "input_tokens": 20,
    "cached_input_tokens": 100,
    "cache_write_tokens": 0,
    "output_tokens": 10,
    "reasoning_tokens": 30,
}
RESPONSE = {**CHAT, "input_tokens": 15, "cache_write_tokens": 5}
MESSAGE = {
    "input_tokens": 20,
    "cached_input_tokens": 100,
    "cache_write_tokens": 4,
    "output_tokens": 40,
    "reasoning_tokens": 0,
}


class Clients(GatewayTest):
    """Each test has a provider's stand-in and clients of it."""

    def setUp(self) -> None:
        super().setUp()
        provider = Provider()
        self.provider = provider.__enter__()
        self.addCleanup(provider.__exit__)
        self.plain = openai.OpenAI(base_url=provider.url)
        self.openai = quotakit.wrap(self.plain, path=PATH)
        self.async_openai = quotakit.wrap(openai.AsyncOpenAI(base_url=provider.url), path=PATH)
        self.account.node("acme/claude", service="anthropic")
        self.claude = quotakit.wrap(anthropic.Anthropic(base_url=provider.url), path="acme/claude")
        self.async_claude = quotakit.wrap(anthropic.AsyncAnthropic(base_url=provider.url), path="acme/claude")

    def used(self, wanted: Optional[Dict[str, int]], flags: int = 0) -> Dict[str, Any]:
        """The only event, with these tokens (None: whatever) and flags."""
        event = self.event()
        if wanted is not None:
            self.assertEqual({name: event[name] for name in wanted}, wanted)
        self.assertEqual(event["flags"], flags, self.logged.lines)
        return event
