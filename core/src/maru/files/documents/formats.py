"""Which reader reads which type."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pypdfium2

from maru.files.documents import archives
from maru.files.documents.hwp import hwp
from maru.files.media import DOCX, HWP, HWPX, PDF, PLAIN, PPTX, XLSX
from maru_sdk.documents import DocumentLocked, DocumentUnreadable

PAGES: Final = 5_000
MOST: Final = 20_000_000
_ENCRYPTED: Final = 4


def _plain(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        content = file.read(MOST)
    for coding in ("utf-8-sig", "cp949"):
        try:
            yield content.decode(coding)
        except UnicodeDecodeError:
            continue
        return
    yield content.decode("utf-8", "replace")


def _pdf(path: Path) -> Iterator[str]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _ENCRYPTED:
            raise DocumentLocked from error
        raise DocumentUnreadable(reason="damaged") from error
    for number in range(min(len(document), PAGES)):
        page = document[number]
        words = page.get_textpage()
        yield words.get_text_range().replace("\r\n", "\n")
        words.close()
        page.close()


READERS: Final[Mapping[str, Callable[[Path], Iterator[str]]]] = MappingProxyType(
    {
        **dict.fromkeys(PLAIN, _plain),
        PDF: _pdf,
        HWPX: archives.hwpx,
        HWP: hwp,
        DOCX: archives.word,
        XLSX: archives.sheets,
        PPTX: archives.slides,
    }
)
