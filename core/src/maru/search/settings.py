"""What a company may tell search."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from maru_sdk import Settings

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]

MOST: Final = 100_000
KEY: Final = "search"


class SearchSettings(Settings):
    """Words that no dictionary has, checked before they are stored since every process reads them
    at once, and the engine that finds: core's own without a name."""

    engine: str = Field(default="", max_length=100, title="Search engine")

    words: list[str] = Field(default_factory=list, title="Words of the company")
