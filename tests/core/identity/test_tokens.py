"""Forged, foreign and stale access tokens, each made as an attacker would make it."""

import base64
import json
import time
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from maru.crypto.keys import Keys
from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.tokens import Caller, TokenKind

SECRET = b"a secret of the tests that is long enough"
NOW = int(time.time())  # what is forged when tests are collected hasn't expired when they run


def kind(secret: bytes = SECRET, typ: str = "at+jwt") -> TokenKind:
    return TokenKind(Keys(secret), typ, lambda: NOW)


def caller(seconds: float = 900) -> Caller:
    return Caller(uuid4(), uuid4(), uuid4(), float(NOW + seconds))


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "==")))


def header_of(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "==")))


class TestIssued:
    def test_is_read_back(self) -> None:
        tokens, who = kind(), caller()
        assert tokens.read(tokens.issue(who))[0] == who

    def test_carries_the_claims_of_the_contract(self) -> None:
        tokens, who = kind(), caller()
        token = tokens.issue(who)
        claims = claims_of(token)
        assert claims["aud"] == str(who.tenant_id)
        assert claims["sub"] == str(who.person_id)
        assert claims["sid"] == str(who.session_id)
        assert claims["iss"] == "maru"
        assert header_of(token) | {"kid": ""} == {"alg": "HS256", "kid": "", "typ": "at+jwt"}

    def test_is_read_by_another_process_with_the_same_secret(self) -> None:
        who = caller()
        assert kind().read(kind().issue(who))[0] == who

    def test_expired(self) -> None:
        tokens = kind()
        with pytest.raises(TokenExpired):
            tokens.read(tokens.issue(caller(-1)))

    def test_of_another_kind_is_refused(self) -> None:
        with pytest.raises(TokenInvalid):
            kind().read(kind(typ="maru-cookie+jwt").issue(caller()))

    def test_of_another_installation_is_refused(self) -> None:
        with pytest.raises(TokenInvalid):
            kind().read(kind(b"another secret that is as long as that").issue(caller()))


@cache
def forgeries() -> dict[str, str]:
    """Tokens that a careless verifier takes; all but the header's tricks are right."""
    good = kind().issue(caller())
    header, claims, signature = header_of(good), claims_of(good), good.split(".")[2]
    body = encoded(claims)
    ours = OctKey.import_key(Keys(SECRET).derive("at+jwt"))
    stranger = OctKey.import_key(b"x" * 32)
    rsa = RSAKey.generate_key(2048, {"kid": header["kid"]})

    def signed(changes: dict[str, Any], key: OctKey = ours, alg: str = "HS256") -> str:
        lead = encoded({**header, **changes})
        proof = jwt.encode({**header, "alg": alg}, claims, key, [alg]).split(".")[2]
        return f"{lead}.{body}.{proof}"

    def said(**changes: Any) -> str:
        return jwt.encode(header, {**claims, **changes}, ours, ["HS256"])

    without = {name: value for name, value in claims.items() if name != "exp"}
    return {
        "none": f"{encoded({**header, 'alg': 'none'})}.{body}.",
        "None": f"{encoded({**header, 'alg': 'None'})}.{body}.",
        "nOnE with signature": f"{encoded({**header, 'alg': 'nOnE'})}.{body}.{signature}",
        "no signature": f"{good.rsplit('.', 1)[0]}.",
        "two parts": good.rsplit(".", 1)[0],
        "four parts": f"{good}.{signature}",
        "stranger's key": jwt.encode(header, claims, stranger, ["HS256"]),
        "RS256 with our key id": jwt.encode({**header, "alg": "RS256"}, claims, rsa, ["RS256"]),
        "HS512": jwt.encode({**header, "alg": "HS512"}, claims, ours, ["HS512"]),
        "foreign key id": jwt.encode({**header, "kid": "00"}, claims, ours, ["HS256"]),
        "path as key id": jwt.encode({**header, "kid": "/dev/null"}, claims, ours, ["HS256"]),
        "no key id": jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, ours, ["HS256"]),
        "jku": signed({"jku": "https://evil.example/keys"}),
        "jwk": signed({"jwk": stranger.as_dict()}, stranger),
        "x5u": signed({"x5u": "https://evil.example/cert"}),
        "x5c": signed({"x5c": ["MIIB"]}),
        "crit": signed({"crit": ["exp"]}),
        "wrong typ": signed({"typ": "JWT"}),
        "changed claims": f"{good.split('.')[0]}.{encoded({**claims, 'sub': str(uuid4())})}"
        f".{signature}",
        "other issuer": said(iss="evil"),
        "expiry as text": said(exp=str(claims["exp"])),
        "expiry true": said(exp=True),
        "expiry missing": jwt.encode(header, without, ours, ["HS256"]),
        "issued tomorrow": said(iat=NOW + 86_400),
        "audience as list": said(aud=[claims["aud"]]),
        "subject no id": said(sub="admin"),
        "subject null": said(sub=None),
        "claims a list": f"{good.split('.')[0]}.{encoded([1])}.{signature}",
        "empty": "",
        "dots": "..",
        "not ascii": good.replace(".", ".한", 1),
        "NUL": good + "\x00",
        "huge": good + "A" * 1_000_000,
        "encrypted": ".".join(
            [encoded({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})] + ["A"] * 4
        ),
        "white space": f" {good}",
    }


@pytest.mark.parametrize("name", list(forgeries()))
def test_forged_token_is_refused(name: str) -> None:
    with pytest.raises(TokenInvalid):
        kind().read(forgeries()[name])


def test_forged_token_is_refused_quickly() -> None:
    tokens, forged = kind(), list(forgeries().values())
    begin = time.perf_counter()
    for token in forged:
        with pytest.raises(TokenInvalid):
            tokens.read(token)
    assert time.perf_counter() - begin < 0.2 * len(forged)
