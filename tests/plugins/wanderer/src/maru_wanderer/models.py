"""The one table."""

from maru_sdk import Model
from maru_sdk.db import Query, TenantModel, col, select


class Note(TenantModel, table=True):
    """A note."""

    text: str


class NoteOut(Model):
    """A note as it is shown."""

    text: str


NOTES = Query(select(Note.text).order_by(col(Note.id)), NoteOut)
