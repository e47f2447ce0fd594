"""Leave to set a new password, and invitations, as mail brings them."""

import asyncio
import re

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.posting import kit, server
from tests.core.account.test_browser import FROM_US, token_in
from tests.core.mail.servers import MailServer

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.testing import PASSWORD
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit

__all__ = ["kit", "server"]

NEW = "a sentence of my own"
FORGOT = "/api/v1/auth/forgot-password"
RESET = "/api/v1/auth/reset-password"


@pytest.fixture
async def company(kit: Kit, server: MailServer) -> Company:
    server.got.clear()
    made = await kit.company()
    change = (
        "UPDATE maru.person SET email = username || '@example.test',"
        " email_key = username || '@example.test', locale = 'ko'"
    )
    await execute(made, change)
    return made


async def execute(company: Company, change: str, **args: object) -> None:
    database = company.kit.house.database
    async with committing(database.unit(Scope(company.tenant.id))) as unit:
        await unit.db.execute(sa.text(change), args)


async def rows(company: Company, look: str) -> list[tuple[object, ...]]:
    database = company.kit.house.database
    async with database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return [tuple(row) for row in await unit.db.execute(sa.text(look))]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def asked(company: Company, email: str) -> httpx.Response:
    async with company.client() as client:
        return await client.post(FORGOT, json={"email": email})


def as_browser(client: httpx.AsyncClient) -> None:
    """Browsers keep secure cookies of *.localhost over plain http too; this client doesn't."""
    client.base_url = client.base_url.copy_with(scheme="https")


def link_in(server: MailServer) -> str:
    found = re.search(r'href="([^"]+)"', server.words("html"))
    assert found is not None
    return found[1]


async def mailed(company: Company, server: MailServer) -> str:
    """The token in the mail that the member is sent."""
    assert (await asked(company, "Member@Example.test")).status_code == 202
    await company.kit.work()
    return link_in(server).partition("token=")[2]


async def sign_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    body = {"username": "member", "password": password}
    return await client.post("/api/v1/auth/login", json=body)


