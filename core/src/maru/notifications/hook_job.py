"""Sends one delivery to a hook: no transaction is open while the other side thinks."""

import time
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from maru.notifications import hook_queries as queries
from maru.notifications import hooks
from maru.notifications.drawing import worded
from maru.notifications.hooks import Delivering
from maru.notifications.kinds import call_of, found
from maru.plugins.context import Call
from maru.tenancy.homes import Homes
from maru_sdk import Context, InvalidInput, MaruError, job
from maru_sdk.declarations import Job

TRIES: Final = 16
_LIMIT: Final = 100_000


def deliver_job(homes: Homes) -> Job:
    """The job of the core plugin `notifications`."""

    @job(tries=TRIES, deadline="1m")
    async def deliver_hook(ctx: Context, ask: Delivering) -> None:
        """Again and again for hours while the other side is away; what it refuses is dead."""
        made = await _made(ctx, homes, ask.delivery)
        if made is None:
            return
        url, body, headers = made
        try:
            answer = await ctx.http.post(
                url, content=body, headers=headers, timeout="10s", limit=_LIMIT
            )
            answer.raise_for_status()
        except MaruError as error:
            await _note(ctx, ask.delivery, error)
            raise
        await ctx.db.execute(queries.SENT, {"id": ask.delivery})

    return deliver_hook


async def _made(
    ctx: Context, homes: Homes, delivery: UUID
) -> tuple[str, bytes, dict[str, str]] | None:
    """Where it goes and what it says, in the company's language; None where that is over."""
    async with ctx.aside() as own:
        call = call_of(own)
        row = (await call.unit.db.execute(queries.ONE, {"id": delivery})).one_or_none()
        if row is None or row.state != "waiting":
            return None
        kind = found(call, row.kind)
        if kind is None:
            return None
        company = replace(call, user=None, locale=call.tenant.locale, _contexts={})
        notice = await worded(company, kind[0], kind[1], row.value, 1)
        url = await hooks.opened(call, row.hook_id, "url", row.url)
        home = homes.of_tenant(call.tenant.id)
        if row.style == "slack":
            return url, hooks.said(notice, home), {"content-type": "application/json"}
        body = hooks.told(row, notice, home)
        return url, body, await _signed(call, row, body)


async def _signed(call: Call, row: Any, body: bytes) -> dict[str, str]:
    secret = await hooks.opened(call, row.hook_id, "secret", row.secret)
    return {
        "content-type": "application/json",
        "maru-delivery": str(row.id),
        "maru-signature": hooks.signed(secret, int(time.time()), body),
    }


async def _note(ctx: Context, delivery: UUID, error: MaruError) -> None:
    """Why it failed, for the page; whether it is tried again is the queue's."""
    state = "dead" if isinstance(error, InvalidInput) else "waiting"
    async with ctx.aside() as own:
        values = {"id": delivery, "state": state, "error": f"{error.code}: {error}"[:500]}
        await own.db.execute(queries.FAILED, values)
