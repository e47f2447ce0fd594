"""Trace ids: taken from the caller where it sends a well-formed one, else drawn."""

import random
import re
from typing import Final, NamedTuple

_PARENT: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_draw: Final = random.SystemRandom().getrandbits
_numbers: Final = random.Random(_draw(128))  # noqa: S311 (names requests, guards nothing)


class Parent(NamedTuple):
    """What a `traceparent` says: the trace, the span that caused this, and whether it is kept."""

    trace: str
    span: str
    sampled: bool


def parent_of(carried: str | bytes | None) -> Parent | None:
    """What a `traceparent` says; None for anything else, a bare trace id too."""
    if not carried:
        return None
    found = _PARENT.fullmatch(carried if isinstance(carried, bytes) else carried.encode())
    if found is None:
        return None
    return Parent(found[1].decode(), found[2].decode(), bool(int(found[3], 16) & 1))


def trace_of(parent: bytes | None) -> str:
    """The trace id of a `traceparent` header, or a new one: 32 hexadecimal digits."""
    if parent is not None:
        found = _PARENT.fullmatch(parent)
        if found is not None:
            return found[1].decode()
    return new_trace()


def trace_id(carried: str) -> str:
    """The trace id in what a seed carries: a `traceparent`, or the id alone."""
    found = parent_of(carried)
    return carried if found is None else found.trace


def new_trace() -> str:
    """A new trace id."""
    return f"{_numbers.getrandbits(128):032x}"


def request_id() -> str:
    """A new id for one request or span: 16 hexadecimal digits."""
    return f"{_numbers.getrandbits(64):016x}"


def traceparent(trace: str) -> str:
    """The `traceparent` header that hands a trace on, empty for none."""
    if len(trace) != 32:
        return ""
    return f"00-{trace}-{_numbers.getrandbits(64) | 1:016x}-01"
