"""Pages: cursors that stay true while rows come and go, totals that stay cheap."""

import base64
import random
from collections.abc import AsyncIterator

import orjson
import pytest
from pydantic import ValidationError
from sqlalchemy import text
from tests.core.db.garden import EVERY_PLANT, MIXED, PLANTS, Bed, Plant, PlantRow
from tests.engines import Tenants

from maru.db import Database, Scope, Unit
from maru_sdk import CursorParams, PageParams
from maru_sdk.db import (
    InvalidCursor,
    Page,
    PageUnsupported,
    Query,
    UnknownSort,
    bindparam,
    col,
    func,
    select,
    uuid7,
)


@pytest.fixture
async def bed(database: Database, tenants: Tenants) -> Bed:
    """47 plants, many of one name."""
    dice = random.Random(1)
    async with database.unit(tenants.hanbit) as unit:
        bed = Bed(name="bed")
        plants = [
            Plant(bed_id=bed.id, name=dice.choice("가나다라"), is_rare=dice.random() < 0.3)
            for _ in range(47)
        ]
        (await unit.session()).add_all([bed, *plants])
        await unit.commit()
    return bed


@pytest.fixture
async def unit(database: Database, tenants: Tenants) -> AsyncIterator[Unit]:
    async with database.unit(tenants.hanbit) as unit:
        yield unit


async def every(unit: Unit, query: Query[PlantRow], limit: int, **args: object) -> list[PlantRow]:
    """Follow `next` to the end, then `prev` to the start, and see that both agree."""
    pages: list[Page[PlantRow]] = []
    cursor: str | None = None
    while True:
        pages.append(await unit.page(query, CursorParams(limit=limit, cursor=cursor), **args))
        assert len(pages[-1]) <= limit
        cursor = pages[-1].pagination["next"]
        if cursor is None:
            break
    for page in reversed(pages[:-1]):
        back = pages[pages.index(page) + 1].pagination["prev"]
        again = await unit.page(query, CursorParams(limit=limit, cursor=back), **args)
        assert list(again) == list(page)
        assert again.pagination["next"] is not None
    assert pages[0].pagination["prev"] is None
    return [row for page in pages for row in page]


@pytest.mark.parametrize("limit", [1, 7, 46, 47, 48, 100])
@pytest.mark.parametrize("query", [PLANTS, MIXED], ids=["one direction", "mixed"])
async def test_cursors_give_each_row_once_and_lead_back(
    unit: Unit, bed: Bed, query: Query[PlantRow], limit: int
) -> None:
    rows = await every(unit, query, limit, bed_id=bed.id)
    if query is PLANTS:
        wanted = sorted(rows, key=lambda row: (row.is_rare, row.id), reverse=True)
    else:
        wanted = sorted(rows, key=lambda row: (not row.is_rare, row.name, row.id))
    assert rows == wanted
    assert len({row.id for row in rows}) == 47


async def test_rows_that_come_and_go_move_no_other(unit: Unit, bed: Bed) -> None:
    first = await unit.page(PLANTS, CursorParams(limit=5), bed_id=bed.id)
    session = await unit.session()
    session.add(Plant(bed_id=bed.id, name="new", is_rare=True))
    await session.execute(
        text("DELETE FROM plugin_garden.plant WHERE id = :id"), {"id": first[4].id}
    )
    after = CursorParams(limit=100, cursor=first.pagination["next"])
    rest = await unit.page(PLANTS, after, bed_id=bed.id)
    assert len(rest) == 42
    assert not {row.id for row in rest} & {row.id for row in first}


async def test_an_empty_list(unit: Unit) -> None:
    page = await unit.page(PLANTS, CursorParams(limit=5), bed_id=uuid7())
    nothing = {"limit": 5, "next": None, "prev": None, "total": 0, "totalExact": True}
    assert (list(page), page.pagination) == ([], nothing)
    short = await unit.page(PLANTS, PageParams(limit=5), bed_id=uuid7())
    assert short.pagination == {"page": 1, "limit": 5, "total": 0, "totalPages": 0}


async def test_pages_by_number(unit: Unit, bed: Bed) -> None:
    third = await unit.page(PLANTS, CursorParams(limit=10, page=3), bed_id=bed.id)
    rows = await every(unit, PLANTS, 10, bed_id=bed.id)
    assert list(third) == rows[20:30]
    assert third.pagination["prev"] is not None
    onwards = CursorParams(limit=10, cursor=third.pagination["next"])
    assert list(await unit.page(PLANTS, onwards, bed_id=bed.id)) == rows[30:40]
    last = await unit.page(PLANTS, CursorParams(limit=10, page=500), bed_id=bed.id)
    assert list(last) == []
    with pytest.raises(PageUnsupported) as caught:
        await unit.page(PLANTS, CursorParams(limit=10, page=501), bed_id=bed.id)
    assert (caught.value.status, caught.value.code) == (422, "PAGE_UNSUPPORTED")


async def test_sorted_pages(unit: Unit, bed: Bed) -> None:
    names: list[str] = []
    for page in range(1, 6):
        params = PageParams(page=page, limit=10, sort="name", order="desc")
        found = await unit.page(PLANTS, params, bed_id=bed.id)
        assert found.pagination == {"page": page, "limit": 10, "total": 47, "totalPages": 5}
        names += [row.name for row in found]
    assert names == sorted(names, reverse=True)
    assert len(names) == 47
    with pytest.raises(UnknownSort) as caught:
        await unit.page(PLANTS, PageParams(sort="height"), bed_id=bed.id)
    assert caught.value.details == {"sort": "height", "allowed": ["name"]}


