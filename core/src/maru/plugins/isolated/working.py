"""The piece of work at hand, as far as an isolated plugin has a part in it."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from maru.access.granted import Granted
from maru_sdk import Tenant, User


class Working(Protocol):
    """What is needed here of `maru.plugins.context.Call`."""

    job: Any

    @property
    def services(self) -> Any: ...
    @property
    def tenant(self) -> Tenant: ...
    @property
    def user(self) -> User | None: ...
    @property
    def granted(self) -> Granted: ...
    @property
    def actor(self) -> UUID | None: ...
    @property
    def locale(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def trace(self) -> str: ...
    @property
    def deadline(self) -> datetime | None: ...
    @property
    def in_transaction(self) -> bool: ...

    def ctx(self, key: str) -> Any: ...
