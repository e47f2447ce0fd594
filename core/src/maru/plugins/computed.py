"""Which functions `ctx.compute` runs: plain ones of the plugin's own, model in and model out."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from maru.compute.pool import Work
from maru.plugins.outward import seconds_left
from maru_sdk import Model, SystemFault
from maru_sdk.compute import ComputeTimeout
from maru_sdk.declarations import key_of

if TYPE_CHECKING:
    from maru.plugins.context import Call

Ask = TypeVar("Ask", bound=Model)
Answer = TypeVar("Answer", bound=Model | None)


async def computed(
    call: "Call",
    names: str,
    function: Callable[[Ask], Answer],
    ask: Ask,
    deadline: str,
    memory: int,
) -> Answer:
    """The function's answer from a child; raises SystemFault for one that can't go there."""
    given, answers = _shape(function)
    if key_of(function.__module__) != names:
        raise SystemFault(f"{function.__name__} is another plugin's function")
    if not isinstance(ask, given):
        raise SystemFault(f"{function.__name__} takes {given.__name__}")
    seconds = seconds_left(call, deadline)
    if seconds <= 0:
        raise ComputeTimeout(seconds=0)
    work = Work(
        plugin=names,
        module=function.__module__,
        function=function.__name__,
        ask=ask.model_dump_json(),
        seconds=seconds,
        memory=memory,
    )
    said = await call.services.compute.run(work)
    return cast("Answer", None if answers is None else answers.model_validate_json(said or ""))


@lru_cache(maxsize=256)
def _shape(function: Callable[..., Any]) -> tuple[type[Model], Any]:
    """The models that it takes and answers."""
    if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
        raise SystemFault("ctx.compute runs a plain function, 'def work(ask: Ask) -> Answer'")
    module = inspect.getmodule(function)
    if getattr(module, function.__qualname__, None) is not function:
        raise SystemFault(f"{function.__qualname__} doesn't stand at the top of its module")
    hints = get_type_hints(function)
    answer = hints.pop("return", None)
    given = list(hints.values())
    if len(given) != 1 or not _model(given[0]) or not (answer is NoneType or _model(answer)):
        raise SystemFault(f"{function.__name__} must take one Model and return one")
    return given[0], None if answer is NoneType else answer


def _model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)
