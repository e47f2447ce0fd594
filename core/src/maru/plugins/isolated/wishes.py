"""What an isolated process may wish for while a call is under way: what only ours can do.

Whose wish it is, for which tenant and for how long is known here and not asked. What is wished for
is checked like any input, and done by the same code as for a trusted plugin: `ctx.http` has its
address rules, its breakers and its figures here, and rooms are looked at by `ctx.live`. Sealed
texts are opened and made for places of the plugin's own, in the tenant of the call.
"""

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import orjson
from pydantic import Field, ValidationError

from maru.db.roles import plugin_schema
from maru.jobs.doing import RowLost
from maru.outside import Ask
from maru.plugins.isolated.pace import Pace
from maru.plugins.isolated.refusals import RunLost
from maru.plugins.isolated.working import Working
from maru_sdk import Model, RateLimited, SystemFault
from maru_sdk.http import HttpAnswer, OutsideInTransaction, Unreachable

LARGEST: Final = 10_000_000
"""Bytes of another machine's answer that are handed on."""

_COLUMN: Final = re.compile(r"\w+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\w+")
"""Table, row and column, as `maru_sdk` names the place of a sealed text."""


class Called(Model):
    """A call to another machine; the body is Latin-1, a character for a byte."""

    method: str
    url: str
    seconds: float
    limit: int = Field(ge=0)
    headers: dict[str, str]
    params: dict[str, str | list[str]]
    body: str


class Said(Model):
    """Something for those who are in a room at this moment."""

    room: str
    event: str
    data: dict[str, Any]


class Sealing(Model):
    """A text, plain or sealed, and the place that it is bound to."""

    about: str
    text: str


class Progressed(Model):
    """How far a job is; nothing new where it only wants to be sure that all was written."""

    done: int | None = None
    total: int | None = None
    note: str = ""


class SaidTooFast(RateLimited):
    """The plugin tells open pages more at once than one that nobody has vouched for may."""

    code = "ISOLATED_SAID_TOO_FAST"
    message = "This feature tells open pages too much at once; it goes on in a moment"


@dataclass(frozen=True)
class Wishes:
    """The wishes of one call that may take so many seconds."""

    key: str
    call: Working
    seconds: float
    pace: Pace = field(default_factory=Pace)
    began: float = field(default_factory=monotonic)

    async def grant(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and answer what came of it; raises what a trusted plugin would meet."""
        act = _GRANTED.get(str(wish.get("wish")))
        if act is None:
            raise SystemFault(f"nobody grants {wish.get('wish')!r:.50}")
        try:
            return await act(self, wish.get("what"))
        except ValidationError as error:
            raise SystemFault(f"a wish that can't be read: {error.error_count()} faults") from None

    async def _http(self, what: Any) -> dict[str, Any]:
        asked = Called.model_validate(what)
        if self.call.in_transaction:
            raise OutsideInTransaction
        seconds = min(asked.seconds, self.began + self.seconds - monotonic())
        if not seconds > 0:
            raise Unreachable("No time is left for an outside call")
        answer: HttpAnswer = await self.call.services.outside.call(
            Ask(
                tenant_id=self.call.tenant.id,
                plugin=self.key,
                method=asked.method,
                url=asked.url,
                seconds=seconds,
                limit=min(asked.limit, LARGEST),
                trace=self.call.trace,
                headers=asked.headers,
                params=asked.params,
                content=asked.body.encode("latin-1", "replace") or None,
            )
        )
        body = answer.body.decode("latin-1")
        return {"status": answer.status, "headers": dict(answer.headers), "body": body}

    async def _live(self, what: Any) -> dict[str, Any]:
        said = Said.model_validate(what)
        if wait := self.pace.take(self.call.tenant.id):
            raise SaidTooFast(math.ceil(wait))
        await self.call.ctx(self.key).live.send_now(said.room, said.event, _Data.of(said.data))
        return {}

    async def _seal(self, what: Any) -> dict[str, Any]:
        given = Sealing.model_validate(what)
        if not self._is_column(given.about):
            raise SystemFault(f"{given.about!r:.80} is no column of {self.key}'s")
        vault = self.call.services.vault
        return {"text": await vault.seal(self.call.tenant.id, given.text, given.about)}

    async def _unseal(self, what: Any) -> dict[str, Any]:
        given = Sealing.model_validate(what)
        if not (self._is_column(given.about) or self._is_setting(given.about)):
            raise SystemFault(f"{given.about!r:.80} is no place of {self.key}'s")
        vault = self.call.services.vault
        return {"text": await vault.open(self.call.tenant.id, given.text, given.about)}

    def _is_column(self, about: str) -> bool:
        schema, _, place = about.partition(".")
        return schema == plugin_schema(self.key) and _COLUMN.fullmatch(place) is not None

    def _is_setting(self, about: str) -> bool:
        kind, key, *field = about.split(":")
        return (kind, key) == ("setting", self.key) and len(field) == 1

    async def _progress(self, what: Any) -> dict[str, Any]:
        told = Progressed.model_validate(what)
        if self.call.job is None:
            return {}
        try:
            if told.done is None:
                await self.call.job.flush()
            else:
                await self.call.job.progress(told.done, told.total, told.note)
        except RowLost:
            raise RunLost from None
        return {}


@dataclass(frozen=True)
class _Data:
    """JSON that stands for the model that it was."""

    text: str

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Any:
        return cls(orjson.dumps(data).decode())

    def model_dump_json(self) -> str:
        return self.text


_GRANTED: Final[Mapping[str, Callable[[Wishes, Any], Awaitable[dict[str, Any]]]]] = {
    "http": Wishes._http,
    "live": Wishes._live,
    "progress": Wishes._progress,
    "seal": Wishes._seal,
    "unseal": Wishes._unseal,
}
