"""The trail in words, and as a file."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from maru.admin.audit import queries
from maru.admin.audit.schemas import AuditOut, AuditRow, Change, Choice
from maru.admin.audit.titles import fields, titles
from maru.admin.service import call_of
from maru_sdk import Context, NotFound
from maru_sdk.sheets import csv_of, csv_part

LOOKED_BACK: Final = timedelta(days=90)
_CHANGES: Final = 3
_LONG: Final = 300
_LAST: Final = UUID(int=(1 << 128) - 1)
Filters = Mapping[str, Any]


class LineNotFound(NotFound):
    """The trail has no such line."""

    code = "AUDIT_LINE_NOT_FOUND"
    message = "There is no such line in the audit trail"


def filters(given: Filters, now: datetime) -> dict[str, Any]:
    """The filters that are given. By address alone the last 90 days are looked through: there is
    no index of addresses."""
    found = {name: value for name, value in given.items() if value not in (None, "")}
    if "address" in found and not found.keys() & {"since", "person", "action", "target"}:
        found["since"] = now - LOOKED_BACK
    return found


async def one(ctx: Context, line_id: UUID) -> AuditOut:
    """One line; raises LineNotFound."""
    for found in await ctx.read(queries.LINE, id=line_id):
        return found
    raise LineNotFound


async def rows(ctx: Context, lines: Iterable[AuditOut], *, short: bool = True) -> list[AuditRow]:
    """Lines as people read them, with what changed; `short` has the first few that say much."""
    found = list(lines)
    known = titles(call_of(ctx).t)
    names = await _names(ctx, [line.target for line in found])
    return [
        AuditRow(
            line=line,
            title=known.get(line.action, line.action),
            known=line.action in known,
            who=who(ctx, line),
            about=names.get(line.target, line.target),
            changes=_telling(ctx, line) if short else list(changes(ctx, line)),
        )
        for line in found
    ]


def who(ctx: Context, line: AuditOut) -> str:
    """Who acted, by name."""
    t = call_of(ctx).t
    if line.person_name is not None:
        return line.person_name
    if line.operator is not None:
        return t("{name} (operator)", name=line.operator)
    return t("Nobody signed in") if line.plugin in ("auth", "login") else t("Maru")


async def _names(ctx: Context, targets: Iterable[str]) -> dict[str, str]:
    """The names of the people and departments that are among these targets."""
    found: dict[str, str] = {}
    meant = {target: target.partition(":") for target in targets}
    ids = {target: _uuid(last) for target, (_, _, last) in meant.items()}
    people = [one for at, one in ids.items() if one and meant[at][0] == "person"]
    departments = [one for at, one in ids.items() if one and meant[at][0] == "department"]
    if people:
        named = await ctx.people.names(people)
        found |= {f"person:{one}": name for one, name in named.items() if name}
    if departments:
        rows = await ctx.read(queries.DEPARTMENTS, ids=departments)
        found |= {f"department:{one.id}": one.name for one in rows}
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def changes(ctx: Context, line: AuditOut) -> Iterable[Change]:
    """What was before and after, field by field, without what stayed."""
    before, after = line.before or {}, line.after or {}
    known = fields(call_of(ctx).t)
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name) or name not in after or name not in before:
            yield Change(
                field=name,
                name=known.get(name, name),
                before=shown(ctx, before, name),
                after=shown(ctx, after, name),
            )


def _telling(ctx: Context, line: AuditOut) -> list[Change]:
    """The first few changes, without ids and what is empty."""
    values = {**(line.before or {}), **(line.after or {})}
    told = [
        one
        for one in changes(ctx, line)
        if values[one.field] is not None and _uuid(str(values[one.field])) is None
    ]
    return told[:_CHANGES]


def shown(ctx: Context, facts: Mapping[str, Any], name: str) -> str:
    """One value for people; empty where there is none."""
    value, t = facts.get(name), call_of(ctx).t
    if value is None:
        return t("Nothing") if name in facts else ""
    if isinstance(value, bool):
        return t("Yes") if value else t("No")
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONG else text[:_LONG].rstrip() + "…"


def choices(ctx: Context, found: Iterable[str]) -> list[Choice]:
    """Actions to choose from, in the order of their titles."""
    known = titles(call_of(ctx).t)
    made = [Choice(code=action, title=known.get(action, action)) for action in found]
    return sorted(made, key=lambda choice: (choice.code not in known, choice.title))


async def exported(ctx: Context, given: Filters) -> AsyncIterator[bytes]:
    """The lines as CSV, for spreadsheets: in UTF-8 with its mark, and with no cell that a
    spreadsheet would run as a formula."""
    t, known = call_of(ctx).t, titles(call_of(ctx).t)
    zone = ZoneInfo(ctx.tenant.timezone)
    heads = (
        "Time",
        "Who did it",
        "Action",
        "Code",
        "Target",
        "From address",
        "Before",
        "After",
        "Kind",
    )
    yield csv_of([[t(head) for head in heads] + [t("Number"), t("Trace")]])
    query, args = queries.exporting(frozenset(given)), dict(given)
    last_at, last = datetime.max.replace(tzinfo=UTC), _LAST
    while True:
        found = list(await ctx.read(query, **args, last_at=last_at, last=last))
        if found:
            yield csv_part([_cells(ctx, line, known, zone) for line in found])
            last_at, last = found[-1].created_at, found[-1].id
        if len(found) < 1_000:
            return


def _cells(ctx: Context, line: AuditOut, known: Mapping[str, str], zone: ZoneInfo) -> Sequence[str]:
    return [
        line.created_at.astimezone(zone).isoformat(sep=" ", timespec="seconds"),
        who(ctx, line),
        known.get(line.action, line.action),
        line.action,
        line.target,
        line.address or "",
        *("" if facts is None else _json(facts) for facts in (line.before, line.after)),
        line.kind,
        "" if line.number is None else str(line.number),
        line.trace or "",
    ]


def _json(facts: Mapping[str, Any]) -> str:
    return orjson.dumps(facts).decode()
