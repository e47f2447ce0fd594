"""Days by their hours: where things stand, and that nothing hides another."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from maru.web.hours import Hours, hours_of

SEOUL = ZoneInfo("Asia/Seoul")
DAY = date(2026, 11, 25)
NINE = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # nine o'clock in Seoul


def on(*spans: tuple[int, int], days: int = 1) -> Hours:
    """What is shown of things that begin so many minutes after nine and last so many."""
    begun = [(NINE + timedelta(minutes=after), timedelta(minutes=m)) for after, m in spans]
    events = [{"title": "회의", "starts": at, "ends": at + lasts} for at, lasts in begun]
    return hours_of(DAY, events, days, "ko", SEOUL)


def test_a_thing_stands_at_its_hours() -> None:
    (one,) = on((0, 90)).days[0].placed
    assert (one.y, one.h, one.x, one.w) == (2, 3, 0, 1)  # the day begins at eight
    assert one.says == "09:00–10:30"
    assert on((10, 15)).days[0].placed[0].h == 1


def test_the_day_is_as_long_as_what_is_on_it() -> None:
    assert (len(on().clock), on().clock[0]) == (11, "08:00")
    early = on((-180, 30))
    assert (early.clock[0], early.days[0].placed[0].y) == ("06:00", 0)
    assert on((13 * 60, 60)).clock[-1] == "22:00"


def test_what_lasts_over_midnight_is_on_both_days() -> None:
    week = on((14 * 60, 180), days=7)
    first, second = week.days[3].placed[0], week.days[4].placed[0]
    assert [(one.y, one.h) for one in (first, second)] == [(46, 2), (0, 4)]


def test_what_has_no_time_stands_above() -> None:
    event = {"title": "휴가", "day": DAY, "until": DAY + timedelta(days=1)}
    week = hours_of(DAY, [event], 7, "ko", SEOUL)
    assert [len(day.whole) for day in week.days] == [0, 0, 0, 1, 1, 0, 0]
    assert week.days[0].date == date(2026, 11, 22)
    assert (week.before, week.after) == (date(2026, 11, 15), date(2026, 11, 29))


@given(st.lists(st.tuples(st.integers(-540, 800), st.integers(1, 600)), max_size=20))
def test_nothing_hides_another(spans: list[tuple[int, int]]) -> None:
    shown = on(*spans)
    placed = shown.days[0].placed
    assert all(0 <= one.x < one.w <= 12 for one in placed)
    assert all(one.h >= 1 and one.y + one.h <= len(shown.clock) * 2 for one in placed)
    for a in placed:
        for b in placed:
            if a is not b and a.x == b.x and a.x < 11:
                assert a.y + a.h <= b.y or b.y + b.h <= a.y


def test_the_ends_of_time_can_be_shown() -> None:
    for at in (date.min, date.max):
        assert len(hours_of(at, [], 7, "en", SEOUL).days) == 7
