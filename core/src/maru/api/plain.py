"""Path and query parameters read without FastAPI's request, dependencies and exit stacks.

Most routes and pages ask for nothing else. FastAPI's own fields convert and check the values, so
nothing is understood differently; what is left out cost as much as the whole rest of the edge.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute


@dataclass(frozen=True, slots=True)
class PlainParameters:
    """The parameters of a handler that asks for single values from path and query alone."""

    path: tuple[ModelField, ...]
    query: tuple[ModelField, ...]

    @classmethod
    def of(cls, route: APIRoute) -> Self | None:
        """None where the handler asks for anything else: then FastAPI has to read it."""
        asked = route.dependant
        fields = [*asked.path_params, *asked.query_params]
        if route.body_field is not None or _asks_for_more(asked):
            return None
        if not all(map(_is_plain, fields)):
            return None
        return cls(tuple(asked.path_params), tuple(asked.query_params))

    def read(self, path: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
        """The values by name; raises RequestValidationError as FastAPI does."""
        values: dict[str, Any] = {}
        errors: list[Any] = []
        for place, fields, given in (("path", self.path, path), ("query", self.query, query)):
            for field in fields:
                name = field.name
                value, wrong = _value(field, given.get(name), (place, name))
                if wrong:
                    errors += wrong
                else:
                    values[name] = value
        if errors:
            raise RequestValidationError(errors)
        return values


def _value(field: ModelField, text: str | None, loc: tuple[str, str]) -> tuple[Any, list[Any]]:
    if text is not None:
        return field.validate(text, loc=loc)
    if field.field_info.is_required():
        return None, [{"type": "missing", "loc": loc, "msg": "Field required", "input": None}]
    value = deepcopy(field.get_default())
    if field.field_info.validate_default:
        return field.validate(value, loc=loc)
    return value, []


def _asks_for_more(asked: Dependant) -> bool:
    return bool(
        asked.dependencies
        or asked.header_params
        or asked.cookie_params
        or asked.body_params
        or asked.response_param_name
        or asked.background_tasks_param_name
        or asked.http_connection_param_name
        or asked.security_scopes_param_name
    )


def _is_plain(field: ModelField) -> bool:
    info = field.field_info
    renamed = field.alias != field.name or field.validation_alias not in (None, field.name)
    return not renamed and not field_annotation_is_sequence(info.annotation)
