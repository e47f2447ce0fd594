"""`maru demo`: engines, migration, two seeded tenants and all processes, in one folder."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from functools import partial
from pathlib import Path

import click

from maru.cli import say
from maru.cli.demo_folder import STRANGERS, DemoFolder
from maru.cli.gate import Gate
from maru.crypto.keys import Keys
from maru.embedded import EmbeddedPostgres, EmbeddedRedis
from maru.embedded.engine import LocalEngine, free_port, is_free
from maru.embedded.tether import tethered
from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.probe import answers
from maru.settings import DATABASES, REDIS, Fault, Settings, env_name, load_settings
from maru.supervisor import Child, Supervisor, served

TENANTS = ("hanbit", "saebom")
USERS = ("admin", "manager", "member")
OPERATOR = "operator"
PORT_PATIENCE = 3.0
_HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8400, show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MARU_DATA",
    default=Path(".maru"),
    help="Where everything is kept; .maru beside the launcher unless given.",
)
@click.option("--people", type=click.IntRange(1, 50_000), default=300, show_default=True)
@click.option("--password", help="For all users of the demo; drawn once where none is given.")
@click.option("--reset", is_flag=True, help="Forget the folder's data and begin anew.")
def command(port: int, data: Path, people: int, password: str | None, reset: bool) -> None:
    """Run everything here: engines, two tenants, all processes."""
    if password is not None and not (0 < len(password) <= 128 and password.isprintable()):
        raise Fault("--password: must have 1 to 128 printable characters")
    outer = load_settings(saved=False)
    demo = Demo(DemoFolder(data), outer, port)
    demo.prepare(password, reset=reset)
    asyncio.run(demo.run(people))


class Demo:
    """One demo: its folder, its engines unless the settings name servers, its processes."""

    def __init__(self, folder: DemoFolder, outer: Settings, port: int) -> None:
        self.folder = folder
        self.port = port
        self._push_port = free_port()
        self._began = time.monotonic()
        self._outer = outer
        self._postgres = None if outer.database_url else EmbeddedPostgres(folder.path / "postgres")
        self._queue = None if outer.redis_queue_url else EmbeddedRedis(folder.path / "queue")
        self._cache = (
            None if outer.redis_cache_url else EmbeddedRedis(folder.path / "cache", "cache")
        )

    @property
    def engines(self) -> dict[str, LocalEngine]:
        made = {"postgres": self._postgres, "queue": self._queue, "cache": self._cache}
        return {name: engine for name, engine in made.items() if engine is not None}

    def prepare(self, password: str | None, *, reset: bool) -> None:
        """Everything before the first process: folder, port, data of the engines."""
        self.folder.open()
        self._await_port()
        if reset:
            self._reset()
        self.folder.keep(password)
        if self._postgres is None:
            self._outer.require("database_url", "database_owner_url", "database_system_url")
        if self._postgres and not self._postgres.cluster.exists():
            say("Making a PostgreSQL database …")
        for engine in self.engines.values():
            engine.prepare()
        self.folder.save_settings(self._values())

    def _await_port(self) -> None:
        """A killed demo's processes may need a moment to be gone."""
        end = time.monotonic() + PORT_PATIENCE
        while not is_free(self.port, _HOST):
            if time.monotonic() > end:
                raise Fault(f"--port: {self.port} is in use; choose another one")
            time.sleep(0.05)

    def _reset(self) -> None:
        if self._postgres is None:
            raise Fault("--reset: the database is MARU_DATABASE_URL's; empty that one yourself")
        for engine in self.engines.values():
            engine.vacate()
        self.folder.clear()

    def _values(self) -> dict[str, str]:
        values = {
            "demo": "true",
            "host": _HOST,
            "port": str(self.port),
            "push_port": str(self._push_port),
            "push_url": f"http://{_HOST}:{self._push_port}",
            "data": str(self.folder.path),
            "instance": f"demo-{self.port}",
            "secret_key": self._outer.secret_key or self.folder.secret_key,
            "smtp_url": self._outer.smtp_url or (self.folder.path / "mail").as_uri(),
            "operator_tenants": ",".join(self._outer.operator_tenants or TENANTS[:1]),
            "trusted_plugins": ",".join(sorted({*workspace(), *self._outer.trusted_plugins})),
        }
        values |= {n: v for n in (*DATABASES, *REDIS) if (v := getattr(self._outer, n))}
        if self._postgres:
            values["database_url"] = self._postgres.app_url
            values["database_owner_url"] = self._postgres.owner_url
            values["database_system_url"] = self._postgres.system_url
        if self._queue:
            values["redis_queue_url"] = self._queue.url
            values["redis_live_url"] = self._outer.redis_live_url or self._queue.url
        if self._cache:
            values["redis_cache_url"] = self._cache.url
        return values

    @property
    def _strangers_file(self) -> Path:
        return self.folder.path / STRANGERS

    async def run(self, people: int) -> None:
        supervisor = Supervisor(self.folder.path, say, port=self.port)
        await supervisor.run(partial(self._plan, people=people))

    async def _plan(self, supervisor: Supervisor, people: int) -> None:
        engines = [_engine(name, engine) for name, engine in self.engines.items()]
        ground = await supervisor.keep(*engines)
        gate = Gate()
        web = supervisor.begin(self._web(gate))
        preparing = self._environment("owner", "system")
        preparing["MARU_DEMO_PASSWORD"] = self.folder.password
        words = ("prepare", "--people", str(people), "--strangers", str(self._strangers_file))
        await supervisor.step("prepare", _maru(*words), preparing)
        gate.open()
        await served(web)
        await supervisor.keep(
            Child("worker", lambda: _maru("worker"), env=self._environment()),
            Child("scheduler", lambda: _maru("scheduler"), env=self._environment("system")),
            self._push(),
            on=ground,
        )
        supervisor.begin(*(self._isolated(key) for key in self._strangers()), on=ground)
        if self._outer.demo_search:
            supervisor.begin(self._search(), on=ground)
        self._greet()

    def _strangers(self) -> list[str]:
        """The plugins that nobody has vouched for, as this start of the demo knows them."""
        return list(json.loads(self._strangers_file.read_text("utf-8")))

    def _isolated(self, key: str) -> Child:
        path = socket_of(self.folder.path, key)
        token = token_of(Keys.open(self._values()["secret_key"], self.folder.path), key)
        return Child(
            f"isolated-{key}",
            lambda: _maru("isolated", key, "--tethered"),
            env=self._environment(),
            ready=lambda: answers(path, token, 0.4),
            pulse=lambda: answers(path, token),
            spare=True,
        )

    def _web(self, gate: Gate) -> Child:
        return Child(
            "serve",
            lambda: _maru("serve", "--gate", str(gate.handle)),
            env=self._environment(),
            ready=lambda: not gate.is_closed and is_listening(self.port),
            inherited=(gate.handle,),
            held=lambda: gate.is_closed,
        )

    def _search(self) -> Child:
        """What searches can do without: it takes seconds and half a gigabyte to begin."""
        return Child("search", lambda: _maru("search"), env=self._environment(), spare=True)

    def _push(self) -> Child:
        return Child(
            "push",
            lambda: _maru("push"),
            env=self._environment("system"),
            ready=lambda: is_listening(self._push_port),
        )

    def _environment(self, *roles: str) -> dict[str, str]:
        """The environment of a child, with the database roles that it needs and no other."""
        shown = {f"database_{role}_url" for role in roles}
        hidden = {"database_owner_url", "database_system_url"} - shown
        values = {n: v for n, v in self._values().items() if n not in hidden}
        ours = {env_name(name) for name in (*self._values(), *hidden, "redis_url")}
        ours |= {f"{name}_FILE" for name in ours}
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return kept | {env_name(name): value for name, value in values.items()}

    def _greet(self) -> None:
        say(f"\nMaru runs (started in {time.monotonic() - self._began:.1f} s).\n")
        base = self._outer.base_domain
        for tenant in TENANTS:
            say(f"  http://{tenant}.{base}:{self.port}")
        say(f"\nPrograms that don't resolve *.{base} name the tenant in a header:")
        for tenant in TENANTS:
            say(f"  curl -H 'X-Maru-Tenant: {tenant}' http://{_HOST}:{self.port}/")
        say(f"\nSign in as {', '.join(USERS[:-1])} or {USERS[-1]}: {self.folder.password}")
        say(f"Operators: http://{base}:{self.port}/operator as {OPERATOR}, with the same password")
        say(f"Logs: {self.folder.path / 'logs'}   Ctrl-C stops everything.")


def workspace() -> list[str]:
    """The plugins that come with this checkout: whoever starts its demo vouches for them."""
    plugins = Path(__file__).parents[4] / "plugins"
    found = plugins.glob("*/pyproject.toml") if plugins.is_dir() else ()
    return sorted(file.parent.name for file in found)


def _engine(name: str, engine: LocalEngine) -> Child:
    return Child(
        name,
        engine.command,
        before=engine.settle,
        ready=engine.ready,
        stop=engine.stop_signal,
        inherited=engine.folder.inherited,
        patience=30.0,
    )


def is_listening(port: int) -> bool:
    try:
        socket.create_connection((_HOST, port), 0.4).close()
    except OSError:
        return False
    return True


def _maru(*words: str) -> list[str]:
    return tethered([sys.executable, "-m", "maru", *words])
