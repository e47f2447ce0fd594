"""A request's unit of work: committed when its answer is known to be good and before its first
byte, rolled back otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from maru.api.envelope import closed, etag_of
from maru.api.exchange import Answer, Exchange
from maru.api.surfaces import Target
from maru.cache import Cache, Slot, absent, refuse
from maru.observability.doing import is_unnamed, unname
from maru_sdk import NotFound
from maru_sdk.declarations import Audience

PATIENCE = 30.0
"""Seconds for a request's work: a database that hangs holds nobody longer. Then it's a 503."""

_LONGEST_QUERY = 1_000
_UNNAMED = b"?"
"""Stands before the ETag of an answer whose readers no log names."""


class Call(Protocol):
    """One piece of work (`maru.plugins.context.Call`)."""

    @property
    def unit(self) -> Any: ...

    def ctx(self, key: str) -> Any: ...

    def keeping(
        self, audience: Audience, needs: Iterable[str]
    ) -> AbstractAsyncContextManager["Call"]: ...


class Begin(Protocol):
    """Opens the unit of work of a request; left without exception it commits, else rolls back."""

    def __call__(
        self, exchange: Exchange, *, readonly: bool
    ) -> AbstractAsyncContextManager[Call]: ...


Act = Callable[[Call], Awaitable[Answer]]


class _Undone(Exception):
    """Carries a refusing answer past the commit."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


async def in_unit(begin: Begin, exchange: Exchange, act: Act, *, endless: bool = False) -> Answer:
    """The answer of `act`: on disk where its status is below 400, without trace otherwise. What
    streams takes as long as its reader."""
    patience = None if endless else PATIENCE
    try:
        async with asyncio.timeout(patience), begin(exchange, readonly=False) as call:
            answer = await act(call)
            if answer.status >= 400:
                raise _Undone(answer)
            return answer
    except _Undone as undone:
        return undone.answer


class KeptAnswers:
    """The answers of routes that may be kept: ready bytes up to the timestamp."""

    def __init__(self, cache: Cache, begin: Begin) -> None:
        self._cache = cache
        self._begin = begin

    async def answer(self, exchange: Exchange, target: Target) -> Answer:
        """The kept answer, else the handler's, which one request at a time works out."""
        slot = _slot(exchange, target)
        kept = self._cache.peek(slot)
        if kept is None:
            kept = await self._fill(slot, exchange, target)
        refuse(kept)
        etag, _, head = kept.partition(b"\n")
        if etag[:1] == _UNNAMED:
            unname()
            etag = etag[1:]
        body = closed(head)
        return Answer(200, body, etag=etag, end=len(body) - len(head))

    async def _fill(self, slot: Slot, exchange: Exchange, target: Target) -> bytes:
        plan = target.cache
        assert plan is not None
        if len(slot.extra) > _LONGEST_QUERY:
            return await self._make(exchange, target)
        return await self._cache.get_or(
            slot,
            plan.ttl,
            lambda: self._make(exchange, target),
            plan.tags_for(exchange.params),
            shared=_shared(target),
        )

    async def _make(self, exchange: Exchange, target: Target) -> bytes:
        plan = target.cache
        assert plan is not None
        needs = () if target.needs is None else (target.needs,)
        async with (
            self._begin(exchange, readonly=True) as call,
            call.keeping("tenant" if _shared(target) else "user", needs) as own,
        ):
            try:
                head, _ = await target.endpoint.head(exchange, own.ctx(target.key))
            except NotFound as error:
                return absent(error)
        mark = _UNNAMED if is_unnamed() else b""
        return b"".join((mark, etag_of(head), b"\n", head))


def _slot(exchange: Exchange, target: Target) -> Slot:
    audience = _everybodys(exchange, target) if _shared(target) else _person(exchange)
    query = exchange.scope["query_string"].decode("latin-1")
    return Slot(
        exchange.known_tenant.id,
        target.key,
        target.name,
        exchange.locale,
        audience,
        f"{exchange.path}?{query}",
    )


def _shared(target: Target) -> bool:
    return target.cache is not None and target.cache.shared


def _everybodys(exchange: Exchange, target: Target) -> str:
    """All who hold the permission share an answer; who holds it for some things alone shares
    theirs with those who hold it for the same things."""
    if not target.scoped or target.needs is None or exchange.granted is None:
        return ""
    said = exchange.granted.outcome((target.needs,))
    return "" if said == "1" else said


def _person(exchange: Exchange) -> str:
    """A person with these rights; others' rights are another answer."""
    if exchange.user is None or exchange.granted is None:
        return "nobody"
    return f"{exchange.user.id}:{exchange.granted.mark}"
