"""What people, admins and plugins call things is text: no title, name or setting is ever markup."""

import re

import pytest
from tests.core.portal.conftest import Eight
from tests.core.portal.test_admin_layouts import ADMIN, LAYOUT, People, data, people, put

__all__ = ["people"]

EVIL = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    '"><svg onload=alert(1)>',
]


@pytest.mark.parametrize("evil", EVIL)
async def test_titles_of_pages_are_text_wherever_they_stand(people: People, evil: str) -> None:
    pages = await data(await people.member.post("/api/v1/portal/pages", json={"title": evil}))
    ours = f"{ADMIN}/tenant/pages"
    assert (await people.admin.post(ours, json={"title": evil})).is_success
    await people.admin.post(f"{ADMIN}/tenant/publish")
    async with people.eight.browser() as browser:
        for path in ("/", f"/?page={pages[-1]['id']}", "/portal/history"):
            _harmless((await browser.get(path)).text, evil)
    async with people.eight.browser("admin") as browser:
        for path in ("/admin/layouts", "/admin/layouts/tenant"):
            _harmless((await browser.get(path)).text, evil)


async def test_settings_are_text(people: People, eight: Eight) -> None:
    evil = EVIL[0]
    assert (await put(people.member, LAYOUT, {"config": {"word": evil}}, "eight.worded")).is_success
    async with eight.browser() as browser:
        page = (await browser.get("/")).text
        assert "&lt;script&gt;alert(1)" in page
        _harmless(page, evil)
        form = await browser.get("/portal/settings/eight.worded", params={"config": "{}"})
        assert form.status_code == 200
        config = '{"word": "' + evil + '"}'
        filled = await browser.get("/portal/settings/eight.worded", params={"config": config})
        _harmless(filled.text, evil)
        sent = {"portlet_type": "eight.worded", "fields": [["word", evil]]}
        shown = await data(await people.member.post("/api/v1/portal/preview", json=sent))
        _harmless(shown["html"], evil)


async def test_what_a_plugin_calls_its_portlet_is_text(eight: Eight) -> None:
    async with eight.browser() as browser:
        page = (await browser.get("/")).text
    assert "&lt;b&gt;Worded" in page
    assert "<b>Worded" not in page


def _harmless(page: str, evil: str) -> None:
    assert "<" not in evil or evil not in page
    assert not re.search(r"<(script>alert|img src=x|svg onload)", page)
    assert "49" not in re.findall(r"<a[^>]*>(\d+)</a>", page)
