"""The table of all routes, and what it says of each: who is let in."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("routes.txt")
PUBLIC, SIGNED_IN, OPERATOR = "public", "signed-in", "operator"


@dataclass(frozen=True, order=True)
class Line:
    """One route: `GET /api/v1/admin/roles core:rights:manage`. `access` is a permission,
    `signed-in`, `public`, or `operator` for whoever is signed in to the operators' area."""

    path: str
    method: str
    access: str

    def __str__(self) -> str:
        return f"{self.method:<6} {self.path} {self.access}"

    @property
    def is_api(self) -> bool:
        """Whether it answers programs."""
        return self.path.startswith("/api/")

    @property
    def of_operators(self) -> bool:
        """Whether it stands in the operators' area."""
        return self.path.removeprefix("/api/v1").startswith("/operator")

    @property
    def needs(self) -> str | None:
        """The permission that is needed."""
        return None if self.access in (PUBLIC, SIGNED_IN, OPERATOR) else self.access

    @property
    def address(self) -> str:
        """The path with something in the place of each parameter that nobody has."""
        parts = (
            "00000000-0000-7000-8000-000000000000" if part.startswith("{") else part
            for part in self.path.split("/")
        )
        return "/".join(parts)


def declared(target: Any) -> Line:
    """What a mounted route says of itself."""
    access = target.needs or (PUBLIC if target.public else SIGNED_IN)
    line = Line(target.label, target.method, access)
    return replace(line, access=OPERATOR) if line.of_operators and access == SIGNED_IN else line


def table() -> list[Line]:
    """The table as it is written down."""
    found = [line.split() for line in FILE.read_text().splitlines() if line.strip()]
    return [
        Line(path, method, access) for method, path, access in found if not method.startswith("#")
    ]
