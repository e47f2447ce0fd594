"""The same plugin code, isolated and trusted: each test runs with both, and finds the same."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from tests.core.isolated.conftest import OUT, Side
from tests.core.outside.others import Machine, answer, says

from maru.api.operation import Operation
from maru.app import reading
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.schedules import Scheduler
from maru.observability.log import Journal
from maru.observability.metrics import Metrics
from maru.plugins.channels import Channels
from maru.plugins.context import open_call
from maru.push.log import NOW
from maru.testing import environment
from maru_sdk import Conflict, InvalidInput, NotFound, PermissionDenied, User


def hall() -> Any:
    """What the trusted plugin publishes, once it is installed."""
    return sys.modules["maru_hall.api"]


@asynccontextmanager
async def world(*answers: bytes) -> AsyncIterator[Machine]:
    """A machine of the world, on the only address that may be called."""
    made = Machine(says(*(answers or (answer(x_said="hello"),))))
    server = await asyncio.start_server(made.serve, OUT, 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def test_it_is_where_it_should_be(side: Side) -> None:
    assert side.kit.house.host.installed["wanderer"].isolated is side.isolated


class TestHttp:
    """`ctx.http`: the house's address rules, whoever calls."""

    async def test_a_call(self, side: Side) -> None:
        async with world() as machine:
            url = machine.url("/x?q=1", OUT)
            found = await side.post(
                "/go", url=url, method="POST", body="sent", headers={"x-a": "1"}
            )
        assert json.loads(found["texts"][0]) == [200, "hello", "ok"]
        (asked,) = machine.asked
        assert asked.line.startswith("POST /x?q=1&a=b+c HTTP/1.1")
        assert (asked.body, asked.headers["x-a"]) == (b"sent", "1")
        assert asked.headers["user-agent"] == "Maru/1"
        assert "traceparent" in asked.headers

    async def test_many_at_once(self, side: Side) -> None:
        async with world() as machine:
            found = await side.post("/go", url=machine.url("/", OUT), times=20)
        assert [json.loads(text)[0] for text in found["texts"]] == [200] * 20

    async def test_statuses_are_answers_and_failures_are_errors(self, side: Side) -> None:
        async with world(answer(404), answer(500)) as machine:
            found = [await side.post("/go", url=machine.url("/", OUT)) for _ in range(2)]
        assert json.loads(found[0]["texts"][0])[0] == 404
        assert found[1]["texts"] == ["Unreachable: OUTSIDE_UNREACHABLE"]

    async def test_it_calls_after_a_read_and_not_in_a_transaction(self, side: Side) -> None:
        async with world() as machine:
            url = machine.url("/", OUT)
            read = await side.post("/go", url=url, first="read")
            write = await side.post("/go", url=url, first="write")
        assert json.loads(read["texts"][0])[0] == 200
        assert write["texts"] == ["OutsideInTransaction: OUTSIDE_IN_TRANSACTION"]
        assert len(machine.asked) == 1

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "0x7f000001"])
    async def test_private_addresses_are_refused(self, side: Side, host: str) -> None:
        async with world() as machine:
            found = await side.post("/go", url=f"http://{host}:{machine.port}/")
        assert found["texts"][0].split(":")[0] in ("AddressRefused", "Unreachable")
        assert machine.asked == []

    async def test_nor_behind_a_redirect(self, side: Side) -> None:
        async with world(answer(302, location="http://127.0.0.1:1/")) as machine:
            found = await side.post("/go", url=machine.url("/", OUT))
        assert found["texts"] == ["AddressRefused: ADDRESS_REFUSED"]


