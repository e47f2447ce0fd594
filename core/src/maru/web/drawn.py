"""Pages that were drawn before and would look the same again."""

from collections.abc import Callable
from dataclasses import replace

from markupsafe import escape

from maru.cache.recent import Recent
from maru.web.shell import PageShell
from maru_sdk import Model

PAGES = 500


class Unchanging(Model):
    """A page's model that is the same object as long as the page has the same content.

    Its template may use nothing but the model's fields and the shell, and no relative times.
    """


class Fragment(Model):
    """A part of a page, ready and the same for all who may see it; empty while it isn't made.

    `version` names the HTML, so that a browser that has it is told no more than that.
    """

    html: str
    version: str
    made_at: float = 0.0


class DrawnPages:
    """The HTML of such pages, for those who see the same shell around it."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._kept: Recent[tuple[int, str, PageShell], tuple[Unchanging, bytes]] = Recent(PAGES)

    def page(
        self, model: Unchanging, locale: str, shell: PageShell, draw: Callable[[PageShell], bytes]
    ) -> bytes:
        """The page with this session's token in it, drawn where it isn't kept."""
        common = replace(
            shell,
            csrf=self._mark,
            trace="",
            navigation=tuple(shell.navigation),
            notices=tuple(shell.notices),
        )
        key = (id(model), locale, common)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept.put(key, (model, draw(common)))
        return kept[1].replace(self._mark.encode(), str(escape(shell.csrf)).encode())
