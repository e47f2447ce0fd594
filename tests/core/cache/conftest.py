"""Two processes of one installation, as far as their caches go."""

from collections.abc import AsyncIterator

import pytest
from tests.core.cache.machines import Process, process

from maru.settings import Settings


@pytest.fixture
async def one(settings: Settings) -> AsyncIterator[Process]:
    async with process(settings) as found:
        yield found


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[Process]:
    async with process(settings) as found:
        yield found
