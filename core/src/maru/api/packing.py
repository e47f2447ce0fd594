"""Compressed answers whose end differs each time: what is kept is packed once, the end goes along
unpacked.

An answer of the API is a head that is kept and a timestamp. Both formats are rows of blocks, so a
head that was flushed to a whole byte can be followed by a block that is stored as it stands.
"""

import zlib
from dataclasses import dataclass
from typing import Final

import brotli

from maru.cache.recent import Recent

KEPT: Final = 1_000
BROTLI_QUALITY: Final = 4
GZIP_LEVEL: Final = 5
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_RAW: Final = -15
_LAST_EMPTY: Final = b"\x03"
_STORED: Final = 1 << 19


@dataclass(frozen=True, slots=True)
class _Head:
    packed: bytes
    checksum: int
    length: int


class Packer:
    """Packs answers that begin with a kept head; remembers the heads by their ETags."""

    def __init__(self) -> None:
        self._heads: Recent[tuple[bytes, bytes], _Head] = Recent(KEPT)

    def pack(self, coding: bytes, etag: bytes, body: bytes, end: int) -> bytes:
        """The body in `br` or `gzip`; its last `end` bytes are not part of what `etag` names."""
        head = self._heads.get((coding, etag))
        tail = body[-end:]
        if head is None or head.length + end != len(body):
            start = body[:-end]
            made = _brotli(start) if coding == b"br" else _gzip(start)
            head = self._heads.put((coding, etag), made)
        return _with_brotli(head, tail) if coding == b"br" else _with_gzip(head, tail)


def _brotli(start: bytes) -> _Head:
    press = brotli.Compressor(mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
    return _Head(press.process(start) + press.flush(), 0, len(start))


def _with_brotli(head: _Head, tail: bytes) -> bytes:
    """RFC 7932, 9.2: a meta-block of four-digit length that isn't compressed, then the last one."""
    block = (_STORED | (len(tail) - 1) << 3).to_bytes(3, "little")
    return b"".join((head.packed, block, tail, _LAST_EMPTY))


def _gzip(start: bytes) -> _Head:
    press = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _RAW)
    packed = press.compress(start) + press.flush(zlib.Z_SYNC_FLUSH)
    return _Head(_GZIP_HEADER + packed, zlib.crc32(start), len(start))


def _with_gzip(head: _Head, tail: bytes) -> bytes:
    """RFC 1951, 3.2.4: a stored block, marked as the last; then RFC 1952's checksum and length."""
    size = len(tail)
    block = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
    whole = zlib.crc32(tail, head.checksum).to_bytes(4, "little")
    length = ((head.length + size) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((head.packed, block, tail, whole, length))
