"""Content that has come whole and is still being put together."""

from alembic import op

from maru_sdk.db import all_tenants

revision = "0037_files_coming"
down_revision = "0036_search_lately"
branch_labels = None
depends_on = None

LOST = (
    "UPDATE maru.file_blob SET state = 'infected', note = 'not put together' WHERE state = 'coming'"
)
_CHECK = "file_blob_file_blob_state_check_check"


def upgrade() -> None:
    _check("state IN ('clean', 'waiting', 'infected', 'coming')")
    op.create_index(
        "file_blob_coming_idx",
        "file_blob",
        ["tenant_id", "id"],
        postgresql_where="state = 'coming'",
    )


def downgrade() -> None:
    op.drop_index("file_blob_coming_idx", "file_blob")
    all_tenants(op, LOST)
    _check("state IN ('clean', 'waiting', 'infected')")


def _check(what: str) -> None:
    op.drop_constraint(op.f(_CHECK), "file_blob")
    op.create_check_constraint(op.f(_CHECK), "file_blob", what)
