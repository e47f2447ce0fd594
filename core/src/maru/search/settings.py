"""What a company may tell search."""

from typing import Annotated

from pydantic import Field, StringConstraints

from maru_sdk import Settings

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]


class SearchSettings(Settings):
    """Words that no dictionary has."""

    words: list[Word] = Field(
        default_factory=list,
        max_length=100_000,
        title="Words of the company",
        description="Names of products and projects, one in a line. Names of people and departments"
        " are known.",
    )
