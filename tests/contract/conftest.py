"""Shelves of plugins: an empty one for one test, and a running Maru with one of every kind."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.contract.world import World, open_world
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import GUARD, KINDS, Shelf, importable

importable(KINDS)  # tests name what it declares
importable(GUARD)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty folder of distributions, first on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.forget()


@pytest.fixture(scope="module")
async def world(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A Maru in which the plugin that declares every kind is installed, and one that it has a
    bridge to, both on in two companies."""
    shelf = Shelf(tmp_path_factory.mktemp("world"))
    shelf.add_kinds()
    shelf.add("pal")
    shelf.add_project(GUARD)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            open_world(settings_for(engines, name)) as it,
        ):
            sys.modules["maru_kinds.seen"].CALLS.clear()
            yield it
    shelf.forget()
