"""Invitations and resets, personal access tokens, devices, and when a signing key begins."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012_passwords"
down_revision = "0011_organization"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _table(
        "password_ticket",
        _column("person_id", sa.Uuid()),
        _column("purpose", sa.Text()),
        _column("token_hash", sa.Text()),
        _column("sent_to", sa.Text()),
        _column("expires_at", MOMENT),
        _column("ended_at", MOMENT, null=True),
        _refers("password_ticket", "person_id", "person"),
    )
    _index("password_ticket_expires_at_idx", "password_ticket", "expires_at")
    _index("password_ticket_person_id_created_at_idx", "password_ticket", "person_id", "created_at")
    _index("password_ticket_token_hash_key", "password_ticket", "token_hash", unique=True)
    _table(
        "personal_token",
        _column("person_id", sa.Uuid()),
        _column("name", sa.Text()),
        _column("token_hash", sa.Text()),
        _column("hint", sa.Text()),
        _column("scopes", sa.Text()),
        _column("expires_at", MOMENT),
        _column("last_used_at", MOMENT, null=True),
        _column("last_address", sa.Text(), null=True),
        _column("ended_at", MOMENT, null=True),
        _column("end_reason", sa.Text(), null=True),
        _refers("personal_token", "person_id", "person"),
    )
    _index("personal_token_person_id_ended_at_idx", "personal_token", "person_id", "ended_at")
    _index("personal_token_token_hash_key", "personal_token", "token_hash", unique=True)
    op.add_column("session", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.add_column(
        "session",
        sa.Column("new_device", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("signing_key", sa.Column("signs_from", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("signing_key", "signs_from")
    op.drop_column("session", "new_device")
    op.drop_column("session", "device_id")
    op.drop_table("personal_token")
    op.drop_table("password_ticket")


def _table(name: str, *parts: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=now, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
    )


def _index(name: str, table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique)
