"""Keeps what was granted true: sessions that end, people who leave, tenants that are suspended,
plugins that are switched off, rights that change."""

import asyncio
import logging
import time
from dataclasses import replace
from typing import Final
from uuid import UUID

from maru.db.database import Database
from maru.db.scope import Scope
from maru.identity.people import People
from maru.identity.sessions import ACCESS_LIFE, Sessions
from maru.identity.tokens import Caller
from maru.push.client import OPEN, Client
from maru.push.hub import Hub, Member
from maru.push.visitor import Close, Doorkeeper, Refused, Visitor
from maru.signals import Loop, Signals
from maru.tenancy.queries import STATES
from maru.tenancy.tenants import Tenants

log = logging.getLogger(__name__)

EVERY: Final = 1.5
WEB_HEARS: Final = 1.5
AT_ONCE: Final = 16
_GONE: Final = ("ROOM_CLOSED", "This room is closed")


class Keeper:
    """Hears signals and looks at sessions whose time has come."""

    def __init__(
        self,
        hub: Hub,
        database: Database,
        signals: Signals,
        sessions: Sessions,
        people: People,
        tenants: Tenants,
        doorkeeper: Doorkeeper,
    ) -> None:
        """Made after sessions, people and tenants: a signal reaches them first."""
        self._hub, self._database, self._sessions = hub, database, sessions
        self._people, self._tenants, self._doorkeeper = people, tenants, doorkeeper
        self.web_hears = WEB_HEARS
        self._loop = Loop("keeper", self.look, EVERY)
        self._tasks: set[asyncio.Task[None]] = set()
        signals.on("session", self._session)
        signals.on("person", self._person)
        signals.on("tenant", self._tenant)
        signals.on("plugin", self._plugin)
        signals.on("rights", self._rights)
        signals.on_gap(self._gap)

    def start(self) -> None:
        """Begin to look."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop looking."""
        await self._loop.stop()
        for task in self._tasks:
            task.cancel()

    async def look(self) -> None:
        """Close what outlived its session. A socket outlives the token that opened it, never the
        session."""
        now = time.time()
        for member in self._hub.where(lambda visitor: visitor.until <= now):
            visitor = member.visitor
            caller = Caller(visitor.tenant_id, visitor.person_id, visitor.session_id, 0.0)
            ends = await self._sessions.lives_until(caller)
            if ends is None:
                member.close(Close.SIGNED_OUT, "the session has ended")
            else:
                member.visitor = replace(visitor, until=min(ends, now + ACCESS_LIFE))

    async def _session(self, _: UUID | None, key: str) -> None:
        ended = UUID(key)
        for member in self._hub.where(lambda visitor: visitor.session_id == ended):
            member.close(Close.SIGNED_OUT, "the session has ended")

    async def _person(self, tenant_id: UUID | None, key: str) -> None:
        for member in self._hub.where(lambda visitor: _meant(visitor, tenant_id, key)):
            visitor = member.visitor
            row = await self._people.row(visitor.tenant_id, visitor.person_id)
            if row is None or row.state != "active":
                member.close(Close.SIGNED_OUT, "this person may not sign in")
        self._recheck(tenant_id, key)

    async def _tenant(self, _: UUID | None, key: str) -> None:
        for member in self._hub.where(lambda one: self._tenants.by_id(one.tenant_id) is None):
            member.close(Close.TENANT_GONE, "this tenant is not served")

    async def _plugin(self, tenant_id: UUID | None, key: str) -> None:
        if tenant_id is not None:
            unit = self._database.unit(Scope(tenant_id), readonly=True)
            off = {state.key for state in await unit.read(STATES) if not state.enabled}
            for member in self._hub.where(lambda visitor: visitor.tenant_id == tenant_id):
                for room in [one for one in member.rooms if one.partition(".")[0] in off]:
                    _put_out(member, room, *_GONE)
        self._recheck(tenant_id, "*")

    async def _rights(self, tenant_id: UUID | None, key: str) -> None:
        self._recheck(tenant_id, key)

    def _gap(self) -> None:
        for member in self._hub.where(lambda visitor: True):
            member.visitor = replace(member.visitor, until=0.0)
        self._loop.wake()
        self._recheck(None, "*")

    def _recheck(self, tenant_id: UUID | None, key: str) -> None:
        work = self._ask_again(tenant_id, key)
        task = asyncio.get_running_loop().create_task(work, name="recheck")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_again(self, tenant_id: UUID | None, key: str) -> None:
        """Ask for every room of those meant, once web has heard the signal too; where it doesn't
        answer, until it does."""
        await asyncio.sleep(self.web_hears)
        asked = [
            (member, room)
            for member in self._hub.where(lambda visitor: _meant(visitor, tenant_id, key))
            for room in member.rooms
            if room not in OPEN
        ]
        while asked:
            again: list[tuple[Member, str]] = []
            for first in range(0, len(asked), AT_ONCE):
                some = asked[first : first + AT_ONCE]
                told = await asyncio.gather(*(self._asked(*one) for one in some))
                again += [one for one, known in zip(some, told, strict=True) if not known]
            asked = again
            await asyncio.sleep(self.web_hears)

    async def _asked(self, member: Member, room: str) -> bool:
        """Whether it is known by now if this person may stay in this room."""
        if room not in member.rooms:
            return True
        try:
            await self._doorkeeper.enter(member.visitor, room)
        except Refused as refusal:
            if refusal.code == "UNAVAILABLE":
                return False
            _put_out(member, room, _GONE[0], refusal.message)
        return True


def _meant(visitor: Visitor, tenant_id: UUID | None, key: str) -> bool:
    if tenant_id not in (None, visitor.tenant_id):
        return False
    return key == str(visitor.person_id) or not _is_id(key)


def _is_id(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _put_out(member: Member, room: str, code: str, message: str) -> None:
    assert isinstance(member, Client)
    member.put_out(room, code, message)
