"""A long list in slices, between which the loop turns: a hundred thousand words are as many
milliseconds that nobody else should wait for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

SLICE: Final = 1_000


async def slices(items: Sequence[T]) -> AsyncIterator[tuple[int, Sequence[T]]]:
    """Each slice with where it begins."""
    for at in range(0, len(items), SLICE):
        yield at, items[at : at + SLICE]
        await asyncio.sleep(0)
