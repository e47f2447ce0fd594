"""Routes and pages of isolated plugins: the request is handed on, and the answer taken over.

Parameters and bodies are read where the handler is, by the same code as here, and what it answers
has been committed there before it arrives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from maru.api.envelope import closed, etag_of, head_of
from maru.api.exchange import Answer, Exchange
from maru.plugins.isolated.refusals import RanAway
from maru.plugins.isolated.stubs import REQUEST, Elsewhere

_HEADS: Final = (b"content-type",)


@dataclass(frozen=True)
class ForeignEndpoint:
    """One handler of an isolated plugin; see `maru.api.endpoint.Endpoint`.

    `described` is what the API's description shows of its plugin.
    """

    elsewhere: Elsewhere
    path: str
    method: str
    status: int = 200
    described: Mapping[str, Any] = field(default_factory=dict)

    async def head(self, exchange: Exchange, ctx: Any, body: bytes = b"") -> tuple[bytes, Any]:
        """The answer up to its timestamp."""
        answer = await self._asked(exchange, ctx, body, "route", once=_once(exchange, body))
        pagination = answer.get("pagination")
        if "data" not in answer or not isinstance(pagination, dict | None):
            raise RanAway(f"{self.elsewhere.full_name} answered no data")
        return head_of(orjson.dumps(answer["data"]), pagination), None

    async def answer(self, exchange: Exchange, ctx: Any, body: bytes = b"") -> Answer:
        """The handler's answer in its envelope."""
        head, _ = await self.head(exchange, ctx, body)
        etag = etag_of(head) if exchange.safe else None
        return Answer(self.status, closed(head), etag=etag)

    async def page(self, exchange: Exchange, ctx: Any, **more: Any) -> dict[str, Any]:
        """What the handler of a page or a form's target came to."""
        return await self._asked(exchange, ctx, b"", "page", **more)

    async def _asked(
        self, exchange: Exchange, ctx: Any, body: bytes, what: str, **more: Any
    ) -> dict[str, Any]:
        request = {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.scope["query_string"].decode("latin-1"),
            "params": exchange.params,
            "heads": {
                name.decode(): exchange.heads[name].decode("latin-1")
                for name in _HEADS
                if name in exchange.heads
            },
            "body": body.decode("latin-1"),
        }
        return await self.elsewhere.ask(ctx.call, REQUEST, what=what, request=request, **more)


def _once(exchange: Exchange, body: bytes) -> dict[str, str] | None:
    """What a request that may be sent again is known by over there, where its effect is: should we
    die before we have kept the answer, it is repeated and not done once more."""
    key = exchange.heads.get(b"idempotency-key")
    if key is None or exchange.method != "POST":
        return None
    return {
        "key": sha256(exchange.path.encode() + b"\n" + key).hexdigest(),
        "hash": sha256(exchange.scope["query_string"] + b"\n" + body).hexdigest(),
    }


def add_foreign(schema: dict[str, Any], label: str, method: str, endpoint: ForeignEndpoint) -> None:
    """Puts one route, with the schemas of its plugin, into the API's description."""
    described = endpoint.described
    paths, schemas = described.get("paths"), described.get("schemas")
    shown = paths.get(f"{method} {label}") if isinstance(paths, dict) else None
    operation = shown if isinstance(shown, dict) else {"responses": {"200": {"description": ""}}}
    schema["paths"].setdefault(label, {})[method.lower()] = {**operation}
    known = schema.setdefault("components", {}).setdefault("schemas", {})
    prefix = f"{endpoint.elsewhere.remote.key}."
    for name, one in (schemas if isinstance(schemas, dict) else {}).items():
        if name.startswith(prefix):
            known[name] = one
