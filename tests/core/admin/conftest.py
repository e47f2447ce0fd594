"""A shelf of plugins for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.shelf import KINDS, Shelf, importable

importable(KINDS)  # tests name what it declares


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty folder of distributions, first on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.forget()
