"""Companies on sibling hosts, and two demos in one browser, stay apart."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect
from tests.e2e.demo import Demo
from tests.e2e.visitor import Visitors, sign_in

pytestmark = pytest.mark.browser

ME = "fetch('/api/v1/users/me').then(one => one.status)"
TRAP = """<form method="post" action="{action}" enctype="{kind}">
<input name="_csrf" value="{token}"><input name="title" value="x"></form>
<script>document.forms[0].submit()</script>"""


async def test_a_cookie_of_one_company_opens_no_other(visitors: Visitors) -> None:
    other = visitors.demo.url("saebom")
    async with visitors.tab("admin") as page:
        name = f"maru-demo-{visitors.demo.port}"
        (cookie,) = [c for c in await page.context.cookies() if c["name"] == name]
        assert cookie["domain"] == "hanbit.maru.test"  # host-only: browsers don't hand it on
        stolen = {"name": cookie["name"], "value": cookie["value"], "url": other}
        await page.context.add_cookies([stolen])  # type: ignore[list-item]  # its TypedDict
        await page.goto(other)
        await expect(page.locator("maru-grid")).to_have_count(0)
        assert await page.evaluate(ME) in (401, 403)
        await page.goto(visitors.demo.url("hanbit"))
        assert await page.evaluate(ME) == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/logout", "application/x-www-form-urlencoded"),
        ("/board/manage", "application/x-www-form-urlencoded"),
        ("/api/v1/board/boards", "text/plain"),
    ],
)
async def test_a_siblings_form_is_refused(visitors: Visitors, path: str, kind: str) -> None:
    """Siblings are one site to a browser, so it sends the cookie: the server has to refuse."""
    target, trap = f"{visitors.demo.url('hanbit')}{path}", f"{visitors.demo.url('saebom')}/trap"
    async with visitors.tab("admin") as page:
        await sign_in(page, visitors.demo.url("saebom"), "admin")
        token = await page.locator("meta[name=csrf-token]").get_attribute("content")

        async def spring(route: Route) -> None:
            body = TRAP.format(action=target, kind=kind, token=token)
            await route.fulfill(body=body, content_type="text/html")

        await page.route(trap, spring)
        async with page.expect_response(target) as sent:
            await page.goto(trap, wait_until="commit")
        answer = await sent.value
        assert answer.status == 403
        assert "cookie" in await answer.request.all_headers()
        await expect(page).to_have_url(target)
        await page.wait_for_load_state()
        if path.startswith("/api/"):
            assert json.loads(await answer.text())["error"]["code"] == "CSRF_FAILED"
        await page.goto(visitors.demo.url("hanbit"))
        assert await page.evaluate(ME) == 200


@pytest.mark.slow
async def test_two_demos_in_one_browser_keep_their_sessions(
    visitors: Visitors, tmp_path: Path
) -> None:
    second = Demo(tmp_path, people=20)
    try:
        second.start()
        async with visitors.tab("admin") as page:
            await sign_in(page, second.url("hanbit"), "member")
            for demo in (visitors.demo, second):
                await page.goto(demo.url("hanbit"))
                assert await page.evaluate(ME) == 200
            await _sign_out(page)
            assert await page.evaluate(ME) == 401
            await page.goto(visitors.demo.url("hanbit"))
            assert await page.evaluate(ME) == 200
    finally:
        second.stop()


async def _sign_out(page: Page) -> None:
    await page.locator(".person-button").click()
    await page.get_by_role("button", name="로그아웃").click()
    await expect(page.locator("#username")).to_be_visible()
