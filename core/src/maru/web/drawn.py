"""Pages that were drawn before and would look the same again, whole or but for some parts."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from markupsafe import escape

from maru.cache.recent import Recent
from maru.web.shell import PageShell
from maru_sdk import Model

PAGES = 500
_SEAM = f"seam-{secrets.token_hex(12)}-"  # nothing that anybody writes has it
_SEAMS = re.compile(f"{_SEAM}(\\d+)\\.".encode())
Draw = Callable[[PageShell], bytes]


class Unchanging(Model):
    """A page's model that is the same object as long as the page has the same content.

    Its template may use nothing but the model's fields and the shell, and no relative times.
    """


class Composed(Unchanging):
    """A page whose parts are HTML already: `view` is drawn once, with `seam(number)` where the part
    of this number stands."""

    view: Unchanging
    parts: tuple[str, ...]


def seam(number: int) -> str:
    """What stands for a part while the page around it is drawn."""
    return f"{_SEAM}{number}."


class Fragment(Model):
    """A part of a page, ready and the same for all who may see it; empty while it isn't made.

    `version` names the HTML, so that a browser that has it is told no more than that.
    """

    html: str
    version: str
    made_at: float = 0.0


_Key = tuple[int, str, PageShell]


class DrawnPages:
    """The HTML of such pages, for those who see the same shell around it."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._kept: Recent[_Key, tuple[Unchanging, bytes]] = Recent(PAGES)
        self._around: Recent[_Key, tuple[Unchanging, list[bytes]]] = Recent(PAGES)

    def page(self, model: Unchanging, locale: str, shell: PageShell, draw: Draw) -> bytes:
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
            html = self._composed(model, key, draw) if isinstance(model, Composed) else draw(common)
            kept = self._kept.put(key, (model, html))
        return kept[1].replace(self._mark.encode(), str(escape(shell.csrf)).encode())

    def _composed(self, model: Composed, key: _Key, draw: Draw) -> bytes:
        """What is around the parts is kept beyond them: a changed part costs no drawing."""
        _, locale, common = key
        around = (id(model.view), locale, common)
        kept = self._around.get(around)
        if kept is None:
            kept = self._around.put(around, (model.view, _SEAMS.split(draw(common))))
        pieces = list(kept[1])  # every second one is a part's number
        pieces[1::2] = [model.parts[int(n)].encode("utf-8", "replace") for n in pieces[1::2]]
        return b"".join(pieces)
