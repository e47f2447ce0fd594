"""`/api/v1/admin/…`: the policy of passwords, invitations, and how a person signs in."""

from uuid import UUID

from maru.access.permissions import SETTINGS_MANAGE, USERS_MANAGE
from maru.account import security
from maru.account.letters import AccountLetters
from maru.account.schemas import SessionOut, TokenOut
from maru.admin.naming import CHANGES
from maru.admin.passwords import service
from maru.admin.passwords.schemas import InvitationsOut, PersonSignIn
from maru.identity.policy import PasswordPolicy
from maru.identity.sessions import Sessions
from maru_sdk import Context, delete, get, post, put
from maru_sdk.declarations import Route


@get("/password-policy", needs=SETTINGS_MANAGE, no_store=CHANGES)
async def password_policy(ctx: Context) -> PasswordPolicy:
    """What the tenant asks of passwords."""
    return await service.policy(ctx)


@put("/password-policy", needs=SETTINGS_MANAGE)
async def put_password_policy(ctx: Context, body: PasswordPolicy) -> PasswordPolicy:
    """Asks something else of passwords that are chosen from now on."""
    return await service.set_policy(ctx, body)


@get("/invitations", needs=USERS_MANAGE, no_store=CHANGES)
async def invitations(ctx: Context) -> InvitationsOut:
    """How many people could be invited: active, with a mail address, without a password and
    without an invitation that is good. Who signs in elsewhere needs none: they are `elsewhere`."""
    return await service.invitations(ctx)


@get("/users/{user_id}/sign-in", needs=USERS_MANAGE, no_store=CHANGES)
async def user_sign_in(ctx: Context, user_id: UUID) -> PersonSignIn:
    """How a person signs in."""
    return await service.person(ctx, user_id)


@post("/users/{user_id}/require-new-password", needs=USERS_MANAGE, status=200)
async def require_new_password(ctx: Context, user_id: UUID) -> PersonSignIn:
    """Has a person choose another password at their next sign-in."""
    await service.require_new_password(ctx, user_id)
    return await service.person(ctx, user_id)


def password_routes(letters: AccountLetters, sessions: Sessions) -> list[Route]:
    """These, and those that write mails."""

    @post("/invitations", needs=USERS_MANAGE, status=202)
    async def invite_all(ctx: Context) -> InvitationsOut:
        """Invites all who wait, by jobs; tells how many, and how many were left out because
        they sign in elsewhere."""
        return await service.invite_all(ctx, letters)

    @post("/users/{user_id}/invite", needs=USERS_MANAGE, status=202)
    async def invite(ctx: Context, user_id: UUID) -> None:
        """Sends a person an invitation to choose a password."""
        await service.invite(ctx, letters, user_id)

    @get("/users/{user_id}/sessions", needs=USERS_MANAGE, no_store=CHANGES)
    async def user_sessions(ctx: Context, user_id: UUID) -> list[SessionOut]:
        """Where a person is signed in, the latest first."""
        await service.person(ctx, user_id)
        return await security.sessions_of(ctx, sessions, user_id)

    @delete("/users/{user_id}/sessions", needs=USERS_MANAGE)
    async def end_user_sessions(ctx: Context, user_id: UUID) -> None:
        """Signs a person out everywhere."""
        await service.person(ctx, user_id)
        await security.end_others(ctx, sessions, user_id)

    @delete("/users/{user_id}/sessions/{session_id}", needs=USERS_MANAGE)
    async def end_user_session(ctx: Context, user_id: UUID, session_id: UUID) -> None:
        """Ends one session of a person."""
        await security.end_session(ctx, sessions, user_id, session_id)

    @get("/users/{user_id}/tokens", needs=USERS_MANAGE, no_store=CHANGES)
    async def user_tokens(ctx: Context, user_id: UUID) -> list[TokenOut]:
        """A person's personal access tokens."""
        await service.person(ctx, user_id)
        return await security.tokens_of(ctx, sessions, user_id)

    @delete("/users/{user_id}/tokens/{token_id}", needs=USERS_MANAGE)
    async def end_user_token(ctx: Context, user_id: UUID, token_id: UUID) -> None:
        """Ends one of a person's tokens."""
        await security.end_token(ctx, sessions, user_id, token_id)

    return [
        user_sessions,
        end_user_sessions,
        end_user_session,
        user_tokens,
        end_user_token,
        password_policy,
        put_password_policy,
        invitations,
        invite_all,
        user_sign_in,
        invite,
        require_new_password,
    ]
