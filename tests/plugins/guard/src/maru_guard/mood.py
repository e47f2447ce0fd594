"""How the scanner of this process feels, which tests set, and what it has been asked."""

from dataclasses import dataclass, field


@dataclass
class Mood:
    """`away` has it out of reach, `lost` at a loss."""

    away: bool = False
    lost: bool = False
    asked: list[str] = field(default_factory=list)
    handle: str = ""


MOOD = Mood()
