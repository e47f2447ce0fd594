"""The code flow: leads a browser to a provider and makes of its answer an account that was
proved."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from maru.crypto.vault import Vault
from maru.federation.claimed import Claimed, claimed
from maru.federation.errors import AnswerUntrusted, BegunElsewhere, ProviderRefused
from maru.federation.oidc import begun as under_way
from maru.federation.oidc.asking import Asking, Way
from maru.federation.oidc.begun import Begun
from maru.federation.oidc.client import Client
from maru.federation.oidc.discovery import Discovered, Discovery
from maru.federation.oidc.id_token import Expected, header_of, subject_of, verified
from maru.federation.oidc.keys import KeyRing
from maru.federation.providers import Providers, oidc_settings
from maru.federation.queries import ProviderRow
from maru.federation.settings import OidcSettings

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class Lead:
    """Where a browser goes, and the cookie that it takes along."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """An account that a provider vouches for; `begun` says why it was asked."""

    provider: ProviderRow
    account: Claimed
    begun: Begun
    id_token: str


@dataclass(slots=True)
class Known:
    """What is remembered of one provider as it is set up now."""

    settings: OidcSettings
    discovery: Discovery
    keys: KeyRing = field(default_factory=KeyRing)


class OidcFlow:
    """Sign-ins by the providers of all tenants."""

    def __init__(
        self,
        providers: Providers,
        vault: Vault,
        way: Way,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._providers, self._vault, self._way = providers, vault, way
        self._clock = clock
        self._known: dict[UUID, Known] = {}

    async def begin(
        self, tenant_id: UUID, key: str, redirect_uri: str, there: str, person: UUID | None = None
    ) -> Lead:
        """The way to the provider; raises ProviderUnknown or ProviderAway."""
        provider = await self._providers.usable(tenant_id, key, "oidc")
        known, ask = self._knowing(provider), self._way.of(tenant_id)
        about = await known.discovery.get(ask)
        client = Client(ask, known.settings, "", redirect_uri)
        begun = Begun(
            state=uuid4().hex,
            provider=key,
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            there=there,
            at=self._clock(),
            person="" if person is None else str(person),
        )
        url = client.leading(about.authorization_endpoint, begun.state, begun.nonce, begun.verifier)
        return Lead(url, await under_way.sealed(self._vault, tenant_id, begun))

    async def begun(self, tenant_id: UUID, key: str, cookie: str, state: str) -> Begun:
        """The sign-in that an answer belongs to; raises BegunElsewhere."""
        begun = await under_way.opened(self._vault, tenant_id, cookie, state, self._clock)
        if begun.provider != key:
            raise BegunElsewhere("begun with another provider")
        return begun

    async def finish(
        self, tenant_id: UUID, begun: Begun, redirect_uri: str, answer: Mapping[str, str]
    ) -> Proved:
        """The account that the provider's answer proves; raises what is derived from
        SignInStopped."""
        provider = await self._providers.usable(tenant_id, begun.provider, "oidc")
        known, ask = self._knowing(provider), self._way.of(tenant_id)
        about = await known.discovery.get(ask)
        _named(answer, about)
        if "error" in answer:
            raise ProviderRefused(answer["error"][:60])
        secret = await self._providers.secret(tenant_id, provider)
        client = Client(ask, known.settings, secret, redirect_uri)
        tokens = await client.exchanged(
            about.token_endpoint, answer.get("code", ""), begun.verifier
        )
        claims = await self._claims(ask, known, about, tokens, begun)
        more = await _told(client, known.settings, about, claims)
        account = _account(known.settings, claims, more)
        return Proved(provider, account, begun, tokens["id_token"])

    async def leaving(
        self, tenant_id: UUID, provider: ProviderRow, id_token: str, back: str
    ) -> str:
        """Where a browser ends its session at the provider, empty where it can't; raises
        ProviderAway."""
        known = self._knowing(provider)
        about = await known.discovery.get(self._way.of(tenant_id))
        if not about.end_session_endpoint:
            return ""
        query = {"client_id": known.settings.client_id, "post_logout_redirect_uri": back}
        if id_token:
            query["id_token_hint"] = id_token
        sign = "&" if "?" in about.end_session_endpoint else "?"
        return f"{about.end_session_endpoint}{sign}{urlencode(query)}"

    async def _claims(
        self,
        ask: Asking,
        known: Known,
        about: Discovered,
        tokens: Mapping[str, Any],
        begun: Begun,
    ) -> Mapping[str, Any]:
        token = tokens.get("id_token")
        algorithm, kid = header_of(token, known.settings.algorithms)
        key = await known.keys.find(ask, about.jwks_uri, algorithm, kid)
        expected = Expected(
            issuer=about.issuer,
            client_id=known.settings.client_id,
            nonce=begun.nonce,
            access_token=tokens["access_token"],
            now=self._clock(),
        )
        return verified(str(token), key, algorithm, expected)

    def _knowing(self, provider: ProviderRow) -> Known:
        """What is remembered, as long as the provider's settings are the same."""
        settings = oidc_settings(provider)
        known = self._known.get(provider.id)
        if known is None or known.settings != settings:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = Known(settings, Discovery(settings.issuer, self._way.fit))
            self._known[provider.id] = known
        return known


def _named(answer: Mapping[str, str], about: Discovered) -> None:
    """Whether the answer is this provider's and no other's (RFC 9207)."""
    named = answer.get("iss")
    if named is None and not about.names_itself:
        return
    if named != about.issuer:
        raise AnswerUntrusted(f"the answer names the issuer {str(named)[:200]}")


async def _told(
    client: Client, settings: OidcSettings, about: Discovered, claims: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the provider tells besides the token."""
    if not (settings.userinfo and about.userinfo_endpoint):
        return {}
    told = await client.userinfo(about.userinfo_endpoint)
    if subject_of(told) != subject_of(claims):
        raise AnswerUntrusted("userinfo is about somebody else")
    return told


def _account(settings: OidcSettings, claims: Mapping[str, Any], more: Mapping[str, Any]) -> Claimed:
    both = {**more, **claims}
    return claimed(
        settings,
        both,
        issuer=settings.issuer,
        subject=subject_of(claims),
        email_verified=_is_verified(settings, both),
    )


def _is_verified(settings: OidcSettings, claims: Mapping[str, Any]) -> bool:
    """What a provider says of `email_verified` counts for the claim `email` alone."""
    return settings.email == "email" and claims.get("email_verified") is True
