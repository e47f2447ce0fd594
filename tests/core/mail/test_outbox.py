"""Mail leaves with the transaction that wrote it, once, or is kept with the server's words."""

import sys
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.mail.servers import MailServer

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.housekeeping import Housekeeping
from maru.plugins.context import open_call
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru_sdk import SystemFault
from maru_sdk.mail import Attachment, MailRefused

TO = "김민수 <kim@example.com>"


async def jobs(company: Company) -> list[Any]:
    """The states of the company's mail jobs."""
    database = company.kit.house.database
    look = "SELECT state, tries, error FROM maru.job WHERE kind = 'core.deliver_mail' ORDER BY id"
    async with database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return [tuple(row) for row in await unit.db.execute(sa.text(look))]


async def rows(company: Company) -> list[Any]:
    database = company.kit.house.database
    look = "SELECT plugin, subject, recipients, waiting, message, sent_at FROM maru.mail"
    async with database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return list(await unit.db.execute(sa.text(look)))


async def sooner(company: Company) -> None:
    """What waits for its next try is due now."""
    change = "UPDATE maru.job SET due_at = now() WHERE state = 'waiting'"
    database = company.kit.house.database
    async with committing(database.unit(Scope(company.tenant.id))) as unit:
        await unit.db.execute(sa.text(change))


async def test_it_leaves_after_the_commit(company: Company, server: MailServer) -> None:
    file = Attachment(name="보고서 (최종).pdf", content_type="application/pdf", content=b"%PDF\xff")
    async with company.context() as ctx:
        sent = await ctx.mail.send(
            to=TO,
            subject="회의록을 보냅니다",
            text="본문\n",
            html="<p>본문</p>",
            attachments=[file],
            reply_to="lee@example.com",
        )
        assert server.got == []
    assert len(sent) == 1
    await company.kit.work()
    (mail,) = server.mails
    assert mail["Subject"] == "회의록을 보냅니다"
    assert mail["From"].addresses[0].display_name == company.tenant.name
    assert mail["To"].addresses[0].display_name == "김민수"
    assert mail["Reply-To"] == "lee@example.com"
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (file.name, file.content)
    assert await jobs(company) == [("done", 1, None)]
    (row,) = await rows(company)
    assert (row.plugin, row.subject, row.waiting) == ("kinds", "회의록을 보냅니다", 0)
    assert (row.message, row.sent_at is None) == (None, False)


