"""Addresses of a list that keep what was asked for: sorting it doesn't lose the filter."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode


def address(url: str, asked: Mapping[str, Any], **changes: Any) -> str:
    """`url` with what is asked for there, changed; what is empty is left out."""
    query = urlencode(list(_pairs({**asked, **changes})))
    return f"{url}?{query}" if query else url


def _pairs(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in asked.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if one not in (None, ""):
                yield name, str(one)
