"""Rich text: HTML that people wrote, made harmless on its way in.

It is cleaned by the type itself, so that no author of a plugin has to remember it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Annotated, Any, Final
from unicodedata import normalize
from uuid import UUID

import nh3
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError
from pydantic_core.core_schema import no_info_after_validator_function

from maru_sdk._plain import text_of

MOST: Final = 1_000_000
_UNTIDY: Final = 2_000
_DEPTH: Final = 64
_PASSES: Final = 8

_INLINE: Final = frozenset({"strong", "em", "u", "s", "code", "sub", "sup", "a", "br"})
_BLOCKS: Final = frozenset(
    {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_OTHERS: Final = {
    "b": "strong",
    "i": "em",
    "del": "s",
    "strike": "s",
    "ins": "u",
    "div": "p",
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
}
# A picture is a file of ours: whoever sees the text and may not read the file doesn't see it.
_PICTURE: Final = re.compile(
    r"/api/v1/files/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\?variant=800"
)
_FORMATTING: Final = "b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_SPANS: Final = {"colspan": 50, "rowspan": 200}


def _names(names: frozenset[str] | set[str], flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(rf"</?(?:{'|'.join(sorted(names))})(?=[\s/>])[^>]*>", flags)


_TAG: Final = _names({*_INLINE, *_BLOCKS, *_OTHERS, "span", "img"})
_BLOCK: Final = _names({*_BLOCKS, *(name for name, to in _OTHERS.items() if to in _BLOCKS)})
_SHOWS: Final = re.compile(r"<(?:hr|table)>|<img |(?:^|>)[^<]*[^<\s]")
_NOWHERE: Final = re.compile(r'<a(?: rel="[^"]*")?>(.*?)</a>', re.DOTALL)
_SHOWN: Final = re.compile(r'<img [^<>]*?src="/api/v1/files/([0-9a-f-]{36})\?')
_UNSEEN: Final = re.compile(r'<img(?: alt="[^"<>]*")?>')
_STRANGE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_WITH_ATTRIBUTES: Final = re.compile(rf"<({_FORMATTING})[\s/][^>]*>", re.IGNORECASE)
_OTHER: Final = re.compile(rf"<(/?)({'|'.join(_OTHERS)})>")
_TIDY: Final = re.compile(
    r"""<(?:/(?P<ends>[a-z][a-z0-9]*)|(?P<begins>[a-z][a-z0-9]*)(?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>"""
)
_ALONE: Final = frozenset({"br", "hr", "img", "col", "wbr"})


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "alt":
        return re.sub(r'[<>"]', "", value)[:500]
    if name in _SPANS:
        return value if value.isdecimal() and 1 < int(value[:4]) <= _SPANS[name] else None
    return value if name == "rel" or _leads(value.strip()) else None


def _leads(address: str) -> bool:
    """Whether a link may lead there: to a page of ours, another site, or a mailbox."""
    start = address[:8].casefold()
    return start.startswith(("https://", "http://", "mailto:", "#")) or (
        start.startswith("/") and not start.startswith(("//", "/\\"))
    )


_CLEANER: Final = nh3.Cleaner(
    tags={*_INLINE, *_BLOCKS, *_OTHERS, "img"},
    clean_content_tags={"script", "style", "title", "textarea", "xmp", "noembed", "noframes"},
    attributes={"a": {"href"}, "img": {"src", "alt"}, "td": {*_SPANS}, "th": {*_SPANS}},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener nofollow",
)


def html_of(text: str) -> str:
    """Plain text as rich text: blank lines end paragraphs, other line ends stay."""
    return _paragraphs(escape(_plain(text), quote=False))


def pictures_in(html: str) -> list[UUID]:
    """The files that a rich text shows as pictures."""
    return [UUID(found[1]) for found in _SHOWN.finditer(html)]


def with_pictures(html: str, became: Mapping[UUID, UUID]) -> str:
    """The same rich text with other files for its pictures, as `ctx.files.copy` says; those that it
    doesn't name stay."""
    return _SHOWN.sub(lambda found: _other(found, became), html)


def _other(found: re.Match[str], became: Mapping[UUID, UUID]) -> str:
    file_id = UUID(found[1])
    return found[0].replace(found[1], str(became.get(file_id, file_id)))


def _plain(text: str) -> str:
    """Text without what can't be seen, its syllables joined, with one kind of line end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return normalize("NFC", _STRANGE.sub("", lines))


def _paragraphs(html: str) -> str:
    blocks = (block.strip("\n") for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", html))
    lines = (block.replace("\n", "<br>") for block in blocks if block.strip())
    return "".join(f"<p>{line}</p>" for line in lines)


def cleaned(html: str) -> str:
    """Rich text without anything but what its editor writes: headings, lists, quotes, code, tables,
    links to http, https, mailto and pages of ours, pictures that are files of ours, and what
    stresses a word.

    What holds no tag at all is plain text. Cleaning what is clean changes nothing. ValueError where
    so much is nested that it can't be read.
    """
    html = _plain(html)
    if not _TAG.search(html):
        return _settled(html_of(html))
    _check_readable(html)
    return _settled(html if _BLOCK.search(html) else _paragraphs(html))


def _settled(html: str) -> str:
    """Cleaned as often as it changes: what one reading leaves, another may take for something
    else. What never settles is shown as what it says."""
    for _ in range(_PASSES):
        html = _plain(html)
        once = _OTHER.sub(_renamed, _CLEANER.clean(_WITH_ATTRIBUTES.sub(r"<\1>", html)))
        once = _UNSEEN.sub("", _NOWHERE.sub(r"\1", once))
        if not _BLOCK.search(once):
            once = _paragraphs(once)
        if once == html:
            return html if _SHOWS.search(html.replace("&nbsp;", " ")) else ""
        html = once
    return html_of(text_of(html))


def _renamed(found: re.Match[str]) -> str:
    return f"<{found[1]}{_OTHERS[found[2]]}>"


def _check_readable(html: str) -> None:
    """Reading takes a time that grows with the square of what stands inside each other: many tags
    must be so tidy that their depth can be told, and that must be small."""
    if html.count("<") <= _UNTIDY:
        return
    open_tags: list[str] = []
    for tag in re.finditer(r"<[^<>]*>?", html):
        found = _TIDY.fullmatch(tag[0])
        if found is None or not _step(open_tags, found):
            raise PydanticCustomError("too_nested", "too much is nested in this text")


def _step(open_tags: list[str], tag: re.Match[str]) -> bool:
    """Whether the text is still tidy after this tag."""
    if ends := tag["ends"]:
        return bool(open_tags) and open_tags.pop() == ends
    if tag["begins"] not in _ALONE:
        open_tags.append(tag["begins"])
    return len(open_tags) <= _DEPTH


@lru_cache(maxsize=64)
def shown(html: str) -> str:
    """Rich text as a page may show it, from wherever it comes: what was kept is cleaned again."""
    try:
        return cleaned(html)
    except ValueError:
        return html_of(html)


class _Rich:
    """Cleans what is taken, and holds the field's limit to what comes of it."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        taken = handler(source)
        limit = int(taken.get("max_length") or MOST)

        def clean(html: str) -> str:
            if len(kept := cleaned(html)) > limit:
                raise PydanticKnownError("string_too_long", {"max_length": limit})
            return kept

        return no_info_after_validator_function(clean, {**taken, "max_length": limit})


RichText = Annotated[
    str,
    _Rich(),
    Field(json_schema_extra={"x-kind": "rich", "contentMediaType": "text/html"}),
    "HTML that people write: its input is the editor, and what it takes is clean.",
]
