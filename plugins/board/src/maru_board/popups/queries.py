"""Every SELECT about pop-ups."""

from typing import Any
from uuid import UUID

from maru_board.models import Board, Post
from maru_board.popups.models import Popup, PopupHidden
from maru_board.popups.schemas import Hidden, PopupOut
from maru_board.queries import locked
from maru_sdk.db import ARRAY, Query, Uuid, asc, bindparam, col, func, select, select_as

_SHOWN = (
    select_as(PopupOut, Popup, board_id=Post.board_id, title=Post.title)
    .join(Post, col(Post.id) == Popup.post_id)
    .join(Board, col(Board.id) == Post.board_id)
)
# Those that have not ended: the few that begin later are left out where they are shown.
POPUPS = Query(
    _SHOWN.where(
        col(Popup.ends_at) > bindparam("since"), col(Post.is_published), ~col(Board.is_deleted)
    ).order_by(asc(Popup.ends_at)),
    PopupOut,
)
POPUP = Query(_SHOWN.where(col(Popup.post_id) == bindparam("post_id")), PopupOut)
HIDDEN = Query(
    select_as(Hidden, PopupHidden).where(
        col(PopupHidden.popup_id) == func.any(bindparam("popups", type_=ARRAY(Uuid()))),
        col(PopupHidden.person_id) == bindparam("reader"),
        col(PopupHidden.until) > bindparam("since"),
    ),
    Hidden,
)


def popup_locked(post_id: UUID) -> Any:
    """A pop-up that is about to go."""
    return locked(select(Popup).where(col(Popup.post_id) == post_id))
