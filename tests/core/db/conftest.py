"""Every database of these tests has two plugins of the tests' own in it."""

from collections.abc import AsyncIterator

import pytest
from tests.core.db.forest import FOREST
from tests.core.db.garden import GARDEN
from tests.engines import Engines, copy_of, settings_for

from maru.db.migrate import migrate_async


@pytest.fixture(scope="session")
async def template(engines: Engines, template: str) -> AsyncIterator[str]:
    """The migrated database with both plugins' tables."""
    async with copy_of(engines, template) as name:
        report = await migrate_async(settings_for(engines, name), plugins=[GARDEN, FOREST])
        assert report.failed == {}
        yield name
