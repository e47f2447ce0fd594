"""What leads out of an isolated plugin leads nowhere else: each door, tried by hostile code."""

import json
import sys
import time
from base64 import b64encode
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.isolated.conftest import OUT, Side
from tests.core.isolated.test_both_ways import world
from tests.core.outside.others import Machine, answer

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.isolated.confine import landlock_version
from maru.plugins.context import open_call
from maru.plugins.isolated.refusals import PluginAway
from maru.plugins.isolated.wishes import Wishes
from maru_sdk.db import uuid7

REFUSED = 500
NOBODY = UUID("01a2243d-0000-7000-8000-000000000000")
"""An id in the names of tests, which are the same in every process."""


async def sql(side: Side, *statements: str) -> tuple[int, str]:
    """What the wanderer gets for statements of its own."""
    body = {"texts": list(statements)}
    answer = await side.admin.post("/api/v1/wanderer/sql", json=body)
    return answer.status_code, answer.text


async def wish(side: Side, name: str, what: object) -> str:
    """What comes of a wish that no SDK makes."""
    text = json.dumps({"wish": name, "what": what})
    return str((await side.post("/wish", text=text))["text"])


def door(name: str, value: object) -> str:
    """A call of a door with JSON."""
    text = json.dumps(value).replace("'", "''")
    return f"SELECT maru.isolated_{name}('{text}')"


def row(kind: str = "wanderer.link", **more: object) -> dict[str, object]:
    """A job as the doors take it."""
    return {"id": str(uuid7()), "kind": kind, "ask": {"text": "x"}, **more}


LETTER: dict[str, object] = {
    "subject": "s",
    "text": "t",
    "html": None,
    "reply_to": None,
    "attachments": [],
}


def mail(to: object, **more: object) -> dict[str, object]:
    """A letter as its door takes it."""
    return {"id": str(uuid7()), **LETTER, "to": to, **more}


def _file(kind: str, content: str = "YQ==") -> dict[str, str]:
    return {"name": "a", "content_type": kind, "content": content}


def to(address: str, name: str = "") -> list[dict[str, str]]:
    """One recipient."""
    return [{"job": str(uuid7()), "address": address, "name": name}]


EVENT: dict[str, object] = {"name": "wanderer.kept", "version": 1, "key": "", "body": {"text": "x"}}
LINE: dict[str, object] = {"action": "wanderer.noted", "target": "x", "before": None, "after": None}
MESSAGE: dict[str, object] = {"room": "tenant", "event": "wanderer.x", "data": {}}
SAID = {"publish": EVENT, "audit": LINE, "live": MESSAGE}


DOORS = [
    *(door(name, {"id": str(uuid7()), **said}) for name, said in SAID.items()),
    "SELECT maru.isolated_settings()",
    f"SELECT maru.isolated_finish('{NOBODY}', 'x', '{{}}')",
    door("enqueue", row()),
    door("enqueue_all", {"rows": [row()]}),
    f"SELECT maru.isolated_cancel('{NOBODY}')",
    f"SELECT maru.isolated_step_done('{NOBODY}', 'x')",
    f"SELECT maru.isolated_step('{NOBODY}', 'x', 'x')",
    door("mail", mail(to("a@example.com"))),
    door("notify", {"id": str(uuid7()), "kind": "wanderer.postcard", "value": {}}),
    "SELECT maru.isolated_claim('x', 'y')",
    "SELECT maru.isolated_keep('x', '{}')",
]


