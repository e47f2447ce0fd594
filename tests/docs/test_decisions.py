"""A decision names the tests that hold it, and they exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/decisions").glob("*.md"))


def test_the_ten_decisions_are_written_down() -> None:
    assert [page.name[:4] for page in PAGES[:10]] == [f"{n:04}" for n in range(1, 11)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_holds_a_decision_is_there(page: Path) -> None:
    held = page.read_text().partition("## Held by")[2]
    paths = re.findall(r"`((?:tests|sdk|bench)/[^`]*)`", held)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
