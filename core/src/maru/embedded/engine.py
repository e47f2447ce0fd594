"""What PostgreSQL and Redis have in common as children: a locked folder, a port, a start, a stop.

The supervisor drives the parts (`prepare`, `command`, `settle`, `ready`) itself, since it restarts
what dies; tests and tools call `start` and `stop`.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Protocol, Self

from maru.embedded.fault import EngineFault
from maru.embedded.folder import Folder, alive
from maru.embedded.tether import Account, engine_account, tethered

__all__ = ["Engine", "EngineFault", "LocalEngine", "free_port", "is_free", "wheel_file"]

_KEPT = "kept.json"
_LONGEST_START = 60.0


class Engine(Protocol):
    """A server that somebody may start, use at its URL, and stop."""

    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class LocalEngine(ABC):
    """A server of a wheel, run as our child on a loopback port, with its data in one folder."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, data: Path) -> None:
        self.folder = Folder(data)
        self.log = self.folder.path / "server.log"
        self.account: Account | None = None
        self._kept: dict[str, str | int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> list[str]:
        """The command line of the server, tethered to the thread that spawns it."""

    @abstractmethod
    def settle(self) -> None:
        """Wait until nothing of an earlier server is at work on the data; clear its traces."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the server answers sign-ins now."""

    @abstractmethod
    def _make(self) -> None:
        """Make the data where it is missing, and see that it is of our version."""

    @property
    def port(self) -> int:
        return int(self._kept["port"])

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def password(self, role: str) -> str:
        return str(self._kept[role])

    def prepare(self) -> None:
        """Do all that comes before the spawn; afterwards `url` and `command()` hold."""
        self.account = engine_account()
        self._kept = self.folder.read(_KEPT)
        self.folder.open(self.settle)
        try:
            self.folder.require_space()
            self._kept = self.folder.read(_KEPT)
            self._make()
            self.settle()
            if not self._kept.get("port") or not is_free(self.port):
                self._keep(port=free_port())
        except BaseException:
            self.folder.close()
            raise

    def vacate(self) -> None:
        """See that no earlier server is at work in the folder, so that it may be removed."""
        if self.folder.path.exists():
            with suppress(EngineFault):
                self._kept = self.folder.read(_KEPT)
            self.folder.open(self.settle)
            self.folder.close()

    def start(self) -> None:
        """Start the server as a child of this thread and wait until it serves."""
        self.prepare()
        try:
            self._spawn()
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server in its clean way; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(self.stop_signal)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.folder.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep(self, **values: str | int) -> None:
        self._kept = {**self._kept, **values}
        self.folder.write(_KEPT, self._kept)

    def _keep_passwords(self, *roles: str) -> None:
        missing = {role: secrets.token_urlsafe(24) for role in roles if role not in self._kept}
        if missing:
            self._keep(**missing)

    def _tethered(self, *argv: str | Path) -> list[str]:
        return tethered(
            argv,
            stop=self.stop_signal.name.removeprefix("SIG"),
            account=self.account,
            reach=[Path(argv[0]), self.folder.path / "x"],
        )

    def _spawn(self) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                pass_fds=self.folder.inherited,
            )

    def _await_ready(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _LONGEST_START
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise EngineFault(str(self.folder.path), self.complaint(self.log))
            time.sleep(0.01)

    def complaint(self, log: Path) -> str:
        """The line of a log that says best why the server doesn't start."""
        lines = log.read_text("utf-8", "replace").strip().splitlines() or ["no reason in its log"]
        telling = [line for line in lines if any(word in line for word in _TELLING)]
        return f"{self.name} doesn't start: {(telling or lines)[-1].strip()}"


_TELLING = ("FATAL", "PANIC", "ERROR", "Fatal", "error", "Can't", "No space left", "denied")


def wheel_file(package: str, *inside: str) -> Path:
    """A file of an installed distribution, found without importing it."""
    spec = find_spec(package)
    path = Path(spec.origin).parent.joinpath(*inside) if spec and spec.origin else None
    if path is None or not path.exists():
        raise EngineFault(package, "isn't installed; run ./maru again, which installs it")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def end_stray(pid: int, program: str, how: signal.Signals, patience: float) -> None:
    """End a server whose parent is gone, the harder way when it takes too long."""
    with suppress(ProcessLookupError):
        os.kill(pid, how)
        end = time.monotonic() + patience
        while alive(pid, program):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
