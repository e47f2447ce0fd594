"""What a handler asks for, in the form that FastAPI reads: `ctx` taken out, queries flattened.

FastAPI understands a query model only where nothing stands beside it; a handler may well take
`page: PageParams` and `q: str`. So a model's fields become parameters and are put together again.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from fastapi import BackgroundTasks, Query, Request
from fastapi import params as markers
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from maru.api.incoming import Incoming
from maru_sdk import CursorParams, PageParams

REQUEST: Final = "maru_request"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_LISTS: Final = (list, set, tuple, frozenset)


@dataclass(slots=True)
class Asked:
    """The parameters of a handler: FastAPI's signature, and how to make its arguments of them."""

    signature: inspect.Signature
    answer: Any
    models: Mapping[str, tuple[type[BaseModel], tuple[str, ...]]]
    queries: frozenset[str] = frozenset()
    repeatable: frozenset[str] = frozenset()
    form: type[BaseModel] | None = None
    body: Any = None
    incoming: str | None = None
    names: tuple[str, ...] = field(default=())

    def arguments(self, values: dict[str, Any]) -> dict[str, Any]:
        """The handler's arguments of FastAPI's values."""
        for name, (model, fields) in self.models.items():
            given = {part: values.pop(part) for part in fields}
            try:
                values[name] = model(**given)
            except ValidationError as error:
                raise RequestValidationError(
                    [{**item, "loc": ("query", *item["loc"])} for item in error.errors()]
                ) from None
        return values


class _Reading:
    def __init__(self, function: Callable[..., Any], path: str, method: str) -> None:
        self.hints = get_type_hints(function, include_extras=True)
        self.path_names = set(_names_of(path))
        self.method = method
        self.parameters: list[inspect.Parameter] = []
        self.models: dict[str, tuple[type[BaseModel], tuple[str, ...]]] = {}
        self.queries: set[str] = set()
        self.repeatable: set[str] = set()
        self.form: type[BaseModel] | None = None
        self.bodies: list[Any] = []
        self.incoming: str | None = None

    def take(self, parameter: inspect.Parameter, *, action: bool) -> None:
        annotation = self.hints.get(parameter.name, str)
        kind = _bare(annotation)
        if action and parameter.name == "form":
            self.form = kind
        elif kind is Incoming:
            self.incoming = parameter.name
        elif self._is_plain(parameter.name, annotation, kind):
            self.queries |= _aliases(annotation)
            if self._is_body(kind) and parameter.name not in self.path_names:
                self.bodies.append(annotation)
            self._keep(parameter.name, annotation, parameter.default)
        elif _is_model(kind):
            self._flatten(parameter.name, kind)
        else:
            self._query(parameter.name, annotation, parameter.default)

    @property
    def body(self) -> Any:
        """What the whole body is; None where there is none, or it has several parts."""
        return self.bodies[0] if len(self.bodies) == 1 else None

    def _is_plain(self, name: str, annotation: Any, kind: Any) -> bool:
        """Whether FastAPI finds its place by itself: in the path, the body or by its own mark."""
        return name in self.path_names or _is_framework(annotation, kind) or self._is_body(kind)

    def _is_body(self, kind: Any) -> bool:
        if self.method not in _WITH_BODY:
            return False
        if _is_model(kind):
            return not issubclass(kind, PageParams | CursorParams)
        return kind in (*_LISTS, dict)

    def _flatten(self, name: str, model: type[BaseModel]) -> None:
        for part, info in model.model_fields.items():
            default = inspect.Parameter.empty if info.is_required() else _default(info)
            self._query(part, Annotated[(info.annotation, *info.metadata, Query())], default)
        self.models[name] = (model, tuple(model.model_fields))

    def _query(self, name: str, annotation: Any, default: Any) -> None:
        if name in self.queries:
            raise TypeError(f"two parameters are named {name!r}")
        self.queries.add(name)
        if _is_list(annotation):
            self.repeatable.add(name)
        marked = annotation if _is_framework(annotation, None) else Annotated[annotation, Query()]
        self._keep(name, marked, default)

    def _keep(self, name: str, annotation: Any, default: Any) -> None:
        self.parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
        )


def read_parameters(
    function: Callable[..., Any], path: str, method: str, *, action: bool = False
) -> Asked:
    """What a handler asks for beside `ctx`, which is its first parameter; TypeError where it asks
    for what can't be given."""
    reading = _Reading(function, path, method)
    _, *others = inspect.signature(function).parameters.values()
    for parameter in others:
        reading.take(parameter, action=action)
    request = inspect.Parameter(REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    return Asked(
        inspect.Signature([request, *reading.parameters]),
        reading.hints.get("return"),
        reading.models,
        frozenset(reading.queries),
        frozenset(reading.repeatable),
        reading.form,
        reading.body,
        reading.incoming,
        tuple(parameter.name for parameter in others),
    )


def _names_of(path: str) -> Iterator[str]:
    for segment in path.split("/"):
        if segment.startswith("{"):
            yield segment.strip("{}").partition(":")[0]


def _bare(annotation: Any) -> Any:
    """An annotation without `Annotated` and `| None`, generics as their origin."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    origin = get_origin(annotation)
    if origin is not None:
        real = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(real) < len(get_args(annotation)) and len(real) == 1:
            return _bare(real[0])
        return origin
    return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_list(annotation: Any) -> bool:
    return _bare(annotation) in _LISTS


def _is_framework(annotation: Any, kind: Any) -> bool:
    if kind is BackgroundTasks:
        return True
    extras = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(isinstance(extra, markers.Param | markers.Body) for extra in extras)


def _aliases(annotation: Any) -> set[str]:
    """What a query parameter is called that can't be called so in Python (`from`)."""
    extras = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return {one.alias for one in extras if isinstance(one, markers.Query) and one.alias}


def _default(info: FieldInfo) -> Any:
    return info.get_default(call_default_factory=True)
