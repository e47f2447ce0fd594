"""How the installation does: `/admin/monitor`, `/admin/alerts` and their API."""

import time
from datetime import datetime
from typing import Any, Literal

from maru.access.permissions import OPERATION_READ
from maru.admin.service import call_of
from maru.alerts.points import PointStore
from maru.alerts.queries import ALL
from maru_sdk import Context, Model, get, page
from maru_sdk.declarations import PageDeclaration, Route

HOUR = 3600.0


class SlowOut(Model):
    """What one plugin took in the last five minutes, in seconds."""

    plugin: str
    what: Literal["portlets", "jobs", "requests"]
    count: float
    seconds: float
    p95: float


class FiguresOut(Model):
    """The figures of all processes over time; `at` is Unix time, what isn't known is null."""

    points: list[dict[str, float | None]]
    slowest: list[SlowOut]


class AlertOut(Model):
    """One rule and its state; `value` is what was found last and `fault` why nothing could be."""

    name: str
    title: str
    severity: Literal["info", "warning", "critical"]
    metric: str
    measure: str
    operator: str
    threshold: float
    over: float
    holds_for: float
    cool_down: float
    goes_to: list[str]
    state: Literal["ok", "pending", "firing", "unknown"]
    value: float | None
    since: datetime | None
    told_at: datetime | None
    fault: str | None


class MonitorView(Model):
    """The page of charts: the latest point, the slowest plugins, what fires."""

    now: dict[str, float | None]
    slowest: list[SlowOut]
    firing: list[AlertOut]


class AlertsView(Model):
    """The page of rules, those that fire first; `age` is how many seconds ago anyone looked."""

    alerts: list[AlertOut]
    age: float | None


def monitor_routes(points: PointStore) -> list[Route]:
    """`GET /api/v1/admin/metrics` and `/alerts`."""

    @get("/metrics", needs=OPERATION_READ, no_store="figures, as of now")
    async def metrics(ctx: Context, since: float = 0) -> FiguresOut:
        """The points after `since` (Unix time) and the slowest plugins."""
        found, slow = await points.since(since)
        return FiguresOut(points=found, slowest=[SlowOut(**one) for one in slow])

    @get("/alerts", needs=OPERATION_READ, no_store="what fires, as of now")
    async def alerts(ctx: Context) -> list[AlertOut]:
        """The rules of the installation and their states."""
        return (await _alerts(ctx)).alerts

    return [metrics, alerts]


def monitor_pages(points: PointStore) -> list[PageDeclaration]:
    """`/admin/monitor` and `/admin/alerts`."""

    @page("/monitor", title="Monitoring", needs=OPERATION_READ, template="maru/admin/monitor.html")
    async def monitor(ctx: Context) -> MonitorView:
        found, slow = await points.since(time.time() - HOUR)
        firing = [one for one in (await _alerts(ctx)).alerts if one.state == "firing"]
        now = found[-1] if found else {}
        return MonitorView(now=now, slowest=[SlowOut(**one) for one in slow], firing=firing)

    @page("/alerts", title="Alerts", needs=OPERATION_READ, template="maru/admin/alerts.html")
    async def alerts(ctx: Context) -> AlertsView:
        return await _alerts(ctx)

    return [monitor, alerts]


async def _alerts(ctx: Context) -> AlertsView:
    rows: Any = (await ctx.db.execute(ALL)).all()
    order = {"firing": 0, "pending": 1, "unknown": 2, "ok": 3}
    found = sorted((_alert(ctx, row) for row in rows), key=lambda one: order[one.state])
    newest = max((row.updated_at for row in rows), default=None)
    age = None if newest is None else max(0.0, (ctx.now - newest).total_seconds())
    return AlertsView(alerts=found, age=age)


def _alert(ctx: Context, row: Any) -> AlertOut:
    rule = row.rule
    return AlertOut(
        name=row.name,
        title=call_of(ctx).t(rule["title"]),
        **{name: rule[name] for name in ("severity", "metric", "measure", "operator", "threshold")},
        over=_seconds(rule["over"]),
        holds_for=_seconds(rule["for"]),
        cool_down=_seconds(rule["cool_down"]),
        goes_to=rule["goes_to"],
        state=row.state,
        value=row.value,
        since=row.since,
        told_at=row.told_at,
        fault=row.fault,
    )


def _seconds(span: str | float) -> float:
    return float(span)
