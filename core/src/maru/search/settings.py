"""What a company may tell search."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from maru_sdk import Settings

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]

KEY: Final = "search"


class SearchSettings(Settings):
    """Words that no dictionary has, and the engine that finds: core's own without a name."""

    engine: str = Field(default="", max_length=100, title="Search engine")

    words: list[Word] = Field(
        default_factory=list, max_length=100_000, title="Words of the company"
    )
