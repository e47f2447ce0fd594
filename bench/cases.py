"""What is measured: each case a server and the requests that it is loaded with."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from bench.cold import ColdPage
from bench.ground import Ground
from bench.load import Bout, Load, Request
from bench.people import Line, Person, signed_in
from bench.process import Broken, Process, maru, peer
from maru.embedded.engine import free_port

BROWSERS = "gzip, deflate, br"
# A query longer than 1,000 characters is answered by the handler and never kept: the way past the
# cache that any client has, at the price of reading the zeros.
_UNKEPT = "?limit=" + "0" * 1_000 + "20"


@dataclass
class Case:
    """One row of the table. `against` names the row that it is divided by."""

    name: str
    title: str
    server: Process
    run: Callable[[float], Bout]
    against: str
    goal: float | None = None
    bouts: list[Bout] = field(default_factory=list)

    def play(self, seconds: float) -> None:
        """One bout; Broken where a request failed."""
        bout = self.run(seconds)
        if bout.errors:
            log = self.server.log.read_text("utf-8", "replace")[-1_000:]
            raise Broken(f"({self.name}) {bout.errors} requests failed: {log}")
        self.bouts.append(bout)


class Stage:
    """The processes of one run and the cases played on them."""

    def __init__(self, ground: Ground, stack: ExitStack) -> None:
        self.ground = ground
        self._stack = stack
        self.serve = stack.enter_context(
            maru("serve", ground.folder, ground.environment, free_port())
        )
        self.line = Line(self.serve.port)
        self.people: list[Person] = signed_in(self.line, ground)

    def cases(self, only: frozenset[str]) -> list[Case]:
        """The cases of these letters; (a) is always there, being the measure."""
        wanted = [self._measure()]
        for letter, make in (("b", self._kept), ("c", self._unkept), ("d", self._portal)):
            if letter in only:
                wanted += make()
        return wanted

    def _measure(self) -> Case:
        body, _ = self.line.ask(self._lists()[0])
        server = self._peer("ready", BENCH_LENGTH=str(len(body)))
        return self._case("a", "FastAPI, ready bytes", self._lists(), "a", server=server)

    def _kept(self) -> Iterator[Case]:
        yield self._case("b", "list of posts, signed in, cached", self._lists(), "a", 0.8)
        packed = [_with(one, **{"Accept-Encoding": BROWSERS}) for one in self._lists()]
        yield self._case("b-br", "the same, compressed for a browser", packed, "a")
        known = [self._known(one) for one in self._lists()]
        yield self._case("b-304", "the same, known to the client", known, "a")

    def _unkept(self) -> Iterator[Case]:
        server = self._peer("listing", BENCH_DATABASE_URL=self.ground.database_url)
        listed = [replace(one, path=f"{one.path}?limit=20") for one in self._lists()]
        past = [replace(one, path=f"{one.path}{_UNKEPT}") for one in self._lists()]
        yield self._case("c0", "FastAPI, SQLModel, response_model", listed, "c0", server=server)
        yield self._case("c", "list of posts, not cached, policies", past, "c0", 4.0)
        yield self._case(
            "c-miss", "list of posts, new to the cache", self._lists(), "c0", miss=True
        )

    def _portal(self) -> Iterator[Case]:
        pages = [Request("/", person.browser) for person in self.people]
        yield self._case("d", "portal page, 8 portlets kept", pages, "a")
        cold = ColdPage(self.serve, self.line, self.people, self.ground)
        yield Case("d-cold", "portal page, 8 portlets made", self.serve, cold.run, "a")

    def _case(
        self,
        name: str,
        title: str,
        requests: list[Request],
        against: str,
        goal: float | None = None,
        *,
        server: Process | None = None,
        miss: bool = False,
    ) -> Case:
        loaded = server or self.serve
        load = Load(self.ground.folder, name, requests, miss=miss)
        return Case(name, title, loaded, partial(load.run, loaded), against, goal)

    def _peer(self, name: str, **env: str) -> Process:
        return self._stack.enter_context(peer(name, self.ground.folder, env))

    def _lists(self) -> list[Request]:
        """Each person's request of a board of their own tenant."""
        boards = self.ground.boards
        return [
            Request(f"/api/v1/board/boards/{boards[one.tenant][0]}/posts", one.client)
            for one in self.people
        ]

    def _known(self, request: Request) -> Request:
        _, headers = self.line.ask(request)
        etag = next(value for name, value in headers if name.lower() == "etag")
        return _with(request, **{"If-None-Match": etag})


def _with(request: Request, **headers: str) -> Request:
    return replace(request, headers={**request.headers, **headers})
