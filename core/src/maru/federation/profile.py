"""What changes about a person when a provider describes them: only what it says, never to
nothing."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from maru.federation.claimed import Claimed
from maru.federation.queries import Place, Profile, Rung
from maru.identity.names import name_key

_TEXTS: Final = ("name", "email", "employee_number", "phone")


def changes_of(
    account: Claimed, now: Profile, places: Sequence[Place], rungs: Sequence[Rung]
) -> dict[str, Any]:
    """The columns that change. A department or a position that isn't here is left out: what the
    company has of them is for its admins to say."""
    changes: dict[str, Any] = {}
    for name in _TEXTS:
        said = getattr(account, name)
        if said and said != getattr(now, name):
            changes[name] = said
    if account.department:
        place = department_of(account.department, places)
        if place is not None and place != now.department_id:
            changes["department_id"] = place
    if account.position:
        key = name_key(account.position)
        rung = next((one.id for one in rungs if one.name_key == key), None)
        if rung is not None and rung != now.position_id:
            changes["position_id"] = rung
    return changes


def department_of(said: str, places: Sequence[Place]) -> UUID | None:
    """The department of this number elsewhere, path or name; None where that is none or several."""
    by_number = [one.id for one in places if one.external_id == said]
    if len(by_number) == 1:
        return by_number[0]
    names = [part.strip() for part in said.strip("/").split("/")]
    by_id = {one.id: one for one in places}
    named: dict[str, list[Place]] = defaultdict(list)
    for one in places:
        named[one.name].append(one)
    found = [one.id for one in named[names[-1]] if _ends(one, names, by_id)]
    return found[0] if len(found) == 1 else None


def _ends(place: Place, names: Sequence[str], by_id: dict[UUID, Place]) -> bool:
    """Whether the names above a department are these, from below."""
    here: Place | None = place
    for name in reversed(names):
        if here is None or here.name != name:
            return False
        here = None if here.parent_id is None else by_id.get(here.parent_id)
    return True
