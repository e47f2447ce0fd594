"""A provider that a test writes: it signs what it is told to, or what it must not."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from tests.core.outside.others import Asked, Machine, machine

SECRET = "a secret of the tests"
Claims = dict[str, Any]


@dataclass
class Rogue:
    """Its keys, what its next ID token says, and what it has been asked."""

    machine: Machine
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[RSAKey] = field(default_factory=list)
    nonce: str = ""
    claims: Claims = field(default_factory=dict)
    header: Claims = field(default_factory=dict)
    told: Claims = field(default_factory=dict)
    document: Callable[[Claims], Any] = lambda document: document
    sign: Callable[[Claims, Claims], str] | None = None
    paths: list[str] = field(default_factory=list)
    tokens: Claims = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.machine.url("").rstrip("/")

    def counted(self, path: str) -> int:
        return sum(one == path for one in self.paths)

    def described(self) -> Any:
        return self.document(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": "maru",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid, **self.header}
        if self.sign is not None:
            return self.sign(header, claims)
        return jwt.encode(header, claims, self.key, ["RS256"])

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = asked.line.split(" ")[1].partition("?")[0]
        self.paths.append(path)
        said: Any = {"error": "not_found"}
        if path == "/.well-known/openid-configuration":
            said = self.described()
        elif path == "/jwks":
            keys = self.published or [self.key]
            said = {"keys": [one.as_dict(private=False) for one in keys]}
        elif path == "/token":
            assert parse_qs(asked.body.decode())["code_verifier"]
            access = "an access token"
            said = {"access_token": access, "token_type": "Bearer", "id_token": self.id_token()}
            said |= self.tokens
        elif path == "/userinfo":
            said = {"sub": self.claims.get("sub", "subject-1"), **self.told}
        if isinstance(said, bytes):
            writer.write(said)
            return
        body = json.dumps(said).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (len(body), body)
        )


@asynccontextmanager
async def serving_rogue() -> AsyncIterator[Rogue]:
    """The provider at an address of loopback."""
    made: list[Rogue] = []

    async def says(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await made[0].answer(asked, writer)

    async with machine(says) as found:
        made.append(Rogue(found))
        yield made[0]


def unsigned(header: Claims, claims: Claims) -> str:
    """A token of the algorithm `none`."""
    return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."


def by_public_key(key: RSAKey) -> Callable[[Claims, Claims], str]:
    """A token signed with the public key as if it were a secret."""

    def sign(header: Claims, claims: Claims) -> str:
        secret = OctKey.import_key(key.as_pem(private=False))
        return jwt.encode({**header, "alg": "HS256"}, claims, secret, ["HS256"])

    return sign


def by_own_key(header: Claims, claims: Claims) -> str:
    """A token by a key that it brings along."""
    own = RSAKey.generate_key(2048)
    brought = {**header, "jwk": own.as_dict(private=False)}
    return jwt.encode(brought, claims, own, ["RS256"])


def by_strangers_key(header: Claims, claims: Claims) -> str:
    """A token by another key under the name of the right one."""
    return jwt.encode(header, claims, RSAKey.generate_key(2048), ["RS256"])


def _part(value: Claims) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
