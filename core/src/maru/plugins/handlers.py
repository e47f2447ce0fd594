"""Checks of the functions that declarations name: async, with a `ctx`, and typed as the contract
says."""

import inspect
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from pydantic import BaseModel

from maru_sdk import CursorParams, Model, PageParams, Redirect
from maru_sdk.db import TenantModel
from maru_sdk.declarations import Channel
from maru_sdk.files import FileAsk
from maru_sdk.notifications import Delivery, Notice
from maru_sdk.operation import Span
from maru_sdk.search import Documents, Wanted

_LISTS = (PageParams, CursorParams)


@dataclass(frozen=True)
class Shape:
    """A function's parameters after `ctx`, and its answer, as types."""

    given: Mapping[str, Any]
    answer: Any
    answers: bool


def shape_of(function: Any) -> Shape | str:
    """What the function takes and returns, or what is wrong with it."""
    if not inspect.isfunction(function):
        return "is not a function"
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        return "is a generator; it would run after the commit"
    if not inspect.iscoroutinefunction(function):
        return f"is not async; write 'async def {function.__name__}'"
    names = list(inspect.signature(function).parameters)
    if not names or names[0] != "ctx":
        return "doesn't take 'ctx' as its first argument; write (ctx: Context, …)"
    try:
        hints = typing.get_type_hints(function)
    except Exception as fault:
        return (
            f"has annotations that can't be read ({type(fault).__name__}: {fault});"
            " what they name must be imported, not under TYPE_CHECKING alone"
        )
    bare = [name for name in names[1:] if name not in hints]
    if bare:
        return f"has no type for {', '.join(map(repr, bare))}"
    given = {name: hints[name] for name in names[1:]}
    return Shape(given, hints.get("return"), "return" in hints)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """All Pydantic models that an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from models_in(inner)


def crosses(annotation: Any) -> bool:
    """Whether a value of this type may go through JSON to another process: a Model, no table."""
    return isinstance(annotation, type) and issubclass(annotation, Model)


def loose_types(shape: Shape) -> Iterator[str]:
    """What a route's or page's types say that the contract forbids."""
    for where, annotation in [*shape.given.items(), ("its answer", shape.answer)]:
        for model in models_in(annotation):
            if issubclass(model, TenantModel):
                yield f"has a table as {where}: {model.__name__}; give a Model with its fields"
            elif not issubclass(model, (Model, *_LISTS)):
                what = f"has {model.__name__} as {where}"
                yield f"{what}, which is not a maru_sdk.Model; subclass that"


def route_shape(shape: Shape) -> Iterator[str]:
    """A route: any of FastAPI's parameters, models among them ours; the answer is annotated."""
    yield from loose_types(shape)
    if not shape.answers:
        yield "doesn't say what it returns; write '-> SomeModel'"


def _no_model(shape: Shape) -> Iterator[str]:
    if not crosses(shape.answer):
        said = f", but {_named(shape.answer)}" if shape.answers else ", as far as it says"
        yield f"doesn't return a Model{said}; write '-> SomeModel', a subclass of maru_sdk.Model"


