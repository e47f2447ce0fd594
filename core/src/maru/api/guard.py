"""Who is asking, whether the request is their own doing, and whether they may."""

from typing import Final, Protocol
from uuid import UUID

from maru.access.granted import Granted
from maru.api.exchange import Exchange
from maru.api.surfaces import CORE_DOMAIN, Target
from maru.identity.cookies import Cookies
from maru.identity.csrf import Csrf, same_origin
from maru.identity.errors import CsrfFailed, NotSignedIn, TenantMismatch, TokenExpired, TokenInvalid
from maru.identity.personal import ALL, PREFIX, READ, permits_all
from maru.identity.tokens import Caller
from maru_sdk import PermissionDenied, User

_BEARER: Final = b"bearer "
_SCOPED: Final = 10_000
_HARMLESS: Final = "/api/v1/auth/verify-token"
_JUDGED: Final = (b"sec-fetch-site", b"origin", b"host")


class Personal(Protocol):
    """Verifies personal access tokens (`maru.identity.personal.PersonalTokens`)."""

    def peek(self, token: str) -> Caller | None:
        """The caller of a token that this process knows; raises TokenExpired or TokenInvalid."""
        ...

    async def read(self, tenant_id: UUID, token: str, address: str | None = None) -> Caller:
        """The caller of any; raises TenantMismatch too."""
        ...


class Sessions(Protocol):
    """Verifies tokens and browsers' cookies (`maru.identity.sessions.Sessions`)."""

    @property
    def personal(self) -> Personal:
        """What verifies personal access tokens."""
        ...

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
        self._within: dict[tuple[int, frozenset[str]], Granted] = {}

    async def identify(self, exchange: Exchange, target: Target | None = None) -> None:
        """Sets caller, person and rights. A token is judged alone; else the cookie counts."""
        authorization = exchange.heads.get(b"authorization")
        if authorization is not None:
            caller: Caller | None = await self._bearer(exchange, authorization)
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
        if caller.scopes is not None:
            rights = self._scoped(rights, caller.scopes)
        exchange.caller, exchange.user, exchange.granted = caller, user, rights

    async def _bearer(self, exchange: Exchange, header: bytes) -> Caller:
        if header[:7].lower() != _BEARER:
            raise TokenInvalid
        token = header[7:].strip().decode("latin-1")
        if not token.startswith(PREFIX):
            return self._sessions.verify(token)
        personal = self._sessions.personal
        if (caller := personal.peek(token)) is not None:
            return caller
        return await personal.read(exchange.known_tenant.id, token, exchange.address or None)

    def _scoped(self, rights: Granted, scopes: frozenset[str]) -> Granted:
        """A person's rights as far as a token of theirs has them; remembered, for the next
        request of it brings the same two."""
        if permits_all(scopes):
            return rights
        found = self._within.get((rights.mark, scopes))
        if found is None:
            if len(self._within) >= _SCOPED:
                self._within.clear()
            found = self._within[rights.mark, scopes] = rights.within(scopes)
        return found

    async def _visitor(self, exchange: Exchange) -> Caller | None:
        """Who the browser's cookie stands for; an unsafe request must come from our own page."""
        names = self.names(exchange)
        value = exchange.cookies.get(names.session) if b"cookie" in exchange.heads else None
        if not exchange.safe and (value is not None or exchange.area == "page"):
            check_origin(exchange)
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
        if exchange.caller.scopes is not None:
            _permit_token(exchange, target, exchange.caller.scopes)
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


def _permit_token(exchange: Exchange, target: Target, scopes: frozenset[str]) -> None:
    """Raises PermissionDenied for what a personal token may not do whatever its person may: one
    that reads changes nothing, and one with chosen rights nothing of the person's own."""
    if exchange.safe or ALL in scopes or target.label == _HARMLESS:
        return
    if READ in scopes or (target.needs is None and target.domain == CORE_DOMAIN):
        raise PermissionDenied


def check_origin(exchange: Exchange) -> None:
    """Raises CsrfFailed where a browser says that another site sent this."""
    heads = exchange.heads
    told = {name.decode(): heads[name].decode("latin-1") for name in _JUDGED if name in heads}
    if not same_origin(told):
        raise CsrfFailed