async def test_it_doesnt_leave_without_one(company: Company, server: MailServer) -> None:
    async def write() -> None:
        async with company.context() as ctx:
            await ctx.mail.send(to=TO, subject="a", text="b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write()
    await company.kit.work()
    assert (server.got, await jobs(company), await rows(company)) == ([], [], [])


async def test_each_recipient_gets_a_mail_of_their_own(
    company: Company, server: MailServer
) -> None:
    server.to_rcpt = ["250 OK", "550 no such mailbox", "250 OK"]
    async with company.context() as ctx:
        await ctx.mail.send(to=["a@x.kr", "b@x.kr", "c@x.kr"], subject="a", text="b")
    await company.kit.work()
    assert sorted(server.people) == ["a@x.kr", "c@x.kr"]
    assert sorted(str(mail["To"]) for mail in server.mails) == ["a@x.kr", "c@x.kr"]
    assert len({mail["Message-ID"] for mail in server.mails}) == 2
    states = sorted(await jobs(company))
    assert states == [
        ("dead", 1, "MAIL_REJECTED: The mail server refuses: 550 no such mailbox"),
        ("done", 1, None),
        ("done", 1, None),
    ]
    (row,) = await rows(company)
    assert row.waiting == 1
    assert row.message is not None, "an admin may send the third again"


async def test_later_means_later_and_the_same_message(company: Company, server: MailServer) -> None:
    server.to_data = ["451 greylisted", "250 taken"]
    async with company.context() as ctx:
        await ctx.mail.send(to=TO, subject="a", text="b")
    await company.kit.work()
    ((state, tries, error),) = await jobs(company)
    assert (state, tries) == ("waiting", 1)
    assert "451 greylisted" in error
    await sooner(company)
    await company.kit.work()
    assert [state for state, *_ in await jobs(company)] == ["done"]
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert server.raw[0] == server.raw[1]


async def test_no_connection_is_held_while_the_server_thinks(
    company: Company, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    post = company.kit.house.services.post
    real = post.send

    async def send(*given: Any) -> str:
        status = company.kit.house.database.status()
        held.append(status.in_use > 0)
        return await real(*given)

    monkeypatch.setattr(post, "send", send)
    async with company.context() as ctx:
        await ctx.mail.send(to=TO, subject="a", text="b")
    await company.kit.work()
    assert held == [False]


@pytest.mark.parametrize(("locale", "title"), [("ko", "쪽지"), ("en", "Notes")])
async def test_a_template_is_written_in_the_readers_language(
    company: Company, server: MailServer, locale: str, title: str
) -> None:
    note = sys.modules["maru_kinds.schemas"].NoteIn(text="<b>글</b> {{7*7}}")
    seed = company.seed().model_copy(update={"locale": locale})
    async with open_call(company.kit.house.services, seed) as call:
        await call.ctx("kinds").mail.send(
            to=TO, subject=title, template="kinds/mail/note.html", model=note
        )
    await company.kit.work()
    html, plain = server.words("html"), server.words("plain")
    assert f'lang="{locale}"' in html
    assert "&lt;b&gt;글&lt;/b&gt; {{7*7}}" in html
    assert company.tenant.name in html
    assert plain.split()[:3] == [title, "<b>글</b>", "{{7*7}}"]


async def test_another_plugins_template_is_refused(company: Company) -> None:
    async with company.context() as ctx:
        with pytest.raises(SystemFault, match="another plugin's"):
            await ctx.mail.send(to=TO, subject="a", template="board/index.html")


@pytest.mark.parametrize(
    "bad",
    [
        {"to": "kim@example.com\r\nBcc: evil@example.com"},
        {"to": ["kim@example.com", "nobody"]},
        {"to": []},
        {"subject": "a\r\nBcc: evil@example.com"},
        {"reply_to": "a@b.kr\r\nBcc: evil@example.com"},
        {"text": None},
        {"attachments": [Attachment(name="a\r\nX: 1", content_type="text/plain", content=b"")]},
        {
            "attachments": [
                Attachment(name="a", content_type="text/plain", content=b"a" * 10_000_001)
            ]
        },
    ],
)
async def test_what_cant_be_sent_is_refused_at_once(company: Company, bad: dict[str, Any]) -> None:
    given: dict[str, Any] = {"to": TO, "subject": "a", "text": "b", **bad}
    async with company.context() as ctx:
        with pytest.raises(MailRefused):
            await ctx.mail.send(**given)
    assert await jobs(company) == []


async def test_ten_megabytes_come_through(company: Company, server: MailServer) -> None:
    content = bytes(range(256)) * 39_062
    big = Attachment(name="큰 파일.bin", content_type="application/octet-stream", content=content)
    async with company.context() as ctx:
        await ctx.mail.send(to=TO, subject="a", text="b", attachments=[big])
    await company.kit.work()
    (attached,) = server.mails[0].iter_attachments()
    assert attached.get_content() == content


async def test_another_tenant_sees_nothing_of_it(kit: Kit, company: Company) -> None:
    async with company.context() as ctx:
        await ctx.mail.send(to=TO, subject="a", text="b")
    assert await rows(await kit.company("kinds")) == []
    await kit.work()


async def test_old_mail_is_forgotten(company: Company) -> None:
    async with company.context() as ctx:
        await ctx.mail.send(to=TO, subject="a", text="b")
    change = "UPDATE maru.mail SET created_at = now() - interval '31 days'"
    async with committing(company.kit.house.database.unit(Scope(company.tenant.id))) as unit:
        await unit.db.execute(sa.text(change))
    await Housekeeping(company.kit.system).tidy()
    assert await rows(company) == []
    await company.kit.work()
    assert await jobs(company) == [
        ("dead", 1, "MAIL_GONE: This mail is too old, its text was deleted")
    ]
