"""What is read without FastAPI's machinery is understood as with it."""

from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Header, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from maru.api.endpoint import Endpoint
from maru.api.plain import PlainParameters
from maru_sdk import Context, CursorParams, Model


async def listed(ctx: Context, number: int, page: CursorParams, q: str | None = None) -> None: ...


async def limited(ctx: Context, size: Annotated[int, Field(ge=1, le=9)] = 3) -> None: ...


async def many(ctx: Context, label: list[str]) -> None: ...


async def later(ctx: Context, tasks: BackgroundTasks) -> None: ...


async def told(ctx: Context, agent: Annotated[str, Header()]) -> None: ...


async def renamed(ctx: Context, kind: Annotated[str, Query(alias="type")]) -> None: ...


class Body(Model):
    """A body."""

    name: str


async def sent(ctx: Context, body: Body) -> None: ...


def plain(function: Any, path: str = "/x", method: str = "GET") -> PlainParameters | None:
    return PlainParameters.of(Endpoint(function, path, method, tag="x").described())


def read(function: Any, path: dict[str, str], **query: str) -> dict[str, Any]:
    found = plain(function, "/x/{number}" if path else "/x")
    assert found is not None
    return found.read(path, query)


def test_values_are_converted_and_defaults_filled_in() -> None:
    found = read(listed, {"number": "7"}, limit="5")
    assert (found["number"], found["limit"], found["q"]) == (7, 5, None)
    assert read(limited, {}) == {"size": 3}


@pytest.mark.parametrize(
    ("query", "fault"),
    [({"size": "x"}, "int_parsing"), ({"size": "10"}, "less_than_equal"), ({"size": ""}, "int_p")],
)
def test_what_does_not_fit_is_said_with_its_place(query: dict[str, str], fault: str) -> None:
    with pytest.raises(RequestValidationError) as raised:
        read(limited, {}, **query)
    (error,) = raised.value.errors()
    assert error["type"].startswith(fault)
    assert error["loc"] == ("query", "size")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(RequestValidationError) as raised:
        read(listed, {"number": "x"}, limit="0")
    places = [error["loc"] for error in raised.value.errors()]
    assert places == [("path", "number"), ("query", "limit")]


@pytest.mark.parametrize("function", [many, later, told, renamed])
def test_anything_else_is_left_to_fastapi(function: Any) -> None:
    assert plain(function) is None


def test_a_body_is_left_to_fastapi() -> None:
    assert plain(sent, method="POST") is None
