"""Roles, grants and groups as admins change them: nobody gives what they lack, and somebody always
remains who can put things right."""

import asyncio
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from tests.core.access.desks import (
    KNOWN,
    administrator,
    changing,
    department,
    giver,
    person,
    role,
)
from tests.core.identity.company import Company, Process

from maru.access.administrators import LastAdministrator
from maru.access.giver import AdministratorsOnly, BeyondOwn, Place
from maru.access.grant_desk import (
    GrantNotFound,
    PlacesMixed,
    SubjectNotFound,
)
from maru.access.grant_queries import GrantOut, SubjectKind
from maru.access.granted import Granted
from maru.access.group_desk import GroupCircle, GroupExists, GroupKeptElsewhere, GroupNotFound
from maru.access.permissions import AUDIT_READ, JOBS_MANAGE, RIGHTS_MANAGE, USERS_READ
from maru.access.resources import ResourceInvalid
from maru.access.role_desk import (
    AdministratorsKeepRights,
    Draft,
    PermissionUnknown,
    RoleBuiltin,
    RoleExists,
    RoleGranted,
)
from maru.access.roles import RoleNotFound
from maru_sdk import MaruError

READ, WRITE = "board:post:read", "board:post:write"
EVERYWHERE = Place()


async def give(
    process: Process,
    company: Company,
    by: UUID,
    role_id: UUID,
    to: UUID,
    place: Place = EVERYWHERE,
    kind: SubjectKind = "person",
) -> GrantOut:
    async with changing(process, company) as unit:
        mine = await giver(unit, by)
        return await process.rights.grant_desk.give(unit, mine, role_id, kind, to, place)


async def take(process: Process, company: Company, by: UUID, grant_id: UUID) -> None:
    async with changing(process, company) as unit:
        await process.rights.grant_desk.take(unit, await giver(unit, by), grant_id)


async def role_id(process: Process, company: Company, key: str) -> UUID:
    async with changing(process, company) as unit:
        found = await unit.db.scalar(sa.text("SELECT id FROM maru.role WHERE key = :k"), {"k": key})
    return UUID(str(found))


async def change(
    process: Process, company: Company, by: UUID, role_id: UUID, name: str, *permissions: str
) -> None:
    draft = Draft(name, "", 100, frozenset(permissions))
    async with changing(process, company) as unit:
        mine = await giver(unit, by)
        await process.rights.role_desk.change(unit, mine, role_id, draft, KNOWN)


async def rights(process: Process, company: Company, person_id: UUID) -> Granted:
    process.rights._known.forget(company.id)
    return await process.rights.granted(company.id, person_id)


async def grants_of(process: Process, company: Company, to: UUID) -> list[UUID]:
    async with changing(process, company) as unit:
        found = await unit.db.scalars(
            sa.text("SELECT id FROM maru.role_grant WHERE subject_id = :to"), {"to": to}
        )
        return [UUID(str(one)) for one in found]


async def steward(process: Process, company: Company, boss: UUID) -> UUID:
    """Somebody who may change rights and read boards, and nothing else."""
    made = await role(process, company, boss, "권한 담당", RIGHTS_MANAGE.name, READ)
    them = await person(process, company)
    await give(process, company, boss, made.id, them)
    return them


