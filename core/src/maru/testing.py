"""What stands behind the fixtures of `maru_sdk.testing`: a running Maru on engines of its own."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from httpx2 import ASGITransport, AsyncClient

from maru.access.permissions import ADMIN, MANAGER, MEMBER
from maru.apart import Errand
from maru.api.edge import Edge
from maru.app import serving
from maru.db.database import Database
from maru.db.explain import plan, scans
from maru.db.migrate import migrate_async
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.embedded import EmbeddedPostgres, EmbeddedRedis
from maru.events.delivery import Delivery
from maru.house import House, open_house
from maru.identity.hangul import initials
from maru.identity.models import Person
from maru.identity.sign_in import fold
from maru.isolated.preparing import Strangers
from maru.jobs.catalog import Catalog
from maru.jobs.relay import wake_parked
from maru.jobs.runner import Runner
from maru.observability.log import Journal
from maru.plugins.context import open_call
from maru.plugins.isolated.remote import nowhere
from maru.plugins.isolated.trust import EVERYONE, Isolation
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru.tenancy.founding import found_tenant
from maru.worker import catalog_of, runner_of
from maru_sdk import Context, ContextSeed, Tenant, User
from maru_sdk.db import uuid7

PEOPLE = {"admin": ("관리자", ADMIN), "manager": ("박팀장", MANAGER), "member": ("이사원", MEMBER)}
PASSWORD = "correct horse battery staple"  # noqa: S105

_DUE = sa.text(
    "SELECT tenant_id, id FROM maru.job WHERE state = 'waiting' AND due_at <= now() ORDER BY id"
)


@dataclass(frozen=True, kw_only=True)
class TestCompany:
    """See `maru_sdk.testing.Company`."""

    kit: "TestKit" = field(repr=False)
    tenant: Tenant
    admin: User
    manager: User
    member: User
    key: str

    @asynccontextmanager
    async def context(
        self, actor: User | None = None, *, readonly: bool = False
    ) -> AsyncIterator[Context]:
        """A context of the plugin under test."""
        seed = self.seed(actor)
        async with open_call(self.kit.house.services, seed, readonly=readonly) as call:
            yield call.ctx(self.key)

    def seed(self, actor: User | None = None) -> ContextSeed:
        """The seed of a context, as `admin` unless told."""
        who = actor or self.admin
        return ContextSeed(tenant=self.tenant.id, plugin=self.key, actor=who.id)

    def client(self, actor: User | None = None) -> AbstractAsyncContextManager[AsyncClient]:
        """A client, signed in by password where an actor is given."""
        return self._client(actor)

    @asynccontextmanager
    async def _client(self, actor: User | None) -> AsyncIterator[AsyncClient]:
        transport = ASGITransport(self.kit.edge)
        url = f"http://{self.tenant.slug}.localhost"
        async with AsyncClient(transport=transport, base_url=url, timeout=30) as session:
            if actor is not None:
                body = {"username": actor.username, "password": PASSWORD}
                answer = await session.post("/api/v1/auth/login", json=body)
                token = answer.json()["data"]["access_token"]
                session.headers["authorization"] = f"Bearer {token}"
            yield session

    async def enable(self, *keys: str) -> None:
        """Switches plugins on, as the admin."""
        for key in keys:
            await self._switch(key, on=True)

    async def disable(self, *keys: str) -> None:
        """Switches plugins off, as the admin."""
        for key in keys:
            await self._switch(key, on=False)

    async def _switch(self, key: str, *, on: bool) -> None:
        services = self.kit.house.services
        async with open_call(services, self.seed()) as call:
            switch = services.switchboard.enable if on else services.switchboard.disable
            await switch(call, key)
        await self.kit.house.signals.poll()


@dataclass(frozen=True, kw_only=True)
class TestKit:
    """See `maru_sdk.testing.Kit`."""

    house: House
    edge: Edge
    system: Database
    catalog: Catalog
    delivery: Delivery
    runner: Runner
    password_hash: str = field(repr=False)

    async def company(self, *keys: str) -> TestCompany:
        """A new tenant with three people in which these plugins are on."""
        slug = f"t{secrets.token_hex(5)}"
        founded = await found_tenant(self.system, self.house.signals, slug, "시험회사")
        await self.house.tenants.load()
        people = await self._people(founded.id)
        tenant = self.house.tenants.by_id(founded.id)
        assert tenant is not None
        company = TestCompany(kit=self, tenant=tenant, key=keys[0] if keys else "core", **people)
        await company.enable(*keys)
        return company

    async def _people(self, tenant_id: UUID) -> dict[str, User]:
        people = {
            name: User(id=uuid7(), username=name, name=shown) for name, (shown, _) in PEOPLE.items()
        }
        roles = self.house.rights.roles
        async with committing(self.house.database.unit(Scope(tenant_id))) as unit:
            rows = [_row(person, self.password_hash) for person in people.values()]
            await unit.db.execute(sa.insert(Person), rows)
            await roles.begin(unit)
            for name, (_, role) in PEOPLE.items():
                await roles.grant(unit, role, "person", people[name].id)
        return people

    async def work(self) -> int:
        """Delivers events, wakes what was parked and runs due jobs until there are none; returns
        the number of jobs."""
        done = 0
        while True:
            while await self.delivery.step():
                pass
            await wake_parked(self.system, self.catalog, self.house.gate.on)
            due = await self._due()
            if not due:
                return done
            for tenant_id, job_id in due:
                await self.runner.run(tenant_id, job_id)
            done += len(due)

    async def _due(self) -> Sequence[Any]:
        async with self.system.unit(Scope(None), readonly=True) as unit:
            return (await unit.db.execute(_DUE)).all()

    async def explain(self, company: TestCompany, query: Any, **args: Any) -> list[str]:
        """The tables that a query reads from end to end although it needn't."""
        connection = await asyncpg.connect(self.house.settings.database_url)
        try:
            scope, page = Scope(company.tenant.id), args.pop("page", None)
            await connection.execute("SET enable_seqscan = off")
            return list(scans(await plan(connection, scope, query, args, page=page)))
        finally:
            await connection.close()

    def run_apart(self, seed: ContextSeed, kind: str, name: str, ask: str | None = None) -> str:
        """Runs a handler in another process."""
        errand = Errand(seed=seed, kind=kind, name=name, ask=ask)
        done = subprocess.run(  # our own interpreter and module
            [sys.executable, "-m", "maru.apart"],
            input=errand.model_dump_json(),
            env=os.environ | environment(self.house.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return done.stdout


@asynccontextmanager
async def open_kit() -> AsyncIterator[TestKit]:
    """Engines, migrations of every installed plugin, a house and its edge, for one session."""
    with running_engines() as settings:
        async with kit_on(settings) as kit:
            yield kit


@asynccontextmanager
async def kit_on(settings: Settings) -> AsyncIterator[TestKit]:
    """The same on engines that run already."""
    strangers = await Strangers.look(settings)
    host = PluginHost.load({}, strict=True, isolation=Isolation(strangers.trust, nowhere))
    await migrate_async(settings, plugins=migrations(host))
    await strangers.settle(settings, lambda _: None)
    async with (
        open_house(settings) as house,
        serving(house, Journal("test", "ERROR")) as edge,
        await Database.open(settings.database_system_url, pool_size=2) as system,
    ):
        hashed, catalog = await house.sessions.passwords.hash(PASSWORD), catalog_of(house)
        tenant, on = house.tenants.by_id, house.gate.on
        yield TestKit(
            house=house,
            edge=edge,
            system=system,
            catalog=catalog,
            delivery=Delivery(system, house.signals, catalog, tenant, on),
            runner=runner_of(house),
            password_hash=hashed,
        )


@contextmanager
def running_engines() -> Iterator[Settings]:
    """A PostgreSQL and two Redis in a folder of their own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="maru-kit-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            server = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
            queue = stack.enter_context(EmbeddedRedis(folder / "queue", "queue"))
            cache = stack.enter_context(EmbeddedRedis(folder / "cache", "cache"))
            yield Settings(
                database_url=server.app_url,
                database_owner_url=server.owner_url,
                database_system_url=server.system_url,
                redis_url=queue.url,
                redis_cache_url=cache.url,
                data=folder,
                secret_key=secrets.token_hex(32),
                instance="test",
                trusted_plugins=[EVERYONE],
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _row(person: User, password_hash: str) -> dict[str, object]:
    return {
        "id": person.id,
        "username": person.username,
        "username_key": fold(person.username),
        "name": person.name,
        "initials": initials(person.name),
        "password_hash": password_hash,
    }


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process reads them."""
    given = settings.model_dump(mode="json", exclude_unset=True)
    return {f"MARU_{name.upper()}": said(value) for name, value in given.items()}


def said(value: object) -> str:
    """A setting's value as a variable holds it."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
