"""The ways into a tenant, who was vouched for by which of them, and answers that were used up."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from maru.db.encrypted import sealed_text
from maru_sdk.db import Field, TenantModel, index, person_id, unique

Kind = Literal["oidc", "ldap"]

HINT = "the token of a session elsewhere"
"""What every sealed `hint` is bound to."""


class SignInProvider(TenantModel, table=True):
    """An OpenID Connect provider or a directory; `secret` is sealed."""

    __table_args__ = (unique("key"),)

    key: str
    kind: Kind
    name: str
    rank: int = 100
    enabled: bool = True
    settings: dict[str, Any] = Field(default_factory=dict)
    secret: str | None = sealed_text(default=None)


class ExternalIdentity(TenantModel, table=True):
    """An account elsewhere that is a person here: by issuer and subject, which are never reused,
    and by nothing else.

    `roles` are those that its claims have given, to be taken back with them; `hint` is the sealed
    token that the provider wants to see when its session is to end.
    """

    __table_args__ = (unique("issuer", "subject"),)

    person_id: UUID = person_id()
    provider: str
    issuer: str
    subject: str
    roles: list[str] = Field(default_factory=list)
    hint: str | None = sealed_text(default=None, about=HINT)
    last_seen_at: datetime | None = None


class SignInAnswer(TenantModel, table=True):
    """An answer of a provider that was taken; its id is that of the sign-in that asked for it."""

    __table_args__ = (index("created_at"),)
