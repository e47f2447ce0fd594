"""Calls the edge of a whole house as a server would, and reads what comes back."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.api.edge import Edge
from maru.app import serving
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Person
from maru.observability.log import Journal
from maru.tenancy.models import PluginState
from maru_sdk import Role
from maru_sdk.db import uuid7

PASSWORD = "correct horse battery staple"
SECRET = "0123456789abcdef0123456789abcdef"


async def person(
    house: House, tenant: UUID, username: str, *roles: Role, role: str = "member"
) -> UUID:
    """Makes somebody who can sign in and holds what `roles` give."""
    person_id = uuid7()
    hashed = await house.sessions.passwords.hash(PASSWORD)
    async with committing(house.database.unit(Scope(tenant))) as unit:
        session = await unit.session()
        await session.execute(
            sa.insert(Person).values(
                id=person_id,
                username=username,
                username_key=username,
                name=username.title(),
                password_hash=hashed,
                locale="ko",
                timezone="Asia/Seoul",
            )
        )
        await house.rights.roles.begin(unit)
        await house.rights.grant_defaults(unit, tenant, roles)
        await house.rights.roles.grant(unit, role, "person", person_id)
    return person_id


async def switch_on(house: House, tenant: UUID, key: str, *, enabled: bool = True) -> None:
    """Switches a plugin on or off as the switchboard would leave it, and waits for the gate."""
    async with committing(house.database.unit(Scope(tenant))) as unit:
        session = await unit.session()
        row = {"id": uuid7(), "key": key, "enabled": enabled}
        place = ["tenant_id", "key"]
        await session.execute(
            insert(PluginState)
            .values(row)
            .on_conflict_do_update(index_elements=place, set_={"enabled": enabled})
        )
    await house.gate.load()


class Log:
    """What an edge writes down."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self.journal = Journal("web", "INFO", self._out)

    @property
    def text(self) -> str:
        self.journal.settle()
        return self._out.getvalue().decode()

    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text.splitlines()]

    def line(self, **having: Any) -> dict[str, Any]:
        """The first line with these fields."""
        found = [line for line in self.lines() if having.items() <= line.items()]
        assert found, having
        return found[0]


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    finished: bool = False

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Asker:
    """Calls the edge as a server would, with every byte of the scope in the test's hands."""

    edge: Any
    host: str = "hanbit.maru.test"
    headers: dict[str, str] = field(default_factory=dict)
    client: tuple[str, int] = ("127.0.0.1", 4711)
    scheme: str = "http"

    def having(self, **headers: str) -> "Asker":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Asker(self.edge, self.host, self.headers | named, self.client, self.scheme)

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | None = None,
        json: Any = None,
        raw: list[tuple[bytes, bytes]] | None = None,
        chunks: list[bytes] | None = None,
        leave: bool = False,
        **headers: str,
    ) -> Reply:
        named = {"host": self.host} | self.headers
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if json is not None:
            body = orjson.dumps(json)
            named.setdefault("content-type", "application/json")
        parts = chunks if chunks is not None else [] if body is None else [body]
        if chunks is not None:
            named["transfer-encoding"] = "chunked"
        elif body is not None:
            named.setdefault("content-length", str(len(body)))
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": pairs + (raw or []),
            "client": self.client,
            "scheme": self.scheme,
        }
        return await _ask(self.edge, scope, parts, leave=leave)


async def _ask(edge: Any, scope: dict[str, Any], parts: list[bytes], *, leave: bool) -> Reply:
    reply, waiting = Reply(), list(parts)
    told: list[bool] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            part = waiting.pop(0)
            more = bool(waiting) or leave
            return {"type": "http.request", "body": part, "more_body": more}
        if leave:
            return {"type": "http.disconnect"}
        if not told:
            told.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.get_running_loop().create_future()  # until the answer is out
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(n.decode(), v.decode("latin-1")) for n, v in message["headers"]]
        else:
            reply.body += message.get("body", b"")
            reply.finished = not message.get("more_body", False)

    await edge(scope, receive, send)
    return reply


@asynccontextmanager
async def edge_of(house: House) -> AsyncIterator[tuple[Edge, Log]]:
    """The edge of this house, and what it logs."""
    log = Log()
    async with serving(house, log.journal) as edge:
        yield edge, log
    log.journal.close()
