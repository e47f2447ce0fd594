"""The house that the edge's tests call: two tenants, a reader and a writer in each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.api.notes import BACKGROUND, GATE, MADE, READER, WRITER, notes
from tests.core.api.rooms import PASSWORD, SECRET, Asker, Rooms, edge_of, open_rooms, person
from tests.engines import Tenants

from maru.db.scope import Scope
from maru.identity.models import Department
from maru.settings import Settings

TEMPLATES = {"sample": Path(__file__).parent / "templates"}


@dataclass(frozen=True)
class Place:
    """A running edge with everything a test asks of it."""

    rooms: Rooms
    edge: object
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


@pytest.fixture
async def place(settings: Settings, tenants: Tenants) -> AsyncIterator[Place]:
    """The edge over this test's own database."""
    BACKGROUND.clear()
    MADE.clear()
    GATE.clear()
    given = settings.model_copy(
        update={"secret_key": SECRET, "base_domain": "maru.test", "db_pool_wait": 2.0}
    )
    async with open_rooms(given, {"notes": notes}, templates=TEMPLATES) as rooms:
        await rooms.tenants.load()
        await rooms.gate.load()
        hanbit, saebom = tenants.hanbit.tenant, tenants.saebom.tenant
        assert hanbit is not None
        assert saebom is not None
        for tenant in (hanbit, saebom):
            await person(rooms, tenant, "reader", READER, WRITER)
            await person(rooms, tenant, "writer", role="admin")
        async with edge_of(rooms) as (edge, log):
            anyone = Asker(edge)
            found = Place(rooms, edge, log, hanbit, saebom, anyone, anyone, anyone)
            yield Place(
                rooms,
                edge,
                log,
                hanbit,
                saebom,
                anyone,
                anyone.having(authorization=f"Bearer {await found.token('reader')}"),
                anyone.having(authorization=f"Bearer {await found.token('writer')}"),
            )
