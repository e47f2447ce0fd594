"""Nothing is given out that the scanner hasn't seen, and nothing that it found something in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.files.conftest import Sender
from tests.core.files.scanners import VIRUS, ClamdDouble, clamd
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.db.scope import Scope
from maru.files.clamd import Clamd, ScannerAway, ScannerRefuses
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru.testing import kit_on


@pytest.fixture(scope="module")
async def scanner() -> AsyncIterator[ClamdDouble]:
    async with clamd() as double:
        yield double


@pytest.fixture(scope="module")
async def kit(
    engines: Engines,
    template: str,
    scanner: ClamdDouble,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Kit]:
    shelf = Shelf(tmp_path_factory.mktemp("files"))
    shelf.add_kinds()
    given = {
        "data": tmp_path_factory.mktemp("data"),
        "clamd_url": f"tcp://127.0.0.1:{scanner.port}",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            kit_on(settings_for(engines, name, **given)) as made,
        ):
            yield made
    shelf.forget()


async def test_a_clean_file_is_given_out_once_it_was_seen(sender: Sender, kit: Kit) -> None:
    url = await sender.sent("a.txt", b"harmless")
    early = await sender.client.get(url)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "FILE_NOT_READY")
    link = await sender.client.post(f"{url}/link")
    assert link.status_code == 409
    assert [one["state"] for one in await sender.files()] == ["waiting"]
    await kit.work()
    assert (await sender.client.get(url)).content == b"harmless"
    assert [one["state"] for one in await sender.files()] == ["ready"]


async def test_a_virus_is_locked_away(sender: Sender, kit: Kit, company: Company) -> None:
    url = await sender.sent("청구서.txt", b"... " + VIRUS)
    await kit.work()
    sender.client.headers["accept-language"] = "ko"
    answer = await sender.client.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "FILE_QUARANTINED")
    assert "바이러스" in answer.json()["error"]["message"]
    again = await sender.sent("다시.txt", b"... " + VIRUS)
    assert (await sender.client.get(again)).status_code == 409
    sql = sa.text("SELECT target FROM maru.audit WHERE action = 'file.quarantined'")
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        targets = list((await unit.db.execute(sql)).scalars())
    assert targets == [f"file:{url.rpartition('/')[2]}"]


async def test_nothing_is_given_out_while_the_scanner_is_away(
    sender: Sender, kit: Kit, scanner: ClamdDouble
) -> None:
    await scanner.down()
    try:
        url = await sender.sent("b.txt", b"harmless too")
        await kit.work()
        assert (await sender.client.get(url)).status_code == 409
    finally:
        await scanner.up()


async def pieces(*some: bytes) -> AsyncIterator[bytes]:
    for one in some:
        yield one


class TestClamd:
    async def test_it_says_what_it_found(self, scanner: ClamdDouble) -> None:
        asked = Clamd(f"tcp://127.0.0.1:{scanner.port}")
        assert await asked.scan(pieces(b"a", b"b")) is None
        assert await asked.scan(pieces(VIRUS[:5], VIRUS[5:])) == "Test-Virus"

    async def test_what_it_can_not_judge(self, scanner: ClamdDouble) -> None:
        asked = Clamd(f"tcp://127.0.0.1:{scanner.port}")
        with pytest.raises(ScannerRefuses) as refused:
            await asked.scan(pieces(*[bytes(1 << 18)] * 5))
        assert "size limit" in refused.value.details["reason"]

    async def test_one_that_is_away(self, tmp_path: Any) -> None:
        with pytest.raises(ScannerAway):
            await Clamd(f"unix://{tmp_path}/none").scan(pieces(b"a"))

    @pytest.mark.parametrize("url", ["tcp://host", "http://host:1", "unix:"])
    def test_addresses_that_are_none(self, url: str) -> None:
        with pytest.raises(ValueError, match="neither"):
            Clamd(url)
