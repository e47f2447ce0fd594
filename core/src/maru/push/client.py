"""One connection: what its page asks for, within limits, and what it gets."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maru.observability.metrics import Counter
from maru.push.frames import BadFrame, Frame, Op, error, read_frame, told
from maru.push.hub import Hub, spot_of
from maru.push.memory import Sent
from maru.push.outgoing import Outgoing, Pipe
from maru.push.position import Position
from maru.push.presence import Presence
from maru.push.reader import Reader
from maru.push.visitor import Close, Doorkeeper, Entry, Refused, Visitor

ROOMS: Final = 200
PER_SECOND: Final = 50.0
AT_ONCE: Final = 100.0
REPLAYED: Final = 256
REPLAYED_BYTES: Final = 256 << 10
OPEN: Final = frozenset({"tenant", "portal", "me"})
SPREAD: Final = 1_000.0
LONGEST_SPREAD: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What all connections of a process share."""

    hub: Hub
    reader: Reader
    presence: Presence
    doorkeeper: Doorkeeper
    messages: Counter


class Client:
    """One connection, of whatever kind its pipe is."""

    __slots__ = ("__weakref__", "_at", "_budget", "_floor", "_out", "idle", "rooms", "visitor")

    def __init__(self, floor: Floor, visitor: Visitor, pipe: Pipe) -> None:
        self.visitor = visitor
        self.rooms: dict[str, bool] = {}
        self.idle = False
        self._floor = floor
        self._out = Outgoing(pipe)
        self._budget = AT_ONCE
        self._at = time.monotonic()

    @property
    def closed(self) -> bool:
        """Whether nothing goes out any more."""
        return self._out.closed

    def offer(self, frame: Frame) -> bool:
        """Send a frame as soon as the client takes it."""
        return self._out.offer(frame)

    def flush(self) -> None:
        """The client takes frames again."""
        self._out.flush()

    def close(self, code: int, reason: str) -> None:
        """End the connection."""
        self._out.close(code, reason)

    def arrive(self) -> None:
        """Begin; a person with too many connections gets no further one."""
        if not self._floor.hub.arrive(self):
            self.close(Close.TOO_MUCH, "too many connections")

    def depart(self) -> None:
        """Leave every room, as the connection ends."""
        self._out.closed = True
        spots = [spot_of(self.visitor, room) for room, seen in self.rooms.items() if seen]
        self._floor.hub.depart(self)
        for spot in spots:
            self._floor.presence.leave(spot, self)

    def farewell(self) -> None:
        """Say when to come back: not all at once."""
        spread = min(LONGEST_SPREAD, 0.5 + len(self._floor.hub) / SPREAD)
        after = round(random.uniform(0.0, spread), 2)  # noqa: S311
        self.offer(told(None, "reconnect", {"after": after}))

    async def hear(self, text: str) -> None:
        """Do what the page asks; what is wrong with that is told in a frame."""
        self._floor.messages.add("in")
        if not self._within_budget():
            self.close(Close.TOO_MUCH, "too many messages")
            return
        room: str | None = None
        try:
            op, room, frame = read_frame(text)
            await self._do(op, room, frame)
        except (BadFrame, Refused) as refusal:
            self.offer(error(refusal.code, refusal.message, room or None))

    def _within_budget(self) -> bool:
        now = time.monotonic()
        self._budget = min(AT_ONCE, self._budget + (now - self._at) * PER_SECOND) - 1
        self._at = now
        return self._budget >= 0

    async def _do(self, op: Op, room: str, frame: Mapping[str, Any]) -> None:
        match op:
            case "ping":
                self.offer(told(None, "pong", {}))
            case "subscribe" | "resume":
                await self.enter(room, frame.get("since"))
            case "unsubscribe":
                self.quit(room)
            case "message":
                await self._say(room, frame.get("data"))
            case "presence":
                self._floor.presence.turn(self, idle=frame.get("state") == "idle")

    async def enter(self, room: str, since: object = None) -> None:
        """Into a room, with what was missed there; raises Refused."""
        fresh = room not in self.rooms
        presence = self.rooms.get(room, False)
        if fresh:
            if len(self.rooms) >= ROOMS:
                raise Refused("TOO_MANY_ROOMS", f"A connection has at most {ROOMS} rooms")
            presence = (await self.may_enter(room)).presence
        if self.closed:
            return
        # From here on nothing waits: what is sent meanwhile is either missed or heard, never both.
        replayed = None if since is None else self._replay(room, since)
        self._floor.hub.join(self, room, presence=presence)
        data: dict[str, Any] = {} if replayed is None else {"replayed": replayed}
        spot = spot_of(self.visitor, room)
        if presence:
            self._floor.presence.enter(spot, self)
            data["here"] = self._floor.presence.here(spot)
        self.offer(told(room, "subscribed", data, self._floor.reader.position))

    async def may_enter(self, room: str) -> Entry:
        """Whether this person may enter; asked of web for all but the tenant's own rooms."""
        if room in OPEN:
            return Entry()
        name, colon, rest = room.partition(":")
        if not colon or not (("." in name) or (name == "job" and _is_id(rest))):
            raise Refused("ROOM_NOT_FOUND", "There is no such room")
        return await self._floor.doorkeeper.enter(self.visitor, room)

    def quit(self, room: str) -> None:
        """Out of a room."""
        if self.rooms.get(room):
            self._floor.presence.leave(spot_of(self.visitor, room), self)
        self._floor.hub.leave(self, room)

    def put_out(self, room: str, code: str, message: str) -> None:
        """Out of a room, by somebody else's doing."""
        if room in self.rooms:
            self.quit(room)
            self.offer(error(code, message, room))

    def _replay(self, room: str, since: object) -> int:
        spot = spot_of(self.visitor, room)
        missed, crowd = self._missed(room, since), self._floor.hub.crowd(spot)
        if missed is None:
            self.offer(told(room, "reset", {}, self._floor.reader.position))
            return 0
        for sent in missed:
            self.offer(Frame(room, sent.id, sent.event, sent.data, crowd))
        return len(missed)

    def _missed(self, room: str, since: object) -> list[Sent] | None:
        """What the page has missed; None where that can't be told, or is more than a fresh look
        costs."""
        try:
            position = Position.parse(str(since))
        except ValueError:
            return None
        found = self._floor.reader.memory.missed(spot_of(self.visitor, room), position)
        if found is None:
            return None
        missed = list(found)
        many = len(missed) > REPLAYED or sum(len(one.data) for one in missed) > REPLAYED_BYTES
        return None if many else missed

    async def _say(self, room: str, data: object) -> None:
        if room not in self.rooms:
            raise Refused("NOT_IN_ROOM", "Enter the room first")
        if room in OPEN:
            raise Refused("PERMISSION_DENIED", "Nobody speaks here")
        answer = await self._floor.doorkeeper.say(self.visitor, room, data)
        self.offer(Frame(room, None, "answer", answer))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
