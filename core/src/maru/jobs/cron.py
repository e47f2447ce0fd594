"""When a cron expression fires, in a time zone and over the changes of its summer time.

cronsim reads the expressions. The points in time are counted here: an hour that is skipped or comes
twice, or a change by half an hour, must neither lose a run nor give one twice.

As in Debian's cron, an expression whose minute and hour are both given is a time of day: it fires
once a day, at the first of two such times, and where the clock jumps over it, at the jump. One with
a star in either counts the minutes that really pass.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

LONGEST = 200
HORIZON = timedelta(days=50 * 366)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_LARGEST_STEPS = (59, 23, 31, 12, 7)
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_LOOKS_BACK = (timedelta(hours=2), timedelta(days=2), timedelta(days=62))


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that was understood."""

    minutes: Sequence[int]
    hours: Sequence[int]
    months: frozenset[int]
    matches: Callable[[date], bool]
    timed: bool

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The points in time after `moment`, in UTC, for as long as anyone plans ahead."""
        points = self._times_of_day if self.timed else self._minutes_that_pass
        return points(moment.astimezone(UTC), zone)

    def _times_of_day(self, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        for day in self._days(last.astimezone(zone).date() - DAY):
            for hour in self.hours:
                for minute in self.minutes:
                    at = _instant(datetime.combine(day, time(hour, minute)), zone)
                    if at > last:
                        yield at
                        last = at

    def _days(self, day: date) -> Iterator[date]:
        end = day + HORIZON
        while day < end:
            if day.month not in self.months:
                day = (day.replace(day=1) + 32 * DAY).replace(day=1)
                continue
            if self.matches(day):
                yield day
            day += DAY

    def _minutes_that_pass(self, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        end, at = last + HORIZON, last.replace(second=0, microsecond=0) + MINUTE
        while at < end:
            local = at.astimezone(zone)
            if local.month not in self.months or not self.matches(local.date()):
                midnight = datetime.combine(local.date() + DAY, time())
                at = max(at + MINUTE, _instant(midnight, zone))
            elif local.hour not in self.hours:
                at += (60 - local.minute) * MINUTE
            elif local.minute not in self.minutes:
                at += (self._next_minute(local.minute) - local.minute) * MINUTE
            else:
                yield at
                at += MINUTE

    def _next_minute(self, now: int) -> int:
        return next((minute for minute in self.minutes if minute > now), 60)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """A time on the wall as an instant: the first of two, or the next that there is."""
    while True:
        found = local.replace(tzinfo=zone).astimezone(UTC)
        if found.astimezone(zone).replace(tzinfo=None) == local:
            return found
        local += MINUTE


@lru_cache(maxsize=1_024)
def read(text: object) -> Cron:
    """The expression of five fields; raises ValueError saying what is wrong with it."""
    parts: list[str] = text.upper().split() if isinstance(text, str) else []
    if len(parts) != len(_FIELDS):
        raise ValueError("it needs five fields: " + ", ".join(_FIELDS))
    for name, part, largest in zip(_FIELDS, parts, _LARGEST_STEPS, strict=True):
        _check_part(name, part, largest)
    try:
        found: Any = CronSim(" ".join(parts), _BEGINNING)
    except CronSimError as fault:
        raise ValueError(_reason(str(fault))) from None
    return Cron(
        minutes=tuple(sorted(found.minutes)),
        hours=tuple(sorted(found.hours)),
        months=frozenset(found.months),
        matches=found.match_day,
        timed=not parts[0].startswith("*") and not parts[1].startswith("*"),
    )


def _check_part(name: str, part: str, largest: int) -> None:
    """Refuse what cronsim takes for something else than was meant, or doesn't expect."""
    if len(part) > LONGEST:
        raise ValueError(f"its {name} is too long")
    for term in part.split(","):
        value, slash, step = term.partition("/")
        if slash and step.isdecimal() and int(step) > largest:
            raise ValueError(f"its {name} has the step {step}, of at most {largest}")
        if slash and value.startswith("L"):
            raise ValueError(f"its {name} has a step on {value}, which is one day")


def _reason(fault: str) -> str:
    if fault == "Bad day-of-month":
        return "its day of month is wrong, or none of its months has that day"
    return f"its {fault.removeprefix('Bad ').replace('-', ' ')} is wrong"


def cron_fault(text: object) -> str | None:
    """Why a cron expression can't be used, None where it can; for whoever checks declarations."""
    try:
        found = read(text)
    except ValueError as fault:
        return str(fault)
    never = next(found.after(_BEGINNING, ZoneInfo("UTC")), None) is None
    return "it names no day that ever comes" if never else None


def fires_after(text: str, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first point in time after `moment`, in UTC; None where there is none."""
    try:
        return next(read(text).after(moment, zone), None)
    except ValueError:
        return None


def latest(
    text: str, since: datetime, now: datetime, zone: ZoneInfo, most: int = 1
) -> list[datetime]:
    """The last `most` points in time after `since` and not after `now`, in their order."""
    looks = [now - back for back in _LOOKS_BACK if now - back > since]
    for begin in (*looks, since):
        found: deque[datetime] = deque(maxlen=most)
        for at in read(text).after(begin, zone):
            if at > now:
                break
            found.append(at)
        if len(found) == most or begin == since:
            return list(found)
    return []
