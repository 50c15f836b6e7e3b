"""Words and numbers that the SDK shares with the server. Made by scripts/vocabulary from extension/vocabulary.json."""

from __future__ import annotations

from typing import Final, Literal, Tuple

# What a policy counts. Money is kept in nano and shown as a decimal string; the others are whole.
Unit = Literal[
    "usd",
    "credits",
    "requests",
    "tokens",
]
UNITS: Final[Tuple[Unit, ...]] = (
    "usd",
    "credits",
    "requests",
    "tokens",
)
MONEY_UNITS: Final[Tuple[Unit, ...]] = (
    "usd",
    "credits",
)

# What a policy does. refuses: it stops calls; reserves: it must be asked before each call.
Enforcement = Literal[
    "open",
    "block",
    "strict",
    "shadow",
]
ENFORCEMENTS: Final[Tuple[Enforcement, ...]] = (
    "open",
    "block",
    "strict",
    "shadow",
)
RESERVING_ENFORCEMENTS: Final[Tuple[Enforcement, ...]] = (
    "strict",
    "shadow",
)

# Disjoint classes of tokens; together they are the unit tokens.
TokenClass = Literal[
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
]
TOKEN_CLASSES: Final[Tuple[TokenClass, ...]] = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
INPUT_CLASSES: Final[Tuple[TokenClass, ...]] = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
)

# Kinds of calls. spend: it reports what has happened, and is kept whatever is wrong with it. frees: it ends a
# hold, or a part of one.
Op = Literal[
    "reserve",
    "settle",
    "log",
    "draw",
    "release",
    "extend",
    "refused",
]
FREEING_OPS: Final[Tuple[Op, ...]] = (
    "settle",
    "draw",
    "release",
)

# What one call and one request may be.
CALL_BYTES: Final = 65_536
CALL_MOST_PER_REQUEST: Final = 500
CALL_NAMED_METERS: Final = 16
CALL_TAGS: Final = 16
CALL_DEFAULT_TTL: Final = 300
CALL_LONGEST_TTL: Final = 86_400

# Leases: a reservation that many calls draw on. headroom: every strict policy must have room for so many of
# them; learned: calls seen before one is worth it.
LEASE_SECONDS: Final = 60
LEASE_HEADROOM: Final = 50
LEASE_FEWEST_CALLS: Final = 2
LEASE_MOST_CALLS: Final = 1_024
LEASE_LEARNED: Final = 20
