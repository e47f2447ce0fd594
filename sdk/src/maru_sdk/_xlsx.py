"""An Excel file as it stands on the disk: a zip of a few XML documents."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES: Final = f"""{_HEAD}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>"""
_TOP: Final = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
_PARTS: Final = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>"""
# Styles: 0 plain, 1 the head, 2 a time.
_STYLES: Final = f"""{_HEAD}<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_TITLE: Final = re.compile(r"[\[\]:*?/\\']")
_FIRST_DAY: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # spreadsheets know no zones
_WIDEST: Final = 60
_LONGEST: Final = 32_767


def book_of(rows: Iterable[Sequence[Any]], title: str) -> bytes:
    """The file of one table."""
    filled = [list(row) for row in rows]
    name = quoteattr(_clean(_NO_TITLE.sub(" ", title)).strip()[:31] or "1")
    book = f"""{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
<sheets><sheet name={name} sheetId="1" r:id="r1"/></sheets></workbook>"""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _TOP,
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _PARTS,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": _table(filled),
    }
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            archive.writestr(path, text)
    return file.getvalue()


def _table(rows: list[list[Any]]) -> str:
    lines = "".join(
        f"<row>{''.join(_cell(cell, head=at == 0) for cell in row)}</row>"
        for at, row in enumerate(rows)
    )
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{_width(column)}" customWidth="1"/>'
        for at, column in enumerate(zip_longest(*rows[:200]), 1)
    )
    columns = f"<cols>{widths}</cols>" if widths else ""
    views = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
    views += ' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    sheet = f'<worksheet xmlns="{_MAIN}">{views}{columns}<sheetData>{lines}</sheetData></worksheet>'
    return _HEAD + sheet


def _cell(value: Any, *, head: bool) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, datetime):
        days = (value.replace(tzinfo=None) - _FIRST_DAY).total_seconds() / 86_400
        return f'<c s="2"><v>{days:.9f}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    style = ' s="1"' if head else ""
    text = escape(_clean(str(value))[:_LONGEST])
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _width(column: Iterable[Any]) -> int:
    longest = max((_room(str(cell)) for cell in column if cell is not None), default=0)
    return min(longest + 2, _WIDEST)


def _room(text: str) -> int:
    """How many Latin letters a text is as wide as; times are shown to the minute."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text[:_WIDEST])
