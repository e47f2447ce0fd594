"""The words of a company that no dictionary has: its people, its departments, its products."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from maru.identity.hangul import folded
from maru.search.letters import stem, words_of
from maru.search.morphemes import Piece, Token
from maru.search.slices import slices

SHORTEST, LONGEST = 2, 40


class Vocabulary:
    """Words that are taken as they stand, wherever a word begins with one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = _kept(words)
        self._longest = max(map(len, self._words), default=0)

    @classmethod
    async def of(cls, words: Sequence[str]) -> Self:
        """The same of very many, without keeping others waiting."""
        made, kept = cls(()), set[str]()
        async for _, some in slices(words):
            kept |= _kept(some)
        made._words, made._longest = kept, max(map(len, kept), default=0)
        return made

    def __len__(self) -> int:
        return len(self._words)

    def within(self, text: str) -> Iterator[Piece]:
        """Those in a folded text, the longest where several begin."""
        at = 0
        for word in words_of(text):
            at = text.index(word, at)
            found = self._begins(word)
            if found is not None:
                yield Piece(found, "NNP", at, len(found))
            at += len(word)

    def _begins(self, word: str) -> str | None:
        for length in range(min(self._longest, len(word)), SHORTEST - 1, -1):
            if word[:length] in self._words:
                return word[:length]
        return None

    def instead(self, text: str, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of a question, where a word of the company's and no more than a particle
        stands in one piece."""
        found: list[Token] = [
            piece
            for piece in self.within(text)
            if stem(_from(text, piece.start)) == piece.form
            or _from(text, piece.start) == piece.form
        ]
        spans = [(piece.start, piece.start + piece.len) for piece in found]
        kept = [one for one in tokens if not any(a <= one.start < b for a, b in spans)]
        return sorted([*kept, *found], key=lambda one: one.start)


def _kept(words: Iterable[str]) -> set[str]:
    plain = ("".join(words_of(folded(word))) for word in words)
    return {word for word in plain if SHORTEST <= len(word) <= LONGEST}


def _from(text: str, start: int) -> str:
    """The word of a text that begins here."""
    return next(iter(words_of(text[start:])), "")
