"""Search where many things have the words: looked for among the newest first, ranked by their
titles, and words that stand side by side are found however old the thing is.

Reading a vector of a text costs some twenty microseconds, so three hundred of them are the whole of
a search. `head` holds what stands in title and keywords and is small enough to stay in its row.
"""

import importlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0033_search_ranking"
down_revision = "0032_files_ahead"
branch_labels = None
depends_on = None

HEAD = "ts_filter(coalesce(words, ''), '{a,b}') || ts_filter(grams, '{a,b}')"

# Of everything that a row must be, what doesn't change from page to page.
LASTING = """
CREATE FUNCTION maru.search_lasting(ask jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN maru.search_filter(ask - 'before')"""

# What a row must say: all words by their morphemes, or all by their letters, one look into one
# index each, where the rare word leads; among the newest by
# letters, or one long word by its morphemes, unless nobody has read them yet.
MATCHING = """
CREATE FUNCTION maru.search_matching(ask jsonb) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  recent boolean := ask ->> 'recent' IS NOT NULL;
  part jsonb;
  words text[] := '{}';
  letters text[] := '{}';
  words_alone text[] := '{}';
  letters_alone text[] := '{}';
  matches text[] := '{}';
BEGIN
  FOR part IN SELECT jsonb_array_elements(ask -> 'groups') LOOP
    IF part ->> 'grams' IS NULL THEN
      words_alone := words_alone || ('(' || (part ->> 'words') || ')');
    ELSIF recent AND jsonb_array_length(ask -> 'groups') = 1 AND part ->> 'words' IS NOT NULL
          AND strpos(part ->> 'grams', '&') > 0 THEN
      matches := matches || format(
        '(r.words @@ %L::tsquery OR (r.waiting AND r.grams @@ %L::tsquery))',
        part ->> 'words', part ->> 'grams');
    ELSIF recent OR part ->> 'words' IS NULL THEN
      letters_alone := letters_alone || ('(' || (part ->> 'grams') || ')');
    ELSE
      words := words || ('(' || (part ->> 'words') || ')');
      letters := letters || ('(' || (part ->> 'grams') || ')');
    END IF;
  END LOOP;
  IF recent THEN
    matches := matches || format('r.at >= %L::timestamptz', ask ->> 'recent');
  END IF;
  IF words_alone <> '{}' THEN
    matches := matches || format('r.words @@ %L::tsquery', array_to_string(words_alone, ' & '));
  END IF;
  IF letters_alone <> '{}' THEN
    matches := matches || format('r.grams @@ %L::tsquery', array_to_string(letters_alone, ' & '));
  END IF;
  IF words <> '{}' THEN
    matches := matches || format('(r.words @@ %L::tsquery OR r.grams @@ %L::tsquery)',
                                 array_to_string(words, ' & '), array_to_string(letters, ' & '));
  END IF;
  RETURN array_to_string(matches, ' AND ');
END $$"""

MEANT = """
CREATE FUNCTION maru.search_meant(part jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN CASE
  WHEN part ->> 'words' IS NULL THEN format('r.grams @@ %L::tsquery', part ->> 'grams')
  WHEN part ->> 'grams' IS NULL THEN format('r.words @@ %L::tsquery', part ->> 'words')
  ELSE format('(r.words @@ %L::tsquery OR r.grams @@ %L::tsquery)',
              part ->> 'words', part ->> 'grams') END"""

# What a row is worth by its title and keywords alone.
TITLED = """
CREATE FUNCTION maru.search_titled(part jsonb) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN format(
  $q$greatest(ts_rank('{0.1,0.2,0.5,1}', r.head, %L::tsquery),
              0.6 * ts_rank('{0.1,0.2,0.5,1}', r.head, %L::tsquery))$q$,
  coalesce(part ->> 'token', ''), coalesce(part ->> 'parts', ''))"""

