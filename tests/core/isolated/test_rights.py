"""What an isolated plugin is told of a person's rights answers as it does in our own processes."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from maru.access.giver import Place
from maru.access.granted import Granted
from maru.identity.models import Person
from maru.isolated.calls import _granted
from maru.plugins.isolated.stubs import told
from maru_sdk import Tenant

HERE, THERE = uuid4(), uuid4()
HELD = Granted(
    frozenset({"hall:a:read", "other:a:read"}),
    {"hall:b:read": frozenset({HERE}), "other:b:read": frozenset({HERE})},
    {"hall:c:read": frozenset({"hall:1"})},
    roles=("member",),
)


def handed_over(granted: Granted) -> Granted:
    """The rights after their way through a pipe."""
    tenant = Tenant(id=uuid4(), slug="t", name="T")
    call: Any = SimpleNamespace(
        granted=granted, tenant=tenant, user=None, locale="ko", now=datetime.now(UTC), trace="",
        deadline=None, unit=SimpleNamespace(readonly=True),
    )  # fmt: skip
    return _granted(json.loads(json.dumps(told(call, "hall")["granted"])))


def test_its_own_rights_arrive_with_their_places() -> None:
    there = handed_over(HELD)
    assert there.can("hall:a:read")
    assert there.can("hall:b:read", Place(scope_id=HERE))
    assert not there.can("hall:b:read", Place(scope_id=THERE))
    assert there.can("hall:c:read", Place(resource="hall:1"))
    assert there.readable(Person, "hall:b:read") == HELD.readable(Person, "hall:b:read")


def test_others_do_not() -> None:
    there = handed_over(HELD)
    assert not there.somewhere("other:a:read")
    assert not there.somewhere("other:b:read")
