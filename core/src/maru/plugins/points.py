"""Calls extension points: the fillings of the plugins that the tenant has on, one at a time, in
declared order.

pluggy knows who fills what (`hooks.py`); this decides what one filling's failure costs, and whom.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import ValidationError

from maru.plugins.breakers import Breaker, Breakers
from maru.plugins.hooks import Filled, Hooks, Opened
from maru.plugins.isolated.refusals import PluginAway
from maru.plugins.isolated.stubs import elsewhere_of
from maru_sdk import Context, MaruError, Model, NotFound, SystemFault, Temporary, Tenant
from maru_sdk.declarations import ExtensionPoint

log = logging.getLogger(__name__)

Ask = TypeVar("Ask", bound=Model)
Answer = TypeVar("Answer", bound=Model | None)
T = TypeVar("T")

_FAULT = 500


class OfferUnknown(NotFound):
    """No plugin that is on makes this offer."""

    code = "OFFER_NOT_FOUND"
    message = "There is no offer {offer} here"


class PluginPaused(Temporary):
    """A plugin that must be asked has failed several times and rests."""

    message = "A feature needed for this has failed several times and is paused"


class Caller(Protocol):
    """The piece of work that a point is called from."""

    @property
    def tenant(self) -> Tenant: ...

    @property
    def deadline(self) -> datetime | None: ...

    def ctx(self, key: str) -> Context:
        """The same unit of work seen by another plugin."""
        ...

    def apart(self, key: str) -> AbstractAsyncContextManager[Context]:
        """A read-only unit of its own for that plugin."""
        ...


class Switches(Protocol):
    """Which plugins a tenant has on."""

    def on(self, tenant_id: UUID, key: str) -> bool: ...


class Points:
    """Collects, decides and chooses."""

    def __init__(self, hooks: Hooks, gate: Switches, breakers: Breakers) -> None:
        self._hooks, self._gate, self._breakers = hooks, gate, breakers

    def breaker(self, key: str, tenant_id: UUID) -> Breaker:
        """The breaker of a plugin's extension calls in a tenant."""
        return self._breakers.of(key, tenant_id)

    def portlet_breaker(self, portlet: str, tenant_id: UUID) -> Breaker:
        """The breaker of one portlet: its plugin's other portlets don't pay for it."""
        return self._breakers.of(portlet, tenant_id)

    def blocked(self, key: str) -> None:
        """A plugin kept the process's loop from turning."""
        self._breakers.blocked(key)

    def fillings(self, point: str, tenant_id: UUID, also: Collection[str] = ()) -> Iterator[Filled]:
        """Who is asked in this tenant, in order. `also` are plugins that count as on."""
        for filled in self._hooks.fillings(point):
            if filled.key in also or self._gate.on(tenant_id, filled.key):
                yield filled

    async def collect(
        self, caller: Caller, point: ExtensionPoint[Ask, Answer], ask: Ask
    ) -> list[Answer]:
        """The answers of all that fill it; one that fails, is late or rests costs its answer."""
        opened, sent = self._opened(point, "collect"), ask.model_dump_json()
        answers: list[Answer] = []
        for filled in self.fillings(point.name, caller.tenant.id):
            breaker = self.breaker(filled.key, caller.tenant.id)
            if breaker.open:
                continue
            try:
                answers.append(await self._apart(caller, opened, filled, sent))
            except (Exception, SystemExit) as fault:  # the wall of an extension call
                _note(breaker, filled, fault)
            else:
                breaker.succeeded()
        return answers

    async def decide(
        self,
        caller: Caller,
        point: ExtensionPoint[Ask, Answer],
        ask: Ask,
        *,
        also: Collection[str] = (),
    ) -> list[Answer]:
        """The answers of all that fill it, in the caller's transaction; an exception is the
        caller's. An isolated plugin is asked like at a collect point, and one that doesn't answer
        refuses."""
        opened, sent = self._opened(point, "decide"), ask.model_dump_json()
        answers: list[Answer] = []
        for filled in self.fillings(point.name, caller.tenant.id, also):
            with _watched(self.breaker(filled.key, caller.tenant.id), filled):
                answers.append(await self._decided(caller, opened, filled, sent))
        return answers

    async def choose(
        self, caller: Caller, point: ExtensionPoint[Ask, Answer], offer: str, ask: Ask
    ) -> Answer:
        """The answer of one offer, asked in a read-only unit of its own under the deadline."""
        opened, sent = self._opened(point, "choose"), ask.model_dump_json()
        for filled in self.fillings(point.name, caller.tenant.id):
            if filled.filling.offer == offer:
                with _watched(self.breaker(filled.key, caller.tenant.id), filled):
                    answer: Answer = await self._apart(caller, opened, filled, sent)
                    return answer
        raise OfferUnknown(offer=offer)

    async def guarded(
        self, key: str, tenant_id: UUID, name: str, ask: Callable[[], Awaitable[T]]
    ) -> T | None:
        """What a declaration's function answers that others must not pay for, at once and without
        a unit of its own; None where it fails, or rests."""
        breaker = self.breaker(key, tenant_id)
        if breaker.open:
            return None
        try:
            answer = await ask()
        except (Exception, SystemExit) as fault:  # the wall of an extension call
            breaker.failed()
            fields = {"plugin": key, "point": name}
            log.error("an extension call failed", exc_info=fault, extra={"fields": fields})
            return None
        breaker.succeeded()
        return answer

    def _opened(self, point: ExtensionPoint[Ask, Answer], kind: str) -> Opened:
        opened = self._hooks.opened(point.name)
        if opened is None or opened.point is not point:
            raise SystemFault(f"Nobody publishes the point {point.name}")
        if point.kind != kind:
            raise SystemFault(f"{point.name} is a {point.kind} point")
        return opened

    async def _decided(self, caller: Caller, opened: Opened, filled: Filled, sent: str) -> Any:
        if elsewhere_of(filled.filling.function) is None:
            asked = opened.ask.model_validate_json(sent)
            answer = await filled.filling.function(caller.ctx(filled.key), asked)
            return _checked(opened, filled, answer)
        try:
            return await self._apart(caller, opened, filled, sent)
        except TimeoutError:
            raise PluginAway(plugin=filled.key) from None

    async def _apart(self, caller: Caller, opened: Opened, filled: Filled, sent: str) -> Any:
        async with (
            asyncio.timeout(_seconds(caller, opened)),
            caller.apart(filled.key) as ctx,
        ):
            asked = opened.ask.model_validate_json(sent)
            return _checked(opened, filled, await filled.filling.function(ctx, asked))


