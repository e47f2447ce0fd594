"""Every SELECT."""

from maru_kinds.models import Note
from maru_kinds.schemas import CodeRow, NoteOut
from maru_sdk.db import Query, bindparam, col, desc, select

NOTES = Query(select(Note.id, Note.text), NoteOut, order=(desc(Note.id),))
WRITTEN = Query(
    select(Note.id, Note.text).where(
        col(Note.created_at) >= bindparam("since"), col(Note.created_at) < bindparam("until")
    ),
    NoteOut,
)
CODES = Query(
    select(Note.id, Note.code).where(col(Note.code).is_not(None)).order_by(col(Note.id)).limit(100),
    CodeRow,
)
