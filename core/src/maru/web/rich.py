"""Rich text on pages: as its reader sees it, and as its editor takes it."""

from typing import NamedTuple

from markupsafe import Markup

from maru_sdk._rich import shown as clean
from maru_sdk.rich import html_of, text_of


class Source(NamedTuple):
    """A text as its editor begins with it, and as people without script write it."""

    html: str
    plain: str


def shown(html: str | None) -> Markup:
    """Rich text for a page. What it is made of is cleaned here, so no template can forget it."""
    return Markup(clean(html or ""))  # noqa: S704 - cleaned


def source(value: object) -> Source:
    """What an editor begins with. Text without marks is plain text to those without script, if
    it comes back the same from there; what can't be read is left as it was typed."""
    typed = str(value or "")
    html = clean(typed)
    plain = text_of(html)
    return Source(html, plain if html_of(plain) == html else html)
