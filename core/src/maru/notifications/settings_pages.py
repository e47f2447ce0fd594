"""`/notifications/settings` and `/admin/notifications`: how one is told, and how those are who
chose nothing."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.access.permissions import SETTINGS_MANAGE
from maru.notifications.addresses import Address, AddressForm, addresses, keep
from maru.notifications.choosing import (
    HOWS,
    Choice,
    Chosen,
    Hours,
    choices,
    choose,
    hours,
    keep_hours,
)
from maru.notifications.kinds import call_of
from maru_sdk import Context, InvalidInput, Model, Redirect, action, admin_page, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/notifications/settings"
ADMIN: Final = "/admin/notifications"
Pair = Annotated[str, StringConstraints(max_length=220)]
Named = Annotated[str, StringConstraints(max_length=440)]
Time = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ChoicesView(Model):
    """Kinds with what is chosen of each, and the hours."""

    choices: list[Choice]
    channels: list[Address]
    columns: list[dict[str, str]]
    url: str
    own: bool
    mail: bool
    form_schema: dict[str, Any]
    start: dict[str, Any]


class ChoicesForm(Model):
    """What is chosen, as `board.commented=daily`, by channel; for plugins' channels with their name
    before it, `sms.text_message board.commented=now`."""

    in_app: list[Pair] = Field(default_factory=list, max_length=500)
    email: list[Pair] = Field(default_factory=list, max_length=500)
    others: list[Named] = Field(default_factory=list, max_length=2_000)


class HoursForm(Model):
    """When no mail comes, and when the digest does."""

    quiet_from: Time | None = Field(
        None,
        title="No mail from",
        description="What is told meanwhile comes as one mail afterwards.",
        json_schema_extra={"format": "time"},
    )
    quiet_until: Time | None = Field(None, title="Until", json_schema_extra={"format": "time"})
    digest_hour: int = Field(
        8,
        ge=0,
        le=23,
        title="Hour of the digest",
        description="In your time zone; weekly ones come on Mondays.",
    )


@page(
    "/settings",
    title="Notification settings",
    signed_in=True,
    template="maru/notifications/settings.html",
)
async def settings(ctx: Context) -> ChoicesView:
    """How the reader is told."""
    call = call_of(ctx)
    return await _view(ctx, ctx.me.id, HERE, (await hours(call, ctx.me.id)).model_dump())


@action("/settings", signed_in=True, again=settings)
async def store(ctx: Context, form: ChoicesForm) -> Redirect:
    """Keeps the reader's choices."""
    await choose(call_of(ctx), ctx.me.id, _chosen(form))
    return Redirect(to=HERE, message=ctx.t("Saved."))


@action("/settings/hours", signed_in=True, again=settings)
async def store_hours(ctx: Context, form: HoursForm) -> Redirect:
    """Keeps the reader's hours."""
    if bool(form.quiet_from) != bool(form.quiet_until):
        missing = "quiet_until" if form.quiet_from else "quiet_from"
        message = ctx.t("Quiet hours need a beginning and an end.")
        raise InvalidInput(fields=[{"path": missing, "code": "missing", "message": message}])
    await keep_hours(call_of(ctx), ctx.me.id, Hours(**form.model_dump()))
    return Redirect(to=HERE, message=ctx.t("Saved."))


@action("/settings/addresses", signed_in=True, again=settings)
async def store_address(ctx: Context, form: AddressForm) -> Redirect:
    """Keeps where the reader is told by a channel, or nothing any more."""
    await keep(call_of(ctx), ctx.me.id, form.channel, form.address)
    return Redirect(to=HERE, message=ctx.t("Saved."))


@admin_page(
    "", title="Notifications", needs=SETTINGS_MANAGE, template="maru/notifications/settings.html"
)
async def defaults(ctx: Context) -> ChoicesView:
    """How those are told who chose nothing."""
    return await _view(ctx, None, "/notifications/defaults", {})


@action("/defaults", needs=SETTINGS_MANAGE)
async def store_defaults(ctx: Context, form: ChoicesForm) -> Redirect:
    """Keeps what the company has."""
    chosen = _chosen(form)
    await choose(call_of(ctx), None, chosen)
    await ctx.audit(
        "notifications.defaults_changed",
        "admin",
        after={f"{one.kind} {one.channel}": one.how for one in chosen},
    )
    return Redirect(to=ADMIN, message=ctx.t("Saved."))


OWN_PAGES: Final[list[PageDeclaration | ActionDeclaration]] = [
    settings,
    store,
    store_hours,
    store_address,
    store_defaults,
]
ADMIN_PAGES: Final = [defaults]


async def _view(ctx: Context, person: UUID | None, url: str, start: dict[str, Any]) -> ChoicesView:
    call = call_of(ctx)
    ways = await addresses(call, person)
    return ChoicesView(
        choices=await choices(call, person),
        channels=ways,
        columns=[{"label": way.title} for way in ways],
        url=url,
        own=person is not None,
        mail=bool(call.services.post.scheme),
        form_schema=HoursForm.model_json_schema(),
        start=start,
    )


def _chosen(form: ChoicesForm) -> list[Chosen]:
    own = [(channel, pair) for channel in HOWS for pair in getattr(form, channel)]
    others = [(channel, pair) for channel, _, pair in (one.partition(" ") for one in form.others)]
    return [
        Chosen(kind=kind, channel=channel, how=how)
        for channel, pair in [*own, *others]
        for kind, _, how in [pair.partition("=")]
    ]
