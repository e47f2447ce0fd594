"""Texts as they are compared, and the pairs of letters in them: what finds a word inside another
where nobody is there to take it apart."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from maru.identity.hangul import initials

LONGEST: Final = 64
"""Letters of one word that are looked at: what is longer is no word."""

_CODE_LETTERS: Final = 3, 16

_WORD: Final = re.compile(r"[^\W_]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HANGUL: Final = re.compile(r"[가-힣]")
_JAMO: Final = re.compile(r"[ㄱ-ㅎ]+")
_CODE: Final = re.compile(r"(?<![a-z0-9])(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{3,}")
_PARTICLES: Final = (
    *("으로부터", "에서는", "에게서", "으로는", "이라는", "까지는", "에서", "에게", "으로", "부터"),
    *("까지", "보다", "처럼", "이나", "이란", "라는", "하고", "은", "는", "이", "가", "을", "를"),
    *("의", "에", "로", "와", "과", "도", "만"),
)


def cleaned(text: str) -> str:
    """A text as it is kept: composed, without what no page can show."""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text))


def words_of(text: str) -> list[str]:
    """The words of a folded text, as spaces and signs part them."""
    return [word[:LONGEST] for word in _WORD.findall(text)]


def pairs(word: str) -> list[str]:
    """The pairs of letters that stand beside one another; a single letter is itself."""
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]


def is_code(word: str) -> bool:
    """Whether a word is letters and digits together, as numbers of things are (kd1751)."""
    shortest, longest = _CODE_LETTERS
    return shortest <= len(word) <= longest and bool(_CODE.fullmatch(word))


def codes(text: str) -> Iterator[str]:
    """The codes in a folded text from each of their letters on: whatever may be sought of one, one
    of these begins with it. Their pairs are in so many other things that to compare those takes
    ten times as long."""
    shortest, longest = _CODE_LETTERS
    for found in _CODE.finditer(text):
        code = found.group()[:LONGEST]
        yield from (code[at : at + longest] for at in range(len(code) - shortest + 1))


def consonants(title: str) -> Iterator[str]:
    """The initial consonants of a title's words, by which people seek it (ㅎㅇㄹ), and where two
    words meet, since they may be typed as one."""
    words = [word for word in words_of(title) if _HANGUL.search(word)]
    for word in words:
        if len(word) > 1:
            yield initials(word)
    for one, other in pairwise(words):
        yield initials(one[-1] + other[0])


def is_consonants(word: str) -> bool:
    """Whether a word was typed by its initial consonants alone."""
    return bool(_JAMO.fullmatch(word))


def stem(word: str) -> str:
    """A word without the particle that it likely ends in."""
    if not _HANGUL.search(word):
        return word
    for particle in _PARTICLES:
        left = word.removesuffix(particle)
        if left != word and len(left) >= 2:
            return left
    return word
