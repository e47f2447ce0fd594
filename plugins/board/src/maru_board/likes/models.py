"""The table of likes."""

from uuid import UUID

from maru_board.models import Post
from maru_sdk.db import TenantModel, person_id, reference, unique


class PostLike(TenantModel, table=True):
    """That a person likes a post."""

    __table_args__ = (unique("post_id", "person_id"),)

    post_id: UUID = reference(Post, index=False)
    person_id: UUID = person_id(index=False)
