"""What a portlet showed last is shown again only where it says for how long, with its age; what
fails or is late says so everywhere else. Answers that are the same aren't sent twice."""

import time
from types import SimpleNamespace

import httpx2 as httpx
import pytest
from tests.core.portal.conftest import Eight

from maru.portal import loading

AGES, NEVER = "eight.ages", "eight.never"


async def data(browser: httpx.AsyncClient, portlet: str) -> dict[str, object]:
    answer = await browser.get(f"/api/v1/portal/data/{portlet}")
    return dict(answer.json()["data"])


def later(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Lets time pass where the ages of portlets are told."""
    clock = SimpleNamespace(time=lambda: time.time() + seconds, perf_counter=time.perf_counter)
    patch.setattr(loading, "time", clock)


class TestStale:
    @pytest.mark.parametrize("mode", ["raises", "sleeps"])
    async def test_is_shown_with_its_age_where_the_portlet_permits(
        self, eight: Eight, mode: str
    ) -> None:
        async with eight.browser() as browser:
            for portlet in (AGES, NEVER):
                assert (await data(browser, portlet))["state"] == "ok"
            eight.module.MODE["ages"] = mode
            kept, none = await data(browser, AGES), await data(browser, NEVER)
            assert (kept["state"], kept["content"]) == (
                "stale",
                {"text": "ages good", "numbers": []},
            )
            assert none["state"] == ("failed" if mode == "raises" else "late")
            assert none["content"] is None
            page = (await browser.get("/")).text
        assert "ages good" in page
        assert "never good" not in page

    async def test_is_not_shown_when_it_is_older(
        self, eight: Eight, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with eight.browser() as browser:
            await data(browser, AGES)
            eight.module.MODE["ages"] = "raises"
            later(monkeypatch, 3500)
            found = await data(browser, AGES)
            assert (found["state"], found["reason"] is None) == ("stale", False)
            assert int(str(found["age_seconds"])) >= 3500
            page = (await browser.get("/")).text
            assert "58분 전" in page
            later(monkeypatch, 3700)
            assert (await data(browser, AGES))["state"] == "failed"

    async def test_is_nobody_elses(self, eight: Eight) -> None:
        async with eight.browser() as first, eight.browser("manager") as second:
            await data(first, AGES)
            eight.module.MODE["ages"] = "raises"
            assert (await data(second, AGES))["state"] == "failed"


class TestSentOnce:
    @pytest.mark.parametrize(
        "path",
        [
            f"/api/v1/portal/data/{AGES}",
            "/api/v1/portal/layout",
            "/portal/fragment/eight.shown",
        ],
    )
    async def test_what_is_the_same_is_answered_304(self, eight: Eight, path: str) -> None:
        async with eight.browser() as browser:
            tag = (await browser.get(path)).headers["etag"]
            again = await browser.get(path, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
            other = await browser.get(path, headers={"If-None-Match": '"other"'})
            assert other.status_code == 200
