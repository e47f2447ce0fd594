"""That something isn't there is worth keeping too, for a short while."""

import sys

import orjson

from maru_sdk import NotFound

MARK = b"!"


class Absent(bytes):
    """What a `make` answers that found nothing: kept for ten seconds at most."""


def absent(error: NotFound) -> Absent:
    """A refusal as it is kept; no other value begins with its mark."""
    kind = f"{type(error).__module__}:{type(error).__qualname__}"
    told = (kind, error.code, error.text, error.details)
    return Absent(MARK + orjson.dumps(told, default=str))


def refuse(kept: bytes) -> None:
    """Raises the NotFound that is kept, where one is."""
    if kept[:1] != MARK:
        return
    kind, code, text, details = orjson.loads(kept[1:])
    module, _, name = kind.partition(":")
    known = getattr(sys.modules.get(module), name, NotFound)
    raised = known if isinstance(known, type) and issubclass(known, NotFound) else NotFound
    error = raised(text, **details)
    error.code = code  # type: ignore[misc]
    raise error
