"""Who has read, must read, likes and follows what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_29_reading"
down_revision = "2026_11_28_rich_text"
branch_labels = None
depends_on = None

TABLES = ("subscription", "popup_hidden", "popup", "requirement", "post_like", "read_mark")


def upgrade() -> None:
    listed = ["tenant_id", "board_id", "published_at", "id"]
    published = sa.text("is_published")
    op.create_index(
        "post_dated_idx", "post", listed, postgresql_where=published, if_not_exists=True
    )
    op.create_index("post_mine_idx", "post", ["tenant_id", "author_id", "id"])
    op.drop_index("post_author_id_idx", "post")
    op.add_column("post_view", _moment("confirmed_at", nullable=True))
    _table("view_batch")
    _marks()
    _likes()
    _requirements()
    _popups()
    _subscriptions()


def downgrade() -> None:
    for table in (*TABLES, "view_batch"):
        op.drop_table(table)
    op.drop_column("post_view", "confirmed_at")
    op.create_index("post_author_id_idx", "post", ["tenant_id", "author_id"])
    op.drop_index("post_mine_idx", "post")
    op.drop_index("post_dated_idx", "post", if_exists=True)


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


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _flag(name: str, start: sa.sql.expression.ColumnElement[bool]) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=start, nullable=False)


def _json(name: str, start: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default=start, nullable=False)


def _refers(table: str, column: str, to: str, on_delete: str | None = "CASCADE") -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=on_delete,
    )


def _person(table: str, column: str = "person_id") -> sa.Constraint:
    return _refers(table, column, "maru.person", None)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns])


def _once(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)


def _marks() -> None:
    _table(
        "read_mark",
        _id("person_id"),
        _id("board_id"),
        _moment("since"),
        _json("posts", "{}"),
        _person("read_mark"),
        _refers("read_mark", "board_id", "board"),
    )
    _once("read_mark", "person_id", "board_id")
    _index("read_mark", "board_id")


def _likes() -> None:
    _table(
        "post_like",
        _id("post_id"),
        _id("person_id"),
        _refers("post_like", "post_id", "post"),
        _person("post_like"),
    )
    _once("post_like", "post_id", "person_id")


def _requirements() -> None:
    _table(
        "requirement",
        _id("post_id"),
        _moment("due_at"),
        _flag("everyone", sa.true()),
        _json("departments", "[]"),
        sa.Column("remind_days", sa.BigInteger(), server_default="1", nullable=False),
        _moment("reminded_at", nullable=True),
        _refers("requirement", "post_id", "post"),
    )
    _once("requirement", "post_id")
    _index("requirement", "due_at", "id")


def _popups() -> None:
    _table(
        "popup",
        _id("post_id"),
        _moment("starts_at"),
        _moment("ends_at"),
        _flag("everyone", sa.true()),
        _json("departments", "[]"),
        _refers("popup", "post_id", "post"),
    )
    _once("popup", "post_id")
    _index("popup", "ends_at")
    _table(
        "popup_hidden",
        _id("popup_id"),
        _id("person_id"),
        _moment("until"),
        _refers("popup_hidden", "popup_id", "popup"),
        _person("popup_hidden"),
    )
    _once("popup_hidden", "popup_id", "person_id")


def _subscriptions() -> None:
    _table(
        "subscription",
        _id("person_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        _id("target_id"),
        _person("subscription"),
        sa.CheckConstraint("kind IN ('board', 'post', 'author')", name="subscription_kind_check"),
    )
    _once("subscription", "person_id", "kind", "target_id")
    _index("subscription", "kind", "target_id")
