"""Every SELECT about likes."""

from maru_board.likes.models import PostLike
from maru_board.likes.schemas import Liked
from maru_board.models import Post
from maru_sdk.db import Query, bindparam, col, exists, select, select_as

_MINE = exists(
    select(PostLike.id).where(
        col(PostLike.post_id) == Post.id, col(PostLike.person_id) == bindparam("reader")
    )
)
LIKED = Query(
    select_as(Liked, Post, liked=_MINE).where(col(Post.id) == bindparam("post_id")), Liked
)