class TestAgain:
    """A request that is sent again under its key acts once, whoever died in between."""

    async def again(self, side: Side, text: str, key: str) -> Any:
        """What a note comes to under a key."""
        url, heads = "/api/v1/wanderer/notes", {"idempotency-key": key}
        return await side.admin.post(url, json={"text": text}, headers=heads)

    async def test_it_acts_once(self, side: Side) -> None:
        answers = [await self.again(side, "once", "k1") for _ in range(3)]
        assert [one.json()["data"] for one in answers] == [{"text": "once"}] * 3
        assert (await side.notes()).count("once") == 1
        assert (await self.again(side, "other", "k1")).status_code in (409, 422)

    async def test_what_failed_is_done_again(self, side: Side) -> None:
        assert (await self.again(side, "bad", "k2")).status_code == 422
        assert (await self.again(side, "good", "k2")).status_code == 201
        assert (await side.notes()).count("good") == 1

    # Trusted code answers in the transaction of its effect: there is no such moment.
    @pytest.mark.parametrize("side", ["isolated"], indirect=True, scope="module")
    async def test_also_where_web_died_before_it_had_kept_the_answer(self, side: Side) -> None:
        await self.again(side, "twice", "k3")
        async with committing(side.kit.house.database.unit(Scope(side.ours.tenant.id))) as unit:
            await unit.db.execute(sa.text("DELETE FROM maru.idempotency WHERE route ~ '^POST'"))
        assert (await self.again(side, "different", "k3")).json()["success"] is False
        answer = await self.again(side, "twice", "k3")
        assert (answer.status_code, answer.json()["data"]) == (201, {"text": "twice"})
        assert (await side.notes()).count("twice") == 1
        assert "different" not in await side.notes()


class TestMail:
    """`ctx.mail`: in the transaction, from the house's sender, sent by its job."""

    @pytest.fixture(autouse=True)
    def _forgotten(self, side: Side) -> None:
        side.mail.got.clear()

    async def test_a_mail(self, side: Side) -> None:
        to = ["김민수 <kim@example.com>", "lee@example.com"]
        found = await side.post(
            "/mails", to=to, subject="안녕", text="words", file="a file", reply_to="re@example.com"
        )
        assert len(found["texts"]) == 2
        assert side.mail.got == []
        await side.kit.work()
        assert sorted(side.mail.people) == ["kim@example.com", "lee@example.com"]
        mail = next(one for one in side.mail.mails if "kim" in one["To"])
        assert str(mail["To"]) == "김민수 <kim@example.com>"
        assert str(mail["From"]) == f"{side.ours.tenant.name} <maru@example.com>"
        assert (mail["Subject"], mail["Reply-To"]) == ("안녕", "re@example.com")
        (file,) = mail.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("a.txt", "a file")
        states = await side.rows("SELECT DISTINCT state FROM maru.job WHERE kind ~ 'deliver_mail'")
        assert states == [("done",)]
        kept = "SELECT plugin, waiting, message, letter FROM maru.mail WHERE subject = '안녕'"
        assert await side.rows(kept) == [("wanderer", 0, None, None)]

    async def test_a_template(self, side: Side) -> None:
        await side.post("/mails", to=["kim@example.com"], subject="drawn", template=True)
        await side.kit.work()
        assert f"drawn by {side.ours.tenant.name}" in side.mail.words("html")
        assert f"drawn by {side.ours.tenant.name}" in side.mail.words("plain")

    async def test_what_is_undone_is_not_sent(self, side: Side) -> None:
        body = {"to": ["kim@example.com"], "subject": "undone", "text": "x"}
        refused = await side.admin.post("/api/v1/wanderer/mails", json=body)
        assert refused.status_code == 422
        await side.kit.work()
        assert side.mail.got == []

    async def test_refusals(self, side: Side) -> None:
        bads: list[dict[str, object]] = [{"to": ["nobody"]}, {"to": []}, {"subject": "a\r\nBcc: x"}]
        for bad in bads:
            given = {"to": ["kim@example.com"], "subject": "s", "text": "t", **bad}
            found = await side.post("/mails", **given)
            assert found["texts"][0].startswith("refused: "), bad


