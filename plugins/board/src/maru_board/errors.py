"""What can be refused here. Codes are made of the class names: `BOARD_POST_NOT_FOUND`,
`BOARD_CLOSED`."""

from maru_sdk import Conflict, InvalidInput, NotFound


class BoardNotFound(NotFound):
    """There is no such board."""

    message = "There is no such board"


class PostNotFound(NotFound):
    """There is no such post, or it isn't published yet."""

    message = "There is no such post"


class BoardClosed(Conflict):
    """A closed board takes no new posts and comments."""

    message = "{board} is closed"


class BoardNotEmpty(Conflict):
    """Deleting a board deletes its posts; who wants that says so."""

    message = "{board} still has posts"


class PostAlreadyPublished(Conflict):
    """Only a post that waits can be given another time."""

    message = "The post is already published"


class EditedMeanwhile(Conflict):
    """Somebody else saved after the form was opened; nobody's words are overwritten unseen."""

    message = "Somebody changed the post while you were writing"


class NobodyMeant(InvalidInput):
    """What is meant for some departments names them."""

    message = "Choose at least one department, or everybody"
