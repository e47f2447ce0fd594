"""What can be refused of comments: `BOARD_COMMENT_NOT_FOUND`, `BOARD_TOO_MANY_MENTIONS`."""

from maru_sdk import InvalidInput, NotFound


class CommentNotFound(NotFound):
    """There is no such comment."""

    message = "There is no such comment"


class TooManyMentions(InvalidInput):
    """A comment calls a few people, not the whole company one by one."""

    message = "At most {most} people and departments can be mentioned at once"


class UnknownMention(InvalidInput):
    """Somebody who isn't there can't be called."""

    message = "Somebody who is mentioned isn't there"
