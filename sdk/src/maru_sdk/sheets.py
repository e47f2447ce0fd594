"""Tables as files that spreadsheets open: CSV of which no cell is run as a formula.

Whoever exports what people typed would otherwise send one person's formula to run at another's.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["csv_of", "csv_part", "harmless", "unharmed"]

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


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe
    before it."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_RUN) else cell


def unharmed(cell: str) -> str:
    """A cell of such a file as it was before, for who reads one again."""
    return cell[1:] if cell[:1] == "'" and harmless(cell[1:]) != cell[1:] else cell
