"""What an isolated plugin tells people: left in the database, told by a job of ours."""

import json
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.isolated.bounds import SaidTooMuch, through
from maru.isolated.ticketed import WORK
from maru.notifications.asked import checked, department_of
from maru.observability.trace import trace_id
from maru.plugins.context import Call
from maru_sdk import InvalidInput, Model
from maru_sdk.db import uuid7
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Recipients

_NOTIFY: Final = sa.text("SELECT maru.isolated_notify(:row)").bindparams(
    sa.bindparam("row", type_=JSONB)
)
LARGEST: Final = 60_000
LARGEST_ASKED: Final = 1_100_000


class NoticesHere:
    """The same face as `maru.notifications.telling`; who acts is the ticket's."""

    async def tell(
        self,
        call: Call,
        kind: NotificationKind,
        ask: Model,
        to: Recipients,
        *,
        key: str | None,
        bundle: str | None,
        on: Any,
    ) -> None:
        """See `Context.notify`."""
        checked(kind, ask, key, bundle)
        value = ask.model_dump(mode="json")
        if size_of(value) > LARGEST:
            raise InvalidInput(f"{kind.name}: a value has at most {LARGEST:,} characters")
        department, seed = department_of(on), call.seed(kind.name.partition(".")[0])
        row = {
            "id": str(uuid7()),
            "kind": kind.name,
            "value": value,
            "to": to.model_dump(mode="json"),
            "key": key,
            "bundle": bundle,
            "resource": getattr(on, "resource", None),
            "department_id": None if department is None else str(department),
            "trace": trace_id(seed.trace),
            "locale": seed.locale,
            "timezone": seed.timezone,
        }
        if size_of(row) > LARGEST_ASKED:
            raise InvalidInput(f"{kind.name}: it names too many people and departments")
        await through(call.unit, _NOTIFY, {"row": row}, SaidTooMuch)
        WORK.get().nudges.add("job")


def size_of(value: Any) -> int:
    """How many characters it has where the database counts them: with blanks between its parts and
    all digits of a number."""
    numbers: list[int] = []

    def written(text: str) -> float:
        numbers.append(len(f"{Decimal(text):f}") - len(text))
        return float(text)

    said = json.dumps(value, ensure_ascii=False)
    json.loads(said, parse_float=written)
    return len(said) + sum(numbers)
