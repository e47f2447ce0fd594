"""What a plugin shows people on their portal page besides portlets: pop-ups. Import it where you
need it."""

from pydantic import Field

from maru_sdk._context import Context
from maru_sdk._model import Model
from maru_sdk._points import extension_point
from maru_sdk.rich import RichText

__all__ = ["Popup", "PopupAsk", "Popups", "popups"]

_PATH = r"^/([^/\\].*)?$"


class PopupAsk(Model):
    """Somebody has opened their portal page."""


class Popup(Model):
    """Something that this reader should see now.

    `key` is its own among the plugin's: who closes it doesn't see it again until their browser is
    closed. `url` is the page that tells more. `hide_url` is an action without fields of its own
    that has it stay away for today: its button is shown where there is one.
    """

    key: str = Field(min_length=1, max_length=100)
    title: str = Field(min_length=1, max_length=300)
    html: RichText = Field("", max_length=100_000)
    url: str = Field(pattern=_PATH, max_length=500)
    hide_url: str = Field("", pattern=r"^(/([^/\\].*)?)?$", max_length=500)


class Popups(Model):
    """What one plugin shows."""

    popups: list[Popup] = Field(default_factory=list, max_length=5)


@extension_point("collect", deadline="500ms")
async def popups(ctx: Context, ask: PopupAsk) -> Popups:
    """What this reader should see on their portal page.

    Called each time a portal page is opened, after it is shown, as its reader: answer from what is
    cached. Give only what the reader may see and hasn't had stay away. A late or failing answer is
    left out.
    """
    raise NotImplementedError  # a point has no answer of its own
