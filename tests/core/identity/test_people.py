"""The directory of people, and what a process forgets when another one writes."""

import asyncio
from uuid import UUID, uuid4

import sqlalchemy as sa
from tests.core.identity.company import Company, Process, eventually, found_company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.known import Known
from maru.settings import Settings


async def rename(process: Process, company: Company, name: str) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        update = sa.text("UPDATE maru.person SET name = :name WHERE id = :id")
        await (await unit.session()).execute(update, {"name": name, "id": company.alice})
        await process.people.changed(unit, company.alice)


async def test_user_has_the_tenants_language_unless_set(process: Process, company: Company) -> None:
    user = await process.people.user(company.id, company.alice)
    assert user is not None
    assert (user.username, user.name, user.department_id) == ("Alice", "김하늘", company.sales)
    assert (user.locale, user.timezone) == ("ko", "Asia/Seoul")


async def test_second_look_asks_nobody(process: Process, company: Company) -> None:
    assert process.people.cached(company.id, company.alice) is None
    user = await process.people.user(company.id, company.alice)
    assert user is not None
    assert process.people.cached(company.id, company.alice) is user


async def test_person_of_another_tenant_is_unknown(
    settings: Settings, process: Process, company: Company
) -> None:
    twin = await found_company(settings, process)
    assert await process.people.user(company.id, twin.alice) is None
    assert await process.people.names(company.id, [twin.alice]) == {}


async def test_names_leave_unknown_ids_out(process: Process, company: Company) -> None:
    names = await process.people.names(company.id, [company.alice, uuid4(), company.alice])
    assert names == {company.alice: "김하늘"}


async def test_departments_count_their_own_people(process: Process, company: Company) -> None:
    found = {one.name: one for one in await process.people.departments(company.id)}
    assert {name: one.people for name, one in found.items()} == {
        "본사": 0, "영업팀": 1, "개발팀": 0,
    }  # fmt: skip
    assert found["영업팀"].parent_id == company.top


async def test_change_is_heard_in_another_process(
    process: Process, other: Process, company: Company
) -> None:
    assert await other.people.user(company.id, company.alice)
    assert await other.people.departments(company.id)
    await rename(process, company, "김새벽")

    async def forgotten() -> bool:
        return other.people.cached(company.id, company.alice) is None

    await eventually(forgotten)
    user = await other.people.user(company.id, company.alice)
    assert user is not None
    assert user.name == "김새벽"
    assert await other.people.names(company.id, [company.alice]) == {company.alice: "김새벽"}


class TestKnown:
    async def test_many_ask_one_loads(self) -> None:
        loads = []

        async def load(_: UUID, key: UUID) -> str:
            loads.append(key)
            await asyncio.sleep(0)
            return "value"

        known = Known(load)
        tenant, key = uuid4(), uuid4()
        assert set(await asyncio.gather(*(known.get(tenant, key) for _ in range(9)))) == {"value"}
        assert len(loads) == 1

    async def test_what_is_forgotten_while_loading_is_not_kept(self) -> None:
        gate = asyncio.Event()

        async def load(_: UUID, __: UUID) -> str:
            await gate.wait()
            return "old"

        known = Known(load)
        tenant, key = uuid4(), uuid4()
        waiting = asyncio.create_task(known.get(tenant, key))
        await asyncio.sleep(0)
        known.forget(tenant, key)
        gate.set()
        assert await waiting == "old"
        assert known.peek(tenant, key) is None

    async def test_nothing_found_is_not_kept(self) -> None:
        answers = iter([None, "made meanwhile"])

        async def load(_: UUID, __: UUID) -> str | None:
            return next(answers)

        known = Known(load)
        tenant, key = uuid4(), uuid4()
        assert await known.get(tenant, key) is None
        assert await known.get(tenant, key) == "made meanwhile"

    async def test_memory_is_bounded(self) -> None:
        async def load(_: UUID, __: UUID) -> str:
            return "value"

        known = Known(load, capacity=10)
        keys = [(uuid4(), uuid4()) for _ in range(100)]
        for spot in keys:
            await known.get(*spot)
        assert sum(known.peek(*spot) is not None for spot in keys) <= 10

    async def test_failure_is_everyones_and_tried_again(self) -> None:
        answers: list[str | Exception] = [OSError("away"), "back"]

        async def load(_: UUID, __: UUID) -> str:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        known = Known(load)
        tenant, key = uuid4(), uuid4()
        both = await asyncio.gather(
            known.get(tenant, key), known.get(tenant, key), return_exceptions=True
        )
        assert all(isinstance(answer, OSError) for answer in both)
        assert await known.get(tenant, key) == "back"
