"""Which help belongs to which page, found by the page's address.

`/board/posts/{post_id}/edit` has the help `board.posts.edit`, else `board.posts`, else `board`:
the fixed words of its address, as many as a text was written for. A plugin's texts stand in its
package as `help/<language>/posts.edit.md` and so on, `index.md` for its first page and `admin.md`
for its pages in the admin area; core's are named in full.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from maru.help.text import HelpText, help_text
from maru.plugins.registry import Installed, PluginHost
from maru.web.languages import LOCALES
from maru_sdk.declarations import PageDeclaration

log = logging.getLogger(__name__)

HERE: Final = "/help"
_FIRST: Final = "index"
_ADMIN: Final = "admin"


@dataclass(frozen=True, eq=False)
class Screen:
    """The help of one screen, by language, and the pages that it is for."""

    name: str
    whose: Installed
    texts: Mapping[str, HelpText]
    pages: list[PageDeclaration] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is read."""
        return f"{HERE}/{self.name}"

    @property
    def admin(self) -> bool:
        """Whether it is for administrators."""
        return self.name.partition(".")[0] == _ADMIN

    def text(self, locale: str) -> HelpText:
        """The text in the reader's language, else in the first that there is."""
        return self.texts.get(locale) or next(iter(self.texts.values()))


class Library:
    """The help of all plugins of a process."""

    def __init__(self, host: PluginHost) -> None:
        self.screens: dict[str, Screen] = {}
        by_word = {one.url: one for one in host.everyone()}
        for name, texts in _read(Path(__file__).parent):
            self._add(name, by_word[name.partition(".")[0]], texts)
        for one in host.everyone():
            if not one.core and one.folder is not None:
                for name, texts in _read(one.folder / "help"):
                    self._add(_full(one.url, name), one, texts)
        for label, page in _pages(host):
            if screen := self.at(label):
                screen.pages.append(page)

    def at(self, label: str) -> Screen | None:
        """The help for the pages at this address (`/board/posts/{post_id}`)."""
        words = [word for word in label.split("/") if word and "{" not in word]
        for length in range(len(words), 0, -1):
            if screen := self.screens.get(".".join(words[:length])):
                return screen
        return None

    def url_of(self, label: str) -> str:
        """Where the help for the pages at this address is read; empty where there is none."""
        screen = self.at(label)
        return "" if screen is None else screen.url

    def _add(self, name: str, whose: Installed, texts: Mapping[str, HelpText]) -> None:
        self.screens.setdefault(name, Screen(name, whose, texts))


@lru_cache(maxsize=4)
def library_of(host: PluginHost) -> Library:
    """The library of a process, read when it is first wanted."""
    return Library(host)


def _full(word: str, name: str) -> str:
    """A screen's name from that of a plugin's file."""
    first, *rest = name.split(".")
    if first == _ADMIN:
        return ".".join([_ADMIN, word, *rest])
    return word if name == _FIRST else f"{word}.{name}"


def _pages(host: PluginHost) -> Iterator[tuple[str, PageDeclaration]]:
    for kind, above in (("pages", ""), ("admin_pages", "/admin")):
        for whose, page in host.declared(kind):
            if isinstance(page, PageDeclaration):
                yield f"{above}/{whose.url}{page.path}", page


def _read(folder: Path) -> Iterator[tuple[str, Mapping[str, HelpText]]]:
    """The texts below a folder by name, each in the languages that it was written in."""
    files = {locale: folder / locale for locale in LOCALES}
    names = {file.stem for place in files.values() for file in place.glob("*.md")}
    for name in sorted(names):
        found = {locale: _text(place / f"{name}.md") for locale, place in files.items()}
        texts = {locale: text for locale, text in found.items() if text is not None}
        if texts:
            yield name, texts


def _text(file: Path) -> HelpText | None:
    try:
        return help_text(file.read_text("utf-8")) if file.is_file() else None
    except ValueError as fault:  # one bad text costs nobody the others
        fields = {"file": file.name, "fault": str(fault)}
        log.error("a help text can't be read", extra={"fields": fields})
        return None
