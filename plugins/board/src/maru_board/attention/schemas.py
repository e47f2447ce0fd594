"""What comes in and goes out of reading."""

from datetime import datetime
from uuid import UUID

from maru_board.schemas import Author
from maru_sdk import Model


class Marked(Model):
    """What of a board a person has read: all until `since`, and `posts` of what came later."""

    since: datetime
    posts: dict[str, str]

    def is_unread(self, post_id: UUID, published_at: datetime) -> bool:
        """Whether a post is new to them."""
        return published_at > self.since and str(post_id) not in self.posts


class UnreadOut(Model):
    """How many posts of a board its reader hasn't opened yet; never more than a hundred are
    counted."""

    board_id: UUID
    unread: int


class ReaderOut(Model):
    """Somebody who has read a notice, and since when."""

    id: UUID
    person: Author
    read_at: datetime
