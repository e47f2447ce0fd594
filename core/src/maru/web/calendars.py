"""A month or a week as `ui.calendar` draws it: weeks of days with what is on each."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from babel.dates import format_date, format_skeleton, get_day_names

_WEEK: Final = 7
# Beyond these a neighbour of what is shown would have no date.
_FIRST: Final = date(1, 2, 1)
_LAST: Final = date(9998, 12, 31)
_SUNDAY_FIRST: Final = calendar.Calendar(calendar.SUNDAY)


@dataclass(frozen=True, slots=True)
class Day:
    """One day; `outside` says that it belongs to a neighbouring month."""

    date: date
    events: Sequence[Any]
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is shown, and a day of what stands before and after it."""

    title: str
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[Day]]
    before: date
    after: date


def calendar_of(at: date, events: Sequence[Any], view: str, locale: str) -> Calendar:
    """The month or the week of a day; weeks begin with Sunday, as on Korean calendars."""
    at = min(max(at, _FIRST), _LAST)
    names = get_day_names("abbreviated", locale=locale)
    weekdays = [names[number] for number in _SUNDAY_FIRST.iterweekdays()]
    if view == "week":
        first = at - timedelta(days=(at.weekday() + 1) % _WEEK)
        days = [first + timedelta(days=number) for number in range(_WEEK)]
        week = [Day(one, list(_on(one, events))) for one in days]
        before, after = first - timedelta(days=_WEEK), first + timedelta(days=_WEEK)
        return Calendar(_span(days[0], days[-1], locale), weekdays, [week], before, after)
    weeks = [
        [Day(one, list(_on(one, events)), one.month != at.month) for one in week]
        for week in _SUNDAY_FIRST.monthdatescalendar(at.year, at.month)
    ]
    title = format_skeleton("yMMMM", at, locale=locale)
    before = (at.replace(day=1) - timedelta(days=1)).replace(day=1)
    after = (at.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Calendar(title, weekdays, weeks, before, after)


def _span(first: date, last: date, locale: str) -> str:
    return f"{format_date(first, 'long', locale)} – {format_date(last, 'long', locale)}"


def _on(day: date, events: Sequence[Any]) -> Iterator[Any]:
    """What is on a day: an event has `day` and, where it lasts longer, `until`."""
    for event in events:
        begins = _part(event, "day")
        if begins <= day <= (_part(event, "until") or begins):
            yield event


def _part(event: Any, name: str) -> Any:
    return event.get(name) if isinstance(event, dict) else getattr(event, name, None)
