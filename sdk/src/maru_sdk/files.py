"""Files that belong to a plugin's things: `ctx.files` and kinds of files. Import it where you need
it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from pydantic import computed_field

from maru_sdk._context import Context
from maru_sdk._declarations import Declaration
from maru_sdk._errors import Conflict, InvalidInput, MaruError, NotFound
from maru_sdk._events import Event
from maru_sdk._model import Model
from maru_sdk._permissions import Permission
from maru_sdk.scanning import Content

__all__ = [
    "File",
    "FileAsk",
    "FileKind",
    "FileNotFound",
    "FileNotReady",
    "FileQuarantined",
    "FileRefused",
    "FileTooLarge",
    "Files",
    "FilesChanged",
    "file_kind",
]

_SIZE = re.compile(r"([1-9]\d{0,5})(kB|MB|GB)")
_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9}


class File(Model):
    """A file as lists show it. `url` is where whoever may read it fetches it; with `has_picture`
    it is there as `url?variant=150`, `800` and, but for documents, `original`: turned upright,
    without what cameras note, as WebP where the reader takes that."""

    id: UUID
    name: str
    size: int
    media_type: str
    state: Literal["ready", "waiting", "quarantined"]
    created_by: UUID | None
    created_at: datetime
    has_picture: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def url(self) -> str:
        """Its address below the tenant's own site; it asks the owning plugin each time."""
        return f"/api/v1/files/{self.id}"


class FileAsk(Model):
    """What core asks the plugin that owns a kind: may the person at hand `read` the files of the
    thing `on`, or `change` which there are?"""

    on: UUID
    act: Literal["read", "change"]


class FilesChanged(Event):
    """Somebody has attached a file to a thing, or removed one from it, through core's own routes:
    what the plugin does itself by `ctx.files` it knows. `kind` is the kind's name."""

    name: ClassVar[str] = "files.changed"

    kind: str
    on: UUID
    file_id: UUID

    def key(self) -> str:
        """One lane per thing."""
        return str(self.on)


class FileNotFound(NotFound):
    """404: there is no such file, or not for this reader."""

    code = "FILE_NOT_FOUND"
    message = "This file isn't there any more"


class FileNotReady(Conflict):
    """409: the file is large and still put together, or not looked at for viruses yet."""

    code = "FILE_NOT_READY"
    message = "This file can't be opened yet: it is still being put in place and checked"


class FileQuarantined(FileNotReady):
    """409: the file holds a virus and is kept for an administrator alone."""

    code = "FILE_QUARANTINED"
    message = "This file was locked away: a virus was found in it"


class FileRefused(InvalidInput):
    """422: a name, a type or a content that isn't taken; `details["reason"]` is a word for it."""

    code = "FILE_REFUSED"
    message = "This file can't be taken"


class FileTooLarge(MaruError):
    """413: the file is larger than its kind or the tenant allows; `details["limit"]` in bytes."""

    status = 413
    code = "FILE_TOO_LARGE"
    message = "Files here may have at most {limit} bytes"


Asked = Callable[[Context, FileAsk], Awaitable[None]]


@dataclass(frozen=True, eq=False)
class FileKind(Declaration):
    """A kind of files that a plugin owns, named `<key>.<function>`. Made by `file_kind`."""

    title: str
    largest: int
    ahead: Permission | None = None

    @property
    def upload_url(self) -> str:
        """Where a file-drop sends: add `&on=<the thing's id>`, or nothing for a thing that is still
        to come (see `ahead`)."""
        return f"/api/v1/files/uploads?kind={self.name}"


def file_kind(
    title: str, *, largest: str = "100MB", ahead: Permission | None = None
) -> Callable[[Asked], FileKind]:
    """A kind of files; listed in `Plugin(files=[...])`.

    The function is `async def attachment(ctx: Context, ask: FileAsk) -> None`. Core calls it before
    every download (`read`) and before every upload and removal (`change`), in a unit of work that
    only reads: it raises NotFound or PermissionDenied where the person may not. `largest` is the
    most that one file may have; a tenant may set less. Who has the permission `ahead` may send
    files before their thing is there; they are that person's alone until `ctx.files.claim`, and go
    after a week.
    """
    found = _SIZE.fullmatch(largest)
    if found is None:
        raise ValueError(f"{largest!r} is no size such as '20MB'")
    most = int(found[1]) * _UNITS[found[2]]
    return lambda function: FileKind(function, title, most, ahead)


class Files(Protocol):
    """The files of this plugin's things. What is written goes with the transaction at hand."""

    async def of(self, kind: FileKind, on: UUID) -> list[File]:
        """The files of one thing, oldest first."""
        ...

    async def put(
        self, kind: FileKind, on: UUID, name: str, content: bytes | AsyncIterator[bytes]
    ) -> File:
        """Keeps a file of a thing's that the plugin itself has; raises FileRefused, FileTooLarge,
        and a Conflict where the company's storage is full. The content is stored at once, which
        takes time: call it before you write."""
        ...

    async def claim(self, kind: FileKind, on: UUID, *file_ids: UUID) -> list[File]:
        """Makes files that the person at hand has sent ahead those of a thing; returns those that
        were. Others' files, other things' and what isn't there any more are left alone."""
        ...

    async def copy(self, kind: FileKind, on: UUID, to: UUID) -> dict[UUID, UUID]:
        """Gives a thing the files of another, the person at hand's now: which became which. What
        they hold isn't copied and takes no room; either goes without the other. Whether the person
        may read the one and change the other you have asked before."""
        ...

    async def remove(self, kind: FileKind, on: UUID, file_id: UUID) -> File:
        """Removes a file of the thing's and returns what it was; raises FileNotFound."""
        ...

    async def clear(self, kind: FileKind, *things: UUID) -> None:
        """Removes all files of things that go."""
        ...

    def open(self, content: Content) -> AsyncIterator[bytes]:
        """What a scanner is asked about (`maru_sdk.scanning`), piece by piece and as often as it
        likes while it is asked; FileNotFound afterwards."""
        ...

    async def text(self, file_id: UUID) -> str:
        """What a document of this plugin's says: docx, xlsx, pptx, pdf, hwpx, hwp and plain texts,
        and what other plugins read by `maru_sdk.documents.text_extractor`. It is read once and kept
        with the content. Parsing takes seconds: ask in a job, before you write. Raises
        DocumentUnreadable, DocumentLocked, DocumentUnsupported; FileNotFound, FileNotReady.
        """
        ...
