"""`/api/v1/admin/jobs`, `/schedules` and `/events`, and their pages, as an admin meets them."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from maru_kinds.jobs import write_many
from maru_kinds.schemas import Count
from maru_kinds.seen import CALLS
from maru_kinds.service import write
from tests.contract.conftest import world
from tests.contract.world import Firm, World

from maru.db.scope import Scope
from maru.db.unit import committing

__all__ = ["world"]

JOBS, SCHEDULES, EVENTS = (f"/api/v1/admin/{name}" for name in ("jobs", "schedules", "events"))
ASK = sa.text(
    "UPDATE maru.job SET payload = jsonb_build_object('count', :count) WHERE id = :id"
).bindparams(sa.bindparam("count", type_=sa.Text), sa.bindparam("id", type_=sa.Uuid))
SWEEP, HEARD = "kinds.sweep", "kinds.heard"


@pytest.fixture(autouse=True)
async def _on(world: World) -> None:
    await world.ours.on()
    CALLS.clear()


async def enqueued(firm: Firm, count: Any = 1) -> UUID:
    """A job; one that is asked a word instead of a number will be a dead letter."""
    async with firm.context() as ctx:
        job_id = await ctx.jobs.enqueue(write_many, Count(count=1))
    ask = sa.text(
        "UPDATE maru.job SET payload = jsonb_build_object('count', :count) WHERE id = :id"
    )
    if count != 1:
        database = firm.company.kit.house.database
        async with committing(database.unit(Scope(firm.id))) as unit:
            await unit.db.execute(
                ask.bindparams(
                    sa.bindparam("count", type_=sa.Text), sa.bindparam("id", type_=sa.Uuid)
                ),
                {"count": count, "id": job_id},
            )
    return job_id


async def dead(world: World) -> UUID:
    job_id = await enqueued(world.ours, "many")
    await world.kit.work()
    return job_id


async def audited(firm: Firm, action: str) -> list[Any]:
    look = "SELECT target, before, after, person_id FROM maru.audit WHERE action = :action"
    return await firm.sql(look, action=action)


class TestJobs:
    async def test_a_dead_letter_is_read_repaired_and_sent_again(self, world: World) -> None:
        job_id = await dead(world)
        found = await world.ours.data(f"{JOBS}?state=dead&limit=100")
        (line,) = [one for one in found if one["id"] == str(job_id)]
        assert (line["kind"], line["plugin"], line["tries"]) == ("kinds.write_many", "kinds", 1)
        one = await world.ours.data(f"{JOBS}/{job_id}")
        assert one["payload"] == {"count": "many"}
        assert one["error"].startswith("ValidationError") or "count" in one["error"]
        refused = await world.ours.admin.post(
            f"{JOBS}/{job_id}/retry", json={"payload": {"count": "few"}}
        )
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            422,
            "JOB_PAYLOAD_REFUSED",
        )
        again = await world.ours.admin.post(
            f"{JOBS}/{job_id}/retry", json={"payload": {"count": 2}}
        )
        assert again.status_code == 200, again.text
        assert again.json()["data"]["state"] == "waiting"
        await world.kit.work()
        assert (await world.ours.data(f"{JOBS}/{job_id}"))["state"] == "done"
        assert ("job", "2") in CALLS
        (line,) = [
            one
            for one in await audited(world.ours, "job.sent_again")
            if one.target == f"job:{job_id}"
        ]
        assert line.before["payload"] == {"count": "many"}
        assert line.after == {"state": "waiting", "payload": {"count": 2}}
        assert line.person_id == world.ours.company.admin.id

    async def test_without_a_body_it_is_sent_as_it_was(self, world: World) -> None:
        job_id = await dead(world)
        again = await world.ours.admin.post(f"{JOBS}/{job_id}/retry")
        assert again.status_code == 200, again.text
        await world.kit.work()
        assert (await world.ours.data(f"{JOBS}/{job_id}"))["state"] == "dead"

    async def test_cancel_and_the_answers_to_what_is_over(self, world: World) -> None:
        job_id = await enqueued(world.ours)
        done = await world.ours.admin.post(f"{JOBS}/{job_id}/cancel")
        assert done.json()["data"]["state"] == "cancelled"
        again = await world.ours.admin.post(f"{JOBS}/{job_id}/cancel")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "JOB_OVER")
        assert [one.target for one in await audited(world.ours, "job.cancelled")].count(
            f"job:{job_id}"
        ) == 1
        waiting = await enqueued(world.ours)
        early = await world.ours.admin.post(f"{JOBS}/{waiting}/retry")
        assert (early.status_code, early.json()["error"]["code"]) == (409, "JOB_UNDER_WAY")
        await world.kit.work()

    async def test_pages_of_the_list_meet(self, world: World) -> None:
        made = [str(await enqueued(world.ours)) for _ in range(5)]
        await world.kit.work()
        seen: list[str] = []
        cursor = ""
        while True:
            answer = await world.ours.admin.get(
                f"{JOBS}?kind=kinds.write_many&state=done&limit=2&cursor={cursor}"
                if cursor
                else f"{JOBS}?kind=kinds.write_many&state=done&limit=2"
            )
            body = answer.json()
            seen += [one["id"] for one in body["data"]]
            cursor = body["pagination"]["next"]
            if not cursor:
                break
        assert seen[:5] == made[::-1]
        assert len(seen) == len(set(seen))

    async def test_bad_questions(self, world: World) -> None:
        ours = world.ours
        assert await ours.status(f"{JOBS}/{uuid4()}") == 404
        assert await ours.status(f"{JOBS}/7") == 404 or 422
        assert await ours.status(f"{JOBS}?state=lost") == 422
        assert await ours.status(f"{JOBS}?limit=1000") == 422
        assert await ours.status(f"{JOBS}?cursor=nonsense") == 422
        theirs = await enqueued(world.theirs)
        assert await ours.status(f"{JOBS}/{theirs}") == 404
        assert (await ours.admin.post(f"{JOBS}/{theirs}/cancel")).status_code == 404
        await world.kit.work()


class TestSchedules:
    async def test_the_list_tells_when_and_what(self, world: World) -> None:
        await world.tick()
        listed = {one["name"]: one for one in await world.ours.data(SCHEDULES)}
        sweep = listed[SWEEP]
        assert (sweep["about"], sweep["cron"], sweep["missed"]) == ("Sweeps", "*/5 * * * *", "one")
        assert sweep["enabled"]
        assert sweep["next_at"].endswith(":00Z")
        assert sweep["last_run"]["state"] == "done"
        assert sweep["last_run"]["at"] is not None
        assert "core.forget_answers" in listed

    async def test_off_and_on(self, world: World) -> None:
        off = await world.ours.admin.put(f"{SCHEDULES}/{SWEEP}", json={"enabled": False})
        assert off.status_code == 200, off.text
        assert off.json()["data"]["next_at"] is None
        await world.kit.house.signals.poll()
        await world.tick()
        ran = [slug for what, slug in CALLS if what == "schedule"]
        assert world.theirs.slug in ran
        assert world.ours.slug not in ran
        for _ in range(2):
            on = await world.ours.admin.put(f"{SCHEDULES}/{SWEEP}", json={"enabled": True})
            assert on.json()["data"]["enabled"]
        await world.kit.house.signals.poll()
        await world.scheduler.tick()
        await world.tick()
        assert [what for what in CALLS if what == ("schedule", world.ours.slug)] != []
        assert len(await audited(world.ours, "schedule.turned_off")) == 1
        assert len(await audited(world.ours, "schedule.turned_on")) == 1

    async def test_run_now_is_listed_with_who_asked(self, world: World) -> None:
        asked = await world.ours.admin.post(f"{SCHEDULES}/{SWEEP}/run")
        assert asked.status_code == 202, asked.text
        again = await world.ours.admin.post(f"{SCHEDULES}/{SWEEP}/run")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "SCHEDULE_UNDER_WAY")
        await world.kit.work()
        assert ("schedule", world.ours.slug) in CALLS
        run = (await world.ours.data(f"{SCHEDULES}/{SWEEP}/runs"))[0]
        assert run["job_id"] == asked.json()["data"]["job_id"]
        assert (run["at"], run["asker"], run["state"]) == (None, "관리자", "done")
        assert run["asked_by"] == str(world.ours.company.admin.id)
        assert len(await audited(world.ours, "schedule.run_asked")) == 1

    async def test_bad_questions(self, world: World) -> None:
        assert await world.ours.status(f"{SCHEDULES}/kinds.nothing") == 404
        wrong = await world.ours.admin.put(f"{SCHEDULES}/{SWEEP}", json={"enabled": "perhaps"})
        assert wrong.status_code == 422
        await world.ours.off()
        assert await world.ours.status(f"{SCHEDULES}/{SWEEP}") == 404
        assert (await world.ours.admin.post(f"{SCHEDULES}/{SWEEP}/run")).status_code == 404


class TestEvents:
    async def test_the_log_and_who_has_heard(self, world: World) -> None:
        async with world.ours.context() as ctx:
            note = await write(ctx, "told")
        await world.kit.work()
        (line,) = await world.ours.data(f"{EVENTS}?key={note.id}")
        assert line["name"] == "kinds.note_written"
        one = await world.ours.data(f"{EVENTS}/{line['number']}")
        assert one["body"]["text"] == "told"
        heard = next(listener for listener in one["heard"] if listener["listener"] == HEARD)
        assert {listener["state"] for listener in one["heard"]} == {"done"}
        assert (await world.ours.data(f"{JOBS}/{heard['job_id']}"))["event"] == line["number"]
        assert await world.theirs.status(f"{EVENTS}/{line['number']}") == 404

    async def test_replay(self, world: World) -> None:
        async with world.ours.context() as ctx:
            note = await write(ctx, "again")
        await world.kit.work()
        (line,) = await world.ours.data(f"{EVENTS}?key={note.id}")
        CALLS.clear()
        answer = await world.ours.admin.post(
            f"{EVENTS}/listeners/{HEARD}/replay", json={"since": line["created_at"]}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["replayed"]
        assert answer.json()["data"]["listener"]["behind"] >= 1
        await world.kit.house.signals.poll()
        await world.kit.work()
        assert ("event", "again") in CALLS
        (listener,) = [
            one for one in await world.ours.data(f"{EVENTS}/listeners") if one["name"] == HEARD
        ]
        assert (listener["behind"], listener["lag_seconds"], listener["replays"]) == (0, 0, False)
        assert len(await audited(world.ours, "listener.replayed")) == 1

    @pytest.mark.parametrize("since", ["2030-01-01T00:00:00Z", "2026-01-01T00:00:00", "then", None])
    async def test_a_bad_time_is_refused(self, world: World, since: str | None) -> None:
        answer = await world.ours.admin.post(
            f"{EVENTS}/listeners/{HEARD}/replay", json={"since": since}
        )
        assert answer.status_code == 422


class TestPermission:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", JOBS),
            ("GET", f"{JOBS}/{UUID(int=0)}"),
            ("POST", f"{JOBS}/{UUID(int=0)}/retry"),
            ("POST", f"{JOBS}/{UUID(int=0)}/cancel"),
            ("GET", SCHEDULES),
            ("GET", f"{SCHEDULES}/{SWEEP}/runs"),
            ("PUT", f"{SCHEDULES}/{SWEEP}"),
            ("POST", f"{SCHEDULES}/{SWEEP}/run"),
            ("GET", EVENTS),
            ("GET", f"{EVENTS}/listeners"),
            ("POST", f"{EVENTS}/listeners/{HEARD}/replay"),
        ],
    )
    async def test_members_may_nothing(self, world: World, method: str, path: str) -> None:
        answer = await world.ours.member.request(
            method, path, json=None if method == "GET" else {"enabled": False}
        )
        assert answer.status_code == 403, answer.text


class TestPages:
    async def test_all_are_drawn(self, world: World) -> None:
        job_id = await dead(world)
        async with world.ours.context() as ctx:
            note = await write(ctx, "drawn")
        await world.kit.work()
        (line,) = await world.ours.data(f"{EVENTS}?key={note.id}")
        for path in (
            "/admin/jobs",
            "/admin/jobs?state=dead&plugin=kinds",
            f"/admin/jobs/{job_id}",
            "/admin/schedules",
            f"/admin/schedules/{SWEEP}",
            "/admin/events",
            f"/admin/events/{line['number']}",
            "/admin/events/listeners",
            f"/admin/events/listeners/{HEARD}",
        ):
            answer = await world.ours.admin.get(path)
            assert answer.status_code == 200, (path, answer.text[:500])
            assert not re.search(r"msgid|\{\{", answer.text)

    async def test_a_form_that_is_no_json_comes_back_with_what_was_typed(
        self, world: World
    ) -> None:
        job_id = await dead(world)
        for typed in ("{ no json", "[1]", '{"count": "few"}'):
            answer = await world.ours.admin.post(
                f"/admin/jobs/{job_id}/retry", data={"payload": typed}
            )
            assert answer.status_code == 422
            assert 'id="payload-fault"' in answer.text
            assert typed.replace('"', "&#34;") in answer.text
        sent = await world.ours.admin.post(
            f"/admin/jobs/{job_id}/retry", data={"payload": '{"count": 1}'}
        )
        assert sent.status_code == 303
        await world.kit.work()
        assert (await world.ours.data(f"{JOBS}/{job_id}"))["state"] == "done"

    async def test_a_replay_in_the_future_comes_back(self, world: World) -> None:
        answer = await world.ours.admin.post(
            f"/admin/events/listeners/{HEARD}/replay", data={"since": "2030-01-01T10:00"}
        )
        assert answer.status_code == 422
        assert "2030-01-01T10:00" in answer.text
