"""`/operator`: the pages of those who run the installation."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from maru.account.entry import cookies_of, visitor_of
from maru.account.schemas import LoginForm, LoginPage
from maru.account.service import call_of, caller_of, origin_of
from maru.identity.cookies import CookieRedirect
from maru.identity.errors import InvalidCredentials, TooManyAttempts, WeakPassword
from maru.identity.factors.step import SecondFactorRequired
from maru.operators import service
from maru.operators.errand import Errand
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.pages import two_step_pages
from maru.operators.factors.service import HERE, HOME, OWN, inside, to_step
from maru.operators.factors.service import signed_in as enter
from maru.operators.factors.step import step_pages
from maru.operators.forms import (
    ChangeForm,
    DeleteForm,
    ExportForm,
    NewTenantForm,
    SuspendForm,
    TaskListView,
    TasksView,
    TenantsView,
    TenantView,
    TrailView,
)
from maru.operators.layout_pages import HERE as LAYOUTS
from maru.operators.layout_pages import PAGES as LAYOUT_PAGES
from maru.operators.queries import TASKS, TASKS_OF, TENANT_LINES, TRAIL
from maru_sdk import (
    Context,
    CursorParams,
    InvalidInput,
    MaruError,
    Model,
    Navigation,
    PageParams,
    Redirect,
    action,
    page,
)
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

NAVIGATION: Final = (
    Navigation("Tenants", HOME, icon="building-2", order=1),
    Navigation("Tasks", f"{HERE}/tasks", icon="list-checks", order=2),
    Navigation("Trail", f"{HERE}/trail", icon="scroll-text", order=3),
    Navigation("Portal pages", LAYOUTS, icon="layout-dashboard", order=4),
    Navigation("Two-step sign-in", OWN, icon="shield-check", order=5),
)
_ON_PAGE: Final = 20


class Refused(InvalidInput):
    """Shows the form once more."""


def operator_pages(entrance: Entrance, errand: Errand) -> list[PageDeclaration | ActionDeclaration]:
    """The pages and forms of the area."""

    @page("", title="Operation", public=True, template="maru/operator/login.html")
    async def sign_in(ctx: Context, next: str = HOME) -> Model:  # noqa: A002
        """The form; who is signed in already goes on."""
        to = inside(next)
        return LoginPage(next=to) if ctx.user is None else Redirect(to=to)

    @action("", public=True, again=sign_in)
    async def signed_in(ctx: Context, form: LoginForm) -> Redirect:
        """Opens the browser's session; a refusal shows the form again."""
        origin, browser = origin_of(ctx), visitor_of(ctx)
        try:
            opened = await entrance.by_password(
                form.username, form.password, "browser", origin, browser
            )
        except SecondFactorRequired as step:
            return to_step(ctx, step.ticket)
        except (InvalidCredentials, TooManyAttempts) as refusal:
            raise Refused(call_of(ctx).t(refusal.text)) from None
        return enter(ctx, opened, form.next)

    @action("/logout", signed_in=True)
    async def sign_out(ctx: Context) -> Redirect:
        """Ends the browser's session."""
        await entrance.sessions.end(caller_of(ctx).session_id)
        return CookieRedirect(to=HERE, cookies=[cookies_of(ctx).end_session()])

    @action("/tenants/new", signed_in=True, again=new_tenant)
    async def create(ctx: Context, form: NewTenantForm) -> Redirect:
        """Makes a tenant."""
        try:
            made = await service.created(ctx, form.asked(), errand)
        except WeakPassword as weak:
            raise _beside("admin_password", weak.worded(call_of(ctx).t)) from None
        except MaruError as refusal:
            raise _said(ctx, refusal) from None
        said = call_of(ctx).t("{name} is ready", name=made.name)
        return Redirect(to=f"{HOME}/{made.id}", message=said)

    @action("/tenants/{tenant_id}/export", signed_in=True, again=one_tenant)
    async def export(ctx: Context, tenant_id: UUID, form: ExportForm) -> Redirect:
        """Has the archive written."""
        task = await service.exported(ctx, tenant_id, form.asked(), errand)
        said = call_of(ctx).t("{slug} is being exported", slug=task.slug)
        return Redirect(to=f"{HOME}/{tenant_id}", message=said)

    own = [*step_pages(entrance), *two_step_pages(entrance)]
    return [sign_in, signed_in, sign_out, create, export, *own, *PAGES, *LAYOUT_PAGES]


@page("/tenants", title="Tenants", signed_in=True, template="maru/operator/tenants.html")
async def tenants(ctx: Context, page: int = 1) -> TenantsView:
    """All tenants with what they use."""
    found = await ctx.page(TENANT_LINES, PageParams(page=max(1, min(page, 500)), limit=_ON_PAGE))
    return TenantsView(
        tenants=list(found), page=found.pagination["page"], pages=found.pagination["totalPages"]
    )


