"""What a browser's form sent, made into the model that an action asks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser, parse_options_header

from maru.api.errors import MalformedBody, fields_of
from maru.web.gathering import Gathering, is_list, takes
from maru_sdk import InvalidInput, Model

M = TypeVar("M", bound=BaseModel)
Pairs = list[tuple[str, str]]

CSRF_FIELD: Final = "_csrf"
MAX_FIELDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its page shows it again: what was typed, and what is wrong with it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    again: bool = False
    """Whether nothing is wrong: a button of the form asked for another row, or for a search."""

    def __bool__(self) -> bool:
        return bool(self.errors or self.fault or self.values or self.again)


class AsTyped(Model):
    """A form as it came, for a handler that knows only by the address which model it makes."""

    pairs: Pairs


class Upload(Model):
    """A file that came with a form: the type of a field that takes one."""

    model_config = ConfigDict(json_schema_extra={"x-kind": "file"})

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
    return {} if any(takes(info.annotation, Upload) for info in fields.values()) else None


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
    zone: ZoneInfo | None = None,
) -> M:
    """The model of these fields; raises FormRefused with what was typed.

    A field left empty counts as absent, except where the model wants a text; a list is one value
    a line. Fields of a model inside are named `address.city`, those of a list `items.0.name`; a
    moment without a zone is on the clock of `zone`. With `whole` the form shows every field that
    it can, so that a box that didn't come was left unticked.
    """
    if issubclass(model, AsTyped):
        return model(pairs=pairs)
    start = dict(_unticked(model)) if whole else {}
    gathering = Gathering(locale, zone)
    given = start | dict(files or {}) | gathering.of(model, _meant(pairs))
    faults = gathering.faults
    try:
        made = model.model_validate(given)
    except ValidationError as error:
        faults += fields_of(error.errors(), locale, skip=0)
    if faults:
        raise FormRefused(Form(start | dict(typed(pairs)), errors_of(faults)), faults)
    return made


def _meant(pairs: Pairs) -> Pairs:
    """The fields without what the form itself needs to be shown again."""
    return [pair for pair in pairs if pair[0] != CSRF_FIELD and "._" not in pair[0]]


def errors_of(faults: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What is wrong by the names of the inputs, and of the fields that these stand in."""
    errors: dict[str, str] = {}
    for fault in faults:
        path, message = str(fault["path"]), str(fault["message"])
        errors.setdefault(path, message)
        while "." in path:
            path = path.rpartition(".")[0]
            errors.setdefault(path, message)
    return errors


def _unticked(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """What a browser doesn't send: boxes without a tick."""
    for name, info in model.model_fields.items():
        if info.annotation is bool:
            yield name, False
        elif is_list(info):
            yield name, []


def typed(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    """What was typed, to be shown again: passwords never are."""
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != CSRF_FIELD and "password" not in name and not name.endswith("._pick"):
            many.setdefault(name, []).append(value)
    for name, values in many.items():
        yield name, values[0] if len(values) == 1 else values
