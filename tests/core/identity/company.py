"""A migrated database and small tenants in it, as the tests of people and rights need them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from tests.engines import Engines, copy_of, settings_for

from maru.access.rights import Rights
from maru.access.roles import Roles
from maru.audit.trail import AuditTrail
from maru.crypto.keys import Keys
from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.changing import PasswordChanges
from maru.identity.models import Department, Person
from maru.identity.names import department_sought, sought
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals

SECRET = b"a secret of the tests that is long enough"
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1)
HASHED = QUICK.hash(PASSWORD.encode())


@pytest.fixture(scope="package")
async def settings(engines: Engines, template: str) -> AsyncIterator[Settings]:
    """Settings of one migrated database for all these tests; each has a tenant of its own."""
    async with copy_of(engines, template) as name:
        yield settings_for(engines, name, secret_key=SECRET.decode())


class Clock:
    """The present time, which a test may push forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Process:
    """What identity needs of one process: tests open two to see what the other hears."""

    database: Database
    signals: Signals
    sessions: Sessions
    changes: PasswordChanges
    people: People
    rights: Rights
    roles: Roles
    clock: Clock


@asynccontextmanager
async def running(settings: Settings, secret: bytes = SECRET) -> AsyncIterator[Process]:
    """The parts of one process, as a house opens them."""
    clock = Clock()
    redises = Redises(settings)
    database = await Database.open(settings.database_url, pool_size=8, overflow=2)
    signals = Signals(database, redises)
    passwords = Passwords(hasher=QUICK)
    sessions = Sessions(database, signals, Keys(secret), clock, passwords=passwords)
    rights = Rights(database, signals)
    people = People(database, signals)
    await signals.start()
    await sessions.load()
    try:
        changes = PasswordChanges(database, sessions, AuditTrail(), clock)
        yield Process(database, signals, sessions, changes, people, rights, rights.roles, clock)
    finally:
        await signals.stop()
        sessions.close()
        await redises.close()
        await database.close()


@dataclass(frozen=True)
class Company:
    """A small tenant: 본사 above 영업팀 and 개발팀, and `alice` in 영업팀."""

    id: UUID
    top: UUID
    sales: UUID
    makers: UUID
    alice: UUID


class Founding(Protocol):
    """What a company is founded with: a Process, or a whole House."""

    @property
    def database(self) -> Database: ...
    @property
    def rights(self) -> Rights: ...


def _named(name: str) -> dict[str, Any]:
    return {"name": name, **sought(name)}


def _department(name: str) -> Department:
    keys: dict[str, Any] = department_sought(name)
    return Department(name=name, **keys)


async def found_company(settings: Settings, process: Founding) -> Company:
    """A new tenant with departments, the three roles and one person who may sign in."""
    tenant_id = uuid4()
    await make_tenant(settings, tenant_id)
    top, sales, makers = (
        _department("본사"),
        _department("영업팀"),
        _department("개발팀"),
    )
    sales.parent_id = makers.parent_id = top.id
    alice = Person(
        username="Alice",
        username_key="alice",
        **_named("김하늘"),
        email="alice@example.test",
        department_id=sales.id,
        password_hash=HASHED,
    )
    async with committing(process.database.unit(Scope(tenant_id))) as unit:
        session = await unit.session()
        for row in (top, sales, makers, alice):
            session.add(row)
            await session.flush()
        await process.rights.roles.begin(unit)
    return Company(tenant_id, top.id, sales.id, makers.id, alice.id)


async def make_tenant(settings: Settings, tenant_id: UUID) -> None:
    """A tenant's row, by the role that may write one."""
    system = await Database.open(settings.database_system_url, pool_size=1)
    insert = sa.text("INSERT INTO maru.tenant (id, slug, name) VALUES (:id, :slug, :name)")
    async with system, committing(system.unit(Scope(None))) as unit:
        await (await unit.session()).execute(
            insert, {"id": tenant_id, "slug": f"t{tenant_id.hex[:12]}", "name": "시험"}
        )


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 2.0) -> None:
    """What every process must obey within two seconds; nothing tells a test that it has."""
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
