"""What a form's own buttons ask for: a row more, a search for a person, what belongs to a choice.

Script does the same in the browser; without it the form goes to the server and comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maru.access.permissions import USERS_READ
from maru.organization.chart import known_tree, sought_departments
from maru.organization.listing import colleagues
from maru.web.submitted import Form, Pairs, typed
from maru_sdk import Context, PageParams

ROUND_FIELD: Final = "_round"
_OFF: Final = "_off"
_ROW: Final = "._row"
_PICK: Final = "._pick"
_SEEK: Final = "._seek"
MOST_ROWS: Final = 100
_FOUND: Final = 8


@dataclass(frozen=True, slots=True)
class Step:
    """`do` is draw, add, remove or seek; `name` says of which field."""

    do: str
    name: str = ""
    row: int = -1


def tidied(pairs: Pairs) -> tuple[Pairs, Step | None]:
    """The fields as a model takes them, and what a button of the form asks for instead of sending.

    Boxes left unticked are said, rows left empty are gone and the others counted anew.
    """
    step = next((_step(value) for name, value in pairs if name == ROUND_FIELD), None)
    sent = {name for name, _ in pairs}
    unticked = [
        tuple(value.partition("=")[::2])
        for name, value in pairs
        if name == _OFF and value.partition("=")[0] not in sent
    ]
    kept = [pair for pair in pairs if pair[0] not in (ROUND_FIELD, _OFF)]
    whole: Pairs = [*kept, *((name, value) for name, value in unticked)]
    if step and step.do == "remove":
        whole = [pair for pair in whole if not pair[0].startswith(f"{step.name}.{step.row}.")]
    if not any(name.endswith(_ROW) for name, _ in whole):
        return _with_row(whole, step), step
    return _with_row(_counted(whole, step), step), step


def _step(value: str) -> Step:
    do, _, name = value.partition(":")
    if do == "remove":
        name, _, row = name.rpartition(".")
        return Step(do, name, int(row) if row.isascii() and row.isdigit() else -1)
    return Step(do, name)


def _with_row(pairs: Pairs, step: Step | None) -> Pairs:
    if step is None or step.do != "add":
        return pairs
    rows = {_number(name, step.name) for name, _ in pairs if name.startswith(f"{step.name}.")}
    if len(rows) >= MOST_ROWS:
        return pairs
    return [*pairs, (f"{step.name}.{max(rows, default=-1) + 1}{_ROW}", "1")]


def _number(name: str, rows: str) -> int:
    digits = name[len(rows) + 1 :].partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else -1


def _counted(pairs: Pairs, step: Step | None) -> Pairs:
    """Rows without a gap, in the order of their numbers; empty ones only while the form is still
    being filled in."""
    for rows in _row_lists(pairs):
        numbers = sorted({_number(name, rows) for name, _ in pairs if _inside(name, rows)})
        if step is None:
            numbers = [one for one in numbers if not _is_empty(pairs, f"{rows}.{one}.")]
        new = {f"{rows}.{number}.": f"{rows}.{index}." for index, number in enumerate(numbers)}
        pairs = [
            (renamed, value)
            for name, value in pairs
            if (renamed := _renamed(name, rows, new)) is not None
        ]
    return pairs


def _row_lists(pairs: Pairs) -> list[str]:
    """The names of the fields that have rows, outer ones first."""
    marked = (name.removesuffix(_ROW) for name, _ in pairs if name.endswith(_ROW))
    return sorted({name.rpartition(".")[0] for name in marked}, key=lambda one: one.count("."))


def _inside(name: str, rows: str) -> bool:
    return name.startswith(f"{rows}.") and _number(name, rows) >= 0


def _renamed(name: str, rows: str, new: dict[str, str]) -> str | None:
    if not _inside(name, rows):
        return name
    own = f"{rows}.{_number(name, rows)}."
    return new[own] + name[len(own) :] if own in new else None


def _is_empty(pairs: Pairs, row: str) -> bool:
    own = ((name, value) for name, value in pairs if name.startswith(row))
    return all(value in ("", "false") or "._" in name for name, value in own)


async def once_more(ctx: Context, form: Form, pairs: Pairs, step: Step | None) -> Form:
    """The form as its page shows it again, with the names of those who are chosen in it."""
    values: dict[str, Any] = dict(form.values)
    for name, of in dict(_pickers(pairs)).items():
        ids = [value for given, value in pairs if given == name]
        values[f"{name}._names"] = await _names(ctx, of, list(_ids(ids)))
        if step == Step("seek", name):
            values[f"{name}._found"] = await _found(ctx, of, dict(pairs).get(f"{name}{_SEEK}", ""))
    return Form(values, form.errors, form.fault, again=step is not None)


def shown_again(pairs: Pairs) -> Form:
    """What was typed so far, without a word about what is wrong with it."""
    return Form(dict(typed(pairs)))


def _pickers(pairs: Pairs) -> Iterable[tuple[str, str]]:
    return ((name.removesuffix(_PICK), of) for name, of in pairs if name.endswith(_PICK))


def _ids(given: Iterable[str]) -> Iterable[UUID]:
    for one in given:
        try:
            yield UUID(one)
        except ValueError:
            continue


async def _names(ctx: Context, of: str, ids: list[UUID]) -> dict[str, str]:
    """What they are called, for readers who may look people up."""
    if not ids or not ctx.can(USERS_READ):
        return {}
    if of == "department":
        rows = (await known_tree(ctx)).rows
        return {str(one): rows[one].name for one in ids if one in rows}
    return {str(one): name for one, name in (await ctx.people.names(ids)).items()}


async def _found(ctx: Context, of: str, sought: str) -> list[tuple[str, str]]:
    """The first whom the words may mean, of what this reader may look up."""
    if not ctx.can(USERS_READ) or not (sought := sought.strip()[:200]):
        return []
    if of == "department":
        places = sought_departments(await known_tree(ctx), sought)[:_FOUND]
        return [(str(one.id), one.path) for one in places]
    people = await colleagues(ctx, PageParams(limit=_FOUND), sought)
    return [(str(one.id), _called(one)) for one in people]


def _called(person: Any) -> str:
    department = person.department.name if person.department else ""
    return " · ".join(filter(None, (person.name, department, person.position)))
