"""Has what was uploaded looked at for viruses before anybody gets it."""

from collections.abc import Sequence
from uuid import UUID

from maru.files.clamd import Clamd
from maru.files.errors import ScannerMissing
from maru.files.queries import BLOB, FILES_OF, JUDGE
from maru.files.shelf import Shelf
from maru.filing.locking import Harm, lock_away
from maru.filing.owner import call_of
from maru.plugins.filed import Draw, Scan, scanners_of
from maru.plugins.points import OfferUnknown
from maru_sdk import Context, job
from maru_sdk.declarations import AnyFilling, Job
from maru_sdk.files import FilesChanged
from maru_sdk.scanning import Content, Verdict, file_scanner


def clamd_offer(clamd: Clamd) -> AnyFilling:
    """The operator's clamd, offered like anybody's scanner."""

    @file_scanner.offer("clamd")
    async def ask_clamd(ctx: Context, ask: Content) -> Verdict:
        """Sends the content to clamd."""
        return Verdict(found=await clamd.scan(ctx.files.open(ask)))

    return ask_clamd


def scan_job(shelf: Shelf, draw_file: Job) -> Job:
    """The job that asks the scanners."""

    @job(tries=32, deadline="30m")
    async def scan_file(ctx: Context, ask: Scan) -> None:
        """Asks the virus scanners about an upload, again and again for about a day while one is
        away; nobody gets the file before all have answered."""
        async with ctx.aside() as own:
            blob = (await own.db.execute(BLOB, {"id": ask.blob})).one_or_none()
            files = (await own.db.execute(FILES_OF, {"id": ask.blob})).all()
        if blob is None or blob.state != "waiting":
            return
        name = files[0].name if files else ""
        with shelf.lending(ctx.tenant.id, blob.id, blob.size) as handle:
            known = {"size": blob.size, "media_type": blob.media_type}
            content = Content(handle=handle, name=name, **known)
            harm = await _harm(ctx, content, shelf.required)
        await _judge(ctx, blob.id, harm)
        if harm is None and blob.pictures == "due":
            await ctx.jobs.enqueue(draw_file, Draw(blob=blob.id), unique=str(blob.id))

    return scan_file


async def _harm(ctx: Context, content: Content, required: Sequence[str]) -> Harm | None:
    """What the first finds that finds something. Otherwise all must have answered: raises what
    kept one from it."""
    call, kept = call_of(ctx), list[Exception]()
    for name in scanners_of(call):
        try:
            verdict = await call.services.points.choose(call, file_scanner, name, content)
        except OfferUnknown:
            if name in required:
                kept.append(ScannerMissing(scanner=name))
            continue  # switched off a moment ago
        except Exception as fault:  # the wall of an extension call; raised once all are asked
            kept.append(fault)
            continue
        if verdict.found is not None:
            return Harm(scanner=name, found=verdict.found)
    if kept:
        raise kept[0]
    return None


async def _judge(ctx: Context, blob: UUID, harm: Harm | None) -> None:
    state, note = ("clean", None) if harm is None else ("infected", harm.found)
    await ctx.db.execute(JUDGE, {"id": blob, "state": state, "note": note})
    for file in (await ctx.db.execute(FILES_OF, {"id": blob})).all():
        if harm is not None:
            await lock_away(ctx, file, harm)
        await ctx.publish(FilesChanged(kind=file.kind, on=file.on_id, file_id=file.id))
