"""Drops by tag, on their way to Redis: those that it hasn't heard of yet are owed to it."""

import asyncio
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID, uuid4

from maru.cache.shared import SharedCache
from maru.cache.slot import EVERYTHING, Tag

SEPARATOR = "\x1f"
OWED_AT_MOST = 1_000
OWN_REMEMBERED = 1_000
AT_ONCE = 200


class Drop(NamedTuple):
    """Tags of one tenant; `once` tells all processes that it is the same drop."""

    tenant_id: UUID | None
    once: str
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """The drop as the key of a signal."""
        return SEPARATOR.join([self.once, *self.names])

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What it drops."""
        return tuple((self.tenant_id, name) for name in self.names)


def new_drop(tenant_id: UUID | None, names: tuple[str, ...]) -> Drop:
    """A drop that nobody has heard of yet."""
    return Drop(tenant_id, uuid4().hex, tuple(dict.fromkeys(names)))


def drop_of(tenant_id: UUID | None, key: str) -> Drop:
    """A drop from the key of its signal."""
    once, *names = key.split(SEPARATOR)
    return Drop(tenant_id, once, tuple(names))


class Drops:
    """What this process has to tell Redis; while it owes some, it leaves Redis out."""

    def __init__(self, shared: SharedCache) -> None:
        self._shared = shared
        self._owed: dict[str, Drop] = {}
        self._own: OrderedDict[str, None] = OrderedDict()

    @property
    def owed(self) -> bool:
        """Whether Redis may still hold what has been dropped."""
        return bool(self._owed)

    def note_own(self, drop: Drop) -> None:
        """This process obeys the drop at its commit; its signal will tell it nothing new."""
        self._own[drop.once] = None
        while len(self._own) > OWN_REMEMBERED:
            self._own.popitem(last=False)

    def is_own(self, drop: Drop) -> bool:
        """Whether a drop that was heard of is this process's, obeyed already."""
        return self._own.pop(drop.once, drop) is None

    async def tell(self, drop: Drop) -> None:
        """Redis hears of the drop now, or is owed it."""
        if not await self._shared.drop(drop.tenant_id, drop.names, drop.once):
            self.owe(drop)

    def owe(self, drop: Drop) -> None:
        """Redis is to hear of the drop before this process asks it anything."""
        self._owed[drop.once] = drop
        if len(self._owed) > OWED_AT_MOST:
            tenants = {one.tenant_id for one in self._owed.values()}
            everything = [new_drop(tenant, (EVERYTHING,)) for tenant in tenants]
            self._owed = {one.once: one for one in everything}

    async def pay(self) -> None:
        """Redis hears of all that it is owed, many drops a message, as far as it answers."""
        owed = tuple(self._owed.values())
        for first in range(0, len(owed), AT_ONCE):
            some = owed[first : first + AT_ONCE]
            telling = [self._shared.drop(one.tenant_id, one.names, one.once) for one in some]
            paid = await asyncio.gather(*telling)
            for one, told in zip(some, paid, strict=True):
                if told:
                    self._owed.pop(one.once, None)
            if not all(paid):
                return
