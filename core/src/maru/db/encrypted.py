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

SEALER, TENANT = "maru_sealer", "maru_tenant"


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


@cache
def sealed_columns(model: Any) -> tuple[str, ...]:
    """The columns of a mapped class that hold sealed texts."""
    return tuple(
        column.key for column in sa.inspect(model).columns if isinstance(column.type, SealedText)
    )
