"""Has what was uploaded looked at for viruses before anybody gets it."""

from maru.files.clamd import Clamd
from maru.files.queries import BLOB, FILES_OF, JUDGE
from maru.files.shelf import Shelf
from maru.files.store import blob_key
from maru.plugins.filed import Draw, Scan
from maru_sdk import Context, job
from maru_sdk.declarations import Job
from maru_sdk.files import FilesChanged


def scan_job(shelf: Shelf, scanner: Clamd | None, draw_file: Job) -> Job:
    """The job that asks the scanner."""

    @job(tries=32, deadline="30m")
    async def scan_file(ctx: Context, ask: Scan) -> None:
        """Asks the virus scanner about an upload, again and again for about a day while it is
        away; nobody gets the file before it has answered."""
        async with ctx.aside() as own:
            blob = (await own.db.execute(BLOB, {"id": ask.blob})).one_or_none()
        if blob is None or blob.state != "waiting":
            return
        content = shelf.store.read(blob_key(ctx.tenant.id, ask.blob), 0, blob.size)
        found = None if scanner is None else await scanner.scan(content)
        await _judge(ctx, ask, found)
        if found is None and blob.pictures == "due":
            await ctx.jobs.enqueue(draw_file, Draw(blob=ask.blob), unique=str(ask.blob))

    return scan_file


async def _judge(ctx: Context, ask: Scan, found: str | None) -> None:
    state = "clean" if found is None else "infected"
    await ctx.db.execute(JUDGE, {"id": ask.blob, "state": state, "note": found})
    for file in (await ctx.db.execute(FILES_OF, {"id": ask.blob})).all():
        if found is not None:
            ctx.log.warning("a harmful file was locked away", file=str(file.id), found=found)
            after = {"name": file.name, "kind": file.kind, "found": found}
            await ctx.audit("file.quarantined", f"file:{file.id}", after=after)
        await ctx.publish(FilesChanged(kind=file.kind, on=file.on_id, file_id=file.id))