# `found` of rows that have every word. Rare ones aren't looked for by walking back in time, which
# the planner, to whom reading a vector costs nothing, likes too well. The newest,
# and those few in which they stand side by side.
EVERY = """
CREATE FUNCTION maru.search_every(ask jsonb) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  block text := format('SELECT r.* FROM maru.search_row r WHERE %s AND %s',
                       maru.search_filter(ask), maru.search_matching(ask));
  newest text := format(' ORDER BY %s DESC, r.id DESC LIMIT %s',
    CASE WHEN ask ->> 'rare' IS NULL THEN 'r.at' ELSE 'r.at AT TIME ZONE ''UTC''' END,
    (ask ->> 'most')::int / CASE WHEN ask ->> 'recent' IS NULL THEN 1 ELSE 3 END);
BEGIN
  IF ask ->> 'near' IS NULL THEN
    RETURN format('WITH block AS MATERIALIZED (%s%s),'
                  ' found AS (SELECT b.*, false AS beside FROM block b)', block, newest);
  END IF;
  RETURN format(
    $q$WITH near AS MATERIALIZED (
         SELECT r.id, r.source FROM maru.search_row r
          WHERE %s AND r.words @@ %L::tsquery ORDER BY r.at DESC, r.id DESC LIMIT 60),
       few AS MATERIALIZED (SELECT n.* FROM near n WHERE (SELECT count(*) FROM near) < 60),
       block AS MATERIALIZED (%s),
       found AS (SELECT b.*, EXISTS (SELECT FROM few f WHERE f.id = b.id AND f.source = b.source)
                        AS beside
                   FROM block b
                 UNION ALL
                 SELECT r.*, true FROM few f JOIN maru.search_row r
                     ON r.tenant_id = %L::uuid AND r.id = f.id AND r.source = f.source
                  WHERE %s AND NOT EXISTS (SELECT FROM block b
                                            WHERE b.id = f.id AND b.source = f.source))$q$,
    maru.search_lasting(ask), ask ->> 'near',
    block || CASE WHEN ask ->> 'before' IS NULL THEN '' ELSE
      ' AND NOT EXISTS (SELECT FROM few f WHERE f.id = r.id AND f.source = r.source)' END || newest,
    maru.tenant(), CASE WHEN ask ->> 'before' IS NULL THEN 'true' ELSE 'false' END);
END $$"""

# `found` of rows that have some of the words.
SOME = """
CREATE FUNCTION maru.search_some(ask jsonb) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  few int := (ask ->> 'most')::int / 3;
  part jsonb;
  number int := 0;
  hits text[] := '{}';
BEGIN
  FOR part IN SELECT jsonb_array_elements(ask -> 'groups') LOOP
    hits := hits || format(
      '(SELECT %s AS part, r.id, r.source FROM maru.search_row r WHERE %s AND %s'
      ' ORDER BY r.at DESC, r.id DESC LIMIT %s)',
      number, maru.search_filter(ask), maru.search_meant(part), few);
    number := number + 1;
  END LOOP;
  RETURN format(
    $q$WITH hits AS MATERIALIZED (%s),
       worth AS (SELECT h.part, ln(1 + %s / count(*)) AS worth FROM hits h GROUP BY h.part),
       block AS MATERIALIZED (SELECT r.* FROM (SELECT DISTINCT h.id, h.source FROM hits h) h
         JOIN maru.search_row r ON r.tenant_id = %L::uuid AND r.id = h.id AND r.source = h.source),
       found AS (SELECT b.*, false AS beside FROM block b)$q$,
    array_to_string(hits, ' UNION ALL '), few::float8, maru.tenant());
END $$"""

