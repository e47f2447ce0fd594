"""Who may open a socket: judged before it is accepted, by the rules that hold for a request."""

import time
from dataclasses import dataclass
from typing import Any, Final

from maru.api.addresses import ANYWHERE, Lists
from maru.api.errors import BadRequest, TenantRequired
from maru.api.exchange import Exchange, Header
from maru.api.hosts import Hosts
from maru.identity.cookies import Cookies
from maru.identity.csrf import same_origin
from maru.identity.errors import CsrfFailed, NotSignedIn, TenantMismatch
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.identity.tokens import Caller
from maru.push.trust import HEADER, Trust
from maru.push.visitor import Visitor

BEARER: Final = "bearer"


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may come in, and what the answer says to that."""

    visitor: Visitor
    headers: tuple[Header, ...] = ()
    subprotocol: str | None = None


class Admission:
    """Reads host, tenant, origin and session of a handshake."""

    def __init__(
        self,
        hosts: Hosts,
        sessions: Sessions,
        people: People,
        trust: Trust,
        *,
        instance: str,
        origins: frozenset[str],
        addresses: Lists = ANYWHERE,
    ) -> None:
        self._hosts, self._sessions, self._people = hosts, sessions, people
        self._trust, self._instance, self._origins = trust, instance, origins
        self._addresses = addresses

    async def admit(self, scope: Any, receive: Any) -> Admitted:
        """Raises a MaruError where this handshake is refused."""
        exchange = Exchange({"method": "GET", **scope}, receive)
        exchange.area = "api"
        self._hosts.read(exchange)
        if self._trust.holds(exchange.heads.get(HEADER)):
            _believe(exchange)
        self._addresses.admit(exchange.address)
        tenant = self._hosts.tenant(exchange)
        if tenant is None:
            raise TenantRequired
        exchange.tenant = tenant
        offered = scope.get("subprotocols", [])
        token = _token(exchange, offered)
        caller, headers = await self._caller(exchange, token)
        if caller.tenant_id != tenant.id:
            raise TenantMismatch
        visitor = await self._visitor(caller)
        return Admitted(visitor, headers, BEARER if BEARER in offered else None)

    async def _caller(
        self, exchange: Exchange, token: str | None
    ) -> tuple[Caller, tuple[Header, ...]]:
        self._check_origin(exchange, with_cookie=token is None)
        if token is not None:
            return self._sessions.verify(token), ()
        scheme = "https" if exchange.secure else "http"
        names = Cookies.of(self._instance, scheme, exchange.host)
        value = exchange.cookies.get(names.session)
        if value is None:
            raise NotSignedIn
        caller, renewed = await self._sessions.from_cookie(value)
        if renewed is None:
            return caller, ()
        return caller, ((b"set-cookie", names.set_session(renewed).encode()),)

    def _check_origin(self, exchange: Exchange, *, with_cookie: bool) -> None:
        """A page of ours, or where a token speaks one that may call the API; a socket opened by a
        cookie must say where it comes from."""
        heads = exchange.heads
        origin = heads.get(b"origin", b"").decode("latin-1")
        if not with_cookie and (not origin or origin in self._origins):
            return
        if not origin and exchange.scope["type"] == "websocket":
            raise CsrfFailed
        told = {"host": heads.get(b"host", b"").decode("latin-1")}
        for name in ("sec-fetch-site", "origin"):
            if name.encode() in heads:
                told[name] = heads[name.encode()].decode("latin-1")
        by_origin = {name: said for name, said in told.items() if name != "sec-fetch-site"}
        if not same_origin(told) or not same_origin(by_origin):
            raise CsrfFailed

    async def _visitor(self, caller: Caller) -> Visitor:
        row = await self._people.row(caller.tenant_id, caller.person_id)
        if row is None or row.state != "active":
            raise NotSignedIn
        until = caller.expires_at or time.time()
        return Visitor(
            caller.tenant_id, caller.person_id, caller.session_id, row.name, row.locale, until
        )


def _token(exchange: Exchange, offered: list[str]) -> str | None:
    """The access token of a handshake: browsers can only say it as a subprotocol."""
    authorization = exchange.heads.get(b"authorization")
    if authorization is not None:
        kind, _, token = authorization.decode("latin-1").partition(" ")
        return token.strip() if kind.lower() == BEARER else ""
    if BEARER not in offered:
        return None
    if len(offered) != 2 or offered[0] != BEARER:
        raise BadRequest
    return offered[1]


def _believe(exchange: Exchange) -> None:
    """Web has passed this on and says where it came from."""
    heads = exchange.heads
    exchange.address = heads.get(b"x-forwarded-for", b"").decode("latin-1")
    exchange.secure = heads.get(b"x-forwarded-proto") == b"https"
