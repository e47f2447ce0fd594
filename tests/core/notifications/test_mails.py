"""Mails to those who want them: at once, after quiet hours, as digests; and how they end."""

import re
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from tests.core.account.test_browser import FROM_US, token_in
from tests.core.mail.servers import MailServer
from tests.core.notifications.conftest import Firm

from maru.jobs.catalog import SCHEDULE
from maru.plugins.context import open_call
from maru_sdk import User

SETTINGS = "/notifications/settings"


@pytest.fixture(autouse=True)
async def _addressed(firm: Firm, server: MailServer) -> None:
    """Everybody has an address, and nothing was sent."""
    server.got.clear()
    server.to_rcpt[:], server.to_data[:] = ["250 OK"], ["250 taken"]
    await firm.sql("UPDATE maru.person SET email = username || '@example.test', locale = 'ko'")
    await firm.kit.house.signals.poll()


async def choose(firm: Firm, person: User, how: str, channel: str = "email") -> None:
    client = await firm.client(person)
    answer = await client.post(SETTINGS, data={channel: f"kinds.noted={how}"})
    assert answer.status_code == 303, answer.text


async def run(firm: Firm, name: str, *, at: datetime | None = None) -> None:
    """What a schedule of the plugin does, at some time."""
    house = firm.kit.house
    work = house.services.catalog.find(f"{SCHEDULE}core.{name}")
    assert work is not None
    seed = firm.company.seed().model_copy(update={"plugin": "core", "actor": None})
    async with open_call(house.services, seed) as call:
        if at is not None:
            call.now = at
        await work.function(call.ctx("core"))
    await firm.kit.work()


async def test_one_thing_in_the_readers_language(firm: Firm, server: MailServer) -> None:
    await firm.tell("<b>새 글</b>", to=firm.company.member.id, key="a")
    await firm.tell("<b>새 글</b>", to=firm.company.member.id, key="a")
    await firm.kit.work()
    (mail,) = server.mails
    assert mail["To"] == "member@example.test"
    assert mail["Subject"] == "쪽지 1개: <b>새 글</b>"
    assert "쪽지 1개: <b>새 글</b>" in server.words("plain")
    assert "&lt;b&gt;새 글&lt;/b&gt;" in server.words("html")
    assert f"http://{firm.company.tenant.slug}.localhost" in server.words("plain")


async def test_who_wants_none_gets_none(firm: Firm, server: MailServer) -> None:
    member = firm.company.member
    await choose(firm, member, "off")
    await firm.tell(to=member.id)
    await firm.kit.work()
    assert server.got == []
    assert len(await firm.titles(member)) == 1
    await choose(firm, member, "off", "in_app")
    await choose(firm, member, "now")
    await firm.tell(to=member.id)
    await firm.kit.work()
    assert len(server.got) == 1
    assert len(await firm.titles(member)) == 1


async def test_what_the_company_has_holds_for_who_chose_nothing(
    firm: Firm, server: MailServer
) -> None:
    admin = await firm.client(firm.company.admin)
    member = await firm.client(firm.company.member)
    given = {"email": "kinds.noted=off"}
    assert (await member.post("/notifications/defaults", data=given)).status_code == 403
    assert (await admin.post("/notifications/defaults", data=given)).status_code == 303
    await choose(firm, firm.company.manager, "now")
    await firm.tell(to=[firm.company.member.id, firm.company.manager.id])
    await firm.kit.work()
    assert server.people == ["manager@example.test"]


async def test_later_is_the_same_mail(firm: Firm, server: MailServer) -> None:
    server.to_data[:] = ["451 later", "250 taken"]
    await firm.tell(to=firm.company.member.id)
    await firm.kit.work()
    await firm.sql("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'")
    await firm.kit.work()
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert await firm.sql("SELECT 1 FROM maru.notification WHERE mail IS NOT NULL") == []


