"""Every SELECT about second factors, and the statements that take something once."""

from typing import Final

import sqlalchemy as sa

from maru.identity.factors.models import (
    Authenticator,
    FactorGuard,
    Passkey,
    RecoveryCode,
    RecoverySheet,
    SpentChallenge,
)
from maru_sdk.db import bindparam, col, select

_PERSON: Final = bindparam("person", type_=sa.Uuid())

APP: Final = select(Authenticator).where(col(Authenticator.person_id) == _PERSON)

PASSKEYS: Final = select(Passkey).where(col(Passkey.person_id) == _PERSON).order_by(col(Passkey.id))

PASSKEY: Final = select(Passkey).where(
    col(Passkey.credential_id) == bindparam("credential", type_=sa.Text())
)

CODES_LEFT: Final = (
    sa.select(sa.func.count())
    .select_from(RecoveryCode)
    .where(col(RecoveryCode.person_id) == _PERSON, col(RecoveryCode.used_at).is_(None))
)

SHEET: Final = select(RecoverySheet).where(col(RecoverySheet.person_id) == _PERSON)

GUARD: Final = select(FactorGuard).where(col(FactorGuard.person_id) == _PERSON).with_for_update()

# A code is good once, however many ask at once: whoever changes the row has it.
TAKE_STEP: Final = (
    sa.update(Authenticator)
    .where(
        col(Authenticator.person_id) == _PERSON,
        col(Authenticator.last_step) < bindparam("step", type_=sa.BigInteger()),
    )
    .values(last_step=bindparam("step", type_=sa.BigInteger()))
    .returning(col(Authenticator.id))
)

TAKE_CODE: Final = (
    sa.update(RecoveryCode)
    .where(
        col(RecoveryCode.person_id) == _PERSON,
        col(RecoveryCode.code_hash) == bindparam("hash", type_=sa.Text()),
        col(RecoveryCode.used_at).is_(None),
    )
    .values(used_at=sa.func.now())
    .returning(col(RecoveryCode.id))
)

FORGET_CHALLENGES: Final = sa.delete(SpentChallenge).where(
    col(SpentChallenge.expires_at) < bindparam("now", type_=sa.DateTime(timezone=True))
)

HAS_FACTOR: Final = sa.text(
    """
    SELECT EXISTS (SELECT 1 FROM maru.authenticator
                    WHERE person_id = :person AND confirmed_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM maru.passkey WHERE person_id = :person)
    """
).bindparams(_PERSON)

COVERAGE: Final = sa.text(
    """
    SELECT count(*) AS people, count(*) FILTER (
             WHERE EXISTS (SELECT 1 FROM maru.authenticator a
                            WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                              AND a.confirmed_at IS NOT NULL)
                OR EXISTS (SELECT 1 FROM maru.passkey k
                            WHERE k.tenant_id = p.tenant_id AND k.person_id = p.id)) AS covered
      FROM maru.person p
     WHERE p.state = 'active'
    """
)
