"""The portal page of eight portlets of eight items, beside Plone's, in interleaved rounds."""

import asyncio
import sys
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median

from bench.cases import Case
from bench.ground import Ground
from bench.load import Load, Request
from bench.people import Line, admins, signed_in
from bench.portal.cores import alone, apart
from bench.portal.pace import Paced, paced
from bench.portal.plone import front_page, plone
from bench.portal.plugin import ITEMS, place, switch_on, with_plugin
from bench.process import Broken, Process, maru
from bench.report import HEADS, ratios, row
from bench.tables import Found, Table, number
from maru.embedded.engine import free_port

CONNECTIONS = 8
RATE = 100.0
WARM, COLD, LATE = 100.0, 20.0, 50.0
SMALLEST = 40_000
WHOLE = 0.98
_WARM_UP = 1.0
SLOW = 3.0  # times as long: on a busy machine the peer answers a few pages a second
_TRIES = 20
_PACED = 3  # times as long as the other cases: a percentile needs many
_PACED_HEADS = (
    "at 100 requests a second",
    "p50 ms",
    "p95 ms",
    "worst p95",
    "longest",
    "CPU µs",
    "goal",
)


class Stage:
    """The servers: ours twice, once with nothing kept, and the peer's."""

    def __init__(self, ground: Ground, stack: ExitStack) -> None:
        self.ground = ground
        self.serve = stack.enter_context(
            maru("serve", ground.folder, ground.environment, free_port())
        )
        words, port = ["-m", "bench.portal.unkept", "serve"], free_port()
        environment = {**ground.environment, "MARU_PORT": str(port)}
        self.unkept = stack.enter_context(
            Process("unkept", words, ground.folder / "unkept.log", environment, port)
        )
        self.peer = stack.enter_context(plone(ground.folder))
        self.pages = _pages(self.serve, ground)
        ours, other = f":{self.serve.port}", f":{port}"
        self.unkept_pages = [_moved(one, ours, other) for one in self.pages]

    def cases(self) -> list[Case]:
        """The four, each a row of the table."""
        kept, made = [front_page(self.peer, site) for site in ("kept", "made")]
        return [
            self._case("p-kept", "Plone, lists it keeps", self.peer, [kept], "p-kept"),
            self._case("warm", "Maru, portlets kept", self.serve, self.pages, "p-kept", WARM),
            self._case("p-made", "Plone, collections", self.peer, [made], "p-made"),
            self._case("cold", "Maru, none kept", self.unkept, self.unkept_pages, "p-made", COLD),
        ]

    def _case(
        self,
        name: str,
        title: str,
        server: Process,
        requests: list[Request],
        against: str,
        goal: float | None = None,
    ) -> Case:
        load = Load(self.ground.folder, name, requests, connections=CONNECTIONS)
        longer = SLOW if server is self.peer else 1.0
        return Case(
            name, title, server, lambda seconds: load.run(server, seconds * longer), against, goal
        )


def portal(ground: Ground, rounds: int, seconds: float) -> Found:
    """The tables of the page's cases and of the constant rate; goals that weren't met."""
    ground = asyncio.run(with_plugin(ground))
    pinned = asyncio.run(apart(ground))
    with ExitStack() as stack:
        stage = Stage(ground, stack)
        if pinned:
            for server in (stage.serve, stage.unkept, stage.peer):
                alone(server)
        cases = stage.cases()
        late: dict[str, list[Paced]] = {"warm": [], "cold": []}
        for case in cases:
            case.play(min(seconds, _WARM_UP))
            case.bouts.clear()
        for turn in range(rounds):
            print(f"  round {turn + 1} of {rounds} …", file=sys.stderr, flush=True)
            for case in cases:
                case.play(seconds)
            for name, server, pages in (
                ("warm", stage.serve, stage.pages),
                ("cold", stage.unkept, stage.unkept_pages),
            ):
                late[name].append(paced(server, pages, RATE, seconds * _PACED))
    return _found(cases, late)


def _pages(server: Process, ground: Ground) -> list[Request]:
    """Everybody's portal page, with the eight portlets on it."""
    line = Line(server.port)
    people = signed_in(line, ground)
    for admin in admins(line, ground):
        switch_on(line, admin)
    for person in people:
        place(line, person)
    pages = [Request("/", person.browser) for person in people]
    for page in pages:
        _must_be_whole(line, page)
    return pages


def _must_be_whole(line: Line, page: Request) -> None:
    """The very first pages of a process may have portlets that come late."""
    for _ in range(_TRIES):
        html, _ = line.ask(page)
        items = html.count(b'<li><div class="title">')
        if len(html) >= SMALLEST and items == ITEMS:
            return
    raise Broken(f"the page has {len(html)} bytes and {items} items")


def _moved(request: Request, port: str, to: str) -> Request:
    """The same request of the other server: sessions are in the database."""
    headers = {**request.headers, "Host": request.headers["Host"].replace(port, to)}
    return Request(request.path, headers)


def _found(cases: list[Case], late: dict[str, list[Paced]]) -> Found:
    by_name = {case.name: case for case in cases}
    rows = [row(case, by_name[case.against]) for case in cases]
    misses = [
        f"{case.title}: {ratio:.1f} times, {case.goal:g} wanted"
        for case in cases
        if case.goal and (ratio := ratios(case, by_name[case.against])[0]) < case.goal
    ]
    sizes = [median(bout.size for bout in by_name[name].bouts) for name in ("cold", "warm")]
    if sizes[0] < sizes[1] * WHOLE:
        misses.append("portlets came late: the pages with none kept are smaller than the others")
    p95 = median(one.p95 for one in late["warm"])
    if p95 > LATE:
        misses.append(f"at {RATE:g} requests a second: p95 {p95:.1f} ms, {LATE:g} wanted")
    paced_rows = [_paced_row(name, all_) for name, all_ in late.items()]
    figures = {
        "cases": {case.name: [asdict(bout) for bout in case.bouts] for case in cases},
        "paced": {name: [asdict(one) for one in all_] for name, all_ in late.items()},
        "cold against lists it keeps": ratios(by_name["cold"], by_name["p-kept"]),
    }
    tables = [Table("", HEADS, rows), Table("", _PACED_HEADS, paced_rows)]
    return Found(tables, figures, misses)


def _paced_row(name: str, found: list[Paced]) -> tuple[str, ...]:
    middle = [median(getattr(one, figure) for one in found) for figure in ("p50", "p95", "cpu")]
    return (
        name,
        number(middle[0]),
        number(middle[1]),
        number(max(one.p95 for one in found)),
        number(max(one.worst for one in found)),
        f"{middle[2]:,.0f}",
        f"p95 ≤ {LATE:g}" if name == "warm" else "",
    )
