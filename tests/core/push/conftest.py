"""The processes are started once; each test brings its own pages."""

import secrets
from collections.abc import AsyncIterator

import pytest
from tests.core.push.world import World, open_world
from tests.engines import Engines, copy_of, settings_for


@pytest.fixture(scope="package")
async def world(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("push")
    async with copy_of(engines, template) as name:
        settings = settings_for(engines, name, instance=f"t{secrets.token_hex(4)}")
        async with open_world(settings, folder) as found:
            yield found
