"""Every SELECT about people as administrators and the organisation chart ask for them."""

from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from maru.identity.models import Department, Person, Position, Post
from maru.identity.people_queries import SEEN, WORKING, UserOut
from maru.organization.schemas import PersonCard, PersonLine, PersonOut, PositionOut
from maru.organization.ways import found, person
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col

_department: Any = Department.__table__  # type: ignore[attr-defined]
_position: Any = Position.__table__  # type: ignore[attr-defined]
_post: Any = Post.__table__  # type: ignore[attr-defined]

_POSTS: Final = (
    sa.select(
        sa.func.coalesce(
            sa.func.json_agg(
                sa.text(
                    "json_build_object('department', json_build_object('id', d.id, 'name', d.name),"
                    " 'position', CASE WHEN o.id IS NOT NULL"
                    " THEN json_build_object('id', o.id, 'name', o.name) END)"
                    " ORDER BY d.name, d.id"
                )
            ),
            sa.text("'[]'::json"),
        )
    )
    .select_from(
        sa.text(
            "maru.post k"
            " JOIN maru.department d ON d.tenant_id = k.tenant_id AND d.id = k.department_id"
            " LEFT JOIN maru.position o ON o.tenant_id = k.tenant_id AND o.id = k.position_id"
        )
    )
    .where(sa.text("k.tenant_id = maru.person.tenant_id AND k.person_id = maru.person.id"))
    .correlate(person)
    .scalar_subquery()
    .label("posts")
)
_BY_ID: Final = person.c.id == bindparam("id", type_=sa.Uuid())

CARD: Final = Query(
    sa.select(*SEEN, _POSTS).select_from(WORKING).where(_BY_ID),
    PersonCard,
)

ONE: Final = Query(
    sa.select(
        *SEEN,
        _POSTS,
        person.c.position_id,
        person.c.state,
        person.c.locale,
        person.c.timezone,
        person.c.source,
        person.c.last_sign_in_at,
        person.c.created_at,
    )
    .select_from(WORKING)
    .where(_BY_ID),
    PersonOut,
)


_SOUGHT: Final = found()
MATCHING: Final = person.c.id == sa.any_(sa.func.array(sa.select(_SOUGHT.c.id).scalar_subquery()))
_ids: Final = bindparam("departments", type_=sa.ARRAY(sa.Uuid()))
IN_DEPARTMENTS: Final = sa.or_(
    person.c.department_id == sa.any_(_ids),
    sa.exists().where(
        _post.c.tenant_id == person.c.tenant_id,
        _post.c.person_id == person.c.id,
        _post.c.department_id == sa.any_(_ids),
    ),
)
SORTS: Final = {
    "name": person.c.name,
    "username": person.c.username_key,
    "employee_number": sa.func.coalesce(person.c.employee_number, ""),
    "department": sa.func.coalesce(_department.c.name, ""),
    "position": sa.func.coalesce(_position.c.rank, 1_000_000),
    "created_at": person.c.created_at,
}


_STATE: Final = person.c.state == bindparam("state", type_=sa.Text())
_HELD: Final = person.c.position_id == bindparam("position", type_=sa.Uuid())
_FILTERS: Final = {
    "key": MATCHING,
    "departments": IN_DEPARTMENTS,
    "state": _STATE,
    "position": _HELD,
}
M = TypeVar("M", bound=BaseModel)


class Listing(Generic[M]):
    """People by name, narrowed by any of the filters; the query of each choice is made once."""

    def __init__(self, row: type[M], *columns: Any) -> None:
        self._row, self._columns = row, columns
        self._made: dict[frozenset[str], Query[M]] = {}

    def by(self, asked: Iterable[str]) -> Query[M]:
        """The query for these of `key` (what is sought), `departments`, `state` and `position`."""
        names = frozenset(_FILTERS.keys() & set(asked))
        if names not in self._made:
            self._made[names] = self._query([_FILTERS[name] for name in sorted(names)])
        return self._made[names]

    def _query(self, conditions: list[Any]) -> Query[M]:
        return Query(
            sa.select(*self._columns).select_from(WORKING).where(*conditions),
            self._row,
            order=(person.c.name, person.c.id),
            sorts=SORTS,
            count=sa.select(person.c.id).where(*conditions),
        )


COLLEAGUES: Final = Listing(UserOut, *SEEN)
LINES: Final = Listing(PersonLine, *SEEN, person.c.state, person.c.last_sign_in_at)

EVERYBODY: Final = Query(
    sa.select(*SEEN)
    .select_from(WORKING)
    .where(person.c.state == "active")
    .order_by(person.c.name, person.c.id),
    UserOut,
)


class Id(Model):
    """One id."""

    id: UUID


BELOW: Final = Query(
    """
    WITH RECURSIVE below (id) AS (
      SELECT d.id FROM maru.department d WHERE d.id = :top
      UNION
      SELECT d.id FROM below
        JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id)
    SELECT id FROM below
    """,
    Id,
    params={"top": UUID},
)

POSITIONS: Final = Query(
    """
    SELECT o.id, o.name, o.rank,
           (SELECT count(*) FROM maru.person p
             WHERE p.tenant_id = o.tenant_id AND p.position_id = o.id AND p.state = 'active')
           + (SELECT count(*) FROM maru.post k
               WHERE k.tenant_id = o.tenant_id AND k.position_id = o.id) AS people
      FROM maru.position o ORDER BY o.rank, o.name, o.id
    """,
    PositionOut,
)


class Stored(Model):
    """A person as they stand in the table, for what is changed."""

    id: UUID
    username: str
    name: str
    employee_number: str | None
    email: str | None
    phone: str | None
    department_id: UUID | None
    position_id: UUID | None
    state: str


STORED: Final = sa.select(*(person.c[name] for name in Stored.model_fields))
LOCKED: Final = STORED.where(_BY_ID).with_for_update()
POSTS_OF: Final = sa.select(_post.c.department_id, _post.c.position_id).where(
    _post.c.person_id == bindparam("id")
)
TREE_LOCK: Final = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended('department tree ' || maru.tenant(), 0))"
)
LIST_LOCK: Final = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended('people list ' || maru.tenant(), 0))"
)
SIBLINGS: Final = (
    sa.select(_department.c.id, _department.c.name)
    .where(_department.c.parent_id.is_not_distinct_from(bindparam("parent", type_=sa.Uuid())))
    .order_by(_department.c.rank, _department.c.name, _department.c.id)
)
GRANTED: Final = sa.text(
    "SELECT EXISTS (SELECT FROM maru.role_grant"
    " WHERE subject_kind = 'department' AND subject_id = :id)"
)
ACTIVE: Final = sa.select(col(Person.state) == "active").where(_BY_ID)
