"""What a browser's form sent, made into the model that an action asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser, parse_options_header

from maru.api.body import is_unstorable
from maru.api.errors import MalformedBody, fields_of
from maru.api.texts import field_message
from maru_sdk import InvalidInput, Model

M = TypeVar("M", bound=BaseModel)
Pairs = list[tuple[str, str]]

CSRF_FIELD: Final = "_csrf"
MAX_FIELDS: Final = 1_000
_LISTS: Final = (list, set, tuple, frozenset)
_TEXTS: Final = (str, Any)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its page shows it again: what was typed, and what is wrong with it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    def __bool__(self) -> bool:
        return bool(self.errors or self.fault or self.values)


class AsTyped(Model):
    """A form as it came, for a handler that knows only by the address which model it makes."""

    pairs: Pairs


class Upload(Model):
    """A file that came with a form: the type of a field that takes one."""

    name: str
    content: bytes = Field(repr=False)


Files = dict[str, Upload]


class FormRefused(InvalidInput):
    """The fields of a form don't make its model."""

    code = InvalidInput.code

    def __init__(self, form: Form, fields: Sequence[Mapping[str, str]]) -> None:
        super().__init__(fields=fields)
        self.form = form


class _File(Exception):
    """A form came with a file that nothing takes."""


def files_of(model: type[BaseModel] | None) -> Files | None:
    """Where the files of a form go; None where its model takes none."""
    fields = {} if model is None else model.model_fields
    return {} if any(info.annotation is Upload for info in fields.values()) else None


def read_form(kind: bytes, body: bytes, files: Files | None = None) -> Pairs:
    """The fields of a form's body, in order; line ends as `\\n`. What files come are put into
    `files`, and refused without it. Raises MalformedBody."""
    name = kind.partition(b";")[0].strip().lower()
    try:
        if name == b"application/x-www-form-urlencoded" or not body:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS
            )
        elif name == b"multipart/form-data":
            pairs = _multipart(kind, body, files)
        else:
            raise MalformedBody
    except _File:
        raise InvalidInput("Files are not accepted here") from None
    except (ValueError, FormParserError):
        raise MalformedBody from None
    return [(name, value.replace("\r\n", "\n")) for name, value in pairs]


def _multipart(kind: bytes, body: bytes, files: Files | None) -> Pairs:
    pairs: Pairs = []

    def take(part: Any) -> None:
        if len(pairs) >= MAX_FIELDS:
            raise MalformedBody
        name, value = part.field_name or b"", part.value or b""
        pairs.append((name.decode("utf-8"), value.decode("utf-8")))

    def take_file(part: Any) -> None:
        if not part.file_name and not part.size:
            return  # a browser sends an empty one where none was chosen
        if files is None:
            raise _File
        part.file_object.seek(0)
        name = (part.file_name or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")
        field = (part.field_name or b"").decode("utf-8")
        files[field] = Upload(name=name[:200], content=part.file_object.read())

    _, options = parse_options_header(kind)
    parser = FormParser(
        "multipart/form-data",
        take,
        take_file,
        boundary=options.get(b"boundary"),
        config={"MAX_MEMORY_FILE_SIZE": len(body) + 1},  # never to the disk: that would block
    )
    try:
        parser.write(body)
        parser.finalize()
    finally:
        parser.close()
    return pairs


def bind(
    model: type[M],
    pairs: Pairs,
    locale: str,
    *,
    whole: bool = False,
    files: Files | None = None,
) -> M:
    """The model of these fields; raises FormRefused with what was typed.

    A field left empty counts as absent, except where the model wants a text; a list is one value
    a line. With `whole` the form shows every field that it can, so that a box that didn't come
    was left unticked.
    """
    if issubclass(model, AsTyped):
        return model(pairs=pairs)
    start = dict(_unticked(model)) if whole else {}
    given: dict[str, Any] = dict(files or {})
    faults: list[dict[str, str]] = []
    for name, value in pairs:
        if name == CSRF_FIELD:
            continue
        info = model.model_fields.get(name)
        if code := _fault(name, value, given, listed=_is_list(info)):
            message = field_message({"type": code, "msg": code}, locale)
            faults.append({"path": name, "code": code, "message": message})
        elif _is_list(info):
            given[name] = [*given.get(name, ()), *filter(None, value.split("\n"))]
        elif value or info is None or _wants_text(info.annotation):
            given[name] = value
    try:
        made = model.model_validate(start | given)
    except ValidationError as error:
        faults += fields_of(error.errors(), locale, skip=0)
    if faults:
        errors = {fault["path"].partition(".")[0]: fault["message"] for fault in faults}
        raise FormRefused(Form(start | dict(typed(pairs)), errors), faults)
    return made


def _unticked(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """What a browser doesn't send: boxes without a tick."""
    for name, info in model.model_fields.items():
        if info.annotation is bool:
            yield name, False
        elif _is_list(info):
            yield name, []


def typed(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """What was typed, to be shown again: passwords never are."""
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != CSRF_FIELD and "password" not in name:
            many.setdefault(name, []).append(value)
    for name, values in many.items():
        yield name, values[0] if len(values) == 1 else values


def _fault(name: str, value: str, given: Mapping[str, Any], *, listed: bool) -> str | None:
    if is_unstorable(value) or is_unstorable(name):
        return "text_unfit"
    return "repeated" if name in given and not listed else None


def _is_list(info: Any) -> bool:
    return info is not None and (get_origin(info.annotation) or info.annotation) in _LISTS


def _wants_text(annotation: Any) -> bool:
    """Whether an empty text is a value: not where the field may be absent instead."""
    choices = get_args(annotation)
    if NoneType in choices:
        return False
    return annotation in _TEXTS or any(_wants_text(choice) for choice in choices)
