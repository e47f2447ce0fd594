"""Cells that name several departments."""

import re
from collections.abc import Iterator
from typing import Final

_WITH_POSITION: Final = re.compile(r"(.*\S)\s*[(（]([^()（）]+)[)）]")


def posts_in(cell: str) -> Iterator[tuple[str, str]]:
    """The departments of a cell with what each is held as: `영업부 (팀장); 개발부`."""
    for part in parts_of(cell):
        found = _WITH_POSITION.fullmatch(part)
        yield (part, "") if found is None else (found[1], found[2].strip())


def parts_of(cell: str) -> list[str]:
    """What stands between semicolons; a lone hyphen stands for nothing."""
    parts = [part.strip() for part in cell.replace("；", ";").split(";")]
    return [part for part in parts if part and part != "-"]