class TestReset:
    async def test_sets_a_password_once_and_ends_all_sessions(
        self, company: Company, server: MailServer
    ) -> None:
        async with company.client(company.member) as before:
            token = await mailed(company, server)
            assert server.people == ["member@example.test"]
            (mail,) = server.mails
            assert mail["Subject"] == "시험회사의 새 비밀번호를 정해 주세요"
            assert "본인이 요청하지 않았다면" in server.words("plain")
            assert token in server.words("plain")
            async with company.client() as client:
                body = {"token": token, "new_password": NEW}
                assert (await client.post(RESET, json=body)).status_code == 200
                assert code(await client.post(RESET, json=body)) == (401, "TOKEN_INVALID")
                assert (await sign_in(client, PASSWORD)).status_code == 401
                assert (await sign_in(client, NEW)).status_code == 200
            assert (await before.get("/api/v1/users/me")).status_code == 401

    async def test_is_written_in_the_readers_language(
        self, company: Company, server: MailServer
    ) -> None:
        await execute(company, "UPDATE maru.person SET locale = 'en'")
        await mailed(company, server)
        (mail,) = server.mails
        assert mail["Subject"] == "Choose a new password for 시험회사"
        assert "once" in server.words("plain")

    async def test_link_leads_to_the_tenants_own_address(
        self, company: Company, server: MailServer
    ) -> None:
        evil = {"x-forwarded-host": "evil.test", "x-maru-tenant": company.tenant.slug}
        async with company.client() as client:
            answer = await client.post(
                FORGOT, json={"email": "member@example.test"}, headers={**evil, "host": "6.6.6.6"}
            )
        assert answer.status_code == 202
        await company.kit.work()
        assert link_in(server).startswith(
            f"http://{company.tenant.slug}.localhost:8400/login/reset?"
        )

    async def test_nobody_learns_who_is_here(self, company: Company, server: MailServer) -> None:
        known, unknown = [
            await asked(company, email) for email in ("member@example.test", "no@example.test")
        ]
        told = [{**one.json(), "timestamp": None} for one in (known, unknown)]
        assert (known.status_code, told[0]) == (unknown.status_code, told[1])
        await company.kit.work()
        assert server.people == ["member@example.test"]

    async def test_who_left_gets_none_and_may_use_none(
        self, company: Company, server: MailServer
    ) -> None:
        token = await mailed(company, server)
        await execute(company, "UPDATE maru.person SET state = 'inactive'")
        async with company.client() as client:
            answer = await client.post(RESET, json={"token": token, "new_password": NEW})
        assert code(answer) == (401, "TOKEN_INVALID")
        server.got.clear()
        await asked(company, "member@example.test")
        await company.kit.work()
        assert server.got == []

    async def test_who_never_had_a_password_comes_by_none(
        self, company: Company, server: MailServer
    ) -> None:
        await execute(company, "UPDATE maru.person SET password_hash = NULL")
        assert (await asked(company, "member@example.test")).status_code == 202
        await company.kit.work()
        assert server.got == []

    async def test_three_mails_an_hour(self, company: Company, server: MailServer) -> None:
        for _ in range(5):
            await asked(company, "member@example.test")
        await company.kit.work()
        assert len(server.got) == 3

    async def test_one_address_asks_so_often(self, company: Company) -> None:
        async with company.client() as client:
            answers = [
                await client.post(FORGOT, json={"email": f"no{number}@example.test"})
                for number in range(31)
            ]
        assert {one.status_code for one in answers[:30]} == {202}
        assert code(answers[30]) == (429, "RATE_LIMITED")

    async def test_two_at_once(self, company: Company, server: MailServer) -> None:
        token = await mailed(company, server)
        async with company.client() as client:
            answers = await asyncio.gather(
                *(
                    client.post(RESET, json={"token": token, "new_password": f"{NEW} {number}"})
                    for number in range(6)
                )
            )
        assert sorted(one.status_code for one in answers) == [200, *[401] * 5]

    async def test_a_used_one_takes_the_others_with_it(
        self, company: Company, server: MailServer
    ) -> None:
        first = await mailed(company, server)
        server.got.clear()
        second = await mailed(company, server)
        async with company.client() as client:
            body = {"token": second, "new_password": NEW}
            assert (await client.post(RESET, json=body)).status_code == 200
            again = await client.post(RESET, json={"token": first, "new_password": NEW})
        assert code(again) == (401, "TOKEN_INVALID")

    async def test_a_change_of_ones_own_ends_it(self, company: Company, server: MailServer) -> None:
        token = await mailed(company, server)
        async with company.client(company.member) as client:
            body = {"current_password": PASSWORD, "new_password": NEW}
            answer = await client.post("/api/v1/auth/change-password", json=body)
            assert answer.status_code == 200
            late = await client.post(RESET, json={"token": token, "new_password": f"{NEW} 2"})
        assert code(late) == (401, "TOKEN_INVALID")

    async def test_expired_foreign_and_rubbish(
        self, kit: Kit, company: Company, server: MailServer
    ) -> None:
        token = await mailed(company, server)
        other = await kit.company()
        async with other.client() as client:
            for wrong in (token, token[:-1], "", "x", "maru_pw_", "a" * 2_000, "\u0000"):
                answer = await client.post(RESET, json={"token": wrong, "new_password": NEW})
                assert answer.status_code in (401, 422), wrong
        await execute(company, "UPDATE maru.password_ticket SET expires_at = now()")
        async with company.client() as client:
            answer = await client.post(RESET, json={"token": token, "new_password": NEW})
        assert code(answer) == (401, "TOKEN_INVALID")

    @pytest.mark.parametrize(
        "email",
        [["member@example.test", "thief@example.test"], "a@b,thief@c", "no address", "", None, {}],
    )
    async def test_asks_for_one_address(
        self, company: Company, server: MailServer, email: object
    ) -> None:
        async with company.client() as client:
            answer = await client.post(FORGOT, json={"email": email})
        assert answer.status_code in (202, 422)
        await company.kit.work()
        assert server.got == []

    async def test_a_weak_one_keeps_the_link(self, company: Company, server: MailServer) -> None:
        token = await mailed(company, server)
        async with company.client() as client:
            for weak in ("short", "password2024!", "member member 12"):
                answer = await client.post(RESET, json={"token": token, "new_password": weak})
                assert code(answer) == (422, "VALIDATION_FAILED"), weak
            body = {"token": token, "new_password": NEW}
            assert (await client.post(RESET, json=body)).status_code == 200

    async def test_the_secret_is_kept_nowhere(self, company: Company, server: MailServer) -> None:
        token = await mailed(company, server)
        kept = await rows(company, "SELECT t::text FROM maru.password_ticket t")
        kept += await rows(company, "SELECT a::text FROM maru.audit a")
        kept += await rows(company, "SELECT j::text FROM maru.job j")
        assert kept
        assert not [row for row in kept if token in str(row)]


class TestPages:
    async def test_from_the_form_to_the_portal(self, company: Company, server: MailServer) -> None:
        async with company.client() as client:
            as_browser(client)
            page = await client.get("/login/forgot")
            form = {"_csrf": token_in(page.text), "email": "member@example.test"}
            answer = await client.post("/login/forgot", data=form, headers=FROM_US)
            assert answer.headers["location"] == "/login/forgot?sent=true"
            assert "메일을 보냈습니다" in (await client.get("/login/forgot?sent=true")).text
            await company.kit.work()
            there = link_in(server).partition("localhost:8400")[2]
            page = await client.get(there)
            assert "member" in page.text
            form = {"_csrf": token_in(page.text), "new_password": "x"}
            weak = await client.post(there, data=form, headers=FROM_US)
            assert (weak.status_code, 'aria-invalid="true"' in weak.text) == (422, True)
            done = await client.post(there, data={**form, "new_password": NEW}, headers=FROM_US)
            assert (done.status_code, done.headers["location"]) == (303, "/")
            assert (await client.get("/api/v1/users/me")).status_code == 200

    @pytest.mark.parametrize(
        ("purpose", "said"), [("reset", "링크 다시 보내기"), ("invitation", "관리자에게 다시 요청")]
    )
    async def test_a_link_that_is_over_says_so(
        self, company: Company, purpose: str, said: str
    ) -> None:
        async with company.client() as client:
            for token in ("", "?token=x", "?token=maru_pw_" + "a" * 43):
                page = await client.get(f"/login/{purpose}{token}")
                assert page.status_code == 200
                assert said in page.text
                assert "<form class" not in page.text


