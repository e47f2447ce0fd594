"""What Kiwi's tokens mean for search: names of things, and which of them stand together.

A compound is written together or apart (연차휴가, 연차 휴가), so beside each noun the index has
each pair of neighbours as one word, and a whole compound. A question is taken apart alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol, Self

from pydantic import Field

from maru_sdk import Model

_NAMES: Final = ("NNG", "NNP", "NR", "SL", "SH", "SN", "XR", "W_")
_CODES: Final = ("SL", "SN")
_DOING: Final = ("VV", "VA")
_JOINED: Final = ("XSN", "XPN", "NNB")


class Token(Protocol):
    """A morpheme as Kiwi gives it."""

    @property
    def form(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def len(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A morpheme, free of the library that found it."""

    form: str
    tag: str
    start: int
    len: int

    @classmethod
    def of(cls, token: Token) -> Self:
        """The same morpheme."""
        return cls(token.form, token.tag, token.start, token.len)


class Noun(Model):
    """A word of a question, and what it makes with those beside it."""

    word: str
    joined: list[str] = Field(default_factory=list)


class Understood(Model):
    """A question taken apart: its nouns, and its verbs where it has no noun."""

    nouns: list[Noun] = Field(default_factory=list)
    pairs: list[str] = Field(default_factory=list)


@dataclass
class _Run:
    """Nouns that stand beside one another, with where the last one ends."""

    words: list[str] = field(default_factory=list)
    glued: list[bool] = field(default_factory=list)
    end: int = -1


def terms(tokens: Iterable[Token]) -> list[str]:
    """What a text is indexed by."""
    found: list[str] = []
    listed = list(tokens)
    for run in _runs(listed):
        found += run.words
        found += _pairs(run.words)
        found += _compounds(run)
    found += [f"{token.form}다" for token in listed if token.tag.startswith(_DOING)]
    return found


def understood(tokens: Sequence[Token]) -> Understood:
    """What a question asks for."""
    nouns: list[Noun] = []
    together: list[str] = []
    for run in _runs(_glued(tokens)):
        joined = _pairs(run.words)
        together += joined
        for at, word in enumerate(run.words):
            nouns.append(Noun(word=word, joined=joined[max(0, at - 1) : at + 1]))
    if not nouns:
        doing = [f"{token.form}다" for token in tokens if token.tag.startswith(_DOING)]
        nouns = [Noun(word=word) for word in dict.fromkeys(doing)]
    return Understood(nouns=_once(nouns), pairs=together)


def _glued(tokens: Sequence[Token]) -> Iterator[Token]:
    """Letters and digits that are written together (kd1751), and nouns of one syllable each (반차),
    as the one word that they are."""
    held: Piece | None = None
    for token in tokens:
        if held is not None and held.start + held.len == token.start and _alike(held, token):
            held = Piece(held.form + token.form, held.tag, held.start, held.len + token.len)
            continue
        if held is not None:
            yield held
        held = Piece.of(token)
    if held is not None:
        yield held


def _alike(held: Token, token: Token) -> bool:
    codes = held.tag in _CODES and token.tag in _CODES
    return codes or (held.tag == token.tag == "NNG" and held.len == token.len == 1)


def _once(nouns: list[Noun]) -> list[Noun]:
    found: dict[str, Noun] = {}
    for noun in nouns:
        known = found.setdefault(noun.word, noun)
        known.joined = list(dict.fromkeys([*known.joined, *noun.joined]))
    return list(found.values())


def _runs(tokens: Iterable[Token]) -> Iterator[_Run]:
    run = _Run()
    for token in tokens:
        named = token.tag.startswith(_NAMES)
        beside = run.end in (token.start, token.start - 1)
        if named and (beside or not run.words):
            run.glued.append(run.end == token.start)
            run.words.append(token.form)
            run.end = token.start + token.len
        elif token.tag.startswith(_JOINED) and run.words and run.end == token.start:
            run.end += token.len
        else:
            if run.words:
                yield run
            run = _Run()
            if named:
                run = _Run([token.form], [False], token.start + token.len)
    if run.words:
        yield run


def _pairs(words: Sequence[str]) -> list[str]:
    return [first + second for first, second in pairwise(words)]


def _compounds(run: _Run) -> Iterator[str]:
    """Compounds of three and more that are written together."""
    whole: list[str] = []
    for word, glued in zip([*run.words, ""], [*run.glued, False], strict=True):
        if glued:
            whole.append(word)
            continue
        if len(whole) > 2:
            yield "".join(whole)
        whole = [word]
