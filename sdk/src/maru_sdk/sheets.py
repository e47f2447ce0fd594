"""Tables as files that spreadsheets open: CSV and Excel's xlsx, of which no cell is run as a
formula.

Whoever exports what people typed would otherwise send one person's formula to run at another's.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from maru_sdk._model import Model
from maru_sdk._xlsx import book_of

__all__ = ["Sheet", "csv_of", "csv_part", "harmless", "unharmed", "xlsx_of"]

_MARK: Final = b"\xef\xbb\xbf"  # by which Excel knows UTF-8
_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """A whole file: UTF-8 with its mark, lines ended as spreadsheets like them."""
    return _MARK + csv_part(rows)


def csv_part(rows: Iterable[Sequence[str]]) -> bytes:
    """More rows of a file that `csv_of` began: long ones are sent as they are read."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


class Sheet(Model):
    """What a route returns that answers with an Excel file: `-> Sheet` on `@get(…,
    limit="export")`. `name` is the file's, with `.xlsx`; `content` is made by `xlsx_of`."""

    name: str
    content: bytes


def xlsx_of(rows: Iterable[Sequence[str | int | float | datetime | None]], title: str) -> bytes:
    """A whole Excel file of one table, called `title`, whose first row is its head. Text stays
    text, whatever it begins with; times stand as they are given, so give them in the reader's
    zone. Takes the processor for about a second per 50,000 cells: `await ctx.run(xlsx_of, …)`."""
    return book_of(rows, title)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe
    before it."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_RUN) else cell


def unharmed(cell: str) -> str:
    """A cell of such a file as it was before, for who reads one again."""
    return cell[1:] if cell[:1] == "'" and harmless(cell[1:]) != cell[1:] else cell
