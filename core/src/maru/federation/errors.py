"""Why a sign-in elsewhere came to nothing, each with the code that the sign-in page knows.

What exactly was wrong with an answer (`why`) is for the log and the audit trail: a stranger who
forges answers learns nothing from ours.
"""

from typing import ClassVar, Final

from maru_sdk import Conflict, InvalidInput, MaruError, NotFound


class SignInStopped(MaruError):
    """403: the sign-in came to nothing; the base of all reasons."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "SIGN_IN_STOPPED"
    message: ClassVar[str] = "The sign-in did not succeed; please try again"

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class ProviderUnknown(SignInStopped):
    """The tenant has no such way to sign in, or it is switched off."""

    code = "SIGN_IN_PROVIDER_UNKNOWN"
    message = "This way to sign in is not available"


class ProviderAway(SignInStopped):
    """503: the other side can't be reached, or is slow, or isn't set up rightly."""

    status = 503
    code = "SIGN_IN_PROVIDER_AWAY"
    message = "The sign-in service can't be reached at the moment; please try again later"


class ProviderRefused(SignInStopped):
    """The other side says no: the person pressed cancel, or may not use it."""

    code = "SIGN_IN_PROVIDER_REFUSED"
    message = "The sign-in service did not let you in"


class BegunElsewhere(SignInStopped):
    """The answer belongs to no sign-in that this browser has begun of late, or comes again."""

    code = "SIGN_IN_BEGUN_ELSEWHERE"
    message = "This sign-in was begun in another browser or too long ago; please try again"


class AnswerUntrusted(SignInStopped):
    """The answer isn't signed, addressed or timed as it must be."""

    code = "SIGN_IN_ANSWER_UNTRUSTED"
    message = "The answer of the sign-in service could not be trusted"


class PersonUnknown(SignInStopped):
    """Nobody here belongs to that account, and nobody is made for it."""

    code = "SIGN_IN_PERSON_UNKNOWN"
    message = "Nobody here belongs to the account that you signed in with; please ask your admins"


class AccountTaken(SignInStopped):
    """The user name belongs to somebody who isn't linked to that account."""

    code = "SIGN_IN_ACCOUNT_TAKEN"
    message = (
        "Your user name is taken here by an account that is not linked yet. "
        "Sign in to it and link it, or ask your admins"
    )


class PersonInactive(SignInStopped):
    """The person was deactivated."""

    code = "SIGN_IN_PERSON_INACTIVE"
    message = "Your account here is switched off; please ask your admins"


class LinkedElsewhere(SignInStopped):
    """That account is linked to another person, or this person to another of its kind."""

    code = "SIGN_IN_LINKED_ELSEWHERE"
    message = "That account is linked to somebody else already"


class DirectoryAccountOff(SignInStopped):
    """The directory knows the password and has switched the account off."""

    code = "SIGN_IN_DIRECTORY_ACCOUNT_OFF"
    message = "Your account in the company's directory is switched off; please ask your admins"


class DirectoryAccountExpired(SignInStopped):
    """The directory knows the password; the account's time is over."""

    code = "SIGN_IN_DIRECTORY_ACCOUNT_EXPIRED"
    message = "Your account in the company's directory has expired; please ask your admins"


class DirectoryPasswordExpired(SignInStopped):
    """The password is right and must be changed in the directory before it opens anything."""

    code = "SIGN_IN_DIRECTORY_PASSWORD_EXPIRED"
    message = (
        "Your password in the company's directory has expired or must be changed first. "
        "Change it there, for example at your computer, and sign in again"
    )


class PasswordsOff(SignInStopped):
    """The company signs in elsewhere; only its admins may use a password."""

    code = "SIGN_IN_PASSWORDS_OFF"
    message = "Passwords are switched off here; please use one of the other ways to sign in"


STOPPED: Final = {
    kind.code: kind.message
    for kind in (
        *(SignInStopped, ProviderUnknown, ProviderAway, ProviderRefused, BegunElsewhere),
        *(AnswerUntrusted, PersonUnknown, AccountTaken, PersonInactive, LinkedElsewhere),
        *(DirectoryAccountOff, DirectoryAccountExpired, DirectoryPasswordExpired),
        PasswordsOff,
    )
}


class ProviderNotFound(NotFound):
    """404: the tenant has no sign-in provider of this key."""

    code = "SIGN_IN_PROVIDER_NOT_FOUND"
    message = "There is no such sign-in provider"


class ProviderExists(Conflict):
    """409: the tenant has a sign-in provider of this key."""

    code = "SIGN_IN_PROVIDER_EXISTS"
    message = "There is already a sign-in provider {key}"


class RoleMapRefused(InvalidInput):
    """422: a line that maps a value to a role can't be read, or names a role that isn't there."""

    code = "SIGN_IN_ROLE_MAP"
    message = "Write one mapping a line, as: value => role"
