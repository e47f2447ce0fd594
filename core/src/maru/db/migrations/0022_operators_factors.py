"""Second factors of operators, grants that end, things that are private, and indexes for counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022_operators_factors"
down_revision = "0021_isolated_bounds"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FACTORS = (
    *("operator_authenticator", "operator_passkey", "operator_recovery_code"),
    *("operator_recovery_sheet", "operator_factor_guard"),
)


def upgrade() -> None:
    _of_operators()
    op.add_column("role_grant", sa.Column("until", MOMENT, nullable=True))
    _table("private_resource", sa.Column("resource", sa.Text(), nullable=False))
    _unique("private_resource", "resource")
    _index("session", "last_seen_at", "person_id")
    _index("job", "finished_at", "plugin", where="state = 'done'")


def downgrade() -> None:
    op.drop_index("job_finished_at_plugin_idx", "job")
    op.drop_index("session_last_seen_at_person_id_idx", "session")
    op.drop_table("private_resource")
    op.drop_column("role_grant", "until")
    for table in reversed(FACTORS):
        op.drop_table(table)


def _of_operators() -> None:
    """Rows of the installation itself, as the tenant that there is none of."""
    _table(
        "operator_authenticator",
        _person(),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
    )
    _unique("operator_authenticator", "person_id")
    _table(
        "operator_passkey",
        _person(),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transports", JSONB(), server_default="[]", nullable=False),
        sa.Column("synced", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("last_used_at", MOMENT),
    )
    _unique("operator_passkey", "credential_id")
    _index("operator_passkey", "person_id")
    _table(
        "operator_recovery_code",
        _person(),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT),
    )
    _unique("operator_recovery_code", "person_id", "code_hash")
    _table(
        "operator_recovery_sheet",
        _person(),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("shown_until", MOMENT, nullable=False),
    )
    _unique("operator_recovery_sheet", "person_id")
    _table(
        "operator_factor_guard",
        _person(),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_until", MOMENT),
    )
    _unique("operator_factor_guard", "person_id")


def _person() -> sa.Column[object]:
    return sa.Column("person_id", sa.Uuid(), nullable=False)


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
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


def _unique(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)


def _index(table: str, *columns: str, where: str | None = None) -> None:
    op.create_index(
        f"{table}_{'_'.join(columns)}_idx",
        table,
        ["tenant_id", *columns],
        postgresql_where=None if where is None else sa.text(where),
    )
