"""The text of HWP 5 documents. Written from the format's public description; nothing is copied
from readers under other licences."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import olefile

from maru_sdk.documents import DocumentLocked, DocumentUnreadable

MOST: Final = 100 << 20
_COMPRESSED: Final = 1
_PASSWORD: Final = 2
_GIVEN_OUT: Final = 4
_PARAGRAPH: Final = 67
_WIDE: Final = frozenset({*range(1, 10), 11, 12, *range(14, 24)})
"""Control letters that take eight places, seven of which say what they stand for."""


def hwp(path: Path) -> Iterator[str]:
    """The paragraphs of the body, cells of tables among them. Raises DocumentLocked for what nobody
    reads who has no password."""
    try:
        with olefile.OleFileIO(str(path)) as document:
            flags = _flags(document)
            for name in _sections(document):
                content = document.openstream(name).read(MOST)
                yield from _paragraphs(_unpacked(content) if flags & _COMPRESSED else content)
    except (OSError, ValueError, struct.error, zlib.error, IndexError, TypeError) as error:
        raise DocumentUnreadable(reason="damaged") from error


def _flags(document: olefile.OleFileIO) -> int:
    if not document.exists("FileHeader"):
        raise DocumentUnreadable(reason="damaged")
    flags = int(struct.unpack_from("<I", document.openstream("FileHeader").read(), 36)[0])
    if flags & (_PASSWORD | _GIVEN_OUT):
        raise DocumentLocked
    return flags


def _sections(document: olefile.OleFileIO) -> list[str]:
    found = [part[1] for part in document.listdir() if part[0] == "BodyText" and len(part) == 2]
    found.sort(key=lambda name: int(name.removeprefix("Section") or 0))
    return [f"BodyText/{name}" for name in found]


def _unpacked(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(-15)
    whole = unpacking.decompress(content, MOST)
    if unpacking.unconsumed_tail:
        raise DocumentUnreadable(reason="unpacks")
    return whole


def _paragraphs(content: bytes) -> Iterator[str]:
    """Records of a head of four bytes (tag, level, size) and what they hold."""
    at = 0
    while at + 4 <= len(content):
        head = struct.unpack_from("<I", content, at)[0]
        tag, size, at = head & 0x3FF, head >> 20, at + 4
        if size == 0xFFF:
            size, at = struct.unpack_from("<I", content, at)[0], at + 4
        if tag == _PARAGRAPH:
            yield _text(content[at : at + size])
        at += size


def _text(content: bytes) -> str:
    letters, at = bytearray(), 0
    while at + 2 <= len(content):
        code = int.from_bytes(content[at : at + 2], "little")
        if code in _WIDE:
            letters += b" \0" if code == 9 else b""
            at += 16
            continue
        letters += content[at : at + 2] if code >= 32 else b" \0"
        at += 2
    return letters.decode("utf-16-le", "replace")
