"""A tenant keeps an administrator: whoever takes the last one away is refused, also when two take
one each at the same moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa

from maru.access.models import Role
from maru.access.permissions import ADMIN
from maru.db.unit import Unit
from maru_sdk import Conflict
from maru_sdk.db import col

_TURN: Final = sa.select(col(Role.id)).where(col(Role.key) == ADMIN).with_for_update()

# An active person who is an administrator by themselves or by their department or one above it.
_ANY: Final = sa.text("""
WITH RECURSIVE given AS (
  SELECT g.subject_kind, g.subject_id FROM maru.role r
    JOIN maru.role_grant g ON g.tenant_id = r.tenant_id AND g.role_id = r.id AND g.scope_id IS NULL
   WHERE r.tenant_id = maru.tenant() AND r.key = :role
), below (id) AS (
  SELECT given.subject_id FROM given WHERE given.subject_kind = 'department'
  UNION
  SELECT d.id FROM below
    JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id
)
SELECT EXISTS (SELECT FROM given JOIN maru.person p
                 ON p.tenant_id = maru.tenant() AND p.id = given.subject_id AND p.state = 'active'
                WHERE given.subject_kind = 'person')
    OR EXISTS (SELECT FROM below JOIN maru.person p
                 ON p.tenant_id = maru.tenant() AND p.department_id = below.id
                AND p.state = 'active')
""").bindparams(role=ADMIN)


class LastAdministrator(Conflict):
    """409: without this person nobody could administer the tenant any more."""

    code = "LAST_ADMINISTRATOR"
    message = "This is the last administrator; make somebody else one first"


@asynccontextmanager
async def keeping_an_administrator(unit: Unit) -> AsyncIterator[None]:
    """Around a change that may cost somebody the role of administrator: raises LastAdministrator
    where there was one and none is left. Such changes of a tenant take turns until the commit."""
    session = await unit.session()
    await session.execute(_TURN)
    had = await session.scalar(_ANY)
    yield
    if had and not await session.scalar(_ANY):
        raise LastAdministrator
