"""Nothing inside the house is reached from `ctx.http`, however it is spelled."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest
from tests.core.outside.others import (
    LOOPBACK,
    Machine,
    NameServer,
    answer,
    ask,
    elsewhere,
    machine,
    way_out,
)

from maru.outside.addresses import PORTS, Opened, public
from maru.outside.targets import read
from maru.outside.wires import Names
from maru_sdk import MaruError
from maru_sdk.http import AddressRefused, Unreachable

SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0X7F.0X0.0X0.0X1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0.0.01:{port}/",
    "http://00000177.0.0.1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.1..:{port}/",
    "http://127.0.0.256:{port}/",
    "http://4294967297:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0.0:{port}/",
    "http://0x:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::7f00:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[2001:4860::5efe:7f00:1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fe80::1%lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://[::1:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://127｡0｡0｡1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\r\nHost: example.com/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nX-Injected: 1",
    "http://127.0.0.1:{port}/a b",
    "http://127.0.0.1\x00:{port}/",
    "http://[::1]\u200b:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET%20/",
    "ldap://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "ws://127.0.0.1:{port}/",
    "HTTP+UNIX://127.0.0.1:{port}/",
    "javascript:fetch('http://127.0.0.1:{port}/')",
    "data:text/plain,hello",
    "",
    "http://",
    "http:///",
    "http://:{port}/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:{port}{port}{port}/",
]

UNKNOWN_HERE = (AddressRefused, Unreachable)  # not every system has this name


@pytest.fixture
async def sentinel() -> AsyncIterator[Machine]:
    """A server on loopback that nobody may reach, by whatever way."""
    async with machine() as made:
        yield made
        assert made.connections == 0
        # A sentinel that can't be hit would prove nothing.
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.readline()
        writer.close()


def test_there_are_enough_of_them() -> None:
    assert len(set(SPELLINGS)) >= 60


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_loopback(sentinel: Machine, spelling: str) -> None:
    async with way_out() as outside:
        with pytest.raises(UNKNOWN_HERE if "localdomain" in spelling else AddressRefused):
            await outside.call(ask(spelling.replace("{port}", str(sentinel.port))))


async def test_nothing_is_said_of_what_a_name_leads_to(sentinel: Machine) -> None:
    names = NameServer(inner_example_com=["10.9.8.7"])
    async with way_out(resolve=names) as outside:
        with pytest.raises(AddressRefused) as refused:
            await outside.call(ask(f"http://inner.example.com:{sentinel.port}/"))
    assert "10.9.8.7" not in f"{refused.value} {refused.value.details}"


class TestNames:
    """A name says nothing; what it resolves to is looked at, all of it, once."""

    @pytest.mark.parametrize(
        "found",
        [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "fd00:ec2::254",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "93.184.215.14 127.0.0.1",
            "2606:4700::1111 ::1",
        ],
    )
    async def test_a_name_of_something_inside_is_refused(
        self, sentinel: Machine, found: str
    ) -> None:
        names = NameServer(www_example_com=[found])
        async with way_out(resolve=names) as outside:
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"http://www.example.com:{sentinel.port}/"))

    async def test_a_name_that_changes_its_mind_gains_nothing(self, sentinel: Machine) -> None:
        """The name server says something public first and loopback from then on: the number that
        was looked at is the number that is dialled."""
        names = NameServer(www_example_com=["192.0.9.1", "127.0.0.1"])
        async with way_out(resolve=names) as outside:
            with pytest.raises(Unreachable):
                await outside.call(ask(f"http://www.example.com:{sentinel.port}/", seconds=0.5))
        assert names.asked == ["www.example.com"]

    async def test_it_is_asked_again_for_the_next_connection(self, sentinel: Machine) -> None:
        names = NameServer(www_example_com=["192.0.9.1", "127.0.0.1"])
        async with way_out(resolve=names) as outside:
            url = f"http://www.example.com:{sentinel.port}/"
            with pytest.raises(Unreachable):
                await outside.call(ask(url, seconds=0.5))
            with pytest.raises(AddressRefused):
                await outside.call(ask(url))

    async def test_the_systems_own_names_are_asked(self) -> None:
        names = Names()
        try:
            assert ip_address("127.0.0.1") in await names("localhost", 80)
        finally:
            names.close()


class TestRedirects:
    """Each hop is looked at like the first."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_one_into_the_house_is_refused(self, sentinel: Machine, status: int) -> None:
        lead = answer(status, location=f"http://inner.example.com:{sentinel.port}/")
        names = NameServer(outer_example_com=["127.0.0.9"], inner_example_com=["127.0.0.1"])
        opened = Opened.of(["127.0.0.9"])
        async with elsewhere(lead) as port, way_out(opened, resolve=names) as outside:
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"http://outer.example.com:{port}/"))

    @pytest.mark.parametrize(
        "location",
        [
            "http://127.0.0.1:{port}/",
            "//127.0.0.1:{port}/",
            "//127.1:{port}/",
            "http://2130706433:{port}/",
            "\\\\127.0.0.1:{port}\\",
            "http://[::1]:{port}/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:{port}/",
            "http://user@127.0.0.1:{port}/",
        ],
    )
    async def test_no_spelling_helps(self, sentinel: Machine, location: str) -> None:
        lead = answer(302, location=location.replace("{port}", str(sentinel.port)))
        async with elsewhere(lead) as port, way_out(Opened.of(["127.0.0.9"])) as outside:
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"http://127.0.0.9:{port}/"))

    async def test_a_chain_into_the_house_is_refused_at_its_end(self, sentinel: Machine) -> None:
        leads = [
            answer(302, location="/2"),
            answer(307, location="/3"),
            answer(301, location=f"http://127.0.0.1:{sentinel.port}/"),
        ]
        async with elsewhere(*leads) as port, way_out(Opened.of(["127.0.0.9"])) as outside:
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"http://127.0.0.9:{port}/"))


