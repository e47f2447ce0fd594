"""A Redis that is away, late or silent costs one short wait and nothing afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from tests.core.jobs.house import until
from tests.engines import Engines

from maru.redis.addresses import asynchronous, sentinel_address
from maru.redis.link import Link
from maru.redis.roles import Redises
from maru.settings import SettingFault, Settings


class Proxy:
    """Stands before a Redis; while `holding` it accepts and forwards nothing."""

    def __init__(self, port: int) -> None:
        self.behind = port
        self.free = asyncio.Event()
        self.free.set()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up, down = await asyncio.open_connection("127.0.0.1", self.behind)
        self._writers += [writer, down]
        await asyncio.gather(self._pass(reader, down), self._pass(up, writer))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await self.free.wait()
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


@pytest.fixture
async def proxy(engines: Engines) -> AsyncIterator[Proxy]:
    proxy = Proxy(engines.cache.port)
    await proxy.open()
    yield proxy
    proxy.free.set()
    await proxy.close()


@asynccontextmanager
async def linked(proxy: Proxy, engines: Engines, wait: float) -> AsyncIterator[Link]:
    url = engines.cache.url.replace(str(engines.cache.port), str(proxy.port))
    link = Link("cache", asynchronous(url, wait=wait, connections=8), wait=wait)
    yield link
    await link.close()


@pytest.fixture
async def link(proxy: Proxy, engines: Engines) -> AsyncIterator[Link]:
    async with linked(proxy, engines, 0.05) as link:
        yield link


@pytest.fixture
async def patient(proxy: Proxy, engines: Engines) -> AsyncIterator[Link]:
    async with linked(proxy, engines, 10) as link:
        yield link


async def get(link: Link, key: str) -> bytes | str | None:
    return await link.attempt(lambda redis: redis.get(key), "away")


class TestLink:
    async def test_answers_what_redis_answers(self, link: Link) -> None:
        await link.attempt(lambda redis: redis.set("here", b"1"), None)
        assert await get(link, "here") == b"1"

    async def test_a_black_hole_costs_one_wait_and_then_nothing(
        self, link: Link, proxy: Proxy
    ) -> None:
        await get(link, "warm")
        proxy.free.clear()
        began = time.perf_counter()
        assert await asyncio.gather(*(get(link, "x") for _ in range(100))) == ["away"] * 100
        assert time.perf_counter() - began < 2  # a wait each would be five seconds
        began = time.perf_counter()
        for _ in range(1_000):
            assert await get(link, "x") == "away"
        assert time.perf_counter() - began < 2  # a wait each would be fifty
        assert not link.up

    async def test_comes_back_by_itself(self, link: Link, proxy: Proxy) -> None:
        returned: list[bool] = []
        link.on_return(lambda: returned.append(True))
        proxy.free.clear()
        assert await get(link, "x") == "away"
        proxy.free.set()
        await until(lambda: link.up)
        assert returned == [True]
        assert await get(link, "missing") is None

    async def test_refused_connections_are_away_too(self, link: Link, proxy: Proxy) -> None:
        await proxy.close()
        assert await get(link, "x") == "away"
        await proxy.open()
        await until(lambda: link.up)

    async def test_a_refusal_is_not_an_absence(self, link: Link) -> None:
        await link.attempt(lambda redis: redis.set("text", "a"), None)
        assert await link.attempt(lambda redis: redis.incr("text"), -1) == -1
        assert link.up

    async def test_an_answer_never_reaches_another_caller(self, patient: Link) -> None:
        """The cancelled command's late answer must not be the next command's."""
        link = patient
        keys = [f"self:{n}" for n in range(200)]
        await link.attempt(lambda redis: redis.mset({key: key for key in keys}), None)
        for n in range(0, 200, 2):
            doomed = asyncio.create_task(get(link, keys[n]))
            for _ in range(n % 7):
                await asyncio.sleep(0)
            doomed.cancel()
            assert await get(link, keys[n + 1]) == keys[n + 1].encode()
            await asyncio.gather(doomed, return_exceptions=True)


class TestCheck:
    async def test_accepts_the_right_servers(self, engines: Engines) -> None:
        redises = Redises(Settings(redis_url=engines.queue.url, redis_cache_url=engines.cache.url))
        await redises.check()
        await redises.close()

    async def test_a_queue_that_may_evict_is_refused_by_name(self, engines: Engines) -> None:
        settings = Settings(redis_queue_url=engines.cache.url, redis_cache_url=engines.cache.url)
        await refuses(settings, "MARU_REDIS_QUEUE_URL: .*maxmemory-policy allkeys-lru")

    async def test_a_queue_without_a_file_is_refused(self, engines: Engines) -> None:
        client = Redis.from_url(engines.cache.url)
        try:
            await client.config_set("maxmemory-policy", "noeviction")
            await refuses(Settings(redis_url=engines.cache.url), "MARU_REDIS_URL: .*append-only")
        finally:
            await client.config_set("maxmemory-policy", "allkeys-lru")
            await client.aclose()

    async def test_unreachable_is_one_line(self, engines: Engines) -> None:
        settings = Settings(
            redis_queue_url=engines.queue.url, redis_cache_url="redis://127.0.0.1:1/0"
        )
        message = await refuses(settings, "MARU_REDIS_CACHE_URL: can't reach Redis")
        assert "\n" not in message

    async def test_a_wrong_password_is_said(self, engines: Engines) -> None:
        wrong = f"redis://:wrong@127.0.0.1:{engines.queue.port}/0"
        await refuses(Settings(redis_url=wrong), "MARU_REDIS_URL: .*(password|auth)")

    def test_a_missing_url_is_said(self) -> None:
        with pytest.raises(SettingFault, match="MARU_REDIS_QUEUE_URL: is not set"):
            Redises(Settings(redis_cache_url="redis://localhost"))

    def test_a_sentinel_without_master_is_said(self) -> None:
        with pytest.raises(SettingFault, match="MARU_REDIS_URL: must name the master"):
            Redises(Settings(redis_url="redis+sentinel://one:26379,two:26379"))

    def test_sentinel_addresses_are_taken_apart(self) -> None:
        found = sentinel_address("rediss+sentinel://me:p%40ss@one,two:1234/master/3")
        assert found.hosts == (("one", 26379), ("two", 1234))
        assert found.login == {"username": "me", "password": "p@ss"}
        assert (found.master, found.database, found.tls) == ("master", 3, True)


async def refuses(settings: Settings, pattern: str) -> str:
    redises = Redises(settings)
    try:
        with pytest.raises(SettingFault, match=f"(?i){pattern}") as caught:
            await redises.check()
    finally:
        await redises.close()
    return str(caught.value)
