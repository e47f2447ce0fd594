"""What can be refused of comments. The code is `BOARD_COMMENT_NOT_FOUND`."""

from maru_sdk import NotFound


class CommentNotFound(NotFound):
    """There is no such comment."""

    message = "There is no such comment"
