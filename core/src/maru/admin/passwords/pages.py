"""`/admin/passwords`, and how one person signs in."""

from uuid import UUID

from maru.access.permissions import SETTINGS_MANAGE, USERS_MANAGE
from maru.account import security
from maru.account.letters import AccountLetters
from maru.admin.passwords import service
from maru.admin.passwords.schemas import PasswordsView, PersonView
from maru.admin.service import call_of
from maru.identity.policy import PasswordPolicy
from maru.identity.sessions import Sessions
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE = "/admin/passwords"


@page("/passwords", title="Passwords", needs=USERS_MANAGE, template="maru/admin/passwords.html")
async def passwords(ctx: Context) -> PasswordsView:
    """What is asked of passwords, and how many people have none yet."""
    return await service.view(ctx)


@action("/passwords", needs=SETTINGS_MANAGE, again=passwords)
async def set_policy(ctx: Context, form: PasswordPolicy) -> Redirect:
    """Stores what is asked of passwords."""
    await service.set_policy(ctx, form)
    return Redirect(to=HERE, message=call_of(ctx).t("The settings are saved"))


@action("/passwords/{user_id}/require-new-password", needs=USERS_MANAGE)
async def require_new_password(ctx: Context, user_id: UUID) -> Redirect:
    """Has the person choose another password."""
    await service.require_new_password(ctx, user_id)
    said = call_of(ctx).t("Another password is asked for at the next sign-in")
    return Redirect(to=f"{HERE}/{user_id}", message=said)


def password_pages(
    letters: AccountLetters, sessions: Sessions
) -> list[PageDeclaration | ActionDeclaration]:
    """These, the buttons that write mails, and how one person signs in."""
    return [
        passwords,
        set_policy,
        *_invitations(letters),
        require_new_password,
        _person_page(sessions),
        *_endings(sessions),
    ]


def _person_page(sessions: Sessions) -> PageDeclaration:
    @page(
        "/passwords/{user_id}",
        title="Passwords",
        needs=USERS_MANAGE,
        template="maru/admin/person_passwords.html",
    )
    async def person(ctx: Context, user_id: UUID) -> PersonView:
        """How a person signs in, where they are signed in, and what can be done about it."""
        return PersonView(
            person=await service.person(ctx, user_id),
            sessions=await security.sessions_of(ctx, sessions, user_id),
            tokens=await security.tokens_of(ctx, sessions, user_id),
        )

    return person


def _endings(sessions: Sessions) -> list[ActionDeclaration]:
    """The buttons that end what a person is signed in with."""

    @action("/passwords/{user_id}/sessions/end", needs=USERS_MANAGE)
    async def end_sessions(ctx: Context, user_id: UUID) -> Redirect:
        """Signs a person out everywhere."""
        await service.person(ctx, user_id)
        await security.end_others(ctx, sessions, user_id)
        said = call_of(ctx).t("This person is signed out everywhere")
        return Redirect(to=f"{HERE}/{user_id}", message=said)

    @action("/passwords/{user_id}/sessions/{session_id}/end", needs=USERS_MANAGE)
    async def end_session(ctx: Context, user_id: UUID, session_id: UUID) -> Redirect:
        """Ends one session."""
        await security.end_session(ctx, sessions, user_id, session_id)
        said = call_of(ctx).t("The session has ended")
        return Redirect(to=f"{HERE}/{user_id}", message=said)

    @action("/passwords/{user_id}/tokens/{token_id}/end", needs=USERS_MANAGE)
    async def end_token(ctx: Context, user_id: UUID, token_id: UUID) -> Redirect:
        """Ends one token."""
        await security.end_token(ctx, sessions, user_id, token_id)
        said = call_of(ctx).t("The token has ended")
        return Redirect(to=f"{HERE}/{user_id}", message=said)

    return [end_sessions, end_session, end_token]


def _invitations(letters: AccountLetters) -> list[ActionDeclaration]:
    """The buttons that write mails."""

    @action("/passwords/invite", needs=USERS_MANAGE)
    async def invite_all(ctx: Context) -> Redirect:
        """Invites everybody who has no password and doesn't sign in elsewhere."""
        count = (await service.invite_all(ctx, letters)).waiting
        said = call_of(ctx).t("{count} invitations are on their way", count=count)
        return Redirect(to=HERE, message=said)

    @action("/passwords/{user_id}/invite", needs=USERS_MANAGE)
    async def invite(ctx: Context, user_id: UUID) -> Redirect:
        """Invites one person."""
        await service.invite(ctx, letters, user_id)
        said = call_of(ctx).t("The invitation is on its way")
        return Redirect(to=f"{HERE}/{user_id}", message=said)

    return [invite_all, invite]