class TestInvitation:
    async def test_all_who_have_no_password(self, company: Company, server: MailServer) -> None:
        await execute(
            company, "UPDATE maru.person SET password_hash = NULL WHERE username <> 'admin'"
        )
        async with company.client(company.admin) as admin:
            counted = await admin.get("/api/v1/admin/invitations")
            assert counted.json()["data"] == {"waiting": 2, "elsewhere": 0}
            answer = await admin.post("/api/v1/admin/invitations")
            assert (answer.status_code, answer.json()["data"]) == (
                202,
                {"waiting": 2, "elsewhere": 0},
            )
            await company.kit.work()
            assert sorted(server.people) == ["manager@example.test", "member@example.test"]
            counted = await admin.get("/api/v1/admin/invitations")
            assert counted.json()["data"] == {"waiting": 0, "elsewhere": 0}
            await admin.post("/api/v1/admin/invitations")
        await company.kit.work()
        assert len(server.got) == 2

    async def test_who_signs_in_elsewhere_is_counted_apart_and_not_invited(
        self, company: Company, server: MailServer
    ) -> None:
        await execute(
            company, "UPDATE maru.person SET password_hash = NULL WHERE username <> 'admin'"
        )
        await execute(
            company,
            "INSERT INTO maru.external_identity (id, person_id, provider, issuer, subject)"
            " SELECT gen_random_uuid(), id, 'corp', 'https://login.corp.test', username"
            " FROM maru.person WHERE username IN ('admin', 'manager')",
        )
        async with company.client(company.admin) as admin:
            page = (await admin.get("/admin/passwords")).text
            assert "다른 서비스로 로그인하는 1명은 초대하지 않습니다" in page
            answer = await admin.post("/api/v1/admin/invitations")
            assert answer.json()["data"] == {"waiting": 1, "elsewhere": 1}
        await company.kit.work()
        assert server.people == ["member@example.test"]

    async def test_one_person_chooses_and_signs_in(
        self, company: Company, server: MailServer
    ) -> None:
        await execute(
            company, "UPDATE maru.person SET password_hash = NULL WHERE username = 'member'"
        )
        async with company.client(company.admin) as admin:
            sent = await admin.post(f"/api/v1/admin/users/{company.member.id}/invite")
            assert sent.status_code == 202
        await company.kit.work()
        (mail,) = server.mails
        assert mail["Subject"] == "시험회사에 초대합니다"
        async with company.client() as client:
            as_browser(client)
            there = link_in(server).partition("localhost:8400")[2]
            assert there.startswith("/login/invitation?token=")
            form = {"_csrf": token_in((await client.get(there)).text), "new_password": NEW}
            done = await client.post(there, data=form, headers=FROM_US)
            assert done.headers["location"] == "/"
            assert (await sign_in(client, NEW)).status_code == 200

    async def test_who_cannot_be_invited(self, company: Company, server: MailServer) -> None:
        await execute(company, "UPDATE maru.person SET email = NULL WHERE username = 'member'")
        async with company.client(company.admin) as admin:
            none = await admin.post(f"/api/v1/admin/users/{company.member.id}/invite")
            assert code(none) == (409, "USER_NOT_INVITABLE")
            nobody = await admin.post(f"/api/v1/admin/users/{company.tenant.id}/invite")
            assert code(nobody) == (404, "USER_NOT_FOUND")
        async with company.client(company.member) as member:
            for path in (f"users/{company.admin.id}/invite", "invitations"):
                refused = await member.post(f"/api/v1/admin/{path}")
                assert code(refused) == (403, "PERMISSION_DENIED")


class TestForced:
    async def test_an_admin_asks_for_another_password(self, company: Company) -> None:
        async with company.client(company.admin) as admin:
            path = f"/api/v1/admin/users/{company.member.id}/require-new-password"
            assert (await admin.post(path)).json()["data"]["must_change_password"] is True
        async with company.client() as client:
            assert code(await sign_in(client, PASSWORD)) == (403, "PASSWORD_CHANGE_REQUIRED")


class TestPolicy:
    async def test_holds_for_this_tenant_from_now_on(self, kit: Kit, company: Company) -> None:
        policy = {"shortest": 20, "change_after_days": None}
        async with company.client(company.admin) as admin:
            answer = await admin.put("/api/v1/admin/password-policy", json=policy)
            assert answer.json()["data"] == policy
            answer = await admin.put("/api/v1/admin/password-policy", json={"shortest": 3})
            assert answer.status_code == 422
        for made, status in ((company, 422), (await kit.company(), 200)):
            async with made.client(made.member) as member:
                body = {"current_password": PASSWORD, "new_password": "sixteen letters."}
                answer = await member.post("/api/v1/auth/change-password", json=body)
                assert answer.status_code == status
