"""How resources are written, and which of a tenant's are private."""

import re
from typing import Final

from maru.access import queries
from maru.db.unit import Unit
from maru_sdk import InvalidInput

_RESOURCE: Final = re.compile(r"[a-z][a-z0-9_.]{0,60}:[^\s\x00-\x1f]{1,120}")


class ResourceInvalid(InvalidInput):
    """422: what a grant is to hold for isn't written as resources are."""

    code = "RESOURCE_INVALID"
    message = "A resource is written as board:17"


def check_resource(resource: str) -> None:
    """Raises ResourceInvalid unless it is written as resources are."""
    if not _RESOURCE.fullmatch(resource):
        raise ResourceInvalid


async def private_resources(unit: Unit) -> frozenset[str]:
    """All private things of the unit's tenant."""
    return frozenset(one.resource for one in await unit.read(queries.PRIVATE))
