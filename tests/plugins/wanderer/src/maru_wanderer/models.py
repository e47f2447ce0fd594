"""The one table."""

from uuid import UUID

import sqlalchemy as sa

from maru_sdk import Model
from maru_sdk.db import Encrypted, Query, TenantModel, bindparam, col, func, select


class Note(TenantModel, table=True):
    """A note."""

    text: str
    code: Encrypted[str] | None = None


class NoteOut(Model):
    """A note as it is shown."""

    text: str


NOTES = Query(select(Note.text).order_by(col(Note.id)), NoteOut)


class Coded(Model):
    """A note's code, sealed."""

    id: UUID
    code: Encrypted[str] | None


CODES = Query(
    select(Note.id, Note.code).where(col(Note.code).is_not(None)).order_by(col(Note.id)), Coded
)


class Count(Model):
    """How many."""

    number: int


WRITTEN = Query(
    select(func.count().label("number"))
    .select_from(Note)
    .where(
        col(Note.created_at) >= bindparam("since", type_=sa.DateTime(timezone=True)),
        col(Note.created_at) < bindparam("until", type_=sa.DateTime(timezone=True)),
    ),
    Count,
)
