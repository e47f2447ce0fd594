"""What the doctor asks PostgreSQL: version, clock, rights of the roles, row-level security."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import asyncpg

from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.db.walk import walk
from maru.settings import Settings, env_name

OLDEST = 150000
_CLOCK_LIMIT = 2.0
_SERVING = ("database_url", "database_system_url")

_ROLE = """
SELECT r.rolsuper AS super, r.rolbypassrls AS bypass,
  (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
  + (SELECT count(*) FROM pg_namespace WHERE nspowner = r.oid)
  + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid)
  + (SELECT count(*) FROM pg_database WHERE datdba = r.oid) AS owned,
  (SELECT string_agg(o.rolname, ', ') FROM pg_roles o
    WHERE o.oid <> r.oid AND (o.rolsuper OR o.rolbypassrls)
    AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS stronger,
  has_function_privilege('pg_catalog.set_config(text, text, boolean)', 'EXECUTE') AS set_config
FROM pg_roles r WHERE r.rolname = current_user
"""


async def database_findings(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for name in _SERVING:
        variable = env_name(name)
        url = getattr(settings, name)
        if not url:
            findings.append(fault(variable, "is not set", f"set {variable}"))
            continue
        try:
            async with _connected(url) as connection:
                findings += await _examine(connection, name)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            findings.append(_unreachable(variable, url, error))
    return findings


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=5, command_timeout=20)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def _examine(connection: asyncpg.Connection, name: str) -> list[Finding]:
    findings = await _role(connection, name)
    if name == "database_url":
        findings = [await _version(connection), await _clock(connection), *findings]
        findings += await _row_security(connection)
    return findings


async def _version(connection: asyncpg.Connection) -> Finding:
    number = int(await connection.fetchval("SHOW server_version_num"))
    state = f"version {number // 10_000}.{number % 10_000}"
    if number < OLDEST:
        return fault("PostgreSQL", f"{state} is too old", "move to PostgreSQL 15 or later")
    return fine("PostgreSQL", state)


async def _clock(connection: asyncpg.Connection) -> Finding:
    began = time.monotonic()
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    late = (time.monotonic() - began) / 2
    apart = abs((datetime.now(UTC) - theirs).total_seconds() - late)
    state = f"{apart:.2f} s from the database's"
    if apart > _CLOCK_LIMIT:
        return fault("clock", state, "timedatectl set-ntp true (on both machines)")
    return fine("clock", state)


async def _role(connection: asyncpg.Connection, name: str) -> list[Finding]:
    role = await connection.fetchval("SELECT current_user")
    may = await connection.fetchrow(_ROLE)
    subject = f"role {role}"
    findings = []
    if may["super"] or may["bypass"]:
        mend = f'ALTER ROLE "{role}" NOSUPERUSER NOBYPASSRLS;'
        findings.append(fault(subject, "could bypass row-level security", mend))
    if may["stronger"]:
        mend = f'REVOKE {may["stronger"]} FROM "{role}";'
        findings.append(fault(subject, f"may become {may['stronger']}, which can bypass", mend))
    if may["owned"]:
        mend = f'as the owner: REASSIGN OWNED BY "{role}" TO <owner>;  then ./maru migrate'
        findings.append(fault(subject, f"owns {may['owned']} objects", mend))
    if may["set_config"] and name == "database_url":
        mend = "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;"
        findings.append(note(subject, "may call set_config, so SQL could change its tenant", mend))
    return findings or [fine(subject, "owns nothing and can't bypass row-level security")]


async def _row_security(connection: asyncpg.Connection) -> list[Finding]:
    subject = "row-level security"
    faults = await walk(connection)
    if not faults:
        return [fine(subject, "is on and forced on every table")]
    return [fault(subject, each, "./maru migrate") for each in faults]


def _unreachable(variable: str, url: str, error: Exception) -> Finding:
    server = urlsplit(url).netloc.rpartition("@")[2]
    reason = str(error).strip().splitlines() or ["no answer within 5 s"]
    if isinstance(error, ConnectionRefusedError):
        reason = ["connection refused"]
    mend = "start the server (or ./maru demo where it is the demo's), or correct the address"
    return fault(variable, f"{server}: {reason[0]}", mend)
