"""What is sought in the index for what somebody has typed: groups of words, each of which a row
must have, as a morpheme or as pairs of letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from maru.identity.hangul import folded
from maru.search.letters import is_code, is_consonants, pairs, stem, words_of
from maru.search.morphemes import Noun, Understood
from maru.search.vectors import all_of, any_of, quoted

MOST: Final = 12
"""Words of one question that are looked at."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, and what of it is shown where it is found. Some of `pairs` make a thing
    worth more; one with all of them is `near` to what was asked."""

    groups: tuple[dict[str, str | None], ...]
    pairs: str | None
    near: str | None
    shown: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """As the search function takes it."""
        return {"groups": list(self.groups), "pairs": self.pairs, "near": self.near}


def question(text: str, understood: Understood | None) -> Question:
    """The question that a text asks, with what is known of its words."""
    words = words_of(folded(text))
    begun = [word for word in words if is_consonants(word)]
    groups = [group for word in begun for group in _begun(word)]
    nouns = understood.nouns if understood is not None else []
    if nouns:
        groups += [_noun(noun) for noun in nouns if not is_consonants(noun.word)]
        shown = [noun.word for noun in nouns]
    else:
        stems = [stem(word) for word in words if word not in begun]
        groups += [_letters(word) for word in stems]
        shown = stems
    together = understood.pairs if understood is not None else []
    beside = any_of(together), all_of(together)
    return Question(tuple(groups[:MOST]), *beside, tuple(dict.fromkeys(shown)))


def _noun(noun: Noun) -> dict[str, str | None]:
    beside = pairs(noun.word) if len(noun.word) > 1 else []
    return {
        "words": any_of([noun.word, *noun.joined]),
        "grams": _spelled(noun.word, beside),
        "token": quoted(noun.word),
        "parts": any_of(beside),
    }


def _letters(word: str) -> dict[str, str | None]:
    if len(word) == 1:
        begins = f"{quoted(word)}:*"
        return {"words": quoted(word), "grams": begins, "token": quoted(word), "parts": begins}
    both = pairs(word)
    return {"words": quoted(word), "grams": _spelled(word, both), "token": quoted(word)} | {
        "parts": any_of(both)
    }


def _spelled(word: str, both: Sequence[str]) -> str | None:
    """What a text has in which these letters stand."""
    return f"{quoted(word)}:*" if is_code(word) else all_of(both)


def _begun(word: str) -> Iterator[dict[str, str | None]]:
    """A single consonant begins too much to mean anything."""
    if len(word) > 1:
        both = pairs(word)
        yield {"words": None, "grams": all_of(both), "token": None, "parts": any_of([word, *both])}
