"""A file for spreadsheets runs nothing, and is read again as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maru_sdk.sheets import csv_of, csv_part, harmless, unharmed

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
