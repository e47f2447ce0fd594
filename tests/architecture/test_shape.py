"""The size rule of the house: short functions, small files, one noun each."""

import ast
from statistics import median

from tests.architecture.source import files, house

UNWANTED = {"utils.py", "helpers.py", "common.py", "misc.py"}


def share_within(sizes: list[int], bound: int) -> float:
    return sum(size <= bound for size in sizes) / len(sizes)


def test_functions_are_short() -> None:
    sizes = [lines for source in house() for _, lines in source.functions()]
    assert median(sizes) <= 10
    assert share_within(sizes, 35) >= 0.9
    assert share_within(sizes, 50) >= 0.97


def test_files_are_small() -> None:
    sizes = {source.name: source.lines for source in house()}
    assert share_within(list(sizes.values()), 350) >= 0.9
    assert {name for name, lines in sizes.items() if lines > 600} == set()


def test_test_files_are_not_books() -> None:
    too_long = {s.name for s in files("tests", "sdk", "plugins") if s.lines > 900}
    assert too_long == set()


def test_no_file_is_a_drawer() -> None:
    assert {s.name for s in house() if s.path.name in UNWANTED} == set()


def test_every_module_says_why_it_exists() -> None:
    silent = {s.name for s in house() if s.text.strip() and not ast.get_docstring(s.tree)}
    assert silent == set()
