"""What the admin area shows of rights, and what it is told."""

from datetime import date
from typing import Annotated, Any
from unicodedata import category, normalize
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from maru.access.grant_queries import GrantOut, SubjectKind
from maru.access.group_queries import GroupOut, InsideOut, MemberOut
from maru.access.queries import RoleOut
from maru.access.why import Why
from maru.admin.rights.queries import PersonFound
from maru_sdk import Model


def _line(text: str) -> str:
    """One line as people meant it; what can't be seen isn't a name."""
    text = " ".join(normalize("NFC", text).split())
    if any(category(sign) in ("Cc", "Cf") for sign in text):
        raise ValueError("control characters are not allowed")
    return text


_LINE = BeforeValidator(lambda value: _line(value) if isinstance(value, str) else value)
Name = Annotated[str, StringConstraints(min_length=1, max_length=60), _LINE]
GroupName = Annotated[str, StringConstraints(min_length=1, max_length=200), _LINE]
Description = Annotated[str, StringConstraints(max_length=300), _LINE]
PermissionName = Annotated[str, StringConstraints(max_length=200)]
Permissions = Annotated[list[PermissionName], Field(max_length=2_000)]
ResourceName = Annotated[str, StringConstraints(max_length=200)]


class RoleIn(Model):
    """A role as an admin wants it; of several portal pages that of the smallest `rank` counts."""

    name: Name = Field(title="Name")
    description: Description = Field("", title="Description")
    rank: int = Field(100, ge=1, le=9_999, title="Rank")
    permissions: Permissions = Field(default_factory=list)


class NewRole(Model):
    """The form of a new role."""

    name: Name = Field(title="Name")
    description: Description = Field("", title="Description")


class RoleForm(NewRole):
    """The form of a role; what it permits is drawn beside it."""

    rank: int = Field(
        100,
        ge=1,
        le=9_999,
        title="Rank",
        description="Of several roles with a portal page, that of the smallest rank counts.",
    )
    permissions: list[str] = Field([], json_schema_extra={"x-kind": "hidden"})


class PermissionOut(Model):
    """A permission in the reader's words; a `scoped` one can be given for some things alone."""

    name: str
    title: str
    description: str
    scoped: bool


class PermissionGroup(Model):
    """The permissions of one plugin, and whether it is on here."""

    key: str
    title: str
    is_on: bool
    permissions: list[PermissionOut]


class GrantIn(Model):
    """A role to be given: everywhere, in the department `scope_id` and those below it, or on a
    `resource` (`board:17`); for good, or until a moment at which it ends by itself."""

    role_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    scope_id: UUID | None = None
    resource: ResourceName | None = None
    until: AwareDatetime | None = None


class PrivateIn(Model):
    """Whether a thing is to be open to those alone whom a grant names it to."""

    resource: ResourceName
    private: bool


class GrantForm(Model):
    """The form of a grant; `subject` is `person:…`, `department:…` or `group:…`, `until` its last
    day."""

    subject: str
    role_id: UUID
    scope_id: UUID | None = None
    resource: ResourceName | None = None
    until: date | None = None


class GroupIn(Model):
    """A group of the admins' own."""

    name: GroupName = Field(title="Name")
    description: Description = Field("", title="Description")


class GroupWhole(GroupOut):
    """A group with who is in it."""

    members: list[MemberOut]
    inside: list[InsideOut]


class Chosen(Model):
    """The form that puts somebody or something into a group."""

    id: UUID


# Pages


class Tab(Model):
    """One of the pages of rights."""

    title: str
    url: str
    active: bool


class Shown(Model):
    """What all pages of rights have."""

    tabs: list[Tab]


class RoleLine(RoleOut):
    """A role in the list, by the name that the reader knows."""

    shown: str


class RolesView(Shown):
    """The page of roles."""

    roles: list[RoleLine]
    new_schema: dict[str, Any]


class RoleView(Shown):
    """The page of one role."""

    role: RoleLine
    groups: list[PermissionGroup]
    lost: list[str]
    role_schema: dict[str, Any]


class GrantLine(GrantOut):
    """A grant in the list, by the names that the reader knows."""

    shown: str
    thing: str
    is_over: bool


class Option(Model):
    """Something to choose in a list."""

    value: str
    title: str


class GrantsView(Shown):
    """The page of grants."""

    grants: list[GrantLine]
    roles: list[Option]
    role: str
    resource: str
    subject: str
    subject_name: str
    page: int
    pages: int
    total: int
    url: str


class GiveView(Shown):
    """The form that gives a role."""

    q: str
    people: list[PersonFound]
    departments: list[Option]
    groups: list[Option]
    subjects: list[Option]
    roles: list[Option]
    role: str
    resource: str


class GroupsView(Shown):
    """The page of groups."""

    groups: list[GroupOut]
    new_schema: dict[str, Any]


class GroupView(Shown):
    """The page of one group."""

    group: GroupWhole
    q: str
    people: list[PersonFound]
    others: list[Option]
    group_schema: dict[str, Any]


class WhyView(Shown):
    """The page that says why."""

    q: str
    person: PersonFound | None
    people: list[PersonFound]
    permission: str
    permission_title: str
    scope_id: str
    resource: str
    permissions: list[PermissionGroup]
    departments: list[Option]
    why: Why | None
    role_names: dict[str, str]
