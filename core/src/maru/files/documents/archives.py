"""Documents that are zips of XML: docx, xlsx, pptx and hwpx."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from maru_sdk.documents import DocumentLocked, DocumentUnreadable

MOST: Final = 200 << 20
RATIO: Final = 200
ENTRIES: Final = 20_000
_BROKEN: Final = (
    *(ParseError, DefusedXmlException, zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(ValueError, NotImplementedError, RuntimeError),
)
_NUMBER: Final = re.compile(r"\d+")


class Archive:
    """A zip that is looked at before any of it is unpacked: a bomb says so in its directory, and
    one that lies there is cut off at what it said."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise DocumentUnreadable(reason="damaged") from error
        infos = self._zip.infolist()
        whole, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
        if len(infos) > ENTRIES or whole > MOST or whole > RATIO * max(packed, 4_096):
            raise DocumentUnreadable(reason="unpacks")
        if any(info.flag_bits & 1 for info in infos):
            raise DocumentLocked

    def named(self, pattern: str) -> list[str]:
        """The entries of this name, in the order of the number in it."""
        found = [name for name in self._zip.namelist() if re.fullmatch(pattern, name)]
        return sorted(found, key=lambda name: [int(one) for one in _NUMBER.findall(name)])

    def ends(self, name: str) -> Iterator[Element]:
        """The elements of an entry as each ends; what has been read is let go."""
        try:
            with self._zip.open(name) as entry:
                for _, one in iterparse(entry, forbid_dtd=True):
                    yield one
        except _BROKEN as error:
            raise DocumentUnreadable(reason="damaged") from error


def lines(archive: Archive, pattern: str, paragraph: str, text: str) -> Iterator[str]:
    """The lines of all entries of a name: of each `paragraph` its `text`s joined."""
    for name in archive.named(pattern):
        held: list[str] = []
        for one in archive.ends(name):
            kind = one.tag.rpartition("}")[2]
            if kind == text and one.text:
                held.append(one.text)
            elif kind in ("tab", "br"):
                held.append(" ")
            elif kind == paragraph:
                yield "".join(held)
                held.clear()
                one.clear()


def word(path: Path) -> Iterator[str]:
    """The lines of a docx, its notes and headings among them."""
    pattern = r"word/(document|header\d+|footnotes|endnotes|footer\d+)\.xml"
    return lines(Archive(path), pattern, "p", "t")


def slides(path: Path) -> Iterator[str]:
    """The lines of a pptx, slide by slide, with what its speaker notes say."""
    return lines(Archive(path), r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml", "p", "t")


def hwpx(path: Path) -> Iterator[str]:
    """The lines of an hwpx."""
    return lines(Archive(path), r"Contents/section\d+\.xml", "p", "t")


def sheets(path: Path) -> Iterator[str]:
    """The cells of an xlsx, a row a line: words by their place in the shared ones."""
    archive = Archive(path)
    words = list(lines(archive, r"xl/sharedStrings\.xml", "si", "t"))
    for name in archive.named(r"xl/worksheets/sheet\d+\.xml"):
        row: list[str] = []
        for one in archive.ends(name):
            kind = one.tag.rpartition("}")[2]
            if kind == "c":
                row.append(_cell(one, words))
                one.clear()
            elif kind == "row":
                yield "\t".join(row).strip()
                row = []
                one.clear()


def _cell(cell: Element, words: list[str]) -> str:
    texts = [one.text or "" for one in cell.iter() if one.tag.rpartition("}")[2] in ("v", "t")]
    value = "".join(texts)
    if cell.get("t") == "s" and value.isdigit() and int(value) < len(words):
        return words[int(value)]
    return value
