"""The first level: values of this process, bounded by bytes, found again by their tags."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from maru.cache.slot import Again, Slot, Tag

ROW = 400  # what an entry costs beside its value, roughly
AGAIN = 1_600  # what it costs to be able to make one anew
OFTEN = 2  # a value that was asked for so often since it was made will be asked for again
LARGEST_SHARE = 8
NEVER = float("inf")


@dataclass(slots=True)
class Entry:
    """One kept value, when it ends and from when on it should be made anew, on the monotonic
    clock; how often it was asked for, and what makes it once it is dropped."""

    value: bytes
    ends: float
    tags: tuple[Tag, ...]
    due: float = NEVER
    again: Again | None = None
    asked: int = 0

    @property
    def size(self) -> int:
        return len(self.value) + ROW + (AGAIN if self.again else 0)


class Memory:
    """Values by slot; the longest unused go first when `limit` bytes are full."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.size = 0
        self._clock = clock
        self._entries: OrderedDict[Slot, Entry] = OrderedDict()
        self._tagged: defaultdict[Tag, set[Slot]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, slot: Slot) -> bool:
        return self._alive(slot) is not None

    def get(self, slot: Slot) -> bytes | None:
        """The value kept there, unless its time is over or it is due to be made anew."""
        entry = self._alive(slot)
        if entry is None or entry.due <= self._clock():
            return None
        entry.asked += 1
        return entry.value

    def take(self, slot: Slot) -> tuple[bytes, float | None] | None:
        """The value kept there; where it is due, with the seconds that it has left.

        It is due once: whoever hears of it makes it anew, all others go on with what is there.
        """
        entry = self._alive(slot)
        if entry is None:
            return None
        now = self._clock()
        entry.asked += 1
        if entry.due > now:
            return entry.value, None
        entry.due = NEVER
        return entry.value, entry.ends - now

    def put(
        self,
        slot: Slot,
        value: bytes,
        seconds: float,
        tags: tuple[Tag, ...],
        ahead: float = 0.0,
        again: Again | None = None,
    ) -> None:
        """Keep a value; one that would push out too many others isn't kept.

        It is due to be made anew `ahead` seconds before its end, and by `again` once it is dropped.
        """
        self._remove(slot)
        ends = self._clock() + seconds
        entry = Entry(value, ends, tags, ends - ahead if ahead > 0 else NEVER, again)
        if entry.size > self.limit // LARGEST_SHARE or seconds <= 0:
            return
        self._entries[slot] = entry
        self.size += entry.size
        for tag in tags:
            self._tagged[tag].add(slot)
        while self.size > self.limit:
            self._remove(next(iter(self._entries)))

    def drop(self, tags: Iterable[Tag]) -> dict[Slot, Again]:
        """Forget all values that carry one of these tags; gives what makes those anew that were
        asked for often and have time left."""
        wanted: dict[Slot, Again] = {}
        for tag in tags:
            for slot in tuple(self._tagged.get(tag, ())):
                entry = self._alive(slot)
                if entry is not None and entry.again is not None and entry.asked >= OFTEN:
                    wanted[slot] = entry.again
                self._remove(slot)
        return wanted

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._tagged.clear()
        self.size = 0

    def _alive(self, slot: Slot) -> Entry | None:
        entry = self._entries.get(slot)
        if entry is None:
            return None
        if entry.ends <= self._clock():
            self._remove(slot)
            return None
        self._entries.move_to_end(slot)
        return entry

    def _remove(self, slot: Slot) -> None:
        entry = self._entries.pop(slot, None)
        if entry is None:
            return
        self.size -= entry.size
        for tag in entry.tags:
            slots = self._tagged[tag]
            slots.discard(slot)
            if not slots:
                del self._tagged[tag]
