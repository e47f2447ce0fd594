"""`maru migrate`: core's tables first, then each plugin's as the role that owns its schema alone.

Every plugin migrates in a transaction of its own, with row-level security, grants and the walk of
the catalogue inside it: one that fails is as it was before, and the others go on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from maru.db.check import MINIMUM, connection_fault
from maru.db.connection import as_role, close_quietly, connector
from maru.db.failures import keep_failures
from maru.db.harden import harden, open_core_to, tables
from maru.db.named import SCHEMA, VERSIONS
from maru.db.roles import (
    Echo,
    Roles,
    close_isolated,
    ensure_isolated,
    ensure_plugin,
    ensure_serving,
    let_sign_in,
    plugin_role,
    plugin_schema,
    quoted,
    run,
    shut_out,
    sqlstate,
)
from maru.db.scripts import CORE, CORE_MIGRATIONS, PluginMigrations, scripts_of
from maru.db.strangers import brought_along
from maru.db.walk import walk
from maru.settings import SettingFault, Settings
from maru_sdk._tables import NAMES
from maru_sdk.db import uuid7

T = TypeVar("T")
Apart = Callable[[str], None]

OWNER = "MARU_DATABASE_OWNER_URL"
_LOCK = 0x6D617275  # "maru"
_BUSY = ("55P03", "40P01")  # lock not available, deadlock
_DENIED = "42501"
_FORGET = sa.text("DELETE FROM maru.plugin_described")
_KEEP = sa.text(
    "INSERT INTO maru.plugin_described (id, key, version, content, fault)"
    " VALUES (:id, :key, :version, :content, :fault)"
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("content", type_=JSONB))
_WAITS = (0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Outcome:
    """How the migration of one plugin went; `error` is why it stays where it was."""

    key: str
    revision: str | None
    error: str | None = None


@dataclass(frozen=True)
class MigrationReport:
    """How `maru migrate` went."""

    core: Outcome
    plugins: tuple[Outcome, ...] = ()

    @property
    def failed(self) -> dict[str, str]:
        """The plugins to set aside, each with its reason."""
        return {found.key: found.error for found in self.plugins if found.error is not None}


class WalkFailed(Exception):
    """The migrated tables are not all behind the tenant's wall."""


@dataclass
class Migrator:
    """Runs migrations as the owner, one at a time in the whole database."""

    engine: AsyncEngine
    roles: Roles
    settings: Settings
    echo: Echo = field(default=lambda _: None)

    async def migrate(self, plugins: Sequence[PluginMigrations]) -> MigrationReport:
        """Bring core and every plugin to their heads."""
        async with self._alone():
            await self._begin()
            core = await self._transact(lambda c: self._upgrade(c, CORE_MIGRATIONS))
            outcomes = [await self._migrate_plugin(plugin) for plugin in plugins]
            report = MigrationReport(Outcome(CORE, core), tuple(outcomes))
            await self._transact(lambda c: keep_failures(c, report.failed))
        return report

    async def isolate(self, key: str, password: str, apart: Apart | None) -> None:
        """Give an isolated plugin its role and, where it has migrations, its tables.

        `apart` runs the migrations in a process of its own as the role that owns the plugin's
        schema, at the URL that it is given; that role may sign in for as long as this takes.
        WalkFailed where the tables aren't behind the wall: then nobody may sign in as the plugin.
        """
        async with self._alone():
            await self._transact(lambda c: close_isolated(c, key))
            await self._transact(lambda c: ensure_plugin(c, key, self.roles))
            await self._transact(lambda c: open_core_to(c, plugin_role(key)))
            if apart is not None:
                await self._migrate_apart(key, apart)
            await self._transact(lambda c: self._let_in(c, key, password))

    async def _migrate_apart(self, key: str, apart: Apart) -> None:
        role, password = plugin_role(key), secrets.token_hex(24)
        url = as_role(self.settings.database_owner_url, role, password)
        await self._transact(lambda c: let_sign_in(c, role, password))
        try:
            await asyncio.to_thread(apart, url)
        finally:
            await self._transact(lambda c: shut_out(c, role))

    def _let_in(self, connection: Connection, key: str, password: str) -> None:
        ensure_isolated(connection, key, password, self.settings, self.echo)
        run(connection, f"SET LOCAL ROLE {quoted(plugin_role(key))}")
        run(connection, f"SET LOCAL search_path = {quoted(plugin_schema(key))}, pg_catalog")
        harden(connection, plugin_schema(key), self.roles)
        run(connection, "SET LOCAL ROLE NONE")
        schema = plugin_schema(key)
        findings = walk(connection, self.roles, schemas=[schema])
        findings += brought_along(connection, schema)
        if findings:
            raise WalkFailed("; ".join(map(str, findings)))

    async def keep(self, rows: Mapping[str, Mapping[str, Any]], trusted: Iterable[str]) -> None:
        """Keep what isolated plugins declare, and let nobody in for those that are trusted."""

        def work(connection: Connection) -> None:
            connection.execute(_FORGET)
            for key, row in rows.items():
                connection.execute(_KEEP, {"id": uuid7(), "key": key, **row})
            for key in trusted:
                close_isolated(connection, key)

        await self._transact(work)

    async def downgrade(self, plugin: PluginMigrations, revision: str = "base") -> None:
        """Take a schema back to a revision."""
        async with self._alone():
            await self._transact(lambda c: self._move(c, plugin, revision, up=False))

    async def _migrate_plugin(self, plugin: PluginMigrations) -> Outcome:
        try:
            revision = await self._transact(lambda c: self._upgrade(c, plugin))
        except (Exception, SystemExit) as error:  # the wall around a plugin's code
            reason = _reason(error)
            self.echo(f"{plugin.key}: not migrated: {reason}")
            return Outcome(plugin.key, None, reason)
        return Outcome(plugin.key, revision)

    async def _begin(self) -> None:
        try:
            await self._transact(self._prepare)
        except DBAPIError as error:
            if sqlstate(error) != _DENIED:
                raise
            problem = f"the role may not make roles and schemas ({_reason(error)})"
            raise SettingFault(OWNER, problem) from None

    def _prepare(self, connection: Connection) -> None:
        version = connection.dialect.server_version_info
        if version is None or version < MINIMUM:
            raise SettingFault(OWNER, f"PostgreSQL {MINIMUM[0]} or later is needed")
        ensure_serving(connection, self.settings, self.roles, self.echo)
        run(connection, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")

    def _upgrade(self, connection: Connection, plugin: PluginMigrations) -> str | None:
        if plugin.key != CORE:
            ensure_plugin(connection, plugin.key, self.roles)
            open_core_to(connection, plugin_role(plugin.key))
        return self._move(connection, plugin, "head", up=True)

    def _move(
        self, connection: Connection, plugin: PluginMigrations, revision: str, *, up: bool
    ) -> str | None:
        if plugin.key != CORE:
            run(connection, f"SET LOCAL ROLE {quoted(plugin_role(plugin.key))}")
        run(connection, f"SET LOCAL search_path = {quoted(plugin.schema)}, pg_catalog")
        reached = run_scripts(connection, plugin, revision, up=up, echo=self.echo)
        harden(connection, plugin.schema, self.roles)
        run(connection, "SET LOCAL ROLE NONE")
        findings = walk(connection, self.roles, schemas=[plugin.schema])
        if findings:
            raise WalkFailed("; ".join(map(str, findings)))
        return reached

    async def _transact(self, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction that never makes readers queue behind its locks."""
        for wait in (*_WAITS, None):
            try:
                async with self.engine.begin() as connection:
                    await connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
                    await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                    return await connection.run_sync(work)
            except DBAPIError as error:
                if wait is None or sqlstate(error) not in _BUSY:
                    raise
                self.echo("a table is in use, trying again")
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the lock that a second `maru migrate` waits for."""
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if not await _locked(connection):
                self.echo("another maru migrate is at work, waiting for it")
                await connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
            try:
                yield
            finally:
                await connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")


async def _locked(connection: AsyncConnection) -> bool:
    answer = await connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})")
    return bool(answer.scalar_one())


