"""A Maru in which one plugin is trusted and one is not, each of whose processes is a real one."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient
from tests.core.mail.servers import MailServer, mail_server
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.db.scope import Scope
from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.probe import answers
from maru.settings import Settings
from maru.testing import TestCompany, TestKit, environment, kit_on

STRANGER = Path(__file__).parents[2] / "plugins/stranger"
HALL, WANDERER = STRANGER.with_name("hall"), STRANGER.with_name("wanderer")
OUT = "127.0.0.9"
"""Where a machine of the world stands: the only address of ours that may be called."""


@dataclass
class Process:
    """The process of an isolated plugin, started and killed by a test."""

    settings: Settings
    log: Path
    path: str
    key: str = "stranger"
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("MARU_")}
        env = {**kept, **environment(self.settings), "PYTHONPATH": self.path}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "maru", "isolated", self.key, "--tethered"],
                env=env,
                stdout=log,
                stderr=log,
            )
        ends = time.monotonic() + 150
        while not self.answers():
            assert self.running.poll() is None, self.log.read_text("utf-8")[-3000:]
            assert time.monotonic() < ends
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it answers now."""
        from maru.crypto.keys import Keys

        keys = Keys.open(self.settings.secret_key, self.settings.data)
        return answers(socket_of(self.settings.data, self.key), token_of(keys, self.key))

    def kill(self) -> None:
        """Kill it."""
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()
            self.running = None


@dataclass(frozen=True)
class Place:
    """Everything that a test asks for."""

    kit: TestKit
    settings: Settings
    process: Process
    ours: TestCompany
    theirs: TestCompany
    admin: AsyncClient
    strangers_path: str
    made: list[str] = field(default_factory=list)

    async def data(self, path: str, **body: object) -> object:
        """What the API answers to the admin."""
        url = f"/api/v1/stranger{path}"
        answer = await (self.admin.post(url, json=body) if body else self.admin.get(url))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    async def sql(self, *statements: str) -> tuple[int, str]:
        """What the stranger gets for statements of its own."""
        answer = await self.admin.post("/api/v1/stranger/sql", json={"texts": list(statements)})
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shelf with both plugins on this process's path; the answer is PYTHONPATH for others."""
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    shelf.add_project(HALL)
    shelf.add_project(STRANGER)
    found = os.pathsep.join(map(str, [shelf.folder, HALL / "src", STRANGER / "src"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        patch.setenv("PYTHONPATH", found)
        yield found
    shelf.forget()


@pytest.fixture(scope="module")
async def place(
    engines: Engines, template: str, path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """Everything, running."""
    data = tmp_path_factory.mktemp("data")
    async with copy_of(engines, template) as name:
        given = {"trusted_plugins": ["hall", "board"], "data": data}
        settings = settings_for(engines, name, **given)
        async with kit_on(settings) as kit:
            process = Process(settings, data / "stranger.log", path)
            try:
                await asyncio.to_thread(process.start)
                ours, theirs = await kit.company("hall", "stranger"), await kit.company("hall")
                async with ours.client(ours.admin) as admin:
                    yield Place(kit, settings, process, ours, theirs, admin, path)
            finally:
                process.kill()


@dataclass(frozen=True)
class Side:
    """A Maru with the wanderer, isolated or trusted, and what it may reach."""

    kit: TestKit
    settings: Settings
    process: Process | None
    ours: TestCompany
    theirs: TestCompany
    admin: AsyncClient
    mail: MailServer
    path: str

    @property
    def isolated(self) -> bool:
        """Whether the wanderer runs in a process of its own."""
        return self.process is not None

    async def post(self, path: str, **body: object) -> Any:
        """What the API answers to the admin."""
        answer = await self.admin.post(f"/api/v1/wanderer{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    async def notes(self) -> list[str]:
        """The notes that there are."""
        answer = await self.admin.get("/api/v1/wanderer/notes")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"]["texts"])

    async def rows(self, statement: str) -> list[Any]:
        """What stands in the tenant's tables."""
        scope = Scope(self.ours.tenant.id)
        async with self.kit.house.database.unit(scope, readonly=True) as unit:
            return [tuple(row) for row in await unit.db.execute(sa.text(statement))]

    async def told(self) -> list[tuple[str, str, Any]]:
        """What open pages of the tenant were told with a transaction."""
        asked = sa.text(
            "SELECT room, event, data FROM maru.live_message WHERE tenant_id = :id ORDER BY number"
        ).bindparams(sa.bindparam("id", type_=sa.Uuid))
        async with self.kit.system.unit(Scope(None), readonly=True) as unit:
            rows = await unit.db.execute(asked, {"id": self.ours.tenant.id})
            return [(row.room, row.event, json.loads(row.data)) for row in rows]


@asynccontextmanager
async def side_of(
    engines: Engines, template: str, shelf: Shelf, data: Path, mail: MailServer, *, isolated: bool
) -> AsyncIterator[Side]:
    """The wanderer on engines that run already, the hall beside it."""
    path = os.pathsep.join(map(str, [shelf.folder, HALL / "src", WANDERER / "src"]))
    trusted = ["hall", "board", *(() if isolated else ("wanderer",))]
    given = {
        "trusted_plugins": trusted,
        "data": data,
        "outside_allow": [f"{OUT}/32"],
        "smtp_url": f"smtp://127.0.0.1:{mail.port}",
        "mail_from": "maru@example.com",
    }
    async with copy_of(engines, template) as name:
        settings = settings_for(engines, name, **given)
        async with kit_on(settings) as kit:
            process = Process(settings, data / "wanderer.log", path, "wanderer")
            try:
                if isolated:
                    await asyncio.to_thread(process.start)
                ours, theirs = (
                    await kit.company("hall", "wanderer"),
                    await kit.company("hall", "wanderer"),
                )
                running = process if isolated else None
                async with ours.client(ours.admin) as admin:
                    yield Side(kit, settings, running, ours, theirs, admin, mail, path)
            finally:
                process.kill()


@pytest.fixture(scope="module")
def wanderers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A shelf with the wanderer and the hall, on this process's path and that of its children."""
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    shelf.add_project(HALL)
    shelf.add_project(WANDERER)
    found = os.pathsep.join(map(str, [shelf.folder, HALL / "src", WANDERER / "src"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        patch.setenv("PYTHONPATH", found)
        yield shelf
    shelf.forget()


@pytest.fixture(scope="module", params=["isolated", "trusted"])
async def side(
    request: pytest.FixtureRequest,
    engines: Engines,
    template: str,
    wanderers: Shelf,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Side]:
    """The same plugin, both ways."""
    data, isolated = tmp_path_factory.mktemp("data"), request.param == "isolated"
    with mail_server() as mail:
        async with side_of(engines, template, wanderers, data, mail, isolated=isolated) as made:
            yield made


@pytest.fixture(scope="module")
async def alone(
    engines: Engines, template: str, wanderers: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Side]:
    """The wanderer isolated."""
    data = tmp_path_factory.mktemp("data")
    with mail_server() as mail:
        async with side_of(engines, template, wanderers, data, mail, isolated=True) as made:
            yield made


async def eventually(holds: Callable[[], bool], within: float = 20.0) -> None:
    """Waits until it holds."""
    ends = time.monotonic() + within
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < ends
        await asyncio.sleep(0.05)
