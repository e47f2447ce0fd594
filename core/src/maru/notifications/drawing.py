"""Puts what was kept into words of the reader's language, by the function of its kind."""

import time
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Final, get_type_hints

from maru.access.granted import Granted
from maru.notifications.kinds import found
from maru.notifications.schemas import Line, NotificationOut
from maru.plugins.context import Call
from maru_sdk import Model
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Notice

SLOW: Final = 1.0
"""Seconds for one's words, after which its plugin isn't asked for those of a page's others."""


class Thing:
    """On what a reader must hold a kind's permission."""

    def __init__(self, line: Line) -> None:
        self.resource = line.resource
        self.department_id = line.department_id


async def drawn(call: Call, lines: Iterable[Line]) -> list[NotificationOut]:
    """Those that the reader may see, in words."""
    shown, slow = [], set[str]()
    for line in lines:
        began = time.monotonic()
        shown.append(await draw(call, line, slow))
        if time.monotonic() - began > SLOW:
            slow.add(plugin_of(line.kind))
    return [one for one in shown if one is not None]


async def draw(call: Call, line: Line, slow: Collection[str] = ()) -> NotificationOut | None:
    """One in words, by its title where its plugin is among the `slow`; None where the plugin is off
    or the reader may not know any more."""
    one = found(call, line.kind)
    if one is None or not may(call.granted, one[1], line):
        return None
    key, kind = one
    if plugin_of(line.kind) in slow:
        notice = titled(call, key, kind)
    else:
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
        return titled(call, key, kind)
    return answer


def titled(call: Call, key: str, kind: NotificationKind) -> Notice:
    """What stands there without the plugin's words."""
    return Notice(title=call.ctx(key).t(kind.title), url="/notifications")


def plugin_of(kind: str) -> str:
    """The key in a kind's name."""
    return kind.partition(".")[0]


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
