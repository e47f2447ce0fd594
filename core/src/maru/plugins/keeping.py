"""What a plugin keeps: its own values and the answers of its `cached` functions.

A value for a whole tenant is made by somebody who is nobody: without a person, and with the
declared permissions alone, whose outcome is part of the key.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from maru.cache import Absent, Slot, absent, all_of, refuse
from maru_sdk import InvalidInput, NotFound, SystemFault
from maru_sdk.declarations import Audience, Cached, check_tags, duration, filled, key_of

if TYPE_CHECKING:
    from maru.plugins.context import Call

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")

LONGEST_KEY = 500
_THERE = b"="
_NOTHING = b"null"


def audience_of(call: "Call", audience: Audience, needs: Sequence[str] = ()) -> str:
    """For whom a value is made: it is never shown to anybody else."""
    if audience == "tenant":
        return f"tenant:{call.granted.outcome(needs)}"
    person = "nobody" if call.user is None else str(call.user.id)
    return f"user:{person}:{call.granted.mark}"


class ScopedCache:
    """What this plugin keeps for this tenant."""

    def __init__(self, call: "Call", key: str, names: str) -> None:
        self._call, self._key, self._names = call, key, names
        self._cache = call.services.cache

    async def get_or(
        self,
        key: str,
        ttl: str,
        make: Callable[[], Awaitable[M]],
        model: type[M],
        *,
        tags: Sequence[str] = (),
        audience: Audience = "tenant",
    ) -> M:
        """See `maru_sdk` Cache."""
        unit, names, span = self._call.unit, check_tags(tags), _span(ttl)
        slot = self._slot(f"own:{_checked(key)}", audience, pattern=f"own:{_pattern(key)}")
        if self._cache.dropped_in(unit, self._all(names)):
            return await make()
        if unit.opened and not unit.readonly:
            # What the transaction at hand has read may never be committed.
            kept = self._cache.peek(slot) or await _told(make, _dumped)
        else:
            kept = await self._cache.get_or(
                slot, span, lambda: _told(make, _dumped), names, shared=audience == "tenant"
            )
        return model.model_validate_json(_said(kept))

    async def through(self, function: Cached[Any, R], given: Mapping[str, Any]) -> R:
        """See `maru_sdk` Cache."""
        if key_of(function.function.__module__) != self._names:
            raise SystemFault(f"{function.name} is another plugin's function")
        call, names = self._call, filled(function.tags, given)
        if self._cache.dropped_in(call.unit, self._all(names)):
            return await function.function(call.ctx(self._key), **given)
        needs = [one.name for one in function.needs]
        shared = function.audience == "tenant"

        slot = self._slot(function.name, function.audience, needs, extra=function.key(given))
        kept = self._cache.peek(slot)
        if kept is None:
            make = partial(_made, call.nobodys(needs) if shared else call, self._key, function)
            kept = await self._cache.get_or(
                slot,
                function.ttl,
                partial(make, given),
                names,
                shared=shared,
                again=partial(make, given, later=True) if shared else None,
            )
        return function.unpack(_said(kept))

    async def drop(self, *tags: str) -> None:
        """See `maru_sdk` Cache."""
        await self._cache.drop(self._call.unit, self._call.tenant.id, check_tags(tags))

    def _all(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return (*names, all_of(self._owner))

    @property
    def _owner(self) -> str:
        return self._key.partition(".")[0]

    def _slot(
        self,
        name: str,
        audience: Audience,
        needs: Sequence[str] = (),
        extra: str = "",
        pattern: str = "",
    ) -> Slot:
        call = self._call
        whose = audience_of(call, audience, needs)
        return Slot(call.tenant.id, self._owner, name, call.locale, whose, extra, pattern)


async def _made(
    call: "Call",
    key: str,
    function: Cached[Any, Any],
    given: Mapping[str, Any],
    later: bool = False,
) -> bytes:
    """What a kept function answers, as it is kept; `later` than its caller's own work, too."""
    needs = [one.name for one in function.needs]
    async with (call.renewed() if later else call).keeping(function.audience, needs) as own:
        ctx = own.ctx(key)
        return await _told(lambda: function.function(ctx, **given), function.pack)


async def _told(make: Callable[[], Awaitable[Any]], pack: Callable[[Any], bytes]) -> bytes:
    """An answer as it is kept, and that there is none as well."""
    try:
        packed = pack(await make())
    except NotFound as error:
        return absent(error)
    return Absent(_THERE + packed) if packed == _NOTHING else _THERE + packed


def _said(kept: bytes) -> bytes:
    """The answer that is kept; raises the NotFound that is."""
    refuse(kept)
    return kept[1:]


def _dumped(answer: BaseModel) -> bytes:
    return answer.model_dump_json().encode()


def _checked(key: object) -> str:
    if not isinstance(key, str) or not key or len(key) > LONGEST_KEY:
        raise InvalidInput("A key of the cache is a text of 1 to {most} signs", most=LONGEST_KEY)
    return key


def _pattern(key: str) -> str:
    """What keys are counted under: their first word, which an author gives many of them."""
    return key.partition(":")[0][:40]


def _span(ttl: str) -> timedelta:
    span: timedelta = duration(ttl)
    return span
