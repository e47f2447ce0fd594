"""What the portal reads."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.portal.models import LayoutRevision, OwnerKind
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col


class LayerRow(Model):
    """One layer of a layout as it is stored, whatever became of it."""

    kind: OwnerKind
    differences: Any


SAYS_SOMETHING: Final = """CASE jsonb_typeof(l.differences)
         WHEN 'object' THEN l.differences - 'met' <> '{}' ELSE true END"""
"""Whether a layer holds anything. One that is damaged does: it is told of, not passed over."""

LAYERS: Final = Query(
    f"""
    SELECT l.owner_kind AS kind, l.differences
      FROM maru.portal_layout l
     WHERE l.tenant_id = maru.tenant() AND l.owner_kind = 'tenant'
       AND l.owner_id = maru.tenant()
    UNION ALL
    (SELECT l.owner_kind, l.differences
       FROM maru.role r
       JOIN maru.portal_layout l
         ON l.tenant_id = r.tenant_id AND l.owner_kind = 'role' AND l.owner_id = r.id
      WHERE r.tenant_id = maru.tenant() AND r.key = ANY(:roles)
        AND {SAYS_SOMETHING}
      ORDER BY r.rank, r.key LIMIT 1)
    UNION ALL
    SELECT l.owner_kind, l.differences
      FROM maru.portal_layout l
     WHERE l.tenant_id = maru.tenant() AND l.owner_kind = 'person' AND l.owner_id = :person
    """,  # noqa: S608  # no value is written into it
    LayerRow,
    params={"roles": list[str], "person": UUID},
)
"""A person's layers: the tenant's, that of the first of their roles that has published one, their
own."""


class LayoutRow(Model):
    """One layer with what is not published of it."""

    version: int
    origin: int
    differences: Any
    draft: Any


OWN: Final = Query(
    """
    SELECT l.version, l.origin, l.differences, l.draft
      FROM maru.portal_layout l
     WHERE l.tenant_id = maru.tenant() AND l.owner_kind = :kind AND l.owner_id = :owner
    """,
    LayoutRow,
    params={"kind": str, "owner": UUID},
)


class RevisionLine(Model):
    """A revision in the history of a layer."""

    number: int
    origin: int
    created_at: datetime
    made_by: UUID | None
    name: str | None


HISTORY: Final = Query(
    """
    SELECT v.number, v.origin, v.created_at, v.made_by, p.name
      FROM maru.portal_revision v
      LEFT JOIN maru.person p ON p.tenant_id = v.tenant_id AND p.id = v.made_by
     WHERE v.tenant_id = maru.tenant() AND v.owner_kind = :kind AND v.owner_id = :owner
     ORDER BY v.number DESC
    """,
    RevisionLine,
    params={"kind": str, "owner": UUID},
)

_OF_OWNER: Final = (
    col(LayoutRevision.owner_kind) == bindparam("kind"),
    col(LayoutRevision.owner_id) == bindparam("owner"),
)
REVISION: Final = sa.select(LayoutRevision).where(
    *_OF_OWNER, col(LayoutRevision.number) == bindparam("number")
)
BEFORE: Final = (
    sa.select(LayoutRevision)
    .where(*_OF_OWNER, col(LayoutRevision.number) < bindparam("number"))
    .order_by(col(LayoutRevision.number).desc())
    .limit(1)
)
FORGET: Final = sa.delete(LayoutRevision).where(
    *_OF_OWNER, col(LayoutRevision.number) <= bindparam("number")
)
