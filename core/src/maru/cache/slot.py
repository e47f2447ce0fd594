"""A cache key that can't forget whose data it holds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

EVERYTHING = "*"

Tag = tuple[UUID | None, str]
Make = Callable[[], Awaitable[bytes]]


def ordinary(name: str) -> bool:
    """Whether a tag is a declared one; core's own empty a whole tenant or plugin."""
    return name != EVERYTHING and not name.startswith("@")


@dataclass(frozen=True, slots=True)
class Again:
    """How a shared value is made without anybody who asks: `make` holds nothing of a person."""

    make: Make
    ttl: timedelta
    names: tuple[str, ...]


def all_of(plugin: str) -> str:
    """The tag on every value of a plugin: what it keeps may depend on its settings."""
    return f"@{plugin}"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is kept: tenant, plugin and locale are part of the key by construction.

    `audience` says for whom the value was made (empty: all of the tenant), `extra` what else it
    depends on, such as a portlet's configuration or the outcome of its declared permissions.
    `pattern` is what its hits are counted under; it is no part of the key.
    """

    tenant_id: UUID | None
    plugin: str
    name: str
    locale: str = ""
    audience: str = ""
    extra: str = ""
    pattern: str = field(default="", compare=False)

    def __hash__(self) -> int:
        """Of the tenant's number: a UUID's own hash is a function call at each look."""
        tenant = None if self.tenant_id is None else self.tenant_id.int
        return hash((tenant, self.plugin, self.name, self.locale, self.audience, self.extra))

    @property
    def counted(self) -> tuple[str, str]:
        """What hits and misses here are counted under."""
        return self.plugin, self.pattern or self.name

    def tags(self, names: tuple[str, ...]) -> tuple[Tag, ...]:
        """The tags of a value here; those of its plugin and of its tenant are always among them."""
        return tuple((self.tenant_id, name) for name in (*names, all_of(self.plugin), EVERYTHING))
