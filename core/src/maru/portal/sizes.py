"""How large a portlet's model is, found out without serialising what is far too large.

Serialising 50 MB holds the loop for seconds, in which no other portlet and no other request moves.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

from pydantic import BaseModel

ITEM = 16
"""What a value of fixed size counts: a number, a date, an id."""
_FIXED = frozenset({int, float, bool, NoneType, UUID, datetime, date, Decimal})
_LEAVES = _FIXED | {str, bytes}


def exceeds(value: Any, limit: int) -> bool:
    """Whether `value` is larger than about `limit` bytes; looks at no more of it than that."""
    left, rows = limit, [iter((value,))]
    while rows:
        for item in rows[-1]:
            kind, left = type(item), left - ITEM
            if kind is str or (kind not in _FIXED and isinstance(item, str | bytes)):
                left -= len(item)
            if left < 0:
                return True
            if kind not in _LEAVES and (inside := _inside(item)) is not None:
                rows.append(inside)
                break
        else:
            rows.pop()
    return False


def _inside(item: Any) -> Any:
    """What stands in a container, one after another; None where it is none."""
    if isinstance(item, BaseModel):
        return iter(vars(item).values())
    if isinstance(item, Mapping):
        return (part for pair in item.items() for part in pair)
    if isinstance(item, list | tuple | set | frozenset):
        return iter(item)
    return None
