"""The mistakes of a plugin's first hour: each reason says what to write instead."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.plugins.shelf import SDK, Shelf

from maru.api.surfaces import Surfaces
from maru.plugins.registry import PluginHost

KEYS = (f"lunch{n}" for n in itertools.count(1))
PRELUDE = """
from pydantic import BaseModel, SecretStr
from maru_sdk import *
from maru_sdk.db import Field, TenantModel
from sqlmodel import SQLModel

class Menu(Model):
    dishes: list[str] = []

"""
PORTLET = """
@portlet(title="Lunch")
async def today(ctx: Context) -> Menu:
    return Menu()

plugin = Plugin(title="Lunch", portlets=[today])
"""
ROUTE = """
@get("/x", signed_in=True, no_store="t")
async def x(ctx: Context) -> Menu:
    return Menu()

plugin = Plugin(title="Lunch", routes=[x])
"""
TABLE = "class Dish(TenantModel, table=True):\n    name: str\n"
LOOSE = "class Bowl(SQLModel, table=True):\n    id: int | None = Field(None, primary_key=True)\n"
SETTINGS = "plugin = Plugin(title='Lunch', settings=Taste)"

MISTAKES: Mapping[str, tuple[str, str]] = {
    "a handler that isn't async": (PORTLET.replace("async ", ""), "write 'async def today'"),
    "a template forgotten": (PORTLET, "make the file maru_KEY/templates/KEY/today.html"),
    "who may use a route forgotten": (ROUTE.replace(", signed_in=True", ""), "give it the one"),
    "a dictionary returned": (ROUTE.replace("-> Menu", ""), "write '-> SomeModel'"),
    "a portlet that returns a dictionary": (
        PORTLET.replace("-> Menu", "-> dict"),
        "doesn't return a Model, but dict; write '-> SomeModel'",
    ),
    "pydantic's own model": (
        "class Bare(BaseModel): ...\n" + ROUTE.replace("-> Menu", "-> Bare"),
        "which is not a maru_sdk.Model; subclass that",
    ),
    "a table returned": (
        TABLE + ROUTE.replace("-> Menu", "-> list[Dish]"),
        "a table as its answer: Dish; give a Model",
    ),
    "a table without migrations": (TABLE + ROUTE, "write Plugin(migrations='migrations')"),
    "SQLModel's own table": (LOOSE + ROUTE, "The table Bowl is no TenantModel"),
    "ctx forgotten": (ROUTE.replace("ctx: Context", ""), "write (ctx: Context, …)"),
    "the decorator forgotten": (
        ROUTE.replace('@get("/x", signed_in=True, no_store="t")', ""),
        "put its decorator above it",
    ),
    "the decorator's brackets forgotten": (
        PORTLET.replace('@portlet(title="Lunch")', "@portlet"),
        "(maru_KEY/__init__.py, line 11); write @portlet(…) with brackets",
    ),
    "the path's brackets forgotten": (
        ROUTE.replace('@get("/x", signed_in=True, no_store="t")', "@get"),
        "write @get(…) with its brackets",
    ),
    "a route among the pages": (ROUTE.replace("routes=", "pages="), "list it in routes"),
    "one thing instead of a list": (ROUTE.replace("[x]", "x"), "write routes=[…]"),
    "a kind misspelt": (ROUTE.replace("routes=", "route="), "did you mean 'routes'?"),
    "a permission as text": (
        ROUTE.replace("signed_in=True", "needs='lunch:menu:read'"),
        "write Permission(…) there",
    ),
    "a permission that isn't listed": (
        ROUTE.replace("signed_in=True", "needs=Permission('KEY:menu:read', 'Read')"),
        "add it to Plugin(permissions=[…])",
    ),
    "a path without its slash": (ROUTE.replace("/x", "x"), "it looks like '/things/{thing_id}'"),
    "a duration in words": (
        PORTLET.replace('"Lunch")', '"Lunch", cache="5 minutes")'),
        "write it as '30s', '5m' or '1h'",
    ),
    "a schedule in words": (
        (
            "@schedule('daily')\nasync def s(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='Lunch', schedules=[s])"
        ),
        "it needs five fields",
    ),
    "a link without its slash": (
        "plugin = Plugin(title='Lunch', navigation=[Navigation('Lunch', 'lunch')])",
        "a path begins with '/'",
    ),
    "a module that isn't required": ("import pandas_or_so", "does pyproject.toml name what"),
    "settings with a list of secrets": (
        f"class Taste(Settings):\n    keys: list[SecretStr] = []\n{SETTINGS}",
        "the field 'keys' holds secrets; only a field that is a SecretStr can",
    ),
    "settings with a secret that everyone knows": (
        f"class Taste(Settings):\n    key: SecretStr = SecretStr('admin')\n{SETTINGS}",
        "the secret 'key' has a default; a secret starts empty",
    ),
    "settings that refuse themselves": (
        "class Taste(Settings):\n    n: int = Field(0, gt=0)\n" + SETTINGS,
        "its own default of 'n' is refused",
    ),
    "a type imported for the checker alone": (
        "from __future__ import annotations\n" + PRELUDE + ROUTE.replace("-> Menu", "-> Later"),
        "not under TYPE_CHECKING alone",
    ),
}


def reason(shelf: Shelf) -> str:
    """Why the one plugin on the shelf is set aside."""
    host = PluginHost.load({}, path=shelf.path, mount=Surfaces().mount)
    (aside,) = host.set_aside.values()
    return aside.reason


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_reason_says_what_to_do(shelf: Shelf, mistake: str) -> None:
    key = next(KEYS)  # a table of one name can be declared only once in a process
    source, told = MISTAKES[mistake]
    whole = source if source.startswith("from __future__") else PRELUDE + source
    shelf.add(key, whole.replace("KEY", key))
    assert told.replace("KEY", key) in reason(shelf)


def test_a_template_that_cannot_be_read(shelf: Shelf) -> None:
    shelf.add("lunch", PRELUDE + PORTLET, files={"templates/lunch/today.html": "a\n{% if x %}"})
    assert "'lunch/today.html' can't be read: line 2: Unexpected end" in reason(shelf)


class TestEntryPoint:
    def named(self, shelf: Shelf, entries: str, *needs: str, name: str = "maru-lunch") -> str:
        shelf.add("lunch", PRELUDE + "plugin = Plugin(title='Lunch')")
        for folder in Path(shelf.folder).glob("*.dist-info"):
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
        shelf.metadata(name, "1.0", needs or (SDK,), entries)
        return reason(shelf)

    def test_in_another_group(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugin]\nlunch = maru_lunch:plugin")
        assert told.endswith(
            "stands in the group 'maru.plugin'; a plugin's group is 'maru.plugins'."
        )

    def test_that_names_the_module(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugins]\nlunch = maru_lunch")
        assert "write 'lunch = maru_lunch:plugin'" in told

    def test_that_names_nothing(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugins]\nlunch = maru_lunch:plugins")
        assert "write 'lunch = maru_lunch:plugin'" in told

    def test_of_another_name_than_the_distribution(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugins]\nfood = maru_lunch:plugin")
        assert told.endswith("Name the distribution 'maru-food' or the entry point 'lunch'.")

    def test_of_a_distribution_without_our_word(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugins]\nlunch = maru_lunch:plugin", name="lunch")
        assert told.endswith("Name the distribution 'maru-lunch'.")

    def test_without_the_sdk(self, shelf: Shelf) -> None:
        told = self.named(shelf, "[maru.plugins]\nlunch = maru_lunch:plugin", "pydantic")
        assert "add 'maru-sdk>=1.0' to the dependencies in pyproject.toml" in told
