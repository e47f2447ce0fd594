"""The statements behind the numbers of a day."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.admin.statistics.models import StatisticDay
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select, uuid7


class Number(Model):
    """One number of one day."""

    day: date
    plugin: str
    name: str
    value: int


class Count(Model):
    """How many, for core or for a plugin."""

    plugin: str
    value: int


_SPAN = {"since": datetime, "until": datetime}

ACTIVE_USERS = Query(
    "SELECT 'core' AS plugin, count(DISTINCT person_id) AS value FROM maru.session"
    " WHERE last_seen_at >= :since AND last_seen_at < :until",
    Count,
    params=_SPAN,
)
SIGN_INS = Query(
    "SELECT 'core' AS plugin, count(*) AS value FROM maru.audit"
    " WHERE action = 'auth.login' AND created_at >= :since AND created_at < :until",
    Count,
    params=_SPAN,
)
JOBS = Query(
    "SELECT plugin, count(*) AS value FROM maru.job"
    " WHERE state = 'done' AND finished_at >= :since AND finished_at < :until GROUP BY plugin",
    Count,
    params=_SPAN,
)
KEPT = Query(
    select(StatisticDay.day, StatisticDay.plugin, StatisticDay.name, StatisticDay.value)
    .where(
        col(StatisticDay.day) >= bindparam("first", type_=sa.Date),
        col(StatisticDay.day) <= bindparam("last", type_=sa.Date),
    )
    .order_by(col(StatisticDay.day), col(StatisticDay.plugin), col(StatisticDay.name)),
    Number,
)
FORGET = sa.delete(StatisticDay).where(col(StatisticDay.day) < bindparam("before", type_=sa.Date))


def keep(numbers: list[Number], *, at_least: bool = False) -> sa.Executable:
    """Writes numbers; with `at_least` one that was higher stays: who was here, was here."""
    row = insert(StatisticDay).values([{"id": uuid7(), **one.model_dump()} for one in numbers])
    new = row.excluded.value
    value = sa.func.greatest(StatisticDay.value, new) if at_least else new
    return row.on_conflict_do_update(
        index_elements=["tenant_id", "day", "plugin", "name"], set_={"value": value}
    )
