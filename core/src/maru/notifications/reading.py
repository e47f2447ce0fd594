"""A person's own notifications: how many are unread, and that they have read them."""

from typing import Final
from uuid import UUID

from maru.notifications import queries
from maru.notifications.errors import NotificationKindUnknown, NotificationNotFound
from maru.notifications.kinds import kinds_on, names_on
from maru.notifications.schemas import KindOut, Line, Unread
from maru.notifications.telling import Telling
from maru.plugins.context import Call
from maru_sdk import CursorParams, Page

LAST: Final = UUID(int=(1 << 128) - 1)


async def listed(call: Call, params: CursorParams, *, unread: bool, kind: str | None) -> Page[Line]:
    """One page of them, the newest first."""
    query = queries.UNREAD if unread else queries.ALL
    return await call.ctx("core").page(query, params, **_whose(call, kind))


async def one_of(call: Call, notice: UUID) -> Line:
    """One of theirs; raises NotificationNotFound."""
    for line in await call.ctx("core").read(queries.ONE, notice=notice, **_whose(call, None)):
        return line
    raise NotificationNotFound


def kinds_of(call: Call) -> list[KindOut]:
    """What people are told of here."""
    return [
        KindOut(name=kind.name, title=call.ctx(key).t(kind.title), icon=kind.icon)
        for key, kind in kinds_on(call)
    ]


async def unread_count(call: Call) -> Unread:
    """How many there are, as far as is counted."""
    (found,) = await call.ctx("core").read(queries.UNREAD_COUNT, **_whose(call, None))
    return Unread(count=min(found.count, queries.COUNTED), more=found.count > queries.COUNTED)


async def read_one(call: Call, notice: UUID) -> None:
    """Notes that the person has read it; raises NotificationNotFound."""
    mine = {"notice": notice, "person": call.ctx("core").me.id}
    if await call.unit.db.scalar(queries.IS_MINE, mine) is None:
        raise NotificationNotFound
    await call.unit.db.execute(queries.READ_ONE, mine)
    await _say(call)


async def read_all(call: Call, until: UUID | None = None, kind: str | None = None) -> None:
    """Notes that the person has read all, or those up to one that they have seen."""
    await call.unit.db.execute(queries.READ_ALL, _whose(call, kind) | {"until": until or LAST})
    await _say(call)


def _whose(call: Call, kind: str | None) -> dict[str, object]:
    names = names_on(call)
    if kind is not None and kind not in names:
        raise NotificationKindUnknown
    return {"person": call.ctx("core").me.id, "kinds": names if kind is None else [kind]}


async def _say(call: Call) -> None:
    """The person's other pages show it too."""
    notices = call.services.notices
    assert isinstance(notices, Telling)
    await notices.say(call, [f"me:{call.ctx('core').me.id}"], "")
