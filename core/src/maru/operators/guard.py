"""Who asks in the operators' area. A tenant's cookie or token means nothing here, and an operator's
nothing there."""

from typing import Final

from maru.access.granted import Granted
from maru.api.errors import TenantNotFound
from maru.api.exchange import Exchange
from maru.api.guard import Guard, check_origin
from maru.api.hosts import Hosts
from maru.api.surfaces import Target
from maru.identity.errors import TokenInvalid
from maru.identity.tokens import Caller
from maru.operators.installation import INSTALLATION
from maru.operators.queries import Signed
from maru.operators.sessions import Kind, OperatorSessions
from maru_sdk import Tenant, User

_BEARER: Final = "bearer "


class OperatorGuard(Guard):
    """The guard of the operators' area; proofs against forgery are those of everywhere."""

    def attend(self, sessions: OperatorSessions) -> "OperatorGuard":
        """Looks operators up here."""
        self._operators = sessions
        return self

    async def identify(self, exchange: Exchange, target: Target | None = None) -> None:
        """Sets who asks: programs by their token, browsers by the cookie of this area."""
        exchange.granted = Granted.NOBODY
        if exchange.area == "api":
            await self._program(exchange)
        else:
            await self._browser(exchange)

    async def _program(self, exchange: Exchange) -> None:
        """Cookies count for pages alone, so no other site can make a browser call the API."""
        header = exchange.heads.get(b"authorization")
        if header is None:
            return
        said = header.decode("latin-1")
        if said[: len(_BEARER)].lower() != _BEARER:
            raise TokenInvalid
        await self._let_in(exchange, said[len(_BEARER) :].strip(), "client")

    async def _browser(self, exchange: Exchange) -> None:
        if not exchange.safe:
            check_origin(exchange)
        value = exchange.cookies.get(self.names(exchange).session)
        if value is None:
            return
        try:
            await self._let_in(exchange, value, "browser")
        except TokenInvalid:
            return
        exchange.by_cookie = True

    async def _let_in(self, exchange: Exchange, token: str, kind: Kind) -> None:
        signed = await self._operators.signed(token, kind)
        exchange.caller = Caller(INSTALLATION.id, signed.operator_id, signed.session_id, 0.0)
        exchange.user = _shown(signed, exchange.locale)


def _shown(signed: Signed, locale: str) -> User:
    return User(id=signed.operator_id, username=signed.username, name=signed.name, locale=locale)


class InstallationHosts:
    """Hosts as the operators' area knows them. Its pages stand only where no tenant does: what runs
    in a tenant's pages must never be of the same origin."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def read(self, exchange: Exchange) -> None:
        """See `Hosts`."""
        self._hosts.read(exchange)

    def tenant(self, exchange: Exchange) -> Tenant | None:
        """The installation; raises TenantNotFound for a page at a tenant's host."""
        if exchange.area != "api" and not self._hosts.names_none(exchange.host):
            raise TenantNotFound
        return INSTALLATION
