"""The face: an event, a point, and seven quick portlets."""

from maru_hall.api import Opened, Said, echoes, greetings, may_pass
from maru_sdk import Context, Plugin, portlet
from maru_sdk.declarations import Portlet


def made(number: int) -> Portlet:
    """A portlet that says its number."""

    async def said(ctx: Context) -> Said:
        return Said(said=str(number))

    said.__name__ = f"said{number}"
    return portlet(title="Said", size=(2, 2), template="hall/said.html")(said)


plugin = Plugin(
    title="Hall",
    publishes=[Opened, echoes, greetings, may_pass],
    portlets=[made(number) for number in range(7)],
)
