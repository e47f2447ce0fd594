"""What plugins ask to be told: looked at before it is written down, wherever that is."""

from typing import Any, Final, get_type_hints
from uuid import UUID

from maru_sdk import InvalidInput, Model, SystemFault
from maru_sdk.declarations import NotificationKind

_LONGEST: Final = 200


def checked(kind: NotificationKind, ask: Model, key: str | None, bundle: str | None) -> None:
    """Raises what is wrong with a value of a kind and the words that it is known by."""
    wanted = get_type_hints(kind.function)["ask"]
    if not isinstance(ask, wanted):
        raise SystemFault(f"{kind.name} puts {wanted.__name__} into words, no {type(ask).__name__}")
    for name, text in (("key", key), ("bundle", bundle)):
        if text is not None and not (0 < len(text) <= _LONGEST and text.isprintable()):
            raise InvalidInput(f"{kind.name}: a {name} has 1 to {_LONGEST} printable characters")


def department_of(on: Any) -> UUID | None:
    """The department of what is told of."""
    department = getattr(on, "department", None) or getattr(on, "department_id", None)
    found = getattr(department, "id", department)
    return found if isinstance(found, UUID) else None
