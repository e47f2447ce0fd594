"""The trail in words, and as a file."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from maru.admin.audit import queries
from maru.admin.audit.schemas import AuditOut, AuditRow, Change, Choice
from maru.admin.audit.titles import titles
from maru.admin.service import call_of
from maru_sdk import Context, NotFound

LOOKED_BACK: Final = timedelta(days=90)
_CHANGES: Final = 3
_LONG: Final = 300
_LAST: Final = UUID(int=(1 << 128) - 1)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_PERSON: Final = "person:"
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


async def rows(ctx: Context, lines: Iterable[AuditOut], most: int = _CHANGES) -> list[AuditRow]:
    """Lines as people read them, with the first few of their changes."""
    found = list(lines)
    known = titles(call_of(ctx).t)
    meant = {line.id: _person_of(line.target) for line in found}
    asked = [person for person in meant.values() if person is not None]
    names = await ctx.people.names(asked) if asked else {}
    return [
        AuditRow(
            line=line,
            title=known.get(line.action, line.action),
            known=line.action in known,
            who=who(ctx, line),
            about=_about(line.target, meant[line.id], names),
            changes=list(changes(ctx, line))[:most],
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


def _person_of(target: str) -> UUID | None:
    if not target.startswith(_PERSON):
        return None
    try:
        return UUID(target.removeprefix(_PERSON))
    except ValueError:
        return None


def _about(target: str, person: UUID | None, names: Mapping[UUID, str]) -> str:
    return target if person is None else names.get(person) or target


def changes(ctx: Context, line: AuditOut) -> Iterable[Change]:
    """What was before and after, field by field, without what stayed."""
    before, after = line.before or {}, line.after or {}
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name) or name not in after or name not in before:
            yield Change(name=name, before=shown(ctx, before, name), after=shown(ctx, after, name))


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
    heads = ("Time", "Who", "Action", "Code", "Target", "Address", "Before", "After", "Kind")
    yield b"\xef\xbb\xbf" + _csv([[t(head) for head in heads] + [t("Number"), t("Trace")]])
    query, args = queries.exporting(frozenset(given)), dict(given)
    last_at, last = datetime.max.replace(tzinfo=UTC), _LAST
    while True:
        found = list(await ctx.read(query, **args, last_at=last_at, last=last))
        if found:
            yield _csv([_cells(ctx, line, known, zone) for line in found])
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


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
