"""The one table."""

from maru_sdk.db import TenantModel


class Note(TenantModel, table=True):
    """A note."""

    text: str
