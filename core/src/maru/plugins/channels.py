"""What push asks: who may enter a room of a plugin's channel, and what is answered to a message.

The plugin's function runs here, in web, behind the gate, with the person's rights, under a
deadline and a breaker; push itself knows no plugin.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from maru.access.permissions import JOBS_MANAGE
from maru.jobs.plugin import OWN
from maru.plugins.breakers import Breaker
from maru.plugins.context import Call, open_call
from maru.plugins.handlers import Shape, shape_of
from maru.plugins.points import PluginPaused
from maru.plugins.registry import Installed
from maru.plugins.services import Services
from maru_sdk import ContextSeed, InvalidInput, MaruError, Model, NotFound, PermissionDenied
from maru_sdk.declarations import Channel

log = logging.getLogger(__name__)

DEADLINE: Final = 2.0
JOB: Final = "job"
_FAULT: Final = 500


class RoomNotFound(NotFound):
    """There is no such room, or its plugin is off."""

    code = "ROOM_NOT_FOUND"
    message = "There is no such room"


class MessageInvalid(InvalidInput):
    """What a page said is nothing that this room understands."""

    message = "This room doesn't understand that"


class Channels:
    """Answers for the channels of all plugins."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def enter(self, seed: ContextSeed, room: str) -> bool:
        """Raises where this person may not enter; answers whether the room shows who is there."""
        name, _, rest = room.partition(":")
        if name == JOB:
            await self._own_job(seed, UUID(rest))
            return False
        installed, channel, values = self._found(seed, room)
        async with self._inside(seed, installed, readonly=True) as call:
            arguments = _room(channel, values)
            await channel.function(call.ctx(installed.key), *arguments)
        return channel.presence

    async def say(self, seed: ContextSeed, room: str, data: Any) -> Model | None:
        """What the channel answers to a message; raises where it refuses."""
        installed, channel, values = self._found(seed, room)
        if channel.on_message is None:
            raise RoomNotFound
        shape = shape_of(channel.on_message)
        assert isinstance(shape, Shape)
        try:
            message = shape.given["message"].model_validate(data)
        except ValidationError as fault:
            raise MessageInvalid from fault
        async with self._inside(seed, installed, readonly=False) as call:
            arguments = _room(channel, values)
            answer = await channel.on_message(call.ctx(installed.key), *arguments, message)
        if answer is not None and not isinstance(answer, Model):
            raise TypeError(f"{channel.name} answered {type(answer).__name__}, not a Model")
        return answer

    def _found(self, seed: ContextSeed, room: str) -> tuple[Installed, Channel, dict[str, str]]:
        name, _, rest = room.partition(":")
        found = self._services.host.find("channels", name)
        if found is None or not self._services.gate.on(seed.tenant, found[0].key):
            raise RoomNotFound
        values = found[1].read(rest)
        if values is None:
            raise RoomNotFound
        return *found, values

    @asynccontextmanager
    async def _inside(
        self, seed: ContextSeed, installed: Installed, *, readonly: bool
    ) -> AsyncIterator[Call]:
        breaker = self._services.points.breaker(installed.key, seed.tenant)
        if breaker.open:
            raise PluginPaused(plugin=installed.key)
        try:
            async with (
                asyncio.timeout(DEADLINE),
                open_call(self._services, seed, readonly=readonly) as call,
            ):
                if call.user is None:
                    raise PermissionDenied
                yield call
        except Exception as fault:  # the wall of an extension call
            _note(breaker, installed, fault)
            raise
        breaker.succeeded()

    async def _own_job(self, seed: ContextSeed, job: UUID) -> None:
        """The job's owner and admins follow its progress."""
        async with open_call(self._services, seed, readonly=True) as call:
            if call.user is None:
                raise RoomNotFound
            if call.granted.can(JOBS_MANAGE):
                return
            if not await call.unit.read(OWN, job=job, person=call.user.id):
                raise RoomNotFound


def _room(channel: Channel, values: dict[str, str]) -> list[Model]:
    """The room as the channel's functions take it."""
    if not channel.fields:
        return []
    shape = shape_of(channel.function)
    assert isinstance(shape, Shape)
    try:
        return [shape.given["room"].model_validate(values, strict=False)]
    except ValidationError:
        raise RoomNotFound from None


def _note(breaker: Breaker, installed: Installed, fault: Exception) -> None:
    """A refusal is an answer; anything else counts for the breaker."""
    if isinstance(fault, MaruError) and fault.status < _FAULT:
        return
    breaker.failed()
    log.error("a channel failed", exc_info=fault, extra={"fields": {"plugin": installed.key}})
