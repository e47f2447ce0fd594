"""Every SELECT about the trail's lines."""

from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from maru.admin.audit.schemas import ActionFound, AuditOut, PersonFound, SignedAt
from maru.audit.models import AuditLine
from maru.identity.models import Person
from maru_sdk.db import Query, bindparam, desc

_line = AuditLine.__table__  # type: ignore[attr-defined]
_person = Person.__table__  # type: ignore[attr-defined]
_from = _line.outerjoin(
    _person,
    (_person.c.tenant_id == _line.c.tenant_id) & (_person.c.id == _line.c.person_id),
)
_SHOWN: Final = (
    _line.c.id,
    _line.c.created_at,
    _line.c.person_id,
    _person.c.name.label("person_name"),
    *(_line.c[name] for name in ("operator", "plugin", "kind", "action", "target", "address")),
    *(_line.c[name] for name in ("before", "after", "trace", "number")),
)
_MOMENT: Final = sa.DateTime(timezone=True)
_FILTERS: Final[dict[str, Any]] = {
    "person": _line.c.person_id == bindparam("person", type_=sa.Uuid()),
    "action": _line.c.action == bindparam("action", type_=sa.Text()),
    "target": _line.c.target == bindparam("target", type_=sa.Text()),
    "kind": _line.c.kind == bindparam("kind", type_=sa.Text()),
    "address": _line.c.address == bindparam("address", type_=sa.Text()),
    "since": _line.c.created_at >= bindparam("since", type_=_MOMENT),
    "until": _line.c.created_at < bindparam("until", type_=_MOMENT),
}
_ORDER: Final = (desc(_line.c.created_at), desc(_line.c.id))


@lru_cache(maxsize=256)
def listing(given: frozenset[str]) -> Query[AuditOut]:
    """The lines that meet the filters of these names, the newest first."""
    return Query(_where(given), AuditOut, order=_ORDER, count=False)


@lru_cache(maxsize=256)
def exporting(given: frozenset[str]) -> Query[AuditOut]:
    """The same, a thousand of them after the line of `last_at` and `last`."""
    before = sa.tuple_(_line.c.created_at, _line.c.id) < sa.tuple_(
        bindparam("last_at", type_=_MOMENT), bindparam("last", type_=sa.Uuid())
    )
    return Query(_where(given).where(before).order_by(*_ORDER).limit(1_000), AuditOut)


def _where(given: frozenset[str]) -> Any:
    conditions = [_FILTERS[name] for name in sorted(given)]
    return sa.select(*_SHOWN).select_from(_from).where(*conditions)


LINE: Final = Query(
    sa.select(*_SHOWN).select_from(_from).where(_line.c.id == bindparam("id", type_=sa.Uuid())),
    AuditOut,
)

# One step of the index from each action to the next, however many lines there are of it.
ACTIONS: Final[Query[ActionFound]] = Query(
    """
    WITH RECURSIVE found AS (
      (SELECT action FROM maru.audit ORDER BY action LIMIT 1)
      UNION ALL
      SELECT following.action FROM found CROSS JOIN LATERAL (
        SELECT a.action FROM maru.audit a WHERE a.action > found.action
         ORDER BY a.action LIMIT 1) AS following)
    SELECT action FROM found LIMIT 300
    """,
    ActionFound,
)

NAMED: Final = Query(
    sa.select(_person.c.id).where(_person.c.username_key == bindparam("key", type_=sa.Text())),
    PersonFound,
)

SIGNED: Final[Query[SignedAt]] = Query(
    "SELECT made_at FROM maru.audit_checkpoint ORDER BY day DESC LIMIT 1", SignedAt
)
