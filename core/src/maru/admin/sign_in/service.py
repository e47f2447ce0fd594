"""What admins do with the ways to sign in: checked, stored and audited, by API and by form."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from maru.admin.service import call_of
from maru.admin.sign_in.role_map import check_map
from maru.admin.sign_in.schemas import (
    Beginning,
    Ending,
    FindingOut,
    Group,
    LdapForm,
    NewKey,
    OidcForm,
    ProviderChange,
    ProviderNew,
    ProviderOut,
    SignInChange,
    SignInOut,
    TestOut,
)
from maru.api.errors import fields_of
from maru.audit.trail import Actor
from maru.federation.models import Kind
from maru.federation.providers import SETTINGS, Draft
from maru.federation.queries import ProviderRow
from maru.federation.settings import ProviderSettings
from maru.federation.single import SingleSignOn
from maru.federation.tenant import KEY, SignInSettings
from maru.federation.trying import Finding, tried
from maru_sdk import Context, InvalidInput

FORMS: Final[Mapping[Kind, type[OidcForm] | type[LdapForm]]] = {"oidc": OidcForm, "ldap": LdapForm}
_SWITCHES: Final = {
    "passwords": "sign_in.passwords",
    "new_device_mail": "sign_in.new_device_mail",
}
_WHO: Final = ("first_sign_in", "match", "refresh")
_CLAIMS: Final = (
    *("username", "person_name", "email", "employee_number", "phone", "department", "position"),
    *("groups", "roles", "role_map"),
)


async def listed(ctx: Context, single: SingleSignOn) -> list[ProviderOut]:
    """Every way to sign in, in its order."""
    return [shown(one) for one in await single.providers.all(ctx.tenant.id)]


def shown(provider: ProviderRow) -> ProviderOut:
    """A provider without its secret."""
    told = provider.model_dump(exclude={"id", "secret"})
    return ProviderOut(**told, has_secret=provider.secret is not None)


async def added(ctx: Context, single: SingleSignOn, new: ProviderNew) -> None:
    """Stores a new provider, which is off."""
    settings = _settings(ctx, new.kind, new.settings)
    await check_map(ctx, settings)
    draft = Draft(new.name, settings, new.rank, new.secret)
    call = call_of(ctx)
    await single.providers.add(call.unit, ctx.tenant.id, new.key, new.kind, draft, _actor(ctx))


async def changed(ctx: Context, single: SingleSignOn, key: str, change: ProviderChange) -> None:
    """Stores a provider anew."""
    was = await single.providers.get(ctx.tenant.id, key)
    settings = _settings(ctx, was.kind, change.settings)
    await check_map(ctx, settings, SETTINGS[was.kind].model_validate(was.settings))
    draft = Draft(change.name, settings, change.rank, change.secret)
    await single.providers.change(call_of(ctx).unit, ctx.tenant.id, key, draft, _actor(ctx))


async def switched(ctx: Context, single: SingleSignOn, key: str, *, on: bool) -> None:
    """Lets people use a provider, or no more."""
    await single.providers.switch(call_of(ctx).unit, key, _actor(ctx), on=on)


async def removed(ctx: Context, single: SingleSignOn, key: str) -> None:
    """Takes a provider away."""
    await single.providers.remove(call_of(ctx).unit, key, _actor(ctx))


async def tested(ctx: Context, single: SingleSignOn, key: str) -> TestOut:
    """Asks the other side and tells what is right and wrong, in the reader's language."""
    provider = await single.providers.get(ctx.tenant.id, key)
    findings = [_told(ctx, one) for one in await tried(single, ctx.tenant.id, provider)]
    await ctx.audit("sign_in_provider.tested", f"sign_in_provider:{key}")
    return TestOut(passed=all(one.good for one in findings), findings=findings)


async def as_a_whole(ctx: Context) -> SignInOut:
    """What holds for signing in as a whole."""
    return SignInOut(**(await _kept(ctx)).model_dump())


async def set_as_a_whole(ctx: Context, change: SignInChange) -> SignInOut:
    """Switches passwords for all but admins, and mails about new browsers; what isn't said
    stays."""
    call, before = call_of(ctx), await _kept(ctx)
    values = before.model_copy(update=change.model_dump(exclude_none=True))
    if values != before:
        await call.services.settings_store.put(call.unit, ctx.tenant.id, KEY, values)
    for name, action in _SWITCHES.items():
        was, now = getattr(before, name), getattr(values, name)
        if was != now:
            await ctx.audit(action, "sign_in", before={"on": was}, after={"on": now})
    return SignInOut(**values.model_dump())


async def _kept(ctx: Context) -> SignInSettings:
    store = call_of(ctx).services.settings_store
    return await store.get(ctx.tenant.id, KEY, SignInSettings)


def draft_of(form: OidcForm | LdapForm, kind: Kind) -> ProviderChange:
    """A form as a change; an empty secret leaves the one that is kept."""
    given = form.model_dump(mode="json")
    settings = {name: given[name] for name in SETTINGS[kind].model_fields}
    return ProviderChange(
        name=form.name, rank=form.rank, settings=settings, secret=form.secret or None
    )


def groups_of(ctx: Context, kind: Kind, *, new: bool) -> list[Group]:
    """The form's fields in groups, in the reader's language."""
    schema = FORMS[kind].model_json_schema()
    own = [
        name for name in SETTINGS[kind].model_fields if name not in ProviderSettings.model_fields
    ]
    order = {
        "The other side": [*Beginning.model_fields, *own, *Ending.model_fields],
        "Who gets in": _WHO,
        "What is taken over": _CLAIMS,
    }
    groups = [
        Group(title=ctx.t(title), form_schema=_part(ctx, schema, names))
        for title, names in order.items()
    ]
    if new:
        key = NewKey.model_json_schema()
        groups[0].form_schema["properties"] = {
            **_part(ctx, key, ["key"])["properties"],
            **groups[0].form_schema["properties"],
        }
        groups[0].form_schema["required"] = ["key", *groups[0].form_schema["required"]]
    return groups


def _part(ctx: Context, schema: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    properties = {name: _say(ctx, schema["properties"][name]) for name in names}
    needed = [name for name in schema.get("required", ()) if name in names]
    return {**schema, "properties": properties, "required": needed}


def _say(ctx: Context, part: Mapping[str, Any]) -> dict[str, Any]:
    words = {word: ctx.t(part[word]) for word in ("title", "description") if part.get(word)}
    titles = {value: ctx.t(title) for value, title in part.get("x-titles", {}).items()}
    return {**part, **words, **({"x-titles": titles} if titles else {})}


def _settings(ctx: Context, kind: Kind, given: Mapping[str, Any]) -> ProviderSettings:
    try:
        return SETTINGS[kind].model_validate(given)
    except ValidationError as fault:
        raise InvalidInput(fields=list(fields_of(fault.errors(), ctx.locale, skip=0))) from None


def _told(ctx: Context, finding: Finding) -> FindingOut:
    return FindingOut(good=finding.good, text=ctx.t(finding.text, said=finding.said))


def _actor(ctx: Context) -> Actor:
    call = call_of(ctx)
    return Actor(call.actor, "admin", call.address, call.trace)
