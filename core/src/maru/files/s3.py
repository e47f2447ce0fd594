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
from maru.files.presigning import Presigner

PART: Final = 8 << 20
_TIMEOUT: Final = timedelta(seconds=30)


class BucketStore:
    """A bucket; large content goes in parts, of which two are on their way at a time."""

    def __init__(self, store: S3Store, presigner: Presigner | None = None) -> None:
        self._store, self._presigner = store, presigner

    @classmethod
    def of(cls, url: str) -> "BucketStore":
        """`s3+https://KEY:SECRET@host/bucket?region=…`, with `&direct=yes` where people's browsers
        reach it too; ValueError for anything else."""
        parts = urlsplit(url)
        bucket = parts.path.strip("/")
        if not (parts.hostname and bucket and parts.username and parts.password):
            raise ValueError("is not s3+https://KEY:SECRET@host/bucket")
        scheme = parts.scheme.removeprefix("s3+")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        region = asked.get("region", "us-east-1")
        port = "" if parts.port is None else f":{parts.port}"
        endpoint = f"{scheme}://{parts.hostname}{port}"
        known = unquote(parts.username), unquote(parts.password)
        store = S3Store(
            bucket,
            endpoint=endpoint,
            access_key_id=known[0],
            secret_access_key=known[1],
            region=region,
            virtual_hosted_style_request=False,
            client_options={"allow_http": scheme == "http", "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": _TIMEOUT},
        )
        direct = asked.get("direct") == "yes"
        return cls(store, Presigner(endpoint, f"/{bucket}", region, *known) if direct else None)

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

    async def size(self, key: str) -> int | None:
        with _told():
            try:
                return int((await obstore.head_async(self._store, key))["size"])
            except (NotFoundError, FileNotFoundError):
                return None

    def slot(self, key: str, now: datetime, seconds: int, size: int) -> str | None:
        if self._presigner is None:
            return None
        return self._presigner.url("PUT", key, now, seconds, headers={"content-length": str(size)})

    def link(
        self, key: str, now: datetime, seconds: int, media_type: str, disposition: str
    ) -> str | None:
        if self._presigner is None:
            return None
        told = {
            "response-content-disposition": disposition,
            "response-content-type": media_type,
        }
        return self._presigner.url("GET", key, now, seconds, query=told)

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
