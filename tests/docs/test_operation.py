"""The page for operators knows every setting."""

from pathlib import Path

import pytest

from maru.settings import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs/operation.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name: str) -> None:
    assert f"`MARU_{name.upper()}`" in PAGE
