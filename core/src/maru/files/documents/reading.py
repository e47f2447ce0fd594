"""Finds the reader of a document and keeps it within bounds."""

from pathlib import Path
from typing import Final
from unicodedata import normalize

from maru_sdk.documents import Document, DocumentText, DocumentUnsupported

LONGEST: Final = 5_000_000


def read_document(document: Document) -> DocumentText:
    """The text of a document. Raises DocumentUnreadable, DocumentLocked, DocumentUnsupported."""
    from maru.files.documents.formats import READERS  # what serves doesn't load them

    reader = READERS.get(document.media_type)
    if reader is None:
        raise DocumentUnsupported
    held, size = [], 0
    for line in reader(Path(document.path)):
        held.append(line)
        size += len(line) + 1
        if size > LONGEST:
            return DocumentText(text=_tidy(held)[:LONGEST], cut=True)
    return DocumentText(text=_tidy(held))


def _tidy(lines: list[str]) -> str:
    text = normalize("NFC", "\n".join(line.rstrip() for line in lines))
    return text.replace("\0", "").strip("\n")
