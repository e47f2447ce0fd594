"""The index: one row for each thing that can be found, with what it says and the words in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from maru_sdk.db import Field, TenantModel, index, person_id, unique

HEAD = "ts_filter(coalesce(words, ''), '{a,b}') || ts_filter(grams, '{a,b}')"


class SearchRow(TenantModel, table=True):
    """A thing of a source's. `grams` are pairs of letters and are there from the start; `words`
    are morphemes, which follow when somebody who knows Korean has read it; until then, and while
    they may be out of date, it is `waiting`. `head` is what of both is in title and keywords."""

    __tablename__ = "search_row"
    __table_args__ = (
        index("at", "id"),
        index("author_id", "at"),
        index("source", "resource"),
        index(where="waiting", name="search_row_waiting_idx"),
        sa.Index("search_row_words_idx", "words", postgresql_using="gin"),
        sa.Index("search_row_grams_idx", "grams", postgresql_using="gin"),
    )

    source: str
    resource: str | None = None
    department_id: UUID | None = None
    author_id: UUID | None = None
    title: str
    keywords: str = ""
    body: str = ""
    url: str
    at: datetime
    waiting: bool = True
    words: Any = Field(default=None, sa_type=TSVECTOR, nullable=True)
    grams: Any = Field(sa_type=TSVECTOR)
    head: Any = Field(default=None, sa_column=sa.Column(TSVECTOR, sa.Computed(HEAD)))


class SearchTaken(TenantModel, table=True):
    """A source all of whose things have been taken up, by the rules of a `generation`."""

    __tablename__ = "search_taken"
    __table_args__ = (unique("source"),)

    source: str
    generation: int


class SearchLately(TenantModel, table=True):
    """What a person has sought, the latest first."""

    __tablename__ = "search_lately"
    __table_args__ = (unique("person_id"),)

    person_id: UUID = person_id(index=False)
    texts: list[str] = Field(sa_type=sa.ARRAY(sa.Text))