def made(*content: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "!!!", "한글", "e30", "W10", made(), made(1, 2, 3), made("a", True)),
        *(made("MARK", False, "true"), made("MARK", "no", "true", "ID")),
        *(made("MARK", False, "maybe", "ID"), made("MARK", False, "true", "no-uuid")),
        *(made("MARK", False, "true", 5), made("MARK", False, "true", None)),
        *(made("MARK", False, "true", "ID", "more"), made("other", False, "true", "ID")),
        "\x00",
        "A" * 2000,
    ],
)
async def test_a_bad_cursor_is_refused_clearly(unit: Unit, bed: Bed, cursor: str) -> None:
    first = await unit.page(PLANTS, CursorParams(limit=5), bed_id=bed.id)
    mark = orjson.loads(base64.urlsafe_b64decode(first.pagination["next"] + "=="))[0]
    if cursor.isascii() and len(cursor) % 4 == 0 and len(cursor) > 8 and not cursor.startswith("A"):
        plain = base64.urlsafe_b64decode(cursor).decode()
        plain = plain.replace("MARK", mark).replace("ID", str(bed.id))
        cursor = base64.urlsafe_b64encode(plain.encode()).decode()
    with pytest.raises(InvalidCursor) as caught:
        await unit.page(PLANTS, CursorParams(cursor=cursor), bed_id=bed.id)
    assert caught.value.status == 422


async def test_a_cursor_of_another_list_is_refused(unit: Unit, bed: Bed) -> None:
    first = await unit.page(PLANTS, CursorParams(limit=5), bed_id=bed.id)
    with pytest.raises(InvalidCursor):
        await unit.page(EVERY_PLANT, CursorParams(cursor=first.pagination["next"]))


@pytest.mark.parametrize(
    "given", [{"limit": 0}, {"limit": 101}, {"page": 0}, {"cursor": "x" * 3000}, {"sort": "a"}]
)
def test_limits_of_the_parameters(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CursorParams.model_validate(given)


async def fill(database: Database, scope: Scope, count: int) -> Bed:
    async with database.unit(scope, timeout=60) as unit:
        bed = Bed(name="large")
        session = await unit.session()
        session.add(bed)
        await session.flush()
        sql = """INSERT INTO plugin_garden.plant (id, bed_id, name, height)
            SELECT gen_random_uuid(), :bed, n::text, 0 FROM generate_series(1, :count) n"""
        await session.execute(text(sql), {"bed": bed.id, "count": count})
        await unit.commit()
    return bed


async def test_a_total_is_exact_up_to_10000(database: Database, tenants: Tenants) -> None:
    bed = await fill(database, tenants.saebom, 10_000)
    async with database.unit(tenants.saebom) as unit:
        page = await unit.page(PLANTS, CursorParams(limit=2), bed_id=bed.id)
        assert (page.pagination["total"], page.pagination["totalExact"]) == (10_000, True)
        (await unit.session()).add(Plant(bed_id=bed.id, name="one more"))
        page = await unit.page(PLANTS, CursorParams(limit=2), bed_id=bed.id)
        assert (page.pagination["total"], page.pagination["totalExact"]) == (10_000, False)
        short = await unit.page(PLANTS, PageParams(limit=100), bed_id=bed.id)
        assert (short.pagination["total"], short.pagination["totalPages"]) == (10_001, 101)


async def test_a_total_of_its_own_or_none(unit: Unit, bed: Bed) -> None:
    counted = select(Plant.id).where(col(Plant.bed_id) == bindparam("bed_id"), Plant.is_rare)
    columns = select(*PLANTS.statement.selected_columns).where(
        col(Plant.bed_id) == bindparam("bed_id")
    )
    own = Query(columns, PlantRow, order=(Plant.id,), count=counted)
    page = await unit.page(own, CursorParams(limit=2), bed_id=bed.id)
    assert 0 < page.pagination["total"] < 47
    number = select(func.count(col(Bed.id)) * 1_000_000)
    kept = Query(columns, PlantRow, order=(Plant.id,), total=number)
    page = await unit.page(kept, CursorParams(limit=2), bed_id=bed.id)
    assert (page.pagination["total"], page.pagination["totalExact"]) == (1_000_000, True)
    none = Query(columns, PlantRow, order=(Plant.id,), count=False)
    page = await unit.page(none, CursorParams(limit=2), bed_id=bed.id)
    assert (page.pagination["total"], page.pagination["totalExact"]) == (None, False)


def test_what_has_no_pages() -> None:
    with pytest.raises(TypeError, match="may be NULL"):
        Query(PLANTS.statement, PlantRow, order=(Plant.planted_at, Plant.id))
    with pytest.raises(TypeError, match=r"only a select\(\) can be paged"):
        Query("SELECT 'x' AS name", PlantRow, order=(Plant.id,))


async def test_a_query_without_order_has_no_pages(unit: Unit) -> None:
    with pytest.raises(TypeError, match="has no order"):
        await unit.page(Query(PLANTS.statement, PlantRow), CursorParams(), bed_id=uuid7())
