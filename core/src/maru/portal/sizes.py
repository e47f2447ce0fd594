"""How large a portlet's model is, found out without serialising what is far too large.

Serialising 50 MB holds the loop for seconds, in which no other portlet and no other request moves.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

ITEM = 16
"""What a value of fixed size counts: a number, a date, an id."""


def exceeds(value: Any, limit: int) -> bool:
    """Whether `value` is larger than about `limit` bytes; looks at no more of it than that."""
    left, rows = limit, [iter((value,))]
    while rows:
        for item in rows[-1]:
            left -= len(item) + ITEM if isinstance(item, str | bytes) else ITEM
            if left < 0:
                return True
            if (inside := _inside(item)) is not None:
                rows.append(inside)
                break
        else:
            rows.pop()
    return False


def _inside(item: Any) -> Any:
    """What stands in a container, one after another; None where it is none."""
    if isinstance(item, BaseModel):
        return (value for _, value in item)
    if isinstance(item, Mapping):
        return (part for pair in item.items() for part in pair)
    if isinstance(item, list | tuple | set | frozenset):
        return iter(item)
    return None
