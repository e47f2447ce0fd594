"""A help text: Markdown whose first line is its title, made into HTML that holds none of its own.

Raw HTML stays text and pictures are left out, so that a plugin's help can't bring anything into a
page but words and links.
"""

import re
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_TITLE: Final = re.compile(r"\A#\s+(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HelpText:
    """One screen's help in one language; `words` is what search looks into."""

    title: str
    html: Markup
    words: str


def help_text(source: str) -> HelpText:
    """Reads one file; ValueError where it has no title."""
    found = _TITLE.match(source)
    if found is None:
        raise ValueError("a help text begins with a line '# Title'")
    body = source[found.end() :].strip()
    html = Markup(_MARKDOWN.render(body))  # noqa: S704 (raw HTML is off)
    return HelpText(found[1], html, " ".join(html.striptags().split()))
