"""A database that hangs, without dying, holds a request only so long."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.core.api.conftest import Place
from tests.engines import Engines

from maru.api import work
from maru.db import unit

NOTE = {"name": "a note"}


@contextmanager
def hanging(engines: Engines) -> Iterator[None]:
    """Stops the server and everything that serves for it, and lets it go on afterwards."""
    pid = engines.server.pid
    assert pid is not None
    children = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    pids = [pid, *map(int, children)]
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in pids:
            os.kill(each, signal.SIGCONT)


async def test_a_write_is_refused_when_it_has_waited_enough(
    place: Place, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await place.writer("POST", "/api/v1/notes/notes", json=NOTE)).status == 201
    monkeypatch.setattr(work, "PATIENCE", 1.0)
    monkeypatch.setattr(unit, "UNDONE_WITHIN", 0.5)
    with hanging(engines):
        reply = await place.writer("POST", "/api/v1/notes/notes", json={"name": "another"})
    assert (reply.status, reply.code) == (503, "UNAVAILABLE")
    assert dict(reply.headers)["retry-after"]
    reply = await place.writer("POST", "/api/v1/notes/notes", json={"name": "a third"})
    assert reply.status == 201
    assert sorted(await place.names()) == ["a note", "a third"]
