"""The demo company: the same at every drawing, stored once, whatever kills the seeding."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from maru.cli.seeding import seed
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.demo.companies import COMPANIES, HANBIT, SAEBOM
from maru.demo.staff import SIGN_IN, draw_staff
from maru.house import House, open_house
from maru.settings import Settings

PASSWORD = "the demo's password"
SECRET = "a secret of the tests that is long enough"


class TestDrawing:
    def test_is_the_same_in_another_process(self) -> None:
        program = (
            "from maru.demo.staff import draw_staff\n"
            "from maru.demo.companies import HANBIT\n"
            "print(draw_staff(HANBIT, 50, 7))"
        )
        environment = {**os.environ, "PYTHONHASHSEED": "1"}
        said = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        )
        assert said.stdout.decode().strip() == str(draw_staff(HANBIT, 50, 7))

    @pytest.mark.parametrize(("people", "hanbit", "saebom"), [(1, 3, 3), (300, 300, 60)])
    def test_has_as_many_as_asked(self, people: int, hanbit: int, saebom: int) -> None:
        assert len(draw_staff(HANBIT, people, 1).people) == hanbit
        assert len(draw_staff(SAEBOM, people, 1).people) == saebom

    @pytest.mark.parametrize("people", [1, 40, 3_000])
    def test_nobody_is_there_twice(self, people: int) -> None:
        staff = draw_staff(HANBIT, people, 1).people
        for field in ("id", "username", "employee_number", "email"):
            assert len({getattr(person, field) for person in staff}) == len(staff)
        assert all(person.username.replace(".", "").isalnum() for person in staff)
        assert all(person.username.isascii() for person in staff)

    def test_everybody_works_somewhere_and_heads_lead_their_own(self) -> None:
        staff = draw_staff(HANBIT, 300, 1)
        departments = {each.id: each for each in staff.departments}
        people = {each.id: each for each in staff.people}
        assert all(person.department_id in departments for person in staff.people)
        assert all(
            people[each.manager_id].department_id == each.id
            for each in staff.departments
            if each.manager_id
        )
        assert sum(each.manager_id is not None for each in staff.departments) > 30

    def test_two_companies_differ(self) -> None:
        first, second = (draw_staff(company, 100, 1) for company in COMPANIES)
        assert first.tenant_id != second.tenant_id
        assert {p.name for p in first.people} != {p.name for p in second.people}


@pytest.fixture
def own(settings: Settings) -> Settings:
    """A database of this test alone."""
    return settings.model_copy(update={"secret_key": SECRET})


async def seeded(settings: Settings, people: int = 40, password: str = PASSWORD) -> None:
    async with (
        open_house(settings) as house,
        await Database.open(settings.database_system_url, pool_size=1) as system,
    ):
        await seed(house, system, people, password)


async def counts(settings: Settings) -> dict[str, int]:
    """What stands in hanbit, counted."""
    tables = ("person", "department", "role", "role_grant", "role_permission", "plugin_state")
    async with await Database.open(settings.database_url, pool_size=1) as database:
        tenant = draw_staff(HANBIT, 1, 20_261_120).tenant_id
        async with database.unit(Scope(tenant), readonly=True) as unit:
            return {table: await _count(unit, table) for table in tables}


async def _count(unit: Unit, table: str) -> int:
    sql = sa.text(f"SELECT count(*) FROM maru.{table}")
    return int(await (await unit.session()).scalar(sql) or 0)


class TestSeeding:
    async def test_people_sign_in_and_hold_their_roles(self, own: Settings) -> None:
        await seeded(own)
        async with open_house(own) as house:
            for company in COMPANIES:
                tenant = house.tenants.by_slug(company.slug)
                assert tenant is not None
                assert await roles(house, tenant.id, "admin") == ("admin", "member")
                assert await roles(house, tenant.id, "manager") == ("manager", "member")
                assert await roles(house, tenant.id, "member") == ("member",)

    async def test_again_changes_nothing_and_is_quick(self, own: Settings) -> None:
        began = time.monotonic()
        await seeded(own)
        first, before = time.monotonic() - began, await counts(own)
        began = time.monotonic()
        await seeded(own, people=500)
        assert time.monotonic() - began < 3 * first  # both open a house; 500 people take far longer
        assert await counts(own) == before

    async def test_another_password_takes_the_first_ones_place(self, own: Settings) -> None:
        await seeded(own)
        await seeded(own, password="another password")
        async with open_house(own) as house:
            tenant = house.tenants.by_slug("saebom")
            assert tenant is not None
            await house.sessions.login(tenant.id, "member", "another password")

    async def test_what_was_switched_off_stays_off(self, own: Settings) -> None:
        await seeded(own)
        async with await Database.open(own.database_url, pool_size=1) as database:
            tenant = draw_staff(HANBIT, 1, 20_261_120).tenant_id
            async with database.unit(Scope(tenant)) as unit:
                on = await (await unit.session()).scalars(
                    sa.text("SELECT key FROM maru.plugin_state WHERE enabled")
                )
                keys = list(on)
                await (await unit.session()).execute(
                    sa.text("UPDATE maru.plugin_state SET enabled = false")
                )
                await unit.commit()
        await seeded(own)
        async with open_house(own) as house:
            assert not any(house.gate.on(tenant, key) for key in keys)

    @pytest.mark.slow
    async def test_killed_at_any_moment_the_next_run_completes_it(
        self, own: Settings, tmp_path: Any
    ) -> None:
        kills = 0
        for wait in (0.8, 1.1, 1.4, 1.7, 2.0, 2.3, 2.6):
            kills += await killed_after(wait, own)
        await seeded(own, people=200)
        assert kills >= 1
        found = await counts(own)
        assert found["person"] == 200
        assert found["department"] == len(draw_staff(HANBIT, 200, 1).departments)
        assert found["role_grant"] == 3


async def roles(house: House, tenant_id: UUID, username: str) -> tuple[str, ...]:
    assert username in SIGN_IN
    tokens = await house.sessions.login(tenant_id, username, PASSWORD)
    granted = await house.rights.granted(tenant_id, tokens.caller.person_id)
    return granted.roles


async def killed_after(seconds: float, settings: Settings) -> bool:
    """Runs `maru seed` and kills it without warning; whether it was still at work."""
    names = ("database_url", "database_owner_url", "database_system_url", "redis_queue_url")
    more = ("redis_cache_url", "redis_live_url", "secret_key")
    environment = {
        **os.environ,
        **{f"MARU_{name.upper()}": str(getattr(settings, name)) for name in (*names, *more)},
        "MARU_DEMO_PASSWORD": PASSWORD,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "maru", "seed", "--people", "200", env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        return True
    return False
