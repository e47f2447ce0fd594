"""What sign-in refuses, each with the code that clients rely on."""

from collections.abc import Callable
from typing import ClassVar

from maru_sdk import Conflict, InvalidInput, MaruError, NotFound, RateLimited


class NotSignedIn(MaruError):
    """401: nobody is signed in; the base of everything that a fresh sign-in mends."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "UNAUTHENTICATED"
    message: ClassVar[str] = "Please sign in"


class InvalidCredentials(NotSignedIn):
    """The user name or the password is wrong; which of them is never said."""

    code = "INVALID_CREDENTIALS"
    message = "The user name or the password is wrong"


class TokenInvalid(NotSignedIn):
    """No token of ours, or one whose session has ended."""

    code = "TOKEN_INVALID"
    message = "This token is not valid"


class TokenExpired(NotSignedIn):
    """One of our tokens, after its time."""

    code = "TOKEN_EXPIRED"
    message = "This token has expired"


class TokenReused(NotSignedIn):
    """A refresh token that was rotated before: somebody has a copy, so the session has ended."""

    code = "TOKEN_REUSED"
    message = "This token was used before; the session has ended"


class TenantMismatch(MaruError):
    """403: a good token of another tenant."""

    status = 403
    code = "TENANT_MISMATCH"
    message = "This token belongs to another tenant"


class CsrfFailed(MaruError):
    """403: the request does not come from one of our own pages."""

    status = 403
    code = "CSRF_FAILED"
    message = "The page was open for too long or the request came from elsewhere; please try again"


class UserNotFound(NotFound):
    """404: this tenant has no such person."""

    code = "USER_NOT_FOUND"
    message = "There is no such user"


class StepRequired(MaruError):
    """403: who it is has been proved, but a step stands before the session.

    `details.ticket` takes it up where `details.step` says: `POST auth/login/<step>`.
    """

    status = 403
    code = "SIGN_IN_STEP_REQUIRED"
    message = "Signing in takes one more step"

    def __init__(self, step: str, ticket: str) -> None:
        super().__init__(step=step, ticket=ticket)
        self.step, self.ticket = step, ticket


class PasswordChangeRequired(StepRequired):
    """403: a password of one's own has to be chosen first."""

    code = "PASSWORD_CHANGE_REQUIRED"
    message = "Please choose a new password first"


class SessionNotFound(NotFound):
    """404: this person has no such session that goes on."""

    code = "SESSION_NOT_FOUND"
    message = "There is no such session, or it has ended"


class TokenNotFound(NotFound):
    """404: this person has no such token that is good."""

    code = "TOKEN_NOT_FOUND"
    message = "There is no such token, or it has ended"


class TooManyTokens(Conflict):
    """409: somebody has as many tokens as one may."""

    code = "TOO_MANY_TOKENS"
    message = "At most {most} tokens; end one that you don't need"


class TicketOver(NotSignedIn):
    """401: the token of a mail was used, has expired or never was one of this tenant's."""

    code = "TOKEN_INVALID"
    message = "This link is no longer valid"


class TokenOver(InvalidInput):
    """422: what was asked by a personal access token isn't done any more once it was ended; such
    a job is dead at once."""

    code = "TOKEN_OVER"
    message = "The personal access token that asked for this has been ended"


class TooManyAttempts(RateLimited):
    """429: too many wrong passwords from here; others, and the person elsewhere, aren't held up."""

    code = "RATE_LIMITED"
    message = "Too many failed attempts; please wait a little"


class WeakPassword(InvalidInput):
    """422: a password that guessing finds; `reason` is English, `{count}` in it left open."""

    code = InvalidInput.code
    message = "Please choose another password"

    def __init__(self, fault: str, reason: str, count: int = 0) -> None:
        self.fault, self.reason, self.count = fault, reason, count
        self._say(reason.replace("{count}", str(count)))

    def _say(self, said: str) -> None:
        field = {"path": "new_password", "code": self.fault, "message": said}
        super().__init__(fields=[field])

    def worded(self, translate: Callable[..., str]) -> "WeakPassword":
        """The same in the reader's language."""
        self._say(translate(self.reason, count=self.count))
        return self
