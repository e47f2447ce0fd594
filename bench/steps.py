"""What each step of a request costs inside the process: the same objects, called in a loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from bench.ground import PASSWORD, Ground
from bench.tables import Found, Table
from maru.api.exchange import Exchange
from maru.api.guard import Guard
from maru.api.hosts import Hosts
from maru.app import serving
from maru.house import House, open_house
from maru.identity.csrf import Csrf
from maru.observability.log import Journal

_KEY = "board"


async def steps(ground: Ground, seconds: float) -> Found:
    """Microseconds of each step, the best of five."""
    async with open_house(ground.settings) as house, serving(house, Journal("bench", "ERROR")):
        figures = await _Steps(house, ground, seconds / 50).all()
    rows = [(step, f"{cost:.1f}") for step, cost in figures.items()]
    return Found([Table("", ("step", "µs, best of five"), rows)], dict(figures))


class _Steps:
    def __init__(self, house: House, ground: Ground, seconds: float) -> None:
        settings = ground.settings
        self.house, self.ground, self.seconds = house, ground, seconds
        self.hosts = Hosts(house.tenants, settings.base_domain)
        self.guard = Guard(
            house.sessions, house.people, house.rights, Csrf(house.keys), settings.instance
        )
        self.surfaces = house.surfaces

    async def all(self) -> dict[str, float]:
        """Each step of the kept list's path, and sign-in's costlier first time."""
        token, exchange = await self._signed_in()
        trie, rest = self.surfaces.api[_KEY], self._rest()
        target = trie.find("GET", rest)
        assert target is not None
        tenant = exchange.known_tenant
        caller = self.house.sessions.verify(token)
        fresh = self.house.sessions._access
        done = {
            "reading the request": self._timed(lambda: Exchange(exchange.scope, _nothing)),
            "tenancy: host and tenant": self._timed(lambda: self._tenancy(exchange)),
            "route": self._timed(lambda: trie.find("GET", rest)),
            "gate: is the plugin on": self._timed(lambda: self.house.gate.on(tenant.id, _KEY)),
            "sign-in: token seen before": self._timed(lambda: self.house.sessions.verify(token)),
            "sign-in: token's signature": self._timed(lambda: fresh.read(token)),
            "permission": self._timed(lambda: self.guard.permit(exchange, target[0])),
            "rights, known": self._timed(
                lambda: self.house.rights.cached(tenant.id, caller.person_id)
            ),
        }
        done["sign-in, person and rights"] = await self._awaited(
            lambda: self.guard.identify(exchange, target[0])
        )
        return done

    def _rest(self) -> str:
        return f"/boards/{self._board()}/posts"

    def _board(self) -> UUID:
        return self.ground.boards[self.ground.people[0].tenant][0]

    async def _signed_in(self) -> tuple[str, Exchange]:
        who = self.ground.people[0]
        tenant = self.house.tenants.by_slug(who.tenant)
        assert tenant is not None
        tokens = await self.house.sessions.login(tenant.id, who.username, PASSWORD)
        host, bearer = f"{who.tenant}.localhost:8400", f"Bearer {tokens.access_token}"
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/api/v1/board{self._rest()}",
            "query_string": b"",
            "scheme": "http",
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", host.encode()), (b"authorization", bearer.encode())],
        }
        exchange = Exchange(scope, _nothing)
        self._tenancy(exchange)
        await self.guard.identify(exchange)
        return tokens.access_token, exchange

    def _tenancy(self, exchange: Exchange) -> None:
        self.hosts.read(exchange)
        exchange.tenant = self.hosts.tenant(exchange)

    def _timed(self, work: Callable[[], Any]) -> float:
        return min(self._spell(work) for _ in range(5))

    def _spell(self, work: Callable[[], Any]) -> float:
        end, number, began = time.perf_counter() + self.seconds, 0, time.perf_counter()
        while time.perf_counter() < end:
            for _ in range(100):
                work()
            number += 100
        return (time.perf_counter() - began) / number * 1e6

    async def _awaited(self, work: Callable[[], Any]) -> float:
        found = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(2_000):
                await work()
            found.append((time.perf_counter() - began) / 2_000 * 1e6)
        return min(found)


async def _nothing() -> Any:
    await asyncio.sleep(0)
    return {"type": "http.disconnect"}
