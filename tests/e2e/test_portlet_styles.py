"""What a portlet can't do to the page around it."""

import pytest
from tests.e2e.visitor import Visitors

pytestmark = pytest.mark.browser


async def test_no_style_of_a_portlet_reaches_the_page(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        assert await page.evaluate(STYLED) == ["style-src-attr", "style-src-elem"]
        assert await page.evaluate("getComputedStyle(document.body).display") != "none"
        moved = "getComputedStyle(document.querySelector('#moved')).position"
        assert await page.evaluate(moved) == "static"
        visitors.faults.clear()


STYLED = """() => new Promise(answer => {
  const told = new Set();
  document.addEventListener('securitypolicyviolation', event => {
    told.add(event.effectiveDirective);
    if (told.size === 2) answer([...told].sort());
  });
  document.querySelector('.portlet > .body').innerHTML =
    '<style>body { display: none }</style><p id="moved" style="position: fixed">x</p>';
})"""
