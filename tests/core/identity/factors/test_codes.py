"""Codes of an app and codes on paper: each is good once, and trying them is slow."""

import asyncio
import xml.etree.ElementTree as ET

import pyotp
import pytest
import sqlalchemy as sa
from tests.core.identity.factors.conftest import Place
from tests.core.identity.test_sessions import login

from maru.audit.trail import NOBODY
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.factors import totp
from maru.identity.factors.errors import CodeWrong, FactorNeeded, FactorThere, TooManyCodes
from maru.identity.factors.guard import FREE
from maru.identity.factors.requirement import Requirement, coverage, require
from maru.identity.factors.step import SecondFactorRequired
from maru.identity.models import Person
from maru.identity.steps import Proved


async def set_up(place: Place) -> str:
    """An app that counts; its secret."""
    async with committing(place.unit()) as unit:
        secret = await place.factors.apps.begin(unit, place.alice)
    code = pyotp.TOTP(secret).at(place.process.clock())
    async with committing(place.unit()) as unit:
        await place.factors.apps.confirm(unit, place.alice, code)
        await place.factors.added(unit, place.alice, "totp", NOBODY)
    return secret


def code_of(place: Place, secret: str, *, later: float = 0) -> str:
    return pyotp.TOTP(secret).at(place.process.clock() + later)


async def prove(place: Place, code: str) -> str:
    return await place.factors.apps.prove(place.company.id, place.alice, code)


class TestApp:
    async def test_a_code_is_good_once(self, place: Place) -> None:
        secret = await set_up(place)
        with pytest.raises(CodeWrong):  # the one it was set up with
            await prove(place, code_of(place, secret))
        place.process.clock.ahead += totp.INTERVAL
        code = code_of(place, secret)
        assert await prove(place, code) == "totp"
        with pytest.raises(CodeWrong):
            await prove(place, code)

    async def test_of_many_at_once_one_gets_in(self, place: Place) -> None:
        secret = await set_up(place)
        place.process.clock.ahead += totp.INTERVAL
        code = code_of(place, secret)
        asked = [prove(place, code) for _ in range(FREE)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert found.count("totp") == 1
        assert all(isinstance(one, CodeWrong) for one in found if one != "totp")

    async def test_a_clock_may_be_half_a_minute_off_and_no_more(self, place: Place) -> None:
        secret = await set_up(place)
        place.process.clock.ahead += 10 * totp.INTERVAL
        for wrong in (-2 * totp.INTERVAL, 2 * totp.INTERVAL):
            with pytest.raises(CodeWrong):
                await prove(place, code_of(place, secret, later=wrong))
        assert await prove(place, code_of(place, secret, later=-totp.INTERVAL)) == "totp"
        assert await prove(place, code_of(place, secret, later=totp.INTERVAL)) == "totp"
        with pytest.raises(CodeWrong):  # older than one that was used
            await prove(place, code_of(place, secret))

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "\x00" * 6])
    async def test_nonsense_is_wrong(self, place: Place, code: str) -> None:
        await set_up(place)
        with pytest.raises(CodeWrong):
            await prove(place, code)

    async def test_one_that_waits_for_its_first_code_asks_nobody(self, place: Place) -> None:
        async with committing(place.unit()) as unit:
            secret = await place.factors.apps.begin(unit, place.alice)
        await login(place.process, place.company)
        with pytest.raises(CodeWrong):
            await prove(place, code_of(place, secret))

    async def test_a_second_app_takes_the_first_ones_removal(self, place: Place) -> None:
        await set_up(place)
        with pytest.raises(FactorThere):
            async with committing(place.unit()) as unit:
                await place.factors.apps.begin(unit, place.alice)
        async with committing(place.unit()) as unit:
            await place.factors.remove_app(unit, place.alice, NOBODY)
            assert not (await place.factors.held(unit, place.alice)).any

    async def test_the_secret_is_sealed(self, place: Place) -> None:
        secret = await set_up(place)
        async with place.unit() as unit:
            stored = await unit.db.scalar(sa.text("SELECT secret FROM maru.authenticator"))
        assert secret not in str(stored)

    def test_the_picture_is_whole(self) -> None:
        address = totp.address(totp.new_secret(), "김하늘", "한빛전자")
        assert address.startswith("otpauth://totp/")
        drawn = ET.fromstring(totp.picture(address))
        assert drawn.tag.endswith("svg")
        assert all("style" not in part.attrib for part in drawn.iter())


