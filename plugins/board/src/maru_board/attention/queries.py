"""Every SELECT about reading."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board.attention.models import PostView, ReadMark, ViewBatch
from maru_board.attention.schemas import Marked, ReaderOut, UnreadOut
from maru_board.queries import locked, person
from maru_sdk.db import Query, bindparam, col, desc, select, select_as

MARK = Query(
    select_as(Marked, ReadMark).where(
        col(ReadMark.person_id) == bindparam("reader"),
        col(ReadMark.board_id) == bindparam("board_id"),
    ),
    Marked,
)

# Of each board the newest posts are looked through until a hundred are new: however many there
# are, that is at most a hundred and what the mark names.
UNREAD = Query(
    """
    SELECT board.id AS board_id,
      (SELECT count(*) FROM (
        SELECT 1 FROM plugin_board.post
        WHERE post.tenant_id = board.tenant_id AND post.board_id = board.id AND post.is_published
          AND post.published_at > greatest(mark.since, :horizon)
          AND NOT coalesce(jsonb_exists(mark.posts, post.id::text), false)
        ORDER BY post.published_at DESC, post.id DESC
        LIMIT 100
      ) AS found) AS unread
    FROM plugin_board.board
    LEFT JOIN plugin_board.read_mark AS mark
      ON mark.tenant_id = board.tenant_id AND mark.person_id = :reader AND mark.board_id = board.id
    WHERE NOT board.is_deleted
    ORDER BY board.position, board.id
    """,
    UnreadOut,
    params={"reader": UUID, "horizon": datetime},
)

READERS = Query(
    select_as(ReaderOut, PostView, person=person(PostView.person_id), read_at=PostView.created_at)
    .where(col(PostView.post_id) == bindparam("post_id")),
    ReaderOut,
    order=[desc(PostView.id)],
)  # fmt: skip


def mark_locked(reader: UUID, board_id: UUID) -> Any:
    """The mark that is about to move."""
    of_theirs = (col(ReadMark.person_id) == reader, col(ReadMark.board_id) == board_id)
    return locked(select(ReadMark).where(*of_theirs))


def batches_before(moment: datetime) -> Any:
    """The batches that no Redis offers any more."""
    return select(ViewBatch.id).where(col(ViewBatch.created_at) < moment)
