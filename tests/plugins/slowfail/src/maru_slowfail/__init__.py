"""Portlets that are late, that fail and that hang: what the page must bear; and a job that can't
be done as it is asked."""

import asyncio
from typing import Literal

from pydantic import Field

from maru_sdk import Context, InvalidInput, Model, Plugin, job, portlet
from maru_sdk.forms import DepartmentId, PersonId, when
from maru_sdk.operation import command


class Said(Model):
    """What a portlet says once it has come."""

    text: str


@portlet(title="느린 조각", icon="clock", size=(4, 2), template="slowfail/said.html")
async def slow(ctx: Context) -> Said:
    """Comes later than the page waits, within its own deadline."""
    await asyncio.sleep(0.7)
    return Said(text="늦었지만 왔습니다")


@portlet(title="깨진 조각", icon="cloud-off", size=(4, 2), template="slowfail/said.html")
async def broken(ctx: Context) -> Said:
    """Fails each time."""
    raise RuntimeError("the meter is broken")


@portlet(title="멈춘 조각", icon="plug", size=(4, 2), template="slowfail/said.html")
async def stuck(ctx: Context) -> Said:
    """Comes after its deadline."""
    await asyncio.sleep(8)
    return Said(text="오래 걸렸습니다")


class Line(Model):
    """A row of the settings."""

    what: str = Field("", title="무엇")


class Asked(Model):
    """Settings with a field of each kind."""

    word: str = Field("처음", title="낱말", max_length=20)
    count: int = Field(1, ge=1, le=9, title="개수")
    way: Literal["short", "long"] = Field("short", title="방식")
    more: str = Field("", title="덧붙임", json_schema_extra=when("way", "long"))
    who: PersonId | None = Field(None, title="담당자")
    where: DepartmentId | None = Field(None, title="담당 부서")
    lines: list[Line] = Field(default_factory=list, title="줄", max_length=3)


@portlet(title="묻는 조각", size=(4, 3), template="slowfail/said.html", config=Asked)
async def asking(ctx: Context, config: Asked) -> Said:
    """Says what it was set to."""
    lines = ",".join(line.what for line in config.lines)
    who, where = config.who is not None, config.where is not None
    return Said(text=f"{config.word}/{config.count}/{config.more}/{who}/{where}/{lines}")


class Dish(Model):
    """What is to be cooked."""

    name: str = "stones"


@job()
async def cook(ctx: Context, ask: Dish) -> Said:
    """Cooks a dish."""
    if ask.name == "stones":
        raise InvalidInput("nobody cooks stones")
    return Said(text=f"{ask.name} is served")


@command("Order stones")
async def order(ctx: Context) -> str:
    """Has something cooked that can't be."""
    return str(await ctx.jobs.enqueue(cook, Dish()))


plugin = Plugin(
    title="Slow and failing",
    icon="clock",
    portlets=[slow, broken, stuck, asking],
    jobs=[cook],
    commands=[order],
)
