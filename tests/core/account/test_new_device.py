"""The mail about a sign-in in a browser that its person had not used before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.posting import kit, server
from tests.core.account.test_browser import FROM_US, token_in
from tests.core.mail.servers import MailServer

from maru.testing import PASSWORD
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit

__all__ = ["kit", "server"]

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Safari/537.36"
)


@pytest.fixture
async def company(kit: Kit, server: MailServer) -> Company:
    """People with addresses; nobody has signed in yet."""
    server.got.clear()
    made = await kit.company()
    async with made.context() as ctx:
        change = "UPDATE maru.person SET email = username || '@example.test', locale = 'ko'"
        await ctx.db.execute(sa.text(change))
    return made


@asynccontextmanager
async def browser(company: Company) -> AsyncIterator[httpx.AsyncClient]:
    """One that nobody has used, at its sign-in page."""
    async with company.client() as client:
        client.base_url = client.base_url.copy_with(scheme="https")  # keeps secure cookies
        client.headers |= {**FROM_US, "user-agent": CHROME}
        yield client


async def sign_in(client: httpx.AsyncClient) -> None:
    form = {"username": "member", "password": PASSWORD, "next": "/", "provider": ""}
    form["_csrf"] = token_in((await client.get("/login")).text)
    answer = await client.post("/login", data=form)
    assert answer.status_code == 303, answer.text


async def sign_out(client: httpx.AsyncClient) -> None:
    page = (await client.get("/preferences/security/sessions")).text
    assert (await client.post("/logout", data={"_csrf": token_in(page)})).status_code == 303


async def test_only_a_browser_that_is_new_to_somebody_who_signed_in_before_is_told_of(
    company: Company, server: MailServer
) -> None:
    async with browser(company) as own:
        await sign_in(own)
        await sign_out(own)
        await sign_in(own)
        await company.kit.work()
        assert server.got == []  # the first of all, and the same browser again
    async with browser(company) as other:
        await sign_in(other)
        await company.kit.work()
        assert server.people == ["member@example.test"]
        (mail,) = server.mails
        assert mail["Subject"] == "새 브라우저에서 회원님의 계정으로 로그인했습니다"
        words = server.words("plain").replace("\r\n", "\n")
        assert "이사원 님" in words
        assert "Chrome" in words
        assert "\n브라우저: Chrome · Windows\n주소: 127.0.0.1" in words
        assert "http" not in server.words("html").partition("<body")[2]


async def test_in_the_readers_language_and_not_where_the_company_does_not_want_it(
    company: Company, server: MailServer
) -> None:
    async with company.context() as ctx:
        english = "UPDATE maru.person SET locale = 'en' WHERE username = 'member'"
        await ctx.db.execute(sa.text(english))
    async with browser(company) as own, browser(company) as other:
        await sign_in(own)
        await sign_in(other)
    await company.kit.work()
    (mail,) = server.mails
    assert mail["Subject"] == "Somebody signed in as you in a new browser"
    assert "nothing to do" in server.words("plain")
    async with company.client(company.admin) as admin:
        path = "/api/v1/admin/sign-in"
        off = await admin.put(path, json={"new_device_mail": False})
        assert off.json()["data"] == {"passwords": True, "new_device_mail": False}
    async with browser(company) as third:
        await sign_in(third)
    await company.kit.work()
    assert len(server.got) == 1


async def test_who_has_no_address_and_programs_are_not_told(
    company: Company, server: MailServer
) -> None:
    async with company.client(company.member), company.client(company.member):
        pass
    async with company.context() as ctx:
        nowhere = "UPDATE maru.person SET email = NULL WHERE username = 'member'"
        await ctx.db.execute(sa.text(nowhere))
    async with browser(company) as client:
        await sign_in(client)
    await company.kit.work()
    assert server.got == []