class TestRoles:
    async def test_is_made_changed_and_deleted(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        made = await role(process, company, boss, "게시판 담당", READ)
        assert (made.key, made.permissions, made.builtin) == ("gesipan_damdang", [READ], False)
        them = await person(process, company)
        await give(process, company, boss, made.id, them)
        await change(process, company, boss, made.id, "게시판 담당자", WRITE)
        held = await rights(process, company, them)
        assert held.permissions == {WRITE}
        async with changing(process, company) as unit:
            desk = process.rights.role_desk
            await desk.delete(unit, await giver(unit, boss), made.id, with_grants=True)
        assert await rights(process, company, them) == Granted.NOBODY
        assert await grants_of(process, company, them) == []

    async def test_one_that_is_granted_is_not_deleted_by_the_way(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        made = await role(process, company, boss, "담당", READ)
        await give(process, company, boss, made.id, company.alice)
        with pytest.raises(RoleGranted) as refused:
            async with changing(process, company) as unit:
                await process.rights.role_desk.delete(unit, await giver(unit, boss), made.id)
        assert refused.value.details["grants"] == 1
        assert (await rights(process, company, company.alice)).can(READ)

    async def test_two_of_one_name_are_refused(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        await role(process, company, boss, "Readers", READ)
        with pytest.raises(RoleExists):
            await role(process, company, boss, "READERS", READ)

    async def test_permission_that_nobody_declares(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        with pytest.raises(PermissionUnknown):
            await role(process, company, boss, "담당", "board:moon:land")

    @pytest.mark.parametrize("key", ["admin", "manager", "member"])
    async def test_builtin_ones_stay(self, process: Process, company: Company, key: str) -> None:
        boss = await administrator(process, company)
        found = await role_id(process, company, key)
        desk = process.rights.role_desk
        with pytest.raises(RoleBuiltin):
            async with changing(process, company) as unit:
                await desk.delete(unit, await giver(unit, boss), found, with_grants=True)
        with pytest.raises(RoleBuiltin):
            await change(process, company, boss, found, "Emperor", RIGHTS_MANAGE.name)

    async def test_administrators_keep_the_right_to_change_rights(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        found = await role_id(process, company, "admin")
        with pytest.raises(AdministratorsKeepRights):
            await change(process, company, boss, found, "Administrator", USERS_READ.name)

    async def test_is_the_tenants_alone(
        self, process: Process, company: Company, stranger: Company
    ) -> None:
        boss = await administrator(process, company)
        theirs = await role_id(process, stranger, "member")
        with pytest.raises(RoleNotFound):
            await give(process, company, boss, theirs, company.alice)
        with pytest.raises(RoleNotFound):
            await change(process, company, boss, theirs, "Member", READ)


class TestNobodyGivesWhatTheyLack:
    async def test_not_by_making_a_role(self, process: Process, company: Company) -> None:
        them = await steward(process, company, await administrator(process, company))
        await role(process, company, them, "독자", READ)
        with pytest.raises(BeyondOwn):
            await role(process, company, them, "감사", AUDIT_READ.name)

    async def test_not_by_editing_one(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        them = await steward(process, company, boss)
        mine = await role(process, company, them, "독자", READ)
        with pytest.raises(BeyondOwn):
            await change(process, company, them, mine.id, "독자", READ, JOBS_MANAGE.name)
        member = await role_id(process, company, "member")
        with pytest.raises(BeyondOwn):  # nor taken: the right is not theirs
            await change(process, company, them, member, "Member")

    async def test_not_by_granting_one(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        them = await steward(process, company, boss)
        wide = await role(process, company, boss, "감사", AUDIT_READ.name)
        for kind, to in (("person", them), ("department", company.top)):
            with pytest.raises(BeyondOwn):
                await give(process, company, them, wide.id, to, kind=kind)  # type: ignore[arg-type]

    async def test_not_by_a_group(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        them = await steward(process, company, boss)
        wide = await role(process, company, boss, "감사", AUDIT_READ.name)
        outer, inner = [await group(process, company, boss, n) for n in ("바깥", "안")]
        await give(process, company, boss, wide.id, outer, kind="group")
        await put_in(process, company, boss, outer, inner)
        for there in (outer, inner):
            desk = process.rights.group_desk
            with pytest.raises(BeyondOwn):
                async with changing(process, company) as unit:
                    await desk.add(unit, await giver(unit, them), there, them)

    async def test_not_elsewhere(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        narrow = await role(process, company, boss, "독자", READ)
        them = await person(process, company)
        await give(process, company, boss, narrow.id, them, Place(scope_id=company.sales))
        await give(process, company, boss, narrow.id, them, Place(resource="board:1"))
        await give(process, company, them, narrow.id, company.alice, Place(scope_id=company.sales))
        await give(process, company, them, narrow.id, company.alice, Place(resource="board:1"))
        for place in (
            EVERYWHERE,
            Place(scope_id=company.makers),
            Place(scope_id=company.top),
            Place(resource="board:2"),
        ):
            with pytest.raises(BeyondOwn):
                await give(process, company, them, narrow.id, company.alice, place)

    async def test_nor_takes_it(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        them = await steward(process, company, boss)
        wide = await role(process, company, boss, "감사", AUDIT_READ.name)
        made = await give(process, company, boss, wide.id, company.alice)
        with pytest.raises(BeyondOwn):
            await take(process, company, them, made.id)

    async def test_administrators_role_is_theirs_alone(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        every = await role(process, company, boss, "만능", *KNOWN)
        them = await person(process, company)
        await give(process, company, boss, every.id, them)
        admin = await role_id(process, company, "admin")
        with pytest.raises(AdministratorsOnly):
            await give(process, company, them, admin, them)
        with pytest.raises(AdministratorsOnly):
            await take(process, company, them, (await grants_of(process, company, boss))[0])

    async def test_an_administrator_gives_what_a_new_plugin_brings(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        assert not (await rights(process, company, boss)).can(WRITE)
        await role(process, company, boss, "필자", WRITE)


class TestGrants:
    async def test_holds_on_its_resource_alone(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        made = await role(process, company, boss, "독자", READ)
        await give(process, company, boss, made.id, company.alice, Place(resource="board:17"))
        held = await rights(process, company, company.alice)
        assert held.can(READ, Place(resource="board:17"))
        assert not held.can(READ, Place(resource="board:18"))
        assert not held.can(READ)

    async def test_to_nobody_or_nowhere(
        self, process: Process, company: Company, stranger: Company
    ) -> None:
        boss = await administrator(process, company)
        made = await role(process, company, boss, "독자", READ)
        with pytest.raises(SubjectNotFound):
            await give(process, company, boss, made.id, stranger.alice)
        with pytest.raises(SubjectNotFound):
            await give(
                process, company, boss, made.id, company.alice, Place(scope_id=stranger.sales)
            )
        for bad in ("", "board", "board:", "Board:1", "board:1 2", "board:1\0", "b" * 99 + ":1"):
            with pytest.raises(ResourceInvalid):
                await give(process, company, boss, made.id, company.alice, Place(resource=bad))
        place = Place(scope_id=company.sales, resource="board:1")
        with pytest.raises(PlacesMixed):
            await give(process, company, boss, made.id, company.alice, place)
        with pytest.raises(GrantNotFound):
            await take(process, company, boss, uuid4())

    async def test_twice_is_once(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        made = await role(process, company, boss, "독자", READ)
        first = await give(process, company, boss, made.id, company.alice)
        assert (await give(process, company, boss, made.id, company.alice)).id == first.id

    async def test_managers_hold_their_role_where_they_manage(
        self, process: Process, company: Company
    ) -> None:
        chief = await person(process, company)
        team = await department(process, company, company.sales, chief)
        below = await department(process, company, team, None)
        held = await rights(process, company, chief)
        assert held.roles == ("manager",)
        assert held.can(USERS_READ, Place(scope_id=team))
        assert held.can(USERS_READ, Place(scope_id=below))
        for outside in (company.sales, company.top, company.makers):
            assert not held.can(USERS_READ, Place(scope_id=outside))
        assert not held.can(USERS_READ)


class TestLastAdministrator:
    async def test_keeps_the_role(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        (own,) = await grants_of(process, company, boss)
        with pytest.raises(LastAdministrator):
            await take(process, company, boss, own)
        assert (await rights(process, company, boss)).can(RIGHTS_MANAGE)

    async def test_one_who_may_not_sign_in_is_none(
        self, process: Process, company: Company
    ) -> None:
        boss, gone = [await administrator(process, company) for _ in range(2)]
        async with changing(process, company) as unit:
            set_off = sa.text("UPDATE maru.person SET state = 'inactive' WHERE id = :id")
            await unit.db.execute(set_off, {"id": gone})
        (own,) = await grants_of(process, company, boss)
        with pytest.raises(LastAdministrator):
            await take(process, company, boss, own)

    async def test_two_who_go_at_once(
        self, process: Process, other: Process, company: Company
    ) -> None:
        one, two = [await administrator(process, company) for _ in range(2)]
        ends = [(await grants_of(process, company, who))[0] for who in (one, two)]
        answers = await asyncio.gather(
            take(process, company, one, ends[0]),
            take(other, company, two, ends[1]),
            return_exceptions=True,
        )
        refused = [one for one in answers if one is not None]
        assert len(refused) == 1
        assert isinstance(refused[0], LastAdministrator)


async def group(process: Process, company: Company, by: UUID, name: str) -> UUID:
    async with changing(process, company) as unit:
        desk = process.rights.group_desk
        return (await desk.create(unit, await giver(unit, by), name, "")).id


async def put_in(process: Process, company: Company, by: UUID, outer: UUID, inner: UUID) -> None:
    async with changing(process, company) as unit:
        await process.rights.group_desk.put_in(unit, await giver(unit, by), outer, inner)


class TestGroups:
    async def test_inner_people_hold_what_the_outer_group_holds(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        outer, middle, inner = [await group(process, company, boss, n) for n in "가나다"]
        await put_in(process, company, boss, outer, middle)
        await put_in(process, company, boss, middle, inner)
        made = await role(process, company, boss, "독자", READ)
        await give(process, company, boss, made.id, outer, kind="group")
        async with changing(process, company) as unit:
            desk = process.rights.group_desk
            await desk.add(unit, await giver(unit, boss), inner, company.alice)
        assert (await rights(process, company, company.alice)).can(READ)
        async with changing(process, company) as unit:
            await process.rights.group_desk.take_out(unit, await giver(unit, boss), outer, middle)
        assert not (await rights(process, company, company.alice)).can(READ)

    async def test_makes_no_circle(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        one, two, three = [await group(process, company, boss, n) for n in "가나다"]
        await put_in(process, company, boss, one, two)
        await put_in(process, company, boss, two, three)
        for outer, inner in ((three, one), (two, one), (one, one)):
            with pytest.raises(GroupCircle):
                await put_in(process, company, boss, outer, inner)

    async def test_two_halves_of_a_circle_at_once(
        self, process: Process, other: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        one, two = [await group(process, company, boss, n) for n in "가나"]
        answers = await asyncio.gather(
            put_in(process, company, boss, one, two),
            put_in(other, company, boss, two, one),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["GroupCircle", "NoneType"]

    async def test_a_providers_is_filled_by_it_alone(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        async with changing(process, company) as unit:
            await process.rights.groups.set_from(unit, company.alice, "oidc:x", ["임원"])
            theirs = UUID(str(await unit.db.scalar(sa.text("SELECT id FROM maru.person_group"))))
        for refused in ("add", "remove"):
            act = getattr(process.rights.group_desk, refused)
            with pytest.raises(GroupKeptElsewhere):
                async with changing(process, company) as unit:
                    await act(unit, await giver(unit, boss), theirs, boss)
        own = await group(process, company, boss, "임원")  # the same name, another group
        await put_in(process, company, boss, own, theirs)

    async def test_names(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        await group(process, company, boss, "Sales")
        with pytest.raises(GroupExists):
            await group(process, company, boss, "ＳＡＬＥＳ")

    async def test_goes_with_what_it_holds(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        there = await group(process, company, boss, "가")
        made = await role(process, company, boss, "독자", READ)
        await give(process, company, boss, made.id, there, kind="group")
        async with changing(process, company) as unit:
            await process.rights.group_desk.delete(unit, await giver(unit, boss), there)
        assert await grants_of(process, company, there) == []
        with pytest.raises(GroupNotFound):
            async with changing(process, company) as unit:
                await process.rights.group_desk.delete(unit, await giver(unit, boss), there)


async def test_each_change_is_audited(process: Process, company: Company) -> None:
    boss = await administrator(process, company)
    made = await role(process, company, boss, "독자", READ)
    await change(process, company, boss, made.id, "독자들", READ, WRITE)
    given = await give(process, company, boss, made.id, company.alice)
    await take(process, company, boss, given.id)
    async with changing(process, company) as unit:
        await process.rights.role_desk.delete(unit, await giver(unit, boss), made.id)
    async with changing(process, company) as unit:
        found = await unit.db.execute(
            sa.text("SELECT action FROM maru.audit WHERE person_id = :boss ORDER BY id"),
            {"boss": boss},
        )
        told = [action for (action,) in found]
    wanted = ["role.created", "role.changed", "rights.granted", "rights.revoked", "role.deleted"]
    assert told == wanted


def test_errors_have_codes_of_their_own() -> None:
    found = [LastAdministrator, BeyondOwn, RoleGranted, GroupCircle, PermissionUnknown]
    assert all(issubclass(one, MaruError) for one in found)
    assert len({one.code for one in found}) == len(found)
