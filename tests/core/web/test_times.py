"""Times as people of each language write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maru.web import times

SEOUL = ZoneInfo("Asia/Seoul")
AT = datetime(2026, 11, 20, 6, 4, tzinfo=UTC)


def test_moments_in_both_languages_and_the_persons_zone() -> None:
    assert times.moment(AT, "ko", SEOUL) == "2026. 11. 20. 오후 3:04"
    assert times.moment(AT, "en", ZoneInfo("America/New_York")) == "Nov 20, 2026, 1:04 AM"
    assert times.moment(AT.replace(tzinfo=None), "ko", SEOUL, "time") == "오후 3:04"
    assert times.day(date(2026, 3, 1), "ko") == "2026. 3. 1."
    assert times.day(date(2026, 3, 1), "ko", "day") == "3. 1. (일)"


@pytest.mark.parametrize(
    ("ago", "korean", "english"),
    [
        (timedelta(seconds=20), "방금", "just now"),
        (timedelta(minutes=3), "3분 전", "3 minutes ago"),
        (timedelta(hours=5), "5시간 전", "5 hours ago"),
        (timedelta(days=2), "2일 전", "2 days ago"),
        (timedelta(days=-2), "2일 후", "in 2 days"),
        (timedelta(days=30), "2026. 10. 21.", "Oct 21, 2026"),
    ],
)
def test_relative(ago: timedelta, korean: str, english: str) -> None:
    assert times.relative(AT - ago, AT, "ko", SEOUL) == korean
    assert times.relative(AT - ago, AT, "en", SEOUL) == english


def test_the_machine_readable_form_is_utc() -> None:
    assert times.iso(AT.astimezone(SEOUL)) == "2026-11-20T06:04:00Z"
