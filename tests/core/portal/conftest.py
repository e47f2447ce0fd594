"""A portal with eight portlets, of which one is as bad as the test wants it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.testing import PASSWORD, TestCompany, TestKit, kit_on

EIGHT = """
    import asyncio
    from collections import Counter
    from maru_sdk import Context, Event, Live, Model, NotFound, Plugin, page, portlet

    MADE: Counter[str] = Counter()
    TEXT = {"now": "first"}
    MODE = {"now": "good", "ages": "good", "offers": "nothing"}

    class Changed(Event):
        thing: str = ""

    class Said(Model):
        text: str = ""
        numbers: list[int] = []

    class Wanted(Model):
        count: int = 1

    def one(number: int):
        async def said(ctx: Context) -> Said:
            return Said(text=f"portlet {number}")
        said.__name__ = f"good_{number}"
        return portlet(title=f"Good {number}", size=(3, 2), template="eight/said.html")(said)

    async def as_bad(mode: str) -> Said:
        if mode == "raises":
            raise RuntimeError("the meter is broken")
        if mode == "refuses":
            raise NotFound
        if mode == "sleeps":
            await asyncio.sleep(10)
        if mode == "long text":
            return Said(text="x" * 50_000_000)
        if mode == "many numbers":
            return Said.model_construct(text="", numbers=[1] * 6_000_000)
        if mode == "much html":
            return Said(text="<" * 400_000)
        return Said(text="portlet 8")

    @portlet(title="Bad", size=(3, 2), template="eight/said.html")
    async def bad(ctx: Context) -> Said:
        MADE["bad"] += 1
        return await as_bad(MODE["now"])

    @portlet(title="Shown", size=(3, 2), cache="5m", audience="tenant", config=Wanted,
             template="eight/form.html", live=Live(on=[Changed], within="4s"))
    async def shown(ctx: Context, config: Wanted) -> Said:
        MADE["shown"] += 1
        await asyncio.sleep(0.05)
        return Said(text=TEXT["now"] * config.count)

    @portlet(title="Also", size=(3, 2), cache="5m", audience="tenant",
             template="eight/said.html", live=Live(on=[Changed], within="20s"))
    async def also(ctx: Context) -> Said:
        return Said(text=TEXT["now"])

    def ageing(name: str, **more: str):
        async def said(ctx: Context) -> Said:
            MADE[name] += 1
            good = MODE["ages"] == "good"
            return Said(text=f"{name} good") if good else await as_bad(MODE["ages"])
        said.__name__ = name
        return portlet(title=name, size=(3, 2), template="eight/said.html", **more)(said)

    class Worded(Model):
        word: str = "good"

    async def words(ctx: Context) -> dict[str, dict[str, str]]:
        if MODE["offers"] == "strange":
            return {"nothing": {"1": "One"}}
        if MODE["offers"] != "nothing":
            await as_bad(MODE["offers"])
            return {"word": {"1": "Title", "2": "Two"}}
        return {}

    @portlet(title="<b>Worded", size=(3, 2), config=Worded, offers=words,
             template="eight/said.html")
    async def worded(ctx: Context, config: Worded) -> Said:
        return Said(text=config.word)

    ages = [ageing("ages", stale="1h"), ageing("never")]

    plugin = Plugin(
        title="Eight",
        portlets=[*(one(n) for n in range(1, 8)), bad, shown, also, *ages, worded],
        publishes=[Changed],
    )
"""
SAID = "<p>{{ text }}</p>"
FORM = """{% import "maru/ui.html" as ui %}<p>{{ text }}</p>{{ ui.action("Go", "/eight") }}"""


@dataclass(frozen=True)
class Eight:
    """The company, and the plugin's module to steer it by."""

    company: TestCompany
    module: Any

    async def publish(self, text: str, times: int = 1) -> None:
        """Changes what two portlets show, and tells."""
        async with self.company.context() as ctx:
            self.module.TEXT["now"] = text
            for _ in range(times):
                await ctx.publish(self.module.Changed())

    @asynccontextmanager
    async def browser(self, who: str = "member") -> AsyncIterator[httpx.AsyncClient]:
        """Somebody's browser, which has a cookie."""
        transport = httpx.ASGITransport(self.company.kit.edge)
        url = f"https://{self.company.tenant.slug}.localhost"
        ours = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(
            transport=transport, base_url=url, timeout=30, headers=ours
        ) as client:
            token = (await client.get("/login")).text.partition('name="_csrf" value="')[2]
            form = {"username": who, "password": PASSWORD, "_csrf": token.partition('"')[0]}
            answer = await client.post("/login", data=form)
            assert answer.status_code == 303, answer.text
            yield client


@pytest.fixture(scope="package")
async def eight_kit(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TestKit]:
    """A house with the plugin."""
    shelf = Shelf(tmp_path_factory.mktemp("eight"))
    files = {"templates/eight/said.html": SAID, "templates/eight/form.html": FORM}
    shelf.add("eight", EIGHT, files=files)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with copy_of(engines, template) as name, kit_on(settings_for(engines, name)) as kit:
            yield kit
    shelf.forget()


@pytest.fixture
async def eight(eight_kit: TestKit) -> Eight:
    """A company in which the plugin is on and good."""
    module: Any = sys.modules["maru_eight"]
    module.MADE.clear()
    module.MODE.update(now="good", ages="good", offers="nothing")
    module.TEXT["now"] = "first"
    return Eight(await eight_kit.company("eight"), module)
