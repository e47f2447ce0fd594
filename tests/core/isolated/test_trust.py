"""Trust is an operator's word; what stands for the others is checked like any input."""

import sys
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError
from tests.plugins.shelf import Shelf

from maru.isolated.describing import described_elsewhere
from maru.plugins.discovery import discover
from maru.plugins.faults import PluginFault
from maru.plugins.isolated.described import Described
from maru.plugins.isolated.remote import nowhere
from maru.plugins.isolated.trust import Isolation, Known, Trust
from maru.plugins.registry import PluginHost
from maru.settings import Settings

PORTLET = """
    from maru_sdk import Context, Model, Plugin, portlet

    class Menu(Model):
        dishes: list[str]

    @portlet(title="Lunch", size=(3, 2), cache="5m", audience="tenant")
    async def today(ctx: Context) -> Menu:
        return Menu(dishes=["kimchi"])

    plugin = Plugin(title="Canteen", portlets=[today])
"""
VETO = """
    from maru_sdk import Context, Plugin
    from maru_sdk.lifecycle import Switched, switched_off

    @switched_off.extend
    async def never(ctx: Context, ask: Switched) -> None:
        raise RuntimeError

    plugin = Plugin(title="Veto", fills=[never])
"""
SCANNER = """
    from maru_sdk import Context, Plugin
    from maru_sdk.scanning import Content, Verdict, file_scanner

    @file_scanner.offer("guard")
    async def guard(ctx: Context, ask: Content) -> Verdict:
        return Verdict()

    plugin = Plugin(title="Guard", fills=[guard])
"""
ROOMS = """
    from maru_sdk import Context, Model, Plugin
    from maru_sdk.live import channel

    class Room(Model):
        a: str
        b: str

    @channel("REST")
    async def talk(ctx: Context, room: Room) -> None:
        pass

    plugin = Plugin(title="Rooms", channels=[talk])
"""
TEMPLATE = {"templates/canteen/today.html": "<p>{{ dishes }}</p>"}


