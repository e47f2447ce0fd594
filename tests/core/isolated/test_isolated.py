"""A plugin that nobody has vouched for does all that a plugin may, in a process of its own."""

import asyncio
import os
import sys
import time
from typing import Any

import sqlalchemy as sa
from tests.core.isolated.conftest import Place, eventually

from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.plugins.context import open_call
from maru.plugins.isolated.trust import read_trust, say
from maru.settings import Settings

API = "/api/v1/stranger"


def hall() -> Any:
    """What the trusted plugin publishes, once it is installed."""
    return sys.modules["maru_hall.api"]


async def texts(place: Place, starting: str = "") -> list[str]:
    """The notes that there are."""
    found = await place.data(f"/notes?starting={starting}")
    assert isinstance(found, dict)
    return list(found["texts"])


async def shown(place: Place) -> dict[str, Any]:
    """The portlet's data, once it has come: a busy machine may be late at first."""
    ends = time.monotonic() + 20
    while True:
        answer = await place.admin.get("/api/v1/portal/data/stranger.recent")
        data: dict[str, Any] = answer.json()["data"]
        if data["state"] == "ok":
            return data
        assert time.monotonic() < ends, data


async def rows(place: Place, statement: str) -> list[object]:
    """What stands in the tenant's tables."""
    scope = Scope(place.ours.tenant.id)
    async with place.kit.house.database.unit(scope, readonly=True) as unit:
        return [tuple(row) for row in await unit.db.execute(sa.text(statement))]


async def test_web_never_imports_it(place: Place) -> None:
    installed = place.kit.house.host.installed["stranger"]
    assert installed.isolated
    assert not place.kit.house.host.installed["hall"].isolated
    assert [name for name in sys.modules if name.startswith("maru_stranger")] == []
    found = await place.data("/pid")
    assert found != {"text": str(os.getpid())}


async def test_the_admin_sees_which_plugins_are_isolated(place: Place) -> None:
    answer = await place.admin.get("/api/v1/admin/plugins")
    found = {one["key"]: one["isolation"] for one in answer.json()["data"]}
    assert (found["stranger"], found["hall"], found["board"]) == ("isolated", "trusted", "trusted")


