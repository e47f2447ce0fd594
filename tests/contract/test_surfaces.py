"""What callers are told at the surfaces of a plugin and of the plugins' own API."""

import pytest
from tests.contract.world import Firm, World


@pytest.fixture
async def ours(world: World) -> Firm:
    """Our company, with the plugin on."""
    await world.ours.on()
    return world.ours


async def test_a_disabled_surface_is_not_found(ours: Firm) -> None:
    await ours.off()
    answer = await ours.admin.get("/api/v1/kinds/notes")
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    answer = await ours.admin.post("/api/v1/kinds/notes", json={"text": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    answer = await ours.admin.put("/api/v1/kinds/notes", json={})
    assert answer.status_code == 404, "not 405, which would tell that it is there"


async def test_a_note_is_written_refused_and_read(ours: Firm) -> None:
    made = await ours.admin.post("/api/v1/kinds/notes", json={"text": "안녕하세요"})
    assert made.status_code == 201, made.text
    refused = await ours.admin.post("/api/v1/kinds/notes", json={"text": "damn"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "KINDS_WORD_REFUSED")
    assert refused.json()["error"]["message"] == "아무도 damn라고 말할 수 없습니다"
    listed = await ours.admin.get("/api/v1/kinds/notes")
    assert [note["text"] for note in listed.json()["data"]] == ["안녕하세요", "welcome"]
    note = made.json()["data"]["id"]
    assert (await ours.admin.delete(f"/api/v1/kinds/notes/{note}")).status_code == 200
    gone = await ours.admin.get(f"/api/v1/kinds/notes/{note}")
    assert gone.json()["error"]["code"] == "KINDS_NOTE_NOT_FOUND"


async def test_the_api_of_plugins(ours: Firm) -> None:
    listed = await ours.data("/api/v1/admin/plugins")
    kinds = next(one for one in listed if one["key"] == "kinds")
    assert kinds["state"] == "enabled"
    assert {"key", "name", "version", "state", "reason", "needs", "needed_by", "generation"} <= (
        kinds.keys()
    )
    for word in ("disable", "enable"):
        answer = await ours.admin.post(f"/api/v1/admin/plugins/kinds/{word}")
        assert (answer.status_code, answer.json()["data"]["state"]) == (200, f"{word}d")
    unknown = await ours.admin.post("/api/v1/admin/plugins/nothing/enable")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "PLUGIN_NOT_FOUND")
    assert unknown.json()["error"]["message"] == "nothing 플러그인이 없습니다"
    core = await ours.admin.post("/api/v1/admin/plugins/admin/disable")
    assert (core.status_code, core.json()["error"]["code"]) == (409, "PLUGIN_ALWAYS_ON")
    nobody = await ours.admin.get("/api/v1/admin/plugins", headers={"authorization": ""})
    assert nobody.status_code == 401
