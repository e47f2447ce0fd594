"""`/operator/layouts`: a portal page is chosen, tried and published in several tenants."""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from maru.account.service import call_of
from maru.operators import layouts
from maru.operators.queries import TENANT_LINES
from maru.operators.schemas import LayoutAsk, Slug, TaskLine
from maru.portal.packs import read_pack
from maru_sdk import Context, InvalidInput, MaruError, Model, Redirect, action, page

HERE: Final = "/operator/layouts"


class LayoutForm(Model):
    """What is to be published where."""

    pack: str = Field(
        title="Exported layout",
        description="What “Export as JSON” of a tenant's portal page gives.",
        max_length=500_000,
        json_schema_extra={"x-kind": "long"},
    )
    tenants: list[Slug] = Field(title="Tenants", min_length=1)
    role: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, title="Key of a role", description="Left empty: the page of everybody."
    )
    dry_run: bool = Field(default=True, title="Only say what would change")


class LayoutsView(Model):
    """The form, and what became of what was asked before."""

    form_schema: dict[str, Any]
    tasks: list[TaskLine]


class LayoutTasksView(Model):
    """The part of the page that looks again meanwhile."""

    tasks: list[TaskLine]


class Refused(InvalidInput):
    """Shows the form once more."""


@page("/layouts", title="Portal pages", signed_in=True, template="maru/operator/layouts.html")
async def layouts_page(ctx: Context) -> LayoutsView:
    """The form with every tenant to choose from."""
    tenants = sorted(await ctx.read(TENANT_LINES), key=lambda one: one.slug)
    schema = LayoutForm.model_json_schema()
    choice = schema["properties"]["tenants"]
    choice["items"] = {"type": "string", "enum": [one.slug for one in tenants]}
    choice["x-names"] = {one.slug: one.name for one in tenants}
    return LayoutsView(form_schema=schema, tasks=await layouts.layout_tasks(ctx))


@page(
    "/layouts/tasks",
    title="Portal pages",
    signed_in=True,
    template="maru/operator/layout_tasks.html",
)
async def layout_tasks(ctx: Context) -> LayoutTasksView:
    """How it goes."""
    return LayoutTasksView(tasks=await layouts.layout_tasks(ctx))


@action("/layouts", signed_in=True, again=layouts_page)
async def lay_out(ctx: Context, form: LayoutForm) -> Redirect:
    """Has it done, or tried."""
    try:
        asked = LayoutAsk(
            pack=read_pack(form.pack), tenants=form.tenants, role=form.role, dry_run=form.dry_run
        )
        tasks = await layouts.lay_out(ctx, asked)
    except MaruError as refusal:
        raise Refused(call_of(ctx).t(refusal.text, **refusal.details)) from None
    said = call_of(ctx).t("{count} tenants are asked", count=len(tasks))
    return Redirect(to=HERE, message=said)


PAGES: Final = (layouts_page, layout_tasks, lay_out)
