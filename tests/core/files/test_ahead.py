"""Files sent before their thing is there: their person's alone until a thing claims them."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.core.files.conftest import API, PIECE, Sender
from tests.core.files.test_uploads import _age, _held

from maru.filing.owner import call_of
from maru.filing.tidying import collect_unused
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru_sdk.db import uuid7
from maru_sdk.files import FileKind, FileRefused, FileTooLarge


@pytest.fixture
def paper(kit: Kit) -> FileKind:
    """The fixture plugin's kind of files, there once it is installed."""
    found = kit.house.host.find("files", "kinds.paper")
    assert found is not None
    kind: FileKind = found[1]
    return kind


async def _sent(client: Any, content: bytes = b"hello", kind: str = "kinds.paper") -> Any:
    named = base64.b64encode("메모.txt".encode()).decode()
    size = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {named}"}
    url = f"{API}/uploads?kind={kind}"
    return await client.post(url, headers={**PIECE, **size}, content=content)


async def _ahead(client: Any) -> tuple[str, UUID]:
    answer = await _sent(client)
    assert answer.status_code == 201, answer.text
    place = str(answer.headers["content-location"])
    return place, UUID(place.rpartition("/")[2])


async def test_its_person_alone_reads_and_removes_it(sender: Sender, company: Company) -> None:
    url, _ = await _ahead(sender.client)
    assert (await sender.client.get(url)).content == b"hello"
    async with company.client(company.manager) as other:
        assert (await other.get(url)).status_code == 404
        assert (await other.delete(url)).status_code == 404
    assert (await sender.client.delete(url)).status_code == 200
    assert (await sender.client.get(url)).status_code == 404


async def test_who_may_not_write_sends_nothing_ahead(company: Company) -> None:
    async with company.client(company.member) as client:
        assert (await _sent(client)).status_code == 403
        assert (await _sent(client, kind="kinds.nothing")).status_code == 404
    async with company.client() as nobody:
        assert (await _sent(nobody)).status_code == 401


async def test_a_thing_claims_what_its_person_sent(
    sender: Sender, company: Company, paper: FileKind
) -> None:
    url, mine = await _ahead(sender.client)
    async with company.context(company.manager) as ctx:
        assert await ctx.files.claim(paper, sender.on, mine) == []
    async with company.context() as ctx:
        (file,) = await ctx.files.claim(paper, sender.on, mine, uuid7())
        assert (file.id, file.name) == (mine, "메모.txt")
        assert await ctx.files.claim(paper, uuid7(), mine) == []
    assert [one["url"] for one in await sender.files()] == [url]
    async with company.client(company.member) as reader:
        assert (await reader.get(url)).status_code == 200


async def test_what_nothing_claims_is_swept_after_a_week(
    sender: Sender, company: Company, kit: Kit, stored: Any
) -> None:
    await _ahead(sender.client)
    shelf = kit.house.services.files
    assert shelf is not None
    async with company.context() as ctx:
        unit = call_of(ctx).unit
        assert await shelf.end_ahead(unit, ctx.now + timedelta(days=6)) is False
        assert await shelf.end_ahead(unit, ctx.now + timedelta(days=8)) is True
    await _age(kit, company)
    async with company.context() as ctx:
        assert await collect_unused(ctx, shelf) == 1
    assert (stored(), await _held(kit, company)) == ([], 0)


async def test_a_plugin_puts_a_file_of_its_own(
    sender: Sender, company: Company, paper: FileKind
) -> None:
    async with company.context() as ctx:
        file = await ctx.files.put(paper, sender.on, "../보고서.txt", "안녕".encode())
    (found,) = await sender.files()
    assert (found["id"], found["name"]) == (str(file.id), "보고서.txt")
    assert (await sender.client.get(file.url)).content == "안녕".encode()


async def test_what_a_plugin_puts_is_looked_at_too(
    company: Company, stored: Any, paper: FileKind
) -> None:
    limits = {"largest_mb": 1}
    async with company.client(company.admin) as admin:
        assert (await admin.put("/api/v1/admin/files", json=limits)).status_code == 200
    async with company.context() as ctx:
        with pytest.raises(FileRefused):
            await ctx.files.put(paper, uuid7(), "a.pdf", b"\x7fELF\x02\x01")
        with pytest.raises(FileTooLarge):
            await ctx.files.put(paper, uuid7(), "a.txt", bytes(1_000_001))
    assert stored() == []
