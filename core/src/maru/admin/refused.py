"""What a rule refuses, as the form shows it: beside a field, or above all of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from maru_sdk import Conflict, Context, InvalidInput, MaruError, NotFound


@contextmanager
def beside(ctx: Context, fields: Mapping[type[MaruError], str]) -> Iterator[None]:
    """Turns refusals into InvalidInput in the reader's language, those named by `fields` beside
    their field."""
    try:
        yield
    except (Conflict, NotFound) as error:
        said = ctx.t(error.text, **error.details)
        path = next((path for kind, path in fields.items() if isinstance(error, kind)), None)
        if path is None:
            raise InvalidInput(said) from None
        fault = {"path": path, "code": error.code, "message": said}
        raise InvalidInput(fields=[fault]) from None
