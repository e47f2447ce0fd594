"""Channels that plugins bring: addresses of people, deliveries to them, and companies' addresses by
the name of a channel.

Processes of the version before go on beside it: they write `style` and `error` and read them, so
both stay for now, and what is new may be missing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "0040_notification_channels"
down_revision = "0038_isolated_notices"
branch_labels = None
depends_on = None

UNKNOWN = "DELETE FROM maru.notification_choice WHERE channel NOT IN ('in_app', 'email')"
WAYS = "channel IN ('in_app', 'email')"


def upgrade() -> None:
    now = sa.text("now()")
    check = "notification_choice_notification_choice_channel_check_check"
    op.drop_constraint(op.f(check), "notification_choice")
    op.add_column("notification_hook", sa.Column("channel", sa.Text()))
    for name, kind in (("channel", sa.Text()), ("person_id", sa.Uuid()), ("fault", JSONB())):
        op.add_column("notification_delivery", sa.Column(name, kind))
    op.alter_column("notification_delivery", "hook_id", nullable=True)
    _refers("notification_delivery")
    _unique("notification_delivery", "notice_id", "person_id", "channel")
    op.create_table(
        "notification_address",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    _refers("notification_address")
    _unique("notification_address", "person_id", "channel")


def downgrade() -> None:
    op.drop_table("notification_address")
    all_tenants(op, "DELETE FROM maru.notification_delivery WHERE hook_id IS NULL")
    op.drop_index("notification_delivery_notice_id_person_id_channel_key")
    op.alter_column("notification_delivery", "hook_id", nullable=False)
    for column in ("channel", "person_id", "fault"):
        op.drop_column("notification_delivery", column)
    all_tenants(op, "DELETE FROM maru.notification_hook WHERE NOT starts_with(channel, 'core.')")
    op.drop_column("notification_hook", "channel")
    all_tenants(op, UNKNOWN)
    op.create_check_constraint("notification_choice_channel_check", "notification_choice", WAYS)


def _refers(table: str) -> None:
    name, ours = f"{table}_person_id_fkey", ["tenant_id", "person_id"]
    op.create_foreign_key(name, table, "person", ours, ["tenant_id", "id"])


def _unique(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)
