"""People by their given names and by however they spell themselves in Latin letters; and which
sources of a company's the index has taken up, so that those that it hasn't are without being told.
"""

import importlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from maru_sdk.db import all_tenants

revision = "0034_search_people"
down_revision = "0033_search_ranking"
branch_labels = None
depends_on = None

COLUMNS = ("latin_key", "given_key", "given_initials", "given_latin")
TABLE = "search_taken"

# What `maru.identity.latin` and `names` do for a new name, once for those that are there.
FOLDS = (
    (r"h(?=[\s''.,\-])", ""), (r"[\s''.,\-]", ""), ("rh", "r"), ("ph", "p"),
    ("sh", "s"), ("r(?![aeiouwy])", ""),
    ("ch|[jz]", "c"), ("c+", "c"), ("h(?![aeiouwy])", ""), ("[gkq]+", "k"), ("[dt]+", "t"),
    ("[bpvf]+", "p"), ("[lr]+", "l"), ("s+", "s"), ("weo", "wo"), ("wae|we|oe", "oi"),
    ("ee|eui|ui|yi", "i"), ("yeo|you|yoo", "yu"), ("woo|wu|eo|eu|oo|ou", "u"),
    ("ae|ai|ay", "e"), ("^l(?=[iy])", ""), ("^l", "n"),
)  # fmt: skip
GIVEN = """
CREATE FUNCTION maru.given_0034(text) RETURNS text LANGUAGE sql STABLE
RETURN CASE
  WHEN strpos(btrim($1), ' ') > 0 THEN btrim(substr(btrim($1), strpos(btrim($1), ' ') + 1))
  WHEN btrim($1) !~ '^[가-힣]{2,}$' THEN ''
  WHEN length(btrim($1)) > 3 AND left(btrim($1), 2) IN
    ('남궁', '황보', '제갈', '선우', '독고', '사공', '서문', '동방', '어금', '망절')
    THEN substr(btrim($1), 3)
  ELSE substr(btrim($1), 2) END"""
GIVEN_NAMES = """
UPDATE maru.person SET given_key = maru.folded_0011(maru.given_0034(normalize(name)))"""
NAMES = """
UPDATE maru.person SET latin_key = maru.latin_key_0034(name_key),
       given_initials = maru.initials_0011(given_key),
       given_latin = CASE given_key WHEN '' THEN '' ELSE
         maru.latin_key_0034(given_key || left(name_key, length(name_key) - length(given_key)))
         END"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("person", _column(column, sa.Text(), default="''"))
    old = importlib.import_module("maru.db.migrations.0011_organization")
    for function in (old.LATIN, old.INITIALS, old.FOLDED, GIVEN, _latin_key()):
        op.execute(function)
    all_tenants(op, GIVEN_NAMES)
    all_tenants(op, NAMES)
    for function in ("latin_key_0034", "given_0034", "latin_0011", "initials_0011", "folded_0011"):
        op.execute(f"DROP FUNCTION maru.{function}(text)")
    op.execute("DROP INDEX maru.person_name_latin_begins_idx")
    for column in COLUMNS:
        _begins(column)
    _taken()


def downgrade() -> None:
    op.drop_table(TABLE)
    for column in COLUMNS:
        op.drop_column("person", column)
    _begins("name_latin")


def _latin_key() -> str:
    found = "replace(maru.latin_0011(lower($1)), '_', '')"
    for pattern, to in FOLDS:
        found = f"regexp_replace({found}, '{pattern}', '{to}', 'g')"
    made = "CREATE FUNCTION maru.latin_key_0034(text) RETURNS text LANGUAGE sql STABLE"
    return f"{made} RETURN {found}"


def _begins(column: str) -> None:
    op.execute(
        f'CREATE INDEX person_{column}_begins_idx ON maru.person (tenant_id, {column} COLLATE "C")'
    )


def _taken() -> None:
    now = sa.text("now()")
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        _column("source", sa.Text()),
        _column("generation", sa.BigInteger()),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(f"{TABLE}_source_key", TABLE, ["tenant_id", "source"], unique=True)


def _column(
    name: str, kind: Any, *, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)
