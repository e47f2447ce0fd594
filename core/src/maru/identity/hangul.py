"""What search and user names need to know about Hangul: initial consonants and romanisation."""

from collections.abc import Iterator
from typing import Final

_FIRST: Final = 0xAC00
_COUNT: Final = 11_172
_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def _table(spellings: str) -> list[str]:
    return ["" if spelling == "_" else spelling for spelling in spellings.split()]


_LATIN_INITIALS: Final = _table("g kk n d tt r m b pp s ss _ j jj ch k t p h")
_LATIN_VOWELS: Final = _table("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_LATIN_FINALS: Final = _table("_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t")


def initials(text: str) -> str:
    """The initial consonants: `김민준` → `ㄱㅁㅈ`; other letters stay, folded, spaces go."""
    return "".join(_initial(char) for char in text if not char.isspace())


def romanize(text: str) -> str:
    """Revised Romanisation by syllable: `민준` → `minjun`; other letters stay as they are."""
    return "".join(_latin(text))


def _initial(char: str) -> str:
    place = ord(char) - _FIRST
    return _INITIALS[place // 588] if 0 <= place < _COUNT else char.casefold()


def _latin(text: str) -> Iterator[str]:
    for char in text:
        place = ord(char) - _FIRST
        if 0 <= place < _COUNT:
            yield _LATIN_INITIALS[place // 588]
            yield _LATIN_VOWELS[place % 588 // 28]
            yield _LATIN_FINALS[place % 28]
        else:
            yield char
