"""Queries and what they answer (interim; the database branch replaces it)."""

from typing import Any, Generic, TypeVar

M = TypeVar("M")


class Query(Generic[M]):
    """A statement that `ctx.read` runs."""

    def __init__(self, statement: Any, row: type[M]) -> None:
        self.statement, self.row = statement, row


class Rows(Generic[M]):
    """Typed rows over ready JSON."""


class Page(Rows[M]):
    """One page of rows."""
