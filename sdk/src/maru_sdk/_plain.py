"""What rich text says, without its marks: for lists, mail and search."""

from html.parser import HTMLParser
from typing import Final

_APART: Final = frozenset({"p", "h2", "h3", "h4", "ul", "ol", "blockquote", "pre", "table", "hr"})
_LINES: Final = frozenset({"li", "tr"})
_CELLS: Final = frozenset({"td", "th"})


class _Reader(HTMLParser):
    """Gathers the text, and the line ends that stand for what was a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._ended = 2  # how many lines have ended since something was said
        self._inside = 0  # entries and cells, in which lines don't stand apart
        self._kept = 0  # blocks that keep their line ends

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._say("\n")
        elif tag in _CELLS:
            self._say("" if self._ended else "\t")
            self._ended = 2  # a paragraph in a cell or an entry begins no line of its own
        elif tag in _APART or tag in _LINES:
            self._end(1 if tag in _LINES or self._inside else 2)
        if tag == "li":
            self._say("- ")
            self._ended = 2
        self._inside += tag in _CELLS or tag == "li"
        self._kept += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in _CELLS or tag == "li"
        self._kept -= tag == "pre"
        if tag in _APART and tag != "hr" and not self._inside:
            self._end(2)

    def handle_data(self, data: str) -> None:
        self._say(data if self._kept else data.replace("\n", " "))

    def _say(self, text: str) -> None:
        self.text.append(text)
        if text.strip() or text == "\t":
            self._ended = 0

    def _end(self, lines: int) -> None:
        """Ends the line, or with two the paragraph; never more."""
        self.text.append("\n" * max(0, lines - self._ended))
        self._ended = max(self._ended, lines)


def text_of(html: str) -> str:
    """What clean rich text says: paragraphs apart, a line for each entry of a list and row of a
    table, and no marks. Its beginning is an excerpt."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n".join(line.rstrip() for line in "".join(reader.text).splitlines()).strip()
