"""What must be true of a database before anything serves from it, each fault in one line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from maru.db.scripts import CORE_MIGRATIONS, scripts_of
from maru.settings import SettingFault

MINIMUM = (15,)

_ROLE = """
SELECT current_setting('server_version_num')::int AS version,
       current_user AS role,
       (SELECT string_agg(r.rolname, ', ') FROM pg_roles r
         WHERE pg_has_role(current_user, r.oid, 'MEMBER') AND r.rolsuper) AS super,
       (SELECT string_agg(r.rolname, ', ') FROM pg_roles r
         WHERE pg_has_role(current_user, r.oid, 'MEMBER') AND r.rolbypassrls) AS bypass,
       (SELECT string_agg(DISTINCT n.nspname, ', ') FROM pg_namespace n
         WHERE (n.nspname = 'maru' OR n.nspname LIKE 'plugin\\_%')
           AND (pg_has_role(current_user, n.nspowner, 'MEMBER')
             OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid
                         AND pg_has_role(current_user, c.relowner, 'MEMBER')))) AS owns
"""


@asynccontextmanager
async def connection_fault(setting: str) -> AsyncIterator[None]:
    """Say in one line, naming the setting, why a server can't be used."""
    try:
        yield
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
        raise SettingFault(setting, "the server refuses this role or its password") from None
    except asyncpg.InvalidCatalogNameError as error:
        raise SettingFault(setting, f"the server says: {error}") from None
    except (OSError, TimeoutError) as error:
        raise SettingFault(setting, f"the server can't be reached ({_why(error)})") from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise SettingFault(setting, f"the server can't be used ({_why(error)})") from None


def _why(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


async def check_role(connection: asyncpg.Connection, setting: str) -> None:
    """Refuse a role that row-level security does not bind, and a server that is too old."""
    async with connection.transaction():
        problem = _problem(await connection.fetchrow(_ROLE)) or await _unmigrated(connection)
    if problem:
        raise SettingFault(setting, problem)


async def _unmigrated(connection: asyncpg.Connection) -> str | None:
    head = scripts_of(CORE_MIGRATIONS).get_current_head()
    try:
        found = await connection.fetchval("SELECT version_num FROM maru.alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return "the database is empty: run maru migrate"
    except asyncpg.InsufficientPrivilegeError:
        return "this role was not made by maru migrate: run it"
    return None if found == head else f"the database is at {found}, not {head}: run maru migrate"


def _problem(found: asyncpg.Record) -> str | None:
    role = f"the role {found['role']!r}"
    if found["version"] < MINIMUM[0] * 10_000:
        return f"PostgreSQL {MINIMUM[0]} or later is needed, this is {found['version'] // 10_000}"
    for kind, may in (("super", "is a superuser"), ("bypass", "bypasses row-level security")):
        if found[kind]:
            through = "" if found[kind] == found["role"] else f" (through {found[kind]})"
            return f"{role} {may}{through}; use one that owns nothing and can't"
    if found["owns"]:
        return f"{role} owns tables in {found['owns']}; use one that owns nothing"
    return None
