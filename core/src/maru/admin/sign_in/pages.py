"""`/admin/sign-in`."""

from typing import Final

from maru.access.permissions import SIGN_IN_MANAGE
from maru.account.elsewhere import callback_of
from maru.admin.rights.service import beside_the_form
from maru.admin.service import call_of
from maru.admin.sign_in import service
from maru.admin.sign_in.schemas import (
    NewKey,
    ProviderLine,
    ProviderNew,
    ProvidersView,
    ProviderView,
    SignInChange,
    SignInForm,
    TestView,
)
from maru.federation.models import Kind
from maru.federation.queries import ProviderRow
from maru.federation.single import SingleSignOn
from maru.web.submitted import AsTyped, bind
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/admin/sign-in"
_FORM: Final = "maru/admin/sign_in_provider.html"


def sign_in_pages(single: SingleSignOn) -> list[PageDeclaration | ActionDeclaration]:
    """The pages of sign-in providers."""

    @page("/sign-in", title="Sign-in", needs=SIGN_IN_MANAGE, template="maru/admin/sign_in.html")
    async def sign_in(ctx: Context) -> ProvidersView:
        """Every way to sign in, with its switch."""
        found = await single.providers.all(ctx.tenant.id)
        lines = [_line(one) for one in found]
        return ProvidersView(providers=lines, **dict(await service.as_a_whole(ctx)))

    @action("/sign-in", needs=SIGN_IN_MANAGE)
    async def change_sign_in(ctx: Context, form: SignInForm) -> Redirect:
        """Switches passwords on or off for all but admins, or mails about new browsers."""
        said = {name: value == "on" for name, value in form if value is not None}
        await service.set_as_a_whole(ctx, SignInChange(**said))
        return _there(ctx, HERE, "The settings are saved")

    @page("/sign-in/new/{kind}", title="A new way to sign in", needs=SIGN_IN_MANAGE, template=_FORM)
    async def new_provider(ctx: Context, kind: Kind) -> ProviderView:
        """An empty form."""
        return _view(ctx, kind)

    @action("/sign-in/new/{kind}", needs=SIGN_IN_MANAGE, again=new_provider)
    async def add_provider(ctx: Context, kind: Kind, form: AsTyped) -> Redirect:
        """Stores a new provider and tries it."""
        own = [pair for pair in form.pairs if pair[0] == "key"]
        rest = [pair for pair in form.pairs if pair[0] != "key"]
        key = bind(NewKey, own, ctx.locale).key
        change = service.draft_of(bind(service.FORMS[kind], rest, ctx.locale, whole=True), kind)
        new = ProviderNew(key=key, kind=kind, **change.model_dump())
        with beside_the_form():
            await service.added(ctx, single, new)
        return _there(ctx, f"{HERE}/{key}/test", "It is saved; people see it once you turn it on")

    @page("/sign-in/{key}", title="A way to sign in", needs=SIGN_IN_MANAGE, template=_FORM)
    async def provider(ctx: Context, key: str) -> ProviderView:
        """One provider's form."""
        found = await single.providers.get(ctx.tenant.id, key)
        return _view(ctx, found.kind, found)

    @action("/sign-in/{key}", needs=SIGN_IN_MANAGE, again=provider)
    async def change_provider(ctx: Context, key: str, form: AsTyped) -> Redirect:
        """Stores a provider anew."""
        found = await single.providers.get(ctx.tenant.id, key)
        typed = bind(service.FORMS[found.kind], form.pairs, ctx.locale, whole=True)
        with beside_the_form():
            await service.changed(ctx, single, key, service.draft_of(typed, found.kind))
        return _there(ctx, f"{HERE}/{key}", "The settings are saved")

    return [
        sign_in,
        change_sign_in,
        new_provider,
        add_provider,
        provider,
        change_provider,
        *_doing(single),
    ]


def _doing(single: SingleSignOn) -> list[PageDeclaration | ActionDeclaration]:
    """The buttons."""

    @page(
        "/sign-in/{key}/test",
        title="A test",
        needs=SIGN_IN_MANAGE,
        template="maru/admin/sign_in_test.html",
    )
    async def test_provider(ctx: Context, key: str) -> TestView:
        """What is right and wrong with a provider, asked now."""
        found = await single.providers.get(ctx.tenant.id, key)
        result = await service.tested(ctx, single, key)
        return TestView(key=key, name=found.name, **dict(result))

    @action("/sign-in/{key}/on", needs=SIGN_IN_MANAGE)
    async def turn_on(ctx: Context, key: str) -> Redirect:
        """Lets people sign in by it."""
        await service.switched(ctx, single, key, on=True)
        return _there(ctx, HERE, "People can sign in by it now")

    @action("/sign-in/{key}/off", needs=SIGN_IN_MANAGE)
    async def turn_off(ctx: Context, key: str) -> Redirect:
        """Lets nobody sign in by it any more."""
        await service.switched(ctx, single, key, on=False)
        return _there(ctx, HERE, "Nobody can sign in by it any more")

    @action("/sign-in/{key}/remove", needs=SIGN_IN_MANAGE)
    async def remove(ctx: Context, key: str) -> Redirect:
        """Takes it away."""
        await service.removed(ctx, single, key)
        return _there(ctx, HERE, "It is removed")

    return [test_provider, turn_on, turn_off, remove]


def _line(provider: ProviderRow) -> ProviderLine:
    where = provider.settings.get("issuer") or ", ".join(provider.settings.get("hosts", ()))
    told = provider.model_dump(include={"key", "kind", "name", "enabled"})
    return ProviderLine(**told, where=where)


def _view(ctx: Context, kind: Kind, found: ProviderRow | None = None) -> ProviderView:
    key = "" if found is None else found.key
    kept = {} if found is None else {"name": found.name, "rank": found.rank, **found.settings}
    start = {name: value for name, value in kept.items() if value != []}
    callback = callback_of(call_of(ctx).site, key or "…") if kind == "oidc" else ""
    return ProviderView(
        title="" if found is None else found.name,
        kind=kind,
        key=key,
        enabled=found is not None and found.enabled,
        has_secret=found is not None and found.secret is not None,
        callback=callback,
        groups=service.groups_of(ctx, kind, new=found is None),
        start=start,
    )


def _there(ctx: Context, to: str, said: str) -> Redirect:
    return Redirect(to=to, message=ctx.t(said))
