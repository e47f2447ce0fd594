"""A Pydantic model becomes a form: kinds of inputs, limits, values, errors."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr

from maru.web.forms import drawable, fields_of
from maru.web.inputs import Field as FormField
from maru.web.inputs import faulty, translated
from maru.web.languages import Languages
from maru.web.renderer import Renderer
from maru.web.static import Assets
from maru.web.submitted import Upload
from maru_sdk.forms import Colour as Hue
from maru_sdk.forms import PersonId, Won, choices, when

Kind = Literal["buy", "rent"]


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


class Line(BaseModel):
    item: str = Field(title="Item")
    count: int = Field(1, ge=1)


class Order(BaseModel):
    kind: Kind = Field("buy", json_schema_extra=choices({"buy": "Buy"}, kind="radio"))
    months: int | None = Field(None, json_schema_extra=when("kind", "rent", needed=True))
    price: Won | None = None
    owner: PersonId
    colour: Hue = "#000000"
    place: Line
    lines: list[Line] = Field(min_length=1)
    paper: Upload | None = None
    due: datetime | None = None


def order(values: dict[str, object], errors: dict[str, str] | None = None) -> dict[str, FormField]:
    fields = fields_of(Order, values, errors, ZoneInfo("Asia/Seoul"))
    return {field.name: field for field in fields}


def test_fields_of_fields_have_their_inputs() -> None:
    kinds = {name: field.kind for name, field in order({}).items()}
    assert kinds == {
        "kind": "radio",
        "months": "number",
        "price": "money",
        "owner": "person",
        "colour": "color",
        "place": "group",
        "lines": "rows",
        "paper": "file",
        "due": "datetime-local",
    }


def test_rows_stand_by_their_numbers_and_there_are_as_many_as_are_needed() -> None:
    assert [[one.name for one in row] for row in order({})["lines"].rows] == [
        ["lines.0.item", "lines.0.count"]
    ]
    typed = order({"lines.0.item": "a", "lines.1.item": "b"}, {"lines.1.count": "Wrong"})
    assert [row[0].value for row in typed["lines"].rows] == ["a", "b"]
    assert typed["lines"].rows[1][1].error == "Wrong"
    assert typed["lines"].error == ""
    stored = order({"lines": [{"item": "a"}, {"item": "b"}, {"item": "c"}]})
    assert len(stored["lines"].rows) == 3
    assert order({})["lines"].blank[0].name == "lines.__n__.item"


def test_a_field_is_shown_while_the_one_that_it_belongs_to_says_so() -> None:
    assert not order({})["months"].shown
    assert order({"kind": "rent"})["months"].shown
    assert order({})["kind"].decides


def test_moments_are_on_the_readers_clock_and_amounts_are_grouped() -> None:
    fields = order({"due": "2026-11-20T00:30:00Z", "price": "1200000"})
    assert fields["due"].value == "2026-11-20T09:30"
    assert fields["price"].text == "1,200,000"
    assert order({"price": "a lot"})["price"].text == "a lot"
    assert order({"due": "tomorrow"})["due"].value == "tomorrow"


def test_who_is_chosen_has_a_name() -> None:
    assert order({"owner": {"id": "7", "name": "하늘"}})["owner"].chosen == [("7", "하늘")]
    assert order({"owner": "7", "owner._names": {"7": "하늘"}})["owner"].chosen == [("7", "하늘")]
    assert order({"owner": "7"})["owner"].chosen == [("7", "7")]


def test_what_is_wrong_is_listed_in_order() -> None:
    wrong = {"kind": "A", "place.count": "B", "lines.0.item": "C"}
    fields = fields_of(Order, {}, wrong)
    assert [(one.name, one.error) for one in faulty(fields)] == list(wrong.items())


class Room(BaseModel):
    number: int = 1


class Key(BaseModel):
    code: SecretStr = SecretStr("")


class Nest(BaseModel):
    """A model that holds itself."""

    inside: "list[Nest]" = []


class House(BaseModel):
    """What forms can draw, and what they can't."""

    rooms: list[Room] = []
    hall: Room = Room()
    names: list[str] = []
    plan: dict[str, int] = {}
    grid: list[list[int]] = []
    nests: list[Nest] = []
    keys: list[Key] = []


def test_what_no_input_can_hold_is_not_drawn() -> None:
    shown = fields_of(drawable(House.model_json_schema()))
    named = [(field.name, field.kind) for field in shown]
    assert named == [("rooms", "rows"), ("hall", "group"), ("names", "lines")]
