"""The step `second_factor` of a sign-in, and the way in by passkey alone."""

from uuid import UUID

from maru.account.entry import enter_browser, enter_client, to_start, to_step, visitor_of
from maru.account.factors.schemas import (
    CodeForm,
    NextForm,
    PasskeyForm,
    PasskeyPage,
    StepCode,
    StepPage,
)
from maru.account.factors.service import STEP, seen, site_of, stands_before, waiting_app, wrong
from maru.account.schemas import TokensOut
from maru.account.service import call_of, origin_of
from maru.identity.errors import NotSignedIn, StepRequired, TenantMismatch
from maru.identity.factors.errors import CodeWrong, PasskeyRefused, TooManyCodes
from maru.identity.factors.factors import Factors
from maru.identity.factors.ring import Answer
from maru.identity.places import local
from maru.identity.sessions import Sessions
from maru.identity.steps import Proved
from maru_sdk import Context, InvalidInput, Model, Redirect, action, page, post
from maru_sdk.declarations import ActionDeclaration, PageDeclaration, Route

HERE = "/login/second-factor"
OWN = "/preferences/two-step"
OVER = (NotSignedIn, TenantMismatch)


def step_pages(sessions: Sessions, factors: Factors) -> list[PageDeclaration | ActionDeclaration]:
    """`/login/second-factor`."""

    @page(
        "/second-factor",
        title="Confirm it's you",
        public=True,
        template="maru/login/second_factor.html",
    )
    async def second_factor(ctx: Context, next: str = "/") -> Model:  # noqa: A002
        """Asks for a code or a passkey; who must have a factor and has none sets up an app."""
        try:
            proved = await stands_before(ctx, sessions)
        except StepRequired as other:
            return to_step(ctx, other, next)
        except OVER:
            return to_start(ctx, next)
        return await _shown(ctx, factors, proved, next)

    @action("/second-factor", public=True, again=second_factor)
    async def by_code(ctx: Context, form: CodeForm) -> Redirect:
        """Goes on with a code of the app, or one on paper."""
        try:
            proved = await stands_before(ctx, sessions)
        except StepRequired as other:
            return to_step(ctx, other, form.next)
        except OVER:
            return to_start(ctx, form.next)
        await _proved_by_code(ctx, factors, proved, form.code)
        return await enter_browser(ctx, sessions, proved.past(STEP), form.next)

    @action("/second-factor/passkey", public=True, again=second_factor)
    async def by_passkey(ctx: Context, form: PasskeyForm) -> Redirect:
        """Goes on with a device's answer."""
        try:
            proved = await stands_before(ctx, sessions)
        except StepRequired as other:
            return to_step(ctx, other, form.next)
        except OVER:
            return to_start(ctx, form.next)
        await _proved_by_passkey(ctx, factors, form, proved)
        return await enter_browser(ctx, sessions, proved.past(STEP), form.next)

    return [second_factor, by_code, by_passkey, *_setting_up(sessions, factors, second_factor)]


def _setting_up(
    sessions: Sessions, factors: Factors, shown: PageDeclaration
) -> list[ActionDeclaration]:
    """For people who must have a factor before anything opens."""

    @action("/second-factor/begin", public=True, again=shown)
    async def begin(ctx: Context, form: NextForm) -> Redirect:
        """Draws the secret of an app."""
        try:
            proved = await stands_before(ctx, sessions)
        except (StepRequired, *OVER):
            return to_start(ctx, form.next)
        unit = call_of(ctx).unit
        if not await factors.has(unit, proved.person_id):
            await factors.apps.begin(unit, proved.person_id)
        return Redirect(to=HERE)

    @action("/second-factor/confirm", public=True, again=shown)
    async def confirm(ctx: Context, form: CodeForm) -> Redirect:
        """Has the app count, and goes on to the codes on paper."""
        try:
            proved = await stands_before(ctx, sessions)
        except (StepRequired, *OVER):
            return to_start(ctx, form.next)
        person_id, unit = proved.person_id, call_of(ctx).unit
        try:
            await factors.apps.confirm(unit, person_id, form.code)
        except CodeWrong as refusal:
            raise wrong("code", ctx.t(refusal.text)) from None
        await factors.added(unit, person_id, "totp", origin_of(ctx).actor(person_id))
        return await enter_browser(ctx, sessions, proved.past(STEP), OWN)

    return [begin, confirm]


