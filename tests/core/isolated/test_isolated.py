"""A plugin that nobody has vouched for does all that a plugin may, in a process of its own."""

import sys

from tests.core.isolated.conftest import Place


async def test_web_never_imports_it(place: Place) -> None:
    installed = place.kit.house.host.installed["stranger"]
    assert installed.isolated
    assert not place.kit.house.host.installed["hall"].isolated
    assert [name for name in sys.modules if name.startswith("maru_stranger")] == []


async def test_a_portlet_is_drawn_there_and_cleaned_here(place: Place) -> None:
    await place.data("/notes", text="hello <there>")
    answer = await place.admin.get("/api/v1/portal/data/stranger.recent")
    data = answer.json()["data"]
    assert data["state"] == "ok"
    assert "hello <there>" in data["content"]["texts"]
