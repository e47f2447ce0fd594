"""Every SELECT."""

from maru_kinds.models import Note
from maru_kinds.schemas import NoteOut
from maru_sdk.db import Query, desc, select

NOTES = Query(select(Note.id, Note.text), NoteOut, order=(desc(Note.id),))
