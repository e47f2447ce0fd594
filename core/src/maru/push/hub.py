"""The rooms of one push process, who is in them, and the one loop that fills many sockets.

A room's spot is its tenant and its name, so a name never reaches another tenant's people.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, Protocol
from uuid import UUID

from maru.observability.metrics import Counter
from maru.push.frames import Frame
from maru.push.memory import Sent, Spot
from maru.push.visitor import Visitor

PERSONAL: Final = "me"
PER_PERSON: Final = 64
CROWD: Final = 100


class Member(Protocol):
    """One connection as the hub knows it."""

    visitor: Visitor
    rooms: dict[str, bool]

    def offer(self, frame: Frame) -> bool: ...
    def close(self, code: int, reason: str) -> None: ...


def spot_of(visitor: Visitor, room: str) -> Spot:
    """The room that this visitor means by a name."""
    name = f"{PERSONAL}:{visitor.person_id}" if room == PERSONAL else room
    return visitor.tenant_id, name


def shown(spot: Spot) -> str:
    """A room's name as its members write it."""
    return PERSONAL if spot[1].startswith(f"{PERSONAL}:") else spot[1]


class Hub:
    """Rooms and connections."""

    def __init__(self, messages: Counter) -> None:
        self.rooms: dict[Spot, dict[Member, None]] = {}
        self.members: dict[Member, None] = {}
        self.processes: Callable[[], int] = lambda: 1
        self._messages = messages
        self._people: defaultdict[tuple[UUID, UUID], dict[Member, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self.members)

    def arrive(self, member: Member) -> bool:
        """Take a connection in; False where its person has too many."""
        visitor = member.visitor
        theirs = self._people[visitor.tenant_id, visitor.person_id]
        if len(theirs) >= PER_PERSON:
            return False
        theirs[member] = self.members[member] = None
        return True

    def depart(self, member: Member) -> None:
        """Let a connection go, from all its rooms."""
        for room in tuple(member.rooms):
            self.leave(member, room)
        self.members.pop(member, None)
        key = member.visitor.tenant_id, member.visitor.person_id
        theirs = self._people.get(key)
        if theirs is not None:
            theirs.pop(member, None)
            if not theirs:
                del self._people[key]

    def join(self, member: Member, room: str, *, presence: bool) -> None:
        """Put a connection into a room."""
        member.rooms[room] = presence
        self.rooms.setdefault(spot_of(member.visitor, room), {})[member] = None

    def leave(self, member: Member, room: str) -> None:
        """Take a connection out of a room."""
        member.rooms.pop(room, None)
        spot = spot_of(member.visitor, room)
        inside = self.rooms.get(spot)
        if inside is not None:
            inside.pop(member, None)
            if not inside:
                del self.rooms[spot]

    def deliver(self, sent: Sent) -> None:
        """Send a message of the log to its room."""
        if sent.spot in self.rooms:
            crowd = self.crowd(sent.spot)
            self.tell(sent.spot, Frame(shown(sent.spot), sent.id, sent.event, sent.data, crowd))

    def crowd(self, spot: Spot) -> int:
        """About how many pages are in a room, over all processes: 0 where they are few."""
        here = len(self.rooms.get(spot, ()))
        everywhere = here * max(1, self.processes())
        return everywhere if everywhere >= CROWD else 0

    def tell(self, spot: Spot, frame: Frame) -> None:
        """Send one frame to everybody in a room. A list: who is dropped leaves meanwhile."""
        inside = self.rooms.get(spot)
        if inside:
            reached = sum([member.offer(frame) for member in tuple(inside)])
            self._messages.add("out", by=reached)

    def of_person(self, tenant_id: UUID, person_id: UUID) -> tuple[Member, ...]:
        """The connections of one person."""
        return tuple(self._people.get((tenant_id, person_id), ()))

    def where(self, holds: Callable[[Visitor], bool]) -> Iterator[Member]:
        """The connections whose visitor is so."""
        return iter([member for member in self.members if holds(member.visitor)])
