"""Every screen has help in both languages, and help says what is there."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from tests.plugins.unfurnished import ACCOUNT, BOARD, NOTIFICATIONS, POINTS, SEARCH

from maru.help.library import Library, Screen
from maru.help.text import help_text
from maru.house import core_plugins
from maru.plugins.registry import Installed, PluginHost
from maru.web.languages import CORE, LOCALES, Languages
from maru_sdk.declarations import PageDeclaration

HOST = PluginHost.load(core_plugins(ACCOUNT, POINTS, BOARD, SEARCH, NOTIFICATIONS), strict=True)
LIBRARY = Library(HOST)
OURS = ("board",)
BOLD = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"\]\((/[^)\s]*)\)")
WHOLE = re.compile(r"\{% extends [^%]*\"maru/(base|bare)\.html\"")


def pages() -> Iterator[tuple[str, Installed, PageDeclaration]]:
    for kind, above in (("pages", ""), ("admin_pages", "/admin")):
        for whose, page in HOST.declared(kind):
            if isinstance(page, PageDeclaration) and (whose.core or whose.key in OURS):
                yield f"{above}/{whose.url}{page.path}", whose, page


def draws_a_page(whose: Installed, page: PageDeclaration) -> bool:
    """Whether it is more than a part that an open page fetches."""
    assert whose.templates is not None
    file = whose.templates / page.template
    return file.is_file() and WHOLE.search(file.read_text()) is not None


DRAWN = [label for label, whose, page in pages() if draws_a_page(whose, page)]
OWN = [one for one in LIBRARY.screens.values() if one.whose.core or one.whose.key in OURS]


def test_there_are_pages_to_look_at() -> None:
    assert len(DRAWN) > 60


@pytest.mark.parametrize("label", sorted(DRAWN))
def test_a_page_has_help_in_both_languages(label: str) -> None:
    screen = LIBRARY.at(label)
    assert screen is not None, f"no help for {label}"
    assert set(screen.texts) == set(LOCALES)


@pytest.mark.parametrize("screen", OWN, ids=lambda one: one.name)
class TestScreen:
    def test_is_for_a_page(self, screen: Screen) -> None:
        assert screen.pages

    def test_quotes_words_that_are_on_the_screen(self, screen: Screen) -> None:
        for locale in screen.texts:
            known = words(screen, locale)
            quoted = set(BOLD.findall(source(screen, locale)))
            assert {one for one in quoted if one.strip(":") not in known} == set(), locale

    def test_leads_to_pages_that_there_are(self, screen: Screen) -> None:
        there = {label.replace("/portal", "/") for label, _, _ in pages()} | set(DRAWN)
        for locale in screen.texts:
            found = {url.partition("?")[0] for url in LINK.findall(source(screen, locale))}
            assert found <= there | {"/"}, locale

    def test_says_what_may_go_wrong(self, screen: Screen) -> None:
        assert {text.html.count("<h2>") for text in screen.texts.values()} == {2}


def source(screen: Screen, locale: str) -> str:
    """The file as it was written."""
    if screen.whose.core:
        return (Path(str(files("maru"))) / "help" / locale / f"{screen.name}.md").read_text()
    assert screen.whose.folder is not None
    name = screen.name.partition(".")[2] or "index"
    return (screen.whose.folder / "help" / locale / f"{name}.md").read_text()


def words(screen: Screen, locale: str) -> set[str]:
    """Everything that core and the screen's plugin say in a language."""
    keys = {CORE, screen.whose.key}
    folder = screen.whose.folder
    extra = {} if screen.whose.core or folder is None else {screen.whose.key: folder / "locale"}
    languages = Languages(extra)
    catalogues = [languages.catalogue(key, "ko").single for key in keys]
    said = {t for one in catalogues for t in (one if locale == "en" else one.values())}
    return said | {text.rstrip(".") for text in said}


class TestText:
    def test_html_stays_text(self) -> None:
        text = help_text("# A\n<script>x</script> <b onclick=y>z</b>\n\n![p](/p.png)")
        assert "<script" not in text.html
        assert "<b" not in text.html
        assert "<img" not in text.html

    @pytest.mark.parametrize(
        "url", ["javascript:x", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x"]
    )
    def test_links_can_not_be_script(self, url: str) -> None:
        assert "<a" not in help_text(f"# A\n[x]({url})").html

    def test_needs_a_title(self) -> None:
        with pytest.raises(ValueError, match="begins with"):
            help_text("no title")


def test_a_plugins_text_that_is_broken_costs_nobody_the_others(tmp_path: Path) -> None:
    board = HOST.installed["board"]
    assert LIBRARY.screens["board"].whose is board
    from maru.help.library import _read

    for locale in LOCALES:
        (tmp_path / locale).mkdir()
    (tmp_path / "ko" / "good.md").write_text("# Good")
    (tmp_path / "ko" / "bad.md").write_bytes(b"# \xff\xfe")
    (tmp_path / "en" / "untitled.md").write_text("text")
    assert [name for name, _ in _read(tmp_path)] == ["good"]
