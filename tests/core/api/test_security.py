"""Headers on every answer, tenants and hosts, tokens, cookies and the proof against forgery."""

import pytest
from tests.core.api.asking import PASSWORD, Asker, Reply
from tests.core.api.conftest import Place

from maru.identity.csrf import Csrf

NOTE = {"name": "a note"}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def is_dressed(reply: Reply) -> None:
    for name, value in ALWAYS.items():
        assert reply.all(name) == [value], (reply.status, name)
    assert reply.header("permissions-policy")
    assert reply.header("cache-control")
    assert reply.header("strict-transport-security") is None


class TestHeaders:
    async def test_crawl(self, place: Place) -> None:
        etag = (await place.reader("GET", "/api/v1/notes/kept")).header("etag") or ""
        asked = [
            (200, await place.reader("GET", "/api/v1/notes/notes")),
            (304, await place.reader("GET", "/api/v1/notes/kept", if_none_match=etag)),
            (201, await place.writer("POST", "/api/v1/notes/notes", json=NOTE)),
            (400, await place.anyone("GET", "/notes", host="no host!")),
            (401, await place.anyone("GET", "/api/v1/notes/notes")),
            (303, await place.anyone("GET", "/notes")),
            (403, await place.reader("POST", "/api/v1/notes/notes", json=NOTE)),
            (404, await place.anyone("GET", "/nothing/here")),
            (404, await place.anyone("GET", "/api/v1/nothing")),
            (404, await place.anyone("GET", "/static/nothing.js")),
            (405, await place.reader("PATCH", "/api/v1/notes/notes")),
            (413, await place.writer("POST", "/api/v1/notes/notes", body=b"x" * 1_000_001)),
            (422, await place.writer("POST", "/api/v1/notes/notes", json={})),
            (500, await place.writer("POST", "/api/v1/notes/raising", json=NOTE)),
            (500, await place.anyone("GET", "/notes/broken/page")),
            (200, await place.writer("POST", "/api/v1/notes/stream", json=NOTE)),
            (200, await place.anyone("GET", "/health/live")),
        ]
        for status, reply in asked:
            assert reply.status == status, reply.body[:300]
            is_dressed(reply)

    async def test_https_is_held_to(self, place: Place) -> None:
        secure = Asker(place.edge, scheme="https")
        reply = await secure("GET", "/api/v1/notes/open")
        assert reply.header("strict-transport-security") == "max-age=31536000; includeSubDomains"

    async def test_personal_answers_are_not_stored(self, place: Place) -> None:
        read = await place.reader("GET", "/api/v1/notes/notes")
        assert read.header("cache-control") == "private, no-cache"
        written = await place.writer("POST", "/api/v1/notes/notes", json=NOTE)
        assert written.header("cache-control") == "no-store"


class TestTenant:
    async def test_host_decides(self, place: Place) -> None:
        assert (await place.anyone("GET", "/api/v1/notes/open")).status == 200

    @pytest.mark.parametrize("host", ["127.0.0.1:8400", "localhost", "maru.test", "[::1]:80"])
    async def test_header_counts_where_the_host_names_none(self, place: Place, host: str) -> None:
        reply = await place.anyone("GET", "/api/v1/notes/open", host=host)
        assert (reply.status, reply.code) == (400, "TENANT_REQUIRED")
        named = await place.anyone("GET", "/api/v1/notes/open", host=host, x_maru_tenant="saebom")
        assert named.status == 200
        unknown = await place.anyone("GET", "/api/v1/notes/open", host=host, x_maru_tenant="who")
        assert (unknown.status, unknown.code) == (404, "TENANT_NOT_FOUND")

    async def test_header_against_the_host(self, place: Place) -> None:
        reply = await place.anyone("GET", "/api/v1/notes/open", x_maru_tenant="saebom")
        assert (reply.status, reply.code) == (400, "TENANT_CONFLICT")
        same = await place.anyone("GET", "/api/v1/notes/open", x_maru_tenant="hanbit")
        assert same.status == 200

    @pytest.mark.parametrize(
        "host", ["nobody.maru.test", "elsewhere.example", "a.hanbit.maru.test"]
    )
    async def test_unknown(self, place: Place, host: str) -> None:
        reply = await place.anyone("GET", "/api/v1/notes/open", host=host)
        assert (reply.status, reply.code) == (404, "TENANT_NOT_FOUND")

    @pytest.mark.parametrize(
        "host",
        [
            "hanbit.maru.test/x", "hanbit.maru.test?x", "hanbit.maru.test#x", "@hanbit.maru.test",
            "a@hanbit.maru.test", "hanbit.maru.test:", "hanbit.maru.test:0",
            "hanbit.maru.test:99999",
            "hanbit.maru.test:8a", "hanbit..maru.test", ".hanbit.maru.test", "hanbit.maru.test.",
            "-hanbit.maru.test", "hanbit-.maru.test", "hanbit maru.test", "hanbit.maru.test, x",
            "hanbit.maru.test\\x", "hanbit%2emaru.test", "[::1", "::1", "[::g]", "[1]", "1.2.3",
            "1.2.3.4.5", "300.1.1.1", "127.1", "hänbit.maru.test", "*.maru.test",
            "x" * 64 + ".test",
            "a." * 140 + "test",
        ],
    )  # fmt: skip
    async def test_a_bad_host_names_nobody(self, place: Place, host: str) -> None:
        reply = await place.anyone("GET", "/api/v1/notes/open", host=host)
        assert (reply.status, reply.code) == (400, "BAD_REQUEST")

    async def test_two_hosts(self, place: Place) -> None:
        raw = [(b"host", b"saebom.maru.test")]
        reply = await place.anyone("GET", "/api/v1/notes/open", raw=raw)
        assert (reply.status, reply.code) == (400, "BAD_REQUEST")
        none = await place.anyone("GET", "/api/v1/notes/open", host="")
        assert none.status == 400

    async def test_forwarded_headers_of_strangers_are_ignored(self, place: Place) -> None:
        spoofed = {"x_forwarded_host": "saebom.maru.test", "x_forwarded_proto": "https"}
        reply = await place.reader.having(**spoofed)("GET", "/api/v1/notes/kept")
        assert reply.json["data"][0]["name"] == "hanbit 0"
        assert reply.header("strict-transport-security") is None


