"""People as a file that a spreadsheet opens, and that can be uploaded again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from maru.identity.people_queries import UserOut
from maru.organization.importing.columns import COLUMNS, DEPARTMENT, MANAGES, POSITION, POSTS, STATE
from maru_sdk.sheets import csv_of

_LEFT: Final = frozenset({STATE, POSTS, MANAGES})  # an empty cell would say the same


def sheet_of(people: Iterable[UserOut], paths: Mapping[UUID, str], titles: Sequence[str]) -> bytes:
    """The people as CSV; `paths` are the departments', `titles` the columns' in the reader's
    language."""
    fields = [column.field for column in COLUMNS if column.field not in _LEFT]
    rows = ([_cell(one, field, paths) for field in fields] for one in people)
    return csv_of([list(titles)[: len(fields)], *rows])


def template(titles: Sequence[str]) -> bytes:
    """A list without people, to be filled."""
    return csv_of([list(titles)])


def _cell(person: UserOut, field: str, paths: Mapping[UUID, str]) -> str:
    if field == DEPARTMENT:
        return paths.get(person.department.id, "") if person.department else ""
    if field == POSITION:
        return person.position or ""
    return str(getattr(person, field) or "")
