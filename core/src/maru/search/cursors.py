"""Where a list of results goes on: among those ranked together, or at the older ones behind."""

import base64
import binascii
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson
from pydantic import ValidationError

from maru_sdk import Model
from maru_sdk.db import InvalidCursor


class Place(Model):
    """A place in the results as they were at `until`: `skip` of those after `before`; the first may
    be of those since `recent` alone."""

    until: datetime
    recent: datetime | None = None
    every: bool = True
    skip: int = 0
    before: tuple[datetime, UUID] | None = None

    def written(self) -> str:
        """As a cursor."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).rstrip(b"=").decode()

    @classmethod
    def read(cls, cursor: str) -> Self:
        """From a cursor; raises InvalidCursor."""
        try:
            said: Any = orjson.loads(
                base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", True)
            )
            place = cls.model_validate(said)
        except (binascii.Error, ValueError, ValidationError):
            raise InvalidCursor from None
        times = [place.until, place.recent or place.until, *(place.before or ())[:1]]
        if not 0 <= place.skip < 10_000 or any(one.tzinfo is None for one in times):
            raise InvalidCursor
        return place
