"""Where a day takes place: engines of its own, and every process of Maru as production runs it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson
from prometheus_client.parser import text_string_to_metric_families

from bench.day.morning import SEED
from bench.day.visitor import Company
from bench.ground import Ground, Somebody
from bench.load import Request
from bench.people import Line
from bench.process import HOST, Process
from maru.embedded.engine import free_port

PROCESSES = ("serve", "push", "worker", "scheduler")
NOTHING: Mapping[str, float] = {"hits": 0.0, "misses": 0.0, "refreshed": 0.0}
_COUNTED = {f"maru_cache_pattern_{name}": name for name in NOTHING}
_OWN_LAYOUT = 0.3
_READ = 300
_BOARDS = """
SELECT b.id FROM plugin_board.board b JOIN maru.tenant t ON t.id = b.tenant_id
 WHERE t.slug = $1 AND b.kind = 'normal' AND NOT b.is_closed ORDER BY b.post_count DESC, b.id"""
_POSTS = """
SELECT p.id FROM plugin_board.post p
 WHERE p.board_id = ANY($1) AND p.is_published ORDER BY p.published_at DESC, p.id LIMIT $2"""
_PERSON = """
SELECT p.tenant_id, p.id FROM maru.person p JOIN maru.tenant t ON t.id = p.tenant_id
 WHERE t.slug = $1 AND p.username = $2"""
_LAYER = """
INSERT INTO maru.portal_layout (id, tenant_id, owner_kind, owner_id, version, differences)
VALUES ($1, $2, 'person', $3, 1, $4)"""


@dataclass(frozen=True)
class Stage:
    """The processes, and what is known of the data."""

    processes: dict[str, Process]
    companies: dict[str, Company]
    people: Sequence[Somebody]

    @property
    def port(self) -> int:
        return self.processes["serve"].port

    def cpu(self) -> dict[str, float]:
        """Processor seconds of each process so far."""
        return {name: process.cpu() for name, process in self.processes.items()}

    def memory(self) -> dict[str, float]:
        """MiB of each process."""
        return {name: process.memory() for name, process in self.processes.items()}

    def cached(self) -> dict[tuple[str, str], dict[str, float]]:
        """Hits and misses of the cache by plugin and pattern, as `/metrics` tells them."""
        line = Line(self.port)
        said, _ = line.ask(Request("/metrics", {"Host": f"{HOST}:{self.port}"}))
        line.close()
        found: dict[tuple[str, str], dict[str, float]] = {}
        for family in text_string_to_metric_families(said.decode()):
            name = _COUNTED.get(family.name, "")
            for sample in family.samples if name else ():
                key = sample.labels["plugin"], sample.labels["pattern"]
                found.setdefault(key, dict(NOTHING))[name] += sample.value
        return found


@contextmanager
def running(ground: Ground, profile: Path | None = None) -> Iterator[dict[str, Process]]:
    """All processes; where there is a place for a profile, `serve` runs under cProfile."""
    port, push = free_port(), free_port()
    env = {
        **ground.environment,
        "MARU_PORT": str(port),
        "MARU_PUSH_PORT": str(push),
        "MARU_PUSH_URL": f"http://{HOST}:{push}",
        "MARU_SMTP_URL": (ground.folder / "mail").as_uri(),
    }
    ports = {"serve": port, "push": push}
    with ExitStack() as stack:
        found = {
            name: Process(
                name,
                [*_profiled(profile if name == "serve" else None), "-m", "maru", name],
                ground.folder / f"day-{name}.log",
                env,
                ports.get(name, 0),
                longest=120.0,
            )
            for name in PROCESSES
        }
        for process in found.values():
            stack.enter_context(process)
        yield found


def _profiled(file: Path | None) -> list[str]:
    return [] if file is None else ["-m", "cProfile", "-o", str(file)]


async def staged(ground: Ground, processes: dict[str, Process]) -> Stage:
    """What is there to be read, and layouts of their own for some of the people."""
    connection = await asyncpg.connect(ground.database_url)
    try:
        await _lay_out(connection, ground.people)
        companies = {slug: await _company(connection, slug) for slug in ground.boards}
    finally:
        await connection.close()
    return Stage(processes, companies, ground.people)


async def _company(connection: Any, slug: str) -> Company:
    boards = [row["id"] for row in await connection.fetch(_BOARDS, slug)]
    posts = await connection.fetch(_POSTS, boards, _READ)
    return Company(slug, [str(board) for board in boards], [str(row["id"]) for row in posts])


async def _lay_out(connection: Any, people: Sequence[Somebody]) -> None:
    chance = Random(SEED)
    for one in people:
        if chance.random() < _OWN_LAYOUT:
            tenant, person = await connection.fetchrow(_PERSON, one.tenant, one.username)
            layer = orjson.dumps(_layer(person, chance)).decode()
            await connection.execute(_LAYER, uuid5(person, "layer"), tenant, person, layer)


def _layer(person: UUID, chance: Random) -> dict[str, Any]:
    """Four portlets more, set as this person likes them."""
    kinds = ("board.recent_posts", "board.notices")
    added = [
        {
            "id": str(uuid5(person, str(number))),
            "portlet_type": kinds[number % 2],
            "x": number % 2 * 6,
            "y": 10 + number // 2 * 5,
            "w": 6,
            "h": 5,
            "config": {"count": chance.randint(3, 20)},
        }
        for number in range(4)
    ]
    return {"changed": {}, "added": added, "removed": []}
