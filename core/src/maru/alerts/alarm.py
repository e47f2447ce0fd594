"""One rule's state: quiet, about to be true, true; and when somebody is told."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from maru.alerts.rule import Rule

State = Literal["ok", "pending", "firing", "unknown"]

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "lt": operator.lt,
    "eq": operator.eq,
    "gte": operator.ge,
    "lte": operator.le,
}


@dataclass(frozen=True)
class Notice:
    """What is told: a rule came true, or is no longer."""

    rule: Rule
    firing: bool
    value: float | None


@dataclass
class Alarm:
    """The state of a rule. Times are of a clock that never jumps."""

    rule: Rule
    state: State = "unknown"
    value: float | None = None
    since: float | None = None
    told_at: float | None = None
    told: bool = False

    def step(self, value: float | None, now: float) -> Notice | None:
        """Take in the latest value; what is to be told of it, if anything.

        Without a value nothing is known: what fires goes on firing, since a figure that is missing
        mends nothing.
        """
        self.value = value
        if value is None:
            if self.state != "firing":
                self._turn("unknown", now)
            return None
        if not _COMPARE[self.rule.operator](value, self.rule.threshold):
            return self._quiet(now)
        if self.state not in ("pending", "firing"):
            self._turn("pending", now)
        return self._true(now)

    def _true(self, now: float) -> Notice | None:
        assert self.since is not None
        if self.state == "pending" and now - self.since >= self.rule.for_.total_seconds():
            self._turn("firing", now)
        if self.state != "firing" or self.told or self._cooling(now):
            return None
        self.told, self.told_at = True, now
        return Notice(self.rule, True, self.value)

    def _quiet(self, now: float) -> Notice | None:
        was_told, self.told = self.told, False
        if self.state != "ok":
            self._turn("ok", now)
        return Notice(self.rule, False, self.value) if was_told else None

    def _cooling(self, now: float) -> bool:
        if self.told_at is None:
            return False
        return now - self.told_at < self.rule.cool_down.total_seconds()

    def _turn(self, state: State, now: float) -> None:
        if self.state != state:
            self.state, self.since = state, now
