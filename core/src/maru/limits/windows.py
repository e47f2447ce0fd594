"""Counts what was let through in the last while, in sixtieths of it: here for one process, in
`scripts.py` for all.

A sixtieth counts until all of it is past, so never more than the rate is let through in any span
of its length; at a steady pace a sixtieth less.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from maru.limits.rates import Rate

SLOTS: Final = 60
_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether there was room, how much is left, and after how many seconds there is more."""

    admitted: bool
    left: int
    wait: float


@dataclass(slots=True)
class Window:
    """What one key has used, by sixtieths."""

    slots: dict[int, int] = field(default_factory=dict)

    def used(self, rate: Rate, now: float) -> int:
        """How much counts at this moment."""
        present = _slot(rate, now)
        for old in [each for each in self.slots if each < present - SLOTS]:
            del self.slots[old]
        return sum(self.slots.values())

    def wait(self, rate: Rate, now: float, wanted: int) -> float:
        """In how many seconds so much is free."""
        free = rate.most - sum(self.slots.values())
        for each in sorted(self.slots):
            free += self.slots[each]
            if free >= wanted:
                return (each + SLOTS + 1) * rate.seconds / SLOTS - now
        return float(rate.seconds)


class Windows:
    """The windows of one process; those that were used longest ago are forgotten first."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, Window] = OrderedDict()

    def take(self, asked: Sequence[tuple[str, Rate]], now: float) -> list[Verdict]:
        """Takes one of each where all have one; the verdicts in the order asked."""
        verdicts = [self._verdict(key, rate, now) for key, rate in asked]
        if all(verdict.admitted for verdict in verdicts):
            self.note(asked, now)
        return verdicts

    def note(self, asked: Sequence[tuple[str, Rate]], now: float) -> None:
        """Counts what was let through elsewhere."""
        for key, rate in asked:
            self.use(key, rate, now, 1)

    def use(self, key: str, rate: Rate, now: float, number: int) -> None:
        """Counts so many."""
        slots, present = self._window(key).slots, _slot(rate, now)
        slots[present] = slots.get(present, 0) + number

    def free(self, key: str, rate: Rate, now: float) -> tuple[int, float]:
        """How many are left, and in how many seconds there is one if there is none."""
        window = self._window(key)
        free = rate.most - window.used(rate, now)
        return max(0, free), 0.0 if free > 0 else window.wait(rate, now, 1)

    def _verdict(self, key: str, rate: Rate, now: float) -> Verdict:
        free, wait = self.free(key, rate, now)
        return Verdict(free > 0, max(0, free - 1), wait)

    def _window(self, key: str) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window()
            while len(self._windows) > _REMEMBERED:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return window


def _slot(rate: Rate, now: float) -> int:
    return int(now * SLOTS / rate.seconds)
