"""The second factors of operators: the same as people's, but their owners are operators. The rows
stand in the scope of the installation (`maru.operators.installation`), where no tenant sees them.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from maru.db.encrypted import sealed_text
from maru.identity.factors.queries import Statements
from maru_sdk.db import Field, TenantModel, index, unique


class OperatorAuthenticator(TenantModel, table=True):
    """See `maru.identity.factors.models.Authenticator`."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID
    secret: str = sealed_text()
    confirmed_at: datetime | None = None
    last_step: int = 0


class OperatorPasskey(TenantModel, table=True):
    """See `maru.identity.factors.models.Passkey`."""

    __table_args__ = (unique("credential_id"), index("person_id"))

    person_id: UUID
    credential_id: str
    public_key: str
    sign_count: int = 0
    name: str
    transports: list[str] = Field(default_factory=list)
    synced: bool = False
    last_used_at: datetime | None = None


class OperatorRecoveryCode(TenantModel, table=True):
    """See `maru.identity.factors.models.RecoveryCode`."""

    __table_args__ = (unique("person_id", "code_hash"),)

    person_id: UUID
    code_hash: str
    used_at: datetime | None = None


class OperatorRecoverySheet(TenantModel, table=True):
    """See `maru.identity.factors.models.RecoverySheet`."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID
    codes: str = sealed_text()
    shown_until: datetime


class OperatorFactorGuard(TenantModel, table=True):
    """See `maru.identity.factors.models.FactorGuard`."""

    __table_args__ = (unique("person_id"),)

    person_id: UUID
    failures: int = 0
    closed_until: datetime | None = None


OPERATORS: Final = Statements(
    OperatorAuthenticator,
    OperatorPasskey,
    OperatorRecoveryCode,
    OperatorRecoverySheet,
    OperatorFactorGuard,
)
