"""What an ID token must be for us to believe it.

The algorithm is one that the admin named, all of them by key pairs, so neither `none` nor a secret
made of a public key is ever looked at; and the key is one that the provider publishes, so a key
that a token brings along isn't either.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from authlib.oidc.core.util import create_half_hash
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from maru.federation.errors import AnswerUntrusted

LEEWAY: Final = 120.0
LONGEST: Final = 50_000
OLDEST: Final = 86_400.0
_NOT_OURS: Final = ("crit", "b64", "jwk", "jku", "x5u", "zip")
_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """Who must have signed for whom, and for which sign-in."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    now: float


def header_of(token: Any, algorithms: Collection[str]) -> tuple[str, str | None]:
    """The algorithm and the key id of a token; raises AnswerUntrusted before anything of it is
    believed."""
    if not isinstance(token, str) or len(token) > LONGEST or token.count(".") != 2:
        raise AnswerUntrusted("no token")
    header = _object(token.partition(".")[0])
    if named := [name for name in _NOT_OURS if name in header]:
        raise AnswerUntrusted(f"the token's header says {named[0]}")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise AnswerUntrusted(f"signed by {str(algorithm)[:20]}")
    if kid is not None and not isinstance(kid, str):
        raise AnswerUntrusted("an odd key id")
    return algorithm, kid


def verified(token: str, key: Key, algorithm: str, expected: Expected) -> dict[str, Any]:
    """The claims of a token; raises AnswerUntrusted."""
    try:
        # The header was looked at: what a provider says in it besides is its own business.
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        signed = jws.deserialize_compact(token, key, [algorithm], registry=registry)
    except (JoseError, ValueError) as error:
        raise AnswerUntrusted("the signature is wrong") from error
    claims = _loaded(signed.payload)
    _addressed(claims, expected)
    _timely(claims, expected.now)
    if not _same(claims.get("nonce"), expected.nonce):
        raise AnswerUntrusted("another nonce")
    half = claims.get("at_hash")
    if half is not None and not _same(half, _half_of(expected.access_token, algorithm)):
        raise AnswerUntrusted("it goes with another access token")
    subject_of(claims)
    return claims


def subject_of(claims: Mapping[str, Any]) -> str:
    """The subject, which must be a short text."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT:
        raise AnswerUntrusted("no subject")
    if not subject.isprintable():
        raise AnswerUntrusted("an odd subject")
    return subject


def _addressed(claims: Mapping[str, Any], expected: Expected) -> None:
    if not _same(claims.get("iss"), expected.issuer):
        raise AnswerUntrusted("another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        raise AnswerUntrusted("another audience")
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != expected.client_id:
        raise AnswerUntrusted("another authorized party")


def _timely(claims: Mapping[str, Any], now: float) -> None:
    ends, made = _moment(claims, "exp"), _moment(claims, "iat")
    if ends is None or made is None:
        raise AnswerUntrusted("without its times")
    begins = _moment(claims, "nbf")
    if ends <= now - LEEWAY or made < now - OLDEST:
        raise AnswerUntrusted("it is over")
    if made > now + LEEWAY or (begins is not None and begins > now + LEEWAY):
        raise AnswerUntrusted("it isn't time yet")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AnswerUntrusted(f"an odd {name}")
    return float(value)


def _half_of(access_token: str, algorithm: str) -> str:
    half = create_half_hash(access_token, algorithm)
    return "" if half is None else half.decode()


def _same(value: Any, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())


def _object(part: str) -> dict[str, Any]:
    try:
        return _loaded(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error) as error:
        raise AnswerUntrusted("no token") from error


def _loaded(text: bytes | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text or b"")
    except orjson.JSONDecodeError as error:
        raise AnswerUntrusted("no token") from error
    if not isinstance(found, dict):
        raise AnswerUntrusted("no token")
    return found
