"""What the doctor asks PostgreSQL: version, clock, rights of the roles, row-level security."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.db.check import check_role, connection_fault
from maru.db.connection import connector, role_of
from maru.db.roles import SYSTEM, Roles
from maru.db.walk import walk
from maru.settings import SettingFault, Settings, env_name

_CLOCK_LIMIT = 2.0
_PATIENCE = 5.0
_SERVING = ("database_url", "database_system_url")
_SET_CONFIG = "pg_catalog.set_config(text, text, boolean)"


async def database_findings(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for name in _SERVING:
        variable = env_name(name)
        if not getattr(settings, name):
            findings.append(fault(variable, "is not set", f"set {variable}"))
            continue
        try:
            async with _connected(settings, name) as connection:
                findings += await _examine(connection, settings, name)
        except SettingFault as unreachable:
            mend = "start the server (./maru demo, where it is the demo's) or correct the address"
            findings.append(fault(variable, unreachable.problem, mend))
    return findings


@asynccontextmanager
async def _connected(settings: Settings, name: str) -> AsyncIterator[asyncpg.Connection]:
    open_connection = connector(
        getattr(settings, name), application="maru doctor", pooled=True, timeout=_PATIENCE
    )
    async with connection_fault(env_name(name)):
        connection = await open_connection()
    try:
        yield connection
    finally:
        await connection.close(timeout=_PATIENCE)


async def _examine(connection: asyncpg.Connection, settings: Settings, name: str) -> list[Finding]:
    findings = [await _role(connection, name)]
    if name == "database_url":
        findings = [await _version(connection), await _clock(connection), *findings]
        findings += await _set_config(connection)
        findings += await _row_security(settings)
    return findings


async def _version(connection: asyncpg.Connection) -> Finding:
    return fine("PostgreSQL", f"version {await connection.fetchval('SHOW server_version')}")


async def _clock(connection: asyncpg.Connection) -> Finding:
    began = time.monotonic()
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    late = (time.monotonic() - began) / 2
    apart = abs((datetime.now(UTC) - theirs).total_seconds() - late)
    state = f"{apart:.2f} s from the database's"
    if apart > _CLOCK_LIMIT:
        return fault("clock", state, "timedatectl set-ntp true (on both machines)")
    return fine("clock", state)


async def _role(connection: asyncpg.Connection, name: str) -> Finding:
    """What would keep the role from serving: it owns something, it bypasses, it is too old."""
    role = await connection.fetchval("SELECT current_user")
    try:
        await check_role(connection, env_name(name))
    except SettingFault as refused:
        return fault(f"role {role}", refused.problem, _mend(role, refused.problem))
    return fine(f"role {role}", "owns nothing and can't bypass row-level security")


def _mend(role: str, problem: str) -> str:
    if "migrate" in problem:
        return "./maru migrate"
    if "too old" in problem or "or later" in problem:
        return "move to PostgreSQL 15 or later"
    if "superuser" in problem or "bypasses" in problem:
        return f'ALTER ROLE "{role}" NOSUPERUSER NOBYPASSRLS; and REVOKE what it inherits that from'
    return f'REASSIGN OWNED BY "{role}" TO the role of MARU_DATABASE_OWNER_URL; ./maru migrate'


async def _set_config(connection: asyncpg.Connection) -> list[Finding]:
    if not await connection.fetchval(f"SELECT has_function_privilege('{_SET_CONFIG}', 'EXECUTE')"):
        return []
    mend = f"REVOKE EXECUTE ON FUNCTION {_SET_CONFIG} FROM PUBLIC;"
    return [note("set_config", "is open to the serving role: SQL could change its tenant", mend)]


async def _row_security(settings: Settings) -> list[Finding]:
    subject = "row-level security"
    found = await _walk(settings)
    if not found:
        return [fine(subject, "is on and forced on every table of a tenant")]
    return [fault(subject, each, "./maru migrate") for each in found]


async def _walk(settings: Settings) -> list[str]:
    roles = Roles(
        role_of(settings.database_url) or "", role_of(settings.database_system_url) or SYSTEM
    )
    connect = connector(settings.database_url, application="maru doctor", pooled=True)
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args={"async_creator_fn": connect}, poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            return [str(each) for each in await connection.run_sync(walk, roles)]
    finally:
        await engine.dispose()
