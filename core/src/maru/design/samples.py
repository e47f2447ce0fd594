"""What the page of components shows: a form of every kind of field, a table, a timeline."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from maru.web.submitted import Upload
from maru_sdk import Model
from maru_sdk.forms import Colour, DepartmentId, PersonId, Won, choices, when
from maru_sdk.rich import RichText

Email = Annotated[str, Field(json_schema_extra={"format": "email"})]
Address = Annotated[
    str, StringConstraints(pattern="^https?://"), Field(json_schema_extra={"format": "uri"})
]
WAYS = {"mail": "E-mail", "portal": "In the portal", "paper": "On paper"}
KINDS = {"buy": "Buy", "rent": "Rent", "repair": "Repair"}
HASTES = {"low": "Whenever it suits", "normal": "Usual", "high": "Urgent"}
Way = Literal["mail", "portal", "paper"]


class Place(Model):
    """A model inside another: a group of fields."""

    building: str = Field(title="Building", max_length=40)
    floor: int | None = Field(None, title="Floor", ge=-5, le=100)


class Item(Model):
    """A model of which there are several: rows."""

    name: str = Field(title="Item", min_length=1, max_length=60)
    count: int = Field(1, title="Count", ge=1, le=99)
    price: Won | None = Field(None, title="Price", ge=0)


class Request(Model):
    """Every kind of field that a form draws."""

    title: str = Field(title="Title", min_length=2, max_length=60, description="One short line.")
    about: str = Field("", title="Reason", max_length=2_000)
    story: RichText = Field("", title="Description", max_length=20_000)
    kind: Literal["buy", "rent", "repair"] = Field(
        "buy", title="What it is about", json_schema_extra=choices(KINDS, kind="radio")
    )
    months: int | None = Field(
        None,
        title="For how long",
        ge=1,
        le=60,
        json_schema_extra=when("kind", "rent", needed=True, **{"x-unit": "months"}),
    )
    haste: Literal["low", "normal", "high"] = Field(
        "normal", title="How urgent", json_schema_extra=choices(HASTES)
    )
    amount: Won = Field(title="Amount", ge=1_000, le=1_000_000_000)
    share: Decimal | None = Field(
        None, title="Share", ge=0, le=100, json_schema_extra={"x-unit": "%", "x-step": "0.1"}
    )
    needed_on: date = Field(title="Needed on")
    delivered_at: datetime | None = Field(None, title="Delivered at")
    opens_at: time | None = Field(None, title="Opens at")
    owner: PersonId = Field(title="Who is responsible")
    helpers: list[PersonId] = Field([], title="Who is told", max_length=10)
    department: DepartmentId | None = Field(None, title="Department that pays")
    ways: list[Way] = Field(
        ["portal"], title="How to tell them", json_schema_extra={"x-titles": dict(WAYS)}
    )
    words: list[str] = Field([], title="Keywords", description="One a line.", max_length=5)
    email: Email | None = Field(None, title="E-mail", max_length=200)
    site: Address | None = Field(None, title="Web address", max_length=200)
    secret: SecretStr | None = Field(None, title="Secret")
    colour: Colour = Field("#2c55c9", title="Colour")
    place: Place = Field(title="Place")
    items: list[Item] = Field(title="Items", min_length=1, max_length=5)
    paper: Upload | None = Field(None, title="Attachment")
    agreed: bool = Field(False, title="I have read the rules for purchases")


class Thing(Model):
    """A row of the table."""

    id: str
    name: str
    kind: str
    count: int
    place: str
    since: date


class Step(Model):
    """A line of the timeline."""

    title: str
    at: datetime
    icon: str
    tone: str = ""
    text: str = ""


class Event(Model):
    """What stands in the calendar."""

    title: str
    day: date
    until: date | None = None
    tone: str = ""


class Meeting(Model):
    """What has its hours."""

    title: str
    starts: datetime
    ends: datetime
    tone: str = ""


LETTERS = {
    "ko": "<h2>연말 재고 조사</h2><p>올해 재고 조사는 <strong>12월 18일</strong>에 합니다. "
    "자세한 내용은 <a href='/board'>게시판</a>에 있습니다.</p><ul><li><p>가 창고: 오전</p></li>"
    "<li><p>나 창고: 오후</p></li></ul><blockquote><p>물품은 옮기지 말아 주세요.</p></blockquote>"
    "<table><tbody><tr><th>창고</th><th>담당</th></tr><tr><td>가</td><td>총무팀</td></tr></tbody>"
    "</table><pre><code>품번 = 창고 + '-' + 번호</code></pre>",
    "en": "<h2>Stock-taking at the year's end</h2><p>It is on <strong>18 December</strong>. "
    "More stands on the <a href='/board'>boards</a>.</p><ul><li><p>Store A: morning</p></li>"
    "<li><p>Store B: afternoon</p></li></ul><blockquote><p>Please move nothing.</p></blockquote>"
    "<table><tbody><tr><th>Store</th><th>Who</th></tr><tr><td>A</td><td>General affairs</td></tr>"
    "</tbody></table><pre><code>number = store + '-' + place</code></pre>",
}
THINGS = [
    ("monitor", "Monitor, 27 inch", "Device", 124, "Store A", date(2024, 3, 4)),
    ("chair", "Chair with armrests", "Furniture", 310, "Store B", date(2022, 11, 21)),
    ("desk", "Desk that can be raised", "Furniture", 86, "Store B", date(2025, 7, 1)),
    ("headset", "Headset without a wire", "Device", 42, "Store A", date(2026, 1, 15)),
    ("board", "Board for meeting rooms", "Furniture", 17, "Store B", date(2023, 5, 30)),
    ("scanner", "Scanner for documents of both sides", "Device", 9, "Store A", date(2021, 9, 9)),
]
