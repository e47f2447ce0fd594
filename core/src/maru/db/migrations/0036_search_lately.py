"""Rare words without the cost of common ones: whether the newest have them is asked in a statement
that fetches and ranks nothing, and words side by side are looked for apart only where there are
too many rows to rank by all that they say.

To plan the whole statement takes PostgreSQL longer than to find a rare word, so it is planned once.
And what somebody has sought lately, for themselves alone.
"""

import importlib

import sqlalchemy as sa
from alembic import op

revision = "0036_search_lately"
down_revision = "0035_notification_hooks"
branch_labels = None
depends_on = None

TABLE = "search_lately"

# Whether so many of the newest have all words, without a look at what else they say: by their
# morphemes, where those have been read.
MANY = """
CREATE FUNCTION maru.search_many(ask jsonb, many int) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part jsonb;
  words text[] := '{}';
  letters text[] := '{}';
  alone text[] := '{}';
  meant text;
  found boolean;
BEGIN
  FOR part IN SELECT jsonb_array_elements(ask -> 'groups') LOOP
    IF part ->> 'words' IS NULL THEN
      alone := alone || ('(' || (part ->> 'grams') || ')');
    ELSE
      words := words || ('(' || (part ->> 'words') || ')');
      letters := letters || ('(' || coalesce(part ->> 'grams', part ->> 'words') || ')');
    END IF;
  END LOOP;
  meant := CASE WHEN words = '{}' THEN 'true' ELSE
    format('(r.words @@ %L::tsquery OR (r.waiting AND r.grams @@ %L::tsquery))',
           array_to_string(words, ' & '), array_to_string(letters, ' & ')) END;
  IF alone <> '{}' THEN
    meant := meant || format(' AND r.grams @@ %L::tsquery', array_to_string(alone, ' & '));
  END IF;
  EXECUTE format('SELECT count(*) >= %s FROM (SELECT FROM maru.search_row r'
                 ' WHERE %s AND r.at >= %L::timestamptz AND %s'
                 ' ORDER BY r.at DESC, r.id DESC LIMIT %s) f',
                 many, maru.search_filter(ask), ask ->> 'recent', meant, many)
     INTO found;
  RETURN found;
END $$"""

# Thirty to a hundred among the newest are as good a first page as three hundred among all.
FIND = """
CREATE OR REPLACE FUNCTION maru.search_find(ask jsonb)
RETURNS TABLE (source text, id uuid, title text, body text, url text, at timestamptz,
               author_id uuid, score float8, hits bigint, oldest_at timestamptz, oldest_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  newest maru.search_found[];
  most bigint := (ask ->> 'most')::bigint;
  gather text := 'SELECT array_agg(f::maru.search_found) FROM (%s) f';
BEGIN
  IF maru.tenant() IS NULL THEN
    RETURN;
  END IF;
  IF ask ->> 'recent' IS NOT NULL AND (ask ->> 'every')::boolean THEN
    IF maru.search_many(ask, 30) THEN
      EXECUTE format(gather, maru.search_sql(ask)) INTO newest;
    END IF;
    IF newest[1].hits >= 30 THEN
      RETURN QUERY SELECT f.source, f.id, f.title, f.body, f.url, f.at, f.author_id, f.score, most,
        CASE WHEN f.hits < most / 3 THEN (ask ->> 'recent')::timestamptz ELSE f.oldest_at END,
        CASE WHEN f.hits < most / 3 THEN '00000000-0000-0000-0000-000000000000' ELSE f.oldest_id END
        FROM unnest(newest) f;
      RETURN;
    END IF;
    IF ask ->> 'author' IS NULL AND ask ->> 'since' IS NULL
       AND jsonb_typeof(ask -> 'departments') IS DISTINCT FROM 'array' THEN
      ask := ask || '{"rare": true}';
    END IF;
  END IF;
  ask := ask - 'recent';
  IF ask ->> 'near' IS NOT NULL AND ask ->> 'before' IS NULL THEN
    EXECUTE format(gather, maru.search_sql(ask - 'near')) INTO newest;
    IF newest IS NULL OR newest[1].hits <= 60 THEN
      RETURN QUERY SELECT f.* FROM unnest(newest) f;
      RETURN;
    END IF;
  END IF;
  RETURN QUERY EXECUTE maru.search_sql(ask);
END $$"""


def upgrade() -> None:
    for function in (MANY, FIND):
        op.execute(function)
    now = sa.text("now()")
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["maru.person.tenant_id", "maru.person.id"],
            name=f"{TABLE}_person_id_fkey",
        ),
    )
    op.create_index(f"{TABLE}_person_id_key", TABLE, ["tenant_id", "person_id"], unique=True)


def downgrade() -> None:
    op.drop_table(TABLE)
    before = importlib.import_module("maru.db.migrations.0033_search_ranking")
    op.execute(before.FIND)
    op.execute("DROP FUNCTION maru.search_many(jsonb, int)")
