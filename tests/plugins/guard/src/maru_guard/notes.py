"""Parses the text of notes, in a child: what they hold says what goes wrong there."""

import time
from pathlib import Path

from maru_sdk.documents import Document, DocumentText, DocumentUnreadable


def parse(document: Document) -> DocumentText:
    """The text of a note."""
    said = Path(document.path).read_bytes().removeprefix(b"\0NOTE\0").decode()
    if said == "endless":
        time.sleep(3_600)
    if said == "greedy":
        held = bytearray(1 << 30)
        said = str(len(held))
    if said == "crash":
        raise ZeroDivisionError
    if said == "broken":
        raise DocumentUnreadable(reason="damaged")
    return DocumentText(text=said)
