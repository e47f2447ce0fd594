"""Signing in, refreshing, signing out, on a real database and seen by two processes."""

import asyncio
from typing import Any
from uuid import UUID

import bcrypt
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from tests.core.identity.company import (
    PASSWORD,
    Company,
    Process,
    eventually,
    found_company,
    running,
)

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.errors import (
    InvalidCredentials,
    TenantMismatch,
    TokenExpired,
    TokenInvalid,
    TokenReused,
    TooManyAttempts,
    WeakPassword,
)
from maru.identity.refresh import RefreshSecret
from maru.identity.sessions import Tokens
from maru.identity.sign_in import Origin
from maru.settings import Settings
from maru_sdk import Temporary

HERE = Origin("192.0.2.1", "Test/1.0")


async def login(process: Process, company: Company, origin: Origin = HERE) -> Tokens:
    return await process.sessions.login(company.id, "alice", PASSWORD, origin)


async def rows(process: Process, company: Company, sql: str, **args: Any) -> list[Any]:
    async with process.database.unit(Scope(company.id)) as unit:
        found = await (await unit.session()).execute(sa.text(sql), args)
        return list(found.all())


async def audited(process: Process, company: Company) -> list[tuple[str, str]]:
    sql = "SELECT action, target FROM maru.audit ORDER BY created_at, id"
    return [tuple(row) for row in await rows(process, company, sql)]


