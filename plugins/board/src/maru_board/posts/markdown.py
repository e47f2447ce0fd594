"""Markdown as people write it, made into the rich text that everything else reads."""

from typing import Final

from markdown_it import MarkdownIt
from pydantic import TypeAdapter

from maru_sdk.rich import RichText

_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)
_RICH: Final[TypeAdapter[str]] = TypeAdapter(RichText)


def html_of_markdown(source: str) -> str:
    """Rich text of a Markdown source. Marks of HTML in it stay letters; what is made of it goes
    through the same cleaning as what the editor sends."""
    return _RICH.validate_python(_MARKDOWN.render(source)) if source.strip() else ""
