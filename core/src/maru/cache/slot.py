"""A cache key that can't forget whose data it holds."""

from dataclasses import dataclass
from uuid import UUID

EVERYTHING = "*"

Tag = tuple[UUID | None, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is kept: tenant, plugin and locale are part of the key by construction.

    `audience` says for whom the value was made (empty: all of the tenant), `extra` what else it
    depends on, such as a portlet's configuration or the outcome of its declared permissions.
    """

    tenant_id: UUID | None
    plugin: str
    name: str
    locale: str = ""
    audience: str = ""
    extra: str = ""

    def tags(self, names: tuple[str, ...]) -> tuple[Tag, ...]:
        """The tags of a value here; `*` is on every value of the tenant."""
        return tuple((self.tenant_id, name) for name in (*names, EVERYTHING))
