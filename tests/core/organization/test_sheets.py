"""Files of rows: what is read of them, and what is refused before it does harm."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from maru.organization.importing import sheet as sheets
from maru.organization.importing.sheet import (
    Sheet,
    SheetFile,
    SheetTooLarge,
    SheetUnreadable,
    read_sheet,
)
from maru_sdk.sheets import csv_of, harmless

TEXT = '아이디,이름,부서\nkim,김하늘,영업팀\n\nlee,"이, 서연",\n'


def read(content: bytes) -> Sheet:
    return read_sheet(SheetFile(content=content))


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_korean_in_every_encoding_that_excel_writes(encoding: str) -> None:
    found = read(TEXT.encode(encoding))
    assert found.columns == ["아이디", "이름", "부서"]
    assert [(line.number, line.cells) for line in found.lines] == [
        (2, ["kim", "김하늘", "영업팀"]),
        (4, ["lee", "이, 서연"]),
    ]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_whatever_stands_between_cells(between: str) -> None:
    assert read(f"a{between}b\n1{between}2\n".encode()).lines[0].cells == ["1", "2"]


def test_excel_keeps_numbers_dates_and_gaps() -> None:
    found = read(workbook(["사번", "입사"], [], [20260001, date(2026, 3, 2)], ["0007", 1.5]))
    assert [(line.number, line.cells) for line in found.lines] == [
        (3, ["20260001", "2026-03-02"]),
        (4, ["0007", "1.5"]),
    ]


def test_formulas_are_read_as_their_values() -> None:
    assert read(workbook(["a", "b"], ["=1+1", "x"])).lines[0].cells == ["", "x"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"\xd0\xcf\x11\xe0old excel", b"PK\x03\x04 broken", b"a,b\n\"open",
        b"\x89PNG\r\n\x1a\n\x00\x00", b"a\x00b,c\n", b"\xff\xfe\x00", bytes(range(128, 256)) * 9,
    ],
)  # fmt: skip
def test_what_is_no_list(content: bytes) -> None:
    with pytest.raises(SheetUnreadable):
        read(content)


def test_a_workbook_cut_in_half() -> None:
    content = workbook(["a"], ["b"])
    with pytest.raises(SheetUnreadable):
        read(content[: len(content) // 2])


def test_an_archive_that_is_no_workbook() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("x.txt", "nothing")
    with pytest.raises(SheetUnreadable):
        read(made.getvalue())


def test_a_bomb_of_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1_000_000)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    with pytest.raises(SheetTooLarge):
        read(made.getvalue())


def test_a_bomb_of_entities() -> None:
    content = workbook(["a"], ["b"])
    evil = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData>'
        "</worksheet>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            body = evil if name == "xl/worksheets/sheet1.xml" else old.read(name)
            new.writestr(name, body)
    with pytest.raises(SheetUnreadable):
        read(made.getvalue())


def test_too_many_rows_and_columns() -> None:
    with pytest.raises(SheetTooLarge):
        read(b"a\n" * (sheets.MOST_ROWS + 2))
    with pytest.raises(SheetTooLarge):
        read(("a," * 61 + "b").encode())


@pytest.mark.parametrize("cell", ["=1+1", "+82-10", "-1", "@x", "\tx", "김하늘", "it's"])
def test_no_cell_is_a_formula_and_comes_back_as_it_was(cell: str) -> None:
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t"))
    assert read(csv_of([["a"], [cell]])).lines[0].cells == [cell.strip()]
