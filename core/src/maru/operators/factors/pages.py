"""`/operator/two-step`: what an operator has set up besides a password."""

from uuid import UUID

from maru.account.factors.pages import passkey_row
from maru.account.factors.schemas import CodeForm, NewPasskeyForm, OwnPassword, TwoStepPage
from maru.account.factors.service import seen, site_of, wrong
from maru.account.service import call_of, caller_of
from maru.identity.factors.errors import CodeWrong
from maru.identity.factors.ring import Answer
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.service import HERE, OWN, actor_of, host, proved_again, waiting_app
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration


def two_step_pages(entrance: Entrance) -> list[PageDeclaration | ActionDeclaration]:
    """The page and its forms. What takes protection away asks for the password once more."""

    @page(
        "/two-step", title="Two-step sign-in", signed_in=True, template="maru/account/two_step.html"
    )
    async def two_step(ctx: Context) -> TwoStepPage:
        """What the operator has, and how to set up more."""
        return await _view(ctx, entrance)

    return [
        two_step,
        *_app_actions(entrance, two_step),
        *_passkey_actions(entrance, two_step),
        *_code_actions(entrance, two_step),
    ]


def _app_actions(entrance: Entrance, shown: PageDeclaration) -> list[ActionDeclaration]:
    factors = entrance.factors

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
        await factors.added(unit, ctx.me.id, "totp", actor_of(ctx))
        return Redirect(to=OWN, message=ctx.t("The app is set up"))

    @action("/two-step/app/remove", signed_in=True, again=shown)
    async def remove_app(ctx: Context, form: OwnPassword) -> Redirect:
        """Takes the app away."""
        await proved_again(ctx, entrance, form.password)
        await factors.remove_app(call_of(ctx).unit, ctx.me.id, actor_of(ctx))
        return Redirect(to=OWN, message=ctx.t("The app is removed"))

    return [begin_app, confirm_app, remove_app]


def _passkey_actions(entrance: Entrance, shown: PageDeclaration) -> list[ActionDeclaration]:
    factors = entrance.factors

    @action("/two-step/passkeys", signed_in=True, again=shown)
    async def add_passkey(ctx: Context, form: NewPasskeyForm) -> Redirect:
        """Keeps a passkey that a device has made."""
        unit, answer = call_of(ctx).unit, Answer(form.token, form.answer)
        await factors.ring.add(unit, site_of(ctx), _browser(ctx), ctx.me.id, answer, form.name)
        await factors.added(unit, ctx.me.id, f"passkey:{form.name}", actor_of(ctx))
        return Redirect(to=OWN, message=ctx.t("The passkey is set up"))

    @action("/two-step/passkeys/{passkey_id}/remove", signed_in=True, again=shown)
    async def remove_passkey(ctx: Context, passkey_id: UUID, form: OwnPassword) -> Redirect:
        """Takes a passkey away."""
        await proved_again(ctx, entrance, form.password)
        await factors.remove_passkey(call_of(ctx).unit, ctx.me.id, passkey_id, actor_of(ctx))
        return Redirect(to=OWN, message=ctx.t("The passkey is removed"))

    return [add_passkey, remove_passkey]


def _code_actions(entrance: Entrance, shown: PageDeclaration) -> list[ActionDeclaration]:
    factors = entrance.factors

    @action("/two-step/codes", signed_in=True, again=shown)
    async def draw_codes(ctx: Context, form: OwnPassword) -> Redirect:
        """New codes on paper; the old ones are worth nothing."""
        await proved_again(ctx, entrance, form.password)
        await factors.redraw(call_of(ctx).unit, ctx.me.id, actor_of(ctx))
        return Redirect(to=f"{OWN}#codes")

    @action("/two-step/codes/kept", signed_in=True)
    async def keep_codes(ctx: Context) -> Redirect:
        """The operator has them on paper: the page shows them no more."""
        await factors.sheets.kept(call_of(ctx).unit, ctx.me.id)
        return Redirect(to=OWN)

    return [draw_codes, keep_codes]


async def _view(ctx: Context, entrance: Entrance) -> TwoStepPage:
    unit, me, factors = call_of(ctx).unit, ctx.me, entrance.factors
    held = await factors.held(unit, me.id)
    who = (me.id, me.username, me.name)
    asked = await factors.ring.begin(unit, site_of(ctx), _browser(ctx), host(ctx), who)
    waiting = None if held.app else await waiting_app(ctx, entrance, me.id, me.username)
    return TwoStepPage(
        place=OWN,
        start=HERE,
        of_operators=True,
        app=held.app,
        waiting=waiting,
        passkeys=[passkey_row(one) for one in held.passkeys],
        question=seen(asked),
        codes=held.codes,
        sheet=await factors.sheets.shown(unit, me.id),
        needed=await factors.must(unit, me.id),
        has_password=True,
    )


def _browser(ctx: Context) -> str:
    """Questions for new passkeys are bound to the session."""
    return str(caller_of(ctx).session_id)
