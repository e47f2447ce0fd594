"""ID tokens that may be believed, and all the others."""

import time

import pytest
from tests.core.federation.rogue import (
    Claims,
    Rogue,
    by_own_key,
    by_public_key,
    by_strangers_key,
    raw,
    unsigned,
)
from tests.core.outside.others import Machine, says

from maru.federation.errors import AnswerUntrusted
from maru.federation.oidc.id_token import Expected, header_of, verified

_KEPT = Rogue(Machine(says(b"")))


@pytest.fixture
def rogue() -> Rogue:
    """A signer that nobody asks; its key is made once."""
    return Rogue(_KEPT.machine, key=_KEPT.key, nonce="right")


def believed(rogue: Rogue) -> bool:
    token = rogue.id_token()
    expected = Expected(rogue.issuer, "maru", "right", "an access token", time.time())
    try:
        algorithm, kid = header_of(token, ["RS256"])
        if kid not in (None, rogue.key.kid):
            return False
        verified(token, rogue.key, algorithm, expected)
    except AnswerUntrusted:
        return False
    return True


class TestTokens:
    def test_a_right_one(self, rogue: Rogue) -> None:
        assert believed(rogue)

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"iss": "https://elsewhere.test"},
            {"aud": "another"},
            {"aud": None},
            {"aud": ["maru", "another"]},
            {"aud": ["maru", "another"], "azp": "another"},
            {"azp": "another"},
            {"sub": None},
            {"sub": ""},
            {"sub": 17},
            {"sub": "x" * 256},
            {"sub": "a\nb"},
            {"exp": None},
            {"exp": -200},
            {"exp": "soon"},
            {"exp": True},
            {"iat": None},
            {"iat": 300},
            {"nbf": 300},
            {"at_hash": "of another token"},
        ],
        ids=str,
    )
    def test_wrong_claims(self, rogue: Rogue, claims: Claims) -> None:
        rogue.claims = claims
        assert not believed(rogue)

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": -60},
            {"iat": 100, "nbf": 100},
            {"aud": ["maru"]},
            {"aud": ["maru", "another"], "azp": "maru"},
        ],
        ids=str,
    )
    def test_clocks_may_differ_by_two_minutes(self, rogue: Rogue, claims: Claims) -> None:
        rogue.claims = claims
        assert believed(rogue)

    @pytest.mark.parametrize("forged", ["none", "HS256", "jwk", "stranger", "noise", "jwe"])
    def test_forged_signatures(self, rogue: Rogue, forged: str) -> None:
        rogue.sign = {
            "none": unsigned,
            "HS256": by_public_key(rogue.key),
            "jwk": by_own_key,
            "stranger": by_strangers_key,
            "noise": lambda header, claims: "é.é.é",
            "jwe": lambda header, claims: "a.b.c.d.e",
        }[forged]
        assert not believed(rogue)

    @pytest.mark.parametrize(
        "header",
        [
            {"jwk": {"kty": "oct", "k": "AA"}},
            {"jku": "http://127.0.0.1/keys"},
            {"x5u": "http://127.0.0.1/chain"},
            {"alg": "PS256"},
            {"kid": "../../etc/passwd"},
        ],
        ids=str,
    )
    def test_headers_that_lead_elsewhere(self, rogue: Rogue, header: Claims) -> None:
        rogue.sign = lambda _, claims: raw(
            rogue.key, {"alg": "RS256", "kid": rogue.key.kid, **header}, claims
        )
        assert not believed(rogue)

    def test_unknown_crit(self, rogue: Rogue) -> None:
        def sign(header: Claims, claims: Claims) -> str:
            return raw(rogue.key, {**header, "crit": ["odd"], "odd": 1}, claims)

        rogue.sign = sign
        assert not believed(rogue)
