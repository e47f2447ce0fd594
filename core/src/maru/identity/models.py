"""People, departments and positions, the sessions in which people are signed in, and the keys of
their tokens."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import (
    Field,
    TenantModel,
    department_id,
    index,
    person_id,
    reference,
    unique,
)


class Department(TenantModel, table=True):
    """A department; its manager belongs to one in turn, so that reference is checked at commit.

    The database refuses a department that stands below itself, also where two moves that would
    make one are written at once.
    """

    __table_args__ = (
        index("parent_id", "rank"),
        index("manager_id"),
        index("name_key", name="department_name_key_begins_idx"),
        unique("source", "external_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "manager_id"],
            ["maru.person.tenant_id", "maru.person.id"],
            name="department_manager_id_fkey",
            use_alter=True,
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    name: str
    name_key: str = ""
    initials: str = ""
    parent_id: UUID | None = department_id(default=None)
    manager_id: UUID | None = None
    rank: int = 0
    source: str | None = None
    external_id: str | None = None


class Position(TenantModel, table=True):
    """What people are called by their standing (사원, 부장); a small `rank` stands above."""

    __table_args__ = (unique("name_key"),)

    name: str
    name_key: str
    rank: int = 0


# Each has an index in the order of bytes, in which a beginning is a range.
SOUGHT_BY = (
    *("name_key", "initials", "latin_key", "given_key", "given_initials", "given_latin"),
    *("username_key", "email_key", "employee_number", "phone"),
)


class Person(TenantModel, table=True):
    """A person of a tenant; never deleted but with it.

    Department and position are those of the main post, others are in `Post`. `username_key` is the
    folded user name; `name_key`, `initials` and `name_latin` are the name folded, its initial
    consonants and its romanisation, `latin_key` what its spellings in Latin letters have in
    common, and `given_…` the same without the family's name, or with it behind: columns of their
    own because row-level security lets no index serve `lower(…)` or LIKE.
    """

    __table_args__ = (
        unique("username_key"),
        unique("employee_number"),
        unique("source", "external_id"),
        index("name", "id"),
        index("email_key"),
        index("department_id", "name"),
        index("state", "name", "id"),
        *(index(one, name=f"person_{one}_begins_idx") for one in SOUGHT_BY),
    )

    username: str
    username_key: str
    employee_number: str | None = None
    name: str
    name_key: str = ""
    initials: str = ""
    name_latin: str = ""
    latin_key: str = ""
    given_key: str = ""
    given_initials: str = ""
    given_latin: str = ""
    email: str | None = None
    email_key: str | None = None
    phone: str | None = None
    department_id: UUID | None = department_id(default=None)
    position_id: UUID | None = reference(Position, default=None, on_delete="restrict")
    photo_url: str | None = None
    password_hash: str | None = None
    password_changed_at: datetime | None = None
    must_change_password: bool = False
    failed_sign_ins: int = 0
    locked_until: datetime | None = None
    locale: str | None = None
    timezone: str | None = None
    theme: str | None = None
    start_page: str | None = None
    state: Literal["active", "inactive"] = "active"
    last_sign_in_at: datetime | None = None
    source: str | None = None
    external_id: str | None = None


class Post(TenantModel, table=True):
    """A further post of a person, beside the main one that stands with the person."""

    __table_args__ = (unique("person_id", "department_id"),)

    person_id: UUID = person_id(index=False)
    department_id: UUID = department_id()
    position_id: UUID | None = reference(Position, default=None, on_delete="restrict")


class PeopleImport(TenantModel, table=True):
    """A list of people that somebody has uploaded: looked at first, then applied, or not.

    `content` are the rows as they were read; they go once the list is applied or given up.
    """

    __table_args__ = (index("created_at"),)

    person_id: UUID | None = person_id(default=None)
    file_name: str
    content: bytes | None = Field(default=None, repr=False)
    summary: dict[str, Any] = Field(default_factory=dict)
    job_id: UUID | None = None
    applied_at: datetime | None = None


class Session(TenantModel, table=True):
    """One sign-in, with the family of refresh tokens that came of it; its id is the family's."""

    __table_args__ = (
        index("person_id", "ended_at"),
        index("expires_at"),
        index("last_seen_at", "person_id"),
    )

    person_id: UUID = person_id()
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None
    method: str = "password"
    address: str | None = None
    agent: str | None = None
    device_id: UUID | None = None
    new_device: bool = False


class RefreshToken(TenantModel, table=True):
    """One refresh token, by its hash alone; `rotated_at`: when `child_id` took its place."""

    __table_args__ = (unique("token_hash"), index("expires_at"))

    session_id: UUID = reference(Session)
    token_hash: str
    parent_id: UUID | None = None
    child_id: UUID | None = None
    rotated_at: datetime | None = None
    expires_at: datetime


class PasswordTicket(TenantModel, table=True):
    """An invitation, or leave to set a new password, as mail took it to `sent_to`; by its hash
    alone."""

    __table_args__ = (unique("token_hash"), index("expires_at"), index("person_id", "created_at"))

    person_id: UUID = person_id(index=False)
    purpose: Literal["reset", "invitation"]
    token_hash: str
    sent_to: str
    expires_at: datetime
    ended_at: datetime | None = None


class PersonalToken(TenantModel, table=True):
    """A token that a person made for a program of theirs; `hint` is how it begins, `scopes` are
    words with spaces between."""

    __table_args__ = (unique("token_hash"), index("person_id", "ended_at"))

    person_id: UUID = person_id(index=False)
    name: str
    token_hash: str
    hint: str
    scopes: str
    expires_at: datetime
    last_used_at: datetime | None = None
    last_address: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None


class SigningKey(Shared, table=True):
    """A key that tokens are signed with from `signs_from` on and checked with until `retired_at`;
    `private_key` is sealed under the secret key."""

    __table_args__ = (shared_unique("kid"),)

    kid: str
    algorithm: str
    public_key: str
    private_key: str = Field(repr=False)
    signs_from: datetime | None = None
    retired_at: datetime | None = None
