"""Settings that are secrets: which fields they are, and how a stored document holds them.

A secret is a field of type `SecretStr`. Stored it is `{"sealed": "maru1…"}`, bound to plugin and
field; what nobody has set isn't stored at all.
"""

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic_core import PydanticUndefined

from maru_sdk import Settings

SEALED = "sealed"


def about(plugin: str, field: str) -> str:
    """What a secret setting is bound to besides its tenant."""
    return f"setting:{plugin}:{field}"


def secret_fields(model: type[Settings]) -> list[str]:
    """The fields of a settings model that are secrets."""
    return [name for name, info in model.model_fields.items() if _is_secret(info.annotation)]


def secrets_of(settings: Settings) -> Iterator[tuple[str, str]]:
    """The secrets that are set, by field."""
    for name in secret_fields(type(settings)):
        value = getattr(settings, name)
        if value is not None and value.get_secret_value():
            yield name, value.get_secret_value()


def sealed_in(stored: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The sealed texts of a stored document, by field."""
    for name, value in stored.items():
        if isinstance(value, dict) and value.keys() == {SEALED} and isinstance(value[SEALED], str):
            yield name, value[SEALED]


def without_secrets(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored document as whoever has no key may read it."""
    sealed = {name for name, _ in sealed_in(stored)}
    return {name: value for name, value in stored.items() if name not in sealed}


def faults_of(model: type[Settings]) -> Iterator[str]:
    """What is wrong with a settings class, as sentences."""
    name = f"Settings {model.__name__}"
    for field, info in model.model_fields.items():
        if info.is_required():
            yield f"{name}: the field {field!r} has no default."
    wrong = list(_secret_faults(model))
    yield from (f"{name}: {fault}" for fault in wrong)
    if wrong:
        return
    try:
        start = model()
        if model.model_validate_json(start.model_dump_json()) != start:
            yield f"{name}: its defaults don't come back from JSON as they went."
    except ValidationError as fault:
        error = fault.errors()[0]
        if error["type"] != "missing":
            yield f"{name}: its own default of {error['loc'][0]!r} is refused: {error['msg']}."


def _secret_faults(model: type[Settings]) -> Iterator[str]:
    for field, info in model.model_fields.items():
        if not _is_secret(info.annotation):
            if _holds_secret(info.annotation):
                yield f"the field {field!r} holds secrets; only a field that is a SecretStr can."
        elif info.default not in (None, SecretStr(""), PydanticUndefined):
            yield f"the secret {field!r} has a default; a secret starts empty."


def _is_secret(annotation: Any) -> bool:
    """A SecretStr, or one that may be None."""
    parts = set(get_args(annotation)) - {NoneType} or {annotation}
    return parts == {SecretStr} and get_origin(annotation) in (None, Union, UnionType)


def _holds_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_holds_secret(info.annotation) for info in annotation.model_fields.values())
    return annotation in (SecretStr, SecretBytes) or any(map(_holds_secret, get_args(annotation)))
