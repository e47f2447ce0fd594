"""What applying a list would change: computed without touching anything, and shown first."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from maru.identity.names import name_key
from maru.identity.sign_in import fold
from maru.organization.departments import Tree
from maru.organization.importing.cells import parts_of, posts_in
from maru.organization.importing.columns import (
    DEPARTMENT,
    MANAGES,
    POSITION,
    POSTS,
    USERNAME,
    Column,
    column_of,
    read,
)
from maru.organization.importing.sheet import Line, Sheet
from maru.organization.queries import Stored
from maru_sdk import Model

SEPARATORS: Final = str.maketrans({">": "/", "＞": "/", "／": "/"})


class Fault(Model):
    """What is wrong in a cell, exact to row and column; `message` is English, filled from
    `args`."""

    row: int
    column: str
    code: str
    message: str
    args: dict[str, str] = Field(default_factory=dict)


class Difference(Model):
    """One field of a person who is there, before and after."""

    field: str
    title: str
    before: str
    after: str


class Change(Model):
    """What one row does: makes a person (`person_id` is absent), or changes one."""

    row: int
    person_id: UUID | None
    username: str
    name: str
    values: dict[str, Any]
    differences: list[Difference]


class Plan(Model):
    """What a list comes to. With faults nothing of it can be applied.

    `digest` stands for what is shown: another plan by the time of applying has another one.
    """

    new: list[Change]
    changed: list[Change]
    unchanged: int
    faults: list[Fault]
    ignored: list[str]
    department_names: dict[UUID, str]
    position_names: dict[UUID, str]
    digest: str = ""


@dataclass(frozen=True)
class Known:
    """Who and what is there already."""

    people: Mapping[str, Stored]
    numbers: Mapping[str, UUID]
    departments: Mapping[str, set[UUID]]
    department_names: Mapping[UUID, str]
    positions: Mapping[str, UUID]
    position_names: Mapping[UUID, str]
    posts: Mapping[UUID, Sequence[tuple[UUID, UUID | None]]] = field(default_factory=dict)
    heads: Mapping[UUID, UUID] = field(default_factory=dict)

    def held(self, was: Stored, name: str) -> Any:
        """What a person has of a field before."""
        if name == POSTS:
            return [[*post] for post in self.posts.get(was.id, ())]
        if name == MANAGES:
            return [where for where, who in self.heads.items() if who == was.id]
        return getattr(was, name)

    def is_new(self, was: Stored, name: str, value: Any) -> bool:
        """Whether a cell says something else than there is; to head more is added to what there
        is."""
        held = self.held(was, name)
        if name == MANAGES:
            return not set(value) <= set(held)
        if name == POSTS:
            found = [post for post in value if post[0] != was.department_id]
            return sorted(map(str, found)) != sorted(map(str, held))
        return bool(value != held)


@dataclass
class _Work:
    known: Known
    columns: Sequence[tuple[str, Column | None]]
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)

    def fault(self, line: Line, title: str, code: str, message: str, **args: str) -> None:
        found = Fault(row=line.number, column=title, code=code, message=message, args=args)
        self.faults.append(found)


def known_of(
    people: Sequence[Stored],
    tree: Tree,
    positions: Mapping[UUID, str],
    posts: Mapping[UUID, Sequence[tuple[UUID, UUID | None]]],
    heads: Mapping[UUID, UUID],
) -> Known:
    """What a list is compared with, ready to be looked up."""
    names = {each: row.name for each, row in tree.rows.items()}
    found: dict[str, set[UUID]] = {}
    for each in tree.rows:
        path = [name_key(names[above]) for above in tree.above(each)]
        for start in range(len(path)):
            found.setdefault("/".join(path[start:]), set()).add(each)
    return Known(
        people={fold(one.username): one for one in people},
        numbers={one.employee_number: one.id for one in people if one.employee_number},
        departments=found,
        department_names={each: "/".join(names[a] for a in tree.above(each)) for each in names},
        positions={name_key(name): each for each, name in positions.items()},
        position_names=positions,
        posts=posts,
        heads=heads,
    )


def planned(sheet: Sheet, known: Known) -> Plan:
    """What this list changes. An empty cell leaves what is there as it is."""
    work = _Work(known, [(title, column_of(title)) for title in sheet.columns])
    new: list[Change] = []
    changed: list[Change] = []
    unchanged = 0
    if _check_columns(work):
        for line in sheet.lines:
            change = _change(work, line)
            if change is None:
                continue
            if change.person_id is None:
                new.append(change)
            elif change.values:
                changed.append(change)
            else:
                unchanged += 1
    plan = Plan(
        new=new,
        changed=changed,
        unchanged=unchanged,
        faults=work.faults,
        ignored=[title for title, column in work.columns if column is None and title],
        department_names=dict(known.department_names),
        position_names=dict(known.position_names),
    )
    said = plan.model_dump_json(include={"new", "changed", "faults"})
    plan.digest = hashlib.sha256(said.encode()).hexdigest()
    return plan


def beginnings(plan: Plan, new: Change) -> list[Difference]:
    """What a new person begins with, beside their names."""
    told = [name for name in new.values if name not in (USERNAME, "name")]
    return [_difference(plan, None, name, new.values[name]) for name in told]


def _check_columns(work: _Work) -> bool:
    head = Line(number=1, cells=[])
    fields = [column.field for _, column in work.columns if column]
    if USERNAME not in fields:
        work.fault(head, "", "column_missing", "The first row must name a column “User name”")
    for at, (title, column) in enumerate(work.columns):
        if column and column.field in [one.field for _, one in work.columns[:at] if one]:
            work.fault(head, title, "column_repeated", "Two columns mean the same")
    return not work.faults


def _change(work: _Work, line: Line) -> Change | None:
    """What a row does; None where something in it is wrong."""
    before = len(work.faults)
    values = dict(_values(work, line))
    username = values.get(USERNAME)
    if username is None:
        if len(work.faults) == before:
            title = _title(work, USERNAME)
            work.fault(line, title, "missing", "Every row needs a user name")
        return None
    was = work.known.people.get(fold(username))
    _check_once(work, line, values, was)
    _check_head(work, line, values, was)
    if was is None and "name" not in values and len(work.faults) == before:
        work.fault(line, _title(work, "name"), "missing", "A new person needs a name")
    if len(work.faults) > before:
        return None
    if was is None:
        name = values["name"]
        return Change(row=line.number, person_id=None, username=username, name=name,
                      values=values, differences=[])  # fmt: skip
    fresh = {name: one for name, one in values.items() if work.known.is_new(was, name, one)}
    if MANAGES in fresh:
        held = work.known.held(was, MANAGES)
        fresh[MANAGES] = [*held, *(one for one in fresh[MANAGES] if one not in held)]
    if fold(username) == fold(was.username):
        fresh.pop(USERNAME, None)  # another way of writing it is no change
    return Change(
        row=line.number,
        person_id=was.id,
        username=was.username,
        name=was.name,
        values=fresh,
        differences=[
            _difference(work.known, work.known.held(was, name), name, value)
            for name, value in fresh.items()
        ],
    )


def _values(work: _Work, line: Line) -> Iterator[tuple[str, Any]]:
    for (title, column), cell in zip(work.columns, line.cells, strict=False):
        if column is None or not cell:
            continue
        if column.field == DEPARTMENT:
            yield from _department(work, line, title, cell)
        elif column.field == POSITION:
            yield from _position(work, line, title, cell)
        elif column.field == POSTS:
            yield POSTS, [*_posts(work, line, title, cell)]
        elif column.field == MANAGES:
            found = [_department_id(work, line, title, part) for part in parts_of(cell)]
            yield MANAGES, [one for one in found if one is not None]
        else:
            try:
                yield column.field, read(column, cell)
            except ValueError as error:
                work.fault(line, title, "invalid", str(error))
    if len(line.cells) > len(work.columns):
        work.fault(line, "", "too_many", "This row has more cells than there are columns")


def _posts(work: _Work, line: Line, title: str, cell: str) -> Iterator[list[UUID | None]]:
    seen: set[UUID] = set()
    for name, position in posts_in(cell):
        where = _department_id(work, line, title, name)
        if where is None:
            continue
        if where in seen:
            work.fault(line, title, "repeated", "A person holds one post in a department")
        seen.add(where)
        yield [where, _position_id(work, line, title, position) if position else None]


def _department(work: _Work, line: Line, title: str, cell: str) -> Iterator[tuple[str, Any]]:
    found = _department_id(work, line, title, cell)
    if found is not None:
        yield "department_id", found


def _department_id(work: _Work, line: Line, title: str, cell: str) -> UUID | None:
    path = "/".join(name_key(part) for part in cell.translate(SEPARATORS).split("/"))
    found = work.known.departments.get(path.strip("/"), set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        said = "Several departments are called {name}: write the whole path, as in A/B"
        work.fault(line, title, "ambiguous", said, name=cell[:200])
    else:
        work.fault(line, title, "unknown", "There is no department {name}", name=cell[:200])
    return None


def _position(work: _Work, line: Line, title: str, cell: str) -> Iterator[tuple[str, Any]]:
    found = _position_id(work, line, title, cell)
    if found is not None:
        yield "position_id", found


def _position_id(work: _Work, line: Line, title: str, cell: str) -> UUID | None:
    found = work.known.positions.get(name_key(cell))
    if found is None:
        work.fault(line, title, "unknown", "There is no position {name}", name=cell[:200])
    return found


def _check_head(work: _Work, line: Line, values: Mapping[str, Any], was: Stored | None) -> None:
    """A department has one head, who is active."""
    state = values.get("state", "active" if was is None else was.state)
    for where in values.get(MANAGES, ()):
        first = work.seen.setdefault(MANAGES, {}).setdefault(str(where), line.number)
        if first != line.number:
            said = "This stands in row {row} already"
            work.fault(line, _title(work, MANAGES), "repeated", said, row=str(first))
        if state != "active":
            said = "Only somebody active can head a department"
            work.fault(line, _title(work, MANAGES), "not_active", said)


def _check_once(work: _Work, line: Line, values: Mapping[str, Any], was: Stored | None) -> None:
    """Nobody stands in a list twice, and no number belongs to two."""
    keys = {USERNAME: fold(values[USERNAME]), "employee_number": values.get("employee_number")}
    for name, key in keys.items():
        if key is None:
            continue
        first = work.seen.setdefault(name, {}).setdefault(key, line.number)
        if first != line.number:
            said = "This stands in row {row} already"
            work.fault(line, _title(work, name), "repeated", said, row=str(first))
    number = keys["employee_number"]
    owner = work.known.numbers.get(number) if number else None
    if owner is not None and (was is None or owner != was.id):
        title = _title(work, "employee_number")
        work.fault(line, title, "taken", "Somebody else has this employee number")


def _title(work: _Work, field_name: str) -> str:
    return next((t for t, column in work.columns if column and column.field == field_name), "")


_TITLES: Final = {
    USERNAME: "User name", "name": "Name", "employee_number": "Employee number",
    "email": "E-mail", "phone": "Phone", "department_id": "Department",
    "position_id": "Position", "state": "State", POSTS: "Further posts", MANAGES: "Head of",
}  # fmt: skip


def _difference(known: Known | Plan, before: Any, name: str, value: Any) -> Difference:
    old, new = (_shown(known, name, each) for each in (before, value))
    return Difference(field=name, title=_TITLES[name], before=old, after=new or "–")


def _shown(known: Known | Plan, name: str, value: Any) -> str:
    """A field's value as people read it."""
    if not value:
        return ""
    if name == "department_id":
        return known.department_names.get(value, "")
    if name == "position_id":
        return known.position_names.get(value, "")
    if name == MANAGES:
        return "; ".join(known.department_names.get(one, "") for one in value)
    if name == POSTS:
        return "; ".join(_post(known, *post) for post in value)
    return str(value)


def _post(known: Known | Plan, where: UUID, position: UUID | None) -> str:
    shown = known.department_names.get(where, "")
    return shown if position is None else f"{shown} ({known.position_names.get(position, '')})"
