"""`/admin/audit`."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.access.permissions import AUDIT_READ
from maru.admin.audit import queries, service
from maru.admin.audit.schemas import AuditView, LineView, Sought
from maru.audit.kinds import KINDS
from maru.identity.sign_in import fold
from maru_sdk import Context, CursorParams, page

HERE: Final = "/admin/audit"
EXPORT: Final = "/api/v1/admin/audit/export"
ON_PAGE: Final = 25
LATE: Final = timedelta(minutes=30)
_NOBODY: Final = UUID(int=0)


@page("/audit", title="Audit trail", needs=AUDIT_READ, template="maru/admin/audit.html")
async def trail(
    ctx: Context,
    person: str = "",
    action: str = "",
    target: str = "",
    kind: str = "",
    address: str = "",
    since: str = "",
    until: str = "",
    cursor: str | None = None,
) -> AuditView:
    """The trail, searched by who, what, when and from where."""
    sought = Sought(
        person=person.strip(),
        action=action,
        target=target.strip(),
        kind=kind if kind in KINDS else "",
        address=address.strip(),
        since=since,
        until=until,
    )
    given = service.filters(await _filters(ctx, sought), ctx.now)
    params = CursorParams(cursor=cursor, limit=ON_PAGE)
    found = await ctx.page(queries.listing(frozenset(given)), params, **given)
    signed = [one.made_at for one in await ctx.read(queries.SIGNED)]
    chosen = {name: value for name, value in sought.model_dump().items() if value}
    return AuditView(
        rows=await service.rows(ctx, found),
        actions=service.choices(ctx, [one.action for one in await ctx.read(queries.ACTIONS)]),
        sought=sought,
        unknown_person=given.get("person") == _NOBODY,
        searching=bool(chosen),
        export=_url(EXPORT, given),
        newer=_at(chosen, found.pagination["prev"]),
        older=_at(chosen, found.pagination["next"]),
        sealed_at=signed[0] if signed else None,
        sealing=bool(signed) and ctx.now - signed[0] < LATE,
    )


async def _filters(ctx: Context, sought: Sought) -> dict[str, Any]:
    """What was typed as what is asked; days are those of the tenant's clock."""
    zone = ZoneInfo(ctx.tenant.timezone)
    until = _midnight(sought.until, zone)
    return {
        "person": await _person(ctx, sought.person),
        "action": sought.action,
        "target": sought.target,
        "kind": sought.kind,
        "address": sought.address,
        "since": _midnight(sought.since, zone),
        "until": None if until is None else until + timedelta(days=1),
    }


async def _person(ctx: Context, typed: str) -> UUID | None:
    """Whom an id or a user name means; nobody's id where it means nobody."""
    if not typed:
        return None
    try:
        return UUID(typed)
    except ValueError:
        found = [one.id for one in await ctx.read(queries.NAMED, key=fold(typed))]
        return found[0] if found else _NOBODY


def _midnight(typed: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day; none where no day was typed."""
    try:
        return datetime.combine(date.fromisoformat(typed), time(), zone)
    except ValueError:
        return None


def _at(chosen: Mapping[str, str], cursor: object) -> str:
    return "" if cursor is None else _url(HERE, {**chosen, "cursor": str(cursor)})


def _url(path: str, given: Mapping[str, Any]) -> str:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in given.items()
    }
    return f"{path}?{urlencode(told)}" if told else path


@page(
    "/audit/{line_id}", title="Audit line", needs=AUDIT_READ, template="maru/admin/audit_line.html"
)
async def one_line(ctx: Context, line_id: UUID) -> LineView:
    """One line: who, what, when, from where, before and after."""
    found = await service.one(ctx, line_id)
    (row,) = await service.rows(ctx, [found], most=500)
    return LineView(row=row)


PAGES = (trail, one_line)
