"""What second factors refuse."""

from maru.identity.errors import NotSignedIn
from maru_sdk import Conflict, InvalidInput, NotFound, RateLimited


class CodeWrong(NotSignedIn):
    """401: no code of this person's, or one that was used before."""

    code = "SECOND_FACTOR_WRONG"
    message = "This code is wrong, or it was used before"


class TooManyCodes(RateLimited):
    """429: too many wrong codes in a row for this account."""

    code = "RATE_LIMITED"
    message = "Too many wrong codes; please wait a little"


class PasskeyRefused(InvalidInput):
    """422: what the device answered is no answer to our question."""

    code = "PASSKEY_REFUSED"
    message = "The passkey could not be checked; please try again"


class FactorNotFound(NotFound):
    """404: the person has no such factor."""

    code = "FACTOR_NOT_FOUND"
    message = "There is no such second factor"


class FactorNeeded(Conflict):
    """409: the last factor of somebody who must have one."""

    code = "FACTOR_NEEDED"
    message = "Your company asks for a second factor; set up another one before you remove this one"


class FactorThere(Conflict):
    """409: an app is set up already."""

    code = "FACTOR_THERE"
    message = "An app is set up already; remove it before you set up another one"
