"""For whom a transaction speaks: the one thing row-level security looks at."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenant of a unit of work, and the person behind it. No tenant means: sees no row."""

    tenant: UUID | None
    person: UUID | None = None

    def sql(self) -> str:
        """Give the statements that set the scope for one transaction, from parsed UUIDs alone."""
        tenant = _setting("maru.tenant", self.tenant)
        return tenant + _setting("maru.person", self.person)


NOBODY = Scope(None)


def _setting(name: str, value: UUID | None) -> str:
    # UUID() again: asyncpg and callers may hand over look-alikes, SQL text takes none of them.
    return "" if value is None else f"SET LOCAL {name} = '{UUID(str(value))}'; "
