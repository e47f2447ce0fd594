"""Puts what was measured into docs/performance.md, between the markers; prose around them stays."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.tables import Found

PAGE = Path(__file__).parents[1] / "docs/performance.md"
_PART = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write(found: Mapping[str, Mapping[str, Any]], page: Path = PAGE) -> None:
    """Renew the parts of the groups that were measured; the others keep what they have."""
    page.write_text(renewed(page.read_text("utf-8"), found), "utf-8")


def renewed(text: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with these groups' parts made anew."""

    def part(match: re.Match[str]) -> str:
        group = found.get(match[2])
        return match[0] if group is None else f"{match[1]}{_shown(group)}\n{match[3]}"

    return _PART.sub(part, text)


def parts(text: str) -> list[str]:
    """The groups that have a part in the page."""
    return [match[2] for match in _PART.finditer(text)]


def _shown(group: Mapping[str, Any]) -> str:
    where = group["machine"]
    said = [
        where["at"][:10],
        where["processor"],
        f"Python {where['python']}",
        f"commit {where['commit']}",
        f"load average at its start {where['load']}",
    ]
    peers = ", ".join(f"{name} {version}" for name, version in group["versions"].items())
    found = Found(
        tables=[_table(one) for one in group["tables"]],
    )
    return f"{found.markdown()}\n\n*{'; '.join(said)}. {peers}.*"


def _table(data: Mapping[str, Any]) -> Any:
    return Found.of({"tables": [data], "figures": {}, "misses": []}).tables[0]
