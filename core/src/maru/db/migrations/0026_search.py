"""The search index, in partitions by tenant, and the one function that looks into it.

Row-level security lets no index serve a text search, so the function runs as a role that may read
this table alone, and adds the tenant's condition itself. What it runs is written by
`maru.search_sql`, so that a test can have it explained.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0026_search"
down_revision = "0024_preferences"
branch_labels = None
depends_on = None

TABLE = "search_row"
PARTITIONS = 16
KEYS = {
    "search_row_at_id_idx": "(tenant_id, at, id)",
    "search_row_author_id_at_idx": "(tenant_id, author_id, at)",
    "search_row_source_resource_idx": "(tenant_id, source, resource)",
    "search_row_waiting_idx": "(tenant_id) WHERE waiting",
}
# What was added lately is read from end to end by each search until it is put in its place.
PENDING = "WITH (gin_pending_list_limit = 256)"
VECTORS = {"search_row_words_idx": "words", "search_row_grams_idx": "grams"}

# Who may read a row: everywhere in a source, in a department, or by name; private ones by name.
READABLE = """
CREATE FUNCTION maru.search_readable(ask jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN format(
  $q$r.source = ANY (%L::text[])
     AND ((r.source = ANY (%L::text[])%s)%s%s)$q$,
  maru.search_texts(ask -> 'sources'), maru.search_texts(ask -> 'wide'),
  CASE WHEN jsonb_array_length(ask -> 'within') > 0
       THEN format($q$ OR r.source || '|' || r.department_id::text = ANY (%L::text[])$q$,
                   maru.search_texts(ask -> 'within')) ELSE '' END,
  CASE WHEN jsonb_array_length(ask -> 'shut') > 0
       THEN format($q$ AND (r.resource IS NULL
                            OR r.source || '|' || r.resource <> ALL (%L::text[]))$q$,
                   maru.search_texts(ask -> 'shut')) ELSE '' END,
  CASE WHEN jsonb_array_length(ask -> 'named') > 0
       THEN format($q$ OR r.source || '|' || r.resource = ANY (%L::text[])$q$,
                   maru.search_texts(ask -> 'named')) ELSE '' END)"""

TEXTS = """
CREATE FUNCTION maru.search_texts(given jsonb) RETURNS text[] LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN ARRAY(SELECT jsonb_array_elements_text(given))"""

# Everything that a row must be, but for the words.
FILTER = """
CREATE FUNCTION maru.search_filter(ask jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN format('r.tenant_id = %L::uuid AND %s AND r.at <= %L::timestamptz',
              maru.tenant(), maru.search_readable(ask), ask ->> 'until')
  || CASE WHEN ask ->> 'since' IS NULL THEN ''
     ELSE format(' AND r.at >= %L::timestamptz', ask ->> 'since') END
  || CASE WHEN ask ->> 'before' IS NULL THEN ''
     ELSE format(' AND (r.at, r.id) < (%L::timestamptz, %L::uuid)',
                 ask #>> '{before,0}', ask #>> '{before,1}') END
  || CASE WHEN ask ->> 'author' IS NULL THEN ''
     ELSE format(' AND r.author_id = %L::uuid', ask ->> 'author') END
  || CASE WHEN jsonb_typeof(ask -> 'departments') = 'array' THEN
       format(' AND (r.department_id = ANY (%L::uuid[]) OR r.author_id = ANY (%L::uuid[]))',
              maru.search_texts(ask -> 'departments'), maru.search_texts(ask -> 'members'))
     ELSE '' END"""

# What a row is worth for one group of words.
WORTH = """
CREATE FUNCTION maru.search_worth(part jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN format(
  $q$greatest(ts_rank('{0.1,0.2,0.5,1}', coalesce(r.words, ''), %L::tsquery),
              0.6 * ts_rank('{0.1,0.2,0.5,1}', r.grams, %L::tsquery))$q$,
  coalesce(part ->> 'token', ''), coalesce(part ->> 'parts', ''))"""

SQL = """
CREATE FUNCTION maru.search_sql(ask jsonb) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mine text := maru.search_filter(ask);
  every boolean := (ask ->> 'every')::boolean;
  most int := (ask ->> 'most')::int;
  part jsonb;
  number int := 0;
  meant text;
  matches text[] := '{}';
  worths text[] := '{}';
  found text;
BEGIN
  FOR part IN SELECT jsonb_array_elements(ask -> 'groups') LOOP
    meant := format('(r.words @@ %L::tsquery OR r.grams @@ %L::tsquery)',
                    coalesce(part ->> 'words', ''), coalesce(part ->> 'grams', ''));
    IF part ->> 'words' IS NULL THEN
      meant := format('r.grams @@ %L::tsquery', part ->> 'grams');
    ELSIF part ->> 'grams' IS NULL THEN
      meant := format('r.words @@ %L::tsquery', part ->> 'words');
    END IF;
    IF every THEN
      matches := matches || meant;
      worths := worths || maru.search_worth(part);
    ELSE
      matches := matches || format(
        '(SELECT %s AS part, r.id, r.source FROM maru.search_row r WHERE %s AND %s'
        ' ORDER BY r.at DESC, r.id DESC LIMIT %s)', number, mine, meant, most / 3);
      worths := worths || format('coalesce((SELECT w.worth FROM worth w WHERE w.part = %s), 0)'
                                 ' * %s', number, maru.search_worth(part));
    END IF;
    number := number + 1;
  END LOOP;
  IF every THEN
    found := format('WITH found AS MATERIALIZED (SELECT r.* FROM maru.search_row r'
                    ' WHERE %s AND %s ORDER BY r.at DESC, r.id DESC LIMIT %s)',
                    mine, array_to_string(matches, ' AND '), most);
  ELSE
    found := format('WITH hits AS MATERIALIZED (%s),'
      ' worth AS (SELECT h.part, ln(1 + %s / count(*)) AS worth FROM hits h GROUP BY h.part),'
      ' found AS MATERIALIZED (SELECT r.* FROM (SELECT DISTINCT h.id, h.source FROM hits h) h'
      ' JOIN maru.search_row r ON r.tenant_id = %L::uuid AND r.id = h.id AND r.source = h.source)',
      array_to_string(matches, ' UNION ALL '), (most / 3)::float8, maru.tenant());
  END IF;
  RETURN found || format(
    $q$ SELECT r.source, r.id, r.title, r.body, r.url, r.at, r.author_id,
       ((%s)%s * (1 + 0.3 * exp(-greatest(0, extract(epoch FROM %L::timestamptz - r.at))
                                / 7776000)))::float8 AS score,
       count(*) OVER () AS hits,
       first_value(r.at) OVER (ORDER BY r.at, r.id) AS oldest_at,
       first_value(r.id) OVER (ORDER BY r.at, r.id) AS oldest_id
      FROM found r ORDER BY score DESC, r.at DESC, r.id DESC LIMIT %s OFFSET %s$q$,
    array_to_string(worths, ' + '),
    CASE WHEN ask ->> 'pairs' IS NULL THEN ''
         ELSE format(' + ts_rank(''{0.1,0.2,0.5,1}'', coalesce(r.words, ''''), %L::tsquery)',
                     ask ->> 'pairs') END,
    ask ->> 'until', (ask ->> 'limit')::int, (ask ->> 'skip')::int);
END $$"""

FIND = """
CREATE FUNCTION maru.search_find(ask jsonb)
RETURNS TABLE (source text, id uuid, title text, body text, url text, at timestamptz,
               author_id uuid, score float8, hits bigint, oldest_at timestamptz, oldest_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF maru.tenant() IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE maru.search_sql(ask);
END $$"""

FUNCTIONS = (TEXTS, READABLE, FILTER, WORTH, SQL, FIND)


def upgrade() -> None:
    _index()
    for number in range(PARTITIONS):
        op.execute(
            f"CREATE TABLE maru.{TABLE}_{number} PARTITION OF maru.{TABLE}"
            f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
    for name, columns in KEYS.items():
        op.execute(f"CREATE INDEX {name} ON maru.{TABLE} {columns}")
    for name, column in VECTORS.items():
        op.execute(f"CREATE INDEX {name} ON maru.{TABLE} USING gin ({column}) {PENDING}")
    for function in FUNCTIONS:
        op.execute(function)


def downgrade() -> None:
    for name in ("find", "sql", "worth", "filter", "readable", "texts"):
        op.execute(f"DROP FUNCTION maru.search_{name}(jsonb)")
    op.drop_table(TABLE)


def _index() -> None:
    now = sa.text("now()")
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        _column("source", sa.Text()),
        _column("resource", sa.Text(), null=True),
        _column("department_id", sa.Uuid(), null=True),
        _column("author_id", sa.Uuid(), null=True),
        _column("title", sa.Text()),
        _column("keywords", sa.Text(), default="''"),
        _column("body", sa.Text(), default="''"),
        _column("url", sa.Text()),
        _column("at", sa.DateTime(timezone=True)),
        _column("waiting", sa.Boolean(), default="true"),
        _column("words", TSVECTOR(), null=True),
        _column("grams", TSVECTOR()),
        sa.PrimaryKeyConstraint("tenant_id", "id", "source"),
        postgresql_partition_by="HASH (tenant_id)",
    )


def _column(
    name: str, kind: Any, *, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)
