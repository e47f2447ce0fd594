"""The numbers of each day."""

from datetime import date

import sqlalchemy as sa

from maru_sdk.db import Field, TenantModel, unique


class StatisticDay(TenantModel, table=True):
    """One number of one day in the tenant's zone; `plugin` is `core` for core's own."""

    __table_args__ = (unique("day", "plugin", "name"),)

    day: date
    plugin: str
    name: str
    value: int = Field(sa_type=sa.BigInteger)
