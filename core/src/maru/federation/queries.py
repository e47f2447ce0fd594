"""Every SELECT about providers and the accounts elsewhere that people have."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.access.models import Role, RoleGrant
from maru.federation.models import ExternalIdentity, SignInProvider
from maru.identity.models import Department, Person, Position
from maru_sdk import Model
from maru_sdk.db import Field, Query, bindparam, col, select


class ProviderRow(Model):
    """A provider as it is stored; its secret is sealed."""

    id: UUID
    key: str
    kind: Literal["oidc", "ldap"]
    name: str
    rank: int
    enabled: bool
    settings: dict[str, Any]
    secret: str | None = Field(repr=False)


PROVIDERS: Final = Query(
    select(
        col(SignInProvider.id),
        col(SignInProvider.key),
        col(SignInProvider.kind),
        col(SignInProvider.name),
        col(SignInProvider.rank),
        col(SignInProvider.enabled),
        col(SignInProvider.settings),
        col(SignInProvider.secret),
    ).order_by(col(SignInProvider.rank), col(SignInProvider.key)),
    ProviderRow,
)


class Known(Model):
    """Whom an account elsewhere is linked to."""

    id: UUID
    person_id: UUID
    state: str
    roles: list[str]


KNOWN: Final = Query(
    """
    SELECT i.id, i.person_id, p.state, i.roles
      FROM maru.external_identity i
      JOIN maru.person p ON p.tenant_id = i.tenant_id AND p.id = i.person_id
     WHERE i.issuer = :issuer AND i.subject = :subject
    """,
    Known,
    params={"issuer": str, "subject": str},
)


class Linked(Model):
    """One account elsewhere of a person."""

    id: UUID
    provider: str
    issuer: str
    subject: str
    created_at: datetime
    last_seen_at: datetime | None


LINKED: Final = Query(
    select(
        col(ExternalIdentity.id),
        col(ExternalIdentity.provider),
        col(ExternalIdentity.issuer),
        col(ExternalIdentity.subject),
        col(ExternalIdentity.created_at),
        col(ExternalIdentity.last_seen_at),
    )
    .where(col(ExternalIdentity.person_id) == bindparam("person", type_=sa.Uuid()))
    .order_by(col(ExternalIdentity.created_at), col(ExternalIdentity.id)),
    Linked,
)


class Leaving(Model):
    """How somebody signed in, and what their provider wants to see when they leave."""

    method: str
    provider: str | None
    hint: str | None = Field(repr=False)


LEAVING: Final = Query(
    """
    SELECT s.method, i.provider, i.hint
      FROM maru.session s
      LEFT JOIN maru.external_identity i ON i.tenant_id = s.tenant_id
       AND i.person_id = s.person_id AND 'oidc:' || i.provider = s.method
     WHERE s.id = :session
     ORDER BY i.last_seen_at DESC NULLS LAST
     LIMIT 1
    """,
    Leaving,
    params={"session": UUID},
)


class Candidate(Model):
    """A person whom a provider's claim may mean."""

    id: UUID
    state: str


def _candidates(column: Any) -> Query[Candidate]:
    """By one column; two suffice to know that it isn't one alone."""
    return Query(
        select(col(Person.id), col(Person.state))
        .where(column == bindparam("value", type_=sa.Text()))
        .limit(2),
        Candidate,
    )


BY_CLAIM: Final = {
    "username": _candidates(col(Person.username_key)),
    "employee_number": _candidates(col(Person.employee_number)),
    "email": _candidates(col(Person.email_key)),
}


class Profile(Model):
    """What a provider may change about a person."""

    name: str
    email: str | None
    employee_number: str | None
    phone: str | None
    department_id: UUID | None
    position_id: UUID | None


PROFILE: Final = Query(
    select(
        col(Person.name),
        col(Person.email),
        col(Person.employee_number),
        col(Person.phone),
        col(Person.department_id),
        col(Person.position_id),
    ).where(col(Person.id) == bindparam("person", type_=sa.Uuid())),
    Profile,
)


class Place(Model):
    """A department, as claims may name it."""

    id: UUID
    name: str
    parent_id: UUID | None
    external_id: str | None


PLACES: Final = Query(
    select(
        col(Department.id),
        col(Department.name),
        col(Department.parent_id),
        col(Department.external_id),
    ),
    Place,
)


class Rung(Model):
    """A position, as claims may name it."""

    id: UUID
    name_key: str


POSITIONS: Final = Query(select(col(Position.id), col(Position.name_key)), Rung)


class Held(Model):
    """A role that a person holds everywhere, by a grant of their own."""

    key: str


HELD: Final = Query(
    select(col(Role.key))
    .join(
        RoleGrant,
        (col(RoleGrant.tenant_id) == col(Role.tenant_id))
        & (col(RoleGrant.role_id) == col(Role.id)),
    )
    .where(
        col(RoleGrant.subject_kind) == "person",
        col(RoleGrant.subject_id) == bindparam("person", type_=sa.Uuid()),
        col(RoleGrant.scope_id).is_(None),
    ),
    Held,
)

ROLE_KEYS: Final = Query(select(col(Role.key)).order_by(col(Role.rank), col(Role.key)), Held)


class Uninvited(Model):
    """Somebody who could be invited to choose a password; `elsewhere`: they have an account
    elsewhere that they sign in with, and need none."""

    id: UUID
    elsewhere: bool


UNINVITED: Final = Query(
    """
    SELECT p.id,
           EXISTS (SELECT 1 FROM maru.external_identity i
                    WHERE i.tenant_id = p.tenant_id AND i.person_id = p.id) AS elsewhere
      FROM maru.person p
     WHERE p.state = 'active' AND p.password_hash IS NULL AND p.email IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM maru.password_ticket t
                        WHERE t.tenant_id = p.tenant_id AND t.person_id = p.id
                          AND t.purpose = 'invitation' AND t.ended_at IS NULL
                          AND t.expires_at > :now)
     ORDER BY p.id
    """,
    Uninvited,
    params={"now": datetime},
)
