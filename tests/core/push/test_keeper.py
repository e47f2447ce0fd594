"""A socket outlives the token that opened it, never the session."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.core.push.world import World

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.tokens import Caller
from maru.observability.metrics import Counter
from maru.push.client import Client, Floor
from maru.push.frames import Frame
from maru.push.hub import Hub
from maru.push.memory import Spot
from maru.push.presence import Presence
from maru.push.visitor import Entry, Refused, Visitor
from maru.pusher.keeper import Keeper
from maru.testing import PASSWORD


@dataclass(eq=False)
class Member:
    """A connection without a socket."""

    visitor: Visitor
    rooms: dict[str, bool] = field(default_factory=dict)
    left: tuple[int, str] | None = None

    def offer(self, frame: Frame) -> bool:
        return True

    def close(self, code: int, reason: str) -> None:
        self.left = (code, reason)


class Anybody:
    """A doorkeeper who lets everybody in."""

    async def enter(self, visitor: Visitor, room: str) -> Entry:
        return Entry()

    async def say(self, visitor: Visitor, room: str, data: object) -> bytes:
        return b"null"


class Web(Anybody):
    """A doorkeeper who refuses with these codes, one after the other."""

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers

    async def enter(self, visitor: Visitor, room: str) -> Entry:
        raise Refused(self.answers.pop(0), "no")


class Mouth:
    """A pipe that takes everything."""

    ready = True

    def write(self, frame: Frame) -> None: ...

    def leave(self, code: int, reason: str) -> None: ...


def tell(spot: Spot, frame: Frame) -> None: ...


@pytest.fixture
async def keeper(world: World) -> AsyncIterator[tuple[Keeper, Hub]]:
    house, hub = world.kit.house, Hub(Counter("n", "n", ("direction",)))
    made = Keeper(
        hub, house.database, house.signals, house.sessions, house.people, house.tenants, Anybody()
    )
    yield made, hub
    await made.stop()


def arrived(hub: Hub, caller: Caller, until: float) -> Member:
    who = (caller.tenant_id, caller.person_id, caller.session_id)
    member = Member(Visitor(*who, "이름", "ko", until))
    hub.arrive(member)
    return member


async def signed_in(world: World) -> Caller:
    opened = await world.kit.house.sessions.login(world.ours.tenant.id, "member", PASSWORD)
    return opened.caller


async def test_a_token_that_expires_ends_nothing(world: World, keeper: tuple[Keeper, Hub]) -> None:
    made, hub = keeper
    member = arrived(hub, await signed_in(world), until=time.time() - 1)
    await made.look()
    assert member.left is None
    assert 0 < member.visitor.until - time.time() <= 900


async def test_a_session_that_is_over_ends_it(world: World, keeper: tuple[Keeper, Hub]) -> None:
    made, hub = keeper
    caller = await signed_in(world)
    sessions, database = world.kit.house.sessions, world.kit.house.database
    assert (await sessions.lives_until(caller) or 0) > time.time()
    async with committing(database.unit(Scope(caller.tenant_id))) as unit:
        await sessions.end(unit, caller.session_id, "test")
    assert await sessions.lives_until(caller) is None
    member = arrived(hub, caller, until=time.time() - 1)
    await made.look()
    assert member.left is not None
    assert member.left[0] == 4401


async def test_who_can_t_be_asked_about_is_asked_about_again(world: World) -> None:
    house, hub = world.kit.house, Hub(Counter("n", "n", ("direction",)))
    web = Web(["UNAVAILABLE", "UNAVAILABLE", "PERMISSION_DENIED"])
    made = Keeper(
        hub, house.database, house.signals, house.sessions, house.people, house.tenants, web
    )
    made.web_hears = 0.01
    reader: Any = None  # a room that is left asks nobody for its log
    messages, presence = Counter("m", "m", ("direction",)), Presence(house.redises.live, "t", tell)
    floor = Floor(hub=hub, reader=reader, presence=presence, doorkeeper=web, messages=messages)
    caller = await signed_in(world)
    who = (caller.tenant_id, caller.person_id, caller.session_id)
    client = Client(floor, Visitor(*who, "이름", "ko", time.time() + 60), Mouth())
    client.arrive()
    hub.join(client, "board.post:1", presence=False)
    await made._ask_again(caller.tenant_id, "*")
    assert (web.answers, client.rooms) == ([], {})
    await made.stop()
