"""Days by their hours as `ui.hours` draws them: what is on at what time, side by side where several
things are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

_SLOT: Final = timedelta(minutes=30)
_SLOTS: Final = 48
_MOST: Final = 12  # as many stand side by side; more share the last place
_OPENS: Final = 16  # in slots: eight o'clock, or earlier where something begins
_CLOSES: Final = 38


@dataclass(frozen=True, slots=True)
class Placed:
    """Something on one day: from its slot `y` for `h` of them, as the `x`th of `w` beside each
    other."""

    event: Any
    y: int
    h: int
    x: int
    w: int
    says: str


@dataclass(frozen=True, slots=True)
class HourDay:
    """One day: what has no time of day, and what has."""

    date: date
    title: str
    whole: Sequence[Any]
    placed: Sequence[Placed]


@dataclass(frozen=True, slots=True)
class Hours:
    """What is shown, and a day of what stands before and after it."""

    title: str
    days: Sequence[HourDay]
    clock: Sequence[str]
    before: date
    after: date


def hours_of(at: date, events: Sequence[Any], days: int, locale: str, zone: ZoneInfo) -> Hours:
    """One day, or with `days` of seven the week of it from its Sunday. Events with `starts` and
    `ends` stand at their hours on the clock of `zone`, others, with `day`, above them."""
    at = min(max(at, date(1, 1, 15)), date(9999, 12, 1))
    first = at - timedelta(days=(at.weekday() + 1) % 7) if days == 7 else at
    dates = [first + timedelta(days=number) for number in range(days)]
    titled = partial(format_skeleton, "MMMEd", locale=locale)
    spans = [(one, list(_spans(one, events, zone))) for one in dates]
    opens = min([_OPENS, *(s for _, on in spans for _, s, _ in on)]) // 2 * 2
    closes = -(-max([_CLOSES, *(e for _, on in spans for _, _, e in on)]) // 2) * 2
    shown = [
        HourDay(one, titled(one), list(_whole(one, events)), _placed(on, opens, zone))
        for one, on in spans
    ]
    clock = [f"{slot // 2:02}:00" for slot in range(opens, closes, 2)]
    title = format_date(first, "full" if days == 1 else "long", locale)
    if days > 1:
        title = f"{title} – {format_date(dates[-1], 'long', locale)}"
    step = timedelta(days=days)
    return Hours(title, shown, clock, first - step, first + step)


def _placed(spans: Sequence[tuple[Any, int, int]], opens: int, zone: ZoneInfo) -> Sequence[Placed]:
    return [
        Placed(event, start - opens, end - start, x, w, _says(event, zone))
        for (event, start, end), x, w in _lanes(spans)
    ]


def _whole(on: date, events: Sequence[Any]) -> Iterator[Any]:
    """What lasts the day: it has no times."""
    for event in events:
        begins = None if _part(event, "starts") else _part(event, "day")
        if begins is not None and begins <= on <= (_part(event, "until") or begins):
            yield event


def _spans(on: date, events: Sequence[Any], zone: ZoneInfo) -> Iterator[tuple[Any, int, int]]:
    """What has times, as the slots of this day, in the order in which it begins."""
    found = [(event, *slots) for event in events if (slots := _slots(on, event, zone))]
    yield from sorted(found, key=lambda one: (one[1], -one[2]))


def _slots(on: date, event: Any, zone: ZoneInfo) -> tuple[int, int] | None:
    starts, ends = _part(event, "starts"), _part(event, "ends")
    if starts is None:
        return None
    midnight = datetime.combine(on, time(), zone)
    begin, end = starts.astimezone(zone), (ends or starts + _SLOT * 2).astimezone(zone)
    if end <= midnight or begin.date() > on:
        return None
    first = max(0, int(_since(midnight, begin) // _SLOT)) if begin.date() == on else 0
    last = min(_SLOTS, -int(-_since(midnight, end) // _SLOT)) if end.date() == on else _SLOTS
    return min(first, _SLOTS - 1), max(last, min(first, _SLOTS - 1) + 1)


def _since(midnight: datetime, moment: datetime) -> timedelta:
    """By the clock on the wall, which the days of summer time don't stretch."""
    return moment.replace(tzinfo=None) - midnight.replace(tzinfo=None)


def _lanes(
    spans: Iterable[tuple[Any, int, int]],
) -> Iterator[tuple[tuple[Any, int, int], int, int]]:
    """Each thing with its place and how many places there are, where things overlap."""
    group: list[tuple[tuple[Any, int, int], int]] = []
    ends: list[int] = []
    for span in spans:
        if ends and span[1] >= max(ends):
            yield from ((one, x, len(ends)) for one, x in group)
            group, ends = [], []
        free = [lane for lane, end in enumerate(ends) if end <= span[1]]
        lane = free[0] if free else min(len(ends), _MOST - 1)
        ends[lane : lane + 1] = [max(span[2], ends[lane] if lane < len(ends) else 0)]
        group.append((span, lane))
    yield from ((one, x, len(ends)) for one, x in group)


def _says(event: Any, zone: ZoneInfo) -> str:
    """From when to when, on the reader's clock."""
    times = (_part(event, "starts"), _part(event, "ends"))
    return "–".join(f"{one.astimezone(zone):%H:%M}" for one in times if one is not None)


def _part(event: Any, name: str) -> Any:
    return event.get(name) if isinstance(event, dict) else getattr(event, name, None)
