"""What search and user names need to know about Hangul: how syllables are made, initial consonants,
romanisation."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST: Final = 0xAC00
"""가: syllables stand in the order of their initials, vowels and finals."""

OF_INITIAL: Final = 588
OF_VOWEL: Final = 28
_COUNT: Final = 11_172
_JOINING: Final = 0x1100
_LONE: Final = re.compile(r"([ㄱ-ㅣ]+)")
_PAIRS: Final = [
    "ㄱㅅ",
    "ㄴㅈ",
    "ㄴㅎ",
    "ㄹㄱ",
    "ㄹㅁ",
    "ㄹㅂ",
    "ㄹㅅ",
    "ㄹㅌ",
    "ㄹㅍ",
    "ㄹㅎ",
    "ㅂㅅ",
]
_CLUSTERS: Final = str.maketrans(dict(zip("ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ", _PAIRS, strict=True)))
_ALONE: Final = _CLUSTERS | {_JOINING + at: char for at, char in enumerate(INITIALS)}


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


def place(char: str) -> int | None:
    """A syllable's place among all; None for what is none."""
    found = ord(char) - FIRST
    return found if 0 <= found < _COUNT else None


def apart(text: str) -> str:
    """Two consonants that a keyboard made one letter (ㄳ) as two."""
    return text.translate(_CLUSTERS)


def folded(text: str) -> str:
    """A text as two are compared: width, compatible letters, case and composition make no
    difference, and consonants typed alone stay so, of whatever keyboard."""
    parts = _LONE.split(unicodedata.normalize("NFC", text))
    parts[::2] = [unicodedata.normalize("NFKC", part).casefold() for part in parts[::2]]
    return "".join(parts).translate(_ALONE)


def _initial(char: str) -> str:
    at = place(char)
    return char.casefold() if at is None else INITIALS[at // OF_INITIAL]


def _latin(text: str) -> Iterator[str]:
    for char in text:
        at = place(char)
        if at is None:
            yield char
        else:
            yield _LATIN_INITIALS[at // OF_INITIAL]
            yield _LATIN_VOWELS[at % OF_INITIAL // OF_VOWEL]
            yield _LATIN_FINALS[at % OF_VOWEL]
