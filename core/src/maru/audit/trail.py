"""Writes audit lines: inserted with the change they tell of, never altered; a sealer links them
later."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from time import monotonic
from typing import Any, Final
from uuid import UUID

import orjson

from maru.audit.kinds import is_view, kind_of
from maru.db.literals import literal
from maru.db.unit import Unit
from maru.observability.masking import clean
from maru_sdk.db import uuid7

_LONGEST: Final = 500
_AGAIN: Final = 600.0
_REMEMBERED: Final = 20_000
# Sent with the commit, so that a line costs the request no round trip of its own.
_WRITE: Final = (
    "INSERT INTO maru.audit (id, person_id, operator, plugin, kind, action, target, address, trace,"
    " before, after) VALUES ({})"
)
View = tuple[UUID | None, UUID | None, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through which plugin, from where and in which trace: a person of the tenant, an
    operator by user name, or neither, such as a job of nobody's."""

    person_id: UUID | None = None
    plugin: str = "core"
    address: str | None = None
    trace: str | None = None
    operator: str | None = None


NOBODY: Final = Actor()


class AuditTrail:
    """The trail of every tenant; a line belongs to the tenant of its unit of work."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._views = Views(clock)

    async def write(
        self,
        unit: Unit,
        action: str,
        target: str,
        *,
        actor: Actor = NOBODY,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes one line at the end of the unit's transaction: `write(unit, "plugin.enabled",
        "plugin:board")`. What goes by a secret's name is masked. Of views (`person.viewed`) by one
        person only the first in ten minutes is written."""
        if is_view(action):
            view = (unit.scope.tenant, actor.person_id, actor.operator, action, target)
            if not self._views.new(view):
                return
            unit.on_commit(self._views.kept(view))
        given = (
            uuid7(),
            actor.person_id,
            actor.operator,
            actor.plugin,
            kind_of(action),
            _storable(action),
            _storable(target),
            actor.address,
            actor.trace,
            _cleaned(before),
            _cleaned(after),
        )
        await unit.at_commit(_WRITE.format(", ".join(map(literal, given))))


class Views:
    """The views that this process has written lately, so that looking costs next to nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[View, float] = OrderedDict()

    def new(self, view: View) -> bool:
        """Whether this view was not written in the last ten minutes."""
        seen = self._seen.get(view)
        return seen is None or seen + _AGAIN <= self._clock()

    def kept(self, view: View) -> Callable[[], Any]:
        """What remembers a view once its line is on disk."""

        async def keep() -> None:
            self._seen[view] = self._clock()
            self._seen.move_to_end(view)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

        return keep


def _storable(text: str) -> str:
    return text[:_LONGEST].replace("\x00", "\ufffd")


def _cleaned(facts: Mapping[str, Any] | None) -> str | None:
    """What is told, without secrets, as JSON that the database takes."""
    if facts is None:
        return None
    cleaned = {name: clean(name, fact) for name, fact in facts.items()}
    try:
        text = orjson.dumps(cleaned).decode()
    except TypeError:
        text = "\\u0000"
    return json.dumps(_plain(cleaned)) if "\\u0000" in text else text


def _plain(value: Any) -> Any:
    """The same with marks for what JSON in a database can't hold: NUL, halves of characters,
    numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