class TestPorts:
    @pytest.mark.parametrize("port", [22, 25, 5432, 6379, 9200, 11211])
    async def test_what_was_never_meant_for_the_web_is_refused(self, port: int) -> None:
        names = NameServer(www_example_com=["93.184.215.14"])
        async with way_out(resolve=names) as outside:
            with pytest.raises(AddressRefused):
                await outside.call(ask(f"http://www.example.com:{port}/"))

    def test_the_usual_ones_are_not(self) -> None:
        assert PORTS.isdisjoint({80, 443, 8000, 8080, 8443, 3000})


class TestOpened:
    """What an operator opens by name or range may be called."""

    async def test_by_range(self) -> None:
        async with machine() as made, way_out(LOOPBACK) as outside:
            assert (await outside.call(ask(made.url()))).text == "ok"

    async def test_by_name(self) -> None:
        names = NameServer(hr_corp=["127.0.0.1"], pay_hr_corp=["127.0.0.1"])
        async with machine() as made, way_out(Opened.of(["hr.corp"]), resolve=names) as outside:
            assert (await outside.call(ask(made.url(host="hr.corp")))).status == 200
            with pytest.raises(AddressRefused):
                await outside.call(ask(made.url(host="pay.hr.corp")))

    async def test_all_names_below_one(self) -> None:
        names = NameServer(hr_corp=["127.0.0.1"], evilcorp=["127.0.0.1"])
        async with machine() as made, way_out(Opened.of([".corp"]), resolve=names) as outside:
            assert (await outside.call(ask(made.url(host="hr.corp")))).status == 200
            with pytest.raises(AddressRefused):
                await outside.call(ask(made.url(host="evilcorp")))

    @pytest.mark.parametrize("word", ["", "http://x/", "10.0.0.0/99", "10.0.0.1/8", "a b", "*"])
    def test_nonsense_is_said(self, word: str) -> None:
        with pytest.raises(ValueError, match="neither"):
            Opened.of([word])


class TestReading:
    def test_what_is_usual_goes_through(self) -> None:
        target = read("HTTPS://Example.COM:8443/a/b?c=d&e=%20#part")
        assert (target.url, target.host) == (
            "https://example.com:8443/a/b?c=d&e=%20",
            "example.com",
        )

    def test_a_korean_name_is_asked_for_in_its_ascii_form(self) -> None:
        assert read("http://한글.kr/").host == "xn--bj0bj06e.kr"

    def test_a_korean_path_is_sent_in_its_plain_form(self) -> None:
        assert read("http://a.kr/한글?q=가&r=%EA").path == "/%ED%95%9C%EA%B8%80?q=%EA%B0%80&r=%EA"
        bare = "/한".encode().decode("latin-1")
        assert read("http://a.kr/b").led_to(bare).path == "/%ED%95%9C"
        with pytest.raises(AddressRefused):
            read("http://a.kr/\ud800")

    def test_a_public_number_may_be_called(self) -> None:
        assert read("http://[2606:4700::1111]/").authority == "[2606:4700::1111]"
        assert public(ip_address("2606:4700::1111"))
        assert public(ip_address("93.184.215.14"))


async def test_a_sentinel_on_ipv6_isnt_reached_either() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    async with way_out() as outside:
        with pytest.raises(MaruError):
            await outside.call(ask("http://[::1]:80/"))
