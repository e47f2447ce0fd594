"""Clients from the URLs that operators write: one server, Sentinel or a cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
import redis.asyncio as aredis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry as BlockingRetry

SENTINEL_PORT = 26379

# redis-py leaves these without types.
_ASYNC_SENTINEL: Any = Sentinel
_SENTINEL: Any = redis.Sentinel


@dataclass(frozen=True)
class SentinelAddress:
    """`redis+sentinel://user:password@host:26379,host:26379/mymaster/0`, taken apart."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    database: int
    login: dict[str, str]
    tls: bool


Met = Callable[[str], None]


def asynchronous(
    url: str, *, wait: float, connections: int, met: Met | None = None
) -> aredis.Redis:
    """A client whose every step ends within `wait` seconds and which never retries by itself.

    `met` hears from each new connection which run of which server it leads to (not of a cluster).
    """
    options: dict[str, Any] = {
        "socket_timeout": wait,
        "socket_connect_timeout": wait,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    scheme = urlsplit(url).scheme
    if scheme.endswith("+cluster"):
        plain = url.replace("+cluster", "", 1)
        # Only the little that Redis and RedisCluster share is used, so one type stands for both.
        cluster: Any = RedisCluster.from_url(plain, max_connections=connections, **options)
        return cast(aredis.Redis, cluster)
    if scheme.endswith("+sentinel"):
        address = sentinel_address(url)
        sentinel = _ASYNC_SENTINEL(address.hosts, sentinel_kwargs=options, **options)
        master = sentinel.master_for(
            address.master,
            db=address.database,
            ssl=address.tls,
            max_connections=connections,
            redis_connect_func=_greeting(met),
            **address.login,
        )
        return cast(aredis.Redis, master)
    options["redis_connect_func"] = _greeting(met)
    pool = aredis.BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=wait, **options
    )
    return aredis.Redis.from_pool(pool)


def _greeting(met: Met | None) -> Any:
    """What a new connection does first."""
    if met is None:
        return None

    async def greet(connection: AbstractConnection) -> None:
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        try:
            said = cast(bytes, await connection.read_response()).decode()
        except ResponseError:
            return  # a server that tells nothing of itself
        met(said.partition("run_id:")[2].partition("\r")[0])

    return greet


def blocking(url: str, *, wait: float) -> redis.Redis:
    """A client for threads, as dramatiq wants one."""
    options: dict[str, Any] = {
        "socket_timeout": wait,
        "socket_connect_timeout": wait,
        "retry": BlockingRetry(NoBackoff(), 0),
        "protocol": 2,
    }
    if urlsplit(url).scheme.endswith("+sentinel"):
        address = sentinel_address(url)
        sentinel = _SENTINEL(address.hosts, sentinel_kwargs=options, **options)
        master = sentinel.master_for(
            address.master,
            redis_class=Blocking,
            db=address.database,
            ssl=address.tls,
            **address.login,
        )
        return cast(redis.Redis, master)
    return Blocking.from_url(url, **options)


class Blocking(redis.Redis):
    """Says "connection lost" for a time-out too, the only fault that dramatiq knows how to mend."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except redis.TimeoutError as error:
            raise redis.ConnectionError(str(error)) from error


def sentinel_address(url: str) -> SentinelAddress:
    """Take a Sentinel URL apart; ValueError says what is missing."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    master, _, database = parts.path.strip("/").partition("/")
    if not master:
        raise ValueError("must name the master: redis+sentinel://host:26379/mymaster/0")
    options = dict(parse_qsl(parts.query))
    return SentinelAddress(
        hosts=tuple(_host(host) for host in hosts.split(",") if host),
        master=master,
        database=int(database or options.get("db") or 0),
        login=_login(login),
        tls=parts.scheme.startswith("rediss"),
    )


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port or SENTINEL_PORT)


def _login(text: str) -> dict[str, str]:
    user, _, password = text.partition(":")
    found = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in found.items() if value}
