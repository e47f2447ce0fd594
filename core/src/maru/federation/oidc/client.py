"""Authlib's client, asking by our own way out."""

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client

from maru.federation.errors import AnswerUntrusted, ProviderAway
from maru.federation.oidc.asking import Asking
from maru.federation.settings import OidcSettings

_FORM: Final = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
_CODE: Final = 4_000


class Client:
    """One provider's client in one sign-in."""

    def __init__(self, ask: Asking, settings: OidcSettings, secret: str, redirect_uri: str) -> None:
        self._ask = ask
        self._client = OAuth2Client(
            None,
            client_id=settings.client_id,
            client_secret=secret,
            token_endpoint_auth_method=settings.client_auth,
            scope=_scopes(settings.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def leading(self, endpoint: str, state: str, nonce: str, verifier: str) -> str:
        """The address that a browser is sent to."""
        url, _ = self._client.create_authorization_url(
            endpoint, state=state, nonce=nonce, code_verifier=verifier
        )
        return cast("str", url)

    async def exchanged(self, endpoint: str, code: str, verifier: str) -> Mapping[str, Any]:
        """What the provider gives for the code; raises AnswerUntrusted or ProviderAway."""
        if not 0 < len(code) <= _CODE:
            raise AnswerUntrusted("no code")
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._client.redirect_uri,
                "code_verifier": verifier,
            }
        )
        proof = self._client.client_auth(self._client.token_endpoint_auth_method)
        url, headers, body = proof.prepare("POST", endpoint, dict(_FORM), body)
        said = await self._ask("POST", url, headers=headers, content=body.encode())
        if said.status != 200 or not isinstance(said.content.get("access_token"), str):
            error = str(said.content.get("error"))[:60]
            if error in ("invalid_client", "unauthorized_client"):
                raise ProviderAway(f"the token endpoint says {error}: is the secret right?")
            raise AnswerUntrusted(f"the token endpoint says {said.status} {error}")
        self._client.token = said.content
        return said.content

    async def userinfo(self, endpoint: str) -> Mapping[str, Any]:
        """What it tells of whom the token stands for; raises AnswerUntrusted or ProviderAway."""
        try:
            url, headers, _ = self._client.token_auth.prepare(endpoint, {}, b"")
        except (AuthlibBaseError, KeyError) as error:
            raise AnswerUntrusted("an odd kind of token") from error
        said = await self._ask("GET", url, headers=headers)
        if said.status != 200:
            raise AnswerUntrusted(f"userinfo answers with status {said.status}")
        return said.content


def _scopes(text: str) -> str:
    return " ".join(dict.fromkeys(["openid", *text.split()]))
