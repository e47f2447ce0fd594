"""Indexes by which people are sought: the order of bytes, so that a beginning is a range, whatever
the database's own order is."""

from alembic import op

revision = "0027_people_sought"
down_revision = "0026_search"
branch_labels = None
depends_on = None

PERSON = (
    *("name_key", "initials", "name_latin", "username_key", "email_key"),
    *("employee_number", "phone"),
)


def upgrade() -> None:
    for column in PERSON:
        op.execute(
            f"CREATE INDEX person_{column}_begins_idx"
            f' ON maru.person (tenant_id, {column} COLLATE "C")'
        )
    op.execute(
        "CREATE INDEX department_name_key_begins_idx ON maru.department"
        ' (tenant_id, name_key COLLATE "C")'
    )


def downgrade() -> None:
    op.execute("DROP INDEX maru.department_name_key_begins_idx")
    for column in PERSON:
        op.execute(f"DROP INDEX maru.person_{column}_begins_idx")
