"""What plugins show people when they open their portal, fetched once the page is there."""

from maru.plugins.context import Call
from maru_sdk import Model, portal

MOST = 5


class PopupsView(Model):
    """The pop-ups, those of each plugin together."""

    popups: list[portal.Popup]


async def popups_of(call: Call) -> PopupsView:
    """What this reader should see now; a handful, however many there are."""
    answers = await call.services.points.collect(call, portal.popups, portal.PopupAsk())
    found = [one for answer in answers for one in answer.popups]
    return PopupsView(popups=found[:MOST])
