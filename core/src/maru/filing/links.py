"""Links to a file that need no sign-in, for a viewer or a machine: signed, and soon over."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from maru.api.exchange import Answer
from maru.api.incoming import Incoming
from maru.crypto.keys import Keys
from maru.files.errors import LinkOver
from maru.files.names import disposition
from maru.files.shelf import Shelf, require_ready
from maru.files.store import blob_key
from maru.filing.owner import found, readable
from maru.filing.sending import sent
from maru.identity.errors import NotSignedIn
from maru.identity.tokens import TokenKind, ids
from maru_sdk import Context, Model, get, post
from maru_sdk.declarations import Route

TYPE: Final = "maru-file+jwt"
LIFE: Final = 600
DIRECT: Final = 60
"""So many seconds an address in the bucket is good for, where it allows such."""


class FileLink(Model):
    """A link that needs no sign-in, for as long as it says."""

    url: str
    expires_at: datetime


def link_routes(shelf: Shelf, keys: Keys, clock: Callable[[], float] = time.time) -> list[Route]:
    """The routes around links."""
    links = TokenKind(keys, TYPE, clock)

    @post("/{file_id}/link", signed_in=True, status=200)
    async def link_file(ctx: Context, file_id: UUID) -> FileLink:
        """A link to a file that is good for ten minutes, for whoever has it."""
        await readable(ctx, file_id)
        ends = int(clock()) + LIFE
        said = {"sub": str(file_id), "aud": str(ctx.tenant.id), "exp": ends}
        url = f"/api/v1/files/links/{links.sign(said)}"
        return FileLink(url=url, expires_at=datetime.fromtimestamp(ends, UTC))

    @get("/links/{link}", public=True, no_store="a link is over after a while")
    async def linked_file(ctx: Context, link: str, incoming: Incoming) -> Answer:
        """The file of such a link."""
        try:
            file_id, tenant = ids(links.claims(link), "sub", "aud")
        except NotSignedIn as error:
            raise LinkOver from error
        if tenant != ctx.tenant.id:
            raise LinkOver
        file = await found(ctx, file_id)
        require_ready(file)
        place = shelf.store.link(
            blob_key(tenant, file.blob_id),
            datetime.fromtimestamp(clock(), UTC),
            DIRECT,
            file.media_type,
            disposition(file.name).decode(),
        )
        if place is not None:
            return Answer(302, headers=[(b"location", place.encode())])
        return sent(file, partial(shelf.read, ctx.tenant.id, file), incoming)

    return [link_file, linked_file]
