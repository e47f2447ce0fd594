"""Opens the encrypted columns of a plugin's own rows."""

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import InstrumentedAttribute

from maru_sdk import SystemFault
from maru_sdk._encrypted import Encrypted, SealedText, place
from maru_sdk.declarations import key_of

if TYPE_CHECKING:
    from maru.plugins.context import Call


async def opened(call: "Call", key: str, column: Any, row: Any) -> str | None:
    """The text that this row holds in an encrypted column of the plugin `key`."""
    about = _about(key, column, row)
    value: Encrypted[str] | None = getattr(row, column.key)
    if value is None or value.stored is None:
        return None if value is None else value.written
    return await call.services.vault.open(call.tenant.id, value.stored, about)


def _about(key: str, column: Any, row: Any) -> str:
    if not isinstance(column, InstrumentedAttribute) or not isinstance(column.type, SealedText):
        raise TypeError("ctx.open takes an encrypted column: Employee.number")
    model = cast(Any, column.class_)
    if key_of(model.__module__) != key:
        raise SystemFault(f"{model.__name__} is another plugin's table")
    return place(model.__table__.fullname, row.id, column.key)
