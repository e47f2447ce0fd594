"""What personal access tokens ask of jobs, and how they end with a password."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.account.test_browser import FROM_US, token_in
from tests.engines import Engines, copy_of, settings_for

from maru.db.scope import Scope
from maru.plugins.context import open_call
from maru.testing import PASSWORD, kit_on
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru_sdk import ContextSeed

NEW = "a sentence of my own"
MANAGE = "core:users:manage"
TOKENS = "/api/v1/auth/tokens"


@pytest.fixture(scope="module")
async def kit(engines: Engines, template: str) -> AsyncIterator[Kit]:
    async with copy_of(engines, template) as name, kit_on(settings_for(engines, name)) as made:
        yield made


@pytest.fixture
async def company(kit: Kit) -> Company:
    return await kit.company()


async def made(company: Company, *scopes: str) -> tuple[UUID, str]:
    """A token of the admin's with these scopes."""
    async with company.client(company.admin) as admin:
        answer = await admin.post(TOKENS, json={"name": "프로그램", "scopes": scopes})
        told = answer.json()["data"]
        return UUID(told["id"]), told["token"]


async def rows(company: Company, look: str) -> Sequence[sa.Row[tuple[object, ...]]]:
    database = company.kit.house.database
    async with database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return (await unit.db.execute(sa.text(look))).all()


async def asked_by(company: Company, token: str) -> ContextSeed:
    """The seed of a job that a request with this token has enqueued."""
    path = f"/api/v1/admin/users/{company.member.id}/invite"
    async with company.client() as program:
        answer = await program.post(path, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 202, answer.text
    found = await rows(company, "SELECT seed FROM maru.job WHERE kind = 'core.send_invitations'")
    return ContextSeed.model_validate(found[0][0])


@pytest.fixture
async def addressed(company: Company) -> Company:
    """A company whose people have mail addresses."""
    async with company.context() as ctx:
        await ctx.db.execute(sa.text("UPDATE maru.person SET email = username || '@example.test'"))
    return company


class TestJobs:
    async def test_a_job_has_the_rights_of_the_token_that_asked_for_it(
        self, addressed: Company
    ) -> None:
        token_id, token = await made(addressed, MANAGE)
        seed = await asked_by(addressed, token)
        assert (seed.actor, seed.token) == (addressed.admin.id, token_id)
        services = addressed.kit.house.services
        async with open_call(services, seed) as call:
            assert call.granted.can(MANAGE)
            assert not call.granted.can("core:rights:manage")
            assert call.seed("core").token == token_id  # what it enqueues itself is held to it too
        whole = seed.model_copy(update={"token": None})
        async with open_call(services, whole) as call:
            assert call.granted.can("core:rights:manage")

    async def test_a_token_for_everything_asks_with_all_rights(self, addressed: Company) -> None:
        _, token = await made(addressed, "all")
        seed = await asked_by(addressed, token)
        async with open_call(addressed.kit.house.services, seed) as call:
            assert call.granted.can("core:rights:manage")

    async def test_who_is_signed_in_asks_without_token(self, addressed: Company) -> None:
        async with addressed.client(addressed.admin) as admin:
            bearer = admin.headers["authorization"].removeprefix("Bearer ")
        assert (await asked_by(addressed, bearer)).token is None

    async def test_work_of_a_token_that_was_ended_is_not_done(self, addressed: Company) -> None:
        token_id, token = await made(addressed, MANAGE)
        await asked_by(addressed, token)
        async with addressed.client(addressed.admin) as admin:
            assert (await admin.delete(f"{TOKENS}/{token_id}")).status_code == 200
        await addressed.kit.work()
        look = "SELECT state, error FROM maru.job WHERE kind = 'core.send_invitations'"
        (job,) = await rows(addressed, look)
        state, error = map(str, job)
        assert state == "dead"
        assert error.startswith("TOKEN_OVER")
        assert await rows(addressed, "SELECT 1 FROM maru.password_ticket") == []

    async def test_one_that_expired_meanwhile_is_kept_to_what_it_permits(
        self, addressed: Company
    ) -> None:
        _, token = await made(addressed, MANAGE)
        seed = await asked_by(addressed, token)
        async with addressed.context() as ctx:
            over = "UPDATE maru.personal_token SET expires_at = now() - interval '1 hour'"
            await ctx.db.execute(sa.text(over))
        async with open_call(addressed.kit.house.services, seed) as call:
            assert call.granted.can(MANAGE)
            assert not call.granted.can("core:rights:manage")


class TestPasswords:
    @pytest.mark.parametrize(("wish", "lives"), [({}, True), ({"end_tokens": True}, False)])
    async def test_ones_own_change_ends_tokens_where_that_is_asked_for(
        self, company: Company, wish: dict[str, bool], lives: bool
    ) -> None:
        _, token = await made(company, "read")
        async with company.client(company.admin) as admin:
            body = {"current_password": PASSWORD, "new_password": NEW, **wish}
            done = await admin.post("/api/v1/auth/change-password", json=body)
            assert done.status_code == 200, done.text
            me = await admin.get("/api/v1/users/me", headers={"authorization": f"Bearer {token}"})
            assert me.status_code == (200 if lives else 401)

    async def test_the_page_offers_it_and_ends_them(self, company: Company) -> None:
        _, token = await made(company, "read")
        async with company.client() as browser:
            browser.base_url = browser.base_url.copy_with(scheme="https")  # keeps secure cookies
            browser.headers |= FROM_US
            csrf = token_in((await browser.get("/login")).text)
            form = {"username": company.admin.username, "password": PASSWORD, "_csrf": csrf}
            await browser.post("/login", data={**form, "next": "/", "provider": ""})
            place = "/preferences/security/password"
            page = (await browser.get(place)).text
            assert "개인 토큰도 모두 종료하기 (1개)" in page
            change = {"current_password": PASSWORD, "new_password": NEW, "end_tokens": "true"}
            done = await browser.post(place, data={**change, "_csrf": token_in(page)})
            assert done.status_code == 303, done.text
            me = await browser.get("/api/v1/users/me", headers={"authorization": f"Bearer {token}"})
            assert me.status_code == 401
            assert "종료하기" not in (await browser.get(place)).text

    async def test_a_change_that_an_admin_has_asked_for_ends_them(self, company: Company) -> None:
        _, token = await made(company, "read")
        path = f"/api/v1/admin/users/{company.admin.id}/require-new-password"
        async with company.client(company.admin) as admin:
            assert (await admin.post(path)).status_code == 200
        async with company.client() as program:
            body = {"username": company.admin.username, "password": PASSWORD}
            stopped = await program.post("/api/v1/auth/login", json=body)
            ticket = stopped.json()["error"]["details"]["ticket"]
            chosen = {"ticket": ticket, "new_password": NEW}
            done = await program.post("/api/v1/auth/login/new-password", json=chosen)
            assert done.status_code == 200, done.text
            bearer = {"authorization": f"Bearer {token}"}
            assert (await program.get("/api/v1/users/me", headers=bearer)).status_code == 401
