"""A Maru in which one plugin is trusted and one is not, each of whose processes is a real one."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.probe import answers
from maru.settings import Settings
from maru.testing import TestCompany, TestKit, environment, kit_on

STRANGER = Path(__file__).parents[2] / "plugins/stranger"
HALL = STRANGER.with_name("hall")


@dataclass
class Process:
    """The process of the stranger, started and killed by a test."""

    settings: Settings
    log: Path
    path: str
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("MARU_")}
        env = {**kept, **environment(self.settings), "PYTHONPATH": self.path}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "maru", "isolated", "stranger", "--tethered"],
                env=env,
                stdout=log,
                stderr=log,
            )
        ends = time.monotonic() + 60
        while not self.answers():
            assert self.running.poll() is None, self.log.read_text("utf-8")[-3000:]
            assert time.monotonic() < ends
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it answers now."""
        from maru.crypto.keys import Keys

        keys = Keys.open(self.settings.secret_key, self.settings.data)
        return answers(socket_of(self.settings.data, "stranger"), token_of(keys, "stranger"))

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
            await asyncio.to_thread(process.start)
            try:
                ours, theirs = await kit.company("hall", "stranger"), await kit.company("hall")
                async with ours.client(ours.admin) as admin:
                    yield Place(kit, settings, process, ours, theirs, admin, path)
            finally:
                process.kill()


async def eventually(holds: Callable[[], bool], within: float = 20.0) -> None:
    """Waits until it holds."""
    ends = time.monotonic() + within
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < ends
        await asyncio.sleep(0.05)
