"""What can be refused of required reading."""

from maru_sdk import Conflict, InvalidInput, NotFound


class RequirementNotFound(NotFound):
    """The post is there, and nobody must read it."""

    message = "This post isn't required reading"


class DueInThePast(InvalidInput):
    """Nobody can read something until yesterday."""

    message = "The time until which it must be read is over already"


class RemindedAlready(Conflict):
    """Who was reminded a moment ago isn't reminded again."""

    message = "They were reminded less than an hour ago"
