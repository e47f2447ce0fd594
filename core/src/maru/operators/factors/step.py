"""`/operator/second-factor`: what stands between an operator's password and the session."""

from typing import Final

from maru.account.entry import ticket_of, visitor_of
from maru.account.factors.schemas import CodeForm, NextForm, PasskeyForm, StepCode, StepPage
from maru.account.factors.service import seen, site_of, wrong
from maru.account.service import call_of, origin_of
from maru.identity.errors import NotSignedIn
from maru.identity.factors.errors import CodeWrong, TooManyCodes
from maru.identity.factors.ring import Answer
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.factors import acting
from maru.operators.factors.service import (
    HERE,
    OWN,
    STEP,
    inside,
    signed_in,
    to_start,
    waiting_app,
)
from maru.operators.installation import INSTALLATION
from maru.operators.queries import Credentials
from maru.operators.sessions import Opened
from maru_sdk import Context, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

OVER: Final = NotSignedIn


def step_pages(entrance: Entrance) -> list[PageDeclaration | ActionDeclaration]:
    """The page of the step and its forms."""
    factors = entrance.factors

    @page(
        "/second-factor",
        title="Confirm it's you",
        public=True,
        template="maru/login/second_factor.html",
    )
    async def second_factor(ctx: Context, next: str = "") -> Model:  # noqa: A002
        """Asks for a code or a passkey; who must have a factor and has none sets up an app."""
        try:
            found = await _stands(ctx, entrance)
        except OVER:
            return to_start(ctx)
        return await _shown(ctx, entrance, found, next)

    @action("/second-factor", public=True, again=second_factor)
    async def by_code(ctx: Context, form: CodeForm) -> Redirect:
        """Goes on with a code of the app, or one on paper."""
        try:
            found = await _stands(ctx, entrance)
        except OVER:
            return to_start(ctx)
        try:
            await factors.apps.prove(INSTALLATION.id, found.id, form.code)
        except (CodeWrong, TooManyCodes) as refusal:
            raise wrong("code", ctx.t(refusal.text)) from None
        return await _enter(ctx, entrance, found, form.next)

    @action("/second-factor/passkey", public=True, again=second_factor)
    async def by_passkey(ctx: Context, form: PasskeyForm) -> Redirect:
        """Goes on with a device's answer."""
        try:
            found = await _stands(ctx, entrance)
        except OVER:
            return to_start(ctx)
        answer, browser = Answer(form.token, form.answer), visitor_of(ctx)
        await factors.ring.prove(INSTALLATION.id, site_of(ctx), browser, answer, found.id)
        return await _enter(ctx, entrance, found, form.next)

    return [second_factor, by_code, by_passkey, *_setting_up(entrance, second_factor)]


def _setting_up(entrance: Entrance, shown: PageDeclaration) -> list[ActionDeclaration]:
    """For operators who must have a factor before anything opens."""
    factors = entrance.factors

    @action("/second-factor/begin", public=True, again=shown)
    async def begin(ctx: Context, form: NextForm) -> Redirect:
        """Draws the secret of an app."""
        try:
            found = await _stands(ctx, entrance)
        except OVER:
            return to_start(ctx)
        unit = call_of(ctx).unit
        if not await factors.has(unit, found.id):
            await factors.apps.begin(unit, found.id)
        return Redirect(to=STEP)

    @action("/second-factor/confirm", public=True, again=shown)
    async def confirm(ctx: Context, form: CodeForm) -> Redirect:
        """Has the app count, and goes on to the codes on paper."""
        try:
            found = await _stands(ctx, entrance)
        except OVER:
            return to_start(ctx)
        unit = call_of(ctx).unit
        try:
            await factors.apps.confirm(unit, found.id, form.code)
        except CodeWrong as refusal:
            raise wrong("code", ctx.t(refusal.text)) from None
        await factors.added(unit, found.id, "totp", acting(found.username, origin_of(ctx)))
        return await _enter(ctx, entrance, found, OWN)

    return [begin, confirm]


async def entered_by_code(ctx: Context, entrance: Entrance, body: StepCode) -> Opened:
    """A program's session: `ticket` is that of SECOND_FACTOR_REQUIRED. Raises CodeWrong."""
    found = await entrance.standing(body.ticket)
    await entrance.factors.apps.prove(INSTALLATION.id, found.id, body.code)
    return await entrance.past(found, "client", origin_of(ctx))


async def _stands(ctx: Context, entrance: Entrance) -> Credentials:
    return await entrance.standing(ticket_of(ctx), visitor_of(ctx))


async def _enter(ctx: Context, entrance: Entrance, found: Credentials, next_: str) -> Redirect:
    return signed_in(ctx, await entrance.past(found, "browser", origin_of(ctx)), next_)


async def _shown(ctx: Context, entrance: Entrance, found: Credentials, next_: str) -> StepPage:
    unit, factors = call_of(ctx).unit, entrance.factors
    held = await factors.held(unit, found.id)
    question = None
    if held.passkeys:
        asked = await factors.ring.ask(unit, site_of(ctx), visitor_of(ctx), found.id)
        question = seen(asked)
    return StepPage(
        place=STEP,
        start=HERE,
        of_operators=True,
        next=inside(next_),
        codes=held.app or held.codes > 0,
        passkey=question,
        app=None if held.any else await waiting_app(ctx, entrance, found.id, found.username),
        setting_up=not held.any,
    )
