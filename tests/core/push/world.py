"""Real push and web processes, a company with people, and clients that speak to them."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import orjson
from httpx2 import AsyncClient, HTTPError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.settings import Settings, env_name
from maru.testing import PASSWORD, TestCompany, TestKit, kit_on
from maru_sdk import User

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def until(holds: Callable[[], object], within: float = PATIENCE) -> None:
    """Waits for a condition."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "it never came true"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def process(
    role: str, settings: Settings, port: int, log: Path, *path: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One process of Maru that answers on this port."""
    given = settings.model_dump(mode="json", exclude_unset=True)
    values = {env_name(name): _as_text(value) for name, value in given.items()}
    found = os.pathsep.join([*path, str(Path.cwd()), *sys.path])
    with log.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "maru", role),
            env={**os.environ, **values, "PYTHONPATH": found},
            stdout=out,
            stderr=out,
        )
    try:
        await _answering(child, port, log)
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _as_text(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


async def _answering(child: asyncio.subprocess.Process, port: int, log: Path) -> None:
    ends = time.monotonic() + 60
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            assert child.returncode is None, log.read_text()
            try:
                if (await client.get("/health/live")).status_code == 200:
                    return
            except HTTPError:
                pass
            assert time.monotonic() < ends, log.read_text()
            await asyncio.sleep(0.05)


@dataclass(eq=False)
class Page:
    """One open page: its socket, and everything that it has heard."""

    socket: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    _task: "asyncio.Task[None] | None" = None

    def listen(self) -> Self:
        """Reads from now on."""
        self._task = asyncio.ensure_future(self._read())
        return self

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                self.heard.append(orjson.loads(text))
        except ConnectionClosed:
            pass
        self.closed = (self.socket.close_code or 0, self.socket.close_reason or "")

    async def say(self, **frame: Any) -> None:
        """Sends a frame."""
        await self.socket.send(orjson.dumps(frame).decode())

    async def enter(self, room: str, since: str | None = None) -> dict[str, Any]:
        """Enters a room; what is answered once it is done."""
        before = len(self.heard)
        op = {"op": "subscribe"} if since is None else {"op": "resume", "since": since}
        await self.say(**op, room=room)

        def answers() -> list[dict[str, Any]]:
            fresh = [one for one in self.heard[before:] if one["room"] == room]
            return [one for one in fresh if one["event"] in ("subscribed", "error")]

        await until(answers)
        return answers()[0]

    def events(self, event: str, room: str | None = None) -> list[dict[str, Any]]:
        """What it has heard of one kind."""
        found = [one for one in self.heard if one["event"] == event]
        return [one for one in found if room in (None, one["room"])]

    def data(self, event: str, room: str | None = None) -> list[Any]:
        """The data of that."""
        return [one["data"] for one in self.events(event, room)]

    async def hears(self, event: str, count: int = 1, within: float = PATIENCE) -> list[Any]:
        """Waits for this many events of a kind."""
        await until(lambda: len(self.events(event)) >= count, within)
        return self.data(event)

    async def ends(self, within: float = PATIENCE) -> tuple[int, str]:
        """Waits for the end of the socket; its code and reason."""
        await until(lambda: self.closed is not None, within)
        assert self.closed is not None
        return self.closed

    async def close(self) -> None:
        """Leaves."""
        await self.socket.close()
        if self._task is not None:
            await self._task


@dataclass(eq=False)
class World:
    """The processes and what a test needs of them."""

    settings: Settings
    kit: TestKit
    ours: TestCompany
    theirs: TestCompany
    folder: Path
    stack: AsyncExitStack
    push_port: int
    web_port: int
    push: asyncio.subprocess.Process
    tokens: dict[UUID, str] = field(default_factory=dict)

    async def another(self) -> tuple[int, asyncio.subprocess.Process]:
        """One more push process, which the test may kill."""
        return await self._process("push", self.settings, "push_port")

    async def another_with(self, **changed: Any) -> tuple[int, asyncio.subprocess.Process]:
        """One more push process with other settings."""
        return await self._process("push", self.settings.model_copy(update=changed), "push_port")

    async def another_web(self, settings: Settings) -> int:
        """One more web process with other settings."""
        return (await self._process("serve", settings, "port"))[0]

    async def _process(
        self, role: str, settings: Settings, named: str
    ) -> tuple[int, asyncio.subprocess.Process]:
        port = free_port()
        given = settings.model_dump(exclude_unset=True) | {named: port}
        log = self.folder / f"{role}-{port}.log"
        opened = process(role, Settings(**given), port, log)
        return port, await self.stack.enter_async_context(opened)

    async def token(self, user: User, company: TestCompany | None = None) -> str:
        """An access token by password; the same one for all of a person's pages."""
        company = company or self.ours
        if user.id in self.tokens:
            return self.tokens[user.id]
        async with company.client() as client:
            body = {"username": user.username, "password": PASSWORD}
            answer = await client.post("/api/v1/auth/login", json=body)
            self.tokens[user.id] = str(answer.json()["data"]["access_token"])
        return self.tokens[user.id]

    async def page(
        self,
        user: User | None = None,
        *,
        port: int | None = None,
        company: TestCompany | None = None,
        token: str | None = None,
        listen: bool = True,
        **more: Any,
    ) -> Page:
        """An open page of somebody, the admin unless told."""
        company = company or self.ours
        token = token or await self.token(user or company.admin, company)
        socket = await self.connect(port=port, company=company, token=token, **more)
        page = Page(socket)
        self.stack.push_async_callback(page.close)
        return page.listen() if listen else page

    async def connect(
        self,
        *,
        port: int | None = None,
        company: TestCompany | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> ClientConnection:
        """A socket, by token or by what the headers say."""
        slug = (company or self.ours).tenant.slug
        where: dict[str, Any] = {"host": "127.0.0.1", "port": port or self.push_port}
        protocols = None if token is None else [Subprotocol("bearer"), Subprotocol(token)]
        return await connect(
            f"ws://{slug}.localhost:{port or self.push_port}/api/v1/realtime",
            subprotocols=protocols,
            additional_headers=headers,
            compression=None,
            proxy=None,
            **(more if "sock" in more else where | more),
        )

    async def send(
        self, room: str, event: str, company: TestCompany | None = None, **data: Any
    ) -> None:
        """Sends with a transaction, as any process does."""
        services, tenant = self.kit.house.services, (company or self.ours).tenant
        async with committing(services.database.unit(Scope(tenant.id))) as unit:
            await services.live.send(unit, tenant.id, room, event, data)


@asynccontextmanager
async def open_world(settings: Settings, folder: Path) -> AsyncIterator[World]:
    """Web and push on a database of their own."""
    push_port, web_port = free_port(), free_port()
    settings = Settings(
        **settings.model_dump(exclude_unset=True)
        | {"push_port": push_port, "port": web_port}
        | {"push_url": f"http://127.0.0.1:{push_port}"}
    )
    async with AsyncExitStack() as stack:
        kit = await stack.enter_async_context(kit_on(settings))
        ours, theirs = await kit.company("board"), await kit.company("board")
        web = process("serve", settings, web_port, folder / "web.log")
        push = process("push", settings, push_port, folder / "push.log")
        await stack.enter_async_context(web)
        child = await stack.enter_async_context(push)
        yield World(settings, kit, ours, theirs, folder, stack, push_port, web_port, child)