class _watched:  # noqa: N801
    """Refuses while the breaker is open, and tells it how the call went."""

    def __init__(self, breaker: Breaker, filled: Filled) -> None:
        self._breaker, self._filled = breaker, filled

    def __enter__(self) -> None:
        if self._breaker.open:
            raise PluginPaused(plugin=self._filled.key)

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if fault is None:
            self._breaker.succeeded()
        elif isinstance(fault, (Exception, SystemExit)):
            _note(self._breaker, self._filled, fault)


def _note(breaker: Breaker, filled: Filled, fault: BaseException) -> None:
    """A refusal (below 500) is an answer; anything else counts for the breaker."""
    if isinstance(fault, MaruError) and fault.status < _FAULT:
        return
    breaker.failed()
    fields = {"plugin": filled.key, "point": filled.filling.point.name}
    log.error("an extension call failed", exc_info=fault, extra={"fields": fields})


def _seconds(caller: Caller, opened: Opened) -> float:
    seconds = opened.point.deadline.total_seconds()
    if caller.deadline is None:
        return seconds
    return min(seconds, max(0.0, (caller.deadline - datetime.now(UTC)).total_seconds()))


def _checked(opened: Opened, filled: Filled, answer: object) -> Any:
    """The answer as another process would get it: through JSON, and of the declared type."""
    if answer is not None and not isinstance(answer, Model):
        raise TypeError(f"{filled.filling.name} answered {type(answer).__name__}, not a Model")
    sent = "null" if answer is None else answer.model_dump_json()
    try:
        return opened.answer.validate_json(sent)
    except ValidationError as fault:
        raise TypeError(f"{filled.filling.name} answered another type: {fault}") from fault
