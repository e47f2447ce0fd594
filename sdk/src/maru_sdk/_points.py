"""Extension points: typed async functions of one plugin that others fill."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar

from maru_sdk._context import Context
from maru_sdk._declarations import Declaration, duration
from maru_sdk._model import Model

Ask = TypeVar("Ask", bound=Model)
Answer = TypeVar("Answer", bound=Model | None)
Kind = Literal["collect", "decide", "choose"]


@dataclass(frozen=True, eq=False)
class Filling(Declaration, Generic[Ask, Answer]):
    """One plugin's implementation of a point. Made by `point.extend`; listed in
    `Plugin(fills=[...])`."""

    function: Callable[[Context, Ask], Awaitable[Answer]]
    point: "ExtensionPoint[Ask, Answer]"
    offer: str | None = None


@dataclass(frozen=True, eq=False)
class ExtensionPoint(Declaration, Generic[Ask, Answer]):
    """A point that others fill. Made by `extension_point`; listed in `Plugin(publishes=[...])`."""

    function: Callable[[Context, Ask], Awaitable[Answer]]
    kind: Kind
    deadline: timedelta = timedelta(milliseconds=500)

    def extend(self, function: Callable[[Context, Ask], Awaitable[Answer]]) -> Filling[Ask, Answer]:
        """Fills the point: `@point.extend` on a function of the same argument and answer."""
        return Filling(function, self)

    def offer(
        self, name: str
    ) -> Callable[[Callable[[Context, Ask], Awaitable[Answer]]], Filling[Ask, Answer]]:
        """Fills a choose point under a name that a setting or an argument picks:
        `@engine.offer("kiwi")`."""
        return lambda function: Filling(function, self, name)


def extension_point(
    kind: Kind, *, deadline: str = "500ms"
) -> Callable[[Callable[[Context, Ask], Awaitable[Answer]]], ExtensionPoint[Ask, Answer]]:
    """Opens a point in the provider's `api.py`; its docstring is the contract for those who fill
    it.

    - `collect`: `await ctx.collect(point, ask)` → the answers, in the order of the plugins. Each
      implementation runs in a read-only unit of work of its own under `deadline`; one that fails
      or is late costs only its answer and counts for its plugin's breaker.
    - `decide`: `await ctx.decide(point, ask)` → the answers. Runs in the caller's transaction; an
      exception is the caller's, and an open breaker refuses rather than skips.
    - `choose`: `await ctx.choose(point, "offer", ask)` → the answer of that offer.

    Ask and answer are Models and go through JSON. A point never grows arguments; a break is a new
    name.
    """

    def mark(function: Callable[[Context, Ask], Awaitable[Answer]]) -> ExtensionPoint[Ask, Answer]:
        return ExtensionPoint(function, kind, duration(deadline))

    return mark


AnyPoint = ExtensionPoint[Any, Any]
AnyFilling = Filling[Any, Any]