def _named(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def page_shape(shape: Shape) -> Iterator[str]:
    """A page returns a Model."""
    yield from loose_types(shape)
    yield from _no_model(shape)


def action_shape(shape: Shape) -> Iterator[str]:
    """An action returns a Redirect; its `form` is a Model."""
    yield from loose_types(shape)
    if not all(_fits(part, (Redirect,)) for part in _parts(shape.answer)):
        yield "doesn't return a Redirect; write '-> Redirect' and 'return Redirect(to=…)'"
    if "form" in shape.given and not crosses(shape.given["form"]):
        yield "has a form that is not a Model"


def portlet_shape(shape: Shape, config: type[Model] | None) -> Iterator[str]:
    """A portlet takes `config` where it declares one, and returns a Model."""
    expected = {} if config is None else {"config": config}
    if dict(shape.given) != expected:
        yield f"must take (ctx{', config: ' + config.__name__ if config else ''})"
    yield from _no_model(shape)


def ask_shape(shape: Shape) -> Iterator[str]:
    """A job or command takes at most `ask: SomeModel`."""
    if list(shape.given) not in ([], ["ask"]):
        yield "must take (ctx) or (ctx, ask: SomeModel)"
    elif shape.given and not crosses(shape.given["ask"]):
        yield "has an ask that is not a Model"


def job_shape(shape: Shape) -> Iterator[str]:
    """A job returns a Model or nothing."""
    yield from ask_shape(shape)
    if shape.answer not in (None, NoneType) and not crosses(shape.answer):
        yield "must return a Model or None"


def alone_shape(shape: Shape) -> Iterator[str]:
    """A schedule, health check or metric takes `ctx` alone."""
    if shape.given:
        yield "must take ctx alone"


def statistic_shape(shape: Shape) -> Iterator[str]:
    """A statistic takes the span that it is asked for."""
    if dict(shape.given) != {"ask": Span}:
        yield "must take (ctx, ask: Span), the Span of maru_sdk.operation"


def search_shape(shape: Shape) -> Iterator[str]:
    """A search source gives what it is asked for."""
    if dict(shape.given) != {"ask": Wanted} or shape.answer is not Documents:
        yield "must be (ctx, ask: Wanted) -> Documents, both of maru_sdk.search"


def file_shape(shape: Shape) -> Iterator[str]:
    """A kind of files is asked who may."""
    if dict(shape.given) != {"ask": FileAsk} or shape.answer not in (None, NoneType):
        yield "must take (ctx, ask: FileAsk), the FileAsk of maru_sdk.files, and return None"


def notification_shape(shape: Shape) -> Iterator[str]:
    """A kind of notification puts its value into words."""
    given = dict(shape.given)
    bundled = given.pop("count", int) is int
    if list(given) != ["ask"] or not crosses(given["ask"]) or not bundled:
        yield "must take (ctx, ask: SomeModel) or (ctx, ask: SomeModel, count: int)"
    if shape.answer is not Notice:
        yield "doesn't return a Notice; write '-> Notice', that of maru_sdk.notifications"


def delivery_shape(shape: Shape) -> Iterator[str]:
    """A channel brings one delivery."""
    if dict(shape.given) != {"ask": Delivery} or shape.answer not in (None, NoneType):
        yield "must be (ctx, ask: Delivery) -> None, the Delivery of maru_sdk.notifications"


def listener_shape(shape: Shape, event: type[Model]) -> Iterator[str]:
    """A listener takes its event."""
    if list(shape.given) != ["event"] or shape.given["event"] is not event:
        yield f"must take (ctx, event: {event.__name__})"


def channel_shape(shape: Shape, channel: Channel) -> Iterator[str]:
    """A channel takes `room: SomeModel` with the fields of its rooms' names, or nothing."""
    yield from _room(shape, channel)
    if shape.answer not in (None, NoneType):
        yield "must return None; it raises where somebody may not enter"
    if channel.on_message is not None:
        heard = shape_of(channel.on_message)
        if isinstance(heard, str):
            yield f"has an on_message that {heard}"
        else:
            yield from _heard(shape, heard)


def _room(shape: Shape, channel: Channel) -> Iterator[str]:
    expected = ["room"] if channel.fields else []
    if list(shape.given) != expected:
        yield f"must take (ctx{', room: SomeModel' if expected else ''})"
    elif expected and not crosses(shape.given["room"]):
        yield "has a room that is not a Model"
    elif expected and set(shape.given["room"].model_fields) != set(channel.fields):
        yield f"has a room whose fields are not {', '.join(channel.fields)}"


def _heard(shape: Shape, heard: Shape) -> Iterator[str]:
    room = {name: kind for name, kind in heard.given.items() if name != "message"}
    if room != dict(shape.given) or not crosses(heard.given.get("message")):
        taken = "".join(f", {name}: {kind.__name__}" for name, kind in shape.given.items())
        yield f"has an on_message that must take (ctx{taken}, message: SomeModel)"
    if not answer_crosses(heard.answer):
        yield "has an on_message that must return a Model, a Model or None, or None"


def point_shape(shape: Shape) -> Iterator[str]:
    """A point takes `ask: SomeModel` and answers a Model or None."""
    if list(shape.given) != ["ask"] or not crosses(shape.given["ask"]):
        yield "must take (ctx, ask: SomeModel)"
    if not shape.answers or not answer_crosses(shape.answer):
        yield "must return a Model, a Model or None, or None"


def answer_crosses(annotation: Any) -> bool:
    """Whether an answer is a Model, or None, or one of both."""
    parts = typing.get_args(annotation) or (annotation,)
    return all(part in (None, NoneType) or crosses(part) for part in parts)


def filling_shape(shape: Shape, point: Shape) -> Iterator[str]:
    """An implementation takes what the point asks with and answers no wider."""
    if dict(shape.given) != dict(point.given):
        asked = ", ".join(f"{n}: {getattr(t, '__name__', t)}" for n, t in point.given.items())
        yield f"must take (ctx, {asked})"
    allowed = _parts(point.answer)
    if not shape.answers or not all(_fits(part, allowed) for part in _parts(shape.answer)):
        yield "returns another type than the point"


def _parts(annotation: Any) -> tuple[Any, ...]:
    return tuple(
        NoneType if part is None else part for part in typing.get_args(annotation) or (annotation,)
    )


def _fits(part: Any, allowed: tuple[Any, ...]) -> bool:
    if part is NoneType:
        return NoneType in allowed
    return isinstance(part, type) and any(issubclass(part, one) for one in allowed)
