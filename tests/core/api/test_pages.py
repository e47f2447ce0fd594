"""Pages and forms: what is shown, where one is led, and what becomes of a form."""

import re

import pytest
from tests.core.api.asking import PASSWORD, Asker, Reply
from tests.core.api.conftest import Place
from tests.core.api.test_security import proof, sign_in

FORM = "application/x-www-form-urlencoded"


async def submit(browser: Asker, body: str, path: str = "/notes", **headers: str) -> Reply:
    browser = browser.having(**({"content_type": FORM} | headers))
    return await browser("POST", path, body=body.encode())


class TestPage:
    async def test_shows_the_model(self, place: Place) -> None:
        await place.writer("POST", "/api/v1/notes/notes", json={"name": "<b>한글</b>"})
        page = await (await sign_in(place, "reader"))("GET", "/notes")
        assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
        assert "&lt;b&gt;한글&lt;/b&gt;" in page.body.decode()
        assert page.header("cache-control") == "no-store"

    async def test_leads_to_the_sign_in_and_back(self, place: Place) -> None:
        page = await place.anyone("GET", "/notes/1", query="a=b&c=한".encode().decode("latin-1"))
        assert page.status == 303
        assert (page.header("location") or "").startswith("/login?next=/notes/1%3Fa%3Db%26c%3D")

    async def test_keeps_to_this_site(self, place: Place) -> None:
        for path in ("//evil.example", "//evil.example/notes", "/\t/evil.example"):
            page = await place.anyone("GET", path)
            assert "evil" not in (page.header("location") or "")

    async def test_a_wrong_address_is_a_page(self, place: Place) -> None:
        page = await (await sign_in(place, "reader"))("GET", "/notes/not-a-uuid")
        assert (page.status, page.header("content-type")) == (404, "text/html; charset=utf-8")
        assert "그런 페이지" in page.body.decode() or "페이지" in page.body.decode()

    async def test_a_fault_is_a_page_without_insides(self, place: Place) -> None:
        page = await place.anyone("GET", "/notes/broken/page")
        assert page.status == 500
        assert b"a fault" not in page.body
        assert b"Traceback" not in page.body
        trace = re.search(rb"500 \xc2\xb7 ([0-9a-f]{32})", page.body)
        assert trace is not None
        assert trace[1].decode() in place.log.text

    async def test_our_script_is_told_in_json(self, place: Place) -> None:
        page = await place.anyone("GET", "/notes", hx_request="true")
        assert (page.status, page.code) == (401, "UNAUTHENTICATED")

    async def test_a_cookie_chooses_the_language(self, place: Place) -> None:
        page = await place.anyone("GET", "/nowhere", accept_language="ko", cookie="maru-locale=en")
        assert '<html lang="en"' in page.body.decode()

    async def test_a_host_without_tenant(self, place: Place) -> None:
        neutral = await place.anyone("GET", "/", host="maru.test")
        assert (neutral.status, neutral.header("set-cookie")) == (200, None)
        assert b"hanbit" not in neutral.body
        assert (await place.anyone("GET", "/notes", host="maru.test")).status == 404


