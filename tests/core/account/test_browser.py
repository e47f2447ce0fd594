"""The sign-in form, the cookie and signing out, as a browser does them."""

import re

import httpx2 as httpx
import pytest
from tests.core.account.conftest import audited
from tests.core.identity.company import PASSWORD, Company

from maru.house import House

FROM_US = {"sec-fetch-site": "same-origin"}


def token_in(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


async def sign_in(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    page = await client.get("/login")
    assert page.status_code == 200, page.text
    form = {"_csrf": token_in(page.text), "username": "alice", "password": PASSWORD, "next": "/"}
    return await client.post("/login", data={**form, **changes}, headers=FROM_US)


def session_cookie(answer: httpx.Response) -> str:
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("maru-main=")]
    return cookie


class TestSignIn:
    async def test_sets_an_http_only_cookie(self, client: httpx.AsyncClient) -> None:
        answer = await sign_in(client, next="/?tab=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?tab=1")
        attributes = set(session_cookie(answer).split("; ")[1:])
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
        me = await client.get("/api/v1/users/me")
        assert me.json()["data"]["username"] == "Alice"

    async def test_localhost_gets_the_host_prefix(
        self, web: httpx.ASGITransport, company: Company
    ) -> None:
        headers = {"x-maru-tenant": f"t{company.id.hex[:12]}"}
        async with httpx.AsyncClient(
            transport=web, base_url="https://localhost", headers=headers
        ) as client:
            answer = await sign_in(client)
            (cookie,) = [
                c
                for c in answer.headers.get_list("set-cookie")
                if c.startswith("__Host-maru-main=")
            ]
        assert "Secure" in cookie

    async def test_wrong_password_shows_the_form_again(self, client: httpx.AsyncClient) -> None:
        answer = await sign_in(client, password="wrong password", next="/?tab=1")
        assert answer.status_code == 422
        assert "wrong password" not in answer.text
        assert 'value="alice"' in answer.text
        assert 'name="next" value="/?tab=1"' in answer.text
        assert "아이디" in answer.text
        assert not [c for c in answer.headers.get_list("set-cookie") if c.startswith("maru-main=")]

    @pytest.mark.parametrize("there", ["//evil", "/\\evil", "https://evil", "/%2f%2fevil"])
    async def test_next_stays_here(self, client: httpx.AsyncClient, there: str) -> None:
        answer = await sign_in(client, next=there)
        assert answer.headers["location"] == "/"

    async def test_who_is_signed_in_goes_on(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        answer = await client.get("/login", params={"next": "/?tab=2"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?tab=2")

    async def test_token_of_another_browser(
        self, client: httpx.AsyncClient, web: httpx.ASGITransport
    ) -> None:
        async with httpx.AsyncClient(transport=web, base_url=client.base_url) as other:
            stolen = token_in((await other.get("/login")).text)
        answer = await sign_in(client, _csrf=stolen)
        assert answer.status_code == 403

    @pytest.mark.parametrize("site", ["same-site", "cross-site"])
    async def test_sent_by_another_site(self, client: httpx.AsyncClient, site: str) -> None:
        token = token_in((await client.get("/login")).text)
        answer = await client.post(
            "/login",
            data={"_csrf": token, "username": "alice", "password": PASSWORD},
            headers={"sec-fetch-site": site},
        )
        assert answer.status_code == 403


class TestCsrf:
    async def test_cookie_alone_changes_nothing(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        answer = await client.put("/api/v1/users/me", json={"phone": "010-0000-0000"})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "CSRF_FAILED"

    async def test_visitors_token_does_not_fit_the_session(self, client: httpx.AsyncClient) -> None:
        before = token_in((await client.get("/login")).text)
        await sign_in(client)
        answer = await client.put(
            "/api/v1/users/me",
            json={"phone": "010-0000-0000"},
            headers={"x-csrf-token": before, **FROM_US},
        )
        assert answer.status_code == 403

    async def test_sessions_token_fits(
        self, client: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await sign_in(client)
        answer = await client.put(
            "/api/v1/users/me",
            json={"phone": "010-0000-0000"},
            headers={"x-csrf-token": await page_token(client), **FROM_US},
        )
        assert answer.status_code == 200, answer.text


async def page_token(client: httpx.AsyncClient) -> str:
    page = await client.get("/")
    found = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


class TestSignOut:
    async def test_ends_the_session(
        self, client: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        signed = await sign_in(client)
        kept = session_cookie(signed).partition(";")[0]
        answer = await client.post(
            "/logout", data={"_csrf": await page_token(client)}, headers=FROM_US
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert "storage" in answer.headers["clear-site-data"]
        assert "cookies" not in answer.headers["clear-site-data"]
        assert "Max-Age=0" in session_cookie(answer)
        client.cookies.clear()
        me = await client.get("/api/v1/users/me", headers={"cookie": kept})
        assert me.status_code == 401
        assert "auth.logout" in await audited(house, company)

    async def test_needs_the_token(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        assert (await client.post("/logout", headers=FROM_US)).status_code == 403
        assert (await client.get("/api/v1/users/me")).status_code == 200


class TestPreferences:
    async def choose(self, client: httpx.AsyncClient, **fields: str) -> httpx.Response:
        token = token_in((await client.get("/login")).text)
        return await client.post("/preferences", data={"_csrf": token, **fields}, headers=FROM_US)

    async def test_a_visitors_language_stays_in_the_browser(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await self.choose(client, locale="en", next="/login?next=/board")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/board")
        (cookie,) = [c for c in answer.headers.get_list("set-cookie") if "maru-locale" in c]
        assert cookie == "maru-locale=en; Max-Age=31536000; Path=/; SameSite=Lax"
        page = await client.get("/login", headers={"accept-language": "ko"})
        assert '<html lang="en"' in page.text

    async def test_a_persons_language_is_stored(
        self, client: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await sign_in(client)
        token = await page_token(client)
        answer = await client.post(
            "/preferences", data={"_csrf": token, "locale": "en"}, headers=FROM_US
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        me = await client.get("/api/v1/users/me")
        assert me.json()["data"]["locale"] == "en"
        assert "person.changed" in await audited(house, company)

    async def test_a_theme(self, client: httpx.AsyncClient) -> None:
        await self.choose(client, theme="dark", next="//evil")
        assert 'data-theme="dark"' in (await client.get("/login")).text

    @pytest.mark.parametrize("there", ["//evil", "/\\evil", "https://evil", "/%2f/evil"])
    async def test_next_stays_here(self, client: httpx.AsyncClient, there: str) -> None:
        answer = await self.choose(client, theme="dark", next=there)
        assert answer.headers["location"] == "/"

    @pytest.mark.parametrize("fields", [{"locale": "xx"}, {"theme": "pink"}, {"colour": "red"}])
    async def test_an_unknown_choice(
        self, client: httpx.AsyncClient, fields: dict[str, str]
    ) -> None:
        answer = await self.choose(client, **fields)
        assert answer.status_code == 422
        assert not [c for c in answer.headers.get_list("set-cookie") if "maru-theme" in c]

    async def test_needs_the_token(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/preferences", data={"theme": "dark"}, headers=FROM_US)
        assert answer.status_code == 403


class TestMissingPage:
    async def test_keeps_the_frame_of_who_is_signed_in(self, client: httpx.AsyncClient) -> None:
        before = await client.get("/nothing")
        assert (before.status_code, "person-menu" in before.text) == (404, False)
        await sign_in(client)
        after = await client.get("/nothing")
        assert (after.status_code, "person-menu" in after.text) == (404, True)

    async def test_a_refused_form_leads_back_to_where_it_was_filled_in(
        self, client: httpx.AsyncClient
    ) -> None:
        page = await client.get("/login?next=/board")
        form = {"_csrf": token_in(page.text), "username": "alice", "password": "wrong"}
        there = f"{client.base_url}/login?next=/board".replace("//login", "/login")
        answer = await client.post("/login", data=form, headers={**FROM_US, "referer": there})
        assert '<input type="hidden" name="next" value="/login?next=/board">' in answer.text
        far = {**FROM_US, "referer": "http://evil/login"}
        answer = await client.post("/login", data=form, headers=far)
        assert "evil" not in answer.text
