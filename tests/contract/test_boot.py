"""The house boots with no plugin, with each alone, with all, and with each fault."""

import json
from pathlib import Path

import pytest
from tests.engines import Tenants
from tests.plugins.faulty import FAULTY, install
from tests.plugins.process import migrate_plugins, process
from tests.plugins.shelf import KINDS, Shelf
from tests.plugins.unfurnished import ACCOUNT, BOARD, POINTS, PORTAL

from maru.admin.plugin import admin_plugin
from maru.api.surfaces import Surfaces
from maru.plugins.faults import StrictPlugins
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru_sdk import Plugin

ROOT = Path(__file__).parents[2]
PROJECTS = [KINDS, *(path.parent for path in sorted(ROOT.glob("plugins/*/pyproject.toml")))]


def core() -> dict[str, Plugin]:
    return {"admin": admin_plugin(ACCOUNT, POINTS, BOARD, PORTAL)}


def load(shelf: Shelf, *, strict: bool = False) -> PluginHost:
    """The host of a process that serves."""
    return PluginHost.load(core(), path=shelf.path, strict=strict, mount=Surfaces().mount)


@pytest.fixture
def every(shelf: Shelf) -> PluginHost:
    """A host of all our plugins."""
    for project in PROJECTS:
        shelf.add_project(project)
    return load(shelf, strict=True)


async def boots(settings: Settings, tenants: Tenants, host: PluginHost, *expected: str) -> None:
    """A process starts on these plugins, and tells which run where nothing is switched on."""
    await migrate_plugins(settings, host)
    async with process(settings, host) as found:
        assert found.services.gate.unmigrated == {}
        assert tenants.hanbit.tenant is not None
        running = found.services.gate.running(tenants.hanbit.tenant)
        assert [one.key for one in running] == ["admin"]
    assert [i.key for i in host.installed.values() if not i.core] == list(expected)


async def test_with_no_plugin(settings: Settings, tenants: Tenants, shelf: Shelf) -> None:
    await boots(settings, tenants, load(shelf, strict=True))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
async def test_with_each_alone(
    settings: Settings, tenants: Tenants, shelf: Shelf, project: Path
) -> None:
    key = shelf.add_project(project)
    await boots(settings, tenants, load(shelf, strict=True), key)


async def test_with_all(settings: Settings, tenants: Tenants, every: PluginHost) -> None:
    keys = sorted(key for key in every.installed if key != "admin")
    await boots(settings, tenants, every, *keys)


def test_what_is_declared_is_json(every: PluginHost) -> None:
    for one in every.installed.values():
        described = one.plugin.describe()
        assert json.loads(json.dumps(described)) == described


@pytest.mark.parametrize("fault", FAULTY)
async def test_with_each_fault(
    settings: Settings, tenants: Tenants, shelf: Shelf, fault: str
) -> None:
    shelf.add("sound")
    install(shelf, fault)
    host = load(shelf)
    aside = [one for one in host.set_aside.values() if FAULTY[fault] in one.reason]
    assert aside, host.set_aside
    await boots(settings, tenants, host, *_started(fault))


@pytest.mark.parametrize("fault", FAULTY)
def test_each_fault_is_fatal_where_the_operator_is_strict(shelf: Shelf, fault: str) -> None:
    shelf.add("sound")
    install(shelf, fault)
    with pytest.raises(StrictPlugins) as refusal:
        load(shelf, strict=True)
    assert str(refusal.value).startswith("MARU_STRICT_PLUGINS: the plugin ")
    assert "\n" not in str(refusal.value)


def _started(fault: str) -> list[str]:
    """The rightful owner of a key or URL starts; the sound plugin always does."""
    rightful = {"a second claim of a key": ["faulty"], "clash of URLs": ["faulty"]}
    return [*rightful.get(fault, []), "sound"]