class TestOnPaper:
    async def test_each_is_good_once_however_it_is_typed(self, place: Place) -> None:
        await set_up(place)
        async with place.unit() as unit:
            first, second, *_ = await place.factors.sheets.shown(unit, place.alice)
        assert await prove(place, first.upper().replace("-", " ")) == "recovery"
        with pytest.raises(CodeWrong):
            await prove(place, first)
        assert await prove(place, second) == "recovery"
        async with place.unit() as unit:
            assert (await place.factors.held(unit, place.alice)).codes == 8

    async def test_they_are_seen_until_they_are_kept(self, place: Place) -> None:
        await set_up(place)
        async with committing(place.unit()) as unit:
            assert len(await place.factors.sheets.shown(unit, place.alice)) == 10
            await place.factors.sheets.kept(unit, place.alice)
            assert await place.factors.sheets.shown(unit, place.alice) == []

    async def test_new_ones_end_the_old_ones(self, place: Place) -> None:
        await set_up(place)
        async with committing(place.unit()) as unit:
            (old, *_) = await place.factors.sheets.shown(unit, place.alice)
            await place.factors.redraw(unit, place.alice, NOBODY)
        with pytest.raises(CodeWrong):
            await prove(place, old)

    async def test_another_persons_are_worth_nothing(self, place: Place) -> None:
        await set_up(place)
        async with place.unit() as unit:
            (code, *_) = await place.factors.sheets.shown(unit, place.alice)
        async with committing(place.unit()) as unit:
            bob = Person(username="bob", username_key="bob", name="밥")
            unit.db.add(bob)
        with pytest.raises(CodeWrong):
            await place.factors.apps.prove(place.company.id, bob.id, code)


class TestTrying:
    async def test_becomes_slow_and_ends_with_a_right_one(self, place: Place) -> None:
        secret = await set_up(place)
        place.process.clock.ahead += totp.INTERVAL
        for _ in range(FREE):
            with pytest.raises(CodeWrong):
                await prove(place, "000000")
        with pytest.raises(TooManyCodes) as refused:
            await prove(place, code_of(place, secret))
        assert 0 < refused.value.after <= 30
        place.process.clock.ahead += 31
        assert await prove(place, code_of(place, secret)) == "totp"
        with pytest.raises(CodeWrong):  # and five are free again
            await prove(place, "000000")

    async def test_no_more_are_looked_at_than_are_free_however_many_come_at_once(
        self, place: Place
    ) -> None:
        await set_up(place)
        asked = [prove(place, f"{number:06}") for number in range(4 * FREE)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(one, CodeWrong) for one in found) == FREE
        assert sum(isinstance(one, TooManyCodes) for one in found) == 3 * FREE


class TestStep:
    async def test_a_password_is_not_enough(self, place: Place) -> None:
        secret = await set_up(place)
        with pytest.raises(SecondFactorRequired) as stopped:
            await login(place.process, place.company)
        place.process.clock.ahead += totp.INTERVAL
        sessions = place.process.sessions
        proved = await sessions.resume(place.company.id, stopped.value.ticket, "second_factor")
        await prove(place, code_of(place, secret))
        tokens = await sessions.enter_client(proved.past("second_factor"))
        assert tokens.caller.person_id == place.alice

    @pytest.mark.parametrize(
        ("method", "asked"), [("ldap:main", True), ("passkey", False), ("oidc:main", False)]
    )
    async def test_which_ways_in_are_asked(self, place: Place, method: str, asked: bool) -> None:
        await set_up(place)
        proved = Proved(place.company.id, place.alice, method)
        if asked:
            with pytest.raises(SecondFactorRequired):
                await place.process.sessions.enter_client(proved)
        else:
            await place.process.sessions.enter_client(proved)

    async def test_the_tenant_may_ask_everyone_or_some_roles(self, place: Place) -> None:
        async with committing(place.unit()) as unit:
            await require(unit, Requirement(who="roles", roles=["admin"]))
        await login(place.process, place.company)
        async with committing(place.unit()) as unit:
            await place.process.roles.grant(unit, "admin", "person", place.alice)
        with pytest.raises(SecondFactorRequired):
            await login(place.process, place.company)
        async with committing(place.unit()) as unit:
            await place.process.roles.revoke(unit, "admin", "person", place.alice)
            await require(unit, Requirement(who="everyone"))
        with pytest.raises(SecondFactorRequired):
            await login(place.process, place.company)

    async def test_the_last_one_of_who_must_have_one_stays(self, place: Place) -> None:
        await set_up(place)
        async with committing(place.unit()) as unit:
            await require(unit, Requirement(who="everyone"))
        with pytest.raises(FactorNeeded):
            async with committing(place.unit()) as unit:
                await place.factors.remove_app(unit, place.alice, NOBODY)
        async with place.unit() as unit:
            assert (await place.factors.held(unit, place.alice)).app
        async with committing(place.unit()) as unit:
            await place.factors.reset(unit, place.alice, NOBODY)
            assert not (await place.factors.held(unit, place.alice)).any

    async def test_how_far_a_tenant_is(self, place: Place) -> None:
        async with place.unit() as unit:
            before = await coverage(unit)
        await set_up(place)
        async with place.unit() as unit:
            after = await coverage(unit)
        assert (before.people, before.covered) == (1, 0)
        assert (after.people, after.covered) == (1, 1)

    async def test_another_tenant_has_none_of_it(self, place: Place) -> None:
        await set_up(place)
        async with place.process.database.unit(Scope(place.company.top)) as unit:
            assert not await place.factors.has(unit, place.alice)
