"""`/api/v1/operator`: for programs that run the installation, with an operator's token."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import orjson

from maru.account.factors.schemas import StepCode
from maru.account.schemas import Login
from maru.account.service import caller_of, origin_of
from maru.api.exchange import Answer
from maru.operators import layouts, service
from maru.operators.errand import Errand
from maru.operators.errors import TaskUnknown
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.step import entered_by_code
from maru.operators.queries import TASK, TASKS, TENANT_LINES, TRAIL
from maru.operators.schemas import (
    ExportAsk,
    LayoutAsk,
    Leaving,
    NewTenant,
    Suspension,
    TaskLine,
    TenantChange,
    TenantLine,
    TrailLine,
)
from maru.operators.sessions import Opened
from maru_sdk import Context, CursorParams, Model, Page, PageParams, get, post, put
from maru_sdk.declarations import Route

FRESH: Final = "an operator waits for what changes from second to second"


class OperatorOut(Model):
    """An operator as they see themselves."""

    username: str
    name: str


class OperatorToken(OperatorOut):
    """A sign-in: a token of its own kind, good for this area alone."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a word of the protocol)
    expires_at: datetime


def operator_routes(
    entrance: Entrance, errand: Errand, describe: Callable[[], bytes]
) -> list[Route]:
    """The routes of the area; `describe` makes their description."""

    @get("/openapi.json", signed_in=True, no_store=FRESH)
    async def openapi(ctx: Context) -> Answer:
        """What programs may ask here, as OpenAPI; also at `/operator/openapi.json`."""
        return Answer(200, describe())

    @post("/login", public=True, status=200)
    async def login(ctx: Context, body: Login) -> OperatorToken:
        """Opens an operator's session for a program; it lasts half a day. Who has a second factor
        is told 403 SECOND_FACTOR_REQUIRED with a ticket."""
        origin = origin_of(ctx)
        opened = await entrance.by_password(body.username, body.password, "client", origin)
        return _token(opened)

    @post("/login/second-factor", public=True, status=200)
    async def second_factor(ctx: Context, body: StepCode) -> OperatorToken:
        """Goes on with a sign-in that answered SECOND_FACTOR_REQUIRED: `ticket` is that answer's,
        `code` one of the app or one on paper. A wrong one is 401 SECOND_FACTOR_WRONG."""
        return _token(await entered_by_code(ctx, entrance, body))

    @post("/logout", signed_in=True, status=200)
    async def logout(ctx: Context) -> None:
        """Ends the session of this request's token."""
        await entrance.sessions.end(caller_of(ctx).session_id)

    @post("/tenants", signed_in=True, status=201)
    async def create(ctx: Context, body: NewTenant) -> TenantLine:
        """A new tenant with core's roles and, where one is given, its first administrator."""
        return await service.created(ctx, body, errand)

    @post("/tenants/{tenant_id}/export", signed_in=True, status=202)
    async def export(ctx: Context, tenant_id: UUID, body: ExportAsk | None = None) -> TaskLine:
        """Writes the whole tenant into an archive; `/tasks/{id}` says how it goes."""
        return await service.exported(ctx, tenant_id, body or ExportAsk(), errand)

    return [openapi, login, second_factor, logout, me, create, export, *ROUTES]


def _token(opened: Opened) -> OperatorToken:
    return OperatorToken(
        access_token=opened.token,
        expires_at=opened.expires_at,
        username=opened.username,
        name=opened.name,
    )


@get("/me", signed_in=True, no_store=FRESH)
async def me(ctx: Context) -> OperatorOut:
    """The operator who is signed in."""
    return OperatorOut(username=ctx.me.username, name=ctx.me.name)


@get("/tenants", signed_in=True, no_store=FRESH)
async def tenants(ctx: Context, page: PageParams) -> Page[TenantLine]:
    """All tenants, by slug, with what they use and may use."""
    return await ctx.page(TENANT_LINES, page)


@get("/tenants/{tenant_id}", signed_in=True, no_store=FRESH)
async def tenant(ctx: Context, tenant_id: UUID) -> TenantLine:
    """One tenant."""
    return await service.tenant_of(ctx, tenant_id)


@put("/tenants/{tenant_id}", signed_in=True)
async def change(ctx: Context, tenant_id: UUID, body: TenantChange) -> TenantLine:
    """Changes name, domain, language, time zone or quotas; fields left out stay."""
    return await service.changed(ctx, tenant_id, body)


@post("/tenants/{tenant_id}/suspend", signed_in=True, status=200)
async def suspend(ctx: Context, tenant_id: UUID, body: Suspension | None = None) -> TenantLine:
    """Shuts a tenant's people out, who are told so; its jobs are parked."""
    return await service.suspended(ctx, tenant_id, body or Suspension())


@post("/tenants/{tenant_id}/resume", signed_in=True, status=200)
async def resume(ctx: Context, tenant_id: UUID) -> TenantLine:
    """Serves a tenant again that is suspended, or deleted while its grace lasts."""
    return await service.resumed(ctx, tenant_id)


@post("/tenants/{tenant_id}/delete", signed_in=True, status=200)
async def delete(ctx: Context, tenant_id: UUID, body: Leaving) -> TenantLine:
    """Closes a tenant at once and erases it after the days of grace."""
    return await service.left(ctx, tenant_id, body)


@post("/layouts", signed_in=True, status=202)
async def lay_out(ctx: Context, body: LayoutAsk) -> list[TaskLine]:
    """Publishes one portal page in several tenants, or says what that would change; each tenant is
    a task of its own, and `/tasks/{id}` says how it goes."""
    return await layouts.lay_out(ctx, body)


@get("/tasks", signed_in=True, no_store=FRESH)
async def tasks(ctx: Context, page: CursorParams) -> Page[TaskLine]:
    """What operators have asked for, the newest first."""
    found = await ctx.page(TASKS, page)
    # Through the model, which keeps what a refusal is made of again to itself.
    json = orjson.dumps([line.model_dump(mode="json") for line in found])
    return Page(json, TaskLine, found.pagination)


@get("/tasks/{task_id}", signed_in=True, no_store=FRESH)
async def task(ctx: Context, task_id: UUID) -> TaskLine:
    """One of these, and how it goes."""
    found = await ctx.read(TASK, id=task_id)
    if not found:
        raise TaskUnknown
    return found[0]


@get("/audit", signed_in=True, no_store=FRESH)
async def trail(ctx: Context, page: CursorParams) -> Page[TrailLine]:
    """What was done to the installation, the newest first."""
    return await ctx.page(TRAIL, page)


ROUTES: Final = (
    *(tenants, tenant, change, suspend, resume, delete),
    *(lay_out, tasks, task, trail),
)
