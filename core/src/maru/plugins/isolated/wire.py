"""What goes over the socket between our processes and an isolated one: JSON behind its length.

A question, then its answer; before that, what the isolated process wishes for (`wish`, with a
number) and what it gets (`granted`, with the same). Sizes are looked at before anything is read:
an answer of 50 MB costs four bytes.
"""

import asyncio
from typing import Any, Final

import orjson

ANSWER: Final = 1_000_000
"""The largest answer or wish of an isolated process, in bytes."""

ASK: Final = 64_000_000
"""The largest question; bodies have limits of their own by route."""

WISHES: Final = 8
"""What one call wishes for at once."""

_HEAD: Final = 4


class TooLarge(Exception):
    """The other side says more than it may."""


class Strange(Exception):
    """The other side says something that isn't the protocol."""


async def read(reader: asyncio.StreamReader, largest: int) -> dict[str, Any]:
    """The next message; raises IncompleteReadError where the other side has gone."""
    size = int.from_bytes(await reader.readexactly(_HEAD))
    if size > largest:
        raise TooLarge(f"{size} bytes, more than {largest}")
    try:
        value = orjson.loads(await reader.readexactly(size))
    except orjson.JSONDecodeError as error:
        raise Strange(str(error)) from None
    if not isinstance(value, dict):
        raise Strange("no object")
    return value


def packed(value: dict[str, Any]) -> bytes:
    """A message as it is sent."""
    body = orjson.dumps(value)
    return len(body).to_bytes(_HEAD) + body
