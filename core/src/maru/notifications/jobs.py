"""Telling many: part by part, each in a transaction of its own, so that nobody waits for all."""

from typing import Final, cast
from uuid import UUID

from maru.notifications.kinds import call_of, found
from maru.notifications.telling import Errand, Part, Telling
from maru.notifications.telling_queries import FIRST
from maru.plugins.context import Call
from maru_sdk import Context, Model, job

PART: Final = 500
NAMED: Final = 500
"""So many people's pages are told one by one; of more, all pages look."""


class Reached(Model):
    """How many people were told."""

    people: int


@job(deadline="1h")
async def tell_many(ctx: Context, ask: Errand) -> Reached:
    """Tells departments, roles, everyone. What a run before has told isn't told again."""
    after, looked, people, rooms = FIRST, 0, 0, list[str]()
    telling = _telling(call_of(ctx))
    while (part := await _part(ctx, telling, ask, after)) is not None:
        looked, people = looked + part.looked, people + part.told
        rooms += [f"me:{person}" for person in part.people][: NAMED + 1 - len(rooms)]
        await ctx.progress(looked)
        if part.last is None or part.looked < PART:
            break
        after = part.last
    await telling.say(call_of(ctx), rooms if len(rooms) <= NAMED else ["tenant"], ask.kind)
    return Reached(people=people)


async def _part(ctx: Context, telling: Telling, ask: Errand, after: UUID) -> Part | None:
    """The next part, told and committed; None where the plugin is off by now."""
    async with ctx.aside() as own:
        call = call_of(own)
        kind = found(call, ask.kind)
        return None if kind is None else await telling.part(call, kind[1], ask, after, PART)


def _telling(call: Call) -> Telling:
    return cast(Telling, call.services.notices)
