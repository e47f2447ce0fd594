"""Reads: declared once, one round trip, ready JSON with times in UTC."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import asyncpg
import pytest
from tests.core.db.garden import COLUMNS, EVERY_PLANT, PLANTS, Bed, Plant
from tests.engines import SUPERUSER, Engines, Tenants

from maru.db import Database, Scope
from maru.db.read import compiled, encode
from maru.settings import Settings
from maru_sdk import Model
from maru_sdk.db import JSONB, Query, bindparam, col, func, or_, select, uuid7

PLANTED = datetime(2026, 11, 20, 9, 30, 0, 120_000, tzinfo=timezone(timedelta(hours=9)))


class Name(Model):
    name: str


class Count(Model):
    kind: str
    plants: int
    latest: datetime | None


class Kind(StrEnum):
    HERB = "herb"


@pytest.fixture
async def bed(database: Database, tenants: Tenants) -> Bed:
    async with database.unit(tenants.hanbit) as unit:
        bed = Bed(name="허브")
        mint = Plant(bed_id=bed.id, name="민트 🌿", height=Decimal("1.50"), planted_at=PLANTED)
        mint.tags = ["한글", 'a"b\\c']
        session = await unit.session()
        session.add_all([bed, mint])
        session.add_all([Plant(bed_id=bed.id, name=name) for name in ("a", "b'); DROP --")])
        await unit.commit()
    return bed


async def names(database: Database, scope: Scope, statement: object, **args: object) -> set[str]:
    async with database.unit(scope) as unit:
        return {row.name for row in await unit.read(Query(statement, Name), **args)}


async def test_rows_are_ready_json_and_models(
    database: Database, tenants: Tenants, bed: Bed
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        rows = await unit.read(PLANTS, bed_id=bed.id)
    assert len(rows) == 3
    (mint,) = [row for row in rows if row.planted_at]
    assert (mint.name, mint.height, mint.planted_at) == ("민트 🌿", Decimal("1.50"), PLANTED)
    assert mint.tags == ["한글", 'a"b\\c']
    (plain,) = [row for row in json.loads(rows.json) if row["planted_at"]]
    assert plain["planted_at"] == "2026-11-20T00:30:00.120000Z"
    assert plain["height"] == "1.50"
    assert set(plain) == {"id", "name", "is_rare", "height", "planted_at", "tags"}
    assert rows[:2] == list(rows)[:2]
    assert bool(rows) is True


async def test_no_rows(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        rows = await unit.read(PLANTS, bed_id=uuid7())
    assert (rows.json, list(rows), bool(rows)) == (b"[]", [], False)


@pytest.mark.parametrize("name", ["a", "b'); DROP --", "민트 🌿", "\\", "{", '"', "NULL", ""])
async def test_arguments_are_never_sql(
    database: Database, tenants: Tenants, bed: Bed, name: str
) -> None:
    statement = select(Plant.name).where(col(Plant.name) == bindparam("name"))
    found = await names(database, tenants.hanbit, statement, name=name)
    assert found == {name} & {"a", "b'); DROP --", "민트 🌿"}


async def test_lists_as_arguments(database: Database, tenants: Tenants, bed: Bed) -> None:
    some = select(Plant.name).where(col(Plant.name).in_(bindparam("names", expanding=True)))
    assert await names(database, tenants.hanbit, some, names=["a", "b'); DROP --", "x"]) == {
        "a",
        "b'); DROP --",
    }
    assert await names(database, tenants.hanbit, some, names=[]) == set()
    others = select(Plant.name).where(col(Plant.name).not_in(["a", '"', "\\"]))
    assert await names(database, tenants.hanbit, others) == {"b'); DROP --", "민트 🌿"}
    inner = select(Bed.id).where(col(Bed.name) == "허브")
    nested = select(Plant.name).where(col(Plant.bed_id).in_(inner), col(Plant.name) == "a")
    assert await names(database, tenants.hanbit, nested) == {"a"}
    without = select(Plant.name).where(col(Plant.bed_id).not_in(inner))
    assert await names(database, tenants.hanbit, without) == set()


class Held(Model):
    held: list[str]


async def test_lists_in_json_stay_lists(database: Database, tenants: Tenants) -> None:
    query = Query(select(bindparam("held", type_=JSONB()).label("held")), Held)
    for held in ([], ["가", 'a"b']):
        found = await database.unit(tenants.hanbit, readonly=True).read(query, held=held)
        assert found[0].held == held


async def test_other_kinds_of_arguments(database: Database, tenants: Tenants, bed: Bed) -> None:
    statement = select(Plant.name).where(
        or_(col(Plant.planted_at) == bindparam("at"), col(Plant.planted_at).is_(None)),
        col(Plant.height) >= bindparam("tall"),
        col(Plant.is_rare) == bindparam("rare"),
        col(Plant.kind) == bindparam("kind"),
        func.length(Plant.name) < bindparam("long", 100),
    )
    given = {"at": PLANTED, "tall": Decimal("1.5"), "rare": False, "kind": Kind.HERB}
    assert await names(database, tenants.hanbit, statement, **given) == {"민트 🌿"}
    assert await names(database, tenants.hanbit, statement, **given, long=1) == set()
    assert await names(database, tenants.hanbit, statement, **{**given, "at": None}) == set()


async def test_sql_text(database: Database, tenants: Tenants, bed: Bed) -> None:
    query = Query(
        """SELECT kind, count(*) AS plants, maru.utc(max(planted_at)) AS latest
             FROM plugin_garden.plant WHERE bed_id = ANY(:beds) AND name <> :name GROUP BY kind""",
        Count,
        params={"beds": list[UUID], "name": str},
    )
    async with database.unit(tenants.hanbit) as unit:
        rows = await unit.read(query, beds=[bed.id], name="a")
    assert list(rows) == [Count(kind="herb", plants=2, latest=PLANTED)]


async def test_the_order_of_a_statement_is_the_order_of_its_rows(
    database: Database, tenants: Tenants, bed: Bed
) -> None:
    ordered = Query(select(Plant.name).order_by(col(Plant.name).desc()), Name)
    async with database.unit(tenants.hanbit) as unit:
        found = [row.name for row in await unit.read(ordered)]
    assert found == sorted(found, reverse=True)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "the query needs bed_id"),
        ({"bed_id": 1, "bet_id": 2}, "the query has no parameter bet_id"),
    ],
)
def test_wrong_arguments_are_named(args: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        compiled(PLANTS).arguments(args)


def test_a_parameter_needs_a_type() -> None:
    with pytest.raises(TypeError, match="needs a type"):
        compiled(Query(select(bindparam("name").label("name")), Name))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (7, "7"),
        ("é", "é"),
        (b"\x00\xff", "\\x00ff"),
        ({"a": [1]}, '{"a":[1]}'),
        (Kind.HERB, "herb"),
        ([1, None], '{"1",NULL}'),
        (("a", 'b"\\'), '{"a","b\\"\\\\"}'),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (Decimal("1.10"), "1.10"),
    ],
)
def test_encoding(value: object, text: str | None) -> None:
    assert encode(value) == text


async def test_a_fault_in_a_query_is_an_error_and_leaves_the_connection_well(
    database: Database, tenants: Tenants
) -> None:
    broken = Query("SELECT 1/0 AS name", Name)
    for _ in range(6):  # more often than there are connections
        async with database.unit(tenants.hanbit) as unit:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await unit.read(broken)
    async with database.unit(tenants.hanbit) as unit:
        assert list(await unit.read(EVERY_PLANT)) == []


async def test_connections_that_the_server_closed_are_replaced(
    database: Database, tenants: Tenants, engines: Engines, settings: Settings, bed: Bed
) -> None:
    """A restart of the server costs no request more than its present statement."""
    name = settings.database_url.rpartition("/")[2]
    admin = await asyncpg.connect(engines.postgres(SUPERUSER, "postgres"))
    try:
        for _ in range(3):
            async with database.unit(tenants.hanbit) as unit:
                assert len(await unit.read(EVERY_PLANT)) == 3
                await unit.session()
                assert len(await unit.read(EVERY_PLANT)) == 3
            await admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                f" WHERE datname = '{name}' AND usename = 'maru_app'"
            )
    finally:
        await admin.close()


def test_a_query_says_which_columns_differ() -> None:
    with pytest.raises(TypeError, match=r"selects height, .*Name does not have"):
        Query(select(Plant.name, Plant.height), Name)
    with pytest.raises(TypeError, match="Count has kind, latest, plants, which the statement"):
        Query(select(Plant.name.label("x")), Count)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"params must name exactly .*: beds"):
        Query("SELECT :beds AS name", Name)
    with pytest.raises(TypeError, match="no SQL type"):
        Query("SELECT :beds AS name", Name, params={"beds": object})
    Query(select(*COLUMNS), EVERY_PLANT.row)


async def test_a_deadline_ends_a_read_and_the_connection_serves_on(
    database: Database, tenants: Tenants
) -> None:
    slow = Query("SELECT pg_sleep(3)::text AS name", Name)
    for _ in range(5):  # more often than there are connections
        async with database.unit(tenants.hanbit, timeout=0.05) as unit:
            with pytest.raises(TimeoutError):
                await unit.read(slow)
    await database.settled()
    assert database.status().in_use == 0
    async with database.unit(tenants.hanbit) as unit:
        assert list(await unit.read(EVERY_PLANT)) == []
