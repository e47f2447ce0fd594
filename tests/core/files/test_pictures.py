"""Pictures of files: small, upright, without what cameras note, and swept with their file."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from tests.core.files.conftest import Sender
from tests.core.files.test_uploads import _age, _held

from maru.db.scope import Scope
from maru.files.drawing import Drawing, draw
from maru.files.errors import NotDrawable
from maru.filing.tidying import collect_unused, sweep
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit

TURNED = 6  # EXIF: the camera was held upright, the picture lies on its side
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
WEBP = {"Accept": "image/avif,image/webp,*/*"}


def photo(width: int = 1200, height: int = 900, shade: int = 90) -> bytes:
    """As a phone writes it: on its side, with its maker and where it was."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = TURNED, "Maru Phone"
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 140, 200)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def drawing(mode: str = "RGBA") -> bytes:
    """A picture one can look through."""
    out = io.BytesIO()
    Image.new(mode, (400, 200), (200, 30, 30, 128)).save(out, "PNG")
    return out.getvalue()


def bomb(edge: int = 50_000) -> bytes:
    """A PNG of a few bytes that says it is so large."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        body = kind + held
        return struct.pack(">I", len(held)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0))
    held = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + head + held + chunk(b"IEND", b"")


def page() -> bytes:
    """A PDF of one page."""
    out = io.BytesIO()
    Image.new("RGB", (300, 600), "white").save(out, "PDF")
    return out.getvalue()


async def _picture(sender: Sender, url: str, name: str, **headers: str) -> tuple[Any, Image.Image]:
    answer = await sender.client.get(f"{url}?variant={name}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer, Image.open(io.BytesIO(answer.content))


async def _file(sender: Sender, url: str) -> dict[str, Any]:
    return next(one for one in await sender.files() if one["url"] == url)


async def test_a_photo_is_there_small_upright_and_without_a_trace(sender: Sender, kit: Kit) -> None:
    content = photo()
    url = await sender.sent("여행.jpg", content)
    early, _ = await _picture(sender, url, "150")
    assert early.content == content  # nobody waits for a picture to see it
    await kit.work()
    assert (await _file(sender, url))["has_picture"] is True
    for name, size in (("150", (112, 150)), ("800", (600, 800)), ("original", (900, 1200))):
        answer, seen = await _picture(sender, url, name)
        assert (seen.format, seen.size) == ("JPEG", size)
        smaller, webp = await _picture(sender, url, name, **WEBP)
        assert (webp.format, webp.size) == ("WEBP", size)
        assert smaller.headers["etag"] != answer.headers["etag"]
        assert answer.headers["vary"].lower().find("accept") >= 0
        for one in (seen, webp):
            assert not dict(one.getexif())
            assert b"Maru Phone" not in answer.content + smaller.content
    whole = await sender.client.get(url)
    assert whole.content == content  # what was sent stays as it is


async def test_what_one_looks_through_stays_so(sender: Sender, kit: Kit) -> None:
    url = await sender.sent("투명.png", drawing())
    await kit.work()
    answer, seen = await _picture(sender, url, "150")
    assert (answer.headers["content-type"], seen.mode, seen.size) == (
        "image/png",
        "RGBA",
        (150, 75),
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_document_shows_its_first_page(sender: Sender, kit: Kit) -> None:
    url = await sender.sent("계약서.pdf", page())
    none = await sender.client.get(f"{url}?variant=800")
    assert (none.status_code, none.json()["error"]["code"]) == (404, "FILE_NO_PICTURE")
    await kit.work()
    _, seen = await _picture(sender, url, "800")
    assert seen.size == (400, 800)
    assert (await sender.client.get(f"{url}?variant=original")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("폭탄.png", bomb()),
        ("잘림.jpg", photo()[:600]),
        ("잘림.pdf", page()[:200]),
        ("빈.gif", b"GIF89a"),
    ],
)
async def test_what_cannot_be_drawn_is_a_file_without_a_picture(
    sender: Sender, kit: Kit, company: Company, name: str, content: bytes
) -> None:
    url = await sender.sent(name, content)
    await kit.work()
    assert (await _file(sender, url))["has_picture"] is False
    answer = await sender.client.get(f"{url}?variant=150")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "FILE_NO_PICTURE")
    assert (await sender.client.get(url)).content == content
    async with kit.house.database.unit(Scope(company.tenant.id), readonly=True) as unit:
        note = await unit.db.scalar(sa.text("SELECT note FROM maru.file_blob"))
    assert note == ("pixels" if name == "폭탄.png" else "damaged")


async def test_an_odd_size_is_refused(sender: Sender) -> None:
    url = await sender.sent("a.txt", b"hello")
    assert (await sender.client.get(f"{url}?variant=151")).status_code == 422
    assert (await sender.client.get(f"{url}?variant=150")).status_code == 404


async def test_pictures_are_drawn_once_counted_and_swept(
    sender: Sender, kit: Kit, company: Company, stored: Any
) -> None:
    content = photo(shade=20)
    urls = [await sender.sent(name, content) for name in ("하나.jpg", "둘.jpg")]
    await kit.work()
    assert len(stored()) == 7  # the photo, and three sizes in two types
    assert await _held(kit, company) == sum(path.stat().st_size for path in stored())
    for url in urls:
        await sender.client.delete(url)
    await _age(kit, company)
    shelf = kit.house.services.files
    assert shelf is not None
    async with company.context() as ctx:
        assert await sweep(ctx, shelf) == 0
        assert await collect_unused(ctx, shelf) == 7
    assert stored() == []
    assert await _held(kit, company) == 0


async def test_a_photo_of_a_phone_in_heic_is_there_as_a_picture(sender: Sender, kit: Kit) -> None:
    content = Path(__file__).with_name("photo.heic").read_bytes()
    url = await sender.sent("여행.HEIC", content)
    assert (await _file(sender, url))["media_type"] == "image/heic"
    early = await sender.client.get(f"{url}?variant=150")
    assert early.status_code == 404, "no browser shows it as it is"
    await kit.work()
    for name, size in (("150", (112, 150)), ("800", (600, 800)), ("original", (900, 1200))):
        answer, seen = await _picture(sender, url, name)
        assert (seen.format, seen.size, len(seen.getexif())) == ("JPEG", size, 0)
        assert answer.headers["content-type"] == "image/jpeg"
        _, webp = await _picture(sender, url, name, **WEBP)
        assert (webp.format, webp.size) == ("WEBP", size)
    red, _, blue = seen.convert("RGB").getpixel((800, 100))  # type: ignore[misc]  # of three
    assert blue > 150 > red, "the corner that is blue is where the camera had it"
    assert (await sender.client.get(url)).content == content


def test_without_its_reader_a_heic_has_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(__file__).with_name("photo.heic")
    ask = Drawing(path=str(path), media_type="image/heic", folder=str(tmp_path))
    assert draw(ask).drawn
    monkeypatch.delitem(Image.OPEN, "HEIF")
    with pytest.raises(NotDrawable) as refused:
        draw(ask)
    assert refused.value.details["reason"] == "reader"


@pytest.mark.parametrize("cut", [100, 600])
async def test_a_heic_that_is_cut_is_a_file_without_a_picture(
    sender: Sender, kit: Kit, cut: int
) -> None:
    content = Path(__file__).with_name("photo.heic").read_bytes()[:cut]
    url = await sender.sent("여행.heic", content)
    await kit.work()
    assert (await _file(sender, url))["has_picture"] is False
