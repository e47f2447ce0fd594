"""Texts that sound like a company: patterns of `seed_data` filled by chance, the particles fitted.

Only the demo uses this. All chance comes from the `Random` that the caller gives, so the same
seed writes the same words.
"""

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from random import Random
from typing import Any

PAIRS = ("을를", "이가", "은는", "과와")
WEEKDAYS = "월화수목금토일"


def data(name: str) -> dict[str, Any]:
    """One file of `seed_data`."""
    return tomllib.loads((files("maru_board") / "seed_data" / f"{name}.toml").read_text("utf-8"))


def parted(pattern: str, bodies: int) -> tuple[Sequence[int], str]:
    """`02|text` fits the bodies 0 and 2, a text without digits in front fits all."""
    digits, bar, text = pattern.partition("|")
    if bar and digits.isdecimal():
        return [int(digit) for digit in digits], text
    return range(bodies), pattern


def fitting(patterns: Sequence[str], body: int, bodies: int) -> list[str]:
    """The texts that go with a body."""
    pairs = [parted(pattern, bodies) for pattern in patterns]
    return [text for fits, text in pairs if body in fits]


def with_particle(word: str, wanted: str) -> str:
    """The word and the member of the particle's pair that its last sound asks for."""
    spoken = [sign for sign in word if sign.isalnum()]
    final = (ord(spoken[-1]) - 0xAC00) % 28 if spoken and "가" <= spoken[-1] <= "힣" else 0
    if wanted == "으로":
        return word + ("으로" if final not in (0, 8) else "로")
    pair = next(pair for pair in PAIRS if wanted in pair)
    return word + pair[0 if final else 1]


class _Filler(string.Formatter):
    """`{slot}` and `{slot:을}`."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        return with_particle(str(value), format_spec) if format_spec else str(value)


class Scene(dict[str, str]):
    """The values of one text's slots, drawn when first asked for and kept."""

    def __init__(
        self,
        chance: Random,
        slots: Mapping[str, Sequence[str]],
        names: Sequence[str],
        day: date,
    ) -> None:
        super().__init__()
        self._chance = chance
        self._slots = slots
        self._names = names
        self._day = day

    def __missing__(self, slot: str) -> str:
        self[slot] = self._drawn(slot)
        return self[slot]

    def fill(self, pattern: str) -> str:
        """The pattern with every slot filled."""
        return _Filler().vformat(pattern, (), self)

    def pick(self, patterns: Sequence[str]) -> str:
        """One of the patterns, filled."""
        return self.fill(self._chance.choice(patterns))

    def pick_title(self, patterns: Sequence[str], bodies: int) -> tuple[str, int]:
        """One of the titles, filled, and the place of a body that fits it."""
        fits, text = parted(self._chance.choice(patterns), bodies)
        return self.fill(text), self._chance.choice(fits)

    def _drawn(self, slot: str) -> str:
        if slot in self._slots:
            return self._chance.choice(self._slots[slot])
        if slot == "person":
            return self._chance.choice(self._names)
        if slot == "menu2":
            return self._chance.choice([m for m in self._slots["menu"] if m != self["menu"]])
        return self._number(slot) or self._time(slot)

    def _number(self, slot: str) -> str:
        draw = self._chance.randrange
        numbers = {
            "won": lambda: f"{draw(5, 300) * 1_000:,}",
            "price": lambda: f"{draw(16, 40) * 500:,}",
            "count": lambda: str(draw(10, 60)),
            "ext": lambda: str(draw(1001, 7999)),
            "small": lambda: str(draw(2, 10)),
            "percent": lambda: str(draw(61, 98)),
            "hex": lambda: f"{draw(0x80000000, 0x80FFFFFF):X}",
        }
        return numbers[slot]() if slot in numbers else ""

    def _time(self, slot: str) -> str:
        if slot == "hour":
            hour = self._chance.choice((9, 10, 11, 1, 2, 3, 4, 5, 6))
            return f"{'오전' if 9 <= hour <= 11 else '오후'} {hour}시"
        if slot in ("month", "year"):
            return str(getattr(self._day, slot))
        ahead = {"day": -self._chance.randrange(1, 5), "later": self._chance.randrange(3, 25)}
        when = self._day + timedelta(days=ahead[slot])
        return f"{when.month}월 {when.day}일({WEEKDAYS[when.weekday()]})"
