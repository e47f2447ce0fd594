"""What a unit does last goes along with its commit: all of it or nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.core.db.test_unit import ROLES, fill
from tests.engines import Tenants

from maru.db import Database, Unit
from maru.db.literals import literal
from maru_sdk.db import uuid7

ODD = [
    "",
    "it's",
    "\\",
    "\\'",
    "'; DROP TABLE maru.role; --",
    "가\n나\t",
    "$1 {} %s",
    'a"b',
    "E'\\x",
]


def role(key: str) -> str:
    return (
        "INSERT INTO maru.role (id, key, name, description, rank, builtin)"
        f" VALUES ({literal(uuid7())}, {literal(key)}, '', '', 1, false)"
    )


async def kept(database: Database, tenants: Tenants) -> list[str]:
    async with database.unit(tenants.hanbit) as unit:
        return [row.key for row in await unit.read(ROLES)]


async def write(unit: Unit) -> None:
    """Opens the transaction, as a request's own statement does."""
    await fill(unit, "own")
    await (await unit.session()).flush()


async def test_it_is_there_with_the_commit_in_one_message(
    database: Database, tenants: Tenants
) -> None:
    sent: list[str] = []
    async with database.unit(tenants.hanbit) as unit:
        await write(unit)
        await unit.at_commit(role("last"))
        assert [row.key for row in await unit.read(ROLES)] == ["own"]
        connection = await (await unit.session()).connection()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        with driver.query_logger(lambda record: sent.append(record.query)):
            await unit.commit()
    assert len(sent) == 1
    assert sent[0].endswith("; COMMIT;")
    assert await kept(database, tenants) == ["own", "last"]


async def test_alone_and_by_the_hundred(database: Database, tenants: Tenants) -> None:
    for number in (1, 120):
        async with database.unit(tenants.hanbit) as unit:
            for at in range(number):
                await unit.at_commit(role(f"{number}.{at}"))
            await unit.commit()
    assert len(await kept(database, tenants)) == 121


async def test_what_it_refuses_fails_the_commit_and_leaves_a_connection_that_is_well(
    database: Database, tenants: Tenants
) -> None:
    unit = database.unit(tenants.hanbit)
    await write(unit)
    await unit.at_commit(role("twice"))
    await unit.at_commit(role("twice"))
    with pytest.raises(DBAPIError, match="duplicate key"):
        await unit.commit()
    assert database.status().in_use == 0
    assert await kept(database, tenants) == []
    async with database.unit(tenants.hanbit) as again:
        await fill(again, "after")
        await again.commit()
    assert await kept(database, tenants) == ["after"]


async def test_what_was_undone_does_not_come_with_the_next_commit(
    database: Database, tenants: Tenants
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await write(unit)
        await unit.at_commit(role("lost"))
    refused = database.unit(tenants.hanbit)
    await write(refused)
    await refused.at_commit(role("lost"))
    await fill(refused, "own")  # which the flush before the commit refuses
    with pytest.raises(DBAPIError):
        await refused.commit()
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "kept")
        await unit.commit()
    assert await kept(database, tenants) == ["kept"]


async def test_a_savepoint_takes_it_back(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        for key, undone in (("lost", True), ("kept", False)):
            nested = await session.begin_nested()
            await unit.at_commit(role(key))
            await (nested.rollback() if undone else nested.commit())
        await unit.commit()
    assert await kept(database, tenants) == ["kept"]


@pytest.mark.parametrize("conforming", ["on", "off"])
async def test_literals_are_what_they_say(
    database: Database, tenants: Tenants, conforming: str
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        connection = await (await unit.session()).connection()
        await connection.execute(text("SET LOCAL escape_string_warning = off"))
        await connection.execute(text(f"SET LOCAL standard_conforming_strings = {conforming}"))
        for odd in ODD:
            asked = f"SELECT {literal(odd)}, {literal(None)}::text"
            assert (await connection.exec_driver_sql(asked)).one() == (odd, None)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_the_database_cannot_hold_is_no_literal(text: str) -> None:
    with pytest.raises(ValueError, match=r"NUL|surrogates"):
        literal(text)
