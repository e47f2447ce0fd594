"""Catalogues, arguments in texts, and which language a reader gets."""

import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup
from tests.core.web.messages import core_messages

from maru.web.languages import CORE, LOCALES, Languages, in_words, negotiate

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Delete {name}?"
msgstr "{name:을} 지울까요?"

msgid "{count} post"
msgid_plural "{count} posts"
msgstr[0] "글 {count}개"

#, fuzzy
msgid "Maybe"
msgstr "아마"

msgid "Search"
msgstr "게시판에서 찾기"
"""


@pytest.fixture
def languages(tmp_path: Path) -> Languages:
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "board.po").write_text(PO)
    return Languages({"board": tmp_path})


class TestTranslate:
    def test_says_it_in_korean_with_the_right_particle(self, languages: Languages) -> None:
        said = languages.translate("board", "ko", "Delete {name}?", name="공지")
        assert said == "공지를 지울까요?"

    def test_english_is_the_id(self, languages: Languages) -> None:
        assert languages.translate("board", "en", "Delete {name}?", name="News") == "Delete News?"

    def test_counts(self, languages: Languages) -> None:
        count = languages.translate_count
        assert count("board", "ko", "{count} post", "{count} posts", 3) == "글 3개"
        assert count("board", "en", "{count} post", "{count} posts", 1) == "1 post"
        assert count("board", "en", "{count} post", "{count} posts", 0) == "0 posts"

    def test_domains_keep_their_own_words(self, languages: Languages) -> None:
        assert languages.translate("board", "ko", "Search") == "게시판에서 찾기"
        assert languages.translate(CORE, "ko", "Search") == "검색"

    def test_unknown_and_uncertain_texts_stay_as_they_are(self, languages: Languages) -> None:
        assert languages.translate("board", "ko", "Maybe") == "Maybe"
        assert languages.translate("nowhere", "ko", "Maybe") == "Maybe"

    def test_braces_without_arguments_are_text(self, languages: Languages) -> None:
        assert languages.translate("board", "ko", "{literally}") == "{literally}"

    def test_braces_of_somebody_else_are_text(self, languages: Languages) -> None:
        for text in ('{"error": 1}', "{", "{}", "{number:d}", "{number!x}", "{list:>9}"):
            args = {"number": "one", "list": []}
            assert in_words(languages.translate, "board", "ko", text, args) == text
        assert in_words(languages.translate, "board", "ko", "Search", {}) == "게시판에서 찾기"
        assert in_words(languages.translate, "nowhere", "ko", "Search", {}) == "검색"

    def test_reaches_no_attribute_of_an_argument(self, languages: Languages) -> None:
        with pytest.raises(KeyError):
            languages.translate("board", "en", "{name.__class__}", name="x")

    def test_markup_stays_markup_and_the_rest_is_escaped(self, languages: Languages) -> None:
        link = Markup('<a href="/">공지</a>')
        said = languages.translate("board", "ko", "Delete {name}?", name=link)
        assert said == '<a href="/">공지</a>를 지울까요?'
        assert hasattr(said, "__html__")
        both = languages.translate("board", "en", "<i> {a} {b}", a=link, b="<script>")
        assert both == '&lt;i&gt; <a href="/">공지</a> &lt;script&gt;'


class TestCoreCatalogue:
    def test_every_text_of_core_is_translated(self) -> None:
        languages = Languages()
        catalogue = languages.catalogue(CORE, "ko")
        missing = {
            texts: where
            for texts, where in core_messages().items()
            if texts[0] not in catalogue.single and texts not in catalogue.plural
        }
        assert not missing

    def test_every_text_stands_once(self) -> None:
        text = files("maru").joinpath("locale/ko/LC_MESSAGES/maru.po").read_text("utf-8")
        ids = re.findall(r'^msgid (".+"|""\n".*")$', text, re.MULTILINE)
        assert sorted(one for one in set(ids) if ids.count(one) > 1) == []

    def test_translations_name_the_arguments_of_their_texts(self) -> None:
        for text, translation in Languages().catalogue(CORE, "ko").single.items():
            assert _names(translation) == _names(text), text


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class TestNegotiate:
    @pytest.mark.parametrize(
        ("header", "preferred", "right"),
        [
            ("ko-KR,ko;q=0.9,en;q=0.8", None, "ko"),
            ("en-US,en;q=0.9,ko;q=0.8", None, "en"),
            ("ko;q=0.1,en;q=0.9", None, "en"),
            ("ja,fr;q=0.5", None, "ko"),
            ("en", "ko", "ko"),
            ("ko", "en-GB", "en"),
            ("ko", "xx", "ko"),
            (None, None, "ko"),
            ("*;q=broken,,;q=", None, "ko"),
            ("en;q=0", None, "ko"),
        ],
    )
    def test_chooses(self, header: str | None, preferred: str | None, right: str) -> None:
        assert negotiate(header, preferred) == right

    def test_korean_comes_first(self) -> None:
        assert LOCALES[0] == "ko"
