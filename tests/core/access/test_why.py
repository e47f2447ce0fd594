"""Why somebody may or may not do something."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.access.desks import administrator, changing, department, giver, person, role
from tests.core.identity.company import Company, Process

from maru.access.giver import Place
from maru.access.permissions import USERS_READ
from maru.access.why import Known, Why, why

READ = "board:post:read"
FINE = Known(is_active=True, is_declared=True, plugin_is_on=True, is_withheld=False)


async def asked(
    process: Process,
    company: Company,
    who: UUID,
    permission: str = READ,
    place: Place = Place(),  # noqa: B008  # frozen
    known: Known = FINE,
) -> Why:
    async with changing(process, company) as unit:
        return await why(unit, who, permission, place, known)


async def test_names_the_group_and_the_role(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    made = await role(process, company, boss, "독자", READ)
    async with changing(process, company) as unit:
        mine, desk = await giver(unit, boss), process.rights.group_desk
        there = await desk.create(unit, mine, "사보팀", "")
        await desk.add(unit, mine, there.id, company.alice)
        place = Place(resource="board:1")
        await process.rights.grant_desk.give(unit, mine, made.id, "group", there.id, place)
    found = await asked(process, company, company.alice, place=Place(resource="board:1"))
    (way,) = found.ways
    assert found.allowed
    assert (way.kind, way.subject_name, way.role_name, way.applies) == (
        "group", "사보팀", "독자", True
    )  # fmt: skip
    elsewhere = await asked(process, company, company.alice, place=Place(resource="board:2"))
    assert (elsewhere.allowed, elsewhere.obstacle) == (False, "elsewhere_only")
    assert [way.resource for way in elsewhere.ways] == ["board:1"]


async def test_shows_the_path_through_nested_groups(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    made = await role(process, company, boss, "독자", READ)
    async with changing(process, company) as unit:
        mine, desk = await giver(unit, boss), process.rights.group_desk
        inner, middle, outer = [
            await desk.create(unit, mine, name, "") for name in ("사보팀", "홍보실", "경영지원")
        ]
        await desk.add(unit, mine, inner.id, company.alice)
        await desk.put_in(unit, mine, middle.id, inner.id)
        await desk.put_in(unit, mine, outer.id, middle.id)
        await process.rights.grant_desk.give(unit, mine, made.id, "group", outer.id)
    (way,) = (await asked(process, company, company.alice)).ways
    assert way.path == ["사보팀", "홍보실", "경영지원"]


async def test_says_that_a_thing_is_private(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    made = await role(process, company, boss, "독자", READ)
    async with changing(process, company) as unit:
        mine = await giver(unit, boss)
        await process.rights.grant_desk.give(unit, mine, made.id, "person", company.alice)
        await process.rights.set_private(unit, "board:1", True)
    shut = await asked(process, company, company.alice, place=Place(resource="board:1"))
    assert (shut.allowed, shut.obstacle) == (False, "private")
    assert (await asked(process, company, company.alice, place=Place(resource="board:2"))).allowed


async def test_names_what_is_missing(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    await role(process, company, boss, "독자", READ)
    found = await asked(process, company, company.alice)
    assert (found.allowed, found.obstacle, found.ways) == (False, "no_role", [])
    assert [one.name for one in found.others] == ["독자"]


async def test_manager_of_a_department(process: Process, company: Company) -> None:
    chief = await person(process, company)
    team = await department(process, company, company.sales, chief)
    inside = await asked(process, company, chief, USERS_READ.name, Place(scope_id=team))
    assert inside.allowed
    assert inside.ways[0].kind == "manager"
    above = await asked(process, company, chief, USERS_READ.name, Place(scope_id=company.sales))
    assert above.obstacle == "elsewhere_only"


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"is_active": False}, "inactive"),
        ({"is_declared": False}, "unknown_permission"),
        ({"plugin_is_on": False}, "plugin_off"),
        ({"is_withheld": True}, "withheld"),
    ],
)
async def test_what_stands_in_the_way(
    process: Process, company: Company, change: dict[str, bool], obstacle: str
) -> None:
    boss = await administrator(process, company)
    known = FINE.model_copy(update=change)
    found = await asked(process, company, boss, USERS_READ.name, known=known)
    assert (found.allowed, found.obstacle) == (False, obstacle)


async def test_inactive_person_has_no_ways(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    async with changing(process, company) as unit:
        set_off = sa.text("UPDATE maru.person SET state = 'inactive' WHERE id = :id")
        await unit.db.execute(set_off, {"id": boss})
    known = FINE.model_copy(update={"is_active": False})
    assert (await asked(process, company, boss, USERS_READ.name, known=known)).ways == []
