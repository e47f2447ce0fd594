"""What an isolated plugin tells people: left in the database, told by a job of ours."""

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
        said = ask.model_dump_json()
        if len(said) > LARGEST:
            raise InvalidInput(f"{kind.name}: a value has at most {LARGEST:,} characters")
        department, seed = department_of(on), call.seed(kind.name.partition(".")[0])
        row = {
            "id": str(uuid7()),
            "kind": kind.name,
            "value": ask.model_dump(mode="json"),
            "to": to.model_dump(mode="json"),
            "key": key,
            "bundle": bundle,
            "resource": getattr(on, "resource", None),
            "department_id": None if department is None else str(department),
            "trace": trace_id(seed.trace),
            "locale": seed.locale,
            "timezone": seed.timezone,
        }
        await through(call.unit, _NOTIFY, {"row": row}, SaidTooMuch)
        WORK.get().nudges.add("job")
