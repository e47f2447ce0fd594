"""A file for spreadsheets runs nothing, and is read again as it was."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from maru_sdk.sheets import csv_of, csv_part, harmless, unharmed, xlsx_of

SIGNS = ["=1+1", "+82 10", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"]
WIDE = ["\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("cell", [*SIGNS, *WIDE])
def test_what_begins_like_a_formula_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert read(csv_of([["가", cell]])) == [["가", f"'{cell}"]]


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_cell_is_read_again_as_it_was(cell: str) -> None:
    assert unharmed(harmless(cell)) == cell or cell.startswith("'")


def test_a_file_begins_with_its_mark_and_goes_on_without() -> None:
    whole = csv_of([["이름", "수"]]) + csv_part([["김 'A', \"B\"", "1"]])
    assert whole.startswith(b"\xef\xbb\xbf")
    assert whole.count(b"\xef\xbb\xbf") == 1
    assert read(whole) == [["이름", "수"], ["김 'A', \"B\"", "1"]]


def test_half_a_character_is_not_what_stops_a_file() -> None:
    assert read(csv_of([["a\ud800"]])) == [["a?"]]


class TestXlsx:
    AT = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)

    def read(self, content: bytes) -> list[list[object]]:
        """What openpyxl finds, which is strict about what Excel would mend."""
        (sheet,) = load_workbook(io.BytesIO(content)).worksheets
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def test_is_read_as_it_was_given(self) -> None:
        rows: list[list[Any]] = [
            ["이름", "읽은 때", "횟수"],
            ["김마루", self.AT, 3],
            ["이온돌", None, 0.5],
        ]
        at = self.AT.replace(tzinfo=None)
        assert self.read(xlsx_of(rows, "읽은 사람")) == [
            ["이름", "읽은 때", "횟수"],
            ["김마루", at, 3],
            ["이온돌", None, 0.5],
        ]

    @pytest.mark.parametrize("cell", [*SIGNS, *WIDE, "<b>&amp;", " 앞뒤 ", "가\n나"])
    def test_text_stays_text(self, cell: str) -> None:
        book = load_workbook(io.BytesIO(xlsx_of([[cell]], "x")))
        found = book.worksheets[0]["A1"]
        assert (found.data_type, str(found.value)) == ("s", cell.replace("\r", "\n"))

    @pytest.mark.parametrize("title", ["", "a/b:c*?[d]", "'" * 40, "가" * 40, "\0\x01"])
    def test_any_title_and_any_sign_makes_a_file(self, title: str) -> None:
        assert self.read(xlsx_of([["\x00a\ud800b\uffff"]], title)) == [["ab"]]

    def test_empty_table_is_a_file(self) -> None:
        assert load_workbook(io.BytesIO(xlsx_of([], "빈 표"))).sheetnames == ["빈 표"]
