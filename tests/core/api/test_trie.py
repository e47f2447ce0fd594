"""Routes are found in as many steps as a path has segments."""

from types import SimpleNamespace
from typing import Any

import pytest

from maru.api import trie as tries
from maru.api.surfaces import Surfaces, Unmountable
from maru.api.trie import Trie
from maru_sdk import Context, Plugin, get, page


def trie_of(*routes: tuple[str, str]) -> Trie[str]:
    trie: Trie[str] = Trie()
    for method, path in routes:
        trie.add(method, path, f"{method} {path}")
    return trie


class TestTrie:
    @pytest.mark.parametrize(
        ("method", "path", "found"),
        [
            ("GET", "", ("GET ", {})),
            ("GET", "/a", ("GET /a", {})),
            ("GET", "/a/b", ("GET /a/b", {})),
            ("GET", "/a/x", ("GET /a/{id}", {"id": "x"})),
            ("DELETE", "/a/b", ("DELETE /a/{name}", {"name": "b"})),
            ("GET", "/a/b/c", ("GET /a/{id}/c", {"id": "b"})),
            ("GET", "/a/b/d", None),
            ("GET", "/a//c", None),
            ("GET", "/a/", None),
            ("POST", "/a", None),
            ("GET", "/f/x/y/z", ("GET /f/{rest:path}", {"rest": "x/y/z"})),
            ("GET", "//a", None),
        ],
    )
    def test_find(self, method: str, path: str, found: object) -> None:
        trie = trie_of(
            ("GET", ""), ("GET", "/a"), ("GET", "/a/b"), ("GET", "/a/{id}"),
            ("GET", "/a/{id}/c"), ("DELETE", "/a/{name}"), ("GET", "/f/{rest:path}"),
        )  # fmt: skip
        assert trie.find(method, path) == found

    def test_methods(self) -> None:
        trie = trie_of(("GET", "/a/b"), ("PUT", "/a/{id}"), ("POST", "/a"))
        assert trie.methods("/a/b") == ["GET", "PUT"]
        assert trie.methods("/nothing") == []

    def test_two_of_a_shape(self) -> None:
        with pytest.raises(ValueError, match="declared twice"):
            trie_of(("GET", "/a/{x}"), ("GET", "/a/{y}"))

    def test_the_last_of_500_routes_costs_no_more_than_the_first(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps = 0
        whole = tries._find

        def counted(*args: Any) -> Any:
            nonlocal steps
            steps += 1
            return whole(*args)

        trie = trie_of(*(("GET", f"/things{n}/{{id}}/parts") for n in range(500)))
        monkeypatch.setattr(tries, "_find", counted)
        costs = []
        for n in (0, 499):
            steps = 0
            assert trie.find("GET", f"/things{n}/7/parts") is not None
            costs.append(steps)
        assert costs == [4, 4]


@get("/x", public=True, no_store="a test")
async def good(ctx: Context) -> str:
    return ""


@get("/y", public=True, no_store="a test")
async def unknown_shape(ctx: Context, thing: object) -> str:
    return ""


@page("/", title="Home", public=True, template="x")
async def home(ctx: Context) -> None: ...


@get("/z", public=True, no_store="a test")
async def generator(ctx: Context) -> Any:
    yield 1


def whose(key: str, plugin: Plugin) -> Any:
    return SimpleNamespace(key=key, url=key, plugin=plugin, core=False)


class TestSurfaces:
    def test_home_is_the_portals(self) -> None:
        surfaces = Surfaces()
        surfaces.mount(whose("portal", Plugin(title="P", pages=[home])))()
        found = surfaces.pages[""].find("GET", "")
        assert found is not None
        assert found[0].label == "/portal"

    def test_a_plugin_that_cannot_be_served_is_left_out_whole(self) -> None:
        surfaces = Surfaces()
        with pytest.raises(Unmountable, match="not an async function"):
            surfaces.mount(whose("one", Plugin(title="One", routes=[good, generator])))
        surfaces.mount(whose("two", Plugin(title="Two", routes=[good])))()
        assert set(surfaces.api) == {"two"}

    def test_an_address_has_one_target(self) -> None:
        surfaces, plugin = Surfaces(), Plugin(title="One", routes=[good])
        surfaces.mount(whose("one", plugin))  # looked at, but set aside for another reason
        surfaces.mount(whose("one", plugin))()
        with pytest.raises(Unmountable, match=r"GET /api/v1/one/x is core\.good's already"):
            surfaces.mount(whose("one", Plugin(title="Bridge", routes=[good])))
        assert len(surfaces.targets) == 1
