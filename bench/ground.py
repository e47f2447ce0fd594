"""What the benchmark stands on: engines with fsync on, three tenants, thirty-two people, boards."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

import asyncpg
import orjson

from maru.cli.seeding import seed
from maru.db.database import Database
from maru.db.migrate import migrate_async
from maru.demo.companies import HANBIT, SAEBOM, Company
from maru.embedded import EmbeddedPostgres, EmbeddedRedis
from maru.house import open_house
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru.testing import said

PASSWORD = "a bench's own password"
PEOPLE = 32
ABLE = 11
EMPLOYEES = 300
_PLUGINS = frozenset({"board"})

# Somebody who may read, in each tenant: those who were given a password by the seeding come first.
_ABLE = """
WITH able AS (
  SELECT p.id, row_number() OVER (PARTITION BY p.tenant_id ORDER BY p.password_hash IS NULL, p.id) n
    FROM maru.person p)
UPDATE maru.person p SET password_hash =
       (SELECT password_hash FROM maru.person h WHERE h.username_key = 'admin' LIMIT 1)
  FROM able WHERE able.id = p.id AND able.n <= $1"""
_SIGN_IN = """
SELECT t.slug, p.username FROM maru.person p JOIN maru.tenant t ON t.id = p.tenant_id
 WHERE p.password_hash IS NOT NULL ORDER BY row_number() OVER (PARTITION BY t.id ORDER BY p.id), 1
 LIMIT $1"""
_BOARDS = """
SELECT t.slug, b.id FROM plugin_board.board b JOIN maru.tenant t ON t.id = b.tenant_id
 WHERE b.post_count >= 20 ORDER BY b.post_count DESC, b.id"""
_COPY = """
CREATE SCHEMA bench;
CREATE TABLE bench.post AS
  SELECT p.*, n.name AS author_name FROM plugin_board.post p
    JOIN maru.person n ON n.tenant_id = p.tenant_id AND n.id = p.author_id;
ALTER TABLE bench.post ADD PRIMARY KEY (id);
CREATE INDEX ON bench.post (board_id, is_pinned, published_at, id);
ANALYZE;"""


@dataclass(frozen=True)
class Somebody:
    """A person who signs in."""

    tenant: str
    username: str


@dataclass(frozen=True)
class Ground:
    """Engines with data in them, and what is known of the data."""

    folder: Path
    settings: Settings
    database_url: str
    people: list[Somebody]
    boards: dict[str, list[UUID]]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a process that serves, as variables."""
        given = self.settings.model_dump(mode="json", exclude_unset=True)
        hidden = {"database_owner_url"}
        return {f"MARU_{n.upper()}": said(v) for n, v in given.items() if n not in hidden}

    def kept(self) -> Path:
        """Write down what another process needs to stand on the same ground."""
        file = self.folder / "ground.json"
        settings = self.settings.model_dump(mode="json", exclude_unset=True)
        found = {**asdict(self), "settings": settings}
        file.write_bytes(orjson.dumps(found, default=str))
        return file

    @classmethod
    def loaded(cls, file: Path) -> Self:
        """The ground that another process has written down."""
        found = orjson.loads(file.read_bytes())
        boards = {slug: [UUID(one) for one in ids] for slug, ids in found["boards"].items()}
        return cls(
            Path(found["folder"]),
            Settings(**found["settings"]),
            found["database_url"],
            [Somebody(**one) for one in found["people"]],
            boards,
        )


@asynccontextmanager
async def prepared(people: int = PEOPLE, able: int = ABLE) -> AsyncIterator[Ground]:
    """Start the engines, migrate and fill them; everything is gone afterwards.

    So many people are known as those who sign in, of at most `able` in each tenant.
    """
    folder = _folder()
    try:
        with ExitStack() as stack:
            server = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
            queue = stack.enter_context(EmbeddedRedis(folder / "queue", "queue"))
            cache = stack.enter_context(EmbeddedRedis(folder / "cache", "cache"))
            settings = _settings(folder, server, queue, cache)
            await _fill(settings)
            url = f"{server.admin_url.rpartition('/')[0]}/maru"
            yield await _known(folder, settings, url, people, able)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# On as everywhere, and too high for what a few people ask for here in a minute.
_UNREACHED = "address=900000000/m, user=900000000/m, token=900000000/m, tenant=900000000/m"


def _folder() -> Path:
    """As root, the user that the engines run as must get in."""
    folder = Path(tempfile.mkdtemp(prefix="maru-bench-"))
    folder.chmod(0o755)
    return folder


def _settings(
    folder: Path, server: EmbeddedPostgres, queue: EmbeddedRedis, cache: EmbeddedRedis
) -> Settings:
    return Settings(
        database_url=server.app_url,
        database_owner_url=server.owner_url,
        database_system_url=server.system_url,
        redis_queue_url=queue.url,
        redis_live_url=queue.url,
        trusted_plugins=["board"],
        redis_cache_url=cache.url,
        secret_key=secrets.token_hex(32),
        data=folder,
        instance="bench",
        cors_origins=["https://intranet.example"],
        limit_reads=_UNREACHED,
        limit_writes=_UNREACHED,
        limit_sign_ins=_UNREACHED,
    )


def _companies() -> tuple[Company, ...]:
    third = Company("daon", "다온물산", 3, SAEBOM.desks, SAEBOM.tree, _PLUGINS)
    return HANBIT, SAEBOM, third


async def _fill(settings: Settings) -> None:
    await migrate_async(settings, plugins=migrations(PluginHost.load({}, strict=True)))
    async with (
        open_house(settings) as house,
        await Database.open(settings.database_system_url, pool_size=1) as system,
    ):
        await seed(house, system, EMPLOYEES, PASSWORD, _companies())


async def _known(folder: Path, settings: Settings, url: str, most: int, able: int) -> Ground:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_ABLE, able)
        await connection.execute(_COPY)
        people = await connection.fetch(_SIGN_IN, most)
        boards: dict[str, list[UUID]] = {}
        for slug, board in await connection.fetch(_BOARDS):
            boards.setdefault(slug, []).append(board)
    finally:
        await connection.close()
    return Ground(folder, settings, url, [Somebody(*row) for row in people], boards)
