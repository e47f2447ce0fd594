"""The second factors that people have set up, and the questions that were answered."""

from datetime import datetime
from uuid import UUID

from maru.db.encrypted import sealed_text
from maru_sdk.db import Field, TenantModel, index, person_id, unique


class Authenticator(TenantModel, table=True):
    """An app that shows codes (TOTP, RFC 6238). `secret` is sealed; `last_step` is the newest
    interval whose code was used, so that none is good twice."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID = person_id(index=False)
    secret: str = sealed_text()
    confirmed_at: datetime | None = None
    last_step: int = 0


class Passkey(TenantModel, table=True):
    """A passkey (WebAuthn): the public half of a key that never leaves the person's device.

    `credential_id` and `public_key` are base64url.
    """

    __table_args__ = (unique("credential_id"), index("person_id"))

    person_id: UUID = person_id(index=False)
    credential_id: str
    public_key: str
    sign_count: int = 0
    name: str
    transports: list[str] = Field(default_factory=list)
    synced: bool = False
    last_used_at: datetime | None = None


class RecoveryCode(TenantModel, table=True):
    """A code on paper, by its hash; good once."""

    __table_args__ = (unique("person_id", "code_hash"),)

    person_id: UUID = person_id(index=False)
    code_hash: str
    used_at: datetime | None = None


class RecoverySheet(TenantModel, table=True):
    """The codes that were drawn last, sealed, until the person has said that they keep them."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID = person_id(index=False)
    codes: str = sealed_text()
    shown_until: datetime


class FactorGuard(TenantModel, table=True):
    """How many wrong codes somebody who knew the password has tried in a row."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID = person_id(index=False)
    failures: int = 0
    closed_until: datetime | None = None


class SpentChallenge(TenantModel, table=True):
    """A question to a device that was answered, rightly or not: no answer to it is good again."""

    __table_args__ = (unique("mark"), index("expires_at"))

    mark: str
    expires_at: datetime
