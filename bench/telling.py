"""One notice to a company of 200,000: how long it takes, and what others feel meanwhile.

In this process, without HTTP, on a tenant of the ground that is small before.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace
from statistics import quantiles
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from bench.ground import Ground
from bench.tables import Found, Table
from maru.access.permissions import USERS_READ
from maru.account.notices import signed_in_anew
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.notifications.jobs import PART
from maru.notifications.reading import unread_count
from maru.notifications.telling import Errand, Telling
from maru.notifications.telling_queries import FIRST
from maru.plugins.context import open_call
from maru_sdk import ContextSeed, Permission
from maru_sdk.db import uuid7
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Recipients

TENANT: Final = "saebom"
WITHIN: Final = 60.0
_PEOPLE: Final = """
INSERT INTO maru.person (id, username, username_key, name)
SELECT gen_random_uuid(), 'told' || n, 'told' || n, '사람' || n FROM generate_series(1, :count) n
"""
_ROLES: Final = """
INSERT INTO maru.role_grant (id, role_id, subject_kind, subject_id)
SELECT gen_random_uuid(), r.id, 'person', p.id
  FROM maru.person p JOIN maru.role r ON r.key = 'member'
 WHERE p.username LIKE 'told%'
"""
_NOTICE: Final = """
INSERT INTO maru.notice (id, kind, key, value) VALUES (:id, 'core.signed_in_anew', :key, '{}')
"""


async def telling(ground: Ground, people: int) -> Found:
    """Seconds of telling everyone, with rights and without; milliseconds of a neighbour's count."""
    async with open_house(ground.settings) as house:
        tenant = house.tenants.by_slug(TENANT)
        assert tenant is not None
        await _hire(house, tenant.id, people)
        quiet = await _felt(house, tenant.id, asyncio.sleep(2))
        free = await _told(house, tenant.id, replace_needs(None))
        busy = await _felt(house, tenant.id, _told(house, tenant.id, replace_needs(USERS_READ)))
    figures = {
        "everyone, s": free,
        "everyone who may, s": busy.took,
        "a neighbour's unread count before, p95 ms": quiet.p95,
        "the same meanwhile, p95 ms": busy.p95,
    }
    late = max(free, busy.took)
    misses = [] if late <= WITHIN else [f"telling took {late:.1f} s, not {WITHIN}"]
    rows = [(name, f"{value:,.2f}") for name, value in figures.items()]
    return Found([Table("", (f"{people:,} people", "took"), rows)], figures, misses)


def replace_needs(needs: Permission | None) -> NotificationKind:
    """The kind as if it needed this."""
    made = replace(signed_in_anew, needs=needs)
    object.__setattr__(made, "name", signed_in_anew.name)
    return made


async def _hire(house: House, tenant: UUID, count: int) -> None:
    async with committing(house.database.unit(Scope(tenant), timeout=300)) as unit:
        await unit.db.execute(sa.text(_PEOPLE), {"count": count})
        await unit.db.execute(sa.text(_ROLES))


async def _told(house: House, tenant: UUID, kind: NotificationKind) -> float:
    """What the job does: part after part, each committed."""
    began, after, notice = time.perf_counter(), FIRST, uuid7()
    seed = ContextSeed(tenant=tenant, plugin="core")
    telling = house.services.notices
    assert isinstance(telling, Telling)
    async with open_call(house.services, seed) as call:
        await call.unit.db.execute(sa.text(_NOTICE), {"id": notice, "key": str(notice)})
    errand = Errand(
        notice=notice,
        kind=kind.name,
        bundle=None,
        resource=None,
        department=None,
        to=Recipients(everyone=True),
    )
    looked = PART
    while looked == PART:
        async with open_call(house.services, seed) as call:
            part = await telling.part(call, kind, errand, after, PART)
        after, looked = part.last or after, part.looked
    return time.perf_counter() - began


class _Felt:
    def __init__(self, took: float, p95: float) -> None:
        self.took, self.p95 = took, p95


async def _felt(house: House, tenant: UUID, work: Awaitable[object]) -> _Felt:
    """How long somebody's unread count takes, asked again and again while something goes on."""
    people = await house.people.some(house.database.unit(Scope(tenant)), 1)
    seed = ContextSeed(tenant=tenant, plugin="core", actor=people[0].id)
    began, task = time.perf_counter(), asyncio.ensure_future(work)
    took = []
    while not task.done():
        started = time.perf_counter()
        async with open_call(house.services, seed, readonly=True) as call:
            await unread_count(call)
        took.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(0.02)
    await task
    return _Felt(time.perf_counter() - began, quantiles(took, n=20)[-1])
