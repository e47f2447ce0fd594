"""What a run under fault measured, shown at the end of the run and kept where CI finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Report:
    """Figures by scenario, in the order in which they were taken."""

    lines: list[str] = field(default_factory=list)

    def add(self, scenario: str, figures: Mapping[str, object]) -> None:
        """Note what a scenario measured."""
        told = ", ".join(f"{name} {_shown(value)}" for name, value in figures.items())
        self.lines.append(f"{scenario}: {told}")


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


REPORT = Report()
