"""A handler that lets somebody in for some things alone must ask for which."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from maru.access.giver import Place
from maru.access.granted import Granted
from maru.api.endpoint import Endpoint
from maru.api.exchange import Exchange
from maru.api.work import _slot
from maru.plugins.context import PluginContext
from maru_sdk import Context, PermissionDenied

READ = "board:post:read"
HERE = Place(resource="board:1")
EVERYWHERE = Granted(frozenset({READ}))
SOMEWHERE = Granted(resources={READ: frozenset({"board:1"})})


async def forgetful(ctx: Context) -> str:
    return "everything"


async def asking(ctx: Context) -> str:
    ctx.require(READ, on=HERE)
    return "this"


async def asking_another(ctx: Context) -> str:
    ctx.can("board:post:write", on=HERE)
    return "everything"


async def said(handler: Any, granted: Granted) -> Any:
    host: Any = SimpleNamespace(get=lambda key: None)
    call: Any = SimpleNamespace(granted=granted, asked=set(), services=SimpleNamespace(host=host))
    scope: Any = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    endpoint = Endpoint(handler, "/x", "GET", asks=READ)

    async def nothing() -> Any:
        return {"type": "http.disconnect"}

    value, _ = await endpoint.value(Exchange(scope, nothing), PluginContext(call, "board"))
    return value


async def test_one_that_asks_answers() -> None:
    assert await said(asking, SOMEWHERE) == "this"


@pytest.mark.parametrize("handler", [forgetful, asking_another])
async def test_one_that_never_asked_is_refused(handler: Any) -> None:
    with pytest.raises(PermissionDenied):
        await said(handler, SOMEWHERE)
    assert await said(handler, EVERYWHERE) == "everything"


def whose(granted: Granted, person: int, *, shared: bool = True) -> str:
    """For whom an answer of a scoped route is kept."""
    exchange: Any = SimpleNamespace(
        known_tenant=SimpleNamespace(id=UUID(int=9)),
        locale="ko",
        path="/boards",
        scope={"query_string": b""},
        user=SimpleNamespace(id=UUID(int=person)),
        granted=granted,
    )
    plan = SimpleNamespace(shared=shared)
    target: Any = SimpleNamespace(cache=plan, key="board", name="boards", scoped=True, needs=READ)
    return _slot(exchange, target).audience


def test_answers_are_shared_by_those_with_the_same_right_and_by_nobody_else() -> None:
    here = frozenset({UUID(int=5)})
    audiences = {
        "everywhere": {
            whose(EVERYWHERE, 1),
            whose(Granted(EVERYWHERE.permissions | {"x"}, resources=SOMEWHERE.resources), 2),
        },
        "one board": {
            whose(SOMEWHERE, 1),
            whose(Granted(frozenset({"x"}), resources=SOMEWHERE.resources, roles=("a",)), 2),
        },
        "two boards": {whose(Granted(resources={READ: frozenset({"board:1", "board:2"})}), 1)},
        "a department": {whose(Granted(departments={READ: here}), 1)},
        "both": {whose(Granted(departments={READ: here}, resources=SOMEWHERE.resources), 1)},
    }
    assert [len(found) for found in audiences.values()] == [1] * len(audiences)
    assert len(set.union(*audiences.values())) == len(audiences)


def test_what_is_a_persons_own_is_shared_with_nobody() -> None:
    assert whose(EVERYWHERE, 1, shared=False) != whose(EVERYWHERE, 2, shared=False)
    assert whose(SOMEWHERE, 1, shared=False) != whose(EVERYWHERE, 1, shared=False)
