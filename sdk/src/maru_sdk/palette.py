"""What a plugin adds to the command palette (Ctrl-K) and to the page `/search`: things to do.

The pages of the navigation, people and help are found without it.
"""

from pydantic import Field

from maru_sdk._context import Context
from maru_sdk._model import Model
from maru_sdk._points import extension_point

__all__ = ["Command", "Commands", "Sought", "commands"]


class Sought(Model):
    """What somebody has typed; empty when the palette has just opened."""

    text: str = ""


class Command(Model):
    """One thing to do, as a page that it begins on: `Command(title=ctx.t("New post in {board}",
    board=board.name), url=f"/board/posts/new?board={board.id}", icon="pencil")`.

    `title` is in the reader's language; `keywords` are further words by which it is found. `url`
    is a path on this site.
    """

    title: str = Field(min_length=1, max_length=200)
    url: str = Field(pattern=r"^/([^/\\].*)?$", max_length=500)
    icon: str = Field("chevron-right", pattern=r"^[a-z0-9-]{1,50}$")
    keywords: list[str] = Field(default_factory=list, max_length=20)


class Commands(Model):
    """What one plugin offers."""

    commands: list[Command] = Field(default_factory=list, max_length=100)


@extension_point("collect", deadline="300ms")
async def commands(ctx: Context, ask: Sought) -> Commands:
    """Things that this reader may do now.

    Called at each look into the palette, for every plugin that is on, so answer from what is
    cached. Offer only what `ctx.can` allows. Core leaves those whose title and keywords fit what
    was typed (by letters, initial consonants or both), so `ask` may be ignored; it is there for
    who has too many to offer them all. A late or failing answer is left out.
    """
    raise NotImplementedError  # a point has no answer of its own
