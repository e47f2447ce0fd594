"""Why a file, or a piece of one, isn't taken."""

from maru_sdk import Conflict, InvalidInput, MaruError, NotFound, Temporary
from maru_sdk.files import FileRefused


class StorageFull(Conflict):
    """409: the tenant has as many bytes as its operator allows; what is there stays."""

    code = "QUOTA_REACHED"
    message = "The storage of your company is full: not more than {limit} bytes can be kept here"


class NameRefused(FileRefused):
    """422: nothing is left of a name without what no name may have."""

    message = "A file needs a name"


class ExecutableRefused(FileRefused):
    """422: a program."""

    message = "{name} is a program; programs aren't taken"


class ContentRefused(FileRefused):
    """422: what a file holds isn't what its name says."""

    message = "{name} isn't what its name says: it holds something else"


class DoubleMeaning(FileRefused):
    """422: a file that two programs would read as two different things."""

    message = "{name} is two kinds of file in one, which is how harmful ones are hidden"


class TypeRefused(FileRefused):
    """422: a type that the tenant doesn't take."""

    message = "Files of the type {type} aren't taken here"


class UploadNotFound(NotFound):
    """404: an upload that is over, or never was this person's."""

    code = "UPLOAD_NOT_FOUND"
    message = "This upload is over; begin it anew"


class OffsetConflict(Conflict):
    """409: the piece doesn't begin where the last one ended."""

    code = "UPLOAD_OFFSET"
    message = "The upload goes on at byte {offset}"


class WrongProtocol(MaruError):
    """412: the client speaks another version of tus."""

    status = 412
    code = "UPLOAD_VERSION"
    message = "This server speaks tus 1.0.0"


class WrongPiece(InvalidInput):
    """422: a header of an upload that isn't there or can't be understood."""

    code = "UPLOAD_HEADER"
    message = "The header {header} is missing or wrong"


class DirectNotOffered(NotFound):
    """404: this installation's store takes nothing but from us."""

    code = "UPLOAD_NOT_DIRECT"
    message = "Files can't be sent straight to the store here"


class WrongPieceType(MaruError):
    """415: a piece must be called what it is."""

    status = 415
    code = "UPLOAD_TYPE"
    message = "A piece of an upload is application/offset+octet-stream"


class ChecksumMismatch(MaruError):
    """460, tus's own: what came isn't what was sent; nothing of it is kept."""

    status = 460
    code = "UPLOAD_CHECKSUM"
    message = "A part of the file was damaged on its way; send it once more"


class StoreAway(Temporary):
    """503: the store doesn't answer or refuses."""

    code = "FILE_STORE_AWAY"
    message = "The store of files can't be reached at the moment"


class LinkOver(NotFound):
    """404: a signed link whose time is over, or that nobody signed."""

    code = "FILE_LINK_OVER"
    message = "This link is over; ask for a new one"


class ScannerMissing(Temporary):
    """503: a scanner that the operator requires is offered by no plugin that is on."""

    code = "SCANNER_MISSING"
    message = "The virus scanner {scanner} isn't there"


class NotDrawable(InvalidInput):
    """422: no picture can be made: the file is damaged, or has more pixels than anybody draws."""

    code = "PICTURE_UNREADABLE"
    message = "No picture can be made of this file"


class VariantNotFound(NotFound):
    """404: there is no picture of this file, or not of this size."""

    code = "FILE_NO_PICTURE"
    message = "There is no such picture of this file"
