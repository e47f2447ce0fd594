"""Encrypted columns: a plugin writes and opens them; moved, changed or shown they say nothing."""

from typing import Any

import pytest
import sqlalchemy as sa
from maru_kinds.models import Note
from maru_kinds.queries import CODES
from maru_kinds.service import write
from tests.contract.world import Firm, World

from maru.crypto.sealing import SecretUnreadable
from maru.db.scope import Scope
from maru.db.unit import committing
from maru_sdk import SystemFault
from maru_sdk.db import Encrypted, insert, update

CODE = "900101-1234567"
NOTES = "/api/v1/kinds/notes"


@pytest.fixture
async def ours(world: World) -> Firm:
    await world.ours.on()
    return world.ours


async def noted(firm: Firm, code: str | None = CODE) -> str:
    made = await firm.admin.post(NOTES, json={"text": "coded"})
    path = f"{NOTES}/{made.json()['data']['id']}"
    if code is not None:
        assert (await firm.admin.put(f"{path}/code", json={"code": code})).status_code == 200
    return path


async def test_what_is_written_is_read(ours: Firm) -> None:
    path = await noted(ours, "비밀 🔑")
    assert await ours.data(f"{path}/code") == {"code": "비밀 🔑"}
    assert await ours.data(f"{await noted(ours, None)}/code") == {"code": None}
    assert "비밀 🔑" in await ours.data("/api/v1/kinds/codes/open")


async def test_the_database_and_lists_hold_no_plain_text(ours: Firm) -> None:
    await noted(ours)
    rows = await ours.sql("SELECT code FROM plugin_kinds.note WHERE code IS NOT NULL")
    assert rows
    assert all(row[0].startswith("maru1.") and CODE not in row[0] for row in rows)
    assert CODE not in (await ours.admin.get("/api/v1/kinds/codes")).text


async def test_it_is_shown_nowhere_by_accident(ours: Firm) -> None:
    await noted(ours)
    async with ours.context() as ctx:
        (row, *_) = await ctx.read(CODES)
        note = await ctx.get(Note, row.id)
        shown = [repr(row), str(note), row.model_dump_json(), note.model_dump_json()]
        plain = Encrypted(CODE)
        shown += [repr(plain), f"{plain}", str({"code": plain})]
    assert not [text for text in shown if CODE in text]
    assert "**********" in row.model_dump_json()
    assert "maru1." not in row.model_dump_json()


async def test_a_row_just_written_opens_before_and_after_its_flush(ours: Firm) -> None:
    async with ours.context() as ctx:
        note = await write(ctx, "fresh")
        note.code = Encrypted(CODE)
        assert await ctx.open(Note.code, note) == CODE
        await ctx.db.flush()
        assert note.code.written is None
        assert await ctx.open(Note.code, note) == CODE


async def alter(firm: Firm, statement: str, **values: Any) -> None:
    database = firm.company.kit.house.database
    async with committing(database.unit(Scope(firm.id))) as unit:
        await unit.db.execute(sa.text(statement), values)


async def test_one_moved_to_another_row_does_not_open(ours: Firm) -> None:
    one, two = await noted(ours, "one"), await noted(ours, "two")
    copy = "UPDATE plugin_kinds.note SET code = (SELECT code FROM plugin_kinds.note WHERE id = :a)"
    ids = {"a": one.rpartition("/")[2], "b": two.rpartition("/")[2]}
    await alter(ours, f"{copy} WHERE id = :b", **ids)
    answer = await ours.admin.get(f"{two}/code")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "SECRET_UNREADABLE")
    assert await ours.data(f"{one}/code") == {"code": "one"}
    await ours.admin.delete(two)


async def test_one_of_another_tenant_does_not_open(world: World, ours: Firm) -> None:
    theirs = world.theirs
    await theirs.on()
    foreign, own = await noted(theirs, "theirs"), await noted(ours, "ours")
    (sealed,) = (await theirs.sql("SELECT code FROM plugin_kinds.note ORDER BY id DESC LIMIT 1"))[0]
    id_ = own.rpartition("/")[2]
    await alter(
        ours, "UPDATE plugin_kinds.note SET code = :code WHERE id = :id", code=sealed, id=id_
    )
    assert (await ours.admin.get(f"{own}/code")).status_code == 500
    assert await theirs.data(f"{foreign}/code") == {"code": "theirs"}
    await ours.admin.delete(own)


async def test_what_would_store_it_plain_is_refused(ours: Firm) -> None:
    async with ours.context() as ctx:
        for statement in (
            insert(Note).values(text="x", code=Encrypted(CODE)),
            update(Note).values(code=Encrypted(CODE)),
        ):
            with pytest.raises(sa.exc.StatementError, match="sealed with its row"):
                await ctx.db.execute(statement)
        with pytest.raises(ValueError, match="only a sealed text"):
            CODES.row.model_validate({"id": ours.id, "code": CODE})


async def test_columns_of_others_are_not_opened(ours: Firm) -> None:
    await noted(ours)
    async with ours.context() as ctx:
        (row, *_) = await ctx.read(CODES)
    async with ours.context("pal") as ctx:
        with pytest.raises(SystemFault, match="another plugin's table"):
            await ctx.open(Note.code, row)
    assert issubclass(SecretUnreadable, SystemFault)
