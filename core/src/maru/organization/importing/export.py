"""People as a file that a spreadsheet opens, and that can be uploaded again."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from maru.identity.people_queries import UserOut
from maru.organization.importing.columns import COLUMNS, DEPARTMENT, MANAGES, POSITION, POSTS, STATE

_MARK: Final = "\ufeff"  # by which Excel knows UTF-8
_LEFT: Final = frozenset({STATE, POSTS, MANAGES})  # an empty cell would say the same
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


def sheet_of(people: Iterable[UserOut], paths: Mapping[UUID, str], titles: Sequence[str]) -> bytes:
    """The people as CSV; `paths` are the departments', `titles` the columns' in the reader's
    language."""
    fields = [column.field for column in COLUMNS if column.field not in _LEFT]
    rows = ([_cell(one, field, paths) for field in fields] for one in people)
    return written([list(titles)[: len(fields)], *rows])


def template(titles: Sequence[str]) -> bytes:
    """A list without people, to be filled."""
    return written([list(titles)])


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV in which no cell is a formula."""
    text = io.StringIO()
    text.write(_MARK)
    csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs: one that begins like a formula gets an apostrophe before
    it, which an upload takes away again."""
    return f"'{cell}" if cell.startswith(_RUNS) else cell


def _cell(person: UserOut, field: str, paths: Mapping[UUID, str]) -> str:
    if field == DEPARTMENT:
        return paths.get(person.department.id, "") if person.department else ""
    if field == POSITION:
        return person.position or ""
    return str(getattr(person, field) or "")
