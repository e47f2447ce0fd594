"""People inside a plugin's statements, so that a list with authors stays one round trip."""

from typing import Any

import sqlalchemy as sa

_PERSON = sa.table(
    "person",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("name", sa.Text()),
    sa.column("department_id", sa.Uuid()),
    sa.column("state", sa.Text()),
    schema="maru",
)


def person_name(column: Any) -> Any:
    """The name of the person whose id stands in `column`, as an expression of a `select()`.

    `column` is a field made with `person_id()` (`person_name(Post.author_id)`). Selected in a
    list, it saves asking `ctx.people` for each of its rows; the name is read under the same
    row-level security as the row.
    """
    owner = column.parent.entity
    person = _PERSON.alias()
    name = sa.select(person.c.name).where(
        person.c.tenant_id == owner.tenant_id, person.c.id == column
    )
    return sa.type_coerce(name.correlate_except(person).scalar_subquery(), sa.Text())


def people() -> Any:
    """The tenant's people as a table of a plugin's `select()`, to be joined with its own.

    Its columns are `tenant_id`, `id`, `name`, `department_id` (the main post's) and `state`
    (`'active'` or `'inactive'`): `people().c.state == "active"`. Read alone: nobody writes there.
    """
    return _PERSON.alias()
