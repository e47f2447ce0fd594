"""An admin tries the mail server and sees its words at once."""

import sqlalchemy as sa
from httpx2 import AsyncClient
from tests.core.mail.servers import MailServer

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.testing import TestCompany as Company

HERE = "/api/v1/admin/mail/test"


async def with_address(company: Company) -> None:
    house = company.kit.house
    async with committing(house.database.unit(Scope(company.tenant.id))) as unit:
        change = "UPDATE maru.person SET email = 'kim@example.com' WHERE username = 'admin'"
        await unit.db.execute(sa.text(change))
        await house.signals.send(unit, "person", str(company.admin.id), company.tenant.id)
    await house.signals.poll()


async def tried(client: AsyncClient) -> tuple[int, str]:
    answer = await client.post(HERE)
    body = answer.json()
    return answer.status_code, str(body.get("data") or body["error"])


async def test_it_arrives_in_the_readers_language(company: Company, server: MailServer) -> None:
    await with_address(company)
    async with company.client(company.admin) as client:
        client.headers["accept-language"] = "ko"
        status, said = await tried(client)
    assert (status, "taken" in said) == (200, True)
    (mail,) = server.mails
    assert mail["Subject"] == "마루 시험 메일"
    assert mail["To"].addresses[0].addr_spec == "kim@example.com"
    html = server.words("html")
    assert 'lang="ko"' in html
    assert "메일이 잘 나갑니다" in html
    assert "메일이 잘 나갑니다" in server.words("plain")
    assert "<script" not in html


async def test_the_servers_words_are_told(company: Company, server: MailServer) -> None:
    await with_address(company)
    async with company.client(company.admin) as client:
        server.to_rcpt = ["550 go away"]
        status, said = await tried(client)
        assert (status, "550 go away" in said) == (422, True)
        server.to_rcpt = ["451 not now"]
        status, said = await tried(client)
        assert (status, "451 not now" in said) == (503, True)


async def test_it_needs_an_address_and_the_right(company: Company, server: MailServer) -> None:
    async with company.client(company.admin) as client:
        assert (await tried(client))[0] == 409
    async with company.client(company.member) as client:
        assert (await client.post(HERE)).status_code == 403
    assert server.got == []


async def test_there_is_a_page_for_it(company: Company, server: MailServer) -> None:
    await with_address(company)
    async with company.client(company.admin) as client:
        shown = await client.get("/admin/mail")
        assert shown.status_code == 200
        assert "maru@example.com" in shown.text
        assert "kim@example.com" in shown.text
        sent = await client.post("/admin/mail")
        assert sent.status_code == 303
    assert len(server.mails) == 1
