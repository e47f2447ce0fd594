"""Markdown as people write it, made into the rich text that everything else reads."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import TypeAdapter

from maru_sdk.rich import RichText

_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)
# Signs that nobody types stand for a part while it is looked for.
_BEGIN, _END = "\ue000", "\ue001"
_SPOT: Final = re.compile(f"{_BEGIN}([0-9]{{1,6}}){_END}")
_RICH: Final[TypeAdapter[str]] = TypeAdapter(RichText)


def html_of_markdown(source: str) -> str:
    """Rich text of a Markdown source. Marks of HTML in it stay letters; what is made of it goes
    through the same cleaning as what the editor sends."""
    return _RICH.validate_python(_MARKDOWN.render(source)) if source.strip() else ""


def words_among(source: str, spots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Which of these parts of a Markdown source stand among its words: not in code, nor in a link
    or its address."""
    if not spots:
        return []
    parts, at = [], 0
    for number, (begins, ends) in enumerate(spots):
        parts += [source[at:begins], f"{_BEGIN}{number}{_END}"]
        at = ends
    tokens = _MARKDOWN.parse("".join([*parts, source[at:]]))
    seen = "".join(text for token in tokens for text in _words(token.children or ()))
    among = {int(number) for number in _SPOT.findall(seen)}
    return [spot for number, spot in enumerate(spots) if number in among]


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    inside = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            inside += token.nesting
        elif token.type == "text" and not inside:
            yield token.content
