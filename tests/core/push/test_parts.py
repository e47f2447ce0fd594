"""The parts of push that need no process: positions, memory, queues and frames."""

import random
from typing import Any
from uuid import uuid4

import orjson
import pytest

from maru.push.frames import BadFrame, Frame, read_frame
from maru.push.memory import KEPT, Memory, Sent
from maru.push.outgoing import BYTES, MESSAGES, Outgoing
from maru.push.position import NOTHING, Position, Snapshot
from maru.push.visitor import Close
from maru_sdk.live import channel

SPOT = (uuid4(), "tenant")


class TestPosition:
    def test_what_a_snapshot_sees(self) -> None:
        seen = Snapshot.parse("10:20:12,15")
        assert [xid for xid in range(8, 23) if seen.sees(xid)] == [
            *(8, 9, 10, 11, 13, 14, 16, 17, 18, 19)
        ]
        assert str(seen) == "10:20:12,15"
        assert not NOTHING.sees(0)

    def test_there_and_back(self) -> None:
        for text in ("1795205572~10:20:12,15", "17~0:0:~5~10:20:"):
            assert str(Position.parse(text)) == text

    @pytest.mark.parametrize(
        "text",
        ["", "1", "~", "1~2:3", "a~1:2:", "1~1:2:x", "1~1:2:~3", "1~1:2:~x~1:2:", "x" * 9999],
    )
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            Position.parse(text)

    def test_whatever_commits_when_nothing_is_missed_and_nothing_comes_twice(self) -> None:
        """Writers begin, write and commit in any order; two readers look when they like, and a
        page that changes from one to the other in the middle of a batch gets each message once."""
        dice = random.Random(7)
        for _ in range(300):
            _one_life(dice)


def _one_life(dice: random.Random) -> None:
    world = _World(dice)
    first, second = _Look(world), _Look(world)
    for _ in range(dice.randint(5, 40)):
        dice.choice([world.begin, world.write, world.commit, first.look, second.look])()
    world.commit_all()
    first.look()
    second.look()
    expected = sorted(number for number, _ in world.rows)
    for got, position in [*zip(first.heard_by(), first.positions, strict=True), ([], None)]:
        place = Position(0, NOTHING) if position is None else Position.parse(str(position))
        rest = [number for number, xid in second.order if not place.has(xid, number)]
        assert sorted([*got, *rest]) == expected


class _World:
    """PostgreSQL as far as it matters here: transactions, numbers, snapshots."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._next, self._number = 100, 0
        self._running: dict[int, list[int]] = {}
        self.rows: list[tuple[int, int]] = []

    def begin(self) -> None:
        self._running[self._next] = []
        self._next += 1

    def write(self) -> None:
        if self._running:
            self._number += 1
            self._running[self._dice.choice([*self._running])].append(self._number)

    def commit(self) -> None:
        if self._running:
            xid = self._dice.choice([*self._running])
            self.rows += [(number, xid) for number in self._running.pop(xid)]

    def commit_all(self) -> None:
        while self._running:
            self.commit()

    def snapshot(self) -> Snapshot:
        running = frozenset(self._running)
        return Snapshot(min(running, default=self._next), self._next, running)


class _Look:
    """A reader: each look hands on what the last one couldn't see, by number."""

    def __init__(self, world: _World) -> None:
        self._world, self._seen = world, NOTHING
        self.order: list[tuple[int, int]] = []
        self.positions: list[Position] = []

    def look(self) -> None:
        before, now = self._seen, self._world.snapshot()
        new = sorted(row for row in self._world.rows if not before.sees(row[1]))
        assert all(now.sees(xid) for _, xid in new)
        self.order += new
        self.positions += [Position(0, before, number, now) for number, _ in new[:-1]]
        self.positions += [Position(0, now)] if new else []
        self._seen = now

    def heard_by(self) -> list[list[int]]:
        """What a page has heard at each position."""
        numbers = [number for number, _ in self.order]
        return [numbers[: at + 1] for at in range(len(numbers))]


def sent(number: int, at: float, data: str = "{}") -> Sent:
    return Sent(SPOT, number, number, str(number), "news", data, at)


def missed(memory: Memory, at: int, xmax: int = 0) -> list[int] | None:
    found = memory.missed(SPOT, Position(at, Snapshot(xmax, xmax, frozenset())))
    return None if found is None else [one.number for one in found]


