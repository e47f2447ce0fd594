"""Groups of people, one in another, and grants that hold for one resource."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014_rights"
down_revision = "0012_passwords"
branch_labels = None
depends_on = None

UNIQUE = "role_grant_role_id_subject_kind_subject_id_scope_id_key"
SUBJECT = ("tenant_id", "role_id", "subject_kind", "subject_id", "scope_id")


def upgrade() -> None:
    _groups()
    op.add_column("role", _column("description", sa.Text(), default="''"))
    op.add_column("role_grant", _column("resource", sa.Text(), null=True))
    op.drop_index(UNIQUE, "role_grant")
    _index("role_grant_whole_key", "role_grant", *SUBJECT, "resource", unique=True, nulls=True)
    _index("role_grant_resource_idx", "role_grant", "tenant_id", "resource")
    op.create_check_constraint(
        op.f("role_grant_place_check"), "role_grant", "scope_id IS NULL OR resource IS NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("role_grant_place_check"), "role_grant")
    op.drop_index("role_grant_resource_idx", "role_grant")
    op.drop_index("role_grant_whole_key", "role_grant")
    op.drop_column("role_grant", "resource")
    _index(UNIQUE, "role_grant", *SUBJECT, unique=True, nulls=True)
    op.drop_column("role", "description")
    for table in ("group_nesting", "group_member", "person_group"):
        op.drop_table(table)


def _groups() -> None:
    _table(
        "person_group",
        _column("name", sa.Text()),
        _column("name_key", sa.Text()),
        _column("description", sa.Text(), default="''"),
        _column("source", sa.Text(), null=True),
    )
    whole = ("tenant_id", "source", "name_key")
    _index("person_group_source_name_key_key", "person_group", *whole, unique=True, nulls=True)
    _index("person_group_name_key_id_idx", "person_group", "tenant_id", "name_key", "id")
    _table(
        "group_member",
        _column("group_id", sa.Uuid()),
        _column("person_id", sa.Uuid()),
        _refers("group_member", "group_id", "person_group", on_delete="CASCADE"),
        _refers("group_member", "person_id", "person"),
    )
    member = ("tenant_id", "group_id", "person_id")
    _index("group_member_group_id_person_id_key", "group_member", *member, unique=True)
    _index("group_member_person_id_idx", "group_member", "tenant_id", "person_id")
    _table(
        "group_nesting",
        _column("outer_id", sa.Uuid()),
        _column("inner_id", sa.Uuid()),
        _refers("group_nesting", "outer_id", "person_group", on_delete="CASCADE"),
        _refers("group_nesting", "inner_id", "person_group", on_delete="CASCADE"),
        sa.CheckConstraint("outer_id <> inner_id", name=op.f("group_nesting_another_check")),
    )
    nesting = ("tenant_id", "outer_id", "inner_id")
    _index("group_nesting_outer_id_inner_id_key", "group_nesting", *nesting, unique=True)
    _index("group_nesting_inner_id_idx", "group_nesting", "tenant_id", "inner_id")


def _table(name: str, *parts: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _column(
    name: str, kind: Any, *, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)


def _refers(
    table: str, column: str, to: str, on_delete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=on_delete,
    )


def _index(
    name: str, table: str, *columns: str, unique: bool = False, nulls: bool | None = None
) -> None:
    op.create_index(name, table, list(columns), unique=unique, postgresql_nulls_not_distinct=nulls)
