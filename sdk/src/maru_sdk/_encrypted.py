"""Texts that only their own row can open: what a model says, what a column holds, and how neither
is shown by accident."""

from typing import Any, Generic, NoReturn, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T", bound=str)

HIDDEN = "**********"
FORM = "maru1."
CORE = "maru."


class HasId(Protocol):
    """A row, or a list's row, that tells its id."""

    @property
    def id(self) -> UUID: ...


class Encrypted(Generic[T]):
    """A text that the database holds sealed: `number: Encrypted[str]` in a `TenantModel`.

    Write `Encrypted("900101-1234567")` to a row of `ctx.db`; it is sealed when the row is written,
    under a key of the tenant's, bound to table, column and row. Read it by
    `await ctx.open(Employee.number, row)`, where `row` is the model's or a list's with the fields
    `id` and `number`. It is shown nowhere: `repr` and JSON hold `**********`, what the database
    holds can't be searched or sorted by.
    """

    __slots__ = ("_sealed", "_text")

    def __init__(self, text: T) -> None:
        self._text: T | None = text
        self._sealed: str | None = None

    @classmethod
    def sealed(cls, stored: str) -> "Encrypted[T]":
        """One that is sealed already, as a column holds it."""
        found = cls.__new__(cls)
        found._text, found._sealed = None, stored
        return found

    @property
    def stored(self) -> str | None:
        """What a column holds; None while it isn't sealed."""
        return self._sealed

    @property
    def written(self) -> T | None:
        """The text that was just given; None once it is sealed."""
        return self._text

    def __repr__(self) -> str:
        return f"Encrypted({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Encrypted text doesn't leave its process")

    @classmethod
    def __get_pydantic_core_schema__(cls, kind: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        hidden = core_schema.plain_serializer_function_ser_schema(_hidden, when_used="json")
        return core_schema.no_info_plain_validator_function(_validated, serialization=hidden)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "password", "readOnly": True}


def _hidden(value: object) -> str:
    return HIDDEN


def _validated(value: object) -> Encrypted[str]:
    if isinstance(value, Encrypted):
        return value
    if isinstance(value, str) and value.startswith(FORM):  # as a list's row brings it
        return Encrypted.sealed(value)
    raise ValueError("only a sealed text can be read here")


class SealedText(sa.types.TypeDecorator[Encrypted[str]]):
    """The column of an `Encrypted[str]`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Encrypted[str] | None, dialect: sa.Dialect) -> str | None:
        """What is sealed, and nothing else, goes to the database."""
        if value is None:
            return None
        if getattr(value, "stored", None) is None:
            raise TypeError("an Encrypted text is sealed with its row: write it by `ctx.db.add`")
        return value.stored

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """As it is stored."""
        return None if value is None else Encrypted.sealed(value)


def place(table: str, row: UUID, column: str) -> str:
    """What a sealed text is bound to besides its tenant; `table` with its schema, core's without
    (`sign_in_provider:<id>:client_secret`)."""
    return f"{table.removeprefix(CORE)}:{row}:{column}"
