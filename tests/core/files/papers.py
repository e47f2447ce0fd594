"""Documents of every format, made byte by byte: nothing of ours writes most of them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from openpyxl import Workbook

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/drawingml/2006/main"
HANGUL = "http://www.hancom.co.kr/hwpml/2011/paragraph"
SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in entries.items():
            archive.writestr(name, held)
    return out.getvalue()


def _paragraphs(root: str, space: str, words: tuple[str, ...]) -> str:
    held = "".join(f"<x:p><x:r><x:t>{one}</x:t></x:r></x:p>" for one in words)
    return f'<?xml version="1.0"?><x:{root} xmlns:x="{space}">{held}</x:{root}>'


def docx(*words: str) -> bytes:
    """Of Word."""
    return zipped({"word/document.xml": _paragraphs("document", WORD, words)})


def pptx(*words: str) -> bytes:
    """Of PowerPoint, a slide for each."""
    slides = {
        f"ppt/slides/slide{n}.xml": _paragraphs("sld", SLIDE, (word,))
        for n, word in enumerate(words, 1)
    }
    return zipped(dict(reversed(slides.items())))


def hwpx(*words: str) -> bytes:
    """Of Hangul, since 2021."""
    section = _paragraphs("sec", HANGUL, words)
    return zipped({"mimetype": "application/hwp+zip", "Contents/section0.xml": section})


def xlsx(*rows: tuple[object, ...]) -> bytes:
    """Of Excel."""
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def pdf(words: str) -> bytes:
    """A page of Latin words."""
    shown = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode()
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, held in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%s" % table
    return out + end + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def hwp(*words: str, flags: int = 1, packed: bytes | None = None) -> bytes:
    """Of Hangul, before: a compound file with a head and one section."""
    records = b"".join(_record(word) for word in words)
    if packed is None:
        packing = zlib.compressobj(wbits=-15)
        packed = packing.compress(records) + packing.flush() if flags & 1 else records
    head = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05000300, flags)
    return _compound(head, packed)


def _record(words: str) -> bytes:
    text = (words + "\r").encode("utf-16-le")
    return struct.pack("<I", 67 | len(text) << 20) + text


def _compound(head: bytes, section: bytes) -> bytes:
    """Two streams, long enough to lie in sectors of their own."""
    streams = [_whole(head), _whole(section)]
    counts = [len(one) // SECTOR for one in streams]
    chains = [_FAT, _END]
    for count in counts:
        chains += [*range(len(chains) + 1, len(chains) + count), _END]
    fat = struct.pack(f"<{len(chains)}I", *chains).ljust(SECTOR, b"\xff")
    first = 2 + counts[0]
    entries = [
        _entry("Root Entry", 5, child=2, start=_END),
        _entry("FileHeader", 2, start=2, size=len(streams[0])),
        _entry("BodyText", 1, right=1, child=3),
        _entry("Section0", 2, start=first, size=len(streams[1])),
    ]
    return _begin() + fat + b"".join(entries) + b"".join(streams)


def _begin() -> bytes:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    kinds = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    places = struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    return magic + kinds + places + struct.pack("<109I", 0, *[_FREE] * 108)


def _whole(stream: bytes) -> bytes:
    size = max(len(stream), 4096)
    return stream.ljust(-(-size // SECTOR) * SECTOR, b"\0")


def _entry(name: str, kind: int, **given: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    tree = [given.get(one, _FREE) for one in ("left", "right", "child")]
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, *tree)
        + bytes(36)
        + struct.pack("<IQ", given.get("start", 0), given.get("size", 0))
    )
