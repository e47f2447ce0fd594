"""Uploads by tus: begun, cut off, gone on with, and refused."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.files.conftest import PIECE, TUS, Sender

from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.files.errors import StoreAway
from maru.files.queries import COPY
from maru.filing.assembling import have_left_assembled
from maru.filing.owner import call_of
from maru.filing.tidying import collect_unused, end_expired, sweep
from maru.plugins.filed import ASSEMBLE_JOB
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru_sdk.db import uuid7

TEXT = "안녕하세요, 마루입니다.\n".encode()


async def test_the_protocol_says_what_it_can(sender: Sender) -> None:
    answer = await sender.client.options("/api/v1/files/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert {"creation", "termination", "checksum", "expiration"} <= set(
        answer.headers["tus-extension"].split(",")
    )


async def test_a_file_comes_whole(sender: Sender) -> None:
    begun = await sender.begin("인사.txt", len(TEXT))
    assert begun.status_code == 201
    assert (begun.headers["upload-offset"], begun.headers["tus-resumable"]) == ("0", "1.0.0")
    assert begun.headers["upload-expires"].endswith("GMT")
    done = await sender.go_on(begun.headers["location"], 0, TEXT)
    assert (done.status_code, done.headers["upload-offset"]) == (204, str(len(TEXT)))
    (file,) = await sender.files()
    assert (file["name"], file["size"], file["media_type"]) == ("인사.txt", len(TEXT), "text/plain")
    assert file["url"] == done.headers["content-location"]
    assert (await sender.client.get(file["url"])).content == TEXT


async def test_one_request_may_do(sender: Sender) -> None:
    named = base64.b64encode(b"a.txt").decode()
    headers = {**PIECE, "Upload-Length": "5", "Upload-Metadata": f"filename {named}"}
    answer = await sender.client.post(sender.url, headers=headers, content=b"hello")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "5")
    assert (await sender.client.get(answer.headers["content-location"])).content == b"hello"


async def test_it_goes_on_where_it_stopped(sender: Sender, stored: Any) -> None:
    place = (await sender.begin("인사.txt", len(TEXT))).headers["location"]
    for at in range(0, len(TEXT), 10):
        answer = await sender.go_on(place, at, TEXT[at : at + 10])
        assert answer.status_code == 204
    state = await sender.client.head(place, headers=TUS)
    assert state.headers["upload-offset"] == state.headers["upload-length"] == str(len(TEXT))
    assert state.headers["cache-control"] == "no-store"
    assert (await sender.client.get(state.headers["content-location"])).content == TEXT
    assert len(stored()) == 1  # the pieces are gone


async def test_a_piece_fits_or_is_refused(sender: Sender) -> None:
    place = (await sender.begin("a.txt", 10)).headers["location"]
    assert (await sender.go_on(place, 0, b"12345")).status_code == 204
    wrong = await sender.go_on(place, 3, b"45678")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "UPLOAD_OFFSET")
    long = await sender.go_on(place, 5, b"678901")
    assert long.status_code == 422
    assert (await sender.client.head(place, headers=TUS)).headers["upload-offset"] == "5"
    other = await sender.client.patch(place, headers={**TUS, "Upload-Offset": "5"}, content=b"6")
    assert other.status_code == 415
    version = await sender.client.head(place, headers={"Tus-Resumable": "0.2"})
    assert version.status_code == 412


async def test_a_damaged_piece_is_sent_once_more(sender: Sender, stored: Any) -> None:
    place = (await sender.begin("a.txt", 5)).headers["location"]
    right = "sha1 " + base64.b64encode(hashlib.sha1(b"hello").digest()).decode()
    bad = await sender.go_on(place, 0, b"hallo", **{"Upload-Checksum": right})
    assert (bad.status_code, bad.json()["error"]["code"]) == (460, "UPLOAD_CHECKSUM")
    assert stored() == []
    odd = await sender.go_on(place, 0, b"hello", **{"Upload-Checksum": "crc32 AAAA"})
    assert odd.status_code == 422
    good = await sender.go_on(place, 0, b"hello", **{"Upload-Checksum": right})
    assert good.status_code == 204


async def test_an_upload_is_given_up(sender: Sender, stored: Any) -> None:
    place = (await sender.begin("a.txt", 10)).headers["location"]
    await sender.go_on(place, 0, b"12345")
    assert len(stored()) == 1
    assert (await sender.client.delete(place, headers=TUS)).status_code == 204
    assert stored() == []
    assert (await sender.client.head(place, headers=TUS)).status_code == 404


async def test_an_upload_is_its_persons_alone(sender: Sender, company: Company) -> None:
    place = (await sender.begin("a.txt", 10)).headers["location"]
    async with company.client(company.manager) as other:
        assert (await other.head(place, headers=TUS)).status_code == 404
        taken = await Sender(other, sender.on).go_on(place, 0, b"x")
        assert taken.status_code == 404


async def test_only_who_may_change_the_thing_uploads(company: Company) -> None:
    async with company.client(company.member) as client:
        refused = await Sender(client, uuid7()).begin("a.txt", 3)
        assert refused.status_code == 403
    async with company.client() as nobody:
        assert (await Sender(nobody, uuid7()).begin("a.txt", 3)).status_code == 401


async def test_a_kind_that_is_not_there(sender: Sender) -> None:
    url = sender.url.replace("kinds.paper", "kinds.nothing")
    headers = {**TUS, "Upload-Length": "1"}
    assert (await sender.client.post(url, headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("청구서.pdf", b"\x7fELF\x02\x01\x01", "청구서.pdf은(는) 실행 파일입니다"),
        ("사진.png", b"%PDF-1.7\n", "내용이 이름과 다릅니다"),
        ("설치.bat", b"echo hi", "bat 형식의 파일은 받지 않습니다"),
        ("..", b"x", "파일 이름이 필요합니다"),
    ],
)
async def test_what_is_refused_says_why_and_leaves_nothing(
    sender: Sender, stored: Any, name: str, content: bytes, words: str
) -> None:
    sender.client.headers["accept-language"] = "ko"
    answer = await sender.send(name, content)
    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]
    assert stored() == []
    assert await sender.files() == []


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(sender: Sender) -> None:
    answer = await sender.begin("a.txt", 400_000_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")


async def test_the_same_is_kept_once_in_a_company(sender: Sender, stored: Any, kit: Kit) -> None:
    for name in ("하나.txt", "둘.txt"):
        await sender.sent(name, TEXT)
    assert len(stored()) == 1
    other = await kit.company("kinds")
    async with other.client(other.admin) as client:
        await Sender(client, sender.on).sent("셋.txt", TEXT)
        assert [one["name"] for one in await Sender(client, sender.on).files()] == ["셋.txt"]
    held = list((kit.house.settings.data / "files" / str(other.tenant.id)).rglob("*"))
    assert len([path for path in held if path.is_file()]) == 1


async def _quota(kit: Kit, company: Company, most: int | None) -> None:
    async with committing(kit.system.unit(NOBODY)) as unit:
        sql = sa.text("UPDATE maru.tenant SET quota_storage = :most WHERE id = :id")
        await unit.db.execute(sql, {"most": most, "id": company.tenant.id})


async def _held(kit: Kit, company: Company) -> int:
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return int(await unit.db.scalar(sa.text("SELECT sum(bytes) FROM maru.file_usage")) or 0)


async def test_the_quota_holds_before_and_half_way(
    sender: Sender, kit: Kit, company: Company
) -> None:
    await _quota(kit, company, 20)
    refused = await sender.begin("a.txt", 21)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "QUOTA_REACHED")
    first = (await sender.begin("a.txt", 15)).headers["location"]
    second = (await sender.begin("b.txt", 15)).headers["location"]
    assert (await sender.go_on(first, 0, b"1" * 12)).status_code == 204
    full = await sender.go_on(second, 0, b"2" * 15)
    assert (full.status_code, full.json()["error"]["code"]) == (409, "QUOTA_REACHED")
    assert await _held(kit, company) == 12
    assert (await sender.go_on(first, 12, b"111")).status_code == 204
    await sender.client.delete(second, headers=TUS)
    assert await _held(kit, company) == 15


async def test_what_nobody_has_any_more_is_collected(
    sender: Sender, kit: Kit, company: Company, stored: Any
) -> None:
    url = await sender.sent("a.txt", TEXT)
    left = (await sender.begin("b.txt", 100)).headers["location"]
    await sender.go_on(left, 0, b"half")
    assert (await sender.client.delete(url)).status_code == 200
    assert (await sender.client.get(url)).status_code == 404
    shelf = kit.house.services.files
    assert shelf is not None
    async with company.context() as ctx:
        assert await end_expired(ctx, shelf) + await collect_unused(ctx, shelf) == 0
    await _age(kit, company)
    async with company.context() as ctx:
        assert (await end_expired(ctx, shelf), await collect_unused(ctx, shelf)) == (2, 1)
        assert await sweep(ctx, shelf) == 0
    assert stored() == []
    assert await _held(kit, company) == 0


async def _age(kit: Kit, company: Company) -> None:
    """Two days go by."""
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        for table, column in (("file_upload", "expires_at"), ("file_blob", "unused_since")):
            sql = f"UPDATE maru.{table} SET {column} = {column} - interval '2 days'"
            await unit.db.execute(sa.text(sql))


async def test_admins_say_what_is_taken(sender: Sender, company: Company) -> None:
    limits = {"largest_mb": 1, "refused": [".HWP", "zip"]}
    answer = await sender.client.put("/api/v1/admin/files", json=limits)
    assert answer.json()["data"] == {"largest_mb": 1, "refused": ["hwp", "zip"]}
    large = await sender.begin("a.txt", 1_000_001)
    assert (large.status_code, large.json()["error"]["details"]) == (413, {"limit": 1_000_000})
    refused = await sender.send("a.hwp", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert refused.json()["error"]["details"]["reason"] == "type"
    odd = await sender.client.put("/api/v1/admin/files", json={"refused": ["../x"]})
    assert odd.status_code == 422


async def test_a_folder_offers_no_way_past_us(sender: Sender) -> None:
    place = (await sender.begin("a.txt", 10)).headers["location"]
    answer = await sender.client.post(f"{place}/direct")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UPLOAD_NOT_DIRECT")


class TestPutTogetherLater:
    """A large upload answers at once; until a job has put it together, nobody gets the file."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("maru.filing.uploads.AT_ONCE", 20)

    async def _sent(self, sender: Sender, content: bytes = TEXT, name: str = "인사.txt") -> str:
        """The address of a file that came in pieces of seven bytes."""
        place = (await sender.begin(name, len(content))).headers["location"]
        for at in range(0, len(content), 7):
            answer = await sender.go_on(place, at, content[at : at + 7])
            assert answer.status_code == 204, answer.text
        return str(answer.headers["content-location"])

    async def test_it_waits_and_is_there(
        self, sender: Sender, kit: Kit, company: Company, stored: Any
    ) -> None:
        url = await self._sent(sender)
        early = await sender.client.get(url)
        assert (early.status_code, early.json()["error"]["code"]) == (409, "FILE_NOT_READY")
        (file,) = await sender.files()
        assert (file["state"], file["size"], file["media_type"]) == (
            "waiting",
            len(TEXT),
            "text/plain",
        )
        await kit.work()
        assert (await sender.client.get(url)).content == TEXT
        assert [one["state"] for one in await sender.files()] == ["ready"]
        assert (len(stored()), await _held(kit, company)) == (1, len(TEXT))

    async def test_what_is_refused_is_refused_at_once(self, sender: Sender, stored: Any) -> None:
        content = b"\x7fELF" + bytes(100)
        place = (await sender.begin("청구서.pdf", len(content))).headers["location"]
        answer = await sender.go_on(place, 0, content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FILE_REFUSED")
        assert (stored(), await sender.files()) == ([], [])

    async def test_two_kinds_in_one_are_seen_in_the_last_piece(self, sender: Sender) -> None:
        content = b"%PDF-1.7\n" + bytes(60) + b"PK\x05\x06" + bytes(18)
        place = (await sender.begin("a.pdf", len(content))).headers["location"]
        assert (await sender.go_on(place, 0, content[:70])).status_code == 204
        assert (await sender.go_on(place, 70, content[70:])).status_code == 422

    async def test_killed_half_way_it_begins_again(
        self, sender: Sender, kit: Kit, company: Company, stored: Any
    ) -> None:
        url, store = await self._sent(sender), kit.house.store
        read = store.read
        with pytest.MonkeyPatch.context() as patch:

            async def dying(key: str, first: int, end: int) -> AsyncIterator[bytes]:
                if "/up/" in key and f"/{14:013}-" in key:
                    raise ConnectionError("the machine goes")
                async for piece in read(key, first, end):
                    yield piece

            patch.setattr(store, "read", dying)
            await kit.work()
        assert (await sender.client.get(url)).status_code == 409
        assert {"up"} == {path.parts[-3] for path in stored()}, "what was half done is there"
        place = url.replace(url.rpartition("/")[2], "uploads/" + await _upload(kit, company))
        assert (await sender.client.delete(place, headers=TUS)).status_code == 204
        await _age(kit, company)
        shelf = kit.house.services.files
        assert shelf is not None
        async with company.context() as ctx:
            assert await end_expired(ctx, shelf) == 0, "its pieces are needed"
        await _due(kit, company)
        await kit.work()
        assert (await sender.client.get(url)).content == TEXT
        async with company.context() as ctx:
            assert await end_expired(ctx, shelf) == 1
        assert (len(stored()), await _held(kit, company)) == (1, len(TEXT))

    async def test_a_store_that_is_away_is_asked_again_and_a_job_that_gave_up_begins_anew(
        self, sender: Sender, kit: Kit, company: Company
    ) -> None:
        url = await self._sent(sender)
        folder = kit.house.settings.data / "files" / str(company.tenant.id) / "up"
        away = folder.rename(folder.with_name("away"))
        for tries in range(1, 5):
            await kit.work()
            assert await _jobs(kit, company) == [("waiting", tries, 32)]
            await _due(kit, company)
        away.rename(folder)
        await _run(kit, company, "UPDATE maru.job SET state = 'dead' WHERE state = 'waiting'")
        await _have_left(kit, company)
        assert await _jobs(kit, company) == [("dead", 4, 32)], "it is young"
        await _run(kit, company, "UPDATE maru.file_blob SET created_at = now() - interval '4h'")
        await _have_left(kit, company)
        await kit.work()
        assert (await sender.client.get(url)).content == TEXT

    async def test_the_same_content_is_kept_once(
        self, sender: Sender, kit: Kit, company: Company, stored: Any
    ) -> None:
        first, second = await self._sent(sender), await self._sent(sender, name="다시.txt")
        await kit.work()
        assert [(await sender.client.get(url)).content for url in (first, second)] == [TEXT] * 2
        await _age(kit, company)
        shelf = kit.house.services.files
        assert shelf is not None
        async with company.context() as ctx:
            assert await collect_unused(ctx, shelf) == 1
        assert (len(stored()), await _held(kit, company)) == (1, len(TEXT))
        assert (await sender.client.get(second)).content == TEXT

    @pytest.mark.parametrize("meanwhile", ["put together", "removed"])
    async def test_a_copy_that_nobody_saw_yet_is_put_together_too(
        self, sender: Sender, kit: Kit, company: Company, meanwhile: str
    ) -> None:
        await self._sent(sender)
        await kit.work()
        url, copy = await self._sent(sender, name="다시.txt"), uuid7()
        async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
            given = {"old": [UUID(url.rpartition("/")[2])], "new": [copy], "on_id": uuid7()}
            await unit.db.execute(COPY, {**given, "me": company.admin.id})
            if meanwhile == "put together":
                await kit.work()
            else:
                assert (await sender.client.delete(url)).status_code == 200
        await _have_left(kit, company)
        await kit.work()
        assert (await sender.client.get(f"/api/v1/files/{copy}")).content == TEXT
        await _age(kit, company)
        shelf = kit.house.services.files
        assert shelf is not None
        async with company.context() as ctx:
            assert await collect_unused(ctx, shelf) == 1
        assert await _held(kit, company) == len(TEXT)

    async def test_finished_when_its_time_was_over_it_is_not_ended(
        self, sender: Sender, kit: Kit, company: Company
    ) -> None:
        place = (await sender.begin("인사.txt", len(TEXT))).headers["location"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("maru.filing.uploads.judged_pieces", _store_away)
            assert (await sender.go_on(place, 0, TEXT)).status_code == 503
        await _run(kit, company, "UPDATE maru.file_upload SET expires_at = now() + interval '1h'")
        assert (await sender.go_on(place, len(TEXT), b"")).status_code == 204
        async with company.context() as ctx:
            given = {"now": ctx.now + timedelta(hours=23)}
            sql = sa.text("SELECT expires_at > :now FROM maru.file_upload")
            assert await call_of(ctx).unit.db.scalar(sql, given), "a day more"
        await kit.work()
        assert [one["state"] for one in await sender.files()] == ["ready"]

    async def test_a_file_that_goes_before_it_came(
        self, sender: Sender, kit: Kit, company: Company, stored: Any
    ) -> None:
        url = await self._sent(sender)
        assert (await sender.client.delete(url)).status_code == 200
        await kit.work()
        await _age(kit, company)
        shelf = kit.house.services.files
        assert shelf is not None
        async with company.context() as ctx:
            assert (await collect_unused(ctx, shelf), await end_expired(ctx, shelf)) == (1, 1)
        assert (stored(), await _held(kit, company)) == ([], 0)


async def _store_away(*_: Any) -> str:
    raise StoreAway


async def _upload(kit: Kit, company: Company) -> str:
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return str(await unit.db.scalar(sa.text("SELECT id FROM maru.file_upload")))


async def _run(kit: Kit, company: Company, sql: str) -> None:
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        await unit.db.execute(sa.text(sql))


async def _due(kit: Kit, company: Company) -> None:
    await _run(kit, company, "UPDATE maru.job SET due_at = now() WHERE state = 'waiting'")


async def _jobs(kit: Kit, company: Company) -> list[tuple[str, int, int]]:
    """The state, the tries and the most tries of jobs that put together."""
    sql = "SELECT state, tries, max_tries FROM maru.job WHERE kind = 'core.assemble_file'"
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        return [tuple(row) for row in await unit.db.execute(sa.text(f"{sql} ORDER BY id"))]


async def _have_left(kit: Kit, company: Company) -> None:
    """An hour is over."""
    found = kit.house.services.host.find("jobs", ASSEMBLE_JOB)
    assert found is not None
    async with company.context() as ctx:
        await have_left_assembled(call_of(ctx).ctx("core"), found[1])
