"""Signing in elsewhere, as browsers and programs do it: out to a provider and back, or a directory
that is asked for the password."""

from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from maru.access.permissions import SIGN_IN_MANAGE
from maru.account.entry import LOGIN, cookies_of, enter_browser
from maru.account.schemas import LoginPage, WayIn
from maru.account.service import call_of, caller_of, origin_of
from maru.crypto.sealing import SecretUnreadable
from maru.federation.errors import STOPPED, PasswordsOff, SignInStopped
from maru.federation.oidc.begun import LIFE
from maru.federation.single import Arrived, SingleSignOn
from maru.federation.tenant import KEY, SignInSettings
from maru.identity.cookies import CookieRedirect, Outward
from maru.identity.places import HOME, local
from maru.identity.sessions import Sessions
from maru.identity.steps import Proved
from maru_sdk import Context, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

_FORM: Final = "maru/login.html"
LINKED: Final = f"{LOGIN}/linked"
_LEFT: Final = "a session elsewhere ends"


class LeftPage(Model):
    """Where the browser ends its session elsewhere."""

    url: str


class LinkRow(Model):
    """One account elsewhere, as its owner sees it."""

    id: UUID
    name: str
    subject: str


class LinkedPage(Model):
    """What somebody has linked, and what they could."""

    links: list[LinkRow]
    ways: list[WayIn]


def elsewhere_pages(sessions: Sessions, single: SingleSignOn) -> list[PageDeclaration]:
    """The pages below `/login` that lead elsewhere and back."""

    @page("/oidc/{key}", title="Sign in", public=True, template=_FORM)
    async def begin(ctx: Context, key: str, next: str = HOME) -> Redirect:  # noqa: A002
        """Leads to a provider."""
        try:
            lead = await single.begin(ctx.tenant.id, key, _back(ctx, key), local(next))
        except SignInStopped as stopped:
            return _stopped(stopped, next)
        return Outward(to=lead.url, cookies=[cookies_of(ctx).set_begun(lead.cookie, LIFE)])

    @page("/oidc/{key}/callback", title="Sign in", public=True, template=_FORM)
    async def arrive(
        ctx: Context, key: str, state: str = "", code: str = "", iss: str = "", error: str = ""
    ) -> Redirect:
        """Takes a provider's answer."""
        given = {"state": state, "code": code, "iss": iss, "error": error}
        answer = {name: value for name, value in given.items() if value}
        try:
            arrived = await single.arrive(
                ctx.tenant.id,
                _back(ctx, key),
                call_of(ctx).jar.get(cookies_of(ctx).begun, ""),
                answer,
                call_of(ctx).caller,
                origin_of(ctx),
                key=key,
            )
            return await _arrived(ctx, sessions, arrived)
        except SignInStopped as stopped:
            return _stopped(stopped, HOME, cookies_of(ctx).end_begun())

    @page("/left", title="Signed out", public=True, template="maru/login/left.html")
    async def left(ctx: Context, to: str = "") -> Model:
        """Goes on to where the session elsewhere ends. No form may lead to another site, so a page
        stands between."""
        try:
            url = await call_of(ctx).services.vault.open(ctx.tenant.id, to, _LEFT)
        except SecretUnreadable:
            return Redirect(to=LOGIN)
        return LeftPage(url=url)

    return [begin, arrive, left]


def linking_pages(single: SingleSignOn) -> list[PageDeclaration | ActionDeclaration]:
    """The pages of the accounts elsewhere that somebody has linked to their own."""

    @page("/linked", title="Linked accounts", signed_in=True, template="maru/login/linked.html")
    async def linked(ctx: Context) -> LinkedPage:
        """What is linked, and what could be."""
        providers = await single.providers.all(ctx.tenant.id)
        names = {one.key: one.name for one in providers}
        found = await single.linked(ctx.tenant.id, ctx.me.id)
        has = {one.provider for one in found}
        ticket = await single.ticket(caller_of(ctx))
        ways = [
            WayIn(key=one.key, name=one.name, url=f"{_link(one.key)}?ticket={quote(ticket)}")
            for one in providers
            if one.enabled and one.kind == "oidc" and one.key not in has
        ]
        rows = [
            LinkRow(id=one.id, name=names.get(one.provider, one.issuer), subject=one.subject)
            for one in found
        ]
        return LinkedPage(links=rows, ways=ways)

    @page("/oidc/{key}/link", title="Linked accounts", signed_in=True, template=_FORM)
    async def link(ctx: Context, key: str, ticket: str = "") -> Redirect:
        """Leads to a provider, to link an account there; the ticket shows that the person asked."""
        caller = caller_of(ctx)
        try:
            await single.check_ticket(caller, ticket)
            back = _back(ctx, key)
            lead = await single.begin(ctx.tenant.id, key, back, LINKED, caller.person_id)
        except SignInStopped as stopped:
            return Redirect(to=LINKED, message=ctx.t(stopped.text))
        return Outward(to=lead.url, cookies=[cookies_of(ctx).set_begun(lead.cookie, LIFE)])

    @action("/linked/{id}/unlink", signed_in=True)
    async def unlink(ctx: Context, id: UUID) -> Redirect:  # noqa: A002
        """Takes a link away."""
        await single.unlink(call_of(ctx).unit, ctx.me.id, id, origin_of(ctx))
        return Redirect(to=LINKED, message=ctx.t("The account is no longer linked"))

    return [linked, link, unlink]


