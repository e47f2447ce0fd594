"""The API's description: OpenAPI made of the declared routes, for those who may see it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson
from fastapi.openapi.utils import get_openapi

from maru.api.endpoint import Endpoint
from maru.api.envelope import etag_of
from maru.api.errors import MethodNotAllowed, TenantRequired
from maru.api.exchange import HTML, Answer, Exchange
from maru.api.foreign import ForeignEndpoint, add_foreign
from maru.api.guard import Guard
from maru.api.hosts import Hosts
from maru.api.surfaces import Target
from maru.identity.errors import NotSignedIn
from maru_sdk import PermissionDenied

_BEARER: Final = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
_TENANT: Final = {
    "name": "X-Maru-Tenant",
    "in": "header",
    "required": False,
    "description": "The tenant's slug, where the host names none.",
    "schema": {"type": "string"},
}


class Description:
    """`/openapi.json` and `/docs`: open where the setting says so, else for admins."""

    def __init__(
        self, targets: Iterable[Target], hosts: Hosts, guard: Guard, *, version: str, opened: bool
    ) -> None:
        self._targets = tuple(targets)
        self._hosts, self._guard = hosts, guard
        self._version, self._opened = version, opened
        self._made: bytes | None = None

    def schema(self) -> dict[str, Any]:
        """The description as data."""
        schema = described(self._targets, "Maru", self._version)
        for _, operation in _operations(schema, self._targets):
            operation.setdefault("parameters", []).append(_TENANT)
        return schema

    async def file(self, exchange: Exchange) -> Answer:
        """`/openapi.json`."""
        await self._admit(exchange)
        if self._made is None:
            self._made = orjson.dumps(self.schema())
        return Answer(200, self._made, etag=etag_of(self._made))

    def page(self, html: Callable[[Exchange], bytes]) -> Callable[[Exchange], Any]:
        """`/docs`, drawn by `html`."""

        async def docs(exchange: Exchange) -> Answer:
            exchange.area = "page"
            await self._admit(exchange)
            return Answer(200, html(exchange), HTML)

        return docs

    async def _admit(self, exchange: Exchange) -> None:
        if exchange.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(allow="GET, HEAD")
        exchange.tenant = self._hosts.tenant(exchange)
        if exchange.tenant is not None:
            await self._guard.identify(exchange)
        if self._opened:
            return
        if exchange.tenant is None:
            raise TenantRequired
        if exchange.caller is None:
            raise NotSignedIn
        if exchange.granted is None or "admin" not in exchange.granted.roles:
            raise PermissionDenied


def described(targets: Iterable[Target], title: str, version: str) -> dict[str, Any]:
    """The routes among these as OpenAPI."""
    routes = [target for target in targets if target.kind == "route"]
    own = [one.endpoint.described() for one in routes if isinstance(one.endpoint, Endpoint)]
    schema = get_openapi(title=title, version=version, routes=own)
    for target in routes:
        if isinstance(target.endpoint, ForeignEndpoint):
            add_foreign(schema, target.label, target.method, target.endpoint)
    schema.setdefault("components", {})["securitySchemes"] = _BEARER
    for target, operation in _operations(schema, routes):
        if not target.public:
            operation["security"] = [{"bearer": []}]
        if target.needs is not None:
            operation["x-permission"] = target.needs
    return schema


def _operations(
    schema: dict[str, Any], targets: Iterable[Target]
) -> Iterator[tuple[Target, dict[str, Any]]]:
    for target in targets:
        if target.kind == "route":
            yield target, schema["paths"][target.label][target.method.lower()]
