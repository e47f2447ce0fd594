"""Whether a provider could be signed in with: asked now, told finding by finding."""

from typing import Final
from uuid import UUID

from maru.crypto.sealing import SecretUnreadable
from maru.federation.errors import ProviderAway
from maru.federation.oidc.asking import Asking
from maru.federation.oidc.discovery import Finding, described, examined
from maru.federation.oidc.keys import usable
from maru.federation.providers import ldap_settings, oidc_settings
from maru.federation.queries import ProviderRow
from maru.federation.single import SingleSignOn

__all__ = ["Finding", "tried"]
_MANY: Final = 100


async def tried(single: SingleSignOn, tenant_id: UUID, provider: ProviderRow) -> list[Finding]:
    """Everything that can be known without a person at the other side."""
    try:
        secret = await single.providers.secret(tenant_id, provider)
    except SecretUnreadable:
        return [Finding(good=False, text="Its secret can't be read; please enter it anew")]
    if provider.kind == "ldap":
        return await _directory(single, provider, secret)
    return await _provider(single, tenant_id, provider, secret)


async def _provider(
    single: SingleSignOn, tenant_id: UUID, provider: ProviderRow, secret: str
) -> list[Finding]:
    settings, ask = oidc_settings(provider), single.way.of(tenant_id)
    findings = []
    if settings.client_auth != "none":
        findings.append(Finding(bool(secret), "A secret is kept"))
    try:
        document = await described(ask, settings.issuer)
    except ProviderAway as away:
        return [*findings, Finding(good=False, text="It can't be asked: {said}", said=away.why)]
    findings.append(Finding(good=True, text="It describes itself"))
    findings += examined(document, settings.issuer, single.way.fit)
    if all(one.good for one in findings):
        findings.append(await _keys(ask, str(document["jwks_uri"])))
    return findings


async def _keys(ask: Asking, url: str) -> Finding:
    try:
        said = await ask("GET", url)
    except ProviderAway as away:
        return Finding(good=False, text="Its keys can't be read: {said}", said=away.why)
    found = list(usable(said.content.get("keys")))
    return Finding(bool(found), "Keys that may sign: {said}", str(len(found)))


async def _directory(single: SingleSignOn, provider: ProviderRow, secret: str) -> list[Finding]:
    try:
        found = await single.directories.counted(ldap_settings(provider), secret)
    except ProviderAway as away:
        return [Finding(good=False, text="It can't be asked: {said}", said=away.why)]
    number = f"{_MANY}+" if found >= _MANY else str(found)
    return [
        Finding(good=True, text="It answers, and the searching account is let in"),
        Finding(found > 0, "People that it shows: {said}", number),
    ]
