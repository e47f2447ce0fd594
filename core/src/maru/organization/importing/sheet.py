"""A file of rows, as spreadsheets write them: CSV in UTF-8 or CP949, and Excel's xlsx.

Runs in a child of `ctx.compute`: a file that is a bomb takes that child with it and nothing else.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ConfigDict

from maru_sdk import InvalidInput, Model
from maru_sdk.sheets import unharmed

MOST_BYTES: Final = 10_000_000
MOST_UNPACKED: Final = 150_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST: Final = 1_000
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


class SheetUnreadable(InvalidInput):
    """422: the file is no list of rows that can be read."""

    code = "SHEET_UNREADABLE"
    message = "This file can't be read as a list: save it as CSV or as an Excel workbook (xlsx)"


class SheetTooLarge(InvalidInput):
    """422: more than one list may hold."""

    code = "SHEET_TOO_LARGE"
    message = "The list is too long: at most {rows} rows and {columns} columns"

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(rows=MOST_ROWS, columns=MOST_COLUMNS)


class SheetFile(Model):
    """What was uploaded."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    content: bytes


class Line(Model):
    """A row with the number that the spreadsheet shows beside it."""

    number: int
    cells: list[str]


class Sheet(Model):
    """The first row, which names the columns, and those below it that aren't empty."""

    columns: list[str]
    lines: list[Line]


class Packed(Model):
    """A sheet as it is kept: many rows, and few bytes for the loop to hand on."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    rows: int
    content: bytes


def pack_sheet(ask: SheetFile) -> Packed:
    """The rows of a file, packed. Raises SheetUnreadable, SheetTooLarge."""
    sheet = read_sheet(ask)
    content = zlib.compress(sheet.model_dump_json().encode(), 6)
    return Packed(rows=len(sheet.lines), content=content)


def unpacked(content: bytes) -> Sheet:
    """The rows of what was packed."""
    return Sheet.model_validate_json(zlib.decompress(content))


def read_sheet(ask: SheetFile) -> Sheet:
    """The rows of a file. Raises SheetUnreadable, SheetTooLarge."""
    if not ask.content or ask.content.startswith(_OLD_EXCEL):
        raise SheetUnreadable
    rows = _excel(ask.content) if ask.content.startswith(_ZIP) else _text(ask.content)
    lines = list(_bounded(rows))
    if not lines:
        raise SheetUnreadable
    return Sheet(columns=lines[0].cells, lines=lines[1:])


def _bounded(rows: Iterable[list[str]]) -> Iterator[Line]:
    found = 0
    for number, cells in enumerate(rows, start=1):
        while cells and not cells[-1]:
            cells.pop()
        found += bool(cells)
        if found > MOST_ROWS + 1 or len(cells) > MOST_COLUMNS:
            raise SheetTooLarge
        if cells:
            yield Line(number=number, cells=cells)


def _text(content: bytes) -> Iterator[list[str]]:
    text = decoded(content)
    if "\x00" in text:
        raise SheetUnreadable
    head = text.partition("\n")[0]
    between = max(",\t;", key=head.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True):
            yield [_cell(value) for value in row]
    except csv.Error:
        raise SheetUnreadable from None


def decoded(content: bytes) -> str:
    """A text file's text: with a mark as the mark says, else UTF-8, else Korean Windows'."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable


def _excel(content: bytes) -> Iterator[list[str]]:
    _check_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may claim a million columns
        for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
            yield [_cell(value) for value in row]
    except SheetTooLarge:
        raise
    except (
        InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, TypeError,
        AttributeError, EOFError, OSError, SyntaxError,
    ):  # fmt: skip  # whatever openpyxl stumbles over in a broken file
        raise SheetUnreadable from None


def _check_archive(content: bytes) -> None:
    """Refuses an archive that unpacks to more than a list of people can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise SheetUnreadable from None
    if size > MOST_UNPACKED:
        raise SheetTooLarge


def _cell(value: Any) -> str:
    """A cell's text; of a number Excel keeps no more than its value."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date() if not (value.hour or value.minute or value.second) else value
    text = value.isoformat() if isinstance(value, date) else str(value)
    text = " ".join(unharmed(text).replace("\x00", "\ufffd").split())
    return text[: LONGEST + 1]
