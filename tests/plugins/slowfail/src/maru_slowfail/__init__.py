"""Portlets that are late, that fail and that hang: what the page must bear."""

import asyncio

from maru_sdk import Context, Model, Plugin, portlet


class Said(Model):
    """What a portlet says once it has come."""

    text: str


@portlet(title="느린 조각", icon="clock", size=(4, 2), template="slowfail/said.html")
async def slow(ctx: Context) -> Said:
    """Comes later than the page waits, within its own deadline."""
    await asyncio.sleep(0.4)
    return Said(text="늦었지만 왔습니다")


@portlet(title="깨진 조각", icon="cloud-off", size=(4, 2), template="slowfail/said.html")
async def broken(ctx: Context) -> Said:
    """Fails each time."""
    raise RuntimeError("the meter is broken")


@portlet(title="멈춘 조각", icon="plug", size=(4, 2), template="slowfail/said.html")
async def stuck(ctx: Context) -> Said:
    """Comes after its deadline."""
    await asyncio.sleep(5)
    return Said(text="오래 걸렸습니다")


plugin = Plugin(title="Slow and failing", icon="clock", portlets=[slow, broken, stuck])
