"""The messages of the last minutes, for pages that were away for a moment."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maru.push.position import Position

KEPT: Final = 300.0
MARGIN: Final = 2.0
LIMIT: Final = 32 << 20
OVERHEAD: Final = 500

Spot = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the log as it is sent; `id` is its position as text, `at` when it was read."""

    spot: Spot
    xid: int
    number: int
    id: str
    event: str
    data: str
    at: float

    @property
    def size(self) -> int:
        return OVERHEAD + len(self.data) + len(self.id)


class Memory:
    """What was sent of late, by room, bounded in time and bytes."""

    def __init__(self, since: float = 0.0, limit: int = LIMIT) -> None:
        self.since = since
        self._limit = limit
        self._size = 0
        self._all: deque[Sent] = deque()
        self._by_spot: defaultdict[Spot, deque[Sent]] = defaultdict(deque)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, sent: Sent) -> None:
        """Remember one message, the newest."""
        self._all.append(sent)
        self._by_spot[sent.spot].append(sent)
        self._size += sent.size
        while self._size > self._limit:
            self.since = max(self.since, self._drop().at)

    def prune(self, now: float) -> None:
        """Forget what is old."""
        while self._all and self._all[0].at < now - KEPT:
            self._drop()
        self.since = max(self.since, now - KEPT)

    def _drop(self) -> Sent:
        sent = self._all.popleft()
        self._size -= sent.size
        room = self._by_spot[sent.spot]
        room.popleft()
        if not room:
            del self._by_spot[sent.spot]
        return sent

    def missed(self, spot: Spot, position: Position) -> Iterator[Sent] | None:
        """What was sent to a room since this position; None where that can't be told any more."""
        if position.at < self.since + MARGIN:
            return None
        room = self._by_spot.get(spot, ())
        return (sent for sent in room if not position.has(sent.xid, sent.number))
