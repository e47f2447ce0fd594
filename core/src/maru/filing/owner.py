"""Asks the plugin that owns a file: who may read a post may read what is attached to it."""

from typing import cast
from uuid import UUID

from maru.files.queries import WHOLE, Whole
from maru.files.shelf import require_ready
from maru.plugins.context import Call, PluginContext
from maru_sdk import Context
from maru_sdk.declarations import FileKind
from maru_sdk.files import FileAsk, FileNotFound


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


async def kind_for(ctx: Context, name: str, ask: FileAsk) -> FileKind:
    """The kind of this name, where its plugin is on and lets the reader; raises FileNotFound, and
    whatever the plugin refuses with."""
    call = call_of(ctx)
    found = call.services.host.find("files", name)
    if found is None or not call.services.gate.on(ctx.tenant.id, found[0].key):
        raise FileNotFound
    installed, kind = found
    async with call.apart(installed.key) as own:
        await kind.function(own, ask)
    return cast("FileKind", kind)


async def kind_ahead(ctx: Context, name: str) -> FileKind:
    """The kind of this name for a file whose thing isn't there yet; raises FileNotFound where it
    has no such, and PermissionDenied."""
    call = call_of(ctx)
    found = call.services.host.find("files", name)
    if found is None or not call.services.gate.on(ctx.tenant.id, found[0].key):
        raise FileNotFound
    kind = cast("FileKind", found[1])
    if kind.ahead is None:
        raise FileNotFound
    ctx.require(kind.ahead)
    return kind


async def found(ctx: Context, file_id: UUID) -> Whole:
    """A file, whoever asks; raises FileNotFound."""
    for file in await ctx.read(WHOLE, id=file_id):
        return file
    raise FileNotFound


async def readable(ctx: Context, file_id: UUID) -> Whole:
    """A file that its plugin lets the reader read; raises FileNotReady too."""
    file = await found(ctx, file_id)
    await require(ctx, file, "read")
    require_ready(file)
    return file


async def require(ctx: Context, file: Whole, act: str) -> None:
    """Raises what its plugin refuses with. A file whose thing isn't there yet is its person's
    alone."""
    if file.ahead_until is None:
        await kind_for(ctx, file.kind, ask(file.on_id, act))
    elif file.created_by != ctx.me.id:
        raise FileNotFound


def ask(on: UUID, act: str) -> FileAsk:
    """What is asked."""
    return FileAsk.model_validate({"on": on, "act": act})
