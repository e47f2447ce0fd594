"""What a file holds, told by its content and not by its name."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from maru.files.errors import ContentRefused, DoubleMeaning, ExecutableRefused, TypeRefused
from maru.files.names import extension_of

HEAD: Final = 8_192
TAIL: Final = 66_000
UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
SVG: Final = "image/svg+xml"
ZIP: Final = "application/zip"
OLE: Final = "application/x-ole-storage"
WRAPPINGS: Final = frozenset({ZIP, OLE, UNKNOWN})
"""What tells nothing of what it holds."""
_OPEN: Final = "application/vnd.openxmlformats-officedocument"

_BEGINS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_PROGRAMS: Final = (
    *(b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe"),
    *(b"\xcf\xfa\xed\xfe", b"#!", b"\xca\xfe\xba\xbe"),
)
_ALIKE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "pdf": frozenset({"application/pdf"}),
        "png": frozenset({"image/png"}),
        "jpg": frozenset({"image/jpeg"}),
        "jpeg": frozenset({"image/jpeg"}),
        "gif": frozenset({"image/gif"}),
        "webp": frozenset({"image/webp"}),
        "bmp": frozenset({"image/bmp"}),
        "heic": frozenset({"image/heic", "image/jpeg"}),
        "heif": frozenset({"image/heic"}),
        "docx": frozenset({ZIP}),
        "xlsx": frozenset({ZIP}),
        "pptx": frozenset({ZIP}),
        "hwpx": frozenset({ZIP}),
        "zip": frozenset({ZIP}),
        "hwp": frozenset({OLE}),
        "doc": frozenset({OLE, ZIP}),
        "xls": frozenset({OLE, ZIP, TEXT}),
        "ppt": frozenset({OLE, ZIP}),
    }
)
_NAMED: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (ZIP, "docx"): f"{_OPEN}.wordprocessingml.document",
        (ZIP, "xlsx"): f"{_OPEN}.spreadsheetml.sheet",
        (ZIP, "pptx"): f"{_OPEN}.presentationml.presentation",
        (ZIP, "hwpx"): "application/hwp+zip",
        (OLE, "hwp"): "application/x-hwp",
        (OLE, "doc"): "application/msword",
        (OLE, "xls"): "application/vnd.ms-excel",
        (OLE, "ppt"): "application/vnd.ms-powerpoint",
        (TEXT, "csv"): "text/csv",
        (TEXT, "md"): "text/markdown",
        (TEXT, "json"): "application/json",
    }
)
# What nobody reads as a page although it begins as one of these: an image with a zip behind it.
_SINGLE: Final = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/heic"}
    | {"application/pdf"}
)
_HEIF: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx")
_SVG: Final = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_PAGE: Final = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe)[\s>]", re.IGNORECASE)
_ZIP_END: Final = b"PK\x05\x06"


def judged(name: str, head: bytes, tail: bytes, refused: frozenset[str] = frozenset()) -> str:
    """The media type of a file that begins and ends so. Raises FileRefused for programs, for what
    isn't what its name says, for two kinds in one, and for types (extensions) that are `refused`.
    """
    extension, found = extension_of(name), sniffed(head)
    if _is_program(head):
        raise ExecutableRefused(name=name, reason="program")
    if extension in refused:
        raise TypeRefused(type=extension, reason="type")
    fits = _ALIKE.get(extension)
    if head and fits is not None and found not in fits:
        raise ContentRefused(name=name, reason="content")
    if found in _SINGLE and _ends_as_zip(tail):
        raise DoubleMeaning(name=name, reason="double")
    return _NAMED.get((found, extension), found)


def sniffed(head: bytes) -> str:
    """The media type that the first bytes tell."""
    for begin, kind in _BEGINS:
        if head.startswith(begin):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in _HEIF else "video/mp4"
    return _of_text(head)


def _of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in text:
        return UNKNOWN
    if _SVG.search(text):
        return SVG
    if _PAGE.search(text):
        return "text/html"
    return TEXT if _is_text(text) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """UTF-8, as far as the last letter may be cut; or the Korean encoding of old programs."""
    for coding in ("utf-8", "cp949"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(coding)
            except UnicodeDecodeError:
                continue
            return not any(byte < 9 or 13 < byte < 27 for byte in head)
    return False


def _is_program(head: bytes) -> bool:
    if head.startswith(_PROGRAMS):
        return True
    if not head.startswith(b"MZ"):
        return False
    place = int.from_bytes(head[0x3C:0x40], "little")
    return len(head) >= 64 and (place >= HEAD or head[place : place + 2] in (b"PE", b"NE", b"LE"))


def _ends_as_zip(tail: bytes) -> bool:
    """Whether a zip's directory ends where the file does."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) < at + 22:
        return False
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return at + 22 + comment == len(tail)