class TestRoutes:
    """The same answers as from a plugin in our own process."""

    async def test_what_is_written_is_read(self, place: Place) -> None:
        answer = await place.admin.post(f"{API}/notes", json={"text": "first"})
        assert answer.status_code == 201
        assert answer.json()["data"] == {"text": f"first by {place.ours.admin.name}"}
        assert "first" in await texts(place, "fir")
        assert (await place.admin.get(f"{API}/notes/first")).json()["data"] == {"text": "first"}

    async def test_refusals_are_in_the_readers_language(self, place: Place) -> None:
        answer = await place.admin.get(f"{API}/notes/nothing", headers={"accept-language": "ko"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (404, "STRANGER_NO_NOTE")
        assert error["message"] == "nothing 쪽지는 없습니다"

    async def test_bad_input_names_the_fields(self, place: Place) -> None:
        answer = await place.admin.post(f"{API}/notes", json={"txt": 1})
        fields = answer.json()["error"]["details"]["fields"]
        assert answer.status_code == 422
        assert {field["path"] for field in fields} == {"text", "txt"}
        answer = await place.admin.get(f"{API}/notes?colour=red")
        assert answer.status_code == 422

    async def test_a_refused_request_leaves_nothing(self, place: Place) -> None:
        answer = await place.admin.post(f"{API}/notes", json={"text": "too bad"})
        assert answer.status_code == 422
        field = answer.json()["error"]["details"]["fields"][0]
        assert field["message"] == "‹b›bad‹/b›"
        assert await texts(place, "too bad") == []
        assert await rows(place, "SELECT 1 FROM maru.job WHERE payload->>'text' ~ 'too bad'") == []

    async def test_who_may_not_is_refused_before_it_is_asked(self, place: Place) -> None:
        async with place.ours.client() as nobody:
            assert (await nobody.get(f"{API}/notes")).status_code == 401
        async with place.theirs.client(place.theirs.admin) as other:
            assert (await other.get(f"{API}/notes")).status_code == 404

    async def test_what_is_too_large_is_cut_off_and_undone(self, place: Place) -> None:
        answer = await place.admin.get(f"{API}/huge")
        assert answer.status_code == 500
        assert await texts(place, "huge") == []

    async def test_the_description_shows_them(self, place: Place) -> None:
        schema = (await place.admin.get("/openapi.json")).json()
        operation = schema["paths"][f"{API}/notes"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        name = body["$ref"].rpartition("/")[2]
        assert name.startswith("stranger.")
        assert "text" in schema["components"]["schemas"][name]["properties"]


async def test_settings_are_its_own(place: Place) -> None:
    path = "/api/v1/admin/plugins/stranger/settings"
    assert (await place.admin.put(path, json={"prefix": ">> "})).status_code == 200
    try:
        await place.data("/notes", text="with a prefix")
        assert ">> with a prefix" in await texts(place)
    finally:
        assert (await place.admin.put(path, json={})).status_code == 200


class TestPortlets:
    """Drawn there, cleaned here."""

    async def test_what_acts_is_taken_out(self, place: Place) -> None:
        await place.data("/notes", text="hello <there>")
        await shown(place)
        page = (await place.admin.get("/")).text
        assert "hello &lt;there&gt;" in page
        assert 'hx-get="/stranger/"' in page
        for bad in ("/api/v1/admin/plugins/hall/disable", "evil", "onerror"):
            assert bad not in page

    async def test_its_data_is_the_models(self, place: Place) -> None:
        assert set((await shown(place))["content"]) == {"texts"}


class TestPages:
    """The content is drawn there, what stands around it here."""

    async def test_a_page(self, place: Place) -> None:
        await place.data("/notes", text="on a page")
        answer = await place.admin.get("/stranger/", headers={"accept-language": "ko"})
        assert answer.status_code == 200
        assert "<li>on a page</li>" in answer.text
        assert "쪽지 of 시험회사" in answer.text.partition("</title>")[0]
        main = answer.text.partition('id="main"')[2]
        assert main.count('name="_csrf"') == 2
        assert "csrf-elsewhere" not in answer.text
        for bad in ("/admin/plugins/hall", "javascript:", "<script>", 'type="password"'):
            assert bad not in main.partition("</main>")[0]

    async def test_a_form(self, place: Place) -> None:
        done = await place.admin.post("/stranger/", data={"text": "from a form"})
        assert (done.status_code, done.headers["location"]) == (303, "/stranger/")
        assert "from a form" in await texts(place)

    async def test_a_refused_form_is_shown_again(self, place: Place) -> None:
        again = await place.admin.post("/stranger/", data={"text": "no"})
        assert again.status_code == 422
        assert "not that one (no)" in again.text
        assert "no" not in await texts(place)
        missing = await place.admin.post("/stranger/", data={})
        assert missing.status_code == 422


class TestLater:
    """Jobs, listeners and events."""

    async def test_a_job_of_its_own(self, place: Place) -> None:
        await place.data("/notes", text="again")
        assert await place.kit.work() >= 1
        assert "again, later" in await texts(place)
        done = await rows(
            place,
            "SELECT state, result->>'text', plugin, enqueued_by, seed->>'actor' FROM maru.job"
            " WHERE payload->>'text' = 'again, later'",
        )
        who = place.ours.admin.id
        assert done == [("done", "done", "stranger", who, str(who))]

    async def test_its_events_and_audit_lines_say_who(self, place: Place) -> None:
        await place.data("/notes", text="told")
        found = await rows(
            place, "SELECT name, actor_id FROM maru.event WHERE body->>'text' = 'told'"
        )
        assert found == [("stranger.note_written", place.ours.admin.id)]
        lines = await rows(
            place, "SELECT plugin, person_id FROM maru.audit WHERE after->>'text' = 'told'"
        )
        assert lines == [("stranger", place.ours.admin.id)]

    async def test_it_hears_of_others(self, place: Place) -> None:
        seed = place.ours.seed().model_copy(update={"plugin": "hall"})
        async with open_call(place.kit.house.services, seed) as call:
            await call.ctx("hall").publish(hall().Opened(door="north"))
        await place.kit.work()
        assert (await texts(place)).count("opened north") == 1

    async def test_killed_in_the_middle_the_effect_is_there_once(self, place: Place) -> None:
        await place.data("/notes", text="slowly")
        (job,) = await rows(
            place, "SELECT id FROM maru.job WHERE payload->>'text' = 'slowly, later'"
        )
        assert isinstance(job, tuple)
        run = asyncio.ensure_future(place.kit.runner.run(place.ours.tenant.id, job[0]))
        where = f"FROM maru.job WHERE id = '{job[0]}'"
        while (await rows(place, f"SELECT state {where}")) != [("running",)]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        place.process.kill()
        await run
        assert await rows(place, f"SELECT state, tries {where}") == [("waiting", 1)]
        await asyncio.to_thread(place.process.start)
        assert "slowly, later" not in await texts(place)
        await place.kit.runner.run(place.ours.tenant.id, job[0])  # not due yet
        async with place.kit.system.unit(Scope(None)) as unit:
            await unit.db.execute(
                sa.text(f"UPDATE maru.job SET due_at = now() WHERE id = '{job[0]}'")
            )
            await unit.commit()
        await asyncio.gather(
            *(place.kit.runner.run(place.ours.tenant.id, job[0]) for _ in range(3))
        )
        assert (await texts(place)).count("slowly, later") == 1
        assert await rows(place, f"SELECT state {where}") == [("done",)]


async def test_an_extension_call(place: Place) -> None:
    seed = place.ours.seed().model_copy(update={"plugin": "hall"})
    async with open_call(place.kit.house.services, seed) as call:
        answers = await call.ctx("hall").collect(hall().echoes, hall().Word(word="ho"))
        assert [answer.said for answer in answers] == ["ho ho"]
        began = time.monotonic()
        assert await call.ctx("hall").collect(hall().echoes, hall().Word(word="hang")) == []
        assert time.monotonic() - began < 4


async def test_while_it_is_down_it_says_so_and_jobs_wait(place: Place) -> None:
    await place.data("/notes", text="patient")
    place.process.kill()
    try:
        answer = await place.admin.get(f"{API}/notes")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
        assert "retry-after" in answer.headers
        assert (await place.admin.get("/stranger/")).status_code == 503
        where = "FROM maru.job WHERE payload->>'text' = 'patient, later'"
        (found,) = await rows(place, f"SELECT id {where}")
        assert isinstance(found, tuple)
        job = found[0]
        await place.kit.runner.run(place.ours.tenant.id, job)
        assert await rows(place, f"SELECT state, tries {where}") == [("waiting", 0)]
    finally:
        await asyncio.to_thread(place.process.start)
    await eventually(place.process.answers)
    assert (await place.admin.get(f"{API}/notes")).status_code == 200


async def test_off_means_off(place: Place) -> None:
    await place.ours.disable("stranger")
    try:
        assert (await place.admin.get(f"{API}/notes")).status_code == 404
        assert (await place.admin.get("/stranger/")).status_code == 404
        assert (await place.admin.get("/api/v1/portal/data/stranger.recent")).status_code == 404
    finally:
        await place.ours.enable("stranger")
    assert (await place.admin.get(f"{API}/notes")).status_code == 200


async def test_untrusted_it_is_off_at_once(place: Place) -> None:
    house, tenant = place.kit.house, place.ours.tenant.id
    assert house.gate.on(tenant, "hall")

    async def vouch(*, trusted: bool) -> None:
        async with committing(house.database.unit(NOBODY)) as unit:
            await say(unit, house.signals, "hall", "maru-hall", trusted=trusted)
        ends = time.monotonic() + 10
        while house.gate.on(tenant, "hall") is not trusted:
            assert time.monotonic() < ends
            await asyncio.sleep(0.05)

    await vouch(trusted=False)
    assert not house.gate.on(tenant, "stranger")  # which needs it
    trust = await read_trust(house.database, Settings(trusted_plugins=[]))
    assert not trust.trusts("hall")
    await vouch(trusted=True)
    assert (await read_trust(house.database, Settings(trusted_plugins=[]))).trusts("hall")
