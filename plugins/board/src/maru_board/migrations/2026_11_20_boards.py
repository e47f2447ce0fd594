"""Boards, posts, comments and who has read what."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_boards"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _boards()
    _posts()
    _comments()
    _views()


def downgrade() -> None:
    for table in ("post_view", "comment", "post", "board"):
        op.drop_table(table)


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    """What every table has beside its own columns."""
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *items,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{name}_pkey"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _number(name: str, start: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=str(start), nullable=False)


def _refers(table: str, column: str, to: str, on_delete: str | None = "CASCADE") -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=on_delete,
    )


def _person(table: str, column: str) -> sa.Constraint:
    return _refers(table, column, "maru.person", None)


def _boards() -> None:
    _table(
        "board",
        sa.Column("name", sa.Text(), nullable=False),
        _text("description"),
        sa.Column("kind", sa.Text(), server_default="normal", nullable=False),
        _number("position", 100),
        _flag("is_closed"),
        _flag("is_deleted"),
        _number("post_count"),
        sa.CheckConstraint("kind IN ('normal', 'notice')", name="board_kind_check"),
    )
    op.create_index("board_position_id_idx", "board", ["tenant_id", "position", "id"])


def _posts() -> None:
    _table(
        "post",
        sa.Column("board_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _text("content"),
        *(_flag(name) for name in ("is_notice", "is_pinned", "is_published")),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        *(_number(name) for name in ("view_count", "like_count", "comment_count")),
        _refers("post", "board_id", "board"),
        _person("post", "author_id"),
    )
    listed = ["tenant_id", "board_id", "is_pinned", "published_at", "id"]
    op.create_index("post_board_id_is_pinned_published_at_id_idx", "post", listed)
    op.create_index("post_author_id_idx", "post", ["tenant_id", "author_id"])
    newest = ["tenant_id", "published_at", "id"]
    for name, where in (
        ("post_recent_idx", "is_published"),
        ("post_notice_idx", "is_published AND is_notice"),
    ):
        op.create_index(name, "post", newest, postgresql_where=sa.text(where))
    waiting = sa.text("NOT is_published")
    op.create_index("post_waiting_idx", "post", newest[:2], postgresql_where=waiting)


def _comments() -> None:
    _table(
        "comment",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        _flag("is_deleted"),
        _refers("comment", "post_id", "post"),
        _refers("comment", "parent_id", "comment"),
        _person("comment", "author_id"),
    )
    read = ["tenant_id", "post_id", "thread_id", "id"]
    op.create_index("comment_post_id_thread_id_id_idx", "comment", read)
    op.create_index("comment_parent_id_idx", "comment", ["tenant_id", "parent_id"])


def _views() -> None:
    _table(
        "post_view",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _refers("post_view", "post_id", "post"),
        _person("post_view", "person_id"),
    )
    once = ["tenant_id", "post_id", "person_id"]
    op.create_index("post_view_post_id_person_id_key", "post_view", once, unique=True)
