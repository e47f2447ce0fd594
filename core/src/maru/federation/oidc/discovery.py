"""What a provider says about itself, checked before any of it is used."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from maru.federation.errors import ProviderAway
from maru.federation.oidc.asking import Asking

WELL_KNOWN: Final = "/.well-known/openid-configuration"
GOOD_FOR: Final = 600.0
STALE_FOR: Final = 86_400.0
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ENDPOINTS: Final = (*_NEEDED, "userinfo_endpoint", "end_session_endpoint")

Fit = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Discovered:
    """The endpoints of a provider. `names_itself`: its answers carry `iss` (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at; a text with `{said}` in it is filled by what was found."""

    good: bool
    text: str
    said: str = ""


def examined(document: Mapping[str, Any], issuer: str, fit: Fit) -> Iterator[Finding]:
    """What is right and wrong with a provider's description of itself."""
    said = document.get("issuer")
    yield Finding(said == issuer, "Its issuer is {said}", str(said)[:200])
    for name in _ENDPOINTS:
        url = document.get(name)
        if url is None and name not in _NEEDED:
            continue
        good = isinstance(url, str) and fit(url)
        yield Finding(good, "{said} is an address that may be used", f"{name} {url}"[:300])
    yield _offers(document, "response_types_supported", "code", "It offers the code flow")
    methods = document.get("code_challenge_methods_supported")
    if methods is not None:
        yield Finding(_holds(methods, "S256"), "It knows PKCE with S256")


def _offers(document: Mapping[str, Any], name: str, value: str, text: str) -> Finding:
    return Finding(_holds(document.get(name), value), text)


def _holds(values: Any, value: str) -> bool:
    return isinstance(values, list) and value in values


def discovered(document: Mapping[str, Any], issuer: str, fit: Fit) -> Discovered:
    """The same where nothing is wrong with it; raises ProviderAway with the first fault."""
    for finding in examined(document, issuer, fit):
        if not finding.good:
            raise ProviderAway(f"not so: {finding.text} ({finding.said})")
    ends = {name: str(document.get(name) or "") for name in _ENDPOINTS}
    named = document.get("authorization_response_iss_parameter_supported") is True
    return Discovered(issuer=issuer, names_itself=named, **ends)


class Discovery:
    """One provider's description, asked for again every ten minutes; while the provider is away
    the last one serves for a day."""

    def __init__(self, issuer: str, fit: Fit, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._fit, self._clock = issuer, fit, clock
        self._kept: Discovered | None = None
        self._at = 0.0

    async def get(self, ask: Asking) -> Discovered:
        """The description; raises ProviderAway."""
        if self._kept is not None and self._clock() - self._at < GOOD_FOR:
            return self._kept
        try:
            document = await described(ask, self._issuer)
        except ProviderAway:
            if self._kept is not None and self._clock() - self._at < STALE_FOR:
                return self._kept
            raise
        self._kept, self._at = discovered(document, self._issuer, self._fit), self._clock()
        return self._kept


async def described(ask: Asking, issuer: str) -> dict[str, Any]:
    """The document at the issuer's well-known address; raises ProviderAway."""
    said = await ask("GET", issuer.rstrip("/") + WELL_KNOWN)
    if said.status != 200:
        raise ProviderAway(f"{issuer}{WELL_KNOWN} answers with status {said.status}")
    return said.content
