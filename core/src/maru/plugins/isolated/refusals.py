"""Errors on their way out of an isolated process: facts, not classes."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from maru_sdk import (
    Conflict,
    InvalidInput,
    MaruError,
    NotFound,
    PermissionDenied,
    RateLimited,
    SystemFault,
    Temporary,
)

_FAMILIES: Final[Mapping[str, type[MaruError]]] = {
    kind.__name__: kind
    for kind in (
        InvalidInput,
        NotFound,
        Conflict,
        PermissionDenied,
        Temporary,
        RateLimited,
        SystemFault,
        MaruError,
    )
}
_LONGEST: Final = 2_000


class RanAway(Exception):
    """An isolated plugin raised something that is no refusal; the text is the plugin's."""


class PluginAway(Temporary):
    """The process of an isolated plugin doesn't answer."""

    message = "This feature runs in a process of its own, which does not answer at the moment"


class PluginDied(Temporary):
    """The process of an isolated plugin ended in the middle of a call."""

    message = "This feature runs in a process of its own, which has just failed"


class RunLost(Exception):
    """Another run has taken the job's row; the isolated process has undone its own."""


def told(error: BaseException) -> dict[str, Any]:
    """The error as JSON-ready data."""
    if isinstance(error, MaruError):
        return _refusal(error)
    if isinstance(error, RequestValidationError):
        fields = [
            {"type": str(e["type"]), "loc": list(e["loc"]), "msg": str(e["msg"])}
            | ({"ctx": _plain(e["ctx"])} if "ctx" in e else {})
            for e in error.errors()
        ]
        return {"family": "RequestValidationError", "errors": fields}
    if isinstance(error, RunLost):
        return {"family": "RunLost"}
    if isinstance(error, TimeoutError | ConnectionError):
        return _refusal(Temporary())
    return {"family": "", "text": f"{type(error).__name__}: {error}"[:_LONGEST]}


def told_exactly(error: BaseException) -> dict[str, Any]:
    """The same for an isolated process, which knows the SDK's classes and nothing of ours."""
    kind = type(error)
    if isinstance(error, MaruError) and kind.__module__.partition(".")[0] == "maru_sdk":
        return _refusal(error) | {"class": f"{kind.__module__}:{kind.__qualname__}"}
    known = isinstance(error, MaruError | RunLost | TimeoutError | ConnectionError)
    return told(error if known else SystemFault())


def raised_exactly(key: str, given: Mapping[str, Any]) -> BaseException:
    """The error that our own process tells an isolated one of, of the class that it had there."""
    path = given.get("class")
    if path is None:
        return raised(key, given)
    module, _, name = str(path).partition(":")
    kind = getattr(import_module(module), name)
    error: MaruError = kind.__new__(kind)
    MaruError.__init__(error, given["text"], **given["details"])
    if isinstance(error, RateLimited):
        error.after = given["after"]
    return error


def _refusal(error: MaruError) -> dict[str, Any]:
    family = next(k.__name__ for k in type(error).__mro__ if k.__name__ in _FAMILIES)
    return {
        "family": family,
        "status": error.status,
        "code": error.code,
        "text": error.text[:_LONGEST],
        "details": _plain(error.details),
        "after": getattr(error, "after", 0),
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Details as they will look in an answer; what is no JSON is said as text."""
    return {str(name): _said(value) for name, value in values.items()}


def _said(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_said(one) for one in value]
    return str(value)


def plain(text: str) -> str:
    """Text that moves no cursor and changes no terminal."""
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)


def _tame(value: Any) -> Any:
    """Words without markup: wherever a refusal is shown, nothing of it is taken for more."""
    if isinstance(value, str):
        return plain(value).replace("<", "‹").replace(">", "›")
    if isinstance(value, dict):
        return {str(name): _tame(one) for name, one in value.items()}
    return [_tame(one) for one in value] if isinstance(value, list) else value


def raised(key: str, given: Mapping[str, Any]) -> BaseException:
    """The error that such data tells of; nothing in it is believed beyond its form."""
    family = given.get("family")
    if family == "RequestValidationError":
        return RequestValidationError([dict(one) for one in given.get("errors", ())])
    if family == "RunLost":
        return RunLost()
    base = _FAMILIES.get(str(family))
    if base is None:
        return RanAway(plain(str(given.get("text"))[:_LONGEST]))
    status = given.get("status")
    fields = {
        "status": status if isinstance(status, int) and 400 <= status <= 599 else base.status,
        "code": str(given.get("code"))[:100],
        "__module__": f"maru_{key}",
    }
    details = given.get("details")
    known = {str(n): v for n, v in details.items()} if isinstance(details, Mapping) else {}
    known = {n: _tame(v) for n, v in known.items() if n not in ("message", "after", "self")}
    kind: type[MaruError] = type(base.__name__, (base,), fields)
    text = _tame(str(given.get("text"))[:_LONGEST])
    if issubclass(kind, RateLimited):
        after = given.get("after")
        return kind(after if isinstance(after, int | float) else 60, text, **known)
    return kind(text, **known)
