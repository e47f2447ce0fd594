"""Functions that stand for those of an isolated plugin: called like them, run elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import Parameter, Signature
from typing import Any, Final
from uuid import UUID

from maru.access.granted import plugin_of
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.isolated.described import Anything
from maru.plugins.isolated.refusals import PluginAway, RanAway
from maru.plugins.isolated.remote import Remote
from maru.plugins.isolated.wishes import Wishes
from maru.plugins.isolated.working import Working
from maru_sdk import Context, Model, RateLimited

FRAGMENT: Final = 2.0
"""Seconds for a portlet, of which the page waits less, or for the words of a notification."""

REQUEST: Final = 10.0
COMMAND: Final = 600.0
JOBS: Final = 2
"""Jobs of one plugin under way at once in one worker, so that others' jobs find a place."""

_SECONDS: Final = {"commands": COMMAND, "notifications": FRAGMENT}
AGAIN: Final = 5.0
_SHORTEST: Final = 0.05


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """One function of an isolated plugin."""

    remote: Remote
    kind: str
    name: str

    @property
    def full_name(self) -> str:
        """As declarations are named."""
        return f"{self.remote.key}.{self.name}"

    async def ask(self, call: Working, seconds: float, **more: Any) -> dict[str, Any]:
        """Have it called in the name of this piece of work; what it has done is committed."""
        return await ask(self.remote, call, seconds, kind=self.kind, name=self.name, **more)

    async def run_job(
        self, call: Any, payload: Mapping[str, Any], job_id: UUID, run: str, seconds: float
    ) -> None:
        """Run a job there; its row is finished in the transaction of its effect.

        RunLost where another run has the row. While nobody answers there the job waits, and that
        costs it no try; one in whose middle the process dies counts.
        """
        remote = self.remote
        if remote.jobs >= JOBS:
            raise RateLimited(1.0)
        remote.jobs += 1
        try:
            asked = {"asks": [payload], "id": str(job_id), "run": run}
            await self.ask(call, seconds, what="job", **asked)
        except PluginAway:
            raise RateLimited(AGAIN, PluginAway.message) from None
        finally:
            remote.jobs -= 1


async def ask(remote: Remote, call: Working, seconds: float, **question: Any) -> dict[str, Any]:
    """Put a question in the name of a piece of work, and see to what comes of the answer."""
    seconds = _left(call, seconds)
    asked = {**question, "call": told(call, remote.key)}
    wishes = Wishes(remote.key, call, seconds, remote.pace)
    answer = await remote.ask(asked, call.tenant.id, call.actor, seconds, wishes.grant)
    await _afterwards(remote, call, answer)
    return answer


def told(call: Working, key: str) -> dict[str, Any]:
    """What an isolated plugin learns of the work at hand: of the person's rights, its own."""
    own = f"{key}:"
    granted = call.granted

    def only(held: Mapping[str, Any]) -> dict[str, list[str]]:
        return {n: [str(i) for i in ids] for n, ids in held.items() if n.startswith(own)}

    return {
        "tenant": call.tenant.model_dump(mode="json"),
        "user": None if call.user is None else call.user.model_dump(mode="json"),
        "granted": {
            "permissions": [n for n in granted.permissions if n.startswith(own)],
            "departments": only(granted.departments),
            "resources": only(granted.resources),
            "roles": list(granted.roles),
            "hidden": [one for one in granted.hidden if plugin_of(one) == key],
        },
        "locale": call.locale,
        "now": call.now.isoformat(),
        "trace": call.trace,
        "deadline": None if call.deadline is None else call.deadline.isoformat(),
        "readonly": call.unit.readonly,
    }


def _left(call: Working, seconds: float) -> float:
    if call.deadline is None:
        return seconds
    left = (call.deadline - datetime.now(UTC)).total_seconds()
    return max(_SHORTEST, min(seconds, left))


_NUDGED: Final = frozenset({"job", "event", "live", "signal"})
_TAGS: Final = 100


async def _afterwards(remote: Remote, call: Working, answer: Mapping[str, Any]) -> None:
    """What an isolated process can't reach: waking others, and emptying their caches."""
    services, tenant = call.services, call.tenant.id
    tags = [tag for tag in answer.get("dropped") or () if isinstance(tag, str)][:_TAGS]
    if tags:  # before anybody is told that what they show is old
        async with committing(services.database.unit(Scope(tenant))) as unit:
            await services.cache.drop(unit, tenant, tags)
    for channel in sorted(_NUDGED.intersection(answer.get("nudges") or ())):
        await remote.nudge(channel)


def stub_of(
    remote: Remote, kind: str, name: str, given: Mapping[str, type[Any]], part: str = "function"
) -> Any:
    """An async function with `ctx` and what the real one takes."""
    elsewhere = Elsewhere(remote, kind, name)

    async def function(ctx: Context, *asks: Model | int) -> Any:
        asked = [a if isinstance(a, int) else a.model_dump(mode="json") for a in asks]
        return await _valued(elsewhere, ctx, asked, part)

    function.__module__ = f"maru_{remote.key}"
    function.__name__ = function.__qualname__ = name
    parameters = [Parameter(one, Parameter.POSITIONAL_OR_KEYWORD) for one in ("ctx", *given)]
    shown: Any = function
    shown.__signature__ = Signature(parameters)
    shown.__annotations__ = {"ctx": Context, **given, "return": Any}
    shown.elsewhere = elsewhere
    return shown


async def _valued(elsewhere: Elsewhere, ctx: Any, asks: list[Any], part: str) -> Any:
    seconds = _SECONDS.get(elsewhere.kind, REQUEST)
    answer = await elsewhere.ask(ctx.call, seconds, what="value", asks=asks, part=part)
    value = answer.get("value")
    if isinstance(value, dict):
        return Anything.model_validate(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise RanAway(f"{elsewhere.full_name} answered no model")


def elsewhere_of(function: Any) -> Elsewhere | None:
    """Where the function really is, None for one that is here."""
    found = getattr(function, "elsewhere", None)
    return found if isinstance(found, Elsewhere) else None
