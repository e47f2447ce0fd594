"""One process on a migrated database, and a company of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from tests.core.identity.company import Company, Process, found_company, running, settings

from maru.settings import Settings

__all__ = ["settings"]


@pytest.fixture(scope="package")
async def process(settings: Settings) -> AsyncIterator[Process]:
    """The process whose parts are tested."""
    async with running(settings) as made:
        yield made


@pytest.fixture(scope="package")
async def other(settings: Settings) -> AsyncIterator[Process]:
    """Another process of the same installation."""
    async with running(settings) as made:
        yield made


@pytest.fixture
async def company(settings: Settings, process: Process) -> Company:
    """A tenant of this test alone."""
    process.clock.ahead = 0.0
    return await found_company(settings, process)
