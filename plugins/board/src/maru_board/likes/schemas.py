"""What goes out of likes."""

from maru_sdk import Model


class Liked(Model):
    """Whether the reader likes a post, and how many do."""

    liked: bool
    like_count: int
