"""Trace ids: taken from the caller where it sends a well-formed one, else drawn."""

import random
import re
from typing import Final

_PARENT: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_draw: Final = random.SystemRandom().getrandbits
_numbers: Final = random.Random(_draw(128))  # noqa: S311 (names requests, guards nothing)


def trace_of(parent: bytes | None) -> str:
    """The trace id of a `traceparent` header, or a new one: 32 hexadecimal digits."""
    if parent is not None:
        found = _PARENT.fullmatch(parent)
        if found is not None:
            return found[1].decode()
    return f"{_numbers.getrandbits(128):032x}"


def request_id() -> str:
    """A new id for one request: 16 hexadecimal digits."""
    return f"{_numbers.getrandbits(64):016x}"


def traceparent(trace: str) -> str:
    """The `traceparent` header that hands a trace on, empty for none."""
    if len(trace) != 32:
        return ""
    return f"00-{trace}-{_numbers.getrandbits(64) | 1:016x}-01"
