"""Headers: those that every answer carries, and what requests' say."""

from collections.abc import Sequence
from typing import Final

from maru.api.exchange import Exchange, Header

CONTENT_SECURITY_POLICY: Final = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'"
)
SECURITY: Final[tuple[Header, ...]] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
STRICT_TRANSPORT: Final[Header] = (
    b"strict-transport-security",
    b"max-age=31536000; includeSubDomains",
)
NO_STORE: Final[Header] = (b"cache-control", b"no-store")
REVALIDATE: Final[Header] = (b"cache-control", b"private, no-cache")
VARY: Final[Header] = (
    b"vary",
    b"Accept-Encoding, Accept-Language, Authorization, Cookie, HX-Request, X-Maru-Tenant",
)
SINGLE: Final = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"idempotency-key",
        b"origin",
        b"transfer-encoding",
        b"x-csrf-token",
        b"x-maru-tenant",
    }
)
_ASKABLE: Final = (
    b"Accept-Language",
    b"Authorization",
    b"Content-Type",
    b"Idempotency-Key",
    b"If-None-Match",
    b"X-Maru-Tenant",
)
_SHOWN: Final = b"ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
LOCALES: Final = ("ko", "en")
_MEMORY: Final = 1024


def repeats_a_single(headers: Sequence[Header]) -> bool:
    """Whether a header that may stand once stands twice: then two readers could differ."""
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in seen and name in SINGLE:
            return True
        seen.add(name)
    return False


class Languages:
    """The language that `Accept-Language` asks for; what it has read it remembers."""

    def __init__(self) -> None:
        self._known: dict[bytes, str | None] = {}

    def wanted(self, header: bytes | None) -> str | None:
        """`ko` or `en` as the header prefers, None where it asks for neither."""
        if header is None:
            return None
        if header in self._known:
            return self._known[header]
        found = _preferred(header)
        if len(self._known) < _MEMORY:
            self._known[header] = found
        return found


def _preferred(header: bytes) -> str | None:
    best, found = 0.0, None
    for part in header[:500].decode("latin-1").split(","):
        language, _, rest = part.partition(";")
        code = language.strip().lower().partition("-")[0]
        weight = _weight(rest)
        if code in LOCALES and weight > best:
            best, found = weight, code
    return found


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0


def accepts(header: bytes | None, coding: bytes) -> bool:
    """Whether `Accept-Encoding` allows this coding."""
    for part in (header or b"").split(b","):
        name, _, weight = part.partition(b";")
        if name.strip().lower() == coding:
            return _weight(weight.decode("latin-1")) > 0
    return False


class CrossOrigin:
    """Which other sites' scripts may call the API: with a token, never with a cookie."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def allows(self, exchange: Exchange) -> bytes | None:
        """The origin of this request, where it is one of those allowed."""
        origin = exchange.heads.get(b"origin")
        return origin if origin in self._origins else None

    def preflight(self, exchange: Exchange) -> list[Header] | None:
        """What a browser's question is answered with, None where it isn't one we answer."""
        origin = self.allows(exchange)
        asked = exchange.heads.get(b"access-control-request-method")
        if origin is None or asked is None or exchange.method != "OPTIONS":
            return None
        return [
            *self.headers(origin),
            (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
            (
                b"access-control-allow-headers",
                b", ".join(_ASKABLE),
            ),
            (b"access-control-max-age", b"600"),
        ]

    @staticmethod
    def headers(origin: bytes) -> list[Header]:
        """What an answer to this origin carries."""
        return [
            (b"access-control-allow-origin", origin),
            (
                b"access-control-expose-headers",
                b"ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
            ),
        ]
