"""Quiet hours and digests by people's own clocks, also when these are changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maru.notifications.quiet import digest_due, quiet_until

SEOUL, YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
NIGHT = (22 * 60, 7 * 60)


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("hour", "minute", "ends"),
    [
        (21, 59, None),
        (22, 0, (2026, 3, 11, 7, 0)),
        (23, 30, (2026, 3, 11, 7, 0)),
        (0, 0, (2026, 3, 10, 7, 0)),
        (6, 59, (2026, 3, 10, 7, 0)),
        (7, 0, None),
        (12, 0, None),
    ],
)
def test_over_midnight(hour: int, minute: int, ends: tuple[int, ...] | None) -> None:
    found = quiet_until(at(SEOUL, 2026, 3, 10, hour, minute), SEOUL, *NIGHT)
    assert found == (None if ends is None else at(SEOUL, *ends))


def test_within_a_day() -> None:
    assert quiet_until(at(SEOUL, 2026, 3, 10, 12, 30), SEOUL, 720, 780) == at(
        SEOUL, 2026, 3, 10, 13, 0
    )
    assert quiet_until(at(SEOUL, 2026, 3, 10, 13, 0), SEOUL, 720, 780) is None


def test_none_are_none() -> None:
    now = at(SEOUL, 2026, 3, 10, 12, 0)
    for begin, end in ((None, None), (600, None), (None, 600), (600, 600)):
        assert quiet_until(now, SEOUL, begin, end) is None


def test_the_hour_that_is_skipped() -> None:
    """On 8 March 2026 New York's clock goes from 2:00 to 3:00."""
    night = (22 * 60, 7 * 60)
    assert quiet_until(at(YORK, 2026, 3, 7, 23, 0), YORK, *night) == at(YORK, 2026, 3, 8, 7, 0)
    ends = quiet_until(at(YORK, 2026, 3, 7, 23, 0), YORK, 22 * 60, 150)
    assert ends == at(YORK, 2026, 3, 8, 3, 30)


def test_the_hour_that_comes_twice() -> None:
    """On 1 November 2026 it goes from 2:00 back to 1:00."""
    second = at(YORK, 2026, 11, 1, 1, 15, fold=1)
    ends = quiet_until(second, YORK, 0, 90)
    assert ends == at(YORK, 2026, 11, 1, 1, 30, fold=1)


@given(
    st.integers(0, 1_500_000),
    st.integers(0, 1439),
    st.integers(0, 1439),
)
def test_they_always_end_and_later_than_now(minutes: int, begin: int, end: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for zone in (SEOUL, YORK):
        ends = quiet_until(now, zone, begin, end)
        if ends is not None:
            assert 0 < (ends - now).total_seconds() <= 26 * 3_600


def test_digests() -> None:
    monday = at(SEOUL, 2026, 3, 9, 8, 2)
    never: dict[str, date | None] = {"daily_on": None, "weekly_on": None}
    assert digest_due(monday, SEOUL, 8, **never) == ["daily", "weekly"]
    assert digest_due(monday, SEOUL, 9, **never) == []
    had = {"daily_on": date(2026, 3, 9), "weekly_on": date(2026, 3, 9)}
    assert digest_due(monday, SEOUL, 8, **had) == []
    tuesday = at(SEOUL, 2026, 3, 10, 11, 2)  # nobody was there at eight
    assert digest_due(tuesday, SEOUL, 8, **had) == ["daily"]
