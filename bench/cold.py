"""The portal page when none of its fragments is kept any more.

A change of a post drops all eight of a tenant before the change is answered, so a page asked for
next makes them anew. The changes are measured by themselves too and taken off.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from bench.ground import Ground
from bench.load import Bout, Request
from bench.people import Line, Person
from bench.process import Broken, Process

_FIELDS = ("title", "content", "is_notice", "is_pinned")


class ColdPage:
    """Pages one after the other, each after a change of a post."""

    def __init__(
        self, server: Process, line: Line, people: Sequence[Person], ground: Ground
    ) -> None:
        self._server, self._line = server, line
        self._readers = [
            next(one for one in people if one.tenant == slug) for slug in ground.boards
        ]
        self._posts = [_own_post(line, one, ground) for one in self._readers]
        self._waited: list[float] = []
        self._sizes: list[int] = []

    def run(self, seconds: float) -> Bout:
        """One after the other for so long; `rate` is what a single visitor gets."""
        self._waited, self._sizes = [], []
        changes = _cost(self._server, self._change, seconds / 2)
        both = _cost(self._server, self._change_and_look, seconds)
        waited = sorted(self._waited)
        last = waited[int(len(waited) * 0.99)]
        middle = median(waited)
        cpu = max(0.0, both - changes) * 1e6
        return Bout(1 / middle, cpu, middle * 1e3, last * 1e3, median(self._sizes))

    def _change(self, number: int) -> None:
        at = number % len(self._readers)
        post, body = self._posts[at]
        path = f"/api/v1/board/posts/{post}"
        self._line.data(Request(path, self._readers[at].client, "PUT"), body)

    def _change_and_look(self, number: int) -> None:
        self._change(number)
        reader = self._readers[number % len(self._readers)]
        began = time.perf_counter()
        page, _ = self._line.ask(Request("/", reader.browser))
        self._waited.append(time.perf_counter() - began)
        self._sizes.append(len(page))
        if page.count(b"<section") < 8:
            raise Broken("the cold page has not all portlets")


def _own_post(line: Line, person: Person, ground: Ground) -> tuple[str, dict[str, Any]]:
    """A post of the person's own, and the body that changes nothing in it."""
    board = str(ground.boards[person.tenant][-1])
    body = {"title": "측정", "content": "측정을 위한 글입니다.", "is_notice": False}
    sent = {"board_id": board, **body}
    post = line.data(Request("/api/v1/board/posts", person.client, "POST"), sent)
    return post["id"], {name: post[name] for name in _FIELDS}


def _cost(server: Process, work: Callable[[int], None], seconds: float) -> float:
    """Processor seconds of the server for each call."""
    before, end, number = server.cpu(), time.monotonic() + seconds, 0
    while time.monotonic() < end or number < 6:
        work(number)
        number += 1
    return (server.cpu() - before) / number
