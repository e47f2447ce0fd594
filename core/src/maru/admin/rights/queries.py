"""What the pages of rights look up: people by the beginning of a name, and departments."""

from typing import Final
from uuid import UUID

from maru_sdk import Model
from maru_sdk.db import Query


class PersonFound(Model):
    """A person to choose."""

    id: UUID
    name: str
    username: str
    department: str | None
    state: str


_FOUND: Final = """
    SELECT p.id, p.name, p.username, d.name AS department, p.state
      FROM maru.person p
      LEFT JOIN maru.department d ON d.tenant_id = p.tenant_id AND d.id = p.department_id
"""

PEOPLE: Final = Query(
    _FOUND  # constants both
    + """
     WHERE starts_with(p.name, :q) OR starts_with(p.initials, :initials)
        OR starts_with(p.username_key, :username)
     ORDER BY p.state, p.name, p.id LIMIT :most
    """,
    PersonFound,
    params={"q": str, "initials": str, "username": str, "most": int},
)

PERSON: Final = Query(f"{_FOUND} WHERE p.id = :id", PersonFound, params={"id": UUID})


class DepartmentFound(Model):
    """A department to choose."""

    id: UUID
    name: str
    parent_id: UUID | None


DEPARTMENTS: Final = Query(
    "SELECT id, name, parent_id FROM maru.department ORDER BY rank, name, id", DepartmentFound
)
