"""Posts as people write them at work, by a grammar of topics: each has a topic, a name that comes
up again in it, and sentences in which both stand with particles and endings.

The grammar knows the morphemes of what it writes, so that two hundred thousand posts needn't wait
for Kiwi, which reads a few hundred a second; what is written while others search is read by Kiwi.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from bench.searched.words import Words, weights
from maru.identity.hangul import folded
from maru.search.morphemes import Piece, terms
from maru.search.vectors import grams, vector

LENGTH: Final = 280
_ENDINGS: Final = (
    "합니다",
    "했습니다",
    "해 주세요",
    "할 예정입니다",
    "하기로 했습니다",
    "하지 않습니다",
)
_DOING: Final = (
    *("안내", "진행", "확인", "요청", "변경", "제출", "공유", "완료", "준비", "참고", "검토"),
    *("등록", "조정", "협의", "점검", "연기", "취소", "배포", "접수", "처리"),
)
# N a noun, C a compound, P a name that comes up again, Q any name, D what is done, 0 a number; what
# follows is the particle.
_SENTENCES: Final = tuple(
    line.split()
    for line in (
        "C에 관해 D_",
        "P의 C을 D_",
        "0월 0일까지 N과 N을 D_",
        "이번 주 C는 N에서 D_",
        "P와 Q의 N이 바뀌어 C를 다시 D_",
        "C는 N의 N에 따라 D_",
        "N이 0건 있어 C로 D_",
        "자세한 N은 C에서 볼 수 있으니 미리 D_",
        "Q에서 받은 N을 N에 D_",
        "C가 어려우면 N으로 D_",
        "지난 C보다 N이 0% 늘어 N도 D_",
        "모든 분은 C을 0시까지 D_",
    )
)
_TITLES: Final = tuple(line.split() for line in ("C D", "P C D", "0월 C N", "C Q N", "P N D"))
_MARKED: Final = frozenset("NCPQD0")


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the morphemes in it."""

    text: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Written:
    """A post."""

    title: Text
    body: Text

    def vectors(self) -> tuple[str, str]:
        """Its words and its pairs of letters, as the index has them."""
        fields = {"A": terms(self.title.pieces), "D": terms(self.body.pieces)}
        return vector(fields), grams(self.title.text, "", self.body.text)


class Author:
    """Writes posts, the same ones at every run."""

    def __init__(self, words: Words, seed: int) -> None:
        self._words, self._chance = words, Random(seed)
        self._by_topic = [weights(len(topic), 2) for topic in words.topics]
        self._by_name = weights(len(words.names), 50)
        self._topics = weights(len(words.topics), 3)
        self._topic, self._weights = words.topics[0], self._by_topic[0]
        self._name = ""

    def posts(self, count: int) -> Iterator[Written]:
        """So many of them."""
        for _ in range(count):
            (at,) = self._chance.choices(range(len(self._words.topics)), cum_weights=self._topics)
            self._topic, self._weights = self._words.topics[at], self._by_topic[at]
            self._name = self._named()
            yield Written(self._text(_TITLES, 1), self._text(_SENTENCES, LENGTH))

    def _text(self, patterns: tuple[list[str], ...], length: int) -> Text:
        text, pieces = "", list[Piece]()
        while len(text) < length:
            for part in self._chance.choice(patterns):
                text = self._part(part, text + (" " if text else ""), pieces)
            text += "." if length > 1 else ""
        return Text(text, pieces)

    def _part(self, part: str, text: str, pieces: list[Piece]) -> str:
        if part[0] not in _MARKED:
            return text + part
        for word in self._said(part[0]):
            if word != " ":
                tag = "SN" if word.isdigit() else "NNG"
                pieces.append(Piece(folded(word), tag, len(text), len(word)))
            text += word
        rest = part[1:]
        return text + (self._chance.choice(_ENDINGS) if rest == "_" else rest)

    def _said(self, kind: str) -> list[str]:
        chance = self._chance
        match kind:
            case "0":
                return [str(chance.randrange(1, 100))]
            case "D":
                return [chance.choice(_DOING)]
            case "P":
                return [self._name, " ", chance.choice(self._words.kinds)]
            case "Q":
                return [self._named()]
            case "N":
                return [self._noun()]
        return [self._noun(), *([" "] if chance.random() < 0.3 else []), self._noun()]

    def _noun(self) -> str:
        return self._chance.choices(self._topic, cum_weights=self._weights)[0]

    def _named(self) -> str:
        return self._chance.choices(self._words.names, cum_weights=self._by_name)[0]