class TestTickets:
    """Each door looks at the ticket first."""

    @pytest.mark.parametrize("statement", DOORS)
    async def test_nothing_without_a_ticket(self, alone: Side, statement: str) -> None:
        forged = f"wanderer|{alone.theirs.tenant.id}||9999999999|{'0' * 64}"
        for ticket in ("", "nonsense", forged):
            status, _ = await sql(alone, f"SET LOCAL maru.ticket = '{ticket}'", statement)
            assert status == REFUSED

    @pytest.mark.parametrize("statement", DOORS)
    async def test_nothing_in_another_tenant(self, alone: Side, statement: str) -> None:
        scope = f"SET LOCAL maru.tenant = '{alone.theirs.tenant.id}'"
        assert (await sql(alone, scope, statement))[0] == REFUSED

    async def test_none_is_everybodys(self, alone: Side) -> None:
        asked = sa.text(
            "SELECT p.proname FROM pg_proc p WHERE starts_with(p.proname, 'isolated_')"
            "   AND has_function_privilege('public', p.oid, 'EXECUTE')"
            "   AND p.proname <> 'isolated_tenant'"
        )
        async with alone.kit.system.unit(Scope(None), readonly=True) as unit:
            assert (await unit.db.execute(asked)).all() == []


class TestJobs:
    """Jobs of its own alone, and not without end."""

    @pytest.mark.parametrize(
        "rows",
        [
            [row("board.purge_board")],
            [row(), row("core.deliver_mail")],
            [row("wanderer")],
            [{**row(), "kind": None}],
            [row(then="0192f0c0-0000-7000-8000-000000000001")],
        ],
    )
    async def test_no_others(self, alone: Side, rows: object) -> None:
        assert (await sql(alone, door("enqueue_all", {"rows": rows})))[0] == REFUSED

    async def test_others_are_neither_cancelled_nor_stepped_nor_awaited(self, alone: Side) -> None:
        job = await _others_job(alone)
        for statement in (
            f"SELECT maru.isolated_cancel('{job}')",
            f"SELECT maru.isolated_step('{job}', 'run', 'x')",
            f"SELECT maru.isolated_step_done('{job}', 'first')",
        ):
            status, text = await sql(alone, statement)
            assert status == 200
            assert "(None,)" in text or "(False,)" in text
        waits = door("enqueue_all", {"rows": [row(then=str(job))]})
        assert (await sql(alone, waits))[0] == REFUSED
        found = await alone.rows(f"SELECT state, awaits FROM maru.job WHERE id = '{job}'")
        assert found == [("running", 0)]

    async def test_it_waits_for_what_the_batch_says_and_no_more(self, alone: Side) -> None:
        last = row()
        rows = [row(then=last["id"], awaits=0, state="done"), {**last, "awaits": 0}]
        assert (await sql(alone, door("enqueue_all", {"rows": rows})))[0] == 200
        where = f"id IN ('{rows[0]['id']}', '{last['id']}')"
        found = await alone.rows(f"SELECT state, awaits FROM maru.job WHERE {where} ORDER BY id")
        assert sorted(found) == [("held", 1), ("waiting", 0)]

    async def test_ten_thousand_unfinished_ones_are_enough(self, alone: Side) -> None:
        async with alone.theirs.client(alone.theirs.admin) as admin:
            url = "/api/v1/wanderer/jobs"
            body = {"texts": ["heap"]}
            assert (await admin.post(f"{url}/9998", json=body)).status_code == 201
            assert (await admin.post(f"{url}/3", json=body)).status_code == 429
            assert (await admin.post(f"{url}/2", json=body)).status_code == 201
            full = await admin.post(f"{url}/1", json=body, headers={"accept-language": "ko"})
            error = full.json()["error"]
            assert (full.status_code, error["code"]) == (429, "ISOLATED_JOBS_FULL")
            assert (
                error["message"] == "끝나지 않은 작업이 너무 많습니다. 일부가 끝나면 다시 받습니다"
            )
            unique = await admin.post(f"{url}/unique", json=body)
            assert unique.status_code == 429
            letter = {"to": ["a@example.com"], "subject": "s", "text": "t"}
            assert (await admin.post("/api/v1/wanderer/mails", json=letter)).status_code == 429
        assert len((await alone.post("/jobs/1", texts=["mine"]))["texts"]) == 1  # others may
        async with alone.kit.system.unit(Scope(None)) as unit:
            await unit.db.execute(
                sa.text("UPDATE maru.job SET state = 'done' WHERE payload->>'text' = 'heap'")
            )
            await unit.commit()
        async with alone.theirs.client(alone.theirs.admin) as admin:
            assert (await admin.post(f"{url}/1", json=body)).status_code == 201


