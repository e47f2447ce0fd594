"""Nothing is given out that the scanner hasn't seen, and nothing that it found something in."""

import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.files.conftest import Sender
from tests.core.files.scanners import VIRUS, ClamdDouble, clamd
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import GUARD, Shelf

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.files.clamd import Clamd, ScannerAway, ScannerRefuses
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru.testing import kit_on
from maru_sdk.files import FileNotFound
from maru_sdk.scanning import Content


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
    shelf.add_project(GUARD)
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


@pytest.fixture
async def mood(company: Company) -> AsyncIterator[Any]:
    """A second scanner, of a plugin that is on here, in its usual mood."""
    await company.enable("guard")
    mood = sys.modules["maru_guard.mood"].MOOD
    mood.asked.clear()
    yield mood
    mood.away = mood.lost = False


class TestSeveral:
    async def test_all_must_pass(self, sender: Sender, kit: Kit, mood: Any) -> None:
        harmless, ours, theirs = (
            await sender.sent("a.txt", b"harmless to both"),
            await sender.sent("b.txt", b"clamd finds " + VIRUS),
            await sender.sent("c.txt", b"x" * 300_000 + b"a-word-for-the-guard"),
        )
        await kit.work()
        assert (await sender.client.get(harmless)).status_code == 200
        for url in (ours, theirs):
            answer = await sender.client.get(url)
            assert answer.json()["error"]["code"] == "FILE_QUARANTINED"
        assert "a.txt" in mood.asked

    async def test_one_that_is_away_keeps_it_shut(
        self, sender: Sender, kit: Kit, company: Company, mood: Any
    ) -> None:
        mood.away = True
        url = await sender.sent("a.txt", b"clamd has nothing against it")
        bad = await sender.sent("b.txt", b"found all the same: " + VIRUS)
        await kit.work()
        assert (await sender.client.get(url)).json()["error"]["code"] == "FILE_NOT_READY"
        assert (await sender.client.get(bad)).json()["error"]["code"] == "FILE_QUARANTINED"
        mood.away = False
        await _due(kit, company)
        await kit.work()
        assert (await sender.client.get(url)).status_code == 200

    async def test_one_that_is_at_a_loss_keeps_it_shut_until_asked_again(
        self, sender: Sender, kit: Kit, mood: Any
    ) -> None:
        mood.lost = True
        url = await sender.sent("a.txt", b"puzzling")
        await kit.work()
        assert (await sender.client.get(url)).json()["error"]["code"] == "FILE_NOT_READY"
        (dead,) = (await sender.client.get("/api/v1/admin/jobs?state=dead")).json()["data"]
        mood.lost = False
        await sender.client.post(f"/api/v1/admin/jobs/{dead['id']}/retry")
        await kit.work()
        assert (await sender.client.get(url)).status_code == 200

    async def test_one_that_is_required_is_waited_for_where_nobody_offers_it(
        self, sender: Sender, kit: Kit, company: Company, mood: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await company.disable("guard")
        monkeypatch.setattr(kit.house.services.files, "required", ("guard",))
        url = await sender.sent("a.txt", b"clamd passes it")
        await kit.work()
        assert (await sender.client.get(url)).json()["error"]["code"] == "FILE_NOT_READY"
        await company.enable("guard")
        await _due(kit, company)
        await kit.work()
        assert (await sender.client.get(url)).status_code == 200

    async def test_a_handle_is_good_while_it_is_asked(
        self, sender: Sender, kit: Kit, company: Company, mood: Any
    ) -> None:
        await sender.sent("a.txt", b"harmless")
        await kit.work()
        for handle in (mood.handle, "", "another"):
            asked = Content(handle=handle, name="a.txt", size=8, media_type="text/plain")
            async with company.context() as ctx:
                with pytest.raises(FileNotFound):
                    await anext(ctx.files.open(asked))


async def _due(kit: Kit, company: Company) -> None:
    """The time comes for what is to be tried again."""
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        await unit.db.execute(sa.text("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'"))
