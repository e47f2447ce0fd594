"""What can be refused of following."""

from maru_sdk import Conflict, NotFound


class SubscriptionNotFound(NotFound):
    """The reader doesn't follow that."""

    message = "You don't follow that"


class TooManySubscriptions(Conflict):
    """Who follows everything follows nothing."""

    message = "You can follow at most {most} boards, posts and authors"
