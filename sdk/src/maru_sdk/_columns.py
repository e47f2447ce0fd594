"""A list's SELECT, taken from the model of its rows: what has the same name isn't said twice."""

from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel


def select_as(row: type[BaseModel], *models: Any, **computed: Any) -> sa.Select[Any]:
    """The `select()` of a list whose rows are `row`: each of its fields by name.

    Fields given by keyword are those expressions (`author=…`, `board_name=Board.name`); the others
    are the columns of that name of the first model that has it. What neither gives is missing, and
    `Query` says so when the module is imported. Add `join`, `where` and `limit` as to any select.
    """
    columns = []
    for name in row.model_fields:
        owner = next((model for model in models if name in model.model_fields), None)
        if name in computed:
            columns.append(sa.label(name, computed[name]))
        elif owner is not None:
            columns.append(getattr(owner, name))
    return sa.select(*columns)
