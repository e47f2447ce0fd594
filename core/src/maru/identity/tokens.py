"""Access tokens: short-lived JWTs that say who, in which tenant and by which session.

A token is ours only if its header is, byte for byte, one that we write ourselves with a key that we
know; so neither `none`, another algorithm, a foreign key id nor a key sent along is ever looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from maru.crypto.keys import Keys
from maru.crypto.ring import Key, Ring
from maru.identity.errors import TokenExpired, TokenInvalid

ISSUER: Final = "maru"
ALGORITHM: Final = "HS256"
LEEWAY: Final = 30
MAX_LENGTH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a verified token speaks for. `expires_at` is in seconds since 1970; `scopes` are those
    of a personal access token, whose id stands in the session's place."""

    tenant_id: UUID
    person_id: UUID
    session_id: UUID
    expires_at: float
    scopes: frozenset[str] | None = None


class TokenKind:
    """One kind of token with a key of its own: what is signed as one kind is never taken for
    another."""

    def __init__(self, keys: Keys | Ring, typ: str, clock: Callable[[], float]) -> None:
        self._ring = Ring(keys) if isinstance(keys, Keys) else keys
        self._typ = typ
        self._clock = clock
        self._version = -1
        self._known: dict[str, _Known] = {}

    def issue(self, caller: Caller, **more: Any) -> str:
        """A token for this caller; `more` are further claims."""
        return self.sign(
            {
                "aud": str(caller.tenant_id),
                "sub": str(caller.person_id),
                "sid": str(caller.session_id),
                "exp": int(caller.expires_at),
                **more,
            }
        )

    def read(self, token: str) -> tuple[Caller, dict[str, Any]]:
        """The caller and the claims of a token; raises TokenInvalid or TokenExpired."""
        claims = self.claims(token)
        return _caller(claims), claims

    def sign(self, claims: dict[str, Any]) -> str:
        """A token of these claims, which say `exp` themselves."""
        return self._sign({"iss": ISSUER, "iat": int(self._clock()), **claims})

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token of this kind; raises TokenInvalid or TokenExpired."""
        claims = self._claims(token)
        now, expires = self._clock(), claims.get("exp")
        if claims.get("iss") != ISSUER or not _at_most(claims.get("iat"), now + LEEWAY):
            raise TokenInvalid
        if not isinstance(expires, int) or isinstance(expires, bool):
            raise TokenInvalid
        if expires <= now:
            raise TokenExpired
        return claims

    def _sign(self, claims: dict[str, Any]) -> str:
        now = self._clock()
        able = [one for one in self._keys().values() if one.signs_from <= now]
        newest = max(able, key=attrgetter("signs_from"))
        return jwt.encode(newest.header, claims, newest.key, [ALGORITHM])

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise TokenInvalid
        known = self._keys().get(token.partition(".")[0])
        if known is None or known.retired_at <= self._clock():
            raise TokenInvalid
        try:
            return dict(jwt.decode(token, known.key, [ALGORITHM]).claims)
        except (JoseError, ValueError) as error:
            raise TokenInvalid from error

    def _keys(self) -> "dict[str, _Known]":
        """The keys of this kind by the header that each writes, made anew when the ring is."""
        if self._version != self._ring.version:
            version, made = self._ring.version, {}
            for one in self._ring.all:
                known = self._made(one)
                made[known.lead] = known
            self._known, self._version = made, version
        return self._known

    def _made(self, one: Key) -> "_Known":
        key = OctKey.import_key(one.keys.derive(self._typ))
        header = {"alg": ALGORITHM, "kid": one.keys.name(self._typ), "typ": self._typ}
        lead = jwt.encode(header, {}, key, [ALGORITHM]).partition(".")[0]
        return _Known(lead, header, key, one.signs_from, one.retired_at)


@dataclass(frozen=True, slots=True, repr=False)
class _Known:
    """A key of the ring as one kind of token uses it."""

    lead: str
    header: dict[str, Any]
    key: OctKey
    signs_from: float
    retired_at: float


def _caller(claims: dict[str, Any]) -> Caller:
    tenant, person, session = ids(claims, "aud", "sub", "sid")
    return Caller(tenant, person, session, float(claims["exp"]))


def ids(claims: dict[str, Any], *names: str) -> Iterator[UUID]:
    """The ids that these claims hold; raises TokenInvalid."""
    for name in names:
        try:
            yield UUID(claims[name])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise TokenInvalid from error


def _at_most(value: object, limit: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value <= limit
