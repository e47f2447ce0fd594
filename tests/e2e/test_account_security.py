"""Forgotten passwords, invitations, sessions and tokens in a browser.

The demo keeps its mail as files.
"""

import email
import email.policy
import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.e2e.demo import PASSWORD
from tests.e2e.visitor import SHOTS, Look, Visitors, examine, sign_in

pytestmark = pytest.mark.browser

ALL = [Look(a, b, c) for a in ("ko", "en") for b in (1280, 390) for c in ("light", "dark")]
SOME = [Look("ko"), Look("en", 390, "dark")]
FETCHED = "path => fetch(path).then(answer => answer.json()).then(answer => answer.data)"
TOKEN = re.compile(r"maru_pat_[\w-]{64}")


@pytest.mark.parametrize("look", ALL if SHOTS else SOME, ids=str)
class TestLooks:
    async def test_a_token_is_shown_once(self, visitors: Visitors, look: Look) -> None:
        base = f"{visitors.demo.url('hanbit')}/preferences/security"
        async with visitors.tab("member", look=look) as page:
            await page.goto(f"{base}/tokens")
            await page.locator("#name").fill("백업")
            await page.locator("form.form button[type=submit]").click()
            await expect(page.locator("main")).to_contain_text(TOKEN)
            await examine(page, "security-token-made", look)


async def test_a_link_in_a_mail_leads_to_a_password_of_ones_own(visitors: Visitors) -> None:
    base = visitors.demo.url("saebom")
    async with visitors.tab("admin", "saebom") as page:
        await page.goto(f"{base}/admin/passwords")
        found = await page.evaluate(FETCHED, "/api/v1/users?limit=50")
        somebody = next(
            one
            for one in found
            if one["email"] and one["username"] not in ("admin", "manager", "member")
        )
        await page.goto(f"{base}/admin/passwords/{somebody['id']}")
        await page.get_by_role("button", name=somebody["email"]).click()
        await expect(page.locator(".note.good")).to_be_visible()
    async with visitors.tab() as page:
        await page.goto(await _link(page, visitors, somebody["email"]))
        await expect(page.locator("h1")).to_have_text("환영합니다")
        await page.locator("#new_password").fill("password2024!")
        await page.locator("button[type=submit]").click()
        await expect(page.locator("#new_password-fault")).to_be_visible()
        await examine(page, "invitation")
        await page.locator("#new_password").fill("a sentence of my own")
        await page.locator("button[type=submit]").click()
        await expect(page.locator("maru-grid")).to_be_visible()


async def _link(page: object, visitors: Visitors, address: str) -> str:
    """The link in the mail to this address, once it is there."""
    folder = visitors.demo.data / "mail"
    for _ in range(100):
        for file in folder.glob("**/*.eml"):
            if (link := _read(file, address)) is not None:
                return link
        await page.wait_for_timeout(200)  # type: ignore[attr-defined]
    raise AssertionError(f"no mail to {address}")


def _read(file: Path, address: str) -> str | None:
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    if address not in str(mail["To"]):
        return None
    body = mail.get_body(("html",))
    found = None if body is None else re.search(r'href="([^"]+)"', body.get_content())
    return None if found is None else found[1]


async def test_a_session_is_ended_from_another_browser(visitors: Visitors) -> None:
    base = visitors.demo.url("saebom")
    async with visitors.tab() as first, visitors.tab() as second:
        await sign_in(first, base, "manager", PASSWORD)
        await sign_in(second, base, "manager", PASSWORD)
        await second.goto(f"{base}/preferences/security/sessions")
        await second.locator(".page-head form button").click()
        await second.locator("dialog[open] button.primary, dialog[open] button.danger").last.click()
        await expect(second.locator("tbody tr")).to_have_count(1)
        await first.goto(f"{base}/board")
        await expect(first).to_have_url(re.compile("/login"))
