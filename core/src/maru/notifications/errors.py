"""What can be wrong with what is asked of notifications."""

from maru_sdk import NotFound


class NotificationNotFound(NotFound):
    """The reader has no such notification."""

    code = "NOTIFICATION_NOT_FOUND"
    message = "This notification isn't there any more"


class NotificationKindUnknown(NotFound):
    """There is no such kind, or its plugin is off."""

    code = "NOTIFICATION_KIND_UNKNOWN"
    message = "There is no such kind of notification here"


class UnsubscribeLinkOver(NotFound):
    """The link that ends mails isn't one, is another company's, or too old."""

    code = "UNSUBSCRIBE_LINK_OVER"
    message = "This link is no longer valid; sign in to choose which mails you get"
