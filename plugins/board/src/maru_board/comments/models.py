"""The table of comments."""

from uuid import UUID

from maru_board.models import Post
from maru_sdk.db import TenantModel, index, person_id, reference


class Comment(TenantModel, table=True):
    """A comment. `thread_id` is the comment that began the thread, itself for the first one: ids
    grow with time, so (thread_id, id) is the order of reading. Beneath an anonymous post it has no
    author here: see `SealedAuthor`."""

    __table_args__ = (index("post_id", "thread_id", "id"), index("parent_id"))

    post_id: UUID = reference(Post)
    thread_id: UUID
    parent_id: UUID | None = reference("Comment", default=None)
    author_id: UUID | None = person_id(default=None, index=False)
    content: str
    is_deleted: bool = False