class TestTokens:
    async def test_of_another_tenant(self, place: Place) -> None:
        foreign = place.token("reader", place.saebom)
        reply = await place.anyone("GET", "/api/v1/notes/notes", authorization=f"Bearer {foreign}")
        assert (reply.status, reply.code) == (403, "TENANT_MISMATCH")

    @pytest.mark.parametrize(
        "header",
        [
            "Bearer x", "Bearer ", "Basic YTpi", "bearer", "Bearer a.b.c",
            "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer " + "x" * 60_000,
        ],
    )  # fmt: skip
    async def test_that_are_none(self, place: Place, header: str) -> None:
        reply = await place.anyone("GET", "/api/v1/notes/open", authorization=header)
        assert (reply.status, reply.code) == (401, "TOKEN_INVALID")

    async def test_a_token_is_judged_alone(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        reply = await browser("POST", "/api/v1/notes/notes", json=NOTE, authorization="Bearer x")
        assert (reply.status, reply.code) == (401, "TOKEN_INVALID")

    async def test_rights(self, place: Place) -> None:
        reply = await place.reader("POST", "/api/v1/notes/notes", json=NOTE)
        assert (reply.status, reply.code) == (403, "PERMISSION_DENIED")
        reply = await place.anyone("POST", "/api/v1/notes/notes", json=NOTE)
        assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")
        assert await place.names() == []


async def sign_in(place: Place, username: str) -> Asker:
    """A browser in which somebody is signed in."""
    opened = await place.rooms.sessions.login_browser(place.hanbit, username, PASSWORD)
    return place.anyone.having(cookie=f"maru-main={opened.cookie}")


async def proof(place: Place, browser: Asker) -> str:
    """The token that a page of this browser holds."""
    page = (await browser("GET", "/notes")).body.decode()
    return page.partition('name="csrf-token" content="')[2].partition('"')[0]


class TestForgery:
    async def test_a_cookie_reads_without_proof(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        assert (await browser("GET", "/api/v1/notes/notes")).status == 200

    async def test_a_cookie_writes_with_proof_alone(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        for bad in ("", "x", token[:-4] + "AAAA", Csrf(place.rooms.keys).token("somebody")):
            reply = await browser("POST", "/api/v1/notes/notes", json=NOTE, x_csrf_token=bad)
            assert (reply.status, reply.code) == (403, "CSRF_FAILED")
        assert await place.names() == []
        reply = await browser("POST", "/api/v1/notes/notes", json=NOTE, x_csrf_token=token)
        assert reply.status == 201

    async def test_the_proof_of_another_session(self, place: Place) -> None:
        other = await proof(place, await sign_in(place, "reader"))
        browser = await sign_in(place, "writer")
        reply = await browser("POST", "/api/v1/notes/notes", json=NOTE, x_csrf_token=other)
        assert (reply.status, reply.code) == (403, "CSRF_FAILED")

    @pytest.mark.parametrize(
        "told",
        [
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"origin": "http://saebom.maru.test"},
            {"origin": "null"},
            {"sec_fetch_site": "same-site", "origin": "http://hanbit.maru.test"},
        ],
        ids=str,
    )
    async def test_sent_by_another_site(self, place: Place, told: dict[str, str]) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        browser = browser.having(**told)
        for method, path in (("POST", "/api/v1/notes/notes"), ("DELETE", "/api/v1/notes/notes/1")):
            reply = await browser(method, path, json=NOTE, x_csrf_token=token)
            assert (reply.status, reply.code) == (403, "CSRF_FAILED")
        form = await browser(
            "POST",
            "/notes",
            body=f"name=forged&_csrf={token}".encode(),
            content_type="application/x-www-form-urlencoded",
        )
        assert form.status == 403
        assert await place.names() == []

    async def test_sent_by_our_own_page(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        for told in ({"sec_fetch_site": "same-origin"}, {"origin": "http://hanbit.maru.test"}):
            own = browser.having(**told)
            reply = await own("POST", "/api/v1/notes/notes", json=NOTE, x_csrf_token=token)
            assert reply.status == 201

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    async def test_json_in_disguise(self, place: Place, kind: str) -> None:
        reply = await place.writer(
            "POST", "/api/v1/notes/notes", body=b'{"name": "x"}', content_type=kind
        )
        assert (reply.status, reply.code) == (400, "BAD_REQUEST")

    async def test_a_dead_cookie_is_nobody(self, place: Place) -> None:
        browser = place.anyone.having(cookie="maru-main=nonsense; maru-other=x")
        reply = await browser("GET", "/api/v1/notes/open")
        assert reply.json["data"] == "nobody"


class TestCrossOrigin:
    async def test_nobody_is_allowed_unless_named(self, place: Place) -> None:
        reply = await place.reader("GET", "/api/v1/notes/open", origin="https://app.example")
        assert reply.header("access-control-allow-origin") is None
        asked = await place.anyone(
            "OPTIONS",
            "/api/v1/notes/notes",
            origin="https://app.example",
            access_control_request_method="POST",
        )
        assert asked.status == 405
        assert asked.header("allow") == "GET, HEAD, POST"
