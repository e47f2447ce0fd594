"""Access tokens: short-lived JWTs that say who, in which tenant and by which session.

A token is ours only if its header is, byte for byte, one that we write ourselves; so neither
`none`, another algorithm, a foreign key id nor a key sent along is ever looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from maru.crypto.keys import Keys
from maru.identity.errors import TokenExpired, TokenInvalid

ISSUER: Final = "maru"
ALGORITHM: Final = "HS256"
LEEWAY: Final = 30
MAX_LENGTH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a verified token speaks for. `expires_at` is in seconds since 1970."""

    tenant_id: UUID
    person_id: UUID
    session_id: UUID
    expires_at: float


class TokenKind:
    """One kind of token with a key of its own: what is signed as one kind is never taken for
    another."""

    def __init__(self, keys: Keys, typ: str, clock: Callable[[], float]) -> None:
        self._key = OctKey.import_key(keys.derive(typ))
        self._header = {"alg": ALGORITHM, "kid": keys.name(typ), "typ": typ}
        self._clock = clock
        self._lead = self._sign({}).partition(".")[0]

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
        return jwt.encode(self._header, claims, self._key, [ALGORITHM])

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise TokenInvalid
        if token.partition(".")[0] != self._lead:
            raise TokenInvalid
        try:
            return dict(jwt.decode(token, self._key, [ALGORITHM]).claims)
        except (JoseError, ValueError) as error:
            raise TokenInvalid from error


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
