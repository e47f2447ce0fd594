"""A Pydantic model becomes a form: kinds of inputs, limits, values, errors."""

from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from maru.web.forms import fields_of
from maru.web.inputs import Field as FormField
from maru.web.inputs import translated
from maru.web.languages import Languages
from maru.web.renderer import Renderer
from maru.web.static import Assets


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Everything(BaseModel):
    """One of each."""

    name: str = Field(max_length=40, min_length=2, title="Your name", description="As on paper.")
    story: str = Field(default="", max_length=5000)
    age: int | None = Field(default=None, ge=0, le=150)
    born: date | None = None
    colour: Colour = Field(default=Colour.RED, json_schema_extra={"x-titles": {"red": "Red"}})
    colours: list[Colour] = []
    secret: SecretStr | None = None
    open: bool = True


def by_name(**given: object) -> dict[str, FormField]:
    return {field.name: field for field in fields_of(Everything, given)}


def test_each_type_has_its_input() -> None:
    kinds = {name: field.kind for name, field in by_name().items()}
    assert kinds == {
        "name": "text",
        "story": "long",
        "age": "number",
        "born": "date",
        "colour": "select",
        "colours": "choices",
        "secret": "password",
        "open": "tick",
    }


def test_limits_titles_and_hints_come_from_the_model() -> None:
    fields = by_name()
    name = fields["name"]
    assert (name.label, name.hint, name.required) == ("Your name", "As on paper.", True)
    assert (name.min_length, name.max_length) == (2, 40)
    assert (fields["age"].minimum, fields["age"].maximum, fields["age"].step) == (0, 150, "1")
    assert fields["colour"].options == [("red", "Red"), ("blue", "blue")]


def test_values_win_over_defaults_and_errors_find_their_field() -> None:
    fields = fields_of(Everything, Everything(name="하늘", age=3), {"age": "너무 어려요"})
    found = {field.name: field for field in fields}
    assert found["name"].value == "하늘"
    assert found["age"].error == "너무 어려요"
    assert found["colour"].value == "red"


def test_words_are_translated_and_errors_are_not() -> None:
    field = translated(fields_of(Everything, {}, {"name": "Nope"})[0], str.upper)
    assert (field.label, field.hint, field.error) == ("YOUR NAME", "AS ON PAPER.", "Nope")


def test_a_form_draws_every_kind(tmp_path: Path) -> None:
    template = tmp_path / "board" / "form.html"
    template.parent.mkdir()
    template.write_text('{% import "maru/ui.html" as ui %}{{ ui.form(fields, "/go") }}')
    renderer = Renderer({"board": tmp_path}, Assets(), Languages(), mark="mark")
    values = {"name": "<b>", "colours": ["blue"], "secret": "x"}
    fields = fields_of(Everything, values, {"born": "Wrong"})
    html = renderer.render("board/form.html", {"fields": fields}, locale="ko")
    assert 'value="&lt;b&gt;"' in html
    assert 'type="password" value=""' in html
    assert 'value="blue" checked' in html
    assert 'aria-invalid="true" aria-describedby="field-born-fault"' in html
