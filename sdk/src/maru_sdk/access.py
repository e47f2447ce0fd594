"""Who may do what with one thing of a plugin's: `ctx.access`. Import it where you need it.

The truth is core's: a role is given to a person, a department with all below it, or a group, for
the one thing. What is given here stands among the admins' grants, and the other way round.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from maru_sdk._model import Model
from maru_sdk._paging import PageParams
from maru_sdk._permissions import Role
from maru_sdk._query import Page

__all__ = ["Access", "Given", "Permitting", "Subject"]

Subject = Literal["person", "department", "group"]


class Permitting(Model):
    """A role of the tenant's, by its key and as the reader calls it, and which permissions of this
    plugin's it holds."""

    role: str
    title: str
    permits: list[str]


class Given(Permitting):
    """A role that somebody was given on one thing; from `until` on it is worth nothing."""

    id: UUID
    kind: Subject
    subject_id: UUID
    name: str
    until: datetime | None


class Access(Protocol):
    """The rights on this plugin's things. Who may see and change them is for the plugin to ask;
    that nobody gives or takes what they lack on the thing themselves is seen to here."""

    async def given(self, on: Any, page: PageParams) -> Page[Given]:
        """Who was given a role on this one thing, the latest first. `on` offers `resource`."""
        ...

    async def roles(self) -> Sequence[Permitting]:
        """The tenant's roles, each with what it permits of this plugin's wherever it is given;
        plugins' own, which are given on single things, are left out."""
        ...

    def holds(self, role: str) -> bool:
        """Whether the person at hand holds the role with this key for the whole tenant, without a
        query; whoever manages a department holds `manager`. `maru_sdk.db.role_holders` is all who
        do."""
        ...

    async def groups(self) -> Mapping[UUID, str]:
        """The groups that may be given a role, by name."""
        ...

    async def give(self, on: Any, role: Role, kind: Subject, subject: UUID) -> None:
        """Gives one of the plugin's own roles on this one thing, in the transaction at hand; twice
        is once. It ends when what the giver holds on the thing does. Raises NotFound where there
        is nobody such, PermissionDenied where the role holds more than who gives it."""
        ...

    async def take(self, on: Any, given: UUID) -> None:
        """Takes back what was given on this one thing, whichever role it is. Raises NotFound and
        PermissionDenied."""
        ...

    async def clear(self, on: Any) -> None:
        """Forgets all that was given on a thing that is deleted, and that it was private, in the
        transaction at hand: else it stands among the admins' grants for ever."""
        ...
