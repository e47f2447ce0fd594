"""Paints the pictures of a file with Pillow and PDFium, in a child alone."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

from maru.files.drawing import Drawing, Drawn
from maru.files.errors import NotDrawable
from maru.files.media import EDGES, FORMATS, ORIGINAL, PDF, PIXELS, WEBP

_WEBP_EDGE: Final = 16_383
_PROFILE: Final = 64 * 1024
Image.MAX_IMAGE_PIXELS = None  # `_opened` refuses before anything is decoded, and says so
with suppress(ImportError):  # an operator may have taken it out, for the patents on it
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """A picture in memory; `exact` where what is drawn from it must lose nothing."""

    image: Image.Image
    exact: bool
    profile: bytes | None = None
    moves: bool = False


def painted(ask: Drawing) -> Iterator[Drawn]:
    """The pictures, one after the other. Raises NotDrawable, and whatever Pillow does."""
    folder = Path(ask.folder)
    if ask.media_type == PDF:
        whole = _first_page(ask.path)
    else:
        whole = _opened(ask.path, FORMATS[ask.media_type])
        if not whole.moves:
            yield from _saved(folder, ORIGINAL, whole, whole.image)
    for name, edge in sorted(EDGES.items(), key=lambda one: -one[1]):
        whole.image.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
        yield from _saved(folder, name, whole, whole.image)


def _opened(path: str, formats: tuple[str, ...]) -> Pixels:
    """A picture, upright; only its head is read before its size is known."""
    try:
        image = Image.open(path, formats=formats)
    except UnidentifiedImageError as error:
        raise NotDrawable(reason="damaged") from error
    except KeyError as error:  # as Pillow says that it has no such reader
        raise NotDrawable(reason="reader") from error
    if image.width * image.height > PIXELS:
        raise NotDrawable(reason="pixels")
    moves = bool(getattr(image, "is_animated", False)) and image.format == "GIF"
    upright = ImageOps.exif_transpose(image)
    clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    profile = upright.info.get("icc_profile") if upright.mode in ("RGB", "RGBA") else None
    if profile is not None and len(profile) > _PROFILE:
        profile = None
    exact = clear or image.format in ("PNG", "GIF", "BMP")
    mode = "RGBA" if clear else "RGB"
    shown = upright if upright.mode == mode else upright.convert(mode)
    return Pixels(image=shown, exact=exact, profile=profile, moves=moves)


def _first_page(path: str) -> Pixels:
    """How a document begins."""
    try:
        document = pypdfium2.PdfDocument(path)
        page = document[0]
        scale = min(EDGES["800"] / max(*page.get_size(), 1), 4)
        return Pixels(image=page.render(scale=scale).to_pil().convert("RGB"), exact=False)
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise NotDrawable(reason="damaged") from error


def _saved(folder: Path, name: str, whole: Pixels, image: Image.Image) -> Iterator[Drawn]:
    """The picture in a type that everybody reads, and smaller as WebP."""
    for media_type, save in _ways(whole, image):
        file = f"{name}.{media_type.rpartition('/')[2]}"
        save(folder / file)
        yield Drawn(name=name, media_type=media_type, file=file)


def _ways(whole: Pixels, image: Image.Image) -> Iterator[tuple[str, Callable[[Path], None]]]:
    given: dict[str, Any] = {"icc_profile": whole.profile, "exif": b"", "xmp": b""}
    if whole.exact:
        yield "image/png", lambda file: image.save(file, "PNG", icc_profile=whole.profile)
    else:
        jpeg = {"quality": 88, "progressive": True, "icc_profile": whole.profile}
        yield "image/jpeg", lambda file: image.save(file, "JPEG", **jpeg)
    if max(image.size) <= _WEBP_EDGE:
        yield WEBP, lambda file: image.save(file, "WEBP", quality=82, method=3, **given)
