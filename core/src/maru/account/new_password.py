"""The step `new_password`: whoever got a password from somebody else chooses one of their own
before anything opens."""

from maru.account.entry import enter_browser, enter_client, ticket_of, to_start, to_step, visitor_of
from maru.account.schemas import NewPasswordForm, NewPasswordPage, StepPassword, TokensOut
from maru.account.service import origin_of
from maru.identity.changing import PasswordChanges
from maru.identity.errors import (
    NotSignedIn,
    StepRequired,
    TenantMismatch,
    WeakPassword,
)
from maru.identity.places import local
from maru.identity.sessions import Sessions
from maru.identity.steps import NewPassword
from maru_sdk import Context, Model, Redirect, action, page, post
from maru_sdk.declarations import ActionDeclaration, PageDeclaration, Route


def new_password_pages(
    sessions: Sessions, changes: PasswordChanges
) -> list[PageDeclaration | ActionDeclaration]:
    """`/login/new-password`."""

    @page(
        "/new-password",
        title="A new password",
        public=True,
        template="maru/login/new_password.html",
    )
    async def new_password_page(ctx: Context, next: str = "/") -> Model:  # noqa: A002
        """The form, for a browser whose ticket says so."""
        try:
            await sessions.resume(ctx.tenant.id, ticket_of(ctx), NewPassword.name, visitor_of(ctx))
        except StepRequired as other:
            return to_step(ctx, other, next)
        except (NotSignedIn, TenantMismatch):
            return to_start(ctx, next)
        return NewPasswordPage(next=local(next))

    @action("/new-password", public=True, again=new_password_page, limit="sign-in")
    async def choose(ctx: Context, form: NewPasswordForm) -> Redirect:
        """Sets the password and goes on with the sign-in."""
        try:
            proved = await changes.choose(
                ctx.tenant.id, ticket_of(ctx), form.new_password, origin_of(ctx), visitor_of(ctx)
            )
        except WeakPassword as weak:
            raise weak.worded(ctx.t) from None
        except StepRequired as other:
            return to_step(ctx, other, form.next)
        except (NotSignedIn, TenantMismatch):
            return to_start(ctx, form.next)
        return await enter_browser(ctx, sessions, proved, form.next)

    return [new_password_page, choose]


def new_password_route(sessions: Sessions, changes: PasswordChanges) -> Route:
    """`POST /api/v1/auth/login/new-password`."""

    @post("/login/new-password", public=True, status=200, limit="sign-in")
    async def choose_password(ctx: Context, body: StepPassword) -> TokensOut:
        """Chooses a password where a sign-in answered PASSWORD_CHANGE_REQUIRED, and goes on with
        it: `ticket` is that answer's, good for ten minutes."""
        try:
            proved = await changes.choose(
                ctx.tenant.id, body.ticket, body.new_password, origin_of(ctx)
            )
        except WeakPassword as weak:
            raise weak.worded(ctx.t) from None
        return await enter_client(ctx, sessions, proved)

    return choose_password
