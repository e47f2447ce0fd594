"""One Kiwi for all tests that need one: it takes seconds to load."""

from collections.abc import AsyncIterator

import pytest

from maru.search.kiwi import Kiwi


@pytest.fixture(scope="session")
async def kiwi() -> AsyncIterator[Kiwi]:
    loaded = await Kiwi.load()
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def plugin_key() -> str:
    """Posts are what these tests look for."""
    return "board"