def _reason(error: BaseException) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    first = said.splitlines()[0] if said else ""
    return f"{type(error).__name__}: {first}" if not isinstance(error, WalkFailed) else first


def run_scripts(
    connection: Connection, plugin: PluginMigrations, revision: str, *, up: bool, echo: Echo
) -> str | None:
    scripts = scripts_of(plugin)

    def steps(current: Any, _: MigrationContext) -> Any:
        found = scripts._upgrade_revs if up else scripts._downgrade_revs
        return found(revision, current)

    def said(step: Any) -> None:
        echo(f"{plugin.key}: {step.up_revision_id}")

    environment = EnvironmentContext(Config(), scripts, fn=steps, destination_rev=revision)
    with environment:
        environment.configure(
            connection=connection,
            target_metadata=sa.MetaData(naming_convention=NAMES),
            version_table=VERSIONS,
            version_table_schema=plugin.schema,
            on_version_apply=lambda step, **_: said(step),
        )
        environment.run_migrations()
        return environment.get_context().get_current_revision()


def drift(connection: Connection, plugin: PluginMigrations, models: sa.MetaData) -> list[Any]:
    """List what models and migrated tables disagree about; nothing, if migrations are whole."""

    left = {VERSIONS, *(one.name for one in tables(connection, plugin.schema) if one.partition)}

    def ours(found: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or (found.schema == plugin.schema and name not in left)

    def named(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "schema" or name == plugin.schema

    options = {
        "include_schemas": True,
        "include_name": named,
        "include_object": ours,
        "compare_type": True,
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, models))


@asynccontextmanager
async def migrator(settings: Settings, echo: Echo = lambda _: None) -> AsyncIterator[Migrator]:
    """Connect as the owner; a server that can't be reached is a SettingFault."""
    roles = Roles.of(settings)
    connect = connector(settings.database_owner_url, application="maru migrate", pooled=False)
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args={"async_creator_fn": connect}, poolclass=NullPool
    )
    async with connection_fault(OWNER):
        await close_quietly(await connect())
    try:
        yield Migrator(engine, roles, settings, echo)
    finally:
        await engine.dispose()


async def migrate_async(
    settings: Settings,
    echo: Echo = lambda _: None,
    plugins: Sequence[PluginMigrations] = (),
) -> MigrationReport:
    """Migrate core and these plugins."""
    async with migrator(settings, echo) as work:
        return await work.migrate(plugins)


def migrate(
    settings: Settings,
    echo: Echo = lambda _: None,
    plugins: Callable[[], Sequence[PluginMigrations]] = tuple,
) -> MigrationReport:
    """Migrate core and the plugins that `plugins()` finds; blocks until done."""
    return asyncio.run(migrate_async(settings, echo, plugins()))
