"""Of which files pictures are made and texts are read: known without what does so."""

from types import MappingProxyType
from typing import Final

PIXELS: Final = 80_000_000
EDGES: Final = MappingProxyType({"150": 150, "800": 800})
ORIGINAL: Final = "original"
PDF: Final = "application/pdf"
WEBP: Final = "image/webp"
FORMATS: Final = MappingProxyType(
    {
        "image/jpeg": ("JPEG", "MPO"),
        "image/png": ("PNG",),
        "image/gif": ("GIF",),
        WEBP: ("WEBP",),
        "image/bmp": ("BMP",),
        "image/tiff": ("TIFF",),
        "image/heic": ("HEIF",),
    }
)
DRAWABLE: Final = frozenset({*FORMATS, PDF})
SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/gif", WEBP})
"""What every browser shows as it is."""

_OPEN: Final = "application/vnd.openxmlformats-officedocument"
DOCX: Final = f"{_OPEN}.wordprocessingml.document"
XLSX: Final = f"{_OPEN}.spreadsheetml.sheet"
PPTX: Final = f"{_OPEN}.presentationml.presentation"
HWPX: Final = "application/hwp+zip"
HWP: Final = "application/x-hwp"
PLAIN: Final = ("text/plain", "text/csv", "text/markdown", "application/json")
READABLE: Final = (*PLAIN, PDF, DOCX, XLSX, PPTX, HWPX, HWP)
TEXT: Final = "text"
"""The name of the variant that holds a document's text."""
