"""The fields of a form gathered into the shape of a model: lists, models inside it and rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Final, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from maru.api.body import is_unstorable
from maru.api.texts import field_message
from maru.web.forms import spelled

_LISTS: Final = (list, set, tuple, frozenset)
_TEXTS: Final = (str, Any)
_WITHOUT_ZONE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)
Pairs = list[tuple[str, str]]


@dataclass
class Gathering:
    """What is gathered, and what is wrong with it before the model looks."""

    locale: str
    zone: ZoneInfo | None = None
    faults: list[dict[str, str]] = field(default_factory=list)

    def of(self, model: type[BaseModel], pairs: Pairs, before: str = "") -> dict[str, Any]:
        """The values of one model's fields."""
        given: dict[str, Any] = {}
        inner: dict[str, Pairs] = {}
        for name, value in pairs:
            top, dot, rest = name.partition(".")
            if dot and _inside(model.model_fields.get(top)) is not None:
                inner.setdefault(top, []).append((rest, value))
            else:
                self._take(given, model.model_fields.get(name), name, value, before)
        for name, own in inner.items():
            self._take_inner(given, model.model_fields[name], name, own, before)
        self._settle(model, given, before)
        return given

    def _take(
        self, given: dict[str, Any], info: FieldInfo | None, name: str, value: str, before: str
    ) -> None:
        if code := _fault(name, value, given, listed=is_list(info)):
            self._refuse(f"{before}{name}", code)
        elif is_list(info):
            given[name] = [*given.get(name, ()), *filter(None, value.split("\n"))]
        elif value or info is None or _wants_text(info.annotation):
            given[name] = self._zoned(value, info)

    def _take_inner(
        self, given: dict[str, Any], info: FieldInfo, name: str, own: Pairs, before: str
    ) -> None:
        model = _inside(info)
        assert model is not None
        if is_list(info):
            rows = _by_row(own)
            for row in rows:
                if not _is_number(row):
                    self._refuse(f"{before}{name}.{row}", "extra_forbidden")
            given[name] = [
                self.of(model, pairs, f"{before}{name}.{row}.") for row, pairs in rows.items()
            ]
        elif any(value for _, value in own) or not _may_be_none(info.annotation):
            given[name] = self.of(model, own, f"{before}{name}.")

    def _settle(self, model: type[BaseModel], given: dict[str, Any], before: str) -> None:
        """A field that belongs to another is none while that has another value."""
        for name, info in model.model_fields.items():
            extra = info.json_schema_extra
            if not isinstance(extra, dict) or not isinstance(asked := extra.get("x-when"), dict):
                continue
            ((other, values),) = asked.items()
            told = given.get(other, model.model_fields[other].get_default())
            if spelled(told) not in (values if isinstance(values, list) else ()):
                given.pop(name, None)
            elif extra.get("x-needed") and given.get(name) in (None, "", []):
                self._refuse(f"{before}{name}", "missing")

    def _zoned(self, value: str, info: FieldInfo | None) -> str:
        asked = self.zone is not None and info is not None and takes(info.annotation, datetime)
        if not asked or not _WITHOUT_ZONE.fullmatch(value):
            return value
        try:
            return datetime.fromisoformat(value).replace(tzinfo=self.zone).isoformat()
        except ValueError:
            return value

    def _refuse(self, path: str, code: str) -> None:
        message = field_message({"type": code, "msg": code}, self.locale)
        self.faults.append({"path": path, "code": code, "message": message})


def _by_row(own: Pairs) -> dict[str, Pairs]:
    rows: dict[str, Pairs] = {}
    for name, value in own:
        row, _, rest = name.partition(".")
        rows.setdefault(row, []).append((rest, value))
    return dict(sorted(rows.items(), key=lambda one: int(one[0]) if _is_number(one[0]) else -1))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _inside(info: FieldInfo | None) -> type[BaseModel] | None:
    """The model that stands in a field, once or in rows."""
    return None if info is None else _model_in(info.annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(one) for one in get_args(annotation) if one is not NoneType)
    return next((one for one in found if one is not None), None)


def _fault(name: str, value: str, given: Mapping[str, Any], *, listed: bool) -> str | None:
    if is_unstorable(value) or is_unstorable(name):
        return "text_unfit"
    return "repeated" if name in given and not listed else None


def is_list(info: FieldInfo | None) -> bool:
    """Whether a field takes several values."""
    if info is None:
        return False
    kinds = [info.annotation, *get_args(info.annotation)]
    return any((get_origin(one) or one) in _LISTS for one in kinds[:1] + _optional(kinds))


def _optional(kinds: list[Any]) -> list[Any]:
    return kinds[1:] if NoneType in kinds else []


def _may_be_none(annotation: Any) -> bool:
    return NoneType in get_args(annotation)


def takes(annotation: Any, kind: type) -> bool:
    """Whether a field may hold one of these."""
    return annotation is kind or any(takes(one, kind) for one in get_args(annotation))


def _wants_text(annotation: Any) -> bool:
    """Whether an empty text is a value: not where the field may be absent instead."""
    choices = get_args(annotation)
    if NoneType in choices:
        return False
    return annotation in _TEXTS or any(_wants_text(choice) for choice in choices)
