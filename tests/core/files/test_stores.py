"""Both stores keep their promise: whole or not at all, any part of it, gone when deleted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.core.files.buckets import bucket, free_port

from maru.files.errors import StoreAway
from maru.files.places import store_of
from maru.files.store import Store, blob_key, piece_key

PIECE = bytes(range(256)) * 4_096  # 1 MB


@pytest.fixture(scope="module")
async def bucket_url() -> AsyncIterator[str]:
    async with bucket() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    url = "" if request.param == "folder" else request.getfixturevalue("bucket_url")
    return store_of(url, tmp_path)


@pytest.fixture
def key() -> str:
    return blob_key(uuid4(), uuid4())


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PIECE


async def broken(count: int) -> AsyncIterator[bytes]:
    async for piece in pieces(count):
        yield piece
    raise ConnectionResetError


async def read(store: Store, key: str, first: int, end: int) -> bytes:
    return b"".join([piece async for piece in store.read(key, first, end)])


@pytest.mark.parametrize("count", [0, 1, 20])
async def test_what_was_put_is_read(store: Store, key: str, count: int) -> None:
    await store.put(key, pieces(count))
    size = count * len(PIECE)
    assert await read(store, key, 0, size) == PIECE * count
    if count:
        assert await read(store, key, size - 300, size - 10) == (PIECE * count)[-300:-10]


@pytest.mark.parametrize("count", [1, 20])
async def test_what_breaks_off_is_not_there(store: Store, key: str, count: int) -> None:
    with pytest.raises((ConnectionResetError, StoreAway)):
        await store.put(key, broken(count))
    with pytest.raises(FileNotFoundError):
        await read(store, key, 0, 10)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert [one async for one in store.old(key.partition("/")[0], later)] == []


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store, key: str) -> None:
    await store.put(key, pieces(1))
    await store.delete(key)
    await store.delete(key)
    with pytest.raises(FileNotFoundError):
        await read(store, key, 0, 10)


async def test_old_things_are_listed_of_one_tenant(store: Store) -> None:
    tenant, other = uuid4(), uuid4()
    mine = {blob_key(tenant, uuid4()), piece_key(tenant, uuid4(), 0)}
    for one in (*mine, blob_key(other, uuid4())):
        await store.put(one, pieces(1))
    now = datetime.now(UTC)
    assert [one async for one in store.old(str(tenant), now - timedelta(hours=1))] == []
    assert {one async for one in store.old(str(tenant), now + timedelta(hours=1))} == mine


async def test_a_store_that_is_away_says_so(tmp_path: Path, key: str) -> None:
    store = store_of(f"s3+http://key:secret@127.0.0.1:{free_port()}/maru", tmp_path)
    with pytest.raises(StoreAway) as refused:
        await store.put(key, pieces(1))
    assert "secret" not in str(refused.value.details)


async def test_a_disk_that_refuses_is_a_store_that_is_away(tmp_path: Path, key: str) -> None:
    (tmp_path / "files" / key).mkdir(parents=True)
    with pytest.raises(StoreAway):
        await read(store_of("", tmp_path), key, 0, 10)


@pytest.mark.parametrize("url", ["ftp://x/y", "s3+https://host/bucket", "s3+https://k:s@host"])
def test_addresses_that_are_none_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="s3"):
        store_of(url, tmp_path)
