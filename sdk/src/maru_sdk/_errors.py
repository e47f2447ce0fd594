"""What a plugin raises: each error is a fact with a status and a code; core shows it as JSON, page
or fragment."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, ClassVar, Final

_LONGEST_AFTER: Final = 86_400.0


class MaruError(Exception):
    """A refusal or fault that the reader should understand.

    Subclass it and name the class for the fact: `BoardClosed(Conflict)`. `code` is part of the API
    and never translated; when a subclass doesn't set it, it is made of the plugin's key and the
    class name (`BOARD_BOARD_CLOSED` is shortened to `BOARD_CLOSED`). `message` is English and is
    looked up in the plugin's catalogue for the reader's language; `{name}` in it is filled from
    `details`.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL"
    message: ClassVar[str] = "Something went wrong"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = _code_of(cls.__module__, cls.__name__) or cls.code

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.text = message or self.message
        self.details: Mapping[str, Any] = details
        super().__init__(self.text)

    def __str__(self) -> str:
        return _fill(self.text, self.details)


def _code_of(module: str, name: str) -> str | None:
    """`maru_board.errors`, `PostNotFound` → `BOARD_POST_NOT_FOUND`; None for core and the SDK."""
    package = module.partition(".")[0]
    if not package.startswith("maru_") or package == "maru_sdk":
        return None
    words = "".join(f"_{c}" if c.isupper() else c.upper() for c in name).lstrip("_")
    key = package.removeprefix("maru_").upper()
    return words if words.startswith(f"{key}_") else f"{key}_{words}"


def _fill(text: str, details: Mapping[str, Any]) -> str:
    for name, value in details.items():
        text = text.replace("{" + name + "}", str(value))
    return text


class InvalidInput(MaruError):
    """422: the request is well-formed but a value in it can't be accepted. A job that raises it
    isn't retried.

    `details["fields"]` may hold `[{"path", "code", "message"}]`, shown beside the fields of a form.
    """

    status = 422
    code = "VALIDATION_FAILED"
    message = "Some values are not valid"


class NotFound(MaruError):
    """404: there is no such thing, or the reader may not know of it."""

    status = 404
    code = "NOT_FOUND"
    message = "Not found"


class Conflict(MaruError):
    """409: the request contradicts the present state; reading again and retrying may help."""

    status = 409
    code = "CONFLICT"
    message = "That contradicts the present state"


class PermissionDenied(MaruError):
    """403: the person is known and may not do this."""

    status = 403
    code = "PERMISSION_DENIED"
    message = "You may not do this"


class Temporary(MaruError):
    """503: it may work soon. A job that raises it is retried with exponential back-off."""

    status = 503
    code = "UNAVAILABLE"
    message = "This is not available at the moment"


class RateLimited(MaruError):
    """429: too many requests; `after` is in seconds, a day at most. A job that raises it is
    retried after that time."""

    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests"

    def __init__(self, after: float = 60, message: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.after = min(max(after, 0), _LONGEST_AFTER) if isfinite(after) else _LONGEST_AFTER


class SystemFault(MaruError):
    """500: a bug or a broken set-up that waiting won't mend. A job that raises it is dead at
    once."""

    status = 500
    code = "INTERNAL"