async def test_refused_for_good_is_dead_with_its_reason(firm: Firm, server: MailServer) -> None:
    server.to_rcpt[:] = ["550 no such person"]
    await firm.tell(to=firm.company.member.id)
    await firm.kit.work()
    dead = await firm.sql("SELECT error FROM maru.job WHERE state = 'dead'")
    assert [row.error.partition(":")[0] for row in dead] == ["MAIL_REJECTED"]
    assert "550" in dead[0].error


async def test_who_is_gone_by_then_gets_none(firm: Firm, server: MailServer) -> None:
    member = firm.company.member
    await firm.tell(to=member.id)
    await firm.sql("UPDATE maru.person SET state = 'inactive' WHERE id = :id", id=member.id)
    await firm.kit.work()
    await run(firm, "mail_waiting")
    assert server.got == []
    assert await firm.sql("SELECT 1 FROM maru.notification WHERE mail IS NOT NULL") == []


async def test_a_server_that_hangs_is_asked_again_with_the_same_mail(
    firm: Firm, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = firm.kit.house.services.post
    with socket.create_server(("127.0.0.1", 0)) as hole:
        monkeypatch.setattr(post, "_parts", urlsplit(f"smtp://127.0.0.1:{hole.getsockname()[1]}"))
        monkeypatch.setattr(post, "_patience", 0.3)
        await firm.tell(to=firm.company.member.id)
        await firm.kit.work()
        monkeypatch.undo()
    waiting = await firm.sql("SELECT error, tries FROM maru.job WHERE state = 'waiting'")
    assert [(row.error.partition(":")[0], row.tries) for row in waiting] == [
        ("MAIL_SERVER_AWAY", 1)
    ]
    await firm.sql("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'")
    await firm.kit.work()
    assert server.people == ["member@example.test"]


async def test_quiet_hours_over_midnight(firm: Firm, server: MailServer) -> None:
    member, seoul = firm.company.member, ZoneInfo("Asia/Seoul")
    now = datetime.now(UTC)
    begin = (now - timedelta(hours=2)).astimezone(seoul)
    end = (now + timedelta(hours=2)).astimezone(seoul)
    hours = {"quiet_from": f"{begin:%H:%M}", "quiet_until": f"{end:%H:%M}", "digest_hour": "8"}
    client = await firm.client(member)
    assert (await client.post(f"{SETTINGS}/hours", data=hours)).status_code == 303
    await firm.tell("a", to=member.id)
    await firm.tell("b", to=member.id)
    await firm.kit.work()
    await run(firm, "mail_waiting")
    assert server.got == []
    await run(firm, "mail_waiting", at=now + timedelta(hours=3))
    (mail,) = server.mails
    assert mail["Subject"] == "시험회사의 알림 2개"
    await run(firm, "mail_waiting", at=now + timedelta(hours=3))
    assert len(server.got) == 1


async def test_half_a_span_is_refused(firm: Firm) -> None:
    client = await firm.client(firm.company.member)
    given = {"quiet_from": "22:00", "quiet_until": "", "digest_hour": "8"}
    answer = await client.post(f"{SETTINGS}/hours", data=given)
    assert answer.status_code == 422
    assert "시작과 끝" in answer.text


async def test_a_digest_a_day(firm: Firm, server: MailServer) -> None:
    member, seoul = firm.company.member, ZoneInfo("Asia/Seoul")
    await choose(firm, member, "daily")
    for text in ("a", "b"):
        await firm.tell(text, to=member.id, bundle="post:1")
    await firm.tell("c", to=member.id)
    await firm.kit.work()
    assert server.got == []
    tuesday = datetime(2030, 3, 12, 7, 2, tzinfo=seoul)
    await run(firm, "mail_digests", at=tuesday.astimezone(UTC))
    assert server.got == []
    await run(firm, "mail_digests", at=tuesday.astimezone(UTC) + timedelta(hours=1))
    words = server.words("plain")
    assert "쪽지 2개: b" in words
    assert "쪽지 1개: c" in words
    assert "쪽지 1개: a" not in words
    await firm.tell("d", to=member.id)
    await run(firm, "mail_digests", at=tuesday.astimezone(UTC) + timedelta(hours=2))
    assert len(server.got) == 1
    await run(firm, "mail_digests", at=tuesday.astimezone(UTC) + timedelta(hours=26))
    assert len(server.got) == 2


async def left(firm: Firm, server: MailServer) -> str:
    """The address that a mail program posts to."""
    await firm.tell(to=firm.company.member.id)
    await firm.kit.work()
    mail = server.mails[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    where = str(mail["List-Unsubscribe"])
    found = re.fullmatch(r"<https?://[^/]+(/api/v1/notifications/leave/\S+)>", where)
    assert found is not None, where
    return found[1]


async def test_one_click_ends_them_and_once_more_does_no_harm(
    firm: Firm, server: MailServer
) -> None:
    where = await left(firm, server)
    async with firm.company.client() as nobody:
        for _ in range(2):
            answer = await nobody.post(where, data={"List-Unsubscribe": "One-Click"})
            assert (answer.status_code, answer.json()["data"]) == (200, {"kind": "kinds.noted"})
        forged = await nobody.post(where[:-3] + "AAA")
        assert forged.json()["error"]["code"] == "UNSUBSCRIBE_LINK_OVER"
    await firm.tell(to=firm.company.member.id)
    await firm.kit.work()
    assert len(server.got) == 1


async def test_a_link_is_of_one_company(firm: Firm, server: MailServer, kit: Any) -> None:
    where = await left(firm, server)
    other = await kit.company("kinds")
    async with other.client() as nobody:
        assert (await nobody.post(where)).status_code == 404


async def test_a_page_asks_first(firm: Firm, server: MailServer) -> None:
    page = (await left(firm, server)).removeprefix("/api/v1")
    async with firm.company.client() as nobody:
        nobody.base_url = nobody.base_url.copy_with(scheme="https")  # keeps secure cookies
        shown = await nobody.get(page)
        assert shown.status_code == 200
        assert "쪽지" in shown.text
        await firm.tell(to=firm.company.member.id)
        await firm.kit.work()
        assert len(server.got) == 2, "looking at it ends nothing"
        form = {"_csrf": token_in(shown.text)}
        done = await nobody.post(page, data=form, headers=FROM_US)
        assert done.status_code == 303, done.text[:300]
    await firm.tell(to=firm.company.member.id)
    await firm.kit.work()
    assert len(server.got) == 2


async def test_what_cant_be_chosen(firm: Firm) -> None:
    client = await firm.client(firm.company.member)
    for wrong in ("kinds.none=now", "core.signed_in_anew=off", "kinds.noted=hourly", "nonsense"):
        assert (await client.post(SETTINGS, data={"email": wrong})).status_code == 422
    assert (await client.post(SETTINGS, data={"in_app": "kinds.noted=daily"})).status_code == 422


async def test_what_is_old_is_forgotten(firm: Firm) -> None:
    await firm.tell(to=firm.company.member.id)
    await run(firm, "forget_notifications")
    assert len(await firm.titles(firm.company.member)) == 1
    await run(firm, "forget_notifications", at=datetime.now(UTC) + timedelta(days=200))
    assert await firm.titles(firm.company.member) == []
    assert await firm.sql("SELECT 1 FROM maru.notice") == []


async def test_the_settings_page_shows_what_holds(firm: Firm) -> None:
    await choose(firm, firm.company.member, "weekly")
    shown = (await (await firm.client(firm.company.member)).get(SETTINGS)).text
    assert re.search(r'value="kinds.noted=weekly" selected', shown)
    admin = (await (await firm.client(firm.company.admin)).get("/admin/notifications")).text
    assert re.search(r'value="kinds.noted=now" selected', admin)
    assert 'action="/notifications/defaults"' in admin
    assert "/admin/notifications/hooks" in admin
    assert "digest_hour" in shown
    assert "digest_hour" not in admin
