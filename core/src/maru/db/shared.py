"""The base of the few tables that no tenant owns (`named.py` lists them), and their indexes.

An index that doesn't begin with the tenant serves the system role alone, which sees every tenant.
"""

from typing import Any, ClassVar

from maru_sdk._tables import Index
from maru_sdk.db import TenantModel


class Shared(TenantModel):
    """A row of core's that belongs to no tenant."""

    __tenant__: ClassVar[bool] = False


def shared_index(*columns: str, where: str | None = None) -> Any:
    """Index these columns over all tenants, for the system role."""
    return Index(columns, unique=False, where=where, tenant=False)


def shared_unique(*columns: str) -> Any:
    """Let these columns occur once in a table that no tenant owns."""
    return Index(columns, unique=True, tenant=False)