@pytest.fixture
def shelf(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty shelf, first on this process's path and that of its children."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.forget()


def host_of(shelf: Shelf, described: dict[str, Described], *trusted: str) -> PluginHost:
    known = {key: Known("1.0", one.model_dump(mode="json"), None) for key, one in described.items()}
    trust = Trust(frozenset(trusted), {}, known)
    return PluginHost.load({}, path=shelf.path, isolation=Isolation(trust, nowhere))


def described(shelf: Shelf, key: str) -> Described:
    return described_elsewhere(Settings(), discover(shelf.path).plugins[key])


def test_what_stands_for_it_says_the_same(shelf: Shelf) -> None:
    shelf.add("canteen", PORTLET, files=TEMPLATE)
    said = described(shelf, "canteen")
    assert "maru_canteen" not in sys.modules
    isolated = host_of(shelf, {"canteen": said}).installed["canteen"]
    assert "maru_canteen" not in sys.modules
    trusted = host_of(shelf, {}, "canteen").installed["canteen"]
    assert "maru_canteen" in sys.modules
    assert (isolated.isolation, trusted.isolation) == ("isolated", "trusted")
    here, there = (one.plugin.describe()["portlets"] for one in (trusted, isolated))
    assert here == there


def test_undescribed_it_is_set_aside_and_not_imported(shelf: Shelf) -> None:
    shelf.add("canteen", PORTLET, files=TEMPLATE)
    aside = host_of(shelf, {}).set_aside["canteen"]
    assert "maru migrate" in aside.reason
    assert "maru_canteen" not in sys.modules


def test_a_veto_needs_trust(shelf: Shelf) -> None:
    shelf.add("veto", VETO)
    with pytest.raises(PluginFault, match="decide point"):
        described(shelf, "veto")


def test_who_looks_into_files_needs_trust(shelf: Shelf) -> None:
    shelf.add("guard", SCANNER)
    with pytest.raises(PluginFault, match=r"sdk\.file_scanner, which reads files"):
        described(shelf, "guard")


@pytest.mark.parametrize(
    ("point", "reason"),
    [("sdk.switched_on", "decide point"), ("sdk.text_extractor", "reads files")],
)
def test_a_description_can_not_take_one_in_either(shelf: Shelf, point: str, reason: str) -> None:
    shelf.add("canteen", PORTLET, files=TEMPLATE)
    said = described(shelf, "canteen").model_dump()
    filled = {"$": "point", "name": point}
    held = {"$": "data", "class": "maru_sdk.declarations:Filling", "fields": {"point": filled}}
    said["declared"]["fills"] = [{**held, "name": "sly", "asked": True}]
    host = host_of(shelf, {"canteen": Described.model_validate(said)})
    assert reason in host.set_aside["canteen"].reason


@pytest.mark.parametrize("column", ["note", "note.", "note.a.b", "maru.person.code", 'a".b', ""])
def test_nor_columns_that_are_none(column: str) -> None:
    with pytest.raises(ValidationError):
        Described(face={}, declared={}, sealed=[column])


def test_one_that_ends_its_process_is_a_reason(shelf: Shelf) -> None:
    shelf.add("quitter", "import os\nos._exit(3)\n")
    with pytest.raises(PluginFault, match="status 3"):
        described(shelf, "quitter")


def test_trusted_code_brings_no_stranger_in(shelf: Shelf) -> None:
    shelf.add("canteen", PORTLET, files=TEMPLATE)
    shelf.add("guest", needs=("maru-sdk>=1.0", "maru-canteen>=1.0"))
    host = host_of(shelf, {"canteen": described(shelf, "canteen")}, "guest")
    assert "maru plugins trust canteen" in host.set_aside["guest"].reason
    assert "maru_canteen" not in sys.modules


@pytest.mark.parametrize(
    ("rest", "good"), [("{a}/{b}", True), ("x{a}:{b}", True), ("{a}{b}", False), ("{a}-{b}", False)]
)
def test_names_of_rooms_that_take_long_to_read_set_aside(
    shelf: Shelf, rest: str, good: bool
) -> None:
    shelf.add("rooms", ROOMS.replace("REST", rest))
    host = host_of(shelf, {"rooms": described(shelf, "rooms")})
    assert ("rooms" in host.installed) is good
    if good:
        (channel,) = host.installed["rooms"].plugin.declared("channels")
        assert channel.fields == ("a", "b")
    else:
        assert "keeps apart" in host.set_aside["rooms"].reason


def lies() -> list[Any]:
    """What a description may not say."""

    def field(name: str, value: object) -> Any:
        def change(said: dict[str, Any]) -> None:
            said["declared"]["portlets"][0]["fields"][name] = value

        return pytest.param(change, id=f"{name}={value!r}"[:40])

    def other(words: str, *path: Any, value: object) -> Any:
        def change(said: dict[str, Any]) -> None:
            place: Any = said
            for one in path[:-1]:
                place = place[one]
            place[path[-1]] = value

        return pytest.param(change, id=words)

    portlet = ("declared", "portlets", 0)
    return [
        field("title", {"$": "list", "items": []}),
        field("size", "large"),
        field("size", {"$": "list", "items": [900, 2]}),
        field("cache", "soon"),
        field("needs", {"$": "data", "class": "os:stat_result", "fields": {}}),
        field("needs", {"$": "data", "class": "maru_sdk._model:Model", "fields": {}}),
        field("config", {"$": "model", "name": "x; y", "schema": {}}),
        field("audience", "everyone"),
        other("another's name", *portlet, "name", value="../board"),
        other("another's class", *portlet, "class", value="maru.settings:Settings"),
        other("no class", *portlet, "class", value=7),
        other("a reserved address", "face", "url", value="admin"),
        other("no title", "face", "title", value=""),
        other("no list", "declared", "portlets", value=[{"$": "list", "items": []}]),
    ]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A description to change, and the shelf with its plugin."""
    with pytest.MonkeyPatch.context() as patch:
        shelf = Shelf(tmp_path_factory.mktemp("honest"))
        patch.syspath_prepend(shelf.folder)
        patch.setenv("PYTHONPATH", str(shelf.folder))
        shelf.add("canteen", PORTLET, files=TEMPLATE)
        yield shelf, described(shelf, "canteen").model_dump(mode="json")
    shelf.forget()


@pytest.mark.parametrize("lie", lies())
def test_a_description_that_lies_sets_aside(honest: Any, lie: Any) -> None:
    shelf, said = honest[0], deepcopy(honest[1])
    lie(said)
    host = host_of(shelf, {"canteen": Described.model_validate(said)})
    assert "canteen" in host.set_aside
    assert "maru_canteen" not in sys.modules
