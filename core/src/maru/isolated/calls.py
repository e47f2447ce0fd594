"""What an isolated process is asked: which function, in whose name, with what."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.access.granted import Granted
from maru.api.endpoint import Endpoint
from maru.api.envelope import closed
from maru.api.exchange import Exchange
from maru.api.surfaces import Surfaces
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.isolated.doing import DoingHere
from maru.isolated.door import Door
from maru.isolated.drawing import Drawing
from maru.isolated.repeating import keep, kept
from maru.isolated.ticketed import WORK, Work
from maru.plugins.context import Call
from maru.plugins.handlers import Shape, shape_of
from maru.plugins.isolated import wire
from maru.plugins.isolated.refusals import RanAway, RunLost
from maru.plugins.registry import Installed
from maru.plugins.services import Services
from maru.web.submitted import bind
from maru_sdk import Model, NotFound, Redirect, Tenant, User

_FINISH: Final = sa.text("SELECT maru.isolated_finish(:id, :run, :result)").bindparams(
    sa.bindparam("id", type_=sa.Uuid), sa.bindparam("result", type_=JSONB)
)
_PARTS: Final = {"function": "function", "on_message": "on_message"}

Answer = dict[str, Any]
Question = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Calls:
    """Calls the functions of one plugin."""

    installed: Installed
    services: Services
    surfaces: Surfaces
    drawing: Drawing

    async def answer(self, question: Question, door: Door) -> Answer:
        """The answer to one question, ready to be sent; what it did is committed. `door` leads to
        whoever asks."""
        what = question.get("what")
        if what == "ping":
            return {}
        act = _ACTS.get(str(what))
        if act is None:
            raise RanAway(f"nobody asks {what!r:.50}")
        async with self._opened(question, door) as (call, work):
            answer = await act(self, call, question)
            answer |= {"nudges": sorted(work.nudges), "dropped": work.dropped}
            if len(wire.packed(answer)) > wire.ANSWER:  # before anything of it is kept
                raise RanAway(f"its answer is larger than {wire.ANSWER} bytes")
        return answer

    @asynccontextmanager
    async def _opened(self, question: Question, door: Door) -> AsyncIterator[tuple[Call, Work]]:
        given = question["call"]
        tenant = Tenant.model_validate(given["tenant"])
        user = None if given["user"] is None else User.model_validate(given["user"])
        granted = _granted(given["granted"])
        work = Work(question["ticket"], user, granted, door)
        token = WORK.set(work)
        try:
            scope = Scope(tenant.id, None if user is None else user.id)
            unit = self.services.database.unit(scope, readonly=given["readonly"])
            async with committing(unit):
                yield (
                    Call(
                        services=self.services,
                        tenant=tenant,
                        user=user,
                        granted=granted,
                        unit=unit,
                        locale=given["locale"],
                        now=datetime.fromisoformat(given["now"]),
                        trace=given["trace"],
                        deadline=_moment(given["deadline"]),
                    ),
                    work,
                )
        finally:
            WORK.reset(token)

    def _find(self, question: Question) -> Any:
        kind, name = question["kind"], f"{self.installed.key}.{question['name']}"
        for one in self.installed.plugin.declared(kind):
            if one.name == name:
                return one
        raise NotFound

    async def _value(self, call: Call, question: Question) -> Answer:
        return {"value": await self._handled(call, question)}

    async def _handled(self, call: Call, question: Question) -> Any:
        function = getattr(self._find(question), _PARTS[question.get("part", "function")])
        value = await function(call.ctx(self.installed.key), *_asks(function, question["asks"]))
        return value.model_dump(mode="json") if isinstance(value, Model) else value

    async def _job(self, call: Call, question: Question) -> Answer:
        """The effect, and the word "done" under the run's token, in one transaction."""
        job_id, run = UUID(question["id"]), question["run"]
        doing = DoingHere(job_id, run, WORK.get().door)
        call.job = cast(Any, doing)
        value = await self._handled(call, question)
        await doing.flush()
        result = value if isinstance(value, dict) else None
        values = {"id": job_id, "run": run, "result": result}
        session = call.unit.db
        await session.flush()
        if not (await session.execute(_FINISH, values)).scalar_one():
            raise RunLost
        return {"value": value}

    async def _fragment(self, call: Call, question: Question) -> Answer:
        portlet = self._find(question)
        config = [portlet.config.model_validate(question["ask"])] if portlet.config else []
        model = await portlet.function(call.ctx(self.installed.key), *config)
        if not isinstance(model, Model):
            raise TypeError(f"{portlet.name} returned {type(model).__name__}, not a Model")
        fields = {name: getattr(model, name) for name in type(model).model_fields}
        html = self.drawing.fragment(portlet.template, fields, call.locale, question["zone"])
        return {"content": model.model_dump(mode="json"), "html": html}

    def _endpoint(self, question: Question) -> tuple[Any, Endpoint]:
        declared = self._find(question)
        for target in self.surfaces.targets:
            if target.declaration is declared and isinstance(target.endpoint, Endpoint):
                return declared, target.endpoint
        raise NotFound

    async def _route(self, call: Call, question: Question) -> Answer:
        _, endpoint = self._endpoint(question)
        request, once = question["request"], question.get("once")
        if (known := await kept(call.unit, once)) is not None:
            return known
        body = request["body"].encode("latin-1")
        ctx: Any = call.ctx(self.installed.key)
        head, background = await endpoint.head(_exchange(request, call), ctx, body)
        if background is not None:
            call.unit.on_commit(background)
        whole = orjson.loads(closed(head))
        answer = {"data": whole["data"], "pagination": whole.get("pagination")}
        await keep(call.unit, once, answer)
        return answer

    async def _page(self, call: Call, question: Question) -> Answer:
        declared, endpoint = self._endpoint(question)
        exchange, ctx = _exchange(question["request"], call), call.ctx(self.installed.key)
        given: dict[str, Any] = {}
        if (pairs := question.get("pairs")) is not None and endpoint.asked.form is not None:
            typed = [(str(name), str(value)) for name, value in pairs]
            given = {"form": bind(endpoint.asked.form, typed, call.locale, zone=ctx.zone)}
        value, _ = await endpoint.value(exchange, ctx, **given)
        if isinstance(value, Redirect):
            return {"redirect": value.model_dump(mode="json")}
        if not isinstance(value, Model):
            raise TypeError(f"{declared.name} returned {type(value).__name__}, not a Model")
        return self.drawing.page(declared.template, value, ctx, question)


