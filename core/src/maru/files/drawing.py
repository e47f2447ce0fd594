"""Draws the pictures of a file: smaller ones, and the whole without what a camera notes in it.

It runs in a child with bounds, never in a process that serves: what is drawn came from anybody.
"""

from maru.files.errors import NotDrawable
from maru_sdk import Model


class Drawing(Model):
    """What to draw, and the folder where the pictures go."""

    path: str
    media_type: str
    folder: str


class Drawn(Model):
    """One picture: which it is, and the file in the folder."""

    name: str
    media_type: str
    file: str


class Pictures(Model):
    """All pictures of a file."""

    drawn: list[Drawn]


def draw(ask: Drawing) -> Pictures:
    """The pictures of a file, each in two types. Raises NotDrawable."""
    from maru.files.painting import painted  # what serves doesn't load it

    try:
        return Pictures(drawn=list(painted(ask)))
    except (OSError, ValueError, SyntaxError, ArithmeticError, EOFError) as error:
        raise NotDrawable(reason="damaged") from error
