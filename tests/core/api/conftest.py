"""The house that the edge's tests call: two tenants, a reader and a writer in each."""

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.api.rooms import (
    PASSWORD,
    SECRET,
    Asker,
    Rooms,
    edge_of,
    open_rooms,
    person,
    switch_on,
)
from tests.engines import Tenants
from tests.plugins.shelf import Shelf

from maru.db.scope import Scope
from maru.identity.models import Department
from maru.settings import Settings

SHELF = Path(__file__).parent / "shelf"
TEMPLATES = {"notes": SHELF / "maru_notes" / "templates"}


@dataclass(frozen=True)
class Place:
    """A running edge with everything a test asks of it."""

    rooms: Rooms
    edge: Any
    notes: Any
    log: BytesIO
    hanbit: UUID
    saebom: UUID
    anyone: Asker
    reader: Asker
    writer: Asker

    async def names(self, tenant: UUID | None = None) -> list[str]:
        """The rows that are there."""
        scope = Scope(tenant or self.hanbit)
        async with self.rooms.database.unit(scope, readonly=True) as unit:
            session = await unit.session()
            return sorted(await session.scalars(sa.select(Department.name)))

    async def token(self, username: str, tenant: UUID | None = None) -> str:
        """Somebody's access token."""
        where = tenant or self.hanbit
        tokens = await self.rooms.sessions.login(where, username, PASSWORD)
        return tokens.access_token


@pytest.fixture(scope="session")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metadata of the plugin `notes`, as pip would leave it."""
    shelf = Shelf(tmp_path_factory.mktemp("metadata"))
    shelf.metadata(
        "maru-notes", "1.0", ["maru-sdk>=1.0"], "[maru.plugins]\nnotes = maru_notes:plugin"
    )
    return shelf.folder


@pytest.fixture(scope="session")
def notes() -> Iterator[Any]:
    """The plugin's package."""
    sys.path.insert(0, str(SHELF))
    try:
        yield import_module("maru_notes")
    finally:
        sys.path.remove(str(SHELF))


@pytest.fixture
async def place(
    settings: Settings, tenants: Tenants, notes: Any, metadata: Path
) -> AsyncIterator[Place]:
    """The edge over this test's own database."""
    notes.BACKGROUND.clear()
    notes.MADE.clear()
    notes.GATE.clear()
    given = settings.model_copy(
        update={"secret_key": SECRET, "base_domain": "maru.test", "db_pool_wait": 2.0}
    )
    async with open_rooms(
        given, {}, path=[str(SHELF), str(metadata)], templates=TEMPLATES
    ) as rooms:
        hanbit, saebom = tenants.hanbit.tenant, tenants.saebom.tenant
        assert hanbit is not None
        assert saebom is not None
        for tenant in (hanbit, saebom):
            await person(rooms, tenant, "reader", notes.READER, notes.WRITER)
            await person(rooms, tenant, "writer", role="admin")
            await switch_on(rooms, tenant, "notes")
        async with edge_of(rooms) as (edge, log):
            anyone = Asker(edge)
            found = Place(rooms, edge, notes, log, hanbit, saebom, anyone, anyone, anyone)
            yield Place(
                rooms,
                edge,
                notes,
                log,
                hanbit,
                saebom,
                anyone,
                anyone.having(authorization=f"Bearer {await found.token('reader')}"),
                anyone.having(authorization=f"Bearer {await found.token('writer')}"),
            )
