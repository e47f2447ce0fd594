"""The house that the edge's tests call: two tenants, a reader and a writer in each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.api.asking import (
    PASSWORD,
    SECRET,
    Asker,
    Log,
    edge_of,
    person,
    switch_on,
)
from tests.engines import OWNER, Engines, copy_of, run_as, settings_for
from tests.plugins.shelf import Shelf

from maru.api.models import Idempotency
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.identity.models import Department
from maru_sdk.db import col, uuid7

SHELF = Path(__file__).parent / "shelf"
STUCK = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE state LIKE 'idle in transaction%' AND query LIKE '%department%'"
)
ENTRY = "[maru.plugins]\nnotes = maru_notes:plugin"


@dataclass(frozen=True)
class Inhabited:
    """A house with people in it, and their access tokens by tenant and name."""

    rooms: House
    notes: Any
    shelf: list[str]
    hanbit: UUID
    saebom: UUID
    tokens: dict[tuple[UUID, str], str]


@dataclass(frozen=True)
class Place:
    """A running edge with everything a test asks of it."""

    house: Inhabited
    edge: Any
    log: Log
    anyone: Asker
    reader: Asker
    writer: Asker

    @property
    def rooms(self) -> House:
        return self.house.rooms

    @property
    def notes(self) -> Any:
        """The plugin's package."""
        return self.house.notes

    @property
    def hanbit(self) -> UUID:
        return self.house.hanbit

    @property
    def saebom(self) -> UUID:
        return self.house.saebom

    async def names(self, tenant: UUID | None = None) -> list[str]:
        """The rows that are there."""
        scope = Scope(tenant or self.hanbit)
        async with self.rooms.database.unit(scope, readonly=True) as unit:
            session = await unit.session()
            return sorted(await session.scalars(sa.select(col(Department.name))))

    async def stuck(self) -> int:
        """How many connections stand in a transaction that wrote a note."""
        scope = Scope(self.hanbit)
        async with self.rooms.database.unit(scope, readonly=True) as unit:
            found = await (await unit.session()).execute(STUCK)
            return int(found.scalar_one())

    def token(self, username: str, tenant: UUID | None = None) -> str:
        """Somebody's access token."""
        return self.house.tokens[tenant or self.hanbit, username]


@pytest.fixture(scope="package")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The folders in which the plugin is installed as pip would leave it."""
    shelf = Shelf(tmp_path_factory.mktemp("metadata"))
    shelf.metadata("maru-notes", "1.0", ["maru-sdk>=1.0"], ENTRY)
    return [str(SHELF), str(shelf.folder)]


@pytest.fixture(scope="package")
async def house(engines: Engines, template: str, shelf: list[str]) -> AsyncIterator[Inhabited]:
    """One house for all tests of the edge; later tests of other houses don't find its plugin."""
    async with copy_of(engines, template) as name:
        given = settings_for(
            engines,
            name,
            secret_key=SECRET,
            base_domain="maru.test",
            db_pool_size=4,
            db_pool_overflow=0,
            db_pool_wait=1.0,
        )
        ids = {slug: uuid7() for slug in ("hanbit", "saebom")}
        rows = [
            f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{key}', '{slug}', '{slug}')"
            for slug, key in ids.items()
        ]
        await run_as(engines, OWNER, *rows, database=name)
        async with AsyncExitStack() as stack:
            with pytest.MonkeyPatch.context() as patch:
                for folder in shelf:
                    patch.syspath_prepend(folder)
                notes = import_module("maru_notes")
                rooms = await stack.enter_async_context(open_house(given, service="web"))
            tokens = {}
            for tenant in ids.values():
                await person(rooms, tenant, "reader", notes.READER, notes.WRITER)
                await person(rooms, tenant, "writer", role="admin")
                for username in ("reader", "writer"):
                    opened = await rooms.sessions.login(tenant, username, PASSWORD)
                    tokens[tenant, username] = opened.access_token
            yield Inhabited(rooms, notes, shelf, ids["hanbit"], ids["saebom"], tokens)


@pytest.fixture
async def place(house: Inhabited) -> AsyncIterator[Place]:
    """The edge, over a house that nobody has written in."""
    notes = house.notes
    for remembered in (notes.BACKGROUND, notes.MADE, notes.GATE, notes.INSIDE):
        remembered.clear()
    for tenant in (house.hanbit, house.saebom):
        await switch_on(house.rooms, tenant, "notes")
        await house.rooms.cache.drop_now(tenant)
        async with committing(house.rooms.database.unit(Scope(tenant))) as unit:
            for table in (Department, Idempotency):
                await (await unit.session()).execute(sa.delete(table))
    async with edge_of(house.rooms) as (edge, log):
        anyone = Asker(edge)
        reader, writer = (
            anyone.having(authorization=f"Bearer {house.tokens[house.hanbit, username]}")
            for username in ("reader", "writer")
        )
        yield Place(house, edge, log, anyone, reader, writer)