class TestNotifications:
    """`ctx.notify`: who may know it is told, once, in their language."""

    async def told_to(self, side: Side, person: User) -> list[str]:
        """What this person was told."""
        async with side.ours.client(person) as client:
            answer = await client.get("/api/v1/notifications")
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json()["data"]]

    async def test_people_are_told_in_their_language(self, side: Side) -> None:
        ours = side.ours
        await side.post("/postcards", text="hello", people=[str(ours.member.id)], key="k")
        await side.post("/postcards", text="hello", people=[str(ours.member.id)], key="k")
        await side.kit.work()
        assert await self.told_to(side, ours.member) == [f"1: hello ({ours.member.locale})"]
        assert await self.told_to(side, ours.admin) == []
        async with ours.client(ours.member) as client:
            (one,) = (await client.get("/api/v1/notifications")).json()["data"]
            assert (one["kind"], one["body"], one["icon"]) == ("wanderer.postcard", "here", "mail")
            assert (await client.get("/notifications")).text.count("1: hello") > 0

    async def test_a_bundle_counts(self, side: Side) -> None:
        for text in ("one", "two", "three"):
            told = [str(side.ours.manager.id)]
            await side.post("/postcards", text=text, people=told, bundle="b")
            await side.kit.work()
        assert (await self.told_to(side, side.ours.manager))[0].startswith("3: three")

    async def test_what_is_undone_is_not_told(self, side: Side) -> None:
        body = {"text": "undone", "everyone": True}
        refused = await side.admin.post("/api/v1/wanderer/postcards", json=body)
        assert refused.status_code == 422
        await side.kit.work()
        assert "undone" not in str(await self.told_to(side, side.ours.member))

    async def test_everyone_but_who_acts_and_who_may_not(self, side: Side) -> None:
        await side.post("/postcards", text="all", everyone=True)
        await side.post("/postcards", text="secret", everyone=True, secret=True)
        await side.kit.work()
        assert (await self.told_to(side, side.ours.member))[0].startswith("1: all")
        assert await self.told_to(side, side.ours.admin) == []
        told = "SELECT count(*) FROM maru.notification WHERE kind = 'wanderer.secret'"
        assert await side.rows(told) == [(0,)]
        async with side.theirs.client(side.theirs.member) as other:
            assert (await other.get("/api/v1/notifications")).json()["data"] == []

    async def test_nobody_has_to_listen_to_a_stranger(self, side: Side) -> None:
        async with side.ours.client(side.ours.member) as client:
            off = {"in_app": "wanderer.secret=off"}
            answer = await client.post("/notifications/settings", data=off)
        assert answer.status_code == (303 if side.isolated else 422)

    async def test_one_that_leads_away_says_its_title(self, side: Side) -> None:
        await side.post("/postcards", text="away", people=[str(side.ours.member.id)])
        await side.kit.work()
        assert (await self.told_to(side, side.ours.member))[0] == "Postcards"


class TestLive:
    """`ctx.live`: rooms of its own, everybody and one person."""

    async def test_with_the_transaction(self, side: Side) -> None:
        me = f"me:{side.ours.admin.id}"
        for room, event in (("tenant", "said"), (me, "said"), ("wanderer.way:far", "said")):
            assert await side.post("/tell", room=room, event=event, text=room) == {"text": "told"}
        told = [(room, event, data.get("text")) for room, event, data in await side.told()]
        assert told[-3:] == [
            ("tenant", "wanderer.said", "tenant"),
            (me, "wanderer.said", me),
            ("wanderer.way:far", "said", "wanderer.way:far"),
        ]
        body = {"room": "tenant", "event": "said", "text": "undone"}
        assert (await side.admin.post("/api/v1/wanderer/tell", json=body)).status_code == 422
        assert "undone" not in str(await side.told())

    async def test_at_once(self, side: Side) -> None:
        pubsub: Any = side.kit.house.redises.live.client.pubsub()
        await pubsub.subscribe(NOW)
        try:
            for room in ("tenant", "wanderer.way:far"):
                await side.post("/tell", room=room, event="said", text="now", now=True)
            heard = [await _next(pubsub) for _ in range(2)]
        finally:
            await pubsub.aclose()
        tenant = str(side.ours.tenant.id)
        assert heard == [
            ([tenant, "tenant", "wanderer.said"], {"text": "now"}),
            ([tenant, "wanderer.way:far", "said"], {"text": "now"}),
        ]

    @pytest.mark.parametrize("now", [False, True])
    async def test_no_other_rooms(self, side: Side, now: bool) -> None:
        for room in (
            "portal",
            "job:1",
            "board.post:1",
            "wanderer.way",
            "hall.x:1",
            "wanderer.no:1",
        ):
            found = await side.post("/tell", room=room, event="x", text="x", now=now)
            assert found == {"text": "refused"}, room


