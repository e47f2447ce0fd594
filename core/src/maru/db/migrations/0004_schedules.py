"""Schedules that a tenant turns off, runs that a person asked for, and events read by number."""

import sqlalchemy as sa
from alembic import op

revision = "0004_schedules"
down_revision = "0003_jobs"
branch_labels = None
depends_on = None

TRANSACTION = sa.text("(pg_current_xact_id()::text)::bigint")


def upgrade() -> None:
    _schedules()
    op.drop_index("event_xid_number_idx", "event")
    op.drop_index("event_xid_shared_idx", "event")
    op.drop_column("event", "xid")
    op.drop_column("event_position", "xid")
    op.create_index("event_number_idx", "event", ["tenant_id", "number"])
    op.create_index("event_number_shared_idx", "event", ["number"])
    op.add_column("event_position", sa.Column("replays_to", sa.BigInteger(), nullable=True))
    op.create_index(
        "job_kind_lane_number_idx",
        "job",
        ["tenant_id", "kind", "lane_number"],
        postgresql_where=sa.text("lane_number IS NOT NULL"),
    )


def _schedules() -> None:
    now = sa.text("now()")
    op.create_table(
        "schedule_state",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "changed_by"],
            ["maru.person.tenant_id", "maru.person.id"],
            name="schedule_state_changed_by_fkey",
        ),
    )
    op.create_index(
        "schedule_state_schedule_key", "schedule_state", ["tenant_id", "schedule"], unique=True
    )
    op.add_column("schedule_run", sa.Column("asked_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "schedule_run_asked_by_fkey",
        "schedule_run",
        "person",
        ["tenant_id", "asked_by"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "schedule_run_schedule_created_at_idx",
        "schedule_run",
        ["tenant_id", "schedule", "created_at"],
    )
    op.create_index("schedule_run_created_at_shared_idx", "schedule_run", ["created_at"])


def downgrade() -> None:
    op.drop_index("job_kind_lane_number_idx", "job")
    op.drop_column("event_position", "replays_to")
    op.drop_index("event_number_shared_idx", "event")
    op.drop_index("event_number_idx", "event")
    zero = sa.text("0")
    op.add_column(
        "event_position", sa.Column("xid", sa.BigInteger(), server_default=zero, nullable=False)
    )
    op.add_column(
        "event", sa.Column("xid", sa.BigInteger(), server_default=TRANSACTION, nullable=False)
    )
    op.create_index("event_xid_shared_idx", "event", ["xid"])
    op.create_index("event_xid_number_idx", "event", ["tenant_id", "xid", "number"])
    op.drop_index("schedule_run_created_at_shared_idx", "schedule_run")
    op.drop_index("schedule_run_schedule_created_at_idx", "schedule_run")
    op.drop_column("schedule_run", "asked_by")
    op.drop_table("schedule_state")
