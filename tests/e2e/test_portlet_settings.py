"""The settings of a portlet: a field of each kind, each shown in the preview before it is kept."""

import pytest
from playwright.async_api import Locator, expect
from tests.e2e.demo import Demo
from tests.e2e.test_arranging import arrange, of
from tests.e2e.test_plugins import slowfail
from tests.e2e.visitor import Look, Visitors, examine

__all__ = ["slowfail"]

pytestmark = pytest.mark.browser

ASKING = "slowfail.asking"
LOOKS = [Look(), Look("ko", 390, "dark")]


async def pick(form: Locator, label: str, typed: str) -> None:
    """Finds somebody or something by name and takes the first."""
    field = form.get_by_role("combobox", name=label, exact=True)
    await field.fill(typed)
    found = form.get_by_role("listbox", name=label, exact=True).get_by_role("option")
    await expect(found.first).to_be_visible()
    await field.press("Enter")


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_each_kind_of_field_is_shown_before_it_is_kept(
    slowfail: Demo, visitors: Visitors, look: Look
) -> None:
    who = "manager" if look.width > 500 else "member"
    async with visitors.tab(who, "saebom", look=look) as page:
        await arrange(page)
        await of(page, ASKING).locator(".set").click()
        dialog = page.get_by_role("dialog")
        form, shown = dialog.locator("form"), dialog.locator("[data-slot=preview]")
        await expect(shown).to_contain_text("처음/1//False/False/")
        await form.get_by_label("낱말").fill("<b>둘</b>")
        await expect(shown).to_contain_text("<b>둘</b>/1/")
        await form.get_by_label("개수").fill("12")
        await expect(form.locator(".fault")).to_be_visible()
        await form.get_by_label("개수").fill("3")
        await expect(shown).to_contain_text("/3/")
        await expect(form.get_by_label("덧붙임")).not_to_be_visible()
        await form.get_by_label("방식").select_option("long")
        await form.get_by_label("덧붙임").fill("길게")
        await expect(shown).to_contain_text("/길게/False/")
        await pick(form, "담당자", "김")
        await expect(shown).to_contain_text("/길게/True/False/")
        await pick(form, "담당 부서", "팀")
        await expect(shown).to_contain_text("/길게/True/True/")
        await form.locator("button[value='add:lines']").click()
        await form.get_by_label("무엇").fill("한 줄")
        await expect(shown).to_contain_text("/한 줄")
        await examine(page, "portlet-settings-kinds", look)
        await form.locator(".chips button").first.click()
        await expect(shown).to_contain_text("/길게/False/True/")
        await form.get_by_role("button", name="설정 적용").click()
        await expect(of(page, ASKING)).to_contain_text("<b>둘</b>/3/길게/False/True/한 줄")
        async with page.expect_event("load"):
            await page.get_by_role("button", name="완료").click()
        await expect(of(page, ASKING)).to_contain_text("<b>둘</b>/3/길게/False/True/한 줄")
