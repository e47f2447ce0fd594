"""The portal's pages: `/`, its history, and the parts that an open page fetches."""

from collections.abc import Sequence
from uuid import UUID

from maru.plugins.context import Call
from maru.portal import keeping
from maru.portal.desks import own_desk
from maru.portal.errors import PortletUnknown
from maru.portal.frames import Frame
from maru.portal.kinds import usable
from maru.portal.offers import offered
from maru.portal.popups import PopupsView, popups_of
from maru.portal.routes import call_of, history_out
from maru.portal.schemas import HOME, RevisionOut
from maru.portal.service import Portal
from maru.portal.start import start
from maru.web.drawn import Fragment, Unchanging
from maru.web.forms import drawable, fields_of
from maru.web.inputs import Field, translated
from maru_sdk import Context, InvalidInput, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration


class FrameView(Model):
    """One frame as a fragment."""

    portlet: Frame


class SettingsView(Model):
    """The form of a portlet's settings."""

    fields: list[Field]


class HistoryView(Model):
    """What the person's layout was."""

    revisions: list[RevisionOut]


class Nothing(Model):
    """A form without fields."""


@page("/history", title="History of my portal", signed_in=True, template="maru/portal_history.html")
async def history(ctx: Context) -> HistoryView:
    """The versions of the person's layout, each with a way back."""
    return HistoryView(revisions=await history_out(await own_desk(call_of(ctx))))


@action("/history/{number}", signed_in=True, again=history)
async def restore(ctx: Context, number: int, form: Nothing) -> Redirect:
    """Goes back to a version."""
    await keeping.restore(await own_desk(call_of(ctx)), number)
    return Redirect(to="/", message=call_of(ctx).t("Your portal is as it was then."))


@action("/reset", signed_in=True, again=history)
async def reset(ctx: Context, form: Nothing) -> Redirect:
    """Takes away what the person has changed."""
    await keeping.reset(await own_desk(call_of(ctx)))
    return Redirect(to="/", message=call_of(ctx).t("Your portal is as your organization set it."))


@action("/met", signed_in=True)
async def met(ctx: Context, form: Nothing) -> Redirect:
    """The person has seen what is new: it isn't marked any more."""
    await keeping.meet(await own_desk(call_of(ctx)))
    return Redirect(to="/")


def portal_pages(portal: Portal) -> Sequence[PageDeclaration | ActionDeclaration]:
    """All pages; those that show portlets need the loader."""

    @page("/", title="Portal", signed_in=True, template="maru/portal.html")
    async def home(ctx: Context, page: UUID = HOME, *, safe: bool = False) -> Unchanging:
        return await portal.page(call_of(ctx), page, safe=safe)

    @page("/portlet/{placement}", title="Portlet", signed_in=True, template="maru/portlet.html")
    async def frame(ctx: Context, placement: UUID) -> FrameView:
        return FrameView(portlet=await portal.frame(call_of(ctx), placement))

    @page("/fragment/{portlet_type}", title="Portlet", signed_in=True, template="maru/portlet.html")
    async def fragment(ctx: Context, portlet_type: str, config: str = "") -> Fragment:
        return await portal.fragment(call_of(ctx), portlet_type, config)

    @page(
        "/settings/{portlet_type}",
        title="Portlet",
        signed_in=True,
        template="maru/portlet_settings.html",
    )
    async def settings(ctx: Context, portlet_type: str, config: str = "") -> SettingsView:
        return SettingsView(fields=await _fields(call_of(ctx), portlet_type, config))

    @page("/popups", title="Portal", signed_in=True, template="maru/popups.html")
    async def popups(ctx: Context) -> PopupsView:
        return await popups_of(call_of(ctx))

    return [home, start, popups, frame, fragment, settings, history, restore, reset, met]


async def _fields(call: Call, portlet_type: str, config: str) -> list[Field]:
    """The fields of a portlet's settings in the reader's language; `config` is JSON of them."""
    portlet = usable(call).get(portlet_type)
    if portlet is None or portlet.config is None:
        raise PortletUnknown
    try:
        values = _Values.model_validate_json(f'{{"values": {config or "{}"}}}').values
    except ValueError:
        raise InvalidInput from None
    schema = drawable(portlet.config.model_json_schema())
    schema, values = await offered(call, portlet, schema, values)
    say = call.ctx(portlet_type.partition(".")[0]).t
    return [translated(one, say) for one in fields_of(schema, values)]


class _Values(Model):
    values: dict[str, object]
