"""Who is asking, whether the request is their own doing, and whether they may."""

from typing import Final, Protocol
from uuid import UUID

from maru.access.granted import Granted
from maru.api.exchange import Exchange
from maru.api.surfaces import Target
from maru.identity.cookies import Cookies
from maru.identity.csrf import Csrf, same_origin
from maru.identity.errors import CsrfFailed, NotSignedIn, TenantMismatch, TokenExpired, TokenInvalid
from maru.identity.tokens import Caller
from maru_sdk import PermissionDenied, User

_BEARER: Final = b"bearer "
_JUDGED: Final = (b"sec-fetch-site", b"origin", b"host")


class Sessions(Protocol):
    """Verifies tokens and browsers' cookies (`maru.identity.sessions.Sessions`)."""

    def verify(self, token: str) -> Caller:
        """The caller of an access token; raises TokenExpired or TokenInvalid."""
        ...

    async def from_cookie(self, value: str) -> tuple[Caller, str | None]:
        """Who a browser's cookie stands for and the value that takes its place where it is due;
        raises TokenExpired or TokenInvalid."""
        ...


class People(Protocol):
    """The people of all tenants, kept in this process."""

    def cached(self, tenant_id: UUID, person_id: UUID) -> User | None:
        """One person, where this process knows them."""
        ...

    async def user(self, tenant_id: UUID, person_id: UUID) -> User | None:
        """One person; None where there is none such, or they may not sign in."""
        ...


class Rights(Protocol):
    """What people may do, kept in this process."""

    def cached(self, tenant_id: UUID, person_id: UUID) -> Granted | None:
        """A person's rights where this process has them."""
        ...

    async def granted(self, tenant_id: UUID, person_id: UUID) -> Granted:
        """A person's rights."""
        ...


class Guard:
    """Authentication, the browser's proofs, and rights."""

    def __init__(
        self, sessions: Sessions, people: People, rights: Rights, csrf: Csrf, instance: str
    ) -> None:
        self._sessions = sessions
        self._people = people
        self._rights = rights
        self._csrf = csrf
        self._instance = instance

    async def identify(self, exchange: Exchange, target: Target | None = None) -> None:
        """Sets caller, person and rights. A token is judged alone; else the cookie counts."""
        authorization = exchange.heads.get(b"authorization")
        if authorization is not None:
            caller: Caller | None = self._bearer(authorization)
        elif target is not None and target.cookieless:
            caller = None
        else:
            caller = await self._visitor(exchange)
        exchange.granted = Granted.NOBODY
        if caller is not None:
            await self._enter(exchange, caller)

    async def _enter(self, exchange: Exchange, caller: Caller) -> None:
        tenant_id = exchange.known_tenant.id
        if caller.tenant_id != tenant_id:
            raise TenantMismatch
        user = self._people.cached(tenant_id, caller.person_id)
        if user is None:
            user = await self._people.user(tenant_id, caller.person_id)
        if user is None:
            if exchange.by_cookie:
                return
            raise TokenInvalid
        rights = self._rights.cached(tenant_id, caller.person_id)
        if rights is None:
            rights = await self._rights.granted(tenant_id, caller.person_id)
        exchange.caller, exchange.user, exchange.granted = caller, user, rights

    def _bearer(self, header: bytes) -> Caller:
        if header[:7].lower() != _BEARER:
            raise TokenInvalid
        return self._sessions.verify(header[7:].strip().decode("latin-1"))

    async def _visitor(self, exchange: Exchange) -> Caller | None:
        """Who the browser's cookie stands for; an unsafe request must come from our own page."""
        names = self.names(exchange)
        value = exchange.cookies.get(names.session) if b"cookie" in exchange.heads else None
        if not exchange.safe and (value is not None or exchange.area == "page"):
            _check_origin(exchange)
        if value is None:
            return None
        try:
            caller, renewed = await self._sessions.from_cookie(value)
        except (TokenExpired, TokenInvalid):
            return None
        exchange.by_cookie = True
        if renewed is not None:
            exchange.headers_out.append((b"set-cookie", names.set_session(renewed).encode()))
        return caller

    def permit(self, exchange: Exchange, target: Target) -> None:
        """Raises NotSignedIn or PermissionDenied where the caller may not."""
        if target.public:
            return
        if exchange.caller is None:
            raise NotSignedIn
        if target.needs is not None:
            assert exchange.granted is not None
            asks = exchange.granted.somewhere if target.scoped else exchange.granted.can
            if not asks(target.needs):
                raise PermissionDenied(permission=target.needs)

    def names(self, exchange: Exchange) -> Cookies:
        """The names of this request's cookies."""
        return Cookies.of(self._instance, "https" if exchange.secure else "http", exchange.host)

    def prove(self, exchange: Exchange, token: str | None) -> None:
        """Raises CsrfFailed where an unsafe request needs a token and has none that fits."""
        if exchange.safe or b"authorization" in exchange.heads:
            return
        target = exchange.target
        if target is not None and target.cookieless:
            return
        if exchange.area == "api" and not exchange.by_cookie:
            return
        bound = self._bound_to(exchange)
        if token is None or bound is None or not self._csrf.fits(token, bound):
            raise CsrfFailed

    def token_for(self, exchange: Exchange, bound_to: str | None = None) -> str:
        """A token for the forms of a page."""
        return self._csrf.token(bound_to or self._bound_to(exchange) or "")

    def _bound_to(self, exchange: Exchange) -> str | None:
        if exchange.caller is not None:
            return str(exchange.caller.session_id)
        return exchange.cookies.get(self.names(exchange).visitor)

    def visitor(self, exchange: Exchange) -> str | None:
        """What the tokens of somebody who isn't signed in are bound to."""
        return exchange.cookies.get(self.names(exchange).visitor)


def _check_origin(exchange: Exchange) -> None:
    heads = exchange.heads
    told = {name.decode(): heads[name].decode("latin-1") for name in _JUDGED if name in heads}
    if not same_origin(told):
        raise CsrfFailed
