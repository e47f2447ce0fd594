"""What the browser holds and sends: cookies, CSRF tokens, places to go next."""

import pytest

from maru.crypto.keys import Keys
from maru.identity.cookies import Cookies, read_cookies
from maru.identity.csrf import Csrf, new_visitor, same_origin
from maru.identity.places import local

KEYS = Keys(b"a secret of the tests that is long enough")


class TestCsrf:
    def test_token_fits_its_session(self) -> None:
        csrf = Csrf(KEYS)
        assert csrf.fits(csrf.token("session-1"), "session-1")

    def test_token_of_another_session_does_not(self) -> None:
        csrf = Csrf(KEYS)
        assert not csrf.fits(csrf.token("session-1"), "session-2")

    def test_token_of_another_installation_does_not(self) -> None:
        other = Csrf(Keys(b"another secret that is as long as that"))
        assert not Csrf(KEYS).fits(other.token("session-1"), "session-1")

    def test_differs_on_each_page(self) -> None:
        csrf = Csrf(KEYS)
        assert len({csrf.token("s") for _ in range(50)}) == 50

    @pytest.mark.parametrize("token", ["", "A", "AAAA", "é", "\x00", "A" * 100_000, "=" * 48])
    def test_rubbish_does_not(self, token: str) -> None:
        assert not Csrf(KEYS).fits(token, "session-1")

    def test_visitors_differ(self) -> None:
        assert new_visitor() != new_visitor()


class TestSameOrigin:
    @pytest.mark.parametrize(
        ("headers", "ours"),
        [
            ({"sec-fetch-site": "same-origin"}, True),
            ({"sec-fetch-site": "none"}, True),
            ({"sec-fetch-site": "same-site"}, False),
            ({"sec-fetch-site": "cross-site"}, False),
            ({"sec-fetch-site": "cross-site", "origin": "http://a.maru.test"}, False),
            ({"origin": "http://a.maru.test"}, True),
            ({"origin": "http://A.maru.test"}, True),
            ({"origin": "http://b.maru.test"}, False),
            ({"origin": "null"}, False),
            ({"origin": "http://["}, False),
            ({}, True),
        ],
    )
    def test_verdict(self, headers: dict[str, str], ours: bool) -> None:
        assert same_origin({"host": "a.maru.test", **headers}) is ours


class TestCookies:
    @pytest.mark.parametrize(
        ("scheme", "host", "name"),
        [
            ("http", "hanbit.localhost:8400", "__Host-maru-main"),
            ("http", "localhost", "__Host-maru-main"),
            ("http", "127.0.0.1:8400", "__Host-maru-main"),
            ("http", "[::1]:8400", "__Host-maru-main"),
            ("http", "[::1]", "__Host-maru-main"),
            ("https", "portal.hanbit.example", "__Host-maru-main"),
            ("http", "portal.hanbit.example", "maru-main"),
            ("http", "localhost.evil.example", "maru-main"),
            ("http", "hanbit.maru.test:8400", "maru-main"),
        ],
    )
    def test_name(self, scheme: str, host: str, name: str) -> None:
        assert Cookies.of("main", scheme, host).session == name

    def test_attributes(self) -> None:
        value = Cookies.of("main", "https", "a.example").set_session("x")
        assert value.startswith("__Host-maru-main=x; ")
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(value.split("; "))
        assert "Domain" not in value

    def test_no_secure_over_plain_http(self) -> None:
        assert "Secure" not in Cookies.of("main", "http", "a.example").set_session("x")

    def test_first_of_two_counts(self) -> None:
        assert read_cookies('a=1; b="2"; a=3; junk; =x') == {"a": "1", "b": "2", "": "x"}


class TestNext:
    @pytest.mark.parametrize("path", ["/", "/board/1?page=2#top", "/a//b", "/?q=%ED%95%9C"])
    def test_local_path_is_kept(self, path: str) -> None:
        assert local(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            None, "", "board", "//evil", "/\\evil", "\\\\evil", "https://evil", "javascript:x",
            "data:text/html,x", "/\tevil", "/\n/evil", "/ /evil", "/%2f%2fevil", "/%2Fevil",
            "/%5cevil", "/%09/evil", "/" + "a" * 3_000, "/\x00", "http:/evil", "///evil",
        ],
    )  # fmt: skip
    def test_elsewhere_becomes_home(self, path: str | None) -> None:
        assert local(path) == "/"
