"""Files that go past us: addresses in a bucket, good for one thing and for a while."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import boto3
import pytest
import sqlalchemy as sa
from botocore.config import Config
from httpx2 import AsyncClient
from tests.core.files.buckets import bucket
from tests.core.files.conftest import TUS, Sender
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.db.scope import Scope
from maru.files.presigning import Presigner
from maru.files.store import direct_key
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru.testing import kit_on

LATE = datetime(9999, 1, 1, tzinfo=UTC)
HOST = "https://s3.example:9000"
NAMED = f"attachment; filename=\"___.txt\"; filename*=UTF-8''{quote('보고서.txt')}"
WAYS: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("GET", "get_object", {}, {}),
    (
        "GET",
        "get_object",
        {"ResponseContentDisposition": NAMED, "ResponseContentType": "text/plain"},
        {"query": {"response-content-disposition": NAMED, "response-content-type": "text/plain"}},
    ),
    ("PUT", "put_object", {"ContentLength": 12}, {"headers": {"content-length": "12"}}),
)


@pytest.mark.parametrize(("method", "operation", "told", "ours"), WAYS)
def test_an_address_is_signed_as_amazon_signs_it(
    method: str, operation: str, told: dict[str, Any], ours: dict[str, Any]
) -> None:
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    known = {"aws_access_key_id": "maru:app", "aws_secret_access_key": "a/b+c"}
    client = boto3.client(
        "s3", endpoint_url=HOST, region_name="ap-northeast-2", config=config, **known
    )
    key = "0190/up/가 나/direct"
    params = {"Bucket": "files", "Key": key, **told}
    theirs = client.generate_presigned_url(operation, Params=params, ExpiresIn=600)
    asked = parse_qs(urlsplit(theirs).query)
    now = datetime.strptime(asked["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signer = Presigner(HOST, "/files", "ap-northeast-2", *known.values())
    made = signer.url(method, key, now, 600, **ours)
    assert parse_qs(urlsplit(made).query) == asked
    assert urlsplit(made).path == urlsplit(theirs).path
    assert "a/b+c" not in repr(signer)


@pytest.fixture(scope="module")
async def kit(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Kit]:
    shelf = Shelf(tmp_path_factory.mktemp("files"))
    shelf.add_kinds()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            bucket() as url,
            copy_of(engines, template) as name,
            kit_on(settings_for(engines, name, files_url=f"{url}?direct=yes")) as made,
        ):
            yield made
    shelf.forget()


async def _put(sender: Sender, content: bytes, size: int) -> tuple[str, int]:
    """The upload's address, and what the bucket answered."""
    place = str((await sender.begin("보고서.txt", size)).headers["location"])
    offered = (await sender.client.post(f"{place}/direct")).json()["data"]
    async with AsyncClient(timeout=30) as outside:
        answer = await outside.put(offered["url"], content=content)
    return place, answer.status_code


async def test_a_file_goes_past_us_and_comes_back_so(sender: Sender) -> None:
    place, status = await _put(sender, b"hello bucket", 12)
    assert status == 200
    done = await sender.client.post(f"{place}/direct/done")
    url = done.json()["data"]["url"]
    assert (await sender.client.post(f"{place}/direct/done")).json()["data"]["url"] == url
    (file,) = await sender.files()
    assert (file["url"], file["name"], file["media_type"]) == (url, "보고서.txt", "text/plain")
    assert (await sender.client.get(url)).content == b"hello bucket"
    link = (await sender.client.post(f"{url}/link")).json()["data"]["url"]
    sent = await sender.client.get(link)
    assert sent.status_code == 302
    async with AsyncClient(timeout=30) as outside:
        answer = await outside.get(sent.headers["location"])
    assert answer.content == b"hello bucket"
    assert quote("보고서.txt") in answer.headers["content-disposition"]


async def test_what_is_not_what_was_said_is_not_kept(sender: Sender) -> None:
    place, _ = await _put(sender, b"shorter", 12)
    wrong = await sender.client.post(f"{place}/direct/done")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "UPLOAD_HEADER")
    place, _ = await _put(sender, b"\x7fELF" + bytes(8), 12)
    program = await sender.client.post(f"{place}/direct/done")
    assert (program.status_code, program.json()["error"]["code"]) == (422, "FILE_REFUSED")
    assert (await sender.client.head(place, headers=TUS)).status_code == 404
    assert await sender.files() == []


@pytest.mark.parametrize("second", [b"\x7fELF" + bytes(8), b"%PDF-1.7 abc", b"hello"])
async def test_what_is_put_there_after_it_was_judged_is_judged_again(
    sender: Sender,
    kit: Kit,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    second: bytes,
) -> None:
    monkeypatch.setattr("maru.filing.uploads.AT_ONCE", 5)
    place, _ = await _put(sender, b"hello bucket", 12)
    url = (await sender.client.post(f"{place}/direct/done")).json()["data"]["url"]
    key = direct_key(company.tenant.id, UUID(place.rpartition("/")[2]))
    slot = kit.house.store.slot(key, datetime.now(UTC), 60, len(second))
    assert slot is not None
    async with AsyncClient(timeout=30) as outside:
        assert (await outside.put(slot, content=second)).status_code == 200
    await kit.work()
    answer = await sender.client.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "FILE_QUARANTINED")
    sql = sa.text("SELECT target, after FROM maru.audit WHERE action = 'file.quarantined'")
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        (row,) = (await unit.db.execute(sql)).all()
    assert row.target == f"file:{url.rpartition('/')[2]}"
    assert (row.after["scanner"], row.after["found"]) == ("core", "content")
    honest = await sender.sent("같은 것.pdf", b"%PDF-1.7 abc")
    await kit.work()
    assert (await sender.client.get(honest)).status_code == 200


async def test_a_large_one_is_put_together_in_the_bucket_after_the_answer(
    sender: Sender, kit: Kit, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maru.filing.uploads.AT_ONCE", 5)
    place, _ = await _put(sender, b"hello bucket", 12)
    url = (await sender.client.post(f"{place}/direct/done")).json()["data"]["url"]
    assert (await sender.client.get(url)).json()["error"]["code"] == "FILE_NOT_READY"
    assert (await sender.client.post(f"{url}/link")).status_code == 409
    begun = (await sender.begin("둘.txt", 12)).headers["location"]
    for at in (0, 6):
        piece = await sender.go_on(begun, at, b"in pieces, 2"[at : at + 6])
        assert piece.status_code == 204
    await kit.work()
    assert (await sender.client.get(url)).content == b"hello bucket"
    second = piece.headers["content-location"]
    assert (await sender.client.get(second)).content == b"in pieces, 2"
    left = [one async for one in kit.house.store.old(f"{company.tenant.id}/up", LATE)]
    assert left == [], "the pieces are gone"
