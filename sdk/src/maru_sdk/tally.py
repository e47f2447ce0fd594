"""Counting what happens too often to write each time: `ctx.tally`. Import it where you need it.

Counts gather in Redis and are taken from there in batches, so a thousand views of a post are one
write. A batch has an id that never comes back: who writes it down in the transaction that adds
its counts never counts twice, whatever dies in between.
"""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from maru_sdk._model import Model

__all__ = ["Batch", "Tally"]


class Batch(Model):
    """What was counted since the last batch: how often each key."""

    id: UUID
    counts: Mapping[UUID, int]


class Tally(Protocol):
    """Counters of this plugin in this tenant, each with a name and keys of its own."""

    async def add(self, name: str, key: UUID, *, once: str = "", within: str = "1h") -> int:
        """Counts one more of `key`, in no transaction, and returns how many of it wait to be
        taken.

        With `once` (somebody's id, say) what comes again `within` so long isn't counted again.
        While Redis is away nothing is counted and 0 returned.
        """
        ...

    async def take(self, name: str) -> Batch | None:
        """What waits under this name; None where nothing does.

        It is given up with the commit of the transaction at hand; after anything else the same
        batch is taken again, so add its counts only where its id is new: insert it as a row's id,
        `on_conflict_do_nothing()`, and see whether there was one.
        """
        ...