def passkey_pages(
    sessions: Sessions, factors: Factors
) -> list[PageDeclaration | ActionDeclaration]:
    """`/login/passkey`: the device says who it is."""

    @page("/passkey", title="Sign in", public=True, template="maru/login/passkey.html")
    async def passkey(ctx: Context, next: str = "/") -> Model:  # noqa: A002
        """Asks whichever device is there."""
        if ctx.user is not None:
            return Redirect(to=local(next))
        if not (visitor := visitor_of(ctx)):  # the form's page gives the browser its mark
            return to_start(ctx, next)
        question = await factors.ring.ask(call_of(ctx).unit, site_of(ctx), visitor, None)
        return PasskeyPage(next=local(next), passkey=seen(question))

    @action("/passkey", public=True, again=passkey)
    async def enter(ctx: Context, form: PasskeyForm) -> Redirect:
        """Opens the session of whose passkey answered."""
        person_id = await _whose(ctx, factors, form)
        proved = Proved(ctx.tenant.id, person_id, "passkey")
        try:
            return await enter_browser(ctx, sessions, proved, form.next)
        except NotSignedIn as refusal:
            raise InvalidInput(ctx.t(refusal.text)) from None

    return [passkey, enter]


def step_route(sessions: Sessions, factors: Factors) -> Route:
    """`POST /api/v1/auth/login/second-factor`."""

    @post("/login/second-factor", public=True, status=200)
    async def second_factor(ctx: Context, body: StepCode) -> TokensOut:
        """Goes on with a sign-in that answered SECOND_FACTOR_REQUIRED: `ticket` is that answer's,
        `code` one of the app or one on paper. A wrong one is 401 SECOND_FACTOR_WRONG."""
        proved = await sessions.resume(ctx.tenant.id, body.ticket, STEP)
        await factors.apps.prove(ctx.tenant.id, proved.person_id, body.code)
        return await enter_client(ctx, sessions, proved.past(STEP))

    return second_factor


async def _shown(ctx: Context, factors: Factors, proved: Proved, next_: str) -> StepPage:
    unit, person_id = call_of(ctx).unit, proved.person_id
    held = await factors.held(unit, person_id)
    question = None
    if held.passkeys:
        asked = await factors.ring.ask(unit, site_of(ctx), visitor_of(ctx), person_id)
        question = seen(asked)
    app = None if held.any else await waiting_app(ctx, factors, person_id)
    return StepPage(
        next=local(next_),
        codes=held.app or held.codes > 0,
        passkey=question,
        app=app,
        setting_up=not held.any,
    )


async def _proved_by_code(ctx: Context, factors: Factors, proved: Proved, code: str) -> None:
    try:
        await factors.apps.prove(ctx.tenant.id, proved.person_id, code)
    except (CodeWrong, TooManyCodes) as refusal:
        raise wrong("code", ctx.t(refusal.text)) from None


async def _proved_by_passkey(
    ctx: Context, factors: Factors, form: PasskeyForm, proved: Proved
) -> None:
    answer, browser = Answer(form.token, form.answer), visitor_of(ctx)
    await factors.ring.prove(ctx.tenant.id, site_of(ctx), browser, answer, proved.person_id)


async def _whose(ctx: Context, factors: Factors, form: PasskeyForm) -> UUID:
    answer, browser = Answer(form.token, form.answer), visitor_of(ctx)
    try:
        return await factors.ring.prove(ctx.tenant.id, site_of(ctx), browser, answer, None)
    except PasskeyRefused as refusal:
        raise InvalidInput(ctx.t(refusal.text)) from None