async def _others_job(side: Side) -> UUID:
    """A job of another plugin, which runs."""
    job = uuid7()
    async with committing(side.kit.house.database.unit(Scope(side.ours.tenant.id))) as unit:
        await unit.db.execute(
            sa.text(
                "INSERT INTO maru.job (tenant_id, id, kind, plugin, state, lease_by)"
                f" VALUES (maru.tenant(), '{job}', 'hall.sweep', 'hall', 'running', 'run')"
            )
        )
        await unit.db.execute(
            sa.text(
                "INSERT INTO maru.job_step (tenant_id, id, job_id, name)"
                f" VALUES (maru.tenant(), gen_random_uuid(), '{job}', 'first')"
            )
        )
    return job


class TestHttp:
    """The house's rules hold for whatever is wished for; the process itself reaches nobody."""

    @pytest.mark.skipif(landlock_version() < 4, reason="needs Landlock for ports")
    async def test_no_socket_of_its_own(self, alone: Side) -> None:
        async with world() as machine:
            for host, port in ((OUT, machine.port), ("127.0.0.1", alone.mail.port)):
                found = await alone.post("/raw", text=f"{host}:{port}")
                assert found == {"text": "PermissionError"}
        assert machine.asked == []

    async def test_what_is_wished_for_is_checked_like_any_input(self, alone: Side) -> None:
        async with world() as machine:
            good = _call(machine)
            assert json.loads(await wish(alone, "http", good))["status"] == 200
            machine.asked.clear()
            for bad in (
                {"url": f"http://127.0.0.1:{alone.mail.port}/"},
                {"url": "file:///etc/passwd"},
                {"url": f"http://{OUT}.nip.io@127.0.0.1:{machine.port}/"},
                {"method": "CONNECT"},
                {"method": "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"},
                {"headers": {"x": "a\r\nhost: b"}},
                {"headers": {"host": "localhost"}},
                {"headers": {"content-length": "0"}},
                {"params": {"a": {"b": "c"}}},
                {"seconds": -1},
                {"seconds": "nan"},
                {"limit": -1},
                {"tenant_id": str(alone.theirs.tenant.id)},
                {"plugin": "board"},
                {"body": 7},
            ):
                found = await wish(alone, "http", {**good, **bad})
                assert not found.startswith("{"), (bad, found)
            assert machine.asked == []

    async def test_an_answer_has_the_houses_limits(self, alone: Side) -> None:
        async with world(answer(200, b"x" * 11_000_000)) as machine:
            found = await wish(alone, "http", {**_call(machine), "limit": 1_000_000_000})
        assert found.startswith("AnswerTooLarge")

    async def test_none_outlives_the_call_that_it_is_made_in(
        self, alone: Side, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def never(*_: object) -> None:
            """Says nothing."""

        monkeypatch.setattr("maru.api.foreign.REQUEST", 1.0)
        async with world() as machine:
            machine.says = never
            asked = {"wish": "http", "what": {**_call(machine), "seconds": 10_000}}
            body = {"text": json.dumps(asked)}
            began = time.monotonic()
            found = await alone.admin.post("/api/v1/wanderer/wish", json=body)
            assert time.monotonic() - began < 8
        assert found.status_code == 503 or "Unreachable" in found.text


def _call(machine: Machine) -> dict[str, object]:
    return {
        "method": "GET",
        "url": machine.url("/", OUT),
        "seconds": 5,
        "limit": 1000,
        "headers": {},
        "params": {},
        "body": "",
    }


class TestRooms:
    """Nothing that it says can be taken for another's."""

    @pytest.mark.parametrize(
        "message",
        [
            {"room": "tenant", "event": "board.post"},
            {"room": "tenant", "event": "portlet"},
            {"room": "me:0192f0c0-0000-7000-8000-000000000001", "event": "x"},
            {"room": "board.post:1", "event": "wanderer.x"},
            {"room": "wanderer.way", "event": "x"},
            {"room": "job:1", "event": "state"},
            {"room": "portal", "event": "portlet", "data": {"type": "board.recent_posts"}},
            {"room": "portal", "event": "wanderer.x", "data": {"type": "wanderer.lately"}},
            {"room": "portal", "event": "portlet", "data": {}},
            {"room": "tenant", "event": "wanderer.x", "data": "text"},
            {"room": None, "event": None},
        ],
    )
    async def test_no_other_rooms(self, alone: Side, message: dict[str, object]) -> None:
        given = {"id": str(uuid7()), "data": {}, **message}
        assert (await sql(alone, door("live", given)))[0] == REFUSED

    @pytest.mark.parametrize(
        "room", ["board.post:1", "wanderer.way", "wanderer.no:1", "job:1", "portal", "", "me"]
    )
    async def test_nor_at_once(self, alone: Side, room: str) -> None:
        said = {"room": room, "event": "wanderer.x", "data": {"type": "wanderer.lately"}}
        assert (await wish(alone, "live", said)).startswith("SystemFault")

    async def test_progress_is_of_the_job_at_hand(self, alone: Side) -> None:
        given = {"done": 1, "total": 2, "note": "x", "id": str(await _others_job(alone))}
        assert (await wish(alone, "progress", given)).startswith("SystemFault")
        del given["id"]
        found = json.loads(await wish(alone, "progress", given))
        assert set(found) == {"granted"}
        assert await alone.rows("SELECT 1 FROM maru.job WHERE progress->>'note' = 'x'") == []


class TestSecrets:
    """The parent opens and seals for the plugin's own places, in the tenant of the call."""

    async def sealed(self, alone: Side, about: str, tenant: UUID | None = None) -> str:
        """Something sealed by the house, for a place."""
        vault = alone.kit.house.services.vault
        return await vault.seal(tenant or alone.ours.tenant.id, "theirs", about)

    @pytest.mark.parametrize(
        "about",
        [
            f"plugin_board.post:{NOBODY}:title",
            f"plugin_wanderer.note:{NOBODY}",
            f"plugin_wanderer.note:{NOBODY}:code:more",
            f"plugin_wanderer_more.note:{NOBODY}:code",
            f"authenticator:{NOBODY}:secret",
            "setting:board:token",
            "setting:wanderer:token:more",
            "setting:wanderer",
            "",
        ],
    )
    async def test_no_other_places(self, alone: Side, about: str) -> None:
        text = await self.sealed(alone, about)
        for asked in ("unseal", "seal"):
            found = await wish(alone, asked, {"about": about, "text": text})
            assert found.startswith("SystemFault"), found
            assert "theirs" not in found

    async def test_nor_another_tenants_or_rows(self, alone: Side) -> None:
        about = f"plugin_wanderer.note:{uuid7()}:code"
        moved = await self.sealed(alone, f"plugin_wanderer.note:{uuid7()}:code")
        foreign = await self.sealed(alone, about, alone.theirs.tenant.id)
        for text in (moved, foreign, "maru1.x.y", "plain"):
            found = await wish(alone, "unseal", {"about": about, "text": text})
            assert "SECRET_UNREADABLE" in found or "can't be read" in found
        own = await self.sealed(alone, about)
        found = await wish(alone, "unseal", {"about": about, "text": own})
        assert json.loads(found)["text"] == "theirs"

    async def test_no_setting_is_sealed_by_itself(self, alone: Side) -> None:
        about = {"about": "setting:wanderer:token", "text": "x"}
        assert (await wish(alone, "seal", about)).startswith("SystemFault")

    @pytest.mark.parametrize("what", [None, {}, {"about": 7, "text": "x"}, {"about": "x"}, []])
    async def test_nonsense(self, alone: Side, what: object) -> None:
        for asked in ("unseal", "seal"):
            assert (await wish(alone, asked, what)).startswith("SystemFault")


class TestDecidePoints:
    """A veto of its own counts, and costs the caller neither its transaction nor its time."""

    async def asked(self, alone: Side, word: str) -> object:
        """What is said to somebody with this word."""
        hall_: Any = sys.modules["maru_hall.api"]
        async with open_call(alone.kit.house.services, alone.ours.seed()) as call:
            await call.unit.db.execute(sa.text("SELECT 1"))
            return await call.ctx("hall").decide(hall_.may_pass, hall_.Word(word=word))

    async def test_it_writes_nothing(self, alone: Side) -> None:
        with pytest.raises(Exception, match="read-only"):
            await self.asked(alone, "write")
        assert "in a decide point" not in await alone.notes()

    async def test_late_is_no(self, alone: Side) -> None:
        with pytest.raises(PluginAway):
            await self.asked(alone, "sleep")


class TestMail:
    """The sender is the house's, and nothing but what a letter may say is sent."""

    async def test_the_tables_are_not_its_own(self, alone: Side) -> None:
        for statement in (
            "SELECT * FROM maru.mail",
            "INSERT INTO maru.mail (plugin, subject) VALUES ('board', 'x')",
            "SELECT * FROM maru.live_message",
            "SELECT * FROM maru.job_step",
            f"SELECT maru.isolated_room('{uuid7()}', 'board', 1)",
        ):
            assert (await sql(alone, statement))[0] == REFUSED

    async def test_no_other_sender_or_header(self, alone: Side) -> None:
        alone.mail.got.clear()
        sly = mail(
            to("kim@example.com"),
            subject="sly",
            sender="ceo@example.com",
            plugin="board",
            message="From: ceo@example.com",
            waiting=0,
        )
        assert (await sql(alone, door("mail", sly)))[0] == 200
        await alone.kit.work()
        (sent,) = alone.mail.mails
        assert str(sent["From"]) == f"{alone.ours.tenant.name} <maru@example.com>"
        kept = await alone.rows("SELECT plugin, sender FROM maru.mail WHERE subject = 'sly'")
        assert kept == [("wanderer", "")]

    @pytest.mark.parametrize(
        "letter",
        [
            mail(to("kim@example.com\r\nRCPT TO:<lee@example.com>")),
            mail(to("kim@example.com>, <lee@example.com")),
            mail(to("kim@example.com", "Kim\r\nBcc: lee@example.com")),
            mail(to("kim@example.com"), subject="a\r\nBcc: lee@example.com"),
            mail(to("kim@example.com"), reply_to={"address": "a\r\nBcc: b@example.com"}),
            mail(to("kim@example.com"), attachments=[{"name": "a\r\nb"}]),
            mail(to("kim@example.com"), attachments=[_file("message/rfc822")]),
            mail(to("kim@example.com"), attachments=[_file("text/plain", "no base 64!")]),
            mail(to("kim@example.com"), text=7),
            mail(to("kim@example.com"), html={"a": "b"}),
        ],
    )
    async def test_what_is_no_letter_is_not_sent(
        self, alone: Side, letter: dict[str, object]
    ) -> None:
        alone.mail.got.clear()
        assert (await sql(alone, door("mail", letter)))[0] == 200
        await alone.kit.work()
        assert alone.mail.got == []
        found = await alone.rows(
            f"SELECT state, left(error, 12) FROM maru.job WHERE payload->>'mail' = '{letter['id']}'"
        )
        assert found == [("dead", "MAIL_REFUSED")]

    @pytest.mark.parametrize("people", [[], to("a@example.com") * 101, "a@example.com", None])
    async def test_no_mail_to_nobody_or_a_crowd(self, alone: Side, people: object) -> None:
        assert (await sql(alone, door("mail", mail(people))))[0] == REFUSED


def notice(**more: object) -> dict[str, object]:
    """What people are to be told, as the door takes it."""
    value: dict[str, object] = {"text": "x"}
    return {"id": str(uuid7()), "kind": "wanderer.postcard", "value": value, "to": {}, **more}


class TestNotifications:
    """It tells of its own, in the name of its ticket, and not without end."""

    async def job(self, alone: Side, asked: dict[str, object]) -> tuple[str, str]:
        """How it ends what has passed the door."""
        assert (await sql(alone, door("notify", asked)))[0] == 200
        await alone.kit.work()
        ((state, error),) = await alone.rows(
            f"SELECT state, coalesce(error, '') FROM maru.job WHERE id = '{asked['id']}'"
        )
        return state, error

    @pytest.mark.parametrize(
        "bad",
        [
            {"kind": "board.commented"},
            {"kind": "core.signed_in_anew"},
            {"kind": "wanderer"},
            {"kind": None},
            {"value": {"text": "x" * 64_001}},
            {"id": "no id"},
        ],
    )
    async def test_what_the_door_refuses(self, alone: Side, bad: dict[str, object]) -> None:
        assert (await sql(alone, door("notify", notice(**bad))))[0] == REFUSED

    @pytest.mark.parametrize(
        "bad",
        [
            {"kind": "wanderer.nothing"},
            {"to": {"people": ["nobody"]}},
            {"to": {"people": [str(NOBODY)] * 20_001}},
            {"to": "everyone"},
            {"to": {"anybody": True}},
            {"value": None},
            {"value": []},
            {"key": "k" * 201},
            {"key": "a\nb"},
            {"bundle": 7},
            {"resource": "r" * 201},
            {"department_id": "x"},
        ],
    )
    async def test_what_makes_no_sense_is_dead(self, alone: Side, bad: dict[str, object]) -> None:
        state, _ = await self.job(alone, notice(**bad))
        assert state == "dead"

    async def test_who_acts_and_whose_it_is_are_the_tickets(self, alone: Side) -> None:
        sly = {"actor": str(NOBODY), "plugin": "board", "tenant": str(alone.theirs.tenant.id)}
        meant = {"people": [str(alone.ours.member.id), str(alone.theirs.member.id)]}
        assert (await self.job(alone, notice(key="sly", to=meant, **sly)))[0] == "done"
        found = await alone.rows(
            "SELECT n.actor_id, t.person_id FROM maru.notice n"
            " JOIN maru.notification t ON t.notice_id = n.id WHERE n.key = 'sly'"
        )
        assert found == [(alone.ours.admin.id, alone.ours.member.id)]

    async def test_a_value_that_it_cannot_read_is_its_title(self, alone: Side) -> None:
        for value in ({"nothing": 1}, {"text": {"a": 1}}, {"text": "<script>alert(1)</script>"}):
            meant = {"people": [str(alone.ours.manager.id)]}
            assert (await self.job(alone, notice(to=meant, value=value)))[0] == "done"
        async with alone.ours.client(alone.ours.manager) as client:
            page = (await client.get("/notifications")).text
        assert "Postcards" in page
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page

    async def test_one_that_hangs_costs_a_page_little(self, alone: Side) -> None:
        meant = {"people": [str(alone.ours.manager.id)]}
        for _ in range(4):
            assert (await self.job(alone, notice(to=meant, value={"text": "hang"})))[0] == "done"
        began = time.monotonic()
        async with alone.ours.client(alone.ours.manager) as client:
            answer = await client.get("/api/v1/notifications")
        assert answer.json()["data"][0]["title"] == "Postcards"
        assert time.monotonic() - began < 5

    async def test_a_crowd_is_told_a_hundred_times_in_ten_minutes(self, alone: Side) -> None:
        crowds: list[object] = [{"everyone": True}, {"everyone": 1}, {"roles": ["member"]}]
        crowds.append({"people": [str(NOBODY)] * 101})
        told = 0
        while (await sql(alone, door("notify", notice(to=crowds[told % 4]))))[0] == 200:
            told += 1
            assert told <= 100
        assert told > 90
        body = {"text": "too many", "everyone": True}
        refused = await alone.admin.post("/api/v1/wanderer/postcards", json=body)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (429, "ISOLATED_SAID_TOO_MUCH")
        await alone.post("/postcards", text="one", people=[str(alone.ours.member.id)])

    async def test_the_tables_are_not_its_own(self, alone: Side) -> None:
        for table in ("notice", "notification", "notification_choice", "notification_hook"):
            assert (await sql(alone, f"SELECT * FROM maru.{table}"))[0] == REFUSED


class TestKeptAnswers:
    """Answers that it keeps are its own route's, and not without end."""

    async def test_none_passes_for_an_answer_of_webs(self, alone: Side) -> None:
        plant = [
            "SELECT maru.isolated_claim('planted', 'h')",
            "SELECT maru.isolated_keep('planted', '{\"a\": 1}')",
        ]
        assert (await sql(alone, *plant))[0] == 200
        found = await alone.rows("SELECT route FROM maru.idempotency WHERE key = 'planted'")
        assert found == [("isolated wanderer",)]
        assert (await sql(alone, "SELECT * FROM maru.idempotency"))[0] == REFUSED

    async def test_a_thousand_a_day_for_one_person(self, alone: Side) -> None:
        many = "SELECT maru.isolated_claim('k' || n, 'h') FROM generate_series(1, {}) AS n"
        assert (await sql(alone, many.format(1_001)))[0] == REFUSED
        assert (await sql(alone, many.format(900)))[0] == 200


class TestFrames:
    """What isn't the protocol costs the plugin its call, and nobody anything else."""

    @pytest.mark.parametrize(
        "frame",
        [
            b"\x03\x00\x00\x00",
            b"\x00\x00\x00\x05nojsn",
            b"\x00\x00\x00\x02[]",
            b"\xff\xff\xff\xff" + b"x" * 100,
        ],
    )
    async def test_nonsense(self, alone: Side, frame: bytes) -> None:
        assert (await _framed(alone, frame)) == REFUSED
        assert await alone.post("/notes", text="still there") == {"text": "still there"}

    @pytest.mark.parametrize(
        "said",
        [
            {"wish": "http"},
            {"wish": None, "number": "x"},
            {"wish": "nothing", "number": [1], "what": 7},
            {"wish": "live", "number": {"a": 1}, "what": {"room": "x" * 500_000}},
        ],
    )
    async def test_wishes_that_make_no_sense(self, alone: Side, said: object) -> None:
        assert (await _framed(alone, _packed(said), 20)) < 600
        assert await alone.post("/notes", text="still there") == {"text": "still there"}

    async def test_a_flood_of_wishes_is_slowed_and_given_up(
        self, alone: Side, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        granted = 0
        whole = Wishes.grant

        async def counted(self: Wishes, wish: dict[str, object]) -> dict[str, object]:
            nonlocal granted
            granted += 1
            return await whole(self, wish)

        monkeypatch.setattr(Wishes, "grant", counted)
        monkeypatch.setattr("maru.api.foreign.REQUEST", 2.0)
        assert (await _framed(alone, _packed({"wish": "nothing", "number": 1}), 50_000)) < 600
        assert granted < 2_000
        assert await alone.post("/notes", text="still there") == {"text": "still there"}


def _packed(said: object) -> bytes:
    body = json.dumps(said).encode()
    return len(body).to_bytes(4) + body


async def _framed(side: Side, frame: bytes, times: int = 1) -> int:
    body = {"coded": b64encode(frame).decode(), "times": times}
    return (await side.admin.post("/api/v1/wanderer/frames", json=body)).status_code
