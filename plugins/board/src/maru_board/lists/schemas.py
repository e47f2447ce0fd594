"""What a list of posts is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Filter:
    """Which posts of a board are wanted; what is empty isn't asked for. `since` and `until` are
    whole days of the reader's; `until` alone jumps to a day."""

    prefix: str = ""
    tag: str = ""
    author: UUID | None = None
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.asked)

    @property
    def asked(self) -> Mapping[str, Any]:
        """The fields that are asked for."""
        return {name: value for name, value in vars(self).items() if value}

    @property
    def query(self) -> str:
        """It as an address has it."""
        return urlencode({name: str(value) for name, value in self.asked.items()})

    def arguments(self, zone: ZoneInfo) -> dict[str, Any]:
        """What the statement of `asked` takes."""
        found = dict(self.asked)
        if self.since:
            found["since"] = _begin(self.since, zone)
        if self.until:
            found["until"] = _begin(self.until + timedelta(days=1), zone)
        return found


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
