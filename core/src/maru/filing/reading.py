"""Core's own readers of documents, offered like anybody's."""

from typing import Final

from maru.files.documents.reading import read_document
from maru.files.media import READABLE
from maru.filing.owner import call_of
from maru_sdk import Context
from maru_sdk.compute import ComputeFailed, ComputeKilled, ComputeTimeout
from maru_sdk.declarations import AnyFilling
from maru_sdk.documents import Document, DocumentText, DocumentUnreadable, text_extractor

MEMORY: Final = 768 << 20


def readers() -> list[AnyFilling]:
    """An offer for each type."""
    return [_reader(media_type) for media_type in READABLE]


def _reader(media_type: str) -> AnyFilling:
    async def read(ctx: Context, ask: Document) -> DocumentText:
        """The text of such a document, read in a child."""
        core = call_of(ctx).ctx("core")
        try:
            return await core.compute(read_document, ask, deadline="60s", memory=MEMORY)
        except (ComputeKilled, ComputeFailed, ComputeTimeout) as error:
            raise DocumentUnreadable(reason=error.code) from error

    read.__name__ = "read_" + "".join(one if one.isalnum() else "_" for one in media_type)
    return text_extractor.offer(media_type)(read)
