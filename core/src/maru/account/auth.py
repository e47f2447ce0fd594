"""`/api/v1/auth`: tokens for programs. Nothing here reads or sets a cookie but the last two."""

from datetime import UTC, datetime

from maru.account import security
from maru.account.elsewhere import proved_by
from maru.account.entry import enter_client, given
from maru.account.factors.step import step_route
from maru.account.forgotten import forgotten_routes
from maru.account.new_device import send_new_device
from maru.account.new_password import new_password_route
from maru.account.parts import AccountParts
from maru.account.schemas import Login, PasswordChange, Refresh, TokensOut, Verified
from maru.account.security_routes import security_routes
from maru.account.service import call_of, caller_of, origin_of
from maru.identity.changing import PasswordChanges
from maru.identity.sessions import Sessions
from maru_sdk import Context, Plugin, post, schedule
from maru_sdk.declarations import Route, Schedule


def auth_plugin(parts: AccountParts) -> Plugin:
    """The core plugin `auth`."""
    sessions, letters = parts.sessions, parts.letters
    routes = [
        _login_route(parts),
        step_route(sessions, parts.factors),
        new_password_route(sessions, parts.changes),
        *_token_routes(sessions),
        _password_route(parts.changes),
        *forgotten_routes(letters, letters.tickets),
        *security_routes(sessions),
    ]
    jobs = [letters.reset, letters.invite, send_new_device]
    schedules = [_forgetting(parts)]
    return Plugin(title="Sign-in", icon="key", routes=routes, jobs=jobs, schedules=schedules)


def _login_route(parts: AccountParts) -> Route:
    sessions, single = parts.sessions, parts.single

    @post("/login", public=True, status=200, limit="sign-in")
    async def login(ctx: Context, body: Login) -> TokensOut:
        """Opens a session for a program: an access token for its requests, a refresh token for
        the next pair. Where a step remains, 403 names it with a `ticket`."""
        proved = await proved_by(ctx, sessions, single, body.username, body.password, body.provider)
        return await enter_client(ctx, sessions, proved)

    return login


def _token_routes(sessions: Sessions) -> list[Route]:
    """What becomes of a session that a program has."""

    @post("/refresh", public=True, status=200)
    async def refresh(ctx: Context, body: Refresh) -> TokensOut:
        """Exchanges a refresh token for a new pair. One that was exchanged before ends the
        session, unless it comes again within ten seconds."""
        tokens = await sessions.refresh(ctx.tenant.id, body.refresh_token, origin_of(ctx))
        return await given(ctx, tokens)

    @post("/logout", public=True, status=200)
    async def logout(ctx: Context, body: Refresh) -> None:
        """Ends the session of a refresh token; its access tokens end with it."""
        await sessions.logout(ctx.tenant.id, body.refresh_token, origin_of(ctx))

    @post("/verify-token", signed_in=True, status=200)
    async def verify_token(ctx: Context) -> Verified:
        """Says for whom the access token of this request speaks, and until when."""
        caller = caller_of(ctx)
        return Verified(
            valid=True,
            user_id=caller.person_id,
            tenant=ctx.tenant.slug,
            expires_at=datetime.fromtimestamp(caller.expires_at, UTC),
        )

    return [refresh, logout, verify_token]


def _password_route(changes: PasswordChanges) -> Route:
    @post("/change-password", signed_in=True, status=200)
    async def change_password(ctx: Context, body: PasswordChange) -> None:
        """Sets a new password and ends all other sessions of the person; their personal access
        tokens too where that is asked for."""
        await security.change_password(ctx, changes, body)

    return change_password


def _forgetting(parts: AccountParts) -> Schedule:
    @schedule("17 3 * * *")
    async def forget_sessions(ctx: Context) -> None:
        """Deletes sessions, and with them their tokens, a month after they were last good."""
        for remembers in (parts.sessions, parts.single, parts.letters.tickets):
            await remembers.forget_old(call_of(ctx).unit)

    return forget_sessions
