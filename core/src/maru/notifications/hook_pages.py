"""`/admin/notifications/hooks`: what other programs and chats are told, and how that went."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.access.permissions import SETTINGS_MANAGE
from maru.notifications import hook_queries as queries
from maru.notifications import hooks
from maru.notifications.channels import channel_of, channels_on, title_of
from maru.notifications.kinds import CORE, call_of
from maru.notifications.reading import kinds_of
from maru.plugins.context import Call
from maru.web.languages import CORE as WORDS
from maru.web.languages import in_words
from maru_sdk import Context, Model, NotFound, Redirect, action, admin_page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/admin/notifications/hooks"
SLACK: Final = "core.slack"
"""Knows us by its address alone."""

Word = Annotated[str, StringConstraints(max_length=220)]


class HookNotFound(NotFound):
    """It was removed meanwhile."""

    code = "NOTIFICATION_HOOK_NOT_FOUND"
    message = "This address isn't told of anything any more"


class HookShown(Model):
    """A hook on the page, with the secret by which the other side knows us."""

    id: UUID
    name: str
    channel: str
    icon: str
    host: str
    kinds: list[str]
    secret: str


class DeliveryShown(Model):
    """A delivery in words; `error` says why it failed."""

    kind: str
    channel: str
    to: str
    state: str
    error: str
    tries: int
    created_at: datetime


class HooksView(Model):
    """All hooks, and what was last sent."""

    hooks: list[HookShown]
    deliveries: list[DeliveryShown]
    titles: dict[str, str]
    form_schema: dict[str, Any]
    start: dict[str, Any]


class HookForm(Model):
    """A new one."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(title="Name")
    channel: Word = Field("core.webhook", title="What listens there")
    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] = Field(
        title="Address",
        description="Of an incoming webhook, beginning with https://.",
        json_schema_extra={"x-kind": "text"},
    )
    kinds: list[Word] = Field(title="What it is told of", min_length=1, max_length=200)


@admin_page(
    "/hooks",
    title="Other programs and chats",
    needs=SETTINGS_MANAGE,
    template="maru/notifications/hooks.html",
)
async def listed(ctx: Context) -> HooksView:
    """What other programs and chats are told."""
    call = call_of(ctx)
    core, kinds = call.ctx("core"), kinds_of(call)
    sealed = {one.id: one.secret for one in await core.read(queries.SECRETS)}
    ways = {way.name: call.ctx(key).t(way.title) for key, way in channels_on(call, "company")}
    icons = {way.name: way.icon for _, way in channels_on(call, "company")}
    shown = [
        HookShown(
            **one.model_dump(exclude={"channel"}),
            channel=title_of(call, one.channel),
            icon=icons.get(one.channel, "send"),
            secret=""
            if one.channel == SLACK
            else await hooks.opened(call, one.id, "secret", sealed[one.id]),
        )
        for one in await core.read(queries.HOOKS)
    ]
    schema, titles = HookForm.model_json_schema(), {one.name: one.title for one in kinds}
    schema["properties"]["channel"] |= {"enum": list(ways), "x-titles": ways}
    schema["properties"]["kinds"]["items"]["enum"] = list(titles)
    schema["properties"]["kinds"]["x-titles"] = titles
    return HooksView(
        hooks=shown,
        deliveries=[_worded(call, one) for one in await core.read(queries.DELIVERIES)],
        titles=titles,
        form_schema=schema,
        start={"channel": "core.webhook"},
    )


@action("/hooks", needs=SETTINGS_MANAGE, again=listed)
async def add(ctx: Context, form: HookForm) -> Redirect:
    """Adds one."""
    made = await hooks.add(call_of(ctx), form.name, form.channel, form.url, form.kinds)
    after = {"name": form.name, "channel": form.channel, "kinds": form.kinds}
    await ctx.audit("notifications.hook_added", f"hook:{made}", after=after)
    return Redirect(to=HERE, message=ctx.t("Saved."))


@action("/hooks/{hook_id}/remove", needs=SETTINGS_MANAGE)
async def remove(ctx: Context, hook_id: UUID) -> Redirect:
    """Removes one; what it was still to be sent is not."""
    name = await ctx.db.scalar(queries.REMOVE, {"id": hook_id})
    if name is None:
        raise HookNotFound
    await ctx.audit("notifications.hook_removed", f"hook:{hook_id}", before={"name": name})
    return Redirect(to=HERE, message=ctx.t("It is told nothing any more."))


HOOK_PAGES: Final[list[PageDeclaration | ActionDeclaration]] = [add, remove]
HOOK_ADMIN_PAGES: Final = [listed]


def _worded(call: Call, row: queries.DeliveryRow) -> DeliveryShown:
    found, error = channel_of(call, row.channel), ""
    if row.error is not None:
        own = WORDS if found is None or found[0] == CORE else found[0]
        say, told = call.services.languages.translate, row.error
        error = in_words(say, own, call.locale, told.text, told.details)
    given = row.model_dump(exclude={"id", "channel", "error"})
    return DeliveryShown(**given, channel=title_of(call, row.channel), error=error)
