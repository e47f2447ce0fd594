"""Of which files pictures are made, and which: known without what draws them."""

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
    }
)
DRAWABLE: Final = frozenset({*FORMATS, PDF})
SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/gif", WEBP})
"""What every browser shows as it is."""
