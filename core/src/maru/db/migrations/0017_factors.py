"""Second factors: apps, passkeys, codes on paper, and the questions that were answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017_factors"
down_revision = "0016_audit"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _table(
        "authenticator",
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
    )
    _unique("authenticator", "person_id")
    _table(
        "passkey",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transports", JSONB(), server_default="[]", nullable=False),
        sa.Column("synced", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("last_used_at", MOMENT),
    )
    _unique("passkey", "credential_id")
    _index("passkey", "person_id")
    _table(
        "recovery_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT),
    )
    _unique("recovery_code", "person_id", "code_hash")
    _table(
        "recovery_sheet",
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("shown_until", MOMENT, nullable=False),
    )
    _unique("recovery_sheet", "person_id")
    _table(
        "factor_guard",
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_until", MOMENT),
    )
    _unique("factor_guard", "person_id")
    _table(
        "spent_challenge",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        person=False,
    )
    _unique("spent_challenge", "mark")
    _index("spent_challenge", "expires_at")


def downgrade() -> None:
    for table in (
        *("spent_challenge", "factor_guard", "recovery_sheet", "recovery_code"),
        *("passkey", "authenticator"),
    ):
        op.drop_table(table)


def _table(name: str, *parts: sa.schema.SchemaItem, person: bool = True) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=now, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=now, nullable=False),
        *(_person(name) if person else []),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _person(table: str) -> list[sa.schema.SchemaItem]:
    columns, there = ["tenant_id", "person_id"], ["maru.person.tenant_id", "maru.person.id"]
    return [
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(columns, there, name=f"{table}_person_id_fkey"),
    ]


def _unique(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns])
