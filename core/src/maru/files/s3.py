"""Content in an S3-compatible store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from maru.files.errors import StoreAway

PART: Final = 8 << 20
_TIMEOUT: Final = timedelta(seconds=30)


class BucketStore:
    """A bucket; large content goes in parts, of which two are on their way at a time."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    @classmethod
    def of(cls, url: str) -> "BucketStore":
        """`s3+https://KEY:SECRET@host/bucket?region=…`; ValueError for anything else."""
        parts = urlsplit(url)
        bucket = parts.path.strip("/")
        if not (parts.hostname and bucket and parts.username and parts.password):
            raise ValueError("is not s3+https://KEY:SECRET@host/bucket")
        scheme = parts.scheme.removeprefix("s3+")
        region = parse_qs(parts.query).get("region", ["us-east-1"])[0]
        port = "" if parts.port is None else f":{parts.port}"
        store = S3Store(
            bucket,
            endpoint=f"{scheme}://{parts.hostname}{port}",
            access_key_id=unquote(parts.username),
            secret_access_key=unquote(parts.password),
            region=region,
            virtual_hosted_style_request=False,
            client_options={"allow_http": scheme == "http", "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": _TIMEOUT},
        )
        return cls(store)

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """See `maru.files.store.Store`, here and below."""
        with _told():
            async with obstore.open_writer_async(
                self._store, key, buffer_size=PART, max_concurrency=2
            ) as writer:
                async for piece in pieces:
                    await writer.write(piece)

    async def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]:
        if first >= end:
            return
        with _told():
            found = await obstore.get_async(self._store, key, options={"range": (first, end)})
            async for piece in found.stream(min_chunk_size=256 * 1024):
                yield bytes(piece)

    async def delete(self, key: str) -> None:
        with _told():
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                return

    async def old(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        with _told():
            async for some in obstore.list(self._store, prefix=prefix):
                for one in some:
                    if one["last_modified"] < before:
                        yield one["path"]


@contextmanager
def _told() -> Iterator[None]:
    """What the store says is said as a fault of the store; its words may name keys and hosts."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise
    except (BaseError, OSError) as error:
        raise StoreAway(reason=type(error).__name__) from error
