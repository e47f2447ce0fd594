"""Cron expressions: what is refused, and when the others fire over the changes of summer time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maru.jobs.cron import cron_fault, fires_after, latest

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
BEIRUT = ZoneInfo("Asia/Beirut")

# Zone, the day on which the clock jumps on, the day on which an hour (or half of one) comes twice.
CHANGES = [
    (BERLIN, "2026-03-29", "2026-10-25"),
    (NEW_YORK, "2026-03-08", "2026-11-01"),
    (LORD_HOWE, "2026-10-04", "2026-04-05"),
    (BEIRUT, "2026-03-29", "2026-10-24"),
]
DAYS = [(zone, day) for zone, *days in CHANGES for day in days]


def fired(cron: str, day: str, zone: ZoneInfo) -> list[str]:
    """The times on the wall at which it fires on that day."""
    start, end = (
        (datetime.fromisoformat(day) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)
        for days in (0, 1)
    )
    points = latest(cron, start - timedelta(seconds=1), end - timedelta(seconds=1), zone, 10_000)
    return [at.astimezone(zone).strftime("%H:%M") for at in points]


class TestZones:
    def test_the_zone_counts(self) -> None:
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        assert fires_after("0 9 * * *", noon, SEOUL) == datetime(2026, 11, 21, 0, tzinfo=UTC)
        assert fires_after("0 9 * * *", noon, BERLIN) == datetime(2026, 11, 21, 8, tzinfo=UTC)

    @pytest.mark.parametrize(("zone", "day"), DAYS)
    @pytest.mark.parametrize("hour", range(24))
    def test_a_time_of_day_comes_once_a_day(self, zone: ZoneInfo, day: str, hour: int) -> None:
        for minute in (0, 15, 30, 45):
            assert len(fired(f"{minute} {hour} * * *", day, zone)) == 1

    def test_a_time_that_is_jumped_over_comes_at_the_jump(self) -> None:
        assert fired("30 2 * * *", "2026-03-29", BERLIN) == ["03:00"]
        assert fired("30 2 * * *", "2026-03-08", NEW_YORK) == ["03:00"]
        assert fired("15 2 * * *", "2026-10-04", LORD_HOWE) == ["02:30"]
        assert fired("0 0 * * *", "2026-03-29", BEIRUT) == ["01:00"]

    def test_a_time_that_comes_twice_is_the_first(self) -> None:
        night = datetime(2026, 10, 24, 20, tzinfo=UTC)
        first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 of summer
        assert fires_after("30 2 * * *", night, BERLIN) == first
        between = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 of winter
        tomorrow = datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
        assert fires_after("30 2 * * *", between, BERLIN) == tomorrow

    @pytest.mark.parametrize(("zone", "day"), DAYS)
    def test_minutes_that_pass_are_counted(self, zone: ZoneInfo, day: str) -> None:
        start = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
        end = datetime.fromisoformat(day) + timedelta(days=1)
        length = end.replace(tzinfo=zone).astimezone(UTC) - start
        assert length != timedelta(days=1), "the clock doesn't change on this day"
        assert len(fired("* * * * *", day, zone)) == length / timedelta(minutes=1)
        assert len(fired("*/30 * * * *", day, zone)) == length / timedelta(minutes=30)

    def test_half_an_hour_loses_nothing_of_the_next_hour(self) -> None:
        six = [f"03:{minute}" for minute in ("00", "10", "20", "30", "40", "50")]
        for day in ("2026-10-04", "2026-04-05"):
            assert fired("*/10 3 * * *", day, LORD_HOWE) == six

    @pytest.mark.parametrize(("zone", "day"), DAYS)
    @pytest.mark.parametrize("cron", ["30 1,2,3 * * *", "*/7 * * * *", "5 */2 * * *", "0 3 * * 0"])
    def test_every_point_is_later_than_the_one_before(
        self, zone: ZoneInfo, day: str, cron: str
    ) -> None:
        """Asked from any moment, also within the hour that comes twice: it never leads back."""
        moment = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
        asked = [fires_after(cron, moment + timedelta(minutes=7 * n), zone) for n in range(200)]
        points = [at for at in asked if at is not None]
        assert points == sorted(points)
        for n, at in enumerate(points):
            assert at > moment + timedelta(minutes=7 * n)
        listed = set(latest(cron, moment, points[-1], zone, 10_000))
        assert set(points) <= listed


class TestLatest:
    def test_the_last_of_what_was_missed(self) -> None:
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        since = now - timedelta(days=400)
        assert latest("*/5 * * * *", since, now, SEOUL) == [now]
        assert latest("0 0 1 * *", since, now, SEOUL) == [datetime(2026, 10, 31, 15, tzinfo=UTC)]
        assert latest("0 0 29 2 *", since, now, SEOUL) == []

    def test_several(self) -> None:
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        hours = latest("0 * * * *", now - timedelta(days=9), now, SEOUL, 60)
        assert hours == [now - timedelta(hours=back) for back in reversed(range(60))]
        assert latest("0 * * * *", now, now, SEOUL, 60) == []
        assert latest("0 * * * *", now + timedelta(hours=3), now, SEOUL, 60) == []


class TestNonsense:
    @pytest.mark.parametrize(
        ("cron", "said"),
        [
            ("", "five fields"),
            ("* * * *", "five fields"),
            ("* * * * * *", "five fields"),
            ("@daily", "five fields"),
            (None, "five fields"),
            ("61 * * * *", "minute"),
            ("x * * * *", "minute"),
            ("-1 * * * *", "minute"),
            ("*/0 * * * *", "minute"),
            ("*/70 * * * *", "step 70"),
            ("0 */24 * * *", "step 24"),
            ("0 24 * * *", "hour"),
            ("0 9-8 * * *", "hour"),
            ("٣ * * * *", "minute"),
            ("1, * * * *", "minute"),
            (f"{'9' * 5000} * * * *", "too long"),
            ("0 0 0 * *", "day of month"),
            ("0 0 30 2 *", "none of its months"),
            ("0 0 31 2,4,6,9,11 *", "none of its months"),
            ("0 0 L/2 * *", "one day"),
            ("0 0 1 13 *", "month"),
            ("0 0 * FEBRUARY *", "month"),
            ("0 0 * * 8", "day of week"),
            ("0 0 * * MON#6", "day of week"),
            ("0 0 * * FRI-MON", "day of week"),
        ],
    )
    def test_it_is_named(self, cron: str | None, said: str) -> None:
        fault = cron_fault(cron)
        assert fault is not None
        assert said in fault

    @pytest.mark.parametrize(
        "cron",
        ["0 9 * * MON-FRI", "0 0 29 2 *", "0 0 LW * *", "0 0 * * 5L", "0 0 * 2 MON#5", "0 0 * * 7"],
    )
    def test_what_is_rare_is_no_nonsense(self, cron: str) -> None:
        assert cron_fault(cron) is None
        assert fires_after(cron, datetime(2026, 1, 1, tzinfo=UTC), SEOUL) is not None
