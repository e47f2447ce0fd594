"""Dates, times and numbers as a person of that language and zone writes them."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import copysign
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

# `aaaa`: Korean's short form of the half of the day is AM and PM nowadays, which nobody writes.
_PATTERNS: Final = {
    "ko": {
        "datetime": "yyyy. M. d. aaaa h:mm",
        "date": "yyyy. M. d.",
        "time": "aaaa h:mm",
        "day": "M. d. (E)",
    },
    "en": {
        "datetime": "MMM d, yyyy, h:mm a",
        "date": "MMM d, yyyy",
        "time": "h:mm a",
        "day": "EEE, MMM d",
    },
}
_SOON: Final = timedelta(minutes=1)
_LONG_AGO: Final = timedelta(days=7)
_UNITS: Final = ((86_400, 7 * 86_400), (3_600, 86_400), (60, 3_600))
KEPT: Final = 4_096
_NOW: Final = {"ko": "방금", "en": "just now"}


def in_zone(value: datetime, zone: ZoneInfo) -> datetime:
    """The moment on the person's clock; a time without a zone is UTC."""
    return _aware(value).astimezone(zone)


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@lru_cache(maxsize=KEPT)
def moment(value: datetime, locale: str, zone: ZoneInfo, style: str = "datetime") -> str:
    """`2026. 11. 20. 오후 3:04`; styles are datetime, date, time, day."""
    pattern = _PATTERNS[locale][style]
    return format_datetime(in_zone(value, zone), pattern, locale=locale)


def day(value: date, locale: str, style: str = "date") -> str:
    """`2026. 11. 20.` of a plain date, which has no zone."""
    return format_date(value, _PATTERNS[locale][style], locale=locale)


def told(value: datetime | date, locale: str, zone: ZoneInfo, style: str = "datetime") -> str:
    """A moment or a plain date; a plain date has no time of the day to tell."""
    if isinstance(value, datetime):
        return moment(value, locale, zone, style)
    return day(value, locale, "date" if style == "datetime" else style)


def element(value: datetime | date, now: datetime, locale: str, zone: ZoneInfo, style: str) -> str:
    """`<time>` with the stamp from which the browser makes its own text, and ours until then."""
    stamp = iso(value)
    kind = f' data-style="{style}"' if isinstance(value, datetime) else ""
    if style != "relative":
        text = told(value, locale, zone, style)
        return f'<time datetime="{stamp}"{kind}>{text}</time>'
    title, text = told(value, locale, zone), relative(value, now, locale, zone)  # type: ignore[arg-type]
    return f'<time datetime="{stamp}"{kind} title="{title}">{text}</time>'


def relative(value: datetime, now: datetime, locale: str, zone: ZoneInfo) -> str:
    """`3분 전` within a week, the date beyond it."""
    distance = _aware(value) - _aware(now)
    if abs(distance) < _SOON:
        return _NOW[locale]
    if abs(distance) > _LONG_AGO:
        return moment(value, locale, zone, "date")
    return _distance(_rounded(distance.total_seconds()), locale)


def _rounded(seconds: float) -> float:
    """A distance within a week as its text tells it, so that few texts are made.

    59.7 minutes are told as 60 minutes, and the hour begins a second later.
    """
    length = abs(seconds)
    unit, end = next(pair for pair in _UNITS if length >= pair[0])
    return copysign(min(round(length / unit) * unit, end - 1), seconds)


@lru_cache(maxsize=KEPT)
def _distance(seconds: float, locale: str) -> str:
    distance = timedelta(seconds=seconds)
    return format_timedelta(distance, add_direction=True, threshold=1.0, locale=locale)


def span(seconds: float, locale: str) -> str:
    """`3분`, `2시간`: how old something is."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.0, locale=locale)


def number(value: float, locale: str) -> str:
    """`12,345.6`."""
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=KEPT)
def iso(value: datetime | date) -> str:
    """UTC for the `datetime` attribute, from which the browser makes its own text; a plain date
    as it is."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return in_zone(value, ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
