"""Tables, queries and what data migrations need: the SDK's database face.

Models subclass `TenantModel`; statements for lists are `Query` objects in `queries.py`; in
migrations `all_tenants` runs a statement for each tenant.
"""

from typing import Any, Protocol, TypeVar, overload

import sqlalchemy as sa
from sqlalchemy import ARRAY, Boolean, Integer, Uuid, bindparam, exists, func, literal
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, Relationship, and_, asc, case, col, delete, desc, or_, update
from sqlmodel.sql.expression import Select, SelectOfScalar

from maru_sdk._columns import select_as
from maru_sdk._encrypted import Encrypted
from maru_sdk._holders import role_holders
from maru_sdk._ids import uuid7
from maru_sdk._paging import InvalidCursor, PageUnsupported, UnknownSort
from maru_sdk._people import people, person_name
from maru_sdk._query import Page, Query, Rows
from maru_sdk._readable import Readable, Resource
from maru_sdk._tables import (
    TenantModel,
    department_id,
    index,
    person_id,
    reference,
    tables_of,
    unique,
)

T = TypeVar("T", bound=TenantModel)

__all__ = [
    "ARRAY",
    "JSONB",
    "Boolean",
    "Encrypted",
    "Field",
    "Integer",
    "InvalidCursor",
    "Page",
    "PageUnsupported",
    "Query",
    "Readable",
    "Relationship",
    "Resource",
    "Rows",
    "TenantModel",
    "UnknownSort",
    "Uuid",
    "all_tenants",
    "and_",
    "asc",
    "bindparam",
    "case",
    "col",
    "delete",
    "department_id",
    "desc",
    "exists",
    "func",
    "index",
    "insert",
    "literal",
    "or_",
    "people",
    "person_id",
    "person_name",
    "reference",
    "role_holders",
    "select",
    "select_as",
    "tables_of",
    "unique",
    "update",
    "uuid7",
]


@overload
def select(entity: type[T], /) -> SelectOfScalar[T]: ...
@overload
def select(*columns: Any) -> Select[Any]: ...
def select(*columns: Any) -> Any:
    """Select a model's rows or any number of columns; `where` takes `Post.title == "x"` as it is.

    What else a column can do (`desc()`, `in_()`, comparing with `bindparam`) is on
    `col(Post.title)`.
    """
    return SelectOfScalar(*columns) if len(columns) == 1 else Select(*columns)


class Operations(Protocol):
    """What `all_tenants` uses of Alembic's `op`."""

    def get_bind(self) -> sa.Connection:
        """Return the migration's connection."""
        ...


def all_tenants(op: Operations, statement: str | sa.Executable) -> int:
    """Run a statement of a data migration once for each tenant; return the rows it changed.

    Pass Alembic's `op`. A plain `op.execute` would change nothing: row-level security is forced
    on the migration's role too, and no tenant is set while migrations run.
    """
    connection = op.get_bind()
    clause = sa.text(statement) if isinstance(statement, str) else statement
    changed = 0
    for tenant in connection.execute(sa.text("SELECT id FROM maru.tenant ORDER BY id")).scalars():
        connection.execute(sa.text(f"SET LOCAL maru.tenant = '{tenant}'"))
        changed += max(connection.execute(clause).rowcount, 0)
    connection.execute(sa.text("SET LOCAL maru.tenant = ''"))
    return changed
