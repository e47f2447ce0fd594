"""How well searches as people type them find what they mean, over plain matter of an office.

`before.txt` was written before the ranking was tuned and stays as it is; `after.txt` is what it was
tuned by. Each line has a question and the posts that answer it, 3 for the very one, 1 for one that
helps too.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from maru.plugins.context import open_call
from maru.search.finding import Finder
from maru.search.kiwi import Kiwi
from maru.search.morphemes import Understood
from maru.search.schemas import Asked
from maru.searcher import parts_of
from maru.testing import TestKit as House
from maru_board.models import Post
from maru_board.permissions import READ
from maru_sdk import Context, ContextSeed
from maru_sdk.db import uuid7
from maru_sdk.search import Document, Documents, SearchSource, Wanted
from maru_sdk.testing import Company, Kit

SET = Path(__file__).with_name("relevance")
GOAL = 0.9
log = logging.getLogger(__name__)
Judged = Mapping[str, Mapping[str, int]]


def lines(name: str) -> list[list[str]]:
    """A file of the set, line by line, in its parts."""
    text = (SET / name).read_text("utf-8")
    return [[part.strip() for part in line.split("|")] for line in text.splitlines()]


def judged(name: str) -> Judged:
    """Questions, and what each post is worth for one."""
    return {
        q: {post: int(grade) for post, _, grade in (one.partition(":") for one in told.split())}
        for q, told in lines(name)
    }


def documents() -> dict[str, Document]:
    """The posts by their short names."""
    found: dict[str, Document] = {}
    for head, body in lines("posts.txt"):
        name, _, title = head.partition(" ")
        at = datetime.now(UTC)
        found[name] = Document(id=uuid7(), title=title, text=body, url="/", at=at)
    return found


def gained(grades: list[int]) -> float:
    """Discounted cumulative gain of the first ten."""
    return sum((2.0**grade - 1) / log2(at + 2) for at, grade in enumerate(grades[:10]))


class Seeking:
    """A company whose posts are searched."""

    def __init__(self, kit: House, company: Company, kiwi: Kiwi) -> None:
        self._kit, self._company = kit, company
        self._questions, self._reading = parts_of(kit.house, kiwi)
        self._finder = Finder(cast(Any, self))
        self.names: dict[UUID, str] = {}

    async def understood(self, tenant_id: UUID, text: str) -> Understood | None:
        """Kiwi itself, with nobody between."""
        return await self._questions.understood(tenant_id, text)

    async def write(self, posts: Mapping[str, Document]) -> None:
        """Has the posts taken up and read."""
        self.names = {post.id: name for name, post in posts.items()}

        async def given(ctx: Context, ask: Wanted) -> Documents:
            return Documents(documents=list(posts.values()))

        given.__module__, given.__name__ = "maru_board.search", "posts"
        source, tenant = SearchSource(given, Post, "Posts", READ), self._company.tenant.id
        seed = ContextSeed(tenant=tenant, plugin="board")
        async with open_call(self._kit.house.services, seed) as call:
            await self._kit.house.search.index.index(call, "board", source, list(self.names))
        while await self._reading.some(tenant):
            pass

    async def found(self, q: str) -> list[str]:
        """The short names of what is found, in order."""
        seed = ContextSeed(
            tenant=self._company.tenant.id, plugin="search", actor=self._company.member.id
        )
        async with open_call(self._kit.house.services, seed, readonly=True) as call:
            hits = (await self._finder.find(call, Asked(q=q, limit=10))).hits
        return [self.names[hit.id] for hit in hits]


@pytest.fixture
async def seeking(maru: Kit, company: Company, kiwi: Kiwi) -> Seeking:
    """The set's posts, ready to be searched."""
    seeking = Seeking(cast(House, maru), company, kiwi)
    await seeking.write(documents())
    return seeking


async def measured(seeking: Seeking, set_: Judged) -> tuple[float, list[str]]:
    """nDCG@10, and what fell short of it."""
    worth, short = [], []
    for q, grades in set_.items():
        found = await seeking.found(q)
        best = gained(sorted(grades.values(), reverse=True))
        worth.append(gained([grades.get(one, 0) for one in found]) / best)
        if worth[-1] < 1:
            short.append(f"{worth[-1]:.2f} {q}: {' '.join(found)}")
    return sum(worth) / len(worth), short


async def test_both_halves(seeking: Seeking, record_property: Any) -> None:
    assert sum(len(judged(f"{half}.txt")) for half in ("before", "after")) >= 60
    for half in ("before", "after"):
        worth, short = await measured(seeking, judged(f"{half}.txt"))
        told = f"{half}: nDCG@10 {worth:.3f}"
        record_property(half, round(worth, 3))
        log.info("\n  ".join((told, *short)))
        assert worth >= GOAL, "\n".join((told, *short))