_ACTS: Final[Mapping[str, Callable[[Calls, Call, Question], Awaitable[Answer]]]] = {
    "value": Calls._value,
    "job": Calls._job,
    "fragment": Calls._fragment,
    "route": Calls._route,
    "page": Calls._page,
}


def _asks(function: Any, given: Sequence[Any]) -> list[Any]:
    """What is asked, as the models (or the number) that the function takes."""
    shape = shape_of(function)
    models = list(shape.given.values()) if isinstance(shape, Shape) else []
    asks = [*given, *({} for _ in models)]
    return [
        one if model is int else model.model_validate(one or {})
        for model, one in zip(models, asks, strict=False)
    ]


def _granted(given: Mapping[str, Any]) -> Granted:
    departments = {n: frozenset(map(UUID, ids)) for n, ids in given["departments"].items()}
    resources = {n: frozenset(ids) for n, ids in given["resources"].items()}
    permissions = frozenset(given["permissions"])
    hidden = frozenset(given["hidden"])
    return Granted(permissions, departments, resources, tuple(given["roles"]), hidden)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


async def _nothing() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def _exchange(request: Mapping[str, Any], call: Call) -> Exchange:
    """The request as handlers' parameters are read from it."""
    heads = [(n.encode(), v.encode("latin-1")) for n, v in request["heads"].items()]
    scope = {
        "type": "http",
        "method": request["method"],
        "path": request["path"],
        "query_string": request["query"].encode("latin-1"),
        "headers": heads,
    }
    exchange = Exchange(scope, _nothing)
    exchange.params, exchange.locale = dict(request["params"]), call.locale
    exchange.tenant, exchange.user = call.tenant, call.user
    return exchange
