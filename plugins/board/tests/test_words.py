"""Every text that a reader meets has a Korean one, with the same blanks."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

import maru_board
from maru_sdk import MaruError, Model

SOURCE = Path(maru_board.__file__).parent
CALL = re.compile(r"""\bt\(\s*(["'])((?:(?!\1).)*)\1""")
PLURAL = re.compile(r"""\btn\("([^"]+)", "([^"]+)\"""")
BLANK = re.compile(r"\{(\w+)(?::\w+)?\}")


def classes(base: type) -> set[Any]:
    """The plugin's own classes of a kind, in whichever feature they stand."""
    names = [one.name for one in pkgutil.walk_packages(maru_board.__path__, "maru_board.")]
    found = {c for n in names for _, c in inspect.getmembers(import_module(n), inspect.isclass)}
    return {one for one in found if issubclass(one, base) and one.__module__ in names}


def forms() -> set[Any]:
    """The models that forms are made from: those that label any of their fields."""
    found = classes(Model)
    return {form for form in found if any(f.title for f in form.model_fields.values())}


def catalogue() -> dict[str, str]:
    """The Korean words, plurals under their singular."""
    po = files("maru_board") / "locale" / "ko" / "LC_MESSAGES" / "board.po"
    with po.open("rb") as stream:
        return {
            first(message.id): first(message.string) for message in read_po(stream) if message.id
        }


def first(forms: Any) -> str:
    """The only form of a text, or its singular."""
    return forms if isinstance(forms, str) else str(forms[0])


def in_templates() -> Iterator[str]:
    for template in (SOURCE / "templates").rglob("*.html"):
        yield from (text for _, text in CALL.findall(template.read_text()))
        yield from (one for one, _ in PLURAL.findall(template.read_text()))


def in_code() -> Iterator[str]:
    for file in SOURCE.rglob("*.py"):
        yield from (text for _, text in CALL.findall(file.read_text()))


def in_declarations() -> Iterator[str]:
    plugin = maru_board.plugin
    yield plugin.title
    yield metadata("maru-board")["Summary"]
    for kind in (
        "pages",
        "portlets",
        "permissions",
        "navigation",
        "admin_pages",
        "statistics",
        "notifications",
    ):
        yield from (one.title for one in plugin.declared(kind) if hasattr(one, "title"))
    yield from (one.description for one in plugin.permissions if one.description)
    yield from (one.title for one in plugin.roles if one.title)


def in_docstrings() -> Iterator[str]:
    """What the admin area calls what runs later; core says what search's own listeners do."""
    of_search = {one for source in maru_board.plugin.search for one in source.listeners}
    for kind in ("jobs", "schedules", "listeners"):
        for one in set(maru_board.plugin.declared(kind)) - of_search:
            if said := inspect.getdoc(one.function):
                yield said.partition("\n\n")[0].replace("\n", " ")


def in_models() -> Iterator[str]:
    """The labels and hints of the forms that are made from models."""
    for form in forms():
        for field in form.model_fields.values():
            yield from (text for text in (field.title, field.description) if text)
            extra: Any = field.json_schema_extra or {}
            yield from (extra.get("x-titles") or {}).values()
            yield from [extra["x-unit"]] if "x-unit" in extra else []


def in_errors() -> Iterator[str]:
    yield from (error.message for error in classes(MaruError))


def texts() -> set[str]:
    parts = (in_templates, in_code, in_declarations, in_docstrings, in_models, in_errors)
    return {text for part in parts for text in part()}


@pytest.mark.parametrize("text", sorted(texts()))
def test_text_has_a_korean_one(text: str) -> None:
    korean = catalogue()[text]
    assert re.search("[가-힣]", korean)
    assert set(BLANK.findall(korean)) == set(BLANK.findall(text))


def test_catalogue_holds_nothing_that_nobody_says() -> None:
    assert set(catalogue()) - texts() == set()


def test_models_of_forms_label_every_field_that_is_shown() -> None:
    for form in (one for one in forms() if one.__name__.endswith(("Form", "Settings", "Shown"))):
        fields = form.model_fields.items()
        assert [name for name, field in fields if not (field.title or hidden(field))] == [], form


def hidden(field: Any) -> bool:
    """Whether no reader sees the field."""
    return (field.json_schema_extra or {}).get("x-kind") == "hidden"