class TestLogin:
    async def test_gives_tokens_for_the_person(self, process: Process, company: Company) -> None:
        tokens = await login(process, company)
        caller = process.sessions.verify(tokens.access_token)
        assert (caller.tenant_id, caller.person_id) == (company.id, company.alice)
        assert tokens.expires_in == 900
        assert ("auth.login", f"person:{company.alice}") in await audited(process, company)

    @pytest.mark.parametrize("name", ["alice", "ALICE", " Alice ", "ａｌｉｃｅ"])
    async def test_user_names_are_folded(
        self, process: Process, company: Company, name: str
    ) -> None:
        await process.sessions.login(company.id, name, PASSWORD, HERE)

    async def test_unknown_and_wrong_cost_and_say_the_same(
        self, process: Process, company: Company
    ) -> None:
        said, costs = set(), []
        for name in ("alice", "nobody"):
            before = process.sessions.passwords.checks
            with pytest.raises(InvalidCredentials) as refused:
                await process.sessions.login(company.id, name, "wrong", HERE)
            said.add((str(refused.value), refused.value.code))
            costs.append(process.sessions.passwords.checks - before)
        assert len(said) == 1
        assert costs == [1, 1]

    async def test_inactive_person_costs_and_says_the_same(
        self, process: Process, company: Company
    ) -> None:
        await change_person(process, company, "state = 'inactive'")
        before = process.sessions.passwords.checks
        with pytest.raises(InvalidCredentials):
            await login(process, company)
        assert process.sessions.passwords.checks == before + 1

    async def test_failure_is_audited_without_the_unknown_name(
        self, process: Process, company: Company
    ) -> None:
        for name in ("alice", "hunter2-typed-into-the-wrong-field"):
            with pytest.raises(InvalidCredentials):
                await process.sessions.login(company.id, name, "wrong", HERE)
        lines = await audited(process, company)
        assert lines[0] == ("auth.login_failed", f"person:{company.alice}")
        assert lines[1][0] == "auth.login_failed"
        assert "hunter2" not in lines[1][1]

    async def test_same_name_in_another_tenant_is_another_person(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        twin = await found_company(settings, process)
        first, second = await login(process, company), await login(process, twin)
        assert first.caller.person_id != second.caller.person_id

    @pytest.mark.parametrize("name", ["", "\x00", "'; --", "a" * 10_000, "\ud800"])
    async def test_odd_names_are_wrong_names(
        self, process: Process, company: Company, name: str
    ) -> None:
        with pytest.raises(InvalidCredentials):
            await process.sessions.login(company.id, name, "wrong", HERE)

    async def test_outdated_hash_is_made_anew(self, process: Process, company: Company) -> None:
        weak = PasswordHasher(1, 1_024, 1).hash(PASSWORD.encode())
        await change_person(process, company, "password_hash = :hash", hash=weak)
        await login(process, company)
        ((stored,),) = await rows(process, company, "SELECT password_hash FROM maru.person")
        assert stored != weak
        await login(process, company)

    async def test_hash_of_bcrypt_is_taken_over(self, process: Process, company: Company) -> None:
        old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        await change_person(process, company, "password_hash = :hash", hash=old)
        with pytest.raises(InvalidCredentials):
            await process.sessions.login(company.id, "alice", "wrong", HERE)
        await login(process, company)
        ((stored,),) = await rows(process, company, "SELECT password_hash FROM maru.person")
        assert stored.startswith("$argon2id$")
        await login(process, company)


async def change_person(process: Process, company: Company, change: str, **args: Any) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        await (await unit.session()).execute(sa.text(f"UPDATE maru.person SET {change}"), args)


class TestThrottle:
    async def test_guessing_is_slowed_down_here_and_not_elsewhere(
        self, process: Process, company: Company
    ) -> None:
        await guess(process, company, HERE, 5)
        before = process.sessions.passwords.checks
        with pytest.raises(TooManyAttempts) as refused:
            await login(process, company)
        assert 1 <= refused.value.after <= 30
        assert process.sessions.passwords.checks == before
        await login(process, company, Origin("198.51.100.7"))

    async def test_another_process_knows(
        self, process: Process, other: Process, company: Company
    ) -> None:
        await guess(process, company, HERE, 5)
        with pytest.raises(TooManyAttempts):
            await login(other, company)

    async def test_unknown_names_are_slowed_down_alike(
        self, process: Process, company: Company
    ) -> None:
        await guess(process, company, HERE, 5, "nobody")
        with pytest.raises(TooManyAttempts):
            await process.sessions.login(company.id, "nobody", "x", HERE)

    async def test_waiting_helps_and_success_forgives(
        self, process: Process, company: Company
    ) -> None:
        await guess(process, company, HERE, 5)
        process.clock.ahead = 31
        await login(process, company)
        await guess(process, company, HERE, 4)
        await login(process, company)

    async def test_a_fault_of_ours_is_nobodys_attempt(
        self, process: Process, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def busy(*_: object) -> None:
            raise Temporary

        with monkeypatch.context() as patch:
            patch.setattr(process.sessions.passwords, "verify", busy)
            for _ in range(9):
                with pytest.raises(Temporary):
                    await login(process, company)
        await login(process, company)

    async def test_a_burst_is_counted_while_it_is_under_way(
        self, process: Process, company: Company
    ) -> None:
        before = process.sessions.passwords.checks
        tries = (process.sessions.login(company.id, "alice", "x", HERE) for _ in range(40))
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert process.sessions.passwords.checks - before == 5
        assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == 35


class TestManyAddresses:
    """Somebody guesses at one account from everywhere."""

    @staticmethod
    async def guess_everywhere(process: Process, company: Company, times: int) -> int:
        before = process.sessions.passwords.checks
        for number in range(times):
            there = Origin(f"198.51.100.{number}")
            with pytest.raises((InvalidCredentials, TooManyAttempts)):
                await process.sessions.login(company.id, "alice", "wrong", there)
        return process.sessions.passwords.checks - before

    async def test_they_are_slowed_down_together(
        self, process: Process, other: Process, company: Company
    ) -> None:
        assert await self.guess_everywhere(process, company, 30) == 20
        assert await self.guess_everywhere(other, company, 3) == 0
        process.clock.ahead = 3_700
        assert await self.guess_everywhere(process, company, 1) == 1

    async def test_a_known_address_gets_in(self, process: Process, company: Company) -> None:
        await login(process, company)
        await self.guess_everywhere(process, company, 30)
        with pytest.raises(TooManyAttempts):
            await login(process, company, Origin("203.0.113.9"))
        await login(process, company)

    async def test_a_known_browser_gets_in_from_anywhere(
        self, process: Process, company: Company
    ) -> None:
        browser = await process.sessions.login_browser(company.id, "alice", PASSWORD, HERE)
        await self.guess_everywhere(process, company, 30)
        away = Origin("203.0.113.9", device=browser.device)
        await process.sessions.login_browser(company.id, "alice", PASSWORD, away)
        for device in ("rubbish", browser.cookie):
            with pytest.raises(TooManyAttempts):
                await login(process, company, Origin("203.0.113.10", device=device))

    async def test_a_burst_from_everywhere(self, process: Process, company: Company) -> None:
        before = process.sessions.passwords.checks
        tries = (
            process.sessions.login(company.id, "alice", "x", Origin(f"198.51.100.{number}"))
            for number in range(60)
        )
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert process.sessions.passwords.checks - before <= 20
        assert sum(isinstance(answer, TooManyAttempts) for answer in answers) >= 40


async def guess(
    process: Process, company: Company, origin: Origin, times: int, name: str = "alice"
) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await process.sessions.login(company.id, name, "wrong", origin)


class TestRefresh:
    async def test_gives_a_new_pair(self, process: Process, company: Company) -> None:
        first = await login(process, company)
        second = await process.sessions.refresh(company.id, first.refresh_token)
        assert second.refresh_token != first.refresh_token
        assert process.sessions.verify(second.access_token).person_id == company.alice

    async def test_presented_once_more_gives_the_same_child(
        self, process: Process, other: Process, company: Company
    ) -> None:
        first = await login(process, company)
        second = await process.sessions.refresh(company.id, first.refresh_token)
        again = await other.sessions.refresh(company.id, first.refresh_token)
        assert again.refresh_token == second.refresh_token

    async def test_fifty_at_once_give_one_child(
        self, process: Process, other: Process, company: Company
    ) -> None:
        first = await login(process, company)
        answers = await asyncio.gather(
            *(
                (process, other)[turn % 2].sessions.refresh(company.id, first.refresh_token)
                for turn in range(50)
            )
        )
        (child,) = {answer.refresh_token for answer in answers}
        await process.sessions.refresh(company.id, child)

    async def test_reused_later_ends_the_family_and_no_other(
        self, process: Process, other: Process, company: Company
    ) -> None:
        stays = await login(process, company)
        first = await login(process, company)
        second = await process.sessions.refresh(company.id, first.refresh_token)
        process.clock.ahead = 11
        with pytest.raises(TokenReused):
            await process.sessions.refresh(company.id, first.refresh_token)
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, second.refresh_token)
        with pytest.raises(TokenInvalid):
            process.sessions.verify(second.access_token)
        await process.sessions.refresh(company.id, stays.refresh_token)
        await eventually(lambda: refused(other, second.access_token))
        other.sessions.verify(stays.access_token)

    async def test_reuse_is_audited_though_it_is_refused(
        self, process: Process, company: Company
    ) -> None:
        first = await login(process, company)
        await process.sessions.refresh(company.id, first.refresh_token)
        process.clock.ahead = 11
        for _ in range(2):
            with pytest.raises(TokenReused):
                await process.sessions.refresh(company.id, first.refresh_token)
        lines = [action for action, _ in await audited(process, company)]
        assert lines.count("auth.token_reused") == 1

    async def test_reused_after_its_child_was_used_ends_the_family_at_once(
        self, process: Process, company: Company
    ) -> None:
        first = await login(process, company)
        second = await process.sessions.refresh(company.id, first.refresh_token)
        third = await process.sessions.refresh(company.id, second.refresh_token)
        with pytest.raises(TokenReused):
            await process.sessions.refresh(company.id, first.refresh_token)
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, third.refresh_token)

    async def test_of_another_tenant_is_a_mismatch(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        twin = await found_company(settings, process)
        tokens = await login(process, twin)
        with pytest.raises(TenantMismatch):
            await process.sessions.refresh(company.id, tokens.refresh_token)
        await process.sessions.refresh(twin.id, tokens.refresh_token)

    async def test_renamed_for_another_tenant_is_invalid(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        twin = await found_company(settings, process)
        stolen = RefreshSecret.parse((await login(process, twin)).refresh_token)
        renamed = RefreshSecret(company.id, stolen.session_id, stolen.secret)
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, str(renamed))

    async def test_forged_secret_is_invalid_and_ends_nothing(
        self, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        forged = RefreshSecret.new(company.id, tokens.caller.session_id)
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, str(forged))
        await process.sessions.refresh(company.id, tokens.refresh_token)

    @pytest.mark.parametrize("token", ["", "x", "maru_rt_", "maru_rt_AAAA", "maru_rt_é", "\x00"])
    async def test_rubbish_is_invalid(self, process: Process, company: Company, token: str) -> None:
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, token)

    async def test_expires_after_a_week(self, process: Process, company: Company) -> None:
        tokens = await login(process, company)
        process.clock.ahead = 7 * 86_400 + 1
        with pytest.raises(TokenExpired):
            await process.sessions.refresh(company.id, tokens.refresh_token)

    async def test_family_ends_after_thirty_days_however_often_refreshed(
        self, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        for day in range(6, 30, 6):
            process.clock.ahead = day * 86_400
            tokens = await process.sessions.refresh(company.id, tokens.refresh_token)
        process.clock.ahead = 30 * 86_400 + 1
        with pytest.raises(TokenExpired):
            await process.sessions.refresh(company.id, tokens.refresh_token)

    async def test_of_somebody_who_left_is_invalid(
        self, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        await change_person(process, company, "state = 'inactive'")
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, tokens.refresh_token)

    async def test_secrets_are_not_stored(self, process: Process, company: Company) -> None:
        tokens = await login(process, company)
        child = await process.sessions.refresh(company.id, tokens.refresh_token)
        stored = str(await rows(process, company, "SELECT t::text FROM maru.refresh_token t"))
        for token in (tokens.refresh_token, child.refresh_token):
            assert RefreshSecret.parse(token).secret.hex() not in stored
            assert token not in stored


async def refused(process: Process, token: str) -> bool:
    try:
        process.sessions.verify(token)
    except TokenInvalid:
        return True
    return False


class TestEnding:
    async def test_logout_ends_the_session_everywhere(
        self, process: Process, other: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        other.sessions.verify(tokens.access_token)
        await process.sessions.logout(company.id, tokens.refresh_token, HERE)
        assert await refused(process, tokens.access_token)
        await eventually(lambda: refused(other, tokens.access_token))
        with pytest.raises(TokenInvalid):
            await process.sessions.refresh(company.id, tokens.refresh_token)
        assert ("auth.logout", f"person:{company.alice}") in await audited(process, company)

    async def test_logout_again_changes_nothing(self, process: Process, company: Company) -> None:
        tokens = await login(process, company)
        for _ in range(2):
            await process.sessions.logout(company.id, tokens.refresh_token)
        lines = [action for action, _ in await audited(process, company)]
        assert lines.count("auth.logout") == 1

    async def test_a_process_that_starts_later_knows(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        await process.sessions.logout(company.id, tokens.refresh_token)
        async with running(settings) as later:
            assert await refused(later, tokens.access_token)

    async def test_access_token_expires(self, process: Process, company: Company) -> None:
        tokens = await login(process, company)
        process.clock.ahead = 901
        with pytest.raises(TokenExpired):
            process.sessions.verify(tokens.access_token)

    async def test_new_password_ends_the_other_sessions(
        self, process: Process, company: Company
    ) -> None:
        mine, elsewhere = await login(process, company), await login(process, company)
        new = "another fine sentence"
        await process.changes.change(mine.caller, PASSWORD, new, HERE)
        assert not await refused(process, mine.access_token)
        assert await refused(process, elsewhere.access_token)
        await process.sessions.login(company.id, "alice", new, HERE)
        with pytest.raises(InvalidCredentials):
            await login(process, company)

    async def test_new_password_needs_the_old_one_and_strength(
        self, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        with pytest.raises(InvalidCredentials):
            await process.changes.change(tokens.caller, "wrong", "long enough now", HERE)
        with pytest.raises(WeakPassword):
            await process.changes.change(tokens.caller, PASSWORD, "password", HERE)

    async def test_old_sessions_are_forgotten_with_their_tokens(
        self, process: Process, company: Company
    ) -> None:
        await login(process, company)
        ended = await login(process, company)
        await process.sessions.logout(company.id, ended.refresh_token)
        left = []
        for days in (29, 31, 61):
            process.clock.ahead = days * 86_400
            async with committing(process.database.unit(Scope(company.id))) as unit:
                await process.sessions.forget_old(unit)
            sql = "SELECT (SELECT count(*) FROM maru.session) + count(*) FROM maru.refresh_token"
            left += [count for (count,) in await rows(process, company, sql)]
        assert left == [4, 2, 0]


class TestBrowser:
    async def cookie(self, process: Process, company: Company) -> tuple[str, UUID]:
        browser = await process.sessions.login_browser(company.id, "alice", PASSWORD, HERE)
        return browser.cookie, browser.caller.session_id

    async def test_cookie_is_a_session(self, process: Process, company: Company) -> None:
        value, session_id = await self.cookie(process, company)
        caller, renewed = await process.sessions.from_cookie(value)
        assert (caller.person_id, caller.session_id, renewed) == (company.alice, session_id, None)
        assert process.sessions.peek_cookie(value) == caller

    async def test_cookie_is_no_bearer_token_and_the_other_way_round(
        self, process: Process, company: Company
    ) -> None:
        value, _ = await self.cookie(process, company)
        with pytest.raises(TokenInvalid):
            process.sessions.verify(value)
        tokens = await login(process, company)
        with pytest.raises(TokenInvalid):
            await process.sessions.from_cookie(tokens.access_token)

    async def test_cookie_is_renewed_in_silence(self, process: Process, company: Company) -> None:
        value, session_id = await self.cookie(process, company)
        process.clock.ahead = 901
        answers = await asyncio.gather(*(process.sessions.from_cookie(value) for _ in range(20)))
        assert {caller.session_id for caller, _ in answers} == {session_id}
        (fresh,) = {renewed for _, renewed in answers if renewed}
        assert (await process.sessions.from_cookie(value))[1] is None
        assert (await process.sessions.from_cookie(fresh))[1] is None
        process.clock.ahead = 1_000
        assert (await process.sessions.from_cookie(value))[1] is not None

    async def test_cookie_of_an_ended_session_is_refused_everywhere(
        self, process: Process, other: Process, company: Company
    ) -> None:
        value, _ = await self.cookie(process, company)
        caller, _ = await other.sessions.from_cookie(value)
        await process.sessions.sign_out(caller, HERE)
        with pytest.raises(TokenInvalid):
            await process.sessions.from_cookie(value)

        async def gone() -> bool:
            try:
                await other.sessions.from_cookie(value)
            except TokenInvalid:
                return True
            return False

        await eventually(gone)

    async def test_cookie_of_an_ended_session_is_not_renewed_much_later(
        self, process: Process, other: Process, company: Company
    ) -> None:
        value, session_id = await self.cookie(process, company)
        async with committing(process.database.unit(Scope(company.id))) as unit:
            await process.sessions.end(unit, session_id, "logout")
        other.clock.ahead = 3_600
        try:
            with pytest.raises(TokenInvalid):
                await other.sessions.from_cookie(value)
        finally:
            other.clock.ahead = 0

    async def test_cookie_ends_after_a_week_without_use(
        self, process: Process, company: Company
    ) -> None:
        value, _ = await self.cookie(process, company)
        process.clock.ahead = 7 * 86_400 + 1
        with pytest.raises(TokenExpired):
            await process.sessions.from_cookie(value)
