"""Puts what was kept into words of the reader's language, by the function of its kind."""

from collections.abc import Iterable
from functools import cache
from typing import Any, get_type_hints

from maru.access.granted import Granted
from maru.notifications.kinds import found
from maru.notifications.schemas import Line, NotificationOut
from maru.plugins.context import Call
from maru_sdk import Model
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Notice


class Thing:
    """On what a reader must hold a kind's permission."""

    def __init__(self, line: Line) -> None:
        self.resource = line.resource
        self.department_id = line.department_id


async def drawn(call: Call, lines: Iterable[Line]) -> list[NotificationOut]:
    """Those that the reader may see, in words."""
    shown = [await draw(call, line) for line in lines]
    return [one for one in shown if one is not None]


async def draw(call: Call, line: Line) -> NotificationOut | None:
    """One in words; None where its plugin is off or the reader may not know any more."""
    one = found(call, line.kind)
    if one is None or not may(call.granted, one[1], line):
        return None
    key, kind = one
    notice = await worded(call, key, kind, line.value, line.count)
    return NotificationOut(
        id=line.id,
        kind=line.kind,
        icon=kind.icon,
        title=notice.title,
        body=notice.body,
        url=notice.url,
        count=line.count,
        read=line.read,
        created_at=line.created_at,
    )


def may(granted: Granted, kind: NotificationKind, line: Line) -> bool:
    """Whether somebody with these rights may know what it says."""
    return kind.needs is None or granted.can(kind.needs, Thing(line))


async def worded(
    call: Call, key: str, kind: NotificationKind, value: dict[str, Any], count: int
) -> Notice:
    """What the plugin says; the kind's title where it can't, so that one that fails doesn't take
    everybody's other notifications along."""
    model, counts = taken(kind)
    answer = await call.services.points.guarded(
        key, call.tenant.id, kind.name, lambda: _ask(call, key, kind, model, counts, value, count)
    )
    if answer is None:
        return Notice(title=call.ctx(key).t(kind.title), url="/notifications")
    return answer


async def _ask(
    call: Call,
    key: str,
    kind: NotificationKind,
    model: type[Model],
    counts: bool,
    value: dict[str, Any],
    count: int,
) -> Notice:
    ask = model.model_validate(value)
    given = (ask, count) if counts else (ask,)
    said = await kind.function(call.ctx(key), *given)
    return said if isinstance(said, Notice) else Notice.model_validate(said.model_dump())


@cache
def taken(kind: NotificationKind) -> tuple[type[Model], bool]:
    """The model of a kind, and whether its function takes a count."""
    hints = get_type_hints(kind.function)
    return hints["ask"], "count" in hints
