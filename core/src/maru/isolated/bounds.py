"""Doors of the database that let only so much through, and what their refusals are called here."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from maru.db.roles import sqlstate
from maru.db.unit import Unit
from maru_sdk import RateLimited

FULL: Final = "MR429"
"""What a door says where the plugin has had enough."""


class JobsFull(RateLimited):
    """The plugin has as many unfinished jobs as one that nobody has vouched for may have."""

    code = "ISOLATED_JOBS_FULL"
    message = "This feature has too many unfinished jobs; it takes more when some are done"


class SaidTooMuch(RateLimited):
    """The plugin has published, recorded or announced as much as one that nobody has vouched for
    may in ten minutes."""

    code = "ISOLATED_SAID_TOO_MUCH"
    message = "This feature has reported too much in a short time; it goes on in a few minutes"


async def through(
    unit: Unit, statement: sa.TextClause, values: Mapping[str, Any], refusal: type[RateLimited]
) -> Any:
    """What the door answers; `refusal` where it lets no more through."""
    try:
        return (await unit.db.execute(statement, dict(values))).scalar_one()
    except DBAPIError as error:
        raise refusal if sqlstate(error) == FULL else error from None
