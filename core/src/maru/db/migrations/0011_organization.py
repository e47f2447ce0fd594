"""Positions, further posts, a tree of departments without cycles, names as they are sought."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "0011_organization"
down_revision = "0010_isolated_jobs"
branch_labels = None
depends_on = None

# The lock lets two moves of a tenant take turns, so that each sees what the other has done: A below
# B and B below A are refused however they are written, and whoever writes them.
TREE = """
CREATE FUNCTION maru.department_tree() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('department tree ' || NEW.tenant_id, 0));
  IF (WITH RECURSIVE above (id, depth) AS (
        SELECT d.parent_id, 1 FROM maru.department d
         WHERE d.tenant_id = NEW.tenant_id AND d.id = NEW.id
        UNION ALL
        SELECT d.parent_id, above.depth + 1 FROM above
          JOIN maru.department d ON d.tenant_id = NEW.tenant_id AND d.id = above.id
         WHERE above.depth <= 50)
      SELECT max(above.depth) > 50 FROM above) THEN
    RAISE check_violation USING CONSTRAINT = 'department_parent_id_tree',
      MESSAGE = 'a department stands below itself, or too deep';
  END IF;
  RETURN NULL;
END $$"""

TRIGGER = """
CREATE TRIGGER department_parent_id_tree AFTER INSERT OR UPDATE OF parent_id ON maru.department
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION maru.department_tree()"""

# What `maru.identity.hangul` does for a new name, once for those that are there.
LATIN = """
CREATE FUNCTION maru.latin_0011(text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT coalesce(string_agg(CASE WHEN p.place BETWEEN 0 AND 11171 THEN
    (string_to_array('g kk n d tt r m b pp s ss _ j jj ch k t p h', ' '))[p.place / 588 + 1]
    || (string_to_array('a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i', ' '))
       [p.place % 588 / 28 + 1]
    || (string_to_array('_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t', ' '))
       [p.place % 28 + 1]
    ELSE lower(p.letter) END, '' ORDER BY p.number), '')
  FROM (SELECT one.letter, one.number, ascii(one.letter) - 44032 AS place
          FROM regexp_split_to_table(regexp_replace($1, '\\s', '', 'g'), '')
               WITH ORDINALITY AS one (letter, number)
         WHERE one.letter <> '') p
$$"""

INITIALS = """
CREATE FUNCTION maru.initials_0011(text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT coalesce(string_agg(CASE WHEN p.place BETWEEN 0 AND 11171
    THEN substr('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ', p.place / 588 + 1, 1)
    ELSE lower(p.letter) END, '' ORDER BY p.number), '')
  FROM (SELECT one.letter, one.number, ascii(one.letter) - 44032 AS place
          FROM regexp_split_to_table(regexp_replace($1, '\\s', '', 'g'), '')
               WITH ORDINALITY AS one (letter, number)
         WHERE one.letter <> '') p
$$"""

FOLDED = """
CREATE FUNCTION maru.folded_0011(text) RETURNS text LANGUAGE sql STABLE
RETURN lower(regexp_replace(normalize($1, NFKC), '\\s', '', 'g'))"""

PEOPLE = """
UPDATE maru.person SET name_key = maru.folded_0011(name),
       name_latin = replace(maru.latin_0011(normalize(name, NFKC)), '_', ''),
       initials = maru.initials_0011(name)"""
DEPARTMENTS = """
UPDATE maru.department SET name_key = maru.folded_0011(name),
       initials = maru.initials_0011(name)"""
POSITIONS = """
INSERT INTO maru.position (id, name, name_key, rank)
SELECT gen_random_uuid(), min(btrim(position)), maru.folded_0011(position), 0
  FROM maru.person WHERE maru.folded_0011(coalesce(position, '')) <> ''
 GROUP BY maru.folded_0011(position)"""
HELD = """
UPDATE maru.person SET position_id = p.id FROM maru.position p
 WHERE p.tenant_id = maru.person.tenant_id
   AND p.name_key = maru.folded_0011(maru.person.position)"""
BACK = """
UPDATE maru.person SET position = p.name FROM maru.position p
 WHERE p.tenant_id = maru.person.tenant_id AND p.id = maru.person.position_id"""


def upgrade() -> None:
    _positions()
    _names()
    _posts()
    _imports()
    op.execute(TREE)
    op.execute(TRIGGER)
    for function in (LATIN, INITIALS, FOLDED):
        op.execute(function)
    for statement in (PEOPLE, DEPARTMENTS, POSITIONS, HELD):
        all_tenants(op, statement)
    for function in ("latin", "initials", "folded"):
        op.execute(f"DROP FUNCTION maru.{function}_0011(text)")
    op.drop_column("person", "position")


def downgrade() -> None:
    op.add_column("person", sa.Column("position", sa.Text(), nullable=True))
    all_tenants(op, BACK)
    op.execute("DROP TRIGGER department_parent_id_tree ON maru.department")
    op.execute("DROP FUNCTION maru.department_tree()")
    op.drop_table("people_import")
    op.drop_table("post")
    op.drop_index("person_state_name_id_idx", "person")
    op.drop_index("person_position_id_idx", "person")
    op.drop_constraint("person_position_id_fkey", "person")
    for column in ("position_id", "name_key", "name_latin"):
        op.drop_column("person", column)
    for column in ("name_key", "initials"):
        op.drop_column("department", column)
    op.drop_table("position")


def _positions() -> None:
    _table(
        "position",
        _column("name", sa.Text()),
        _column("name_key", sa.Text()),
        _column("rank", sa.BigInteger(), default="0"),
    )
    _index("position_name_key_key", "position", "name_key", unique=True)


def _names() -> None:
    for table, column in (
        ("person", "name_key"),
        ("person", "name_latin"),
        ("department", "name_key"),
        ("department", "initials"),
    ):
        op.add_column(table, _column(column, sa.Text(), default="''"))
    op.add_column("person", _column("position_id", sa.Uuid(), null=True))
    op.create_foreign_key(
        "person_position_id_fkey",
        "person",
        "position",
        ["tenant_id", "position_id"],
        ["tenant_id", "id"],
    )
    _index("person_position_id_idx", "person", "position_id")
    _index("person_state_name_id_idx", "person", "state", "name", "id")


def _posts() -> None:
    _table(
        "post",
        _column("person_id", sa.Uuid()),
        _column("department_id", sa.Uuid()),
        _column("position_id", sa.Uuid(), null=True),
        _refers("post", "person_id", "person"),
        _refers("post", "department_id", "department"),
        _refers("post", "position_id", "position"),
    )
    _index("post_person_id_department_id_key", "post", "person_id", "department_id", unique=True)
    _index("post_department_id_idx", "post", "department_id")
    _index("post_position_id_idx", "post", "position_id")


def _imports() -> None:
    _table(
        "people_import",
        _column("person_id", sa.Uuid(), null=True),
        _column("file_name", sa.Text()),
        _column("content", sa.LargeBinary(), null=True),
        _column("summary", JSONB(), default="'{}'"),
        _column("job_id", sa.Uuid(), null=True),
        _column("applied_at", sa.DateTime(timezone=True), null=True),
        _refers("people_import", "person_id", "person"),
    )
    _index("people_import_person_id_idx", "people_import", "person_id")
    _index("people_import_created_at_idx", "people_import", "created_at")


def _table(name: str, *parts: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _column(name: str, kind: Any, default: str | None = None, null: bool = False) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
    )


def _index(name: str, table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique)
