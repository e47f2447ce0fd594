"""What the portal page asks of the boards."""

from maru_board.permissions import READ
from maru_board.popups.reading import popups_for_reader
from maru_board.reading import words_of
from maru_sdk import Context
from maru_sdk.portal import Popup, PopupAsk, Popups, popups

MOST = 3


@popups.extend
async def board_popups(ctx: Context, ask: PopupAsk) -> Popups:
    """The posts that pop up for this reader now."""
    if not ctx.can(READ):
        return Popups()
    shown: list[Popup] = []
    for one in (await popups_for_reader(ctx))[:MOST]:
        words = await words_of(ctx, one.post_id)
        if words is not None:
            url = f"/board/posts/{one.post_id}"
            shown.append(
                Popup(
                    key=str(one.id),
                    title=words.title,
                    html=words.html,
                    url=url,
                    hide_url=f"{url}/popup/hide",
                )
            )
    return Popups(popups=shown)
