"""Connections as Maru wants them: the scope travels in one message with BEGIN.

A scope that is a statement of its own costs a round trip, and a cancelled caller can leave a
transaction without it. In one message there is no moment between the two. What a transaction does
last goes along with COMMIT in the same way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import asyncpg
from sqlalchemy.engine import Connection as SyncConnection

from maru.db.plans import Plans

Connect = Callable[..., Awaitable[asyncpg.Connection]]
SCOPE = "maru_begin"


class ScopedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose BEGIN carries the statements in `maru_begin`, and whose next COMMIT those
    in `maru_commit`."""

    maru_begin = ""
    maru_commit = ""
    _server_caps: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Before it looks up a type that it doesn't know (an enum, `name[]`), asyncpg would turn JIT
        # off by set_config, which the roles that serve may not call.
        self._server_caps = self._server_caps._replace(jit=False)
        self.plans = Plans()

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Execute a statement; BEGIN and COMMIT go out together with what is to go along."""
        if not args and query.startswith("BEGIN"):
            query = f"{query} {self.maru_begin}"
        elif not args and self.maru_commit and query.startswith("COMMIT"):
            return await self._commit(query)
        result: str = await super().execute(query, *args, **options)
        return result

    async def _commit(self, query: str) -> str:
        last, self.maru_commit = self.maru_commit, ""
        try:
            result: str = await super().execute(f"{last}; {query}")
        except asyncpg.PostgresError:
            if self.is_in_transaction():  # COMMIT was not reached, and nobody would undo it
                await super().execute("ROLLBACK")
            raise
        return result


def on_begin(connection: SyncConnection) -> None:
    """Hand the scope of this transaction to the connection, which sends it with BEGIN."""
    scope = connection.get_execution_options().get(SCOPE, "")
    driver = connection.connection.driver_connection
    assert isinstance(driver, ScopedConnection)
    driver.maru_begin = scope
    driver.maru_commit = ""


def server_url(url: str) -> str:
    """Give the form of a URL that asyncpg reads."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def role_of(url: str) -> str:
    """Name the role that a URL signs in as."""
    return unquote(urlsplit(url).username or "")


def as_role(url: str, role: str, password: str) -> str:
    """Give the URL of the same database for another role."""
    found = urlsplit(url)
    place = found.netloc.rpartition("@")[2]
    return found._replace(netloc=f"{quote(role)}:{quote(password)}@{place}").geturl()


def password_of(url: str) -> str | None:
    """Give the password in a URL."""
    found = urlsplit(url).password
    return None if found is None else unquote(found)


def connector(url: str, *, application: str, pooled: bool, timeout: float = 10.0) -> Connect:
    """Make the function that opens a connection; behind a pooler nothing is prepared by name."""
    given: dict[str, Any] = {
        "dsn": server_url(url),
        "timeout": timeout,
        "connection_class": ScopedConnection,
    }
    if pooled:
        given["statement_cache_size"] = 0
    else:
        given["server_settings"] = {"application_name": application}

    async def connect(*_: Any, **__: Any) -> asyncpg.Connection:
        """Sign in to the end even if the caller leaves: half a handshake is noise on both sides."""
        signing_in = asyncio.ensure_future(asyncpg.connect(**given))
        try:
            return await asyncio.shield(signing_in)
        except asyncio.CancelledError:
            signing_in.add_done_callback(_drop)
            raise

    return connect


def _drop(signed_in: "asyncio.Future[asyncpg.Connection]") -> None:
    if not signed_in.cancelled() and signed_in.exception() is None:
        signed_in.result().terminate()


async def behind_pooler(connection: asyncpg.Connection) -> bool:
    """Tell whether a pooler stands between: then the process named at sign-in is not the one."""
    async with connection.transaction():
        actual = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(actual != connection.get_server_pid())


async def close_quietly(connection: asyncpg.Connection) -> None:
    """Close a connection, or drop it where the server no longer answers."""
    try:
        await connection.close(timeout=2)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
