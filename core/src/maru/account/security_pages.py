"""`/preferences/security`: one's password, sessions and tokens as pages."""

from typing import Final
from uuid import UUID

from maru.account import security
from maru.account.entry import cookies_of
from maru.account.schemas import (
    PasswordForm,
    PasswordPage,
    SecurityPage,
    SessionsPage,
    TokenForm,
    TokensPage,
    TokenWish,
)
from maru.account.security import own_session
from maru.identity.changing import PasswordChanges
from maru.identity.cookies import CookieRedirect
from maru.identity.errors import InvalidCredentials, TooManyAttempts
from maru.identity.queries import STANDING
from maru.identity.sessions import Sessions
from maru_sdk import Context, InvalidInput, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/preferences/security"
Pages = list[PageDeclaration | ActionDeclaration]


def security_pages(sessions: Sessions, changes: PasswordChanges) -> Pages:
    """The page that links the others, and those."""

    @page(
        "/security",
        title="Account security",
        signed_in=True,
        template="maru/account/security.html",
    )
    async def overview(ctx: Context) -> SecurityPage:
        """How the reader signs in, and where they are signed in."""
        caller = own_session(ctx)
        (now,) = await ctx.read(STANDING, id=caller.person_id)
        places = await security.sessions_of(ctx, sessions, caller.person_id, caller.session_id)
        return SecurityPage(
            has_password=now.password_hash is not None,
            password_changed_at=now.password_changed_at,
            sessions=len(places),
            new_device=next((one for one in places if one.new_device and not one.current), None),
            tokens=len(await security.tokens_of(ctx, sessions, caller.person_id)),
        )

    return [
        overview,
        *_password_pages(sessions, changes),
        *_session_pages(sessions),
        *_token_pages(sessions),
    ]


def _password_pages(sessions: Sessions, changes: PasswordChanges) -> Pages:
    @page(
        "/security/password",
        title="Change password",
        signed_in=True,
        template="maru/account/password.html",
    )
    async def password_page(ctx: Context) -> PasswordPage:
        """The form for another password."""
        own_session(ctx)
        policy = await sessions.policy_of(ctx.tenant.id)
        tokens = len(await security.tokens_of(ctx, sessions, ctx.me.id))
        return PasswordPage(shortest=policy.shortest, username=ctx.me.username, tokens=tokens)

    @action("/security/password", signed_in=True, again=password_page)
    async def change_password(ctx: Context, form: PasswordForm) -> Redirect:
        """Sets it; the other sessions end, and the tokens where that is ticked."""
        try:
            await security.change_password(ctx, changes, form)
        except InvalidCredentials:
            raise _beside("current_password", ctx.t("This is not your password")) from None
        except TooManyAttempts as refusal:
            raise _beside("current_password", ctx.t(refusal.text)) from None
        said = ctx.t("The password is changed; you are signed out everywhere else")
        return Redirect(to=HERE, message=said)

    return [password_page, change_password]


def _session_pages(sessions: Sessions) -> Pages:
    here = f"{HERE}/sessions"

    @page(
        "/security/sessions",
        title="Where you are signed in",
        signed_in=True,
        template="maru/account/sessions.html",
    )
    async def sessions_page(ctx: Context) -> SessionsPage:
        """The reader's sessions, this one marked."""
        caller = own_session(ctx)
        found = await security.sessions_of(ctx, sessions, caller.person_id, caller.session_id)
        return SessionsPage(sessions=found)

    @action("/security/sessions/end-others", signed_in=True)
    async def end_others(ctx: Context) -> Redirect:
        """Ends all but this one."""
        caller = own_session(ctx)
        await security.end_others(ctx, sessions, caller.person_id, caller.session_id)
        return Redirect(to=here, message=ctx.t("You are signed out everywhere else"))

    @action("/security/sessions/{session_id}/end", signed_in=True)
    async def end_session(ctx: Context, session_id: UUID) -> Redirect:
        """Ends one; this one signs out."""
        caller = own_session(ctx)
        await security.end_session(ctx, sessions, caller.person_id, session_id)
        if session_id == caller.session_id:
            return CookieRedirect(to="/login", cookies=[cookies_of(ctx).end_session()])
        return Redirect(to=here, message=ctx.t("You are signed out there"))

    return [sessions_page, end_others, end_session]


def _token_pages(sessions: Sessions) -> Pages:
    here = f"{HERE}/tokens"

    @page(
        "/security/tokens",
        title="Personal access tokens",
        signed_in=True,
        template="maru/account/tokens.html",
    )
    async def tokens_page(ctx: Context) -> TokensPage:
        """The reader's tokens."""
        caller = own_session(ctx)
        return TokensPage(
            tokens=await security.tokens_of(ctx, sessions, caller.person_id),
            choices=security.titled(ctx),
        )

    @action("/security/tokens", signed_in=True, again=tokens_page)
    async def make_token(ctx: Context, form: TokenForm) -> Redirect:
        """Makes one; the next page says it, and none after that."""
        scopes = form.scopes if form.kind == "some" else [form.kind]
        wish = TokenWish(name=form.name, days=form.days, scopes=scopes)
        made = await security.make_token(ctx, sessions, wish)
        said = ctx.t("Copy the new token now, it is not shown again: {token}", token=made.token)
        return Redirect(to=here, message=said)

    @action("/security/tokens/{token_id}/end", signed_in=True)
    async def end_token(ctx: Context, token_id: UUID) -> Redirect:
        """Ends one."""
        await security.end_token(ctx, sessions, own_session(ctx).person_id, token_id)
        return Redirect(to=here, message=ctx.t("The token has ended"))

    return [tokens_page, make_token, end_token]


def _beside(path: str, message: str) -> InvalidInput:
    return InvalidInput(fields=[{"path": path, "code": path, "message": message}])
