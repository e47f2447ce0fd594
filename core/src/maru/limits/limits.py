"""The limits of one process: what the edge asks before it lets a request through."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Final, NamedTuple
from uuid import UUID

from maru.limits.rates import LimitsOf, Rate, Scope, network_of
from maru.limits.shared import Drawn, Shared
from maru.limits.stocks import Headers, Stock, headers_of
from maru.limits.windows import Verdict, Windows
from maru.observability.metrics import Metrics
from maru.redis import Link
from maru.signals import Loop
from maru_sdk import RateLimited

PAUSE: Final = 1.0
_REMEMBERED: Final = 50_000
_IDLE: Final = 120.0
_IN_A_CALL: Final = 100


class Refused(RateLimited):
    """429: more than is allowed; `limit` says of whom or what."""

    def __init__(self, name: str, after: float, headers: Headers) -> None:
        super().__init__(after, limit=name)
        self.headers = headers


class Whom(NamedTuple):
    """On whose account a request goes."""

    tenant: UUID
    address: str
    person: UUID | None = None
    token: UUID | None = None


class Asked(NamedTuple):
    """One count that a request must pass: the key, what it is called, and how much is allowed."""

    key: str
    name: str
    rate: Rate


class Limits:
    """What may be asked for, counted."""

    def __init__(
        self,
        link: Link,
        allowed: LimitsOf,
        metrics: Metrics,
        *,
        instance: str,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._shared = Shared(link)
        self._allowed = allowed
        self._instance = instance
        self._clock = clock
        self._windows = Windows()
        self._stocks: dict[str, Stock] = {}
        self._arriving: dict[tuple[UUID, str], Stock] = {}
        self._callers: dict[UUID, tuple[Stock, ...]] = {}
        self._loop = Loop("limits", self.settle, PAUSE)
        self._refused = metrics.counter(
            "maru_limits_refused_total", "Requests refused by a limit.", ("limit",)
        )
        self._alone = metrics.counter(
            "maru_limits_alone_total", "Times a process counted without Redis.", ("limit",)
        )
        metrics.ask(
            "maru_limits_stocks", "Keys whose reads are counted.", lambda: len(self._stocks)
        )

    def start(self) -> None:
        """Begin to settle."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop settling, and give back what is in stock: other processes go on with it."""
        await self._loop.stop()
        for stock in self._stocks.values():
            stock.used = 0
        await self.settle()

    def passes(self, tenant: UUID, address: str) -> bool:
        """Counts a request by its address where this process has some in stock; else `arrive`
        does."""
        stock = self._arriving.get((tenant, address))
        if stock is None or stock.left <= 0 or self._clock() >= stock.until:
            return False
        stock.left -= 1
        stock.used += 1
        return True

    def glance(self, whose: UUID) -> Headers | None:
        """Counts a read of a token (else of its tenant) where this process has some in stock; else
        `read` does."""
        stocks = self._callers.get(whose)
        if not stocks:
            return None
        now = self._clock()
        for stock in stocks:
            if stock.left <= 0 or now >= stock.until:
                return None
        for stock in stocks:
            stock.left -= 1
            stock.used += 1
        return stocks[0].headers

    async def arrive(self, tenant: UUID, address: str) -> None:
        """Counts a request by its address, before anything is known of it; raises Refused."""
        rate = self._allowed.reads.get("address")
        if rate is None or self.passes(tenant, address):
            return
        stock = self._arriving.get((tenant, address))
        if stock is None:
            if len(self._arriving) >= _REMEMBERED:
                self._arriving.clear()
            stock = self._stock(tenant, "reads.address", network_of(address), rate)
            self._arriving[tenant, address] = stock
        await self._take_slowly((stock,), self._clock())

    async def read(self, whom: Whom) -> Headers:
        """Counts a read; what its caller is told. Raises Refused."""
        whose = whom.token or whom.tenant
        if (told := self.glance(whose)) is not None:
            return told
        stocks = self._callers.get(whose)
        if stocks is None:
            stocks = self._caller(whom)
        await self._take_slowly(stocks, self._clock())
        return stocks[0].headers if stocks else []

    def _caller(self, whom: Whom) -> tuple[Stock, ...]:
        if len(self._callers) >= _REMEMBERED:
            self._callers.clear()
        given = self._scopes(whom, ("user", "token", "tenant"), self._allowed.reads)
        found = tuple(
            self._stock(whom.tenant, f"reads.{scope}", about, rate) for scope, about, rate in given
        )
        self._callers[whom.token or whom.tenant] = found
        return found

    def _stock(self, tenant: UUID, name: str, about: str, rate: Rate) -> Stock:
        key = self._key(tenant, name, about)
        stock = self._stocks.get(key)
        if stock is None:
            stock = Stock.begun(key, name, str(tenant), rate, self._clock())
            self._stocks[key] = stock
        return stock

    async def _take_slowly(self, stocks: Sequence[Stock], now: float) -> None:
        """The same where a stock is empty: it is filled first, or the request is refused."""
        while lacking := next((one for one in stocks if one.left <= 0 or now >= one.until), None):
            if lacking.refused_until > now:
                raise self._no(lacking.name, lacking.free_at - now, lacking.headers)
            await self._fill(lacking, now)
            now = self._clock()
        for stock in stocks:
            stock.left -= 1
            stock.used += 1

    async def _fill(self, stock: Stock, now: float) -> None:
        if stock.drawing is not None:
            await asyncio.shield(stock.drawing)
            return
        spent = stock.spent_on_credit()
        if now >= stock.until:
            stock.left = 0
        await self._draw([(stock, spent, stock.at_once)])

    async def settle(self) -> None:
        """Books what was used on credit, gives back what wasn't used, and draws what the next
        second will need; keys that nobody asks for any more are forgotten."""
        now = self._clock()
        by_tenant: dict[str, list[tuple[Stock, int, int]]] = defaultdict(list)
        for stock in list(self._stocks.values()):
            if stock.drawing is not None:
                continue
            if stock.used:
                stock.seen = now
            elif now - stock.seen > max(_IDLE, stock.rate.seconds):
                self._forget(stock)
                continue
            owed, wanted = stock.settles()
            if owed or wanted:
                by_tenant[stock.tenant].append((stock, owed, wanted))
        for asked in by_tenant.values():
            for start in range(0, len(asked), _IN_A_CALL):
                await self._draw(asked[start : start + _IN_A_CALL])

    def _forget(self, stock: Stock) -> None:
        del self._stocks[stock.key]
        self._arriving = {at: each for at, each in self._arriving.items() if each is not stock}
        self._callers = {at: each for at, each in self._callers.items() if stock not in each}

    async def _draw(self, asked: Sequence[tuple[Stock, int, int]]) -> None:
        drawing = asyncio.get_running_loop().create_future()
        for stock, _, _ in asked:
            stock.drawing = drawing
        try:
            drawn = await self._shared.draw(asked)
            if drawn is None:
                drawn = self._drawn_alone(asked)
            now = self._clock()
            for (stock, _, _), (granted, left, wait) in zip(asked, drawn, strict=True):
                stock.drawn(granted, left, wait, now)
        finally:
            for stock, _, _ in asked:
                stock.drawing = None
            drawing.set_result(None)

    def _drawn_alone(self, asked: Iterable[tuple[Stock, int, int]]) -> list[Drawn]:
        found, now = [], self._clock()
        for stock, owed, wanted in asked:
            self._alone.add(stock.name)
            free, wait = self._windows.free(stock.key, stock.rate, now)
            granted = min(wanted, max(0, free - owed))
            self._windows.use(stock.key, stock.rate, now, granted + owed)
            found.append((granted, max(0, free - owed - granted), wait))
        return found

    async def write(
        self, whom: Whom, route: str | None = None, rate: Rate | None = None
    ) -> Headers:
        """Counts a request that changes something, by its route's own limit too where that has
        one; raises Refused."""
        asked = self._asked("writes", whom, self._allowed.writes)
        if route is not None and rate is not None:
            asked.append(self._of_route(whom, route, rate))
        return await self._exactly(asked)

    async def export(self, whom: Whom) -> Headers:
        """Counts a request for very much at once; raises Refused."""
        return await self._exactly(self._asked("exports", whom, self._allowed.exports))

    async def sign_in(self, whom: Whom) -> Headers:
        """Counts an attempt to sign in, right or wrong; raises Refused."""
        return await self._exactly(self._asked("sign_ins", whom, self._allowed.sign_ins))

    async def route(self, whom: Whom, route: str, rate: Rate) -> Headers:
        """Counts a request by the limit that its route declares, for each person or, of those who
        haven't signed in, each address; raises Refused."""
        return await self._exactly([self._of_route(whom, route, rate)])

    def _of_route(self, whom: Whom, route: str, rate: Rate) -> Asked:
        about = network_of(whom.address) if whom.person is None else str(whom.person)
        return Asked(self._key(whom.tenant, f"route:{route}", about), "route", rate)

    async def _exactly(self, asked: Sequence[Asked]) -> Headers:
        if not asked:
            return []
        counted, now = [(each.key, each.rate) for each in asked], self._clock()
        verdicts = await self._shared.take(counted)
        if verdicts is None:
            self._alone.add(asked[0].name)
            verdicts = self._windows.take(counted, now)
        elif all(verdict.admitted for verdict in verdicts):
            self._windows.note(counted, now)
        return self._judged(asked, verdicts)

    def _judged(self, asked: Sequence[Asked], verdicts: Sequence[Verdict]) -> Headers:
        """What the caller is told of the limit that is nearest; raises Refused."""
        both = list(zip(asked, verdicts, strict=True))
        for each, verdict in both:
            if not verdict.admitted:
                told = headers_of(each.name, each.rate, 0, verdict.wait)
                raise self._no(each.name, verdict.wait, told)
        each, verdict = min(both, key=lambda pair: pair[1].left / pair[0].rate.most)
        return headers_of(each.name, each.rate, verdict.left, verdict.wait)

    def _asked(self, kind: str, whom: Whom, allowed: Mapping[Scope, Rate]) -> list[Asked]:
        return [
            Asked(self._key(whom.tenant, f"{kind}.{scope}", about), f"{kind}.{scope}", rate)
            for scope, about, rate in self._scopes(whom, tuple(allowed), allowed)
        ]

    def _scopes(
        self, whom: Whom, scopes: Sequence[Scope], allowed: Mapping[Scope, Rate]
    ) -> list[tuple[Scope, str, Rate]]:
        about: Mapping[Scope, object] = {
            "address": network_of(whom.address),
            "user": whom.person,
            "token": whom.token,
            "tenant": whom.tenant,
        }
        return [
            (scope, str(about[scope]), allowed[scope])
            for scope in scopes
            if scope in allowed and about[scope] is not None
        ]

    def _key(self, tenant: UUID, name: str, about: str) -> str:
        return f"maru:{self._instance}:limit:{{{tenant}}}:{name}:{about}"

    def _no(self, name: str, wait: float, headers: Headers) -> Refused:
        self._refused.add(name)
        return Refused(name, max(wait, 0.001), headers)
