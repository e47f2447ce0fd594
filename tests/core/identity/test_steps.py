"""What stands between a proved identity and a session."""

from dataclasses import replace
from typing import ClassVar
from uuid import UUID

import pytest
from tests.core.identity.company import PASSWORD, Company, Process, found_company
from tests.core.identity.test_sessions import HERE, audited, change_person, login

from maru.db.unit import Unit
from maru.identity.errors import (
    InvalidCredentials,
    NotSignedIn,
    PasswordChangeRequired,
    StepRequired,
    TenantMismatch,
    TokenExpired,
    TokenInvalid,
    WeakPassword,
)
from maru.identity.policy import PasswordPolicy
from maru.settings import Settings

NEW = "a sentence of my own"
STEP = "new_password"


async def must_change(process: Process, company: Company) -> None:
    await change_person(process, company, "must_change_password = true")


async def stopped(process: Process, company: Company) -> str:
    """The ticket of a sign-in that stopped for a new password."""
    await must_change(process, company)
    with pytest.raises(PasswordChangeRequired) as required:
        await login(process, company)
    assert required.value.step == STEP
    return required.value.ticket


class TestNewPassword:
    async def test_no_session_opens_before_it(self, process: Process, company: Company) -> None:
        await stopped(process, company)
        with pytest.raises(PasswordChangeRequired):
            await process.sessions.login_browser(company.id, "alice", PASSWORD, HERE, "me")
        assert ("auth.login", f"person:{company.alice}") not in await audited(process, company)

    async def test_goes_on_with_the_ticket(self, process: Process, company: Company) -> None:
        ticket = await stopped(process, company)
        proved = await process.changes.choose(company.id, ticket, NEW, HERE)
        tokens = await process.sessions.enter_client(proved, HERE)
        assert process.sessions.verify(tokens.access_token).person_id == company.alice
        await process.sessions.login(company.id, "alice", NEW, HERE)
        with pytest.raises(InvalidCredentials):
            await login(process, company)

    async def test_a_ticket_is_good_once(self, process: Process, company: Company) -> None:
        ticket = await stopped(process, company)
        await process.changes.choose(company.id, ticket, NEW, HERE)
        with pytest.raises(TokenInvalid):
            await process.changes.choose(company.id, ticket, "yet another sentence", HERE)

    @pytest.mark.parametrize("new", [PASSWORD, "short", "password"])
    async def test_must_be_good_and_another(
        self, process: Process, company: Company, new: str
    ) -> None:
        ticket = await stopped(process, company)
        with pytest.raises(WeakPassword):
            await process.changes.choose(company.id, ticket, new, HERE)
        await process.changes.choose(company.id, ticket, NEW, HERE)

    async def test_single_sign_on_needs_none(self, process: Process, company: Company) -> None:
        await must_change(process, company)
        proved = replace(
            await process.sessions.prove_password(company.id, "alice", PASSWORD, HERE),
            method="oidc:test",
        )
        tokens = await process.sessions.enter_client(proved, HERE)
        assert process.sessions.verify(tokens.access_token).person_id == company.alice


