"""What a question of rights costs in a tenant with 5,000 grants: asked again, and for the first
time."""

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from bench.ground import Ground
from bench.tables import Found, Table
from maru.access.giver import Place
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru_sdk import Tenant

GRANTS: Final = 5_000
GOAL: Final = 20.0
READ: Final = "board:post:read"
_GIVE: Final = sa.text(
    "INSERT INTO maru.role_grant (id, role_id, subject_kind, subject_id, resource)"
    " SELECT gen_random_uuid(), (SELECT id FROM maru.role WHERE key = 'manager'), 'person', p.id,"
    " 'board:' || n FROM generate_series(1, :many) n"
    " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS at, count(*) OVER () AS all"
    " FROM maru.person WHERE state = 'active') p ON p.at = n % p.all + 1"
)
_SOME: Final = sa.text(
    "SELECT subject_id FROM maru.role_grant WHERE resource IS NOT NULL GROUP BY 1 LIMIT 20"
)


async def rights(ground: Ground, asked: int) -> Found:
    """Microseconds of a question to what is known, milliseconds of compiling."""
    async with open_house(ground.settings) as house:
        tenant = house.tenants.by_slug(ground.people[0].tenant)
        assert tenant is not None
        people = await _given(house, tenant)
        figures = {"compiling a person's rights, ms": await _compiled(house, tenant, people)}
        for title, on in _questions().items():
            while house.rights.cached(tenant.id, people[0]) is None:  # the change is heard late
                await house.rights.granted(tenant.id, people[0])
            figures |= _asked(house, tenant, people[0], title, on, asked)
    worst = max(cost for name, cost in figures.items() if "95th" in name)
    misses = [] if worst <= GOAL else [f"a question took {worst:.1f} µs, not {GOAL:.0f}"]
    rows = [(name, f"{cost:.2f}") for name, cost in figures.items()]
    return Found([Table("", ("what", "took"), rows)], dict(figures), misses)


def _questions() -> dict[str, Any]:
    return {
        "held everywhere": None,
        "on a resource": Place(resource="board:7"),
        "on a resource, refused": Place(resource="board:0"),
        "in a department, refused": Place(scope_id=UUID(int=7)),
    }


async def _given(house: House, tenant: Tenant) -> list[UUID]:
    """People who hold some of the grants that are made here."""
    async with committing(house.database.unit(Scope(tenant.id), timeout=60)) as unit:
        await unit.db.execute(_GIVE, {"many": GRANTS})
        await house.rights.changed(unit)
        return list(await unit.db.scalars(_SOME))


async def _compiled(house: House, tenant: Tenant, people: list[UUID]) -> float:
    """The median of twenty people."""
    took = []
    for person in people:
        began = time.perf_counter()
        await house.rights.granted(tenant.id, person)
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2] * 1e3


def _asked(
    house: House, tenant: Tenant, person: UUID, title: str, on: Any, asked: int
) -> dict[str, float]:
    name = READ if on is not None else "core:users:read"

    def ask() -> None:
        found = house.rights.cached(tenant.id, person)
        assert found is not None
        found.can(name, on)

    took = sorted(_timed(ask) for _ in range(asked))
    middle, most = took[asked // 2], took[int(asked * 0.95)]
    return {f"{title}: median, µs": middle, f"{title}: 95th, µs": most}


def _timed(ask: Callable[[], None]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1e6
