"""No statement needs to read a table from end to end under row-level security."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from tests.core.notifications.conftest import Firm

from maru.db.explain import scans
from maru.notifications import deliveries, hook_queries, mail_queries, queries, telling_queries
from maru_sdk import CursorParams
from maru_sdk.db import uuid7

NOW = datetime.now(UTC)
SMALL = {"role", "role_permission", "private_resource"}
WHO: dict[str, Any] = {"people": [uuid7()], "departments": [uuid7()], "roles": ["manager"]}
TOLD: dict[str, Any] = {"notice": uuid7(), "kind": "kinds.noted", "bundle": "b"}
TELL = {**WHO, **TOLD, "without": [], "everyone": True, "after": uuid7(), "most": 100} | {
    "in_app": "now",
    "email": "now",
    "mails": True,
    "always": False,
}
MINE: dict[str, Any] = {"person": uuid7(), "kinds": ["kinds.noted"]}
WRITTEN: dict[str, tuple[sa.TextClause, dict[str, Any]]] = {
    "tell": (telling_queries.TELL, TELL),
    "tell those who may": (
        telling_queries.TELL_THOSE_WHO_MAY,
        {**TELL, "needs": "kinds:note:read", "resource": "kinds.note:1", "department": uuid7()},
    ),
    "fold": (telling_queries.FOLD, {"people": [uuid7()], **TOLD}),
    "who is mailed": (mail_queries.WAITING, {"notice": uuid7(), "after": uuid7(), "most": 9}),
    "who has waited": (
        mail_queries.PEOPLE,
        {"how": "now", "after": uuid7(), "now": NOW, "most": 9},
    ),
    "what is mailed": (
        mail_queries.LINES,
        {"person": uuid7(), "how": "now", "now": NOW, "notice": uuid7()},
    ),
    "later": (mail_queries.LATER, {"person": uuid7(), "notice": uuid7(), "due": NOW}),
    "forget": (mail_queries.PRUNE, {"before": uuid7()}),
    "deliver to people": (
        deliveries.PUT,
        {"channels": ["kinds.texted"], "notice": uuid7(), "ids": [uuid7()], "people": [uuid7()]},
    ),
    "to whom it is delivered": (
        deliveries.WANTED,
        {"channels": ["kinds.texted"], "notice": uuid7(), "after": uuid7(), "last": uuid7()},
    ),
    "deliver to companies": (
        hook_queries.PUT,
        {"notice": uuid7(), "ids": [uuid7()], "hooks": [uuid7()]},
    ),
    "one delivery": (hook_queries.ONE, {"id": uuid7()}),
    "one that failed": (
        hook_queries.FAILED,
        {"id": uuid7(), "final": True, "counts": True, "most": 3, "error": "", "fault": {}},
    ),
    "read one": (queries.READ_ONE, {"notice": uuid7(), "person": uuid7()}),
    "read all": (queries.READ_ALL, {**MINE, "until": uuid7()}),
}


@pytest.mark.parametrize("name", WRITTEN)
async def test_what_writes(firm: Firm, name: str) -> None:
    statement, args = WRITTEN[name]
    async with firm.unit() as unit:
        await unit.db.execute(sa.text("SET LOCAL enable_seqscan = off"))
        asked = sa.text(f"EXPLAIN (FORMAT JSON) {statement.text}")
        asked = asked.bindparams(*(statement._bindparams[one] for one in args))
        found = await unit.db.scalar(asked, args)
    planned = (orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    assert set(scans(planned)) - SMALL == set()


async def test_what_the_admin_reads(firm: Firm) -> None:
    found = await firm.kit.explain(firm.company, hook_queries.DELIVERIES)
    assert found == []


@pytest.mark.parametrize("name", ["ALL", "UNREAD", "UNREAD_COUNT"])
async def test_what_reads(firm: Firm, name: str) -> None:
    query = getattr(queries, name)
    page = {} if name == "UNREAD_COUNT" else {"page": CursorParams(limit=20)}
    assert await firm.kit.explain(firm.company, query, **MINE, **page) == []
