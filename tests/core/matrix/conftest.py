"""A house with plugins that have routes, and people who hold nothing, one permission, or all."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from httpx2 import AsyncClient, Response
from tests.core.matrix.table import declared
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.access.models import Role, RolePermission
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.cookies import Cookies
from maru.identity.models import Person
from maru.identity.sign_in import Origin
from maru.operators.accounts import OperatorAccounts
from maru.operators.sessions import OperatorSessions
from maru.settings import Settings
from maru.testing import TestCompany, TestKit, kit_on
from maru_sdk import User

PLUGINS: Final = ("pal", "kinds", "board")
OPERATOR: Final = "root"
PASSWORD: Final = "an operator's own password"


@dataclass
class Cast:
    """Who asks: one client each, signed in anew where a route has signed it out."""

    company: TestCompany
    stranger: TestCompany
    stack: AsyncExitStack
    clients: dict[str, AsyncClient] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    async def ask(self, who: str, method: str, address: str, **how: Any) -> Response:
        """The answer of one route to one person; an address that names no host is the company's."""
        answer = await (await self._client(who)).request(method, address, **how)
        if who != "anonymous" and (answer.status_code == 401 or asks_to_sign_in(answer)):
            del self.clients[who]
            answer = await (await self._client(who)).request(method, address, **how)
        return answer

    async def _client(self, who: str) -> AsyncClient:
        if who not in self.clients:
            self.clients[who] = await self.stack.enter_async_context(self._new(who))
        return self.clients[who]

    def _new(self, who: str) -> Any:
        if who == "anonymous":
            return self.company.client()
        if who == "operator":
            return self._operator()
        if who == "stranger":
            return _as_admin_of(self.stranger, at=self.company)
        return self.company.client(self.users.get(who, self.company.admin))

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[AsyncClient]:
        """A client with a program's token, and the cookie of a browser beside it."""
        house = self.company.kit.house
        sessions = OperatorSessions(house.database, house.sessions.passwords)
        proved = await sessions.prove(OPERATOR, PASSWORD, Origin())
        tokens = [
            (await sessions.enter(proved.found, kind, Origin())).token
            for kind in ("client", "browser")
        ]
        cookie = Cookies.of(f"{house.settings.instance}-operator", "http", "localhost").session
        async with self.company.client() as client:
            client.headers["authorization"] = f"Bearer {tokens[0]}"
            client.headers["cookie"] = f"{cookie}={tokens[1]}"
            yield client


class _as_admin_of:  # noqa: N801  # used like the function that it stands for
    """A client at one company with the token of another's administrator."""

    def __init__(self, whose: TestCompany, at: TestCompany) -> None:
        self._whose, self._at, self._stack = whose, at, AsyncExitStack()

    async def __aenter__(self) -> AsyncClient:
        theirs = await self._stack.enter_async_context(self._whose.client(self._whose.admin))
        here = await self._stack.enter_async_context(self._at.client())
        here.headers["authorization"] = theirs.headers["authorization"]
        return here

    async def __aexit__(self, *told: Any) -> None:
        await self._stack.aclose()


@dataclass(frozen=True)
class Stage:
    """The house and who plays in it."""

    kit: TestKit
    cast: Cast


@pytest.fixture(scope="module")
async def stage(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    shelf = Shelf(tmp_path_factory.mktemp("matrix"))
    shelf.add_kinds()
    shelf.add("pal")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with AsyncExitStack() as stack:
            name = await stack.enter_async_context(copy_of(engines, template))
            kit = await stack.enter_async_context(kit_on(_settings(engines, name)))
            company = await kit.company(*PLUGINS)
            cast = Cast(company, await kit.company(*PLUGINS), stack)
            needed = {one for one in map(_needs, kit.house.surfaces.targets) if one is not None}
            cast.users = await _people(kit, company, needed)
            await _hire(kit)
            yield Stage(kit, cast)
    shelf.forget()


async def _hire(kit: TestKit) -> None:
    house = kit.house
    async with await Database.open(house.settings.database_system_url, pool_size=1) as system:
        await OperatorAccounts(system, house.sessions.passwords).create(OPERATOR, "", PASSWORD)


def operators_targets(kit: TestKit) -> list[Any]:
    """What is mounted in the operators' area."""
    area: Any = kit.edge._parts.operators
    return list(area.surfaces.targets)


def _settings(engines: Engines, name: str) -> Settings:
    """No tenant's rights are withheld."""
    return settings_for(engines, name, operator_tenants=["*"])


def _needs(target: Any) -> str | None:
    return declared(target).needs


async def _people(kit: TestKit, company: TestCompany, needed: Iterable[str]) -> dict[str, User]:
    """`nobody`, who holds no role, and for each permission somebody who holds that alone."""
    users = {"nobody": _user("nobody")}
    users |= {name: _user(f"one{n}") for n, name in enumerate(sorted(needed))}
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        for permission, user in users.items():
            unit.db.add(_person(user, kit.password_hash))
            if permission != "nobody":
                role = Role(key=user.username, name=user.username)
                unit.db.add(role)
                await unit.db.flush()
                unit.db.add(RolePermission(role_id=role.id, permission=permission))
                await unit.db.flush()
                await kit.house.rights.roles.grant(unit, role.key, "person", user.id)
    return users


def _user(name: str) -> User:
    person = Person(username=name, username_key=name, name=name)
    return User(id=person.id, username=name, name=name)


def _person(user: User, password: str) -> Person:
    return Person(
        id=user.id, username=user.username, username_key=user.username, name=user.name,
        password_hash=password,
    )  # fmt: skip


def asks_to_sign_in(answer: Response) -> bool:
    """Whether a browser is sent to the page of sign-in."""
    return answer.headers.get("location", "").startswith(("/login?next=", "/operator?next="))


def told(answer: Response) -> str:
    """Why an answer refuses, as programs are told; empty where it isn't said."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json().get("error", {}).get("code", ""))


__all__ = ["Stage", "asks_to_sign_in", "operators_targets", "stage", "told"]
