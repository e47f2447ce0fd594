"""Seals a row's encrypted texts when it is written, since only then its id is known for sure."""

from functools import cache
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from maru_sdk import SystemFault
from maru_sdk._encrypted import Encrypted, SealedText, place
from maru_sdk.db import Field

SEALER, TENANT, MARK = "maru_sealer", "maru_tenant", "maru_sealed"


class Sealer(Protocol):
    """Seals texts (`maru.crypto.vault.Vault`)."""

    async def seal(self, tenant_id: UUID, text: str, about: str) -> str: ...


class SealingSession(Session):
    """A session whose rows hold no plain text of an `Encrypted` when they are written."""


@event.listens_for(SealingSession, "before_flush")
def _seal(session: Session, *_: object) -> None:
    for row in (*session.new, *session.dirty):
        model: Any = type(row)
        for name in sealed_columns(model):
            value = getattr(row, name)
            if value is not None and value.stored is None:
                setattr(row, name, Encrypted.sealed(_sealed(session, row, name, value.written)))


def _sealed(session: Session, row: Any, name: str, text: str) -> str:
    sealer: Sealer | None = session.info[SEALER]
    if sealer is None:
        raise SystemFault("there is no key here to seal an encrypted column with")
    about = place(type(row).__table__.fullname, row.id, name)
    return str(await_only(sealer.seal(session.info[TENANT], text, about)))


def sealed_text(*, default: Any = ..., **field: Any) -> Any:
    """Declare a text field of core's that the vault has sealed, bound to `place(table, id, name)`,
    so that it is found when everything is sealed anew."""
    extra: dict[str, Any] = {} if default is ... else {"default": default}
    return Field(sa_column_kwargs={"info": {MARK: True}}, repr=False, **extra, **field)


def is_sealed(column: sa.Column[Any]) -> bool:
    """Whether a column holds sealed texts."""
    return isinstance(column.type, SealedText) or MARK in column.info


@cache
def sealed_columns(model: Any) -> tuple[str, ...]:
    """The columns of a mapped class that hold sealed texts."""
    return tuple(
        column.key for column in sa.inspect(model).columns if isinstance(column.type, SealedText)
    )
