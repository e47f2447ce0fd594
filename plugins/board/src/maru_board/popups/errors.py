"""What can be refused of pop-ups."""

from maru_sdk import InvalidInput, NotFound


class PopupNotFound(NotFound):
    """The post is there, and doesn't pop up."""

    message = "This post doesn't pop up"


class EndsTooEarly(InvalidInput):
    """Nobody would ever see it."""

    message = "A pop-up ends after it begins, and not in the past"
