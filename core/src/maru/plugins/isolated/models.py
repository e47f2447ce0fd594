"""Who is trusted, what the others declare and have said of late, and the keys of the tickets that
they work with."""

from typing import Any

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import Field, TenantModel, index


class PluginTrust(Shared, table=True):
    """An operator's word on a plugin: whether its code may run in our own processes."""

    __table_args__ = (shared_unique("key"),)

    key: str
    trusted: bool
    distribution: str


class PluginDescribed(Shared, table=True):
    """What an isolated plugin of this version declares, or why it can't run."""

    __table_args__ = (shared_unique("key"),)

    key: str
    version: str
    content: dict[str, Any] = Field(default_factory=dict)
    fault: str | None = None


class TicketKey(Shared, table=True):
    """What tickets are signed with; one row, drawn by the database."""

    inside: bytes
    outside: bytes


class IsolatedSaid(TenantModel, table=True):
    """One event, audit line or message of an isolated plugin's: its door counts those of the last
    ten minutes."""

    __table_args__ = (index("plugin", "kind", "created_at"),)

    plugin: str
    kind: str
    bytes: int
