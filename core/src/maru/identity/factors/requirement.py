"""Who must have a second factor: a tenant's word, nobody from the start."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.dialects.postgresql import insert

from maru.db.unit import Unit
from maru.identity.factors import queries
from maru.tenancy.models import Setting
from maru_sdk import Model
from maru_sdk.db import col, uuid7

PLUGIN: Final = "core.second_factor"
Who = Literal["nobody", "everyone", "roles"]


class Requirement(Model):
    """Who must have one: `roles` are the keys of roles, counted with `who="roles"` alone."""

    who: Who = "nobody"
    roles: list[str] = Field(default_factory=list, max_length=100)

    def asks(self, roles: Iterable[str]) -> bool:
        """Whether it asks somebody who holds these roles."""
        if self.who == "roles":
            return not set(self.roles).isdisjoint(roles)
        return self.who == "everyone"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many active people there are, and how many of them have a factor."""

    people: int
    covered: int


async def required(unit: Unit) -> Requirement:
    """What the unit's tenant asks for."""
    session = await unit.session()
    found: Any = await session.scalar(
        sa.select(col(Setting.content)).where(col(Setting.plugin) == PLUGIN)
    )
    return Requirement.model_validate(found or {})


async def require(unit: Unit, requirement: Requirement) -> None:
    """Keeps a tenant's word."""
    content = requirement.model_dump()
    row = insert(Setting).values(id=uuid7(), plugin=PLUGIN, content=content)
    await (await unit.session()).execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "plugin"],
            set_={
                "content": content,
                "version": col(Setting.version) + 1,
                "updated_at": sa.func.now(),
            },
        )
    )


async def coverage(unit: Unit) -> Coverage:
    """How far the people of the unit's tenant are."""
    found = (await (await unit.session()).execute(queries.COVERAGE)).one()
    return Coverage(found.people, found.covered)
