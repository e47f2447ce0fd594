"""Every SELECT about drafts."""

from maru_board.drafts.schemas import DraftOut
from maru_board.models import Draft
from maru_sdk.db import Query, bindparam, col, select_as

DRAFT = Query(
    select_as(DraftOut, Draft).where(
        col(Draft.person_id) == bindparam("person_id"), col(Draft.board_id) == bindparam("board_id")
    ),
    DraftOut,
)
