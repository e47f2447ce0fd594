"""The one table."""

from maru_sdk.db import Encrypted, TenantModel


class Note(TenantModel, table=True):
    """A note."""

    text: str
    code: Encrypted[str] | None = None
