"""Pop-ups and required reading for roles and for people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "2026_11_29_targets"
down_revision = "2026_11_29_kinds"
branch_labels = None
depends_on = None

TABLES = ("popup", "requirement")
COLUMNS = ("roles", "people")


def upgrade() -> None:
    for table in TABLES:
        for name in COLUMNS:
            column = sa.Column(name, JSONB(), nullable=False, server_default=sa.text("'[]'"))
            op.add_column(table, column)


def downgrade() -> None:
    for table in TABLES:
        # What was meant for roles or people alone would be meant for nobody: it goes.
        gone = f"DELETE FROM plugin_board.{table} WHERE NOT everyone AND departments = '[]'"  # noqa: S608
        all_tenants(op, gone)
        for name in COLUMNS:
            op.drop_column(table, name)
