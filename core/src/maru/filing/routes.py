"""`/api/v1/files`: a thing's files and one file's content."""

from functools import partial
from typing import Literal
from uuid import UUID

from maru.api.exchange import Answer
from maru.api.incoming import Incoming
from maru.files.queries import OF_THING
from maru.files.shelf import Shelf
from maru.filing.drawing import picture_of
from maru.filing.owner import ask, call_of, found, kind_for, readable, require
from maru.filing.sending import sent
from maru_sdk import Context, delete, get
from maru_sdk.declarations import Route
from maru_sdk.files import File, FilesChanged

VariantName = Literal["150", "800", "original"]


def file_routes(shelf: Shelf) -> list[Route]:
    """The routes around files on this shelf."""

    @get("/", signed_in=True, no_store="who may read it is the plugin's to say, each time")
    async def files(ctx: Context, kind: str, on: UUID) -> list[File]:
        """The files of one thing."""
        await kind_for(ctx, kind, ask(on, "read"))
        return list(await ctx.read(OF_THING, kind=kind, on_id=on))

    @get("/{file_id}", signed_in=True, no_store="kept by its ETag")
    async def download_file(
        ctx: Context, file_id: UUID, incoming: Incoming, variant: VariantName | None = None
    ) -> Answer:
        """A file's content, whole or the parts that `Range` asks for; with `variant` its picture
        in that size, as WebP where `Accept` has it."""
        file = await readable(ctx, file_id)
        if variant is not None:
            file = await picture_of(ctx, file, variant, incoming.head("accept") or "")
        read = partial(shelf.read, ctx.tenant.id, file)
        return sent(file, read, incoming, shown=variant is not None)

    @delete("/{file_id}", signed_in=True)
    async def remove_file(ctx: Context, file_id: UUID) -> None:
        """Removes a file from its thing."""
        file = await found(ctx, file_id)
        await require(ctx, file, "change")
        await shelf.remove(call_of(ctx).unit, file.kind, file.on_id, file_id)
        if file.ahead_until is None:
            await ctx.publish(FilesChanged(kind=file.kind, on=file.on_id, file_id=file_id))

    return [files, download_file, remove_file]
