"""When nobody is to be disturbed: pure sums over a person's own clock."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = 24 * 60


def quiet_until(
    now: datetime, zone: ZoneInfo, begin: int | None, end: int | None
) -> datetime | None:
    """When the quiet hours end that `now` (UTC) lies in, None where it lies in none.

    `begin` and `end` are minutes of the person's day; hours that end before they begin go over
    midnight. On the day on which the clock is changed they end when it shows their end, or the
    first moment after it where that is skipped.
    """
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    over_midnight = begin > end
    if not (begin <= minute < end or (over_midnight and (minute >= begin or minute < end))):
        return None
    day = local.date() + timedelta(days=int(over_midnight and minute >= begin))
    ends = datetime(day.year, day.month, day.day, end // 60, end % 60, tzinfo=zone)
    found = ends.astimezone(UTC)
    return found if found > now else found + timedelta(hours=1)  # the hour that comes twice


def digest_due(
    now: datetime, zone: ZoneInfo, hour: int, *, daily_on: object, weekly_on: object
) -> list[str]:
    """Which digests (`daily`, `weekly`) a person should have now who had the last ones on these
    days: the daily one from their hour on, the weekly one on Mondays, each once a day."""
    local = now.astimezone(zone)
    if local.hour < hour:
        return []
    today = local.date()
    due = [] if daily_on == today else ["daily"]
    if local.weekday() == 0 and weekly_on != today:
        due.append("weekly")
    return due
