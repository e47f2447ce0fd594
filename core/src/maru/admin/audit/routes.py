"""`/api/v1/admin/audit`."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints

from maru.access.permissions import AUDIT_READ
from maru.admin.audit import queries, service
from maru.admin.audit.schemas import AuditOut
from maru.api.exchange import Answer
from maru.audit.models import Kind
from maru_sdk import Context, CursorParams, Page, get

CHANGES = "what was just done must be there"
Text = Annotated[str, StringConstraints(max_length=500)]


@get("/audit", needs=AUDIT_READ, no_store=CHANGES)
async def lines(
    ctx: Context,
    page: CursorParams,
    person: UUID | None = None,
    action: Text | None = None,
    target: Text | None = None,
    kind: Kind | None = None,
    address: Text | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Page[AuditOut]:
    """The tenant's audit trail, the newest line first. By address alone the last 90 days are
    looked through, unless `since` says otherwise."""
    given = service.filters(_given(person, action, target, kind, address, since, until), ctx.now)
    return await ctx.page(queries.listing(frozenset(given)), page, **given)


@get("/audit/export", needs=AUDIT_READ, no_store=CHANGES, limit="export")
async def export(
    ctx: Context,
    person: UUID | None = None,
    action: Text | None = None,
    target: Text | None = None,
    kind: Kind | None = None,
    address: Text | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Answer:
    """The same lines as CSV, whole; the export is a line of the trail itself."""
    given = service.filters(_given(person, action, target, kind, address, since, until), ctx.now)
    told = {name: str(value) for name, value in given.items()}
    await ctx.audit("audit.exported", "audit", after=told)

    async def parts(later: Context) -> AsyncIterator[bytes]:
        async for part in service.exported(later, given):
            yield part

    name = f'attachment; filename="audit-{ctx.tenant.slug}-{ctx.now:%Y%m%d}.csv"'
    return Answer(
        200,
        kind=b"text/csv; charset=utf-8",
        headers=[(b"content-disposition", name.encode())],
        stream=parts,
    )


@get("/audit/{line_id}", needs=AUDIT_READ, no_store=CHANGES)
async def line(ctx: Context, line_id: UUID) -> AuditOut:
    """One line."""
    return await service.one(ctx, line_id)


def _given(
    person: UUID | None,
    action: str | None,
    target: str | None,
    kind: Kind | None,
    address: str | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    return {
        "person": person,
        "action": action,
        "target": target,
        "kind": kind,
        "address": address,
        "since": since,
        "until": until,
    }


ROUTES = (lines, export, line)
