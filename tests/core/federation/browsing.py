"""People at browsers that go from a tenant's site to another one and back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2 as httpx
from tests.core.identity.company import PASSWORD, Company

BASE = "maru.test"
FROM_US = {"sec-fetch-site": "same-origin"}


class Person:
    """One browser: `here` is a tenant's site, `there` the rest of the world."""

    def __init__(self, here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        self.here, self.there = here, there

    @classmethod
    @asynccontextmanager
    async def sitting(cls, web: httpx.ASGITransport, company: Company) -> AsyncIterator["Person"]:
        base = f"http://t{company.id.hex[:12]}.{BASE}"
        async with (
            httpx.AsyncClient(transport=web, base_url=base) as here,
            httpx.AsyncClient() as there,
        ):
            yield cls(here, there)

    async def token(self, path: str = "/login") -> str:
        page = (await self.here.get(path)).text
        found = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert found is not None, page
        return found[1]

    async def by_password(
        self, username: str, password: str = PASSWORD, provider: str = "", page: str = "/login"
    ) -> httpx.Response:
        form = {"username": username, "password": password, "provider": provider, "next": "/"}
        form["_csrf"] = await self.token(page)
        return await self.here.post("/login", data=form, headers=FROM_US)

    async def post(self, path: str, page: str, **form: Any) -> httpx.Response:
        """Sends a form of this page."""
        form["_csrf"] = await self.token(page)
        return await self.here.post(path, data=form, headers=FROM_US)

    async def api(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Asks the API as this browser's script."""
        page = await self.here.get("/login/linked")
        found = re.search(r'name="_csrf" value="([^"]+)"', page.text)
        assert found is not None, page.text
        headers = {"x-csrf-token": found[1], **FROM_US}
        return await self.here.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def leave(self, path: str = "/login/oidc/corp") -> str:
        """Where a button of the sign-in page leads."""
        answer = await self.here.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come_back(self, callback: str) -> httpx.Response:
        """Follows a provider's redirect."""
        parts = urlsplit(callback)
        assert parts.hostname == self.here.base_url.host
        return await self.here.get(f"{parts.path}?{parts.query}")

    async def certified(self, url: str, who: str) -> str:
        """Signs in at the certified provider; gives the address that it leads back to."""
        answer = await self._follow(await self.there.get(url))
        for form in ({"prompt": "login", "login": who, "password": "x"}, {"prompt": "consent"}):
            if answer.is_redirect:
                break
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action is not None, answer.text
            posted = await self.there.post(urljoin(str(answer.url), action[1]), data=form)
            answer = await self._follow(posted)
        return str(answer.headers["location"])

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        """Until something is shown, or it leads back to us."""
        while answer.is_redirect:
            to = urljoin(str(answer.url), answer.headers["location"])
            if (urlsplit(to).hostname or "").endswith(BASE):
                return answer
            answer = await self.there.get(to)
        return answer

    async def username(self) -> str | None:
        """Who is signed in in this browser."""
        me = await self.here.get("/api/v1/users/me")
        return None if me.status_code != 200 else str(me.json()["data"]["username"])


def stopped(answer: httpx.Response) -> str:
    """Why a sign-in came to nothing, as the redirect to the sign-in page says."""
    assert answer.status_code == 303, answer.text
    found = parse_qs(urlsplit(answer.headers["location"]).query).get("stopped", [""])
    return found[0]


def asked(url: str) -> dict[str, str]:
    """The parameters of an authorization request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
