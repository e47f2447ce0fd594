"""`ctx.notify`: one plugin tells people in one piece of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import ValidationError

from maru_sdk import InvalidInput, Model, SystemFault
from maru_sdk.declarations import NotificationKind, key_of
from maru_sdk.notifications import Recipients

if TYPE_CHECKING:
    from maru.plugins.context import Call


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom something is told, and what else was said of it."""

    to: Recipients | UUID | Sequence[UUID]
    key: str | None
    bundle: str | None
    on: Any
    myself: bool


async def notify(
    call: "Call", names: str, kind: NotificationKind, ask: Model, telling: Telling
) -> None:
    """See `maru_sdk.Context.notify`."""
    if key_of(kind.function.__module__) != names:
        raise SystemFault(f"{kind.name} is another plugin's kind of notification")
    found = call.services.host.find("notifications", kind.name)
    if found is None or found[1] is not kind:
        raise SystemFault(f"{kind.name} isn't declared; add it to Plugin(notifications=[…])")
    if call.services.gate.on(call.tenant.id, found[0].key):
        await call.services.notices.tell(
            call,
            kind,
            ask,
            _recipients(telling, None if telling.myself else call.actor),
            key=telling.key,
            bundle=telling.bundle,
            on=telling.on,
        )


def _recipients(telling: Telling, actor: UUID | None) -> Recipients:
    """Whom, each once, without who acts."""
    to = telling.to
    if isinstance(to, Recipients):
        given = to
    else:
        try:
            given = Recipients(people=[to] if isinstance(to, UUID) else list(to))
        except ValidationError:
            raise InvalidInput("People who are told something are at most 20,000 ids") from None
    without = [*given.without, *([] if actor is None else [actor])]
    people = [one for one in dict.fromkeys(given.people) if one not in set(without)]
    return given.model_copy(update={"people": people, "without": without})
