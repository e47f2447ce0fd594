"""Portlets are loaded together, each behind a wall: late ones come by themselves, failures stay in
their frame."""

import asyncio
import hashlib
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from pydantic import BaseModel

from maru.cache import Slot
from maru.cache.recent import Recent
from maru.observability.doing import at_plugin
from maru.observability.tracing import span
from maru.plugins.context import Call
from maru.plugins.isolated.stubs import elsewhere_of
from maru.plugins.keeping import audience_of
from maru.portal.errors import PortletTooLarge
from maru.portal.foreign import fragment
from maru.portal.live import live_tags
from maru.portal.sizes import exceeds
from maru_sdk import MaruError, Model
from maru_sdk.declarations import Portlet, duration

BUDGET = 0.150  # seconds: what the first answer of a page waits for its portlets
DEADLINE = 0.800  # seconds: how long one portlet is waited for
HARD_LIMIT = 10.0  # seconds: after this the work itself is ended
AT_ONCE = 16
ONE_AT_ONCE = 4
REMEMBERED = 2000
SMALL = 64 * 1024  # letters: what is larger is not remembered beyond the cache
_FAULT = 500
LARGEST = 1 << 20  # bytes of a model, and of its HTML


@dataclass(frozen=True)
class Loaded:
    """What is known of a portlet: its model as JSON and as HTML, or why there is none."""

    state: str
    content: Any = None
    html: str = ""
    reason: str = ""
    made_at: float = 0.0
    version: str = ""

    @property
    def age_seconds(self) -> int:
        """How old the data is."""
        return max(0, int(time.time() - self.made_at)) if self.made_at else 0


class Loader:
    """Loads portlets: single flight per key, bounded at once, with what was last good at hand."""

    def __init__(self) -> None:
        self._flights: dict[Slot, asyncio.Task[Loaded]] = {}
        self._last: Recent[Slot, Loaded] = Recent(REMEMBERED)
        self._thawed: Recent[Slot, tuple[bytes, Loaded]] = Recent(REMEMBERED)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(_turns_of_one)

    def kept(self, call: Call, portlet: Portlet, config: dict[str, Any]) -> Loaded | None:
        """The portlet's data where this process has it: the same object while it is the same."""
        if portlet.cache is None:
            return None
        slot = slot_of(call, portlet, config)
        kept = call.services.cache.peek(slot)
        if kept is None:
            return None
        thawed = self._thawed.get(slot)
        if thawed is None or thawed[0] is not kept:
            thawed = (kept, _thaw(kept))
            if len(kept) <= SMALL:
                self._thawed.put(slot, thawed)
        return thawed[1]

    async def load(
        self, call: Call, portlet: Portlet, config: dict[str, Any], wait: float
    ) -> Loaded:
        """The portlet's data, waited for at most `wait` seconds; the work goes on beyond that."""
        kept = self.kept(call, portlet, config)
        if kept is not None:
            return kept
        slot = slot_of(call, portlet, config)
        task = self._flights.get(slot) or self._take_off(call, portlet, config, slot)
        done, _ = await asyncio.wait({task}, timeout=wait)
        loaded = task.result() if done else Loaded("late")
        return loaded if loaded.state == "ok" else self._instead(portlet, slot, loaded)

    def _instead(self, portlet: Portlet, slot: Slot, loaded: Loaded) -> Loaded:
        """What was last good, where the portlet lets it be shown at its age."""
        last = self._last.get(slot)
        if last is None or portlet.stale is None:
            return loaded
        if last.age_seconds > duration(portlet.stale).total_seconds():
            return loaded
        return replace(last, state="stale", reason=loaded.reason)

    def _take_off(
        self, call: Call, portlet: Portlet, config: dict[str, Any], slot: Slot
    ) -> asyncio.Task[Loaded]:
        task = asyncio.create_task(self._fly(call, portlet, config, slot), name=portlet.name)
        self._flights[slot] = task
        task.add_done_callback(lambda _: self._flights.pop(slot, None))
        return task

    async def _fly(
        self, call: Call, portlet: Portlet, config: dict[str, Any], slot: Slot
    ) -> Loaded:
        breaker = call.services.points.portlet_breaker(portlet.name, call.tenant.id)
        if breaker.open:
            return Loaded("failed", reason=call.t("This portlet is paused after several failures"))
        began = time.perf_counter()
        try:
            async with asyncio.timeout(HARD_LIMIT), self._turn(portlet), self._slots:
                loaded = await self._made(call, portlet, config, slot)
        except (Exception, SystemExit) as fault:  # the portlet's wall
            if not isinstance(fault, MaruError) or fault.status >= _FAULT:
                breaker.failed()  # a refusal is an answer, and one person's
            call.ctx(slot.plugin).log.error(
                "portlet failed", portlet=portlet.name, error=repr(fault)
            )
            return Loaded("failed", reason=_reason(call, fault))
        finally:
            call.services.portlet_took((slot.plugin,), time.perf_counter() - began)
        breaker.succeeded()
        return loaded if len(loaded.html) > SMALL else self._last.put(slot, loaded)

    def _turn(self, portlet: Portlet) -> asyncio.Semaphore:
        """One portlet that hangs for everybody must not hold all slots."""
        return self._turns[portlet.name]

    async def _made(
        self, call: Call, portlet: Portlet, config: dict[str, Any], slot: Slot
    ) -> Loaded:
        shared = portlet.audience == "tenant"
        own, here = call, elsewhere_of(portlet.function) is None
        if shared and here:
            own = call.nobodys(_needs(portlet))
        make = partial(_make, own, portlet, config, slot.plugin)
        if portlet.cache is None:
            return _thaw(await make())
        ttl: timedelta = duration(portlet.cache)
        cache, tags = call.services.cache, (*portlet.tags, *live_tags(portlet))
        again = partial(make, later=True) if shared and here else None
        kept = await cache.get_or(slot, ttl, make, tags, shared=shared, again=again)
        return _thaw(kept)


