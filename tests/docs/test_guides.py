"""The guides say what is there: each label they quote, each picture and each link."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from tests.e2e.survey.pictures import ADMIN, USER, Picture

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guide"
CATALOGUES = [
    ROOT / "core/src/maru/locale/ko/LC_MESSAGES/maru.po",
    *ROOT.glob("plugins/*/src/*/locale/ko/LC_MESSAGES/*.po"),
]
LABEL = re.compile(r"\*\*(.+?)\*\*")
PICTURE = re.compile(r"!\[([^\]]+)\]\(images/([\w-]+)\.webp\)")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#]+?)(?:#[^)]*)?\)")
OUTLINE = re.compile(r"^(#+) |^!\[[^\]]+\]\((\S+)\)", re.MULTILINE)
GUIDES = [
    (language, name, made)
    for language in ("ko", "en")
    for name, made in {"user": USER, "admin": ADMIN}.items()
]


def _texts(message: Message, language: str) -> Iterator[str]:
    said = message.string if language == "ko" else message.id
    yield from (said,) if isinstance(said, str) else said or ()


def labels(language: str) -> set[str]:
    """Everything that the product says in a language."""
    return {
        text
        for file in CATALOGUES
        for message in read_po(BytesIO(file.read_bytes()))
        if message.id
        for text in _texts(message, language)
    }


@pytest.mark.parametrize(("language", "name", "made"), GUIDES)
class TestGuides:
    def test_each_label_is_the_products(
        self, language: str, name: str, made: list[Picture]
    ) -> None:
        known = labels(language)
        quoted = LABEL.findall((GUIDE / language / f"{name}.md").read_text())
        assert quoted
        assert [one for one in quoted if one not in known] == []

    def test_each_picture_is_made_and_shown(
        self, language: str, name: str, made: list[Picture]
    ) -> None:
        shown = PICTURE.findall((GUIDE / language / f"{name}.md").read_text())
        assert sorted(file for _, file in shown) == sorted(picture.name for picture in made)

    def test_each_link_leads_somewhere(self, language: str, name: str, made: list[Picture]) -> None:
        for link in LINK.findall((GUIDE / language / f"{name}.md").read_text()):
            assert link.startswith("https://") or (GUIDE / language / link).exists(), link


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_pictures_are_there_and_no_others(language: str) -> None:
    there = {file.stem for file in (GUIDE / language / "images").glob("*.webp")}
    assert there == {picture.name for picture in (*USER, *ADMIN)}


@pytest.mark.parametrize("name", ["user", "admin"])
def test_both_languages_have_the_same_chapters(name: str) -> None:
    korean, english = (
        OUTLINE.findall((GUIDE / language / f"{name}.md").read_text()) for language in ("ko", "en")
    )
    assert korean == english
