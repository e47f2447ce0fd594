"""Engines that a test may kill, of the module's own; and a company whose people load the pages."""

import secrets
from collections.abc import Iterator

import pytest
from tests.chaos.figures import REPORT, Report
from tests.engines import OWNER, Engines, Tenants, run_as, running, settings_for

from maru.db import Scope
from maru.db.migrate import migrate_async
from maru.settings import Settings
from maru_sdk.db import uuid7


@pytest.fixture(scope="session")
def report() -> Report:
    """Where a scenario notes what it measured."""
    return REPORT


@pytest.fixture(scope="module")
def own() -> Iterator[Engines]:
    """Servers that nobody else uses."""
    with running() as found:
        yield found


@pytest.fixture(scope="module")
async def migrated(own: Engines) -> Settings:
    """Settings of their database."""
    settings = settings_for(own, "maru", db_pool_wait=2.0)
    await migrate_async(settings)
    return settings


@pytest.fixture
def settings(migrated: Settings) -> Settings:
    """A corner of Redis of the test's own."""
    return migrated.model_copy(update={"instance": f"t{secrets.token_hex(4)}"})


@pytest.fixture
async def tenants(own: Engines, settings: Settings) -> Tenants:
    """Two tenants of this test; what other tests left is gone."""
    scopes = Scope(uuid7()), Scope(uuid7())
    rows = ", ".join(f"('{one.tenant}', 't-{one.tenant}', 'T')" for one in scopes)
    await run_as(
        own,
        OWNER,
        "TRUNCATE maru.job, maru.event, maru.event_position, maru.signal, maru.audit CASCADE",
        f"INSERT INTO maru.tenant (id, slug, name) VALUES {rows}",
        database="maru",
    )
    return Tenants(*scopes)
