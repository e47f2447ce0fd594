"""What a job is asked, as it is kept: JSON that PostgreSQL takes, of bounded size, nothing lost.

Each refusal names the field, since whoever enqueues from deep inside a service sees no more.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from maru.jobs.errors import PayloadRefused

LARGEST = 1_000_000
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_NOT_FINITE = re.compile(r"\b(?:NaN|Infinity)\b")


@dataclass(frozen=True)
class Payload:
    """What one job is asked, as JSON."""

    json: str

    @cached_property
    def value(self) -> Any:
        """The same as Python values."""
        return orjson.loads(self.json)


NOTHING = Payload("{}")


def checked(kind: str, ask: Any) -> Payload:
    """What a job is asked as it is kept; PayloadRefused where it can't be kept as it is.

    Ready JSON is taken as it stands.
    """
    if ask is None:
        return NOTHING
    if isinstance(ask, (str, bytes)):
        text = ask if isinstance(ask, str) else ask.decode()
        return _kept(kind, text, None)
    if not isinstance(ask, BaseModel):
        name = type(ask).__name__
        raise _refused(kind, "", "model", f"a Model is needed, not {name}")
    try:
        text = ask.model_dump_json()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        path = _culprit(ask)
        raise _refused(kind, path, "serializable", _reason(error)) from None
    return _kept(kind, text, ask)


def _kept(kind: str, text: str, ask: BaseModel | None) -> Payload:
    if len(text) * 4 > LARGEST and len(text.encode()) > LARGEST:
        path = "" if ask is None else _largest(ask)
        raise _refused(kind, path, "too_large", f"larger than {LARGEST:,} bytes")
    if "\\u0000" in text and _NUL.search(text):
        raise _refused(kind, _where(text, _has_nul), "nul", "text holds a NUL character")
    if ask is not None and "null" in text:
        _check_finite(kind, ask)  # JSON has no NaN, so the model would have written null for it
    if _NOT_FINITE.search(text):
        _check_json(kind, text)
    return Payload(text)


def _check_finite(kind: str, ask: BaseModel) -> None:
    for path, value in _leaves(ask.model_dump()):
        if isinstance(value, float) and not math.isfinite(value):
            raise _refused(kind, path, "finite_number", f"{value} is no number that JSON has")


def _check_json(kind: str, text: str) -> None:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _refused(kind, "", "finite_number", "NaN or Infinity, which JSON hasn't") from None


def _culprit(ask: BaseModel) -> str:
    """The field that can't be written as JSON."""
    for name in type(ask).model_fields:
        try:
            ask.model_dump_json(include={name})
        except (PydanticSerializationError, ValueError, RecursionError):
            inner = getattr(ask, name)
            if isinstance(inner, BaseModel) and (deeper := _culprit(inner)):
                return f"{name}.{deeper}"
            return name
    return ""


def _largest(ask: BaseModel) -> str:
    sizes = {name: len(ask.model_dump_json(include={name})) for name in type(ask).model_fields}
    return max(sizes, key=lambda name: sizes[name], default="")


def _where(text: str, true: Any) -> str:
    return next((path for path, value in _leaves(orjson.loads(text)) if true(value)), "")


def _has_nul(value: Any) -> bool:
    return isinstance(value, str) and "\x00" in value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from _leaves(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{number}".lstrip("."))
    else:
        yield path, value


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].removeprefix("Error serializing to JSON: ")[:200]


def _refused(kind: str, path: str, code: str, message: str) -> PayloadRefused:
    where = f"{path}: {message}" if path else message
    return PayloadRefused(
        kind=kind, reason=where, fields=[{"path": path, "code": code, "message": message}]
    )