class TestOldPassword:
    async def test_a_tenant_may_ask_for_a_change_after_days(
        self, process: Process, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def policy_of(tenant_id: UUID) -> PasswordPolicy:
            return PasswordPolicy(change_after_days=90)

        monkeypatch.setattr(process.sessions.steps._steps[STEP], "_policy_of", policy_of)
        await login(process, company)
        for days, due in ((89, False), (91, True)):
            await change_person(
                process, company, "password_changed_at = now() - make_interval(days => :days)",
                days=days,
            )  # fmt: skip
            if not due:
                await login(process, company)
                continue
            with pytest.raises(PasswordChangeRequired):
                await login(process, company)


class TestTicket:
    async def test_expires(self, process: Process, company: Company) -> None:
        ticket = await stopped(process, company)
        process.clock.ahead = 601
        with pytest.raises(TokenExpired):
            await process.sessions.resume(company.id, ticket, STEP)

    async def test_is_for_one_tenant(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        ticket = await stopped(process, company)
        twin = await found_company(settings, process)
        with pytest.raises(TenantMismatch):
            await process.sessions.resume(twin.id, ticket, STEP)

    async def test_is_for_one_browser(self, process: Process, company: Company) -> None:
        await must_change(process, company)
        with pytest.raises(StepRequired) as required:
            await process.sessions.login_browser(company.id, "alice", PASSWORD, HERE, "mine")
        ticket = required.value.ticket
        for visitor in ("another", "", None):
            with pytest.raises(TokenInvalid):
                await process.sessions.resume(company.id, ticket, STEP, visitor)
        proved = await process.sessions.resume(company.id, ticket, STEP, "mine")
        assert proved.person_id == company.alice

    async def test_a_programs_ticket_is_for_no_browser(
        self, process: Process, company: Company
    ) -> None:
        ticket = await stopped(process, company)
        with pytest.raises(TokenInvalid):
            await process.sessions.resume(company.id, ticket, STEP, "mine")

    async def test_is_no_session_and_the_other_way_round(
        self, process: Process, company: Company
    ) -> None:
        tokens = await login(process, company)
        ticket = await stopped(process, company)
        with pytest.raises(TokenInvalid):
            process.sessions.verify(ticket)
        with pytest.raises(TokenInvalid):
            await process.sessions.from_cookie(ticket)
        for token in (tokens.access_token, tokens.refresh_token, "", "x", ticket[:-2]):
            with pytest.raises(TokenInvalid):
                await process.sessions.resume(company.id, token, STEP)

    @pytest.mark.parametrize(
        "change",
        ["state = 'inactive'", "password_changed_at = now()", "must_change_password = false"],
    )
    async def test_ends_with_what_it_was_for(
        self, process: Process, company: Company, change: str
    ) -> None:
        ticket = await stopped(process, company)
        await change_person(process, company, change)
        with pytest.raises(NotSignedIn):
            await process.sessions.resume(company.id, ticket, STEP)


class SecondFactorRequired(StepRequired):
    """What the step of the test refuses with."""

    code = "SECOND_FACTOR_REQUIRED"


class SecondFactor:
    """A step that everybody must take."""

    name: ClassVar[str] = "second_factor"
    refusal: ClassVar[type[StepRequired]] = SecondFactorRequired

    async def due(self, unit: Unit, person_id: UUID, method: str) -> bool:
        return True


class TestOrder:
    async def test_an_earlier_step_cannot_be_passed_over(
        self, process: Process, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ticket = await stopped(process, company)
        steps = process.sessions.steps
        monkeypatch.setitem(steps._steps, SecondFactor.name, SecondFactor())
        with pytest.raises(SecondFactorRequired):
            await process.changes.choose(company.id, ticket, NEW, HERE)
        proved = await process.sessions.resume(company.id, ticket, SecondFactor.name)
        with pytest.raises(PasswordChangeRequired) as next_:
            await process.sessions.enter_client(proved.past(SecondFactor.name), HERE)
        proved = await process.changes.choose(company.id, next_.value.ticket, NEW, HERE)
        tokens = await process.sessions.enter_client(proved, HERE)
        assert process.sessions.verify(tokens.access_token).person_id == company.alice


class TestOpen:
    async def test_keeps_the_method(self, process: Process, company: Company) -> None:
        opened = await process.sessions.open_client(company.id, company.alice, "oidc:x", HERE)
        browser = await process.sessions.open_browser(company.id, company.alice, "passkey", HERE)
        assert process.sessions.verify(opened.access_token).person_id == company.alice
        assert process.sessions.peek_cookie(browser.cookie) is None
        caller, _ = await process.sessions.from_cookie(browser.cookie)
        assert caller.person_id == company.alice

    async def test_refuses_who_left(self, process: Process, company: Company) -> None:
        await change_person(process, company, "state = 'inactive'")
        with pytest.raises(InvalidCredentials):
            await process.sessions.open_client(company.id, company.alice, "oidc:x", HERE)
        with pytest.raises(InvalidCredentials):
            await process.sessions.open_browser(company.id, company.alice, "oidc:x", HERE)
        with pytest.raises(InvalidCredentials):
            await process.sessions.open_browser(company.id, UUID(int=3), "oidc:x", HERE)
