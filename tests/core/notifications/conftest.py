"""A running Maru with a plugin that tells people things, and a company in which it does."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient
from tests.core.mail.servers import MailServer, mail_server
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.models import Person
from maru.testing import TestCompany, TestKit, kit_on
from maru_sdk import User
from maru_sdk.db import uuid7

API = "/api/v1/notifications"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
async def kit(
    engines: Engines,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    server: MailServer,
) -> AsyncIterator[TestKit]:
    shelf = Shelf(tmp_path_factory.mktemp("notifications"))
    shelf.add_kinds()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        given = {
            "smtp_url": f"smtp://127.0.0.1:{server.port}",
            "mail_from": "maru@example.com",
            "outside_allow": ["127.0.0.0/8"],
        }
        async with (
            copy_of(engines, template) as name,
            kit_on(settings_for(engines, name, **given)) as made,
        ):
            yield made
    shelf.forget()


@dataclass(eq=False)
class Firm:
    """A company, as a test of notifications speaks of one."""

    company: TestCompany
    stack: AsyncExitStack
    clients: dict[UUID, AsyncClient] = field(default_factory=dict)

    @property
    def kit(self) -> TestKit:
        return self.company.kit

    async def tell(self, text: str = "hello", *, by: User | None = None, **how: Any) -> None:
        """Has the plugin tell of a note, as the admin unless told."""
        from maru_kinds.notices import Noted, noted  # on the path while a kit runs

        async with self.company.context(by) as ctx:
            await ctx.notify(noted, Noted(text=text), **how)

    async def client(self, person: User) -> AsyncClient:
        """What this person calls with."""
        if person.id not in self.clients:
            made = await self.stack.enter_async_context(self.company.client(person))
            self.clients[person.id] = made
        return self.clients[person.id]

    async def titles(self, person: User, **asked: Any) -> list[str]:
        """What this person was told."""
        answer = await (await self.client(person)).get(API, params=asked)
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json()["data"]]

    async def unread(self, person: User) -> dict[str, Any]:
        answer = await (await self.client(person)).get(f"{API}/unread")
        return dict(answer.json()["data"])

    async def hire(self, count: int = 1, **given: Any) -> Sequence[User]:
        """More people, who hold no role."""
        people = [_person(given) for _ in range(count)]
        async with self.unit() as unit:
            await unit.db.execute(sa.insert(Person), people)
        return [User(id=one["id"], username=one["username"], name=one["name"]) for one in people]

    def unit(self) -> Any:
        """A transaction of the company's."""
        return _unit(self)

    async def sql(self, text: str, **args: Any) -> Sequence[Any]:
        async with self.unit() as unit:
            found = await unit.db.execute(sa.text(text), args)
            return found.all() if found.returns_rows else []


def _unit(firm: Firm) -> Any:
    return committing(firm.kit.house.database.unit(Scope(firm.company.tenant.id)))


def _person(given: dict[str, Any]) -> dict[str, Any]:
    made = uuid7()
    name = f"p{made.hex}"
    return {"id": made, "username": name, "username_key": name, "name": "사람", **given}


@pytest.fixture
async def firm(kit: TestKit) -> AsyncIterator[Firm]:
    """A company of this test."""
    async with AsyncExitStack() as stack:
        yield Firm(await kit.company("kinds"), stack)
