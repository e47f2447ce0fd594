"""Signing keys are replaced under way: nobody is signed out, every process follows."""

from contextlib import suppress

import pytest
import sqlalchemy as sa
from tests.core.identity.company import (
    SECRET,
    Company,
    Process,
    eventually,
    running,
)
from tests.core.identity.test_sessions import HERE, login
from tests.core.identity.test_tokens import header_of
from tests.engines import Engines, copy_of, settings_for

from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.signing import AHEAD, VERIFIES
from maru.settings import Settings

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.fixture
async def no_keys(process: Process, other: Process) -> None:
    """The installation as it begins."""
    async with committing(process.database.unit(NOBODY)) as unit:
        await (await unit.session()).execute(sa.text("DELETE FROM maru.signing_key"))
    for each in (process, other):
        each.clock.ahead = 0.0
        await each.sessions.signing.load()


def kid(token: str) -> str:
    return str(header_of(token)["kid"])


async def knows(process: Process, keys: int) -> None:
    async def check() -> bool:
        return len(process.sessions.signing.ring.all) == keys

    await eventually(check)


class TestRotation:
    async def test_a_new_key_signs_once_all_know_it_and_the_old_one_verifies(
        self, process: Process, other: Process, company: Company
    ) -> None:
        before = await login(process, company)
        await process.sessions.signing.rotate()
        still = await login(process, company)
        assert kid(still.access_token) == kid(before.access_token)
        await knows(other, 2)
        for each in (process, other):
            each.clock.ahead = AHEAD.total_seconds() + 1
        after = await login(other, company)
        assert kid(after.access_token) != kid(before.access_token)
        for each in (process, other):
            for tokens in (before, still, after):
                assert each.sessions.verify(tokens.access_token).person_id == company.alice

    async def test_cookies_move_to_the_new_key(self, process: Process, company: Company) -> None:
        first = await process.sessions.login_browser(company.id, "alice", "correct horse battery")
        await process.sessions.signing.rotate()
        process.clock.ahead = 1_000
        caller, renewed = await process.sessions.from_cookie(first.cookie)
        assert renewed is not None
        assert kid(renewed) != kid(first.cookie)
        assert (await process.sessions.from_cookie(renewed))[0].person_id == caller.person_id

    async def test_an_old_key_retires_after_the_longest_life(
        self, process: Process, company: Company
    ) -> None:
        first = await process.sessions.login_browser(company.id, "alice", "correct horse battery")
        await process.sessions.signing.rotate()
        process.clock.ahead = VERIFIES.total_seconds() + 60
        with pytest.raises((TokenInvalid, TokenExpired)):
            await process.sessions.from_cookie(first.cookie)

    async def test_at_once_makes_what_was_signed_worthless_everywhere(
        self, process: Process, other: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        other.sessions.verify(tokens.access_token)
        await process.sessions.signing.rotate(at_once=True)
        with pytest.raises(TokenInvalid):
            process.sessions.verify(tokens.access_token)

        async def obeys() -> bool:
            with suppress(TokenInvalid):
                other.sessions.verify(tokens.access_token)
                return False
            return True

        await eventually(obeys)
        fresh = await process.sessions.refresh(company.id, tokens.refresh_token, HERE)
        assert process.sessions.verify(fresh.access_token).person_id == company.alice

    async def test_a_process_that_starts_later_knows_all(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        await process.sessions.signing.rotate()
        process.clock.ahead = AHEAD.total_seconds() + 2
        tokens = await login(process, company)
        async with running(settings) as later:
            assert later.sessions.verify(tokens.access_token).person_id == company.alice

    async def test_keys_are_kept_sealed(self, process: Process) -> None:
        await process.sessions.signing.rotate()
        async with process.database.unit(NOBODY, readonly=True) as unit:
            kept = await unit.db.execute(sa.text("SELECT private_key FROM maru.signing_key"))
            for (sealed,) in kept:
                assert SECRET.decode() not in sealed
                assert sealed == "" or len(sealed) == 80

    async def test_the_schedule_makes_one_when_the_last_is_old(
        self, process: Process, other: Process
    ) -> None:
        signing = process.sessions.signing
        assert not await signing.rotate_if_older(90)
        assert not await signing.rotate_if_older(90)
        process.clock.ahead = other.clock.ahead = 91 * 86_400
        made = [await each.sessions.signing.rotate_if_older(90) for each in (process, other)]
        assert made == [True, False]
        process.clock.ahead = 200 * 86_400
        assert await signing.rotate_if_older(90)
        assert len(await signing.list()) == 3


class TestAnotherSecret:
    async def test_starts_anew(self, engines: Engines, template: str) -> None:
        async with copy_of(engines, template) as name:
            async with running(settings_for(engines, name)) as before:
                await before.sessions.signing.rotate(at_once=True)
            async with running(
                settings_for(engines, name), b"quite another secret than before!!"
            ) as after:
                assert len(after.sessions.signing.ring.all) == 1
