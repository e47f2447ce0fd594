"""Every SELECT about second factors, and the statements that take something once."""

from typing import Any, Final

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
_HASH: Final = bindparam("hash", type_=sa.Text())
_STEP: Final = bindparam("step", type_=sa.BigInteger())


class Statements:
    """The statements over one set of tables: those of tenants' people, or of operators."""

    def __init__(
        self, app: type[Any], passkey: type[Any], code: type[Any], sheet: type[Any],
        guard: type[Any],
    ) -> None:  # fmt: skip
        """The tables by the models that map them, alike in everything but whose they are."""
        self.models = (app, passkey, code, sheet, guard)
        self.app_model, self.passkey_model, self.code_model = app, passkey, code
        self.sheet_model, self.guard_model = sheet, guard
        self.app = _of(app)
        self.passkeys = _of(passkey).order_by(col(passkey.id))
        self.passkey = select(passkey).where(
            col(passkey.credential_id) == bindparam("credential", type_=sa.Text())
        )
        self.codes_left = _left(code)
        self.sheet = _of(sheet)
        self.guard = _of(guard).with_for_update()
        self.take_step = _take_step(app)
        self.take_code = _take_code(code)
        self.has_factor = _has_factor(app, passkey)


def _of(model: type[Any]) -> Any:
    return select(model).where(col(model.person_id) == _PERSON)


def _left(code: type[Any]) -> Any:
    mine = (col(code.person_id) == _PERSON, col(code.used_at).is_(None))
    return sa.select(sa.func.count()).select_from(code).where(*mine)


def _take_step(app: type[Any]) -> Any:
    """A code is good once, however many ask at once: whoever changes the row has it."""
    fresh = (col(app.person_id) == _PERSON, col(app.last_step) < _STEP)
    return sa.update(app).where(*fresh).values(last_step=_STEP).returning(col(app.id))


def _take_code(code: type[Any]) -> Any:
    fresh = (
        col(code.person_id) == _PERSON,
        col(code.code_hash) == _HASH,
        col(code.used_at).is_(None),
    )
    return sa.update(code).where(*fresh).values(used_at=sa.func.now()).returning(col(code.id))


def _has_factor(app: type[Any], passkey: type[Any]) -> Any:
    confirmed = sa.exists().where(col(app.person_id) == _PERSON, col(app.confirmed_at).is_not(None))
    return sa.select(sa.or_(confirmed, sa.exists().where(col(passkey.person_id) == _PERSON)))


PEOPLE: Final = Statements(Authenticator, Passkey, RecoveryCode, RecoverySheet, FactorGuard)

FORGET_CHALLENGES: Final = sa.delete(SpentChallenge).where(
    col(SpentChallenge.expires_at) < bindparam("now", type_=sa.DateTime(timezone=True))
)

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
