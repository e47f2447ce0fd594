"""Text search vectors and queries as PostgreSQL reads them: words with a letter for where each
stands (A in the title, B among the keywords, D in the text)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from maru.identity.hangul import folded
from maru.search.letters import codes, consonants, pairs, words_of

MOST: Final = 12_000
"""Words of one thing that are kept; beyond that a text is a list of everything."""

OFTEN: Final = 4
LONGEST: Final = 120


def quoted(word: str) -> str:
    """A word inside a vector or query."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def vector(fields: Mapping[str, Iterable[str]]) -> str:
    """The vector of these words by their letter; how often counts, up to a bound."""
    placed: dict[str, list[str]] = {}
    for letter, words in fields.items():
        at = {"A": 1, "B": 100, "D": 200}[letter]
        for word, times in Counter(words).items():
            if not 0 < len(word) <= LONGEST or (word not in placed and len(placed) >= MOST):
                continue
            here = placed.setdefault(word, [])
            here += [f"{at + number}{letter}" for number in range(min(times, OFTEN))]
    return " ".join(f"{quoted(word)}:{','.join(places)}" for word, places in placed.items())


def grams(title: str, keywords: str, body: str) -> str:
    """The vector of the pairs of letters, of codes, and of the title's initial consonants."""

    def split(text: str) -> list[str]:
        return [*codes(text), *(pair for word in words_of(text) for pair in pairs(word))]

    title, keywords, body = folded(title), folded(keywords), folded(body)
    begun = [pair for word in consonants(title) for pair in (word, *pairs(word))]
    return vector({"A": [*split(title), *begun], "B": split(keywords), "D": split(body)})


def all_of(words: Iterable[str]) -> str | None:
    """The query for all of these words, None for none."""
    return " & ".join(quoted(word) for word in dict.fromkeys(words)) or None


def any_of(words: Iterable[str]) -> str | None:
    """The query for one of these words, None for none."""
    return " | ".join(quoted(word) for word in dict.fromkeys(words)) or None
