"""A handler that lets somebody in for some things alone must ask for which."""

from types import SimpleNamespace
from typing import Any

import pytest

from maru.access.giver import Place
from maru.access.granted import Granted
from maru.api.endpoint import Endpoint
from maru.api.exchange import Exchange
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