async def _make(
    call: Call, portlet: Portlet, config: dict[str, Any], plugin: str, later: bool = False
) -> bytes:
    """Runs the portlet, for the page at hand or `later`; its model and HTML as bytes to keep."""
    with at_plugin(plugin), span("portlet", plugin=plugin, portlet=portlet.name):
        return await _model_and_html(call.renewed() if later else call, portlet, config, plugin)


async def _model_and_html(
    call: Call, portlet: Portlet, config: dict[str, Any], plugin: str
) -> bytes:
    """In a read-only unit of its own."""
    began = time.time()
    if (elsewhere := elsewhere_of(portlet.function)) is not None:
        return _frozen(*await fragment(elsewhere, call, portlet, config), began)
    async with call.keeping(portlet.audience, _needs(portlet)) as own:
        asked = [portlet.config.model_validate(config)] if portlet.config else []
        model: BaseModel = await portlet.function(own.ctx(plugin), *asked)
        if not isinstance(model, Model):
            raise TypeError(f"{portlet.name} returned {type(model).__name__}, not a Model")
        html = _drawn(own, portlet, model)
    return _frozen(model.model_dump(mode="json"), html, began)


def _needs(portlet: Portlet) -> tuple[str, ...]:
    return () if portlet.needs is None else (portlet.needs.name,)


def _turns_of_one() -> asyncio.Semaphore:
    return asyncio.Semaphore(ONE_AT_ONCE)


def slot_of(call: Call, portlet: Portlet, config: dict[str, Any]) -> Slot:
    """Where the portlet's data is kept: who may share it is part of the key."""
    return Slot(
        tenant_id=call.tenant.id,
        plugin=portlet.name.partition(".")[0],
        name=f"portlet:{portlet.name}",
        locale=call.locale,
        audience=audience_of(call, portlet.audience),
        extra=orjson.dumps(config, option=orjson.OPT_SORT_KEYS).decode() if config else "",
    )


def _drawn(call: Call, portlet: Portlet, model: Model) -> str:
    """The portlet's HTML; what a whole tenant shares is drawn in the tenant's zone."""
    if exceeds(model, LARGEST):
        raise PortletTooLarge(limit=LARGEST // 1024)
    zone = call.tenant.timezone if portlet.audience == "tenant" else call.timezone
    fields = {name: getattr(model, name) for name in type(model).model_fields}
    html = call.services.renderer.render(portlet.template, fields, locale=call.locale, zone=zone)
    if len(html) > LARGEST:
        raise PortletTooLarge(limit=LARGEST // 1024)
    return html


def _frozen(content: dict[str, Any], html: str, began: float) -> bytes:
    """What is kept. The version is the same in every process that draws the same."""
    version = version_of(html)
    kept = {"content": content, "html": html, "made_at": began, "version": version}
    return orjson.dumps(kept)


def version_of(html: str) -> str:
    """Names what a fragment shows: no other HTML has the same."""
    return hashlib.blake2b(html.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _thaw(kept: bytes) -> Loaded:
    return Loaded("ok", **orjson.loads(kept))


def _reason(call: Call, fault: BaseException) -> str:
    if isinstance(fault, MaruError):
        return call.t(fault.text, **fault.details)
    if isinstance(fault, TimeoutError):
        return call.t("This portlet took too long")
    return call.t("This portlet could not be loaded")