@page("/tenants/new", title="New tenant", signed_in=True, template="maru/operator/new.html")
async def new_tenant(ctx: Context) -> Model:
    """The form for a new tenant."""
    return NewTenantForm.shown()


@page("/tenants/{tenant_id}", title="Tenant", signed_in=True, template="maru/operator/tenant.html")
async def one_tenant(ctx: Context, tenant_id: UUID) -> TenantView:
    """One tenant: what it is, uses and may use, and what can be done with it."""
    found = await service.tenant_of(ctx, tenant_id)
    tasks = list(await ctx.read(TASKS_OF, tenant=tenant_id))
    return TenantView.of(found, tasks)


@page(
    "/tenants/{tenant_id}/tasks",
    title="Tasks",
    signed_in=True,
    template="maru/operator/task_list.html",
)
async def tenant_tasks(ctx: Context, tenant_id: UUID) -> TaskListView:
    """What was asked for a tenant: the part of its page that looks again meanwhile."""
    return TaskListView(tasks=list(await ctx.read(TASKS_OF, tenant=tenant_id)))


@action("/tenants/{tenant_id}", signed_in=True, again=one_tenant)
async def change(ctx: Context, tenant_id: UUID, form: ChangeForm) -> Redirect:
    """Changes name, domain, language, time zone and quotas."""
    try:
        await service.changed(ctx, tenant_id, form.asked())
    except MaruError as refusal:
        raise _said(ctx, refusal) from None
    return _back(ctx, tenant_id, "The tenant is changed")


@action("/tenants/{tenant_id}/suspend", signed_in=True, again=one_tenant)
async def suspend(ctx: Context, tenant_id: UUID, form: SuspendForm) -> Redirect:
    """Shuts the tenant's people out."""
    await service.suspended(ctx, tenant_id, form.asked())
    return _back(ctx, tenant_id, "The tenant is suspended")


@action("/tenants/{tenant_id}/resume", signed_in=True)
async def resume(ctx: Context, tenant_id: UUID) -> Redirect:
    """Serves the tenant again."""
    await service.resumed(ctx, tenant_id)
    return _back(ctx, tenant_id, "The tenant is served again")


@action("/tenants/{tenant_id}/delete", signed_in=True, again=one_tenant)
async def delete(ctx: Context, tenant_id: UUID, form: DeleteForm) -> Redirect:
    """Closes the tenant, to be erased after the grace."""
    await service.left(ctx, tenant_id, form.asked())
    return _back(ctx, tenant_id, "The tenant is closed")


@page("/tasks", title="Tasks", signed_in=True, template="maru/operator/tasks.html")
async def tasks(ctx: Context, cursor: str | None = None) -> TasksView:
    """What operators have asked for."""
    found = await ctx.page(TASKS, CursorParams(cursor=cursor, limit=_ON_PAGE))
    newer, older = _neighbours(f"{HERE}/tasks", found.pagination)
    return TasksView(tasks=list(found), newer=newer, older=older)


@page("/trail", title="Trail", signed_in=True, template="maru/operator/trail.html")
async def trail(ctx: Context, cursor: str | None = None) -> TrailView:
    """What was done to the installation."""
    found = await ctx.page(TRAIL, CursorParams(cursor=cursor, limit=_ON_PAGE))
    newer, older = _neighbours(f"{HERE}/trail", found.pagination)
    return TrailView(lines=list(found), newer=newer, older=older)


PAGES: Final = (
    *(tenants, new_tenant, one_tenant, tenant_tasks, change, suspend, resume, delete),
    *(tasks, trail),
)


def _back(ctx: Context, tenant_id: UUID, said: str) -> Redirect:
    return Redirect(to=f"{HOME}/{tenant_id}", message=call_of(ctx).t(said))


def _neighbours(url: str, found: object) -> tuple[str, str]:
    assert isinstance(found, dict)
    cursors = [found[name] for name in ("prev", "next")]
    newer, older = ["" if one is None else f"{url}?{urlencode({'cursor': one})}" for one in cursors]
    return newer, older


def _beside(field: str, weak: WeakPassword) -> InvalidInput:
    fields = [{**fault, "path": field} for fault in weak.details["fields"]]
    return InvalidInput(fields=fields)


def _said(ctx: Context, refusal: MaruError) -> MaruError:
    """A refusal as something that the form shows once more."""
    if refusal.status not in (409, 422) or refusal.details.get("fields"):
        return refusal
    return Refused(call_of(ctx).t(refusal.text, **refusal.details))
