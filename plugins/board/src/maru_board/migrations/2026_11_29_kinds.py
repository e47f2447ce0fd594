"""Kinds and groups of boards; versions, tags, drafts, revisions, templates and the trash of posts;
authors under seal."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "2026_11_29_kinds"
down_revision = "2026_11_29_reading"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("post_template", "draft", "revision", "sealed_author", "post_tag", "board_group")
ORDERED = ("published_at", "id")
INDEXES = {
    "post_due_idx": (("published_at",), "NOT is_published AND gone = ''"),
    "post_trashed_idx": (("gone_at",), "gone = 'trashed'"),
    "post_trash_idx": (("board_id", "id"), "gone = 'trashed'"),
    "post_ends_idx": (("expires_at",), "is_published AND expires_at IS NOT NULL"),
    "post_prefix_idx": (("board_id", "prefix", *ORDERED), "is_published"),
    "post_writer_idx": (("board_id", "author_id", *ORDERED), "is_published"),
}


def upgrade() -> None:
    _boards()
    _posts()
    _tags()
    _authors()
    _revisions()
    _drafts()
    _templates()


def downgrade() -> None:
    # Nobody's name may come out by going back, and the table of old holds no post without one.
    all_tenants(op, "DELETE FROM plugin_board.comment WHERE author_id IS NULL")
    all_tenants(op, "DELETE FROM plugin_board.post WHERE author_id IS NULL")
    for table in ("comment", "post"):
        op.alter_column(table, "author_id", nullable=False)
    for name in INDEXES:
        op.drop_index(name, "post")
    op.create_index(
        "post_waiting_idx",
        "post",
        ["tenant_id", "published_at"],
        postgresql_where=sa.text("NOT is_published"),
    )
    op.drop_constraint("board_group_id_fkey", "board")
    for column in _post_columns():
        op.drop_column("post", column.name)
    for column in _board_columns():
        op.drop_column("board", column.name)
    for table in TABLES:
        op.drop_table(table)
    all_tenants(op, "UPDATE plugin_board.board SET kind = 'normal' WHERE kind <> 'notice'")
    op.create_check_constraint("board_kind_check", "board", "kind IN ('normal', 'notice')")


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    """What every table has beside its own columns."""
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *items,
        sa.Column("created_at", MOMENT, server_default=now, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{name}_pkey"),
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[UUID]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _number(name: str, start: int) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=str(start), nullable=False)


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB(none_as_null=True), server_default=sa.text("'[]'"), nullable=False)


def _refers(table: str, column: str, to: str, on_delete: str | None = "CASCADE") -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=on_delete,
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns])


def _once(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)


def _board_columns() -> list[sa.Column[Any]]:
    return [
        _id("group_id", nullable=True),
        _text("view", "list"),
        *(_flag(name) for name in ("moderators_write", "is_anonymous", "takes_answers")),
        _list("prefixes"),
        _flag("needs_prefix"),
        sa.Column("retention_days", sa.BigInteger(), nullable=True),
        _flag("is_archived"),
    ]


def _boards() -> None:
    _table("board_group", sa.Column("name", sa.Text(), nullable=False), _number("position", 100))
    op.drop_constraint(op.f("board_board_kind_check_check"), "board")
    for column in _board_columns():
        op.add_column("board", column)
    op.create_check_constraint(op.f("board_view_check"), "board", "view IN ('list', 'gallery')")
    op.create_foreign_key(
        "board_group_id_fkey",
        "board",
        "board_group",
        ["tenant_id", "group_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (group_id)",
    )
    _index("board", "group_id")
    all_tenants(op, "UPDATE plugin_board.board SET moderators_write = true WHERE kind = 'notice'")


def _post_columns() -> list[sa.Column[Any]]:
    return [
        _number("version", 1),
        _text("prefix"),
        _text("markdown"),
        sa.Column("expires_at", MOMENT, nullable=True),
        _text("gone"),
        sa.Column("gone_at", MOMENT, nullable=True),
        _list("tags"),
        _id("cover_id", nullable=True),
        _id("accepted_id", nullable=True),
    ]


def _posts() -> None:
    for table in ("post", "comment"):
        op.alter_column(table, "author_id", nullable=True)
    for column in _post_columns():
        op.add_column("post", column)
    op.create_check_constraint(
        op.f("post_gone_check"), "post", "gone IN ('', 'expired', 'trashed')"
    )
    op.drop_index("post_waiting_idx", "post")
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "post", ["tenant_id", *columns], postgresql_where=sa.text(where))


def _tags() -> None:
    _table(
        "post_tag",
        _id("post_id"),
        _id("board_id"),
        _text("tag", None),
        sa.Column("published_at", MOMENT, nullable=False),
        _refers("post_tag", "post_id", "post"),
        _refers("post_tag", "board_id", "board"),
    )
    _once("post_tag", "post_id", "tag")
    _index("post_tag", "board_id", "tag", "published_at", "post_id")


def _authors() -> None:
    _table("sealed_author", _id("on_id"), _text("author", None))
    _once("sealed_author", "on_id")


def _revisions() -> None:
    _table(
        "revision",
        _id("post_id"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _id("editor_id", nullable=True),
        _text("title", None),
        _text("content", None),
        _refers("revision", "post_id", "post"),
        _refers("revision", "editor_id", "maru.person", None),
    )
    _once("revision", "post_id", "version")


def _drafts() -> None:
    _table(
        "draft",
        _id("person_id"),
        _id("board_id"),
        *(_text(name) for name in ("prefix", "title", "content", "markdown")),
        _list("tags"),
        _refers("draft", "person_id", "maru.person", None),
        _refers("draft", "board_id", "board"),
    )
    _once("draft", "person_id", "board_id")
    _index("draft", "board_id")


def _templates() -> None:
    _table(
        "post_template",
        _id("board_id"),
        _text("name", None),
        _text("title"),
        _text("content"),
        _refers("post_template", "board_id", "board"),
    )
    _index("post_template", "board_id")