async def _next(pubsub: Any) -> tuple[list[str], Any]:
    async with asyncio.timeout(20):
        while True:
            message = await pubsub.get_message(timeout=5)
            if message is not None and message["type"] == "message":
                head, _, body = message["data"].partition(b"\n")
                return orjson.loads(head), orjson.loads(body)


class TestSecrets:
    """Secret settings and encrypted columns: written, kept sealed, and opened by their own."""

    async def test_codes(self, side: Side) -> None:
        for text in ("900101-1234567", "비밀 🔑", ""):
            await side.post("/codes", text=text)
        refused = await side.admin.post("/api/v1/wanderer/codes", json={"text": "bad"})
        assert refused.status_code == 422
        answer = await side.admin.get("/api/v1/wanderer/codes")
        assert answer.json()["data"]["texts"] == ["900101-1234567", "비밀 🔑", ""]
        rows = await side.rows("SELECT code FROM plugin_wanderer.note WHERE code IS NOT NULL")
        assert [row[0][:6] for row in rows] == ["maru1."] * 3

    async def test_settings(self, side: Side) -> None:
        api = "/api/v1/admin/plugins/wanderer/settings"
        given = {"token": "쉿", "pin": "1234", "place": "here"}
        assert (await side.admin.put(api, json=given)).status_code == 200
        shown = (await side.admin.get(api)).text
        assert "쉿" not in shown
        assert "1234" not in shown
        told = await side.admin.get("/api/v1/wanderer/told")
        assert told.json()["data"]["texts"] == ["쉿", "1234", "here"]
        kept = await side.rows("SELECT content::text FROM maru.setting WHERE plugin = 'wanderer'")
        assert "쉿" not in kept[0][0]
        async with side.theirs.client(side.theirs.admin) as other:
            told = await other.get("/api/v1/wanderer/told")
            assert told.json()["data"]["texts"] == ["", "None", "nowhere"]
        forgets = {"token": {"is_set": False}, "pin": None}
        assert (await side.admin.put(api, json=forgets)).status_code == 200
        told = await side.admin.get("/api/v1/wanderer/told")
        assert told.json()["data"]["texts"] == ["", "None", "nowhere"]

    async def test_a_new_data_key_takes_them_along(self, side: Side) -> None:
        await side.post("/codes", text="moved")
        before = await self.codes(side)
        assert (await side.admin.post("/api/v1/admin/data-keys/rotate")).status_code == 202
        await side.kit.work()
        after = await self.codes(side)
        assert [one.split(".")[1] for one in after] != [one.split(".")[1] for one in before]
        assert len({one.split(".")[1] for one in after}) == 1
        answer = await side.admin.get("/api/v1/wanderer/codes")
        assert "moved" in answer.json()["data"]["texts"]

    async def codes(self, side: Side) -> list[str]:
        """The codes as they stand."""
        asked = "SELECT code FROM plugin_wanderer.note WHERE code IS NOT NULL ORDER BY id"
        return [row[0] for row in await side.rows(asked)]


class TestDecidePoints:
    """A veto counts wherever it is made."""

    async def asked(self, side: Side, word: str) -> list[str]:
        """What is said to somebody with this word."""
        hall_ = hall()
        async with open_call(side.kit.house.services, side.ours.seed()) as call:
            found = await call.ctx("hall").decide(hall_.may_pass, hall_.Word(word=word))
        return [one.said for one in found]

    async def test_it_answers(self, side: Side) -> None:
        await side.post("/notes", text="seen")
        assert await self.asked(side, "go") == ["passes: go, True"]

    async def test_its_no_is_the_callers(self, side: Side) -> None:
        with pytest.raises(Conflict, match="Nobody passes"):
            await self.asked(side, "stop")


