"""How operators come by an archive: `POST …/tasks/{id}/download`, and the link that it gives."""

from collections.abc import AsyncIterator
from uuid import UUID

from maru.account.service import origin_of
from maru.api.exchange import Answer
from maru.operators.archives import Archives
from maru.operators.schemas import ArchiveLink
from maru_sdk import Context, Redirect, action, get, post
from maru_sdk.declarations import ActionDeclaration, Route


def download_routes(archives: Archives) -> list[Route]:
    """The routes around archives."""

    @post("/tasks/{task_id}/download", signed_in=True, status=200)
    async def download(ctx: Context, task_id: UUID) -> ArchiveLink:
        """A link to the archive that an export has written: good once, for a minute."""
        link, ends = await archives.link(task_id, ctx.me.username)
        return ArchiveLink(url=_address(link), expires_at=ends)

    @get("/archives/{link}", public=True, no_store="a link is good once")
    async def archive(ctx: Context, link: str) -> Answer:
        """The archive of such a link, which proves who asked for it; noted in both trails."""
        origin = origin_of(ctx)
        found = await archives.take(link, origin.address, origin.trace)

        async def pieces(later: Context) -> AsyncIterator[bytes]:
            async for piece in found.pieces():
                yield piece

        headers = [
            (b"content-disposition", f'attachment; filename="{found.path.name}"'.encode()),
            (b"content-length", str(found.size).encode()),
        ]
        return Answer(200, kind=b"application/zip", headers=headers, stream=pieces)

    return [download, archive]


def download_pages(archives: Archives) -> list[ActionDeclaration]:
    """The button on the pages."""

    @action("/tasks/{task_id}/download", signed_in=True)
    async def download(ctx: Context, task_id: UUID) -> Redirect:
        """Leads to the archive, by a link that is good once."""
        link, _ = await archives.link(task_id, ctx.me.username)
        return Redirect(to=_address(link))

    return [download]


def _address(link: str) -> str:
    return f"/api/v1/operator/archives/{link}"