class TestMemory:
    def test_what_came_since(self) -> None:
        memory = Memory(since=100.0)
        for number in range(1, 5):
            memory.add(sent(number, 100.0 + number))
        assert missed(memory, 103, xmax=3) == [3, 4]
        assert missed(memory, 103, xmax=9) == []
        assert missed(memory, 101) is None, "older than what it remembers"

    def test_what_is_old_is_forgotten(self) -> None:
        memory = Memory(since=0.0)
        memory.add(sent(1, 1.0))
        memory.add(sent(2, 200.0))
        memory.prune(KEPT + 100.0)
        assert len(memory) == 1
        assert missed(memory, 50) is None
        assert missed(memory, 150) == [2]

    def test_it_is_bounded_in_bytes(self) -> None:
        memory = Memory(since=0.0, limit=100_000)
        for number in range(1, 100):
            memory.add(sent(number, float(number), "x" * 10_000))
        assert len(memory) < 10
        assert missed(memory, 50) is None, "it can't tell any more"
        assert missed(memory, 98, xmax=98) == [98, 99]


class FakePipe:
    """A pipe that takes frames when told."""

    def __init__(self) -> None:
        self.ready = True
        self.written: list[str] = []
        self.left: tuple[int, str] | None = None

    def write(self, frame: Frame) -> None:
        self.written.append(frame.text)

    def leave(self, code: int, reason: str) -> None:
        self.left = (code, reason)


def frame(number: int, data: str = "{}") -> Frame:
    return Frame("tenant", str(number), "news", data)


class TestOutgoing:
    def test_in_order_whatever_the_client_takes(self) -> None:
        pipe = FakePipe()
        out = Outgoing(pipe)
        for number in range(10):
            pipe.ready = number % 3 == 0
            out.offer(frame(number))
            if number == 6:
                out.flush()
        pipe.ready = True
        out.flush()
        assert [orjson.loads(one)["id"] for one in pipe.written] == [str(n) for n in range(10)]

    @pytest.mark.parametrize(("data", "bound"), [("{}", MESSAGES), ("x" * 10_000, BYTES // 10_000)])
    def test_at_the_bound_it_is_dropped(self, data: str, bound: int) -> None:
        pipe = FakePipe()
        pipe.ready = False
        out = Outgoing(pipe)
        taken = [out.offer(frame(number, data)) for number in range(bound + 5)]
        assert pipe.left is not None
        assert pipe.left[0] == Close.TOO_SLOW
        assert bound - 10 < sum(taken) <= bound
        pipe.ready = True
        out.flush()
        assert pipe.written == []
        assert not out.offer(frame(0))


class TestFrames:
    def test_one_frame_for_all(self) -> None:
        made = Frame("tenant", "7", "news", '{"a":"가"}')
        said = {"room": "tenant", "id": "7", "event": "news", "data": {"a": "가"}}
        assert orjson.loads(made.text) == said
        assert made.framed is made.framed
        assert made.framed[0] == 0x81
        assert orjson.loads(made.framed[2:]) == said
        assert made.sent_event == f"id: 7\nevent: news\ndata: {made.text}\n\n".encode()

    @pytest.mark.parametrize("length", [0, 10, 100, 200, 65_400, 65_600, 200_000])
    def test_every_length(self, length: int) -> None:
        framed = Frame(None, None, "x", orjson.dumps("y" * length)).framed
        size = framed[1]
        at = 2
        if size > 125:
            at = 4 if size == 126 else 10
            size = int.from_bytes(framed[2:at], "big")
        assert len(framed) - at == size

    def test_what_a_client_may_say(self) -> None:
        assert read_frame('{"op": "ping"}')[0] == "ping"
        with pytest.raises(BadFrame):
            read_frame('{"op": "message"}')


def test_the_names_of_rooms() -> None:
    async def talk(ctx: Any, room: Any) -> None:
        """Anybody."""

    made = channel("{board_id}/{post_id}")(talk)
    assert made.room(board_id=1, post_id="a-b") == "core.talk:1/a-b"
    assert made.read("1/a-b") == {"board_id": "1", "post_id": "a-b"}
    for rest in ("1", "1/2/3", "/", "1/", "a:b/c", "x" * 101 + "/1", "1/2\n"):
        assert made.read(rest) is None
