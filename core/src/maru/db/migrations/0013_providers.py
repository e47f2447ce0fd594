"""Sign-in elsewhere: providers, who they vouch for, and answers that were used up."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013_providers"
down_revision = "0011_organization"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    _table(
        "sign_in_provider",
        _column("key", sa.Text()),
        _column("kind", sa.Text()),
        _column("name", sa.Text()),
        _column("rank", sa.BigInteger(), default="100"),
        _column("enabled", sa.Boolean(), default="true"),
        _column("settings", JSONB(), default="'{}'"),
        _column("secret", sa.Text(), null=True),
        sa.CheckConstraint("kind IN ('oidc', 'ldap')", name="sign_in_provider_kind_check"),
    )
    _index("sign_in_provider_key_key", "sign_in_provider", "key", unique=True)
    _table(
        "external_identity",
        _column("person_id", sa.Uuid()),
        _column("provider", sa.Text()),
        _column("issuer", sa.Text()),
        _column("subject", sa.Text()),
        _column("roles", JSONB(), default="'[]'"),
        _column("hint", sa.Text(), null=True),
        _column("last_seen_at", moment, null=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["maru.person.tenant_id", "maru.person.id"],
            name="external_identity_person_id_fkey",
        ),
    )
    _index("external_identity_person_id_idx", "external_identity", "person_id")
    _index(
        "external_identity_issuer_subject_key",
        "external_identity",
        "issuer",
        "subject",
        unique=True,
    )
    _table("sign_in_answer")
    _index("sign_in_answer_created_at_idx", "sign_in_answer", "created_at")


def downgrade() -> None:
    for table in ("sign_in_answer", "external_identity", "sign_in_provider"):
        op.drop_table(table)


def _table(name: str, *parts: Any) -> None:
    now, moment = sa.text("now()"), sa.DateTime(timezone=True)
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("updated_at", moment, server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _column(name: str, kind: Any, *, default: str | None = None, null: bool = False) -> Any:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)


def _index(name: str, table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique)