class TestStatistics:
    """Numbers of a day."""

    async def test_a_number(self, side: Side) -> None:
        await side.post("/notes", text="counted")
        answer = await side.admin.get("/api/v1/admin/statistics")
        (own,) = [one for one in answer.json()["data"]["plugins"] if one["plugin"] == "wanderer"]
        ((count,),) = await side.rows("SELECT count(*) FROM plugin_wanderer.note")
        assert own["statistics"] == [
            {"name": "wanderer.written", "title": "Notes written", "total": count}
        ]

    async def test_one_that_no_column_holds_costs_itself_alone(self, side: Side) -> None:
        async with side.theirs.client(side.theirs.admin) as other:
            await other.post("/api/v1/wanderer/notes", json={"text": "too many"})
            answer = await other.get("/api/v1/admin/statistics")
        assert answer.status_code == 200
        (own,) = [one for one in answer.json()["data"]["plugins"] if one["plugin"] == "wanderer"]
        assert own["statistics"][0]["total"] == 0


class TestCompute:
    """`ctx.compute`: in a child, within its bounds."""

    async def test_a_computation(self, side: Side) -> None:
        found = await side.post("/compute", value=21)
        assert found["said"].startswith("42 in ")

    async def test_its_refusals_are_its_own(self, side: Side) -> None:
        refused = await side.admin.post("/api/v1/wanderer/compute", json={"value": 3, "how": "odd"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "WANDERER_TOO_ODD")

    @pytest.mark.parametrize(
        ("how", "value", "code"), [("eat", 2_000, "COMPUTE_MEMORY"), ("hang", 1, "COMPUTE_TIMEOUT")]
    )
    async def test_what_wants_too_much_is_ended(
        self, side: Side, how: str, value: int, code: str
    ) -> None:
        refused = await side.admin.post(
            "/api/v1/wanderer/compute", json={"value": value, "how": how}
        )
        assert refused.json()["error"]["code"] == code
        assert (await side.post("/compute", value=1))["said"].startswith("2 in ")

    async def test_it_has_no_network(self, side: Side) -> None:
        found = await side.post("/compute", value=side.mail.port, how="connect")
        assert found == {"said": "PermissionError"}


class TestJobs:
    """Steps, progress, chains, groups, and jobs that are taken back."""

    async def test_steps_are_kept_one_by_one(self, side: Side) -> None:
        (job,) = (await side.post("/jobs/steps", texts=["walk"]))["texts"]
        await side.kit.work()
        assert [note for note in await side.notes() if "walk" in note] == ["walk: first"]
        where = f"FROM maru.job WHERE id = '{job}'"
        ((state, tries, progress),) = await side.rows(f"SELECT state, tries, progress {where}")
        assert (state, tries) == ("waiting", 1)
        assert progress == {"done": 1, "total": 3, "note": "begun"}
        await _due(side)
        await side.kit.work()
        found = [note for note in await side.notes() if "walk" in note]
        assert found == ["walk: first", "walk: second"]
        assert await side.rows(f"SELECT state, progress {where}") == [
            ("done", {"done": 3, "total": 3, "note": "over"})
        ]

    async def test_a_chain_waits_for_each_and_a_group_for_all(self, side: Side) -> None:
        chain = (await side.post("/jobs/chain", texts=["c1", "c2", "c3"]))["texts"]
        group = (await side.post("/jobs/group", texts=["g1", "g2"]))["texts"]
        states = dict(await side.rows("SELECT CAST(id AS text), state FROM maru.job"))
        assert [states[one] for one in chain] == ["waiting", "held", "held"]
        assert [states[one] for one in group] == ["waiting", "waiting", "held"]
        await side.kit.work()
        found = await side.notes()
        assert [note for note in found if note in ("c1", "c2", "c3")] == ["c1", "c2", "c3"]
        assert found.index("all") > max(found.index("g1"), found.index("g2"))

    async def test_a_broken_chain_holds_what_follows(self, side: Side) -> None:
        _, after = (await side.post("/jobs/chain", texts=["bad", "after"]))["texts"]
        await side.kit.work()
        assert "after" not in await side.notes()
        where = f"SELECT state FROM maru.job WHERE id = '{after}'"
        assert await side.rows(where) == [("held",)]

    async def test_what_is_taken_back_never_runs(self, side: Side) -> None:
        found = (await side.post("/jobs/cancel", texts=["t1", "t2", "t3"]))["texts"]
        await side.kit.work()
        listed = ", ".join(f"'{one}'" for one in found)
        states = await side.rows(f"SELECT DISTINCT state FROM maru.job WHERE id IN ({listed})")
        assert states == [("cancelled",)]
        assert not {"t1", "t2", "t3"} & set(await side.notes())

    async def test_many_and_one_of_a_kind(self, side: Side) -> None:
        assert len((await side.post("/jobs/300", texts=["many"]))["texts"]) == 300
        once = (await side.post("/jobs/unique", texts=["once", "once"]))["texts"]
        assert len(set(once)) == 1
        assert await side.rows(
            "SELECT state, count(*) FROM maru.job WHERE payload->>'text' = 'many' GROUP BY 1"
        ) == [("waiting", 300)]
        async with side.kit.system.unit(Scope(None)) as unit:
            await unit.db.execute(sa.text("DELETE FROM maru.job WHERE payload->>'text' = 'many'"))
            await unit.commit()


async def _due(side: Side) -> None:
    async with side.kit.system.unit(Scope(None)) as unit:
        await unit.db.execute(sa.text("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'"))
        await unit.commit()


class TestFromOutside:
    """What core and others call: choose points, schedules, health checks and figures."""

    async def test_a_choose_point(self, side: Side) -> None:
        seed = side.ours.seed().model_copy(update={"plugin": "hall"})
        async with open_call(side.kit.house.services, seed) as call:
            ctx, word = call.ctx("hall"), hall().Word
            found = await ctx.choose(hall().greetings, "wave", word(word="you"))
            assert found.said == "waves at you"
            with pytest.raises(PermissionDenied):
                await ctx.choose(hall().greetings, "wave", word(word="nobody"))
            with pytest.raises(NotFound):
                await ctx.choose(hall().greetings, "bow", word(word="you"))

    async def test_a_filling_writes_nothing(self, side: Side) -> None:
        seed = side.ours.seed().model_copy(update={"plugin": "hall"})
        async with open_call(side.kit.house.services, seed) as call:
            with pytest.raises(Exception, match="read-only"):
                await call.ctx("hall").choose(hall().greetings, "wave", hall().Word(word="write"))
        assert "in a choose point" not in await side.notes()

    async def test_a_schedule_in_every_tenant_that_has_it_on(self, side: Side) -> None:
        house = side.kit.house
        now = [datetime(2030, 1, 1, 17, 59, tzinfo=UTC)]  # 02:59 in Seoul
        known = [side.ours.tenant, side.theirs.tenant]
        scheduler = Scheduler(
            side.kit.system,
            house.signals,
            side.kit.catalog,
            lambda: known,
            house.gate.on,
            clock=lambda: now[0],
        )
        await scheduler.tick()
        now[0] += timedelta(minutes=2)
        await scheduler.tick()
        await scheduler.tick()
        await _due(side)
        await side.kit.work()
        night = f"night in {side.ours.tenant.slug}"
        assert (await side.notes()).count(night) == 1
        async with side.theirs.client(side.theirs.admin) as other:
            answer = await other.get("/api/v1/wanderer/notes")
            texts = answer.json()["data"]["texts"]
            assert [one for one in texts if "night" in one] == [
                f"night in {side.theirs.tenant.slug}"
            ]

    async def test_a_health_check_and_a_figure(self, side: Side) -> None:
        house = side.kit.house
        journal, metrics = Journal("test", "ERROR"), Metrics("test")
        opened = partial(reading, house.services)
        operation = Operation(house.host, house.gate, opened, journal, metrics)
        check = operation.checks()["wanderer.rested"]
        await check()
        await operation.read()
        figures = (await metrics.exposition()).decode().splitlines()
        mine = f'tenant="{side.ours.tenant.slug}"}} {float(len(await side.notes()))}'
        assert [one.endswith(mine) for one in figures if "wanderer_kept{" in one].count(True) == 1
        async with side.theirs.client(side.theirs.admin) as other:
            await other.post("/api/v1/wanderer/notes", json={"text": "ill"})
        first = side.kit.house.gate.tenants_with("wanderer")[0]
        if first == side.ours.tenant.id:
            await side.post("/notes", text="ill")
        with pytest.raises(Exception, match="a note says so"):
            await check()


class TestPortlets:
    """A portlet that is live on the plugin's own events."""

    async def shown(self, side: Side) -> list[str]:
        """What the portlet says, once it has come."""
        async with asyncio.timeout(30):
            while True:
                answer = await side.admin.get("/api/v1/portal/data/wanderer.lately")
                data = answer.json()["data"]
                if data["state"] == "ok":
                    return list(data["content"]["texts"])

    async def test_its_events_make_it_old(self, side: Side) -> None:
        await self.shown(side)
        before = len(await side.told())
        await side.post("/notes", text="news")
        told = [one for one in (await side.told())[before:] if one[0] == "portal"]
        assert [(event, data["type"]) for _, event, data in told] == [
            ("portlet", "wanderer.lately")
        ]
        assert "news" in await self.shown(side)

    async def test_what_is_undone_makes_nothing_old(self, side: Side) -> None:
        before = await side.told()
        refused = await side.admin.post("/api/v1/wanderer/notes", json={"text": "bad"})
        assert refused.status_code == 422
        assert await side.told() == before


class TestChannels:
    """Rooms of its own: who may enter, and what is answered there."""

    async def test_who_may_enter(self, side: Side) -> None:
        channels, seed = Channels(side.kit.house.services), side.ours.seed()
        assert await channels.enter(seed, "wanderer.way:far")
        with pytest.raises(PermissionDenied):
            await channels.enter(seed, "wanderer.way:home")
        for room in ("wanderer.way", "wanderer.way:a/b", "wanderer.no:x"):
            with pytest.raises(NotFound):
                await channels.enter(seed, room)

    async def test_what_is_answered(self, side: Side) -> None:
        channels, seed = Channels(side.kit.house.services), side.ours.seed()
        found: Any = await channels.say(seed, "wanderer.way:far", {"words": "hello"})
        assert found.text == f"hello heard by {side.ours.admin.name}"
        assert "far: hello" in await side.notes()
        for bad in ({"words": 7}, {}, "hello", {"words": "x", "more": 1}):
            with pytest.raises(InvalidInput):
                await channels.say(seed, "wanderer.way:far", bad)


class TestCommands:
    """`maru wanderer tidy`: its options are its model's fields, wherever it runs."""

    async def run(self, side: Side, *words: str) -> "subprocess.CompletedProcess[str]":
        """What comes of a command line."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("MARU_")}
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "maru", "wanderer", *words],
            env={**kept, **environment(side.settings), "PYTHONPATH": side.path},
            capture_output=True,
            text=True,
            check=False,
        )

    async def test_a_command(self, side: Side) -> None:
        slug = side.ours.tenant.slug
        done = await self.run(
            side, "tidy", "--tenant", slug, "--word", "tidied", "--times", "2", "--loud"
        )
        assert done.returncode == 0, done.stderr
        assert "kept tidied 2" in done.stdout
        assert ("\x1b" in done.stdout) is not side.isolated  # a stranger moves no cursor
        assert (await side.notes()).count("tidied") == 2

    async def test_options_are_checked_and_shown(self, side: Side) -> None:
        help_ = await self.run(side, "tidy", "--help")
        for word in ("--word", "--times INTEGER", "--loud / --no-loud"):
            assert word in help_.stdout
        missing = await self.run(side, "tidy", "--tenant", side.ours.tenant.slug)
        assert missing.returncode == 2
        assert "--word" in missing.stderr
