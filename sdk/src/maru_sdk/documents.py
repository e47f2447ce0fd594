"""The text of documents: the point that readers of further formats fill, and why a document can't
be read. `ctx.files.text(id)` asks. Import it where you need it."""

from maru_sdk._context import Context
from maru_sdk._errors import InvalidInput
from maru_sdk._model import Model
from maru_sdk._points import extension_point

__all__ = [
    "Document",
    "DocumentLocked",
    "DocumentText",
    "DocumentUnreadable",
    "DocumentUnsupported",
    "text_extractor",
]


class Document(Model):
    """A document that lies at `path` on this machine while its text is asked for."""

    path: str
    name: str
    media_type: str
    size: int


class DocumentText(Model):
    """What it says; `cut` where it says more than is kept."""

    text: str
    cut: bool = False


class DocumentUnreadable(InvalidInput):
    """422: the document is damaged, unpacks to far more than it holds, or takes too long."""

    code = "DOCUMENT_UNREADABLE"
    message = "This document can't be read: it is damaged, or far larger than it seems"


class DocumentLocked(InvalidInput):
    """422: the document needs a password, or was given out so that nobody copies from it."""

    code = "DOCUMENT_LOCKED"
    message = "This document is locked, so that its text can't be read"


class DocumentUnsupported(InvalidInput):
    """422: nobody here reads the type."""

    code = "DOCUMENT_TYPE"
    message = "The text of files of this type can't be read"


@extension_point("choose", deadline="90s")
async def text_extractor(ctx: Context, ask: Document) -> DocumentText:
    """Reads the text of documents of one media type, which is the offer's name:
    `@text_extractor.offer("image/svg+xml")`. What core knows by its wrapping alone (a zip, an OLE
    file, bytes) is offered by how names end: `@text_extractor.offer(".vsdx")`.

    Give `ask` to a plain function of yours by `ctx.compute`: what is read came from anybody, and
    a parser belongs in a child with bounds. Raise DocumentLocked and DocumentUnreadable; whatever
    else goes wrong is DocumentUnreadable to who asked, but for Temporary. Core offers text, CSV,
    Markdown, JSON, PDF, docx, xlsx, pptx, hwpx and hwp; a type is offered once.
    """
    raise NotImplementedError  # a point has no answer of its own
