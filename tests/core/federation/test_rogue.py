"""Answers that nobody may believe, each refused before a session opens; and providers that are
down, slow, huge or turn their keys."""

import asyncio
from typing import Any

import httpx2 as httpx
import pytest
from joserfc.jwk import RSAKey
from tests.core.federation.browsing import Person, asked, stopped
from tests.core.federation.rogue import (
    Claims,
    Rogue,
    by_own_key,
    by_public_key,
    by_strangers_key,
    unsigned,
)
from tests.core.federation.setting import set_up
from tests.core.identity.company import Company, found_company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.settings import Settings

CREATING = {"first_sign_in": "create"}
UNTRUSTED = "SIGN_IN_ANSWER_UNTRUSTED"
AWAY = "SIGN_IN_PROVIDER_AWAY"
TOLD: Claims = {"preferred_username": "hana", "name": "하나"}


async def answered(person: Person, rogue: Rogue, **query: str) -> httpx.Response:
    """Goes out to the rogue and comes back with what it says."""
    sent = asked(await person.leave())
    if not rogue.nonce:
        rogue.nonce = sent["nonce"]
    given = {"code": "a code", "state": sent["state"], **query}
    return await person.come_back(str(httpx.URL(sent["redirect_uri"], params=given)))


async def tried(admin: Person, person: Person, rogue: Rogue, **query: str) -> str:
    await set_up(admin, rogue.issuer, **CREATING)
    rogue.told = TOLD
    found = stopped(await answered(person, rogue, **query))
    assert (await person.username() is None) == bool(found)
    return found


