"""One bad portlet of eight: the page comes in time with the other seven."""

import re
import time

import httpx2 as httpx
import pytest
from tests.core.portal.conftest import Eight

from maru.portal import offers
from maru.portal.sizes import exceeds
from maru_sdk import Model

PATIENCE = 0.4
"""Seconds at the 95th percentile, beyond what a busy machine takes for eight good ones."""
BAD = ["raises", "sleeps", "long text", "many numbers", "much html"]


class Box(Model):
    """Something with things in it."""

    inside: object = None


class TestPage:
    @pytest.mark.parametrize("mode", BAD)
    async def test_the_other_seven_are_there_in_time(self, eight: Eight, mode: str) -> None:
        async with eight.browser() as browser:
            good = await _p95(browser)
            eight.module.MODE["now"] = mode
            assert await _p95(browser) <= PATIENCE + good

    @pytest.mark.parametrize("mode", ["raises", "long text", "many numbers", "much html"])
    async def test_the_third_failure_pauses_it_and_nothing_else(
        self, eight: Eight, mode: str
    ) -> None:
        eight.module.MODE["now"] = mode
        async with eight.browser() as browser:
            reasons = [await _reason(browser, "eight.bad") for _ in range(5)]
            assert eight.module.MADE["bad"] == 3
            assert reasons[0] == reasons[2] != reasons[3] == reasons[4]
            good = (await browser.get("/api/v1/portal/data/eight.good_1")).json()["data"]
            assert good["state"] == "ok"

    async def test_what_it_refuses_one_person_pauses_it_for_nobody(self, eight: Eight) -> None:
        eight.module.MODE["now"] = "refuses"
        async with eight.browser() as browser:
            reasons = {await _reason(browser, "eight.bad") for _ in range(5)}
        assert (len(reasons), eight.module.MADE["bad"]) == (1, 5)

    async def test_what_is_too_large_says_so(self, eight: Eight) -> None:
        eight.module.MODE["now"] = "long text"
        async with eight.browser() as browser:
            assert "1024" in await _reason(browser, "eight.bad")
            assert "1024" in (await browser.get("/")).text


async def _p95(browser: httpx.AsyncClient) -> float:
    """Seconds that 19 of 20 pages with the seven good portlets take at most."""
    took = []
    await browser.get("/")
    for _ in range(20):
        began = time.perf_counter()
        page = await browser.get("/")
        took.append(time.perf_counter() - began)
        assert page.status_code == 200
        assert all(f"portlet {n}<" in page.text for n in range(1, 8))
    return sorted(took)[-2]


async def _reason(browser: httpx.AsyncClient, portlet: str) -> str:
    answer = await browser.get(f"/api/v1/portal/data/{portlet}")
    data = answer.json()["data"]
    assert data["state"] == "failed"
    return str(data["reason"])


class TestOffers:
    @pytest.mark.parametrize("mode", ["raises", "refuses", "sleeps", "strange"])
    async def test_what_fails_leaves_the_field_to_be_typed(
        self, eight: Eight, monkeypatch: pytest.MonkeyPatch, mode: str
    ) -> None:
        monkeypatch.setattr(offers, "LONGEST", 0.2)
        eight.module.MODE["offers"] = mode
        dialog = await _dialog(eight, '{"word": "kept"}')
        assert 'value="kept"' in dialog
        assert "<option" not in dialog

    @pytest.mark.parametrize(
        ("kept", "chosen"),
        [("2", ("2", "Two")), ("Two", ("2", "Two")), ("gone", ("gone", "gone"))],
    )
    async def test_what_was_chosen_before_stays_chosen(
        self, eight: Eight, kept: str, chosen: tuple[str, str]
    ) -> None:
        eight.module.MODE["offers"] = "good"
        dialog = await _dialog(eight, f'{{"word": "{kept}"}}')
        assert re.findall(r'<option value="([^"]*)" selected>([^<]*)<', dialog) == [chosen]


async def _dialog(eight: Eight, config: str) -> str:
    async with eight.browser() as browser:
        answer = await browser.get("/portal/settings/eight.worded", params={"config": config})
    assert answer.status_code == 200
    return answer.text


class TestSizes:
    @pytest.mark.parametrize(
        "value",
        [
            "x" * 2000,
            ["x" * 100] * 20,
            {"k" * 1500: 1},
            Box(inside=[{"a": Box(inside="x" * 2000)}]),
        ],
    )
    def test_counts_what_is_anywhere_inside(self, value: object) -> None:
        assert exceeds(Box(inside=value), 1000)
        assert not exceeds(Box(inside=value), 5000)

    def test_looks_no_further_than_its_limit(self) -> None:
        seen = []

        class Rows(list[int]):
            def __iter__(self):  # type: ignore[no-untyped-def]
                for n in range(10_000_000):
                    seen.append(n)
                    yield n

        assert exceeds(Rows(), 1000)
        assert len(seen) < 1000
