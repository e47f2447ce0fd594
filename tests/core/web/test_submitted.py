"""What a browser sends becomes a model: rows, models inside, boxes, moments and what is refused."""

from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field

from maru.web.addresses import address
from maru.web.calendars import calendar_of
from maru.web.rounds import Step, tidied
from maru.web.submitted import FormRefused, Pairs, bind
from maru_sdk import Model
from maru_sdk.forms import Colour, DepartmentId, PersonId, Won, choices, when

SEOUL = ZoneInfo("Asia/Seoul")


class Line(Model):
    """A row."""

    item: str
    count: int = 1
    good: bool = True


class Place(Model):
    """A group."""

    room: str


class Order(Model):
    """A form of everything that is more than one input."""

    kind: Literal["buy", "rent"] = Field("buy", json_schema_extra=choices({"buy": "Buy"}))
    months: int | None = Field(None, json_schema_extra=when("kind", "rent", needed=True))
    price: Won | None = None
    owner: PersonId | None = None
    department: DepartmentId | None = None
    colour: Colour = "#000000"
    place: Place | None = None
    lines: list[Line] = Field([])
    due: datetime | None = None
    agreed: bool = True


def made(pairs: Pairs) -> Order:
    tidy, _ = tidied(pairs)
    return bind(Order, tidy, "ko", zone=SEOUL)


def refused(pairs: Pairs) -> FormRefused:
    with pytest.raises(FormRefused) as caught:
        made(pairs)
    return caught.value


class TestShape:
    def test_models_inside_and_rows(self) -> None:
        order = made(
            [
                ("place.room", "301"),
                ("lines.4._row", "1"),
                ("lines.4.item", "b"),
                ("lines.4.count", "3"),
                ("lines.0._row", "1"),
                ("lines.0.item", "a"),
            ]
        )
        assert order.place == Place(room="301")
        assert [(one.item, one.count) for one in order.lines] == [("a", 1), ("b", 3)]

    def test_empty_rows_and_groups_are_none(self) -> None:
        order = made(
            [
                ("lines.0._row", "1"),
                ("lines.0.item", ""),
                ("_off", "lines.0.good=false"),
                ("place.room", ""),
            ]
        )
        assert order.lines == []
        assert order.place is None

    def test_a_fault_in_a_row_names_its_input_and_the_rows_count_anew(self) -> None:
        fault = refused([("lines.2._row", "1"), ("lines.2.item", "a"), ("lines.2.count", "many")])
        assert fault.form.errors["lines.0.count"] == "정수여야 합니다"
        assert fault.form.values["lines.0.item"] == "a"
        assert fault.details["fields"][0]["path"] == "lines.0.count"

    def test_a_box_left_unticked_is_false_whatever_the_default(self) -> None:
        assert made([]).agreed
        assert not made([("_off", "agreed=false")]).agreed
        assert made([("_off", "agreed=false"), ("agreed", "true")]).agreed

    def test_moments_are_on_the_clock_of_the_reader(self) -> None:
        assert made([("due", "2026-11-20T09:30")]).due == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
        assert made([("due", "2026-11-20T09:30Z")]).due == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
        assert "due" in refused([("due", "2026-13-77T09:30")]).form.errors

    def test_amounts_come_with_their_separators(self) -> None:
        assert made([("price", "1,200,000")]).price == 1_200_000
        assert "price" in refused([("price", "1,2a")]).form.errors


class TestWhatBelongsToAChoice:
    def test_is_needed_while_it_is_chosen(self) -> None:
        assert made([("kind", "rent"), ("months", "3")]).months == 3
        assert refused([("kind", "rent")]).form.errors == {"months": "필수 항목입니다"}

    def test_is_forgotten_otherwise(self) -> None:
        assert made([("kind", "buy"), ("months", "3")]).months is None
        assert made([("kind", "buy"), ("months", "nonsense")]).months is None


class TestHostile:
    @pytest.mark.parametrize(
        "pairs",
        [
            [("lines.0.item.deeper", "x")],
            [("lines.x.item", "a"), ("lines..item", "b")],
            [("place", "not a group")],
            [("lines", "not rows")],
            [("lines.0", "x")],
            [("place.room", "a"), ("place.room", "b")],
            [("unknown.0.x", "a")],
            [("unknown", "a")],
            [("lines.0._row", "1"), ("lines.0.item", "\x00")],
            [("colour", "red; background: url(//evil)")],
        ],
        ids=str,
    )
    def test_a_wrong_shape_is_refused_or_nothing(self, pairs: Pairs) -> None:
        try:
            order = made(pairs)
        except FormRefused as fault:
            told = fault.form.errors
        else:
            told = {} if order == Order() else {"taken": str(order)}
        assert "taken" not in told

    def test_endless_rows_stop(self) -> None:
        rows = [(f"lines.{number}._row", "1") for number in range(100)]
        tidy, _ = tidied([*rows, ("_round", "add:lines")])
        assert len(tidy) == 100
        tidied([("lines.99999999999999999999._row", "1"), ("_round", "remove:lines.٣")])


class TestRounds:
    def test_a_row_more_and_a_row_less(self) -> None:
        pairs = [("lines.0._row", "1"), ("lines.0.item", "a"), ("lines.1._row", "1")]
        tidy, step = tidied([*pairs, ("_round", "add:lines")])
        assert step == Step("add", "lines")
        assert tidy == [*pairs, ("lines.2._row", "1")]
        tidy, step = tidied([*pairs, ("_round", "remove:lines.0")])
        assert step == Step("remove", "lines", 0)
        assert tidy == [("lines.0._row", "1")]

    def test_without_a_button_nothing_is_asked(self) -> None:
        assert tidied([("a", "b")]) == ([("a", "b")], None)


def test_a_list_keeps_what_was_asked_for() -> None:
    asked: dict[str, Any] = {"q": "김 하늘", "sort": "name", "columns": ["a", "b"], "page": None}
    assert address("/x", asked, sort="age") == (
        "/x?q=%EA%B9%80+%ED%95%98%EB%8A%98&sort=age&columns=a&columns=b"
    )
    assert address("/x", {}) == "/x"


class TestCalendar:
    @pytest.mark.parametrize("at", [date(2026, 2, 28), date(2024, 2, 29), date(2026, 12, 31)])
    def test_a_month_is_whole_weeks_from_sunday(self, at: date) -> None:
        found = calendar_of(at, [], "month", "ko")
        assert all(len(week) == 7 and week[0].date.weekday() == 6 for week in found.weeks)
        inside = [day.date for week in found.weeks for day in week if not day.outside]
        assert inside[0].day == 1
        assert {day.month for day in inside} == {at.month}
        assert found.before < inside[0] <= inside[-1] < found.after

    @pytest.mark.parametrize("at", [date.min, date.max])
    @pytest.mark.parametrize("view", ["month", "week"])
    def test_the_ends_of_time_have_neighbours(self, at: date, view: str) -> None:
        found = calendar_of(at, [], view, "en")
        assert found.before < found.after

    def test_what_lasts_is_on_each_of_its_days(self) -> None:
        event = {"title": "x", "day": date(2026, 11, 30), "until": date(2026, 12, 1)}
        week = calendar_of(date(2026, 11, 30), [event], "week", "en").weeks[0]
        assert [day.date.day for day in week if day.events] == [30, 1]
        assert calendar_of(date(2026, 11, 1), [], "month", "ko").weekdays[0] == "일"
