"""One running Maru for all of these tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.core.watch.world import World, open_world
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf, importable

HEAVY = Path(__file__).parents[2] / "plugins" / "heavy"
importable(HEAVY)  # tests name what it plants


@pytest.fixture(scope="package")
async def world(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Web, worker and scheduler, with the plugin that does what must be seen."""
    shelf = Shelf(tmp_path_factory.mktemp("heavy"))
    shelf.add_project(HEAVY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            open_world(settings_for(engines, name)) as it,
        ):
            yield it
    shelf.forget()
