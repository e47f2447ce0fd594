"""A call keeps its time, size and secrets; a bad receiver hurts only whoever calls it."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import certify
from tests.core.outside.others import (
    LOOPBACK,
    Asked,
    NameServer,
    answer,
    ask,
    elsewhere,
    machine,
    secure,
    way_out,
)

from maru.embedded.engine import free_port
from maru.outside.addresses import Opened
from maru.outside.messages import Malformed
from maru.outside.receivers import FAILURES, REST, Receivers
from maru_sdk import RateLimited, Temporary
from maru_sdk.db import uuid7
from maru_sdk.http import AddressRefused, AnswerTooLarge, HttpRefused, Unreachable

MB = 1 << 20


class TestAnswers:
    async def test_bodies_go_there_and_come_back(self) -> None:
        said = answer(201, '{"a": "한글"}'.encode(), content_type="application/json", X_A="1")
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            given: dict[str, Any] = {
                "method": "POST",
                "json": {"b": "글"},
                "params": {"q": "a b", "r": [1, 2]},
            }
            found = await outside.call(ask(made.url("/p?x=1"), **given))
        assert (found.status, found.json(), found.headers["x-a"]) == (201, {"a": "한글"}, "1")
        (asked,) = made.asked
        assert asked.line == "POST /p?x=1&q=a+b&r=1&r=2 HTTP/1.1"
        assert (asked.body, asked.headers["content-type"]) == (
            '{"b":"글"}'.encode(),
            "application/json",
        )
        assert asked.headers["host"] == f"127.0.0.1:{made.port}"

    async def test_a_form(self) -> None:
        async with machine() as made, way_out(LOOPBACK) as outside:
            await outside.call(ask(made.url(), method="POST", data={"a": "한 글", "b": "&"}))
        assert made.asked[0].body == b"a=%ED%95%9C+%EA%B8%80&b=%26"

    async def test_other_character_sets_are_read(self) -> None:
        said = answer(200, "한글".encode("cp949"), content_type="text/html; charset=euc-kr")
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            assert (await outside.call(ask(made.url()))).text == "한글"

    @pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 410, 422])
    async def test_other_statuses_are_answers(self, status: int) -> None:
        async with machine(answer(status, b"")) as made, way_out(LOOPBACK) as outside:
            found = await outside.call(ask(made.url()))
        assert found.status == status
        if status < 300:
            assert found.raise_for_status() is found
        else:
            with pytest.raises(HttpRefused, match=str(status)):
                found.raise_for_status()

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    async def test_its_failure_is_temporary(self, status: int) -> None:
        async with machine(answer(status)) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(Unreachable) as failed:
                await outside.call(ask(made.url()))
        assert isinstance(failed.value, Temporary)

    @pytest.mark.parametrize(
        ("said", "after"),
        [("120", 120), ("", 60), ("soon", 60), ("-1", 60), ("9" * 30, 86_400)],
    )
    async def test_its_limit_is_kept(self, said: str, after: float) -> None:
        async with machine(answer(429, Retry_After=said)) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(RateLimited) as limited:
                await outside.call(ask(made.url()))
        assert limited.value.after == after

    async def test_no_json_is_said(self) -> None:
        async with machine(answer(200, b"<html>")) as made, way_out(LOOPBACK) as outside:
            found = await outside.call(ask(made.url()))
        with pytest.raises(Unreachable):
            found.json()

    async def test_nobody_there(self) -> None:
        async with way_out(LOOPBACK) as outside:
            with pytest.raises(Unreachable):
                await outside.call(ask(f"http://127.0.0.1:{free_port()}/"))

    async def test_no_such_name(self) -> None:
        async with way_out(resolve=NameServer()) as outside:
            with pytest.raises(Unreachable):
                await outside.call(ask("http://nowhere.example.com/"))

    async def test_of_two_addresses_the_one_that_answers(self) -> None:
        names = NameServer(two_example_com=["127.0.0.8 127.0.0.1"])
        async with machine() as made, way_out(LOOPBACK, resolve=names) as outside:
            assert (await outside.call(ask(made.url(host="two.example.com")))).status == 200


class TestHeaders:
    @pytest.mark.parametrize(
        "bad",
        [
            {"X-A": "1\r\nX-B: 2"},
            {"X-A": "1\n2"},
            {"X-A": "1\x00"},
            {"X-A\r\nX-B": "1"},
            {"X A": "1"},
            {"": "1"},
            {"X-A:": "1"},
            {"X-한": "1"},
            {"X-A": "한글"},
            {"Host": "inner"},
            {"host": "inner"},
            {"Content-Length": "0"},
            {"Transfer-Encoding": "chunked"},
            {"Connection": "upgrade"},
            {"Proxy-Authorization": "Basic x"},
        ],
    )
    async def test_none_begins_another(self, bad: dict[str, str]) -> None:
        async with machine() as made, way_out(LOOPBACK) as outside:
            with pytest.raises(Malformed):
                await outside.call(ask(made.url(), headers=bad))
        assert made.connections == 0

    @pytest.mark.parametrize("method", ["get", "GET /", "GET\r\n", "CONNECT", "", "GET HTTP/1.1"])
    async def test_no_method_is_another_request(self, method: str) -> None:
        async with machine() as made, way_out(LOOPBACK) as outside:
            with pytest.raises(Malformed):
                await outside.call(ask(made.url(), method=method))
        assert made.connections == 0

    async def test_the_trace_goes_along(self) -> None:
        async with machine() as made, way_out(LOOPBACK) as outside:
            await outside.call(ask(made.url(), trace="a" * 32))
        version, trace, span, flags = made.asked[0].headers["traceparent"].split("-")
        assert (version, trace, len(span), flags) == ("00", "a" * 32, 16, "01")

    async def test_no_cookie_is_kept(self) -> None:
        said = answer(200, set_cookie="a=b; Path=/")
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            await outside.call(ask(made.url()))
            await outside.call(ask(made.url()))
        assert "cookie" not in made.asked[1].headers


SECRETS = {"Authorization": "Bearer s3", "Cookie": "s3", "X-Api-Key": "s3", "Accept": "text/html"}


class TestRedirects:
    async def test_within_an_origin_everything_goes_along(self) -> None:
        leads = [answer(302, location="/b?c=d"), answer(200, b"there")]
        async with machine(*leads) as made, way_out(LOOPBACK) as outside:
            found = await outside.call(ask(made.url(), headers=SECRETS))
        assert found.text == "there"
        assert made.asked[1].line == "GET /b?c=d HTTP/1.1"
        assert made.asked[1].headers["authorization"] == "Bearer s3"

    async def test_across_origins_no_secret_does(self) -> None:
        async with machine() as other:
            lead = answer(302, location=other.url("/x"))
            async with elsewhere(lead) as port, way_out(LOOPBACK) as outside:
                url = f"http://127.0.0.9:{port}/"
                found = await outside.call(ask(url, headers=SECRETS, trace="a" * 32))
        assert found.status == 200
        (asked,) = other.asked
        assert "s3" not in str(asked.headers)
        assert asked.headers["accept"] == "text/html"
        assert asked.headers["traceparent"]

    @pytest.mark.parametrize(
        ("status", "method", "body"),
        [
            (301, "GET", b""),
            (302, "GET", b""),
            (303, "GET", b""),
            (307, "POST", b"b"),
            (308, "POST", b"b"),
        ],
    )
    async def test_what_becomes_of_a_post(self, status: int, method: str, body: bytes) -> None:
        leads = [answer(status, location="/b"), answer()]
        async with machine(*leads) as made, way_out(LOOPBACK) as outside:
            await outside.call(ask(made.url(), method="POST", content=b"b"))
        assert (made.asked[1].line.split()[0], made.asked[1].body) == (method, body)

    async def test_five_and_no_more(self) -> None:
        async with machine(answer(302, location="/")) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(HttpRefused, match="without end"):
                await outside.call(ask(made.url()))
        assert len(made.asked) == 6

    async def test_none_leads_from_https_to_http(self, tmp_path: Path) -> None:
        made = certify(tmp_path, "127.0.0.1")
        async with (
            machine() as plain,
            secure(made.serving(), answer(302, location=plain.url())) as port,
            way_out(LOOPBACK, trust=made.trusting()) as outside,
        ):
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"https://127.0.0.1:{port}/"))
        assert plain.connections == 0


class TestCertificates:
    """The address is dialled by number; the certificate is checked for the name."""

    async def test_the_right_name(self, tmp_path: Path) -> None:
        made, names = (
            certify(tmp_path, "www.example.com"),
            NameServer(www_example_com=["127.0.0.1"]),
        )
        async with (
            secure(made.serving(), answer()) as port,
            way_out(LOOPBACK, resolve=names, trust=made.trusting()) as outside,
        ):
            assert (await outside.call(ask(f"https://www.example.com:{port}/"))).text == "ok"

    @pytest.mark.parametrize("name", ["other.example.com", "127.0.0.1"])
    async def test_another_name(self, tmp_path: Path, name: str) -> None:
        made, names = certify(tmp_path, name), NameServer(www_example_com=["127.0.0.1"])
        async with (
            secure(made.serving(), answer()) as port,
            way_out(LOOPBACK, resolve=names, trust=made.trusting()) as outside,
        ):
            with pytest.raises(Unreachable):
                await outside.call(ask(f"https://www.example.com:{port}/"))

    async def test_an_authority_that_nobody_knows(self, tmp_path: Path) -> None:
        made = certify(tmp_path, "127.0.0.1")
        async with secure(made.serving(), answer()) as port, way_out(LOOPBACK) as outside:
            with pytest.raises(Unreachable):
                await outside.call(ask(f"https://127.0.0.1:{port}/"))


class TestBounds:
    async def test_a_black_hole_costs_its_time(self) -> None:
        async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(600)

        async with machine(saying=silent) as made, way_out(LOOPBACK) as outside:
            began = time.monotonic()
            with pytest.raises(Unreachable, match=r"longer than 0\.3 s"):
                await outside.call(ask(made.url(), seconds=0.3))
            assert time.monotonic() - began < 20

    async def test_a_drip_is_cut(self) -> None:
        async def drips(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _byte in range(100_000):
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.01)

        async with machine(saying=drips) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(Unreachable, match="longer"):
                await outside.call(ask(made.url(), seconds=0.5))

    async def test_too_much_is_refused_before_it_comes(self) -> None:
        said = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000001\r\n\r\n"
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(AnswerTooLarge):
                await outside.call(ask(made.url()))

    async def test_a_gigabyte_is_cut_and_memory_stays_flat(self) -> None:
        async def pours(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            for _part in range(1024):
                writer.write(bytes(MB))
                await writer.drain()

        async with machine(saying=pours) as made, way_out(LOOPBACK) as outside:
            assert await peak_of(outside.call(ask(made.url(), limit=2 * MB))) < 60 * MB

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    async def test_a_small_parcel_that_unpacks_to_a_gigabyte_is_cut(self, encoding: str) -> None:
        plain = bytes(100 * MB)
        packed = gzip.compress(plain, 1) if encoding == "gzip" else zlib.compress(plain, 1)
        said = answer(200, packed, content_encoding=encoding)
        assert len(packed) < MB
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            assert await peak_of(outside.call(ask(made.url(), limit=2 * MB))) < 60 * MB

    async def test_what_is_packed_is_unpacked(self) -> None:
        said = answer(200, gzip.compress("한글".encode()), content_encoding="gzip")
        async with machine(said) as made, way_out(LOOPBACK) as outside:
            assert (await outside.call(ask(made.url()))).text == "한글"

    @pytest.mark.parametrize(
        "said",
        [
            answer(200, b"no gzip", content_encoding="gzip"),
            answer(200, gzip.compress(b"a" * 999, mtime=0)[:20], content_encoding="gzip"),
            answer(200, b"a", content_encoding="br"),
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab",
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",
        ],
    )
    async def test_nonsense_is_the_others_fault(self, said: bytes) -> None:
        async def says_and_leaves(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            await writer.drain()
            writer.close()

        async with machine(saying=says_and_leaves) as made, way_out(LOOPBACK) as outside:
            with pytest.raises(Unreachable):
                await outside.call(ask(made.url()))


class TestBreaker:
    async def test_one_that_keeps_failing_is_left_in_peace_by_that_tenant_alone(self) -> None:
        async with machine(answer(500)) as made, way_out(LOOPBACK) as outside:
            for _ in range(FAILURES + 4):
                with pytest.raises(Unreachable):
                    await outside.call(ask(made.url()))
            assert len(made.asked) == FAILURES
            with pytest.raises(Unreachable):
                await outside.call(ask(made.url(), tenant_id=uuid7()))
            assert len(made.asked) == FAILURES + 1

    async def test_after_a_rest_one_call_tries(self) -> None:
        now = [1_000.0]
        receivers, tenant = Receivers(lambda: now[0]), uuid7()
        for _ in range(FAILURES):
            async with receivers.turn(tenant, "a", 80) as receiver:
                receiver.failed()
        now[0] += REST
        async with receivers.turn(tenant, "a", 80) as receiver:
            with pytest.raises(Unreachable):
                receiver.check()
            receiver.answered()
        async with receivers.turn(tenant, "a", 80):
            pass

    async def test_a_slow_receiver_slows_nobody_else(self) -> None:
        """Fifty calls that hang, by one tenant: others' take at most twice their usual time, and
        an allowance for this machine."""

        async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(600)

        async with (
            machine(saying=silent) as slow,
            machine() as quick,
            way_out(LOOPBACK) as outside,
        ):

            async def round_of_calls() -> float:
                began, other = time.monotonic(), uuid7()
                for _ in range(40):
                    await outside.call(ask(quick.url(), tenant_id=other))
                return time.monotonic() - began

            await round_of_calls()
            alone = await round_of_calls()
            hanging = [
                asyncio.create_task(outside.call(ask(slow.url(), seconds=60))) for _ in range(50)
            ]
            async with asyncio.timeout(30):
                while slow.connections == 0:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            beside = await round_of_calls()
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        assert slow.connections <= 8
        assert beside < 2 * alone + 1

    async def test_what_is_failing_is_remembered_within_bounds(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("maru.outside.receivers.REMEMBERED", 10)
        receivers, tenant = Receivers(), uuid7()
        for number in range(100):
            async with receivers.turn(tenant, f"h{number}", 80) as receiver:
                receiver.failed()
        assert len(receivers._kept) <= 10


class TestProxy:
    async def test_calls_go_through_it(self) -> None:
        names = NameServer(www_example_com=["93.184.215.14"])
        async with machine(answer(200, b"by proxy")) as proxy:
            given = {"proxy": f"http://me:pw@127.0.0.1:{proxy.port}", "resolve": names}
            async with way_out(**given) as outside:  # type: ignore[arg-type]
                assert (await outside.call(ask("http://www.example.com/a"))).text == "by proxy"
        assert proxy.asked[0].line == "GET http://www.example.com/a HTTP/1.1"
        assert proxy.asked[0].headers["proxy-authorization"] == "Basic bWU6cHc="

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://10.0.0.1/", "http://inner.example.com/"]
    )
    async def test_the_house_isnt_reached_through_it_either(self, url: str) -> None:
        names = NameServer(inner_example_com=["10.1.2.3"])
        async with machine() as proxy:
            given = {"proxy": f"http://127.0.0.1:{proxy.port}", "resolve": names}
            async with way_out(**given) as outside:  # type: ignore[arg-type]
                with pytest.raises(AddressRefused):
                    await outside.call(ask(url))
        assert proxy.connections == 0


async def test_calls_are_counted_by_plugin() -> None:
    told: list[tuple[str, str]] = []
    count = {"told": lambda plugin, seconds, failure: told.append((plugin, failure))}
    async with machine(answer(), answer(500)) as made, way_out(LOOPBACK, **count) as outside:
        await outside.call(ask(made.url()))
        for url in (made.url(), "http://10.0.0.1/"):
            with pytest.raises((Unreachable, AddressRefused)):
                await outside.call(ask(url))
    assert told == [("kinds", ""), ("kinds", "OUTSIDE_UNREACHABLE"), ("kinds", "ADDRESS_REFUSED")]


async def test_connections_are_used_again() -> None:
    async with machine() as made, way_out(LOOPBACK) as outside:
        for _ in range(5):
            await outside.call(ask(made.url()))
    assert (made.connections, len(made.asked)) == (1, 5)


async def test_a_caller_who_gives_up_leaves_nothing_behind() -> None:
    async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(600)

    async with machine(saying=silent) as made, way_out(Opened.of(["127.0.0.1"])) as outside:
        for _ in range(30):
            task = asyncio.create_task(outside.call(ask(made.url())))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert outside._pool.connections == []


async def peak_of(call: object) -> int:
    """The most memory that a call took that is refused for its size."""
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge):
            await call  # type: ignore[misc]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
