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
    """Somebody else saved after the form was opened; nobody's words are overwritten unseen. The
    details hold what stands there now and what was sent."""

    message = "Somebody changed the post while you were writing"


class AttachmentGone(InvalidInput):
    """A file that was sent before the post has been swept meanwhile, or never was this person's."""

    message = "An attached file isn't there any more; take it out and attach it once more"


class BoardKindUnknown(InvalidInput):
    """A kind that no plugin in use brings."""

    message = "There is no such kind of board"


class BoardGroupUnknown(InvalidInput):
    """The group is no more."""

    message = "There is no such group of boards"


class PrefixUnknown(InvalidInput):
    """The board has no such prefix, or wants one."""

    message = "Choose one of this board's prefixes"


class TextTooLong(InvalidInput):
    """With links for all whom it names, the text is longer than a post may be."""

    message = "The text is too long"


class AnonymousStays(Conflict):
    """An anonymous post can't be copied, or moved to a board that names its authors."""

    message = "An anonymous post can't be taken to a board that names its authors"


class AnonymousTakesNoFiles(Conflict):
    """Who uploads a file is known, so that anonymous posts have none."""

    message = "Anonymous posts take no attachments"


class PostNotInTrash(Conflict):
    """Only what lies in the trash can be restored."""

    message = "This post is not in the trash"


class AnswersNotTaken(Conflict):
    """The board isn't one of questions."""

    message = "Posts on this board take no accepted answer"


class NobodyMeant(InvalidInput):
    """What isn't meant for everybody names somebody."""

    message = "Choose at least one department, role or person, or everybody"
