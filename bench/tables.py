"""What a group of cases found: tables to print and to keep in the documentation, and figures."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """One table; the text stands above it."""

    text: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table in Markdown."""
        lines: Iterable[Sequence[str]] = [self.heads, ["---"] * len(self.heads), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return f"{self.text}\n\n{table}" if self.text else table


@dataclass
class Found:
    """What one group found; `misses` are goals that weren't met."""

    tables: list[Table] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """All tables."""
        return "\n\n".join(table.markdown() for table in self.tables)

    def data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Found":
        """From what JSON held."""
        return cls([Table(**one) for one in data["tables"]], data["figures"], data["misses"])


def number(value: float) -> str:
    """As many digits as mean something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"