class TestForm:
    async def test_is_kept_and_leads_on(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        done = await submit(browser, f"_csrf={token}&name=ab%0D%0Acd&rank=&labels=x&labels=y")
        assert (done.status, done.header("location"), done.body) == (303, "/notes", b"")
        assert await place.names() == ["ab\ncd"]
        said = next(c for c in done.all("set-cookie") if "-flash=" in c)
        assert "HttpOnly" in said
        page = await browser("GET", "/notes", cookie=f"{browser.headers['cookie']}; {said}")
        assert "Kept" in page.body.decode()
        assert any("-flash=;" in cookie for cookie in page.all("set-cookie"))

    async def test_a_forged_message_is_not_said(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        forged = f"{browser.headers['cookie']}; maru-main-flash=WyJldmlsIiwiIl0=.00"
        page = await browser("GET", "/notes", cookie=forged)
        assert page.status == 200
        assert b"evil" not in page.body

    async def test_is_shown_again(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        again = await submit(browser, f"_csrf={token}&name=%3Ci%3E" + "x" * 30)
        page = again.body.decode()
        assert again.status == 422
        assert f'value="&lt;i&gt;{"x" * 30}"' in page
        assert "20자 이하여야 합니다" in page
        assert await place.names() == []

    async def test_a_handlers_refusal_is_shown_and_undone(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        again = await submit(browser, f"_csrf={await proof(place, browser)}&name=refuse")
        assert again.status == 422
        assert '<p class="error">Taken</p>' in again.body.decode()
        assert await place.names() == []

    @pytest.mark.parametrize("body", ["name=abc", "name=abc&_csrf=", "name=abc&_csrf=x"])
    async def test_needs_proof(self, place: Place, body: str) -> None:
        browser = await sign_in(place, "writer")
        assert (await submit(browser, body)).status == 403
        assert await place.names() == []

    async def test_never_leads_to_another_site(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        done = await submit(browser, f"_csrf={await proof(place, browser)}&name=evil")
        assert (done.status, done.header("location")) == (303, "/")

    async def test_of_our_script(self, place: Place) -> None:
        browser = (await sign_in(place, "writer")).having(hx_request="true")
        token = await proof(place, await sign_in(place, "writer"))
        token = await proof(place, Asker(place.edge, headers={"cookie": browser.headers["cookie"]}))
        done = await submit(browser, "name=abc", x_csrf_token=token)
        assert (done.status, done.header("hx-redirect")) == (204, "/notes")
        refused = await submit(browser, "name=a", x_csrf_token=token)
        assert (refused.status, refused.code) == (422, "VALIDATION_FAILED")

    @pytest.mark.parametrize(
        ("extra", "status"),
        [
            ("&name=b", 422), ("&unknown=1", 422), ("&rank=x", 422), ("&name%00=1", 422),
            ("&rank=1&rank=2", 422), ("&x=1" * 1001, 400),
        ],
        ids=lambda v: str(v)[:12],
    )  # fmt: skip
    async def test_odd_fields(self, place: Place, extra: str, status: int) -> None:
        browser = await sign_in(place, "writer")
        reply = await submit(browser, f"_csrf={await proof(place, browser)}&name=abc{extra}")
        assert reply.status == status
        assert await place.names() == []

    async def test_multipart(self, place: Place) -> None:
        browser = await sign_in(place, "writer")
        token = await proof(place, browser)
        kind = "multipart/form-data; boundary=b"

        def part(name: str, value: str, more: str = "") -> str:
            return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'

        fields = part("_csrf", token) + part("name", "이름")
        assert (await submit(browser, f"{fields}--b--\r\n", content_type=kind)).status == 303
        assert await place.names() == ["이름"]
        file = fields + part("file", "data", '; filename="x.txt"')
        assert (await submit(browser, f"{file}--b--\r\n", content_type=kind)).status == 422
        for broken in ("multipart/form-data", "text/plain", "multipart/form-data; boundary="):
            assert (await submit(browser, f"{fields}--b--\r\n", content_type=broken)).status == 400
        many = part("_csrf", token) + part("name", "x") * 5_000
        assert (await submit(browser, f"{many}--b--\r\n", content_type=kind)).status == 400


class TestVisitor:
    async def test_is_given_a_cookie_for_forms(self, place: Place) -> None:
        page = await place.anyone("GET", "/notes/broken/page")
        cookie = next(c for c in page.all("set-cookie") if "visitor" in c)
        assert cookie.startswith("maru-main-visitor=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        local = await place.anyone("GET", "/nowhere", host="localhost", x_maru_tenant="hanbit")
        assert any(c.startswith("__Host-maru-main-visitor=") for c in local.all("set-cookie"))


def jar(*replies: Reply) -> str:
    """What a browser keeps of these answers."""
    kept = [cookie.partition(";")[0] for reply in replies for cookie in reply.all("set-cookie")]
    return "; ".join(cookie for cookie in kept if not cookie.endswith("="))


def token_in(page: Reply) -> str:
    """The proof in a page's form."""
    return page.body.decode().partition('name="_csrf" value="')[2].partition('"')[0]


class TestSignIn:
    async def test_a_whole_visit(self, place: Place) -> None:
        form = await place.anyone("GET", "/login", query="next=/notes")
        browser = place.anyone.having(cookie=jar(form))
        body = f"_csrf={token_in(form)}&username=reader&next=/notes"
        wrong = await submit(browser, f"{body}&password=wrong", "/login")
        assert wrong.status == 422
        assert "아이디 또는 비밀번호가" in wrong.body.decode()
        assert 'value="reader"' in wrong.body.decode()
        assert "wrong" not in wrong.body.decode().replace("wrong_", "")
        done = await submit(browser, f"{body}&password={PASSWORD}".replace(" ", "+"), "/login")
        assert (done.status, done.header("location")) == (303, "/notes")
        session = next(cookie for cookie in done.all("set-cookie") if "visitor" not in cookie)
        assert "HttpOnly; SameSite=Lax" in session
        browser = place.anyone.having(cookie=jar(done))
        page = await browser("GET", "/notes")
        assert page.status == 200
        home = await browser("GET", "/")
        assert home.status == 200, home.body[:300]
        left = await submit(browser, f"_csrf={token_in(page)}", "/logout")
        assert (left.status, left.header("location")) == (303, "/login")
        assert left.header("clear-site-data") == '"cache", "storage"'
        assert (await browser("GET", "/notes")).status == 303

    async def test_needs_the_proof_of_its_own_page(self, place: Place) -> None:
        form = await place.anyone("GET", "/login")
        body = f"_csrf={token_in(form)}&username=reader&password={PASSWORD}".replace(" ", "+")
        strangers = (place.anyone, place.anyone.having(cookie="maru-main-visitor=other"))
        for browser in strangers:
            assert (await submit(browser, body, "/login")).status == 403

    async def test_a_token_of_the_api(self, place: Place) -> None:
        sent = {"username": "reader", "password": PASSWORD}
        reply = await place.anyone("POST", "/api/v1/auth/login", json=sent)
        assert reply.status == 200, reply.body
        assert reply.all("set-cookie") == []
        token = reply.json["data"]["access_token"]
        me = await place.anyone("GET", "/api/v1/users/me", authorization=f"Bearer {token}")
        assert me.json["data"]["username"] == "reader"
        checked = await place.anyone(
            "POST", "/api/v1/auth/verify-token", authorization=f"Bearer {token}"
        )
        assert checked.json["data"]["valid"] is True
