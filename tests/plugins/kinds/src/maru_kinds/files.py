"""Files of things that have no rows."""

from maru_kinds.permissions import READ, WRITE
from maru_sdk import Context
from maru_sdk.files import FileAsk, file_kind


@file_kind("Papers", largest="400MB", ahead=WRITE)
async def paper(ctx: Context, ask: FileAsk) -> None:
    """Who may read notes reads papers, who may write them changes what there is."""
    ctx.require(READ if ask.act == "read" else WRITE)
