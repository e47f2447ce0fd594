"""Passkeys, with a device in software; a real browser's stands in the journeys."""

import json
from uuid import UUID, uuid4

import pytest
from tests.core.identity.factors.conftest import SITE, Place
from tests.core.identity.factors.device import Device
from tests.core.identity.test_sessions import login

from maru.audit.trail import NOBODY
from maru.db.unit import committing
from maru.identity.factors.challenges import LIFE
from maru.identity.factors.errors import FactorNotFound, PasskeyRefused
from maru.identity.factors.passkeys import LONGEST, Site
from maru.identity.factors.ring import Answer, Question
from maru.identity.factors.step import SecondFactorRequired

HERE = "this browser"


async def question(place: Place) -> Question:
    """What is asked of a device that is to make a passkey."""
    who = (place.alice, "alice", "김하늘")
    async with committing(place.unit()) as unit:
        return await place.factors.ring.begin(unit, SITE, HERE, "한빛전자", who)


async def added(
    place: Place, asked: Question, answer: str, browser: str = HERE, person: UUID | None = None
) -> UUID:
    async with committing(place.unit()) as unit:
        who = person or place.alice
        made = await place.factors.ring.add(
            unit, SITE, browser, who, Answer(asked.token, answer), "노트북"
        )
        await place.factors.added(unit, who, "passkey", NOBODY)
        return made


async def with_passkey(place: Place) -> Device:
    device = Device(SITE.origin)
    asked = await question(place)
    await added(place, asked, device.make(asked.options))
    return device


async def ask(place: Place, person: UUID | None = None) -> Question:
    async with committing(place.unit()) as unit:
        return await place.factors.ring.ask(unit, SITE, HERE, person)


async def prove(
    place: Place, asked: Question, answer: str, browser: str = HERE, person: UUID | None = None
) -> UUID:
    ring = place.factors.ring
    return await ring.prove(place.company.id, SITE, browser, Answer(asked.token, answer), person)


class TestMaking:
    async def test_is_kept_and_asked_for(self, place: Place) -> None:
        device = await with_passkey(place)
        async with place.unit() as unit:
            held = await place.factors.held(unit, place.alice)
        (kept,) = held.passkeys
        assert (kept.name, kept.transports, held.codes) == ("노트북", ["internal"], 10)
        with pytest.raises(SecondFactorRequired):
            await login(place.process, place.company)
        asked = await ask(place, place.alice)
        (allowed,) = asked.options["allowCredentials"]
        assert (
            await prove(place, asked, device.prove(asked.options), person=place.alice)
            == place.alice
        )
        assert allowed["id"] == kept.credential_id

    async def test_an_answer_is_good_once(self, place: Place) -> None:
        asked = await question(place)
        answer = Device(SITE.origin).make(asked.options)
        await added(place, asked, answer)
        with pytest.raises(PasskeyRefused):
            await added(place, asked, answer)

    async def test_of_another_origin_browser_person_or_time_is_refused(self, place: Place) -> None:
        asked = await question(place)
        with pytest.raises(PasskeyRefused):
            await added(place, asked, Device("https://evil.example.test").make(asked.options))
        good = Device(SITE.origin).make(asked.options)
        with pytest.raises(PasskeyRefused):
            await added(place, asked, good, browser="another")
        with pytest.raises(PasskeyRefused):
            await added(place, asked, good, person=place.company.top)
        place.process.clock.ahead += LIFE + 1
        with pytest.raises(PasskeyRefused):
            await added(place, asked, good)

    async def test_a_device_that_does_not_check_its_owner_is_refused(self, place: Place) -> None:
        asked = await question(place)
        with pytest.raises(PasskeyRefused):
            await added(place, asked, Device(SITE.origin, verifies=False).make(asked.options))

    @pytest.mark.parametrize(
        "answer",
        ["", "null", "[]", "{}", "x" * (LONGEST + 1), '{"id": 1}', '{"id": "a", "rawId": "a"}'],
    )
    async def test_nonsense_is_refused(self, place: Place, answer: str) -> None:
        with pytest.raises(PasskeyRefused):
            await added(place, await question(place), answer)
        await with_passkey(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, await ask(place), answer)


class TestProving:
    async def test_without_a_name_the_passkey_says_who(self, place: Place) -> None:
        device = await with_passkey(place)
        asked = await ask(place)
        assert asked.options["allowCredentials"] == []
        assert await prove(place, asked, device.prove(asked.options)) == place.alice

    async def test_an_answer_is_good_once_even_where_it_was_refused(self, place: Place) -> None:
        device = await with_passkey(place)
        asked = await ask(place)
        answer = device.prove(asked.options)
        await prove(place, asked, answer)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, answer)
        asked = await ask(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, "{}")
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove(asked.options))

    async def test_on_another_site_or_in_another_browser_is_refused(self, place: Place) -> None:
        device = await with_passkey(place)
        asked = await ask(place)
        device.origin = "https://evil.example.test"
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove(asked.options))
        device.origin, asked = SITE.origin, await ask(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove({**asked.options, "rpId": "evil.example.test"}))
        asked = await ask(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove(asked.options), browser="another")

    async def test_a_copied_key_is_noticed(self, place: Place) -> None:
        device = await with_passkey(place)
        for _ in range(2):
            asked = await ask(place)
            await prove(place, asked, device.prove(asked.options))
        device.count = 0
        asked = await ask(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove(asked.options))

    async def test_a_forged_signature_and_a_strangers_key_are_refused(self, place: Place) -> None:
        device = await with_passkey(place)
        asked = await ask(place)
        forged = json.loads(device.prove(asked.options))
        forged["response"]["signature"] = "AAAA"
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, json.dumps(forged))
        asked, stranger = await ask(place), Device(SITE.origin)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, stranger.prove(asked.options))
        asked, stranger.id = await ask(place), device.id
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, stranger.prove(asked.options))

    async def test_one_that_was_removed_opens_nothing(self, place: Place) -> None:
        device = await with_passkey(place)
        async with committing(place.unit()) as unit:
            (kept,) = await place.factors.ring.of(unit, place.alice)
            await place.factors.remove_passkey(unit, place.alice, kept.id, NOBODY)
        asked = await ask(place)
        with pytest.raises(PasskeyRefused):
            await prove(place, asked, device.prove(asked.options))
        with pytest.raises(FactorNotFound):
            async with committing(place.unit()) as unit:
                await place.factors.remove_passkey(unit, place.alice, uuid4(), NOBODY)


def test_a_site_is_known_by_its_host() -> None:
    assert Site("http://hanbit.localhost:8400").host == "hanbit.localhost"