async def login_view(
    ctx: Context, single: SingleSignOn, next_: str, stopped: str, *, own: bool
) -> LoginPage:
    """The sign-in page with all ways in; `own` asks for the form of this installation's own
    passwords, which is always there."""
    providers = await single.providers.on(ctx.tenant.id)
    query = "" if local(next_) == HOME else f"?{urlencode({'next': local(next_)})}"
    buttons = [
        WayIn(key=one.key, name=one.name, url=f"{LOGIN}/oidc/{one.key}{query}")
        for one in providers
        if one.kind == "oidc"
    ]
    directories = [WayIn(key=one.key, name=one.name) for one in providers if one.kind == "ldap"]
    elsewhere = bool(buttons or directories)
    off = elsewhere and not (await _settings(ctx)).passwords
    return LoginPage(
        next=local(next_),
        buttons=buttons,
        directories=[] if own else directories,
        passwords=own or not off,
        may_hide=off or (own and elsewhere),
        stopped=ctx.t(STOPPED[stopped]) if stopped in STOPPED else "",
    )


async def proved_by(
    ctx: Context,
    sessions: Sessions,
    single: SingleSignOn,
    username: str,
    password: str,
    provider: str,
) -> Proved:
    """Whose user name and password these are, here or in a directory; raises InvalidCredentials,
    TooManyAttempts or SignInStopped."""
    tenant_id, origin = ctx.tenant.id, origin_of(ctx)
    if provider:
        arrived = await single.by_directory(tenant_id, provider, username, password, origin)
        return Proved(tenant_id, arrived.person_id, arrived.method)
    proved = await sessions.prove_password(tenant_id, username, password, origin)
    if not (await _settings(ctx)).passwords and await single.providers.on(tenant_id):
        services = call_of(ctx).services
        granted = await services.rights.granted(tenant_id, proved.person_id)
        if not granted.can(SIGN_IN_MANAGE):
            raise PasswordsOff
    return proved


async def leaving_of(ctx: Context, single: SingleSignOn) -> str:
    """Where a browser that signs out goes: to the form, or first out of its session elsewhere."""
    url = await single.leaving(caller_of(ctx), f"{call_of(ctx).site}{LOGIN}")
    if not url:
        return LOGIN
    sealed = await call_of(ctx).services.vault.seal(ctx.tenant.id, url, _LEFT)
    return f"{LOGIN}/left?{urlencode({'to': sealed})}"


async def _arrived(ctx: Context, sessions: Sessions, arrived: Arrived) -> Redirect:
    forget = cookies_of(ctx).end_begun()
    if arrived.linked:
        said = ctx.t("The account is linked")
        return CookieRedirect(to=LINKED, message=said, cookies=[forget])
    proved = Proved(ctx.tenant.id, arrived.person_id, arrived.method)
    entered = await enter_browser(ctx, sessions, proved, arrived.there)
    if isinstance(entered, CookieRedirect):
        entered.cookies.append(forget)
    return entered


async def _settings(ctx: Context) -> SignInSettings:
    store = call_of(ctx).services.settings_store
    return await store.get(ctx.tenant.id, KEY, SignInSettings)


def _stopped(stopped: SignInStopped, next_: str, *cookies: str) -> Redirect:
    """Back to the sign-in page, which says why."""
    query = {"stopped": stopped.code}
    if local(next_) != HOME:
        query["next"] = local(next_)
    return CookieRedirect(to=f"{LOGIN}?{urlencode(query)}", cookies=list(cookies))


def _back(ctx: Context, key: str) -> str:
    """Where a provider sends its answer: the address that is registered there."""
    return callback_of(call_of(ctx).site, key)


def callback_of(site: str, key: str) -> str:
    """The same for any site of ours."""
    return f"{site}{LOGIN}/oidc/{key}/callback"


def _link(key: str) -> str:
    return f"{LOGIN}/oidc/{key}/link"
