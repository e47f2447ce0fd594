"""`/preferences/two-step`: what somebody has set up besides a password."""

from uuid import UUID

from maru.account.factors.schemas import (
    CodeForm,
    NewPasskeyForm,
    OwnPassword,
    PasskeyQuestion,
    PasskeyRow,
    TwoStepPage,
)
from maru.account.factors.service import (
    has_password,
    proved_again,
    seen,
    site_of,
    waiting_app,
    wrong,
)
from maru.account.factors.step import OWN
from maru.account.service import call_of, caller_of, origin_of
from maru.audit.trail import Actor
from maru.identity.factors.errors import CodeWrong
from maru.identity.factors.factors import Factors
from maru.identity.factors.models import Passkey
from maru.identity.factors.ring import Answer
from maru.identity.sessions import Sessions
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration


def two_step_pages(
    sessions: Sessions, factors: Factors
) -> list[PageDeclaration | ActionDeclaration]:
    """The page and its forms. What takes protection away asks for the password once more."""

    @page(
        "/two-step", title="Two-step sign-in", signed_in=True, template="maru/account/two_step.html"
    )
    async def two_step(ctx: Context) -> TwoStepPage:
        """What the person has, and how to set up more."""
        return await _view(ctx, factors)

    return [
        two_step,
        *_app_actions(sessions, factors, two_step),
        *_passkey_actions(sessions, factors, two_step),
        *_code_actions(sessions, factors, two_step),
    ]


def _app_actions(
    sessions: Sessions, factors: Factors, shown: PageDeclaration
) -> list[ActionDeclaration]:
    @action("/two-step/app", signed_in=True)
    async def begin_app(ctx: Context) -> Redirect:
        """Draws the secret of an app, which the page then shows."""
        await factors.apps.begin(call_of(ctx).unit, ctx.me.id)
        return Redirect(to=f"{OWN}#app")

    @action("/two-step/app/confirm", signed_in=True, again=shown)
    async def confirm_app(ctx: Context, form: CodeForm) -> Redirect:
        """Has the app count from its first right code on."""
        unit = call_of(ctx).unit
        try:
            await factors.apps.confirm(unit, ctx.me.id, form.code)
        except CodeWrong as refusal:
            raise wrong("code", ctx.t(refusal.text)) from None
        await factors.added(unit, ctx.me.id, "totp", _actor(ctx))
        return Redirect(to=OWN, message=ctx.t("The app is set up"))

    @action("/two-step/app/remove", signed_in=True, again=shown)
    async def remove_app(ctx: Context, form: OwnPassword) -> Redirect:
        """Takes the app away."""
        await proved_again(ctx, sessions, form.password)
        await factors.remove_app(call_of(ctx).unit, ctx.me.id, _actor(ctx))
        return Redirect(to=OWN, message=ctx.t("The app is removed"))

    return [begin_app, confirm_app, remove_app]


def _passkey_actions(
    sessions: Sessions, factors: Factors, shown: PageDeclaration
) -> list[ActionDeclaration]:
    @action("/two-step/passkeys", signed_in=True, again=shown)
    async def add_passkey(ctx: Context, form: NewPasskeyForm) -> Redirect:
        """Keeps a passkey that a device has made."""
        unit, answer = call_of(ctx).unit, Answer(form.token, form.answer)
        site, browser = site_of(ctx), _browser(ctx)
        await factors.ring.add(unit, site, browser, ctx.me.id, answer, form.name)
        await factors.added(unit, ctx.me.id, f"passkey:{form.name}", _actor(ctx))
        return Redirect(to=OWN, message=ctx.t("The passkey is set up"))

    @action("/two-step/passkeys/{passkey_id}/remove", signed_in=True, again=shown)
    async def remove_passkey(ctx: Context, passkey_id: UUID, form: OwnPassword) -> Redirect:
        """Takes a passkey away."""
        await proved_again(ctx, sessions, form.password)
        await factors.remove_passkey(call_of(ctx).unit, ctx.me.id, passkey_id, _actor(ctx))
        return Redirect(to=OWN, message=ctx.t("The passkey is removed"))

    return [add_passkey, remove_passkey]


def _code_actions(
    sessions: Sessions, factors: Factors, shown: PageDeclaration
) -> list[ActionDeclaration]:
    @action("/two-step/codes", signed_in=True, again=shown)
    async def draw_codes(ctx: Context, form: OwnPassword) -> Redirect:
        """New codes on paper; the old ones are worth nothing."""
        await proved_again(ctx, sessions, form.password)
        await factors.redraw(call_of(ctx).unit, ctx.me.id, _actor(ctx))
        return Redirect(to=f"{OWN}#codes")

    @action("/two-step/codes/kept", signed_in=True)
    async def keep_codes(ctx: Context) -> Redirect:
        """The person has them on paper: the page shows them no more."""
        await factors.sheets.kept(call_of(ctx).unit, ctx.me.id)
        return Redirect(to=OWN)

    return [draw_codes, keep_codes]


async def _view(ctx: Context, factors: Factors) -> TwoStepPage:
    unit, me = call_of(ctx).unit, ctx.me.id
    held = await factors.held(unit, me)
    return TwoStepPage(
        app=held.app,
        waiting=None if held.app else await waiting_app(ctx, factors, me),
        passkeys=[passkey_row(one) for one in held.passkeys],
        question=await _question(ctx, factors),
        codes=held.codes,
        sheet=await factors.sheets.shown(unit, me),
        needed=await factors.must(unit, me),
        has_password=await has_password(ctx),
    )


async def _question(ctx: Context, factors: Factors) -> PasskeyQuestion:
    who = (ctx.me.id, ctx.me.username, ctx.me.name)
    unit, company = call_of(ctx).unit, ctx.tenant.name
    return seen(await factors.ring.begin(unit, site_of(ctx), _browser(ctx), company, who))


def passkey_row(passkey: Passkey) -> PasskeyRow:
    """A passkey as its owner sees it."""
    return PasskeyRow(
        id=passkey.id,
        name=passkey.name,
        synced=passkey.synced,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


def _browser(ctx: Context) -> str:
    """Questions for new passkeys are bound to the session."""
    return str(caller_of(ctx).session_id)


def _actor(ctx: Context) -> Actor:
    return origin_of(ctx).actor(ctx.me.id)
