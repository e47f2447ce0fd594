"""Reads a request's body: never more than its limit, never longer than its time, never a value
that can't be stored."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from maru.api.errors import BadRequest, BodyTooLarge, BodyTooSlow, ClientLeft, MalformedBody
from maru.api.exchange import Exchange

READ_SECONDS: Final = 30.0
MAX_NAMES: Final = 1_000
_SURROGATES: Final = ("\ud800", "\udfff")


async def read_body(exchange: Exchange, limit: int, seconds: float = READ_SECONDS) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it is known to be, BodyTooSlow, ClientLeft."""
    declared = exchange.heads.get(b"content-length")
    if declared is not None:
        if not declared.isdigit():
            raise BadRequest
        if int(declared[:20]) > limit:
            raise BodyTooLarge(limit=limit)
    elif b"transfer-encoding" not in exchange.heads:
        return b""
    try:
        async with asyncio.timeout(seconds):
            return await _collect(exchange, limit)
    except TimeoutError:
        raise BodyTooSlow from None


async def _collect(exchange: Exchange, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit=limit)
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _Unfit(ValueError):
    """A value that JSON's grammar or Python lets through, and no table should get."""

    def __init__(self, code: str, path: str = "") -> None:
        super().__init__(code)
        self.code, self.path = code, path


def parse_json(body: bytes) -> Any:
    """The value of a JSON body: strictly, so that no two readers understand it differently.

    Raises MalformedBody (400) for what isn't JSON, too deep, has a name twice or
    a thousand names in one object, and
    RequestValidationError (422) for numbers without end and texts that can't be stored.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_constant, parse_float=_finite
        )
        if "\\" in text and (found := next(_unstorable(value, ""), None)) is not None:
            raise _Unfit("text_unfit", found)
    except _Unfit as error:
        raise RequestValidationError([_field(error.code, error.path)]) from None
    except (ValueError, RecursionError):
        raise MalformedBody from None
    return value


def _field(code: str, path: str) -> dict[str, Any]:
    words = tuple(path.split(".")) if path else ()
    return {"type": code, "loc": ("body", *words), "msg": code, "input": None}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or len(found) > MAX_NAMES:
        raise ValueError("a name stands twice, or there are too many")
    return found


def _constant(_: str) -> Any:
    raise _Unfit("number_unfit")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Unfit("number_unfit")
    return number


def is_unstorable(text: str) -> bool:
    """Whether the text holds NUL or a lone surrogate."""
    if "\0" in text:
        return True
    low, high = _SURROGATES
    return not text.isascii() and any(low <= letter <= high for letter in text)


def _unstorable(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if is_unstorable(value):
            yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            if is_unstorable(name):
                yield path
            yield from _unstorable(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unstorable(item, f"{path}.{number}" if path else str(number))
