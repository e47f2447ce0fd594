"""A shelf of plugins for one test, and processes that run them."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.engines import Tenants
from tests.plugins.process import Process, migrate_plugins, process
from tests.plugins.shelf import Shelf

from maru.db.unit import committing
from maru.plugins.registry import PluginHost
from maru.settings import Settings


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty folder of distributions, first on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.forget()


@pytest.fixture
def kinds(shelf: Shelf) -> PluginHost:
    """A host of the plugin that declares every kind."""
    shelf.add_kinds()
    host = PluginHost.load({}, path=shelf.path, strict=True)
    sys.modules["maru_kinds.seen"].CALLS.clear()
    return host


@pytest.fixture
async def running(
    settings: Settings, tenants: Tenants, kinds: PluginHost
) -> AsyncIterator[Process]:
    """A process that runs it, migrated, off in both tenants, which have core's roles."""
    await migrate_plugins(settings, kinds)
    async with process(settings, kinds) as found:
        for scope in (tenants.hanbit, tenants.saebom):
            async with committing(found.services.database.unit(scope)) as unit:
                await found.services.rights.roles.begin(unit)  # type: ignore[attr-defined]
        yield found
