"""Who is told, who isn't, and each once."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from tests.core.notifications.conftest import API, Firm

from maru.access.models import PersonGroup
from maru.access.roles import Subject
from maru.identity.models import Department
from maru.isolated.telling import NoticesHere, size_of
from maru_sdk import Context, InvalidInput, Model, SystemFault, User
from maru_sdk.db import uuid7
from maru_sdk.notifications import Notice, Recipients, notification

TOLD = "SELECT person_id FROM maru.notification WHERE kind = 'kinds.noted' ORDER BY person_id"


async def told(firm: Firm) -> set[UUID]:
    return {row.person_id for row in await firm.sql(TOLD)}


async def test_a_person_is_told_with_the_transaction(firm: Firm) -> None:
    member = firm.company.member
    await firm.tell("커피가 왔습니다", to=member.id)
    assert await firm.titles(member) == ["쪽지 1개: 커피가 왔습니다"]
    assert await firm.titles(firm.company.admin) == []
    assert await firm.unread(member) == {"count": 1, "more": False}


async def test_what_is_rolled_back_was_never_told(firm: Firm) -> None:
    async def failing() -> None:
        from maru_kinds.notices import Noted, noted

        async with firm.company.context() as ctx:
            await ctx.notify(noted, Noted(text="a"), to=firm.company.member.id)
            raise RuntimeError("the request fails after all")

    with pytest.raises(RuntimeError):
        await failing()
    assert await told(firm) == set()


async def test_the_same_is_told_once(firm: Firm) -> None:
    member, manager = firm.company.member, firm.company.manager
    await firm.tell("a", to=[member.id, member.id], key="note:1")
    await firm.tell("b", to=[member.id, manager.id], key="note:1")
    assert await firm.titles(member) == ["쪽지 1개: a"]
    assert await firm.titles(manager) == ["쪽지 1개: a"]


async def test_at_once_from_two_sides(firm: Firm) -> None:
    await asyncio.gather(*(firm.tell("a", to=firm.company.member.id, key="k") for _ in range(4)))
    assert len(await firm.sql(TOLD)) == 1
    assert len(await firm.sql("SELECT 1 FROM maru.notice")) == 1


async def test_who_acts_is_told_where_they_ask_for_it(firm: Firm) -> None:
    admin = firm.company.admin
    await firm.tell(to=[admin.id, firm.company.member.id])
    assert await told(firm) == {firm.company.member.id}
    await firm.tell(to=admin.id, myself=True)
    assert admin.id in await told(firm)


async def test_who_is_gone_or_unknown_isnt_told(firm: Firm) -> None:
    (gone,) = await firm.hire(state="inactive")
    await firm.tell(to=[gone.id, uuid7(), firm.company.member.id])
    assert await told(firm) == {firm.company.member.id}


async def test_who_may_not_read_isnt_told(firm: Firm) -> None:
    (guest,) = await firm.hire()
    await firm.tell(to=[guest.id])
    assert await told(firm) == set()


async def test_of_another_company_nobody_is_told(firm: Firm, kit: Any) -> None:
    other = await kit.company("kinds")
    await firm.tell(to=other.member.id)
    await firm.tell(to=Recipients(everyone=True))
    await kit.work()
    async with other.context() as ctx:
        assert await ctx.db.scalar(sa.text("SELECT count(*) FROM maru.notification")) == 0


async def test_everyone_is_told_by_a_job(firm: Firm) -> None:
    company = firm.company
    await firm.tell(to=Recipients(everyone=True, without=[company.manager.id]), key="all")
    assert await told(firm) == set()
    await firm.kit.work()
    assert await told(firm) == {company.member.id}
    await firm.tell(to=Recipients(everyone=True), key="all")
    await firm.kit.work()
    assert len(await firm.sql(TOLD)) == 2


async def departments(firm: Firm) -> tuple[UUID, UUID]:
    """One above the other."""
    upper, lower = uuid7(), uuid7()
    async with firm.unit() as unit:
        await unit.db.execute(
            sa.insert(Department),
            [{"id": upper, "name": "본부"}, {"id": lower, "name": "팀", "parent_id": upper}],
        )
    return upper, lower


async def permit(firm: Firm, role: str, kind: Subject, subject: UUID, **where: Any) -> None:
    async with firm.unit() as unit:
        await firm.kit.house.rights.roles.grant(unit, role, kind, subject, **where)


async def test_a_department_with_those_below(firm: Firm) -> None:
    upper, lower = await departments(firm)
    (inside,) = await firm.hire(department_id=lower)
    (outside,) = await firm.hire()
    (second,) = await firm.hire()
    post = "INSERT INTO maru.post (id, person_id, department_id) VALUES (:id, :person, :where)"
    await firm.sql(post, id=uuid7(), person=second.id, where=lower)
    for one in (inside, outside, second):
        await permit(firm, "member", "person", one.id)
    await firm.tell(to=Recipients(departments=[upper]))
    await firm.kit.work()
    assert await told(firm) == {inside.id, second.id}


async def test_a_role_however_it_is_given(firm: Firm) -> None:
    upper, lower = await departments(firm)
    by_department, by_group, neither = await firm.hire(3)
    manager = firm.company.manager
    await firm.sql("UPDATE maru.person SET department_id = :d WHERE id = :p", d=lower,
                   p=by_department.id)  # fmt: skip
    group = uuid7()
    async with firm.unit() as unit:
        row = {"id": group, "name": "모임", "name_key": "모임"}
        await unit.db.execute(sa.insert(PersonGroup), [row])
    member = "INSERT INTO maru.group_member (id, group_id, person_id) VALUES (:id, :g, :p)"
    await firm.sql(member, id=uuid7(), g=group, p=by_group.id)
    await permit(firm, "manager", "department", upper)
    await permit(firm, "manager", "group", group)
    await firm.tell(to=Recipients(roles=["manager"]))
    await firm.kit.work()
    assert await told(firm) == {manager.id, by_department.id, by_group.id}
    assert neither.id not in await told(firm)


class Thing:
    """Something that people are told of."""

    def __init__(self, resource: str | None = None, department: UUID | None = None) -> None:
        self.resource, self.department_id = resource, department


async def test_rights_are_those_that_each_person_has(firm: Firm) -> None:
    """Whom the statement tells, `can` lets in, and the other way round."""
    upper, lower = await departments(firm)
    people = await firm.hire(8)
    everywhere, named, within, above, leads, grouped, hidden, _ = people
    await permit(firm, "member", "person", everywhere.id)
    await permit(firm, "member", "person", named.id, resource="kinds.note:1")
    await permit(firm, "member", "person", within.id, scope_id=lower)
    await permit(firm, "member", "person", above.id, scope_id=upper)
    await firm.sql("UPDATE maru.department SET manager_id = :p WHERE id = :d", p=leads.id, d=upper)
    group = uuid7()
    async with firm.unit() as unit:
        row = {"id": group, "name": "모임", "name_key": "모임"}
        await unit.db.execute(sa.insert(PersonGroup), [row])
    member = "INSERT INTO maru.group_member (id, group_id, person_id) VALUES (:id, :g, :p)"
    await firm.sql(member, id=uuid7(), g=group, p=grouped.id)
    await permit(firm, "member", "group", group, scope_id=lower)
    await permit(firm, "member", "person", hidden.id, resource="kinds.note:2")
    for private in (False, True):
        async with firm.unit() as unit:
            await firm.kit.house.rights.set_private(unit, "kinds.note:1", private)
        await firm.kit.house.signals.poll()
        for thing in (Thing(), Thing("kinds.note:1"), Thing("kinds.note:1", lower),
                      Thing("kinds.note:3", upper), Thing(None, lower)):  # fmt: skip
            await compare(firm, [*people, firm.company.admin, firm.company.member], thing)


async def compare(firm: Firm, people: list[User], thing: Thing) -> None:
    from maru_kinds.permissions import READ

    await firm.sql("DELETE FROM maru.notice")
    await firm.tell(to=[one.id for one in people], on=thing, myself=True)
    rights = firm.kit.house.rights
    tenant = firm.company.tenant.id
    may = {
        one.id for one in people if (await rights.granted(tenant, one.id)).can(READ, thing)
    }  # fmt: skip
    assert await told(firm) == may, vars(thing)


async def test_unread_ones_of_a_bundle_are_one(firm: Firm) -> None:
    member = firm.company.member
    for text in ("a", "b", "c"):
        await firm.tell(text, to=member.id, key=text, bundle="post:1")
    await firm.tell("d", to=member.id, bundle="post:2")
    assert await firm.titles(member) == ["쪽지 1개: d", "쪽지 3개: c"]
    assert (await firm.unread(member))["count"] == 2
    await firm.tell("a", to=member.id, key="a", bundle="post:1")
    assert await firm.titles(member) == ["쪽지 1개: d", "쪽지 3개: c"]
    await (await firm.client(member)).post(f"{API}/read-all")
    await firm.tell("e", to=member.id, bundle="post:1")
    assert await firm.titles(member) == ["쪽지 1개: e", "쪽지 1개: d", "쪽지 3개: c"]


async def test_a_bundle_counts_those_told_at_once(firm: Firm) -> None:
    member = firm.company.member
    told = (firm.tell(str(n), to=member.id, bundle="post:1") for n in range(6))
    await asyncio.gather(*told)
    (title,) = await firm.titles(member)
    assert title.startswith("쪽지 6개")


async def test_nonsense_is_refused(firm: Firm) -> None:
    member = firm.company.member.id
    nonsense: list[dict[str, Any]] = [
        {"key": ""},
        {"key": "x" * 201},
        {"bundle": "a\x00b"},
        {"bundle": ""},
    ]
    for wrong in nonsense:
        with pytest.raises(InvalidInput):
            await firm.tell(to=member, **wrong)
    async with firm.company.context() as ctx:
        from maru_kinds.notices import Noted, noted
        from maru_kinds.schemas import Count

        with pytest.raises(SystemFault, match="puts Noted into words"):
            await ctx.notify(noted, Count(count=1), to=member)
        with pytest.raises(InvalidInput):
            await ctx.notify(noted, Noted(text="a"), to=[uuid7()] * 20_001)


async def test_nobody_is_nobody(firm: Firm) -> None:
    await firm.tell(to=[])
    await firm.tell(to=Recipients())
    assert await told(firm) == set()


class Figures(Model):
    """What some isolated plugin tells."""

    figures: list[float | int | str]


@notification("Figures")
async def figures(ctx: Context, ask: Figures) -> Notice:
    """Never put into words."""
    return Notice(title=str(ask.figures))


async def test_what_is_too_large_for_the_door_of_isolated_plugins_is_refused_before(
    firm: Firm,
) -> None:
    seed = SimpleNamespace(trace="", locale="ko", timezone="Asia/Seoul")
    call = cast("Any", SimpleNamespace(seed=lambda _: seed))
    people, none = [uuid7() for _ in range(20_000)], Recipients()
    for numbers, to, why in (
        ([1] * 29_990, none, "60,000 characters"),
        ([1e300] * 250, none, "60,000 characters"),
        ([], Recipients(people=people, without=people), "too many people"),
    ):
        with pytest.raises(InvalidInput, match=why):
            await NoticesHere().tell(
                call, figures, Figures(figures=numbers), to, key=None, bundle=None, on=None
            )
    value = {"a": [1, 0.5, 1e22, 1e-7, 1e300, 10**40], "b": 'tab\t, "quoted" 한글 \x01', "c": {}}
    counted = sa.text("SELECT length(CAST(:value AS jsonb)::text)")
    async with firm.unit() as unit:
        counted = counted.bindparams(sa.bindparam("value", type_=JSONB()))
        assert await unit.db.scalar(counted, {"value": value}) == size_of(value)
