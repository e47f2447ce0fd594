"""The tables of who has read what."""

from uuid import UUID

from maru_board.models import Post
from maru_sdk.db import TenantModel, person_id, reference, unique


class PostView(TenantModel, table=True):
    """That a person has read a post: one row a reader, so reading again writes nothing."""

    __table_args__ = (unique("post_id", "person_id"),)

    post_id: UUID = reference(Post, index=False)
    person_id: UUID = person_id(index=False)