class TestTokens:
    async def test_a_right_one_is_believed(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        assert await tried(admin, person, rogue) == ""
        assert await person.username() == "hana"

    @pytest.mark.parametrize("forged", ["none", "HS256", "jwk", "stranger"])
    async def test_forged_signatures(
        self, admin: Person, person: Person, rogue: Rogue, forged: str
    ) -> None:
        rogue.sign = {
            "none": unsigned,
            "HS256": by_public_key(rogue.key),
            "jwk": by_own_key,
            "stranger": by_strangers_key,
        }[forged]
        assert await tried(admin, person, rogue) == UNTRUSTED

    async def test_another_nonce(self, admin: Person, person: Person, rogue: Rogue) -> None:
        rogue.claims = {"nonce": "another"}
        assert await tried(admin, person, rogue) == UNTRUSTED

    async def test_userinfo_about_somebody_else(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        await set_up(admin, rogue.issuer, **CREATING)
        rogue.told = {**TOLD, "sub": "somebody else"}
        assert stopped(await answered(person, rogue)) == UNTRUSTED

    async def test_token_claims_outweigh_userinfo(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        rogue.claims = {"preferred_username": "signed"}
        assert await tried(admin, person, rogue) == ""
        assert await person.username() == "signed"


class TestAnswers:
    async def test_another_issuers_answer(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        assert await tried(admin, person, rogue, iss="https://elsewhere.test") == UNTRUSTED

    async def test_missing_issuer_where_it_was_promised(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        promise = {"authorization_response_iss_parameter_supported": True}
        rogue.document = lambda document: {**document, **promise}
        assert await tried(admin, person, rogue) == UNTRUSTED

    async def test_refusal(self, admin: Person, person: Person, rogue: Rogue) -> None:
        found = await tried(admin, person, rogue, error="access_denied")
        assert found == "SIGN_IN_PROVIDER_REFUSED"

    async def test_no_code(self, admin: Person, person: Person, rogue: Rogue) -> None:
        assert await tried(admin, person, rogue, code="") == UNTRUSTED

    async def test_another_state(self, admin: Person, person: Person, rogue: Rogue) -> None:
        found = await tried(admin, person, rogue, state="0" * 32)
        assert found == "SIGN_IN_BEGUN_ELSEWHERE"

    async def test_ten_at_once_open_one_session(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        await set_up(admin, rogue.issuer, **CREATING)
        rogue.told = TOLD
        sent = asked(await person.leave())
        rogue.nonce = sent["nonce"]
        back = str(httpx.URL(sent["redirect_uri"], params={"code": "c", "state": sent["state"]}))
        cookie = person.here.cookies.get("maru-main-begun")
        headers = {"cookie": f"maru-main-begun={cookie}"}
        path = httpx.URL(back).raw_path.decode()
        answers = await asyncio.gather(*(person.here.get(path, headers=headers) for _ in range(10)))
        assert sorted(map(stopped, answers)) == ["", *["SIGN_IN_BEGUN_ELSEWHERE"] * 9]


class TestIdentity:
    async def test_a_changed_address_is_still_the_same_person(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        rogue.told = {**TOLD, "email": "hana@one.test"}
        assert await tried(admin, person, rogue) == ""
        for email in ("alice@example.test", "other@two.test"):
            person.here.cookies.clear()
            rogue.nonce, rogue.told = "", {"email": email, "email_verified": True}
            assert stopped(await answered(person, rogue)) == ""
            assert await person.username() == "hana"

    async def test_somebody_who_got_a_free_name_is_not_who_had_it(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        await set_up(admin, rogue.issuer, match="username")
        rogue.told = {"preferred_username": "alice"}
        assert stopped(await answered(person, rogue)) == ""
        person.here.cookies.clear()
        rogue.nonce, rogue.claims = "", {"sub": "subject-2"}
        assert stopped(await answered(person, rogue)) == "SIGN_IN_LINKED_ELSEWHERE"
        assert await person.username() is None

    async def test_unverified_address_matches_nobody(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        await set_up(admin, rogue.issuer, match="email")
        for verified in (False, "true", 1, None):
            rogue.nonce = ""
            rogue.told = {"email": "alice@example.test", "email_verified": verified}
            assert stopped(await answered(person, rogue)) == "SIGN_IN_PERSON_UNKNOWN"

    async def test_another_tenants_provider_is_worth_nothing_here(
        self,
        admin: Person,
        person: Person,
        rogue: Rogue,
        house: House,
        settings: Settings,
        web: httpx.ASGITransport,
    ) -> None:
        """The other company's provider vouches for our alice, by its own sign-in and by ours."""
        await set_up(admin, rogue.issuer, match="username")
        theirs = await _another(settings, house)
        async with Person.sitting(web, theirs) as stranger:
            gone = await stranger.here.get("/login/oidc/corp")
            assert stopped(gone) == "SIGN_IN_PROVIDER_UNKNOWN"
            rogue.told = {"preferred_username": "alice"}
            sent = asked(await person.leave())
            rogue.nonce = sent["nonce"]
            cookie = person.here.cookies.get("maru-main-begun")
            stranger.here.cookies.set("maru-main-begun", cookie or "")
            given = {"code": "c", "state": sent["state"]}
            answer = await stranger.here.get("/login/oidc/corp/callback", params=given)
            assert stopped(answer) == "SIGN_IN_BEGUN_ELSEWHERE"
            assert await stranger.username() is None


class TestKeys:
    async def test_new_keys_are_asked_for_once(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        assert await tried(admin, person, rogue) == ""
        rogue.key = RSAKey.generate_key(2048, {"kid": "two"})
        person.here.cookies.clear()
        rogue.nonce = ""
        assert stopped(await answered(person, rogue)) == ""
        assert rogue.counted("/jwks") == 2

    async def test_forged_key_ids_make_nobody_knock(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        assert await tried(admin, person, rogue) == ""
        for number in range(6):
            person.here.cookies.clear()
            rogue.nonce, rogue.header = "", {"kid": f"unknown-{number}"}
            assert stopped(await answered(person, rogue)) == UNTRUSTED
        assert rogue.counted("/jwks") == 2
        rogue.nonce, rogue.header = "", {}
        assert stopped(await answered(person, rogue)) == ""

    async def test_what_may_not_sign(self, admin: Person, person: Person, rogue: Rogue) -> None:
        public = rogue.key.as_dict(private=False)
        rogue.published = [
            {**public, "use": "enc"},
            {**public, "n": str(public["n"])[:170]},
            {**public, "alg": "RS512"},
            rogue.key.as_dict(private=True),
            {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
            {"kty": "RSA"},
        ]
        assert await tried(admin, person, rogue) == UNTRUSTED


class TestDiscovery:
    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "https://elsewhere.test"},
            {"issuer": None},
            {"authorization_endpoint": "http://elsewhere.test/authorize"},
            {"token_endpoint": "file:///etc/passwd"},
            {"jwks_uri": None},
            {"response_types_supported": ["token"]},
            {"code_challenge_methods_supported": ["plain"]},
        ],
        ids=str,
    )
    async def test_descriptions_that_do_not_fit(
        self, admin: Person, person: Person, rogue: Rogue, change: Claims
    ) -> None:
        rogue.document = lambda document: {**document, **change}
        await set_up(admin, rogue.issuer)
        assert stopped(await person.here.get("/login/oidc/corp")) == AWAY
        found = await admin.api("POST", "/admin/sign-in-providers/corp/test")
        result = found.json()["data"]
        assert result["passed"] is False
        assert [one for one in result["findings"] if not one["good"]]

    @pytest.mark.parametrize("kind", ["huge", "redirect", "noise", "list", "private"])
    async def test_descriptions_that_are_none(
        self, admin: Person, person: Person, rogue: Rogue, kind: str
    ) -> None:
        answers: dict[str, Any] = {
            "huge": b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n" + b" " * 1_000_000,
            "redirect": b"HTTP/1.1 302 Found\r\nlocation: /jwks\r\ncontent-length: 0\r\n\r\n",
            "noise": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "list": ["no", "object"],
            "private": {},
        }
        rogue.document = lambda _: answers[kind]
        issuer = "http://10.0.0.1" if kind == "private" else rogue.issuer
        await set_up(admin, issuer)
        assert stopped(await person.here.get("/login/oidc/corp")) == AWAY
        assert rogue.counted("/jwks") == 0

    async def test_one_description_serves_many_sign_ins(
        self, admin: Person, person: Person, rogue: Rogue
    ) -> None:
        await set_up(admin, rogue.issuer)
        for _ in range(5):
            await person.leave()
        assert rogue.counted("/.well-known/openid-configuration") == 1


async def _another(settings: Settings, house: House) -> Company:
    made = await found_company(settings, house)
    async with committing(house.database.unit(Scope(made.id))) as unit:
        await house.rights.roles.grant(unit, "member", "person", made.alice)
    await house.tenants.load()
    return made