# Up to sixty rows are ranked by all that they say, more by their titles.
SQL = """
CREATE OR REPLACE FUNCTION maru.search_sql(ask jsonb) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  every boolean := (ask ->> 'every')::boolean;
  most int := (ask ->> 'most')::int;
  part jsonb;
  number int := 0;
  share text := '';
  wholly text[] := '{}';
  titled text[] := '{}';
  pairs text := ask ->> 'pairs';
BEGIN
  FOR part IN SELECT jsonb_array_elements(ask -> 'groups') LOOP
    IF NOT every THEN
      share := format('coalesce((SELECT w.worth FROM worth w WHERE w.part = %s), 0) * ', number);
    END IF;
    wholly := wholly || (share || maru.search_worth(part));
    titled := titled || (share || maru.search_titled(part));
    number := number + 1;
  END LOOP;
  IF pairs IS NOT NULL THEN
    wholly := wholly || format('ts_rank(''{0.1,0.2,0.5,1}'', coalesce(r.words, ''''), %L::tsquery)',
                               pairs);
    titled := titled || format('ts_rank(''{0.1,0.2,0.5,1}'', r.head, %L::tsquery)', pairs);
  END IF;
  RETURN CASE WHEN every THEN maru.search_every(ask) ELSE maru.search_some(ask) END || format(
    $q$, seen AS (SELECT count(*) AS hits FROM block)
      SELECT r.source, r.id, r.title, r.body, r.url, r.at, r.author_id,
       ((CASE WHEN s.hits > 60 THEN CASE WHEN r.beside THEN 0.7 ELSE 0 END + %s ELSE %s END)
        * (1 + 0.3 * exp(-greatest(0, extract(epoch FROM %L::timestamptz - r.at)) / 7776000))
       )::float8 AS score,
       s.hits,
       (SELECT b.at FROM block b ORDER BY b.at, b.id LIMIT 1) AS oldest_at,
       (SELECT b.id FROM block b ORDER BY b.at, b.id LIMIT 1) AS oldest_id
      FROM found r, seen s ORDER BY score DESC, r.at DESC, r.id DESC LIMIT %s OFFSET %s$q$,
    array_to_string(titled, ' + '), array_to_string(wholly, ' + '), ask ->> 'until',
    (ask ->> 'limit')::int, (ask ->> 'skip')::int);
END $$"""

FOUND = """
CREATE TYPE maru.search_found AS (
  source text, id uuid, title text, body text, url text, at timestamptz, author_id uuid,
  score float8, hits bigint, oldest_at timestamptz, oldest_id uuid)"""

# Thirty to a hundred among the newest are as good a first page as three hundred among all.
FIND = """
CREATE OR REPLACE FUNCTION maru.search_find(ask jsonb)
RETURNS TABLE (source text, id uuid, title text, body text, url text, at timestamptz,
               author_id uuid, score float8, hits bigint, oldest_at timestamptz, oldest_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  newest maru.search_found[];
  most bigint := (ask ->> 'most')::bigint;
BEGIN
  IF maru.tenant() IS NULL THEN
    RETURN;
  END IF;
  IF ask ->> 'recent' IS NOT NULL THEN
    EXECUTE format('SELECT array_agg(f::maru.search_found) FROM (%s) f', maru.search_sql(ask))
       INTO newest;
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
  RETURN QUERY EXECUTE maru.search_sql(ask - 'recent');
END $$"""

FUNCTIONS = (LASTING, MEANT, MATCHING, TITLED, EVERY, SOME, SQL, FOUND, FIND)


def upgrade() -> None:
    op.add_column("search_row", sa.Column("head", TSVECTOR(), sa.Computed(HEAD, persisted=True)))
    for function in FUNCTIONS:
        op.execute(function)


def downgrade() -> None:
    before = importlib.import_module("maru.db.migrations.0026_search")
    for name in ("find", "sql"):
        op.execute(f"DROP FUNCTION maru.search_{name}(jsonb)")
    op.execute("DROP TYPE maru.search_found")
    for name in ("some", "every", "titled", "matching", "meant", "lasting"):
        op.execute(f"DROP FUNCTION maru.search_{name}(jsonb)")
    for function in (before.SQL, before.FIND):
        op.execute(function)
    op.drop_column("search_row", "head")
