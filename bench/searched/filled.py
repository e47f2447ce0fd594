"""Puts the posts and the people into the tables, past the application, with what it would write."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench.searched.texts import Author, Written
from bench.searched.words import Words
from maru.demo.names import draw_name
from maru.identity.hangul import romanize
from maru.identity.names import sought
from maru_sdk.db import uuid7

SOURCE: Final = "board.posts"
VECTORS: Final = ("words", "grams")
_PORTION: Final = 5_000
_YEARS: Final = timedelta(days=730)
_COLUMNS: Final = (
    *("tenant_id", "id", "source", "resource", "author_id", "title", "body", "url", "at"),
    *("waiting", "words", "grams"),
)
_PERSON: Final = (
    *("tenant_id", "id", "username", "username_key", "employee_number", "name", "name_key"),
    *("initials", "name_latin", "latin_key", "given_key", "given_initials", "given_latin"),
    *("email", "email_key", "phone"),
)


@dataclass
class Corpus:
    """What is known of the posts: in how many of them each word occurs, and titles of some."""

    posts: int
    occur: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)

    def rare(self, count: int) -> list[str]:
        """Words that two to ten posts have."""
        found = [word for word, times in self.occur.items() if 2 <= times <= 10 and len(word) > 2]
        return Random(3).sample(sorted(found), min(count, len(found)))

    def phrases(self, count: int) -> list[str]:
        """Two words side by side that two to ten posts have so."""
        found = [pair for pair, times in self.pairs.items() if 2 <= times <= 10]
        return Random(5).sample(sorted(found), min(count, len(found)))

    def common(self, count: int) -> list[str]:
        """The words that most posts have."""
        return [word for word, _ in self.occur.most_common(count)]


async def posts(connection: Any, tenant: UUID, words: Words, count: int) -> Corpus:
    """Fills the index of a company, as it is when Kiwi has read all of it."""
    people = [row["id"] for row in await connection.fetch(_PEOPLE, tenant)]
    boards = [row["id"] for row in await connection.fetch(_BOARDS, tenant)]
    corpus, chance, until = Corpus(count), Random(11), datetime.now(UTC)
    for vector in VECTORS:
        await connection.execute(f"DROP INDEX maru.search_row_{vector}_idx")
    rows = list[bytes]()
    for written in Author(words, 7).posts(count):
        _count(corpus, written)
        where = tenant, chance.choice(boards), chance.choice(people)
        rows.append(_row(written, where, until - _YEARS * chance.random() ** 2))
        if len(rows) == _PORTION:
            await _copied(connection, rows)
    await _copied(connection, rows)
    for vector in VECTORS:
        await connection.execute(
            f"CREATE INDEX search_row_{vector}_idx ON maru.search_row USING gin ({vector})"
            " WITH (gin_pending_list_limit = 256)"
        )
    await connection.execute("VACUUM (ANALYZE) maru.search_row")
    return corpus


def _count(corpus: Corpus, written: Written) -> None:
    pieces = [*written.title.pieces, *written.body.pieces]
    corpus.occur.update({piece.form for piece in pieces if piece.tag != "SN"})
    said = written.body.text
    corpus.pairs.update(
        {
            said[one.start : other.start + other.len]
            for one, other in zip(written.body.pieces, written.body.pieces[1:], strict=False)
            if other.start - one.start - one.len == 1 and "SN" not in (one.tag, other.tag)
        }
    )


def _row(written: Written, where: tuple[UUID, UUID, UUID], at: datetime) -> bytes:
    words, grams = written.vectors()
    tenant, board, author = where
    one = uuid7()
    said = (written.title.text, written.body.text, f"/board/posts/{one}", at.isoformat())
    told = (tenant, one, SOURCE, f"board:{board}", author, *said, "f", words, grams)
    return "\t".join(str(value).replace("\\", "\\\\") for value in told).encode() + b"\n"


async def _copied(connection: Any, rows: list[bytes]) -> None:
    async def source() -> Any:
        for at in range(0, len(rows), 500):
            yield b"".join(rows[at : at + 500])

    await connection.copy_to_table(
        "search_row", schema_name="maru", source=source(), columns=_COLUMNS
    )
    rows.clear()


_PEOPLE: Final = "SELECT id FROM maru.person WHERE tenant_id = $1 ORDER BY id LIMIT 300"
_BOARDS: Final = "SELECT id FROM plugin_board.board WHERE tenant_id = $1 ORDER BY id"


async def people(connection: asyncpg.Connection, tenant: UUID, count: int) -> list[str]:
    """People with names as they occur; the names."""
    names, rows = list[str](), list[tuple[Any, ...]]()
    for number, name in enumerate(_names(count)):
        names.append(name)
        user = f"{romanize(name)}{number}"
        key = sought(name)
        mail, phone = f"{user}@example.test", f"010-{number // 10_000:04d}-{number % 10_000:04d}"
        told = (tenant, uuid7(), user, user, f"S{number:06d}", name)
        rows.append((*told, *(key[one] for one in _PERSON[6:-3]), mail, mail, phone))
    await connection.copy_records_to_table(
        "person", schema_name="maru", records=rows, columns=_PERSON
    )
    await connection.execute("VACUUM (ANALYZE) maru.person")
    return names


def _names(count: int) -> Iterator[str]:
    chance = Random(17)
    for _ in range(count):
        yield draw_name(chance, chance.randrange(1962, 2004))
