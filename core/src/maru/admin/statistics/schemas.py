"""Statistics as API and page show them."""

from datetime import date

from pydantic import ConfigDict, Field

from maru_sdk import Model


class DayOut(Model):
    """The numbers of one day; `storage` is null where it wasn't measured."""

    day: date
    active_users: int = 0
    sign_ins: int = 0
    posts: int = 0
    documents: int = 0
    jobs: int = 0
    storage: int | None = None


class StatisticOut(Model):
    """A number that a plugin declares: its sum over the days asked for."""

    name: str
    title: str
    total: int


class PluginOut(Model):
    """What belongs to one plugin."""

    plugin: str
    title: str
    jobs: int
    storage: int | None
    statistics: list[StatisticOut]


class TotalsOut(Model):
    """Sums over the days; of people the most on one day, of storage the latest."""

    active_users: int
    sign_ins: int
    posts: int
    documents: int
    jobs: int
    storage: int | None


class StatisticsOut(Model):
    """What went on from one day to another, in the tenant's zone. Today's numbers are as of now."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    timezone: str
    totals: TotalsOut
    days: list[DayOut]
    plugins: list[PluginOut]


class PointsOut(Model):
    """The same as lines over time; `at` is the Unix time at which the day begins."""

    points: list[dict[str, float | None]]


class Choice(Model):
    """A stretch of days that the page offers."""

    days: int
    chosen: bool


class StatisticsView(Model):
    """The page of statistics."""

    found: StatisticsOut
    url: str
    choices: list[Choice]
